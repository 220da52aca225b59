// SPDX-License-Identifier: Apache-2.0
// LMSs that are slow, endless or lie about lengths.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGateway, until } from '../support/gateway.js';
import { registrationsOf, startLms } from '../support/lms.js';
import { titleOf } from '../support/pages.js';
import { asJson, faultOf, plainDocument, sendJson, startScripted, startTrap }
  from '../support/raw.js';

// A flow ends 15 s after it began; the rest is for a slow test machine.
const FLOW_MS = 15_000;
const SLACK_MS = 15_000;
const MEGABYTE = 1024 * 1024;

const lms = await startLms();
const scripted = await startScripted();
const gateway = await startGateway();
after(async () => {
  await Promise.all([lms.close(), scripted.close()]);
  await gateway.close();
});

async function timed(work) {
  const begun = Date.now();
  const result = await work();
  return { ...result, ms: Date.now() - begun };
}

const add = (switches, headers = asJson) =>
  timed(() => lms.add(gateway, 'moodle-4.5', { switches, headers }));

const platforms = async () =>
  (await gateway.api('GET', '/admin/platforms')).body.platforms;
const sentRows = async () =>
  (await gateway.api('GET', '/api/registrations')).body.registrations
    .filter(({ state }) => state === 'sent');

const slow = ['never-answers', 'stalls-after-headers', 'drips',
  'lying-length-long'];

// --- A6: all of them at once, for each takes the whole time ----------------

const stuck = {};
for (const how of slow) {
  stuck[`configuration ${how}`] = add({ configuration: how });
  stuck[`answer ${how}`] = add({ answer: how });
}
const page = add({ configuration: 'never-answers' }, {});
// A server that speaks no TLS, and one that is never done with its header.
const mute = await startTrap('127.0.0.1');
const shake = timed(async () => ({ page: await gateway.open(
  `${gateway.registerUrl}?openid_configuration=https://127.0.0.1:${
    mute.port}/x`, { headers: asJson }) }));
scripted.script.configuration = (response, origin) => {
  if (!origin.includes('dripping-head')) {
    sendJson(response, plainDocument(origin));
    return;
  }
  response.socket.write('HTTP/1.1 200 OK\r\n');
  const timer = setInterval(() =>
    response.socket.write('X-More: yes\r\n'), 300);
  response.socket.on('close', () => clearInterval(timer));
};
const head = timed(async () => ({ page: await scripted.enter(gateway,
  'dripping-head', { headers: asJson }) }));

test('A6 others are served while some are stuck', async () => {
  await until(() => lms.counts().held >= slow.length * 2, 'stuck requests');
  const { page: good, ms } = await add({});
  assert.equal(good.status, 200, good.text);
  assert.ok(ms < FLOW_MS, `${ms} ms`);
  assert.equal((await gateway.open(`${gateway.url}/healthz`)).status, 200);
});

for (const how of slow) {
  test(`A6 a configuration that ${how} ends in time`, async () => {
    const { page: told, ms } = await stuck[`configuration ${how}`];
    assert.ok(ms < FLOW_MS + SLACK_MS, `${ms} ms`);
    assert.equal(told.status, 502);
    assert.equal(faultOf(told), 'OPENID_CONFIGURATION_UNREACHABLE');
  });

  test(`A6 an answer that ${how} ends in time, and is not forgotten`,
    async () => {
      const { page: told, exchange, ms } = await stuck[`answer ${how}`];
      assert.ok(ms < FLOW_MS + SLACK_MS, `${ms} ms`);
      assert.equal(told.status, 504);
      assert.equal(faultOf(told), 'PLATFORM_DID_NOT_ANSWER');
      assert.equal(registrationsOf(exchange).length, 1);
      assert.ok((await sentRows()).some(({ url, fault }) =>
        url === exchange.issuer && fault === 'PLATFORM_DID_NOT_ANSWER'));
      assert.ok(!(await platforms()).some(({ url }) =>
        url === exchange.issuer));
    });
}

test('A6 a person reads a page about it', async () => {
  const { page: told } = await page;
  assert.equal(told.status, 502);
  assert.match(told.headers['content-type'], /^text\/html/);
  assert.ok(titleOf(told));
});

test('A6 a server that does not speak TLS, or not to the end of its head',
  async () => {
    for (const one of [await shake, await head]) {
      assert.ok(one.ms < FLOW_MS + SLACK_MS, `${one.ms} ms`);
      assert.equal(faultOf(one.page), 'OPENID_CONFIGURATION_UNREACHABLE');
    }
    assert.equal(mute.count(), 1);
    await mute.close();
  });

test('A6 no connection to a stuck LMS is left', async () => {
  await until(() => lms.counts().held === 0, 'the end of stuck requests');
});

// --- A7 --------------------------------------------------------------------

for (const how of ['oversize', 'endless-chunked', 'lying-length-short', 'gzip',
  'close-midway', 'closes']) {
  test(`A7 a configuration that is ${how} is refused at once`, async () => {
    const { page: told, exchange, ms } = await add({ configuration: how });
    assert.ok(ms < FLOW_MS, `${ms} ms`);
    assert.equal(told.status, 502);
    assert.ok(faultOf(told).startsWith('OPENID_CONFIGURATION_'), told.text);
    assert.equal(registrationsOf(exchange).length, 0);
  });

  test(`A7 an answer that is ${how} keeps no platform, and a trace`,
    async () => {
      const { page: told, exchange, ms } = await add({ answer: how });
      assert.ok(ms < FLOW_MS, `${ms} ms`);
      assert.ok([502, 504].includes(told.status), told.text);
      assert.ok(['PLATFORM_DID_NOT_ANSWER', 'REGISTRATION_ANSWER_INVALID']
        .includes(faultOf(told)));
      assert.ok((await sentRows()).some(({ url }) => url === exchange.issuer));
      assert.ok(!(await platforms()).some(({ url }) =>
        url === exchange.issuer));
    });
}

const sized = (length) => (response, origin) => {
  const text = JSON.stringify(plainDocument(origin));
  sendJson(response, text + ' '.repeat(length - text.length));
};

test('A7 the limit is a megabyte: one byte more is refused', async () => {
  scripted.script.configuration = sized(MEGABYTE);
  const good = await scripted.enter(gateway, 'exact');
  assert.equal(good.status, 200, good.text);
  scripted.script.configuration = sized(MEGABYTE + 1);
  const bad = await scripted.enter(gateway, 'more', { headers: asJson });
  assert.equal(bad.status, 502);
  assert.equal(faultOf(bad), 'OPENID_CONFIGURATION_UNREACHABLE');
});

test('A7 an endless body is left soon', async () => {
  let written = 0;
  scripted.script.configuration = (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const pump = () => {
      while (!response.destroyed && response.write(' '.repeat(65536))) {
        written += 65536;
      }
      written += 65536;
      if (!response.destroyed) response.once('drain', pump);
    };
    pump();
  };
  const told = await scripted.enter(gateway, 'endless', { headers: asJson });
  assert.equal(told.status, 502);
  // Socket buffers of both sides hold some of it.
  assert.ok(written < 32 * MEGABYTE, `${written} bytes`);
});

test('A7 a head beyond its bounds is refused', async () => {
  for (const headers of [{ 'x-long': 'x'.repeat(300_000) },
    Object.fromEntries(Array.from({ length: 3000 },
      (_, i) => [`x-many-${i}`, 'y'.repeat(100)]))]) {
    scripted.script.configuration = (response, origin) =>
      sendJson(response, plainDocument(origin), 200, headers);
    const told = await scripted.enter(gateway, 'long-head',
      { headers: asJson });
    assert.equal(told.status, 502);
    assert.equal(faultOf(told), 'OPENID_CONFIGURATION_UNREACHABLE');
  }
});

test('A7 what is left over of an answer is no part of the next', async () => {
  // The rest would be an answer with an issuer of the attacker's choice.
  const forged = JSON.stringify(plainDocument('http://forged.localhost'));
  scripted.script.configuration = (response) => {
    response.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n'
      + 'Connection: keep-alive\r\nContent-Type: application/json\r\n\r\n{}'
      + `HTTP/1.1 200 OK\r\nContent-Length: ${forged.length}\r\n\r\n${forged}`);
  };
  const first = await scripted.enter(gateway, 'left', { headers: asJson });
  assert.equal(faultOf(first), 'OPENID_CONFIGURATION_INCOMPLETE');
  scripted.script.configuration = (response, origin) =>
    sendJson(response, plainDocument(origin));
  const next = await scripted.enter(gateway, 'left');
  assert.equal(next.status, 200, next.text);
  assert.ok((await platforms()).every(({ url }) => !url.includes('forged')));
});

test('A7 no compression is asked for', () => {
  assert.ok(scripted.requests.length > 0);
  for (const { headers } of scripted.requests) {
    assert.equal(headers['accept-encoding'], undefined);
  }
});
