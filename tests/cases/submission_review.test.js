// SPDX-License-Identifier: Apache-2.0
// A teacher opens a student's work from the gradebook: asked for at
// registration, checked, and led to the page that shows it.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { apiKey, startGateway } from '../support/gateway.js';
import { launchOf } from '../support/launches.js';
import {
  messageIn, PLATFORM, profileNames, requestTo, startLms,
} from '../support/lms.js';

const gateway = await startGateway();
const lms = await startLms();
after(async () => {
  await lms.close();
  await gateway.close();
});
const REVIEW = 'LtiSubmissionReviewRequest';
const CLAIM = 'https://purl.imsglobal.org/spec/lti/claim/';
const AGS = 'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint';
const usual = { launchUrl: 'https://tool.example/launch',
  submissionReviewUrl: 'https://tool.example/review',
  registration: { mode: 'automatic', autoActivate: true } };
await gateway.settings(usual);

// None of the eight lists the message in its document, so this one does.
const listing = (lists) => ({ switches: { profile: { document: { [PLATFORM]: {
  messages_supported: ['LtiResourceLinkRequest', 'LtiDeepLinkingRequest',
    ...(lists ? [REVIEW] : [])].map((type) => ({ type })) } } } } });

async function register(profile, options) {
  const { exchange, page } = await lms.add(gateway, profile, options);
  assert.equal(page.status, 200, page.text);
  lms.activate(exchange.registration.tool.id);
  return exchange;
}

const idToken = (ltik) => gateway.api('GET', '/api/idtoken', undefined,
  { key: null, headers: { authorization: `LTIK-AUTH-V2 ${apiKey}:${ltik}` } });

test('X32 an LMS that lists the message is asked for it', async () => {
  for (const lists of [true, false]) {
    const request = requestTo(await register('moodle-4.5', listing(lists)));
    assert.equal(messageIn(request, REVIEW)?.type, lists ? REVIEW : undefined);
  }
});

test('X32 without an address nobody is asked', async (t) => {
  t.after(() => gateway.settings(usual));
  await gateway.settings({ ...usual, submissionReviewUrl: '' });
  const request = requestTo(await register('moodle-4.5', listing(true)));
  assert.equal(messageIn(request, REVIEW), undefined);
  await gateway.settings({ ...usual, submissionReviewUrl: '',
    messages: [{ type: 'LtiResourceLinkRequest' }, { type: REVIEW }] });
  const named = requestTo(await register('moodle-4.5', listing(true)));
  assert.equal(messageIn(named, REVIEW).type, REVIEW);
});

// Those two cannot register without help.
for (const profile of profileNames.filter((name) =>
  !['moodle-3.10', 'canvas-selfhosted'].includes(name))) {
  test(`X32 a review in ${profile}`, async () => {
    const exchange = await register(profile);
    const { attempt, page } = await launchOf(lms, exchange,
      { message: REVIEW, user: 'teacher', forUser: 'student',
        storageTarget: 'absent' });
    const { claims } = attempt.tokens[0];
    if (!claims[AGS]?.lineitem) {
      assert.equal(page.status, 400);
      assert.match(page.text, /line item/);
      return;
    }
    assert.equal(page.status, 303, page.text);
    const url = new URL(page.headers.location);
    assert.equal(url.origin + url.pathname, usual.submissionReviewUrl);
    const { body } = await idToken(url.searchParams.get('ltik'));
    const whose = claims[`${CLAIM}for_user`];
    assert.equal(body.launch.type, REVIEW);
    assert.notEqual(body.user.id, body.forUser.id);
    assert.deepEqual(body.forUser, { id: whose.user_id, name: whose.name,
      givenName: whose.given_name, familyName: whose.family_name,
      email: whose.email, roles: whose.roles });
    assert.equal(body.services.assignmentAndGrades.lineItemId,
      claims[AGS].lineitem);
    assert.deepEqual(body.extensions[`${CLAIM}for_user`], whose);
  });
}

for (const [name, claims] of [
  ['whose work it is', { [`${CLAIM}for_user`]: null }],
  ['an id of whose work it is', { [`${CLAIM}for_user`]: { user_id: null } }],
  ['the line item', { [AGS]: { lineitem: null } }],
  ['the service', { [AGS]: null }],
  ['the link', { [`${CLAIM}resource_link`]: null }],
]) {
  test(`X32 a review without ${name} is refused`, async () => {
    const exchange = await register('moodle-4.5');
    const { page } = await launchOf(lms, exchange, { message: REVIEW, claims });
    assert.equal(page.status, 400);
    assert.match(page.text, /submission review/);
  });
}

test('X32 a launch that is none has nobody else in it', async () => {
  const { page } = await launchOf(lms, await register('moodle-4.5'));
  const url = new URL(page.headers.location);
  assert.equal(url.origin + url.pathname, usual.launchUrl);
  const { body } = await idToken(url.searchParams.get('ltik'));
  assert.equal(body.forUser, undefined);
});
