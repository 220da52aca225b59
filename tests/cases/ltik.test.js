// SPDX-License-Identifier: Apache-2.0
// The token of one launch: who may ask with it, how, and for how long.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, test } from 'node:test';
import { enrol, now } from '../support/enrolled.js';
import { b64 } from '../support/forge.js';
import { apiKey, startGateway, until } from '../support/gateway.js';
import { gatewayFor, talk } from '../support/raw.js';

const gateway = await startGateway();
after(() => gateway.close());
const lms = await enrol(gateway);
const { ltik } = await lms.launch({ claims: lms.deepLinking() });

const KEY = 'Invalid API key';
const LTIK = 'Invalid or expired ltik.';
const routes = [['GET', '/api/idtoken'], ['GET', '/api/idtoken?raw=true'],
  ['POST', '/api/deeplinking', { contentItems: [] }],
  ['POST', '/api/deeplinking/form', { contentItems: [] }],
  ['POST', '/api/deeplinking/message', { contentItems: [] }]];
const ask = (authorization, [method, path, body] = routes[0], at = gateway) =>
  at.api(method, path, body, { key: null,
    headers: authorization === undefined ? {} : { authorization } });
const v2 = (token, key = apiKey) => `LTIK-AUTH-V2 ${key}:${token}`;
const v1 = (token, key = apiKey) =>
  `LTIK-AUTH-V1 Token=${token}, Additional=Bearer ${key}`;

async function refused(answer, description, name) {
  assert.equal(answer.status, 401, `${name}: ${answer.text}`);
  const message = 'INVALID_LTIK_AUTH_AUTHORIZATION_HEADER';
  assert.equal(answer.text, JSON.stringify({ status: 401,
    error: 'Unauthorized', details: { message, description } }), name);
}

test('X40 the redirect carries a ltik that opens its launch', async () => {
  const { url, response } = await lms.launch();
  assert.equal(response.status, 303);
  assert.deepEqual([...url.searchParams.keys()], ['ltik']);
  const [header, payload, signature] =
    url.searchParams.get('ltik').split('.');
  assert.deepEqual(JSON.parse(Buffer.from(header, 'base64url')),
    { alg: 'HS256', typ: 'JWT' });
  const claims = JSON.parse(Buffer.from(payload, 'base64url'));
  assert.equal(claims.exp - claims.iat, 24 * 3600);
  assert.deepEqual(Object.keys(claims).toSorted(), ['exp', 'iat', 'launch']);
  assert.equal(Buffer.from(signature, 'base64url').length, 32);
});

test('X40 LTIK-AUTH-V2 and LTIK-AUTH-V1 open all five routes', async () => {
  for (const route of routes) {
    for (const header of [v2(ltik), v1(ltik), v2(ltik).replace('LTIK-AUTH',
      'ltik-auth'), v2(ltik).replace(' ', '   '), `${v2(ltik)}  `,
    `LTIK-AUTH-V1 Additional=Bearer ${apiKey}, Token=${ltik}`,
    `LTIK-AUTH-V1 Token=${ltik},Additional=bearer ${apiKey}`]) {
      const answer = await ask(header, route);
      assert.equal(answer.status, 200, `${header} ${answer.text}`);
    }
  }
});

test('X40 a header that is not one of the two is answered to the letter',
  async () => {
    const rows = {
      [KEY]: [undefined, '', 'LTIK-AUTH-V2', 'LTIK-AUTH-V2 ', 'LTIK-AUTH-V2 :',
        `LTIK-AUTH-V2 ${apiKey}`, `LTIK-AUTH-V2 ${ltik}`,
        `LTIK-AUTH-V2 :${ltik}`, v2(ltik, `${apiKey}x`), v2(ltik, 'null'),
        v2(ltik, apiKey.slice(0, -1)), v2(ltik, apiKey.toUpperCase()),
        `LTIK-AUTH-V2 ${ltik}:${apiKey}`, `LTIK-AUTH-V2${apiKey}:${ltik}`,
        `LTIK-AUTH-V2\t${apiKey}:${ltik}`, `LTIK-AUTH-V3 ${apiKey}:${ltik}`,
        `LTIK-AUTH-V2 Token=${ltik}, Additional=Bearer ${apiKey}`,
        `LTIK-AUTH-V1 ${apiKey}:${ltik}`, `LTIK-AUTH-V1 Token=${ltik}`,
        `LTIK-AUTH-V1 Additional=Bearer ${apiKey}`, v1(ltik, 'x'),
        `LTIK-AUTH-V1 Token=${ltik}, Additional=${apiKey}`,
        `LTIK-AUTH-V1 Token=${ltik}, Additional=Basic ${apiKey}`,
        `LTIK-AUTH-V1 Token=${ltik} Additional=Bearer ${apiKey}`,
        `LTIK-AUTH-V1 token=${ltik}, additional=Bearer ${apiKey}`,
        `Bearer ${apiKey}`, `Bearer ${ltik}`, `Bearer ${apiKey}:${ltik}`,
        `SERVICE-AUTH-V1 ${apiKey}:${ltik}`,
        `Basic ${b64(`${apiKey}:${ltik}`)}`,
        `${apiKey}:${ltik}`, `x LTIK-AUTH-V2 ${apiKey}:${ltik}`],
      [LTIK]: [`LTIK-AUTH-V2 ${apiKey}:`, v2('x'), v2('null'), v2(`x${ltik}`),
        v2(`${ltik}.`), v2(`${ltik}A`), v2(` ${ltik}`), v2(`:${ltik}`),
        v2(`${ltik}:${ltik}`), v2(ltik.split('.').slice(0, 2).join('.')),
        v2(ltik.toLowerCase()), v1('x'), v1(''), v2('x'.repeat(7000))],
    };
    for (const [description, headers] of Object.entries(rows)) {
      for (const header of headers) {
        for (const route of routes) {
          await refused(await ask(header, route), description,
            header?.slice(0, 90));
        }
      }
    }
  });

test('X40 two headers, or the key and ltik elsewhere, open nothing',
  async () => {
    const send = async (...lines) => (await talk(gateway.port,
      [`GET /api/idtoken HTTP/1.1\r\nHost: x\r\n${lines.map((line) =>
        `${line}\r\n`).join('')}\r\n`], { enough: 1 })).answers[0].status;
    assert.equal(await send(`Authorization: ${v2(ltik)}`), 200);
    assert.notEqual(await send('Authorization: x',
      `Authorization: ${v2(ltik)}`), 200);
    for (const lines of [[`X-Authorization: ${v2(ltik)}`],
      [`Cookie: ltik=${ltik}; key=${apiKey}`], [`X-Api-Key: ${apiKey}`]]) {
      assert.equal(await send(...lines), 401);
    }
    await refused(await gateway.api('GET',
      `/api/idtoken?ltik=${ltik}&key=${apiKey}`), KEY, 'query');
  });

test('X40 a ltik opens nothing but what is about its launch', async () => {
  for (const [method, path] of [['GET', '/admin/platforms'],
    ['GET', '/api/platforms'], ['GET', '/admin/settings'],
    ['PUT', '/admin/settings'], ['GET', '/api/registrations'],
    ['POST', '/api/registrations/x/complete'], ['GET', '/admin/events'],
    ['GET', '/admin/keys'], ['POST', '/admin/keys/rotate'],
    ['GET', '/admin/api-keys'], ['DELETE', `/admin/platforms/${
      lms.platform.id}`]]) {
    for (const header of [v2(ltik), v1(ltik), `Bearer ${ltik}`,
      `Bearer ${apiKey}:${ltik}`, `SERVICE-AUTH-V1 ${apiKey}:${ltik}`]) {
      await refused(await ask(header, [method, path,
        method === 'GET' ? undefined : {}]), KEY, `${path} ${header}`);
    }
  }
});

test('X41 a ltik that we did not sign, or signed otherwise, is refused',
  async () => {
    const [header, payload, signature] = ltik.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url'));
    const [hour, nonce] = claims.launch.split('.');
    const mac = (key, text) => createHmac('sha256', key).update(text)
      .digest('base64url');
    const signed = (key, head, body) =>
      `${b64(head)}.${b64(body)}.${mac(key, `${b64(head)}.${b64(body)}`)}`;
    const good = { alg: 'HS256', typ: 'JWT' };
    const other = (await lms.launch()).ltik.split('.');
    const forged = [
      ...['', 'secret', apiKey, lms.clientId, gateway.url, '\0'.repeat(32)]
        .map((key) => signed(key, good, claims)),
      `${b64({ alg: 'none' })}.${payload}.`, `${header}.${payload}.`,
      `${b64({ alg: 'none', typ: 'JWT' })}.${payload}.${signature}`,
      `${header}.${b64({ ...claims, exp: claims.exp + 9e6 })}.${signature}`,
      `${header}.${b64({ ...claims, launch: `${hour}.x` })}.${signature}`,
      `${header}.${b64({ ...claims, launch: `0.${nonce}` })}.${signature}`,
      `${header}.${other[1]}.${signature}`,
      `${other[0]}.${payload}.${other[2]}`, `${header}.${payload}.${
        signature.slice(0, -1)}`, `${header}.${payload}.${signature}=`,
      `${header}=.${payload}.${signature}`, `${header}..${signature}`,
      `${payload}.${header}.${signature}`, claims.launch, nonce,
      await lms.sign(claims)];
    for (const token of forged) {
      await refused(await ask(v2(token)), LTIK, token);
    }
    assert.equal((await ask(v2(ltik))).status, 200);
  });

test('X41 a ltik of another gateway is none here', async (t) => {
  const other = await gatewayFor(t, { fresh: true });
  const there = await enrol(other);
  const launch = await there.launch();
  assert.equal((await ask(v2(launch.ltik), routes[0], other)).status, 200);
  await refused(await ask(v2(launch.ltik)), LTIK, 'there');
  await refused(await ask(v2(ltik), routes[0], other), LTIK, 'here');
});

test('X40 a ltik lives a day, and so does what is kept of the launch',
  async (t) => {
    const own = await gatewayFor(t);
    const at = await enrol(own);
    const rows = async () => Number(
      await own.store.sql('SELECT count(*) FROM launches'));
    const before = await rows();
    const launch = await at.launch();
    await own.setClock(24 * 3600 - 30);
    assert.equal((await ask(v2(launch.ltik), routes[0], own)).status, 200);
    await own.setClock(24 * 3600 + 2);
    await refused(await ask(v2(launch.ltik), routes[0], own), LTIK, 'old');
    assert.equal(await rows(), before + 1);
    await own.setClock(25 * 3600 + 700);
    await until(async () => await rows() === 0, 'no launch is kept', 20_000);
    // Gone is gone, also for a clock that is put back.
    await own.setClock(0);
    await refused(await ask(v2(launch.ltik), routes[0], own), LTIK, 'gone');
    const fresh = await at.launch({ claims: { iat: now(), exp: now() + 60 } });
    assert.equal((await ask(v2(fresh.ltik), routes[0], own)).status, 200);
  });

test('X40 a ltik ends with its platform, and rests while that does',
  async () => {
    const at = await enrol(gateway);
    const { id } = at.platform;
    const launch = await at.launch();
    await gateway.api('POST', `/admin/platforms/${id}/deactivate`);
    await refused(await ask(v2(launch.ltik)), LTIK, 'inactive');
    await gateway.api('POST', `/admin/platforms/${id}/activate`);
    assert.equal((await ask(v2(launch.ltik))).status, 200);
    await gateway.api('DELETE', `/admin/platforms/${id}`);
    await refused(await ask(v2(launch.ltik)), LTIK, 'deleted');
    // One of the same name is another.
    await enrol(gateway, { issuer: at.issuer, clientId: at.clientId });
    await refused(await ask(v2(launch.ltik)), LTIK, 'of the old one');
  });

test('X40 an API key that was revoked asks nothing more', async () => {
  const { body } = await gateway.api('POST', '/admin/api-keys',
    { name: 'second' });
  assert.equal((await ask(v2(ltik, body.key))).status, 200);
  await gateway.api('DELETE', `/admin/api-keys/${body.id}`);
  await refused(await ask(v2(ltik, body.key)), KEY, 'revoked');
  assert.equal((await ask(v2(ltik))).status, 200);
});
