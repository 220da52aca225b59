// SPDX-License-Identifier: Apache-2.0
// What is posted to /lti/launch: the form, the LMS's own refusal, and what a
// person is shown.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { compact, enrol, rs256 } from '../support/enrolled.js';
import { startGateway } from '../support/gateway.js';
import { referenceIn, titleOf, whatOf, wordsOf } from '../support/pages.js';
import { asJson, faultOf } from '../support/raw.js';

const gateway = await startGateway();
after(() => gateway.close());
const lms = await enrol(gateway);
const launchUrl = `${gateway.url}/lti/launch`;
const post = (form, headers) => gateway.open(launchUrl, { form, headers });
const ready = async () => {
  const login = await lms.login();
  return { login, token: await lms.sign(lms.claims(login)) };
};
const eventOf = async (reference) => (await gateway.api('GET',
  `/admin/events?reference=${reference}`)).body.events[0];

// --- the form --------------------------------------------------------------

test('X01 without id_token or state there is no launch', async () => {
  const { login, token } = await ready();
  for (const [form, missing] of [[{}, 'id_token'], [{ state: login.state },
    'id_token'], [{ id_token: token }, 'state'],
  [{ id_token: '', state: login.state }, 'id_token'],
  [{ id_token: token, state: '' }, 'state']]) {
    const page = await post(form, { cookie: login.cookie });
    assert.equal(page.status, 400);
    assert.equal(titleOf(page), 'This address is opened by an LMS');
    assert.ok(whatOf(page).includes(`no ${missing}`), whatOf(page));
    assert.equal(faultOf(await post(form, asJson)),
      'MISSING_ID_TOKEN_OR_STATE');
  }
  assert.equal(await lms.outcome({ login }), 'in');
});

const good = { alg: 'RS256', kid: 'key-1' };
const signed = (payload, header = good) =>
  compact(header, payload, rs256(lms.privateKey));
const noTokens = {
  'a word': 'abc', 'two parts': 'a.b', 'three words': 'a.b.c',
  'four parts': `${signed({})}.x`, 'empty parts': '..',
  'a blank before': ` ${signed({})}`, 'padding': `${signed({})}==`,
  'JSON serialization': JSON.stringify({ payload: 'e30', signatures: [] }),
  'a header that is no JSON': signed({}, 'not json'),
  'a header that is a list': signed({}, [good]),
  'a payload that is no JSON': signed('not json'),
  'a payload that is a list': signed([{}]),
  'a payload with a member twice': signed('{"iss":"a","iss":"b"}'),
  'a payload of another encoding': signed(Buffer.from([0x7b, 0xff, 0x7d])),
};
for (const [name, token] of Object.entries(noTokens)) {
  test(`X01 A31 no token: ${name}`, async () => {
    const login = await lms.login();
    const answer = await lms.post(login, token, { headers: asJson });
    assert.equal(answer.status, 400);
    assert.equal(faultOf(answer), 'INVALID_JWT_RECEIVED');
    assert.equal(await lms.outcome({ login }), 'in');
  });
}

test('X02 a launch page that is loaded again says what to do', async () => {
  const { login, token } = await ready();
  for (const address of [launchUrl,
    `${launchUrl}?id_token=${token}&state=${login.state}`]) {
    const page = await gateway.open(address,
      { headers: { cookie: login.cookie } });
    assert.equal(page.status, 405);
    assert.equal(page.headers.allow, 'POST');
    assert.equal(titleOf(page), 'This address is opened by an LMS');
    assert.match(wordsOf(page), /Go back to the LMS/);
  }
  const { status } = await gateway.api('PUT', '/lti/launch', 'x');
  assert.equal(status, 405);
});

test('X02 OI14 the query of a post is not read', async () => {
  const { login, token } = await ready();
  const answer = await gateway.open(
    `${launchUrl}?id_token=${token}&state=${login.state}`,
    { form: {}, headers: { cookie: login.cookie, ...asJson } });
  assert.equal(faultOf(answer), 'MISSING_ID_TOKEN_OR_STATE');
});

test('X02 A40 another media type, and a member twice, are refused',
  async () => {
    const { login, token } = await ready();
    const form = String(new URLSearchParams(
      { id_token: token, state: login.state }));
    const send = (type, body) => gateway.api('POST', '/lti/launch', body,
      { key: null, headers: { ...asJson, cookie: login.cookie,
        'content-type': type } });
    const right = 'application/x-www-form-urlencoded';
    for (const type of ['application/json', 'text/plain', 'application/jwt',
      'multipart/form-data; boundary=x', '']) {
      assert.equal((await send(type, form)).status, 415, type);
    }
    for (const twice of [`id_token=${token}`, `state=${login.state}`,
      'error=a&error=b', 'ltigate_browser=a&ltigate_browser=b']) {
      assert.match((await send(right, `${form}&${twice}`)).text,
        /INVALID_FORM/, twice);
    }
    const whole = await send(right, `${form}&more=1&more=2`);
    assert.equal(whole.status, 303, whole.text);
  });

test('X40 the older address takes launches too', async () => {
  const { response, ltik } = await lms.launch({ post: { path: '/' } });
  assert.equal(response.status, 303);
  assert.equal((await lms.ask(ltik)).status, 200);
});

// --- the LMS says no -------------------------------------------------------

test('OI7 X03 an error of the LMS ends the attempt and is shown', async () => {
  const { login, token } = await ready();
  for (const [form, words] of [
    [{ error: 'login_required' }, 'person in: login_required.'],
    [{ error: 'access_denied', error_description: 'No "way" <b>in</b>' },
      'person in: access_denied, No "way" <b>in</b>.'],
    [{ error: 'x', error_uri: 'https://lms.example/e', state: 'any' },
      'person in: x.'],
    [{ error: 'x', id_token: token, state: login.state }, 'person in: x.'],
  ]) {
    const page = await post(form, { cookie: login.cookie });
    assert.equal(page.status, 400);
    assert.equal(titleOf(page), 'The LMS did not sign you in');
    assert.ok(whatOf(page).endsWith(words), whatOf(page));
    assert.match(wordsOf(page), /Sign in there again/);
    assert.equal(page.text.includes('<b>'), false);
    assert.equal(faultOf(await post(form, asJson)), 'PLATFORM_REFUSED_LOGIN');
    const { message, details } = await eventOf(referenceIn(page));
    assert.equal(message, 'PLATFORM_REFUSED_LOGIN');
    assert.ok(details.detail.includes(form.error));
  }
  assert.equal(await lms.outcome({ login }), 'in');
});

test('OI7 A27 whatever an LMS writes there, it is text', async () => {
  const page = await post({ error: 'e', error_description:
    '</p><script>alert(1)</script>\r\nX-Evil: 1\u2028' });
  assert.equal(page.status, 400);
  assert.doesNotMatch(page.text, /<script>alert/);
  assert.equal(page.headers['x-evil'], undefined);
  assert.doesNotMatch(gateway.log(), /^X-Evil/m);
});

test('OI7 a long error is cut, and never inside a character', async () => {
  for (const first of ['', 'a', 'ab']) {
    const words = `${first}${'漢'.repeat(5000)}`;
    for (const form of [{ error: words },
      { error: 'e', error_description: words }]) {
      const page = await post(form);
      assert.ok(page.text.length < 10_000, String(page.text.length));
      assert.equal(page.text.includes('\ufffd'), false, whatOf(page));
    }
  }
});

// --- what everybody gets ---------------------------------------------------

test('OI14 nothing keeps an answer, and no token stands in an address',
  async () => {
    const { login, token, response } = await lms.launch();
    const failed = await lms.post(login, token);
    const shown = [login.response, response, failed, await post({})];
    for (const { headers } of shown) {
      assert.equal(headers['cache-control'], 'no-store');
      assert.equal(headers['referrer-policy'], 'no-referrer');
      assert.equal(headers['x-content-type-options'], 'nosniff');
    }
    const [, , signature] = token.split('.');
    const secret = login.cookie.split('=')[1];
    const events = (await gateway.api('GET', '/admin/events')).text;
    for (const word of [token, signature, login.state, secret]) {
      for (const text of [response.location, failed.text, events,
        gateway.log()]) {
        assert.equal(text.includes(word), false);
      }
    }
    assert.equal(response.text, '');
    assert.match(failed.headers['content-security-policy'],
      /default-src 'none';.*form-action 'none'/);
  });

test('X01 a refused launch is told with its reference and its rules',
  async () => {
    const { response } = await lms.launch({ claims: { nonce: 'x' } });
    const { kind, level, platformId, message, details } =
      await eventOf(referenceIn(response));
    assert.deepEqual([kind, level, platformId, message],
      ['launch', 'warn', lms.platform.id, 'NONCE_DOES_NOT_MATCH']);
    assert.equal(details.rules,
      'state platform browser signature issuer audience party times');
  });
