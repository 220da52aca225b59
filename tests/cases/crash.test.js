// SPDX-License-Identifier: Apache-2.0
// kill -9 at every step of a registration and of a rotation of the secret:
// nothing is shown as done that is not, nothing that an LMS took is lost
// without a trace, and the next start works.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { until } from '../support/gateway.js';
import { enter, registrationsOf, startLms } from '../support/lms.js';
import { asJson, faultOf, gatewayFor } from '../support/raw.js';

const preApproval = { registration: { mode: 'pre-approval',
  preApprovalUrl: 'https://tool.example/approve' } };

// What is known after the next start, by where it died: was anything sent to
// the LMS, is there a platform, is there a row "sent", may the same be tried
// again. After the row is written nobody can know whether the request went
// out, so that the token stays used.
const points = {
  'before-sent': { lms: 0, platforms: 0, sent: 0, again: true },
  'after-sent': { lms: 0, platforms: 0, sent: 1, again: false },
  'before-post': { lms: 0, platforms: 0, sent: 1, again: false },
  'after-post': { lms: 1, platforms: 0, sent: 1, again: false },
  'before-commit': { lms: 1, platforms: 0, sent: 1, again: false },
  'after-commit': { lms: 1, platforms: 1, sent: 0, again: false },
};

const lms = await startLms();
after(() => lms.close());

const rows = async (gateway) =>
  (await gateway.api('GET', '/api/registrations')).body.registrations;
const platforms = async (gateway) =>
  (await gateway.api('GET', '/admin/platforms')).body.platforms;

// The request that kills it gets no answer.
async function dies(gateway, request) {
  const answered = await request.then(() => true, () => false);
  assert.equal(answered, false, 'nothing was told of a registration');
  assert.deepEqual(await gateway.ended, { code: null, signal: 'SIGKILL' });
}

async function checkTrace(gateway, exchange, expected) {
  await gateway.store.check();
  assert.equal(registrationsOf(exchange).length, expected.lms);
  const kept = await platforms(gateway);
  assert.equal(kept.length, expected.platforms);
  const sent = (await rows(gateway)).filter(({ state }) => state === 'sent');
  assert.equal(sent.length, expected.sent);
  // What the LMS took is a platform, or a row that names the LMS.
  for (const { url } of [...kept, ...sent]) assert.equal(url, exchange.issuer);
  if (exchange.state === 'registered') {
    assert.equal(kept.length + sent.length, 1);
  }
  if (kept.length) {
    assert.equal(kept[0].clientId, exchange.registration.client_id);
    const { body } = await gateway.api('GET',
      `/admin/platforms/${kept[0].id}/report`);
    assert.equal(body.granted.client_id, exchange.registration.client_id);
  }
}

async function worksOn(gateway) {
  await gateway.settings({});
  const { page } = await lms.add(gateway, 'moodle-4.5');
  assert.equal(page.status, 200, page.text);
  assert.equal((await gateway.api('GET', '/lti/keys')).body.keys.length > 0,
    true);
}

for (const [point, expected] of Object.entries(points)) {
  test(`D66 kill -9 ${point}, mode automatic`, async (t) => {
    const gateway = await gatewayFor(t, {
      environment: { LTIGATE_TEST_KILL: point } });
    const exchange = await lms.begin(gateway, 'moodle-4.5');
    await dies(gateway, enter(gateway, exchange));
    await gateway.start({ LTIGATE_TEST_KILL: undefined });
    await checkTrace(gateway, exchange, expected);
    const again = await enter(gateway, exchange, asJson);
    if (expected.again) {
      assert.equal(again.status, 200, again.text);
      assert.equal((await platforms(gateway)).length, 1);
    } else {
      assert.equal(faultOf(again), 'REGISTRATION_TOKEN_ALREADY_USED');
      assert.equal(registrationsOf(exchange).length, expected.lms);
    }
    await worksOn(gateway);
  });

  test(`D66 kill -9 ${point}, mode pre-approval`, async (t) => {
    const gateway = await gatewayFor(t, { settings: preApproval,
      environment: { LTIGATE_TEST_KILL: point } });
    const { exchange, path } = await lms.wait(gateway, 'moodle-4.5');
    await dies(gateway, gateway.api('POST', `${path}/complete`, {}));
    await gateway.start({ LTIGATE_TEST_KILL: undefined });
    await checkTrace(gateway, exchange, expected);
    const again = await gateway.api('POST', `${path}/complete`, {});
    assert.equal(again.status, expected.again ? 200 : 404, again.text);
    assert.equal((await gateway.api('GET', path)).status, 404);
    assert.equal(registrationsOf(exchange).length,
      expected.again ? 1 : expected.lms);
    await worksOn(gateway);
  });

  test(`D66 kill -9 ${point}, by a link that works once`, async (t) => {
    const gateway = await gatewayFor(t);
    const { body: owner } = await gateway.api('POST', '/admin/organizations',
      { name: 'Owner' });
    const { body: link } = await gateway.api('POST',
      '/admin/registration-links', { organizationId: owner.id, once: true });
    await gateway.restart({ LTIGATE_TEST_KILL: point });
    const exchange = await lms.begin(gateway, 'blackboard',
      { toolUrl: link.url });
    await dies(gateway, enter(gateway, exchange));
    await gateway.start({ LTIGATE_TEST_KILL: undefined });
    await checkTrace(gateway, exchange, expected);
    const next = await lms.add(gateway, 'moodle-4.5', { toolUrl: link.url,
      headers: asJson });
    if (expected.again) assert.equal(next.page.status, 200, next.page.text);
    else assert.equal(faultOf(next.page), 'REGISTRATION_LINK_REFUSED');
  });
}

test('D66 kill -9 while the LMS thinks', async (t) => {
  const gateway = await gatewayFor(t);
  const exchange = await lms.begin(gateway, 'moodle-4.5',
    { switches: { answer: 'never-answers' } });
  const open = enter(gateway, exchange).catch(() => null);
  while (exchange.state !== 'registered') {
    await new Promise((done) => setTimeout(done, 20));
  }
  await gateway.kill();
  assert.equal(await open, null);
  await gateway.start();
  await checkTrace(gateway, exchange,
    { lms: 1, platforms: 0, sent: 1 });
  await worksOn(gateway);
});

test('D66 kill -9 while many register: each is whole or has its trace',
  async (t) => {
    const gateway = await gatewayFor(t);
    const exchanges = [];
    for (let i = 0; i < 30; i += 1) {
      exchanges.push(await lms.begin(gateway, 'moodle-4.5'));
    }
    const pages = exchanges.map((exchange) =>
      enter(gateway, exchange).catch(() => null));
    await Promise.race(pages);
    await gateway.kill();
    const shown = await Promise.all(pages);
    await gateway.start();
    await gateway.store.check();
    const kept = new Set((await platforms(gateway)).map(({ url }) => url));
    const sent = new Set((await rows(gateway)).map(({ url }) => url));
    exchanges.forEach(({ issuer, state }, i) => {
      // What a person was shown is there after the crash.
      if (shown[i]?.status === 200) assert.ok(kept.has(issuer), issuer);
      if (state === 'registered') {
        assert.ok(kept.has(issuer) || sent.has(issuer), issuer);
      }
      assert.ok(!(kept.has(issuer) && sent.has(issuer)));
    });
  });

// --- the secret ------------------------------------------------------------

async function rotating(t, point) {
  const gateway = await gatewayFor(t, { settings: preApproval });
  const { secretFile } = gateway.store;
  const waiting = await lms.wait(gateway, 'moodle-4.5');
  await gateway.stop();
  const before = await readFile(secretFile);
  await gateway.start({ LTIGATE_TEST_KILL: point });
  await gateway.stop();
  const { code, stderr } = await gateway.cli('secret', 'rotate', '--at-once');
  await gateway.start({ LTIGATE_TEST_KILL: undefined });
  return { gateway, waiting, before, code, stderr, secretFile };
}

for (const [point, rotated] of [[undefined, true], ['rotate-announced', false],
  ['rotate-made', false], ['rotate-stored', true]]) {
  test(`A28 the secret rotates at once, killed at ${point ?? 'no point'}`,
    async (t) => {
      const { gateway, waiting, before, code, stderr, secretFile } =
        await rotating(t, point);
      if (point) assert.notEqual(code, 0, 'it was killed');
      else assert.equal(code, 0, stderr);
      const raw = await gateway.api('GET', `${waiting.path}?raw=true`);
      assert.equal(raw.body.registrationToken, waiting.exchange.token.text);
      const done = await gateway.api('POST', `${waiting.path}/complete`, {});
      assert.equal(done.status, 200, done.text);
      const holdsOld = async () =>
        (await readFile(secretFile)).indexOf(before) === 0;
      if (rotated) {
        await until(async () => !await holdsOld(), 'the old one is gone');
      } else assert.ok(await holdsOld());
      // After another rotation nothing of the first is left.
      await gateway.stop();
      const again = await gateway.cli('secret', 'rotate', '--at-once');
      assert.equal(again.code, 0, again.stderr);
      const now = await readFile(secretFile);
      assert.equal(now.length, 32);
      assert.equal(now.equals(before), false);
      await gateway.start();
      await worksOn(gateway);
    });
}
