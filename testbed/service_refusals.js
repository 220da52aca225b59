// SPDX-License-Identifier: Apache-2.0
// How a service says no: each LMS has a form of its own.

import { STATUS_CODES } from 'node:http';

const answer = (status, type, body, headers = {}) => ({ status, body,
  headers: { 'content-type': type, ...headers } });

const word = (status) => (STATUS_CODES[status] ?? 'error')
  .toLowerCase().replaceAll(/[^a-z]+/g, '_');

function reason(status, text, { method, headers, url }) {
  const asked = method === 'GET' ? { accept: headers.accept ?? '' }
    : { contentType: headers['content-type'] ?? '' };
  return answer(status, 'application/json; charset=utf-8', JSON.stringify({
    status, reason: text ?? STATUS_CODES[status],
    request: { method, url, ...asked } }, null, 4));
}

const forms = {
  reason,
  plain: (status, text) => answer(status, 'text/plain; charset=utf-8', text),
  errors: (status, text) => answer(status, 'application/json; charset=utf-8',
    JSON.stringify({ errors: { type: word(status), message: text } })),
  problem: (status, text) => answer(status, 'application/problem+json',
    JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status,
      detail: text })),
  message: (status, text) => answer(status, 'application/json;charset=UTF-8',
    JSON.stringify({ status, message: text })),
  'detail-header': (status, text) => answer(status,
    'text/plain;charset=utf-8', text,
    { 'x-sakai-lti13-error-detail': text.replace(/[^\x20-\x7e]/g, '?') }),
};

// kind is one of the profile's codes; the number differs between LMSs.
export function refuse({ services, record }, kind, text) {
  const status = services.codes[kind];
  record.problem = text;
  const refusal = forms[services.refusals](status, text, record);
  if (status === 401) refusal.headers['www-authenticate'] = 'Bearer';
  return refusal;
}
