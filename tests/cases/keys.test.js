// SPDX-License-Identifier: Apache-2.0
// The tool's keys, their rotation, and that nothing secret can be read.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { calculateJwkThumbprint, exportSPKI, importJWK } from 'jose';
import { startGateway, tryGateway, until, apiKey }
  from '../support/gateway.js';
import { requestTo, startLms } from '../support/lms.js';

const HOUR = 3600;
const lms = await startLms();
const gateway = await startGateway({ fresh: true });
after(async () => {
  await lms.close();
  await gateway.close();
});

const keySet = async (path = '/lti/keys') =>
  (await gateway.open(gateway.url + path)).json().keys;
const kids = async () => (await keySet()).map((key) => key.kid).toSorted();
const states = async () => {
  const { body } = await gateway.api('GET', '/admin/keys');
  return Object.fromEntries(body.keys.filter((key) => key.state !== 'spare')
    .map((key) => [key.state, key.id]));
};
const spareReady = () => until(async () => {
  const { body } = await gateway.api('GET', '/admin/keys');
  return body.keys.some((key) => key.state === 'spare');
}, 'a spare key pair');

test('SF5 D68 the key set holds public members, and nothing else', async () => {
  const answer = await gateway.open(`${gateway.url}/lti/keys`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['cache-control'], 'public, max-age=3600');
  assert.match(answer.headers['content-type'], /^application\/json/);
  const [key, ...others] = answer.json().keys;
  assert.deepEqual(others, []);
  assert.deepEqual(Object.keys(key).toSorted(),
    ['alg', 'e', 'kid', 'kty', 'n', 'use']);
  assert.equal(key.alg, 'RS256');
  assert.equal(key.use, 'sig');
  assert.equal(key.kid, await calculateJwkThumbprint(key));
  const modulus = Buffer.from(key.n, 'base64url');
  assert.ok(modulus.length >= 256);
  assert.notEqual(modulus[0], 0);
  assert.deepEqual(await keySet('/keys'), [key]);
});

test('SF5 publicKey of a platform is the PEM of the key that signs',
  async () => {
    const { exchange } = await lms.add(gateway, 'moodle-4.5');
    const { body } = await gateway.api('GET', '/admin/platforms?clientId='
      + exchange.registration.client_id);
    const [key] = await keySet();
    const pem = await exportSPKI(await importJWK(key, 'RS256',
      { extractable: true }));
    assert.equal(body.platforms[0].publicKey.trim(), pem.trim());
  });

test('SF5 a restart keeps the keys', async () => {
  const before = await keySet();
  await gateway.restart();
  assert.deepEqual(await keySet(), before);
});

test('SF5 a rotation publishes, then signs, then retires', async () => {
  const { active: old } = await states();
  await spareReady();
  await gateway.api('POST', '/admin/keys/rotate');
  const { next } = await states();
  assert.ok(next);
  assert.deepEqual(await states(), { active: old, next });
  assert.deepEqual(await kids(), [old, next].toSorted());
  const again = await gateway.api('POST', '/admin/keys/rotate');
  assert.equal(again.status, 200);
  assert.deepEqual(await states(), { active: old, next });

  await gateway.setClock(47 * HOUR);
  await gateway.restart();
  assert.deepEqual(await states(), { active: old, next });
  await gateway.setClock(48 * HOUR + 60);
  await until(async () => (await states()).active === next, 'the next signs');
  assert.deepEqual(await states(), { active: next, retiring: old });
  assert.deepEqual(await kids(), [old, next].toSorted());
  await gateway.setClock(97 * HOUR);
  await until(async () => !(await states()).retiring, 'the old is gone');
  assert.deepEqual(await kids(), [next]);
  await gateway.setClock(0);
});

test('SF5 after a theft a rotation is at once', async () => {
  const { active: old } = await states();
  await spareReady();
  const { status } = await gateway.api('POST', '/admin/keys/rotate',
    { atOnce: true });
  assert.equal(status, 200);
  const now = await states();
  assert.notEqual(now.active, old);
  assert.equal(now.retiring, old);
});

test('D68 keys: platform gives each platform a pair of its own', async () => {
  await gateway.settings({ keys: 'platform' });
  const made = [];
  for (const profile of ['moodle-4.5', 'brightspace']) {
    await spareReady();
    const { exchange, page } = await lms.add(gateway, profile,
      { headers: { accept: 'application/json' } });
    assert.equal(page.status, 200, page.text);
    const { jwks_uri: url } = requestTo(exchange);
    assert.match(url, new RegExp(`^${gateway.url}/lti/keys/[\\w-]{20,}$`));
    const own = await keySet(new URL(url).pathname);
    assert.equal(own.length, 1);
    const { body } = await gateway.api('GET',
      `/admin/platforms/${page.json().platformId}`);
    const pem = await exportSPKI(await importJWK(own[0], 'RS256',
      { extractable: true }));
    assert.equal(body.publicKey.trim(), pem.trim());
    made.push({ id: body.id, url, kid: own[0].kid });
  }
  assert.notEqual(made[0].kid, made[1].kid);
  assert.equal((await kids()).includes(made[0].kid), false);
  await gateway.api('DELETE', `/admin/platforms/${made[0].id}`);
  assert.equal((await gateway.open(made[0].url)).status, 404);
  assert.equal((await gateway.open(made[1].url)).status, 200);
  await gateway.settings({});
});

test('D68 a refused registration gives its pair back', async () => {
  await gateway.settings({ keys: 'platform' });
  await spareReady();
  const { exchange } = await lms.add(gateway, 'moodle-4.5',
    { switches: { answer: 'plain-400' } });
  await gateway.settings({});
  const { jwks_uri: url } = requestTo(exchange);
  assert.equal((await gateway.open(url)).status, 404);
});

test('A28 store and secret are readable by their owner alone', async () => {
  const names = await readdir(gateway.directory);
  const ours = names.filter((name) => !['clock'].includes(name));
  assert.ok(ours.some((name) => name.includes('secret')), names.join());
  for (const name of ours) {
    const { mode } = await stat(join(gateway.directory, name));
    assert.equal(mode & 0o777, 0o600, name);
  }
});

test('A18 A28 no secret stands in the store, its log or ours', async () => {
  await gateway.settings({ registration: { mode: 'pre-approval',
    preApprovalUrl: 'https://tool.example/approve' } });
  const secrets = [apiKey];
  for (const profile of ['moodle-4.5', 'brightspace', 'blackboard', 'sakai',
    'canvas-cloud']) {
    const { exchange, id, path } = await lms.wait(gateway, profile);
    secrets.push(exchange.token.text, encodeURIComponent(exchange.token.text),
      id);
    if (profile === 'sakai') continue; // this one goes on waiting
    const { body } = await gateway.api('POST', `${path}/complete`);
    secrets.push(new URL(body.closeUrl).searchParams.get('token'));
    await gateway.open(body.closeUrl);
  }
  const made = await gateway.api('POST', '/admin/api-keys', { name: 'x' });
  secrets.push(made.body.key);
  const organization = await gateway.api('POST', '/admin/organizations',
    { name: 'A28' });
  const link = await gateway.api('POST', '/admin/registration-links',
    { organizationId: organization.body.id });
  secrets.push(new URL(link.body.url).searchParams.get('link'));
  await gateway.settings({});
  const store = (await gateway.store.bytes()).toString('latin1');
  const events = (await gateway.api('GET', '/admin/events')).text;
  const places = { store, log: gateway.log(), events };
  for (const [name, text] of Object.entries(places)) {
    assert.ok(text.length > 1000, name);
    for (const secret of secrets) {
      assert.ok(secret.length > 15, secret);
      assert.equal(text.includes(secret), false, `${secret} in the ${name}`);
    }
    assert.equal(text.includes('PRIVATE KEY'), false, name);
  }
});

async function refusesToStart(what, words) {
  const { code, log } = await tryGateway({ gateway });
  assert.equal(code, 1, what);
  assert.match(log, words, what);
}

test('A28 a missing or another secret file refuses to start, and says why',
  async () => {
    const before = await keySet();
    await gateway.stop();
    const file = gateway.store.secretFile;
    await rename(file, `${file}.away`);
    await refusesToStart('missing', /secret/i);
    await rm(file, { force: true });
    await writeFile(file, randomBytes(32), { mode: 0o600 });
    await refusesToStart('another', /secret/i);
    await writeFile(file, randomBytes(7), { mode: 0o600 });
    await refusesToStart('short', /32/);
    await rename(`${file}.away`, file);
    await gateway.start();
    assert.deepEqual(await keySet(), before);
  });
