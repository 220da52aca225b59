// SPDX-License-Identifier: Apache-2.0
// The store as a release has it: a dump with rows in each table and nothing
// that opens anything.
//
//   const sql = await dumpRelease();
//   LTIGATE_PROGRAM=... node tests/support/release.js
//     writes tests/vectors/releases/VERSION.sqlite.sql, or of PostgreSQL where
//     tests/on_postgres.js runs it
//
// The program makes the tables, and serves until it has changed them as it
// does while it runs (slices of PostgreSQL). What it put there itself, its
// keys above all, goes again.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { program, startGateway, until } from './gateway.js';
import { makeRows, migrations, tablesAt } from './schema.js';

export const engine = process.env.LTIGATE_TEST_STORE ? 'postgres' : 'sqlite';
export const releases = new URL('../vectors/releases/', import.meta.url);

// What migrations insert.
const KEPT = ['versions'];

// As it is a little after the start.
export async function settled(gateway) {
  if (engine === 'postgres'
    && process.env.LTIGATE_STORE_FEATURES !== 'portable') {
    await until(async () => await gateway.store.sql('SELECT relkind FROM '
      + 'pg_class WHERE oid = to_regclass(\'launches\')') === 'p', 'slices');
  }
  return gateway;
}

export async function dumpRelease() {
  const gateway = await startGateway({ fresh: true, settings: null });
  try {
    await settled(gateway);
    await gateway.stop();
    const tables = tablesAt(migrations.length);
    await gateway.store.sql(tables.map(({ name }) => name).toReversed()
      .filter((name) => !KEPT.includes(name))
      .map((name) => `DELETE FROM ${name}`).join(';\n'));
    await makeRows(gateway.store, tables);
    return await gateway.store.dump();
  } finally {
    await gateway.close();
  }
}

if (import.meta.filename === process.argv[1]) {
  const [, version] = execFileSync(program, ['--version'],
    { encoding: 'utf8' }).trim().split(' ');
  writeFileSync(new URL(`${version}.${engine}.sql`, releases),
    await dumpRelease());
}
