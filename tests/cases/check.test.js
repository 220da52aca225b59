// SPDX-License-Identifier: Apache-2.0
// ltigate check: everything that can be wrong in the first hour, each behind
// a proxy of the test's own; what is told, and what to type.

import assert from 'node:assert/strict';
import { chmod } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { after, test } from 'node:test';
import { freePort, startGateway } from '../support/gateway.js';
import { inDays, makeAuthority, selfSigned } from '../support/tls.js';

const gateway = await startGateway();
after(() => gateway.close());
const other = await startGateway({ fresh: true });
after(() => other.close());
const authority = await makeAuthority(gateway.directory);
const good = await authority.issue('localhost', { until: inDays(60) });

// A proxy with TLS in front of a gateway: `mend` changes what it sends on, and
// what it answers.
async function startProxy(t, { pair = good, to = gateway, asked = () => ({}),
  answered = (headers) => headers } = {}) {
  const server = https.createServer(pair, (request, response) => {
    const on = http.request({ host: '127.0.0.1', port: to.port,
      method: request.method, path: request.url,
      headers: { ...request.headers, ...asked(request) } }, (answer) => {
      response.writeHead(answer.statusCode, answered({ ...answer.headers }));
      answer.pipe(response);
    });
    request.pipe(on);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `https://localhost:${server.address().port}`;
}

async function check(url, ...args) {
  const { code, json, stdout } = await gateway.cli('check', '--json',
    '--public_url', url, '--outbound_ca', authority.file, ...args);
  const { findings } = json();
  assert.equal(code, findings.every((one) => one.good) ? 0 : 1, stdout);
  const wrong = findings.filter((one) => !one.good);
  assert.ok(wrong.every(({ advice }) => advice.length > 10), stdout);
  return { wrong: wrong.map(({ what }) => what), findings,
    advice: wrong.map(({ advice }) => advice).join('\n') };
}

test('CHECK all is well behind a proxy, and said so', async (t) => {
  const url = await startProxy(t, { asked: () =>
    ({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https' }) });
  const { wrong, findings } = await check(url, '--trusted_proxies',
    '127.0.0.1');
  assert.deepEqual(wrong, []);
  const said = findings.map(({ what }) => what);
  for (const word of ['configuration', 'secret file', 'can be written',
    'resolved', 'certificate', 'leads to this gateway', 'X-Forwarded-For',
    'as public_url says', 'cookies', 'frame', 'clock', 'name', 'launch URL',
    'key to sign']) {
    assert.ok(said.some((what) => what.includes(word)), word);
  }
  const { code, stdout } = await gateway.cli('check', '--public_url', url,
    '--outbound_ca', authority.file, '--trusted_proxies', '127.0.0.1');
  assert.equal(code, 0, stdout);
  assert.match(stdout, /^ok {3}public_url leads to this gateway$/m);
});

const wrong = {
  'nobody answers': [async () => ({ url: `https://localhost:${await freePort()}` }),
    ['public_url is reached from here'], /start the gateway/],
  'no such name': [() => ({ url: 'https://no-such-name.invalid' }),
    ['the name of public_url can be resolved'], /DNS record for no-such-name/],
  'another gateway': [() => ({ to: other }),
    ['public_url leads to this gateway'], /something else answers.*404/],
  'another path': [(url) => ({ url: `${url}/lti-gateway` }),
    ['public_url leads to this gateway'], /address and path/],
  'a certificate of nobody': [async () => ({
    pair: await selfSigned(gateway.directory, 'localhost') }),
  ['the certificate of public_url holds'], /certificate.*whole chain/s],
  'a certificate for another name': [async () => ({
    pair: await authority.issue('lti.example') }),
  ['the certificate of public_url holds'], /certificate/],
  'a certificate that ends soon': [async () => ({
    pair: await authority.issue('localhost', { until: inDays(3) }) }), ['the certificate of public_url holds'], /ends within 14 days/],
  'a proxy that is not trusted': [() => ({ asked: () =>
    ({ 'x-forwarded-for': '192.0.2.7' }) }),
  ['X-Forwarded-For of the proxy counts'], /trusted_proxies = 127\.0\.0\.1/],
  'a proxy that does not tell': [() => ({
    args: ['--trusted_proxies', '127.0.0.1'] }),
  ['the proxy tells whose requests it brings'], /proxy_set_header/],
  'a proxy that was asked by http': [() => ({ asked: () =>
    ({ 'x-forwarded-proto': 'http' }) }),
  ['the proxy is asked as public_url says'], /arrives as http/],
  'cookies without Secure': [() => ({ answered: (headers) => ({ ...headers,
    'set-cookie': headers['set-cookie'].map((one) =>
      one.replace('; Secure', '')) }) }),
  ['cookies arrive as they are set, Secure'], /leave Set-Cookie alone/],
  'no cookies': [() => ({ answered: ({ 'set-cookie': _, ...rest }) => rest }),
    ['cookies arrive as they are set, Secure'], /changes or drops/],
  'no frame': [() => ({ answered: (headers) => ({ ...headers,
    'x-frame-options': 'DENY' }) }),
  ['an LMS may show pages in its frame'], /X-Frame-Options: DENY/],
  'another clock': [() => ({ answered: (headers) => ({ ...headers,
    date: new Date(Date.now() - 90_000).toUTCString() }) }),
  ['this clock and that of public_url agree'], /seconds apart; use NTP/],
};

for (const [name, [make, expected, advice]] of Object.entries(wrong)) {
  test(`CHECK ${name}`, async (t) => {
    const { url, args = [], ...options } = await make('');
    const own = url?.startsWith('https:') ? url
      : await startProxy(t, options) + (url ?? '');
    const found = await check(own, ...args);
    assert.deepEqual(found.wrong, expected, found.advice);
    assert.match(found.advice, advice);
  });
}

test('CHECK a secret that others may read, a configuration that is wrong',
  async (t) => {
    const url = await startProxy(t);
    const path = gateway.store.environment.LTIGATE_SECRET_FILE
      ?? `${gateway.store.url.replace('sqlite:', '')}.secret`;
    await chmod(path, 0o644);
    const open = await check(url);
    await chmod(path, 0o600);
    assert.deepEqual(open.wrong, ['the store is there, and its secret fits']);
    assert.match(open.advice, /chmod 600|0600/);
    const bad = await check(url, '--workers', 'many');
    assert.deepEqual(bad.wrong, ['the configuration can be read']);
  });

test('CHECK the way is closed to who has not the secret', async () => {
  for (const query of ['', '?nonce=a', '?nonce=a&proof=b',
    `?nonce=${'a'.repeat(100)}&proof=b`]) {
    const answer = await gateway.open(`${gateway.url}/healthz/self${query}`,
      { headers: { accept: 'application/json' } });
    assert.equal(answer.status, 404, query);
    assert.equal(answer.headers['set-cookie'], undefined);
  }
});
