// SPDX-License-Identifier: Apache-2.0
// Started by a service manager, as systemd is one: it tells that it is ready
// and that it stops, a watchdog hears that the event loops turn, and sockets
// that were handed over outlive a restart.

import assert from 'node:assert/strict';
import http from 'node:http';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { freePort, tryGateway, until } from '../support/gateway.js';
import { gatewayFor, pause } from '../support/raw.js';

const helper = join(import.meta.dirname, '../support/service_manager.py');
const by = (...wishes) => ['python3', helper, ...wishes, '--'];
const handing = (port) => by(`sockets=127.0.0.1:${port}`);

const told = (gateway, word) => gateway.log().split('\n')
  .filter((line) => line.startsWith('manager: told ') && line.includes(word));
const count = (gateway, word) => told(gateway, word).length;

// One connection for one question; what it came to.
const askAlone = (port, host = '127.0.0.1') => new Promise((done) => {
  http.get({ host, port, path: '/healthz', agent: false },
    (response) => response.resume()
      .on('end', () => done(response.statusCode))
      .on('error', (problem) => done(problem.code)))
    .on('error', (problem) => done(problem.code));
});

describe('by a service manager', { concurrency: 3 }, () => {
  for (const notify of ['path', 'abstract']) {
    test(`SM it tells when it is ready and when it stops: ${notify}`,
      async (t) => {
        const gateway = await gatewayFor(t,
          { through: () => by(`notify=${notify}`) });
        const [line, ...more] = told(gateway, 'READY=1');
        assert.match(line, new RegExp(`STATUS=Serves ${gateway.url}$`));
        assert.deepEqual(more, []);
        assert.equal(count(gateway, 'STOPPING=1'), 0);
        await gateway.stop();
        assert.equal(count(gateway, 'STOPPING=1'), 1);
        assert.equal(count(gateway, 'WATCHDOG=1'), 0);
      });
  }

  test('SM it tells that it stops as it begins to drain, and how long',
    async (t) => {
      const gateway = await gatewayFor(t, { through: () => by('notify=path'),
        environment: { LTIGATE_DRAIN_SECONDS: '600' } });
      process.kill(gateway.pid, 'SIGTERM');
      await until(() => count(gateway, 'STOPPING=1'), 'it is told');
      assert.match(told(gateway, 'STOPPING=1')[0],
        /\|EXTEND_TIMEOUT_USEC=660000000$/);
      assert.equal(await askAlone(gateway.port), 200);
      process.kill(gateway.pid, 'SIGTERM');
      assert.deepEqual(await gateway.ended, { code: 0, signal: null });
      assert.equal(count(gateway, 'STOPPING=1'), 1);
    });

  for (const thread of ['ltigate', 'ltigate-loop']) {
    test(`SM the watchdog hears nothing while a loop stands still: ${thread}`,
      async (t) => {
        const gateway = await gatewayFor(t, {
          through: () => by('notify=path', 'watchdog=3000'),
          environment: { LTIGATE_LOOPS: '2' } });
        const beats = () => count(gateway, 'WATCHDOG=1');
        await until(() => beats() >= 3, 'three beats');
        gateway.say(`hold ${thread}`);
        await until(() => /manager: holds 1\n/.test(gateway.log()), 'held');
        await pause(1500); // what was on the way
        const before = beats();
        await pause(4000);
        assert.equal(beats(), before);
        gateway.say('release');
        await until(() => beats() >= before + 2, 'beats again');
      });
  }

  test('SM a watchdog of another process is not ours', async (t) => {
    const gateway = await gatewayFor(t,
      { through: () => by('notify=path', 'watchdog=400', 'watchdog-pid=1') });
    await pause(3000);
    assert.equal(count(gateway, 'WATCHDOG=1'), 0);
  });

  test('SM a restart loses no connection to a socket that was handed over',
    async (t) => {
      const gateway = await gatewayFor(t, { through: handing,
        environment: { LTIGATE_LOOPS: '2' } });
      assert.match(gateway.log(), /listen is not used/);
      assert.match(gateway.log(), /listening .*socket="?handed over/);
      const answers = [];
      let over = false;
      t.after(() => { over = true; });
      const clients = Array.from({ length: 8 }, async () => {
        while (!over) answers.push(await askAlone(gateway.port));
      });
      const times = (line) => gateway.log().match(line)?.length ?? 0;
      for (let round = 1; round <= 3; round++) {
        await pause(300);
        gateway.say('restart');
        await until(() => times(/manager: ended 0/g) === round, 'an end');
        // One that is only about to begin ends as any program does.
        await until(() => times(/socket="?handed over/g) > round, 'a beginning');
      }
      const served = answers.length;
      await until(() => answers.length > served + 100, 'served again');
      over = true;
      await Promise.all(clients);
      assert.deepEqual([...new Set(answers)], [200]);
    });

  test('SM several sockets, in both families', async (t) => {
    const other = await freePort();
    const gateway = await gatewayFor(t, { through: (port) =>
      by(`sockets=127.0.0.1:${port},[::1]:${other}`) });
    assert.equal(await askAlone(gateway.port), 200);
    assert.equal(await askAlone(other, '::1'), 200);
    assert.match(gateway.log(), new RegExp(`address="?\\[::1\\]:${other}`));
  });

  test('SM sockets that were handed to another process are not ours',
    async (t) => {
      const other = await freePort();
      const gateway = await gatewayFor(t,
        { through: () => by(`sockets=127.0.0.1:${other}`, 'other-pid') });
      assert.doesNotMatch(gateway.log(), /listen is not used/);
      assert.match(gateway.log(), /listening .*socket="?own/);
    });

  test('SM what is no socket is refused, and named', async () => {
    const { code, log } = await tryGateway({ through: by('pipe') });
    assert.equal(code, 1);
    assert.match(log, /descriptor 3, .* is no listening TCP socket/);
    const notify = await tryGateway({ environment: { NOTIFY_SOCKET: 'x' } });
    assert.equal(notify.code, 1);
    assert.match(notify.log, /NOTIFY_SOCKET is not the address/);
  });
});
