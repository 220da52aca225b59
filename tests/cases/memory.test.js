// SPDX-License-Identifier: Apache-2.0
// What a busy moment took is given back to the system.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { program, until } from '../support/gateway.js';
import { makePerson, signIn } from '../support/people.js';
import { gatewayFor } from '../support/raw.js';

const AT_ONCE = 6;
const ROUNDS = 3;
const MORE_MB = 12; // less than one password's 19

// They have an allocator of their own, that keeps what is free.
const skip = /\/(asan|tsan)\//.test(program) && 'not with sanitizers';

const memoryOf = (pid) => Number(/^RssAnon:\s+(\d+)/m
  .exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;

test('SOAK the memory of passwords is given back', { skip }, async (t) => {
  const gateway = await gatewayFor(t);
  const { email } = await makePerson(gateway,
    { email: 'ann@tool.example', role: 'admin' });
  const before = memoryOf(gateway.pid);
  for (let round = 0; round < ROUNDS; round += 1) {
    await Promise.all(Array.from({ length: AT_ONCE },
      () => signIn(gateway, email)));
  }
  let now;
  await until(() => {
    now = memoryOf(gateway.pid);
    return now < before + MORE_MB;
  }, 'memory as before', 10_000).catch(() =>
    assert.fail(`${before.toFixed(1)} MB became ${now.toFixed(1)}`));
});
