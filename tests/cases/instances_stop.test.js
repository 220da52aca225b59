// SPDX-License-Identifier: Apache-2.0
// An instance that is told to stop: first it says that it is not ready, then
// it takes nothing more, ends what it began, and is gone.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, describe, test } from 'node:test';
import { sleep, until } from '../support/gateway.js';
import { leases } from '../support/instances.js';
import { enter, startLms } from '../support/lms.js';
import { gatewayFor } from '../support/raw.js';

const lms = await startLms();
after(() => lms.close());

const ended = { code: 0, signal: null };
const ask = (gateway, path) => gateway.open(gateway.url + path);
const terminate = (gateway) => process.kill(gateway.pid, 'SIGTERM');
const isStopping = (gateway) => until(async () =>
  (await ask(gateway, '/readyz')).status === 503, 'not ready any more');
const isRefused = (gateway) => ask(gateway, '/healthz').then(
  () => false, ({ code }) => /^ECONN/.test(code));

// One connection, as a proxy keeps it.
async function keptConnection(t, gateway) {
  const socket = connect(gateway.port, '127.0.0.1');
  t.after(() => socket.destroy());
  let text = '';
  socket.on('data', (part) => { text += part; });
  const closed = new Promise((done) => socket.on('close', done));
  socket.on('error', () => {});
  return { closed, ask: async (path) => {
    text = '';
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await until(() => /\r\n\r\n.*\}/s.test(text), 'an answer');
    return text;
  } };
}

describe('told to stop', { concurrency: 4 }, () => {
  test('MI not ready at once, and served until drain_seconds are over',
    async (t) => {
      const gateway = await gatewayFor(t,
        { environment: { LTIGATE_DRAIN_SECONDS: '8' } });
      const kept = await keptConnection(t, gateway);
      assert.doesNotMatch(await kept.ask('/healthz'), /Connection: close/i);
      const begun = Date.now();
      terminate(gateway);
      await isStopping(gateway);
      const { text } = await ask(gateway, '/readyz');
      assert.match(text, /This instance is stopping/);
      // What comes all the same is served, and leaves no connection behind.
      assert.match(await kept.ask('/healthz'),
        /^HTTP\/1\.1 200 [^]*Connection: close/i);
      await kept.closed;
      const { page } = await lms.add(gateway, 'moodle-4.5');
      assert.equal(page.status, 200, page.text);
      assert.deepEqual(await gateway.ended, ended);
      assert.ok(Date.now() - begun >= 7000, `${Date.now() - begun} ms`);
      assert.deepEqual(await leases(gateway), []);
    });

  test('MI without drain_seconds it stops at once', async (t) => {
    const gateway = await gatewayFor(t);
    const begun = Date.now();
    terminate(gateway);
    assert.deepEqual(await gateway.ended, ended);
    assert.ok(Date.now() - begun < 8000, `${Date.now() - begun} ms`);
  });

  test('MI a second signal ends the wait', async (t) => {
    const gateway = await gatewayFor(t,
      { environment: { LTIGATE_DRAIN_SECONDS: '600' } });
    terminate(gateway);
    await isStopping(gateway);
    terminate(gateway);
    assert.deepEqual(await gateway.ended, ended);
  });

  test('MI who connected before is waited for, though nothing has come yet',
    async (t) => {
      const gateway = await gatewayFor(t);
      const slow = await keptConnection(t, gateway);
      await ask(gateway, '/healthz');
      terminate(gateway);
      await until(() => isRefused(gateway), 'closed');
      await sleep(500);
      assert.match(await slow.ask('/healthz'),
        /^HTTP\/1\.1 200 [^]*Connection: close/i);
      assert.deepEqual(await gateway.ended, ended);
    });

  test('MI what was begun is ended, and nothing more is taken', async (t) => {
    const gateway = await gatewayFor(t);
    const exchange = await lms.begin(gateway, 'moodle-4.5',
      { switches: { answerDelay: 4000 } });
    const page = enter(gateway, exchange);
    await until(() => exchange.state === 'registered', 'the LMS was asked');
    terminate(gateway);
    await until(() => isRefused(gateway), 'closed');
    const { status, text } = await page;
    assert.equal(status, 200, text);
    assert.deepEqual(await gateway.ended, ended);
    assert.equal(await gateway.store.sql(
      'SELECT count(*) FROM platforms'), '1');
  });

  test('MI not ready while the store cannot be read', async (t) => {
    const gateway = await gatewayFor(t);
    await gateway.store.sql('ALTER TABLE tool_keys RENAME TO away');
    await isStopping(gateway);
    const { text } = await ask(gateway, '/readyz');
    assert.match(text, /The store cannot be read/);
    assert.equal((await ask(gateway, '/healthz')).status, 200);
    await gateway.store.sql('ALTER TABLE away RENAME TO tool_keys');
    await until(async () => (await ask(gateway, '/readyz')).status === 200,
      'ready again');
  });

  test('MI drain_seconds must be a number', async (t) => {
    const gateway = await gatewayFor(t);
    const { code, stderr } = await gateway.cli('check', '--drain_seconds',
      'soon');
    assert.notEqual(code, 0);
    assert.match(stderr, /drain_seconds must be a whole number/);
  });
});
