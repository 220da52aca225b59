// SPDX-License-Identifier: Apache-2.0
// Scores of one person arrive in their order, each at least once and none after
// a newer one.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '../support/gateway.js';
import { scoreOf } from '../support/services.js';
import { SECOND, time, startScript, joined, post, queued, labOf, placeOf,
  checkOrder } from '../support/score_lab.js';

describe('scores of one person, in their order', { concurrency: 4 }, () => {
  for (const rule of ['strict', 'seconds']) {
    test(`AG7 an LMS that fails now and then gets each person's in order: ${
      rule}`, async (t) => {
      const lab = await labOf(t);
      let seed = 20261121;
      const chance = () => {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        return seed / 2147483648;
      };
      const wishes = [500, 503, 429, 'closes', 409, 502, 404];
      const lms = await startScript(t, { rule, decide: ({ body }) => {
        const wish = chance() < 0.12
          ? wishes[Math.floor(chance() * wishes.length)] : undefined;
        return wish === 409 && body.scoreGiven === 30 ? 500 : wish;
      } });
      const end = await joined(lab.gateway, lms);
      const people = ['a', 'b', 'c', 'd', 'e'];
      const ids = [];
      for (let i = 1; i <= 30; i += 1) {
        const all = await Promise.all(people.map((who) =>
          end.queue(who, { scoreGiven: i, scoreMaximum: 30 })));
        ids.push(...all.map(({ id }, k) => ({ id, who: people[k], i })));
      }
      await lab.drain();
      checkOrder(lms.scores, (status) => status === 200);
      for (const { id, who, i } of ids) {
        const { state } = await lab.score(id);
        const came = lms.of(who).filter(({ body }) => body.scoreGiven === i)
          .map(({ status }) => status);
        const late = came.filter((status) => status === 409).length;
        const name = `${who} ${i} ${state}: ${came}`;
        // Only what the LMS called late twice may be missing.
        if (state === 'superseded') assert.ok(late >= 2, name);
        else assert.equal(state, 'delivered', name);
        assert.ok(came.includes(200) || came.includes('closes')
          || state === 'superseded', name);
      }
      for (const who of people) {
        assert.equal(lms.results.get(`/items/1 ${who}`).scoreGiven, 30, who);
      }
    });
  }

  test('R23 Moodle: three of one person within a second', async (t) => {
    const place = await placeOf(t, 'moodle-4.5');
    const ids = [];
    for (const scoreGiven of [1, 2, 3]) {
      ids.push((await place.queue({ scoreGiven })).id);
    }
    for (const id of ids) await place.ends(id, 'delivered');
    assert.deepEqual(place.arrived().map(({ body, status }) =>
      [body.scoreGiven, status]), [[1, 200], [2, 200], [3, 200]]);
    checkOrder(place.arrived());
    // None told a time that was not yet.
    for (const { at, body } of place.arrived()) {
      assert.ok(time(body) / SECOND <= new Date(at).getTime() + 1,
        `${at} ${body.timestamp}`);
    }
    assert.equal(place.results()[0].resultScore, 3);
  });

  test('AG7 one sent at once and one queued within a second, and a failure '
    + 'between', async (t) => {
    const place = await placeOf(t, 'moodle-4.5');
    const direct = await post(place.course, place.item,
      scoreOf(place.user, { scoreGiven: 1 }), { query: {} });
    assert.equal(direct.status, 204);
    place.change({ serviceAnswer: { status: 500, on: 'scores', times: 1 } });
    const { id } = await place.queue({ scoreGiven: 2 });
    await place.drain();
    await place.ends(id, 'delivered');
    assert.equal(place.results()[0].resultScore, 2);
  });

  test('AG7 one sent at once that waits for the next second does not come '
    + 'after a newer one', async (t) => {
    const place = await placeOf(t, 'moodle-4.5');
    place.change({ serviceAnswer: { status: 409, on: 'scores', times: 1 } });
    const direct = post(place.course, place.item,
      scoreOf(place.user, { scoreGiven: 1 }), { query: {} });
    await until(() => place.arrived().length >= 1, 'the first');
    const { id } = await place.queue({ scoreGiven: 2 });
    await place.drain();
    await place.ends(id, 'delivered');
    const answer = await direct;
    assert.ok(answer.status === 204
      || answer.body.details.message === 'SCORE_OUTDATED', answer.text);
    checkOrder(place.arrived());
    assert.equal(place.results()[0].resultScore, 2);
  });

  // The first gets a new time that is later than the second's.
  test('AG7 a new time of the first does not swallow the second', async (t) => {
    const lab = await labOf(t);
    const wishes = [409, undefined, 500];
    const lms = await startScript(t, { rule: 'seconds', decide: (one, all) =>
      wishes[all.length - 1] });
    const end = await joined(lab.gateway, lms);
    const ids = [];
    for (const scoreGiven of [1, 2, 3]) {
      ids.push((await end.queue('a', { scoreGiven })).id);
    }
    await lab.drain();
    for (const id of ids) await lab.ends(id, 'delivered');
    assert.deepEqual(new Set(lms.scores.filter(({ status }) => status === 200)
      .map(({ body }) => body.scoreGiven)), new Set([1, 2, 3]));
    checkOrder(lms.scores, (status) => status === 200);
    assert.equal(lms.results.get('/items/1 a').scoreGiven, 3);
  });

  test('AG7 while one waits none overtakes it', async (t) => {
    const place = await placeOf(t, 'blackboard', { students: 2 });
    const [a, b] = place.people;
    const direct = (who, scoreGiven, end = place.item) =>
      post(place.course, end, scoreOf(who, { scoreGiven }), { query: {} });
    place.change({ serviceAnswer: { status: 503, on: 'scores', times: 1 } });
    const { id } = await place.queue({ scoreGiven: 1 }, a);
    await place.tried(id, 1);
    const refused = await direct(a, 2);
    assert.deepEqual([refused.status, refused.body.details.message],
      [409, 'SCORES_WAITING']);
    // Another person's, and another line item, are another matter.
    assert.equal((await direct(b, 3)).status, 204);
    const { id: other } = await place.course.addItem({ label: 'Other' });
    assert.equal((await direct(a, 4, other)).status, 204);
    const { id: later } = await place.queue({ scoreGiven: 5 }, a);
    await place.drain();
    await place.ends(id, 'delivered');
    await place.ends(later, 'delivered');
    assert.equal((await direct(a, 6)).status, 204);
    checkOrder(place.arrived().filter(({ lineItem, user }) =>
      lineItem === place.item && user === a));
  });
});
