// SPDX-License-Identifier: Apache-2.0
// A backup that is taken while people launch, and what is restored of it:
// another gateway on a new store knows all that was answered before.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { enrol } from '../support/enrolled.js';
import { gatewayFor } from '../support/raw.js';
import { makeStore } from '../support/store.js';

const hashOf = async (file) =>
  createHash('sha256').update(await readFile(file)).digest('hex');

// A new store, and words that make a command use it.
async function emptyStore(t, secretFile) {
  const directory = await mkdtemp(join(tmpdir(), 'ltigate-restore-'));
  const store = await makeStore(directory, { fresh: true });
  t.after(async () => {
    await store.remove();
    await rm(directory, { recursive: true });
  });
  return { ...store, directory,
    words: ['--store', store.url, '--secret-file', secretFile],
    change: { LTIGATE_STORE: store.url, LTIGATE_SECRET_FILE: secretFile } };
}

test('CLI restore: what was answered before a backup under load is there',
  async (t) => {
    const gateway = await gatewayFor(t);
    const lms = await enrol(gateway);
    const launched = [];
    let on = true;
    const people = Array.from({ length: 4 }, async () => {
      while (on) launched.push((await lms.launch()).ltik);
    });
    while (launched.length < 20) {
      await new Promise((done) => setTimeout(done, 10));
    }
    const before = [...launched];
    const file = join(gateway.directory, 'backup.db');
    const { code, stderr } = await gateway.cli('backup', file);
    on = false;
    await Promise.all(people);
    assert.equal(code, 0, stderr);
    await gateway.stop();

    const to = await emptyStore(t, gateway.store.secretFile);
    const was = await hashOf(file);
    const restored = await gateway.cli(...to.words, 'restore', file);
    assert.equal(restored.code, 0, restored.stderr);
    assert.match(restored.stdout, /^ +\d+ {2}launches$/m);
    assert.equal(await hashOf(file), was, 'the backup is as it was');
    assert.equal(existsSync(`${file}.restoring`), false);
    await gateway.start(to.change);
    for (const ltik of before) {
      const { status, text } = await lms.ask(ltik, '/api/idtoken');
      assert.equal(status, 200, text);
    }
    // Who was let in once is not let in again.
    assert.ok((await lms.launch()).ltik);
    const again = await gateway.cli('restore', file);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /is not empty .*take a new one/);
  });

test('CLI restore refuses what would be of no use', async (t) => {
  const gateway = await gatewayFor(t);
  const file = join(gateway.directory, 'backup.db');
  assert.equal((await gateway.cli('backup', file)).code, 0);
  const damaged = join(gateway.directory, 'damaged.db');
  await copyFile(file, damaged);
  const handle = await open(damaged, 'r+');
  await handle.write(Buffer.alloc(4096, 0x5a), 0, 4096, 4096 * 3);
  await handle.close();
  const secret = gateway.store.secretFile;
  const otherSecret = join(gateway.directory, 'other-secret');
  const refuse = async (secretFile, words, told) => {
    const to = await emptyStore(t, secretFile);
    const { code, stderr } = await gateway.cli(...to.words, 'restore',
      ...words);
    assert.match(stderr, told);
    assert.ok(code > 0);
  };
  await refuse(secret, [join(gateway.directory, 'none.db')],
    /There is no file/);
  await refuse(secret, [damaged], /damaged|malformed/);
  await refuse(secret, [secret], /not a database/);
  await refuse(otherSecret, [file], /secret file .* is not there/);
  await refuse(secret, [], /usage: ltigate restore FILE/);
  assert.equal(existsSync(`${file}.restoring`), false);
});
