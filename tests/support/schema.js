// SPDX-License-Identifier: Apache-2.0
// The store as each version of its schema has it, and rows to put in it.
//
//   migrations                      names, in order
//   tablesAt(count)                 what the first so many make: [{name,
//                                   columns: [{name, type, optional, refers}]}]
//   await makeRows(store, tables)   some rows in each, by the columns' types
//   await readRows(store, tables)   those, by table, as objects of its columns
//
// Values follow from types alone, so that a new table needs nothing here: a
// text is a JSON object that names its column (whatever reads JSON takes it,
// and no state, level or name is like it), a number a time far ahead (whatever
// deletes what is over leaves it).

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';

const folder = new URL('../../migrations/', import.meta.url);
export const migrations = readdirSync(folder)
  .filter((name) => name.endsWith('.sql')).toSorted();

// migrations/ keep to one layout (src/store/schema.c): one column a line, after
// one tab; what goes on after two.
const COLUMN = /^([a-z_]+) (text|bigint)\b(.*)$/;

function columnOf(definition) {
  const [, name, type, rest] = COLUMN.exec(definition);
  const [, table, column] = /REFERENCES (\w+) \((\w+)\)/.exec(rest) ?? [];
  return { name, type, optional: !/NOT NULL|PRIMARY KEY/.test(rest),
    refers: table && { table, column } };
}

function readText(tables, text) {
  const plain = text.replaceAll(/--.*$/gm, '').replaceAll('\n\t\t', ' ');
  for (const [, name, body] of
    plain.matchAll(/^CREATE TABLE (\w+) \(\n([^;]*)\n\);$/gm)) {
    tables.push({ name, columns: body.split('\n')
      .map((line) => line.trim().replace(/,$/, ''))
      .filter((line) => COLUMN.test(line)).map(columnOf) });
  }
  for (const [, name, definition] of
    plain.matchAll(/^ALTER TABLE (\w+) ADD COLUMN ([^;]*);$/gm)) {
    tables.find((table) => table.name === name).columns
      .push(columnOf(definition.trim()));
  }
}

export function tablesAt(count) {
  const tables = [];
  for (const name of migrations.slice(0, count)) {
    readText(tables, readFileSync(new URL(name, folder), 'utf8'));
  }
  return tables;
}

const ROWS = 3;
const AHEAD = 4_102_444_800; // 2100

// The row of the same number, or in a table that refers to itself the one
// before.
function valueOf(table, column, row) {
  const { refers } = column;
  if (refers?.table === table.name) {
    return row === 0 ? null : textOf(table.name, refers.column, row - 1);
  }
  if (refers) return textOf(refers.table, refers.column, row);
  if (column.optional && row === 0) return null;
  return column.type === 'bigint' ? AHEAD + row
    : textOf(table.name, column.name, row);
}

const textOf = (table, column, row) =>
  JSON.stringify({ made: `${table}.${column}`, row });
const quoted = (value) => typeof value === 'string'
  ? `'${value.replaceAll('\'', '\'\'')}'` : String(value ?? 'NULL');

export async function makeRows(store, tables) {
  const statements = tables.flatMap((table) =>
    Array.from({ length: ROWS }, (_, row) =>
      `INSERT INTO ${table.name} (${table.columns.map(({ name }) => name)
        .join(', ')}) VALUES (${table.columns.map((column) =>
        quoted(valueOf(table, column, row))).join(', ')})`));
  await store.sql(statements.join(';\n'));
}

// As it stands in JSON of JSON.
const MADE = String.raw`{\"made\":`;

export async function readRows(store, tables) {
  const all = {};
  for (const { name, columns } of tables) {
    const rows = await store.rows(`SELECT ${columns.map((one) => one.name)
      .join(', ')} FROM ${name}`);
    all[name] = rows.filter((row) => JSON.stringify(row).includes(MADE))
      .map((row) => JSON.stringify(row)).toSorted();
    assert.equal(all[name].length, ROWS, `rows of ${name}`);
  }
  return all;
}
