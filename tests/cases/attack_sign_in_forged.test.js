// SPDX-License-Identifier: Apache-2.0
// Attacks with somebody's signed-in browser: forged requests, frames, mixed
// credentials, methods that nobody meant, and odd input at the door.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { apiKey, startGateway } from '../support/gateway.js';
import { httpCall } from '../support/http_call.js';
import { filled, readOpenapi } from '../support/openapi.js';
import { makePerson, password, signIn } from '../support/people.js';

const gateway = await startGateway();
after(() => gateway.close());

const { routes } = await readOpenapi(gateway);
const owner = await makePerson(gateway,
  { email: 'olga@tool.example', role: 'owner' });
const again = await signIn(gateway, owner.email);
const other = await makePerson(gateway,
  { email: 'other@tool.example', role: 'owner' });
const { cookie, token } = owner;
const mine = { cookie, 'x-csrf-token': token };

const refused = (answer, status, message) => {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.body.details.message, message);
};
const open = (method, path, body, headers) =>
  gateway.api(method, path, body, { key: null, headers });
const stillIn = async () => assert.equal(
  (await open('GET', '/portal/sessions', undefined, { cookie })).status, 200);

// --- forged requests ---------------------------------------------------------

const evil = 'https://evil.example';
const forged = {
  'no token': { cookie },
  'an empty token': { cookie, 'x-csrf-token': '' },
  'a wrong token': { cookie, 'x-csrf-token': token.replace(/./,
    (one) => one === 'A' ? 'B' : 'A') },
  'half a token': { cookie, 'x-csrf-token': token.slice(0, 20) },
  'the token of one\'s other session': { cookie, 'x-csrf-token': again.token },
  'the token of somebody else': { cookie, 'x-csrf-token': other.token },
  'the cookie as token': { cookie, 'x-csrf-token': cookie.split('=')[1] },
  'the Origin of another site': { ...mine, origin: evil },
  'the Origin of another port': { ...mine, origin: 'http://localhost:1' },
  'the Origin of another scheme': { ...mine,
    origin: gateway.url.replace('http:', 'https:') },
  'the Origin of a name that begins alike': { ...mine,
    origin: `${gateway.url}.evil.example` },
  'the Origin null': { ...mine, origin: 'null' },
  'Sec-Fetch-Site: cross-site': { ...mine, 'sec-fetch-site': 'cross-site' },
  'Sec-Fetch-Site: same-site': { ...mine, 'sec-fetch-site': 'same-site' },
};
const unsafe = routes.filter(({ method, operation }) =>
  operation['x-right'] && method !== 'GET');

// Spare keys are made beside all this.
const state = () => Promise.all(['/admin/users', '/admin/settings',
  '/admin/keys', '/admin/api-keys', '/admin/organizations', '/admin/platforms',
  '/admin/content', '/admin/registration-links'].map(async (path) => {
  const { body, text } = await gateway.api('GET', path);
  return path === '/admin/keys'
    ? body.keys.filter((one) => one.state !== 'spare') : text;
}));
const before = await state();
const ids = [[/users/, other.user.id], [/./, 'AAAAAAAAAAAAAAAAAAAAAA']];

test('A21 there are routes that change something', () => {
  assert.ok(unsafe.length >= 40, String(unsafe.length));
});

for (const { method, path } of unsafe) {
  test(`A21 forged: ${method} ${path}`, async () => {
    const at = filled(path, ids.find(([pattern]) => pattern.test(path))[1]);
    for (const [what, headers] of Object.entries(forged)) {
      for (const [type, body] of [['application/json', '{}'],
        ['text/plain', '{}'], ['application/x-www-form-urlencoded', 'a=b']]) {
        const answer = await open(method, at, body,
          { ...headers, 'content-type': type });
        assert.equal(answer.status, 403, `${what}: ${answer.text}`);
        assert.equal(answer.body.details.message, 'CSRF_REFUSED', what);
        assert.equal(answer.headers['access-control-allow-origin'], undefined);
      }
    }
  });
}

test('A21 after all of this nothing has changed, and the session lives',
  async () => {
    assert.deepEqual(await state(), before);
    await stillIn();
  });

test('A21 a token in the query or in the body is none', async () => {
  const at = `?csrfToken=${token}&X-CSRF-Token=${token}&x-csrf-token=${token}`;
  refused(await open('POST', `/admin/organizations${at}`,
    { name: 'x', csrfToken: token, 'X-CSRF-Token': token }, { cookie }), 403,
  'CSRF_REFUSED');
});

test('A21 what one\'s own page sends passes', async () => {
  for (const more of [{}, { origin: gateway.url }, { origin: gateway.url,
    'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' }]) {
    const answer = await open('PATCH', '/portal/profile', { name: 'Olga' },
      { ...mine, ...more });
    assert.equal(answer.status, 200, answer.text);
  }
});

test('A21 no GET changes anything', async () => {
  const earlier = await state();
  for (const path of ['/portal/session', '/admin/keys/rotate',
    '/portal/invitation/accept', '/portal/password', '/portal/oidc']) {
    const answer = await open('GET', `${path}?email=x&_method=DELETE`,
      undefined, { ...mine, 'x-http-method-override': 'DELETE',
        'x-method-override': 'POST' });
    assert.ok([200, 405].includes(answer.status), `${path} ${answer.status}`);
  }
  await stillIn();
  assert.deepEqual(await state(), earlier);
});

// --- signing somebody in as somebody else -----------------------------------

const good = { email: other.email, password };
const signInFrom = (headers, body = JSON.stringify(good)) =>
  open('POST', '/portal/session', body,
    { 'content-type': 'application/json', ...headers });

test('A23 another site signs nobody in, with whatever it can send', async () => {
  for (const headers of [{ origin: evil }, { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' },
    { origin: gateway.url, 'sec-fetch-site': 'cross-site' }]) {
    const answer = await signInFrom(headers);
    refused(answer, 403, 'CSRF_REFUSED');
    assert.equal(answer.headers['set-cookie'], undefined);
  }
  // What a form can send without asking first.
  for (const [type, body] of [
    ['text/plain', JSON.stringify(good)],
    ['application/x-www-form-urlencoded', String(new URLSearchParams(good))],
    ['application/x-www-form-urlencoded', `${JSON.stringify(good)}=`],
    ['multipart/form-data; boundary=x', JSON.stringify(good)],
    ['', JSON.stringify(good)], ['text/json', JSON.stringify(good)],
    ['text/plain; application/json', JSON.stringify(good)]]) {
    const answer = await signInFrom({ 'content-type': type }, body);
    assert.equal(answer.status, 415, `${type}: ${answer.text}`);
    assert.equal(answer.headers['set-cookie'], undefined);
  }
});

test('A23 another site neither accepts a link in somebody\'s browser', async () => {
  const { body } = await gateway.api('POST', '/admin/users',
    { email: 'invited@tool.example', role: 'viewer' });
  const link = body.invitation.url.split('/').at(-1);
  const take = (headers) => open('POST', '/portal/invitation/accept',
    { token: link, password }, headers);
  for (const headers of [{ origin: evil },
    { 'sec-fetch-site': 'cross-site' }]) {
    refused(await take(headers), 403, 'CSRF_REFUSED');
  }
  assert.equal((await take({ origin: gateway.url })).status, 200);
});

test('A22 no site frames the portal, and it runs nothing but its own', async () => {
  for (const path of ['/portal', '/portal?x=1']) {
    const { headers, status } = await gateway.open(gateway.url + path);
    assert.equal(status, 200);
    assert.equal(headers['x-frame-options'], 'DENY');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.match(headers['referrer-policy'], /^(no-referrer|same-origin)$/);
    const policy = headers['content-security-policy'];
    assert.match(policy, /frame-ancestors 'none'/);
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /base-uri 'none'/);
    assert.match(policy, /form-action '(none|self)'/);
    assert.match(policy, /script-src 'self'(;|$)/);
    assert.doesNotMatch(policy, /unsafe-eval|\*/);
  }
});

test('A23 the portal\'s answers are kept by nobody and read by no other site',
  async () => {
    for (const path of ['/portal/session', '/admin/users', '/admin/api-keys',
      '/admin/content/export']) {
      const { headers } = await open('GET', path, undefined,
        { cookie, origin: evil });
      assert.match(headers['cache-control'], /no-store/, path);
      assert.equal(Object.keys(headers).some((name) =>
        name.startsWith('access-control-')), false, path);
    }
  });

test('A23 the cookie goes to this host alone, over TLS, to no script', async () => {
  const { answer } = await signIn(gateway, owner.email);
  const lines = answer.headers['set-cookie'];
  assert.equal(lines.length, 1);
  const parts = lines[0].split('; ').slice(1).sort();
  assert.deepEqual(parts, ['HttpOnly', 'Max-Age=604800', 'Path=/',
    'SameSite=Lax', 'Secure']);
  assert.match(lines[0], /^__Host-portal=/);
});

// --- methods ---------------------------------------------------------------

test('A23 OPTIONS, TRACE and others open nothing; HEAD is a GET', async () => {
  const call = (method, path, headers) =>
    httpCall(gateway.url + path, { method, headers });
  for (const path of ['/portal/session', '/admin/users', '/admin/settings']) {
    for (const method of ['OPTIONS', 'TRACE', 'PROPFIND']) {
      const answer = await call(method, path, { ...mine, origin: evil,
        'access-control-request-method': 'DELETE' });
      assert.ok([405, 501, 400].includes(answer.status),
        `${method} ${path} ${answer.status}`);
      assert.equal(Object.keys(answer.headers).some((name) =>
        name.startsWith('access-control-')), false);
      assert.equal(answer.text.includes(token), false);
    }
  }
  assert.equal((await call('HEAD', '/admin/users')).status, 401);
  const head = await call('HEAD', '/admin/users', { cookie });
  assert.deepEqual([head.status, head.text], [200, '']);
  await stillIn();
});

// --- two credentials at once -------------------------------------------------

test('A23 where there is an Authorization the cookie counts for nothing',
  async () => {
    for (const authorization of ['Bearer wrong', 'Bearer', 'Bearer ', '',
      'Basic b2xnYTp4', `Basic ${apiKey}`, `bearer${apiKey}`,
      `LTIK-AUTH-V2 ${apiKey}:x`, 'Bearer null', `Bearer ${token}`,
      `Bearer ${cookie.split('=')[1]}`]) {
      for (const [method, path] of [['GET', '/admin/settings'],
        ['POST', '/admin/keys/rotate']]) {
        const answer = await open(method, path, undefined,
          { ...mine, authorization });
        assert.equal(answer.status, 401, `${authorization}: ${answer.text}`);
      }
    }
    assert.deepEqual((await state())[2], before[2]);
  });

test('A23 a key beside a cookie is the key, and nobody\'s session', async () => {
  const viewer = await makePerson(gateway,
    { email: 'viewer@tool.example', role: 'viewer' });
  const both = { cookie: viewer.cookie, authorization: `Bearer ${apiKey}` };
  const made = await open('POST', '/admin/organizations', { name: 'By key' },
    both);
  assert.equal(made.status, 201, made.text);
  const { body: { events } } =
    await gateway.api('GET', '/admin/events?kind=organisation');
  assert.match(events[0].details.by, /^api key /);
  refused(await open('DELETE', '/portal/session', undefined,
    { ...both, 'x-csrf-token': viewer.token }), 403, 'NOT_ALLOWED');
  assert.equal((await viewer.call('GET', '/portal/sessions')).status, 200);
});

test('A23 of two cookies one counts, with its own token', async () => {
  const viewer = await makePerson(gateway,
    { email: 'two@tool.example', role: 'viewer' });
  for (const [first, second] of [[viewer, owner], [owner, viewer]]) {
    const two = { cookie: `${first.cookie}; ${second.cookie}` };
    const me = await open('GET', '/portal/session', undefined, two);
    const used = [first, second]
      .find((one) => one.email === me.body.user?.email);
    assert.ok(used, me.text);
    assert.equal(me.body.csrfToken, used.token);
    const unused = used === first ? second : first;
    refused(await open('PATCH', '/portal/profile', { name: 'x' },
      { ...two, 'x-csrf-token': unused.token }), 403, 'CSRF_REFUSED');
  }
});

// --- odd input ---------------------------------------------------------------

const text = (value) => JSON.stringify(value);
const oddSignIns = {
  'a NUL in the address': text({ email: 'olga@tool.example\u0000', password }),
  'a NUL in the password': text({ email: owner.email,
    password: `${password}\u0000` }),
  'a line break in the address': text({ email: 'olga@tool.example\r\nx: y',
    password }),
  'a million letters': text({ email: owner.email,
    password: 'x'.repeat(1_000_000) }),
  'more than a body may have': text({ email: owner.email,
    password: 'x'.repeat(2_000_000) }),
  'an address of a million': text({ email: `${'x'.repeat(1e6)}@x`, password }),
  'two addresses': `{"email":"x@x.example","email":"${owner.email}",`
    + `"password":"${password}"}`,
  'two passwords': `{"email":"${owner.email}","password":"x",`
    + `"password":"${password}"}`,
  'an escaped member twice': `{"email":"${owner.email}",`
    + `"p\\u0061ssword":"x","password":"${password}"}`,
  'letters that look alike': text({ email: 'оlga@tool.example', password }),
  'wide letters': text({ email: 'ｏｌｇａ@tool.example', password }),
  'a Kelvin sign': text({ email: 'ol\u212Aa@tool.example', password }),
  'a surrogate alone': `{"email":"\\ud800@x.example","password":"x"}`,
  'bytes that are no UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0xfe]),
  'patterns of SQL': text({ email: '%@tool.example', password }),
  'SQL': text({ email: '\' OR 1=1 -- @x', password: '\' OR \'1\'=\'1' }),
  'a list for an address': text({ email: [owner.email], password }),
  'an object for a password': text({ email: owner.email,
    password: { $ne: '' } }),
  'true for a password': text({ email: owner.email, password: true }),
  'null for both': text({ email: null, password: null }),
  'a list': text([{ email: owner.email, password }]),
  'a text': text(owner.email),
  'nothing': '',
  'depth': '['.repeat(100_000),
};

for (const [what, body] of Object.entries(oddSignIns)) {
  test(`A23 signing in with ${what} is refused, and soon`, async () => {
    const begin = Date.now();
    const answer = await signInFrom({}, body);
    assert.ok([400, 401, 413].includes(answer.status),
      `${answer.status} ${answer.text}`);
    assert.equal(answer.headers['set-cookie'], undefined);
    assert.ok(Date.now() - begin < 10_000);
  });
}

test('A23 passwords in any script work whole, to the last byte', async () => {
  for (const secret of ['пароль-из-многих-букв', '😀😀😀😀', ' leading and trailing ',
    `${'x'.repeat(199)}y`, 'tab\there and "quotes" \\']) {
    const person = await makePerson(gateway,
      { email: `p${Buffer.from(secret).length}@x.example`, role: 'viewer' });
    const changed = await person.call('PUT', '/portal/password',
      { current: password, password: secret });
    assert.equal(changed.status, 204, changed.text);
    await signIn(gateway, person.email, secret);
    for (const near of [secret.trim(), secret.slice(0, -1), `${secret} `,
      secret.normalize('NFD')].filter((one) => one !== secret)) {
      const answer = await signInFrom({}, text({ email: person.email,
        password: near }));
      assert.notEqual(answer.status, 200, near);
    }
  }
});

test('A23 the gateway lives on, and who was in is in', async () => {
  await stillIn();
  assert.equal((await gateway.open(`${gateway.url}/readyz`)).status, 200);
});
