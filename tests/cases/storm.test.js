// SPDX-License-Identifier: Apache-2.0
// A storm: four instances behind nginx on one PostgreSQL database, of which one
// after the other is killed with -9 while LMSs register, people come in, grades
// and rosters are asked for, scores wait in the line, and the portal is read.
//
// No launch is let in twice, nothing that was acknowledged is lost, and what
// failed was in flight at an instance when that was killed.
//
// It lasts 15 seconds; LTIGATE_STORM_S says otherwise. By hand, five minutes:
//
//   LTIGATE_STORM_S=300 node --test tests/cases/storm.test.js

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startCluster } from '../support/cluster.js';
import { apiKey, sleep, until } from '../support/gateway.js';
import { startInstances } from '../support/instances.js';
import { cookieIn } from '../support/launches.js';
import { enter, startLms } from '../support/lms.js';
import { makePerson } from '../support/people.js';
import { courseOf, itemPath, scoreOf } from '../support/services.js';
import { lines, startKiller, startRecord, unexplained }
  from '../support/storm.js';

const STORM_MS = Number(process.env.LTIGATE_STORM_S ?? 15) * 1000;
const KILLS_MS = [2000, 5000];
const STUDENTS = 20;
const TURN_MS = 1300; // scores of one person are a second apart
const MAXIMUM = 1_000_000; // tells them from those that are sent at once
const LAPSED_S = 91;

const clock = { shift: 0 };
const lms = await startLms({ keepRequests: 1_000_000,
  clock: () => Date.now() + clock.shift * 1000 });
const cluster = await startCluster();
after(async () => {
  await lms.close();
  await cluster.close();
});

const pick = (list) => list[Math.floor(Math.random() * list.length)];
const chance = (part) => Math.random() < part;

// Runs work again and again while the storm lasts, so many at once.
function loop(count, until, restMs, work) {
  return Array.from({ length: count }, async () => {
    while (performance.now() < until) {
      await work();
      await sleep(restMs);
    }
  });
}

// --- launches --------------------------------------------------------------

// Each token: how often it was let in, whether an answer got lost.
function launching(all, record, exchanges) {
  const tokens = [];
  async function post(token, again = false) {
    const page = await record.ask(again ? 'launch again' : 'launch',
      again ? [303, 400, 409] : [303, 409], () => all.open(token.action, { form: token.fields,
        headers: { cookie: token.cookie } }));
    token.sent += 1;
    if (page?.status === 303) token.ltiks.push(
      new URL(page.location).searchParams.get('ltik'));
    if (page && page.status !== 303) token.refused += 1;
    if (!page) token.lost += 1;
  }
  async function prepare() {
    const attempt = await lms.launch(pick(exchanges),
      { storageTarget: 'absent', user: pick(['teacher', 'student']) });
    const { method, url, form } = attempt.login;
    const login = await record.ask('login', [302], () =>
      all.open(url, { form: method === 'POST' ? form : undefined }));
    if (!login) return null;
    const { action, fields } = await attempt.answer(login.location);
    const token = { action, fields, cookie: cookieIn(login), sent: 0,
      ltiks: [], refused: 0, lost: 0 };
    tokens.push(token);
    return token;
  }
  const read = (ltik) => record.ask('ltik', [200], () =>
    all.api('GET', '/api/idtoken', undefined, { key: null,
      headers: { authorization: `LTIK-AUTH-V2 ${apiKey}:${ltik}` } }));
  async function once() {
    const token = await prepare();
    if (!token) return;
    await Promise.all(Array.from({ length: chance(0.3) ? 2 : 1 },
      () => post(token)));
    if (token.ltiks.length) await read(token.ltiks[0]);
    // What got no answer is sent again, as a person does who reloads; and
    // what was let in, as a thief does, even when it is too old.
    if (token.lost) await post(token, true);
    if (chance(0.1)) await post(pick(tokens), true);
  }
  return { tokens, once, read };
}

async function checkLaunches(all, tokens) {
  for (const { sent, ltiks, refused, lost } of tokens) {
    assert.ok(ltiks.length <= 1, 'let in twice');
    assert.equal(ltiks.length + refused + lost, sent);
    // Nobody is refused who was not let in before.
    if (!lost) assert.equal(ltiks.length, 1);
    if (sent === 1 && !lost) assert.equal(refused, 0);
  }
  const surely = tokens.filter(({ ltiks }) => ltiks.length).length;
  const perhaps = tokens.filter(({ lost }) => lost).length;
  const rows = Number(await all.store.sql('SELECT count(*) FROM launches'));
  assert.ok(rows >= surely && rows <= surely + perhaps,
    `${rows} launches are stored, ${surely} were let in, ${perhaps} lost`);
  return surely;
}

// --- registrations ---------------------------------------------------------

function registering(all, record, exchanges) {
  const tries = [];
  async function once() {
    const exchange = await lms.begin(all, 'moodle-4.5');
    const page = await record.ask('registration', [200],
      () => enter(all, exchange));
    tries.push({ exchange, done: page !== null });
    if (page && exchanges.length < 50) exchanges.push(exchange);
  }
  return { tries, once };
}

async function checkRegistrations(all, tries) {
  const issuers = async (text) => new Set((await all.store.rows(text))
    .map(({ issuer }) => issuer));
  const kept = await issuers('SELECT issuer FROM platforms');
  const sent = await issuers(
    'SELECT issuer FROM registrations WHERE state = \'sent\'');
  for (const { exchange: { issuer, state }, done } of tries) {
    if (done) assert.ok(kept.has(issuer), `${issuer} was told that it is done`);
    if (state === 'registered') {
      assert.ok(kept.has(issuer) || sent.has(issuer), `${issuer} is lost`);
    }
    assert.ok(!(kept.has(issuer) && sent.has(issuer)), issuer);
  }
  return { done: tries.filter(({ done }) => done).length, sent: sent.size };
}

// --- services --------------------------------------------------------------

const asService = (all, serviceKey) => (method, path, body) =>
  all.api(method, path, body, { key: null, headers: { authorization:
    `SERVICE-AUTH-V1 ${apiKey}:${serviceKey}` } });

function serving(all, record, { serviceKey, item }, who) {
  const call = asService(all, serviceKey);
  const asks = [
    () => record.ask('items', [200], () => call('GET', '/api/lineitems')),
    () => record.ask('roster', [200], () => call('GET', '/api/memberships')),
    () => record.ask('results', [200],
      () => call('GET', itemPath(item, '/scores'))),
    () => record.ask('score now', [204], () => call('POST',
      itemPath(item, '/scores'), scoreOf(who))),
  ];
  return { once: () => pick(asks)() };
}

// One after the other for each person, so that their order is known.
function queueing(all, record, { serviceKey, item, people }) {
  const call = asService(all, serviceKey);
  const sure = new Map(people.map((who) => [who, []]));
  const unsure = new Map(people.map((who) => [who, []]));
  const ids = new Map();
  let number = 0;
  async function once() {
    await Promise.all(people.map(async (who, i) => {
      await sleep(i * TURN_MS / people.length);
      number += 1;
      const mine = number;
      const answer = await record.ask('score queued', [202], () =>
        call('POST', `${itemPath(item, '/scores')}?queue=true`,
          scoreOf(who, { scoreGiven: mine, scoreMaximum: MAXIMUM })));
      if (answer) ids.set(mine, answer.body.id);
      (answer ? sure : unsure).get(who).push(mine);
    }));
  }
  return { sure, unsure, ids, once };
}

async function drain(all) {
  const move = async (seconds) => {
    clock.shift += seconds;
    await Promise.all(all.instances.map((one) => one.setClock(clock.shift)));
  };
  await move(LAPSED_S);
  // No further than to the next that is due: what is over is forgotten in a
  // day.
  await until(async () => {
    const waiting = await all.store.rows('SELECT leased_until AS leased, '
      + 'next_try_at AS next FROM scores WHERE state = \'waiting\'');
    const wait = Math.min(...waiting.map(({ next }) => next))
      - Date.now() / 1000 - clock.shift;
    if (waiting.length && wait > 0
      && waiting.every(({ leased }) => leased === 0)) {
      await move(Math.ceil(wait) + 1);
    }
    await sleep(300);
    return waiting.length === 0;
  }, 'an empty line', 180_000);
}

// Each is taken once; a second time only when its sender may have died after
// it was sent, for then it is tried once more, and never after a newer one.
async function checkScores(all, { exchange, people }, { sure, unsure, ids }) {
  const arrived = lms.services(exchange).scores.filter((one) =>
    people.includes(one.user) && one.body.scoreMaximum === MAXIMUM);
  const rows = new Map((await all.store.rows('SELECT id, state, tried FROM '
    + 'scores')).map((row) => [row.id, row]));
  let twice = 0;
  for (const who of people) {
    const own = arrived.filter(({ user }) => user === who);
    own.forEach(({ body }, i) => assert.ok(i === 0
      || body.scoreGiven >= own[i - 1].body.scoreGiven, `${who}, ${i}`));
    const taken = new Map();
    for (const { status, body: { scoreGiven } } of own) {
      if (status < 300) taken.set(scoreGiven, (taken.get(scoreGiven) ?? 0) + 1);
    }
    for (const one of sure.get(who)) {
      const { state, tried } = rows.get(ids.get(one)) ?? {};
      assert.equal(state, 'delivered');
      const times = taken.get(one) ?? 0;
      assert.ok(times === 1 || (times === 2 && tried > 1),
        `${who}: ${one} was taken ${times} times in ${tried} tries`);
      twice += times - 1;
    }
    const known = new Set([...sure.get(who), ...unsure.get(who)]);
    for (const one of taken.keys()) assert.ok(known.has(one), `${one}`);
  }
  for (const { state } of rows.values()) assert.equal(state, 'delivered');
  return { delivered: ids.size, twice };
}

// --- the portal ------------------------------------------------------------

function looking(all, record, { cookie, token }) {
  const made = [];
  let number = 0;
  const read = (path) => record.ask('portal', [200], () => all.api('GET', path,
    undefined, { key: null, headers: { cookie } }));
  async function once() {
    await read(pick(['/portal/session', '/admin/platforms?limit=20',
      '/admin/usage', '/admin/events?limit=20', '/admin/users']));
    if (!chance(0.2)) return;
    number += 1;
    const name = `School ${number}`;
    const answer = await record.ask('portal write', [201], () => all.api(
      'POST', '/admin/organizations', { name }, { key: null,
        headers: { cookie, 'x-csrf-token': token } }));
    if (answer) made.push(answer.body.id);
  }
  return { made, once };
}

async function checkSchools(all, made) {
  const kept = new Set((await all.store.rows('SELECT id FROM organizations'))
    .map(({ id }) => id));
  for (const id of made) assert.ok(kept.has(id), `school ${id} is lost`);
}

// --- the storm -------------------------------------------------------------

async function placeOf(all) {
  const course = await courseOf(lms, all, 'blackboard');
  const { exchange } = course;
  lms.setRoster(exchange, STUDENTS + 3);
  const { id: item } = await course.addItem();
  const { body } = await course.call('GET', '/api/memberships',
    { query: { all: 'true' } });
  const students = body.members.filter(({ roles }) =>
    roles.some((role) => /Learner$/.test(role))).map(({ userId }) => userId);
  // Whose score is sent at once has none in the line, nor two on their way.
  const [first, second, ...people] = students;
  return { exchange, item, people, now: [first, second],
    serviceKey: course.serviceKey };
}

test('D66 A37 one of four instances is killed, again and again', async (t) => {
  const all = await startInstances(4, { cluster,
    settings: { registration: { autoActivate: true } },
    environment: { LTIGATE_LOG_LEVEL: 'warn' } });
  t.after(() => all.close());
  const place = await placeOf(all);
  const person = await makePerson(all,
    { email: 'ann@tool.example', role: 'admin' });
  const { exchange } = await lms.add(all, 'moodle-4.5');
  const before = Number(await all.store.sql('SELECT count(*) FROM launches'));
  assert.equal(before, 1);
  await all.store.sql('DELETE FROM launches');

  const record = startRecord();
  const exchanges = [exchange];
  const launches = launching(all, record, exchanges);
  const registrations = registering(all, record, exchanges);
  const services = place.now.map((who) => serving(all, record, place, who));
  const queue = queueing(all, record, place);
  const portal = looking(all, record, person);
  const end = performance.now() + STORM_MS;
  const killer = startKiller(all.instances,
    { forMs: STORM_MS, restMs: KILLS_MS });
  await Promise.all([killer.over,
    ...loop(6, end, 10, launches.once),
    ...loop(2, end, 50, registrations.once),
    ...services.flatMap(({ once }) => loop(1, end, 20, once)),
    ...loop(1, end, 0, queue.once),
    ...loop(2, end, 30, portal.once)]);

  for (const line of lines(record, killer.kills)) t.diagnostic(line);
  assert.deepEqual(unexplained(record.failures(), killer.kills), []);
  assert.ok(killer.kills.length >= STORM_MS / KILLS_MS[1] - 2,
    `${killer.kills.length} kills`);
  const letIn = await checkLaunches(all, launches.tokens);
  const { done, sent } = await checkRegistrations(all, registrations.tries);
  await checkSchools(all, portal.made);
  await drain(all);
  const { delivered, twice } = await checkScores(all, place, queue);
  t.diagnostic(`let in ${letIn} of ${launches.tokens.length} tokens, `
    + `registered ${done}, left a trace ${sent}, `
    + `scores ${delivered}, taken twice ${twice}, `
    + `schools ${portal.made.length}`);
  assert.ok(letIn > 0 && done > 0 && delivered > 0);
  const troubles = all.instances.flatMap((one) => one.log().split('\n')
    .filter((line) => /STORE_|Z error /.test(line)));
  assert.deepEqual(troubles, []);
});
