// SPDX-License-Identifier: Apache-2.0
// Launches: the login each LMS begins, its authorization endpoint, its
// tokens and the ways to spoil them, its key set, content that comes back.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  createLocalJWKSet, decodeJwt, decodeProtectedHeader, exportJWK,
  generateKeyPair, jwtVerify, SignJWT,
} from 'jose';
import { startTestbed } from './testbed.js';
import { call, goodRequest, register, serveKeySet } from './test_client.js';

const LTI = 'https://purl.imsglobal.org/spec/lti/claim/';
const DL = 'https://purl.imsglobal.org/spec/lti-dl/claim/';
const AGS = 'https://purl.imsglobal.org/spec/lti-ags/';
const NRPS = 'https://purl.imsglobal.org/spec/lti-nrps/';
const LOGIN = 'http://tool.localhost:8080/lti/login';
const LAUNCH = 'http://tool.localhost:8080/lti/launch';
const allProfiles = ['moodle-3.10', 'moodle-4.5', 'canvas-cloud',
  'canvas-selfhosted', 'brightspace', 'blackboard', 'sakai', 'ilias'];

let lms;
let toolKeys;
let toolKey;
let sites = 0;

before(async () => {
  lms = await startTestbed();
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  toolKey = privateKey;
  const jwk = await exportJWK(publicKey);
  toolKeys = await serveKeySet(() => ({ keys: [{ ...jwk, kid: 'k1',
    alg: 'RS256', use: 'sig' }] }));
});
after(async () => {
  toolKeys.close();
  await lms.close();
});

function addTool(profile, more = {}) {
  sites += 1;
  return lms.addTool({
    profile, site: `t${sites}`, initiate_login_uri: LOGIN,
    redirect_uris: [LAUNCH], target_link_uri: `${LAUNCH}?to=start`,
    jwks_uri: toolKeys.url,
    scopes: [`${AGS}scope/score`, `${NRPS}scope/contextmembership.readonly`],
    ...more,
  });
}

// What a tool sends the browser to, as its login endpoint would.
function parametersOf(attempt, changes = {}) {
  const { login_hint, lti_message_hint } = attempt.login.fields;
  const all = { scope: 'openid', response_type: 'id_token',
    response_mode: 'form_post', prompt: 'none',
    client_id: attempt.tool.client_id, redirect_uri: LAUNCH, login_hint,
    lti_message_hint, state: 's-1', nonce: 'n-1', ...changes };
  return Object.fromEntries(Object.entries(all).filter(([, value]) =>
    value !== undefined));
}

function addressOf(attempt, changes) {
  const url = new URL(attempt.tool.endpoints.authorization_endpoint);
  for (const [name, value] of Object.entries(parametersOf(attempt, changes))) {
    url.searchParams.append(name, value);
  }
  return url.href;
}

const marks = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': '\'' };
const plain = (text) =>
  text.replace(/&(amp|lt|gt|quot|#39);/g, (all, name) => marks[name]);

function formIn(text) {
  const inputs = [...text.matchAll(/name="([^"]*)" value="([^"]*)"/g)];
  return { action: plain(/action="([^"]*)"/.exec(text)[1]),
    fields: Object.fromEntries(inputs.map(([, name, value]) =>
      [plain(name), plain(value)])) };
}

async function launched(tool, options) {
  const attempt = await lms.launch(tool, options);
  const answer = await attempt.answer(parametersOf(attempt));
  return { attempt, token: answer.fields.id_token, ...answer };
}

const keySetOver = async (tool) =>
  call(tool.endpoints.jwks_uri, { port: lms.port });

async function verified(tool, token, options = {}) {
  const keys = createLocalJWKSet((await keySetOver(tool)).json());
  return jwtVerify(token, keys, { issuer: tool.issuer,
    audience: tool.client_id, ...options });
}

test('every LMS launches over HTTP, and its token verifies', async () => {
  for (const profile of allProfiles) {
    const tool = addTool(profile);
    const attempt = await lms.launch(tool);
    const page = await call(addressOf(attempt));
    assert.equal(page.status, 200, `${profile}: ${page.text}`);
    const { action, fields } = formIn(page.text);
    assert.equal(action, LAUNCH);
    assert.equal(fields.state, 's-1');
    if (profile !== 'moodle-3.10') {
      const { payload } = await verified(tool, fields.id_token);
      assert.equal(payload.nonce, 'n-1');
      assert.equal(payload[`${LTI}version`], '1.3.0');
      assert.equal(payload[`${LTI}deployment_id`], tool.deployment_id);
      assert.equal(payload.email, 'tess.teacher@example.edu');
      assert.match(payload[`${LTI}roles`].join(), /#Instructor/);
    }
    assert.equal(attempt.state, 'answered');
    assert.equal(attempt.requests[0].kind, 'authorization');
  }
});

const logins = {
  'moodle-4.5': ['POST', ['iss', 'target_link_uri', 'login_hint',
    'lti_message_hint', 'client_id', 'lti_deployment_id']],
  'canvas-cloud': ['POST', ['iss', 'login_hint', 'client_id',
    'deployment_id', 'lti_deployment_id', 'target_link_uri',
    'lti_message_hint', 'canvas_environment', 'canvas_region',
    'lti_storage_target']],
  brightspace: ['POST', ['iss', 'login_hint', 'target_link_uri',
    'lti_message_hint', 'lti_deployment_id', 'client_id']],
  blackboard: ['GET', ['iss', 'login_hint', 'target_link_uri',
    'lti_message_hint', 'lti_deployment_id', 'client_id',
    'lti_storage_target']],
  sakai: ['GET', ['iss', 'login_hint', 'target_link_uri', 'client_id',
    'lti_deployment_id', 'lti_storage_target']],
  ilias: ['POST', ['iss', 'target_link_uri', 'login_hint',
    'lti_message_hint', 'client_id', 'lti_deployment_id']],
};

test('the login is each LMS\u2019s own', async () => {
  for (const [profile, [method, names]] of Object.entries(logins)) {
    const { login } = await lms.launch(addTool(profile));
    assert.equal(login.method, method, profile);
    assert.deepEqual(Object.keys(login.fields), names, profile);
    if (method === 'POST') {
      assert.deepEqual([login.url, login.form], [LOGIN, login.fields]);
    } else {
      assert.deepEqual(Object.fromEntries(new URL(login.url).searchParams),
        login.fields);
    }
  }
  const { login } = await lms.launch(addTool('moodle-4.5'));
  assert.match(login.fields.lti_message_hint,
    /^\{"cmid":\d+,"launchid":"ltilaunch\d+_\d+"\}$/);
});

test('the login changes by switches and by hand', async () => {
  const tool = addTool('moodle-4.5');
  const fieldsOf = async (options) =>
    (await lms.launch(tool, options)).login.fields;
  const got = await lms.launch(tool, { loginMethod: 'GET' });
  assert.equal(got.login.form, null);
  assert.match(got.login.url, /lti\/login\?iss=http/);
  assert.equal((await fieldsOf({ storageTarget: '_parent' }))
    .lti_storage_target, '_parent');
  assert.equal((await fieldsOf({ storageTarget: 'some_frame' }))
    .lti_storage_target, 'some_frame');
  const named = await fieldsOf({ loginDeployment: 'deployment_id' });
  assert.equal(named.deployment_id, '3');
  assert.ok(!('lti_deployment_id' in named));
  assert.ok(!('client_id' in await fieldsOf({ loginClient: 'absent' })));
  assert.ok(!('lti_message_hint' in await fieldsOf({ messageHint: 'none' })));
  assert.equal((await fieldsOf({ target: 'http://x.example/' }))
    .target_link_uri, 'http://x.example/');
  assert.equal((await fieldsOf({ loginChange: { iss: 'x', extra: 'y' } })).iss,
    'x');
  assert.ok(!('iss' in await fieldsOf({ loginChange: { iss: undefined } })));
  assert.equal((await fieldsOf({ loginChange: (fields) =>
    ({ ...fields, login_hint: 'z' }) })).login_hint, 'z');
  await assert.rejects(lms.launch(tool, { nonsense: 1 }),
    /no option nonsense/);
});

test('hints of any form come back byte for byte', async () => {
  for (const messageHint of ['moodle', 'jwt', 'key', 'odd', 'long']) {
    const attempt = await lms.launch(addTool('moodle-4.5'), { messageHint });
    const page = await call(addressOf(attempt));
    assert.ok(formIn(page.text).fields.id_token, messageHint);
  }
});

// profile, changed parameters, what is answered: a page's status or the
// error that goes back to the tool.
const authorizationRefusals = [
  ['moodle-4.5', { redirect_uri: `${LAUNCH}/` }, 404],
  ['moodle-4.5', { client_id: 'nobody' }, 404],
  ['moodle-4.5', { scope: 'openid email' }, 'invalid_scope'],
  ['moodle-4.5', { response_type: 'code' }, 'unsupported_response_type'],
  ['moodle-4.5', { response_mode: 'query' }, 'invalid_request'],
  ['moodle-4.5', { nonce: undefined }, 'invalid_request'],
  ['moodle-4.5', { login_hint: '99' }, 'access_denied'],
  ['moodle-4.5', { lti_message_hint: '{"cmid": 7}' }, 'invalid_request'],
  ['moodle-4.5', { prompt: 'login' }, 'invalid_request'],
  ['canvas-cloud', { prompt: undefined }, 'invalid_request_object'],
  ['canvas-cloud', { lti_message_hint: 'x' }, 'launch_no_longer_valid'],
  ['brightspace', { state: undefined }, 404],
  ['brightspace', { lti_message_hint: undefined }, 404],
  ['sakai', { state: undefined }, 400],
  ['ilias', { redirect_uri: 'http://evil.example/' }, 400],
];

test('the authorization endpoint checks what each LMS checks', async () => {
  for (const [profile, changes, wanted] of authorizationRefusals) {
    const what = `${profile} ${JSON.stringify(changes)}`;
    const attempt = await lms.launch(addTool(profile));
    const page = await call(addressOf(attempt, changes));
    assert.equal(attempt.tokens.length, 0, what);
    if (typeof wanted === 'number') {
      assert.equal(page.status, wanted, what);
      assert.doesNotMatch(page.text, /<form/);
      assert.match(page.headers['content-type'], /text\/html/);
    } else {
      assert.equal(formIn(page.text).fields.error, wanted, what);
      assert.equal(formIn(page.text).fields.state, 's-1');
    }
  }
});

test('Canvas compares redirect_uri without its query', async () => {
  const attempt = await lms.launch(addTool('canvas-cloud'));
  const page = await call(addressOf(attempt,
    { redirect_uri: `${LAUNCH}?to=x` }));
  assert.equal(formIn(page.text).action, `${LAUNCH}?to=x`);
});

test('POST works too, and Moodle uses a hint once', async () => {
  const attempt = await lms.launch(addTool('moodle-4.5'));
  const { origin, pathname } = new URL(addressOf(attempt));
  const send = () => call(origin + pathname, { method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: String(new URLSearchParams(parametersOf(attempt))) });
  assert.ok(formIn((await send()).text).fields.id_token);
  assert.equal(formIn((await send()).text).fields.error, 'invalid_request');
  assert.equal(attempt.requests.length, 2);
});

test('an error is answered in place of a token', async () => {
  const { fields } = await launched(addTool('moodle-4.5'),
    { error: 'login_required' });
  assert.deepEqual(Object.keys(fields),
    ['error', 'error_description', 'state']);
  assert.equal(fields.error, 'login_required');
});

test('answer() refuses as the page does', async () => {
  const attempt = await lms.launch(addTool('brightspace'));
  await assert.rejects(attempt.answer(addressOf(attempt,
    { redirect_uri: 'http://evil.example/' })),
  { status: 404, problem: /redirect_uri/ });
  assert.equal(attempt.state, 'refused');
});

const claimsOf = async (profile, options, more) =>
  decodeJwt((await launched(addTool(profile, more), options)).token);

test('tokens differ as their LMSs do', async () => {
  const moodle = await claimsOf('moodle-4.5', { user: 'student' });
  assert.equal(moodle.exp - moodle.iat, 60);
  assert.ok(!('azp' in moodle) && !('nbf' in moodle));
  assert.equal(moodle.sub, '4');
  assert.equal(moodle.name, 'Stu Student');
  const canvas = await claimsOf('canvas-cloud');
  assert.equal(canvas.exp - canvas.iat, 3600);
  assert.equal(canvas.azp, canvas.aud);
  assert.match(canvas[`${LTI}deployment_id`], /^\d+:[0-9a-f]{40}$/);
  const brightspace = await claimsOf('brightspace');
  assert.equal(brightspace.exp - brightspace.iat, 1800);
  assert.equal(brightspace.nbf, brightspace.iat);
  assert.equal(brightspace['http://www.brightspace.com'].username, 'teacher');
  const blackboard = await claimsOf('blackboard');
  assert.equal(blackboard.iss, 'https://blackboard.com');
  assert.ok(blackboard[`${LTI}tool_platform`].url);
});

test('services, custom values and links', async () => {
  const claims = await claimsOf('moodle-4.5', {
    custom: { who: '$User.id', item: '7' },
    resourceLink: { id: 'r1', title: 'Quiz' }, user: 'student' });
  assert.deepEqual(claims[`${LTI}resource_link`],
    { title: 'Quiz', description: '', id: 'r1' });
  assert.equal(claims[`${LTI}custom`].who, '4');
  assert.equal(claims[`${LTI}custom`].item, '7');
  assert.match(claims[`${AGS}claim/endpoint`].lineitems, /type_id=3/);
  assert.ok(claims[`${NRPS}claim/namesroleservice`].context_memberships_url);
});

test('every message has its own claims', async () => {
  const link = await claimsOf('canvas-cloud',
    { message: 'LtiDeepLinkingRequest' });
  const settings = link[`${DL}deep_linking_settings`];
  assert.match(settings.deep_link_return_url, /\?data=.*&modal=true$/);
  assert.ok(!(`${LTI}resource_link` in link));
  const review = await claimsOf('moodle-4.5',
    { message: 'LtiSubmissionReviewRequest' });
  assert.equal(review[`${LTI}for_user`].user_id, '4');
  assert.ok(review[`${AGS}claim/endpoint`].lineitem);
  const privacy = await claimsOf('canvas-cloud',
    { message: 'DataPrivacyLaunchRequest' });
  assert.ok(!(`${LTI}context` in privacy));
  const other = await claimsOf('sakai', { message: 'ContextLaunchRequest' });
  assert.equal(other[`${LTI}message_type`], 'ContextLaunchRequest');
});

test('people of one\u2019s own, and nobody', async () => {
  const own = await claimsOf('canvas-cloud', { user: {
    sub: 'me', name: 'M\u00fc \u4e2d', roles: ['Instructor'] } });
  assert.deepEqual([own.sub, own.name, own.email, own[`${LTI}roles`]],
    ['me', 'M\u00fc \u4e2d', undefined, ['Instructor']]);
  const nobody = await claimsOf('canvas-cloud', { user: { sub: null } });
  assert.ok(!('sub' in nobody) && !('name' in nobody));
});

test('a tool gets the claims it asked for', async () => {
  const few = await claimsOf('moodle-4.5', {}, { claims: ['iss', 'sub'] });
  assert.ok(!('name' in few) && !('email' in few));
  const all = await claimsOf('moodle-4.5', { email: 'present' },
    { claims: ['name'] });
  assert.ok('name' in all && 'email' in all);
});

// switch, value, how the claims are then.
const claimSwitches = [
  ['lifetime', 5, (claims) => claims.exp - claims.iat === 5],
  ['audience', 'list', ({ aud }) => Array.isArray(aud) && aud.length === 1],
  ['audience', 'list-with-another', ({ aud }) => aud.length === 2],
  ['audience', 'empty-list', ({ aud }) => aud.length === 0],
  ['audience', 'number', ({ aud }) => aud === 7],
  ['azp', 'present', ({ azp, aud }) => azp === aud],
  ['azp', 'other', ({ azp }) => azp === 'somebody-else'],
  ['nbf', 'future', ({ nbf, exp }) => nbf > exp],
  ['email', 'absent', (claims) => !('email' in claims)],
  ['email', 'empty', ({ email }) => email === ''],
  ['names', 'absent', (claims) => !('name' in claims)],
  ['subject', 'absent', (claims) => !('sub' in claims)],
  ['deploymentForm', 'colon', (claims) =>
    /^106:/.test(claims[`${LTI}deployment_id`])],
  ['deploymentForm', 'number', (claims) =>
    claims[`${LTI}deployment_id`] === 7],
  ['deployment', 'd-9', (claims) =>
    claims[`${LTI}deployment_id`] === 'd-9'],
  ['roles', 'none', (claims) => claims[`${LTI}roles`].length === 0],
  ['claims', { sub: undefined, iss: null, [`${LTI}version`]: '2' },
    (claims) => !('sub' in claims) && !('iss' in claims)
      && claims[`${LTI}version`] === '2'],
  ['setClaims', { aud: null }, ({ aud }) => aud === null],
  ['mutate', (claims) => { claims.exp = '1'; }, ({ exp }) => exp === '1'],
];

test('claims change by switches, patches and functions', async () => {
  for (const [name, value, holds] of claimSwitches) {
    const claims = await claimsOf('moodle-4.5', { [name]: value });
    assert.ok(holds(claims), `${name} ${value}`);
  }
});

test('every algorithm signs with a key that is published', async () => {
  for (const sign of ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512',
    'ES256', 'ES384', 'ES512', 'EdDSA']) {
    const { attempt, token } = await launched(addTool('ilias'), { sign });
    const { protectedHeader } = await verified(attempt.tool, token);
    assert.equal(protectedHeader.alg, sign);
  }
});

test('no spoilt signature verifies', async () => {
  const { values } = lms.switchList.find(({ name }) => name === 'sign');
  const spoilt = values.slice(values.indexOf('none'));
  assert.ok(spoilt.length > 20);
  for (const sign of spoilt) {
    const { attempt, token } = await launched(addTool('ilias'), { sign });
    await assert.rejects(verified(attempt.tool, token), undefined, sign);
  }
});

test('spoilt signatures are what their names say', async () => {
  const headOf = async (sign) => decodeProtectedHeader(
    (await launched(addTool('ilias'), { sign })).token);
  for (const alg of ['none', 'None', 'NONE', 'nOnE']) {
    assert.equal((await headOf(alg)).alg, alg);
  }
  assert.equal((await headOf('HS256-public-key')).alg, 'HS256');
  assert.ok((await headOf('HS256-public-key')).kid);
  assert.ok((await headOf('jwk-header')).jwk.n);
  assert.ok(!('alg' in await headOf('no-alg')));
  const { token } = await launched(addTool('ilias'),
    { sign: 'empty-signature' });
  assert.match(token, /^[^.]+\.[^.]+\.$/);
});

test('kid, header and the text itself', async () => {
  const headOf = async (options) => decodeProtectedHeader(
    (await launched(addTool('ilias'), options)).token);
  assert.ok(!('kid' in await headOf({ kid: 'none' })));
  assert.match((await headOf({ kid: 'unknown' })).kid, /^unknown-/);
  assert.equal((await headOf({ kid: '../../key' })).kid, '../../key');
  assert.deepEqual((await headOf({ header: { crit: ['b64'], b64: false } }))
    .crit, ['b64']);
  assert.ok(!('typ' in await headOf({ header: { typ: undefined } })));
  const { token, attempt } = await launched(addTool('ilias'),
    { raw: (text) => `${text}.more` });
  assert.match(token, /\.more$/);
  assert.equal(attempt.tokens[0].header.alg, 'RS256');
});

test('a token for anything', async () => {
  const tool = addTool('moodle-4.5');
  const token = await lms.token(tool, { nonce: 'mine', user: 'student' });
  const { payload } = await verified(tool, token);
  assert.deepEqual([payload.nonce, payload.sub], ['mine', '4']);
  assert.equal(lms.attempts().filter((one) => one.tool === tool).length, 0);
});

test('each site has keys of its own; keys rotate', async () => {
  const [tool, other] = [addTool('moodle-4.5'), addTool('moodle-4.5')];
  const first = await lms.token(tool, {});
  await assert.rejects(verified(other, first, {}));
  const { kid } = await lms.rotateKeys(tool);
  assert.equal((await lms.keySetOf(tool)).keys.length, 2);
  const second = await lms.token(tool, {});
  assert.equal(decodeProtectedHeader(second).kid, kid);
  await verified(tool, first);
  await verified(tool, second);
  await lms.rotateKeys(tool, { forget: true });
  assert.equal((await lms.keySetOf(tool)).keys.length, 1);
  await assert.rejects(verified(tool, second));
  assert.ok(lms.keySetFetches(tool).length >= 3);
});

test('Canvas publishes three keys for ten days', async () => {
  const tool = addTool('canvas-cloud');
  const { headers, json } = await keySetOver(tool);
  assert.equal(json().keys.length, 3);
  assert.match(headers['cache-control'], /max-age=864000/);
  const again = await call(tool.endpoints.jwks_uri, { port: lms.port,
    headers: { 'if-none-match': headers.etag } });
  assert.equal(again.status, 304);
});

// changes, and what the answer is like.
const keySets = [
  [{ shape: 'padded' }, ({ json }) => /=$/.test(json().keys[0].n)],
  [{ shape: 'no-alg' }, ({ json }) => !('alg' in json().keys[0])],
  [{ shape: ['no-alg', 'no-use'] }, ({ json }) =>
    !('use' in json().keys[0]) && !('alg' in json().keys[0])],
  [{ shape: 'foreign-keys' }, ({ json }) => json().keys.length === 5],
  [{ answer: 'empty' }, ({ json }) => json().keys.length === 0],
  [{ answer: 'no-keys' }, ({ json }) => !('keys' in json())],
  [{ answer: 'not-json' }, ({ text }) => !text.endsWith('}')],
  [{ answer: 'huge' }, ({ json, text }) => json() && text.length > 900_000],
  [{ answer: 'status-500' }, ({ status }) => status === 500],
  [{ answer: 'redirect-other' }, ({ status, headers }) => status === 302
    && headers.location.includes('elsewhere')],
  [{ cacheControl: 'no-store' }, ({ headers }) =>
    headers['cache-control'] === 'no-store'],
  [{ etag: true }, ({ headers }) => Boolean(headers.etag)],
  [{ change: (document) => ({ ...document, more: 1 }) },
    ({ json }) => json().more === 1],
];

test('the key set misbehaves when told to', async () => {
  for (const [changes, holds] of keySets) {
    const tool = addTool('moodle-4.5');
    await lms.changeKeySet(tool, changes);
    assert.ok(holds(await keySetOver(tool)), JSON.stringify(changes));
  }
  const tool = addTool('moodle-4.5');
  await lms.changeKeySet(tool, { answer: 'never-answers' });
  await assert.rejects(call(tool.endpoints.jwks_uri,
    { port: lms.port, timeout: 200 }), /timeout/);
  await assert.rejects(lms.changeKeySet(tool, { answer: 'nicely' }),
    /no key set/);
  await lms.launch(tool, { keySetAnswer: 'empty', keySetCache: 'no-cache' });
  assert.equal((await keySetOver(tool)).headers['cache-control'], 'no-cache');
});

test('weak and odd keys are published and sign', async () => {
  const holds = {
    'rsa-512': ({ n }) => n.length === 86,
    'rsa-1024': ({ n }) => n.length === 171,
    'rsa-long': ({ n }) => n.length > 10_000,
    'exponent-one': ({ e }) => e === 'AQ',
    'exponent-even': ({ e }) => e === 'AQAA',
    'exponent-huge': ({ e }) => e.length > 300,
    'modulus-zero': ({ n }) => n === '',
    'ec-off-curve': ({ crv }) => crv === 'P-256',
    'private-members': ({ d }) => Boolean(d),
    'use-enc': ({ use }) => use === 'enc',
    'ops-encrypt': ({ key_ops: ops }) => ops[0] === 'encrypt',
    oct: ({ kty }) => kty === 'oct',
  };
  for (const [kind, hold] of Object.entries(holds)) {
    const tool = addTool('ilias');
    const { kid } = await lms.rotateKeys(tool, { kind, forget: true });
    const { keys } = (await keySetOver(tool)).json();
    assert.ok(hold(keys[0]), kind);
    const header = decodeProtectedHeader(await lms.token(tool));
    assert.equal(header.kid, kid, kind);
    assert.equal(header.alg, keys[0].alg, kind);
  }
  const tool = addTool('ilias');
  await lms.rotateKeys(tool, { kind: 'same-kid-twice', forget: true });
  const { keys } = (await keySetOver(tool)).json();
  assert.equal(keys.length, 2);
  assert.equal(keys[0].kid, keys[1].kid);
});

test('with the exponent one a padded text is a signature', async () => {
  const tool = addTool('ilias');
  await lms.rotateKeys(tool, { kind: 'exponent-one', forget: true });
  const [, , signature] = (await lms.token(tool)).split('.');
  assert.match(Buffer.from(signature, 'base64url').toString('hex'),
    /^0001ff+003031/);
});

test('a registered tool launches by its exchange or its client id',
  async () => {
    const exchange = await lms.begin('moodle-4.5', { site: 'reg',
      toolUrl: 'http://tool.localhost:8080/lti/register' });
    await register(exchange, goodRequest({ jwks_uri: toolKeys.url }));
    const attempt = await lms.launch(exchange, { user: 'student' });
    const again = await lms.launch(exchange.registration.client_id);
    assert.equal(attempt.tool, again.tool);
    const { fields } = await attempt.answer(addressOf(attempt));
    const claims = decodeJwt(fields.id_token);
    assert.equal(claims.name, 'Stu Student');
    assert.ok(!('email' in claims));
    assert.equal(claims[`${LTI}custom`].user, '4');
    await assert.rejects(lms.launch('nobody'), /no LMS holds/);
  });

// A tool's answer to a deep linking request. undefined removes a claim.
async function returnContent(attempt, changes = {}, address) {
  const { claims: sent } = attempt.tokens.at(-1);
  const settings = sent[`${DL}deep_linking_settings`];
  const claims = {
    iss: attempt.tool.client_id, aud: attempt.tool.issuer,
    nonce: randomUUID(), iat: Math.floor(Date.now() / 1000),
    exp: Math.floor(Date.now() / 1000) + 60,
    [`${LTI}deployment_id`]: sent[`${LTI}deployment_id`],
    [`${LTI}message_type`]: 'LtiDeepLinkingResponse',
    [`${LTI}version`]: '1.3.0',
    [`${DL}data`]: settings.data,
    [`${DL}content_items`]: [{ type: 'ltiResourceLink', title: 'Item 1',
      url: `${LAUNCH}?item=1`, custom: { item: '1' } }],
    ...changes,
  };
  const jwt = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', kid: 'k1' }).sign(toolKey);
  return call(address ?? settings.deep_link_return_url, { method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: String(new URLSearchParams({ JWT: jwt })) });
}

const deepLinking = async (profile) => (await launched(addTool(profile),
  { message: 'LtiDeepLinkingRequest' })).attempt;

test('content comes back to every LMS and becomes an activity', async () => {
  for (const profile of allProfiles) {
    const attempt = await deepLinking(profile);
    const page = await returnContent(attempt);
    assert.deepEqual(attempt.returned.problems, [], profile);
    assert.equal(page.status, 200, profile);
    assert.equal(attempt.returned.items[0].title, 'Item 1');
    const [own, item] = lms.activities(attempt.tool);
    assert.equal(own.url, null);
    const { token } = await launched(attempt.tool, { activity: item.id });
    const claims = decodeJwt(token);
    assert.equal(claims[`${LTI}target_link_uri`], `${LAUNCH}?item=1`);
    assert.equal(claims[`${LTI}custom`].item, '1');
  }
});

const itemsOf = (...items) => ({ [`${DL}content_items`]: items });
const returnFaults = [
  [{ iss: 'x' }, /iss is not the client id/],
  [{ aud: 'https://x.example' }, /aud is not the issuer/],
  [{ [`${LTI}deployment_id`]: 'x' }, /deployment_id/],
  [{ [`${DL}data`]: 'changed' }, /data is not what was sent/],
  [{ [`${DL}data`]: undefined }, /data is not what was sent/],
  [{ nonce: undefined }, /no nonce/],
  [{ exp: 1 }, /exp is past/],
  [{ [`${LTI}message_type`]: 'x' }, /message_type/],
  [itemsOf({ type: 'file', title: 'f', url: 'http://x.example/' }),
    /type file is not accepted/],
  [itemsOf({ title: 'none' }), /no type/],
];

test('content is refused for what is wrong with it', async () => {
  for (const [changes, wanted] of returnFaults) {
    const attempt = await deepLinking('sakai');
    const page = await returnContent(attempt, changes);
    assert.equal(page.status, 400);
    assert.match(attempt.returned.problems.join('\n'), wanted);
    assert.equal(lms.activities(attempt.tool).length, 1);
  }
  const attempt = await deepLinking('moodle-4.5');
  await returnContent(attempt, { [`${DL}data`]: 'invented' });
  assert.match(attempt.returned.problems[0], /none was sent/);
});

test('the query of the return address must be kept', async () => {
  const attempt = await deepLinking('moodle-4.5');
  const settings = attempt.tokens[0].claims[`${DL}deep_linking_settings`];
  const [bare] = settings.deep_link_return_url.split('?');
  await returnContent(attempt, {}, bare);
  assert.match(attempt.returned.problems[0], /return address/);
});

test('a stranger\u2019s signature on content is refused', async () => {
  const attempt = await deepLinking('ilias');
  const mine = toolKey;
  toolKey = (await generateKeyPair('RS256')).privateKey;
  await returnContent(attempt);
  toolKey = mine;
  assert.match(attempt.returned.problems[0], /signature does not hold/);
});

test('the way back from a launch is recorded', async () => {
  const { attempt, token } = await launched(addTool('moodle-4.5'));
  const { return_url } = decodeJwt(token)[`${LTI}launch_presentation`];
  const page = await call(`${return_url}&lti_msg=${
    encodeURIComponent('<b>done</b>')}`);
  assert.equal(page.status, 200);
  assert.match(page.text, /&lt;b&gt;done/);
  assert.equal(attempt.back.lti_msg, '<b>done</b>');
});

test('the HTTP API of the course pages', async () => {
  const tool = lms.addTool({ profile: 'sakai', initiate_login_uri: LOGIN,
    redirect_uris: [LAUNCH], target_link_uri: LAUNCH });
  const api = async (path, body) => (await call(`${lms.url}/api${path}`,
    body ? { method: 'POST', body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' } } : {})).json();
  const course = await api('/courses/sakai');
  const shown = course.tools.find((one) => one.id === tool.id);
  assert.equal(shown.activities.length, 1);
  const begun = await api('/launches', { tool: tool.id, user: 'student',
    activity: shown.activities[0].id, switches: { storage: 'error' } });
  assert.equal(begun.login.method, 'GET');
  assert.deepEqual([begun.storage.place, begun.storage.mode],
    ['parent', 'error']);
  const attempt = lms.attempt(begun.id);
  const { fields } = await attempt.answer(addressOf(attempt));
  const text = JSON.stringify(await api(`/launches/${begun.id}`));
  assert.ok(!text.includes(fields.id_token));
  assert.match(text, /"sub":"4a9f/);
  assert.match((await api('/launches', { tool: 'nobody' })).error,
    /no LMS holds/);
});
