// SPDX-License-Identifier: Apache-2.0
// Launches without a browser: the testbed's LMS begins one, the gateway sends
// the "browser" to the LMS, the LMS answers, and the answer is posted.
//
//   const { exchange } = await lms.add(gateway, 'moodle-4.5');
//   const one = await launchOf(lms, exchange, { user: 'student' });
//   one.attempt     what the LMS knows of it (one.attempt.tokens[0].claims)
//   one.login       the gateway's answer to the login initiation
//   one.answer      {action, fields}: what the browser would post
//   one.cookie      the Cookie header with which it would post it
//   one.page        the gateway's answer to that post
//
// prepare() does all but the last post, and send() does that: any number of
// times, with changed fields or another cookie. sendMany() posts at once.

import { httpCall } from './http_call.js';

const html = { accept: 'text/html,*/*;q=0.8' };
const form = 'application/x-www-form-urlencoded';

export const post = (address, fields, headers = {}) =>
  httpCall(address, { method: 'POST', body: String(new URLSearchParams(fields)),
    headers: { ...html, 'content-type': form, ...headers } });

// "a=1; b=2" of what an answer sets.
export const cookieIn = ({ headers }) =>
  [headers['set-cookie'] ?? []].flat().map((line) => line.split(';')[0])
    .join('; ');

const withCookie = (cookie) => cookie ? { cookie } : {};

export function enterLogin({ login: { method, url, form: fields } },
  headers = {}) {
  return method === 'POST' ? post(url, fields, headers)
    : httpCall(url, { headers: { ...html, ...headers } });
}

export async function prepare(lms, tool, options = {}) {
  const attempt = await lms.launch(tool, options);
  const login = await enterLogin(attempt);
  if (!login.headers.location) {
    throw new Error(`the login was answered ${login.status}: ${login.text}`);
  }
  const answer = await attempt.answer(login.headers.location);
  return { attempt, login, answer, cookie: cookieIn(login) };
}

export function send({ answer, cookie }, changes = {}, headers = {}) {
  return post(answer.action, { ...answer.fields, ...changes },
    { ...withCookie(cookie), ...headers });
}

export const sendMany = (prepared, count) =>
  Promise.all(Array.from({ length: count }, () => send(prepared)));

export async function launchOf(lms, tool, options) {
  const prepared = await prepare(lms, tool, options);
  return { ...prepared, page: await send(prepared) };
}
