// SPDX-License-Identifier: Apache-2.0
// Every route that asks for a right, and how to make a request of it that
// succeeds. Who walks it holds it against /openapi.json.
//
//   const { rows, requestOf } = await rowsFor(gateway, lms, organization,
//     settings);
//   rows: [method, path, right, make]; right account: one's own, a person's
//   await requestOf(path, make, caller)    {path, body, headers, fresh, double}

import { password } from './people.js';
import { freshCall, makersFor, newEmail } from './schools.js';

export async function rowsFor(gateway, lms, organization, settings) {
  const has = makersFor(gateway, lms, organization.id);
  let count = 0;
  const newPlatform = () => {
    count += 1;
    return { url: `https://by-hand-${count}.example`, clientId: 'c', name: 'By hand',
      organizationId: organization.id,
      authenticationEndpoint: 'https://lms.example/a',
      accesstokenEndpoint: 'https://lms.example/t',
      authConfig: { method: 'JWK_SET', key: 'https://lms.example/k' } };
  };
  const place = { organizationId: organization.id };
  const course = () => ({ ...place, kind: 'course', title: 'C' });
  // The same for everybody, where nothing is changed.
  const kept = {};
  for (const kind of ['platform', 'registration', 'user', 'course', 'score']) {
    kept[kind] = await has[kind]();
  }

  // method, path, right, and what makes a request: {id}, body, headers, path.
  const platforms = (base) => [
    ['GET', base, 'see'],
    ['POST', base, 'register', () => ({ body: newPlatform() })],
    ['GET', `${base}/{id}`, 'see', () => kept.platform],
    ['PUT', `${base}/{id}`, 'register', async () =>
      ({ ...await has.platform(), body: newPlatform() })],
    ['PATCH', `${base}/{id}`, 'register', async () =>
      ({ ...await has.platform(), body: { name: 'Another' } })],
    ['DELETE', `${base}/{id}`, 'register', () => has.platform()],
    ['POST', `${base}/{id}/activate`, 'register', () => has.platform()],
    ['POST', `${base}/{id}/deactivate`, 'register', () => has.platform()],
  ];

  const rows = [
    ['GET', '/api/scores/{id}', 'program', () => kept.score],
    ['GET', '/api/registrations', 'see'],
    ['GET', '/api/registrations/{id}', 'see', () => kept.registration],
    ['POST', '/api/registrations/{id}/complete', 'register',
      () => has.registration()],
    ['POST', '/api/registrations/{id}/reject', 'register',
      () => has.registration()],
    ...platforms('/admin/platforms'),
    ...platforms('/api/platforms'),
    ['POST', '/admin/platforms/{id}/registration/update', 'register', () =>
      has.managed()],
    ['POST', '/admin/platforms/{id}/registration/check', 'register', () =>
      has.managed()],
    ['GET', '/admin/platforms/{id}/report', 'see', () => kept.platform],
    ['GET', '/admin/platforms/{id}/deployments', 'see', () => kept.platform],
    ['POST', '/admin/platforms/{id}/deployments', 'register', async () =>
      ({ ...await has.platform(), body: { deploymentId: 'd', ...place } })],
    ['PATCH', '/admin/platforms/{id}/deployments/{deploymentId}', 'register',
      async () => {
        const { id, platformId } = await has.deployment();
        return { id: platformId, deploymentId: id, body: { allowed: false } };
      }],
    ['GET', '/admin/platforms/{id}/service-keys', 'see-tool',
      () => kept.platform],
    ['DELETE', '/admin/platforms/{id}/service-keys', 'tool', async () =>
      ({ id: (await has.serviceKey()).platformId })],
    ['GET', '/admin/platforms/{id}/person', 'tool', () =>
      ({ ...kept.platform, query: '?userId=somebody' })],
    ['DELETE', '/admin/platforms/{id}/person', 'tool', () =>
      ({ ...kept.platform, query: '?userId=somebody' })],
    ['GET', '/admin/service-keys', 'see-tool'],
    ['DELETE', '/admin/service-keys/{id}', 'tool', () => has.serviceKey()],

    ['GET', '/admin/settings', 'see-tool'],
    ['PUT', '/admin/settings', 'tool', () => ({ body: settings })],
    ['GET', '/admin/keys', 'see-tool'],
    ['POST', '/admin/keys/rotate', 'tool'],
    ['GET', '/admin/api-keys', 'see-tool'],
    ['POST', '/admin/api-keys', 'tool', () => ({ body: { name: 'k' } })],
    ['DELETE', '/admin/api-keys/{id}', 'tool', () => has.apiKey()],
    ['GET', '/admin/consumers', 'see-tool'],
    ['POST', '/admin/consumers', 'tool', () => ({ body: {
      key: `former-${count += 1}`, secret: 'a former secret' } })],
    ['DELETE', '/admin/consumers/{id}', 'tool', () => has.consumer()],

    ['GET', '/portal/sessions', 'account'],
    ['DELETE', '/portal/session', 'account', () => ({ fresh: true })],
    ['DELETE', '/portal/sessions/{id}', 'account', async (caller) => {
      if (!caller.person) return { id: 'none' };
      const one = await freshCall(gateway, caller);
      const { body } = await one.call('GET', '/portal/sessions');
      return { id: body.sessions.find((session) => session.current).id };
    }],
    // It ends all sessions: of somebody whose others are not needed.
    ['PUT', '/portal/password', 'account', () => ({ double: true,
      body: { current: password, password } })],
    ['PATCH', '/portal/profile', 'account', () => ({ body: { name: 'Me' } })],
    ['GET', '/admin/tool', 'see'],

    ['GET', '/admin/users', 'see-people'],
    ['POST', '/admin/users', 'people', () => ({ body: { email: newEmail('new'),
      organizations: [{ id: organization.id, role: 'registrar' }] } })],
    ['GET', '/admin/users/{id}', 'see-people', () => kept.user],
    ['PATCH', '/admin/users/{id}', 'people', async () =>
      ({ id: (await has.user()).id, body: { name: 'N',
        organizations: [{ id: organization.id, role: 'registrar' }] } })],
    ['DELETE', '/admin/users/{id}', 'people', () => has.user()],
    ['POST', '/admin/users/{id}/invitation', 'people', () => has.user()],
    ['DELETE', '/admin/users/{id}/sessions', 'people', () => has.user()],

    ['GET', '/admin/organizations', 'see'],
    ['POST', '/admin/organizations', 'organize', () =>
      ({ body: { name: `New ${count += 1}` } })],
    ['GET', '/admin/organizations/{id}', 'see', () => organization],
    ['PUT', '/admin/organizations/{id}', 'organize', () =>
      ({ id: organization.id, body: { name: 'School' } })],
    ['DELETE', '/admin/organizations/{id}', 'organize', () =>
      has.organization()],
    ['GET', '/admin/registration-links', 'see'],
    ['POST', '/admin/registration-links', 'register', () => ({ body: place })],
    ['DELETE', '/admin/registration-links/{id}', 'register', () => has.link()],

    ['GET', '/admin/content', 'see'],
    ['POST', '/admin/content', 'content', () => ({ body: course() })],
    ['POST', '/admin/content/import', 'content', () => ({ body: 'title\nA',
      query: `?organizationId=${organization.id}`,
      headers: { 'content-type': 'text/csv' } })],
    ['GET', '/admin/content/export', 'see', () =>
      ({ query: `?organizationId=${organization.id}` })],
    ['GET', '/admin/content/{id}', 'see', () => kept.course],
    ['PUT', '/admin/content/{id}', 'content', async () =>
      ({ id: (await has.course()).id, body: course() })],
    ['DELETE', '/admin/content/{id}', 'content', () => has.course()],
    ['GET', '/admin/events', 'see'],
    ['GET', '/metrics', 'see-tool'],
    ['GET', '/admin/usage', 'see'],
  ];

  // What the makers answer of themselves is no part of a request.
  async function requestOf(path, make, caller) {
    const { id = '', deploymentId = '', query = '', body, headers, ...who } =
      await make(caller);
    const ready = typeof body === 'string' || body === undefined;
    return { body: ready ? body : JSON.stringify(body), ...who,
      headers: body === undefined ? {}
        : { 'content-type': 'application/json', ...headers },
      path: path.replace('{id}', encodeURIComponent(id))
        .replace('{deploymentId}', encodeURIComponent(deploymentId)) + query };
  }

  return { rows, requestOf };
}
