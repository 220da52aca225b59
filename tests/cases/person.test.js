// SPDX-License-Identifier: Apache-2.0
// What is kept of one person of an LMS: told whole, and forgotten whole.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enrol } from '../support/enrolled.js';
import { gatewayFor } from '../support/raw.js';
import { joined, startScript } from '../support/score_lab.js';

const personOf = (platform, user) =>
  `/admin/platforms/${platform.id}/person?userId=${encodeURIComponent(user)}`;

test('PERSON launches are told as signed, and forgotten, and stay spent',
  async (t) => {
    const gateway = await gatewayFor(t);
    const lms = await enrol(gateway);
    const who = 'p/7?&=+ %25';
    const asWho = { claims: { sub: who } };
    const logins = [];
    for (let i = 0; i < 3; i += 1) logins.push(await lms.launch(asWho));
    const other = await lms.launch({ claims: { sub: 'another' } });
    // More than a page of others.
    for (let i = 0; i < 520; i += 1) await lms.launch();
    logins.push(await lms.launch(asWho));

    const { status, body, text } =
      await gateway.api('GET', personOf(lms.platform, who));
    assert.equal(status, 200, text);
    assert.equal(body.userId, who);
    assert.equal(body.launches.length, 4);
    for (const claims of body.launches) {
      assert.equal(claims.sub, who);
      assert.equal(claims.iss, lms.platform.url);
    }
    assert.deepEqual(body.scores, []);

    const forgotten = await gateway.api('DELETE', personOf(lms.platform, who));
    assert.deepEqual(forgotten.body, { launches: 4, scores: 0 });
    for (const { ltik } of logins) {
      assert.equal((await lms.ask(ltik, '/api/idtoken')).status, 401);
    }
    assert.equal((await lms.ask(other.ltik, '/api/idtoken')).status, 200);
    const after = await gateway.api('GET', personOf(lms.platform, who));
    assert.deepEqual(after.body.launches, []);
    assert.equal((await gateway.store.bytes()).includes(who), false);
    // The token of a launch that was forgotten opens none.
    const again = await lms.login();
    const claims = lms.claims(again, { sub: who });
    const token = await lms.sign(claims);
    assert.equal((await lms.post(again, token)).status, 303);
    await gateway.api('DELETE', personOf(lms.platform, who));
    const replayed = await lms.post(again, token);
    assert.match(replayed.text, /This launch was used before/);
    const { body: { events } } =
      await gateway.api('GET', '/admin/events?kind=person');
    assert.deepEqual(events.map(({ message }) => message),
      ['a person was forgotten', 'a person was forgotten']);
    assert.equal(JSON.stringify(events).includes(who), false);
  });

test('PERSON scores are told and forgotten, also those that wait',
  async (t) => {
    const gateway = await gatewayFor(t);
    const lms = await startScript(t);
    lms.decide = () => 503;
    const end = await joined(gateway, lms);
    const { id } = await end.queue('pupil', { scoreGiven: 7 });
    const kept = await end.queue('neighbour', { scoreGiven: 1 });
    const { body } = await gateway.api('GET', personOf(end.platform, 'pupil'));
    assert.deepEqual(body.scores.map((score) => score.id), [id]);
    const { body: counts } =
      await gateway.api('DELETE', personOf(end.platform, 'pupil'));
    assert.equal(counts.scores, 1);
    assert.equal((await gateway.api('GET', `/api/scores/${id}`)).status, 404);
    assert.equal((await gateway.api('GET', `/api/scores/${kept.id}`)).status,
      200);
  });

test('PERSON who is not named, or of no platform, is told so', async (t) => {
  const gateway = await gatewayFor(t);
  const lms = await enrol(gateway);
  for (const method of ['GET', 'DELETE']) {
    const unnamed = await gateway.api(method,
      `/admin/platforms/${lms.platform.id}/person`);
    assert.equal(unnamed.status, 400);
    assert.match(unnamed.text, /userId is missing/);
    assert.equal((await gateway.api(method,
      personOf({ id: 'none' }, 'a'))).status, 404);
  }
  const nobody = await gateway.api('GET', personOf(lms.platform, 'nobody'));
  assert.deepEqual(nobody.body, { platformId: lms.platform.id,
    userId: 'nobody', launches: [], scores: [] });
  const { code, stdout } = await gateway.cli('person', 'forget',
    lms.platform.id, '--user', 'nobody');
  assert.equal(code, 0);
  assert.match(stdout, /^launches: 0$/m);
});
