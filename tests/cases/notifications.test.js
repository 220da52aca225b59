// SPDX-License-Identifier: Apache-2.0
// Who must act is told: by a webhook that can be verified and by mail, until
// it arrives or a day has passed, also when the gateway dies in between.

import assert from 'node:assert/strict';
import net from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, test } from 'node:test';
import { openFrame } from '../support/confirm.js';
import { sleep, startGateway, tryGateway, until }
  from '../support/gateway.js';
import { startLms } from '../support/lms.js';
import { startHook, startMail } from '../support/receivers.js';

const LEASE = 120;
const DAY = 86_400;

async function placeOf(t, { hook, mail, more = {}, ...options } = {}) {
  const place = { shift: 0 };
  const environment = { ...more };
  if (hook) {
    place.hook = await startHook();
    t.after(() => place.hook.close());
    environment.LTIGATE_WEBHOOK_URL = place.hook.url;
    environment.LTIGATE_WEBHOOK_SECRET = place.hook.secret;
  }
  if (mail) {
    place.mail = await startMail(mail);
    t.after(() => place.mail.close());
    const who = mail.user ? `${mail.user}:${encodeURIComponent(mail.password)}@`
      : '';
    environment.LTIGATE_SMTP_URL = `smtp://${who}127.0.0.1:${place.mail.port}`;
    environment.LTIGATE_MAIL_FROM = 'ltigate@tool.example';
    environment.LTIGATE_MAIL_TO = 'one@tool.example, two@tool.example';
  }
  place.gateway = await startGateway({ environment, ...options,
    settings: { registration: { mode: 'automatic' } } });
  t.after(() => place.gateway.close());
  place.lms = await startLms({ clock: () => Date.now() + place.shift * 1000 });
  t.after(() => place.lms.close());
  // A registration that leaves a platform which somebody must activate.
  place.register = async (profile = 'moodle-4.5') => {
    const { exchange, page } = await place.lms.add(place.gateway, profile);
    assert.equal(page.status, 200, page.text);
    return exchange;
  };
  place.move = async (seconds) => {
    place.shift += seconds;
    await place.gateway.setClock(place.shift);
  };
  place.rows = () => place.gateway.store.rows('SELECT channel, state, tried, '
    + 'leased_until AS leased, next_try_at AS next FROM notifications '
    + 'ORDER BY id');
  place.until = (state) => until(async () => {
    const rows = await place.rows();
    return rows.length && rows.every((row) => row.state === state);
  }, state, 20_000);
  return place;
}

describe('notifications', { concurrency: 2 }, () => {
  test('NT a platform that waits is told to the webhook, signed', async (t) => {
    const place = await placeOf(t, { hook: true });
    const { gateway, hook } = place;
    await place.register();
    await place.until('delivered');
    assert.equal(hook.requests.length, 1);
    const [{ body, headers, method, path }] = hook.requests;
    hook.verify(hook.requests[0]);
    assert.deepEqual([method, path, headers['content-type']],
      ['POST', '/hook?for=ltigate', 'application/json']);
    assert.equal(headers['webhook-id'], body.id);
    assert.ok(Math.abs(headers['webhook-timestamp'] - Date.now() / 1000) < 60);
    const { body: { platforms: [platform] } } =
      await gateway.api('GET', '/admin/platforms');
    assert.equal(body.type, 'platform.waiting');
    assert.ok(Math.abs(Date.parse(body.at) - Date.now()) < 60_000);
    assert.deepEqual(body.data, { platformId: platform.id,
      name: platform.name, url: platform.url, clientId: platform.clientId,
      familyCode: 'moodle', portalUrl: `${gateway.url}/portal#/registrations` });
    // The signature is of this body and no other.
    assert.throws(() => hook.verify({ ...hook.requests[0], text: '{}' }));
  });

  test('NT who asks in the frame is told to the webhook, before the approval',
    async (t) => {
      const place = await placeOf(t, { hook: true });
      await place.gateway.settings({ registration: { mode: 'confirm' } });
      const frame = await openFrame(place.lms, place.gateway, 'moodle-4.5');
      await sleep(300);
      assert.deepEqual(await place.rows(), []);
      await frame.send('ask');
      await place.until('delivered');
      const [{ body: { type, data } }] = place.hook.requests;
      assert.equal(type, 'registration.waiting');
      const { body: { registrations: [waiting] } } =
        await place.gateway.api('GET', '/api/registrations');
      assert.equal(data.handle, waiting.handle);
      assert.doesNotMatch(place.hook.requests[0].text, /registrationId/);
    });

  test('NT nobody floods a mailbox by asking: sixty an hour', async (t) => {
    const place = await placeOf(t, { mail: {} });
    await place.gateway.settings({ registration: { mode: 'confirm' } });
    for (let i = 0; i < 63; i += 1) {
      const frame = await openFrame(place.lms, place.gateway, 'moodle-4.5');
      await frame.send('ask');
      assert.equal(frame.page.status, 200);
    }
    assert.equal((await place.rows()).length, 120);
    await place.move(3601);
    const frame = await openFrame(place.lms, place.gateway, 'moodle-4.5');
    await frame.send('ask');
    assert.equal((await place.rows()).length, 122);
  });

  test('NT one that is active already is not told', async (t) => {
    const place = await placeOf(t, { hook: true });
    await place.gateway.settings({ registration: { mode: 'automatic',
      autoActivate: true } });
    await place.register();
    await sleep(1500);
    assert.deepEqual([await place.rows(), place.hook.requests], [[], []]);
  });

  test('NT a receiver that fails, hangs up or sends elsewhere is asked again',
    async (t) => {
      const place = await placeOf(t, { hook: true });
      const { hook } = place;
      hook.answers.push({ status: 500 }, { closes: true },
        { status: 302, headers: { location: hook.url } },
        { status: 200, delay: 1500 });
      await place.register();
      for (let tries = 1; tries <= 3; tries += 1) {
        await until(async () => {
          const [row] = await place.rows();
          return row.tried === tries && row.leased === 0;
        }, `try ${tries}`);
        await place.move(1000);
      }
      await place.until('delivered');
      assert.equal(hook.requests.length, 4);
      const ids = hook.requests.map(({ headers }) => headers['webhook-id']);
      assert.equal(new Set(ids).size, 1);
      hook.requests.forEach((request) => hook.verify(request));
      // Signed anew each time: a receiver refuses what is old.
      assert.equal(new Set(hook.requests.map(({ headers }) =>
        headers['webhook-timestamp'])).size, 4);
    });

  test('NT it waits as long as the receiver asks', async (t) => {
    const place = await placeOf(t, { hook: true });
    place.hook.answers.push({ status: 429, headers: { 'retry-after': '3000' } });
    await place.register();
    await until(async () => (await place.rows())[0].tried === 1
      && (await place.rows())[0].leased === 0, 'the first try');
    const [{ next }] = await place.rows();
    assert.ok(Math.abs(next - Date.now() / 1000 - 3000) < 60, `${next}`);
    await place.move(2800);
    await sleep(1500);
    assert.equal(place.hook.requests.length, 1);
    await place.move(300);
    await place.until('delivered');
    assert.equal(place.hook.requests.length, 2);
  });

  test('NT after a day it is given up, with an event; then forgotten',
    async (t) => {
      const place = await placeOf(t, { hook: true });
      const bad = Array.from({ length: 50 }, () => ({ status: 503 }));
      place.hook.answers.push(...bad);
      await place.register();
      await until(async () => (await place.rows())[0].leased === 0
        && (await place.rows())[0].tried === 1, 'the first try');
      await place.move(DAY + 10);
      await place.until('given-up');
      const { body: { events: [event] } } =
        await place.gateway.api('GET', '/admin/events?kind=notification');
      assert.equal(event.level, 'warn');
      assert.equal(event.message, 'notification given up');
      assert.deepEqual(event.details, { id:
        place.hook.requests[0].body.id, type: 'platform.waiting',
      channel: 'webhook', detail: 'webhook_url answered with HTTP status 503' });
      await place.move(8 * DAY);
      await until(async () => (await place.rows()).length === 0, 'nothing');
    });

  test('NT by mail, to each, with a password and without', async (t) => {
    for (const options of [{}, { user: 'me', password: 'p:@/ ä' }]) {
      const place = await placeOf(t, { mail: options });
      const { mail, gateway } = place;
      await gateway.settings({ registration: { mode: 'automatic' } });
      await place.register('canvas-cloud');
      await place.until('delivered');
      assert.deepEqual(mail.messages.map(({ to }) => to).toSorted(),
        [['one@tool.example'], ['two@tool.example']]);
      const [{ from, subject, text, headers, raw }] = mail.messages;
      assert.equal(from, 'ltigate@tool.example');
      assert.match(subject, /^An LMS waits for approval: /);
      assert.match(text, /Act here: http:\/\/localhost:\d+\/portal#\/reg/);
      assert.match(headers['message-id'], /^<\w+@tool\.example>$/);
      assert.ok(Math.abs(Date.parse(headers.date) - Date.now()) < 60_000);
      assert.equal(headers['auto-submitted'], 'auto-generated');
      assert.doesNotMatch(raw.replaceAll('\r\n', ''), /[\r\n]/);
      assert.doesNotMatch(gateway.log(), /p:@|p%3A/);
      assert.doesNotMatch(mail.state.commands.join(), /^AUTH(?! PLAIN)/);
    }
  });

  test('NT a name cannot add a header or a line', async (t) => {
    const place = await placeOf(t, { mail: {} });
    await place.register();
    await place.until('delivered');
    const { store } = place.gateway;
    const [{ body }] = await store.rows('SELECT body FROM notifications');
    const notice = JSON.parse(body);
    notice.data.name = 'Ä\r\nBcc: thief@x.example\n\n.\r\nbody';
    await store.sql(`UPDATE notifications SET state = 'waiting',
      body = '${JSON.stringify(notice)}'`);
    await until(() => place.mail.messages.length === 4, 'two more');
    const [, , { lines, subject, to, text, raw }] = place.mail.messages;
    assert.equal(subject,
      'An LMS waits for approval: Ä  Bcc: thief@x.example  .  body');
    assert.equal(to.length, 1);
    assert.ok(lines.every((line) => !/^bcc:/i.test(line)));
    assert.match(raw, /Subject: =\?UTF-8\?B\?/);
    assert.match(text, /^Name: Ä {2}Bcc: thief@x.example/m);
  });

  test('NT a mail that is refused goes again', async (t) => {
    const place = await placeOf(t, { mail: {} });
    place.mail.refusals.push('451 later', '550 never');
    await place.register();
    await until(() => place.mail.tries >= 2, 'both tries');
    await until(async () => (await place.rows())
      .every(({ leased }) => leased === 0), 'no lease');
    await place.move(10);
    await place.until('delivered');
    assert.equal(place.mail.messages.length, 2);
  });

  for (const [point, times] of [['notice-leased', 1], ['notice-sent', 2],
    ['notice-finished', 1]]) {
    test(`NT kill -9 at ${point}: told ${times === 1 ? 'once' : 'twice, under '
      + 'one id'}`, async (t) => {
      const place = await placeOf(t, { hook: true });
      const { gateway, hook } = place;
      await gateway.restart({ LTIGATE_TEST_KILL: point });
      await place.lms.add(gateway, 'moodle-4.5').catch(() => null);
      assert.deepEqual(await gateway.ended, { code: null, signal: 'SIGKILL' });
      const [row] = await place.rows();
      const over = point === 'notice-finished';
      assert.equal(row.state, over ? 'delivered' : 'waiting');
      assert.equal(row.leased > 0, !over);
      await gateway.start({ LTIGATE_TEST_KILL: undefined });
      await sleep(2000);
      // Nobody else takes a lease that may be alive.
      assert.equal(hook.requests.length, point === 'notice-leased' ? 0 : 1);
      await place.move(LEASE + 1);
      await place.until('delivered');
      assert.equal(hook.requests.length, times);
      assert.equal(new Set(hook.requests.map(({ body }) => body.id)).size, 1);
    });
  }

  test('NT a notice is there if its platform is, and only then', async (t) => {
    for (const [point, rows] of [['before-commit', 0], ['after-commit', 1]]) {
      const place = await placeOf(t, { hook: true });
      place.hook.answers.push(...Array.from({ length: 9 }, () =>
        ({ status: 500 })));
      await place.gateway.restart({ LTIGATE_TEST_KILL: point });
      await place.lms.add(place.gateway, 'moodle-4.5').catch(() => null);
      await place.gateway.ended;
      assert.equal((await place.rows()).length, rows, point);
      assert.equal(Number(await place.gateway.store.sql(
        'SELECT count(*) FROM platforms')), rows);
    }
  });

  test('NT two instances tell it once', async (t) => {
    const place = await placeOf(t, { hook: true });
    const other = await startGateway({ settings: null,
      store: place.gateway.store, environment: {
        LTIGATE_WEBHOOK_URL: place.hook.url,
        LTIGATE_WEBHOOK_SECRET: place.hook.secret } });
    t.after(() => other.close());
    place.hook.answers.push(...Array.from({ length: 3 }, () =>
      ({ delay: 1500 })));
    for (let i = 0; i < 3; i += 1) await place.register();
    await place.until('delivered');
    const ids = place.hook.requests.map(({ body }) => body.id);
    assert.deepEqual([ids.length, new Set(ids).size], [3, 3]);
  });

  test('A5 the webhook may be private, and opens nothing else', async (t) => {
    const place = await placeOf(t, { hook: true,
      more: { LTIGATE_OUTBOUND_ALLOW: undefined } });
    const { gateway, hook } = place;
    const { code, json, stderr } = await gateway.cli('notify', '--test',
      '--json');
    assert.equal(code, 0, stderr);
    assert.deepEqual(json(), { results: [
      { channel: 'webhook', delivered: true }] });
    hook.verify(hook.requests[0]);
    assert.equal(hook.requests[0].body.type, 'test');
    // The same URL as an LMS's, and its like by https.
    for (const url of [hook.url, `https://127.0.0.1:${hook.port}/hook`]) {
      const { status, text } = await gateway.open(`${gateway.registerUrl}?${
        new URLSearchParams({ openid_configuration: url })}`,
      { headers: { accept: 'application/json' } });
      assert.ok(status >= 400, text);
    }
    assert.equal(hook.requests.length, 1);
  });

  test('A5 an LMS that names the webhook\'s URL reaches nothing', async (t) => {
    let connections = 0;
    const server = net.createServer((socket) => {
      connections += 1;
      socket.on('error', () => {}).end();
    });
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    t.after(() => server.close());
    const url = `https://127.0.0.1:${server.address().port}/hook`;
    const gateway = await startGateway({ environment: {
      LTIGATE_OUTBOUND_ALLOW: undefined, LTIGATE_WEBHOOK_URL: url,
      LTIGATE_WEBHOOK_SECRET: `whsec_${'A'.repeat(40)}` } });
    t.after(() => gateway.close());
    const { status } = await gateway.open(`${gateway.registerUrl}?${
      new URLSearchParams({ openid_configuration: url })}`);
    assert.deepEqual([status >= 400, connections], [true, 0]);
    assert.equal((await gateway.cli('notify', '--test')).code, 1);
    assert.equal(connections, 1);
  });

  test('NT the test tells what came of it', async (t) => {
    const place = await placeOf(t, { hook: true, mail: {} });
    const { gateway, hook, mail } = place;
    hook.answers.push({ status: 404 });
    mail.refusals.push('550 unknown');
    const { code, stdout } = await gateway.cli('notify', '--test');
    assert.equal(code, 1);
    assert.match(stdout, /^NO +webhook: .*HTTP status 404$/m);
    assert.match(stdout, /^NO +mail one@tool.example: .*550/m);
    assert.match(stdout, /^ok +mail two@tool.example$/m);
    assert.deepEqual(await place.rows(), []);
    assert.equal((await gateway.cli('notify')).code, 2);
    const none = await startGateway();
    t.after(() => none.close());
    const { code: status, stderr } = await none.cli('notify', '--test');
    assert.equal(status, 1);
    assert.match(stderr, /set webhook_url/);
  });

  // An address of this machine that is not loopback stands for another one.
  const outside = Object.values(networkInterfaces()).flat()
    .find(({ internal, family }) => !internal && family === 'IPv4')?.address;
  test('NT a password goes to another machine over TLS alone',
    { skip: outside ? false : 'this machine has no address' }, async (t) => {
      const mail = await startMail({ user: 'me', password: 'hunter2',
        host: '0.0.0.0' });
      t.after(() => mail.close());
      const gateway = await startGateway({ environment: {
        LTIGATE_SMTP_URL: `smtp://me:hunter2@${outside}:${mail.port}`,
        LTIGATE_MAIL_FROM: 'a@tool.example',
        LTIGATE_MAIL_TO: 'b@tool.example' } });
      t.after(() => gateway.close());
      const { code, stdout } = await gateway.cli('notify', '--test');
      assert.equal(code, 1);
      assert.match(stdout, /^NO +mail b@tool.example: .*(TLS|SSL)/m);
      assert.doesNotMatch(stdout, /hunter2/);
      assert.deepEqual(mail.state.commands.filter((line) =>
        !/^EHLO|^QUIT|^STARTTLS/.test(line)), []);
    });

  test('NT what cannot work is told at the start, without the secret',
    async () => {
      const url = 'https://hook.example/x';
      const from = 'a@tool.example';
      for (const [environment, told] of [
        [{ WEBHOOK_URL: url }, 'webhook_secret must be'],
        [{ WEBHOOK_URL: url, WEBHOOK_SECRET: 'hunter2' },
          'webhook_secret must be'],
        [{ WEBHOOK_URL: url, WEBHOOK_SECRET: 'whsec_aHVudGVyMg==' },
          'webhook_secret must be'],
        [{ WEBHOOK_URL: 'ftp://x', WEBHOOK_SECRET: 'hunter2' },
          'webhook_url must be'],
        [{ SMTP_URL: 'http://me:hunter2@mail.example' }, 'smtp_url must be'],
        [{ SMTP_URL: 'smtp://me:hunter2@mail.example/x' }, 'smtp_url must be'],
        [{ SMTP_URL: 'smtp://me:hunter2@mail.example' }, 'mail_from must be'],
        [{ SMTP_URL: 'smtp://me:hunter2@m.example', MAIL_FROM: from,
          MAIL_TO: 'b@x.example, "c d"@x' }, 'mail_to must be'],
        [{ SMTP_URL: 'smtp://me:hunter2@m.example',
          MAIL_FROM: 'a@x.example>\r\nRCPT TO:<b@x' }, 'mail_from must be'],
      ]) {
        const { code, log } = await tryGateway({ environment:
          Object.fromEntries(Object.entries(environment).map(
            ([name, value]) => [`LTIGATE_${name}`, value])) });
        assert.notEqual(code, 0);
        assert.match(log, new RegExp(told));
        assert.doesNotMatch(log, /hunter2/);
      }
    });
});
