// SPDX-License-Identifier: Apache-2.0
// Secrets that open something once: registration ids and registration tokens;
// and calls that change something.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { apiKey, startGateway } from '../support/gateway.js';
import { enter, registrationsOf, startLms } from '../support/lms.js';
import { asJson, faultOf, gatewayFor } from '../support/raw.js';

const preApproval = { registration: { mode: 'pre-approval',
  preApprovalUrl: 'https://tool.example/approve?from=lms' } };

const lms = await startLms();
const automatic = await startGateway();
const waiting = await startGateway({ settings: preApproval });
after(async () => {
  await lms.close();
  await automatic.close();
  await waiting.close();
});

const list = async (gateway, path, name) =>
  (await gateway.api('GET', path)).body[name];
const platformsOf = async (gateway, { issuer }) =>
  (await list(gateway, '/admin/platforms', 'platforms'))
    .filter(({ url }) => url === issuer);
const complete = (id, body = {}) =>
  waiting.api('POST', `/api/registrations/${id}/complete`, body);
const withoutReference = ({ status, body }) =>
  ({ status, body: { ...body, details: { ...body.details,
    reference: null } } });

// --- A17 -------------------------------------------------------------------

test('A17 registrations that wait are bounded, and expire', async (t) => {
  const gateway = await gatewayFor(t, { settings: preApproval });
  await lms.wait(gateway, 'moodle-4.5');
  const rows = Number(await gateway.store.sql(
    'SELECT count(*) FROM registrations'));
  assert.equal(rows, 1);
  await gateway.store.sql(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
      WHERE i < 9999)
    INSERT INTO registrations SELECT id_hash || i, handle || i, state, NULL,
      token_hash, reference, issuer, family, version, sealed, privacy_level,
      NULL, claimed_organization, NULL, started_from, NULL, NULL, client_id,
      fault, step, person_id, code, created_at, changed_at, expires_at
      FROM registrations, n`);
  const { page, exchange } = await lms.add(gateway, 'moodle-4.5',
    { headers: asJson });
  assert.equal(page.status, 503);
  assert.equal(faultOf(page), 'SERVER_BUSY');
  assert.equal(exchange.requests.length, 0);
  await gateway.setClock(3700);
  const { page: later } = await lms.add(gateway, 'moodle-4.5');
  assert.equal(later.status, 302, later.text);
});

// --- A18 -------------------------------------------------------------------

test('A18 an id is 128 bits of chance, and stands in one place', async () => {
  const ids = new Set();
  for (let i = 0; i < 20; i += 1) {
    const { id, page } = await lms.wait(waiting, 'moodle-4.5');
    assert.match(id, /^[\w-]{22,}$/);
    ids.add(id);
    assert.equal(page.headers['referrer-policy'], 'no-referrer');
    assert.equal(page.headers['cache-control'], 'no-store');
    assert.equal(page.location,
      `https://tool.example/approve?from=lms&registrationId=${id}`);
    assert.ok(!page.text.includes(id));
  }
  assert.equal(ids.size, 20);
  // No two have the same character anywhere by more than chance.
  const columns = Array.from({ length: 22 }, (_, i) =>
    new Set([...ids].map((id) => id[i])).size);
  assert.ok(columns.slice(0, 21).every((different) => different > 5));
  const store = await waiting.store.bytes();
  for (const id of ids) {
    assert.ok(!waiting.log().includes(id));
    assert.ok(!store.includes(id));
  }
  const { text } = await waiting.api('GET', '/api/registrations');
  for (const id of ids) assert.ok(!text.includes(id));
});

test('A18 unknown, used, rejected and expired ids look alike', async () => {
  const used = await lms.wait(waiting, 'moodle-4.5');
  assert.equal((await complete(used.id)).status, 200);
  const rejected = await lms.wait(waiting, 'moodle-4.5');
  await waiting.api('POST', `${rejected.path}/reject`);
  const expired = await lms.wait(waiting, 'moodle-4.5');
  const open = await lms.wait(waiting, 'moodle-4.5');
  await waiting.setClock(3500);
  assert.equal((await waiting.api('GET', open.path)).status, 200);
  await waiting.setClock(3601);
  const unknown = open.id.split('').reverse().join('');
  for (const [method, end] of [['GET', ''], ['GET', '?raw=true'],
    ['POST', '/complete'], ['POST', '/reject']]) {
    const answers = [];
    for (const id of [unknown, used.id, rejected.id, expired.id, 'x',
      'x'.repeat(5000), '..%2f..', `${used.id}%0a`, '\'--']) {
      answers.push(withoutReference(await waiting.api(method,
        `/api/registrations/${id}${end}`, method === 'POST' ? {} : undefined)));
    }
    assert.equal(answers[0].status, 404);
    assert.equal(answers[0].body.details.message, 'REGISTRATION_NOT_FOUND');
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
  }
  await waiting.setClock(0);
});

test('A18 an id opens one registration once, also ten times at once',
  async () => {
    const { id, exchange } = await lms.wait(waiting, 'moodle-4.5');
    const answers = await Promise.all(Array.from({ length: 10 },
      () => complete(id, { platformName: 'One' })));
    const states = answers.map(({ status }) => status).sort();
    assert.deepEqual(states, [200, ...Array(9).fill(404)]);
    assert.equal(registrationsOf(exchange).length, 1);
    assert.equal((await platformsOf(waiting, exchange)).length, 1);
    assert.equal((await complete(id)).status, 404);
  });

test('A18 complete and reject at once: one of them wins', async () => {
  for (let i = 0; i < 5; i += 1) {
    const { id, path, exchange } = await lms.wait(waiting, 'moodle-4.5');
    const [done, ended] = await Promise.all([complete(id),
      waiting.api('POST', `${path}/reject`)]);
    assert.deepEqual([done.status, ended.status].sort(), [200, 404]);
    const kept = done.status === 200 ? 1 : 0;
    assert.equal(registrationsOf(exchange).length, kept);
    assert.equal((await platformsOf(waiting, exchange)).length, kept);
  }
});

test('A18 a closing page works once', async () => {
  const { id } = await lms.wait(waiting, 'moodle-4.5');
  const { body } = await complete(id);
  assert.match(new URL(body.closeUrl).searchParams.get('token'),
    /^[\w-]{22,}$/);
  assert.equal((await waiting.open(body.closeUrl)).status, 200);
  assert.equal((await waiting.open(body.closeUrl)).status, 410);
  assert.equal((await waiting.open(`${body.closeUrl}x`)).status, 410);
  assert.equal((await waiting.open(`${waiting.registerUrl}/close`)).status,
    410);
});

// --- A19 -------------------------------------------------------------------

test('A19 a token is used once', async () => {
  const { exchange, page } = await lms.add(automatic, 'moodle-4.5');
  assert.equal(page.status, 200);
  for (let i = 0; i < 2; i += 1) {
    const again = await enter(automatic, exchange, asJson);
    assert.equal(again.status, 409);
    assert.equal(faultOf(again), 'REGISTRATION_TOKEN_ALREADY_USED');
  }
  assert.equal(exchange.requests.length, 2);
  await automatic.restart();
  assert.equal((await enter(automatic, exchange)).status, 409);
  assert.equal((await platformsOf(automatic, exchange)).length, 1);
});

test('A19 ten at once with one token make one platform', async () => {
  const exchange = await lms.begin(automatic, 'moodle-4.5',
    { switches: { configurationDelay: 200, answerDelay: 200 } });
  const pages = await Promise.all(Array.from({ length: 10 },
    () => enter(automatic, exchange, asJson)));
  assert.deepEqual(pages.map(({ status }) => status).sort(),
    [200, ...Array(9).fill(409)]);
  assert.equal(registrationsOf(exchange).length, 1);
  assert.equal((await platformsOf(automatic, exchange)).length, 1);
});

test('A19 ten that wait with one token make one platform', async () => {
  const exchange = await lms.begin(waiting, 'moodle-4.5');
  const ids = [];
  for (let i = 0; i < 10; i += 1) {
    const page = await enter(waiting, exchange);
    ids.push(new URL(page.location).searchParams.get('registrationId'));
  }
  const answers = await Promise.all(ids.map((id) => complete(id)));
  assert.deepEqual(answers.map(({ status }) => status).sort(),
    [200, ...Array(9).fill(409)]);
  assert.equal(registrationsOf(exchange).length, 1);
  assert.equal((await platformsOf(waiting, exchange)).length, 1);
});

test('A19 of a token that was used only a hash is kept', async () => {
  const open = await lms.wait(waiting, 'moodle-4.5');
  const token = Buffer.from(open.exchange.token.text);
  assert.ok(!(await waiting.store.bytes()).includes(token));
  const sealed = () => waiting.store.sql(`SELECT count(*)
    FROM registrations WHERE sealed <> ''
    AND issuer = '${open.exchange.issuer}'`);
  assert.equal(await sealed(), '1');
  await complete(open.id);
  assert.ok(!(await waiting.store.bytes()).includes(token));
  assert.equal(await sealed(), '0');
  assert.ok(!waiting.log().includes(open.exchange.token.text));
});

// --- A21 -------------------------------------------------------------------

test('A21 nothing changes by GET, without a key or with a wrong one',
  async () => {
    const { path, exchange } = await lms.wait(waiting, 'moodle-4.5');
    for (const end of ['/complete', '/reject']) {
      for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']) {
        const { status } = await waiting.api(method, path + end);
        assert.equal(status, 405, `${method} ${end}`);
      }
      for (const options of [{ key: null }, { key: `${apiKey}x` },
        { key: apiKey.slice(0, -1) }, { key: '' }, { key: 'null' },
        { key: null, headers: { cookie: `key=${apiKey}` } },
        { key: null, headers: { authorization: `Basic ${apiKey}` } },
        { key: null, headers: { authorization: apiKey } },
        { key: null, headers: { 'x-api-key': apiKey } }]) {
        const { status, body } =
          await waiting.api('POST', path + end, {}, options);
        assert.equal(status, 401);
        assert.equal(body.details.description, 'Invalid API key');
      }
      const query = await waiting.api('POST',
        `${path}${end}?key=${apiKey}&access_token=${apiKey}`, {}, { key: null });
      assert.equal(query.status, 401);
    }
    // What a page of another site can send by itself is no JSON.
    for (const type of ['text/plain', 'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x']) {
      const { status } = await waiting.api('POST', `${path}/complete`,
        '{"autoActivate":true}', { headers: { 'content-type': type } });
      assert.equal(status, 415, type);
    }
    assert.equal((await waiting.api('GET', path)).status, 200);
    assert.equal(registrationsOf(exchange).length, 0);
  });

test('A21 no other site may read an answer', async () => {
  for (const path of ['/api/registrations', '/admin/platforms',
    '/admin/settings', '/openapi.json']) {
    const { headers } = await waiting.api('GET', path, undefined,
      { headers: { origin: 'https://evil.example' } });
    assert.equal(headers['access-control-allow-origin'], undefined);
    assert.equal(headers['access-control-allow-credentials'], undefined);
  }
});
