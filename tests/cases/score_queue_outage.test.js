// SPDX-License-Identifier: Apache-2.0
// An LMS in trouble is asked ever less, and nothing is lost; what it says of
// one score ends that score.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { scoreOf } from '../support/services.js';
import { HOUR, DAY, LONGEST_REST, SECOND, time, startScript, joined, queued,
  labOf, placeOf, checkOrder } from '../support/score_lab.js';

describe('an LMS in trouble, and scores in a line', { concurrency: 4 }, () => {
  test('A46 an LMS that is down for an hour is asked ever less, and then '
    + 'gets all, in order', async (t) => {
    const place = await placeOf(t, 'blackboard', { students: 10 });
    place.change({ down: true });
    const ids = [];
    for (let i = 0; i < 3; i += 1) {
      for (const who of place.people.slice(0, 10)) {
        ids.push((await place.queue({ scoreGiven: i }, who)).id);
      }
    }
    await place.ring();
    const gaps = [];
    let before = place.counts();
    const asked = ({ scores = 0, token = 0 }) => scores + token;
    let since = 0;
    for (let passed = 0; passed < HOUR; passed += 50) {
      await place.pass(50);
      since += 50;
      const now = place.counts();
      if (asked(now) > asked(before)) {
        gaps.push(since);
        since = 0;
        before = now;
      }
    }
    // Six at once at first, then one at a time: 5, 10, 20 ... 900 s apart.
    assert.ok(asked(before) >= 8 && asked(before) <= 25,
      JSON.stringify(before));
    assert.ok(gaps.length >= 5 && gaps.length <= 14, `${gaps}`);
    assert.ok(gaps.at(-1) >= 600 && gaps.at(-1) <= 960, `${gaps}`);
    assert.equal(await place.waiting(), 30);
    place.change(null);
    await place.drain();
    for (const id of ids) await place.ends(id, 'delivered');
    checkOrder(place.arrived().filter(({ status }) => status));
    assert.equal(place.results().length, 10);
    for (const { resultScore } of place.results()) {
      assert.equal(resultScore, 2);
    }
  });

  const storms = {
    '503': { serviceAnswer: { status: 503, on: 'scores' } },
    '500': { serviceAnswer: { status: 500, on: 'scores' } },
    '429, to come back in a second':
      { serviceAnswer: { status: 429, on: 'scores', retryAfter: 1 } },
    '403': { serviceAnswer: { status: 403, on: 'scores' } },
    '302': { serviceAnswer: { answer: 'redirect-302', on: 'scores' } },
    'no token: 500': { tokenAnswer: 'html-500' },
    'a token that cannot be read': { tokenAnswer: 'not-json' },
    'a huge token': { tokenAnswer: 'huge-token' },
    'an answer without end':
      { serviceAnswer: { answer: 'endless-chunked', on: 'scores' } },
  };
  for (const [name, wish] of Object.entries(storms)) {
    test(`A46 AG7 no storm: ${name}`, async (t) => {
      const place = await placeOf(t, 'blackboard', { students: 24 });
      place.change(wish);
      // A token that is there already would hide what is wrong with tokens.
      place.lms.revokeTokens(place.course.exchange);
      const before = place.counts();
      const ids = [];
      for (const who of place.people) {
        ids.push((await place.queue({}, who)).id);
      }
      const asked = () => {
        const { token = 0, scores = 0 } = place.counts();
        return Math.max(token - (before.token ?? 0), scores);
      };
      await place.ring();
      for (let passed = 0; passed < 300; passed += 30) await place.pass(30);
      const { length: told } = (await place.score(ids[0])).tries;
      assert.ok(told >= 1, 'was tried');
      assert.ok(asked() <= 24, `${asked()} requests in five minutes`);
      place.change(null);
      // A rest that an LMS asked for is on a clock that no test can move.
      await place.drain();
      for (const id of ids) await place.ends(id, 'delivered');
    });
  }

  test('A46 a host that asked for an hour is left alone', async (t) => {
    const place = await placeOf(t, 'blackboard', { students: 8 });
    place.change({ serviceAnswer: { status: 429, on: 'scores',
      retryAfter: HOUR } });
    const ids = [];
    for (const who of place.people) ids.push((await place.queue({}, who)).id);
    await place.tried(ids[0], 1);
    await place.quiet();
    const { scores } = place.counts();
    assert.ok(scores <= 6, `${scores}`);
    const wait = Date.parse((await place.score(ids[0])).nextTryAt) / SECOND
      - place.now();
    assert.ok(wait > LONGEST_REST - 30 && wait <= LONGEST_REST, `${wait}`);
    for (let i = 0; i < 10; i += 1) await place.pass(80);
    assert.equal(place.counts().scores, scores);
  });

  test('AG7 what the LMS refuses is over, and the next goes', async (t) => {
    const place = await placeOf(t, 'blackboard');
    place.change({ serviceAnswer: { status: 422, on: 'scores', times: 1 } });
    const first = await place.queue({ scoreGiven: 1 });
    const second = await place.queue({ scoreGiven: 2 });
    const { tries } = await place.ends(first.id, 'refused');
    assert.deepEqual([tries.length, tries[0].externalStatus, tries[0].message],
      [1, 422, 'SERVICE_REFUSED_BY_PLATFORM']);
    await place.pass(3);
    await place.ends(second.id, 'delivered');
    const events = await place.events();
    const told = events.find(({ details }) => details.id === first.id);
    assert.deepEqual([told.message, told.level, told.details.lmsStatus],
      ['score refused', 'warn', '422']);
    assert.deepEqual(place.arrived().map(({ status }) => status), [422, 201]);
  });

  test('AG7 a 404 is believed when it was said five times', async (t) => {
    const place = await placeOf(t, 'blackboard');
    // An outage before it does not count.
    place.change({ serviceAnswer: [
      { status: 503, on: 'scores', times: 6 },
      { status: 404, on: 'scores', times: 5 }] });
    const { id } = await place.queue();
    const next = await place.queue({ scoreGiven: 9 });
    await place.drain();
    const { tries } = await place.ends(id, 'refused');
    assert.deepEqual(tries.map(({ externalStatus }) => externalStatus)
      .filter((status) => status === 404).length, 5);
    await place.ends(next.id, 'delivered');
    assert.equal(place.results()[0].resultScore, 9);
  });

  test('AG7 a 404 that passes does no harm', async (t) => {
    const place = await placeOf(t, 'blackboard');
    place.change({ serviceAnswer: { status: 404, on: 'scores', times: 4 } });
    const { id } = await place.queue();
    await place.drain();
    await place.ends(id, 'delivered');
  });

  test('AG7 409: another time once, then the LMS is right', async (t) => {
    const place = await placeOf(t, 'blackboard', { students: 3 });
    const [a, b, c] = place.people;
    const conflict = (times) => place.change({ serviceAnswer:
      { status: 409, on: 'scores', times } });
    conflict(1);
    const one = await place.queue({ scoreGiven: 1 }, a);
    await place.tried(one.id, 1);
    await place.drain();
    await place.ends(one.id, 'delivered');
    const [first, second] = place.arrived();
    assert.deepEqual([first.status, second.status], [409, 201]);
    assert.ok(time(second.body) > time(first.body));
    assert.equal(time(second.body) % (SECOND * SECOND), 0);

    conflict(2);
    const two = await place.queue({ scoreGiven: 2 }, b);
    await place.drain();
    const { tries } = await place.ends(two.id, 'superseded');
    assert.deepEqual(tries.map(({ message }) => message),
      ['SCORE_OUTDATED', 'SCORE_OUTDATED']);

    conflict(1);
    const three = await place.queue({ scoreGiven: 3,
      timestamp: '2026-11-21T10:03:12.123456Z' }, c);
    await place.drain();
    assert.equal((await place.ends(three.id, 'superseded')).tries.length, 1);
    place.change(null);
    const messages = (await place.events()).map(({ message }) => message);
    assert.equal(messages.filter((text) => text === 'score superseded').length,
      2);
  });

  test('AG7 the tool\'s own time twice: delivered once', async (t) => {
    const lab = await labOf(t);
    const lms = await startScript(t, { decide: (one, all) =>
      all.length === 1 ? 'closes' : undefined });
    const end = await joined(lab.gateway, lms);
    const { id } = await end.queue('a',
      { timestamp: '2026-11-21T10:03:12.123456Z' });
    await lab.drain();
    await lab.ends(id, 'delivered');
    assert.deepEqual(lms.scores.map(({ status }) => status), ['closes', 409]);
    assert.equal(lms.scores[0].body.timestamp, lms.scores[1].body.timestamp);
  });

  test('A46 after a day it is over', async (t) => {
    const place = await placeOf(t, 'blackboard');
    place.change({ down: true });
    const { id } = await place.queue({ comment: 'too late' });
    const next = await place.queue({ scoreGiven: 9 });
    await place.tried(id, 1);
    await place.pass(DAY - 600);
    assert.equal((await place.score(id)).state, 'waiting');
    await place.pass(700);
    await place.ends(id, 'expired');
    const events = await place.events();
    const told = events.find(({ details }) => details.id === id);
    assert.deepEqual([told.message, told.level], ['score expired', 'warn']);
    assert.equal(await place.ask(
      `SELECT body_sealed FROM scores WHERE id = '${id}'`), '');
    await place.ends(next.id, 'expired');
    // One that is younger goes on.
    place.change(null);
    const young = await queued(place.course, place.item,
      scoreOf(place.user, { scoreGiven: 3 }), { auth: 'service' });
    await place.drain();
    await place.ends(young.id, 'delivered');
    assert.deepEqual(place.results()[0].resultScore, 3);
  });

  // --- order ----------------------------------------------------------------
});
