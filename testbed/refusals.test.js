// SPDX-License-Identifier: Apache-2.0
// Each LMS refuses what it refuses in reality, in the form it has.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestbed } from './testbed.js';
import { TOOL_CONFIGURATION } from './templates.js';
import {
  goodRequest, launchParameters, post, readConfiguration, register,
  serveKeySet, TOOL_URL,
} from './test_client.js';

let lms;
let now = Date.now();
before(async () => {
  lms = await startTestbed({ clock: () => now });
});
after(() => lms.close());

let sites = 0;
const start = (name, options) => lms.begin(name,
  { toolUrl: TOOL_URL, site: `r${sites += 1}`, ...options });

const without = (member) => goodRequest({ [member]: undefined });
const withoutTool = (member) => goodRequest({}, { [member]: undefined });

const moodleWord = (word) => (response) => {
  assert.equal(response.status, 400);
  assert.equal(response.text, word);
};
const moodleMissing = (name) =>
  moodleWord(`missing required attribute ${name}`);
const canvasErrors = (...patterns) => (response) => {
  assert.equal(response.status, 422);
  const { errors } = response.json();
  assert.equal(errors.length, patterns.length, response.text);
  patterns.forEach((pattern, index) => assert.match(errors[index], pattern));
};
const rfcError = (pattern) => (response) => {
  assert.equal(response.status, 400);
  assert.equal(response.json().error, 'invalid_client_metadata');
  assert.match(response.json().error_description, pattern);
};
const sakaiText = (pattern) => (response) => {
  assert.equal(response.status, 400);
  assert.match(response.text, pattern);
  assert.equal(response.headers['x-sakai-lti13-error-detail'], response.text);
};
const blackboardMessage = (pattern) => (response) => {
  assert.equal(response.status, 400);
  assert.match(response.json().message, pattern);
};

const long = `http://tool.localhost:8080/${'a'.repeat(250)}`;
const custom = (value) => goodRequest({}, { custom_parameters: value });
const message = (value) => goodRequest({}, { messages: [value] });

// The demands that Brightspace, Blackboard and ILIAS share, each once.
const shared = [
  ['application_type native', { application_type: 'native' },
    /application_type must be web/],
  ['one grant type', { grant_types: ['implicit'] },
    /grant_types must contain client_credentials/],
  ['response_types without id_token', { response_types: ['code'] },
    /response_types must contain id_token/],
  ['no redirect URL in the list', { redirect_uris: [] },
    /redirect_uris must not be empty/],
  ['another auth method', { token_endpoint_auth_method: 'none' },
    /token_endpoint_auth_method must be private_key_jwt/],
  ['no client_name', { client_name: undefined }, /client_name is required/],
];
const sharedCases = shared.flatMap(([what, change, pattern]) => [
  ['brightspace', what, goodRequest(change), rfcError(pattern)],
  ['blackboard', what, goodRequest(change), blackboardMessage(pattern)],
  ['ilias', what, goodRequest(change), rfcError(pattern)],
]);

const cases = [
  ...sharedCases,
  ...['response_types', 'initiate_login_uri', 'redirect_uris', 'client_name',
    'jwks_uri', 'token_endpoint_auth_method'].map((member) =>
    ['moodle-4.5', `no ${member}`, without(member), moodleMissing(member)]),
  ['moodle-4.5', 'empty client_name', goodRequest({ client_name: '' }),
    moodleMissing('client_name')],
  ['moodle-4.5', 'no tool configuration', without(TOOL_CONFIGURATION),
    moodleMissing(TOOL_CONFIGURATION)],
  ['moodle-4.5', 'no domain', withoutTool('domain'),
    moodleWord('missing_domain')],
  ['moodle-4.5', 'domain of another host',
    goodRequest({}, { domain: 'other.localhost' }),
    moodleWord('domain_targetlinkuri_mismatch')],
  ['moodle-4.5', 'domain without its port',
    goodRequest({}, { domain: 'tool.localhost' }),
    moodleWord('domain_targetlinkuri_mismatch')],
  ['moodle-4.5', 'response_types without id_token',
    goodRequest({ response_types: ['code'] }),
    moodleWord('invalid_response_types')],
  ['moodle-4.5', 'redirect_uris not a list',
    goodRequest({ redirect_uris: 'http://tool.localhost:8080/' }),
    moodleWord('invalid_redirect_uris')],
  ['moodle-4.5', 'another auth method',
    goodRequest({ token_endpoint_auth_method: 'client_secret_basic' }),
    moodleWord('invalid_token_endpoint_auth_method')],
  ['moodle-4.5', 'application_type native',
    goodRequest({ application_type: 'native' }),
    moodleWord('invalid_application_type')],
  ['moodle-3.10', 'no target_link_uri', withoutTool('target_link_uri'),
    moodleMissing('target_link_uri')],
  ['moodle-3.10', 'no client_name', without('client_name'),
    moodleMissing('client_name')],
  ['moodle-3.10', 'response_types without id_token',
    goodRequest({ response_types: ['code'] }),
    moodleWord('invalid_response_types')],
  ['moodle-3.10', 'redirect_uris not a list',
    goodRequest({ redirect_uris: 'http://tool.localhost:8080/' }),
    moodleWord('invalid_redirect_uris')],
  ['moodle-3.10', 'another auth method',
    goodRequest({ token_endpoint_auth_method: 'none' }),
    moodleWord('invalid_token_endpoint_auth_method')],
  ['moodle-3.10', 'application_type native',
    goodRequest({ application_type: 'native' }),
    moodleWord('invalid_application_type')],
  ['moodle-3.10', 'no domain', withoutTool('domain'), moodleMissing('domain')],

  ['canvas-cloud', 'only one grant type',
    goodRequest({ grant_types: ['implicit'] }),
    canvasErrors(/grant_types must contain client_credentials/)],
  ['canvas-cloud', 'no claims', withoutTool('claims'),
    canvasErrors(/claims is required/)],
  ['canvas-cloud', 'domain with a scheme',
    goodRequest({}, { domain: 'http://tool.localhost:8080' }),
    canvasErrors(/domain must be a host/)],
  ['canvas-cloud', 'custom value a number', custom({ a: 1, b: 'x' }),
    canvasErrors(/custom_parameters.a must be a string/)],
  ['canvas-cloud', 'unknown placement', message(
    { type: 'LtiResourceLinkRequest', placements: ['nowhere'] }),
  canvasErrors(/placement "nowhere"/)],
  ['canvas-cloud', 'unknown message', message({ type: 'LtiSpecial' }),
    canvasErrors(/message type "LtiSpecial"/)],
  ['canvas-cloud', 'unknown scope', goodRequest({ scope: 'a b' }),
    canvasErrors(/Invalid scopes: a, b/)],
  ['canvas-cloud', 'scope openid', goodRequest({ scope: 'openid' }),
    canvasErrors(/Invalid scopes: openid/)],
  ['canvas-cloud', 'response_types without id_token',
    goodRequest({ response_types: ['code'] }),
    canvasErrors(/response_types must contain id_token/)],
  ['canvas-cloud', 'another auth method',
    goodRequest({ token_endpoint_auth_method: 'none' }),
    canvasErrors(/token_endpoint_auth_method must be private_key_jwt/)],
  ...['client_name', 'initiate_login_uri', 'jwks_uri'].map((member) =>
    ['canvas-cloud', `${member} a number`, goodRequest({ [member]: 7 }),
      canvasErrors(new RegExp(`${member} must be of type string`))]),
  ['canvas-cloud', 'claims a text', goodRequest({}, { claims: 'sub' }),
    canvasErrors(/claims must be of type array/)],
  ['canvas-cloud', 'messages an object', goodRequest({}, { messages: {} }),
    canvasErrors(/messages must be of type array/)],
  ['canvas-cloud', 'two faults at once', goodRequest(
    { application_type: 'native', redirect_uris: [] }),
  canvasErrors(/application_type must be web/, /redirect_uris must not/)],

  ['brightspace', 'plain http on another machine',
    goodRequest({ initiate_login_uri: 'http://tool.example/login' }),
    rfcError(/initiate_login_uri must be an https URL/)],
  ['brightspace', 'domain with a scheme',
    goodRequest({}, { domain: 'http://tool.localhost:8080' }),
    rfcError(/domain must be a host/)],
  ['brightspace', 'wildcard redirect',
    goodRequest({ redirect_uris: ['https://tool.example/*'] }),
    rfcError(/redirect_uris takes no wildcard/)],
  ['brightspace', 'key set that does not answer',
    goodRequest({ jwks_uri: 'http://127.0.0.1:1/keys' }),
    rfcError(/jwks_uri: could not be read/)],

  ['blackboard', 'no redirect_uris', without('redirect_uris'),
    blackboardMessage(/redirect_uris is required/)],

  ['sakai', 'no jwks_uri', without('jwks_uri'), sakaiText(/jwks_uri/)],
  ['sakai', 'redirect_uris not a list', goodRequest({ redirect_uris: 'x' }),
    sakaiText(/redirect_uris must be of type array/)],

  ['ilias', 'login URL too long', goodRequest({ initiate_login_uri: long }),
    rfcError(/initiate_login_uri is longer than 255/)],
  ['ilias', 'redirect URLs too long together', goodRequest(
    { redirect_uris: ['1', '2', '3'].map((x) => long.slice(0, 200) + x) }),
  rfcError(/redirect_uris together are longer than 510/)],
  ['ilias', 'custom parameters too long', custom({ a: 'x'.repeat(1020) }),
    rfcError(/custom_parameters are longer than 1020/)],
  ['ilias', 'no domain', withoutTool('domain'), rfcError(/domain is required/)],
];

for (const [name, what, request, judge] of cases) {
  test(`${name} refuses: ${what}`, async () => {
    const exchange = await start(name);
    judge(await register(exchange, request));
    assert.equal(exchange.state, 'refused');
    assert.equal(exchange.registration, null);
    assert.equal(lms.platforms().some((tool) =>
      tool.site === exchange.site), false);
    const off = await start(name, { switches: { rules: 'off' } });
    assert.equal((await register(off, request)).status, 200,
      'the refusal must come from the rule');
  });
}

const noToken = {
  'moodle-4.5': [401, 'missing_registration_token'],
  'moodle-3.10': [401, 'missing_registration_token'],
  'canvas-cloud': [401, /"errorMessage"/],
  sakai: [400, 'invalid_authorization'],
  ilias: [401, /"error":"invalid_token"/],
};
const wrongToken = {
  'moodle-4.5': [404, /<h1>Error/],
  'canvas-cloud': [401, /errorMessage.*not valid/],
  sakai: [403, ''],
  ilias: [401, /invalid_token/],
};
const usedToken = {
  'moodle-4.5': [401, 'token_already_used'],
  'canvas-cloud': [401, /already been used/],
  sakai: [403, ''],
  ilias: [401, /token used/],
};
const oldToken = {
  'moodle-4.5': [404, /Expired token/],
  'canvas-cloud': [401, /expired/],
  sakai: [403, ''],
  ilias: [401, /token expired/],
};

function looksLike(response, [status, text]) {
  assert.equal(response.status, status, response.text);
  if (text instanceof RegExp) assert.match(response.text, text);
  else assert.equal(response.text, text);
}

for (const [name, form] of Object.entries(noToken)) {
  test(`${name} refuses a request without a token`, async () => {
    looksLike(await register(await start(name), goodRequest(),
      { token: null }), form);
  });
}

for (const [name, form] of Object.entries(wrongToken)) {
  test(`${name} refuses a token it did not make`, async () => {
    looksLike(await register(await start(name), goodRequest(),
      { token: 'abc.def.ghi' }), form);
  });
}

for (const [name, form] of Object.entries(usedToken)) {
  test(`${name} refuses a used token`, async () => {
    const exchange = await start(name);
    const endpoint = (await readConfiguration(exchange)).json()
      .registration_endpoint;
    const token = launchParameters(exchange).get('registration_token');
    const body = JSON.stringify(goodRequest());
    assert.equal((await post(endpoint, token, body)).status, 200);
    looksLike(await post(endpoint, token, body), form);
    assert.equal(exchange.registration.client_id.length > 0, true);
  });
}

for (const [name, form] of Object.entries(oldToken)) {
  test(`${name} refuses a token older than an hour`, async () => {
    const exchange = await start(name);
    now += 3601 * 1000;
    looksLike(await register(exchange), form);
  });
}

test('a token of another exchange is refused', async () => {
  const one = await start('moodle-4.5', { switches: {
    tokenFault: 'foreign' } });
  assert.equal((await register(one)).status, 404);
});

test('Brightspace and Blackboard need the secret in the URL', async () => {
  for (const name of ['brightspace', 'blackboard']) {
    const document = (await readConfiguration(await start(name))).json();
    const endpoint = document.registration_endpoint;
    const bare = endpoint.replace(/\?.*/, '?registrationToken=wrong');
    const answer = await post(bare, null, JSON.stringify(goodRequest()));
    assert.equal(answer.status, 401, name);
  }
});

test('Brightspace reads the key set and judges it', async (t) => {
  const good = await serveKeySet();
  t.after(good.close);
  const zero = await serveKeySet((set) => {
    const n = Buffer.from(set.keys[0].n, 'base64url');
    set.keys[0].n = Buffer.concat([Buffer.from([0]), n]).toString('base64url');
    return set;
  });
  t.after(zero.close);
  const one = await start('brightspace');
  const request = goodRequest({ jwks_uri: good.url });
  assert.equal((await register(one, request)).status, 200);
  assert.equal(good.reads(), 1);
  assert.equal(one.requests.filter((entry) => entry.from === 'lms').length, 1);
  const two = await start('brightspace');
  rfcError(/begins with a zero byte/)(await register(two,
    goodRequest({ jwks_uri: zero.url })));
});

test('Brightspace wants names and enabled domains to be unique', async (t) => {
  const keys = await serveKeySet();
  t.after(keys.close);
  const site = `r${sites += 1}`;
  const again = (name) => goodRequest({ jwks_uri: keys.url,
    client_name: name });
  const go = async (name) => register(
    await start('brightspace', { site }), again(name));
  assert.equal((await go('First')).status, 200);
  rfcError(/client_name is used/)(await go('First'));
  assert.equal((await go('Second')).status, 200);
  lms.activate(lms.platforms().find((tool) => tool.site === site).id);
  rfcError(/domain is used/)(await go('Third'));
});

test('what is not a JSON object is refused by each LMS', async () => {
  const forms = { 'moodle-4.5': 404, 'canvas-cloud': 422, sakai: 400,
    ilias: 400, blackboard: 400 };
  for (const [name, status] of Object.entries(forms)) {
    for (const body of ['{', '[]', '"x"', '']) {
      const answer = await register(await start(name), null, { body });
      assert.equal(answer.status, status, `${name} ${body}`);
    }
  }
});

test('Sakai takes at most 300 KB', async () => {
  const pad = (size) => JSON.stringify(
    goodRequest({ client_uri: 'x'.repeat(size) }));
  assert.equal((await register(await start('sakai'), null,
    { body: pad(290_000) })).status, 200);
  assert.equal((await register(await start('sakai'), null,
    { body: pad(310_000) })).status, 400);
});
