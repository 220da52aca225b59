// SPDX-License-Identifier: Apache-2.0
// Platform notices, as Canvas has them: which handler takes which type, and
// the notices that go there.

import { randomUUID } from 'node:crypto';
import { makeAttempt } from './launch.js';
import { bookOf } from './service_book.js';
import { noticeTypes } from './service_claims.js';
import { refuse } from './service_refusals.js';
import { signToken } from './token_signing.js';

const LTI = 'https://purl.imsglobal.org/spec/lti/claim/';

const json = (status, body) => ({ status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(body) });

const hostOf = (address) => {
  try {
    return new URL(address).host;
  } catch {
    return null;
  }
};

export function noticeHandlersAnswer(call) {
  const { request, book, tool } = call;
  if (request.method === 'GET') {
    return json(200, { client_id: tool.client_id,
      notice_handlers: noticeTypes.map((type) => ({ notice_type: type,
        handler: book.handlers.get(type) ?? '' })) });
  }
  let wish;
  try {
    wish = JSON.parse(request.body);
  } catch {
    return refuse(call, 'body', 'The body is no JSON');
  }
  const { notice_type: type, handler } = wish;
  if (!noticeTypes.includes(type) || typeof handler !== 'string') {
    return refuse(call, 'body', 'notice_type or handler is wrong');
  }
  if (handler !== '' && hostOf(handler) !== tool.domain) {
    return refuse(call, 'body', 'handler must be on the tool\u2019s domain');
  }
  if (handler === '') book.handlers.delete(type);
  else book.handlers.set(type, handler);
  return json(200, { notice_type: type, handler });
}

const own = {
  LtiHelloWorldNotice: () => ({ 'https://www.instructure.com/hello_world':
    { title: 'Hello World!', message: 'Subscribed' } }),
  LtiContextCopyNotice: ({ context, origins }) => ({
    [`${LTI}context`]: context, [`${LTI}origin_contexts`]: origins }),
};

// The notice as a JWT. `claims` are laid over its own, undefined removes;
// `switches` are those of a launch (sign, kid).
export async function makeNotice(lms, tool, { type = 'LtiHelloWorldNotice',
  context = { id: 'copy', title: 'The copy', label: 'C',
    type: ['http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering'] },
  origins = ['original'], claims = {}, switches } = {}) {
  const attempt = await makeAttempt(lms, tool, { switches });
  const now = Math.floor(lms.clock() / 1000);
  const whole = { [`${LTI}version`]: '1.3.0',
    [`${LTI}notice`]: { id: randomUUID(), type,
      timestamp: new Date(lms.clock()).toISOString() },
    aud: tool.client_id, azp: tool.client_id,
    [`${LTI}deployment_id`]: attempt.deployment,
    exp: now + 3600, iat: now, iss: tool.issuer, nonce: randomUUID(),
    ...own[type]?.({ context, origins }), ...claims };
  return signToken(lms, attempt, whole, { typ: 'JWT' });
}

// Sends one to the handler of its type, or to `to`.
export async function sendNotice(lms, tool, { to, jwts, ...wish } = {}) {
  const { type = 'LtiHelloWorldNotice' } = wish;
  const address = to ?? bookOf(lms, tool).handlers.get(type);
  if (!address) throw new Error(`nobody handles ${type}`);
  const sent = jwts ?? [await makeNotice(lms, tool, wish)];
  const answer = await fetch(address, { method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ notices: sent.map((jwt) => ({ jwt })) }) });
  const text = await answer.text();
  return { status: answer.status, text, jwts: sent,
    body: text ? JSON.parse(text) : null };
}
