// SPDX-License-Identifier: Apache-2.0
// Copies of a store that is in use, and whether they hold what was
// acknowledged before they were begun.
//
//   const copies = makeCopies(cluster);
//   await copies.backup(site, known)   `ltigate backup`, restored elsewhere
//   await copies.other(site, known)    `ltigate store copy` into the other kind
//   known()                            ids of platforms that are acknowledged
// Both give in which kind of store it ended.
//
// PostgreSQL must not be stopped meanwhile: that is up to the caller.

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { databaseUrl, dropDatabase, createDatabase, psql }
  from '../support/postgres.js';
import { makeSqlite } from '../support/sqlite.js';

export function makeCopies(cluster) {
  let number = 0;
  const backups = new Map();

  async function inSqlite(site, use) {
    const directory = join(site.directory, `scratch${number += 1}`);
    await mkdir(directory);
    const scratch = await makeSqlite(directory);
    try {
      return await use({ ...scratch, kind: 'SQLite' });
    } finally {
      await rm(directory, { recursive: true });
    }
  }
  async function inPostgres(site, use) {
    const name = `scratch_${number += 1}`;
    await createDatabase(cluster.url(), name);
    const url = databaseUrl(cluster.url(), name);
    try {
      return await use({ url, kind: 'PostgreSQL', check: async () => {},
        sql: (text) => psql(url, text) });
    } finally {
      await dropDatabase(cluster.url(), name);
    }
  }

  async function ran(site, ...words) {
    const { code, stderr } = await site.gateway.cli(...words);
    if (code) site.wrong(`ltigate ${words[0]} ended with ${code}: ${stderr}`);
    return code === 0;
  }
  async function judge(site, scratch, before) {
    await scratch.check();
    const there = new Set((await scratch.sql('SELECT id FROM platforms'))
      .split('\n'));
    const lost = before.filter((id) => !there.has(id));
    if (lost.length) site.wrong(`a copy lacks ${lost.length} platforms`);
  }

  // What is removed while the copy is made may be in it or not.
  const still = (before, known) => {
    const now = new Set(known());
    return before.filter((id) => now.has(id));
  };
  async function backup(site, known) {
    const file = join(site.directory, `backup${number += 1}.db`);
    const before = known();
    if (!await ran(site, 'backup', file)) return 'failed';
    const wanted = still(before, known);
    backups.set(site, (backups.get(site) ?? 0) + 1);
    const into = backups.get(site) % 2 ? inSqlite : inPostgres;
    const kind = await into(site, async (scratch) => {
      const { secretFile } = site.store;
      if (await ran(site, '--store', scratch.url, '--secret-file', secretFile,
        'restore', file)) await judge(site, scratch, wanted);
      return scratch.kind;
    });
    await rm(file);
    return `restored into ${kind}`;
  }
  async function other(site, known) {
    const into = site.name === 'SQLite' ? inPostgres : inSqlite;
    return into(site, async (scratch) => {
      const before = known();
      if (await ran(site, 'store', 'copy', site.store.url, scratch.url)) {
        await judge(site, scratch, still(before, known));
      }
      return `to ${scratch.kind}`;
    });
  }
  return { backup, other };
}
