// SPDX-License-Identifier: Apache-2.0
// Bytes at our own door: whatever could be read in two ways is refused, and
// nothing behind it is looked at; slow clients do not keep others out.

import assert from 'node:assert/strict';
import net from 'node:net';
import { after, test } from 'node:test';
import { apiKey, startGateway, until } from '../support/gateway.js';
import { pause, talk } from '../support/raw.js';

const MEGABYTE = 1024 * 1024;
const gateway = await startGateway();
after(() => gateway.close());

const send = (bytes, options) => talk(gateway.port, bytes, options);
// Would be answered with 200 if it were taken for a request of its own.
const SECOND = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
const post = (lines, body = '') =>
  `POST /api/registrations/x/reject HTTP/1.1\r\nHost: x\r\n${
    lines.join('\r\n')}\r\n\r\n${body}`;
const get = (lines, target = '/healthz') =>
  `GET ${target} HTTP/1.1\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;

async function isRefused(bytes, status = 400) {
  const { answers, how, text } = await send([bytes + SECOND]);
  assert.equal(how, 'closed');
  assert.equal(answers.length, 1, text);
  assert.equal(answers[0].status, status, text);
  assert.equal(answers[0].headers.connection, 'close');
  assert.ok(JSON.parse(answers[0].body).details.message);
}

async function isTaken(bytes, status = 200) {
  const { answers, text } = await send([bytes + SECOND], { enough: 2 });
  assert.deepEqual(answers.map((one) => one.status), [status, 200], text);
}

const CHUNKED = 'Transfer-Encoding: chunked';
const smuggled = '0\r\n\r\nGET /readyz HTTP/1.1\r\nHost: x\r\n\r\n';
const doubtful = {
  'Content-Length and chunked':
    post(['Content-Length: 5', CHUNKED], smuggled),
  'chunked and Content-Length':
    post([CHUNKED, 'Content-Length: 5'], smuggled),
  'chunked alone': post([CHUNKED], '5\r\nhello\r\n0\r\n\r\n'),
  'chunked twice': post([CHUNKED, CHUNKED], smuggled),
  'identity': post(['Transfer-Encoding: identity', 'Content-Length: 0']),
  'chunked, identity': post(['Transfer-Encoding: chunked, identity'], smuggled),
  'xchunked': post(['Transfer-Encoding: xchunked'], smuggled),
  'an empty coding': post(['Transfer-Encoding:'], smuggled),
  'a blank before the colon': post(['Transfer-Encoding : chunked'], smuggled),
  'a tab before the colon': post(['Transfer-Encoding\t: chunked'], smuggled),
  'a vertical tab': post(['Transfer-Encoding:\u000bchunked'], smuggled),
  'another case': post(['tRANSFER-eNCODING: CHUNKED'], smuggled),
  'quoted': post(['Transfer-Encoding: "chunked"'], smuggled),
  'two lengths that differ':
    post(['Content-Length: 5', 'Content-Length: 0'], 'hello'),
  'two lengths that agree':
    post(['Content-Length: 0', 'Content-Length: 0']),
  'a list of lengths': post(['Content-Length: 5, 5'], 'hello'),
  'a length with +': post(['Content-Length: +5'], 'hello'),
  'a length with -': post(['Content-Length: -5'], 'hello'),
  'a length with a blank': post(['Content-Length: 5 5'], 'hello'),
  'a length in hex': post(['Content-Length: 0x5'], 'hello'),
  'a length with a point': post(['Content-Length: 5.0'], 'hello'),
  'a length with a letter': post(['Content-Length: 5a'], 'hello'),
  'an empty length': post(['Content-Length:'], 'hello'),
  'a length beyond all': post(['Content-Length: 18446744073709551621'],
    'hello'),
  'a length with a NUL': post(['Content-Length: 5\0'], 'hello'),
  'a blank before the length\'s colon': post(['Content-Length : 5'], 'hello'),
  'HEAD with a body':
    'HEAD /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\n',
  'a folded header': get(['Host: x', 'X-A: 1', ' Content-Length: 5']),
  'a header folded by a tab': get(['Host: x', 'X-A: 1', '\tb']),
  'a fold at the beginning': get([' X-A: 1', 'Host: x']),
  'a NUL in a name': get(['Host: x', 'X-\0A: 1']),
  'a NUL in a value': get(['Host: x', 'X-A: 1\0 2']),
  'a NUL in the target': get(['Host: x'], '/health\0z'),
  'a NUL in the version': 'GET /healthz HTTP/1.1\0\r\nHost: x\r\n\r\n',
  'a NUL before it all': `\0${get(['Host: x'])}`,
  'a bare LF after the request line':
    'GET /healthz HTTP/1.1\nHost: x\r\n\r\n',
  'a bare LF after a header': 'GET /healthz HTTP/1.1\r\nHost: x\n\r\n',
  'bare LFs alone': 'GET /healthz HTTP/1.1\nHost: x\n\n',
  'a bare CR in a value': get(['Host: x', 'X-A: 1\rX-B: 2']),
  'a bare CR in the target': get(['Host: x'], '/healthz\r/x'),
  'an empty line before it': `\r\n${get(['Host: x'])}`,
  'a header without a colon': get(['Host: x', 'Nonsense']),
  'a header without a name': get(['Host: x', ': 1']),
  'a name with a bracket': get(['Host: x', 'X[A]: 1']),
  'a name beyond ASCII': get(['Host: x', 'X-\u00e4: 1']),
  'a control character': get(['Host: x', 'X-A: \u0001']),
  'two hosts': get(['Host: x', 'Host: y']),
  'two hosts that agree': get(['Host: x', 'host: x']),
  'no host': get(['X-A: 1']),
  'an empty host': get(['Host:']),
  'a list of hosts': get(['Host: x, y']),
  'a host with a path': get(['Host: x/y']),
  'a host with a user': get(['Host: a@x']),
  'a target with a host': get(['Host: x'], 'http://y/healthz'),
  'a target of a proxy': get(['Host: x'], 'y:443'),
  'an asterisk': 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n',
  'a target with a fragment': get(['Host: x'], '/healthz#a'),
  'a target with a blank': get(['Host: x'], '/healthz a'),
  'two blanks before the target':
    'GET  /healthz HTTP/1.1\r\nHost: x\r\n\r\n',
  'a tab before the target': 'GET\t/healthz HTTP/1.1\r\nHost: x\r\n\r\n',
  'no version': 'GET /healthz\r\nHost: x\r\n\r\n',
  'HTTP/0.9': 'GET /healthz\r\n\r\n',
  'HTTP/2.0': 'GET /healthz HTTP/2.0\r\nHost: x\r\n\r\n',
  'HTTP/1.10': 'GET /healthz HTTP/1.10\r\nHost: x\r\n\r\n',
  'http/1.1': 'GET /healthz http/1.1\r\nHost: x\r\n\r\n',
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'a TLS handshake': '\u0016\u0003\u0001\u0002\u0000\u0001',
  'another Expect': get(['Host: x', 'Expect: 200-ok']),
  'a target of 20 KB': get(['Host: x'], `/${'x'.repeat(20_000)}`),
  '200 headers':
    get(['Host: x', ...Array.from({ length: 200 }, (_, i) => `X-${i}: 1`)]),
  'a header of 60 KB': get(['Host: x', `X-A: ${'x'.repeat(60_000)}`]),
};

for (const [what, bytes] of Object.entries(doubtful)) {
  test(`A49 ${what}: refused, and nothing after it is served`, () =>
    isRefused(bytes, what === 'the preface of HTTP/2' ? 405 : 400));
}

test('A49 a method of nobody is refused', async () => {
  for (const method of ['TRACE', 'CONNECT', 'get', 'Get', 'FOO', 'GETS']) {
    await isRefused(`${method} /healthz HTTP/1.1\r\nHost: x\r\n\r\n`, 405);
  }
});

test('A49 an oversize body is refused before it is sent', async () => {
  const begin = (length) =>
    post([`Content-Length: ${length}`, 'Content-Type: application/json']);
  await isRefused(begin(MEGABYTE + 1), 413);
  await isRefused(begin(999_999_999_999_999), 413);
});

test('A49 what is clear is served, one after the other', async () => {
  await isTaken(get(['Host: x']));
  await isTaken(get(['hOsT: x', 'X-A:1', 'X-B:   2  ', 'X-C:']));
  await isTaken(post(['Content-Length: 5'], 'hello'), 401);
  await isTaken(post(['Content-Length: 0']), 401);
  await isTaken(get(['Host: x'], `/?${'x'.repeat(15_000)}`));
  await isTaken(get(['Host: x',
    ...Array.from({ length: 95 }, (_, i) => `X-${i}: 1`)]));
  await isTaken(post([`Content-Length: ${MEGABYTE}`], 'x'.repeat(MEGABYTE)),
    401);
});

test('A49 a request in a body is a body', async () => {
  await isTaken(post([`Content-Length: ${SECOND.length}`], SECOND), 401);
});

test('A49 a doubtful request after clear ones takes nothing back', async () => {
  const doubt = post(['Content-Length: 0', CHUNKED]) + SECOND;
  const apart = await send([SECOND, 300, SECOND, 300, doubt]);
  assert.deepEqual(apart.answers.map(({ status }) => status), [200, 200, 400]);
  assert.equal(apart.how, 'closed');
  // In one piece, the first is the last that is served.
  const { answers, how } = await send([SECOND + SECOND + doubt]);
  assert.deepEqual(answers.map(({ status }) => status), [200]);
  assert.equal(answers[0].headers.connection, 'close');
  assert.equal(how, 'closed');
});

test('A49 it is no matter how the bytes are cut', async () => {
  const bytes = [...post(['Content-Length: 5'], 'hello')];
  const { answers } = await send(bytes.flatMap((byte) => [byte, 1])
    .concat(SECOND), { enough: 2 });
  assert.deepEqual(answers.map(({ status }) => status), [401, 200]);
  for (const what of ['two lengths that agree', 'two hosts', 'a bare CR in a value',
    'chunked and Content-Length', 'a folded header']) {
    const cut = await send([...doubtful[what] + SECOND].flatMap((byte) =>
      [byte, 1]));
    assert.deepEqual(cut.answers.map(({ status }) => status), [400], what);
  }
});

test('A49 a connection is kept, as long as that is asked for', async () => {
  const kept = await send([SECOND, 300, SECOND, 300, SECOND], { enough: 3 });
  assert.deepEqual(kept.answers.map(({ status }) => status), [200, 200, 200]);
  for (const bytes of [get(['Host: x', 'Connection: close']),
    'GET /healthz HTTP/1.0\r\nHost: x\r\n\r\n']) {
    const { answers, how } = await send([bytes]);
    assert.equal(how, 'closed');
    assert.deepEqual(answers.map(({ status }) => status), [200]);
  }
});

test('A49 who expects a 100 gets one, and then the answer', async () => {
  const head = post(['Content-Length: 5', 'Expect: 100-continue']);
  const { answers } = await send([head, 500, 'hello', SECOND], { enough: 3 });
  assert.deepEqual(answers.map(({ status }) => status), [100, 401, 200]);
  const large = await send(
    [post([`Content-Length: ${MEGABYTE + 1}`, 'Expect: 100-continue'])]);
  assert.deepEqual(large.answers.map(({ status }) => status), [413]);
});

test('A49 a refusal is in the log once, on one line', async () => {
  const before = gateway.log().length;
  await isRefused(get(['Host: x', 'X-A: 1\r2026-01-01T00:00:00Z error FORGED']));
  await pause(100);
  const lines = gateway.log().slice(before).split('\n');
  assert.ok(lines.every((line) => !line.includes('FORGED')));
});

test('A49 the API behind a doubtful request is not reached', async () => {
  const inner = `POST /admin/organizations HTTP/1.1\r\nHost: x\r\n`
    + `Authorization: Bearer ${apiKey}\r\nContent-Type: application/json\r\n`
    + 'Content-Length: 19\r\n\r\n{"name":"smuggled"}';
  for (const lines of [[`Content-Length: ${inner.length}`, CHUNKED],
    [CHUNKED], ['Content-Length: 0', 'Content-Length: 5'],
    ['Content-Length: 0', ' X: y']]) {
    await isRefused(post(lines, `0\r\n\r\n${inner}`));
  }
  const { text } = await gateway.api('GET', '/admin/organizations');
  assert.ok(!text.includes('smuggled'));
});

test('A49 500 that send a byte a second keep nobody out, and are ended',
  async () => {
    const sockets = Array.from({ length: 500 }, () => {
      const socket = net.connect({ port: gateway.port, host: '127.0.0.1' });
      socket.on('error', () => {});
      socket.resume();
      return socket;
    });
    await Promise.all(sockets.map((socket) => new Promise((done) => {
      socket.once('connect', done);
      socket.once('error', done);
    })));
    const begun = Date.now();
    const text = `GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ${'x'.repeat(500)}`;
    let at = 0;
    const timer = setInterval(() => {
      for (const socket of sockets) {
        if (!socket.destroyed) socket.write(text[at % text.length]);
      }
      at += 1;
    }, 1000);
    for (let i = 0; i < 5; i += 1) {
      await pause(700);
      const asked = Date.now();
      const answer = await gateway.api('GET', '/admin/platforms');
      assert.equal(answer.status, 200);
      assert.ok(Date.now() - asked < 5000, `${Date.now() - asked} ms`);
    }
    const open = () => sockets.filter((socket) => !socket.destroyed).length;
    assert.ok(open() > 400, 'they are not ended at once');
    await until(() => open() === 0, 'the end of slow clients', 45_000);
    clearInterval(timer);
    assert.ok(Date.now() - begun > 8000);
  });

test('A49 a slow body ends too, and a silent connection', async () => {
  const body = [post(['Content-Length: 1000'])];
  for (let i = 0; i < 40; i += 1) body.push(900, 'x');
  const [slow, silent] = await Promise.all(
    [send(body, { limit: 45_000 }), send([], { limit: 45_000 })]);
  for (const one of [slow, silent]) {
    assert.notEqual(one.how, 'limit');
    assert.ok(one.ms > 8000 && one.ms < 40_000, `${one.ms} ms`);
  }
});
