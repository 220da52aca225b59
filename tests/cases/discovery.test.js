// SPDX-License-Identifier: Apache-2.0
// The beginning of a registration and the LMS's configuration document: what
// is refused, before anything is sent on, and what is put up with.

import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';
import { startGateway } from '../support/gateway.js';
import {
  PLATFORM, readsOf, registrationsOf, startLms,
} from '../support/lms.js';
import { titleOf, whatOf, wordsOf } from '../support/pages.js';

const lms = await startLms();
const gateway = await startGateway();
after(async () => {
  await lms.close();
  await gateway.close();
});

// Each case begins with no platform.
afterEach(async () => {
  const { body } = await gateway.api('GET', '/admin/platforms');
  for (const { id } of body.platforms) {
    await gateway.api('DELETE', `/admin/platforms/${id}`);
  }
});

const nothingKept = async () => {
  const platforms = await gateway.api('GET', '/admin/platforms');
  assert.deepEqual(platforms.body.platforms, []);
  const waiting = await gateway.api('GET', '/api/registrations');
  assert.deepEqual(waiting.body.registrations, []);
};

// What is refused of a Moodle with these switches, as a page and as JSON.
async function refused(switches, { status, code, words, profile }) {
  const began = await lms.add(gateway, profile ?? 'moodle-4.5', { switches });
  assert.equal(began.page.status, status, began.page.text);
  assert.match(began.page.headers['content-type'], /^text\/html/);
  if (words) assert.match(whatOf(began.page), words);
  assert.ok(began.exchange.requests.length <= 1);
  const asJson = await lms.add(gateway, profile ?? 'moodle-4.5',
    { switches, headers: { accept: 'application/json' } });
  assert.equal(asJson.page.json().details.message, code);
  await nothingKept();
  return began;
}

const set = (members) => ({ setConfiguration: members });
const without = (name) => ({ patchConfiguration: { [name]: null } });

for (const [what, query] of [['absent', ''], ['empty', '?openid_configuration='],
  ['absent beside others', '?registration_token=abc&openid_configuration']]) {
  test(`D04 openid_configuration is ${what}`, async () => {
    const page = await gateway.open(gateway.registerUrl + query);
    assert.equal(page.status, 400);
    assert.equal(titleOf(page), 'This address belongs into an LMS');
    const json = await gateway.open(gateway.registerUrl + query,
      { headers: { accept: 'application/json' } });
    assert.equal(json.json().details.message, 'MISSING_OPENID_CONFIGURATION');
  });
}

test('DR1 openid_configuration or the token given twice is refused',
  async () => {
    const exchange = await lms.begin(gateway, 'moodle-4.5');
    const url = encodeURIComponent(exchange.configurationUrl);
    for (const more of [`&openid_configuration=${url}`,
      `&openid%5Fconfiguration=${url}`, '&registration_token=x']) {
      const page = await gateway.open(exchange.launchUrl + more);
      assert.equal(page.status, 400, more);
    }
    assert.equal(exchange.requests.length, 0);
  });

test('D05 mode off refuses with a page, before anything is fetched',
  async () => {
    await gateway.settings({ registration: { mode: 'off' } });
    const { exchange, page } = await lms.add(gateway, 'moodle-4.5');
    const json = await gateway.open(exchange.launchUrl,
      { headers: { accept: 'application/json' } });
    await gateway.settings({});
    assert.equal(page.status, 403);
    assert.equal(titleOf(page), 'Registration is switched off');
    assert.equal(json.json().details.message, 'REGISTRATION_DISABLED');
    assert.equal(exchange.requests.length, 0);
  });

test('D06 without a token no Authorization header is sent', async () => {
  const { exchange, page } = await lms.add(gateway, 'blackboard');
  assert.equal(page.status, 200, page.text);
  assert.equal('authorization' in registrationsOf(exchange)[0].headers, false);
});

const bodies = {
  'secret-404': 'OPENID_CONFIGURATION_FAILED',
  'secret-500': 'OPENID_CONFIGURATION_FAILED',
  'html-login': 'OPENID_CONFIGURATION_MALFORMED',
  'not-json': 'OPENID_CONFIGURATION_MALFORMED',
  empty: 'OPENID_CONFIGURATION_MALFORMED',
  array: 'OPENID_CONFIGURATION_MALFORMED',
  'trailing-garbage': 'OPENID_CONFIGURATION_MALFORMED',
  'duplicate-keys': 'OPENID_CONFIGURATION_MALFORMED',
  'redirect-same': 'OPENID_CONFIGURATION_FAILED',
  'redirect-other': 'OPENID_CONFIGURATION_FAILED',
  'redirect-http': 'OPENID_CONFIGURATION_FAILED',
  'redirect-no-location': 'OPENID_CONFIGURATION_FAILED',
};
const ids = { 'html-login': 'D11', 'not-json': 'D12', empty: 'D12',
  'redirect-same': 'D17', 'redirect-other': 'D18', 'redirect-http': 'D19',
  'redirect-no-location': 'D21' };
for (const [configuration, code] of Object.entries(bodies)) {
  test(`${ids[configuration] ?? 'D10'} a configuration answered as ${
    configuration} is refused`, async () => {
    const { page, exchange } =
      await refused({ configuration }, { status: 502, code });
    // D13: nothing of a failing answer is echoed.
    assert.doesNotMatch(page.text, /hunter2|password|<form/);
    assert.doesNotMatch(gateway.log(), /hunter2/);
    assert.equal(readsOf(exchange).length, 1);
    assert.equal(exchange.requests.length, 1);
    assert.deepEqual(lms.strays(), []);
  });
}

test('D13 nothing of a failing answer is in the JSON or the events either',
  async () => {
    const { page } = await lms.add(gateway, 'moodle-4.5', {
      switches: { configuration: 'secret-500' },
      headers: { accept: 'application/json' } });
    const { text } = await gateway.api('GET', '/admin/events');
    assert.doesNotMatch(page.text + text, /hunter2/);
    assert.match(page.json().details.description, /HTTP status 500/);
  });

for (const member of ['issuer', 'authorization_endpoint', 'token_endpoint',
  'jwks_uri', 'registration_endpoint']) {
  const words = new RegExp(`"${member}"`);
  const rule = { status: 502, code: 'OPENID_CONFIGURATION_INCOMPLETE', words };
  test(`D14 DR6 ${member} is missing, and the page names it`, () =>
    refused(without(member), rule));
  test(`D14 ${member} is null, empty or of a wrong type`, async () => {
    for (const value of [null, '', 7, ['https://x.example'], { a: 1 },
      'a\u0007b']) {
      await refused(set({ [member]: value }), rule);
    }
  });
}

for (const platformKey of ['missing', 'no-version', 'no-family',
  'trailing-space']) {
  test(`D14 R8 ${platformKey} in the platform configuration is put up with`,
    async () => {
      const { page, exchange } = await lms.add(gateway, 'moodle-4.5',
        { switches: { platformKey } });
      assert.equal(page.status, 200, page.text);
      const { body } = await gateway.api('GET',
        `/admin/platforms?clientId=${exchange.registration.client_id}`);
      const [platform] = body.platforms;
      const known = !['missing', 'no-family'].includes(platformKey);
      assert.equal(platform.familyCode, known ? 'moodle' : '');
    });
}

for (const issuer of ['unknown', 'pinned', 'someone-elses', 'not-url',
  { literal: 'https://evil.example@moodle-45.localhost' }]) {
  test(`D15 DR5 an issuer that is ${JSON.stringify(issuer)} is refused`,
    async () => {
      const { page } = await refused({ issuer },
        { status: 400, code: 'ISSUER_DOES_NOT_MATCH' });
      assert.match(wordsOf(page), /names the issuer/);
    });
}

for (const issuer of ['path', 'trailing-slash']) {
  test(`D15 an issuer with ${issuer} is kept as the LMS writes it`,
    async () => {
      const { exchange, page } = await lms.add(gateway, 'moodle-4.5',
        { switches: { issuer } });
      assert.equal(page.status, 200, page.text);
      const { body } = await gateway.api('GET',
        `/admin/platforms?url=${encodeURIComponent(exchange.issuer)}`);
      assert.equal(body.platforms.length, 1);
    });
}

test('D16 R5 endpoints on other hosts are fine without a token', async () => {
  const { page, exchange } = await lms.add(gateway, 'blackboard',
    { switches: { endpoints: 'foreign' } });
  assert.equal(page.status, 200, page.text);
  const strange = exchange.requests.at(-1);
  assert.match(strange.url, /^http:\/\/elsewhere\.localhost/);
  assert.equal('authorization' in strange.headers, false);
});

test('A20 with a token the registration endpoint must be the LMS\'s own', () =>
  refused({ endpoints: 'foreign' },
    { status: 400, code: 'ENDPOINT_REFUSED', words: /another host/ }));

test('D17 R5 Canvas\'s three hosts are one LMS by its exception', async () => {
  const { page, exchange } = await lms.add(gateway, 'canvas-cloud');
  assert.equal(page.status, 200, page.text);
  const hosts = new Set(exchange.requests.map((one) => new URL(one.url).host));
  assert.equal(hosts.size, 2);
});

for (const member of ['authorization_endpoint', 'token_endpoint', 'jwks_uri',
  'registration_endpoint']) {
  test(`D22 ${member} that is no URL to be used is refused`,
    async () => {
      for (const url of ['https://user@lms.example/', 'ftp://lms.example/x',
        'javascript:alert(1)', 'https://lms.example/x#part', '//lms.example',
        'https://', 'https://0177.0.0.1.1/', 'https://lms.example\\@evil/']) {
        await refused(set({ [member]: url }), { status: 400,
          code: 'ENDPOINT_REFUSED', words: new RegExp(`"${member}"`) });
      }
    });
}

test('D23 a document with every odd but lawful thing is accepted', async () => {
  const { page, exchange } = await lms.add(gateway, 'moodle-4.5', { switches: {
    patchConfiguration: { unknown_member: { a: [1, 2.5, null, true] },
      [PLATFORM]: { variables: null, other: ['x'] } },
    scopes: 'vendor-extras' } });
  assert.equal(page.status, 200, page.text);
  assert.equal(exchange.state, 'registered');
});

test('D48 no signing method in common is refused', async () => {
  for (const [member, value] of [
    ['id_token_signing_alg_values_supported', ['HS256', 'none']],
    ['token_endpoint_auth_signing_alg_values_supported', ['ES512']],
    ['token_endpoint_auth_methods_supported', ['client_secret_basic']],
    ['response_types_supported', ['code']],
  ]) {
    await refused(set({ [member]: value }), { status: 400,
      code: 'PLATFORM_NOT_SUPPORTED', words: new RegExp(member) });
  }
});
