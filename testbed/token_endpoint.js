// SPDX-License-Identifier: Apache-2.0
// The token endpoint: the form of a request, the scopes it asks for, and the
// access token it gets.

import { assertionProblem, findClient, readAssertion }
  from './client_assertion.js';
import { findProfile } from './profiles.js';
import { bookOf, newAccessToken, note, serviceSite } from './service_book.js';
import { serviceProfile } from './service_profile.js';
import {
  refusedBySwitch, spoiltBySwitch, takeForced, takeTokenAnswer,
} from './service_switches.js';
import { closed } from './services.js';

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const FORM = 'application/x-www-form-urlencoded';
const HUGE = 100_000;

const problem = (error, text) => ({ error, text });

function formProblem(request, form) {
  if (request.method !== 'POST') {
    return problem('invalid_request', 'The request is not a POST');
  }
  const type = (request.headers['content-type'] ?? '').split(';')[0].trim();
  if (type.toLowerCase() !== FORM) {
    return problem('invalid_request', `The body is not ${FORM}`);
  }
  if (form.get('grant_type') !== 'client_credentials') {
    return form.has('grant_type')
      ? problem('unsupported_grant_type', 'grant_type must be '
        + 'client_credentials')
      : problem('invalid_request', 'grant_type is missing');
  }
  if (form.get('client_assertion_type') !== TYPE) {
    return problem('invalid_request', 'client_assertion_type is missing or '
      + 'unknown');
  }
  return form.get('client_assertion') ? null
    : problem('invalid_request', 'client_assertion is missing');
}

function grantedScopes({ tool, services }, form) {
  const asked = (form.get('scope') ?? '').split(' ').filter(Boolean);
  const granted = asked.filter((scope) => tool.scopes.includes(scope));
  const refused = granted.length === 0
    || (services.token.ungranted === 'refuse'
      && granted.length < asked.length);
  return refused ? { problem: problem('invalid_scope',
    'A scope is unknown, or not granted to this tool') } : { granted };
}

// Gives {scopes} or {problem: {error, text}}.
async function judge(call, request, form) {
  const early = formProblem(request, form);
  if (early) return { problem: early };
  const wrong = await assertionProblem(call);
  if (wrong) return { problem: problem('invalid_client', wrong) };
  const { granted, problem: scope } = grantedScopes(call, form);
  call.record.scopes = granted ?? [];
  return scope ? { problem: scope } : { scopes: granted };
}

const typed = (type) => ({ 'content-type': type, 'cache-control': 'no-store',
  pragma: 'no-cache' });

function refusal({ services, record }, { error, text }) {
  const { contentType, refusedClient, description } = services.token;
  record.problem = text;
  const status = error === 'invalid_client' ? refusedClient : 400;
  return { status, headers: { ...typed(contentType),
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}) },
  body: JSON.stringify({ error,
    ...(description ? { error_description: text } : {}) }) };
}

const changes = {
  'lower-case': (body) => ({ ...body, token_type: 'bearer' }),
  'no-scope': ({ scope, ...body }) => body,
  'no-type': ({ token_type, ...body }) => body,
  'expires-text': (body) => ({ ...body, expires_in: `${body.expires_in}` }),
  'expires-missing': ({ expires_in, ...body }) => body,
  'no-token': ({ access_token, ...body }) => body,
  'control-token': (body) => ({ ...body,
    access_token: `${body.access_token}\r\nX-Injected: 1` }),
  'huge-token': (body) => ({ ...body, access_token: 'x'.repeat(HUGE) }),
};

const refusals = {
  'invalid-scope': [400, { error: 'invalid_scope' }],
  'error-400': [400, { error: 'invalid_request',
    error_description: 'The testbed was told to refuse' }],
  'error-401': [401, { error: 'invalid_client',
    error_description: 'The testbed was told to refuse' }],
};

function instead(form) {
  if (refusals[form]) {
    const [status, body] = refusals[form];
    return { status, headers: typed('application/json'),
      body: JSON.stringify(body) };
  }
  return form === 'html-500' ? { status: 500,
    headers: typed('text/html; charset=utf-8'),
    body: '<!DOCTYPE html><title>Error</title><h1>Out of order</h1>' } : null;
}

function success({ lms, services, tool, wish }, scopes, form) {
  const life = form === 'expires-short' ? wish.tokenSeconds
    : wish.tokenLifetime ?? services.token.life;
  const token = newAccessToken(lms, tool, scopes, life);
  const body = { access_token: token.text, token_type: 'Bearer',
    expires_in: life, scope: scopes.join(' ') };
  return { status: 200, headers: typed(services.token.contentType),
    body: JSON.stringify(changes[form]?.(body) ?? body) };
}

async function answered(call, request, form) {
  const { wish, record } = call;
  if (wish.down) return closed;
  const forced = takeForced(wish, 'token');
  const chosen = takeTokenAnswer(wish);
  const { scopes, problem: wrong } = await judge(call, request, form);
  if (wrong) record.problem = wrong.text;
  const forcedOut = (forced && refusedBySwitch(forced, record.url))
    ?? instead(chosen) ?? refusedBySwitch({ answer: chosen, retryAfter: null },
    record.url);
  if (forcedOut) return forcedOut;
  if (wrong) return refusal(call, wrong);
  const own = spoiltBySwitch({ answer: chosen },
    success(call, scopes, chosen));
  return forced ? spoiltBySwitch(forced, own) : own;
}

export async function tokenEndpointAnswer(lms, siteKey, request, record) {
  const services = serviceProfile(findProfile(siteKey.split('@')[0]));
  const { wish } = serviceSite(lms, siteKey);
  const form = new URLSearchParams(record.body ?? '');
  const assertion = readAssertion(form.get('client_assertion') ?? '');
  const tool = findClient(lms, siteKey, assertion?.claims.sub);
  const noted = tool ?? lms.book.toolsOf(siteKey).at(-1);
  record.form = Object.fromEntries(form);
  record.assertion = assertion && { header: assertion.header,
    claims: assertion.claims };
  if (!noted) lms.book.strays.push(record);
  else note(bookOf(lms, noted), record);
  const call = { lms, siteKey, services, wish, record, assertion, tool,
    book: noted && bookOf(lms, noted) };
  return { ...await answered(call, request, form), delay: wish.tokenDelay };
}
