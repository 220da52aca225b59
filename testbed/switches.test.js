// SPDX-License-Identifier: Apache-2.0
// Every switch changes what it says, and nothing else.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestbed } from './testbed.js';
import { PLATFORM_CONFIGURATION, TOOL_CONFIGURATION } from './templates.js';
import {
  call, goodRequest, launchParameters, post, readConfiguration, register,
  TOOL_URL,
} from './test_client.js';

let lms;
before(async () => {
  lms = await startTestbed();
});
after(() => lms.close());

let sites = 0;
const start = (switches, name = 'moodle-4.5') => lms.begin(name,
  { toolUrl: TOOL_URL, switches, site: `s${sites += 1}` });
const documentWith = async (switches, name) =>
  (await readConfiguration(await start(switches, name))).json();
const answerWith = async (switches, name) =>
  register(await start(switches, name));

test('an unknown switch or value is refused', async () => {
  await assert.rejects(start({ nonsense: 1 }), /unknown switch nonsense/);
  await assert.rejects(start({ answer: 'fine' }), /switch answer cannot be/);
  await assert.rejects(start({ answerDelay: 'long' }), /answerDelay/);
  await assert.rejects(start({ patchConfiguration: 'x' }), /cannot be "x"/);
});

test('every switch value of the list can begin an exchange', async () => {
  for (const { name, values } of lms.switchList) {
    if (!Array.isArray(values)) continue;
    for (const value of values) {
      const exchange = await start({ [name]: value });
      assert.equal(exchange.switches[name], value);
    }
  }
});

test('issuer', async () => {
  const issuer = async (value) =>
    (await documentWith({ issuer: value })).issuer;
  const host = (number) =>
    lms.origin(`s${number}.moodle-45.localhost`);
  assert.equal(await issuer('pinned'), 'https://canvas.instructure.com');
  assert.equal(await issuer('unknown'), 'https://lms.unknown.example');
  assert.equal(await issuer('not-url'), '123456');
  assert.equal(await issuer('trailing-slash'), `${host(sites)}/`);
  assert.equal(await issuer('path'), `${host(sites)}/lms`);
  assert.equal(await issuer('someone-elses'),
    lms.origin('moodle-45.localhost'));
  assert.deepEqual(await issuer({ literal: [1] }), [1]);
});

test('an issuer with a path has everything below the path', async () => {
  const exchange = await start({ issuer: 'path' });
  assert.match(exchange.configurationUrl, /\/lms\/mod\/lti\//);
  assert.equal((await register(exchange)).status, 200);
});

test('endpoints', async () => {
  const names = async (value) => {
    const document = await documentWith({ endpoints: value });
    return ['registration_endpoint', 'token_endpoint', 'jwks_uri'].map(
      (name) => new URL(document[name]).hostname.replace(/^s\d+\./, ''));
  };
  const moved = await names('three-hosts');
  const own = `s${sites}.moodle-45.localhost`;
  assert.deepEqual(moved, [`school.${own}`, `sso.${own}`, `sso.${own}`]);
  assert.equal((await names('foreign'))[0], 'elsewhere.localhost');
  const canvas = await documentWith({ endpoints: 'same-host' },
    'canvas-cloud');
  assert.equal(new URL(canvas.registration_endpoint).hostname,
    new URL(canvas.token_endpoint).hostname);
  for (const value of ['three-hosts', 'endpoint-query']) {
    assert.equal((await answerWith({ endpoints: value })).status, 200);
  }
});

test('a token sent to a foreign endpoint is seen there', async () => {
  const exchange = await start({ endpoints: 'foreign' });
  await register(exchange);
  const stolen = exchange.requests.find((entry) =>
    entry.kind === 'elsewhere');
  assert.equal(stolen.headers.authorization,
    `Bearer ${exchange.token.text}`);
});

test('token', async () => {
  const none = await start({ token: 'none' });
  assert.equal(launchParameters(none).get('registration_token'), null);
  assert.equal((await register(none)).status, 200);
  const timed = await start({ token: 'param-ts-uuid' });
  assert.match(launchParameters(timed).get('registration_token'), /^\d+:/);
  assert.equal((await register(timed)).status, 200);
  const query = await start({ token: 'endpoint-query' });
  const endpoint = (await readConfiguration(query)).json()
    .registration_endpoint;
  const body = JSON.stringify(goodRequest());
  assert.equal((await post(endpoint.replace(/\?.*/, ''), null, body)).status,
    401);
  assert.equal((await post(endpoint, null, body)).status, 200);
});

test('tokenFault', async () => {
  assert.equal((await answerWith({ tokenFault: 'expired' })).status, 404);
  assert.equal((await answerWith({ tokenFault: 'foreign' })).status, 404);
  assert.equal((await answerWith({ tokenFault: 'used' })).text,
    'token_already_used');
});

test('the launch: method, joint, raw values', async () => {
  const posted = await start({ launchMethod: 'POST' });
  assert.equal(posted.launchUrl, TOOL_URL);
  assert.ok(posted.form.openid_configuration);
  const joined = await start({ launchJoin: 'ampersand' });
  assert.ok(joined.launchUrl.startsWith(`${TOOL_URL}&openid_configuration=`));
  const raw = await start({ rawToken: 'a\r\nb',
    rawConfigurationUrl: 'file:///etc/passwd' });
  assert.equal(new URL(raw.launchUrl).search,
    '?openid_configuration=file%3A%2F%2F%2Fetc%2Fpasswd'
    + '&registration_token=a%0D%0Ab');
  const kept = await lms.begin('moodle-4.5',
    { toolUrl: 'http://t.localhost/r?link=x#end' });
  assert.match(kept.launchUrl, /\?link=x&openid_configuration=http%3A.*#end$/);
});

test('configAccess', async () => {
  const canvas = await start({}, 'canvas-cloud');
  const bare = canvas.configurationUrl.replace(/\?.*/, '');
  assert.equal((await call(bare)).status, 401);
  assert.equal((await readConfiguration(canvas)).status, 200);
  assert.equal((await readConfiguration(canvas)).status, 200);
  const once = await start({}, 'brightspace');
  assert.equal((await readConfiguration(once)).status, 200);
  assert.equal((await readConfiguration(once)).status, 401);
  const sakai = await start({}, 'sakai');
  for (const name of ['key', 'clientId', 'issuerURL', 'deploymentId']) {
    const url = new URL(sakai.configurationUrl);
    url.searchParams.delete(name);
    const answer = await call(url);
    assert.deepEqual([answer.status, answer.text], [400, `Missing ${name}`]);
  }
  assert.equal((await answerWith({ configAccess: 'one-shot' })).status, 200);
});

test('authorizationServer', async () => {
  const value = async (form, name) => (await documentWith(
    { authorizationServer: form }, name)).authorization_server;
  assert.equal(await value('absent', 'canvas-cloud'), undefined);
  assert.match(await value('url'), /^http:\/\/.*\/auth\/token$/);
  assert.match(await value('bare-host'), /^s\d+\.moodle-45\.localhost:\d+$/);
});

test('messages, platformKey and scopes', async () => {
  const part = async (switches, name) =>
    (await documentWith(switches, name))[PLATFORM_CONFIGURATION];
  assert.deepEqual((await part({ messages: 'strings' })).messages_supported,
    ['LtiResourceLinkRequest', 'LtiDeepLinkingRequest']);
  assert.deepEqual(
    (await part({ messages: 'no-deep-linking' })).messages_supported,
    [{ type: 'LtiResourceLinkRequest' }]);
  assert.equal('messages_supported' in await part({ messages: 'missing' }),
    false);
  assert.deepEqual((await part({ messages: 'empty-placements' }))
    .messages_supported.map((one) => one.placements), [[], []]);
  assert.equal(await part({ platformKey: 'missing' }), undefined);
  assert.equal('version' in await part({ platformKey: 'no-version' }), false);
  const spaced = await documentWith({ platformKey: 'trailing-space' });
  assert.ok(`${PLATFORM_CONFIGURATION} ` in spaced);
  const old = await documentWith({ platformKey: 'normal' }, 'moodle-3.10');
  assert.ok(PLATFORM_CONFIGURATION in old);
  const scopes = async (form, name) =>
    (await documentWith({ scopes: form }, name)).scopes_supported;
  assert.deepEqual(await scopes('openid-only'), ['openid']);
  assert.equal(await scopes('missing'), undefined);
  assert.equal((await scopes('full', 'sakai')).length, 6);
  assert.match((await scopes('vendor-extras')).at(-1), /vendor/);
});

test('patchConfiguration, setConfiguration, rawConfiguration', async () => {
  const patched = await documentWith({ patchConfiguration: {
    jwks_uri: null, issuer: '{{config}}/x',
    [PLATFORM_CONFIGURATION]: { version: 7 } } });
  assert.equal('jwks_uri' in patched, false);
  assert.match(patched.issuer, /localhost:\d+\/x$/);
  assert.equal(patched[PLATFORM_CONFIGURATION].version, 7);
  assert.equal(patched[PLATFORM_CONFIGURATION].product_family_code, 'moodle');
  const set = await documentWith({ setConfiguration: { issuer: null } });
  assert.equal(set.issuer, null);
  const raw = await readConfiguration(
    await start({ rawConfiguration: '{"a":1,"a":2}' }));
  assert.equal(raw.text, '{"a":1,"a":2}');
});

test('a patch on the profile itself', async () => {
  const answer = await answerWith({ profile: {
    answer: { clientId: 'decimal' } } });
  assert.match(answer.json().client_id, /^1\d{13}$/);
});

test('the answer: place of deployment, client id, members', async () => {
  const body = async (switches) => (await answerWith(switches)).json();
  assert.equal(typeof (await body({ deployment: 'top' })).deployment_id,
    'string');
  assert.equal('deployment_id' in
    (await body({ deployment: 'absent' }))[TOOL_CONFIGURATION], false);
  const ids = { number: 7, array: /^\["/, object: /^{"id"/, null: null,
    empty: '', long: /^"x{300}"$/, control: /\\r\\nX-Injected/ };
  for (const [form, wish] of Object.entries(ids)) {
    const { client_id: id } = await body({ clientId: form });
    if (wish instanceof RegExp) assert.match(JSON.stringify(id), wish);
    else assert.equal(id, wish);
  }
  assert.equal('client_id' in await body({ clientId: 'missing' }), false);
  assert.equal((await body({ clientId: { literal: 'mine' } })).client_id,
    'mine');
  assert.deepEqual((await body({ redirectUris: 'changed' })).redirect_uris,
    ['https://changed.example/launch']);
  assert.equal((await body({ scope: 'empty' })).scope, '');
  assert.equal('scope' in await body({ scope: 'missing' }), false);
  assert.equal((await body({ scope: 'reduced' })).scope.split(' ').length, 1);
  const extras = await body({ extras: 'secret-and-management' });
  assert.ok(extras.client_secret && extras.registration_access_token
    && extras.registration_client_uri);
  assert.equal((await body({ patchAnswer: { client_name: null } }))
    .client_name, undefined);
  assert.equal((await body({ setAnswer: { scope: 4 } })).scope, 4);
  assert.equal((await answerWith({ rawAnswer: 'OK' })).text, 'OK');
  assert.equal((await answerWith({ answerStatus: 201 })).status, 201);
});

test('an existing client id is answered again', async () => {
  const site = 'taken';
  const go = async (switches) => (await register(await lms.begin(
    'moodle-4.5', { toolUrl: TOOL_URL, site, switches }))).json().client_id;
  const first = await go({});
  assert.equal(await go({ clientId: 'existing' }), first);
});

test('the answer: forced refusals', async () => {
  const forms = { 'rfc-400': [400, /"error"/], 'errors-422': [422, /"errors"/],
    'error-message-401': [401, /"errorMessage"/], 'plain-400': [400, /^\w+$/],
    'html-500': [500, /<html/], 'forbidden-empty': [403, /^$/],
    'redirect-302': [302, /^$/], 'secret-500': [500, /hunter2/] };
  for (const [form, [status, text]] of Object.entries(forms)) {
    const exchange = await start({ answer: form });
    const answer = await register(exchange);
    assert.equal(answer.status, status, form);
    assert.match(answer.text, text, form);
    assert.equal(exchange.state, 'refused');
    assert.equal(exchange.registration, null);
  }
});

test('the answer: spoilt bodies of a kept registration', async () => {
  for (const form of ['not-json', 'html-200', 'empty']) {
    const exchange = await start({ answer: form });
    const answer = await register(exchange);
    assert.equal(answer.status, 200);
    assert.throws(() => answer.json());
    assert.equal(exchange.state, 'registered');
  }
  assert.ok(Array.isArray((await answerWith({ answer: 'array' })).json()));
});

test('closeListener and opens travel with the exchange', async () => {
  const canvas = await start({}, 'canvas-cloud');
  assert.equal(canvas.closeListener, 'registration-origin');
  assert.equal((await start({ closeListener: 'any' }, 'canvas-cloud'))
    .closeListener, 'any');
  assert.equal((await start({}, 'brightspace')).opens, 'window');
});
