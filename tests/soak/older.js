// SPDX-License-Identifier: Apache-2.0
// A store as the version before left it: the last migration is taken back, so
// that the next start has one to run.
//
//   await makeOlder(store)        its name; only while no gateway runs

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const place = join(import.meta.dirname, '../../migrations');

// Tables with their indexes can be taken back; what changes a table that was
// there cannot, and somebody has to say how.
const undoable = /^\s*(?:CREATE (?:UNIQUE )?INDEX|CREATE TABLE (\w+))\b/;

export async function makeOlder(store) {
  const name = (await readdir(place)).filter((one) => one.endsWith('.sql'))
    .toSorted().at(-1);
  const text = (await readFile(join(place, name), 'utf8')).replace(/--.*/g, '');
  const statements = text.split(';').filter((one) => one.trim());
  if (!statements.every((one) => undoable.test(one))) {
    throw new Error(`${name} does more than make tables: say in `
      + 'tests/soak/older.js how it is taken back');
  }
  const tables = statements.map((one) => undoable.exec(one)[1]).filter(Boolean)
    .toReversed();
  const last = await lastMigration(store);
  if (!name.startsWith(last)) {
    throw new Error(`${last} is the last in the store, and not ${name}`);
  }
  await store.sql([...tables.map((one) => `DROP TABLE ${one}`),
    `DELETE FROM schema_versions WHERE name = '${last}'`].join(';\n'));
  return last;
}

export const lastMigration = (store) => store.sql(
  'SELECT name FROM schema_versions ORDER BY name DESC LIMIT 1');
