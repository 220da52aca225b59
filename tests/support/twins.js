// SPDX-License-Identifier: Apache-2.0
// What is another's must look as if it were not there: each request is sent
// twice, once with the ids of a school and once with ids that nobody has, and
// the answers are compared.
//
//   const attempts = attemptsOn(own)      own: ids of the asker's school
//     [{what, method, path(ids), body(ids), headers}]
//   const [a, b] = await twins(call, attempt, theirs, nobodys)   both answers

import { randomBytes } from 'node:crypto';

// Ids of the same form and length.
export const nobodysLike = (ids) => Object.fromEntries(Object.entries(ids)
  .map(([kind, id]) => [kind, kind === 'deployment' ? 'Nobody-deployment'
    : randomBytes(id.length / 2 + 1).toString('hex').slice(0, id.length)]));

const platform = (ids, wish) => ({ url: 'https://new.example', clientId: 'c',
  name: 'By hand', authenticationEndpoint: 'https://lms.example/a',
  accesstokenEndpoint: 'https://lms.example/t',
  authConfig: { method: 'JWK_SET', key: 'https://lms.example/k' }, ...wish });

function ofPlatform(base) {
  const path = ({ platform: id }) => `${base}/${id}`;
  return [['GET', path], ['PUT', path, () => platform()],
    ['PATCH', path, () => ({ name: 'Mine' })],
    ['PATCH', path, () => ({ active: false })], ['DELETE', path],
    ['POST', (ids) => `${path(ids)}/activate`],
    ['POST', (ids) => `${path(ids)}/deactivate`]];
}

function ofRegistration(kind) {
  const path = (ids) => `/api/registrations/${ids[kind]}`;
  return [['GET', path], ['GET', (ids) => `${path(ids)}?raw=true`],
    ['POST', (ids) => `${path(ids)}/complete`, () => ({})],
    ['POST', (ids) => `${path(ids)}/reject`]];
}

// What belongs to another.
const touching = (own) => {
  const launched = ({ launched: id }) => `/admin/platforms/${id}`;
  const deployments = (ids) =>
    `/admin/platforms/${ids.platform}/deployments`;
  const user = (ids) => `/admin/users/${ids.user}`;
  const organization = (ids) => `/admin/organizations/${ids.organization}`;
  return [
    ...ofPlatform('/admin/platforms'), ...ofPlatform('/api/platforms'),
    ...ofRegistration('registration'), ...ofRegistration('secret'),
    ['GET', (ids) => `${launched(ids)}/report`],
    ['GET', (ids) => `${launched(ids)}/deployments`],
    ['GET', deployments],
    ['POST', deployments, () =>
      ({ deploymentId: 'mine', organizationId: own.organization })],
    ['PATCH', (ids) => `${deployments(ids)}/${ids.deployment}`,
      () => ({ allowed: false })],
    ['PATCH', (ids) => `${deployments(ids)}/${ids.deployment}`,
      () => ({ organizationId: own.organization })],
    ['PATCH', (ids) => `${deployments(ids)}/no-such-deployment`,
      () => ({ allowed: false })],
    ['PATCH', (ids) =>
      `/admin/platforms/${own.platform}/deployments/${ids.deployment}`,
    () => ({ allowed: false })],
    ['GET', (ids) => `${launched(ids)}/service-keys`],
    ['DELETE', (ids) => `${launched(ids)}/service-keys`],
    ['DELETE', (ids) => `/admin/service-keys/${ids.serviceKey}`],
    ['GET', (ids) => `${launched(ids)}/person?userId=somebody`],
    ['DELETE', (ids) => `${launched(ids)}/person?userId=somebody`],
    ['GET', organization],
    ['PUT', organization, () => ({ name: 'Mine' })],
    ['DELETE', organization],
    ['DELETE', (ids) => `/admin/registration-links/${ids.link}`],
    ['GET', user], ['PATCH', user, () => ({ name: 'Mine' })],
    ['PATCH', user, () => ({ organizations: [] })],
    ['PATCH', user, () => ({ organizations:
      [{ id: own.organization, role: 'viewer' }] })],
    ['DELETE', user], ['POST', (ids) => `${user(ids)}/invitation`],
    ['DELETE', (ids) => `${user(ids)}/sessions`],
    ['DELETE', (ids) => `/portal/sessions/${ids.session}`],
    ...['course', 'assignment'].flatMap((kind) => {
      const path = (ids) => `/admin/content/${ids[kind]}`;
      return [['GET', path], ['DELETE', path],
        ['PUT', path, () => ({ kind, title: 'Mine' })],
        ['PUT', path, () => ({ kind, title: 'Mine',
          organizationId: own.organization })]];
    }),
    ['GET', (ids) => `/admin/content/export?organizationId=${ids.organization}`],
    ['GET', (ids) => `/admin/tool?organizationId=${ids.organization}`],
    ['GET', (ids) => `/admin/usage?organizationId=${ids.organization}`],
    ['GET', (ids) => `/admin/usage?range=all&organizationId=${ids.organization}`],
    ['GET', (ids) => `/admin/events?organizationId=${ids.organization}`],
    ['GET', (ids) => `/admin/events?platformId=${ids.launched}`],
    ['GET', (ids) => `/admin/events?reference=${ids.reference}`],
    ['GET', (ids) => `/admin/content?organizationId=${ids.organization}`],
    ['GET', (ids) => `/admin/content?parentId=${ids.course}`],
    ['GET', (ids) => `/admin/users?organizationId=${ids.organization}`],
    ['GET', (ids) => `/admin/platforms?organizationId=${ids.organization}`],
    ['GET', (ids) => `/admin/platforms?id=${ids.platform}&limit=5`],
  ];
};

// What would become another's.
const giving = (own) => {
  const give = (ids) => ({ organizationId: ids.organization });
  const content = (wish) => ({ kind: 'assignment', title: 'T', ...wish });
  const csv = { 'content-type': 'text/csv' };
  return [
    ['POST', () => '/admin/platforms', (ids) => platform(ids, give(ids))],
    ['PATCH', () => `/admin/platforms/${own.platform}`, give],
    ['PUT', () => `/admin/platforms/${own.platform}`,
      (ids) => platform(ids, give(ids))],
    ['POST', () => `/admin/platforms/${own.platform}/deployments`,
      (ids) => ({ deploymentId: 'theirs', ...give(ids) })],
    ['PATCH', () => `/admin/platforms/${own.platform}/deployments/`
      + own.deployment, give],
    ['POST', () => '/admin/registration-links', give],
    ['POST', () => `/api/registrations/${own.registration}/complete`, give],
    ['POST', () => '/admin/users', (ids) => ({ email: 'new@new.example',
      organizations: [{ id: ids.organization, role: 'viewer' }] })],
    ['POST', () => '/admin/users', (ids) => ({ email: 'new@new.example',
      organizations: [{ id: own.organization, role: 'viewer' },
        { id: ids.organization, role: 'viewer' }] })],
    ['PATCH', () => `/admin/users/${own.user}`, (ids) => ({ organizations:
      [{ id: own.organization, role: 'viewer' },
        { id: ids.organization, role: 'admin' }] })],
    ['POST', () => '/admin/content', (ids) => content(give(ids))],
    ['POST', () => '/admin/content',
      (ids) => content({ parentId: ids.course })],
    ['POST', () => '/admin/content', (ids) => content(
      { parentId: ids.course, organizationId: own.organization })],
    ['POST', () => '/admin/content', (ids) => content(
      { parentId: ids.assignment, organizationId: own.organization })],
    ['POST', () => '/admin/content', (ids) => content(
      { parentId: own.course, ...give(ids) })],
    ['PUT', () => `/admin/content/${own.assignment}`,
      (ids) => content({ parentId: ids.course })],
    ['PUT', () => `/admin/content/${own.assignment}`,
      (ids) => content({ parentId: own.course, ...give(ids) })],
    ['POST', (ids) => '/admin/content/import?organizationId='
      + ids.organization, () => 'title\nTheirs', csv],
    ['POST', (ids) => `/admin/content/import?parentId=${ids.course}`,
      () => 'title\nTheirs', csv],
    ['POST', (ids) => `/admin/content/import?parentId=${ids.course}`
      + `&organizationId=${own.organization}`, () => 'title\nTheirs', csv],
    ['GET', (ids) => `/admin/platforms?organizationId=${own.organization}`
      + `&id=${ids.platform}`],
  ];
};

const named = Object.fromEntries(['organization', 'platform', 'deployment',
  'serviceKey', 'launched', 'registration', 'secret', 'user', 'course',
  'assignment', 'link', 'session', 'event', 'reference']
  .map((kind) => [kind, `{${kind}}`]));

// The asker's own ids are others in every run.
const nameOwn = (text, own) => Object.entries(own).reduce((whole, [kind, id]) =>
  id ? whole.replaceAll(id, `{own ${kind}}`) : whole, text);

const asAttempt = (own) => ([method, path, body = () => undefined, headers]) => {
  const shown = body(named);
  const what = `${method} ${path(named)}`
    + (shown && typeof shown === 'object' ? ` ${JSON.stringify(shown)}` : '');
  return { method, path, body, headers, what: nameOwn(what, own) };
};

export const attemptsOn = (own) => ({ touching: touching(own).map(asAttempt(own)),
  giving: giving(own).map(asAttempt(own)) });

const withoutReference = (answer) => {
  if (!answer.body?.details) return answer.text;
  const { reference, ...details } = answer.body.details;
  return JSON.stringify({ ...answer.body, details });
};

const send = (call, { method, path, body, headers }, ids) => {
  const wish = body(ids);
  const text = wish === undefined || typeof wish === 'string' ? wish
    : JSON.stringify(wish);
  return call(method, path(ids), text, text === undefined ? {}
    : { 'content-type': 'application/json', ...headers });
};

export async function twins(call, attempt, theirs, nobodys) {
  const answers = [];
  for (const ids of [theirs, nobodys]) {
    const answer = await send(call, attempt, ids);
    answers.push({ status: answer.status, text: withoutReference(answer),
      type: answer.headers['content-type'] });
  }
  return answers;
}
