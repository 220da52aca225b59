// SPDX-License-Identifier: Apache-2.0
// Every LMS accepts a correct registration, and answers it in its own form.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { startTestbed } from './testbed.js';
import { TOOL_CONFIGURATION, PLATFORM_CONFIGURATION } from './templates.js';
import {
  call, goodRequest, launchParameters, post, readConfiguration, register,
  serveKeySet, TOOL_URL,
} from './test_client.js';

let lms;
let keySet;
before(async () => {
  lms = await startTestbed();
  keySet = await serveKeySet();
});
after(async () => {
  await lms.close();
  keySet.close();
});

const start = (name, options) =>
  lms.begin(name, { toolUrl: TOOL_URL, ...options });
const wanted = () => goodRequest({ jwks_uri: keySet.url });

const expected = {
  'moodle-3.10': { state: 'pending', deployment: 'inside',
    id: /^[A-Za-z0-9]{15}$/ },
  'moodle-4.5': { state: 'pending', deployment: 'inside',
    id: /^[A-Za-z0-9]{15}$/ },
  'canvas-cloud': { state: 'off', deployment: 'top', id: /^1\d{13}$/ },
  'canvas-selfhosted': { state: 'off', deployment: 'top', id: /^1\d{13}$/ },
  brightspace: { state: 'disabled', deployment: 'none', id: /^[0-9a-f-]{36}$/ },
  blackboard: { state: 'live', deployment: 'none', id: /^[0-9a-f-]{36}$/ },
  sakai: { state: 'edit', deployment: 'inside', id: /^[0-9a-f-]{36}$/ },
  ilias: { state: 'saved', deployment: 'inside', id: /^[A-Za-z0-9]{15}$/ },
};

const deploymentIn = (answer) => {
  if ('deployment_id' in answer) return 'top';
  return 'deployment_id' in answer[TOOL_CONFIGURATION] ? 'inside' : 'none';
};

test('every profile has an expectation here', () => {
  assert.deepEqual(lms.profiles.map((profile) => profile.name).sort(),
    Object.keys(expected).sort());
});

for (const [name, wish] of Object.entries(expected)) {
  test(`${name} registers a correct tool`, async () => {
    const exchange = await start(name, { site: 'accept' });
    const response = await register(exchange, wanted());
    assert.equal(response.status, 200, response.text);
    const answer = response.json();
    assert.match(answer.client_id, wish.id);
    assert.equal(deploymentIn(answer), wish.deployment);
    assert.equal(exchange.state, 'registered');
    const tool = lms.platforms().find((entry) =>
      entry.client_id === answer.client_id);
    assert.equal(tool.state, wish.state);
    assert.equal(tool.name, 'A tool');
    assert.equal(lms.activate(tool.id).state, 'active');
    const kinds = exchange.requests.filter((entry) => entry.from === 'tool')
      .map((entry) => [entry.method, entry.kind, entry.status]);
    assert.deepEqual(kinds, [['GET', 'configuration', 200],
      ['POST', 'registration', 200]]);
  });
}

test('the document is as each LMS sends it', async () => {
  const document = async (name) =>
    (await readConfiguration(await start(name))).json();
  const old = await document('moodle-3.10');
  assert.equal('authorization_endpoint' in old, false);
  assert.ok(`${PLATFORM_CONFIGURATION} ` in old);
  assert.equal(PLATFORM_CONFIGURATION in old, false);
  const moodle = await document('moodle-4.5');
  assert.equal(moodle.issuer, lms.origin('moodle-45.localhost'));
  assert.equal('authorization_server' in moodle, false);
  const canvas = await document('canvas-cloud');
  assert.equal(canvas.issuer, 'https://canvas.instructure.com');
  assert.equal(canvas.authorization_server,
    `sso.canvas.localhost:${lms.port}`);
  assert.equal(new URL(canvas.registration_endpoint).hostname,
    'school.canvas.localhost');
  const blackboard = await document('blackboard');
  assert.equal('version' in blackboard[PLATFORM_CONFIGURATION], false);
  assert.match(blackboard.registration_endpoint,
    /\?registrationToken=[0-9a-f-]{36}$/);
  assert.deepEqual((await document('sakai')).scopes_supported, ['openid']);
});

test('tokens are real and where each LMS puts them', async () => {
  const token = async (name) =>
    launchParameters(await start(name)).get('registration_token');
  const keys = (await call(`${lms.origin('moodle-45.localhost')}`
    + '/mod/lti/certs.php')).json();
  const { payload, protectedHeader } = await jwtVerify(
    await token('moodle-4.5'), createLocalJWKSet(keys));
  assert.equal(protectedHeader.alg, 'RS256');
  assert.equal(payload.scope, 'reg');
  assert.equal(payload.exp - payload.iat, 3600);
  assert.match(await token('canvas-cloud'), /^eyJ/);
  assert.match(await token('sakai'), /^\d{10}:[0-9a-f-]{36}$/);
  assert.equal(await token('brightspace'), null);
  assert.equal(await token('blackboard'), null);
});

test('Moodle answers what it keeps, not what was sent', async () => {
  const exchange = await start('moodle-4.5', { site: 'keeps' });
  const response = await register(exchange, goodRequest({}, {
    target_link_uri: undefined, domain: 'tool.localhost:8080',
    custom_parameters: {}, claims: ['iss', 'sub', 'email'],
    messages: [{ type: 'LtiResourceLinkRequest' },
      { type: 'LtiDeepLinkingRequest', target_link_uri: 'https://one' },
      { type: 'LtiDeepLinkingRequest', target_link_uri: 'https://two' }],
  }));
  assert.match(response.text, /https:\\\/\\\//);
  const answer = response.json();
  const tool = answer[TOOL_CONFIGURATION];
  assert.equal(tool.target_link_uri, 'https://tool.localhost:8080');
  assert.deepEqual(tool.messages, [{ type: 'LtiDeepLinkingRequest',
    target_link_uri: 'https://two' }]);
  assert.deepEqual(tool.custom_parameters, []);
  assert.deepEqual(tool.claims, ['sub', 'iss', 'email']);
  assert.equal(answer.scope.split(' ').length, 3);
});

test('Moodle updates a tool it knows by its domain', async () => {
  const first = await start('moodle-4.5', { site: 'again' });
  const old = (await register(first)).json();
  const second = await start('moodle-4.5', { site: 'again', update: true });
  const token = launchParameters(second).get('registration_token');
  const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
  assert.equal(claims.scope, 'reg-update');
  assert.equal(claims.sub, old[TOOL_CONFIGURATION].deployment_id);
  const endpoint = (await readConfiguration(second)).json()
    .registration_endpoint;
  const current = await call(endpoint,
    { headers: { authorization: `Bearer ${token}` } });
  assert.equal(current.json().client_id, old.client_id);
  for (const name of ['New name', 'Newer name']) {
    const answer = (await post(endpoint, token,
      JSON.stringify(goodRequest({ client_name: name })))).json();
    assert.equal(answer.client_id, old.client_id);
    assert.equal(answer[TOOL_CONFIGURATION].deployment_id,
      old[TOOL_CONFIGURATION].deployment_id);
  }
  const tools = lms.platforms().filter((tool) => tool.site === 'again');
  assert.deepEqual(tools.map((tool) => [tool.name, tool.updates]),
    [['Newer name', 2]]);
});

test('Canvas registers again over an existing registration', async () => {
  const old = (await register(
    await start('canvas-cloud', { site: 'again' }))).json();
  const second = await start('canvas-cloud', { site: 'again', update: true });
  assert.equal((await register(second)).json().client_id, old.client_id);
  assert.equal(second.state, 'updated');
});

test('an LMS without updates says so', async () => {
  await assert.rejects(start('sakai', { update: true }), /no update/);
});

test('sites of one LMS do not share tools or issuers', async () => {
  const one = await start('moodle-4.5', { site: 'one' });
  const two = await start('moodle-4.5', { site: 'two' });
  assert.notEqual(one.issuer, two.issuer);
  await register(one);
  assert.equal(lms.platforms().filter((tool) => tool.site === 'two').length,
    0);
});
