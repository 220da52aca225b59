// SPDX-License-Identifier: Apache-2.0
// People at the portal, each with a browser's cookie and token of their own.
//
//   const ann = await makePerson(gateway, { email, role, organizations });
//   await ann.call('PATCH', '/admin/users/x', { name })   as ann's browser
//   ann.cookie, ann.token, ann.user, ann.email
//   const again = await signIn(gateway, ann.email);
//   await ann.raw('POST', path, { body, headers })        header by header

import assert from 'node:assert/strict';

export const password = 'correct horse battery staple';

const cookieOf = (answer) =>
  (answer.headers['set-cookie'] ?? []).map((one) => one.split(';')[0])
    .find((one) => /portal=/.test(one)) ?? null;

export function sessionOf(gateway, answer) {
  const cookie = cookieOf(answer);
  const token = answer.body.csrfToken;
  const raw = (method, path, { body, headers = {} } = {}) =>
    gateway.api(method, path, body, { key: null, headers });
  return { answer, cookie, token, user: answer.body.user,
    email: answer.body.user?.email, raw,
    call: (method, path, body) => raw(method, path, { body, headers: {
      cookie, ...(method === 'GET' ? {} : { 'x-csrf-token': token }) } }) };
}

// Another password begins another session: its answer has the cookie.
export async function changePassword(gateway, person, current, next) {
  const answer = await person.call('PUT', '/portal/password',
    { current, password: next });
  assert.equal(answer.status, 204, answer.text);
  const cookie = cookieOf(answer);
  const session = await gateway.api('GET', '/portal/session', undefined,
    { key: null, headers: { cookie } });
  return sessionOf(gateway, { ...session, headers: answer.headers });
}

export async function signIn(gateway, email, secret = password) {
  const answer = await gateway.api('POST', '/portal/session',
    { email, password: secret }, { key: null });
  assert.equal(answer.status, 200, answer.text);
  return sessionOf(gateway, answer);
}

export const tokenOf = (url) => url.split('/').at(-1);

export async function accept(gateway, url, wish = {}) {
  const answer = await gateway.api('POST', '/portal/invitation/accept',
    { token: tokenOf(url), password, ...wish }, { key: null });
  assert.equal(answer.status, 200, answer.text);
  return sessionOf(gateway, answer);
}

export async function makePerson(gateway, wish) {
  const answer = await gateway.api('POST', '/admin/users', wish);
  assert.equal(answer.status, 201, answer.text);
  return accept(gateway, answer.body.invitation.url);
}

export async function makeOrganization(gateway, name) {
  const { status, body, text } =
    await gateway.api('POST', '/admin/organizations', { name });
  assert.equal(status, 201, text);
  return body;
}
