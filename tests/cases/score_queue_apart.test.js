// SPDX-License-Identifier: Apache-2.0
// One score, one LMS, one platform that fails holds up no other; restarts lose
// nothing.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '../support/gateway.js';
import { LONGEST_REST, startScript, joined, labOf, placeOf, checkOrder }
  from '../support/score_lab.js';

describe('scores that do not hold up others', { concurrency: 4 }, () => {
  for (const wish of [500, 403, 404, 503, 'closes']) {
    test(`AG7 a score that always fails holds up nobody else's: ${wish}`,
      async (t) => {
        const lab = await labOf(t);
        const lms = await startScript(t,
          { decide: ({ user }) => user === 'bad' ? wish : undefined });
        const end = await joined(lab.gateway, lms);
        const bad = await end.queue('bad', { scoreGiven: 1 });
        const good = [];
        for (let round = 0; round < 14; round += 1) {
          for (let i = 0; i < 3; i += 1) {
            good.push((await end.queue(`good-${round}-${i}`)).id);
          }
          await lab.pass(60);
        }
        await lab.pass(LONGEST_REST + 1);
        for (const id of good) await lab.ends(id, 'delivered');
        // And is itself tried ever less.
        const { state, tries: { length: tries } } = await lab.score(bad.id);
        assert.ok(tries >= 4 && tries <= 11, `${tries} tries`);
        assert.equal(state, wish === 404 ? 'refused' : 'waiting');
        // libcurl asks once more where a used connection was closed.
        const { length: requests } = lms.of('bad');
        assert.ok(requests <= 2 * tries, `${requests} for ${tries}`);
      });
  }

  test('AG7 a score at which the LMS hangs holds up nobody else\'s',
    async (t) => {
      const lab = await labOf(t);
      const lms = await startScript(t,
        { decide: ({ user }) => user === 'bad' ? 'hangs' : undefined });
      const end = await joined(lab.gateway, lms);
      const bad = await end.queue('bad');
      const first = await end.queue('good-1');
      await lab.ends(first.id, 'delivered');
      await lab.tried(bad.id, 1);
      const second = await end.queue('good-2');
      await lab.move(6);
      await lab.ends(second.id, 'delivered');
      lms.release();
      await lab.drain();
      await lab.ends(bad.id, 'delivered');
    });

  test('A46 an LMS that hangs does not delay another\'s', async (t) => {
    const place = await placeOf(t, 'blackboard', { students: 20 });
    const lms = await startScript(t);
    const end = await joined(place.gateway, lms);
    const deliver = async () => {
      const begun = Date.now();
      const ids = [];
      for (let i = 0; i < 40; i += 1) {
        ids.push((await end.queue(`p${i}`)).id);
      }
      for (const id of ids) await place.ends(id, 'delivered');
      return Date.now() - begun;
    };
    const alone = await deliver();
    place.change({ serviceAnswer: { answer: 'never-answers', on: 'scores' } });
    for (const who of place.people) await place.queue({}, who);
    const beside = await deliver();
    assert.ok(place.counts().scores <= 6);
    assert.ok(beside < 4 * alone + 6000, `${alone} ms alone, ${beside} ms`);
    // The gateway is stopped while some are on their way.
    await place.gateway.stop();
    assert.equal(await place.ask('SELECT count(*) FROM scores WHERE '
      + 'state = \'waiting\''), '20');
    assert.equal(await place.ask('SELECT count(*) FROM scores WHERE '
      + 'leased_until > 0 AND state = \'waiting\''), '0');
    place.change(null);
    await place.gateway.start();
    await place.drain();
    assert.equal(place.results().length, 20);
  });

  // --- what else may happen meanwhile ----------------------------------------

  test('QUEUE a platform that is not active rests, and then goes on',
    async (t) => {
      const lab = await labOf(t);
      const lms = await startScript(t, { decide: (one, all) =>
        all.length <= 1 ? 503 : undefined });
      const end = await joined(lab.gateway, lms);
      const { id } = await end.queue('a', { scoreGiven: 1 });
      await lab.tried(id, 1);
      const path = `/admin/platforms/${end.platform.id}`;
      const turn = async (word) => {
        const answer = await lab.gateway.api('POST', `${path}/${word}`, {});
        assert.equal(answer.status, 200, answer.text);
      };
      await turn('deactivate');
      for (let i = 0; i < 8; i += 1) await lab.pass(LONGEST_REST + 1);
      assert.equal(lms.scores.length, 1);
      const score = await lab.score(id);
      assert.equal(score.state, 'waiting');
      assert.ok(score.tries.length >= 3 && score.tries.length <= 10);
      assert.equal(score.tries.at(-1).externalStatus, undefined);
      await turn('activate');
      await lab.drain();
      await lab.ends(id, 'delivered');
    });

  test('QUEUE with its platform a score is gone', async (t) => {
    const lab = await labOf(t);
    const lms = await startScript(t, { decide: () => 503 });
    const end = await joined(lab.gateway, lms);
    const { id } = await end.queue('a', { scoreGiven: 1 });
    await lab.tried(id, 1);
    const gone = await lab.gateway.api('DELETE',
      `/admin/platforms/${end.platform.id}`);
    assert.ok(gone.status < 300, gone.text);
    assert.equal((await lab.gateway.api('GET', `/api/scores/${id}`)).status,
      404);
    const { length } = lms.scores;
    lms.decide = () => undefined;
    for (let i = 0; i < 3; i += 1) await lab.pass(LONGEST_REST + 1);
    assert.equal(lms.scores.length, length);
    assert.equal(await lab.waiting(), 0);
  });

  test('QUEUE a platform is removed while its score is on its way',
    async (t) => {
      const lab = await labOf(t);
      const lms = await startScript(t, { slow: 1500 });
      const end = await joined(lab.gateway, lms);
      const { id } = await end.queue('a', { scoreGiven: 1 });
      await until(() => lms.scores.length === 1, 'the score on its way');
      assert.ok((await lab.gateway.api('DELETE',
        `/admin/platforms/${end.platform.id}`)).status < 300);
      await lab.ring();
      assert.equal((await lab.gateway.api('GET', `/api/scores/${id}`)).status,
        404);
      assert.equal((await lab.gateway.api('GET', '/healthz')).status, 200);
    });

  test('A28 two hundred wait over a restart and a new secret, and all arrive',
    async (t) => {
      const place = await placeOf(t, 'blackboard', { students: 50 });
      place.change({ down: true });
      for (let i = 1; i <= 4; i += 1) {
        await Promise.all(place.people.slice(0, 50).map((who) =>
          place.queue({ scoreGiven: i }, who)));
      }
      assert.equal(await place.waiting(), 200);
      await place.gateway.restart();
      assert.equal(await place.waiting(), 200);
      await place.gateway.stop();
      const { code, stderr } = await place.gateway.cli('secret', 'rotate');
      assert.equal(code, 0, stderr);
      place.change(null);
      await place.gateway.start();
      await place.drain();
      assert.equal(await place.ask('SELECT count(*) FROM scores WHERE '
        + 'state = \'delivered\' AND user_id NOT LIKE \'bell-%\''), '200');
      const taken = place.arrived().filter(({ status }) => status === 201);
      // At least once: a clock that is moved may end a lease too early.
      assert.equal(new Set(taken.map(({ user, body }) =>
        `${user} ${body.scoreGiven}`)).size, 200);
      checkOrder(taken);
      for (const { resultScore } of place.results()) {
        assert.equal(resultScore, 4);
      }
      const events = Number(await place.ask('SELECT count(*) FROM events '
        + 'WHERE kind = \'score\' AND message = \'score delivered\''));
      assert.ok(events >= 200, `${events}`);
    });

  test('AG7 an LMS that is slow gets each once, in a run of restarts',
    async (t) => {
      const lab = await labOf(t);
      const lms = await startScript(t, { slow: 60 });
      const end = await joined(lab.gateway, lms);
      const ids = [];
      for (let i = 1; i <= 4; i += 1) {
        for (let j = 0; j < 10; j += 1) {
          ids.push((await end.queue(`p${j}`, { scoreGiven: i })).id);
        }
        await lab.move(5);
        await lab.gateway.restart();
      }
      await lab.drain();
      for (const id of ids) await lab.ends(id, 'delivered');
      assert.equal(lms.scores.length, 40);
      checkOrder(lms.scores);
      const own = (await lab.events()).filter(({ details }) =>
        ids.includes(details.id));
      assert.equal(own.length, 40);
    });
});
