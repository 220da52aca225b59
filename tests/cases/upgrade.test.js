// SPDX-License-Identifier: Apache-2.0
// A store of any version before is brought up to date by the next start: its
// rows stay as they are, and it is then as one that was made now.
//
// What the program of then left is made by this one, which is killed after so
// many migrations. What a release left is a dump (tests/vectors/releases).

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { after, test } from 'node:test';
import { makeDirectory, startGateway, tryGateway }
  from '../support/gateway.js';
import { dumpRelease, engine, releases, settled }
  from '../support/release.js';
import { makeRows, migrations, readRows, tablesAt } from '../support/schema.js';
import { makeStore } from '../support/store.js';

async function emptyStore(t) {
  const directory = await makeDirectory();
  const store = await makeStore(directory, { fresh: true });
  store.users = 1;
  t.after(async () => {
    await store.remove();
    await rm(directory, { recursive: true });
  });
  return { directory, store };
}

const killedAt = async (gateway, point) => {
  const { code, log } = await tryGateway({ gateway,
    environment: { LTIGATE_TEST_KILL: point } });
  assert.equal(code, null, log);
};
const versionsOf = async ({ store }) => (await store.sql(
  'SELECT name FROM schema_versions ORDER BY name')).split('\n');

// As it was after the first so many migrations.
async function storeAt(t, count) {
  const old = await emptyStore(t);
  await killedAt(old, `migrated ${migrations[count - 1]}`);
  assert.deepEqual(await versionsOf(old), migrations.slice(0, count));
  return old;
}

const settledSchema = async (gateway) =>
  (await settled(gateway)).store.schema();

async function upgraded(t, store) {
  const gateway = await startGateway({ store, settings: null });
  t.after(() => gateway.close());
  return gateway;
}

const fresh = await startGateway({ fresh: true, settings: null });
after(() => fresh.close());
const wanted = await settledSchema(fresh);

async function checkServes(gateway, platforms) {
  const { code, stdout, stderr, json } =
    await gateway.cli('platform', 'list', '--json');
  assert.equal(code, 0, stderr);
  assert.equal(json().platforms.length, platforms, stdout);
}

async function checkUpgrade(t, { store }, tables) {
  const rows = await readRows(store, tables);
  const gateway = await upgraded(t, store);
  assert.deepEqual(await versionsOf(gateway), migrations);
  assert.deepEqual(await settledSchema(gateway), wanted);
  assert.deepEqual(await readRows(store, tables), rows);
  await checkServes(gateway, rows.platforms.length);
  assert.match(gateway.log(), /the store was brought up to date/);
  await store.check();
}

test('UPGRADE the test knows each column of the store', async () => {
  const texts = wanted.join('\n');
  for (const { name, columns } of tablesAt(migrations.length)) {
    assert.ok(columns.length > 1, name);
    const known = await fresh.store.rows(`SELECT ${columns
      .map((one) => one.name).join(', ')} FROM ${name} WHERE 1 = 0`);
    assert.deepEqual(known, []);
  }
  const made = texts.match(/CREATE TABLE (?!.*(schema_versions|launches_rest))/g);
  assert.equal(made.length, tablesAt(migrations.length).length);
});

for (let count = 1; count < migrations.length; count += 1) {
  test(`UPGRADE from ${migrations[count - 1]}`, async (t) => {
    const old = await storeAt(t, count);
    const tables = tablesAt(count);
    await makeRows(old.store, tables);
    await checkUpgrade(t, old, tables);
  });
}

test('UPGRADE two that start at once on an old store: each step once',
  async (t) => {
    const old = await storeAt(t, 1);
    await makeRows(old.store, tablesAt(1));
    const both = await Promise.all([1, 2].map(() => upgraded(t, old.store)));
    const ran = both.flatMap((gateway) => [...gateway.log()
      .matchAll(/the store was brought up to date.*?migrations\W+(\d+)/g)]
      .map(([, many]) => Number(many)));
    assert.equal(ran.reduce((sum, many) => sum + many, 0),
      migrations.length - 1, both.map((one) => one.log()).join('\n'));
    assert.deepEqual(await settledSchema(both[0]), wanted);
    for (const gateway of both) await checkServes(gateway, 3);
  });

test('UPGRADE one that dies in each step goes on where it was', async (t) => {
  const old = await storeAt(t, 1);
  const tables = tablesAt(1);
  await makeRows(old.store, tables);
  for (let count = 1; count < migrations.length; count += 1) {
    await killedAt(old, `migrating ${migrations[count]}`);
    assert.deepEqual(await versionsOf(old), migrations.slice(0, count));
    await killedAt(old, `migrated ${migrations[count]}`);
  }
  const rows = await readRows(old.store, tables);
  const gateway = await upgraded(t, old.store);
  assert.deepEqual(await settledSchema(gateway), wanted);
  await gateway.restart();
  assert.deepEqual(await readRows(old.store, tables), rows);
});

test('UPGRADE an instance goes on while a later one changes the store',
  async (t) => {
    const { store } = await emptyStore(t);
    const gateway = await upgraded(t, store);
    const names = async () => {
      const { status, text, body } =
        await gateway.api('GET', '/admin/organizations');
      assert.equal(status, 200, text);
      return body.organizations.map(({ name }) => name).toSorted();
    };
    const add = async (name) => {
      const { status, text } =
        await gateway.api('POST', '/admin/organizations', { name });
      assert.equal(status, 201, text);
    };
    await add('Before');
    assert.deepEqual(await names(), ['Before']);
    // As CONTRIBUTING.md wants a migration to be.
    await store.sql('ALTER TABLE organizations ADD COLUMN later text;'
      + 'ALTER TABLE events ADD COLUMN later bigint NOT NULL DEFAULT 0;'
      + 'CREATE TABLE later (id text PRIMARY KEY);'
      + 'INSERT INTO schema_versions VALUES (\'9999_later.sql\', 0)');
    await add('After');
    assert.deepEqual(await names(), ['After', 'Before']);
    await gateway.stop();
    const { code, log } = await tryGateway({ gateway });
    assert.equal(code, 1, log);
    assert.match(log, /written by a newer ltigate; start that one/);
  });

// --- what releases left ----------------------------------------------------

const dumps = readdirSync(releases)
  .filter((name) => name.endsWith(`.${engine}.sql`));

async function checkDump(t, text) {
  const old = await emptyStore(t);
  await old.store.sql(text);
  const count = (await versionsOf(old)).length;
  assert.deepEqual(await versionsOf(old), migrations.slice(0, count));
  const tables = tablesAt(count);
  const rows = await readRows(old.store, tables);
  const gateway = await upgraded(t, old.store);
  assert.deepEqual(await settledSchema(gateway), wanted);
  assert.deepEqual(await readRows(old.store, tables), rows);
  await checkServes(gateway, rows.platforms.length);
}

for (const name of dumps) {
  test(`UPGRADE from release ${name}`, (t) =>
    checkDump(t, readFileSync(new URL(name, releases), 'utf8')));
}

test('UPGRADE a dump as a release leaves it is taken', async (t) =>
  checkDump(t, await dumpRelease()));
