// SPDX-License-Identifier: Apache-2.0
// Tokens that are signed as they should be, and were made for somebody else,
// for something else or for another time.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CLAIM, enrol, now } from '../support/enrolled.js';
import { startGateway } from '../support/gateway.js';
import { asJson, faultOf, gatewayFor } from '../support/raw.js';

const gateway = await startGateway();
after(() => gateway.close());

const issuer = 'https://lms.example';
const lms = await enrol(gateway, { issuer, clientId: 'client-a' });
const sibling = await enrol(gateway, { issuer, clientId: 'client-b' });
const namesake = await enrol(gateway,
  { issuer: 'https://other.example', clientId: 'client-a' });

const expect = async (claims, code, name, at = lms) =>
  assert.equal(await at.outcome({ claims }), code,
    name ?? JSON.stringify(claims));
const type = (message) => ({ [`${CLAIM}message_type`]: message });
const bearer = async (text) => lms.ask(text);

// --- A34 -------------------------------------------------------------------

test('A34 a token of one client is refused at another of the same LMS',
  async () => {
    await expect({}, 'in');
    await expect({}, 'in', 'b', sibling);
    await expect({ aud: 'client-b' }, 'AUD_CLAIM_DOES_NOT_MATCH');
    await expect({ aud: 'client-a' }, 'AUD_CLAIM_DOES_NOT_MATCH', 'b', sibling);
  });

test('A34 a token of another LMS that gave us the same client id', async () => {
  await expect({}, 'in', 'namesake', namesake);
  await expect({ iss: namesake.issuer }, 'ISS_CLAIM_DOES_NOT_MATCH');
  // Whole: the state of one and the token of the other.
  const [here, there] = [await lms.login(), await namesake.login()];
  for (const [login, token] of [
    [here, await namesake.sign(namesake.claims(there))],
    [here, await namesake.sign(namesake.claims(here))]]) {
    const answer = await lms.post(login, token, { headers: asJson });
    assert.equal(faultOf(answer), 'ISS_CLAIM_DOES_NOT_MATCH');
  }
});

test('X20 an issuer that is written in another way is another', async () => {
  for (const iss of [`${issuer}/`, issuer.toUpperCase(), 'https://LMS.example',
    'http://lms.example', `${issuer}:443`, ` ${issuer}`, `${issuer} `,
    `${issuer}.`, 'https://lms.ex\u0430mple', `${issuer}\n`, 'lms.example', '',
    undefined, null, 7, [issuer], { iss: issuer }]) {
    await expect({ iss }, 'ISS_CLAIM_DOES_NOT_MATCH');
  }
});

test('A34 a token is not taken with the state of another login', async () => {
  const [first, second] = [await lms.login(), await lms.login()];
  const token = await lms.sign(lms.claims(first));
  const cookie = second.cookie;
  const answer = await lms.post(second, token, { headers: asJson, cookie });
  assert.equal(faultOf(answer), 'NONCE_DOES_NOT_MATCH');
  assert.equal((await lms.post(first, token)).status, 303);
});

test('A34 a nonce that is not the one that was sent is refused', async () => {
  const other = await lms.login();
  const { nonce } = await lms.login();
  for (const wrong of [undefined, null, '', 7, [nonce], other.nonce,
    `${nonce}x`, nonce.slice(1), nonce.toUpperCase()]) {
    await expect({ nonce: wrong }, 'NONCE_DOES_NOT_MATCH');
  }
});

test('A34 what we signed ourselves opens no launch', async () => {
  const { ltik } = await lms.launch({ claims: lms.deepLinking() });
  const { body } = await lms.ask(ltik, '/api/deeplinking',
    { method: 'POST', body: { contentItems: [] } });
  const login = await lms.login();
  // One whose keys are ours: then nothing but the claims is against it.
  const mirror = await enrol(gateway, { authConfig:
    { method: 'JWK_SET', key: `${gateway.url}/lti/keys` } });
  const mirrored = await mirror.login();
  for (const [at, begun, token, code] of [
    [lms, login, body.message, 'KID_NOT_FOUND'],
    [mirror, mirrored, body.message, 'ISS_CLAIM_DOES_NOT_MATCH'],
    [lms, login, ltik, 'ALGORITHM_NOT_ALLOWED'],
    [mirror, mirrored, ltik, 'ALGORITHM_NOT_ALLOWED'],
    [lms, login, login.state, 'INVALID_JWT_RECEIVED'],
    [lms, login, login.nonce, 'INVALID_JWT_RECEIVED']]) {
    const answer = await at.post(begun, token, { headers: asJson });
    assert.equal(faultOf(answer), code, token);
  }
  await expect({ iss: lms.clientId, sub: lms.clientId,
    aud: `${issuer}/token`, jti: 'x' }, 'ISS_CLAIM_DOES_NOT_MATCH',
  'a client assertion');
});

test('A34 what is no launch is none, whoever signed it', async () => {
  for (const message of ['LtiDeepLinkingResponse', 'LtiStartProctoring',
    'LtiStartAssessment', 'LtiEndAssessment', 'LtiHelloWorldNotice',
    'LtiContextCopyNotice', 'LtiAssetProcessorSettingsRequest',
    'LtiResourceLinkRequest ', 'ltiresourcelinkrequest',
    'LtiResourceLinkRequest LtiDeepLinkingRequest', 'basic-lti-launch-request',
    '', 'x'.repeat(256), undefined, null, 7, ['LtiResourceLinkRequest']]) {
    await expect(type(message), 'NO_MESSAGE_TYPE_CLAIM');
  }
  const name = 'https://purl.imsglobal.org/spec/lti/claim/notice';
  await expect({ ...type(undefined), [name]: { id: '1',
    type: 'LtiHelloWorldNotice' } }, 'NO_MESSAGE_TYPE_CLAIM', 'a notice');
});

test('A34 nothing but a ltik is one: no token of an LMS or of ours',
  async () => {
    const { ltik, token, login } = await lms.launch(
      { claims: lms.deepLinking() });
    const { body } = await lms.ask(ltik, '/api/deeplinking',
      { method: 'POST', body: { contentItems: [] } });
    assert.equal((await bearer(ltik)).status, 200);
    for (const text of [token, body.message, login.state, login.nonce]) {
      const answer = await bearer(text);
      assert.equal(answer.status, 401);
      assert.equal(answer.body.details.description, 'Invalid or expired ltik.');
    }
  });

test('A34 X35 a deployment is let in as the setting and its switch say',
  async (t) => {
    const own = await gatewayFor(t, { settings: { deployments: 'listed' } });
    const [one, two] = [await enrol(own), await enrol(own)];
    const at = (id) => ({ [`${CLAIM}deployment_id`]: id });
    const allow = async ({ platform }, id, allowed) => {
      const { status, text } = await own.api('PATCH',
        `/admin/platforms/${platform.id}/deployments/${id}`, { allowed });
      assert.equal(status, 200, text);
    };
    await expect(at('d1'), 'DEPLOYMENT_NOT_ALLOWED', 'new', one);
    await allow(one, 'd1', true);
    await expect(at('d1'), 'in', 'allowed', one);
    await expect(at('D1'), 'DEPLOYMENT_NOT_ALLOWED', 'in capitals', one);
    await expect(at('d1'), 'DEPLOYMENT_NOT_ALLOWED', 'of another LMS', two);
    await allow(one, 'd1', false);
    for (const deployments of ['listed', 'learn', 'any']) {
      await own.settings({ deployments });
      await expect(at('d1'), 'DEPLOYMENT_NOT_ALLOWED', deployments, one);
    }
    await expect(at('d9'), 'in', 'any', one);
    const list = await own.api('GET',
      `/admin/platforms/${one.platform.id}/deployments`);
    assert.deepEqual(list.body.deployments.map((row) => row.deploymentId)
      .toSorted(), ['D1', 'd1']);
  });

// --- A35 -------------------------------------------------------------------

test('A35 X21 the audience is our client id and nobody besides', async () => {
  for (const aud of ['client-a', ['client-a'], ['client-a', 'client-a']]) {
    await expect({ aud }, 'in');
  }
  for (const aud of [['client-a', 'client-b'], ['client-b', 'client-a'],
    ['client-a', 'https://lms.example'], ['client-a', 7], ['client-a', null],
    ['client-a', ['client-a']], [['client-a']], [], '', undefined, null, 7,
    true, { 'client-a': true }, { aud: 'client-a' }, 'client-a ', 'CLIENT-A',
    'client-', 'client-ab', 'client-a,client-b', 'client-a client-b', '*']) {
    await expect({ aud }, 'AUD_CLAIM_DOES_NOT_MATCH');
    await expect({ aud, azp: 'client-a' }, 'AUD_CLAIM_DOES_NOT_MATCH');
  }
});

test('A35 X22 an authorized party is us, if there is one', async () => {
  await expect({ azp: 'client-a' }, 'in');
  await expect({ azp: 'client-a', aud: ['client-a'] }, 'in');
  for (const azp of ['client-b', '', 'CLIENT-A', null, 7, ['client-a'], {}]) {
    await expect({ azp }, 'AZP_CLAIM_DOES_NOT_MATCH');
    await expect({ azp, aud: ['client-a'] }, 'AZP_CLAIM_DOES_NOT_MATCH');
  }
});

// --- A36 -------------------------------------------------------------------

test('A36 X23 times that make no sense are refused', async () => {
  const t = now();
  const year = 365 * 24 * 3600;
  for (const wrong of [undefined, null, '', String(t), `${t}`, t + 0.5, 1e30,
    -1e30, 0, -1, -t, true, [t], { at: t }, (t + 60) * 1000]) {
    await expect({ exp: wrong }, 'INVALID_TOKEN_TIMES');
  }
  for (const wrong of [undefined, null, '', String(t), t - 0.5, 1e30, -1e30,
    0, -1, true, [t], t * 1000]) {
    await expect({ iat: wrong }, 'INVALID_TOKEN_TIMES');
  }
  for (const wrong of [null, '', String(t), t - 0.5, 1e30, true, [t]]) {
    await expect({ nbf: wrong }, 'INVALID_TOKEN_TIMES');
  }
  for (const [iat, exp] of [[t, t], [t, t - 1], [t, t + year],
    [t - year, t + year], [t, t + 24 * 3600 + 1], [1, t + 60],
    [t, Number.MAX_SAFE_INTEGER]]) {
    await expect({ iat, exp }, 'INVALID_TOKEN_TIMES');
  }
});

test('A36 X23 a token is of now, give or take a minute', async () => {
  const t = now();
  const hour = 3600;
  for (const times of [{ iat: t, exp: t + 60 }, { iat: t - 500, exp: t + 60 },
    { iat: t - 100, exp: t - 40 }, { iat: t + 40, exp: t + 100 },
    { iat: t, exp: t + 24 * hour }, { nbf: t - hour }, { nbf: t + 40 },
    { nbf: undefined }]) {
    await expect(times, 'in');
  }
  for (const times of [{ iat: t - 200, exp: t - 61 },
    { iat: t - 661 - 20, exp: t + hour }, { iat: t - hour, exp: t - 61 },
    { iat: t - 10 * hour, exp: t + 10 * hour }]) {
    await expect(times, 'TOKEN_TOO_OLD');
  }
  for (const times of [{ iat: t + 80, exp: t + 140 }, { nbf: t + 80 },
    { iat: t + hour, exp: t + 2 * hour }, { nbf: t + 10 * 365 * 24 * hour }]) {
    await expect(times, 'CLOCKS_DIFFER');
  }
});

test('A36 our own clock jumps between login and launch', async (t) => {
  t.after(() => gateway.setClock(0));
  const login = await lms.login();
  const token = await lms.sign(lms.claims(login));
  const outcome = async () => {
    const answer = await lms.post(login, token, { headers: asJson });
    return answer.location ? 'in' : faultOf(answer);
  };
  await gateway.setClock(-7200);
  assert.equal(await outcome(), 'CLOCKS_DIFFER');
  await gateway.setClock(7200);
  assert.equal(await outcome(), 'LAUNCH_EXPIRED');
  await gateway.setClock(400);
  assert.equal(await outcome(), 'TOKEN_TOO_OLD');
  await gateway.setClock(0);
  assert.equal(await outcome(), 'in');
});
