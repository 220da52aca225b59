// SPDX-License-Identifier: Apache-2.0
// The proxies of packaging/proxies before two gateways: what LMSs and browsers
// do through each of them, as if it were not there.

import assert from 'node:assert/strict';
import { createHmac, hkdfSync } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { enrol } from '../support/enrolled.js';
import { apiKey, callsTo, freePort, startGateway }
  from '../support/gateway.js';
import { httpCall } from '../support/http_call.js';
import { launchOf } from '../support/launches.js';
import { registrationsOf, startLms } from '../support/lms.js';
import { makePerson, password } from '../support/people.js';
import { isInstalled, makeProxyDirectory, proxyNames, startProxy }
  from '../support/proxies.js';
import { faultOf } from '../support/raw.js';
import { inDays, makeAuthority } from '../support/tls.js';

const MEGABYTE = 1 << 20;
const directory = await makeProxyDirectory();
const authority = await makeAuthority(directory);
const { cert, key } = await authority.issue('localhost',
  { until: inDays(60) });
const files = { cert: join(directory, 'cert.pem'),
  key: join(directory, 'key.pem'), both: join(directory, 'both.pem') };
// An ordinary user's proxy reads what root made for it.
await writeFile(files.cert, cert, { mode: 0o644 });
await writeFile(files.key, key, { mode: 0o644 });
await writeFile(files.both, Buffer.concat([cert, key]), { mode: 0o644 });

const [port, plainPort] = [await freePort(), await freePort()];
const url = `https://localhost:${port}`;
const environment = { LTIGATE_PUBLIC_URL: url,
  LTIGATE_TRUSTED_PROXIES: '127.0.0.1', LTIGATE_OUTBOUND_CA: authority.file };
const lms = await startLms();
const one = await startGateway({ environment,
  settings: { registration: { autoActivate: true } } });
const two = await startGateway({ environment, settings: null,
  store: one.store });
const front = { url, registerUrl: `${url}/lti/register` };
Object.assign(front, callsTo(front));
after(async () => {
  await lms.close();
  await two.close();
  await one.close();
  await rm(directory, { recursive: true });
});

// What ltigate check asks, with headers that a browser could send as well.
async function selfSeen(headers) {
  const own = Buffer.from(hkdfSync('sha256',
    await readFile(one.store.secretFile), '', 'self check', 32));
  const proof = createHmac('sha256', own).update('question n')
    .digest('base64url');
  const answer = await front.open(
    `${url}/healthz/self?nonce=n&proof=${proof}`,
    { headers: { accept: 'application/json', ...headers } });
  assert.equal(answer.status, 200, answer.text);
  return answer.json();
}

// A proxy's own, about itself and the connection.
const own = new Set(['alt-svc', 'connection', 'date', 'keep-alive', 'server',
  'transfer-encoding', 'via']);
const kept = ({ headers }) => Object.fromEntries(Object.entries(headers)
  .filter(([name]) => !own.has(name))
  .map(([name, value]) => [name, value.replaceAll(/nonce-[\w-]+/g, 'nonce')]));

const steps = {
  async 'an LMS registers, and a student comes in'() {
    const { exchange, page } = await lms.add(front, 'moodle-4.5');
    assert.equal(page.status, 200, page.text);
    assert.equal(registrationsOf(exchange).length, 1);
    const { page: entered, login } = await launchOf(lms, exchange,
      { storageTarget: 'absent' });
    assert.equal(entered.status, 303, entered.text);
    assert.match(String(login.headers['set-cookie']), /; Secure; SameSite=None/);
    const ltik = new URL(entered.location).searchParams.get('ltik');
    const token = await front.api('GET', '/api/idtoken', undefined,
      { key: null, headers: { authorization: `LTIK-AUTH-V2 ${apiKey}:${ltik}` } });
    assert.equal(token.status, 200, token.text);
  },
  async 'a person signs in, with a cookie for https alone'(name) {
    const person = await makePerson(front, { email: `${name}@school.example`,
      name: 'Ann', role: 'admin' });
    const answer = await front.api('POST', '/portal/session',
      { email: person.email, password }, { key: null });
    assert.equal(answer.status, 200, answer.text);
    assert.match(String(answer.headers['set-cookie']),
      /__Host-portal=[^;]+;.*; Secure/);
  },
  async 'ltigate check finds nothing wrong'() {
    const { code, json, stdout } = await one.cli('check', '--json');
    const { findings } = json();
    assert.deepEqual(findings.filter(({ good }) => !good), [], stdout);
    assert.equal(code, 0);
    const said = findings.map(({ what }) => what).join('\n');
    assert.match(said, /X-Forwarded-For of the proxy counts/);
    assert.match(said, /asked as public_url says/);
  },
  async 'what a browser says of its address is not believed'() {
    for (const forged of ['203.0.113.7', '203.0.113.7, 127.0.0.1', 'unknown']) {
      const seen = await selfSeen({ 'x-forwarded-for': forged,
        'x-forwarded-proto': 'http' });
      assert.equal(seen.peer, '127.0.0.1');
      assert.equal(seen.forwardedFor, '127.0.0.1');
      assert.equal(seen.forwardedProto, 'https');
    }
  },
  async 'headers pass as they are, and none is added'() {
    for (const path of ['/portal', '/lti/keys', '/nowhere']) {
      const [direct, through] = await Promise.all([one.url, url].map((at) =>
        one.open(`${at}${path}`)));
      assert.equal(through.status, direct.status);
      assert.deepEqual(kept(through), kept(direct), path);
    }
  },
  async 'long hints pass, and encoded slashes stay so'() {
    const at = await enrol(front);
    const hint = 'h"'.repeat(3000);
    for (const method of ['GET', 'POST']) {
      const { location, response } = await at.login({ method,
        fields: { lti_message_hint: hint } });
      assert.equal(response.status, 302, response.text.slice(0, 300));
      assert.equal(location.searchParams.get('lti_message_hint'), hint);
    }
    const answer = await front.api('GET', '/admin/platforms/a%2Fb');
    assert.equal(answer.status, 404);
    assert.equal(faultOf(answer), 'PLATFORM_NOT_FOUND');
  },
  async 'a body that is too large is refused clearly'() {
    const send = (size) => front.api('POST', '/admin/organizations',
      JSON.stringify({ name: 'x'.repeat(size) }));
    const refused = await send(1.5 * MEGABYTE);
    assert.equal(refused.status, 413, refused.text);
    assert.equal(faultOf(refused), 'BODY_TOO_LARGE');
    assert.equal((await send(3 * MEGABYTE)).status, 413);
  },
  async 'metrics are for who is inside'() {
    for (const path of ['/metrics', '/%6Detrics', '/metrics?a=b']) {
      const { status } = await front.api('GET', path);
      assert.ok(status === 403 || status === 404, `${path} ${status}`);
    }
    assert.equal((await one.api('GET', '/metrics')).status, 200);
  },
  async 'http leads to https'() {
    const { status, location } =
      await httpCall(`http://localhost:${plainPort}/lti/register?a=b`);
    assert.ok([301, 308].includes(status), `${status}`);
    assert.match(location, /^https:\/\/localhost(:\d+)?\/lti\/register\?a=b$/);
  },
  async 'one of two that is killed is not missed'(name, proxy) {
    await two.kill();
    const read = async () => {
      const answer = await front.api('GET', '/admin/settings');
      assert.equal(answer.status, 200, answer.text);
    };
    await read();
    await read();
    await proxy.noticed(two.port);
    for (let i = 0; i < 6; i += 1) {
      const written = await front.api('POST', '/admin/organizations',
        { name: `${name} ${i}` });
      assert.equal(written.status, 201, written.text);
      await read();
    }
    await two.start();
  },
};

for (const name of proxyNames) {
  describe(`behind ${name}`, { skip: !isInstalled(name)
    && `${name} is not installed` }, () => {
    let proxy;
    test(`PX ${name} starts from its example`, async () => {
      proxy = await startProxy(name, { port, plainPort,
        ports: [one.port, two.port], files });
    });
    for (const [what, step] of Object.entries(steps)) {
      test(`PX ${name}: ${what}`, async (t) => {
        if (!proxy) return t.skip('it did not start');
        await step(name, proxy).catch((problem) => {
          t.diagnostic(proxy.log().slice(-2000));
          throw problem;
        });
        return undefined;
      });
    }
    after(() => proxy?.close());
  });
}
