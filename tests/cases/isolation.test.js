// SPDX-License-Identifier: Apache-2.0
// What an organisation owns is as if it were not there, for another's people:
// every verb on every kind of thing, every list with every filter.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGateway, until } from '../support/gateway.js';
import { startLms } from '../support/lms.js';
import { readOpenapi } from '../support/openapi.js';
import { makeSchool } from '../support/schools.js';
import { attemptsOn, nobodysLike, twins } from '../support/twins.js';

const lms = await startLms();
const gateway = await startGateway({ settings: { registration: {
  mode: 'pre-approval', preApprovalUrl: 'https://tool.example/approve' } } });
after(async () => {
  await lms.close();
  await gateway.close();
});

const north = await makeSchool(gateway, lms, 'North');
const south = await makeSchool(gateway, lms, 'South');
const nobodys = nobodysLike(north.ids);
const { routes } = await readOpenapi(gateway);
const byKey = async (path) => {
  const answer = await gateway.api('GET', path);
  assert.equal(answer.status, 200, `${path}: ${answer.text}`);
  return answer.text;
};

// All that the API tells of North, text by text.
const { ids } = north;
const whole = () => Promise.all([
  `/admin/platforms?organizationId=${ids.organization}`,
  ...['platform', 'launched'].flatMap((kind) => ['', '/report',
    '/deployments', '/service-keys']
    .map((rest) => `/admin/platforms/${ids[kind]}${rest}`)),
  `/admin/organizations/${ids.organization}`,
  `/admin/users?organizationId=${ids.organization}`,
  `/admin/content?organizationId=${ids.organization}`,
  `/admin/content/export?organizationId=${ids.organization}`,
  `/admin/events?organizationId=${ids.organization}`,
  `/admin/usage?range=all&organizationId=${ids.organization}`,
  `/api/registrations/${ids.registration}?raw=true`,
  ...['/admin/registration-links', '/api/registrations', '/admin/service-keys']
    .map((path) => `${path}?organizationId=${ids.organization}`),
  '/admin/registration-links', '/api/registrations', '/admin/organizations',
  '/admin/settings', '/admin/api-keys', '/admin/service-keys', '/admin/keys',
].map(async (path) => [path, await byKey(path)])).then(Object.fromEntries);
// Launches are counted a little later.
await until(async () => JSON.parse(await byKey('/admin/usage?range=all'))
  .totals.launches === 4, 'the launches of both are counted');
// And spare pairs are made ahead, beside all this: one active, four spare.
await until(async () =>
  JSON.parse(await byKey('/admin/keys')).keys.length === 5, 'all key pairs');
const before = await whole();

const { touching, giving } = attemptsOn(south.ids);

test('ISOLATION what the table asks for is there for its own people', async () => {
  const own = attemptsOn(north.ids).touching
    .filter(({ method, what }) => method === 'GET'
      && !/raw|service-keys|person/.test(what));
  assert.ok(own.length > 20);
  for (const { path } of own) {
    const answer = await south.people.admin.call('GET', path(south.ids));
    assert.equal(answer.status, 200, `${path(south.ids)}: ${answer.text}`);
  }
});

for (const [role, { call }] of Object.entries(south.people)) {
  for (const attempt of touching) {
    test(`ISOLATION South's ${role}: ${attempt.what}`, async () => {
      const [theirs, none] = await twins(call, attempt, ids, nobodys);
      assert.deepEqual(theirs, none);
      for (const mark of ['North', ids.organization]) {
        assert.equal(theirs.text.includes(mark), false, theirs.text);
      }
      // Filters may find nothing; what has a path of its own is not there.
      if (!attempt.what.includes('?') || attempt.method !== 'GET') {
        assert.ok([404, 403].includes(theirs.status), theirs.text);
      }
      if (role === 'admin' && !/service-keys|organizations\/|\?/
        .test(attempt.what)) assert.equal(theirs.status, 404, theirs.text);
    });
  }
  for (const attempt of giving) {
    test(`ISOLATION South's ${role} gives: ${attempt.what}`, async () => {
      const [theirs, none] = await twins(call, attempt, ids, nobodys);
      assert.deepEqual(theirs, none);
      if (attempt.method !== 'GET') {
        assert.ok(theirs.status >= 400, theirs.text);
        assert.ok(theirs.status < 500, theirs.text);
      }
    });
  }
}

// --- lists -------------------------------------------------------------------

const usual = { id: ids.platform, url: north.entered.platform.url,
  clientId: north.entered.platform.clientId, organizationId: ids.organization,
  platformId: ids.launched, reference: ids.reference, parentId: ids.course,
  search: 'North', raw: 'true', limit: '500', offset: '0', range: 'all',
  active: 'true', behind: 'true', sort: 'name', kind: 'launch', level: 'info',
  since: '2020-01-01T00:00:00Z', until: '2090-01-01T00:00:00Z',
  before: 'g', after: '0' };

const lists = routes.filter(({ method, path, operation }) => method === 'GET'
  && operation['x-right'] && !path.includes('{'));

for (const { path, operation } of lists) {
  const names = (operation.parameters ?? []).map(({ name }) => name);
  for (const name of [null, ...names]) {
    const query = name ? `?${name}=${encodeURIComponent(usual[name])}` : '';
    test(`ISOLATION no list has what is North's: ${path}`
      + `${name ? `?${name}=` : ''}`, async () => {
      assert.ok(!name || name in usual, `${name} has a value here`);
      for (const { call } of Object.values(south.people)) {
        const { text } = await call('GET', path + query);
        for (const mark of [...north.marks, 'north']) {
          // What was asked for may be said again.
          if (query.includes(encodeURIComponent(mark))) continue;
          assert.equal(text.includes(mark), false, `${mark} in ${text}`);
        }
      }
    });
  }
}

test('ISOLATION the lists have what is South\'s own', async () => {
  const { call } = south.people.admin;
  for (const path of ['/admin/platforms', '/admin/users',
    '/admin/registration-links', '/api/registrations', '/admin/content',
    '/admin/organizations', '/admin/events', '/admin/content/export']) {
    const { text } = await call('GET', path);
    assert.ok([...south.marks].some((mark) => text.includes(mark)), path);
  }
  const { body } = await call('GET', '/admin/usage?range=all');
  const { body: all } = await gateway.api('GET', '/admin/usage?range=all');
  assert.ok(body.totals.launches > 0);
  assert.ok(body.totals.launches < all.totals.launches);
});

test('ISOLATION after all of this North is as it was, byte for byte',
  async () => {
    const now = await whole();
    for (const path of Object.keys(before)) {
      // Lists of everybody's have nothing new either: all was refused.
      assert.equal(now[path], before[path], path);
    }
  });
