// SPDX-License-Identifier: Apache-2.0
// Every route of /openapi.json, asked wrongly in every way: it answers the
// documented error, and at the end the store is as it was.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { enrol } from '../support/enrolled.js';
import { apiKey, startGateway } from '../support/gateway.js';
import { AGS, startLms } from '../support/lms.js';
import { filled, goodBody, readOpenapi, wrongBodies }
  from '../support/openapi.js';

const lms = await startLms();
const gateway = await startGateway({ settings: { registration: {
  mode: 'pre-approval', preApprovalUrl: 'https://tool.example/approve' } } });
after(async () => {
  await lms.close();
  await gateway.close();
});

// Something of each kind, so that a wrong call could do harm.
const { exchange } = await lms.wait(gateway, 'moodle-4.5');
const made = async (path, body) => (await gateway.api('POST', path, body)).body;
const organization = await made('/admin/organizations', { name: 'School' });
const link = await made('/admin/registration-links',
  { organizationId: organization.id });
const platform = await made('/admin/platforms', { url: 'https://lms.example',
  clientId: 'c', name: 'An LMS', authenticationEndpoint: 'https://l.example/a',
  accesstokenEndpoint: 'https://l.example/t',
  authConfig: { method: 'JWK_SET', key: 'https://l.example/k' } });
const content = await made('/admin/content', { kind: 'course', title: 'C',
  organizationId: organization.id });
const school = await enrol(gateway);
const items = 'https://lms.example/items';
const { ltik } = await school.launch({ claims: { ...school.deepLinking(),
  'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint': {
    lineitems: items, scope: [`${AGS}lineitem`, `${AGS}score`] } } });
const list = async (path) => (await gateway.api('GET', path)).body;
const { registrations } = await list('/api/registrations');
const { apiKeys } = await list('/admin/api-keys');

const ids = [[/platforms/, platform.id], [/organizations/, organization.id],
  [/registration-links/, link.id], [/registrations/, registrations[0].handle],
  [/content/, content.id], [/api-keys/, apiKeys[0].id], [/keys/, 'name'],
  [/lineitems/, `${items}/7`]];
const real = (path) =>
  filled(path, ids.find(([pattern]) => pattern.test(path))?.[1]);

const snapshot = async () => Object.fromEntries(await Promise.all([
  '/admin/platforms', '/api/registrations', '/admin/settings',
  '/admin/api-keys', '/admin/organizations', '/admin/registration-links',
  '/admin/content', '/admin/events', `/admin/platforms/${platform.id}/report`,
].map(async (path) => [path, await list(path)])));

const { routes } = await readOpenapi(gateway);
const guarded = routes.filter((route) => route.needsKey);
const withBody = guarded.filter((route) => route.body);
const before = await snapshot();

const send = (route, body, headers) => gateway.api(route.method,
  real(route.path), body, route.needsLtik
    ? { key: null, headers: { authorization: `LTIK-AUTH-V2 ${apiKey}:${ltik}`,
      ...headers } }
    : { headers });
function isFault(answer, status, message) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers['content-type'],
    'application/json; charset=utf-8');
  assert.equal(answer.body.status, status);
  assert.equal(typeof answer.body.error, 'string');
  assert.equal(answer.body.details.message, message);
  assert.ok(answer.body.details.description);
  assert.match(answer.body.details.reference, /^\w{8,}$/);
}

test('BAD the table has every route', () => {
  assert.ok(routes.length >= 50);
  assert.ok(guarded.length >= 37);
  assert.ok(withBody.length >= 18);
});

test('BAD no key, a wrong key or another scheme is 401, to the letter',
  async () => {
    const unauthorized = { status: 401, error: 'Unauthorized', details: {
      message: 'INVALID_LTIK_AUTH_AUTHORIZATION_HEADER',
      description: 'Invalid API key' } };
    for (const route of guarded) {
      for (const authorization of [undefined, 'Bearer wrong', 'Bearer ',
        'Basic eDp5', 'LTIK-AUTH-V2 a:b', 'SERVICE-AUTH-V1 a:b']) {
        const answer = await gateway.api(route.method, real(route.path),
          route.body ? '{"not": "read"' : undefined,
          { key: null, headers: authorization ? { authorization } : {} });
        assert.equal(answer.status, 401, `${route.method} ${route.path}`);
        assert.deepEqual(answer.body, unauthorized);
      }
    }
  });

test('BAD another method is 405 and tells those that are allowed',
  async () => {
    const all = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
    for (const path of new Set(routes.map((route) => route.path))) {
      const allowed = routes.filter((route) => route.path === path)
        .map((route) => route.method);
      for (const method of all.filter((one) => !allowed.includes(one))) {
        const answer = await gateway.api(method, real(path));
        assert.equal(answer.status, 405, `${method} ${path}`);
        const told = answer.headers.allow.split(', ')
          .filter((one) => one !== 'HEAD');
        assert.deepEqual(told.toSorted(), allowed.toSorted(), path);
      }
    }
  });

test('BAD another content type is 415', async () => {
  for (const route of withBody) {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x', 'application/jsonp', '']) {
      isFault(await send(route, JSON.stringify(goodBody(route.body)) || '{}',
        { 'content-type': type }), 415, 'UNSUPPORTED_MEDIA_TYPE');
    }
  }
});

const malformed = {
  cut: '{"name":', 'a trailing comma': '{"a":1,}', garbage: '{} {}',
  'single quotes': '{\'a\':1}', 'a comment': '{/**/}',
  'a hundred levels': `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`,
  'a name twice': '{"name":"a","name":"b"}',
  'a name twice, deep': '{"metadata":{"a":1,"a":2}}',
  'invalid UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
  NUL: '{"name":"a\\u0000b"}', 'a lone surrogate': '{"name":"\\ud800"}',
  'an endless number': '{"name":1e99999}', 'a byte order mark': '\ufeff{}',
};
for (const [what, body] of Object.entries(malformed)) {
  test(`BAD JSON with ${what} is 400`, async () => {
    for (const route of withBody) {
      isFault(await send(route, body), 400, 'INVALID_JSON');
    }
  });
}

for (const body of ['[]', '"text"', '7', 'null', 'true', '[{"name":"a"}]']) {
  test(`BAD a body that is ${body} is no object`, async () => {
    for (const route of withBody) {
      const answer = await send(route, body);
      assert.equal(answer.status, 400, `${route.path} ${answer.text}`);
      assert.ok(['INVALID_PARAMETERS', 'INVALID_JSON']
        .includes(answer.body.details.message));
    }
  });
}

test('BAD no body where one is needed', async () => {
  for (const route of withBody.filter((one) => one.needsBody)) {
    const answer = await send(route, '',
      { 'content-type': 'application/json' });
    assert.equal(answer.status, 400, `${route.method} ${route.path}`);
  }
});

// What a tool passes on to the LMS may hold what nobody here knows:
// content_items, line_items and scores.test.js say what is refused there.
for (const route of withBody.filter((one) => !one.needsLtik)) {
  const rows = wrongBodies(route.body);
  if (rows.length === 0) continue;
  test(`BAD ${route.method} ${route.path}: ${rows.length} wrong members`,
    async () => {
      for (const { what, names, body } of rows) {
        const answer = await send(route, body);
        assert.equal(answer.status, 400, `${what}: ${answer.text}`);
        assert.equal(answer.body.details.message, 'INVALID_PARAMETERS', what);
        assert.match(answer.body.details.description, names, what);
      }
    });
}

test('BAD a text that is too long names its member', async () => {
  for (const route of withBody) {
    for (const [name, schema] of Object.entries(route.body.properties ?? {})) {
      if (!schema.maxLength) continue;
      const answer = await send(route, { ...goodBody(route.body),
        [name]: `https://a.example/${'x'.repeat(schema.maxLength)}` });
      assert.equal(answer.status, 400, `${route.path} ${name}`);
      assert.match(answer.body.details.description,
        new RegExp(`${name} is longer`));
    }
  }
});

test('BAD a body that is too large is 413', async () => {
  const body = JSON.stringify({ name: 'x'.repeat(1_200_000) });
  for (const route of withBody) {
    isFault(await send(route, body), 413, 'BODY_TOO_LARGE');
  }
});

test('BAD an id that nobody has is 404', async () => {
  // A key has no account, and so no sessions to look among.
  const found = guarded.filter((route) => route.path.includes('{')
    && !route.needsLtik && !route.path.startsWith('/portal/'));
  for (const route of found) {
    for (const id of ['AAAAAAAAAAAAAAAAAAAAAA', '..', '%', 'a/b', '\'--',
      'x'.repeat(2000)]) {
      const answer = await gateway.api(route.method, filled(route.path, id),
        route.body ? goodBody(route.body) : undefined);
      assert.equal(answer.status, 404,
        `${route.method} ${route.path} ${id}: ${answer.text}`);
      assert.match(answer.body.details.message, /NOT_FOUND$/);
    }
  }
});

test('BAD a path that nobody has is 404', async () => {
  for (const path of ['/api', '/api/', '/admin/nothing', '/admin//platforms',
    '/admin/platforms/a/b', '/ADMIN/platforms', '/api/nothing', '/lti']) {
    const answer = await gateway.api('GET', path);
    assert.equal(answer.status, 404, path);
  }
});

test('BAD a query given twice or malformed is 400', async () => {
  for (const query of ['url=a&url=b', 'url=%zz', 'url=%00', 'url=%ff',
    'id=1&id=1']) {
    const answer = await gateway.api('GET', `/admin/platforms?${query}`);
    assert.equal(answer.status, 400, query);
  }
});

test('BAD after all that nothing has changed', async () => {
  assert.deepEqual(await snapshot(), before);
  assert.equal(exchange.requests.length, 1);
});
