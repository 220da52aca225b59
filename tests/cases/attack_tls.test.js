// SPDX-License-Identifier: Apache-2.0
// An LMS by https: who it says it is, and how well it says it.

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, test } from 'node:test';
import tls from 'node:tls';
import { makeDirectory, startGateway } from '../support/gateway.js';
import { startLms } from '../support/lms.js';
import { asJson, faultOf, gatewayFor, plainDocument } from '../support/raw.js';
import { makeAuthority, selfSigned } from '../support/tls.js';

const NAME = '*.moodle-45.localhost';
const directory = await makeDirectory();
const authority = await makeAuthority(directory);
const other = await makeAuthority(directory);
// No plain http is allowed, as in production.
const gateway = await startGateway({
  environment: { LTIGATE_OUTBOUND_CA: authority.file } });
after(async () => {
  await gateway.close();
  await rm(directory, { recursive: true });
});

async function addBy(credentials, { to = gateway, more = {}, site } = {}) {
  const lms = await startLms({ tls: { ...credentials, ...more } });
  const { page, exchange } = await lms.add(to, 'moodle-4.5',
    { headers: asJson, site });
  const counts = lms.counts();
  await lms.close();
  return { page, exchange, counts };
}

async function isRefused(credentials, options) {
  const { page, exchange, counts } = await addBy(credentials, options);
  assert.equal(page.status, 502);
  assert.equal(faultOf(page), 'OPENID_CONFIGURATION_UNREACHABLE');
  assert.equal(exchange.requests.length, 0);
  assert.equal(counts.requests, 0);
}

test('A12 a certificate of a known authority is accepted', async () => {
  const { page, exchange } = await addBy(await authority.issue(NAME));
  assert.equal(page.status, 200, page.text);
  assert.equal(exchange.state, 'registered');
  assert.ok(exchange.issuer.startsWith('https://'));
});

test('A12 a self-signed certificate is refused', async () => {
  await isRefused(await selfSigned(directory, NAME));
});

test('A12 a certificate of another authority is refused', async () => {
  await isRefused(await other.issue(NAME));
});

test('A12 without outbound_ca the system\'s authorities decide', async (t) => {
  const plain = await gatewayFor(t);
  await isRefused(await authority.issue(NAME), { to: plain });
});

for (const name of ['sakai.localhost', 'moodle-45.localhost',
  'x.s1.moodle-45.localhost', '127.0.0.1', '*.localhost', '*']) {
  test(`A12 a certificate for ${name} is refused`, async () => {
    await isRefused(await authority.issue(name), { site: 's1' });
  });
}

test('A12 the name is looked for where it belongs, not in the subject',
  async () => {
    const { page } = await addBy(
      await authority.issue(['sakai.localhost', 'x.moodle-45.localhost']),
      { site: 'x' });
    assert.equal(page.status, 200, page.text);
  });

test('A12 an expired certificate is refused', async () => {
  await isRefused(await authority.issue(NAME, { until: '20200102000000Z' }));
});

test('A12 a certificate that is not valid yet is refused', async () => {
  await isRefused(await authority.issue(NAME,
    { from: '20990101000000Z', until: '20990102000000Z' }));
});

const shake = (port, options) => new Promise((resolve) => {
  const socket = tls.connect({ port, host: '127.0.0.1',
    rejectUnauthorized: false, ciphers: 'DEFAULT@SECLEVEL=0', ...options },
  () => { resolve(socket.getProtocol()); socket.destroy(); });
  socket.on('error', (problem) => resolve(problem.code));
});

for (const version of ['TLSv1', 'TLSv1.1']) {
  test(`A12 ${version} is refused`, async () => {
    const credentials = await authority.issue(NAME);
    const old = { minVersion: version, maxVersion: version,
      ciphers: 'DEFAULT@SECLEVEL=0' };
    // The server really speaks it, with whoever wants to.
    const server = tls.createServer({ ...credentials, ...old },
      (socket) => socket.end());
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    assert.equal(await shake(server.address().port,
      { minVersion: version }), version);
    server.close();
    await isRefused(credentials, { more: old });
  });
}

for (const version of ['TLSv1.2', 'TLSv1.3']) {
  test(`A12 ${version} is accepted`, async () => {
    const { page } = await addBy(await authority.issue(NAME),
      { more: { minVersion: version, maxVersion: version } });
    assert.equal(page.status, 200, page.text);
  });
}

test('A12 the environment changes neither the way nor the trust', async (t) => {
  const asked = [];
  const proxy = createServer((request, response) => {
    asked.push(request.url);
    response.end(JSON.stringify(plainDocument('http://proxied.localhost')));
  });
  proxy.on('connect', (request, socket) => {
    asked.push(request.url);
    socket.destroy();
  });
  await new Promise((done) => proxy.listen(0, '127.0.0.1', done));
  const address = `http://127.0.0.1:${proxy.address().port}`;
  const led = await gatewayFor(t, { environment: {
    LTIGATE_OUTBOUND_CA: authority.file, http_proxy: address,
    https_proxy: address, HTTP_PROXY: address, HTTPS_PROXY: address,
    ALL_PROXY: address, all_proxy: address, no_proxy: '',
    CURL_CA_BUNDLE: other.file, SSLKEYLOGFILE: join(directory, 'keys.log') } });
  const { page } = await addBy(await authority.issue(NAME), { to: led });
  assert.equal(page.status, 200, page.text);
  await isRefused(await other.issue(NAME), { to: led });
  assert.deepEqual(asked, []);
  proxy.close();
});
