// SPDX-License-Identifier: Apache-2.0
// kill -9 between any two steps of a score's way: what was answered 202
// arrives, each person's in order, none after a newer one.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sleep, startGateway, until } from '../support/gateway.js';
import { startLms } from '../support/lms.js';
import { courseOf, itemPath, scoreOf } from '../support/services.js';

const SECOND = 1000;
const LEASE = 90;

// Where it dies: is the score known to the caller, did it reach the LMS.
const points = {
  'score-queued': { arrived: 0, leased: false },
  'score-leased': { arrived: 0, leased: true },
  'score-sent': { arrived: 1, leased: true },
  'score-finished': { arrived: 1, leased: false, over: true },
};

// Blackboard takes no second score with the same time, Moodle none of the
// same second, Canvas both.
const profiles = ['blackboard', 'moodle-4.5', 'canvas-cloud'];

async function placeOf(t, profile, students) {
  const gateway = await startGateway(
    { settings: { registration: { autoActivate: true } } });
  t.after(() => gateway.close());
  const place = { gateway, shift: 0 };
  const lms = await startLms({
    clock: () => Date.now() + place.shift * SECOND });
  t.after(() => lms.close());
  const course = await courseOf(lms, gateway, profile);
  const { exchange } = course;
  lms.setRoster(exchange, students + 1);
  const { id: item } = await course.addItem();
  const { body } = await course.call('GET', '/api/memberships',
    { query: { all: 'true' } });
  const people = body.members.filter(({ roles }) =>
    roles.some((role) => /Learner$/.test(role))).map(({ userId }) => userId);
  assert.equal(people.length, students);
  return Object.assign(place, { lms, course, item, people,
    change: (changes) => lms.changeServices(exchange, changes),
    arrived: () => lms.services(exchange).scores,
    results: () => lms.services(exchange).results,
    ask: (text) => gateway.store.sql(text),
    post: (who, scoreGiven) => course.call('POST',
      itemPath(item, '/scores'), { query: { queue: 'true' },
        body: scoreOf(who, { scoreGiven, scoreMaximum: 1000 }) }),
    async move(seconds) {
      place.shift += seconds;
      await gateway.setClock(place.shift);
    },
    rows: () => gateway.store.rows('SELECT id, state, tried, leased_until '
      + 'AS leased, next_try_at AS next FROM scores ORDER BY id'),
    // Until nothing waits. The clock goes on only when nothing is on its way,
    // or who held it is dead, and never past a lease that is taken meanwhile.
    drain: () => until(async () => {
      const now = Math.floor(Date.now() / SECOND) + place.shift;
      const waiting = (await place.rows())
        .filter(({ state }) => state === 'waiting');
      if (waiting.length === 0) return true;
      if (waiting.every(({ leased }) => leased === 0)
        && waiting.some(({ next }) => next > now)) {
        await place.move(LEASE / 2);
      }
      await sleep(100);
      return false;
    }, 'an empty line') });
}

const numbersOf = (place, who) => place.arrived().filter(({ user }) =>
  user === who).map(({ body }) => body.scoreGiven);

// sent: what of one person was stored, in order. Each came, none after a
// newer one, and the LMS ends with the last.
function checkOne(place, who, sent) {
  const came = numbersOf(place, who);
  came.forEach((number, i) => {
    assert.ok(i === 0 || number >= came[i - 1],
      `${who}: ${number} after ${came[i - 1]}`);
  });
  const taken = new Set(place.arrived().filter(({ user, status }) =>
    user === who && status < 300).map(({ body }) => body.scoreGiven));
  for (const number of sent) {
    assert.ok(taken.has(number), `${who}: ${number} of ${[...sent]} is lost`);
  }
  const result = place.results().find(({ userId }) => userId === who);
  assert.equal(result?.resultScore, sent.at(-1) / 100);
}

// The item's maximum is 10, the scores' 1000.
const died = { code: null, signal: 'SIGKILL' };

describe('kill -9 on a score\'s way', { concurrency: 3 }, () => {
  for (const profile of profiles) {
    for (const [point, expected] of Object.entries(points)) {
      test(`AG7 kill -9 at ${point}, ${profile}`, async (t) => {
        const place = await placeOf(t, profile, 2);
        const { gateway, people: [a, b] } = place;
        await gateway.restart({ LTIGATE_TEST_KILL: point });
        const first = await place.post(a, 1).catch(() => null);
        // It may die before or after it has answered.
        if (first) assert.equal(first.status, 202, first.text);
        if (point === 'score-queued') assert.equal(first, null);
        assert.deepEqual(await gateway.ended, died);
        const [row, ...more] = await place.rows();
        assert.deepEqual(more, []);
        assert.equal(row.state, expected.over ? 'delivered' : 'waiting');
        assert.equal(row.leased > 0, expected.leased);
        assert.equal(place.arrived().length, expected.arrived);

        await gateway.start({ LTIGATE_TEST_KILL: undefined });
        // Nobody waits for the dead one's lease but its own person's.
        const others = await place.post(b, 7);
        const next = await place.post(a, 2);
        assert.deepEqual([others.status, next.status], [202, 202]);
        await until(() => numbersOf(place, b).length > 0, 'the other\'s');
        if (expected.leased) {
          assert.equal(numbersOf(place, a).length, expected.arrived);
          await place.move(LEASE + 1);
        }
        await place.drain();
        checkOne(place, a, [1, 2]);
        checkOne(place, b, [7]);
        for (const { state, id } of await place.rows()) {
          assert.equal(state, 'delivered');
          const { status, body } =
            await gateway.api('GET', `/api/scores/${id}`);
          assert.deepEqual([status, body.state], [200, 'delivered']);
        }
        // What came twice was known by its time.
        const twice = numbersOf(place, a).filter((number) => number === 1);
        assert.ok(twice.length <= 3, `${twice.length} times`);
        if (point === 'score-sent' && profile !== 'canvas-cloud') {
          assert.ok(place.arrived().some(({ user, status, body }) =>
            user === a && status === 409 && body.scoreGiven === 1));
        }
        await place.gateway.store.check();
        // Told once, however often it was tried.
        const { body: { events } } = await gateway.api('GET',
          '/admin/events?kind=score&limit=100');
        assert.equal(events.length, 3);
      });
    }
  }

  test('AG7 a lease of the dead ends after ninety seconds, not before',
    async (t) => {
      const place = await placeOf(t, 'blackboard', 1);
      const { gateway, people: [a] } = place;
      await gateway.restart({ LTIGATE_TEST_KILL: 'score-leased' });
      await place.post(a, 1).catch(() => null);
      await gateway.ended;
      const [{ leased }] = await place.rows();
      await gateway.start({ LTIGATE_TEST_KILL: undefined });
      // The clerk looks round each second.
      await sleep(2500);
      assert.equal(place.arrived().length, 0);
      const now = Math.floor(Date.now() / SECOND);
      // Longer than an instance's clock may be ahead, and a try.
      const left = leased - now;
      assert.ok(left <= LEASE && left > 60 + 15, `${left}`);
      await place.move(LEASE);
      await until(() => place.arrived().length === 1, 'the score');
      await place.drain();
      const [{ tried, state }] = await place.rows();
      assert.deepEqual([tried, state], [2, 'delivered']);
    });

  test('AG7 ten kills in a stream of scores, at an LMS that fails now and '
    + 'then', async (t) => {
    const place = await placeOf(t, 'blackboard', 6);
    const { gateway, people } = place;
    let seed = 20261121;
    const chance = (most) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return Math.floor(seed / 2147483648 * most);
    };
    const sure = new Map(people.map((who) => [who, []]));
    const unsure = new Map(people.map((who) => [who, []]));
    let number = 0;
    const wishes = [null, { serviceAnswer: { status: 503, on: 'scores',
      times: 3 } }, { serviceAnswer: { status: 500, on: 'scores', times: 2 } },
    { serviceAnswer: { answer: 'closes', on: 'scores', times: 2 } },
    { down: true }, { serviceDelay: 50 }];

    for (let round = 0; round < 10; round += 1) {
      place.change(null);
      place.change(wishes[chance(wishes.length)] ?? {});
      const stream = (async () => {
        for (;;) {
          number += 1;
          const mine = number;
          const who = people[chance(people.length)];
          const answer = await place.post(who, mine).catch(() => null);
          if (!answer) {
            unsure.get(who).push(mine);
            return;
          }
          assert.equal(answer.status, 202, answer.text);
          sure.get(who).push(mine);
          await sleep(20);
        }
      })();
      await sleep(100 + chance(300));
      await until(() => [...sure.values()].flat().length >= 2 * (round + 1),
        'two that were answered');
      await gateway.kill();
      await stream;
      // Sometimes the lease is over when the next one starts.
      if (chance(2)) await place.move(LEASE + 1);
      await gateway.start();
    }
    place.change(null);
    place.change({ serviceDelay: 0 });
    await place.move(LEASE + 1);
    await place.drain();
    await place.gateway.store.check();
    const stored = Number(await place.ask('SELECT count(*) FROM scores'));
    const all = [...sure.values()].flat().length;
    const maybe = [...unsure.values()].flat().length;
    assert.ok(stored >= all && stored <= all + maybe,
      `${stored} of ${all} and ${maybe}`);
    assert.ok(all >= 20, `${all} were answered`);
    for (const who of people) {
      const came = new Set(numbersOf(place, who));
      const sent = [...sure.get(who),
        ...unsure.get(who).filter((one) => came.has(one))]
        .sort((x, y) => x - y);
      if (sent.length) checkOne(place, who, sent);
    }
    for (const { state } of await place.rows()) {
      assert.equal(state, 'delivered');
    }
  });
});
