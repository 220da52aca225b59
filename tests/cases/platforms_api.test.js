// SPDX-License-Identifier: Apache-2.0
// /admin/platforms and its alias /api/platforms, in LTIAAS's shapes.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { exportJWK, exportSPKI, generateKeyPair } from 'jose';
import { startGateway } from '../support/gateway.js';
import { startLms } from '../support/lms.js';

const lms = await startLms();
const gateway = await startGateway();
after(async () => {
  await lms.close();
  await gateway.close();
});

const wish = (changes = {}) => ({
  url: 'https://lms.example',
  clientId: `client-${Math.random()}`,
  name: 'An LMS',
  authenticationEndpoint: 'https://lms.example/auth',
  accesstokenEndpoint: 'https://lms.example/token',
  authConfig: { method: 'JWK_SET', key: 'https://lms.example/keys' },
  ...changes,
});
const create = async (changes, prefix = '/admin') => {
  const { status, body, text } =
    await gateway.api('POST', `${prefix}/platforms`, wish(changes));
  assert.equal(status, 200, text);
  return body;
};
const refused = async (changes, words, call = ['POST', '/admin/platforms']) => {
  const { status, body } = await gateway.api(...call, wish(changes));
  assert.equal(status, 400);
  assert.equal(body.details.message, 'INVALID_PARAMETERS');
  assert.match(body.details.description, words);
};

for (const prefix of ['/admin', '/api']) {
  const path = `${prefix}/platforms`;

  test(`PLAT ${path}: create, read, replace, switch, delete`, async () => {
    const given = wish();
    const made = await gateway.api('POST', path, given);
    assert.equal(made.status, 200);
    const { id, publicKey, ...rest } = made.body;
    assert.match(publicKey, /^-----BEGIN PUBLIC KEY-----\n/);
    for (const [name, value] of Object.entries(given)) {
      assert.deepEqual(rest[name], value, name);
    }
    // The SDK's own default.
    assert.equal(rest.active, true);
    assert.equal(rest.origin, 'manual');
    const one = `${path}/${id}`;
    assert.deepEqual((await gateway.api('GET', one)).body, made.body);
    const other = wish({ name: 'Renamed', active: false });
    const replaced = await gateway.api('PUT', one, other);
    assert.equal(replaced.status, 200);
    assert.equal(replaced.body.id, id);
    assert.equal(replaced.body.name, 'Renamed');
    assert.equal(replaced.body.clientId, other.clientId);
    assert.equal(replaced.body.active, false);
    const on = await gateway.api('POST', `${one}/activate`);
    assert.equal(on.status, 200);
    assert.equal(on.body.active, true);
    const off = await gateway.api('POST', `${one}/deactivate`, {});
    assert.equal(off.body.active, false);
    const gone = await gateway.api('DELETE', one);
    assert.equal(gone.status, 204);
    assert.equal(gone.text, '');
    for (const call of [['GET', one], ['DELETE', one], ['PUT', one, wish()],
      ['PATCH', one, {}], ['POST', `${one}/activate`],
      ['POST', `${one}/deactivate`]]) {
      const { status, body } = await gateway.api(...call);
      assert.equal(status, 404, call.join(' '));
      assert.equal(body.details.message, 'PLATFORM_NOT_FOUND');
    }
  });

  test(`PLAT ${path} is filtered by id, url and clientId`, async () => {
    const url = `https://filter${prefix.slice(1)}.example`;
    const one = await create({ url });
    await create({ url });
    await create({ url: `${url}/other` });
    const ids = async (query) => (await gateway.api('GET',
      `${path}?${new URLSearchParams(query)}`)).body.platforms
      .map((platform) => platform.id);
    assert.deepEqual(await ids({ id: one.id }), [one.id]);
    assert.equal((await ids({ url })).length, 2);
    assert.deepEqual(await ids({ url, clientId: one.clientId }), [one.id]);
    assert.deepEqual(await ids({ url, clientId: 'none' }), []);
    assert.deepEqual(await ids({ id: "' OR 1=1 --" }), []);
  });
}

test('PLAT unknown members are kept and given back', async () => {
  const more = { 'https://x.example/a': { b: [1, 'ü', null] }, note: 'x' };
  const { id, ...made } = await create(more);
  assert.deepEqual(made.note, 'x');
  const read = (await gateway.api('GET', `/admin/platforms/${id}`)).body;
  assert.deepEqual(read['https://x.example/a'], more['https://x.example/a']);
  const patched = await gateway.api('PATCH', `/admin/platforms/${id}`,
    { other: 2 });
  assert.equal(patched.body.note, 'x');
  assert.equal(patched.body.other, 2);
  const replaced = await gateway.api('PUT', `/admin/platforms/${id}`, wish());
  assert.equal('note' in replaced.body, false);
});

test('PLAT members that are the gateway\'s own cannot be set', async () => {
  const { id, origin, createdAt } = await create({ id: 'mine',
    origin: 'dynamic', createdAt: 'never', publicKey: 'none' });
  assert.notEqual(id, 'mine');
  assert.equal(origin, 'manual');
  assert.match(createdAt, /^20\d\d-/);
});

test('D66 the same url and clientId twice is a conflict', async () => {
  const given = wish();
  const first = await gateway.api('POST', '/admin/platforms', given);
  for (const prefix of ['/admin', '/api']) {
    const { status, body } =
      await gateway.api('POST', `${prefix}/platforms`, given);
    assert.equal(status, 409);
    assert.equal(body.error, 'Conflict');
    assert.equal(body.details.message,
      'URL_CLIENT_ID_COMBINATION_ALREADY_EXISTS');
  }
  const other = await create({});
  for (const method of ['PUT', 'PATCH']) {
    const { status } =
      await gateway.api(method, `/admin/platforms/${other.id}`, given);
    assert.equal(status, 409);
  }
  assert.deepEqual((await gateway.api('GET',
    `/admin/platforms/${first.body.id}`)).body, first.body);
  const same = await gateway.api('PUT', `/admin/platforms/${first.body.id}`,
    given);
  assert.equal(same.status, 200);
});

test('PLAT PATCH changes what is given and nothing else', async () => {
  const { changedAt, ...before } = await create({ metadata: { a: 1 } });
  const { body } = await gateway.api('PATCH', `/admin/platforms/${before.id}`,
    { name: 'Only this' });
  const { changedAt: later, ...now } = body;
  assert.deepEqual(now, { ...before, name: 'Only this' });
  assert.ok(later >= changedAt);
  await refused({ name: '' }, /name/,
    ['PATCH', `/admin/platforms/${before.id}`]);
});

test('PLAT the three ways to know an LMS\'s key', async () => {
  const { publicKey } = await generateKeyPair('RS256', { extractable: true });
  const pem = await exportSPKI(publicKey);
  const jwk = JSON.stringify({ ...await exportJWK(publicKey), alg: 'RS256' });
  for (const [method, key] of [['RSA_KEY', pem], ['JWK_KEY', jwk],
    ['JWK_SET', 'https://lms.example/keys']]) {
    const { authConfig } = await create({ authConfig: { method, key } });
    assert.deepEqual(authConfig, { method, key });
  }
});

test('PLAT a key of another form is refused', async () => {
  const small = '{"kty":"RSA","e":"AQAB","n":"AQAB"}';
  for (const [method, key] of [['RSA_KEY', 'https://lms.example/keys'],
    ['RSA_KEY', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'],
    ['JWK_KEY', '{}'], ['JWK_KEY', small], ['JWK_KEY', 'not json'],
    ['JWK_SET', 'file:///etc/passwd'], ['JWK_SET', '']]) {
    await refused({ authConfig: { method, key } }, /authConfig/i);
  }
  await refused({ authConfig: { method: 'NONE', key: 'x' } },
    /authConfig\.method must be one of/);
});

test('PLAT an owner must be there', async () => {
  const { status, body } = await gateway.api('POST', '/admin/platforms',
    wish({ organizationId: 'nobody' }));
  assert.equal(status, 404);
  assert.equal(body.details.message, 'ORGANIZATION_NOT_FOUND');
});

test('PLAT the report tells what was asked and what was granted', async () => {
  const { exchange, page } = await lms.add(gateway, 'moodle-4.5',
    { headers: { accept: 'application/json' } });
  const { platformId } = page.json();
  const { status, body } =
    await gateway.api('GET', `/admin/platforms/${platformId}/report`);
  assert.equal(status, 200);
  assert.equal(body.platformId, platformId);
  assert.deepEqual(body.asked,
    JSON.parse(exchange.requests.at(-1).body));
  assert.equal(body.granted.client_id, exchange.registration.client_id);
  assert.ok(Array.isArray(body.differences));
  assert.deepEqual(body.dropped, []);
  assert.equal(body.deployments.length, 1);
  assert.equal(body.events[0].reference, body.reference);
  assert.match(body.registeredAt, /^20\d\d-\d\d-\d\dT[\d:]+Z$/);
  const manual = await create({});
  const none = await gateway.api('GET',
    `/admin/platforms/${manual.id}/report`);
  assert.equal(none.status, 200);
  assert.deepEqual(none.body.deployments, []);
});
