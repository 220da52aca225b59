// SPDX-License-Identifier: Apache-2.0
// Signing in by an OpenID Connect provider: a real one (npm oidc-provider).

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { formOf, openFrame } from '../support/confirm.js';
import { startGateway } from '../support/gateway.js';
import { startLms } from '../support/lms.js';
import { titleOf, wordsOf } from '../support/pages.js';
import { makeOrganization, makePerson, password } from
  '../support/people.js';
import { startProvider } from '../support/provider.js';

const lms = await startLms();
const gateway = await startGateway({ settings:
  { registration: { mode: 'confirm' } } });
const provider = await startProvider(gateway.url, { people: {
  nina: { email: 'Nina@North.example', email_verified: true, name: 'Nina' },
  moved: { email: 'nina@north.example', email_verified: true },
  unverified: { email: 'carl@tool.example', email_verified: false },
  stranger: { email: 'nobody@nowhere.example', email_verified: true },
} });
await gateway.restart(provider.environment);
after(async () => {
  await lms.close();
  await gateway.close();
  await provider.close();
});

const north = await makeOrganization(gateway, 'North');
await gateway.api('POST', '/admin/users', { email: 'nina@north.example',
  organizations: [{ id: north.id, role: 'registrar' }] });
await makePerson(gateway, { email: 'carl@tool.example', role: 'viewer' });

const begin = async () => {
  const answer = await gateway.api('POST', '/portal/oidc', undefined,
    { key: null });
  assert.equal(answer.status, 200, answer.text);
  return { url: answer.body.url,
    cookie: answer.headers['set-cookie'][0].split(';')[0] };
};
const arrive = (url, cookie) =>
  gateway.open(url, { headers: cookie ? { cookie } : {} });
const go = async (login) => {
  const { url, cookie } = await begin();
  return arrive(await provider.visit(url, login), cookie);
};
const refused = (page, status, words) => {
  assert.equal(page.status, status, page.text);
  assert.equal(titleOf(page), 'You are not signed in');
  assert.match(wordsOf(page), words);
  assert.doesNotMatch(String(page.headers['set-cookie']), /portal=[\w-]{43}/);
};

test('OIDC who was invited signs in by the provider, without a password',
  async () => {
    const nobody = await gateway.api('GET', '/portal/session', undefined,
      { key: null });
    assert.equal(nobody.body.oidc, new URL(provider.issuer).host);
    const page = await go('nina');
    assert.equal(page.status, 303, page.text);
    assert.equal(page.location, `${gateway.url}/portal`);
    const cookie = page.headers['set-cookie']
      .find((one) => one.includes('portal=')).split(';')[0];
    const me = await gateway.api('GET', '/portal/session', undefined,
      { key: null, headers: { cookie } });
    assert.equal(me.body.user.email, 'nina@north.example');
    assert.equal(me.body.user.state, 'active');
  });

test('OIDC the code flow with PKCE, a nonce and a state that is sealed',
  async () => {
    const { url, cookie } = await begin();
    const query = new URL(url).searchParams;
    assert.equal(query.get('response_type'), 'code');
    assert.equal(query.get('code_challenge_method'), 'S256');
    assert.equal(query.get('redirect_uri'),
      `${gateway.url}/portal/oidc/callback`);
    assert.ok(query.get('nonce').length >= 43);
    assert.match(cookie, /^__Host-oidc=[\w-]{43}$/);
    assert.equal(url.includes(cookie.split('=')[1]), false);
  });

test('OIDC the subject is who it is: another with the same address is nobody',
  async () => refused(await go('moved'), 403, /Nobody was invited/));

test('OIDC an address that is not verified, or not invited, opens nothing',
  async () => {
    refused(await go('unverified'), 403, /Nobody was invited/);
    refused(await go('stranger'), 403, /Nobody was invited/);
  });

test('OIDC a return belongs to the browser that began, once, for ten minutes',
  async () => {
    const { url, cookie } = await begin();
    const back = await provider.visit(url, 'nina');
    const other = await begin();
    refused(await arrive(back), 403, /not begun in this browser/);
    refused(await arrive(back, other.cookie), 403, /not begun in this browser/);
    refused(await arrive(back.replace(/state=..../, 'state=AAAA'), cookie),
      403, /not begun in this browser/);
    await gateway.setClock(601);
    refused(await arrive(back, cookie), 403, /not begun in this browser/);
    await gateway.setClock(0);
    assert.equal((await arrive(back, cookie)).status, 303);
    refused(await arrive(back, cookie), 502, /answered with HTTP status 400/);
  });

test('OIDC who turns back at the provider is told so', async () => {
  const { url, cookie } = await begin();
  const state = new URL(url).searchParams.get('state');
  refused(await arrive(`${gateway.url}/portal/oidc/callback?error=access_denied`
    + `&state=${state}`, cookie), 403, /did not let you in/);
});

test('A26 nothing in the return leads elsewhere', async () => {
  const { url, cookie } = await begin();
  const back = await provider.visit(url, 'nina');
  const page = await arrive(`${back}&next=https://evil.example`
    + '&redirect_uri=https://evil.example', cookie);
  assert.equal(page.location, `${gateway.url}/portal`);
});

test('OIDC beside the frame: a new window, the same code, and the frame goes on',
  async () => {
    const frame = await openFrame(lms, gateway, 'moodle-4.5');
    const code = /class="code">([^<]+)</.exec(frame.page.text)[1];
    const form = formOf(frame.page, 'provider');
    const there = await gateway.open(form.action,
      { form: { ticket: form.ticket } });
    assert.equal(there.status, 303, there.text);
    const cookie = there.headers['set-cookie'][0].split(';')[0];
    const waiting = await frame.send('continue');
    assert.equal(waiting.status, 401);
    assert.match(wordsOf(waiting), /Nobody has confirmed/);

    const beside = await arrive(
      await provider.visit(there.location, 'nina'), cookie);
    assert.equal(titleOf(beside), 'Is it you in the LMS?');
    assert.equal(/id="code">([^<]+)</.exec(beside.text)[1], code);
    assert.match(beside.headers['content-security-policy'],
      /frame-ancestors 'none'/);
    // What that window holds is good for one thing.
    const { ticket } = formOf(beside, 'provider/confirm');
    for (const [name, fields] of [['choose', { organization: north.id }],
      ['confirm', { answer: 'yes' }]]) {
      const answer = await gateway.open(`${gateway.url}/lti/register/${name}`,
        { form: { ticket, ...fields } });
      assert.equal(answer.status, 403, name);
    }
    const agreed = await gateway.open(
      `${gateway.url}/lti/register/provider/confirm`, { form: { ticket } });
    assert.equal(titleOf(agreed), 'You are signed in');

    await frame.send('continue');
    assert.equal(titleOf(frame.page), 'Register Acme Courses with North?');
    await frame.send('confirm', { answer: 'yes' });
    assert.equal(titleOf(frame.page), 'Acme Courses is registered');
  });

test('OIDC a frame\'s own ticket does not say that somebody signed in',
  async () => {
    const frame = await openFrame(lms, gateway, 'moodle-4.5');
    const answer = await gateway.open(
      `${gateway.url}/lti/register/provider/confirm`,
      { form: { ticket: frame.ticket('provider') } });
    assert.equal(answer.status, 403);
    await frame.send('continue');
    assert.equal(frame.page.status, 401);
    // Nor does that of somebody who typed a password in the frame.
    await frame.send('sign-in',
      { email: 'carl@tool.example', password });
    const typed = await gateway.open(
      `${gateway.url}/lti/register/provider/confirm`,
      { form: { ticket: frame.ticket('ask') } });
    assert.equal(typed.status, 403);
  });

test('OIDC the secret is in no log, no page and no address', async () => {
  const { url } = await begin();
  for (const text of [gateway.log(), url]) {
    assert.doesNotMatch(text, /a secret\/with|secret%2Fwith/);
  }
});

test('OIDC a provider that cannot be reached is said in words', async () => {
  await gateway.restart({ LTIGATE_OIDC_ISSUER: 'http://localhost:1' });
  const answer = await gateway.api('POST', '/portal/oidc', undefined,
    { key: null });
  assert.equal(answer.status, 502);
  assert.equal(answer.body.details.message, 'PROVIDER_FAILED');
  assert.match(answer.body.details.description, /could not be reached/);
});

test('OIDC without a provider there is none', async () => {
  await gateway.restart({ LTIGATE_OIDC_ISSUER: undefined });
  const answer = await gateway.api('POST', '/portal/oidc', undefined,
    { key: null });
  assert.equal(answer.body.details.message, 'PROVIDER_OFF');
});
