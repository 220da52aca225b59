// SPDX-License-Identifier: Apache-2.0
// A launch that somebody else began: in another browser, with a state that is
// not ours, or with a state that was changed.

import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import http from 'node:http';
import { after, test } from 'node:test';
import { apiKey, startGateway } from '../support/gateway.js';
import { enrol } from '../support/enrolled.js';
import { asJson, faultOf } from '../support/raw.js';

const gateway = await startGateway({ environment: {
  LTIGATE_RATE_LIMITS: 'registrations=0,refusals=60' } });
after(() => gateway.close());
const lms = await enrol(gateway);

const STRANGER = 'BROWSER_NOT_RECOGNISED';
const secretOf = ({ cookie }) => cookie.slice(cookie.indexOf('=') + 1);
const outcome = async (login, { token, ...post } = {}) => {
  const answer = await lms.post(login,
    token ?? await lms.sign(lms.claims(login)),
    { ...post, headers: { ...asJson, ...post.headers } });
  return answer.location ? 'in' : faultOf(answer);
};

// --- A38 -------------------------------------------------------------------

test('A38 an attacker\'s finished launch fails in the victim\'s browser',
  async () => {
    const attacker = await lms.login();
    const victim = await lms.login();
    const name = attacker.cookie.slice(0, attacker.cookie.indexOf('='));
    const secret = secretOf(attacker);
    for (const cookie of [null, victim.cookie, `${name}=`, `${name}=x`,
      `${name}=${secret.slice(1)}`, `${name}=${secret}x`,
      `${name}="${secret}"`, `${name}=${secret.toUpperCase()}`,
      // A name that another host of the domain may set.
      `ltigate=${secret}`, `__Secure-ltigate=${secret}`,
      `__host-ltigate=${secret}`, `x${attacker.cookie}`,
      `${name} =${secret}`, `a=${secret}`, `${victim.cookie},${name}=${secret}`,
      `${name}=${createHash('sha256').update(secret).digest('base64url')}`]) {
      assert.equal(await outcome(attacker, { cookie }), STRANGER, cookie);
    }
    const page = await lms.post(attacker,
      await lms.sign(lms.claims(attacker)), { cookie: victim.cookie });
    assert.equal(page.status, 403);
    assert.match(page.text, /A link to the tool that somebody sent you/);
    assert.equal(await outcome(attacker), 'in');
    assert.equal(await outcome(victim), 'in');
  });

test('A38 the victim\'s own cookie among others is enough', async () => {
  const login = await lms.login();
  const other = await lms.login();
  assert.equal(await outcome(login, { cookie:
    `a=b; ${other.cookie}; ${login.cookie}; c=d` }), 'in');
});

// The attacker knows the secret of his own login, and can make a page of his
// that posts it with his token from the victim's browser.
const crossSite = [
  { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
  { 'sec-fetch-site': 'cross-site', origin: 'null' },
  { 'sec-fetch-site': 'same-site', origin: 'http://evil.localhost' },
  { 'sec-fetch-site': 'none' }, { origin: 'https://evil.example' }];
for (const [name, fields] of [['a storage', { lti_storage_target: '_parent' }],
  ['no storage', {}]]) {
  test(`A38 a secret that another site posts counts nothing: ${name}`,
    async () => {
      for (const headers of crossSite) {
        const { response, ...found } = await lms.login({ fields });
        const place = /state=([^&"]+)&(?:amp;)?nonce=([^&"]+)/
          .exec(response.location ?? response.text);
        const attacker = { ...found, state: decodeURIComponent(place[1]),
          nonce: decodeURIComponent(place[2]) };
        const victim = await lms.login();
        const form = { ltigate_browser: secretOf(attacker) };
        for (const cookie of [null, victim.cookie]) {
          assert.equal(await outcome(attacker, { cookie, form, headers }),
            STRANGER, JSON.stringify(headers));
        }
        // From our own page it does, where the LMS's frame keeps it.
        assert.equal(await outcome(attacker, { cookie: null, form,
          headers: { 'sec-fetch-site': 'same-origin', origin: gateway.url } }),
        name === 'a storage' ? 'in' : STRANGER);
      }
    });
}

test('A38 a state is of one LMS, one browser and one time', async () => {
  const begun = await lms.login();
  const parts = begun.state.split('.');
  const other = await enrol(gateway);
  const there = (await other.login()).state.split('.');
  const mine = createHash('sha256').update('x'.repeat(43)).digest('base64url');
  const mac = (key, text) =>
    createHmac('sha256', key).update(text).digest('base64url');
  const head = parts.slice(0, 6).join('.');
  const swapped = (at, value) => parts.with(at, value).join('.');
  const forged = [swapped(0, '2'), swapped(0, ''), swapped(0, '01'),
    swapped(1, String(Number(parts[1]) + 1)), swapped(1, '9999999999'),
    swapped(1, `0${parts[1]}`), swapped(2, there[2]), swapped(3, there[3]),
    swapped(4, mine), swapped(5, 'X3BhcmVudA'), swapped(6, ''),
    swapped(6, there[6]), swapped(6, parts[6].slice(0, -1)),
    swapped(6, `${parts[6]}A`), swapped(6, parts[6].toLowerCase()),
    swapped(6, 'A'.repeat(43)), head, `${head}.`, `${begun.state}.`,
    `${begun.state}.x`, `.${begun.state}`, `${begun.state} `,
    `${begun.state}\n`, begun.state.toUpperCase(), `${begun.state}\u00e9`,
    ...['', apiKey, lms.clientId, gateway.url, '\0'.repeat(32), 'secret']
      .map((key) => `${head}.${mac(key, head)}`),
    begun.nonce, begun.cookie, 'null', '{}', '0', 'x'.repeat(1025),
    'x'.repeat(100_000), '.'.repeat(6), '......', '1.1.1.1.1.1.1'];
  const token = await lms.sign(lms.claims(begun));
  for (const state of forged) {
    assert.equal(await outcome({ ...begun, state }, { token,
      cookie: `${begun.cookie.split('=')[0]}=${'x'.repeat(43)}` }),
    'INVALID_STATE', state.slice(0, 200));
  }
  assert.equal(await outcome({ ...begun, state: '' }, { token }),
    'MISSING_ID_TOKEN_OR_STATE');
  assert.equal(await outcome(begun, { token }), 'in');
});

test('A38 the launch is no GET, and its error ends the attempt', async () => {
  const login = await lms.login();
  const token = await lms.sign(lms.claims(login));
  const query = new URLSearchParams({ id_token: token, state: login.state });
  const get = await gateway.open(`${gateway.url}/lti/launch?${query}`,
    { headers: { cookie: login.cookie } });
  assert.equal(get.status, 405);
  assert.equal(get.location, null);
  // What the query says is not what was posted.
  const answer = await gateway.api('POST', `/lti/launch?${query}`, 'x=1',
    { key: null, headers: { ...asJson, cookie: login.cookie,
      'content-type': 'application/x-www-form-urlencoded' } });
  assert.equal(answer.body.details.message, 'MISSING_ID_TOKEN_OR_STATE');
  const refused = await outcome(login, { token, form: { error: 'denied',
    error_description: '<b>no</b>' } });
  assert.equal(refused, 'PLATFORM_REFUSED_LOGIN');
});

// --- A39 -------------------------------------------------------------------

const agent = new http.Agent({ keepAlive: true, maxSockets: 40 });
after(() => agent.destroy());
function post(fields) {
  const body = String(new URLSearchParams(fields));
  return new Promise((done, failed) => {
    http.request({ agent, host: '127.0.0.1', port: gateway.port,
      method: 'POST', path: '/lti/launch', headers: { ...asJson,
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': body.length } }, (response) => {
      response.resume();
      response.on('end', () => done(response.statusCode));
    }).on('error', failed).end(body);
  });
}

test('A39 10,000 states that are not ours push nobody out', async () => {
  const honest = await lms.login();
  const id_token = await lms.sign(lms.claims(honest));
  const rows = () => gateway.store.sql(`SELECT
    (SELECT count(*) FROM launches), (SELECT count(*) FROM deployments)`);
  const before = await rows();
  const events = async () => Number(
    await gateway.store.sql('SELECT count(*) FROM events'));
  const eventsBefore = await events();
  const states = Array.from({ length: 10_000 }, (_, i) => i % 2
    ? honest.state.replace(/\.[^.]{22}\./, `.${String(i).padStart(22, 'A')}.`)
    : createHash('sha512').update(String(i)).digest('base64url'));
  assert.equal(new Set(states).size, 10_000);
  for (let i = 0; i < states.length; i += 500) {
    const statuses = await Promise.all(states.slice(i, i + 500)
      .map((state) => post({ id_token, state })));
    assert.ok(statuses.every((status) => status === 400));
  }
  assert.equal(await rows(), before);
  // Of one address so many a minute are written down.
  assert.ok(await events() - eventsBefore <= 130, 'events without bound');
  assert.equal(await outcome(honest, { token: id_token }), 'in');
  assert.equal(await outcome(await lms.login()), 'in');
});
