// SPDX-License-Identifier: Apache-2.0
// How a login is bound to the browser: by a cookie, in the LMS's frame or in a
// window of its own.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { enrol } from '../support/enrolled.js';
import { startGateway } from '../support/gateway.js';
import { formIn, titleOf, wordsOf } from '../support/pages.js';
import { asJson, gatewayFor } from '../support/raw.js';

const gateway = await startGateway();
after(() => gateway.close());
const lms = await enrol(gateway, {
  authenticationEndpoint: 'https://sso.example:8443/auth?tenant=1' });

const iframe = { 'sec-fetch-dest': 'iframe' };
const given = { lti_message_hint: '{"a":"b c+d%20"}', lti_deployment_id: 'd' };
const all = { iss: lms.issuer, client_id: lms.clientId, login_hint: 'hint',
  target_link_uri: `${gateway.url}/lti/launch`, ...given };
const loginAt = (url, response) => ({
  response, state: new URL(url).searchParams.get('state'),
  nonce: new URL(url).searchParams.get('nonce'),
  cookie: response.headers['set-cookie'][0].split(';')[0] });

// --- the cookie ------------------------------------------------------------

test('OI5 the cookie is for this host alone, unreadable, and of ten minutes',
  async () => {
    const { response } = await lms.login();
    assert.equal(response.headers['set-cookie'].length, 1);
    assert.match(response.headers['set-cookie'][0], new RegExp(
      '^__Host-ltigate-([\\w-]{3})=\\1[\\w-]{40}; Path=/; Max-Age=600; HttpOnly; Secure; '
      + 'SameSite=None; Partitioned$'));
  });

test('OI5 without TLS, elsewhere than here, the cookie is a plain one',
  async (t) => {
    const lan = await gatewayFor(t, { environment: {
      LTIGATE_PUBLIC_URL: 'http://tool.lan:8080' } });
    const own = await enrol(lan);
    const { response, location } = await own.login();
    assert.match(response.headers['set-cookie'][0],
      /^ltigate-[\w-]{3}=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/);
    assert.equal(location.searchParams.get('redirect_uri'),
      'http://tool.lan:8080/lti/launch');
    assert.equal((await own.launch()).response.status, 303);
  });

test('OI5 A42 a browser keeps its secret, so that two launches at once work',
  async () => {
    const one = await lms.login();
    const two = await lms.login({ cookie: one.cookie });
    assert.equal(two.cookie, one.cookie);
    assert.notEqual(two.state, one.state);
    assert.equal(await lms.outcome({ login: two }), 'in');
    assert.equal(await lms.outcome({ login: one }), 'in');
  });

test('OI5 a cookie that we never made is not taken over', async () => {
  for (const value of ['', 'short', 'x'.repeat(42), 'x'.repeat(44),
    `${'x'.repeat(42)}!`, `"${'x'.repeat(43)}"`]) {
    const { cookie } = await lms.login({ cookie: `__Host-ltigate-abc=${value}` });
    assert.match(cookie, /^__Host-ltigate-[\w-]{3}=[\w-]{43}$/);
    assert.notEqual(cookie, `__Host-ltigate-abc=${value}`);
  }
});

// --- a frame ---------------------------------------------------------------

for (const frame of ['iframe', 'frame', 'embed', 'object', 'fencedframe']) {
  test(`L13 in a ${frame} the browser shows first that it keeps the cookie`,
    async () => {
      for (const method of ['GET', 'POST']) {
        const first = await lms.login({ method, fields: given,
          headers: { 'sec-fetch-dest': frame } });
        assert.equal(first.response.status, 303);
        const { origin, pathname, searchParams } = first.location;
        assert.equal(origin + pathname, `${gateway.url}/lti/login`);
        assert.deepEqual(Object.fromEntries(searchParams),
          { ...all, ltigate_cookie_tried: '1' });
        const headers = { 'sec-fetch-dest': frame, cookie: first.cookie };
        const second = await gateway.open(first.response.location, { headers });
        assert.equal(second.status, 302);
        const login = loginAt(second.location, second);
        assert.equal(login.cookie, first.cookie);
        assert.equal(new URL(second.location).searchParams
          .get('lti_message_hint'), given.lti_message_hint);
        assert.equal(await lms.outcome({ login }), 'in');
      }
    });
}

test('L11 outside of a frame a plain redirect stays plain', async () => {
  for (const destination of ['document', 'empty', '', 'iframes']) {
    const { response } =
      await lms.login({ headers: { 'sec-fetch-dest': destination } });
    assert.equal(response.status, 302, destination);
  }
});

test('L11 a cookie that comes at once needs no second look', async () => {
  const { cookie } = await lms.login();
  for (const fields of [{}, { lti_storage_target: '_parent' }]) {
    const { response } = await lms.login({ fields, cookie, headers: iframe });
    assert.equal(response.status, 302);
  }
});

test('A27 where it sends the browser is never the request\'s word',
  async () => {
    const { response } = await lms.login({ headers: { ...iframe,
      'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example', host: 'evil.example' } });
    assert.ok((response.location ?? '').startsWith(`${gateway.url}/lti/login?`),
      response.location);
  });

test('L13 PS2 without a cookie a button opens a new window', async () => {
  const first = await lms.login({ fields: given, headers: iframe });
  const page =
    await gateway.open(first.response.location, { headers: iframe });
  assert.equal(page.status, 200);
  assert.equal(titleOf(page), 'Open Acme Courses in a new window');
  assert.match(page.text, /<button>Open Acme Courses<\/button>/);
  const form = formIn(page);
  assert.equal(form.target, '_blank');
  assert.equal(form.method, 'post');
  assert.equal(form.action, `${gateway.url}/lti/login`);
  assert.deepEqual(form.fields, { ...all, ltigate_new_window: '1' });
  assert.match(page.headers['content-security-policy'],
    /form-action 'self' https:/);

  const answer = await gateway.open(form.action, { form: form.fields,
    headers: { 'sec-fetch-dest': 'document' } });
  assert.equal(answer.status, 302);
  assert.ok(answer.location.startsWith('https://sso.example:8443/auth?tenant'));
  const login = loginAt(answer.location, answer);
  assert.equal(await lms.outcome({ login }), 'in');
});

test('L13 what is not given is not in the form either', async () => {
  const { response } = await lms.login({ headers: iframe,
    fields: { client_id: undefined, ltigate_cookie_tried: '1' } });
  assert.deepEqual(Object.keys(formIn(response).fields),
    ['iss', 'login_hint', 'target_link_uri', 'ltigate_new_window']);
});

test('L13 hints too long for an address get the button at once', async () => {
  const lti_message_hint = 'x'.repeat(8000);
  const { response } = await lms.login({ method: 'POST', headers: iframe,
    fields: { lti_message_hint } });
  assert.equal(response.status, 200);
  assert.equal(formIn(response).fields.lti_message_hint, lti_message_hint);
  assert.equal(formIn(response).fields.ltigate_new_window, '1');
});

// --- what is shown ---------------------------------------------------------

const hostile = '"><script>alert(1)</script>\'\u2028&lt;{{secret}}`${1}<!--';
for (const fields of [{ lti_storage_target: hostile },
  { lti_storage_target: '_parent', login_hint: hostile,
    lti_message_hint: hostile, lti_deployment_id: hostile },
  { ltigate_cookie_tried: '1', login_hint: hostile,
    lti_message_hint: hostile, lti_deployment_id: hostile }]) {
  test(`L12 A24 all values are escaped: ${Object.keys(fields)[0]}`,
    async () => {
      const { response } = await lms.login({ fields, headers: iframe });
      assert.equal(response.status, 200);
      assert.doesNotMatch(response.text, /<script>alert|<!--|\$\{1\}"/);
      assert.equal(response.text.match(/<script/g).length, 2);
      const form = formIn(response);
      for (const [name, value] of Object.entries(fields)) {
        if (name === 'ltigate_cookie_tried') continue;
        assert.equal(name === 'lti_storage_target' ? form['data-target']
          : form.fields[name], value, name);
      }
      assert.match(response.headers['content-security-policy'],
        /default-src 'none'; script-src 'nonce-[\w-]+'/);
    });
}

test('L12 A24 the tool\'s name on these pages is text', async (t) => {
  const other = await gatewayFor(t, { settings: { name: hostile } });
  const own = await enrol(other);
  for (const fields of [{ ltigate_cookie_tried: '1' },
    { lti_storage_target: '_parent' }]) {
    const { response } = await own.login({ fields, headers: iframe });
    assert.doesNotMatch(response.text, /<script>alert|<!--/);
    assert.ok(wordsOf(response).includes('<script>alert(1)</script>'));
  }
});

test('L12 A10 a storage target with a control character is refused',
  async () => {
    for (const target of ['a\nb', '\u0000', 'x'.repeat(256)]) {
      const { response } = await lms.login({ headers: asJson,
        fields: { lti_storage_target: target } });
      assert.equal(response.status, 400);
    }
  });
