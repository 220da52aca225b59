// SPDX-License-Identifier: Apache-2.0
// Two instances on one store: what one is told the other acts on, within a
// second, and at once where something is spent or taken away; what one began
// the other completes.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openFrame } from '../support/confirm.js';
import { enrol } from '../support/enrolled.js';
import { apiKey, startGateway, until } from '../support/gateway.js';
import { another, changed, through } from '../support/instances.js';
import { enter, registrationsOf, startLms } from '../support/lms.js';
import { titleOf } from '../support/pages.js';
import { accept, makeOrganization, makePerson, password, signIn, tokenOf }
  from '../support/people.js';
import { asJson, faultOf } from '../support/raw.js';
import { backEndOf, courseOf, scoreOf, itemPath } from '../support/services.js';

const lms = await startLms();
const one = await startGateway(
  { settings: { registration: { autoActivate: true } } });
let two;
const held = [];
const UNKNOWN = 'UNREGISTERED_OR_INACTIVE_PLATFORM';
before(async () => {
  two = await another({ after: (end) => held.push(end) }, one);
});
after(async () => {
  await Promise.all(held.map((end) => end()));
  await one.close();
  await lms.close();
});

// A login by hand, so that two's memory is asked.
const loginAt = (gateway, { issuer, clientId }) => gateway.open(
  `${gateway.url}/lti/login?${new URLSearchParams({ iss: issuer,
    client_id: clientId, login_hint: 'hint',
    target_link_uri: `${one.url}/lti/launch` })}`, { headers: asJson });

// The same school behind either instance.
async function enrolled() {
  const at = await enrol(one);
  const there = await enrol(through(two, one), { platform: at.platform });
  assert.equal((await loginAt(two, at)).status, 302);
  return { at, there };
}

describe('what changed is known within a second', () => {
  test('MI a platform that is switched off, changed, removed', async () => {
    const { at } = await enrolled();
    const path = `/admin/platforms/${at.platform.id}`;
    await one.api('POST', `${path}/deactivate`);
    await changed();
    assert.equal(faultOf(await loginAt(two, at)), UNKNOWN);
    await one.api('POST', `${path}/activate`);
    await changed();
    assert.equal((await loginAt(two, at)).status, 302);
    const moved = 'https://elsewhere.example/auth';
    await one.api('PATCH', path, { authenticationEndpoint: moved });
    await changed();
    assert.ok((await loginAt(two, at)).location.startsWith(moved));
    await one.api('DELETE', path);
    await changed();
    assert.equal(faultOf(await loginAt(two, at)), UNKNOWN);
  });

  test('MI settings', async () => {
    const { there } = await enrolled();
    await there.launch(); // The first is written down, a change by itself.
    assert.ok((await there.launch()).url.href
      .startsWith('https://tool.example/launch'));
    await one.settings({ registration: { autoActivate: true },
      launchUrl: 'https://tool.example/moved' });
    await changed();
    assert.ok((await there.launch()).url.href
      .startsWith('https://tool.example/moved'));
    await one.settings({ registration: { autoActivate: true } });
  });

  test('MI a launch whose platform is switched off opens nothing', async () => {
    const { at, there } = await enrolled();
    const { ltik } = await at.launch();
    assert.equal((await there.ask(ltik)).status, 200);
    await one.api('POST', `/admin/platforms/${at.platform.id}/deactivate`);
    await changed();
    assert.equal((await there.ask(ltik)).status, 401);
  });
});

describe('what is taken away is gone at once', () => {
  test('MI an API key', async () => {
    const { body } = await one.api('POST', '/admin/api-keys', { name: 'x' });
    const ask = () => two.api('GET', '/admin/platforms', undefined,
      { key: body.key });
    assert.equal((await ask()).status, 200);
    await one.api('DELETE', `/admin/api-keys/${body.id}`);
    assert.equal((await ask()).status, 401);
  });

  test('MI a session, a role, a person', async () => {
    const owner = await makePerson(one,
      { email: 'mi@tool.example', role: 'admin' });
    const session = await signIn(two, owner.email);
    const list = () => session.call('GET', '/admin/users');
    assert.equal((await list()).status, 200);
    const path = `/admin/users/${owner.user.id}`;
    await one.api('PATCH', path, { role: 'viewer' });
    assert.equal((await session.call('POST', '/admin/organizations',
      { name: 'never' })).status, 403);
    await one.api('DELETE', `${path}/sessions`);
    assert.equal((await list()).status, 401);
    const again = await signIn(two, owner.email);
    await one.api('DELETE', path);
    assert.equal((await again.call('GET', '/admin/users')).status, 401);
  });

  test('MI a service key', async () => {
    const course = await courseOf(lms, one, 'canvas-cloud');
    const there = await backEndOf(two, course.ltik);
    const list = () => there.call('GET', '/api/lineitems', { auth: 'service' });
    assert.equal((await list()).status, 200);
    const { body } = await one.api('GET',
      `/admin/platforms/${course.platformId}/service-keys`);
    for (const { id } of body.serviceKeys) {
      await one.api('DELETE', `/admin/service-keys/${id}`);
    }
    assert.equal((await list()).status, 401);
  });

  test('MI an invitation that was used', async () => {
    const { body } = await one.api('POST', '/admin/users',
      { email: 'once@tool.example', role: 'viewer' });
    const { url } = body.invitation;
    await accept(one, url);
    const again = await two.api('POST', '/portal/invitation/accept',
      { token: tokenOf(url), password }, { key: null });
    assert.equal(again.status, 404, again.text);
  });

  test('MI a registration link that works once', async () => {
    const { id } = await makeOrganization(one, 'Once');
    const { body: link } = await one.api('POST', '/admin/registration-links',
      { organizationId: id, once: true });
    const exchanges = [];
    for (let i = 0; i < 4; i += 1) {
      exchanges.push(await lms.begin(one, 'moodle-4.5',
        { toolUrl: link.url }));
    }
    const pages = await Promise.all(exchanges.map((exchange, i) =>
      enter([through(two, one), one][i % 2], exchange, asJson)));
    assert.deepEqual(pages.map(({ status }) => status === 200).toSorted(),
      [false, false, false, true]);
    assert.equal(exchanges.flatMap(registrationsOf).length, 1);
  });

  test('MI the key that signed: the next signs and is published at both',
    async () => {
      const active = async (at) => (await at.api('GET', '/admin/keys'))
        .body.keys.find(({ state }) => state === 'active').id;
      const published = async (at) => (await at.api('GET', '/lti/keys'))
        .body.keys.map(({ kid }) => kid);
      const first = await active(two);
      const turned = await one.api('POST', '/admin/keys/rotate',
        { atOnce: true });
      assert.ok(turned.status < 300, turned.text);
      const next = await active(two);
      assert.notEqual(next, first);
      assert.ok((await published(two)).includes(next));
      assert.ok((await published(two)).includes(first));
    });
});

describe('what one began another completes', () => {
  test('MI a launch: the login here, the launch there, the ltik here',
    async () => {
      const { at, there } = await enrolled();
      const login = await at.login();
      const { ltik } = await there.launch({ login });
      assert.equal((await at.ask(ltik)).status, 200);
    });

  test('MI a registration that is approved', async () => {
    await one.settings({ registration: { mode: 'pre-approval',
      preApprovalUrl: 'https://tool.example/approve' } });
    const { exchange, path } = await lms.wait(one, 'moodle-4.5');
    const done = await two.api('POST', `${path}/complete`, {});
    assert.equal(done.status, 200, done.text);
    assert.equal(registrationsOf(exchange).length, 1);
    await one.settings({ registration: { autoActivate: true } });
  });

  test('MI a registration in the frame, whose instance is killed',
    async (t) => {
      const mode = { registration: { mode: 'confirm' } };
      const first = await startGateway({ settings: mode });
      t.after(() => first.close());
      const next = await another(t, first);
      const { id } = await makeOrganization(first, 'North');
      const nina = await makePerson(first, { email: 'nina@north.example',
        organizations: [{ id, role: 'registrar' }] });
      const places = { now: first };
      const balancer = { ...first,
        open: (address, options) => (places.now === first
          ? first : through(next, first)).open(address, options) };
      const frame = await openFrame(lms, balancer, 'moodle-4.5');
      places.now = next;
      await frame.send('sign-in', { email: nina.email, password });
      await first.kill();
      await frame.send('confirm', { answer: 'yes' });
      assert.equal(titleOf(frame.page), 'Acme Courses is registered');
      const { body } = await next.api('GET', '/admin/platforms');
      assert.deepEqual(body.platforms.map(({ organizationId, active }) =>
        [organizationId, active]), [[id, true]]);
    });

  test('MI scores of one person keep their order, whoever takes them',
    async () => {
      const course = await courseOf(lms, one, 'blackboard');
      const there = await backEndOf(two, course.ltik);
      const { id: item } = await course.addItem();
      const { body } = await course.call('GET', '/api/memberships',
        { query: { all: 'true' } });
      const { userId } = body.members.find(({ roles }) =>
        roles.some((role) => /Learner$/.test(role)));
      for (let i = 1; i <= 4; i += 1) {
        const answer = await [course, there][i % 2].call('POST',
          itemPath(item, '/scores'), { query: { queue: 'true' },
            body: scoreOf(userId, { scoreGiven: i, scoreMaximum: 10 }) });
        assert.equal(answer.status, 202, answer.text);
      }
      const arrived = () => lms.services(course.exchange).scores
        .filter(({ user }) => user === userId);
      await until(() => arrived().length === 4, 'four scores');
      assert.deepEqual(arrived().map(({ body: { scoreGiven } }) => scoreGiven),
        [1, 2, 3, 4]);
    });
});

test('MI both know the first API key', async () => {
  for (const at of [one, two]) {
    assert.equal((await at.api('GET', '/admin/api-keys', undefined,
      { key: apiKey })).status, 200);
  }
});
