// SPDX-License-Identifier: Apache-2.0
// A store that is a database of its own in a PostgreSQL server, and what one
// says to such a server.
//
//   const store = await makePostgres(server, directory, template);  see store.js
//   await store.keep(place)                    as a template, once stopped
//   await psql(url, 'SELECT ...')              what it prints
//   await createDatabase(server, name, template)       gives its URL
//   await dropDatabase(server, name)           whoever is connected to it
//   programOf('pg_dump')                       the newest that is installed
//
// server is the URL of any database of that server.

import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const home = '/usr/lib/postgresql';
const large = { maxBuffer: 1 << 28 };

export function programOf(name) {
  const versions = existsSync(home) ? readdirSync(home) : [];
  const found = versions.sort((a, b) => b - a)
    .map((version) => join(home, version, 'bin', name)).find(existsSync);
  if (!found) {
    throw new Error(`there is no ${home}/*/bin/${name}: make setup installs it`);
  }
  return found;
}

export async function psql(url, text) {
  const running = run(programOf('psql'), ['--no-psqlrc', '--quiet',
    '--no-align', '--tuples-only', '--set=ON_ERROR_STOP=1', url], large);
  running.child.stdin.end(`${text}\n;\n`);
  const { stdout } = await running;
  return stdout.trim();
}

// --- databases -------------------------------------------------------------

export function databaseUrl(server, name) {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

export async function createDatabase(server, name, template = 'template1') {
  await psql(server, `CREATE DATABASE ${name} TEMPLATE ${template}`);
  return databaseUrl(server, name);
}

export const dropDatabase = (server, name) =>
  psql(server, `DROP DATABASE ${name} WITH (FORCE)`);

// --- the store of a gateway ------------------------------------------------

// Of a dump, without what each server says of itself, and without slices
// (src/store/postgres_slices.c), which come and go with the hours.
const statementsOf = (text) => text.replaceAll(/^(--|\\|SET |SELECT pg_catalog).*\n/gm, '')
  .split(';\n').map((one) => one.trim())
  .filter((one) => one && !/\blaunches_\d/.test(one));

const secret = 'ltigate.secret';
const nameFile = 'database';
let made = 0;

export async function makePostgres(server, directory, template) {
  const name = `case_${process.pid}_${made += 1}`;
  const secretFile = join(directory, secret);
  const url = await createDatabase(server, name, template
    && await readFile(join(template, nameFile), 'utf8'));
  if (template) await copyFile(join(template, secret), secretFile);
  const dump = async (...options) => (await run(programOf('pg_dump'),
    ['--inserts', ...options, url], large)).stdout;
  return {
    url, secretFile, users: 0,
    files: [secretFile],
    environment: { LTIGATE_STORE: url, LTIGATE_SECRET_FILE: secretFile },
    sql: (text) => psql(url, text),
    rows: async (text) => JSON.parse(await psql(url,
      `SELECT coalesce(json_agg(r), '[]') FROM (${text}) AS r`)),
    bytes: async () => Buffer.from(await dump()),
    inserts: async () => (await dump('--data-only')).split('\n')
      .filter((line) => line.startsWith('INSERT INTO '))
      .map((line) => line.replace('INTO public.', 'INTO ')),
    schema: async () => statementsOf(await dump('--schema-only')),
    dump: async () => statementsOf(await dump('--no-owner', '--no-acl'))
      .map((one) => `${one};\n`).join(''),
    // Whoever is killed at this end breaks nothing at the other.
    check: async () => {},
    // Nobody may connect to what is copied, not even to clean it.
    async keep(place) {
      const copy = `template_${process.pid}`;
      await createDatabase(server, copy, name);
      await psql(server, `ALTER DATABASE ${copy} ALLOW_CONNECTIONS false`);
      await writeFile(join(place, nameFile), copy);
      await copyFile(secretFile, join(place, secret));
    },
    remove: () => dropDatabase(server, name),
  };
}
