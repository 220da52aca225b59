// SPDX-License-Identifier: Apache-2.0
// A registration that its tool reads and changes later: Canvas's, with an
// access token, where a change waits for the administrator; and RFC 7592's,
// with the token that came with the registration, where it holds at once.

import { isDeepStrictEqual } from 'node:util';
import { grantedScopes, successBody, toolFrom, writeBody } from './answers.js';
import { buildDocument } from './configuration.js';
import { namesOf } from './exchange.js';
import { refuse } from './refusals.js';
import { judge } from './rules.js';
import { accessTokenOf, bookOf, holdsNow, note } from './service_book.js';
import { isObject } from './templates.js';

const SCOPE = 'https://purl.imsglobal.org/spec/lti-reg/scope/registration';
const scopesFor = { GET: [SCOPE, `${SCOPE}.readonly`], PUT: [SCOPE] };

const json = (status, value) => ({ status,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(value) });
const error = (status, errorMessage) => json(status, { errorMessage });

// As changeManagement() has it: accepts is administrator or at-once; answer,
// if any, is given in place of the next one, or of all with `always`.
const usual = { on: true, accepts: null, answer: null, always: false };

export function managementOf(tool) {
  tool.management ??= { ...usual };
  return tool.management;
}

export function changeManagement(tool, changes) {
  for (const name of Object.keys(changes)) {
    if (!(name in usual)) throw new Error(`management has no ${name}`);
  }
  Object.assign(managementOf(tool), changes);
}

const exchangeOf = (lms, tool) => lms.book.exchanges.get(tool.exchange);

const scopesOf = (exchange, names) =>
  buildDocument(exchange, names).scopes_supported ?? [];

// What the administrator accepts, or an LMS that asks nobody.
function apply(lms, tool, request) {
  const exchange = exchangeOf(lms, tool);
  const names = { ...namesOf(lms, exchange), number: String(tool.number),
    client: tool.client_id };
  Object.assign(tool, toolFrom(exchange, request), {
    scopes: grantedScopes(exchange, request, scopesOf(exchange, names)),
    pending: null, updates: tool.updates + 1 });
  tool.lastAnswer = successBody(exchange, request, tool, names);
}

export function acceptUpdate(lms, tool) {
  if (!tool.pending) throw new Error('no update waits');
  apply(lms, tool, tool.pending);
  return tool;
}

export function rejectUpdate(tool) {
  tool.pending = null;
  return tool;
}

function tokenProblem(lms, tool, request, ownToken) {
  const { authorization = '' } = request.headers;
  if (ownToken !== undefined) {
    return authorization === `Bearer ${ownToken}` ? null
      : error(401, 'This is not the registration access token');
  }
  const token = accessTokenOf(lms, request.headers);
  if (!holdsNow(lms, token)) return error(401, 'Invalid access token');
  if (token.tool.id !== tool.id) return error(403, 'Another tool\u2019s');
  return scopesFor[request.method].some((scope) => token.scopes.has(scope))
    ? null : error(403, 'The token lacks the scope');
}

function read(body) {
  try {
    const request = JSON.parse(body.toString('utf8'));
    return isObject(request) ? request : null;
  } catch {
    return null;
  }
}

const withoutId = ({ client_id: id, ...request }) => request;

async function change(lms, tool, body) {
  const exchange = exchangeOf(lms, tool);
  const request = read(body);
  if (!request) return refuse(exchange, { kind: 'body-malformed' });
  const problems = await judge(request, { lms, exchange,
    scopesKnownHere: scopesOf(exchange, namesOf(lms, exchange)),
    fetchKeySet: () => ({}) });
  if (problems.length > 0) return refuse(exchange, { kind: 'rules', problems });
  const { accepts } = managementOf(tool);
  const waits = (accepts
    ?? exchange.profileData.update?.accepts) === 'administrator';
  tool.asked = [...tool.asked ?? [], request];
  if (!waits) apply(lms, tool, withoutId(request));
  else if (!isDeepStrictEqual(tool.pending, withoutId(request))) {
    tool.pending = withoutId(request);
  }
  return null;
}

const takeAnswer = (wish) => {
  const { answer } = wish;
  if (!wish.always) wish.answer = null;
  return answer;
};

async function answered(lms, tool, request, ownToken) {
  const wish = managementOf(tool);
  if (!wish.on || !scopesFor[request.method]) {
    return error(wish.on ? 405 : 404, 'There is nothing here');
  }
  const forced = takeAnswer(wish);
  if (forced) return { headers: {}, body: '', ...forced };
  const wrong = tokenProblem(lms, tool, request, ownToken)
    ?? (request.method === 'PUT' ? await change(lms, tool, request.body)
      : null);
  if (wrong) return wrong;
  return { status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: writeBody(exchangeOf(lms, tool), tool.lastAnswer) };
}

// Gives null where the path names no tool's registration.
function find(lms, siteKey, request) {
  const tools = lms.book.toolsOf(siteKey);
  const own = /\/client$/.test(request.path) && tools.findLast((tool) =>
    tool.lastAnswer?.registration_access_token);
  if (own) {
    return { tool: own, token: own.lastAnswer.registration_access_token };
  }
  const number = /\/api\/lti\/registrations\/(\d+)$/.exec(request.path)?.[1];
  return { tool: tools.find((tool) => String(tool.number) === number) };
}

export const isManagement = (path) =>
  /\/api\/lti\/registrations\/\d+$|\/client$/.test(path);

export async function managementAnswer(lms, siteKey, request, record) {
  const { tool, token } = find(lms, siteKey, request);
  record.kind = 'management';
  if (!tool) {
    lms.book.strays.push(record);
    return error(404, 'There is no such registration');
  }
  note(bookOf(lms, tool), record);
  return answered(lms, tool, request, token);
}
