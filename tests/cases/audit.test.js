// SPDX-License-Identifier: Apache-2.0
// Every administrative change leaves an event: who, what, before and after,
// and nothing that is secret. The table of routes is walked, so that a new one
// without an event is seen.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { exampleSettings, startGateway } from '../support/gateway.js';
import { startLms } from '../support/lms.js';
import { readOpenapi } from '../support/openapi.js';
import { makeOrganization } from '../support/people.js';
import { rowsFor } from '../support/rows.js';
import { freshCall, makeCallers } from '../support/schools.js';

const settings = { ...exampleSettings, registration: { mode: 'pre-approval',
  preApprovalUrl: 'https://tool.example/approve' } };
const lms = await startLms();
const gateway = await startGateway({ settings });
after(async () => {
  await lms.close();
  await gateway.close();
});
const organization = await makeOrganization(gateway, 'School');
const { owner } = await makeCallers(gateway, organization);
const { owner: double } = await makeCallers(gateway, organization);
const { rows, requestOf } = await rowsFor(gateway, lms, organization,
  { ...settings, name: 'Another name', privacyLevel: 'anonymous' });
const { routes } = await readOpenapi(gateway);

// kind, message, and the members that must be among the changes.
const platforms = (base) => ({
  [`POST ${base}`]: ['platform', 'platform created', 'url', 'clientId'],
  [`PUT ${base}/{id}`]: ['platform', 'platform replaced', 'url', 'name'],
  [`PATCH ${base}/{id}`]: ['platform', 'platform changed', 'name'],
  [`DELETE ${base}/{id}`]: ['platform', 'platform removed', 'url'],
  [`POST ${base}/{id}/activate`]: ['platform', 'platform activated'],
  [`POST ${base}/{id}/deactivate`]: ['platform', 'platform deactivated',
    'active'],
});
const expected = {
  'POST /api/registrations/{id}/complete':
    ['registration', 'platform registered'],
  'POST /api/registrations/{id}/reject':
    ['registration', 'registration rejected'],
  ...platforms('/admin/platforms'),
  ...platforms('/api/platforms'),
  'POST /admin/platforms/{id}/registration/update':
    ['registration', 'registration checked'],
  'POST /admin/platforms/{id}/registration/check':
    ['registration', 'registration checked'],
  'POST /admin/platforms/{id}/deployments':
    ['deployment', 'deployment added', 'allowed', 'organizationId'],
  'PATCH /admin/platforms/{id}/deployments/{deploymentId}':
    ['deployment', 'deployment changed', 'allowed'],
  'DELETE /admin/platforms/{id}/person':
    ['person', 'a person was forgotten'],
  'DELETE /admin/platforms/{id}/service-keys':
    ['service key', 'all service keys revoked'],
  'DELETE /admin/service-keys/{id}': ['service key', 'service key revoked'],
  'PUT /admin/settings': ['settings', 'settings changed', 'name',
    'privacyLevel'],
  'POST /admin/keys/rotate': ['key', 'tool key moved'],
  'POST /admin/api-keys': ['api key', 'API key made'],
  'DELETE /admin/api-keys/{id}': ['api key', 'API key revoked'],
  'POST /admin/consumers': ['consumer', 'LTI 1.1 key added', 'consumer'],
  'DELETE /admin/consumers/{id}':
    ['consumer', 'LTI 1.1 key removed', 'consumer'],
  'DELETE /portal/session': ['sign-in', 'signed out'],
  'DELETE /portal/sessions/{id}': ['sign-in', 'signed out'],
  'PUT /portal/password': ['person', 'password changed'],
  'PATCH /portal/profile': ['person', 'person changed'],
  'POST /admin/users': ['person', 'person invited', 'organizations'],
  'PATCH /admin/users/{id}': ['person', 'person changed'],
  'DELETE /admin/users/{id}': ['person', 'person removed', 'organizations'],
  'POST /admin/users/{id}/invitation': ['person', 'link made for a person'],
  'DELETE /admin/users/{id}/sessions': ['person', 'sessions ended'],
  'POST /admin/organizations': ['organisation', 'organisation added', 'name'],
  'PUT /admin/organizations/{id}': ['organisation', 'organisation renamed'],
  'DELETE /admin/organizations/{id}':
    ['organisation', 'organisation removed', 'name'],
  'POST /admin/registration-links':
    ['registration link', 'registration link made', 'once'],
  'DELETE /admin/registration-links/{id}':
    ['registration link', 'registration link revoked', 'once'],
  'POST /admin/content': ['content', 'content added', 'title'],
  'POST /admin/content/import': ['content', 'content imported'],
  'PUT /admin/content/{id}': ['content', 'content changed', 'title'],
  'DELETE /admin/content/{id}': ['content', 'content removed', 'title'],
};
// Whose the event is to see, besides staff.
const owned = ['organisation', 'registration link', 'content', 'platform'];

const list = async (query = '') =>
  (await gateway.api('GET', `/admin/events?${query}`)).body.events;

// Of an answer, what must not be in an event.
const secretsOf = (body) => Object.values(body ?? {})
  .flatMap((value) => typeof value === 'object' ? secretsOf(value)
    : /^ltigate_|<|[?#&/]\w*(?:link|token|invitation)\b/.test(value) ? [value]
      : []);

test('AUDIT the table has every route that changes something', () => {
  const changing = routes.filter(({ method, operation }) =>
    method !== 'GET' && operation['x-right'])
    .map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(Object.keys(expected).toSorted(), changing.toSorted());
});

for (const [method, path, right, make = () => ({})] of rows) {
  const route = `${method} ${path}`;
  if (method === 'GET') continue;
  test(`AUDIT ${route}`, async () => {
    const request = await requestOf(path, make, owner);
    const caller = request.double ? double
      : right === 'account' ? await freshCall(gateway, owner) : owner;
    const [newest] = await list('limit=1');
    const answer = await caller.call(method, request.path, request.body,
      request.headers);
    assert.ok(answer.status < 300, answer.text);
    const [kind, message, ...members] = expected[route];
    const events = (await list(`after=${newest.id}`))
      .filter((event) => event.message === message);
    assert.equal(events.length, 1, `${route} has no event`);
    const [{ details, ...event }] = events;
    assert.equal(event.kind, kind);
    assert.equal(details.by, `user ${caller.user.id}`);
    for (const name of members) {
      assert.ok(Object.keys(details.changes ?? {}).some((one) =>
        one === name || one.startsWith(`${name}.`)),
      `${name} in ${JSON.stringify(details)}`);
    }
    if (owned.includes(kind)) assert.ok(event.organizationId, route);
    const text = JSON.stringify(events);
    assert.ok(text.length < 8000);
    for (const secret of secretsOf(answer.body)) {
      assert.equal(text.includes(secret), false, secret);
    }
    assert.doesNotMatch(text, /@|PRIVATE KEY|\?\w+=/);
  });
}

test('AUDIT a change is told with what was there before', async () => {
  await gateway.settings({ ...settings, registration: { mode: 'off' },
    customParameters: { color: 'red' } });
  await gateway.settings({ ...settings, registration: { mode: 'automatic' },
    description: 'd'.repeat(1000), launchUrl: 'https://tool.example/go?key=1' });
  const [{ details }] = await list('kind=settings&limit=1');
  assert.match(details.by, /^api key /);
  assert.deepEqual(details.changes['registration.mode'],
    { from: 'off', to: 'automatic' });
  assert.equal(details.changes.description.to, `${'d'.repeat(200)}...`);
  assert.equal(details.changes.launchUrl.to, 'https://tool.example/go?');
  assert.equal(details.changes['customParameters.color'].from, 'red');
  assert.equal(details.changes.name, undefined);

  const { body: platform } = await gateway.api('POST', '/admin/platforms', {
    url: 'https://audited.example', clientId: 'c', name: 'Audited',
    authenticationEndpoint: 'https://audited.example/a',
    accesstokenEndpoint: 'https://audited.example/t', metadata: { pin: 'p1n' },
    authConfig: { method: 'JWK_SET', key: 'https://audited.example/k' } });
  await gateway.api('PATCH', `/admin/platforms/${platform.id}`,
    { metadata: { pin: 'pi2' }, active: false });
  const events = await list(`platformId=${platform.id}`);
  assert.deepEqual(events[0].details.changes, {
    active: { from: true, to: false },
    metadata: { from: '(not told)', to: '(not told)' } });
  assert.doesNotMatch(JSON.stringify(events), /p1n|pi2/);
});

test('AUDIT who is given something does not learn whose it was', async () => {
  const other = await makeOrganization(gateway, 'Other');
  const { body: { platforms: [platform] } } = await gateway.api('GET',
    `/admin/platforms?organizationId=${organization.id}&limit=1`);
  await gateway.api('PATCH', `/admin/platforms/${platform.id}`,
    { organizationId: other.id, name: 'Given away' });
  const [second, first] = await list(`platformId=${platform.id}&limit=2`);
  assert.deepEqual([first.message, first.organizationId, first.details.changes],
    ['platform changed', other.id, undefined]);
  assert.deepEqual([second.message, second.organizationId],
    ['owner changed', undefined]);
  assert.deepEqual(second.details.changes.organizationId,
    { from: organization.id, to: other.id });
  assert.equal(second.details.changes.name.to, 'Given away');
});

test('AUDIT the command line is somebody, too', async () => {
  await gateway.cli('settings', 'set', 'name', 'By hand');
  const [{ details }] = await list('kind=settings&limit=1');
  assert.equal(details.by, 'command line');
  assert.equal(details.changes.name.to, 'By hand');
});
