// SPDX-License-Identifier: Apache-2.0
// A registration that its tool reads and changes: Canvas's with an access
// token and an administrator, RFC 7592's with a token of its own.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestbed } from './testbed.js';
import { TOOL_CONFIGURATION } from './templates.js';
import { call, goodRequest, register, serveKeySet } from './test_client.js';
import { askToken, bearer, toolKeys } from './service_client.js';

const REG = 'https://purl.imsglobal.org/spec/lti-reg/scope/registration';
const AGS = 'https://purl.imsglobal.org/spec/lti-ags/scope/score';

let lms;
let keys;
let server;
let sites = 0;

before(async () => {
  lms = await startTestbed();
  keys = await toolKeys();
  server = await serveKeySet(() => ({ keys: [keys.jwk] }));
});
after(async () => {
  server.close();
  await lms.close();
});

const wish = (changes) => goodRequest({ jwks_uri: server.url,
  scope: `${AGS} ${REG} ${REG}.readonly`, ...changes });

async function added(profile = 'canvas-cloud', switches = {}) {
  const exchange = await lms.begin(profile, { switches,
    toolUrl: 'http://tool.localhost:8080/lti/register',
    site: `s${sites += 1}` });
  const answer = (await register(exchange, wish())).json();
  const { tool } = exchange.registration;
  const token = async (scope) => (await askToken(tool, keys.privateKey,
    { form: { scope } })).json().access_token;
  const send = (headers, body) => call(answer.registration_client_uri, {
    method: body ? 'PUT' : 'GET', headers: { ...headers,
      'content-type': 'application/json' }, body: body
      && JSON.stringify(body) });
  return { tool, answer, token, send };
}

test('Canvas shows a registration to its own token with the scope',
  async () => {
    const { answer, token, send } = await added();
    const shown = await send(bearer(await token(`${REG}.readonly`)));
    assert.equal(shown.status, 200, shown.text);
    assert.deepEqual(shown.json(), answer);
    assert.equal((await send({})).status, 401);
    assert.equal((await send(bearer(await token(AGS)))).status, 403);
    const other = await added();
    assert.equal((await send(bearer(await other.token(REG)))).status, 403);
    assert.equal((await send(bearer(await token(`${REG}.readonly`)),
      wish())).status, 403);
  });

test('Canvas keeps a change until its administrator accepts it', async () => {
  const { tool, token, send } = await added();
  const headers = bearer(await token(REG));
  const put = await send(headers, wish({ client_name: 'Changed' }));
  assert.equal(put.status, 200, put.text);
  assert.equal(put.json().client_name, 'A tool');
  assert.equal(tool.name, 'A tool');
  lms.acceptUpdate(tool);
  assert.equal((await send(headers)).json().client_name, 'Changed');
  assert.equal(tool.name, 'Changed');
  assert.throws(() => lms.acceptUpdate(tool), /no update waits/);
  await send(headers, wish({ client_name: 'Again' }));
  lms.rejectUpdate(tool);
  assert.equal((await send(headers)).json().client_name, 'Changed');
});

test('Canvas refuses what it would refuse at registration', async () => {
  const { token, send } = await added();
  const headers = bearer(await token(REG));
  const bad = wish();
  delete bad[TOOL_CONFIGURATION].claims;
  const { status, json } = await send(headers, bad);
  assert.equal(status, 422);
  assert.equal(json().errors.length, 1);
});

test('RFC 7592: the token of the registration, and it holds at once',
  async () => {
    const { tool, answer, send } = await added('sakai',
      { extras: 'secret-and-management' });
    const headers = bearer(answer.registration_access_token);
    assert.equal((await send(bearer('another'))).status, 401);
    const put = await send(headers, wish({ client_name: 'Changed' }));
    assert.equal(put.json().client_name, 'Changed');
    assert.equal(tool.name, 'Changed');
  });

test('what a test may change: off, at once, an answer of its own',
  async () => {
    const { tool, token, send } = await added();
    const headers = bearer(await token(REG));
    lms.changeManagement(tool, { accepts: 'at-once' });
    assert.equal((await send(headers, wish({ client_name: 'Now' })))
      .json().client_name, 'Now');
    lms.changeManagement(tool, { answer: { status: 418 } });
    assert.equal((await send(headers)).status, 418);
    assert.equal((await send(headers)).status, 200);
    lms.changeManagement(tool, { on: false });
    assert.equal((await send(headers)).status, 404);
    assert.throws(() => lms.changeManagement(tool, { off: 1 }), /no off/);
    lms.removeTool(tool);
    assert.equal((await send(headers)).status, 404);
  });
