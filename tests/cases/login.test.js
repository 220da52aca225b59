// SPDX-License-Identifier: Apache-2.0
// A launch begins: what an LMS asks of /lti/login, and where the browser is
// sent with what.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { enrol, now } from '../support/enrolled.js';
import { startGateway } from '../support/gateway.js';
import { referenceIn, titleOf, wordsOf } from '../support/pages.js';
import { asJson, faultOf } from '../support/raw.js';

const gateway = await startGateway();
after(() => gateway.close());
const lms = await enrol(gateway);

const login = `${gateway.url}/lti/login`;
const good = { iss: lms.issuer, client_id: lms.clientId, login_hint: 'hint',
  target_link_uri: 'https://tool.example/launch' };
const without = (name) => Object.fromEntries(
  Object.entries(good).filter(([key]) => key !== name));
const refused = async (fields, headers = asJson) => {
  const { response } = await lms.login({ fields, headers });
  assert.equal(response.location, null);
  return faultOf(response);
};
const open = (fields, headers) =>
  gateway.open(`${login}?${new URLSearchParams(fields)}`, { headers });

for (const [method, path] of [['GET', '/lti/login'], ['POST', '/lti/login'],
  ['GET', '/login'], ['POST', '/login']]) {
  test(`OI1 L04 ${method} ${path} sends the browser to the LMS`, async () => {
    const begun = await lms.login({ method, path });
    assert.equal(begun.response.status, 302);
    assert.equal(begun.location.origin + begun.location.pathname,
      `${lms.issuer}/auth`);
    const { response } = await lms.launch({ login: begun });
    assert.equal(response.status, 303);
  });
}

test('OI4 L05 the authorization request has these parameters and no others',
  async () => {
    const { location, state, nonce } = await lms.login();
    assert.deepEqual(Object.fromEntries(location.searchParams), {
      scope: 'openid', response_type: 'id_token', response_mode: 'form_post',
      prompt: 'none', client_id: lms.clientId, login_hint: 'hint', state,
      redirect_uri: `${gateway.url}/lti/launch`, nonce });
    assert.ok(location.search.includes(
      `&redirect_uri=${encodeURIComponent(`${gateway.url}/lti/launch`)}&`));
    const hinted = await lms.login({ fields: { lti_message_hint: 'm' } });
    assert.equal(hinted.location.searchParams.get('lti_message_hint'), 'm');
  });

test('OI4 L06 the endpoint\'s own query is kept as it is', async () => {
  for (const [query, joint] of [['?tenant=a%2Fb+c&x', '&'], ['?', ''],
    ['?a=1&', ''], ['', '?']]) {
    const endpoint = `https://own.example/auth${query}`;
    const own = await enrol(gateway, { authenticationEndpoint: endpoint });
    const { response } = await own.login();
    assert.ok(response.location.startsWith(`${endpoint}${joint}scope=openid&`),
      response.location);
  }
});

const hints = {
  json: '{"cmid":17,"launchid":"ltilaunch_1","a":[null,"\\u00fc\\"/"]}',
  unicode: 'Zoë 🐘 \u2028 \u202e 漢字',
  'plus and percent': 'a+b%20c%2B%25 &=?#;/+',
  'line ends and tabs': 'a\r\nb\tc',
  'two kilobytes': 'Ab1+/='.repeat(341),
};
for (const [name, hint] of Object.entries(hints)) {
  test(`OI4 a hint goes back byte for byte: ${name}`, async () => {
    const encoded = encodeURIComponent(hint).replace(/[!'()*]/g,
      (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
    for (const method of ['GET', 'POST']) {
      const { location, response } = await lms.login({ method,
        fields: { login_hint: hint, lti_message_hint: `m${hint}` } });
      assert.equal(response.status, 302);
      assert.equal(location.searchParams.get('login_hint'), hint);
      assert.equal(location.searchParams.get('lti_message_hint'), `m${hint}`);
      assert.ok(response.location.includes(`&login_hint=${encoded}&`));
    }
  });
}

test('OI4 a hint may have eight kilobytes and no more', async () => {
  const long = '+%/é{"}'.repeat(1024);
  assert.equal(Buffer.byteLength(long), 8192);
  for (const name of ['login_hint', 'lti_message_hint']) {
    const { location } =
      await lms.login({ method: 'POST', fields: { [name]: long } });
    assert.equal(location.searchParams.get(name), long);
    const { response } = await lms.login({ method: 'POST',
      fields: { [name]: `${long}x` }, headers: asJson });
    assert.equal(faultOf(response), 'INVALID_LOGIN_PARAMETERS');
  }
  const plain = 'x'.repeat(8192);
  const { location } = await lms.login({ fields: { login_hint: plain } });
  assert.equal(location.searchParams.get('login_hint'), plain);
});

for (const name of ['iss', 'login_hint', 'target_link_uri']) {
  test(`OI2 L01 without ${name} nobody is sent anywhere`, async () => {
    for (const fields of [without(name), { ...good, [name]: '' }]) {
      const page = await open(fields);
      assert.equal(page.status, 400);
      assert.equal(page.location, null);
      assert.equal(titleOf(page), 'This address is opened by an LMS');
      assert.ok(wordsOf(page).includes(name), wordsOf(page));
      assert.equal(faultOf(await open(fields, asJson)),
        'MISSING_LOGIN_PARAMETERS');
    }
  });
}

test('OI2 L01 a request without any parameter is refused', async () => {
  assert.equal((await gateway.open(login)).status, 400);
  assert.equal((await gateway.open(login, { form: {} })).status, 400);
});

test('L02 a target_link_uri that is no URL is refused', async () => {
  for (const target of ['launch', '/launch', '//tool.example/',
    'javascript:alert(1)', 'data:text/html,x', 'https://', 'https:///x',
    'https://tool.example/a b', 'https://tool.example\\@evil.example/']) {
    assert.equal(await refused({ target_link_uri: target }),
      'INVALID_LOGIN_PARAMETERS', target);
  }
});

test('OI2 L03 an LMS that is not known gets a page and no redirect',
  async () => {
    for (const fields of [{ iss: 'https://unknown.example' },
      { iss: `${lms.issuer}/` }, { iss: lms.issuer.toUpperCase() },
      { client_id: 'another' }, { client_id: `${lms.clientId} ` },
      { client_id: lms.clientId.toUpperCase() }]) {
      const { response } = await lms.login({ fields });
      assert.equal(response.status, 400);
      assert.equal(response.location, null);
      assert.equal(response.headers['set-cookie'], undefined);
      assert.equal(titleOf(response), 'The tool does not know this LMS');
      assert.equal(await refused(fields), 'UNREGISTERED_OR_INACTIVE_PLATFORM');
    }
  });

test('OI2 the page\'s reference finds the event, which names the LMS',
  async () => {
    const { response } = await lms.login({
      fields: { iss: 'https://nobody.example', client_id: 'n' } });
    const { body } = await gateway.api('GET',
      `/admin/events?reference=${referenceIn(response)}`);
    assert.equal(body.events.length, 1);
    assert.equal(body.events[0].kind, 'launch');
    assert.equal(body.events[0].details.issuer, 'https://nobody.example');
    assert.equal(body.events[0].details.clientId, 'n');
  });

test('OI3 L00 L07 iss alone is enough while it has one registration',
  async () => {
    const one = await enrol(gateway);
    for (const client_id of [undefined, '']) {
      const { location } = await one.login({ fields: { client_id } });
      assert.equal(location.searchParams.get('client_id'), one.clientId);
    }
    const two = await enrol(gateway, { issuer: one.issuer });
    const { response } = await one.login({ fields: { client_id: undefined } });
    assert.equal(response.status, 400);
    assert.equal(response.location, null);
    assert.equal(titleOf(response), 'The LMS does not say who it is');
    assert.equal(await refused({ iss: one.issuer, client_id: undefined }),
      'CLIENT_ID_NEEDED');
    for (const { clientId } of [one, two]) {
      const { location } = await one.login({ fields: { client_id: clientId } });
      assert.equal(location.searchParams.get('client_id'), clientId);
    }
  });

test('L07 L10 the deployment id is a hint, under both of its names',
  async () => {
    for (const name of ['lti_deployment_id', 'deployment_id']) {
      const { response } = await lms.login({ fields: { [name]: 'new' } });
      assert.equal(response.status, 302);
    }
    for (const value of ['x'.repeat(256), 'a\u0001', 'a\nb']) {
      for (const name of ['lti_deployment_id', 'deployment_id']) {
        assert.equal(await refused({ [name]: value }),
          'INVALID_LOGIN_PARAMETERS');
      }
    }
  });

test('X36 an LMS that is not active gets a page that says so', async () => {
  const waiting = await enrol(gateway, { active: false });
  const { response } = await waiting.login();
  assert.equal(response.status, 400);
  assert.equal(response.location, null);
  assert.equal(titleOf(response), 'Registered, waiting for approval');
  assert.equal(faultOf((await waiting.login({ headers: asJson })).response),
    'UNREGISTERED_OR_INACTIVE_PLATFORM');
});

test('OI5 OI6 L08 two logins share neither state, nonce nor secret',
  async () => {
    const one = await lms.login();
    const two = await lms.login();
    for (const name of ['state', 'nonce', 'cookie']) {
      assert.notEqual(one[name], two[name]);
      assert.match(one[name], /[\w-]{43}$/);
    }
    assert.equal(one.state.includes(one.cookie.split('=')[1]), false);
    assert.equal(one.state.includes(one.nonce), false);
  });

test('OI5 a login is good for ten minutes', async (t) => {
  t.after(() => gateway.setClock(0));
  for (const [seconds, outcome] of [[595, 'in'], [605, 'LAUNCH_EXPIRED']]) {
    await gateway.setClock(0);
    const begun = await lms.login();
    await gateway.setClock(seconds);
    assert.equal(await lms.outcome({ login: begun,
      claims: { iat: now() + seconds, exp: now() + seconds + 60 } }), outcome);
  }
});

test('A40 a form of another kind, or one that can be read in two ways',
  async () => {
    const body = String(new URLSearchParams(good));
    const post = (type, text = body) => gateway.api('POST', '/lti/login', text,
      { key: null, headers: { ...asJson, 'content-type': type } });
    const form = 'application/x-www-form-urlencoded';
    for (const type of ['application/json', 'text/plain', `${form}x`,
      'multipart/form-data; boundary=x']) {
      assert.equal((await post(type)).status, 415, type);
    }
    assert.equal((await post(`${form.toUpperCase()}; charset=UTF-8`)).status,
      302);
    for (const name of [...Object.keys(good), 'lti_message_hint']) {
      const value = good[name] ?? 'm';
      const twice = `${body}&lti_message_hint=m&${name}=${
        encodeURIComponent(value)}`;
      for (const answer of [await post(form, twice),
        await gateway.open(`${login}?${twice}`, { headers: asJson })]) {
        assert.equal(answer.status, 400);
        assert.match(answer.text, /INVALID_FORM/);
        assert.ok(answer.text.includes(`${name} stands twice`), answer.text);
      }
    }
    for (const more of ['&x=%', '&x=%zz', '&x=%00', '&x=%ff', '&x=%ed%a0%80',
      '&x=1'.repeat(100)]) {
      assert.match((await post(form, body + more)).text, /INVALID_FORM/, more);
    }
  });

// Key pairs are made ahead in the background, so they do not count.
const content = async () => (await gateway.store.inserts())
  // Pairs are made ahead, what was counted before arrives late, leases are
  // renewed.
  .filter((line) =>
    !/^INSERT INTO (tool_keys|usage_\w+|leases) /.test(line));

test('A39 L09 ten thousand logins leave the store as it was', async () => {
  const honest = await lms.login();
  const before = await content();
  assert.ok(before.length > 20, before.join('\n'));
  for (let i = 0; i < 100; i += 1) {
    const many = await Promise.all(Array.from({ length: 100 }, () =>
      open(good)));
    assert.ok(many.every(({ status }) => status === 302));
  }
  assert.deepEqual(await content(), before);
  assert.equal(await lms.outcome({ login: honest }), 'in');
  assert.notDeepEqual(await content(), before);
});
