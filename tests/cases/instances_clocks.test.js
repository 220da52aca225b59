// SPDX-License-Identifier: Apache-2.0
// Instances whose clocks differ by a minute: what one gives out another
// takes, nobody takes what another still works on, and nothing is over early.

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { openFrame } from '../support/confirm.js';
import { enrol } from '../support/enrolled.js';
import { sleep, startGateway, until } from '../support/gateway.js';
import { another, leases, through } from '../support/instances.js';
import { startLms } from '../support/lms.js';
import { titleOf } from '../support/pages.js';
import { accept, makeOrganization, makePerson, password, signIn }
  from '../support/people.js';
import { gatewayFor } from '../support/raw.js';
import { courseOf, itemPath, scoreOf } from '../support/services.js';

const SKEW = 60;
const MARGIN = 50; // less than the skew: a busy machine takes its time
const HOUR = 3600;

const lms = await startLms();
const one = await startGateway(
  { settings: { registration: { mode: 'confirm' } } });
const held = [];
const ends = { after: (end) => held.push(end) };
const ahead = await another(ends, one);
const behind = await another(ends, one);
await ahead.setClock(SKEW);
await behind.setClock(-SKEW);
after(async () => {
  await Promise.all(held.map((end) => end()));
  await one.close();
  await lms.close();
});
const both = [['ahead', ahead], ['behind', behind]];

// Each gives out, the others take.
for (const [name, other] of both) {
  const ways = [['here, there', one, through(other, one)],
    ['there, here', through(other, one), one]];
  for (const [way, from, to] of ways) {
    test(`MI an instance that is a minute ${name}, ${way}`, async () => {
      const at = await enrol(from);
      const there = await enrol(to, { platform: at.platform });
      const login = await at.login();
      const { ltik, response } = await there.launch({ login });
      assert.equal(response.status, 303, response.text);
      assert.equal((await at.ask(ltik)).status, 200);

      const email = `${name}-${way.slice(0, 4)}@tool.example`;
      const { body } = await from.api('POST', '/admin/users',
        { email, role: 'viewer' });
      await accept(to, body.invitation.url);
      const session = await signIn(from, email);
      const seen = await to.api('GET', '/portal/session', undefined,
        { key: null, headers: { cookie: session.cookie } });
      assert.equal(seen.body.signedIn, true);
    });

    test(`MI a frame: a minute ${name}, ${way}`, async () => {
      const { id } = await makeOrganization(one, `${name} ${way}`);
      const { email } = await makePerson(one, {
        email: `f-${name}-${way.slice(0, 4)}@tool.example`,
        organizations: [{ id, role: 'registrar' }] });
      const places = [from, to];
      let asked = 0;
      const balancer = { ...one, open: (address, options) =>
        places[asked++ % 2].open(address, options) };
      const frame = await openFrame(lms, balancer, 'moodle-4.5');
      await frame.send('sign-in', { email, password });
      await frame.send('confirm', { answer: 'yes' });
      assert.equal(titleOf(frame.page), 'Acme Courses is registered');
      assert.equal(asked, 3);
    });
  }
}

describe('what another works on', { concurrency: 2 }, () => {
  test('MI a score that is on its way stays its sender\'s', async (t) => {
    const place = await gatewayFor(t,
      { settings: { registration: { autoActivate: true } } });
    const early = await another(t, place);
    await early.setClock(SKEW);
    const course = await courseOf(lms, place, 'blackboard');
    const { id: item } = await course.addItem();
    const { body } = await course.call('GET', '/api/memberships',
      { query: { all: 'true' } });
    const { userId } = body.members.find(({ roles }) =>
      roles.some((role) => /Learner$/.test(role)));
    await early.stop();
    lms.changeServices(course.exchange, { serviceDelay: 6000 });
    const answer = await course.call('POST', itemPath(item, '/scores'),
      { query: { queue: 'true' },
        body: scoreOf(userId, { scoreGiven: 1, scoreMaximum: 10 }) });
    assert.equal(answer.status, 202, answer.text);
    const row = () => place.store.sql(
      'SELECT tried || \' \' || state FROM scores');
    await until(async () => await row() === '1 waiting', 'it is on its way');
    await early.start();
    await until(async () => /delivered/.test(await row()), 'it arrived');
    assert.equal(await row(), '1 delivered');
  });

  test('MI a registration is there to its last second for all', async (t) => {
    const place = await gatewayFor(t, { settings: { registration:
      { mode: 'pre-approval', preApprovalUrl: 'https://tool.example/' } } });
    const early = await another(t, place);
    const { path } = await lms.wait(place, 'moodle-4.5');
    const [{ holder }] = (await leases(place))
      .filter(({ name }) => name === 'housekeeping');
    // The one that is ahead deletes.
    await place.stop();
    await until(async () => (await leases(place)).some((row) =>
      row.name === 'housekeeping' && row.holder !== holder), 'the other');
    await early.setClock(HOUR + SKEW - MARGIN);
    await place.setClock(HOUR - MARGIN);
    await place.start();
    await sleep(6000);
    const found = await place.api('GET', path);
    assert.equal(found.status, 200, found.text);
    assert.equal((await early.api('GET', path)).status, 404);
  });
});
