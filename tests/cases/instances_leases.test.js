// SPDX-License-Identifier: Apache-2.0
// What one of many instances does for all; and the secret they share.

import assert from 'node:assert/strict';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { sleep, tryGateway, until } from '../support/gateway.js';
import { another, leases } from '../support/instances.js';
import { gatewayFor } from '../support/raw.js';

const RENEWED_MS = 12_000; // the longest between two looks
const LEFT_BY_THE_DEAD = 90;

const named = (rows, name) => rows.filter((row) => row.name.startsWith(name));
const keeper = async (one) =>
  named(await leases(one), 'housekeeping')[0]?.holder ?? null;
const instances = async (one) =>
  named(await leases(one), 'instance ').map(({ holder }) => holder);
const isKept = (one) => until(() => keeper(one), 'a housekeeper');

describe('housekeeping', { concurrency: 2 }, () => {
  test('MI one keeps house, and gives it up at once as it stops',
    async (t) => {
      const one = await gatewayFor(t);
      const first = await isKept(one);
      assert.deepEqual(await instances(one), [first]);
      const two = await another(t, one);
      assert.equal((await instances(one)).length, 2);
      await sleep(RENEWED_MS);
      assert.equal(await keeper(one), first);
      await one.stop();
      assert.equal((await instances(one)).length, 1);
      assert.notEqual(await keeper(one), first);
      const [second] = await instances(one);
      await until(async () => await keeper(one) === second, 'the other one',
        RENEWED_MS + 8000);
      await two.stop();
      assert.deepEqual(await leases(one), []);
    });

  test('MI who was killed is followed when the lease has lapsed, not before',
    async (t) => {
      const one = await gatewayFor(t);
      const first = await isKept(one);
      const two = await another(t, one);
      await one.kill();
      await two.setClock(LEFT_BY_THE_DEAD - 40);
      await sleep(RENEWED_MS);
      assert.equal(await keeper(one), first);
      await two.setClock(LEFT_BY_THE_DEAD + 1);
      await until(async () => ![first, null].includes(await keeper(one)),
        'another', RENEWED_MS + 8000);
      await until(async () => (await instances(one)).length === 1,
        'the dead one\'s row is gone');
    });

  test('MI three make one active key and four spare ones', async (t) => {
    const one = await gatewayFor(t, { fresh: true });
    await another(t, one);
    await another(t, one);
    const states = () => one.store.sql(
      'SELECT state FROM tool_keys ORDER BY state');
    const all = 'active\nspare\nspare\nspare\nspare';
    await until(async () => await states() === all, 'all pairs');
    await sleep(6000);
    assert.equal(await states(), all);
  });

  test('MI what expired goes once, whoever keeps house', async (t) => {
    const one = await gatewayFor(t);
    const two = await another(t, one);
    const first = await isKept(one);
    // Not over by the clock of one that is a minute behind.
    await one.store.sql('INSERT INTO invitations VALUES (\'h\', NULL, 0, '
      + `${Math.floor(Date.now() / 1000) - 5})`);
    await one.stop();
    await until(async () => ![first, null].includes(await keeper(one)),
      'another', RENEWED_MS + 8000);
    await sleep(6000);
    const left = () => one.store.sql(
      'SELECT count(*) FROM invitations WHERE token_hash = \'h\'');
    assert.equal(await left(), '1');
    await two.setClock(61);
    await until(async () => await left() === '0', 'it is over for all');
  });
});

describe('one secret', { concurrency: 2 }, () => {
  const withFile = (one, file) => tryGateway({ gateway: one,
    environment: { LTIGATE_SECRET_FILE: file } });

  test('MI another secret, or none, does not start', async (t) => {
    const one = await gatewayFor(t);
    const file = join(one.directory, 'other.secret');
    const absent = await withFile(one, file);
    assert.notEqual(absent.code, 0);
    assert.match(absent.log, /secret file .*other\.secret is not there/);
    await writeFile(file, Buffer.alloc(32, 7), { mode: 0o600 });
    const wrong = await withFile(one, file);
    assert.notEqual(wrong.code, 0);
    assert.match(wrong.log, /other\.secret is not the one that this store/);
    assert.equal((await instances(one)).length, 1);
  });

  // A copy stands for another machine: no lock on the file is seen there.
  async function copied(t, one) {
    const file = join(one.directory, 'copy.secret');
    await copyFile(one.store.secretFile, file);
    const two = await another(t, one, { LTIGATE_SECRET_FILE: file });
    await two.stop();
    return { file, rotate: (...words) => two.cli('secret', 'rotate', ...words) };
  }

  test('MI it is not rotated at once while an instance runs anywhere', async (t) => {
    const one = await gatewayFor(t);
    const { rotate, file } = await copied(t, one);
    const refused = await rotate('--at-once');
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /A gateway is running on this store/);
    await one.stop();
    assert.equal((await rotate('--at-once')).code, 0);
    const { code, log } = await withFile(one, one.store.secretFile);
    assert.notEqual(code, 0);
    assert.match(log, /holds the secret from before the last rotation alone/);
    // As its operator brings it everywhere.
    await copyFile(file, one.store.secretFile);
    await one.start();
  });

  test('MI who slept through a rotation ends by itself',
    async (t) => {
      const one = await gatewayFor(t);
      const { rotate } = await copied(t, one);
      process.kill(one.pid, 'SIGSTOP');
      try {
        await one.store.sql('DELETE FROM leases');
        assert.equal((await rotate()).code, 0);
      } finally {
        process.kill(one.pid, 'SIGCONT');
      }
      await until(() => /the store has another secret/.test(one.log()),
        'it is noticed', RENEWED_MS + 8000);
      await until(() => one.open(`${one.url}/healthz`).then(() => false,
        () => true), 'it ends', 20_000);
      assert.deepEqual(await one.ended, { code: 0, signal: null });
    });
});
