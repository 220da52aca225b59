// SPDX-License-Identifier: Apache-2.0
// All that an organisation owns is exported, and nothing else: no secret, and
// nothing of another.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { now } from '../support/enrolled.js';
import { program, startGateway, until } from '../support/gateway.js';
import { startLms } from '../support/lms.js';
import { makersFor, makeSchool } from '../support/schools.js';

const lms = await startLms();
const gateway = await startGateway({ settings: { registration: {
  mode: 'pre-approval', preApprovalUrl: 'https://tool.example/approve' } } });
after(async () => {
  await lms.close();
  await gateway.close();
});

const north = await makeSchool(gateway, lms, 'North');
const south = await makeSchool(gateway, lms, 'South');
const { ids } = north;
const has = makersFor(gateway, lms, ids.organization, 'North');
const score = await has.score();
// Each is put to use on a platform of the other, too.
for (const [one, other] of [[north, south], [south, north]]) {
  const { status, text } = await gateway.api('POST',
    `/admin/platforms/${other.ids.platform}/deployments`,
    { deploymentId: `${one.name}-abroad`,
      organizationId: one.ids.organization });
  assert.equal(status, 201, text);
}
// And one person has a role in both.
await gateway.api('PATCH', `/admin/users/${ids.user}`, { organizations:
  [north, south].map((school) =>
    ({ id: school.ids.organization, role: 'viewer' })) });
await until(async () => (await gateway.api('GET', '/admin/usage?range=all'))
  .body.totals.launches === 5, 'all launches are counted');

const linesOf = (text) => {
  assert.ok(text.endsWith('\n'));
  return text.trimEnd().split('\n').map((line) => JSON.parse(line));
};
async function exported(...args) {
  const { code, stdout, stderr } =
    await gateway.cli('organization', 'export', ...args);
  assert.equal(code, 0, stderr);
  const lines = linesOf(stdout);
  assert.deepEqual(lines.pop(), { kind: 'end', data: { lines: lines.length } });
  const of = (kind) => lines.filter((line) => line.kind === kind)
    .map(({ data }) => data);
  return { stdout, lines, of };
}
const sorted = (list, member = 'id') =>
  list.map((one) => one[member]).toSorted();
const count = async (from) => Number(await gateway.store
  .sql(`SELECT count(*) FROM ${from} AND organization_id = '${
    ids.organization}'`));

test('EXPORT everything is there, as the API and the store have it', async () => {
  const { of, lines } = await exported(ids.organization, '--people');
  assert.deepEqual(of('organisation'),
    [(await gateway.api('GET', `/admin/organizations/${ids.organization}`))
      .body]);
  for (const [kind, path, member, page = ''] of [
    // What a platform lacks is told in pages alone.
    ['platform', '/admin/platforms', 'platforms', '&limit=500'],
    ['registrationLink', '/admin/registration-links', 'registrationLinks'],
    ['registration', '/api/registrations', 'registrations'],
    ['content', '/admin/content', 'content'],
    ['serviceKey', '/admin/service-keys', 'serviceKeys'],
  ]) {
    const { body } = await gateway.api('GET',
      `${path}?organizationId=${ids.organization}${page}`);
    assert.ok(body[member].length > 0, kind);
    assert.deepEqual(of(kind), body[member]);
  }
  const { body: { users } } = await gateway.api('GET',
    `/admin/users?organizationId=${ids.organization}`);
  assert.deepEqual(sorted(of('user')), sorted(users));
  assert.deepEqual(sorted(of('report'), 'platformId'), sorted(of('platform')));
  // What a removal with everything would take, by the store's own count.
  for (const [kind, from] of [
    ['launch', "launches WHERE claims_sealed <> ''"],
    ['score', 'scores WHERE 1 = 1'],
    ['serviceKey', 'service_keys WHERE 1 = 1'],
    ['content', 'content WHERE 1 = 1'],
    ['platform', 'platforms WHERE 1 = 1'],
    ['registrationLink', 'registration_links WHERE 1 = 1'],
    ['user', 'organization_people WHERE 1 = 1'],
  ]) assert.equal(of(kind).length, await count(from), kind);
  const own = await gateway.store.rows('SELECT d.deployment_id AS id FROM '
    + 'deployments d JOIN platforms p ON p.id = d.platform_id WHERE '
    + `'${ids.organization}' IN (d.organization_id, p.organization_id)`);
  assert.deepEqual(sorted(of('deployment'), 'deploymentId'), sorted(own));
  assert.ok(of('deployment').some(({ deploymentId, platformId }) =>
    deploymentId === 'North-abroad' && platformId === south.ids.platform));
  assert.ok(of('launch').every(({ claims, platformId }) =>
    claims.sub && sorted(of('platform')).includes(platformId)));
  const [one] = of('score');
  assert.equal(one.id, score.id);
  assert.equal(one.score.scoreGiven, 1);
  assert.equal(of('usage').length, 1);
  assert.equal(of('usage')[0].totals.launches, 3);
  // Each kind stands in the manual.
  const manual = await readFile(new URL('../../docs/keeping.md',
    import.meta.url), 'utf8');
  for (const kind of new Set(lines.map((line) => line.kind))) {
    assert.ok(manual.includes(`\`${kind}\``), kind);
  }
});

test('EXPORT learners only where it is asked for', async () => {
  const { of, lines, stdout } = await exported(ids.organization);
  assert.ok(lines.length > 20);
  assert.deepEqual([...of('launch'), ...of('score')], []);
  assert.equal(stdout.includes('person-7'), false);
});

test('EXPORT nothing of another, no secret, and an event that says so',
  async () => {
    const { stdout, lines } = await exported(ids.organization, '--people');
    // What South has on a platform of North, North sees in its lists as well.
    const others = lines.filter(({ data }) =>
      data.deploymentId !== 'South-abroad' && !(data.deployments ?? [])
        .some(({ deploymentId }) => deploymentId === 'South-abroad')
      && !JSON.stringify(data).includes('North-abroad'))
      .map((line) => JSON.stringify(line)).join('\n');
    for (const mark of south.marks) {
      assert.equal(others.includes(mark), false, mark);
    }
    // Hashes, sealed texts: whatever the store has in a column of such a name.
    const secrets = [];
    for (const [table, columns] of Object.entries({
      api_keys: ['hash'], registration_links: ['token_hash'],
      tool_keys: ['private_sealed'], registrations: ['id_hash', 'sealed'],
      launches: ['claims_sealed'], service_keys: ['key_hash', 'key_sealed'],
      scores: ['body_sealed'], users: ['password_hash'],
      sessions: ['token_hash'], invitations: ['token_hash'],
      platforms: ['management_sealed'],
    })) for (const row of await gateway.store.rows(`SELECT * FROM ${table}`)) {
      for (const column of columns) {
        assert.ok(column in row, `${table}.${column}`);
        if (row[column]) secrets.push(row[column]);
      }
    }
    assert.ok(secrets.length > 20);
    for (const secret of [...secrets, ids.secret]) {
      assert.equal(stdout.includes(secret), false, secret);
    }
    const { body: { events } } = await gateway.api('GET',
      `/admin/events?organizationId=${ids.organization}&kind=organisation`);
    const { message, details } = events[0];
    assert.equal(message, 'organisation exported');
    assert.deepEqual(details, { id: ids.organization, people: 'true',
      whole: 'true', lines: String(lines.length), by: 'command line' });
  });

test('EXPORT pages of a list, each row once', async () => {
  const rows = 'title,kind\n' + Array.from({ length: 1201 },
    (_, i) => `North page ${i},course`).join('\n');
  const { status, text } = await gateway.api('POST',
    `/admin/content/import?organizationId=${ids.organization}`, rows,
    { headers: { 'content-type': 'text/csv' } });
  assert.equal(status, 200, text);
  // Ids that sort by time, as store/events.c makes them.
  const newest = await gateway.store.sql('SELECT max(id) FROM events');
  await gateway.store.sql(Array.from({ length: 1100 }, (_, i) =>
    'INSERT INTO events (id, at, level, kind, reference, organization_id, '
    + `platform_id, message, details) VALUES ('${newest}${String(i)
      .padStart(6, '0')}', ${now()}, 'info', 'page', 'R', '${ids.organization}', '', 'page ${i}', '{}')`)
    .join(';\n'));
  for (let i = 0; i < 520; i += 1) await north.entered.launch();
  const { of } = await exported(ids.organization, '--people');
  assert.equal(new Set(sorted(of('content'))).size, of('content').length);
  assert.equal(of('content').length,
    await count('content WHERE 1 = 1'));
  assert.equal(of('event').filter(({ kind }) => kind === 'page').length, 1100);
  assert.equal(new Set(sorted(of('event'))).size, of('event').length);
  assert.equal(of('launch').length,
    await count("launches WHERE claims_sealed <> ''"));
  assert.ok(of('launch').length > 500);
});

test('EXPORT a reader that goes away is an error, and is noted', async () => {
  const child = spawn(program, ['organization', 'export', ids.organization],
    { env: gateway.environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let told = '';
  child.stderr.on('data', (part) => { told += part; });
  child.stdout.once('data', () => child.stdout.destroy());
  const [code] = await once(child, 'close');
  assert.equal(code, 1, told);
  assert.match(told, /^ltigate: Standard output takes no more \(Broken pipe\): the export is not whole$/m);
  const { body: { events } } = await gateway.api('GET',
    `/admin/events?organizationId=${ids.organization}&kind=organisation`);
  assert.equal(events[0].message, 'organisation exported');
  assert.equal(events[0].details.whole, 'false');
});

test('EXPORT of nobody, and of what is none', async () => {
  const none = await gateway.cli('organization', 'export', 'none/such?a=b');
  assert.equal(none.code, 1);
  assert.equal(none.stdout, '');
  assert.match(none.stderr, /^ltigate: No organi[sz]ation has this id/m);
  for (const args of [[], ['a', 'b'], ['a', '--all']]) {
    const { code, stderr } = await gateway.cli('organization', 'export',
      ...args);
    assert.equal(code, 2);
    assert.match(stderr, /^usage: ltigate organization export ID/m);
  }
});
