// SPDX-License-Identifier: Apache-2.0
// The line of scores: what is answered 202 is kept, sent until the LMS takes
// it or a day has passed, and told of.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { apiKey } from '../support/gateway.js';
import { AGS } from '../support/lms.js';
import { scoreOf } from '../support/services.js';
import { DAY, time, startScript, joined, post, queued, labOf, placeOf }
  from '../support/score_lab.js';

describe('scores in a line', { concurrency: 4 }, () => {
  test('AG3 a queued score is answered 202, sent, and told of',
    async (t) => {
      const place = await placeOf(t, 'blackboard');
      const { gateway, course, item, user } = place;
      const begun = Date.now();
      const answer = await post(course, item, scoreOf(user,
        { comment: 'a comment of nobody else' }));
      assert.equal(answer.status, 202);
      const { id, createdAt, nextTryAt, ...rest } = answer.body;
      assert.deepEqual(rest, { state: 'waiting',
        platformId: course.idToken.platform.id, lineItemId: item,
        userId: user, finishedAt: '', tries: [] });
      assert.ok(Math.abs(Date.parse(createdAt) - begun) < 5000);
      assert.ok(Date.parse(nextTryAt) <= Date.parse(createdAt) + 2000);

      const score = await place.ends(id, 'delivered');
      const { tries: [{ at, ...nothing }, ...more], finishedAt } = score;
      assert.deepEqual([nothing, more], [{}, []]);
      assert.match(at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.ok(Date.parse(finishedAt) >= Date.parse(createdAt));
      assert.equal(score.nextTryAt, '');
      const [{ body: { timestamp, ...body }, status }] = place.arrived();
      assert.deepEqual([body, status], [scoreOf(user,
        { comment: 'a comment of nobody else' }), 201]);
      assert.ok(Math.abs(Date.parse(timestamp) - begun) < 5000, timestamp);
      assert.deepEqual(place.arrived().length, 1);

      const [event, ...others] = await place.events();
      assert.deepEqual(others, []);
      assert.deepEqual([event.message, event.level, event.platformId],
        ['score delivered', 'info', course.idToken.platform.id]);
      assert.equal(event.details.id, id);
      const { code, stdout } = await gateway.cli('score', 'show', id, '--json');
      assert.equal(code, 0);
      assert.deepEqual(JSON.parse(stdout), score);
      const plain = await gateway.cli('score', 'show', id);
      assert.equal(plain.code, 0);
      assert.ok(plain.stdout.includes('delivered'), plain.stdout);
      assert.notEqual((await gateway.cli('score', 'show', 'nobody')).code, 0);
      assert.equal((await gateway.api('GET', '/api/scores/nobody')).body
        .details.message, 'SCORE_NOT_FOUND');
      assert.equal((await gateway.api('GET', `/api/scores/${id}`, undefined,
        { key: null })).status, 401);
      assert.equal(await place.ask('SELECT body_sealed FROM scores'), '');
    });

  test('AG3 what the tool says goes as it is: nought, its time, its members',
    async (t) => {
      const place = await placeOf(t, 'blackboard', { students: 5 });
      const rows = [
        { scoreGiven: 0, scoreMaximum: 1 },
        { timestamp: '2026-11-21T10:03:12.123456Z' },
        { 'https://example.com/x': { deep: [1, null, 'é'] }, more: null },
        { scoreGiven: undefined, scoreMaximum: undefined,
          gradingProgress: 'Pending' },
        { comment: '<b>\u2603</b>\n\u{1f600}' },
      ];
      const ids = [];
      for (const [i, changes] of rows.entries()) {
        ids.push((await place.queue(changes, place.people[i])).id);
      }
      for (const [i, id] of ids.entries()) {
        await place.ends(id, 'delivered');
        const { body: { timestamp, ...body } } = place.arrived()
          .find(({ user }) => user === place.people[i]);
        const { timestamp: own, ...wanted } =
          JSON.parse(JSON.stringify(scoreOf(place.people[i], rows[i])));
        assert.deepEqual(body, wanted);
        if (own) assert.equal(timestamp, own);
      }
    });

  test('AG3 what waits is sealed, and what is over is gone', async (t) => {
    const place = await placeOf(t, 'blackboard');
    place.change({ down: true });
    const { id } = await place.queue({ comment: 'a very private remark' });
    await place.tried(id, 1);
    assert.ok(!(await place.gateway.store.bytes())
      .includes('a very private remark'));
    assert.ok((await place.ask('SELECT body_sealed FROM scores')).length > 99);
    place.change(null);
    await place.drain();
    assert.equal(await place.ask('SELECT count(*) FROM scores '
      + 'WHERE body_sealed <> \'\''), '0');
    assert.ok(!place.gateway.log().includes('a very private remark'));
    // And forgotten when its launch would be.
    await place.pass(40 * DAY);
    assert.equal((await place.gateway.api('GET', `/api/scores/${id}`)).status,
      404);
  });

  test('QUEUE only queue=true queues', async (t) => {
    const place = await placeOf(t, 'blackboard', { students: 6 });
    const rows = { true: 202, 1: 202, yes: 202, false: 204, 0: 204, '': 204 };
    for (const [i, [queue, status]] of Object.entries(rows).entries()) {
      const answer = await post(place.course, place.item,
        scoreOf(place.people[i]), { query: { queue } });
      assert.equal(answer.status, status, `${queue}: ${answer.text}`);
    }
  });

  test('A47 what is wrong is told at once, and nothing is kept', async (t) => {
    const place = await placeOf(t, 'blackboard');
    const { course, item, user } = place;
    const refused = async (body, status, message, end = item, how = {}) => {
      const answer = await post(course, end, body, how);
      assert.deepEqual([answer.status, answer.body.details?.message],
        [status, message], answer.text);
    };
    for (const changes of [{ userId: undefined }, { userId: '' },
      { scoreGiven: -1 }, { scoreGiven: '8' }, { scoreMaximum: 0 },
      { scoreMaximum: undefined }, { activityProgress: 'Done' },
      { gradingProgress: undefined }, { timestamp: 'yesterday' },
      { timestamp: '2026-11-21T10:03:12' }, { comment: 5 }]) {
      const answer = await post(course, item, scoreOf(user, changes));
      assert.equal(answer.status, 400, JSON.stringify(changes) + answer.text);
    }
    for (const body of ['[]', '"x"', 'null', '{', '']) {
      assert.equal((await post(course, item, body)).status, 400, body);
    }
    const good = scoreOf(user);
    for (const end of ['https://evil.example/1', `${item}/../../x`,
      item.replace('localhost', 'localhost.evil.example'), 'x', '',
      'http://127.0.0.1:1/items/1']) {
      const { status } = await post(course, end, good);
      assert.ok(status === 403 || status === 400 || status === 404,
        `${end}: ${status}`);
    }
    await refused(good, 403, 'URL_NOT_OF_THIS_LAUNCH',
      'https://evil.example/1');
    assert.equal((await post(course, item, good, { auth: 'Bearer x' })).status,
      401);
    assert.equal((await post(course, item, good, { auth: `Bearer ${apiKey}` }))
      .status, 401);
    assert.equal(await place.ask('SELECT count(*) FROM scores'), '0');
    await place.gateway.settings({ services: { assignmentAndGrades: false,
      namesAndRoles: true } });
    await refused(good, 403, 'INACTIVE_SERVICE');
    assert.equal(await place.ask('SELECT count(*) FROM scores'), '0');
    assert.deepEqual(place.arrived(), []);
  });

  test('A47 without the scope nothing is queued', async (t) => {
    const lab = await labOf(t);
    const lms = await startScript(t);
    const end = await joined(lab.gateway, lms, [`${AGS}lineitem`]);
    const answer = await post(end, `${lms.url}/items/1`, scoreOf('a'));
    assert.deepEqual([answer.status, answer.body.details.message],
      [403, 'SCOPE_NOT_GRANTED']);
    assert.equal(await lab.ask('SELECT count(*) FROM scores'), '0');
  });

  test('QUEUE a service key queues too', async (t) => {
    const place = await placeOf(t, 'blackboard');
    const { id } = await queued(place.course, place.item,
      scoreOf(place.user), { auth: 'service' });
    await place.ends(id, 'delivered');
    // As one that was revoked meanwhile had queued.
    place.change({ down: true });
    const { id: later } = await queued(place.course, place.item,
      scoreOf(place.user, { scoreGiven: 9 }), { auth: 'service' });
    await place.tried(later, 1);
    const platform = place.course.idToken.platform.id;
    const { status } = await place.gateway.api('DELETE',
      `/admin/platforms/${platform}/service-keys`);
    assert.ok(status < 300, status);
    assert.equal((await post(place.course, place.item, scoreOf(place.user),
      { auth: 'service' })).status, 401);
    place.change(null);
    await place.drain();
    await place.ends(later, 'delivered');
    assert.equal(place.results()[0].resultScore, 9);
  });

  // --- trouble --------------------------------------------------------------
});
