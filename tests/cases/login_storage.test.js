// SPDX-License-Identifier: Apache-2.0
// A login whose secret the LMS's own frame keeps, where the browser may keep
// no cookie for us, and the launch that reads it back.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { enrol } from '../support/enrolled.js';
import { startGateway } from '../support/gateway.js';
import { formIn } from '../support/pages.js';
import { asJson, faultOf } from '../support/raw.js';

const gateway = await startGateway();
after(() => gateway.close());
const lms = await enrol(gateway, {
  authenticationEndpoint: 'https://sso.example:8443/auth?tenant=1' });

const iframe = { 'sec-fetch-dest': 'iframe' };
const given = { lti_message_hint: '{"a":"b c+d%20"}', lti_deployment_id: 'd' };
const all = { iss: lms.issuer, client_id: lms.clientId, login_hint: 'hint',
  target_link_uri: `${gateway.url}/lti/launch`, ...given };
const secretOf = (login) => login.cookie.slice(login.cookie.indexOf('=') + 1);
const loginAt = (url, response) => ({
  response, state: new URL(url).searchParams.get('state'),
  nonce: new URL(url).searchParams.get('nonce'),
  cookie: response.headers['set-cookie'][0].split(';')[0] });

test('L11 PS1 with lti_storage_target a page puts the secret there',
  async () => {
    const { response, cookie } = await lms.login({ headers: iframe,
      fields: { ...given, lti_storage_target: 'post_message_forwarding' } });
    assert.equal(response.status, 200);
    const form = formIn(response);
    assert.equal(form['data-target'], 'post_message_forwarding');
    assert.equal(form['data-origin'], 'https://sso.example:8443');
    assert.match(form['data-key'], /^ltigate_[\w-]{22}$/);
    assert.equal(form['data-secret'], secretOf({ cookie }));
    assert.match(response.text, /'lti\.put_data'/);
    const url = new URL(form['data-url']);
    assert.equal(url.searchParams.get('lti_message_hint'),
      given.lti_message_hint);
    assert.equal(form['data-url'].includes(form['data-secret']), false);
    // When the LMS does not answer, the same login goes on without it.
    assert.deepEqual(form.fields, { ...all, ltigate_cookie_tried: '1' });
    const next = await gateway.open(form.action, { form: form.fields,
      headers: iframe });
    assert.equal(formIn(next).target, '_blank');
    const top = await gateway.open(form.action, { form: form.fields });
    assert.equal(top.status, 302);
  });

test('PS1 PS3 two logins use two keys of the storage', async () => {
  const keys = await Promise.all([1, 2].map(async () => {
    const { response } =
      await lms.login({ fields: { lti_storage_target: '_parent' } });
    return formIn(response)['data-key'];
  }));
  assert.notEqual(keys[0], keys[1]);
});

// What a browser says when our own page posts.
const ourPage = { origin: gateway.url, 'sec-fetch-site': 'same-origin' };
const stored = async () => {
  const { response } =
    await lms.login({ fields: { lti_storage_target: '_parent' } });
  const form = formIn(response);
  return { ...loginAt(form['data-url'], response), form };
};

test('PS1 the launch reads the secret back from the LMS\'s frame',
  async () => {
    const login = await stored();
    const token = await lms.sign(lms.claims(login));
    const page = await lms.post(login, token, { cookie: null });
    assert.equal(page.status, 200);
    const form = formIn(page);
    assert.deepEqual(form.fields,
      { id_token: token, state: login.state, ltigate_browser: '' });
    assert.equal(form.action, `${gateway.url}/lti/launch`);
    assert.equal(form['data-key'], login.form['data-key']);
    assert.equal(form['data-origin'], 'https://sso.example:8443');
    assert.equal(form['data-target'], '_parent');
    assert.match(page.text, /'lti\.get_data'/);
    assert.equal(page.text.includes(secretOf(login)), false);
    const posted = { ...form.fields,
      ltigate_browser: login.form['data-secret'] };
    const answer = await gateway.open(form.action, { form: posted,
      headers: ourPage });
    assert.equal(answer.status, 303);
  });

test('PS1 the cookie is enough when it comes', async () => {
  assert.equal(await lms.outcome({ login: await stored() }), 'in');
});

const postsBack = async (login, ltigate_browser, headers = ourPage) => {
  const token = await lms.sign(lms.claims(login));
  const answer = await lms.post(login, token, { cookie: null,
    form: { ltigate_browser }, headers: { ...headers, ...asJson } });
  return answer.location ? 'in' : faultOf(answer);
};

test('PS1 A38 a secret of another login does not open this one', async () => {
  const login = await stored();
  const other = await stored();
  for (const secret of ['', 'x'.repeat(43), secretOf(other),
    `${secretOf(login)}x`, login.form['data-key']]) {
    assert.equal(await postsBack(login, secret), 'BROWSER_NOT_RECOGNISED');
  }
  assert.equal(await postsBack(login, secretOf(login)), 'in');
});

// Whoever knows the secret of a login of his own could otherwise have another
// person's browser post it, who would then work under the wrong name.
test('PS1 A38 only our own page may post a secret', async () => {
  for (const headers of [
    { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    { origin: 'null', 'sec-fetch-site': 'cross-site' },
    { origin: 'http://localhost:1', 'sec-fetch-site': 'same-site' },
  ]) {
    const login = await stored();
    assert.equal(await postsBack(login, secretOf(login), headers),
      'BROWSER_NOT_RECOGNISED');
  }
});

test('PS1 A38 a login without storage takes no posted secret', async () => {
  const login = await lms.login();
  assert.equal(await postsBack(login, secretOf(login)),
    'BROWSER_NOT_RECOGNISED');
});
