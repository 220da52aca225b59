// SPDX-License-Identifier: Apache-2.0
// A launch belongs to one login, of one LMS, in one browser, and happens once.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CLAIM, enrol, now } from '../support/enrolled.js';
import { startGateway } from '../support/gateway.js';
import { titleOf } from '../support/pages.js';
import { asJson, faultOf, gatewayFor } from '../support/raw.js';

const gateway = await startGateway();
after(() => gateway.close());
const lms = await enrol(gateway);
const launchUrl = `${gateway.url}/lti/launch`;
const ready = async () => {
  const login = await lms.login();
  return { login, token: await lms.sign(lms.claims(login)) };
};

// --- the state -------------------------------------------------------------

const changedAt = (text, at) => text.slice(0, at)
  + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);

test('X04 A39 a state that we did not write is refused', async () => {
  const { login, token } = await ready();
  const parts = login.state.split('.');
  assert.equal(parts.length, 7);
  const forged = parts.map((part, i) => parts.with(i, part === ''
    ? 'eA' : changedAt(part, part.length >> 1)).join('.'));
  for (const state of [...forged, 'x', '1......', `${login.state}.`,
    `${login.state}A`, login.state.slice(0, -1), ` ${login.state}`,
    parts.with(1, now() + 3600).join('.'), parts.slice(0, 6).join('.'),
    parts.toSpliced(5, 1).join('.'), `${login.state}\u0000`,
    'x'.repeat(5000)]) {
    const answer =
      await lms.post(login, token, { form: { state }, headers: asJson });
    assert.equal(answer.status, 400, state);
    assert.ok(['INVALID_STATE', 'INVALID_FORM'].includes(faultOf(answer)));
  }
  const page = await lms.post(login, token, { form: { state: 'x' } });
  assert.equal(titleOf(page), 'This launch did not begin here');
  assert.equal(await lms.outcome({ login }), 'in');
});

test('X04 a state of another gateway is refused', async (t) => {
  const other = await gatewayFor(t, { fresh: true });
  const theirs = await (await enrol(other,
    { issuer: lms.issuer, clientId: lms.clientId })).login();
  assert.equal(await lms.outcome({ login: theirs }), 'INVALID_STATE');
});

test('X04 an expired state gets a page that says so', async (t) => {
  t.after(() => gateway.setClock(0));
  const { login, token } = await ready();
  await gateway.setClock(700);
  const page = await lms.post(login, token);
  assert.equal(page.status, 400);
  assert.equal(titleOf(page), 'That took too long');
});

test('X04 A37 a launch opens the tool once, however often it is posted',
  async () => {
    const { login, token } = await ready();
    const answers = await Promise.all(Array.from({ length: 20 }, () =>
      lms.post(login, token)));
    assert.deepEqual(answers.map(({ status }) => status).toSorted(),
      [303, ...Array(19).fill(409)]);
    const page = await lms.post(login, token);
    assert.equal(titleOf(page), 'This launch was used before');
    // A second token for the same login is the same launch.
    assert.equal(await lms.outcome({ login, claims: { jti: 'other' } }),
      'NONCE_ALREADY_RECEIVED');
  });

test('X04 A37 after a restart a used launch is still used, a new one good',
  async () => {
    const used = await lms.launch();
    const open = await lms.login();
    await gateway.restart();
    const again = await lms.post(used.login, used.token, { headers: asJson });
    assert.equal(faultOf(again), 'NONCE_ALREADY_RECEIVED');
    assert.equal(await lms.outcome({ login: open }), 'in');
    assert.equal((await lms.ask(used.ltik)).status, 200);
  });

test('X05 A34 the state of one LMS does not carry the token of another',
  async () => {
    const other = await enrol(gateway);
    const sister = await enrol(gateway, { issuer: lms.issuer });
    const login = await lms.login();
    for (const [theirs, code] of [[other, 'ISS_CLAIM_DOES_NOT_MATCH'],
      [sister, 'AUD_CLAIM_DOES_NOT_MATCH']]) {
      assert.equal(await theirs.outcome({ login }), code);
    }
    assert.equal(await lms.outcome({ login }), 'in');
  });

test('X05 OI15 another target at the login neither harms nor leads anywhere',
  async () => {
    for (const target of ['https://evil.example/phish', `${launchUrl}?a=1`]) {
      const { response } = await lms.launch({
        fields: { target_link_uri: target },
        claims: { [`${CLAIM}target_link_uri`]: launchUrl } });
      assert.ok(response.location.startsWith(
        'https://tool.example/launch?'), response.location);
    }
  });

// --- the browser -----------------------------------------------------------

test('OI5 launches that begin at once in one browser all finish', async () => {
  const logins = await Promise.all(Array.from({ length: 8 }, () =>
    lms.login()));
  assert.equal(new Set(logins.map(({ cookie }) => cookie.split('=')[0])).size,
    8, 'each has a cookie of its own');
  // As a browser that has taken all of them sends them.
  const cookie = logins.map((login) => login.cookie).join('; ');
  for (const login of logins) {
    const answer = await lms.post(login, await lms.sign(lms.claims(login)),
      { cookie });
    assert.equal(answer.status, 303, answer.text);
  }
});

test('X04 A38 OI5 only the browser that began may finish', async () => {
  const { login, token } = await ready();
  const other = await lms.login();
  const [name, secret] = login.cookie.split('=');
  for (const cookie of ['', other.cookie, `ltigate=${secret}`, `${name}=`,
    `__Secure-ltigate=${secret}`, `${name}!=${secret}`, `${name}=${secret}x`,
    `${name}="${secret}"`, `${name}=${secret.slice(1)}`, `a=1, ${login.cookie}`,
    `${name}=${login.state.split('.')[4]}`]) {
    const answer =
      await lms.post(login, token, { cookie, headers: asJson });
    assert.equal(answer.status, 403, cookie);
    assert.equal(faultOf(answer), 'BROWSER_NOT_RECOGNISED');
  }
  const page = await lms.post(login, token, { cookie: null });
  assert.equal(titleOf(page), 'Your browser keeps no cookies for this tool');
  assert.equal((await lms.post(login, token)).status, 303);
});

test('X04 of two cookies of one name the right one counts', async () => {
  const { cookie: other } = await lms.login();
  for (const line of [(own) => `${other}; ${own}`,
    (own) => `${own};${other}`, (own) => `a=b; ${other}; c; ${own} ;d=`]) {
    const login = await lms.login();
    assert.equal(await lms.outcome({ login,
      post: { cookie: line(login.cookie) } }), 'in');
  }
});
