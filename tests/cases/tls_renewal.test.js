// SPDX-License-Identifier: Apache-2.0
// Native TLS: a certificate that was renewed is taken while the gateway runs,
// and one that cannot be used is not.

import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { join } from 'node:path';
import { after, test } from 'node:test';
import tls from 'node:tls';
import { makeDirectory, sleep, startGateway, until }
  from '../support/gateway.js';
import { sampleOf, tellMetrics } from '../support/metrics.js';
import { gatewayFor } from '../support/raw.js';
import { inDays, makeAuthority } from '../support/tls.js';

const NAME = 'localhost';
const EXPIRES = 'ltigate_tls_certificate_expires_timestamp_seconds';
const TAKEN = 'TLS certificate taken';
const REFUSED = 'TLS certificate not taken';
const directory = await makeDirectory();
const authority = await makeAuthority(directory);
const files = { cert: join(directory, 'cert.pem'),
  key: join(directory, 'key.pem') };
const first = await authority.issue(NAME);
const serialOf = ({ cert }) => new X509Certificate(cert).serialNumber;

// As who renews does: another file takes the name.
async function put(name, content) {
  await writeFile(`${files[name]}.new`, content, { mode: 0o600 });
  await rename(`${files[name]}.new`, files[name]);
}

await put('key', first.key);
await put('cert', first.cert);
// Root reads everything, unless it gave that up.
const through = () => process.getuid() === 0
  ? ['--bounding-set', '-dac_override,-dac_read_search'] : [];
// Nor would it reach a server's socket then.
const gateway = await startGateway({ through, environment: {
  LTIGATE_STORE: `sqlite:${join(directory, 'ltigate.db')}`,
  LTIGATE_SECRET_FILE: join(directory, 'secret'),
  LTIGATE_TLS_CERT: files.cert, LTIGATE_TLS_KEY: files.key,
  LTIGATE_OUTBOUND_CA: authority.file } });
after(async () => {
  await gateway.close();
  await rm(directory, { recursive: true });
});

const shown = () => new Promise((done, fail) => {
  const socket = tls.connect({ port: gateway.port, host: '127.0.0.1',
    servername: NAME, rejectUnauthorized: false }, () => {
    done(socket.getPeerCertificate().serialNumber);
    socket.destroy();
  });
  socket.on('error', fail);
});
const lines = (text) => gateway.log().split('\n')
  .filter((line) => line.includes(text));
// It is shown before that is told.
const isTold = (pair) => until(() =>
  lines(TAKEN).at(-1)?.includes(serialOf(pair)), `${serialOf(pair)} is told`);
const isShown = (pair) => until(async () =>
  await shown() === serialOf(pair), `${serialOf(pair)} is shown`);

// What is wrong is told in words, and whoever comes is shown what was shown.
async function isNotTaken(words, change, { signal = true } = {}) {
  const before = { shown: await shown(), told: lines(REFUSED).length };
  await change();
  if (signal) process.kill(gateway.pid, 'SIGHUP');
  await until(() => lines(REFUSED).slice(before.told)
    .some((line) => words.test(line)), `refused: ${words}`);
  assert.equal(await shown(), before.shown);
}

const ask = (agent) => new Promise((done, fail) => {
  const request = https.get({ agent, host: '127.0.0.1', port: gateway.port,
    path: '/healthz', rejectUnauthorized: false }, (response) => {
    const { socket } = response;
    response.resume().on('end', () => done({ status: response.statusCode,
      reused: request.reusedSocket,
      serial: socket.getPeerCertificate().serialNumber }));
  });
  request.on('error', fail);
});

test('RENEW the files are taken without a restart, and who is connected '
  + 'stays so', async () => {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
  const { pid } = gateway;
  assert.equal((await ask(agent)).serial, serialOf(first));
  const second = await authority.issue(NAME);
  await put('key', second.key);
  await put('cert', second.cert);
  // As long as that takes, one goes on asking: else it would be idle.
  await until(async () => {
    const kept = await ask(agent);
    assert.deepEqual(kept, { status: 200, reused: true,
      serial: serialOf(first) });
    return await shown() === serialOf(second);
  }, 'the second is shown');
  assert.deepEqual(await ask(agent), { status: 200, reused: true,
    serial: serialOf(first) });
  agent.destroy();
  assert.equal(gateway.pid, pid);
  await isTold(second);
  const [line] = lines(TAKEN);
  assert.match(line, /subject="?CN=an LMS.*not_after="?\d{4}-\d\d-\d\dT/);
});

test('RENEW a pair that is half there waits for its other half', async () => {
  const next = await authority.issue(NAME);
  const told = lines(REFUSED).length;
  await isNotTaken(/key\.pem: not the key of the certificate in .*cert\.pem/,
    () => put('cert', next.cert), { signal: false });
  // It is tried at each look, and not told at each.
  await sleep(2200);
  assert.equal(lines(REFUSED).length, told + 1);
  await put('key', next.key);
  await isShown(next);
  await isTold(next);
});

test('RENEW what cannot be used is not taken, and the log says why',
  async () => {
    const next = await authority.issue(NAME);
    const past = await authority.issue(NAME, { until: '20200102000000Z' });
    const later = await authority.issue(NAME,
      { from: '20990101000000Z', until: '20990102000000Z' });
    await put('key', past.key);
    await isNotTaken(/cert\.pem: expired at 2020-01-02T00:00:00Z; renew it/,
      () => put('cert', past.cert));
    await put('key', later.key);
    await isNotTaken(/cert\.pem: not good before 2099-01-01/,
      () => put('cert', later.cert));
    await isNotTaken(/cert\.pem: not certificates in PEM/,
      () => put('cert', next.cert.subarray(0, 300)));
    await isNotTaken(/cert\.pem: No such file/, () => rm(files.cert));
    await put('key', 'no key');
    await isNotTaken(/key\.pem: not a private key in PEM/,
      () => put('cert', next.cert));
    await isNotTaken(/key\.pem: locked with a passphrase/, async () =>
      put('key', createPrivateKey(next.key).export({ format: 'pem',
        type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'a secret' })));
    await isNotTaken(/key\.pem: Permission denied; the user that runs/,
      async () => {
        await writeFile(`${files.key}.new`, next.key);
        await chmod(`${files.key}.new`, 0);
        await rename(`${files.key}.new`, files.key);
      });
    await chmod(files.key, 0o400);
    await isShown(next);
    assert.doesNotMatch(gateway.log(), /PRIVATE KEY/);
  });

test('RENEW a signal has the files read at once', async () => {
  const taken = lines(TAKEN).length;
  process.kill(gateway.pid, 'SIGHUP');
  await until(() => lines(TAKEN).length > taken, 'it is read again');
  assert.ok(lines(TAKEN).at(-1).includes(await shown()));
  await isNotTaken(/not the key/, () => put('key', first.key));
  await isNotTaken(/not the key/, () => {});
  await put('cert', first.cert);
  await isShown(first);
  await isTold(first);
});

test('RENEW the metric and ltigate check tell how long it lasts', async () => {
  const soon = await authority.issue(NAME, { from: '20200101000000Z',
    until: inDays(20) });
  const told = async () => sampleOf(await tellMetrics(gateway), EXPIRES);
  const endOf = ({ cert }) => Date.parse(new X509Certificate(cert).validTo);
  const holds = async () => {
    const { findings } = (await gateway.cli('check', '--json')).json();
    return findings.filter(({ what }) => what.startsWith('tls_cert'));
  };
  assert.equal(await told(), endOf(first) / 1000);
  const [fits, ends] = await holds();
  assert.deepEqual([fits.good, ends.good], [true, false]);
  assert.match(ends.what, /^tls_cert holds for [12] days, until 20/);
  assert.match(ends.advice, /renew it/);
  await put('key', soon.key);
  assert.match((await holds())[0].advice, /not the key of the certificate/);
  await put('cert', soon.cert);
  await until(async () => await told() === endOf(soon) / 1000, 'the new end');
  assert.deepEqual((await holds()).map(({ good }) => good), [true, true]);
});

test('RENEW without tls_cert a signal ends nobody', async (t) => {
  const plain = await gatewayFor(t);
  process.kill(plain.pid, 'SIGHUP');
  await until(() => plain.log().includes('nothing to read again'),
    'it is told');
  assert.equal((await plain.api('GET', '/healthz')).status, 200);
  assert.equal(sampleOf(await tellMetrics(plain), EXPIRES), undefined);
});
