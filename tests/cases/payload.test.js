// SPDX-License-Identifier: Apache-2.0
// What the LMS is asked: the settings, the registration URL and completion,
// cut down to what the LMS supports.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGateway } from '../support/gateway.js';
import {
  AGS, CANVAS, messageIn, NRPS, PLATFORM, requestTo, startLms, toolIn,
} from '../support/lms.js';
import { whatOf } from '../support/pages.js';

const lms = await startLms();
const gateway = await startGateway();
after(async () => {
  await lms.close();
  await gateway.close();
});

// The request that an LMS gets with these settings.
async function asked(profile, settings, options) {
  await gateway.settings(settings);
  const { exchange, page } = await lms.add(gateway, profile, options);
  assert.equal(page.status, 200, page.text);
  return requestTo(exchange);
}
async function completed(profile, settings, body, options) {
  await gateway.settings({ ...settings, registration: {
    mode: 'pre-approval', preApprovalUrl: 'https://tool.example/approve' } });
  const { exchange, path } = await lms.wait(gateway, profile, options);
  const answer = await gateway.api('POST', `${path}/complete`, body);
  assert.equal(answer.status, 200, answer.text);
  return { request: requestTo(exchange), body: answer.body };
}
const sorted = (list) => list.toSorted();
const DL = 'LtiDeepLinkingRequest';
const RL = 'LtiResourceLinkRequest';

test('D40 DR10 the fixed members, and no others when nothing is set',
  async () => {
    const request = await asked('ilias', { description: '' });
    assert.deepEqual(sorted(Object.keys(request)), [
      'application_type', 'client_name', 'grant_types',
      'https://purl.imsglobal.org/spec/lti-tool-configuration',
      'initiate_login_uri', 'jwks_uri', 'redirect_uris', 'response_types',
      'scope', 'token_endpoint_auth_method']);
    assert.deepEqual(sorted(Object.keys(toolIn(request))),
      ['claims', 'domain', 'messages', 'target_link_uri']);
    assert.doesNotMatch(JSON.stringify(request), /null|""/);
  });

test('D49 every optional member that is set is sent', async () => {
  const request = await asked('sakai', {
    description: 'Ünïcode & "quotes"', logoUrl: 'https://tool.example/l.png',
    clientUri: 'https://tool.example/', tosUri: 'https://tool.example/tos',
    policyUri: 'https://tool.example/policy', contacts: ['a@tool.example'],
    redirectUris: ['https://old.example/launch', 'https://old.example/l2'],
    customParameters: { user: '$User.id' },
  });
  assert.equal(request.logo_uri, 'https://tool.example/l.png');
  assert.equal(request.client_uri, 'https://tool.example/');
  assert.equal(request.tos_uri, 'https://tool.example/tos');
  assert.equal(request.policy_uri, 'https://tool.example/policy');
  assert.deepEqual(request.contacts, ['a@tool.example']);
  assert.deepEqual(request.redirect_uris, [`${gateway.url}/lti/launch`,
    'https://old.example/launch', 'https://old.example/l2']);
  const tool = toolIn(request);
  assert.equal(tool.description, 'Ünïcode & "quotes"');
  // DR24: other hosts than the tool's own are named.
  assert.deepEqual(tool.secondary_domains, ['old.example']);
  assert.deepEqual(tool.custom_parameters, { user: '$User.id' });
});

test('DR12 localised names stand beside the plain one', async () => {
  const request = await asked('moodle-4.5',
    { localizedNames: { de: 'Acme-Kurse', 'pt-BR': 'Cursos Acme' } });
  assert.equal(request.client_name, 'Acme Courses');
  assert.equal(request['client_name#de'], 'Acme-Kurse');
  assert.equal(request['client_name#pt-BR'], 'Cursos Acme');
});

const levels = {
  public: ['name', 'given_name', 'family_name', 'email', 'picture', 'locale'],
  name_only: ['name', 'given_name', 'family_name', 'locale'],
  email_only: ['email', 'locale'],
  anonymous: [],
};
for (const [level, claims] of Object.entries(levels)) {
  const wish = sorted(['iss', 'sub', ...claims]);
  test(`D41 privacy level ${level}, by settings, URL and completion`,
    async () => {
      const other = level === 'public' ? 'anonymous' : 'public';
      const requests = [
        await asked('canvas-cloud', { privacyLevel: level }),
        await asked('canvas-cloud', { privacyLevel: other },
          { query: `privacyLevel=${level}` }),
        await asked('canvas-cloud', { privacyLevel: other },
          { query: `privacy_level=${level}` }),
        (await completed('canvas-cloud', { privacyLevel: other },
          { privacyLevel: level }, { query: `privacyLevel=${other}` })).request,
        (await completed('canvas-cloud', { privacyLevel: other }, {},
          { query: `privacyLevel=${level}` })).request,
      ];
      for (const request of requests) {
        assert.deepEqual(sorted(toolIn(request).claims), wish);
        assert.equal(toolIn(request)[`${CANVAS}privacy_level`], level);
      }
    });
}

test('D41 a privacy level that is none is refused', async () => {
  const { exchange, page } = await lms.add(gateway, 'moodle-4.5',
    { query: 'privacyLevel=everything' });
  assert.equal(page.status, 400);
  assert.match(whatOf(page), /privacyLevel/);
  assert.equal(exchange.requests.length, 0);
});

test('D42 deep linking off asks for resource links alone', async () => {
  const off = await asked('moodle-4.5', { deepLinking: 'off' });
  assert.deepEqual(toolIn(off).messages.map((one) => one.type), [RL]);
  const on = await asked('moodle-4.5', {});
  assert.deepEqual(toolIn(on).messages.map((one) => one.type), [RL, DL]);
});

test('D42 a message says its own label, icon, placements and target',
  async () => {
    const request = await asked('canvas-cloud', { messages: [{
      type: RL, placements: ['course_navigation'], label: 'Courses',
      iconUrl: 'https://tool.example/i.png', roles: ['Instructor'],
      targetLinkUri: 'https://tool.example/nav',
      customParameters: { from: 'nav' },
      [`${CANVAS}visibility`]: 'admins', 'https://x.example/other': 1 }] });
    const { target_link_uri: target, ...message } = messageIn(request, RL);
    assert.deepEqual(message, { type: RL, label: 'Courses',
      placements: [`${CANVAS}course_navigation`], roles: ['Instructor'],
      icon_uri: 'https://tool.example/i.png',
      custom_parameters: { from: 'nav' },
      [`${CANVAS}visibility`]: 'admins', 'https://x.example/other': 1 });
    // The LMS gets an address of the gateway, never the tool's own.
    assert.match(target, new RegExp(`^${gateway.url}/lti/launch\\?to=`));
    // DR23, DR24: on the domain that was registered.
    assert.equal(new URL(target).host, toolIn(request).domain);
  });

test('D43 each service asks for its scopes, and only when it is on',
  async () => {
    const services = async (one, two) => (await asked('moodle-4.5', { services:
      { assignmentAndGrades: one, namesAndRoles: two } })).scope;
    assert.equal(await services(false, false), '');
    assert.equal(await services(false, true), NRPS);
    assert.equal(await services(true, false), ['lineitem', 'lineitem.readonly',
      'result.readonly', 'score'].map((name) => AGS + name).join(' '));
  });

test('DR11 scope is one string without doubles', async () => {
  const { request } = await completed('moodle-4.5', {},
    { scopes: [NRPS, `${AGS}score`, NRPS] });
  assert.equal(request.scope, `${NRPS} ${AGS}score`);
});

test('D44 an unknown family gets what every LMS understands', async () => {
  const request = await asked('moodle-4.5', {}, { switches: {
    patchConfiguration: { [PLATFORM]:
      { product_family_code: 'never-heard-of' } } } });
  assert.deepEqual(messageIn(request, DL).placements, ['ContentArea']);
  assert.equal(Object.keys(toolIn(request)).some((name) =>
    name.startsWith(CANVAS)), false);
});

test('D45 a family has the placements configured for it', async () => {
  const settings = {
    messages: [{ type: RL }, { type: DL, placements: ['RichTextEditor'] }],
    placementsByFamily: { canvas: { [DL]: ['collaboration'],
      [RL]: ['course_navigation', 'no_such'] }, moodle: { [DL]: [] } } };
  const canvas = await asked('canvas-cloud', settings);
  assert.deepEqual(messageIn(canvas, DL).placements,
    [`${CANVAS}collaboration`]);
  assert.deepEqual(messageIn(canvas, RL).placements,
    [`${CANVAS}course_navigation`]);
  const moodle = await asked('moodle-4.5', settings);
  assert.equal(messageIn(moodle, DL).placements, undefined);
});

test('D46 Canvas gets its privacy level, tool id and vendor', async () => {
  const tool = toolIn(await asked('canvas-cloud',
    { redirectUris: ['https://old.example/l'] }));
  assert.equal(tool[`${CANVAS}privacy_level`], 'public');
  assert.equal(tool[`${CANVAS}tool_id`], tool.domain);
  assert.equal(tool[`${CANVAS}vendor`], 'Acme Courses');
  assert.deepEqual(tool.secondary_domains, ['old.example']);
});

test('D47 a custom parameter that an LMS would cut is refused before the POST',
  async () => {
    for (const customParameters of [{ a: 'b=c' }, { 'a=b': 'c' },
      { a: 'b\nc' }, { '': 'c' }, { a: 'x'.repeat(1100) }]) {
      const settings = await gateway.api('PUT', '/admin/settings',
        { name: 'A', customParameters });
      assert.equal(settings.status, 400);
      assert.match(settings.body.details.description, /customParameters/);
      const complete = await gateway.api('POST',
        '/api/registrations/none/complete', { customParameters });
      assert.equal(complete.status, 400);
    }
  });

test('D48 DR13 what the LMS does not list is left out and told', async () => {
  const types = [RL, 'LtiSubmissionReviewRequest'];
  const { request, body } = await completed('moodle-4.5', {},
    { messages: types.map((type) => ({ type })) }, { switches: {
      setConfiguration: { scopes_supported: [`${AGS}score`],
        claims_supported: ['iss', 'sub', 'email'] } } });
  assert.equal(request.scope, `${AGS}score`);
  assert.deepEqual(toolIn(request).claims, ['iss', 'sub', 'email']);
  assert.deepEqual(toolIn(request).messages.map((one) => one.type), [RL]);
  assert.deepEqual(body.dropped.map((row) => `${row.member} ${row.value}`), [
    `scope ${AGS}lineitem`, `scope ${AGS}lineitem.readonly`,
    `scope ${AGS}result.readonly`, `scope ${NRPS}`,
    'message LtiSubmissionReviewRequest']);
});

for (const [scopes, wish] of [['openid-only', 5], ['missing', 5],
  ['vendor-extras', 5]]) {
  test(`D48 R10 scopes_supported ${scopes}`, async () => {
    const { scope } = await asked('moodle-4.5', {}, { switches: { scopes } });
    assert.equal(scope.split(' ').length, wish);
    assert.doesNotMatch(scope, /openid|vendor/);
  });
}

for (const [messages, wish] of [['strings', [RL, DL]], ['missing', [RL, DL]],
  ['empty-placements', [RL, DL]], ['no-deep-linking', [RL, DL]],
  ['unknown-only', [DL]]]) {
  test(`D48 R11 messages_supported ${messages}`, async () => {
    const request = await asked('moodle-4.5', {}, { switches: { messages } });
    assert.deepEqual(toolIn(request).messages.map((one) => one.type), wish);
  });
}

test('D48 R11 one deep-linking message, but Canvas may have more',
  async () => {
    const messages = [{ type: DL, label: 'one' }, { type: RL },
      { type: DL, label: 'two', placements: ['editor_button'] }];
    const count = (request) => toolIn(request).messages.filter((one) =>
      one.type === DL).length;
    assert.equal(count(await asked('sakai', { messages })), 1);
    assert.equal(count(await asked('canvas-cloud', { messages })), 2);
  });

test('D48 a tool whose messages the LMS has not is refused', async () => {
  await gateway.settings({ messages: [{ type: 'LtiEulaRequest' }] });
  const { page } = await lms.add(gateway, 'moodle-4.5');
  assert.equal(page.status, 400);
  assert.match(whatOf(page), /none of the messages/);
});

test('D50 Canvas\'s pasted JSON says the same', async () => {
  await gateway.settings({ logoUrl: 'https://tool.example/l.png',
    privacyLevel: 'name_only', customParameters: { a: 'b' } });
  for (const path of ['/lti/register/canvas', '/register/canvas']) {
    const page = await gateway.open(gateway.url + path);
    assert.equal(page.status, 200);
    const config = page.json();
    assert.equal(config.title, 'Acme Courses');
    assert.equal(config.description, 'Courses by Acme');
    assert.equal(config.oidc_initiation_url, `${gateway.url}/lti/login`);
    assert.equal(config.public_jwk_url, `${gateway.url}/lti/keys`);
    assert.equal(config.target_link_uri, `${gateway.url}/lti/launch`);
    assert.equal(config.scopes.length, 5);
    assert.deepEqual(config.custom_fields, { a: 'b',
      context_id_history: '$Context.id.history' });
    assert.equal(config.extensions[0].privacy_level, 'name_only');
    assert.deepEqual(config.extensions[0].settings.placements.map((one) =>
      one.placement), ['assignment_selection', 'link_selection']);
  }
  const wished = await gateway.open(
    `${gateway.url}/lti/register/canvas?privacyLevel=anonymous`);
  assert.equal(wished.json().extensions[0].privacy_level, 'anonymous');
  const wrong = await gateway.open(
    `${gateway.url}/lti/register/canvas?privacyLevel=all`);
  assert.equal(wrong.status, 400);
});
