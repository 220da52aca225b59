// SPDX-License-Identifier: Apache-2.0
// Misbehaviour below JSON, the counters, the record, the HTTP API, and an end
// that comes at once.

import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { issuerExceptions, startTestbed } from './testbed.js';
import {
  call, goodRequest, launchParameters, post, readConfiguration, register,
  TOOL_URL,
} from './test_client.js';

let lms;
before(async () => {
  lms = await startTestbed({ toolUrl: TOOL_URL });
});
after(() => lms.close());

let sites = 0;
const start = (switches, name = 'moodle-4.5') => lms.begin(name,
  { switches, site: `w${sites += 1}` });
const configurationWith = async (form) =>
  readConfiguration(await start({ configuration: form }));

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

test('documents that are not JSON', async () => {
  for (const form of ['not-json', 'html-login', 'empty', 'trailing-garbage',
    'bom']) {
    const answer = await configurationWith(form);
    assert.equal(answer.status, 200);
    assert.throws(() => JSON.parse(answer.text), form);
  }
  assert.ok(Array.isArray((await configurationWith('array')).json()));
});

test('documents that only a strict reader refuses', async () => {
  const wish = { 'duplicate-keys': /"issuer":.*"issuer":/s, deep: /\[{100}/,
    nul: /\\u0000/, 'lone-surrogate': /\\ud800/, 'huge-number': /1e99999/ };
  for (const [form, pattern] of Object.entries(wish)) {
    const answer = await configurationWith(form);
    assert.match(answer.text, pattern);
    assert.doesNotThrow(() => answer.json(), form);
  }
  const bytes = (await configurationWith('invalid-utf8')).bytes;
  assert.throws(() => new TextDecoder('utf8', { fatal: true }).decode(bytes));
});

test('refused and redirected documents', async () => {
  for (const status of [404, 500]) {
    const answer = await configurationWith(`secret-${status}`);
    assert.equal(answer.status, status);
    assert.match(answer.text, /hunter2/);
  }
  const exchange = await start({ configuration: 'redirect-other' });
  const away = await readConfiguration(exchange);
  assert.equal(away.status, 302);
  assert.match(away.headers.location, /^http:\/\/elsewhere\.localhost:/);
  assert.equal((await call(away.headers.location)).status, 200);
  assert.equal(exchange.requests.at(-1).kind, 'elsewhere');
  const same = await configurationWith('redirect-same');
  assert.equal((await call(same.headers.location)).status, 200);
  assert.equal((await configurationWith('redirect-no-location'))
    .headers.location, undefined);
});

test('sizes and encodings', async () => {
  assert.ok((await configurationWith('oversize')).bytes.length > 2 ** 21);
  const packed = await configurationWith('gzip');
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.ok(gunzipSync(packed.bytes).length > packed.bytes.length * 50);
  await assert.rejects(configurationWith('closes'), /hang up|reset/);
  await assert.rejects(configurationWith('close-midway'), /aborted|reset/);
});

// Reads raw bytes for a while, since these answers never end.
async function listenRaw(exchange, ms = 300) {
  const url = new URL(exchange.configurationUrl);
  const socket = net.connect(lms.port, '127.0.0.1');
  let received = '';
  socket.on('data', (part) => {
    received += part.toString('latin1');
  });
  socket.on('error', () => {});
  socket.write(`GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`);
  await pause(ms);
  socket.destroy();
  return received;
}

test('answers that never end', async () => {
  const raw = async (form) => listenRaw(await start({ configuration: form }));
  const split = (text) => {
    const [head, ...rest] = text.split('\r\n\r\n');
    return { length: Number(/content-length: (\d+)/i.exec(head)?.[1]),
      body: rest.join('\r\n\r\n') };
  };
  assert.equal(await raw('never-answers'), '');
  const stalled = split(await raw('stalls-after-headers'));
  assert.ok(stalled.length > 1000 && stalled.body === '');
  const dripping = split(await raw('drips'));
  assert.ok(dripping.body.length >= 1 && dripping.body.length < 5);
  assert.ok((await raw('endless-chunked')).length > 500_000);
  const long = split(await raw('lying-length-long'));
  assert.equal(long.length, long.body.length + 1000);
  const short = split(await raw('lying-length-short'));
  assert.equal(short.length, Math.floor(short.body.length / 2));
});

test('delays', async () => {
  const begun = Date.now();
  await register(await start({ configurationDelay: 60, answerDelay: 60 }));
  assert.ok(Date.now() - begun >= 120);
});

test('an unanswered registration is kept by the LMS all the same', async () => {
  const exchange = await start({ answer: 'closes' });
  await assert.rejects(register(exchange), /hang up|reset/);
  assert.equal(exchange.state, 'registered');
  const record = exchange.requests.at(-1);
  assert.deepEqual([record.status, record.transport], [null, 'closes']);
});

test('held requests are counted and can be let go', async () => {
  const exchange = await start({ configuration: 'never-answers' });
  const waiting = Array.from({ length: 20 }, () =>
    readConfiguration(exchange).catch((problem) => problem.code));
  while (lms.counts().held < 20) await pause(5);
  assert.ok(lms.counts().open >= 20);
  lms.release();
  assert.deepEqual(new Set(await Promise.all(waiting)),
    new Set(['ECONNRESET']));
  assert.equal(lms.counts().held, 0);
});

test('close ends at once with stuck sockets', async () => {
  const other = await startTestbed();
  for (const form of ['never-answers', 'drips', 'endless-chunked']) {
    const exchange = await other.begin('sakai', { toolUrl: TOOL_URL,
      switches: { configuration: form } });
    call(exchange.configurationUrl).catch(() => {});
  }
  while (other.counts().held < 3) await pause(5);
  const begun = Date.now();
  await other.close();
  assert.ok(Date.now() - begun < 200);
});

test('the record holds both sides, for tests whole, for people cut',
  async () => {
    const exchange = await start({});
    await register(exchange);
    const [, posted] = exchange.requests;
    assert.equal(posted.headers.authorization,
      `Bearer ${exchange.token.text}`);
    assert.deepEqual(JSON.parse(posted.body), goodRequest());
    assert.equal(JSON.parse(posted.answerBody).client_id,
      exchange.registration.client_id);
    const api = await call(`${lms.url}/api/exchanges/${exchange.id}`);
    assert.equal(api.status, 200);
    assert.equal(api.text.includes(exchange.token.text), false);
    assert.ok(api.json().requests[1].headers.authorization
      .startsWith('Bearer eyJ'));
  });

test('exchanges of one site at once are told apart by their tokens',
  async () => {
    const many = await Promise.all(Array.from({ length: 10 }, (unused, index) =>
      lms.begin('moodle-4.5', { site: 'busy', toolUrl: TOOL_URL,
        switches: { answerStatus: 200 + index } })));
    const answers = await Promise.all(many.map((exchange) => post(
      `${exchange.issuer}/mod/lti/openid-registration.php`,
      launchParameters(exchange).get('registration_token'),
      JSON.stringify(goodRequest()))));
    assert.deepEqual(answers.map((answer) => answer.status),
      many.map((unused, index) => 200 + index));
  });

test('the HTTP API begins, lists and activates', async () => {
  const api = (path, method, body) => call(`${lms.url}/api${path}`, { method,
    headers: { 'content-type': 'application/json' }, body });
  const begun = await api('/exchanges', 'POST',
    JSON.stringify({ profile: 'sakai' }));
  assert.equal(begun.status, 201);
  assert.ok(begun.json().launchUrl.startsWith(TOOL_URL));
  await register(lms.exchange(begun.json().id));
  const tools = (await api('/platforms', 'GET')).json();
  const mine = tools.find((tool) => tool.profile === 'sakai');
  assert.equal(mine.state, 'edit');
  const active = await api(`/platforms/${mine.id}/activate`, 'POST');
  assert.equal(active.json().state, 'active');
  assert.equal((await api('/profiles', 'GET')).json().length, 8);
  assert.equal((await api('/exchanges/1-none', 'GET')).status, 404);
  assert.equal((await api('/exchanges', 'DELETE')).status, 405);
  const wrong = await api('/exchanges', 'POST',
    JSON.stringify({ profile: 'nowhere' }));
  assert.deepEqual([wrong.status, wrong.json().error],
    [400, 'unknown profile nowhere']);
});

test('hosts: start page, LMS pages, strangers', async () => {
  assert.equal((await call(`${lms.url}/`)).status, 200);
  const host = lms.origin('sakai.localhost');
  assert.equal((await call(`${host}/testbed/style.css`)).status, 200);
  assert.equal((await call(`${host}/testbed/../main.js`)).status, 404);
  const nowhere = lms.origin('nowhere.localhost');
  assert.equal((await call(`${nowhere}/`)).status, 404);
});

test('the issuer exceptions name every host that needs one', async () => {
  const pairs = issuerExceptions.split(',').map((pair) => pair.split('='));
  for (const name of ['canvas-cloud', 'blackboard']) {
    for (const site of ['', 'x1']) {
      const exchange = await lms.begin(name, { site });
      const host = new URL(exchange.configurationUrl).hostname;
      assert.ok(pairs.some(([pattern, issuer]) =>
        issuer === exchange.issuer && (pattern === host
          || (pattern.startsWith('*.')
            && host.endsWith(pattern.slice(1))))), host);
    }
  }
});
