// SPDX-License-Identifier: Apache-2.0
// The store that the gateways of a run begin with. To migrate an empty one and
// to make its key pairs takes a second of the processor, and hundreds of
// gateways are started.
//
// It is what was restored of a backup that was taken while people launched, of
// a school that then left with everything: whatever passes, passes on that.
//
//   process.env.LTIGATE_TEST_TEMPLATE = await makeTemplate();

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enrol } from './enrolled.js';
import { makeDirectory, startGateway, until } from './gateway.js';
import { makeStore } from './store.js';

const PAIRS = 5; // one signs, four are spare
const BEFORE = 20; // launches that are answered before the backup begins
const AT_ONCE = 3;

const fine = ({ code, stdout, stderr }) => {
  assert.equal(code, 0, stderr);
  return stdout;
};

// People of a school launch until work() is done; gives the school's id.
async function during(gateway, work) {
  const { body: school } = await gateway.api('POST', '/admin/organizations',
    { name: 'A school of before' });
  const lms = await enrol(gateway, { organizationId: school.id,
    issuer: 'https://lms-of-before.example', clientId: 'before' });
  let launched = 0;
  let over = false;
  const people = Array.from({ length: AT_ONCE }, async () => {
    while (!over) launched += (await lms.launch()).ltik ? 1 : 0;
  });
  try {
    await until(() => launched >= BEFORE, `${BEFORE} launches`);
    await work();
  } finally {
    over = true;
    await Promise.all(people);
  }
  return school.id;
}

// A store like the gateway's, of which it is the backup.
async function restore(gateway, backup) {
  const directory = await makeDirectory();
  const store = await makeStore(directory, { fresh: true });
  await copyFile(gateway.store.secretFile, store.secretFile);
  const told = fine(await gateway.cli('--store', store.url, '--secret-file',
    store.secretFile, 'restore', backup));
  const launches = Number(/^ +(\d+) {2}launches$/m.exec(told)?.[1]);
  assert.ok(launches >= BEFORE, told);
  await store.check();
  return { ...store, directory };
}

// It is removed when this process ends.
export async function makeTemplate() {
  const place = await mkdtemp(join(tmpdir(), 'ltigate-template-'));
  process.on('exit', () => rmSync(place, { recursive: true, force: true }));
  const first = await startGateway({ fresh: true, settings: null });
  await until(async () => {
    const { body } = await first.api('GET', '/admin/keys');
    return body.keys.length === PAIRS;
  }, 'all key pairs');
  await first.settings({});
  const backup = join(first.directory, 'backup.db');
  const school = await during(first, async () =>
    fine(await first.cli('backup', backup)));
  await first.stop();

  const store = await restore(first, backup);
  // Settings, and what was counted for everybody together, stay otherwise.
  await store.sql("DELETE FROM settings WHERE name = 'tool'");
  for (const counts of ['usage_counts', 'usage_people', 'usage_faults']) {
    await store.sql(`DELETE FROM ${counts}`);
  }
  const second = await startGateway({ store, settings: null });
  const { status, text } = await second.api('DELETE',
    `/admin/organizations/${school}?everything=true`);
  assert.equal(status, 204, text);
  await second.stop();
  await store.keep(place);
  await second.close();
  await rm(store.directory, { recursive: true });
  await first.close();
  return place;
}
