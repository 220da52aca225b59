// SPDX-License-Identifier: Apache-2.0
// GET /api/idtoken: the processed form and the raw one, of a launch with
// everything in it and of a bare one.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CLAIM, DL, enrol, ROLES } from '../support/enrolled.js';
import { startGateway } from '../support/gateway.js';

const gateway = await startGateway();
after(() => gateway.close());
const lms = await enrol(gateway, { name: 'Our name for it' });
const target = `${gateway.url}/lti/launch`;

const AGS = 'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint';
const NRPS = 'https://purl.imsglobal.org/spec/lti-nrps/claim/'
  + 'namesroleservice';
const OUTCOMES = 'https://purl.imsglobal.org/spec/lti-bo/claim/basicoutcome';
const SCOPE = 'https://purl.imsglobal.org/spec/lti-ags/scope/score';

const read = async (claims, query = '') => {
  const { ltik, response, token } = await lms.launch({ claims });
  assert.equal(response.status, 303, response.text);
  const { status, body, text } = await lms.ask(ltik, `/api/idtoken${query}`);
  assert.equal(status, 200, text);
  return { body, signed: JSON.parse(
    Buffer.from(token.split('.')[1], 'base64url')) };
};

const everything = {
  middle_name: 'T.', picture: 'https://lms.example/tess.png', locale: 'de-AT',
  'https://extension.example/claim': { deep: [1, null, 'x'] },
  [`${CLAIM}role_scope_mentor`]: ['child-1', 'child-2'],
  [`${CLAIM}roles`]: [ROLES.teacher, ROLES.student],
  [`${CLAIM}context`]: { id: 'c1', label: 'C 1', title: 'Course one',
    type: ['http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering'] },
  [`${CLAIM}resource_link`]: { id: 'l1', title: 'Link', description: 'About' },
  [`${CLAIM}launch_presentation`]: { document_target: 'iframe', width: 320,
    height: 240, locale: 'de', return_url: 'https://lms.example/back' },
  [`${CLAIM}custom`]: { one: '1', two: 'Two' },
  [`${CLAIM}lis`]: { person_sourcedid: 'p', course_offering_sourcedid: 'o' },
  [`${CLAIM}tool_platform`]: { guid: 'g-1', name: 'Its own name',
    product_family_code: 'moodle', version: '4.5', description: 'An LMS',
    contact_email: 'admin@lms.example', url: 'https://lms.example' },
  [AGS]: { scope: [SCOPE], lineitems: 'https://lms.example/items',
    lineitem: 'https://lms.example/items/7' },
  [NRPS]: { context_memberships_url: 'https://lms.example/members',
    service_versions: ['2.0'] },
  [OUTCOMES]: { lis_result_sourcedid: 'x',
    lis_outcome_service_url: 'https://lms.example/outcomes' },
};

test('X40 the processed form of a launch with everything in it', async () => {
  const { body } = await read(everything);
  assert.equal(body.ltiVersion, '1.3.0');
  assert.deepEqual(body.user, { id: 'person-7', name: 'Tess Teacher',
    roles: [ROLES.teacher, ROLES.student], email: 'tess@example.edu',
    givenName: 'Tess', familyName: 'Teacher', middleName: 'T.',
    picture: 'https://lms.example/tess.png', locale: 'de-AT',
    roleScopeMentor: ['child-1', 'child-2'] });
  assert.deepEqual(body.platform, { id: lms.platform.id, url: lms.issuer,
    clientId: lms.clientId, deploymentId: 'deployment-1',
    name: 'Our name for it', guid: 'g-1', productFamilyCode: 'moodle',
    version: '4.5', description: 'An LMS', contactEmail: 'admin@lms.example',
    lis: everything[`${CLAIM}lis`] });
  assert.deepEqual(body.launch, { type: 'LtiResourceLinkRequest', target,
    context: everything[`${CLAIM}context`],
    resourceLink: everything[`${CLAIM}resource_link`],
    presentation: { documentTarget: 'iframe', width: '320', height: '240',
      locale: 'de', returnUrl: 'https://lms.example/back' },
    custom: { one: '1', two: 'Two' } });
  assert.deepEqual(body.services.outcomes, { available: true });
  assert.deepEqual(body.services.deepLinking, { available: false });
  assert.deepEqual(body.services.namesAndRoles, { available: true });
  assert.deepEqual(body.services.assignmentAndGrades, { available: true,
    scopes: [SCOPE], lineItemId: 'https://lms.example/items/7' });
  assert.deepEqual(body.extensions['https://extension.example/claim'],
    { deep: [1, null, 'x'] });
});

test('X40 the processed form of a bare launch', async () => {
  const { body } = await read({ sub: undefined, name: undefined,
    given_name: undefined, family_name: undefined, email: undefined,
    [`${CLAIM}roles`]: [], [`${CLAIM}context`]: undefined,
    [`${CLAIM}resource_link`]: { id: 'l1' } });
  assert.deepEqual(body, { ltiVersion: '1.3.0', user: { id: '', roles: [] },
    platform: { id: lms.platform.id, url: lms.issuer, clientId: lms.clientId,
      deploymentId: 'deployment-1', name: 'Our name for it' },
    launch: { type: 'LtiResourceLinkRequest', target,
      resourceLink: { id: 'l1' }, custom: {} },
    services: { outcomes: { available: false },
      deepLinking: { available: false }, namesAndRoles: { available: false },
      assignmentAndGrades: { available: false } },
    extensions: {} });
});

test('X40 the processed form of a deep linking request', async () => {
  const { body } = await read(lms.deepLinking({
    accept_media_types: 'image/*, text/html', accept_lineitem: false,
    auto_create: true, title: 'T', text: 'X' }));
  assert.equal(body.launch.type, 'LtiDeepLinkingRequest');
  assert.deepEqual(body.services.deepLinking, { available: true,
    acceptTypes: ['link', 'ltiResourceLink', 'file', 'html', 'image'],
    acceptPresentationDocumentTargets: ['iframe', 'window'],
    acceptMediaTypes: ['image/*', 'text/html'], acceptMultiple: true,
    acceptLineItem: false, autoCreate: true, title: 'T', text: 'X' });
  assert.equal(body.launch.resourceLink, undefined);
});

test('X40 the raw form is the claims as signed, and the version', async () => {
  for (const claims of [{}, everything, lms.deepLinking(), { nothing: null,
    number: 1.5, '': 'empty', ltiVersion: 'x' }]) {
    for (const query of ['?raw=true', '?raw', '?raw=1']) {
      const { body, signed } = await read(claims, query);
      assert.deepEqual(body, { ...signed, ltiVersion: '1.3.0' });
    }
  }
  const { body } = await read({}, '?raw=false');
  assert.ok(body.user);
  const setting = `${DL}deep_linking_settings`;
  const raw = await read(lms.deepLinking(), '?raw=true');
  assert.equal(raw.body[setting].data, 'opaque-data');
});

test('X40 an optional claim of a wrong type is left out', async () => {
  const { body } = await read({ email: 7, name: null, picture: ['x'],
    given_name: '', [`${CLAIM}context`]: 'c', [`${CLAIM}custom`]: [],
    [`${CLAIM}launch_presentation`]: 'iframe', [`${CLAIM}lis`]: 'x',
    [`${CLAIM}tool_platform`]: 7, [AGS]: [], [NRPS]: 'x', [OUTCOMES]: true,
    [`${CLAIM}role_scope_mentor`]: 'child' });
  assert.deepEqual(body.user, { id: 'person-7', roles: [ROLES.teacher],
    familyName: 'Teacher' });
  assert.equal(body.launch.context, undefined);
  assert.deepEqual(body.launch.custom, {});
  assert.deepEqual(body.services, { outcomes: { available: false },
    deepLinking: { available: false }, namesAndRoles: { available: false },
    assignmentAndGrades: { available: false } });
});

test('X40 a service that the tool has switched off is not available',
  async (t) => {
    t.after(() => gateway.settings({}));
    const { ltik } = await lms.launch({ claims: everything });
    await gateway.settings({ services: { assignmentAndGrades: false,
      namesAndRoles: false } });
    const { body } = await lms.ask(ltik);
    assert.deepEqual(body.services.namesAndRoles, { available: false });
    assert.deepEqual(body.services.assignmentAndGrades, { available: false });
  });
