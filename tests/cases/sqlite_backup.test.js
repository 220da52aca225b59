// SPDX-License-Identifier: Apache-2.0
// A whole copy of an SQLite file, while it is in use.

import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gatewayFor } from '../support/raw.js';

test('CLI backup copies the store into a new file', async (t) => {
  const gateway = await gatewayFor(t);
  const file = join(gateway.directory, 'copy.db');
  const { code, stderr } = await gateway.cli('backup', file);
  assert.equal(code, 0, stderr);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const again = await gateway.cli('backup', file);
  assert.equal(again.code, 1, 'an existing file is not written over');
});
