// SPDX-License-Identifier: Apache-2.0
// Who may do what: every route that asks for a right, by everybody.
//
// Both tables are written out here and not read from the program, so that a
// change of rights.def or of a route's right is seen.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { exampleSettings, startGateway } from '../support/gateway.js';
import { startLms } from '../support/lms.js';
import { readOpenapi } from '../support/openapi.js';
import { makeOrganization, password } from '../support/people.js';
import { callerNames, freshCall, makeCallers, makersFor, newEmail }
  from '../support/schools.js';

const settings = { ...exampleSettings, registration: { mode: 'pre-approval',
  preApprovalUrl: 'https://tool.example/approve' } };
const lms = await startLms();
const gateway = await startGateway({ settings });
after(async () => {
  await lms.close();
  await gateway.close();
});

const KEY = 'API key';
const EVERYBODY = callerNames.filter((name) => name !== 'nobody');
const STAFF = ['owner', 'admin', 'viewer'];
const HEADS = ['owner', 'admin'];

const may = {
  // A program has no account of its own.
  account: EVERYBODY.filter((name) => name !== KEY),
  self: EVERYBODY,
  see: EVERYBODY,
  'see-people': [KEY, ...STAFF, 'organisation admin'],
  'see-tool': [KEY, ...STAFF],
  register: [KEY, ...HEADS, 'organisation admin', 'organisation registrar'],
  content: [KEY, ...HEADS, 'organisation admin'],
  people: [KEY, ...HEADS, 'organisation admin'],
  organize: [KEY, ...HEADS],
  tool: [KEY, ...HEADS],
  program: [KEY],
};

const organization = await makeOrganization(gateway, 'School');
const callers = await makeCallers(gateway, organization);
const doubles = await makeCallers(gateway, organization);
const has = makersFor(gateway, lms, organization.id);
const { routes } = await readOpenapi(gateway);

let count = 0;
const newPlatform = () => {
  count += 1;
  return { url: `https://by-hand-${count}.example`, clientId: 'c', name: 'By hand',
    organizationId: organization.id,
    authenticationEndpoint: 'https://lms.example/a',
    accesstokenEndpoint: 'https://lms.example/t',
    authConfig: { method: 'JWK_SET', key: 'https://lms.example/k' } };
};
const place = { organizationId: organization.id };
const course = () => ({ ...place, kind: 'course', title: 'C' });
// The same for everybody, where nothing is changed.
const kept = {};
for (const kind of ['platform', 'registration', 'user', 'course', 'score']) {
  kept[kind] = await has[kind]();
}

// method, path, right, and what makes a request: {id}, body, headers, path.
const platforms = (base) => [
  ['GET', base, 'see'],
  ['POST', base, 'register', () => ({ body: newPlatform() })],
  ['GET', `${base}/{id}`, 'see', () => kept.platform],
  ['PUT', `${base}/{id}`, 'register', async () =>
    ({ ...await has.platform(), body: newPlatform() })],
  ['PATCH', `${base}/{id}`, 'register', async () =>
    ({ ...await has.platform(), body: { name: 'Another' } })],
  ['DELETE', `${base}/{id}`, 'register', () => has.platform()],
  ['POST', `${base}/{id}/activate`, 'register', () => has.platform()],
  ['POST', `${base}/{id}/deactivate`, 'register', () => has.platform()],
];

const rows = [
  ['GET', '/api/scores/{id}', 'program', () => kept.score],
  ['GET', '/api/registrations', 'see'],
  ['GET', '/api/registrations/{id}', 'see', () => kept.registration],
  ['POST', '/api/registrations/{id}/complete', 'register',
    () => has.registration()],
  ['POST', '/api/registrations/{id}/reject', 'register',
    () => has.registration()],
  ...platforms('/admin/platforms'),
  ...platforms('/api/platforms'),
  ['GET', '/admin/platforms/{id}/report', 'see', () => kept.platform],
  ['GET', '/admin/platforms/{id}/deployments', 'see', () => kept.platform],
  ['POST', '/admin/platforms/{id}/deployments', 'register', async () =>
    ({ ...await has.platform(), body: { deploymentId: 'd', ...place } })],
  ['PATCH', '/admin/platforms/{id}/deployments/{deploymentId}', 'register',
    async () => {
      const { id, platformId } = await has.deployment();
      return { id: platformId, deploymentId: id, body: { allowed: false } };
    }],
  ['GET', '/admin/platforms/{id}/service-keys', 'see-tool',
    () => kept.platform],
  ['DELETE', '/admin/platforms/{id}/service-keys', 'tool', async () =>
    ({ id: (await has.serviceKey()).platformId })],
  ['GET', '/admin/platforms/{id}/person', 'tool', () =>
    ({ ...kept.platform, query: '?userId=somebody' })],
  ['DELETE', '/admin/platforms/{id}/person', 'tool', () =>
    ({ ...kept.platform, query: '?userId=somebody' })],
  ['GET', '/admin/service-keys', 'see-tool'],
  ['DELETE', '/admin/service-keys/{id}', 'tool', () => has.serviceKey()],

  ['GET', '/admin/settings', 'see-tool'],
  ['PUT', '/admin/settings', 'tool', () => ({ body: settings })],
  ['GET', '/admin/keys', 'see-tool'],
  ['POST', '/admin/keys/rotate', 'tool'],
  ['GET', '/admin/api-keys', 'see-tool'],
  ['POST', '/admin/api-keys', 'tool', () => ({ body: { name: 'k' } })],
  ['DELETE', '/admin/api-keys/{id}', 'tool', () => has.apiKey()],

  ['GET', '/portal/sessions', 'account'],
  ['DELETE', '/portal/session', 'account', () => ({ fresh: true })],
  ['DELETE', '/portal/sessions/{id}', 'account', async (caller) => {
    if (!caller.person) return { id: 'none' };
    const one = await freshCall(gateway, caller);
    const { body } = await one.call('GET', '/portal/sessions');
    return { id: body.sessions.find((session) => session.current).id };
  }],
  // It ends all sessions: of somebody whose others are not needed.
  ['PUT', '/portal/password', 'account', () => ({ double: true,
    body: { current: password, password } })],
  ['PATCH', '/portal/profile', 'account', () => ({ body: { name: 'Me' } })],
  ['GET', '/admin/tool', 'see'],

  ['GET', '/admin/users', 'see-people'],
  ['POST', '/admin/users', 'people', () => ({ body: { email: newEmail('new'),
    organizations: [{ id: organization.id, role: 'registrar' }] } })],
  ['GET', '/admin/users/{id}', 'see-people', () => kept.user],
  ['PATCH', '/admin/users/{id}', 'people', async () =>
    ({ id: (await has.user()).id, body: { name: 'N',
      organizations: [{ id: organization.id, role: 'registrar' }] } })],
  ['DELETE', '/admin/users/{id}', 'people', () => has.user()],
  ['POST', '/admin/users/{id}/invitation', 'people', () => has.user()],
  ['DELETE', '/admin/users/{id}/sessions', 'people', () => has.user()],

  ['GET', '/admin/organizations', 'see'],
  ['POST', '/admin/organizations', 'organize', () =>
    ({ body: { name: `New ${count += 1}` } })],
  ['GET', '/admin/organizations/{id}', 'see', () => organization],
  ['PUT', '/admin/organizations/{id}', 'organize', () =>
    ({ id: organization.id, body: { name: 'School' } })],
  ['DELETE', '/admin/organizations/{id}', 'organize', () =>
    has.organization()],
  ['GET', '/admin/registration-links', 'see'],
  ['POST', '/admin/registration-links', 'register', () => ({ body: place })],
  ['DELETE', '/admin/registration-links/{id}', 'register', () => has.link()],

  ['GET', '/admin/content', 'see'],
  ['POST', '/admin/content', 'content', () => ({ body: course() })],
  ['POST', '/admin/content/import', 'content', () => ({ body: 'title\nA',
    query: `?organizationId=${organization.id}`,
    headers: { 'content-type': 'text/csv' } })],
  ['GET', '/admin/content/export', 'see', () =>
    ({ query: `?organizationId=${organization.id}` })],
  ['GET', '/admin/content/{id}', 'see', () => kept.course],
  ['PUT', '/admin/content/{id}', 'content', async () =>
    ({ id: (await has.course()).id, body: course() })],
  ['DELETE', '/admin/content/{id}', 'content', () => has.course()],
  ['GET', '/admin/events', 'see'],
  ['GET', '/metrics', 'see-tool'],
  ['GET', '/admin/usage', 'see'],
];

// What the makers answer of themselves is no part of a request.
async function requestOf(path, make, caller) {
  const { id = '', deploymentId = '', query = '', body, headers, ...who } =
    await make(caller);
  const ready = typeof body === 'string' || body === undefined;
  return { body: ready ? body : JSON.stringify(body), ...who,
    headers: body === undefined ? {}
      : { 'content-type': 'application/json', ...headers },
    path: path.replace('{id}', encodeURIComponent(id))
      .replace('{deploymentId}', encodeURIComponent(deploymentId)) + query };
}

const isRefused = (answer, status, message) => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.body.details.message, message);
};

test('ROLES the table has every route that asks for a right', () => {
  const documented = routes.filter(({ operation }) => operation['x-right'])
    .map(({ method, path, operation }) =>
      `${method} ${path} ${operation['x-right']}`).sort();
  const here = rows.map(([method, path, right]) =>
    `${method} ${path} ${right === 'account' ? 'self' : right}`).sort();
  assert.deepEqual(here, documented);
  assert.equal(new Set(here).size, rows.length);
});

test('ROLES whatever is under /admin asks for a right', () => {
  const without = routes.filter(({ path, operation }) =>
    path.startsWith('/admin/') && !operation['x-right']);
  assert.deepEqual(without, []);
});

for (const [method, path, right, make = () => ({})] of rows) {
  for (const name of callerNames) {
    const allowed = may[right].includes(name);
    const word = allowed ? 'may' : name === 'nobody' ? 'is not known' : 'may not';
    test(`ROLES ${name} ${word}: ${method} ${path}`, async () => {
      const request = await requestOf(path, make, callers[name]);
      const caller = request.double ? doubles[name]
        : request.fresh ? await freshCall(gateway, callers[name])
          : callers[name];
      const answer = await caller.call(method, request.path, request.body,
        request.headers);
      if (allowed) assert.ok(answer.status < 300, answer.text);
      else if (name === 'nobody') isRefused(answer, 401,
        'INVALID_LTIK_AUTH_AUTHORIZATION_HEADER');
      else isRefused(answer, 403, 'NOT_ALLOWED');
    });
  }
}

// What a person is told about themselves is what the portal shows buttons by.
const words = Object.keys(may).filter((right) => right !== 'account');
for (const name of EVERYBODY.filter((one) => one !== KEY)) {
  test(`ROLES ${name} is told these rights and no other`, async () => {
    const { body } = await callers[name].call('GET', '/portal/session');
    const mine = words.filter((right) => may[right].includes(name));
    const [of] = body.user.organizations;
    assert.deepEqual(of ? of.rights : body.user.rights, mine);
    if (of) assert.deepEqual(body.user.rights, []);
  });
}
