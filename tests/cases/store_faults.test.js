// SPDX-License-Identifier: Apache-2.0
// A store that must not be used as it is: the gateway says why, and touches
// neither the store nor the secret file.

import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rm, truncate, writeFile }
  from 'node:fs/promises';
import { test } from 'node:test';
import { tryGateway } from '../support/gateway.js';
import { gatewayFor } from '../support/raw.js';

for (const [what, spoil, words] of [
  ['absent', (file) => rm(file), /secret file .* is not there/],
  ['empty', (file) => truncate(file), /exactly 32 bytes/],
  ['too long', (file) => writeFile(file, 'x', { flag: 'a' }), /exactly 32/],
  ['another', (file) => writeFile(file, Buffer.alloc(32, 1)), /not the one/],
  ['readable by others', (file) => chmod(file, 0o644), /chmod 600/],
  ['a directory', async (file) => {
    await rm(file);
    await mkdir(file, { mode: 0o700 });
  }, /secret file/]]) {
  test(`A28 a secret file that is ${what} is told, and not replaced`,
    async (t) => {
      const gateway = await gatewayFor(t);
      await gateway.stop();
      const file = gateway.store.secretFile;
      await spoil(file);
      const before = await readFile(file).catch(() => null);
      const { code, log } = await tryGateway({ gateway });
      assert.equal(code, 1);
      assert.match(log, words);
      assert.ok(log.split('\n').length < 6, log);
      assert.deepEqual(await readFile(file).catch(() => null), before);
    });
}

test('D66 a store of a later version is told, and not touched', async (t) => {
  const gateway = await gatewayFor(t);
  await gateway.stop();
  const { store } = gateway;
  await store.sql(
    'INSERT INTO schema_versions VALUES (\'9999_later.sql\', 0)');
  const before = await store.inserts();
  const { code, log } = await tryGateway({ gateway });
  assert.equal(code, 1, log);
  assert.match(log, /^ltigate: .*newer ltigate/m);
  assert.ok(log.split('\n').length < 6, log);
  assert.deepEqual(await store.inserts(), before);
});
