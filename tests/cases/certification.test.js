// SPDX-License-Identifier: Apache-2.0
// The list by which 1EdTech certifies tools: bad launches, each refused for
// its reason, and good ones, each of which tells the tool who came.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CLAIM, DL, enrol, now, ROLES } from '../support/enrolled.js';
import { startGateway } from '../support/gateway.js';
import { plainDocument, sendJson, startScripted } from '../support/raw.js';

const none = undefined;
const names = { [`${CLAIM}version`]: none, [`${CLAIM}message_type`]: none,
  [`${CLAIM}deployment_id`]: none, [`${CLAIM}target_link_uri`]: none,
  [`${CLAIM}roles`]: none, [`${CLAIM}resource_link`]: none,
  [`${CLAIM}context`]: none };
const registered = ['LtiResourceLinkRequest', 'LtiDeepLinkingRequest',
  'LtiAssetProcessorSettingsRequest', 'LtiEulaRequest',
  'LtiReportReviewRequest'];

const gateway = await startGateway({ settings: {
  messages: registered.map((type) => ({ type })),
  registration: { autoActivate: true } } });
after(() => gateway.close());

async function register() {
  const scripted = await startScripted({
    configuration: (response, origin) => {
      const whole = plainDocument(origin);
      whole['https://purl.imsglobal.org/spec/lti-platform-configuration']
        .messages_supported = registered.map((type) => ({ type }));
      sendJson(response, whole);
    } });
  const page = await scripted.enter(gateway, 'certified');
  await scripted.close();
  assert.equal(page.status, 200, page.text);
  const { body } = await gateway.api('GET', '/admin/platforms');
  return enrol(gateway, { platform: body.platforms[0] });
}
const lms = await register();

// --- bad launches ----------------------------------------------------------

for (const [name, options, fault] of [
  ['no kid', { header: { kid: none } }, 'KID_NOT_FOUND'],
  ['wrong kid', { header: { kid: 'not-published' } }, 'KID_NOT_FOUND'],
  ['wrong version', { claims: { [`${CLAIM}version`]: '11.3' } },
    'WRONG_LTI_VERSION_CLAIM'],
  ['no version', { claims: { [`${CLAIM}version`]: none } },
    'WRONG_LTI_VERSION_CLAIM'],
  ['not an LTI message', { claims: { ...names, name: 'value' } },
    'WRONG_LTI_VERSION_CLAIM'],
  ['LTI claims missing but the version', { claims: { ...names,
    [`${CLAIM}version`]: '1.3.0' } }, 'NO_MESSAGE_TYPE_CLAIM'],
  ['timestamps long past', { claims: { iat: 11111, exp: 22222 } },
    'TOKEN_TOO_OLD'],
  ['timestamps of tomorrow', { claims: { iat: now() + 86400,
    exp: now() + 86460 } }, 'CLOCKS_DIFFER'],
  ['message_type missing', { claims: { [`${CLAIM}message_type`]: none } },
    'NO_MESSAGE_TYPE_CLAIM'],
  ['roles missing', { claims: { [`${CLAIM}roles`]: none } },
    'NO_ROLES_CLAIM'],
  ['deployment_id missing', { claims: { [`${CLAIM}deployment_id`]: none } },
    'NO_DEPLOYMENT_ID_CLAIM'],
  ['target_link_uri missing', { claims: {
    [`${CLAIM}target_link_uri`]: none } }, 'NO_TARGET_LINK_URI_CLAIM'],
  ['resource_link id missing', { claims: { [`${CLAIM}resource_link`]:
    { title: 'A link' } } }, 'NO_RESOURCE_LINK_ID_CLAIM'],
]) {
  test(`CO1 CO2 bad launch: ${name}: ${fault}`, async () => {
    const { response, ltik } = await lms.launch(options);
    assert.equal(response.status, 400);
    assert.equal(ltik, null);
    assert.match(response.headers['content-type'], /^text\/html/);
    assert.equal(await lms.outcome(options), fault);
  });
}

// The list has it among the bad ones; LTI Core 1.3, 5.3.6.1 allows it.
test('CO3 a launch without sub is an anonymous one', async () => {
  const { ltik, response } = await lms.launch({ claims: { sub: none,
    name: none, given_name: none, family_name: none, email: none } });
  assert.equal(response.status, 303);
  const { body } = await lms.ask(ltik);
  assert.deepEqual(body.user, { id: '', roles: [ROLES.teacher] });
});

// --- good launches ---------------------------------------------------------

const people = {
  instructor: { role: ROLES.teacher, short: 'Instructor', given: 'Tess',
    more: 'http://purl.imsglobal.org/vocab/lis/v2/institution/person#Faculty' },
  student: { role: ROLES.student, short: 'Learner', given: 'Stan',
    more: 'http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student' },
};
const noNames = { name: none, given_name: none, family_name: none };
const context = `${CLAIM}context`;
const rolesClaim = `${CLAIM}roles`;

for (const [who, { role, short, given, more }] of Object.entries(people)) {
  const person = { sub: `id-of-${given}`, name: `${given} Example`,
    given_name: given, family_name: 'Example', email: `${given}@example.edu` };
  const told = { name: person.name, givenName: given, familyName: 'Example' };
  const email = { email: person.email };
  for (const [name, changes, user] of [
    ['plain', { [rolesClaim]: [role] }, { ...told, ...email }],
    ['several roles', { [rolesClaim]: [role, more] }, { ...told, ...email }],
    ['a short role', { [rolesClaim]: [short] }, { ...told, ...email }],
    ['an unknown role', { [rolesClaim]: [`${role}#Unknown`] },
      { ...told, ...email }],
    ['no role', { [rolesClaim]: [] }, { ...told, ...email }],
    ['e-mail only', { [rolesClaim]: [role], ...noNames }, email],
    ['names only', { [rolesClaim]: [role], email: none }, told],
    ['no personal data', { [rolesClaim]: [role], email: none, ...noNames }, {}],
    ['e-mail without context', { [rolesClaim]: [role], ...noNames,
      [context]: none }, email],
  ]) {
    test(`CO2 CO4 good launch of the ${who}: ${name}`, async () => {
      const claims = { ...person, ...changes };
      const { ltik, response, url } = await lms.launch({ claims });
      assert.equal(response.status, 303);
      assert.equal(url.origin + url.pathname, 'https://tool.example/launch');
      const { status, body } = await lms.ask(ltik);
      assert.equal(status, 200);
      assert.deepEqual(body.user,
        { id: person.sub, roles: claims[rolesClaim], ...user });
      assert.equal(body.launch.type, 'LtiResourceLinkRequest');
      assert.equal(body.launch.resourceLink.id, 'link-1');
      assert.equal(body.launch.context?.id,
        context in changes ? none : 'course-1');
      assert.equal(body.ltiVersion, '1.3.0');
    });
  }
}

// --- good launches of other kinds ------------------------------------------

const AGS = 'https://purl.imsglobal.org/spec/lti-ags/';
const NRPS = 'https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice';
const scopes = ['lineitem', 'score'].map((name) => `${AGS}scope/${name}`);
const only = (message_type) => ({ [`${CLAIM}message_type`]: message_type,
  [`${CLAIM}resource_link`]: none });

for (const [name, claims, look] of [
  ['AGS core launch', { [`${AGS}claim/endpoint`]: { scope: scopes,
    lineitems: `${lms.issuer}/items`, lineitem: `${lms.issuer}/items/1` } },
  ({ services }) => assert.deepEqual(services.assignmentAndGrades,
    { available: true, scopes, lineItemId: `${lms.issuer}/items/1` })],
  ['NRPS core launch', { [NRPS]: { service_versions: ['2.0'],
    context_memberships_url: `${lms.issuer}/members` } },
  ({ services }) => assert.deepEqual(services.namesAndRoles,
    { available: true })],
  ['deep linking request', lms.deepLinking({ accept_media_types: 'text/html' }),
    ({ services, launch }) => {
      assert.equal(launch.type, 'LtiDeepLinkingRequest');
      assert.deepEqual(services.deepLinking, { available: true,
        acceptTypes: ['link', 'ltiResourceLink', 'file', 'html', 'image'],
        acceptPresentationDocumentTargets: ['iframe', 'window'],
        acceptMediaTypes: ['text/html'], acceptMultiple: true });
    }],
  ['a deep-linked item', { [`${CLAIM}custom`]: { chapter: '7' },
    [`${CLAIM}target_link_uri`]: 'https://tool.example/launch/7?page=2',
    [`${CLAIM}resource_link`]: { id: 'item-7', title: 'Seven' } },
  ({ launch }, url) => {
    assert.equal(url.pathname, '/launch/7');
    assert.equal(url.searchParams.get('page'), '2');
    assert.deepEqual(launch.custom, { chapter: '7' });
    assert.deepEqual(launch.resourceLink, { id: 'item-7', title: 'Seven' });
  }],
  ['asset processor settings', only('LtiAssetProcessorSettingsRequest'),
    ({ launch }) => assert.equal(launch.resourceLink, none)],
  ['end-user licence', only('LtiEulaRequest')],
  ['report review', { ...only('LtiReportReviewRequest'),
    [`${CLAIM}for_user`]: { user_id: 'student-1' } },
  ({ extensions }) => assert.deepEqual(extensions[`${CLAIM}for_user`],
    { user_id: 'student-1' })],
]) {
  test(`X30 X31 good launch: ${name}`, async () => {
    const { response, ltik, url } = await lms.launch({ claims });
    assert.equal(response.status, 303, response.text);
    const { status, body } = await lms.ask(ltik);
    assert.equal(status, 200);
    assert.equal(body.launch.type, claims[`${CLAIM}message_type`]
      ?? 'LtiResourceLinkRequest');
    assert.equal(body.user.id, 'person-7');
    look?.(body, url);
    const raw = await lms.ask(ltik, '/api/idtoken?raw=true');
    const { [`${DL}deep_linking_settings`]: settings, ...rest } = raw.body;
    assert.equal(rest[`${CLAIM}deployment_id`], 'deployment-1');
    assert.equal(Boolean(settings), name === 'deep linking request');
  });
}
