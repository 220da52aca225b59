// SPDX-License-Identifier: Apache-2.0
// Organisations with one of everything, and people of every role.
//
//   const callers = await makeCallers(gateway, organization);
//   callers['organisation registrar'].call('POST', path, body, headers)
//     keys: callerNames; 'nobody' has no cookie, 'API key' no account
//   await freshCall(gateway, caller)       the same person in a new session
//   const school = await makeSchool(gateway, lms, 'North');
//   school.ids     {organization, platform, deployment, ...}: of each kind one
//   school.marks   texts that stand in what is the school's, and nowhere else
//   school.people  {admin, registrar, viewer}
//   const has = makersFor(gateway, lms, organizationId);
//   await has.link()      a new one of that kind: {id, ...}

import assert from 'node:assert/strict';
import { CLAIM, enrol } from './enrolled.js';
import { apiKey } from './gateway.js';
import { AGS } from './lms.js';
import { makeOrganization, makePerson, signIn } from './people.js';

export const callerNames = ['nobody', 'API key', 'owner', 'admin', 'viewer',
  'organisation admin', 'organisation registrar', 'organisation viewer'];

const asPerson = (session) => ({ session, person: true, user: session.user,
  call: (method, path, body, headers = {}) => session.raw(method, path, { body,
    headers: { cookie: session.cookie, ...(method === 'GET' ? {}
      : { 'x-csrf-token': session.token }), ...headers } }) });

const byKey = (gateway, key) => ({ person: false,
  call: (method, path, body, headers = {}) =>
    gateway.api(method, path, body, { key, headers }) });

export const freshCall = async (gateway, caller) => caller.person
  ? asPerson(await signIn(gateway, caller.user.email)) : caller;

let people = 0;
export const newEmail = (word) => {
  people += 1;
  return `${word.toLowerCase().replace(/\W+/g, '-')}-${people}@people.example`;
};

export async function makeCallers(gateway, organization) {
  const callers = { nobody: byKey(gateway, null),
    'API key': byKey(gateway, apiKey) };
  for (const name of callerNames.slice(2)) {
    const [role, of] = name.split(' ').reverse();
    callers[name] = asPerson(await makePerson(gateway,
      { email: newEmail(name), ...(of
        ? { organizations: [{ id: organization.id, role }] } : { role }) }));
  }
  return callers;
}

// --- one of a kind -----------------------------------------------------------

const item = 'https://lms.example/items/7';

// A launch with grades: a ltik, a service key, a score that waits.
const gradeClaims = {
  'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint': {
    lineitems: 'https://lms.example/items', lineitem: item,
    scope: [`${AGS}lineitem`, `${AGS}score`] } };

export function makersFor(gateway, lms, organizationId, word = 'School') {
  const made = async (path, body) => {
    const answer = await gateway.api('POST', path, body);
    assert.ok([200, 201].includes(answer.status), answer.text);
    return answer.body;
  };
  let count = 0;
  const named = (kind) => `${word} ${kind} ${count += 1}`;
  const has = {
    platform: async () => (await has.entered()).platform,
    // With a key of ours, for launches.
    entered: () => enrol(gateway, { organizationId, name: named('platform'),
      issuer: `https://${word.toLowerCase()}-${count}.example`,
      metadata: { note: `${word} metadata` } }),
    launch: async (entered, deployment) => {
      const { ltik, response } = await entered.launch({ claims: { ...gradeClaims,
        ...(deployment ? { [`${CLAIM}deployment_id`]: deployment } : {}) } });
      assert.ok(ltik, response.text);
      return { ltik, entered };
    },
    serviceKey: async () => {
      const { ltik, entered } = await has.launch(await has.entered());
      const { id } = entered.platform;
      await entered.ask(ltik); // the id token tells it
      const { body } = await gateway.api('GET',
        `/admin/platforms/${id}/service-keys`);
      return { id: body.serviceKeys[0].id, platformId: id };
    },
    score: async () => {
      const { ltik, entered } = await has.launch(await has.entered());
      const answer = await entered.ask(ltik,
        `/api/lineitems/${encodeURIComponent(item)}/scores?queue=true`,
        { method: 'POST', body: { userId: 'person-7', scoreGiven: 1,
          scoreMaximum: 2, activityProgress: 'Completed',
          gradingProgress: 'FullyGraded' } });
      assert.equal(answer.status, 202, answer.text);
      return answer.body;
    },
    deployment: async () => {
      const { id } = await has.platform();
      const { deploymentId } = await made(`/admin/platforms/${id}/deployments`,
        { deploymentId: named('deployment').replaceAll(' ', '-'),
          organizationId });
      return { id: deploymentId, platformId: id };
    },
    link: () => made('/admin/registration-links',
      { organizationId, label: named('link') }),
    // Needs mode pre-approval; its handle and its secret id.
    registration: async () => {
      const { url, id } = await has.link();
      const waiting = await lms.wait(gateway, 'moodle-4.5', { toolUrl: url });
      const { body } = await gateway.api('GET', '/api/registrations');
      const { handle } = body.registrations
        .find((one) => one.registrationLinkId === id);
      return { id: handle, secret: waiting.id };
    },
    // One whose LMS lets the tool change its registration.
    managed: async () => {
      const { path } = await lms.wait(gateway, 'sakai',
        { switches: { extras: 'secret-and-management' } });
      const { platformId } = await made(`${path}/complete`,
        { organizationId, autoActivate: true });
      return { id: platformId };
    },
    user: () => made('/admin/users', { email: newEmail(`${word} person`),
      name: named('person'),
      organizations: [{ id: organizationId, role: 'viewer' }] }),
    course: () => made('/admin/content',
      { organizationId, kind: 'course', title: named('course') }),
    assignment: async () => made('/admin/content', { organizationId,
      kind: 'assignment', title: named('assignment'),
      parentId: (await has.course()).id }),
    organization: () => made('/admin/organizations',
      { name: named('organisation') }),
    consumer: () => made('/admin/consumers',
      { key: named('former key'), secret: 'a former secret' }),
    apiKey: () => made('/admin/api-keys', { name: named('key') }),
  };
  return has;
}

export async function makeSchool(gateway, lms, name) {
  const organization = await makeOrganization(gateway, `${name} College`);
  const has = makersFor(gateway, lms, organization.id, name);
  const people = {};
  for (const role of ['admin', 'registrar', 'viewer']) {
    people[role] = asPerson(await makePerson(gateway, {
      email: `${role}@${name.toLowerCase()}.example`, name: `${name} ${role}`,
      organizations: [{ id: organization.id, role }] }));
  }
  const deployment = await has.deployment();
  const serviceKey = await has.serviceKey();
  const registration = await has.registration();
  const user = await has.user();
  const assignment = await has.assignment();
  const link = await has.link();
  const entered = await has.entered();
  await has.launch(entered);
  const { body: { sessions } } =
    await people.admin.call('GET', '/portal/sessions');
  const { body: { events } } = await gateway.api('GET',
    `/admin/events?organizationId=${organization.id}`);
  assert.ok(events.length > 0);
  const ids = { organization: organization.id, platform: deployment.platformId,
    deployment: deployment.id, serviceKey: serviceKey.id,
    launched: entered.platform.id, registration: registration.id,
    secret: registration.secret, user: user.id, course: assignment.parentId,
    assignment: assignment.id, link: link.id, session: sessions[0].id,
    event: events[0].id, reference: events[0].reference };
  return { name, ids, people, entered, organization,
    marks: [name, name.toLowerCase(), ...Object.values(ids).filter(Boolean)] };
}
