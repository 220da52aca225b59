// SPDX-License-Identifier: Apache-2.0
// Rules of LTI Dynamic Registration 1.0 that no other file has: the token,
// the life of a registration, a start that is repeated, and the end page.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGateway } from '../support/gateway.js';
import {
  documentOf, PLATFORM, readsOf, registrationsOf, requestTo, startLms, toolIn,
} from '../support/lms.js';
import { titleOf, wordsOf } from '../support/pages.js';

const preApproval = { registration: { mode: 'pre-approval',
  preApprovalUrl: 'https://tool.example/approve' } };

const lms = await startLms();
const gateway = await startGateway();
after(async () => {
  await lms.close();
  await gateway.close();
});

const platformCount = async () =>
  (await gateway.api('GET', '/admin/platforms')).body.platforms.length;

test('DR2 a registration goes with a token and without one', async () => {
  for (const profile of ['moodle-4.5', 'brightspace']) {
    const { page } = await lms.add(gateway, profile);
    assert.equal(page.status, 200, page.text);
  }
});

const tokens = {
  'a JWT': null,
  'seconds and a UUID': '1700000000:6f1c2f3e-6a58-4b8e-9d2e-111111111111',
  'three kilobytes': 'x'.repeat(3000),
  'every printable character': '!"#$&\'()*+,-./:;<=>?@[]^_`{|}~%25',
};
for (const [what, rawToken] of Object.entries(tokens)) {
  test(`DR3 D07 a token of ${what} is sent unchanged`, async () => {
    const { exchange } = await lms.add(gateway, 'moodle-4.5',
      { switches: rawToken ? { rawToken } : {} });
    const [post] = registrationsOf(exchange);
    assert.equal(post.headers.authorization,
      `Bearer ${rawToken ?? exchange.token.text}`);
  });
}

for (const [what, rawToken] of [['a line end', 'a\r\nX-Evil: 1'],
  ['a blank', 'a b'], ['a letter outside ASCII', 'é'],
  ['NUL', 'a\0b'], ['five kilobytes', 'x'.repeat(5000)]]) {
  test(`A10 a token with ${what} is refused before anything is sent`,
    async () => {
      const { exchange, page } = await lms.add(gateway, 'moodle-4.5',
        { switches: { rawToken } });
      assert.equal(page.status, 400, page.text);
      assert.equal(exchange.requests.length, 0);
      assert.doesNotMatch(gateway.log(), /^X-Evil/m);
    });
}

test('DR4 http outside outbound_allow is refused', async () => {
  const exchange = await lms.begin(gateway, 'moodle-4.5');
  await gateway.restart({ LTIGATE_OUTBOUND_ALLOW: '' });
  const page = await lms.enter(gateway, exchange);
  await gateway.restart({ LTIGATE_OUTBOUND_ALLOW: '127.0.0.0/8,::1' });
  assert.equal(page.status, 400, page.text);
  assert.equal(exchange.requests.length, 0);
});

test('DR7 absent optional members are no trouble', async () => {
  const { page, exchange } = await lms.add(gateway, 'moodle-4.5', { switches: {
    patchConfiguration: { scopes_supported: null, claims_supported: null,
      response_types_supported: null, subject_types_supported: null,
      token_endpoint_auth_methods_supported: null,
      token_endpoint_auth_signing_alg_values_supported: null,
      id_token_signing_alg_values_supported: null, [PLATFORM]: null } } });
  assert.equal(page.status, 200, page.text);
  assert.equal(toolIn(requestTo(exchange)).messages.length, 2);
});

test('DR9 the request is JSON, by POST, and asks for JSON', async () => {
  const { exchange } = await lms.add(gateway, 'moodle-4.5');
  const [read] = readsOf(exchange);
  assert.equal(read.method, 'GET');
  assert.equal(read.headers.accept, 'application/json');
  const [post] = registrationsOf(exchange);
  assert.equal(post.method, 'POST');
  assert.equal(post.url, documentOf(exchange).registration_endpoint);
  assert.match(post.headers['content-type'], /^application\/json/);
  assert.equal(post.headers.accept, 'application/json');
  assert.equal(post.headers['accept-encoding'], undefined);
  assert.equal(post.headers.cookie, undefined);
  assert.equal(post.headers.referer, undefined);
});

test('DR9 the query of the endpoint is kept', async () => {
  const { exchange, page } = await lms.add(gateway, 'blackboard');
  assert.equal(page.status, 200, page.text);
  const { search } = new URL(documentOf(exchange).registration_endpoint);
  assert.match(search, /registrationToken=/);
  assert.equal(new URL(registrationsOf(exchange)[0].url).search, search);
});

test('R9 the audience is authorization_server only when it is an https URL',
  async () => {
    const audience = async (value) => {
      const { exchange } = await lms.add(gateway, 'moodle-4.5',
        { switches: { setConfiguration: { authorization_server: value } } });
      const { body } = await gateway.api('GET',
        `/admin/platforms?clientId=${exchange.registration.client_id}`);
      const [platform] = body.platforms;
      return platform.authorizationServer === platform.accesstokenEndpoint
        ? 'token endpoint' : platform.authorizationServer;
    };
    assert.equal(await audience('https://api.lms.example/auth/token'),
      'https://api.lms.example/auth/token');
    for (const value of ['sso.lms.example', '', null, 7, 'https://',
      'ftp://lms.example']) {
      assert.equal(await audience(value), 'token endpoint', String(value));
    }
  });

test('DR18 the end posts the close message to opener or parent', async () => {
  const { page } = await lms.add(gateway, 'moodle-4.5');
  assert.match(page.text, /window\.opener \|\| window\.parent/);
  assert.match(page.text, /subject: 'org\.imsglobal\.lti\.close'/);
  assert.match(page.text, /data-close="now"/);
  const failed = await lms.add(gateway, 'moodle-4.5',
    { switches: { answer: 'plain-400' } });
  assert.doesNotMatch(failed.page.text, /<body data-close="now"/);
});

test('DR19 an approval after 59 minutes still registers', async () => {
  await gateway.settings(preApproval);
  const { exchange, path } = await lms.wait(gateway, 'moodle-4.5');
  await gateway.setClock(59 * 60);
  const { status, text } = await gateway.api('POST', `${path}/complete`);
  await gateway.setClock(0);
  assert.equal(status, 200, text);
  assert.equal(exchange.state, 'registered');
});

test('DR19 an approval after 61 minutes is refused politely', async () => {
  const { exchange, path } = await lms.wait(gateway, 'moodle-4.5');
  await gateway.setClock(61 * 60);
  const answers = [await gateway.api('GET', path),
    await gateway.api('POST', `${path}/complete`),
    await gateway.api('POST', `${path}/reject`)];
  const list = await gateway.api('GET', '/api/registrations');
  await gateway.setClock(0);
  for (const { status, body } of answers) {
    assert.equal(status, 404);
    assert.match(body.details.description, /older than an hour/);
  }
  assert.equal(list.body.registrations.some((one) =>
    one.url === exchange.issuer), false);
  assert.equal(registrationsOf(exchange).length, 0);
});

test('DR19 a registration that waits survives a restart', async () => {
  const { exchange, path } = await lms.wait(gateway, 'moodle-4.5');
  await gateway.restart();
  const { status } = await gateway.api('POST', `${path}/complete`);
  assert.equal(status, 200);
  assert.equal(registrationsOf(exchange)[0].headers.authorization,
    `Bearer ${exchange.token.text}`);
  await gateway.settings({});
});

test('DR20 success needs no launch', async () => {
  const { exchange, page } = await lms.add(gateway, 'moodle-4.5');
  assert.equal(page.status, 200);
  assert.deepEqual(exchange.requests.map((one) => one.kind),
    ['configuration', 'registration']);
});

test('DR22 a repeated start is told, and registers nothing twice', async () => {
  const { exchange } = await lms.add(gateway, 'moodle-4.5');
  const before = await platformCount();
  const page = await lms.enter(gateway, exchange);
  assert.equal(page.status, 409);
  assert.equal(titleOf(page), 'This registration was already done');
  assert.match(wordsOf(page), /list of tools in your LMS/);
  const json = await lms.enter(gateway, exchange,
    { accept: 'application/json' });
  assert.equal(json.json().details.message, 'REGISTRATION_TOKEN_ALREADY_USED');
  // It is known by its token, so the LMS is not even asked for its document.
  assert.equal(exchange.requests.length, 2);
  assert.equal(await platformCount(), before);
});

test('DR22 after a refusal the same start may be tried again', async () => {
  const { exchange, page } = await lms.add(gateway, 'moodle-4.5',
    { switches: { answer: 'plain-400' } });
  assert.equal(page.status, 502);
  const again = await lms.enter(gateway, exchange);
  // Whether the token still holds is the LMS's to say.
  assert.equal(again.status, 502);
  assert.equal(registrationsOf(exchange).length, 2);
});

test('A19 two starts at once with one token make one registration',
  async () => {
    const before = await platformCount();
    const exchange = await lms.begin(gateway, 'moodle-4.5',
      { switches: { configurationDelay: 150 } });
    const pages = await Promise.all([1, 2, 3].map(() =>
      lms.enter(gateway, exchange)));
    assert.deepEqual(pages.map((page) => page.status).toSorted(),
      [200, 409, 409]);
    assert.equal(registrationsOf(exchange).length, 1);
    assert.equal(await platformCount(), before + 1);
  });

test('D32 two completions at once send one request', async () => {
  await gateway.settings(preApproval);
  const { exchange, path } = await lms.wait(gateway, 'moodle-4.5',
    { switches: { answerDelay: 150 } });
  const answers = await Promise.all([1, 2, 3].map(() =>
    gateway.api('POST', `${path}/complete`)));
  await gateway.settings({});
  assert.deepEqual(answers.map((one) => one.status).toSorted(),
    [200, 404, 404]);
  assert.equal(registrationsOf(exchange).length, 1);
});

test('R1 a configuration URL of eight kilobytes is taken', async () => {
  const exchange = await lms.begin(gateway, 'moodle-4.5');
  const long = `${exchange.configurationUrl}?pad=${'x'.repeat(7500)}`;
  const page = await gateway.open(`${gateway.registerUrl}?registration_token=${
    exchange.token.text}&openid_configuration=${encodeURIComponent(long)}`);
  assert.equal(page.status, 200, page.text);
  assert.equal(readsOf(exchange)[0].url, long);
});
