// SPDX-License-Identifier: Apache-2.0
// The token of a launch: who signed it, for whom, when and for which login.
// Tables of one change each, and the fault that it brings, or "in".

import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { after, test } from 'node:test';
import { cheapKeyPair } from '../../testbed/raw_rsa.js';
import { compact, enrol, now, rs256 } from '../support/enrolled.js';
import { startGateway } from '../support/gateway.js';
import { titleOf } from '../support/pages.js';
import { asJson, faultOf, gatewayFor, sendJson, startScripted }
  from '../support/raw.js';

const gateway = await startGateway();
after(() => gateway.close());
const lms = await enrol(gateway);
const none = undefined;

// Rows: [name, claims that differ, outcome].
function table(id, rows) {
  for (const [name, claims, outcome] of rows) {
    test(`${id} ${name}: ${outcome}`, async () => assert.equal(
      await lms.outcome({ claims }), outcome));
  }
}

// --- the signature ---------------------------------------------------------

const other = cheapKeyPair();
for (const [name, sign, outcome] of [
  ['by the LMS', (claims) => lms.sign(claims), 'in'],
  ['without typ', (claims) => lms.sign(claims, { header: { typ: none } }),
    'in'],
  ['by another key of this kid', (claims) =>
    lms.sign(claims, { key: other.privateKey }), 'INVALID_SIGNATURE'],
  ['of another kid', (claims) => lms.sign(claims, { header: { kid: 'key' } }),
    'KID_NOT_FOUND'],
  ['of a key in its own header', (claims) => lms.sign(claims, {
    key: other.privateKey,
    header: { jwk: other.publicKey.export({ format: 'jwk' }) } }),
  'INVALID_SIGNATURE'],
  ['none', (claims) => compact({ alg: 'none' }, claims),
    'ALGORITHM_NOT_ALLOWED'],
  ['nOnE', (claims) => compact({ alg: 'nOnE', kid: 'key-1' }, claims),
    'ALGORITHM_NOT_ALLOWED'],
  ['missing', (claims) => compact({ alg: 'RS256', kid: 'key-1' }, claims),
    'INVALID_SIGNATURE'],
  ['HMAC with the public key', (claims) => compact(
    { alg: 'HS256', kid: 'key-1' }, claims, (bytes) =>
      createHmac('sha256', lms.platform.authConfig.key).update(bytes).digest()),
  'ALGORITHM_NOT_ALLOWED'],
  ['of other claims', async (claims) => {
    const [header, , signature] = (await lms.sign(claims)).split('.');
    const [, payload] = compact({}, { ...claims, sub: 'other' }).split('.');
    return `${header}.${payload}.${signature}`;
  }, 'INVALID_SIGNATURE'],
  ['with crit', (claims) => compact({ alg: 'RS256', kid: 'key-1', exp: 1,
    crit: ['exp'] }, claims, rs256(lms.privateKey)), 'INVALID_JWT_RECEIVED'],
  ['RS384 by a key for RS256', (claims) => compact({ alg: 'RS384',
    kid: 'key-1' }, claims, rs256(lms.privateKey)), 'KID_NOT_FOUND'],
]) {
  test(`OI8 X11 a signature ${name}: ${outcome}`, async () => {
    const login = await lms.login();
    const token = await sign(lms.claims(login));
    const answer = await lms.post(login, token, { headers: asJson });
    assert.equal(answer.location ? 'in' : faultOf(answer), outcome);
  });
}

for (const alg of ['RS384', 'RS512', 'ES256', 'ES384', 'ES512']) {
  test(`OI8 an LMS that signs by ${alg} is let in`, async () => {
    const own = await enrol(gateway, { alg });
    assert.equal(await own.outcome(), 'in');
    assert.equal(await own.outcome({ key: other.privateKey,
      header: { alg: 'RS256' } }), 'KID_NOT_FOUND');
  });
}

test('OI13 a short RSA key is not taken', async () => {
  const { publicKey, privateKey } =
    generateKeyPairSync('rsa', { modulusLength: 1024 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'key-1' };
  const answer = await gateway.api('PATCH',
    `/admin/platforms/${lms.platform.id}`,
    { authConfig: { method: 'JWK_KEY', key: JSON.stringify(jwk) } });
  assert.equal(answer.status, 400, answer.text);

  // The same from a key set.
  const lmsKeys = await startScripted({ configuration: (response) =>
    sendJson(response, { keys: [jwk] }) });
  const own = await enrol(gateway, { authConfig: { method: 'JWK_SET',
    key: `${lmsKeys.origin('keys')}/configuration` } });
  const login = await own.login();
  const token = compact({ alg: 'RS256', kid: 'key-1' }, own.claims(login),
    rs256(privateKey));
  const refused = await own.post(login, token, { headers: asJson });
  await lmsKeys.close();
  assert.equal(faultOf(refused), 'KEY_SET_INVALID');
});

// --- the token -------------------------------------------------------------

const { issuer, clientId } = lms;
table('X20 OI9 iss', [
  ['missing', { iss: none }, 'ISS_CLAIM_DOES_NOT_MATCH'],
  ['empty', { iss: '' }, 'ISS_CLAIM_DOES_NOT_MATCH'],
  ['of another', { iss: 'https://x.example' }, 'ISS_CLAIM_DOES_NOT_MATCH'],
  ['with a slash', { iss: `${issuer}/` }, 'ISS_CLAIM_DOES_NOT_MATCH'],
  ['in capitals', { iss: issuer.toUpperCase() }, 'ISS_CLAIM_DOES_NOT_MATCH'],
  ['with a port', { iss: `${issuer}:443` }, 'ISS_CLAIM_DOES_NOT_MATCH'],
  ['with a Cyrillic letter', { iss: issuer.replace('e', '\u0435') },
    'ISS_CLAIM_DOES_NOT_MATCH'],
  ['a list', { iss: [issuer] }, 'ISS_CLAIM_DOES_NOT_MATCH'],
]);

const AUD = 'AUD_CLAIM_DOES_NOT_MATCH';
table('X21 OI10 A35 aud', [
  ['a text', { aud: clientId }, 'in'],
  ['a list of one', { aud: [clientId] }, 'in'],
  ['the same twice', { aud: [clientId, clientId] }, 'in'],
  ['another', { aud: 'other' }, AUD],
  ['with another behind', { aud: [clientId, 'other'] }, AUD],
  ['with another before', { aud: ['other', clientId] }, AUD],
  ['with another and azp', { aud: [clientId, 'other'], azp: clientId }, AUD],
  ['with a number', { aud: [clientId, 7] }, AUD],
  ['an empty list', { aud: [] }, AUD],
  ['missing', { aud: none }, AUD],
  ['empty', { aud: '' }, AUD],
  ['a part of ours', { aud: clientId.slice(0, -1) }, AUD],
  ['a list in a list', { aud: [[clientId]] }, AUD],
  ['an object', { aud: { [clientId]: clientId } }, AUD],
]);

const AZP = 'AZP_CLAIM_DOES_NOT_MATCH';
table('X22 OI10 azp', [
  ['ours', { azp: clientId }, 'in'],
  ['ours with a list', { aud: [clientId], azp: clientId }, 'in'],
  ['missing with a list of ours', { aud: [clientId, clientId] }, 'in'],
  ['of another', { azp: 'other' }, AZP],
  ['empty', { azp: '' }, AZP],
  ['a list', { azp: [clientId] }, AZP],
]);

const NONCE = 'NONCE_DOES_NOT_MATCH';
table('X24 OI12 nonce', [
  ['missing', { nonce: none }, NONCE],
  ['empty', { nonce: '' }, NONCE],
  ['unknown', { nonce: 'A'.repeat(43) }, NONCE],
  ['a list', { nonce: ['A'] }, NONCE],
]);
test('X24 a nonce of another login is refused', async () => {
  const [one, two] = [await lms.login(), await lms.login()];
  assert.equal(await lms.outcome({ login: one,
    claims: { nonce: two.nonce } }), NONCE);
  assert.equal(await lms.outcome({ login: one,
    claims: { nonce: `${one.nonce}=` } }), NONCE);
  assert.equal(await lms.outcome({ login: one,
    claims: { nonce: one.state } }), NONCE);
  assert.equal(await lms.outcome({ login: one }), 'in');
  assert.equal(await lms.outcome({ login: two }), 'in');
});

// --- the times -------------------------------------------------------------

// Rows: [name, seconds from now of iat and exp, claims, outcome].
const TIMES = 'INVALID_TOKEN_TIMES';
function times(id, rows) {
  for (const [name, iat, exp, claims, outcome] of rows) {
    test(`${id} ${name}: ${outcome}`, async () => assert.equal(
      await lms.outcome({ claims:
        { iat: now() + iat, exp: now() + exp, ...claims } }), outcome));
  }
}
times('OI11 X23 A36', [
  ['a minute, as Moodle gives', 0, 60, {}, 'in'],
  ['an hour', 0, 3600, {}, 'in'],
  ['expired within the skew', -100, -50, {}, 'in'],
  ['expired', -130, -70, {}, 'TOKEN_TOO_OLD'],
  ['from the future within the skew', 50, 110, {}, 'in'],
  ['from the future', 70, 130, {}, 'CLOCKS_DIFFER'],
  ['iat too long ago', -670, 60, {}, 'TOKEN_TOO_OLD'],
  ['iat not too long ago', -640, 60, {}, 'in'],
  ['nbf now', 0, 60, { nbf: now() }, 'in'],
  ['nbf in the future', 0, 300, { nbf: now() + 200 }, 'CLOCKS_DIFFER'],
  ['no exp', 0, 60, { exp: none }, TIMES],
  ['no iat', 0, 60, { iat: none }, TIMES],
  ['neither', 0, 60, { iat: none, exp: none }, TIMES],
  ['exp before iat', 10, 0, {}, TIMES],
  ['exp a text', 0, 60, { exp: String(now() + 60) }, TIMES],
  ['exp a fraction', 0, 60, { exp: now() + 60.5 }, TIMES],
  ['exp negative', 0, 60, { exp: -1 }, TIMES],
  ['exp enormous', 0, 60, { exp: 1e30 }, TIMES],
  ['iat zero', 0, 60, { iat: 0 }, TIMES],
  ['iat null', 0, 60, { iat: null }, TIMES],
  ['nbf a text', 0, 60, { nbf: 'now' }, TIMES],
  ['of a day', 0, 86400, {}, 'in'],
  ['of years', 0, 3e8, {}, TIMES],
]);

for (const [skew, inside, outside] of [['0', 0, 5], ['300', 290, 310]]) {
  test(`OI11 X23 clock_skew ${skew} holds both ways`, async (t) => {
    const strict = await gatewayFor(t,
      { environment: { LTIGATE_CLOCK_SKEW: skew } });
    const own = await enrol(strict);
    const at = (iat, exp) => own.outcome({ claims:
      { iat: now() + iat, exp: now() + exp } });
    assert.equal(await at(inside, inside + 60), 'in');
    assert.equal(await at(outside, outside + 60), 'CLOCKS_DIFFER');
    assert.equal(await at(-60 - inside, 3 - inside), 'in');
    assert.equal(await at(-60 - outside, -outside), 'TOKEN_TOO_OLD');
  });
}

test('OI11 a token that lay for an hour is too old', async (t) => {
  t.after(() => gateway.setClock(0));
  await gateway.setClock(3600);
  const page = (await lms.launch()).response;
  assert.equal(titleOf(page), 'This launch has expired');
  await gateway.setClock(-3600);
  assert.equal(titleOf((await lms.launch()).response), 'Two clocks differ');
});
