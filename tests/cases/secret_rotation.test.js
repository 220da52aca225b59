// SPDX-License-Identifier: Apache-2.0
// Another secret while gateways run: what was signed and sealed before holds,
// what comes after is the new one's, and the old one ends.

import assert from 'node:assert/strict';
import { copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { enrol } from '../support/enrolled.js';
import { sleep, tryGateway, until } from '../support/gateway.js';
import { another, leases, startInstances } from '../support/instances.js';
import { startLms } from '../support/lms.js';
import { sampleOf, tellMetrics } from '../support/metrics.js';
import { makePerson } from '../support/people.js';
import { faultOf, gatewayFor } from '../support/raw.js';
import { courseOf, itemPath, scoreOf } from '../support/services.js';

const HOUR = 3600;
const SIZE = 32;
const NOTICED_MS = 30_000; // ten seconds, on a busy machine
const preApproval = { registration: { mode: 'pre-approval', autoActivate: true,
  preApprovalUrl: 'https://tool.example/approve' } };

const lms = await startLms();
after(() => lms.close());

async function secretsIn(file) {
  const bytes = await readFile(file);
  assert.equal(bytes.length % SIZE, 0);
  return Array.from({ length: bytes.length / SIZE }, (_, i) =>
    bytes.subarray(i * SIZE, (i + 1) * SIZE));
}

const put = (file, secrets) =>
  writeFile(file, Buffer.concat(secrets), { mode: 0o600 });

const phaseOf = async (gateway) => JSON.parse(await gateway.store.sql(
  'SELECT document FROM settings WHERE name = \'secret other\'') || '{}').phase;

async function rotates(gateway, ...words) {
  const { code, stdout, stderr } =
    await gateway.cli('secret', 'rotate', ...words);
  assert.equal(code, 0, stderr);
  return { stdout, stderr };
}

async function fails(gateway, words, ...options) {
  const { code, stderr } = await gateway.cli('secret', 'rotate', ...options);
  assert.equal(code, 1, stderr);
  assert.match(stderr, words);
  return stderr;
}

// Only the new one is left, as it will be when the old one's time is over.
async function keepOnlyTheNew(file, before) {
  const [kept, ...more] = (await secretsIn(file))
    .filter((one) => !one.equals(before));
  assert.deepEqual(more, []);
  await put(file, [kept]);
}

// --- under launches --------------------------------------------------------

// People who launch and tools that ask, until stopped: what went wrong.
function launching(at, people) {
  const wrong = [];
  let on = true;
  let launches = 0;
  const all = Array.from({ length: people }, async () => {
    while (on) {
      try {
        const { ltik, response } = await at.launch();
        if (response.status !== 303) wrong.push(response.text);
        const seen = await at.ask(ltik);
        if (seen.status !== 200) wrong.push(seen.text);
        launches += 1;
      } catch (problem) {
        wrong.push(problem);
      }
    }
  });
  return async () => {
    on = false;
    await Promise.all(all);
    assert.deepEqual(wrong, []);
    assert.ok(launches > 20, `${launches} launches`);
  };
}

// All that a secret holds together, begun before a rotation.
async function courseWithLine(gateway) {
  await gateway.settings({ registration: { autoActivate: true } });
  const course = await courseOf(lms, gateway, 'blackboard');
  const { id: item } = await course.addItem();
  const { body } = await course.call('GET', '/api/memberships',
    { query: { all: 'true' } });
  const { userId } = body.members.find(({ roles }) =>
    roles.some((role) => /Learner$/.test(role)));
  const post = (query) => course.call('POST', itemPath(item, '/scores'),
    { query, auth: 'service',
      body: scoreOf(userId, { scoreGiven: 1, scoreMaximum: 10 }) });
  return { course, post };
}

async function signedBefore(gateway) {
  const at = await enrol(gateway);
  const { course, post } = await courseWithLine(gateway);
  await gateway.settings(preApproval);
  const waiting = await lms.wait(gateway, 'moodle-4.5');
  const person = await makePerson(gateway,
    { email: 'ann@tool.example', role: 'owner' });
  return { at, course, post, waiting, person, login: await at.login(),
    ltik: (await at.launch()).ltik };
}

async function stillHolds(gateway, { at, waiting, person, login, ltik }) {
  const { response } = await at.launch({ login });
  assert.equal(response.status, 303, response.text);
  assert.equal((await at.ask(ltik)).status, 200);
  const changed = await person.call('PATCH',
    `/admin/users/${person.user.id}`, { name: 'Ann' });
  assert.equal(changed.status, 200, changed.text);
  const raw = await gateway.api('GET', `${waiting.path}?raw=true`);
  assert.equal(raw.body.registrationToken, waiting.exchange.token.text);
}

// Nothing of it needs the old secret any more.
async function opensWithout(gateway, { at, waiting, ltik }) {
  const old = await at.ask(ltik);
  assert.equal(old.status, 401, 'signed by the old one');
  const raw = await gateway.api('GET', `${waiting.path}?raw=true`);
  assert.equal(raw.body.registrationToken, waiting.exchange.token.text);
  const done = await gateway.api('POST', `${waiting.path}/complete`, {});
  assert.equal(done.status, 200, done.text);
}

const scoreStates = (gateway) =>
  gateway.store.sql('SELECT DISTINCT state FROM scores');

test('MI the secret rotates under launches at two instances', async (t) => {
  const all = await startInstances(2);
  t.after(() => all.close());
  const file = all.store.secretFile;
  const [before] = await secretsIn(file);
  const begun = await signedBefore(all);
  lms.changeServices(begun.course.exchange,
    { serviceAnswer: 'status-503', on: 'scores' });
  const [first] = all.instances;
  await begun.post({ queue: 'true' });
  const stop = launching(begun.at, 3);
  const { stderr } = await rotates(first);
  assert.match(stderr, /waiting for 2 of the gateways to know/);
  await stillHolds(all, begun);
  await stop();
  const { ltik } = await begun.at.launch();
  const secrets = await secretsIn(file);
  assert.equal(secrets.length, 2);
  assert.ok(secrets.some((one) => one.equals(before)));
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.equal(await phaseOf(all), 'before');
  await fails(first, /opens what it signed until 20\d\d-/);

  await keepOnlyTheNew(file, before);
  for (const one of all.instances) await one.restart();
  await opensWithout(all, begun);
  assert.equal((await begun.at.ask(ltik)).status, 200);
  lms.changeServices(begun.course.exchange, null);
  await until(async () => await scoreStates(all) === 'delivered',
    'the score that waited', 120_000);
  // A tool key signs for its token.
  const score = await begun.post({});
  assert.ok(score.status < 300, score.text);
});

// --- the end of the old one ------------------------------------------------

test('A28 the old secret opens nothing when its time is over', async (t) => {
  const gateway = await gatewayFor(t);
  const file = gateway.store.secretFile;
  const [before] = await secretsIn(file);
  const person = await makePerson(gateway,
    { email: 'ann@tool.example', role: 'owner' });
  const rename = () => person.call('PATCH',
    `/admin/users/${person.user.id}`, { name: 'Ann' });
  const { stdout } = await rotates(gateway, '--json');
  const { status, resealed, unopened, oldOpensUntil } = JSON.parse(stdout);
  assert.deepEqual([status, unopened], ['rotated', 0]);
  assert.ok(resealed > 0);
  const hours = (Date.parse(oldOpensUntil) - Date.now()) / 1000 / HOUR;
  assert.ok(hours > 24.5 && hours < 25.1, oldOpensUntil);
  // A session ends when nobody used it for twelve hours.
  for (const hour of [11, 22, 24.9]) {
    await gateway.setClock(hour * HOUR);
    assert.equal((await rename()).status, 200, `${hour} hours`);
  }
  assert.equal((await secretsIn(file)).length, 2);
  await gateway.setClock(25.1 * HOUR);
  const refused = await rename();
  assert.equal(faultOf(refused), 'CSRF_REFUSED');
  const session = await gateway.api('GET', '/portal/session', undefined,
    { key: null, headers: { cookie: person.cookie } });
  assert.equal(session.body.signedIn, true, 'the session itself goes on');
  assert.notEqual(session.body.csrfToken, person.token);
  await until(async () => (await secretsIn(file)).length === 1,
    'the file is trimmed', NOTICED_MS);
  const [now] = await secretsIn(file);
  assert.equal(now.equals(before), false);
  assert.equal(await phaseOf(gateway), 'gone');
  await gateway.restart();
  await rotates(gateway);
});

// --- another machine -------------------------------------------------------

const holders = async (one) => (await leases(one))
  .filter(({ name }) => name.startsWith('instance '))
  .map(({ holder }) => holder);

// A copy of the file stands for another machine.
async function elsewhere(t, one) {
  const file = join(one.directory, 'copy.secret');
  await copyFile(one.store.secretFile, file);
  const known = new Set((await holders(one)));
  const two = await another(t, one, { LTIGATE_SECRET_FILE: file });
  const holder = (await holders(one)).find((name) => !known.has(name));
  return { two, file, holder, bring: () => copyFile(one.store.secretFile, file) };
}

test('MI an instance with a file of its own is waited for, and named',
  async (t) => {
    const one = await gatewayFor(t);
    const [before] = await secretsIn(one.store.secretFile);
    const { two, file, holder, bring } = await elsewhere(t, one);
    const at = await enrol(one);
    const { ltik } = await at.launch();
    const told = await fails(one, new RegExp(`not known to \\S+ \\(${holder}\\)\\.`
      + ' Copy .+ to their machines'), '--wait', '25');
    assert.match(told, /waiting for 1 of the gateways to know/);
    assert.equal(await phaseOf(one), 'next');
    const [sealing, next] = await secretsIn(one.store.secretFile);
    assert.ok(sealing.equals(before));
    assert.equal((await at.ask(ltik)).status, 200);
    const { code, stdout } = await one.cli('check');
    assert.notEqual(code, undefined);
    assert.match(stdout, /NO {3}no rotation of the secret is half done/);

    // One that starts in the middle, and those that cannot.
    const three = await another(t, one);
    await three.stop();
    const alone = join(one.directory, 'alone.secret');
    const startsWith = async (secrets) => {
      await put(alone, secrets);
      return tryGateway({ gateway: one,
        environment: { LTIGATE_SECRET_FILE: alone } });
    };
    assert.match((await startsWith([next])).log,
      /holds the next secret alone.*copy the whole file/);

    await bring();
    await rotates(one);
    assert.ok((await secretsIn(one.store.secretFile))[1].equals(next),
      'it went on with the same');
    assert.match((await startsWith([before])).log,
      /holds the secret from before the last rotation alone: copy the file/);
    assert.match((await startsWith([Buffer.alloc(SIZE, 7)])).log,
      /not the one that this store/);
    await put(file, [next]);
    await two.restart();
    const seen = await two.api('GET', '/admin/keys');
    assert.equal(seen.status, 200, seen.text);
  });

test('A28 a second secret that the store does not know is left alone',
  async (t) => {
    const gateway = await gatewayFor(t);
    const file = gateway.store.secretFile;
    const [own] = await secretsIn(file);
    const pair = [own, Buffer.alloc(SIZE, 7)];
    await put(file, pair);
    await gateway.restart();
    await sleep(1000);
    assert.deepEqual(await secretsIn(file), pair);
    await fails(gateway, /second secret that this store does not know/);
    await fails(gateway, /A gateway .*is running/, '--at-once');
    assert.deepEqual(await secretsIn(file), pair);
    await put(file, [own]);
    await rotates(gateway);
  });

// --- killed in between -----------------------------------------------------

const points = ['rotate-announced', 'rotate-made', 'rotate-known',
  'rotate-stored', 'rotate-resealed'];

async function diesAndGoesOn(t, point, { running }) {
  const gateway = await gatewayFor(t, { settings: preApproval });
  const file = gateway.store.secretFile;
  const [before] = await secretsIn(file);
  const waiting = await lms.wait(gateway, 'moodle-4.5');
  await gateway.restart({ LTIGATE_TEST_KILL: point });
  const at = await enrol(gateway);
  const { ltik } = await at.launch();
  if (!running) await gateway.stop();
  const killed = await gateway.cli('secret', 'rotate');
  assert.notEqual(killed.code, 0);
  if (!running) await gateway.start();
  assert.equal((await at.ask(ltik)).status, 200);
  assert.equal((await at.launch()).response.status, 303);
  await gateway.restart({ LTIGATE_TEST_KILL: undefined });
  assert.equal((await at.ask(ltik)).status, 200);
  await rotates(gateway);
  assert.equal((await at.ask(ltik)).status, 200);
  const raw = await gateway.api('GET', `${waiting.path}?raw=true`);
  assert.equal(raw.body.registrationToken, waiting.exchange.token.text);
  await keepOnlyTheNew(file, before);
  await gateway.restart();
  const done = await gateway.api('POST', `${waiting.path}/complete`, {});
  assert.equal(done.status, 200, done.text);
}

describe('killed', { concurrency: 5 }, () => {
  for (const point of points) {
    for (const running of [true, false]) {
      test(`A28 a rotation killed at ${point}, the gateway `
        + `${running ? 'running' : 'stopped'}`,
      (t) => diesAndGoesOn(t, point, { running }));
    }
  }
});

// --- what is told, and kept ------------------------------------------------

test('A28 a rotation is an event, and the secret has an age', async (t) => {
  const gateway = await gatewayFor(t,
    { environment: { LTIGATE_METRICS: 'key' } });
  const since = async () => sampleOf(await tellMetrics(gateway),
    'ltigate_secret_since_timestamp_seconds');
  await rotates(gateway);
  await until(async () => Date.now() / 1000 - await since() < 60, 'its age');
  const { body } = await gateway.api('GET', '/admin/events?kind=secret');
  const [event, ...more] = body.events;
  assert.deepEqual(more, []);
  assert.deepEqual([event.message, event.details.by, event.level],
    ['secret rotated', 'command line', 'info']);
  assert.equal(event.details.way, 'running');
  assert.match(event.details.oldOpensUntil, /^20\d\d-/);
  const file = gateway.store.secretFile;
  const text = await gateway.store.bytes();
  for (const secret of await secretsIn(file)) {
    assert.equal(text.includes(secret), false);
    assert.equal(text.includes(secret.toString('base64url')), false);
  }
});

test('A28 backups from before and after a rotation are restored with the file',
  async (t) => {
    const gateway = await gatewayFor(t);
    const at = await enrol(gateway);
    const backup = async (name) => {
      const path = join(gateway.directory, name);
      const { code, stderr } = await gateway.cli('backup', path);
      assert.equal(code, 0, stderr);
      return path;
    };
    const early = await backup('early.db');
    await rotates(gateway);
    const late = await backup('late.db');
    const file = gateway.store.secretFile;
    for (const path of [early, late]) {
      const store = `sqlite:${path}.restored`;
      const { code, stderr } = await gateway.cli('--store', store,
        '--secret-file', file, 'restore', path);
      assert.equal(code, 0, stderr);
      const keys = await gateway.cli('--store', store, '--secret-file', file,
        'platform', 'show', at.platform.id);
      assert.equal(keys.code, 0, keys.stderr);
    }
    assert.equal((await secretsIn(file)).length, 2);
  });
