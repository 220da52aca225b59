// SPDX-License-Identifier: Apache-2.0
// /openapi.json is a valid document, and what it says is what is answered.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { enrol } from '../support/enrolled.js';
import { startGateway } from '../support/gateway.js';
import { startLms } from '../support/lms.js';
import { signIn } from '../support/people.js';
import { readOpenapi } from '../support/openapi.js';
import { courseOf, scoreOf } from '../support/services.js';

const lms = await startLms();
const gateway = await startGateway({ settings: { registration: {
  mode: 'pre-approval', preApprovalUrl: 'https://tool.example/approve' } } });
after(async () => {
  await lms.close();
  await gateway.close();
});
const { document, routes } = await readOpenapi(gateway);
const called = new Set();

const typeOf = (value) => {
  if (Array.isArray(value)) return 'array';
  if (Number.isInteger(value)) return 'integer';
  return value === null ? 'null' : typeof value;
};

// What of a value the schema does not allow, as lines.
function problems(value, schema, where, open) {
  if (schema.$ref) {
    const found = schema.$ref.split('/').slice(1)
      .reduce((at, name) => at[name], document);
    return problems(value, found, where, open);
  }
  if (schema.type && ![schema.type].flat().includes(typeOf(value))
    && !(schema.type === 'number' && typeof value === 'number')) {
    return [`${where} is ${typeOf(value)}, not ${schema.type}`];
  }
  if (schema.enum && !schema.enum.includes(value)) {
    return [`${where} is none of the choices`];
  }
  if (schema.items) {
    return value.flatMap((item, i) =>
      problems(item, schema.items, `${where}[${i}]`, open));
  }
  if (!schema.properties) return [];
  const missing = (schema.required ?? []).filter((name) => !(name in value))
    .map((name) => `${where}.${name} is missing`);
  const inner = Object.entries(value).flatMap(([name, item]) => {
    if (schema.properties[name]) {
      return problems(item, schema.properties[name], `${where}.${name}`, open);
    }
    return open ? [] : [`${where}.${name} is not documented`];
  });
  return [...missing, ...inner];
}

function check(answer, method, pattern, open = false) {
  const route = routes.find((one) =>
    one.method === method && one.path === pattern);
  assert.ok(route, `${method} ${pattern} is documented`);
  called.add(`${method} ${pattern}`);
  const documented = route.answers[answer.status] ?? route.answers.default;
  if (answer.status < 400) {
    assert.ok(route.answers[answer.status],
      `${method} ${pattern} answered ${answer.status}: ${answer.text}`);
  }
  const schema = documented.content?.['application/json']?.schema;
  if (!schema) {
    assert.doesNotMatch(answer.headers['content-type'] ?? '', /json/);
    return;
  }
  assert.deepEqual(problems(JSON.parse(answer.text), schema, pattern, open),
    []);
}
const call = async (method, pattern,
  { id = '', body, query = '', open } = {}) => {
  const path = pattern.replace(/\{\w+\}/, id) + query;
  const answer = await gateway.api(method, path, body);
  check(answer, method, pattern, open);
  return answer.body;
};

test('OPEN the document is valid OpenAPI 3.1', async () => {
  const result = await new Validator().validate(structuredClone(document));
  assert.equal(result.valid, true, JSON.stringify(result.errors));
  assert.match(document.openapi, /^3\.1\./);
  assert.equal(document.servers[0].url, gateway.url);
});

test('OPEN every operation has an id of its own and says whether it is guarded',
  () => {
    const ids = routes.map((route) => route.operation.operationId);
    assert.equal(new Set(ids).size, ids.length);
    for (const { needsKey, operation, path } of routes) {
      assert.equal((operation.security ?? []).length > 0, needsKey, path);
    }
  });

test('OPEN what LMSs and browsers ask for', async () => {
  for (const path of ['/lti/register', '/register', '/lti/register/canvas',
    '/register/canvas', '/lti/keys', '/keys', '/', '/healthz', '/readyz',
    '/openapi.json', '/lti/register/close', '/lti/register/wait',
    '/portal/oidc/callback',
    '/lti/keys/{name}', '/portal', '/portal/assets/{name}']) {
    const answer = await gateway.open(gateway.url
      + path.replace('{name}', 'none'),
    { headers: { accept: 'application/json' } });
    check(answer, 'GET', path, true);
  }
  for (const path of ['/lti/register', '/register', '/lti/register/sign-in',
    '/lti/register/choose', '/lti/register/confirm', '/lti/register/ask',
    '/lti/register/provider', '/lti/register/provider/confirm',
    '/lti/register/continue']) {
    check(await gateway.open(gateway.url + path, { form: { a: 'b' },
      headers: { accept: 'application/json' } }), 'POST', path, true);
  }
});

test('OPEN platform notices', async (t) => {
  const { body: settings } = await gateway.api('GET', '/admin/settings');
  t.after(() => gateway.api('PUT', '/admin/settings', settings));
  await gateway.api('PUT', '/admin/settings', { ...settings,
    notices: ['LtiContextCopyNotice'] });
  check(await gateway.api('POST', '/lti/notices', { notices: [{ jwt: 'x' }] },
    { key: null }), 'POST', '/lti/notices', true);
});

test('OPEN registrations', async () => {
  const one = await lms.wait(gateway, 'canvas-cloud');
  const two = await lms.wait(gateway, 'moodle-4.5');
  const { body: { registrations } } =
    await gateway.api('GET', '/api/registrations');
  assert.equal(registrations.length, 2);
  await call('GET', '/api/registrations');
  await call('GET', '/api/registrations/{id}', { id: one.id });
  await call('GET', '/api/registrations/{id}',
    { id: one.id, query: '?raw=true' });
  await call('GET', '/api/registrations/{id}', { id: 'none' });
  const { platformId } =
    await call('POST', '/api/registrations/{id}/complete', { id: one.id });
  await call('POST', '/api/registrations/{id}/complete', { id: one.id });
  await call('POST', '/api/registrations/{id}/reject', { id: two.id });
  await call('GET', '/admin/platforms/{id}/report', { id: platformId });
  await call('GET', '/admin/platforms/{id}', { id: platformId });
  for (const verb of ['update', 'check']) {
    const route = `/admin/platforms/{id}/registration/${verb}`;
    const { registration } = await call('POST', route, { id: platformId });
    assert.equal(registration.inStep, true);
    await call('POST', route, { id: 'none' });
  }
});

for (const base of ['/admin/platforms', '/api/platforms']) {
  test(`OPEN ${base}`, async () => {
    const body = { url: 'https://lms.example', clientId: base, name: 'An LMS',
      authenticationEndpoint: 'https://lms.example/a',
      accesstokenEndpoint: 'https://lms.example/t',
      authConfig: { method: 'JWK_SET', key: 'https://lms.example/k' } };
    const { id } = await call('POST', base, { body });
    await call('POST', base, { body });
    await call('GET', base);
    await call('GET', `${base}/{id}`, { id });
    await call('PUT', `${base}/{id}`, { id, body });
    await call('PATCH', `${base}/{id}`, { id, body: { name: 'x' } });
    await call('POST', `${base}/{id}/deactivate`, { id });
    await call('POST', `${base}/{id}/activate`, { id });
    await call('DELETE', `${base}/{id}`, { id });
    await call('DELETE', `${base}/{id}`, { id });
  });
}

test('OPEN the tool, its keys and its API keys', async () => {
  const settings = await call('GET', '/admin/settings');
  await call('PUT', '/admin/settings', { body: settings });
  await call('GET', '/admin/keys');
  await call('POST', '/admin/keys/rotate');
  const { id } = await call('POST', '/admin/api-keys',
    { body: { name: 'second' } });
  await call('GET', '/admin/api-keys');
  await call('DELETE', '/admin/api-keys/{id}', { id });
  const former = await call('POST', '/admin/consumers',
    { body: { key: 'k', secret: 's', label: 'L' } });
  await call('GET', '/admin/consumers');
  await call('DELETE', '/admin/consumers/{id}', { id: former.id });
  await call('GET', '/admin/events');
  await call('GET', '/admin/usage');
  await call('GET', '/metrics');
  await call('GET', '/healthz/self', { open: true });
});

test('OPEN organisations and links', async () => {
  const { id } = await call('POST', '/admin/organizations',
    { body: { name: 'One' } });
  await call('GET', '/admin/organizations');
  await call('GET', '/admin/organizations/{id}', { id });
  await call('PUT', '/admin/organizations/{id}', { id, body: { name: 'Two' } });
  const link = await call('POST', '/admin/registration-links',
    { body: { organizationId: id } });
  await call('GET', '/admin/registration-links');
  await call('DELETE', '/admin/registration-links/{id}', { id: link.id });
  await call('DELETE', '/admin/organizations/{id}', { id });
});

test('OPEN people and the portal', async () => {
  const organization = (await gateway.api('POST', '/admin/organizations',
    { name: 'Portal' })).body;
  const made = await call('POST', '/admin/users', { body: {
    email: 'ann@school.example',
    organizations: [{ id: organization.id, role: 'admin' }] } });
  const { id } = made;
  await call('GET', '/admin/users');
  await call('GET', '/admin/users/{id}', { id });
  await call('PATCH', '/admin/users/{id}', { id, body: { name: 'Ann' } });
  const link = await call('POST', '/admin/users/{id}/invitation', { id });
  const token = link.url.split('/').at(-1);
  const password = 'a long enough sentence';
  await call('POST', '/portal/invitation', { body: { token } });
  const first = await gateway.api('POST', '/portal/invitation/accept',
    { token, password }, { key: null });
  check(first, 'POST', '/portal/invitation/accept');
  const ann = await signIn(gateway, 'ann@school.example', password);
  check(ann.answer, 'POST', '/portal/session');
  const asks = async (method, pattern, { body, id: of = '' } = {}) => {
    const answer = await ann.call(method, pattern.replace('{id}', of), body);
    check(answer, method, pattern);
    return answer.body;
  };
  await asks('GET', '/portal/session');
  const { sessions } = await asks('GET', '/portal/sessions');
  await asks('DELETE', '/portal/sessions/{id}',
    { id: sessions.find((one) => !one.current).id });
  await asks('PATCH', '/portal/profile', { body: { name: 'Ann Lee' } });
  await asks('GET', '/admin/tool');
  check(await gateway.api('POST', '/portal/oidc', undefined, { key: null }),
    'POST', '/portal/oidc');
  await asks('DELETE', '/portal/session');
  const again = await signIn(gateway, 'ann@school.example', password);
  check(await again.call('PUT', '/portal/password',
    { current: password, password: 'another long sentence' }), 'PUT',
  '/portal/password');
  await call('DELETE', '/admin/users/{id}/sessions', { id });
  await call('DELETE', '/admin/users/{id}', { id });
});

test('OPEN content', async () => {
  const { id: organizationId } = await call('POST', '/admin/organizations',
    { body: { name: 'Content' } });
  const body = { organizationId, kind: 'course', title: 'C',
    url: 'https://tool.example/launch', customParameters: { a: 'b' },
    lineItem: { scoreMaximum: 2.5 } };
  const { id } = await call('POST', '/admin/content', { body });
  await call('GET', '/admin/content');
  const path = '/admin/content/{id}';
  await call('GET', path, { id });
  await call('PUT', path, { id, body });
  await call('GET', path, { id: 'none' });
  const query = `?organizationId=${organizationId}`;
  const imported = await gateway.api('POST', `/admin/content/import${query}`,
    'title,kind\na,\nb,wrong', { headers: { 'content-type': 'text/csv' } });
  check(imported, 'POST', '/admin/content/import');
  assert.equal(imported.body.skipped.length, 1);
  await call('GET', '/admin/content/export', { query });
  await call('DELETE', path, { id });
});

test('OPEN launches', async () => {
  const school = await enrol(gateway);
  const json = { accept: 'application/json' };
  for (const path of ['/lti/login', '/login']) {
    for (const method of ['GET', 'POST']) {
      const { response } = await school.login({ path, method });
      check(response, method, path, true);
      check((await school.login({ path, method, headers: json,
        fields: { iss: 'unknown' } })).response, method, path, true);
    }
  }
  const links = school.deepLinking();
  for (const path of ['/lti/launch', '/']) {
    const { response } = await school.launch({ post: { path } });
    check(response, 'POST', path, true);
    const refused = await school.launch({ post: { path, headers: json },
      claims: { iss: 'other' } });
    check(refused.response, 'POST', path, true);
  }
  const form = await gateway.open(`${gateway.url}/lti/content?token=x`,
    { headers: json });
  check(form, 'GET', '/lti/content', true);
  check(await gateway.open(`${gateway.url}/lti/content`, { headers: json,
    form: { a: 'b' } }), 'POST', '/lti/content', true);
  const { ltik } = await school.launch({ claims: links });
  const body = { contentItems: [{ type: 'link', url: 'https://a.example/' }] };
  const ask = async (path, options, query = '') =>
    check(await school.ask(ltik, path + query, options),
      options?.method ?? 'GET', path);
  await ask('/api/idtoken');
  check(await school.ask(ltik, '/api/idtoken?raw=true'), 'GET',
    '/api/idtoken', true);
  for (const path of ['/api/deeplinking', '/api/deeplinking/form',
    '/api/deeplinking/message']) {
    await ask(path, { method: 'POST', body });
  }
  const { id } = school.platform;
  await call('GET', '/admin/platforms/{id}/report', { id });
  await call('GET', '/admin/platforms/{id}/deployments', { id });
  await call('POST', '/admin/platforms/{id}/deployments',
    { id, body: { deploymentId: 'deployment-2' } });
  const changed = await gateway.api('PATCH',
    `/admin/platforms/${id}/deployments/deployment-1`, { allowed: false });
  check(changed, 'PATCH', '/admin/platforms/{id}/deployments/{deploymentId}');
});

test('OPEN grades, rosters and service keys', async () => {
  await gateway.settings({ registration: { mode: 'automatic',
    autoActivate: true } });
  const course = await courseOf(lms, gateway, 'moodle-4.5');
  const ask = async (method, path, { id = '', open, ...options } = {}) => {
    const full = path.replace('{lineItemId}', encodeURIComponent(id));
    const answer = await course.call(method, full, options);
    check(answer, method, path, open);
    return answer.body;
  };
  const item = { label: 'Homework', scoreMaximum: 10 };
  const { id } = await ask('POST', '/api/lineitems', { body: item });
  await ask('GET', '/api/lineitems');
  await ask('GET', '/api/lineitems/{lineItemId}', { id });
  await ask('PUT', '/api/lineitems/{lineItemId}', { id, body: item });
  const { members } = await ask('GET', '/api/memberships',
    { query: { role: 'Learner', all: true }, open: true });
  const scores = '/api/lineitems/{lineItemId}/scores';
  const body = scoreOf(members[0].userId);
  await ask('POST', scores, { id, body });
  await ask('GET', scores, { id });
  const queued = await ask('POST', scores,
    { id, body, query: { queue: true } });
  assert.equal(queued.state, 'waiting');
  await call('GET', '/api/scores/{id}', { id: queued.id });
  await call('GET', '/api/scores/{id}', { id: 'none' });
  await ask('DELETE', '/api/lineitems/{lineItemId}', { id });
  const { serviceKeys } = await call('GET', '/admin/service-keys');
  await call('DELETE', '/admin/service-keys/{id}', { id: serviceKeys[0].id });
  for (const method of ['GET', 'DELETE']) {
    await call(method, '/admin/platforms/{id}/person',
      { id: serviceKeys[0].platformId, query: `?userId=${body.userId}`,
        open: true });
  }
  const of = '/admin/platforms/{id}/service-keys';
  await call('GET', of, { id: serviceKeys[0].platformId });
  await call('DELETE', of, { id: serviceKeys[0].platformId });
});

test('OPEN no route was left out here', () => {
  const all = routes.map((route) => `${route.method} ${route.path}`);
  assert.deepEqual(all.filter((one) => !called.has(one)), []);
});
