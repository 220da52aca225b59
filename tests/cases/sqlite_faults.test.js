// SPDX-License-Identifier: Apache-2.0
// An SQLite file that is full, locked, read-only, foreign or broken: a person
// and a program are told, nothing is half done, and when it is mended the same
// process works on.

import assert from 'node:assert/strict';
import { mkdir, readFile, rm, stat, truncate, unlink, writeFile }
  from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { tryGateway, until } from '../support/gateway.js';
import { enter, registrationsOf, startLms } from '../support/lms.js';
import { referenceIn, titleOf, whatOf, wordsOf } from '../support/pages.js';
import { asJson, faultOf, gatewayFor } from '../support/raw.js';
import { holdLock, limitFiles, smallDisk } from '../support/sqlite.js';

const preApproval = { registration: { mode: 'pre-approval',
  preApprovalUrl: 'https://tool.example/approve' } };
// A writer waits five seconds for a lock, once for what housekeeping writes
// and once for the request.
const LOCK_MS = 14_000;

const lms = await startLms();
after(() => lms.close());

const platforms = async (gateway) =>
  (await gateway.api('GET', '/admin/platforms')).body.platforms;
const rows = async (gateway) =>
  (await gateway.api('GET', '/api/registrations')).body.registrations;

async function worksOn(gateway) {
  const { page, exchange } = await lms.add(gateway, 'moodle-4.5');
  assert.equal(page.status, 200, wordsOf(page));
  assert.ok((await platforms(gateway)).some(({ url }) =>
    url === exchange.issuer));
}

// --- a full disk -----------------------------------------------------------

// Two ways to be full: a file system without room, where one can be made, and
// a limit on the size of files.
const sizeOf = (file) => stat(file).then(({ size }) => size, () => 0);
const ways = {
  'a limit on files': async (t) => {
    const gateway = await gatewayFor(t);
    const log = `${gateway.store.file}-wal`;
    return { gateway,
      // The write-ahead log may not grow by a page.
      fill: async () => limitFiles(gateway.pid, await sizeOf(log)),
      empty: () => limitFiles(gateway.pid, null) };
  },
};
const probe = await smallDisk(512);
await probe?.close();
if (probe) {
  ways['a small disk'] = async (t) => {
    const disk = await smallDisk(6000);
    t.after(() => disk.close());
    const gateway = await gatewayFor(t, { environment: {
      LTIGATE_STORE: `sqlite:${join(disk.place, 'ltigate.db')}` } });
    const filler = join(disk.place, 'filler');
    return { gateway,
      async fill() {
        for (let size = 1 << 20; size >= 1; size >>= 1) {
          for (;;) {
            try {
              await writeFile(filler, Buffer.alloc(size), { flag: 'a' });
            } catch {
              break;
            }
          }
        }
      },
      empty: () => unlink(filler) };
  };
}

for (const [what, make] of Object.entries(ways)) {
  test(`D66 ${what}: full before the LMS is asked, nothing is sent`,
    async (t) => {
      const { gateway, fill, empty } = await make(t);
      await worksOn(gateway);
      const before = (await platforms(gateway)).length;
      await fill();
      const { page, exchange } = await lms.add(gateway, 'moodle-4.5');
      assert.equal(page.status, 507, wordsOf(page));
      assert.ok(titleOf(page) && referenceIn(page));
      assert.match(whatOf(page), /no room/);
      assert.equal(registrationsOf(exchange).length, 0);
      const change = await gateway.api('POST', '/admin/organizations',
        { name: 'Too much' });
      assert.equal(change.status, 507, change.text);
      assert.equal(change.body.details.message, 'STORE_FULL');
      // Reading goes on.
      assert.equal((await platforms(gateway)).length, before);
      assert.equal((await gateway.open(`${gateway.url}/healthz`)).status, 200);
      await empty();
      // The same token, because nothing was sent with it.
      const again = await enter(gateway, exchange);
      assert.equal(again.status, 200, again.text);
      await worksOn(gateway);
      const { body } = await gateway.api('GET', '/admin/organizations');
      assert.deepEqual(body.organizations, []);
    });

  test(`D66 ${what}: full after the LMS took it, its client id is told`,
    async (t) => {
      const { gateway, fill, empty } = await make(t);
      await worksOn(gateway);
      const exchange = await lms.begin(gateway, 'moodle-4.5',
        { switches: { answerDelay: 3000 } });
      const open = enter(gateway, exchange);
      await until(() => exchange.state === 'registered', 'an LMS that took it');
      await fill();
      const page = await open;
      assert.equal(page.status, 507, wordsOf(page));
      const clientId = exchange.registration.client_id;
      assert.ok(whatOf(page).includes(clientId), whatOf(page));
      assert.ok(gateway.log().includes(clientId));
      assert.ok(gateway.log().includes(exchange.issuer));
      await empty();
      // The row that was written before is the trace of it.
      const left = (await rows(gateway)).filter(({ url }) =>
        url === exchange.issuer);
      assert.deepEqual(left.map(({ state }) => state), ['sent']);
      assert.ok(!(await platforms(gateway)).some(({ url }) =>
        url === exchange.issuer));
      await worksOn(gateway);
      await gateway.restart();
      await worksOn(gateway);
    });

  test(`D66 ${what}: full while many register, none is half done`,
    async (t) => {
      const { gateway, fill, empty } = await make(t);
      const exchanges = await Promise.all(Array.from({ length: 12 }, (_, i) =>
        lms.begin(gateway, 'moodle-4.5',
          { switches: { answerDelay: i % 2 ? 0 : 1000 } })));
      const open = exchanges.map((exchange) => enter(gateway, exchange));
      await Promise.race(open);
      await fill();
      const pages = await Promise.all(open);
      await empty();
      const kept = new Set((await platforms(gateway)).map(({ url }) => url));
      const traces = new Set((await rows(gateway)).map(({ url }) => url));
      exchanges.forEach(({ issuer, state }, i) => {
        assert.ok([200, 507].includes(pages[i].status), wordsOf(pages[i]));
        assert.equal(pages[i].status === 200, kept.has(issuer));
        if (state === 'registered') {
          assert.ok(kept.has(issuer) !== traces.has(issuer), issuer);
        }
      });
      await worksOn(gateway);
    });
}

// --- a locked store --------------------------------------------------------

for (const kind of ['IMMEDIATE', 'EXCLUSIVE']) {
  test(`D66 a store that is locked (${kind}): told, and then it works on`,
    async (t) => {
      const gateway = await gatewayFor(t);
      await worksOn(gateway);
      const lock = await holdLock(gateway.store.file, kind);
      const exchange = await lms.begin(gateway, 'moodle-4.5');
      const begun = Date.now();
      const page = await enter(gateway, exchange);
      assert.equal(page.status, 503, wordsOf(page));
      assert.ok(Date.now() - begun < LOCK_MS, `${Date.now() - begun} ms`);
      assert.equal(titleOf(page), 'The gateway is busy');
      assert.equal(page.headers['retry-after'] ?? '5', '5');
      assert.equal(registrationsOf(exchange).length, 0);
      const change = await gateway.api('POST', '/admin/organizations',
        { name: 'Waits' });
      assert.equal(change.status, 503);
      assert.equal(change.body.details.message, 'STORE_BUSY');
      assert.equal(change.headers['retry-after'], '5');
      assert.equal((await platforms(gateway)).length, 1);
      await lock.release();
      const again = await enter(gateway, exchange);
      assert.equal(again.status, 200, again.text);
    });
}

test('D66 a store locked after the LMS took it: the client id is told',
  async (t) => {
    const gateway = await gatewayFor(t);
    const exchange = await lms.begin(gateway, 'moodle-4.5',
      { switches: { answerDelay: 3000 } });
    const open = enter(gateway, exchange, asJson);
    await until(() => exchange.state === 'registered', 'an LMS that took it');
    const lock = await holdLock(gateway.store.file, 'IMMEDIATE');
    const page = await open;
    assert.equal(page.status, 503, wordsOf(page));
    assert.equal(faultOf(page), 'STORE_BUSY');
    assert.ok(page.json().details.description
      .includes(exchange.registration.client_id));
    await lock.release();
    const [row] = await rows(gateway);
    assert.deepEqual([row.url, row.state], [exchange.issuer, 'sent']);
    await worksOn(gateway);
  });

test('D66 a lock that is let go of in time is not noticed', async (t) => {
  const gateway = await gatewayFor(t, { settings: preApproval });
  const { path } = await lms.wait(gateway, 'moodle-4.5');
  const lock = await holdLock(gateway.store.file, 'IMMEDIATE');
  const open = gateway.api('POST', `${path}/complete`, {});
  setTimeout(() => lock.release(), 1000);
  assert.equal((await open).status, 200);
});

// --- a store that cannot be used -------------------------------------------

async function stopped(t) {
  const gateway = await gatewayFor(t);
  await gateway.stop();
  return gateway;
}

for (const [what, spoil] of [
  ['no database', (file) => writeFile(file, 'x'.repeat(8192))],
  ['cut short', async (file) => {
    const { size } = await stat(file);
    await truncate(file, Math.floor(size / 3));
  }],
  ['a directory', async (file) => {
    await rm(file);
    await mkdir(file);
  }],
  ['not to be written', async (file) => {
    // Permissions do not stop root; this version of the file format does.
    const bytes = await readFile(file);
    bytes[18] = 3;
    await writeFile(file, bytes);
  }]]) {
  test(`D66 a store that is ${what} is told, and not touched`, async (t) => {
    const gateway = await stopped(t);
    const { file } = gateway.store;
    await rm(`${file}-wal`, { force: true });
    await spoil(file);
    const before = await readFile(file).catch(() => null);
    const { code, log } = await tryGateway({ gateway });
    assert.equal(code, 1, log);
    assert.match(log, /^ltigate: /m);
    assert.match(log, /store|database/);
    assert.ok(log.split('\n').length < 6, log);
    assert.deepEqual(await readFile(file).catch(() => null), before);
  });
}

test('D66 a store in a directory that is not there is told', async () => {
  const { code, log } = await tryGateway({ environment: {
    LTIGATE_STORE: 'sqlite:/no/such/ltigate.db' } });
  assert.equal(code, 1);
  assert.match(log, /no\/such/);
});
