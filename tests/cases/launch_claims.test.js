// SPDX-License-Identifier: Apache-2.0
// What LTI demands of a token that the LMS signed: tables of one change each,
// and the fault that it brings, or "in".

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { cheapKeyPair } from '../../testbed/raw_rsa.js';
import { CLAIM, DL, enrol, ROLES } from '../support/enrolled.js';
import { startGateway } from '../support/gateway.js';
import { referenceIn, titleOf, wordsOf } from '../support/pages.js';
import { plainDocument, sendJson, startScripted } from '../support/raw.js';

const gateway = await startGateway();
after(() => gateway.close());
const lms = await enrol(gateway);
const none = undefined;
const long = 'x'.repeat(256);
const AGS = 'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint';

// Rows: [name, claims that differ, outcome]; names without a URL are LTI's.
const lti = (changes) => Object.fromEntries(Object.entries(changes)
  .map(([name, value]) => [/^(https:|sub$)/.test(name) ? name : CLAIM + name,
    value]));
function table(id, rows, base = {}) {
  for (const [name, changes, outcome] of rows) {
    test(`${id} ${name}: ${outcome}`, async () => assert.equal(
      await lms.outcome({ claims: { ...base, ...lti(changes) } }), outcome));
  }
}

// --- every message ---------------------------------------------------------

const VERSION = 'WRONG_LTI_VERSION_CLAIM';
const MESSAGE = 'NO_MESSAGE_TYPE_CLAIM';
table('X30 CO1', [
  ['no version', { version: none }, VERSION],
  ['version 1.3', { version: '1.3' }, VERSION],
  ['version 1.3.0.', { version: '1.3.0.' }, VERSION],
  ['version LTI-1p0', { version: 'LTI-1p0' }, VERSION],
  ['version 1.3.1', { version: '1.3.1' }, VERSION],
  ['version a number', { version: 1.3 }, VERSION],
  ['no message_type', { message_type: none }, MESSAGE],
  ['message_type empty', { message_type: '' }, MESSAGE],
  ['message_type unknown', { message_type: 'LtiFabricated' }, MESSAGE],
  ['message_type in small letters', { message_type: 'ltiresourcelinkrequest' },
    MESSAGE],
  ['message_type a list', { message_type: ['LtiResourceLinkRequest'] },
    MESSAGE],
  ['message_type of an answer', { message_type: 'LtiDeepLinkingResponse' },
    MESSAGE],
  ['no LTI claim at all', Object.fromEntries(['version', 'message_type',
    'deployment_id', 'target_link_uri', 'roles', 'resource_link', 'context']
    .map((name) => [name, none])), VERSION],
]);

const DEPLOYMENT = 'NO_DEPLOYMENT_ID_CLAIM';
table('X30 CO1 deployment_id', [
  ['missing', { deployment_id: none }, DEPLOYMENT],
  ['empty', { deployment_id: '' }, DEPLOYMENT],
  ['of 255', { deployment_id: long.slice(1) }, 'in'],
  ['of 256', { deployment_id: long }, DEPLOYMENT],
  ['not ASCII', { deployment_id: 'dépl' }, DEPLOYMENT],
  ['with a line end', { deployment_id: 'a\nb' }, DEPLOYMENT],
  ['a number', { deployment_id: 1 }, DEPLOYMENT],
]);

table('X25 CO3 sub', [
  ['missing: an anonymous launch', { sub: none }, 'in'],
  ['of 255', { sub: long.slice(1) }, 'in'],
  ['empty', { sub: '' }, 'INVALID_SUB_CLAIM'],
  ['of 256', { sub: long }, 'INVALID_SUB_CLAIM'],
  ['a number', { sub: 7 }, 'INVALID_SUB_CLAIM'],
  ['null', { sub: null }, 'INVALID_SUB_CLAIM'],
  ['not ASCII', { sub: 'jörg' }, 'INVALID_SUB_CLAIM'],
]);

// --- a resource link -------------------------------------------------------

const TARGET = 'NO_TARGET_LINK_URI_CLAIM';
const LINK = 'NO_RESOURCE_LINK_ID_CLAIM';
table('X30 CO2', [
  ['no roles', { roles: none }, 'NO_ROLES_CLAIM'],
  ['roles a text', { roles: ROLES.teacher }, 'NO_ROLES_CLAIM'],
  ['roles null', { roles: null }, 'NO_ROLES_CLAIM'],
  ['roles an object', { roles: {} }, 'NO_ROLES_CLAIM'],
  ['no role', { roles: [] }, 'in'],
  ['no target_link_uri', { target_link_uri: none }, TARGET],
  ['target_link_uri empty', { target_link_uri: '' }, TARGET],
  ['target_link_uri relative', { target_link_uri: '/launch' }, TARGET],
  ['target_link_uri a script', { target_link_uri: 'javascript:alert(1)' },
    TARGET],
  ['target_link_uri a list', { target_link_uri: ['https://a.example'] },
    TARGET],
  ['no resource_link', { resource_link: none }, LINK],
  ['resource_link without id', { resource_link: { title: 'x' } }, LINK],
  ['resource_link.id empty', { resource_link: { id: '' } }, LINK],
  ['resource_link.id of 255', { resource_link: { id: long.slice(1) } }, 'in'],
  ['resource_link.id of 256', { resource_link: { id: long } }, LINK],
  ['resource_link.id a number', { resource_link: { id: 7 } }, LINK],
  ['resource_link a text', { resource_link: 'link' }, LINK],
]);

// X34: what is odd is left out, never made into another role (A43).
for (const [name, given, told] of [
  ['X34 CO4 an LMS\'s own roles alone', ['urn:own/role#Cook'], undefined],
  ['X34 CO4 short and unknown roles', ['Instructor', 'Cook', ''], undefined],
  ['X34 members that are no texts', [null, 7, ['Instructor'], ROLES.student,
    { role: 'Instructor' }], [ROLES.student]],
  ['A43 roles that only look like one', [`${ROLES.teacher}/evil`,
    'x#NotInstructor'], undefined],
]) {
  test(name, async () => {
    const { ltik } = await lms.launch({ claims: { [`${CLAIM}roles`]: given } });
    const { body } = await lms.ask(ltik);
    assert.deepEqual(body.user.roles, told ?? given);
  });
}

test('CO4 CO6 a claim that is not known is let through and told', async () => {
  const claim = 'https://own.example/claim';
  const { ltik } = await lms.launch({ claims: { [claim]: { a: [1, null] },
    [`${CLAIM}context`]: none } });
  const { body } = await lms.ask(ltik);
  assert.deepEqual(body.extensions[claim], { a: [1, null] });
  assert.equal(body.launch.context, undefined);
});

// --- deep linking ----------------------------------------------------------

const dl = (changes, settings) => [
  ...Object.entries({ ...lms.deepLinking(settings), ...lti(changes) })];
const SETTINGS = 'MISSING_DEEP_LINK_SETTINGS';
const claimDl = `${DL}deep_linking_settings`;
table('X31 DL1', [
  ['good', {}, {}, 'in'],
  ['without roles, target and sub', { roles: none, target_link_uri: none,
    sub: none }, {}, 'in'],
  ['no settings', { [claimDl]: none }, {}, SETTINGS],
  ['settings a text', { [claimDl]: 'x' }, {}, SETTINGS],
  ['no return URL', {}, { deep_link_return_url: none }, SETTINGS],
  ['return URL empty', {}, { deep_link_return_url: '' }, SETTINGS],
  ['return URL a script', {}, { deep_link_return_url: 'javascript:x' },
    SETTINGS],
  ['no accept_types', {}, { accept_types: none }, SETTINGS],
  ['accept_types empty', {}, { accept_types: [] }, SETTINGS],
  ['accept_types a text', {}, { accept_types: 'link' }, SETTINGS],
  ['accept_types with a number', {}, { accept_types: ['link', 1] }, SETTINGS],
  ['no presentation targets', {},
    { accept_presentation_document_targets: none }, SETTINGS],
  ['presentation targets empty', {},
    { accept_presentation_document_targets: [] }, SETTINGS],
  ['roles a text', { roles: 'x' }, {}, 'NO_ROLES_CLAIM'],
].map(([name, changes, settings, outcome]) =>
  [name, Object.fromEntries(dl(changes, settings)), outcome]));

test('X31 deep linking that is off is not taken', async (t) => {
  t.after(() => gateway.settings());
  await gateway.settings({ deepLinking: 'off' });
  const { response } = await lms.launch({ claims: lms.deepLinking() });
  assert.equal(response.status, 403);
  assert.equal(titleOf(response), 'The tool does not offer this');
  assert.equal(await lms.outcome({ claims: lms.deepLinking() }),
    'MESSAGE_NOT_OFFERED');
  assert.equal(await lms.outcome(), 'in');
});

// --- other messages --------------------------------------------------------

const REVIEW = 'MISSING_FOR_USER_CLAIM';
table('X32', [
  ['a review', {}, 'in'],
  ['no for_user', { for_user: none }, REVIEW],
  ['for_user without user_id', { for_user: { name: 'x' } }, REVIEW],
  ['user_id empty', { for_user: { user_id: '' } }, REVIEW],
  ['no AGS claim', { [AGS]: none }, REVIEW],
  ['no lineitem', { [AGS]: { scope: [] } }, REVIEW],
  ['lineitem no URL', { [AGS]: { lineitem: 'x' } }, REVIEW],
  ['no resource link', { resource_link: none }, REVIEW],
], lti({ message_type: 'LtiSubmissionReviewRequest',
  for_user: { user_id: 'student-1' },
  [AGS]: { lineitem: `${lms.issuer}/items/1`, scope: [] } }));

table('CO1', [
  ['a data privacy launch needs neither link nor roles', { resource_link: none,
    roles: none, context: none, message_type: 'DataPrivacyLaunchRequest' },
  'in'],
]);

test('CO1 X30 another message is taken once the tool registered for it',
  async (t) => {
    t.after(() => gateway.settings());
    const types = ['LtiResourceLinkRequest', 'LtiEulaRequest'];
    const claims = lti({ message_type: 'LtiEulaRequest', resource_link: none });
    assert.equal(await lms.outcome({ claims }), 'NO_MESSAGE_TYPE_CLAIM');
    const scripted = await startScripted({
      configuration: (response, origin) => {
        const whole = plainDocument(origin);
        whole['https://purl.imsglobal.org/spec/lti-platform-configuration']
          .messages_supported = [...types, 'LtiUnasked'].map((type) =>
            ({ type }));
        sendJson(response, whole);
      } });
    await gateway.settings({ registration: { autoActivate: true },
      messages: types.map((type) => ({ type })) });
    assert.equal((await scripted.enter(gateway, 'eula')).status, 200);
    await scripted.close();
    const { body } = await gateway.api('GET', '/admin/platforms?url='
      + encodeURIComponent(scripted.origin('eula')));
    const own = await enrol(gateway, { platform: body.platforms[0] });
    assert.equal(await own.outcome(), 'in');
    assert.equal(await own.outcome({ claims }), 'in');
    for (const message_type of ['LtiUnasked', 'LtiEula', 'LtiEulaRequest ',
      types.join(' '), 'LtiProctoringRequest']) {
      assert.equal(await own.outcome({ claims: lti({ message_type }) }),
        'NO_MESSAGE_TYPE_CLAIM');
    }
    assert.equal(await lms.outcome({ claims }), 'NO_MESSAGE_TYPE_CLAIM');
  });

// --- the way back ----------------------------------------------------------

const back = (page) => /<a class="button" href="([^"]*)"/.exec(page.text)?.[1]
  .replaceAll('&amp;', '&');
const failed = async (return_url) => (await lms.launch({ claims: lti({
  version: '2', launch_presentation: { return_url } }) })).response;

test('CO6 a failed launch leads back to the LMS and tells it why', async () => {
  for (const [given, start] of [
    ['https://lms.example/back', 'https://lms.example/back?'],
    ['http://lms.example/b?a=1%202', 'http://lms.example/b?a=1%202&'],
  ]) {
    const page = await failed(given);
    const url = back(page);
    assert.ok(url.startsWith(`${start}lti_errormsg=`), url);
    const { searchParams } = new URL(url);
    assert.match(searchParams.get('lti_errormsg'), /LTI version/);
    assert.equal(searchParams.get('lti_errorlog'),
      `WRONG_LTI_VERSION_CLAIM, reference ${referenceIn(page)}`);
    assert.match(wordsOf(page), /Back to the LMS/);
  }
  const { hash, search } =
    new URL(back(await failed('https://lms.example/b#part')));
  assert.equal(hash, '#part');
  assert.match(search, /^\?lti_errormsg=.*&lti_errorlog=/);
});

test('CO6 A26 a token that the LMS did not sign leads nowhere', async () => {
  const { privateKey } = cheapKeyPair();
  const { response } = await lms.launch({ key: privateKey, claims: lti({
    launch_presentation: { return_url: 'https://evil.example/' } }) });
  assert.equal(response.status, 400);
  assert.equal(back(response), undefined);
});

test('CO6 A26 only an http or https URL is a way back', async () => {
  for (const url of ['javascript:alert(1)', 'data:text/html,x', '/back', '',
    '//evil.example', 'https://', 'ftp://lms.example/', 7, ['https://a.b'],
    'https://lms.example/"><script>', 'https://lms.example/ x', none]) {
    const page = await failed(url);
    assert.equal(page.status, 400);
    assert.equal(back(page), undefined, String(url));
    assert.doesNotMatch(page.text, /"><script>/);
  }
});
