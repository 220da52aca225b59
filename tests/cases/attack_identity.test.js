// SPDX-License-Identifier: Apache-2.0
// Who may speak for whom: issuers, client ids, hosts that look alike.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGateway } from '../support/gateway.js';
import { registrationsOf, startLms } from '../support/lms.js';
import { whatOf } from '../support/pages.js';
import { asJson, faultOf, plainDocument, sendJson, startScripted }
  from '../support/raw.js';

const lms = await startLms();
const scripted = await startScripted();
const gateway = await startGateway();
after(async () => {
  await Promise.all([lms.close(), scripted.close()]);
  await gateway.close();
});

const platforms = async () =>
  (await gateway.api('GET', '/admin/platforms')).body.platforms;
const platform = async (id) =>
  (await gateway.api('GET', `/admin/platforms/${id}`)).text;
const find = async (url, clientId) => (await gateway.api('GET',
  `/admin/platforms?url=${encodeURIComponent(url)}&clientId=${
    encodeURIComponent(clientId)}`)).body.platforms;

const claim = (name, change, options) => {
  scripted.script.configuration = (response, origin) =>
    sendJson(response, { ...plainDocument(origin), ...change(origin) });
  return scripted.enter(gateway, name, { headers: asJson, ...options });
};
const answerWith = (clientId) => {
  scripted.script.registration = (response, asked) =>
    sendJson(response, { ...asked, client_id: clientId });
};

// --- A11 -------------------------------------------------------------------

test('A11 hosts are compared without case, and the rest is not', async () => {
  answerWith('case');
  const page = await claim('Upper-Case', (origin) =>
    ({ issuer: origin.replace('upper-case', 'UPPER-case') }));
  assert.equal(page.status, 200, page.text);
});

for (const [what, issuer] of [
  ['another port', (origin) => origin.replace(/\d+$/, '1')],
  ['no port', (origin) => origin.replace(/:\d+$/, '')],
  ['a user name', (origin) => origin.replace('//', '//bank.example@')],
  ['the host as user name', (origin) => `${origin}@bank.example`],
  ['a backslash', (origin) => `${origin}\\@bank.example`],
  ['a longer host', (origin) => origin.replace('.localhost', '.localhost.x')],
  ['a suffix of the host', (origin) => origin.replace('//a-', '//')],
  ['a prefix of the host', (origin) => origin.replace('//', '//evil-')],
  ['a dot behind', (origin) => origin.replace('.localhost', '.localhost.')],
  ['letters that look alike', (origin) => origin.replace('a-', 'а-')],
  ['a fragment', (origin) => `https://bank.example#${origin}`],
  ['a query', (origin) => `https://bank.example?${origin}`],
  ['a path', (origin) => `https://bank.example/${origin}`],
  ['another scheme', (origin) => origin.replace('http:', 'ftp:')],
  ['no scheme', (origin) => origin.replace('http://', '')],
]) {
  test(`A11 an issuer with ${what} is another one`, async () => {
    const before = scripted.posts().length;
    const page = await claim('a-host', (origin) =>
      ({ issuer: issuer(origin) }));
    assert.ok(['ISSUER_DOES_NOT_MATCH', 'OPENID_CONFIGURATION_INCOMPLETE']
      .includes(faultOf(page)), page.text);
    assert.equal(scripted.posts().length, before);
  });
}

const CANVAS = 'https://canvas.instructure.com';
for (const name of ['notcanvas', 'evil-canvas', 'canvas.localhost.evil',
  'xcanvas', 'canvas-selfhosted', 'canvas.evil']) {
  test(`A11 ${name}.localhost does not speak for Canvas`, async () => {
    const page = await claim(name, () => ({ issuer: CANVAS }));
    assert.equal(page.status, 400);
    assert.equal(faultOf(page), 'ISSUER_DOES_NOT_MATCH');
  });
}

test('A11 hosts of the exception speak for it, and for no other', async () => {
  answerWith('from-an-exception');
  const page = await claim('school.canvas', () => ({ issuer: CANVAS }));
  assert.equal(page.status, 200, page.text);
  for (const issuer of [`${CANVAS}/`, 'https://blackboard.com',
    'https://canvas.beta.instructure.com', CANVAS.replace('s:', ':')]) {
    const other = await claim('school.canvas', () => ({ issuer }));
    assert.equal(faultOf(other), 'ISSUER_DOES_NOT_MATCH', issuer);
  }
});

test('A11 a blocked host is blocked however it is written', async () => {
  await gateway.settings({ registration: { blockedHosts:
    ['bad.localhost', '*.worse.localhost'] } });
  for (const name of ['bad', 'BAD', 'x.worse', 'X.Worse']) {
    const page = await claim(name, () => ({}));
    assert.equal(faultOf(page), 'PLATFORM_HOST_NOT_ALLOWED', name);
  }
  answerWith('not-blocked');
  assert.equal((await claim('not-bad', () => ({}))).status, 200);
  await gateway.settings({ registration: { allowedHosts: ['good.localhost'] } });
  for (const name of ['good.evil', 'evil-good', 'x.good']) {
    const page = await claim(name, () => ({}));
    assert.equal(faultOf(page), 'PLATFORM_HOST_NOT_ALLOWED', name);
  }
  assert.equal((await claim('good', () => ({}))).status, 200);
  await gateway.settings({});
});

// --- A13 to A15 ------------------------------------------------------------

test('A13 a host that claims a known platform\'s issuer changes nothing',
  async () => {
    const { exchange } = await lms.add(gateway, 'moodle-4.5',
      { site: 'honest' });
    const clientId = exchange.registration.client_id;
    const [{ id }] = await find(exchange.issuer, clientId);
    const before = await platform(id);
    answerWith(clientId);
    const posts = scripted.posts().length;
    const page = await claim('evil', () => ({ issuer: exchange.issuer }));
    assert.equal(faultOf(page), 'ISSUER_DOES_NOT_MATCH');
    assert.equal(scripted.posts().length, posts);
    assert.equal(await platform(id), before);
    const { page: theirs } = await lms.add(gateway, 'sakai', { headers: asJson,
      switches: { issuer: 'someone-elses' } });
    assert.equal(faultOf(theirs), 'ISSUER_DOES_NOT_MATCH');
  });

const elsewhere = 'http://moved.localhost:9999';
for (const member of ['authorization_endpoint', 'token_endpoint', 'jwks_uri']) {
  test(`A14 A15 a known client id with another ${member} takes nothing over`,
    async () => {
      const site = member.replaceAll('_', '-');
      const { exchange } = await lms.add(gateway, 'moodle-4.5', { site });
      const clientId = exchange.registration.client_id;
      const [{ id }] = await find(exchange.issuer, clientId);
      const before = await platform(id);
      const switches = { clientId: { literal: clientId },
        setConfiguration: { [member]: `${elsewhere}/x` } };
      const { page } = await lms.add(gateway, 'moodle-4.5',
        { site, switches });
      assert.equal(page.status, 409);
      assert.ok(whatOf(page).includes(clientId), whatOf(page));
      const { page: json } = await lms.add(gateway, 'moodle-4.5',
        { site, switches, headers: asJson });
      assert.equal(faultOf(json), 'PLATFORM_ALREADY_REGISTERED');
      assert.equal(await platform(id), before);
      assert.equal((await find(exchange.issuer, clientId)).length, 1);
    });
}

test('A15 the same client id at another issuer is another platform',
  async () => {
    const first = await lms.add(gateway, 'moodle-4.5', { site: 'one' });
    const clientId = first.exchange.registration.client_id;
    const [{ id }] = await find(first.exchange.issuer, clientId);
    const before = await platform(id);
    const second = await lms.add(gateway, 'moodle-4.5', { site: 'two',
      switches: { clientId: { literal: clientId } } });
    assert.equal(second.page.status, 200);
    const [other] = await find(second.exchange.issuer, clientId);
    assert.notEqual(other.id, id);
    assert.equal(await platform(id), before);
  });

test('A15 under a shared issuer a client id cannot be taken by a neighbour',
  async () => {
    answerWith('shared-issuer-client');
    const first = await claim('victim.canvas', () => ({ issuer: CANVAS }));
    assert.equal(first.status, 200, first.text);
    const [{ id }] = await find(CANVAS, 'shared-issuer-client');
    const before = await platform(id);
    const page = await claim('attacker.canvas', () => ({ issuer: CANVAS }));
    assert.equal(page.status, 409);
    assert.equal(faultOf(page), 'PLATFORM_ALREADY_REGISTERED');
    assert.equal(await platform(id), before);
  });

test('A15 an organisation\'s platform cannot be taken by another\'s link',
  async () => {
    const link = async (name) => {
      const made = await gateway.api('POST', '/admin/organizations', { name });
      const { body } = await gateway.api('POST', '/admin/registration-links',
        { organizationId: made.body.id, once: false });
      return { id: made.body.id, url: body.url };
    };
    const [ours, theirs] = [await link('Ours'), await link('Theirs')];
    const { exchange } = await lms.add(gateway, 'moodle-4.5',
      { site: 'owned', toolUrl: ours.url });
    const clientId = exchange.registration.client_id;
    const [{ id, organizationId }] = await find(exchange.issuer, clientId);
    assert.equal(organizationId, ours.id);
    const before = await platform(id);
    const { page } = await lms.add(gateway, 'moodle-4.5', { site: 'owned',
      toolUrl: theirs.url, headers: asJson,
      switches: { clientId: { literal: clientId } } });
    assert.equal(page.status, 409);
    assert.equal(await platform(id), before);
    // Without a link it may be refreshed, but stays whose it is.
    const again = await lms.add(gateway, 'moodle-4.5', { site: 'owned',
      switches: { clientId: { literal: clientId } },
      query: `organization=${theirs.id}` });
    assert.equal(again.page.status, 200, again.page.text);
    const [now] = await find(exchange.issuer, clientId);
    assert.deepEqual([now.id, now.organizationId, now.active],
      [id, ours.id, false]);
  });

// --- A17 -------------------------------------------------------------------

test('A17 who comes unannounced waits for approval', async () => {
  const { exchange } = await lms.add(gateway, 'moodle-4.5');
  const [{ active }] = await find(exchange.issuer,
    exchange.registration.client_id);
  assert.equal(active, false);
});

test('A17 a claimed organisation is no proof, whatever is set', async () => {
  await gateway.settings({ registration: { autoActivate: true } });
  const { body } = await gateway.api('POST', '/admin/organizations',
    { name: 'Claimed' });
  const { exchange } = await lms.add(gateway, 'moodle-4.5',
    { query: `organization=${body.id}` });
  const [found] = await find(exchange.issuer, exchange.registration.client_id);
  assert.equal(found.active, false);
  assert.equal(found.organizationId, undefined);
  assert.equal(found.claimedOrganization, body.id);
  const plain = await lms.add(gateway, 'moodle-4.5');
  const [open] = await find(plain.exchange.issuer,
    plain.exchange.registration.client_id);
  assert.equal(open.active, true);
  await gateway.settings({});
});

test('A17 registering again does not switch on what was switched off',
  async () => {
    await gateway.settings({ registration: { autoActivate: true } });
    const { exchange } = await lms.add(gateway, 'moodle-4.5', { site: 'off' });
    const clientId = exchange.registration.client_id;
    const [{ id }] = await find(exchange.issuer, clientId);
    await gateway.api('POST', `/admin/platforms/${id}/deactivate`);
    const { page } = await lms.add(gateway, 'moodle-4.5', { site: 'off',
      switches: { clientId: { literal: clientId } } });
    assert.equal(page.status, 200, page.text);
    assert.equal((await find(exchange.issuer, clientId))[0].active, false);
    await gateway.settings({});
  });

// --- A20 -------------------------------------------------------------------

test('A20 a token goes to the LMS\'s own host or nowhere', async () => {
  const count = (await platforms()).length;
  for (const profile of ['moodle-4.5', 'sakai', 'ilias']) {
    const { page, exchange } = await lms.add(gateway, profile,
      { switches: { endpoints: 'foreign' }, headers: asJson });
    assert.equal(page.status, 400);
    assert.equal(faultOf(page), 'ENDPOINT_REFUSED');
    assert.match(page.json().details.description, /elsewhere\.localhost/);
    assert.equal(registrationsOf(exchange).length, 0);
    assert.ok(!page.text.includes(exchange.token.text));
  }
  assert.deepEqual(lms.strays(), []);
  assert.equal((await platforms()).length, count);
});

test('A20 not even to another port of that host, nor a name below it',
  async () => {
    const before = scripted.requests.length;
    for (const host of [`below.tokens.localhost:${scripted.port}`,
      'tokens.localhost:9999', `localhost:${scripted.port}`]) {
      const page = await claim('tokens', () =>
        ({ registration_endpoint: `http://${host}/register` }),
      { token: 'keep-this-here' });
      assert.equal(faultOf(page), 'ENDPOINT_REFUSED');
    }
    const sent = scripted.requests.slice(before);
    assert.equal(sent.length, 3);
    assert.ok(!JSON.stringify(sent).includes('keep-this-here'));
  });
