// SPDX-License-Identifier: Apache-2.0
// The settings: what they may be, what they are by default, and which LMSs
// may register.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGateway } from '../support/gateway.js';
import { startLms } from '../support/lms.js';
import { titleOf, wordsOf } from '../support/pages.js';

const lms = await startLms();
const gateway = await startGateway({ settings: null });
after(async () => {
  await lms.close();
  await gateway.close();
});

const put = (body) => gateway.api('PUT', '/admin/settings', body);
const get = async () => (await gateway.api('GET', '/admin/settings')).body;

const defaults = {
  name: '', description: '', logoUrl: '', localizedNames: {}, launchUrl: '',
  deepLinkingUrl: '', submissionReviewUrl: '', allowedUrls: [], deepLinking: 'api',
  registration: { mode: 'automatic', preApprovalUrl: '', autoActivate: false,
    allowedHosts: [], blockedHosts: [] },
  services: { assignmentAndGrades: true, namesAndRoles: true },
  messages: [], placementsByFamily: {}, customParameters: {}, notices: [],
  privacyLevel: 'public', keys: 'tool', redirectUris: [], contacts: [],
  clientUri: '', tosUri: '', policyUri: '', deployments: 'learn',
};

test('SET a new gateway has every default', async () => {
  assert.deepEqual(await get(), defaults);
});

test('SET without a name nothing can be registered, and the page says why',
  async () => {
    const { exchange, page } = await lms.add(gateway, 'moodle-4.5');
    assert.equal(page.status, 503);
    assert.equal(titleOf(page), 'The tool is not ready yet');
    assert.match(wordsOf(page), /settings set name/);
    assert.equal(exchange.requests.length, 0);
  });

test('SET a name alone is enough to register', async () => {
  await put({ name: 'Only a name' });
  const { page } = await lms.add(gateway, 'moodle-4.5');
  assert.equal(page.status, 200, page.text);
});

test('SET PUT replaces: what is absent is default again', async () => {
  await put({ name: 'A', registration: { autoActivate: true },
    services: { namesAndRoles: false }, customParameters: { a: 'b' } });
  assert.deepEqual(await get(), { ...defaults, name: 'A',
    registration: { ...defaults.registration, autoActivate: true },
    services: { ...defaults.services, namesAndRoles: false },
    customParameters: { a: 'b' } });
  await put({ name: 'A' });
  assert.deepEqual(await get(), { ...defaults, name: 'A' });
  await gateway.restart();
  assert.deepEqual(await get(), { ...defaults, name: 'A' });
});

const wrongs = [
  [{ registration: { mode: 'manual' } }, /registration\.mode must be one of/],
  [{ registration: { mode: 'pre-approval' } }, /preApprovalUrl must be set/],
  [{ registration: { mode: 'pre-approval',
    preApprovalUrl: 'https://a.example/#x' } }, /must not have a fragment/],
  [{ registration: { preApprovalUrl: '/approve' } }, /preApprovalUrl/],
  [{ registration: { allowedHosts: 'x' } }, /allowedHosts must be an array/],
  [{ launchUrl: 'javascript:alert(1)' }, /launchUrl must be an absolute/],
  [{ logoUrl: `https://a.example/${'x'.repeat(300)}` }, /logoUrl is longer/],
  [{ privacyLevel: 'everything' }, /privacyLevel must be one of/],
  [{ deepLinking: true }, /deepLinking must be a string/],
  [{ keys: 'none' }, /keys must be one of/],
  [{ redirectUris: ['/launch'] }, /redirectUris\[0\]/],
  [{ redirectUris: ['a', 'b', 'c'].map((name) =>
    `https://a.example/${name}${'x'.repeat(100)}`) }, /redirectUris are longer/],
  [{ messages: [{ placements: [] }] }, /messages\[0\]\.type is missing/],
  [{ messages: [{ type: 'X', placements: 'a' }] }, /messages\[0\]\.placements/],
  [{ services: { namesAndRoles: 'yes' } }, /services\.namesAndRoles/],
  [{ localizedNames: { de: 7 } }, /localizedNames\.de must be a string/],
  [{ placementsByFamily: { canvas: { X: 'y' } } }, /placementsByFamily\.canvas/],
  [{ contacts: [null] }, /contacts\[0\]/],
];
for (const [wish, words] of wrongs) {
  test(`SET ${JSON.stringify(wish).slice(0, 60)} is refused`, async () => {
    const before = await get();
    const { status, body } = await put({ name: 'A', ...wish });
    assert.equal(status, 400);
    assert.equal(body.details.message, 'INVALID_PARAMETERS');
    assert.match(body.details.description, words);
    assert.deepEqual(await get(), before);
  });
}

test('SET members that nobody knows are kept', async () => {
  const { body } = await put({ name: 'A', futureMember: { a: [1] } });
  assert.deepEqual(body.futureMember, { a: [1] });
  await put({ name: 'A' });
});

const hosts = [
  [{ allowedHosts: ['*.moodle-45.localhost'] }, true],
  [{ allowedHosts: ['*.sakai.localhost', '*.MOODLE-45.localhost'] }, true],
  [{ allowedHosts: ['moodle-45.localhost'] }, false],
  [{ allowedHosts: ['*.sakai.localhost'] }, false],
  [{ blockedHosts: ['*.moodle-45.localhost'] }, false],
  [{ blockedHosts: ['*.sakai.localhost'] }, true],
  [{ allowedHosts: ['*.moodle-45.localhost'],
    blockedHosts: ['*.localhost'] }, false],
];
for (const [registration, allowed] of hosts) {
  test(`SET ${JSON.stringify(registration)} ${allowed ? 'lets in' : 'keeps out'
  } a Moodle`, async () => {
    await put({ name: 'A', registration });
    const { exchange, page } = await lms.add(gateway, 'moodle-4.5');
    await put({ name: 'A' });
    assert.equal(page.status, allowed ? 200 : 403, page.text);
    assert.equal(exchange.requests.length, allowed ? 2 : 0);
    if (!allowed) {
      assert.equal(titleOf(page), 'This LMS may not register the tool');
    }
  });
}

test('SET rate_limits bound the tries of one address', async () => {
  await gateway.restart({ LTIGATE_RATE_LIMITS: 'registrations=2' });
  const statuses = [];
  for (let i = 0; i < 3; i += 1) {
    const { page } = await lms.add(gateway, 'moodle-4.5');
    statuses.push(page.status);
    if (page.status === 429) {
      assert.equal(page.headers['retry-after'] ?? '60', '60');
      assert.equal(titleOf(page), 'Too many tries');
    }
  }
  await gateway.restart({ LTIGATE_RATE_LIMITS: 'registrations=0' });
  assert.deepEqual(statuses, [200, 200, 429]);
});
