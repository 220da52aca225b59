// SPDX-License-Identifier: Apache-2.0
// The documents that started the project, taken literally: the pre-approval
// flow of LTIAAS's guide and the API pages it refers to.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGateway } from '../support/gateway.js';
import {
  messageIn, PLATFORM, readsOf, registrationsOf, requestTo, startLms,
} from '../support/lms.js';

const preApprovalUrl = 'https://yoursite.com/intermediateTarget';
const registration = { mode: 'pre-approval', preApprovalUrl };
const closeHtml = '<script>(window.opener || window.parent).postMessage('
  + '{subject:\'org.imsglobal.lti.close\'}, \'*\');</script>';

// The guide's sample of a Moodle; only the host is another.
const sample = {
  familyCode: 'moodle',
  version: '4.4.1+ (Build: 20240705)',
  supportedScopes: [
    'https://purl.imsglobal.org/spec/lti-bo/scope/basicoutcome',
    'https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly',
    'https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly',
    'https://purl.imsglobal.org/spec/lti-ags/scope/score',
    'https://purl.imsglobal.org/spec/lti-ags/scope/lineitem',
    'https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly',
    'https://purl.imsglobal.org/spec/lti-ts/scope/toolsetting',
    'openid',
  ],
  supportedMessages: [
    { type: 'LtiResourceLinkRequest' },
    { type: 'LtiDeepLinkingRequest', placements: ['ContentArea'] },
  ],
};
const sampleMoodle = { switches: {
  setConfiguration: { scopes_supported: sample.supportedScopes },
  patchConfiguration: { [PLATFORM]: { version: sample.version,
    messages_supported: sample.supportedMessages } },
} };

const lms = await startLms();
const gateway = await startGateway({ settings: { registration } });
after(async () => {
  await lms.close();
  await gateway.close();
});

test('SEED the browser is sent to the Pre-Approval URL', async () => {
  const { page, exchange } = await lms.wait(gateway, 'moodle-4.5');
  assert.match(page.location, new RegExp('^https://yoursite\\.com/'
    + 'intermediateTarget\\?registrationId=[A-Za-z0-9_-]{20,}$'));
  assert.equal(page.headers['referrer-policy'], 'no-referrer');
  assert.equal(page.headers['cache-control'], 'no-store');
  assert.equal(readsOf(exchange).length, 1);
  assert.equal(registrationsOf(exchange).length, 0);
});

test('SEED a Pre-Approval URL may have a query of its own', async () => {
  await gateway.settings({ registration: { mode: 'pre-approval',
    preApprovalUrl: `${preApprovalUrl}?plan=gold` } });
  const { page } = await lms.wait(gateway, 'moodle-4.5');
  await gateway.settings({ registration });
  const url = new URL(page.location);
  assert.equal(url.searchParams.get('plan'), 'gold');
  assert.ok(url.searchParams.get('registrationId'));
});

test('SEED GET tells what the Moodle sample tells', async () => {
  const { path, exchange } =
    await lms.wait(gateway, 'moodle-4.5', sampleMoodle);
  const { status, body } = await gateway.api('GET', path);
  assert.equal(status, 200);
  assert.deepEqual(body,
    { url: exchange.issuer, ...sample, otherMessages: [] });
});

test('SEED other message types do not disturb the SDK', async () => {
  const { path } = await lms.wait(gateway, 'blackboard');
  const { body } = await gateway.api('GET', path);
  assert.deepEqual(body.supportedMessages.map((message) => message.type),
    ['LtiResourceLinkRequest', 'LtiDeepLinkingRequest']);
  assert.deepEqual(body.otherMessages, [{ type: 'ContextLaunchRequest' }]);
  assert.equal(body.version, '');
});

test('SEED raw=true gives the document and the token', async () => {
  const { path, exchange } =
    await lms.wait(gateway, 'moodle-4.5', sampleMoodle);
  for (const query of ['?raw=true', '?raw']) {
    const { body } = await gateway.api('GET', path + query);
    assert.deepEqual(body, {
      openIdConfiguration: JSON.parse(readsOf(exchange)[0].answerBody),
      registrationToken: exchange.token.text,
    });
  }
  const plain = await gateway.api('GET', `${path}?raw=false`);
  assert.equal('openIdConfiguration' in plain.body, false);
  const without = await lms.wait(gateway, 'brightspace');
  const { body } = await gateway.api('GET', `${without.path}?raw=true`);
  assert.equal(body.registrationToken, '');
});

test('SEED complete with the guide\'s body', async () => {
  const { path, exchange } = await lms.wait(gateway, 'moodle-4.5');
  const { status, body } = await gateway.api('POST', `${path}/complete`, {
    platformName: 'Platform name',
    autoActivate: true,
    messages: [
      { type: 'LtiResourceLinkRequest', placements: ['placement1'] },
      { type: 'LtiDeepLinkingRequest', placements: ['placement2'] },
    ],
  });
  assert.equal(status, 200);
  assert.equal(body.html, closeHtml);
  assert.equal(exchange.state, 'registered');
  assert.deepEqual(body.dropped, [
    { member: 'placement', value: 'placement1',
      message: 'LtiResourceLinkRequest' },
    { member: 'placement', value: 'placement2',
      message: 'LtiDeepLinkingRequest' },
  ]);
  for (const prefix of ['/admin', '/api']) {
    const found =
      await gateway.api('GET', `${prefix}/platforms/${body.platformId}`);
    assert.equal(found.status, 200);
    assert.equal(found.body.name, 'Platform name');
    assert.equal(found.body.active, true);
    assert.equal(found.body.clientId, exchange.registration.client_id);
  }
});

test('SEED the placements that the LMS allows are sent', async () => {
  const { path, exchange } = await lms.wait(gateway, 'canvas-cloud');
  const { body } = await gateway.api('POST', `${path}/complete`, { messages: [
    { type: 'LtiDeepLinkingRequest',
      placements: ['collaboration', 'course_navigation', 'ContentArea'] }] });
  const sent = requestTo(exchange);
  assert.deepEqual(messageIn(sent, 'LtiDeepLinkingRequest').placements,
    ['https://canvas.instructure.com/lti/collaboration', 'ContentArea']);
  assert.equal(messageIn(sent, 'LtiResourceLinkRequest'), undefined);
  assert.deepEqual(body.dropped, [{ member: 'placement',
    value: 'course_navigation', message: 'LtiDeepLinkingRequest' }]);
});

test('SEED complete needs no body, and defaults are the settings', async () => {
  const { path, exchange } = await lms.wait(gateway, 'moodle-4.5');
  const { status, body } = await gateway.api('POST', `${path}/complete`);
  assert.equal(status, 200);
  const found =
    await gateway.api('GET', `/admin/platforms/${body.platformId}`);
  assert.equal(found.body.active, false);
  assert.equal(requestTo(exchange).client_name, 'Acme Courses');
});

test('SEED the 401 body has these members and no other', async () => {
  const { path } = await lms.wait(gateway, 'moodle-4.5');
  const wrongs = [null, 'ltigate_another-key-0123456789'];
  for (const key of wrongs) {
    for (const call of [['GET', path], ['POST', `${path}/complete`],
      ['POST', `${path}/reject`], ['GET', '/admin/platforms']]) {
      const { status, body, headers } =
        await gateway.api(...call, undefined, { key });
      assert.equal(status, 401);
      assert.equal(headers['content-type'], 'application/json; charset=utf-8');
      assert.deepEqual(body, { status: 401, error: 'Unauthorized', details: {
        message: 'INVALID_LTIK_AUTH_AUTHORIZATION_HEADER',
        description: 'Invalid API key' } });
    }
  }
  assert.equal((await gateway.api('GET', path)).status, 200);
});

test('SEED a registrationId works no more once it is completed', async () => {
  const { path, exchange } = await lms.wait(gateway, 'moodle-4.5');
  await gateway.api('POST', `${path}/complete`);
  const calls = [['GET', path], ['POST', `${path}/complete`],
    ['POST', `${path}/reject`]];
  const unknown = '/api/registrations/AAAAAAAAAAAAAAAAAAAAAA';
  const other = (await gateway.api('GET', unknown)).body;
  for (const call of calls) {
    const { status, body } = await gateway.api(...call);
    assert.equal(status, 404);
    assert.equal(body.details.message, 'REGISTRATION_NOT_FOUND');
    // A used id and one that never was look alike.
    assert.equal(body.details.description, other.details.description);
  }
  assert.equal(registrationsOf(exchange).length, 1);
});

test('SEED closeUrl closes the frame once', async () => {
  const { path } = await lms.wait(gateway, 'moodle-4.5');
  const { body } = await gateway.api('POST', `${path}/complete`);
  assert.ok(body.closeUrl.startsWith(`${gateway.url}/lti/register/close?`));
  const first = await gateway.open(body.closeUrl);
  assert.equal(first.status, 200);
  assert.match(first.text, /org\.imsglobal\.lti\.close/);
  const second = await gateway.open(body.closeUrl);
  assert.equal(second.status, 410);
  const guessed = await gateway.open(
    `${gateway.url}/lti/register/close?token=AAAAAAAAAAAAAAAAAAAAAA`);
  assert.equal(guessed.status, 410);
});

test('SEED reject ends it and tells the LMS nothing', async () => {
  const { path, exchange } = await lms.wait(gateway, 'moodle-4.5');
  const { status, body } = await gateway.api('POST', `${path}/reject`);
  assert.equal(status, 200);
  assert.equal(body.html, closeHtml);
  assert.equal((await gateway.open(body.closeUrl)).status, 200);
  assert.equal((await gateway.api('GET', path)).status, 404);
  assert.equal((await gateway.api('POST', `${path}/complete`)).status, 404);
  assert.equal(registrationsOf(exchange).length, 0);
});

test('SEED those that wait are listed, by a handle that serves', async () => {
  const { path, id, exchange } = await lms.wait(gateway, 'sakai');
  const { body, text } = await gateway.api('GET', '/api/registrations');
  assert.equal(text.includes(id), false);
  const row = body.registrations.find((one) => one.url === exchange.issuer);
  assert.equal(row.state, 'waiting');
  assert.equal(row.familyCode, 'sakailms.org');
  assert.equal(row.startedFrom, '127.0.0.1');
  const hour = Date.parse(row.expiresAt) - Date.parse(row.createdAt);
  assert.equal(hour, 3600_000);
  const byHandle =
    await gateway.api('POST', `/api/registrations/${row.handle}/complete`);
  assert.equal(byHandle.status, 200);
  assert.equal(exchange.state, 'registered');
  assert.equal((await gateway.api('GET', path)).status, 404);
});

test('SEED completion\'s own members reach the LMS and the platform',
  async () => {
    const { path, exchange } = await lms.wait(gateway, 'moodle-4.5');
    const { body } = await gateway.api('POST', `${path}/complete`, {
      metadata: { crm: { account: 7 } },
      privacyLevel: 'anonymous',
      customParameters: { school: 'north' },
      scopes: ['https://purl.imsglobal.org/spec/lti-ags/scope/score',
        'https://vendor.example/scope/none'],
      messages: [{ type: 'LtiResourceLinkRequest', label: 'Open Acme',
        iconUrl: 'https://tool.example/i.png', roles: ['Instructor'],
        targetLinkUri: 'https://tool.example/teach',
        customParameters: { as: 'teacher' } }],
    });
    const sent = requestTo(exchange);
    const tool =
      sent['https://purl.imsglobal.org/spec/lti-tool-configuration'];
    assert.equal(sent.scope,
      'https://purl.imsglobal.org/spec/lti-ags/scope/score');
    assert.deepEqual(tool.claims, ['iss', 'sub']);
    assert.deepEqual(tool.custom_parameters, { school: 'north',
      context_id_history: '$Context.id.history' });
    const { target_link_uri: target, ...message } = tool.messages[0];
    assert.deepEqual(message, { type: 'LtiResourceLinkRequest',
      label: 'Open Acme', icon_uri: 'https://tool.example/i.png',
      roles: ['Instructor'], custom_parameters: { as: 'teacher' } });
    assert.match(target, /^http:\/\/localhost:\d+\/lti\/launch\?to=[\w-]+$/);
    assert.deepEqual(body.dropped,
      [{ member: 'scope', value: 'https://vendor.example/scope/none' }]);
    const { body: kept } =
      await gateway.api('GET', `/admin/platforms/${body.platformId}`);
    assert.deepEqual(kept.metadata, { crm: { account: 7 } });
  });
