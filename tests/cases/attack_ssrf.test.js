// SPDX-License-Identifier: Apache-2.0
// Where the gateway lets itself be sent: nowhere but to LMSs.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGateway, until } from '../support/gateway.js';
import { registrationsOf, startLms } from '../support/lms.js';
import { referenceIn, titleOf, whatOf } from '../support/pages.js';
import { asJson, faultOf, gatewayFor, plainDocument, sendJson, startScripted,
  startTrap } from '../support/raw.js';

const lms = await startLms();
const scripted = await startScripted();
// What an operator runs: nothing is allowed but the public Internet.
const closed = await startGateway({
  environment: { LTIGATE_OUTBOUND_ALLOW: undefined } });
// The testbed may be reached, its neighbour 127.0.0.2 may not.
const narrow = await startGateway({
  environment: { LTIGATE_OUTBOUND_ALLOW: '127.0.0.1/32, ::1' } });
// On all addresses of this machine, so that whatever is tried would be seen.
const trap = await startTrap('::').catch(() => startTrap('0.0.0.0'));
const neighbour = await startTrap('127.0.0.2');
after(async () => {
  await Promise.all([lms, scripted, closed, narrow, trap, neighbour]
    .map((one) => one.close()));
});

const begin = (gateway, url, headers = asJson) => gateway.open(
  `${gateway.registerUrl}?openid_configuration=${encodeURIComponent(url)}`,
  { headers });

// --- A1 --------------------------------------------------------------------

const hosts = ['127.0.0.1', '127.1.2.3', '[::1]', '0.0.0.0', '[::]',
  '10.0.0.1', '172.16.0.1', '172.31.255.254', '192.168.0.1',
  '169.254.169.254', '100.64.0.1', '[fc00::1]', '[fdff::1]', '[fe80::1]',
  '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]',
  '[64:ff9b::7f00:1]', '[64:ff9b:1::7f00:1]', '[2002:7f00:1::]',
  '[2002:a00:1::1]', '[2001:0:7f00:1::]', '224.0.0.1', '255.255.255.255',
  '240.0.0.1', '198.18.0.1', '192.0.2.1', 'localhost', 'LOCALHOST',
  'localhost.', 'lms.localhost', 'lms.localhost.', '127.0.0.1.',
  '2130706433', '0177.0.0.1', '017700000001', '0x7f000001', '0x7f.1',
  '127.1', '127.0.1', '0', '0x7f.0.0.0x1', '[::1%25lo]', '%31%32%37.0.0.1',
  '127。0。0。1', '①②⑦.0.0.1'];

const refusals = new Set(['OPENID_CONFIGURATION_REFUSED',
  'OPENID_CONFIGURATION_UNREACHABLE']);

test('A1 no address of this machine or its networks is reached', async () => {
  for (const host of hosts) {
    for (const scheme of ['https', 'http']) {
      const answer = await begin(closed, `${scheme}://${host}:${trap.port}/x`);
      assert.ok(answer.status === 400 || answer.status === 502, host);
      assert.ok(refusals.has(faultOf(answer)),
        `${scheme}://${host}: ${faultOf(answer)}`);
      assert.equal(trap.count(), 0, `${scheme}://${host} was reached`);
    }
  }
});

test('A1 plain http is refused without a look at the host', async () => {
  for (const host of ['lms.example', '127.0.0.1', '10.0.0.1']) {
    const answer = await begin(closed, `http://${host}/x`);
    assert.equal(faultOf(answer), 'OPENID_CONFIGURATION_REFUSED');
    assert.match(answer.json().details.description, /https:\/\//);
  }
});

test('A1 the listener would have seen it: allowed, it is reached', async (t) => {
  const before = neighbour.count();
  const wide = await gatewayFor(t);
  const asked = begin(wide, `http://127.0.0.2:${neighbour.port}/x`)
    .catch(() => {});
  await until(() => neighbour.count() > before, 'a connection');
  await wide.kill();
  await asked;
});

for (const url of ['file:///etc/passwd', 'gopher://127.0.0.1:PORT/_x',
  'ftp://127.0.0.1:PORT/', 'dict://127.0.0.1:PORT/info', 'ldap://127.0.0.1/',
  'jar:https://127.0.0.1!/', 'data:application/json,{}', 'javascript:alert(1)',
  '//127.0.0.1:PORT/', '/etc/passwd', '127.0.0.1:PORT', 'https:127.0.0.1:PORT',
  'https:///127.0.0.1:PORT/', 'unix:/run/docker.sock', 'https://']) {
  test(`A1 ${url} is not a URL of an LMS`, async () => {
    const answer = await begin(closed, url.replace('PORT', trap.port));
    assert.equal(answer.status, 400);
    assert.equal(faultOf(answer), 'OPENID_CONFIGURATION_REFUSED');
    assert.equal(trap.count(), 0);
  });
}

test('A1 ports of other services are refused', async () => {
  for (const port of [0, 22, 25, 110, 143, 6379, 11211, 65536, 99999, -1]) {
    const answer = await begin(closed, `https://lms.invalid:${port}/x`);
    assert.equal(faultOf(answer), 'OPENID_CONFIGURATION_REFUSED', port);
  }
});

test('A1 only the networks that are allowed are', async () => {
  for (const url of [`http://127.0.0.2:${neighbour.port}/x`,
    `https://127.0.0.2:${neighbour.port}/x`, 'http://10.0.0.1/x']) {
    const before = neighbour.count();
    const answer = await begin(narrow, url);
    assert.equal(faultOf(answer), 'OPENID_CONFIGURATION_UNREACHABLE');
    assert.equal(neighbour.count(), before);
  }
});

// --- A2 --------------------------------------------------------------------

test('A2 a registration endpoint on a refused address is not reached',
  async () => {
    const before = neighbour.count();
    for (const host of [`127.0.0.2:${neighbour.port}`, '10.0.0.1',
      '169.254.169.254', '[fc00::1]']) {
      const { page, exchange } = await lms.add(narrow, 'moodle-4.5', {
        headers: asJson,
        switches: { token: 'none', setConfiguration:
          { registration_endpoint: `http://${host}/register` } } });
      assert.equal(page.status, 400, page.text);
      assert.equal(faultOf(page), 'ENDPOINT_REFUSED');
      assert.equal(exchange.requests.length, 1);
    }
    assert.equal(neighbour.count(), before);
  });

const endpoints = ['authorization_endpoint', 'token_endpoint', 'jwks_uri',
  'registration_endpoint'];
for (const member of endpoints) {
  test(`A2 ${member} must be a URL that could be fetched`, async () => {
    for (const url of ['file:///etc/passwd', 'gopher://lms.localhost/_x',
      'javascript:alert(1)', 'https://user:word@lms.localhost/x',
      'https://10.0.0.1/x', 'https://0177.0.0.1/x', 'https://2130706433/x',
      'https://lms.localhost#x', 'https://lms.localhost:22/x',
      'lms.localhost/x']) {
      const { page, exchange } = await lms.add(narrow, 'moodle-4.5', {
        headers: asJson, switches: { setConfiguration: { [member]: url } } });
      assert.equal(page.status, 400, `${url}: ${page.text}`);
      assert.equal(faultOf(page), 'ENDPOINT_REFUSED', url);
      assert.ok(page.json().details.description.includes(member));
      assert.equal(registrationsOf(exchange).length, 0);
    }
  });
}

test('A2 a registration asks for nothing but the two it needs', async () => {
  const before = scripted.requests.length;
  const elsewhere = scripted.origin('elsewhere');
  const { page, exchange } = await lms.add(narrow, 'moodle-4.5', { switches: {
    setConfiguration: { jwks_uri: `${elsewhere}/keys`,
      token_endpoint: `${elsewhere}/token`,
      authorization_endpoint: `${elsewhere}/auth`,
      end_session_endpoint: `${elsewhere}/end` } } });
  assert.equal(page.status, 200, page.text);
  assert.equal(exchange.requests.length, 2);
  assert.equal(scripted.requests.length, before);
});

// --- A3 --------------------------------------------------------------------

for (const configuration of ['redirect-same', 'redirect-other',
  'redirect-http', 'redirect-no-location']) {
  test(`A3 a configuration that is a ${configuration} is not followed`,
    async () => {
      const { page, exchange } = await lms.add(narrow, 'moodle-4.5',
        { switches: { configuration }, headers: asJson });
      assert.equal(page.status, 502);
      assert.equal(faultOf(page), 'OPENID_CONFIGURATION_FAILED');
      assert.equal(exchange.requests.length, 1);
      assert.deepEqual(lms.strays(), []);
    });
}

for (const status of [301, 302, 303, 307, 308]) {
  test(`A3 a ${status} at the registration does not send the token on`,
    async () => {
      const from = `r${status}`;
      for (const target of [scripted.origin(from), scripted.origin('other'),
        `http://127.0.0.1:${scripted.port}`]) {
        scripted.script.registration = (response) =>
          sendJson(response, '{}', status, { location: `${target}/register` });
        const before = scripted.posts().length;
        const page = await scripted.enter(narrow, from,
          { token: `token-${status}`, headers: asJson });
        assert.equal(faultOf(page), 'REGISTRATION_REFUSED_BY_PLATFORM');
        assert.equal(scripted.posts().length, before + 1);
      }
      const { body } = await narrow.api('GET', '/admin/platforms');
      assert.ok(!body.platforms.some(({ url }) => url.includes(from)));
    });
}

// --- A4 --------------------------------------------------------------------

test('A4 a name of which one address is refused is refused whole', async (t) => {
  // *.localhost is 127.0.0.1 and ::1, and here only the first is allowed.
  const gateway = await gatewayFor(t, {
    environment: { LTIGATE_OUTBOUND_ALLOW: '127.0.0.0/8' } });
  const reads = scripted.reads().length;
  const page = await scripted.enter(gateway, 'two-addresses',
    { headers: asJson });
  assert.equal(faultOf(page), 'OPENID_CONFIGURATION_UNREACHABLE');
  assert.equal(scripted.reads().length, reads);
});

test('A4 the name stays in the Host header when the address is pinned',
  async () => {
    scripted.script.configuration = (response, origin) =>
      sendJson(response, plainDocument(origin));
    const from = scripted.requests.length;
    await scripted.enter(narrow, 'pinned', { token: 'pin' });
    assert.deepEqual(
      scripted.requests.slice(from).map(({ headers }) => headers.host),
      [`pinned.localhost:${scripted.port}`, `pinned.localhost:${scripted.port}`]);
  });

// --- A5 --------------------------------------------------------------------

test('A5 nothing tells a closed port, a dead one and a name of nobody apart',
  async () => {
    const drops = await startTrap('127.0.0.1', { drop: true });
    const gone = await startTrap('127.0.0.1');
    await gone.close();
    const told = [];
    for (const url of [`http://127.0.0.1:${gone.port}/x`,
      `http://127.0.0.1:${drops.port}/x`, `http://127.0.0.2:${drops.port}/x`,
      'http://10.0.0.1/x', 'https://nobody.invalid/x',
      `https://127.0.0.1:${drops.port}/x`]) {
      const json = (await begin(narrow, url)).json();
      delete json.details.reference;
      delete json.details.externalUrl; // who asks knows it
      const page = await begin(narrow, url, {});
      told.push({ json, title: titleOf(page), what: whatOf(page) });
      assert.ok(referenceIn(page));
    }
    for (const one of told) assert.deepEqual(one, told[0]);
    assert.equal(told[0].json.status, 502);
    await drops.close();
  });

test('A5 one address may not try without end', async (t) => {
  const gateway = await gatewayFor(t, { environment: {
    LTIGATE_RATE_LIMITS: 'registrations=3',
    LTIGATE_TRUSTED_PROXIES: '127.0.0.9' } });
  const url = 'http://10.0.0.1/x';
  for (let i = 0; i < 3; i += 1) {
    assert.equal((await begin(gateway, url)).status, 502);
  }
  // The proxy is not trusted, so that what it says changes nothing.
  const more = await begin(gateway, url,
    { ...asJson, 'x-forwarded-for': '192.0.2.77', forwarded: 'for=192.0.2.77' });
  assert.equal(more.status, 429);
  assert.equal(faultOf(more), 'TOO_MANY_REQUESTS');
  assert.equal(more.headers['retry-after'], '60');
  assert.equal(titleOf(await begin(gateway, url, {})), 'Too many tries');
  await gateway.restart({ LTIGATE_TRUSTED_PROXIES: '127.0.0.1' });
  const from = (address) => begin(gateway, url,
    { ...asJson, 'x-forwarded-for': address });
  for (let i = 0; i < 3; i += 1) await from('192.0.2.77');
  assert.equal((await from('192.0.2.77')).status, 429);
  assert.equal((await from('192.0.2.78')).status, 502);
});
