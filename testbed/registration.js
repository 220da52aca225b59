// SPDX-License-Identifier: Apache-2.0
// The registration endpoint: token, body, rules, then what the LMS keeps and
// what it answers.

import { buildDocument } from './configuration.js';
import { judge } from './rules.js';
import { forcedRefusals, refuse, spoiltAnswers } from './refusals.js';
import { isTransport } from './send.js';
import { givenToken, tokenProblem } from './tokens.js';
import { isObject } from './templates.js';
import {
  grantedScopes, newClientId, newDeploymentId, spokenClientId, successBody,
  toolFrom, writeBody,
} from './answers.js';
import { fetchKeySet } from './key_set_fetch.js';
import { endpointsOf } from './tools.js';

function readBody(exchange, body) {
  const max = exchange.profileData.bodyMax;
  if (max && body.length > max) return { kind: 'body-too-large' };
  try {
    const request = JSON.parse(body.toString('utf8'));
    if (isObject(request)) return { request };
  } catch {
    return { kind: 'body-malformed' };
  }
  return { kind: 'body-malformed' };
}

function refused(exchange, refusal) {
  exchange.state = 'refused';
  exchange.refusal = {
    kind: refusal.kind,
    problems: refusal.problems ?? [],
  };
  return refuse(exchange, refusal);
}

// Scopes an LMS takes although its document may list fewer (Sakai).
function scopesOf(exchange, names) {
  const listed = buildDocument(exchange, names).scopes_supported;
  const own = Array.isArray(listed) ? listed : [];
  return [...own, ...(exchange.profileData.unlistedScopes ?? [])];
}

async function rulesBroken(lms, exchange, request, names) {
  if (exchange.switches.rules === 'off') return [];
  return judge(request, {
    lms, exchange, scopesKnownHere: scopesOf(exchange, names),
    fetchKeySet: (url) => fetchKeySet(lms, exchange, url),
  });
}

const endpointNames = ['authorization_endpoint', 'token_endpoint',
  'jwks_uri', 'authorization_server'];

const endpointsIn = (document) => Object.fromEntries(endpointNames
  .filter((name) => typeof document[name] === 'string')
  .map((name) => [name, document[name]]));

function keepTool(lms, exchange, request, names) {
  const { after } = exchange.profileData;
  const old = exchange.update
    && lms.book.tools.get(exchange.update.id);
  const number = old?.number ?? lms.book.nextNumber(exchange.siteKey);
  const before = lms.book.toolsOf(exchange.siteKey).at(-1);
  const clientId = old?.client_id
    ?? newClientId(exchange, lms.book.nextSerial());
  const tool = {
    ...toolFrom(exchange, request),
    id: old?.id ?? `${exchange.siteKey}-${number}`,
    number,
    siteKey: exchange.siteKey,
    profile: exchange.profile,
    title: exchange.profileData.title,
    site: exchange.site,
    exchange: exchange.id,
    issuer: names.issuer,
    client_id: clientId,
    deployment_id: old?.deployment_id ?? (
      exchange.switches.deployment === 'absent' ? null
        : newDeploymentId(exchange, number)),
    scopes: grantedScopes(exchange, request, scopesOf(exchange, names)),
    base: exchange.base,
    state: old ? exchange.profileData.update.stateAfter ?? old.state
      : after.state,
    updates: old ? old.updates + 1 : 0,
  };
  tool.endpoints = { ...endpointsOf(lms, tool),
    ...endpointsIn(buildDocument(exchange, names)) };
  tool.spoken = spokenClientId(exchange, clientId, before?.client_id);
  lms.book.addTool(tool);
  return tool;
}

// Canvas: an administrator has to accept what the tool would change.
function askForUpdate(lms, exchange, request) {
  const tool = lms.book.tools.get(exchange.update.id);
  tool.pending = request;
  exchange.token.uses += 1;
  exchange.state = 'updated';
  exchange.registration = { client_id: tool.spoken,
    deployment_id: tool.deployment_id, request, answer: tool.lastAnswer, tool };
  return { status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: writeBody(exchange, tool.lastAnswer) };
}

function register(lms, exchange, request, names) {
  if (exchange.update
    && exchange.profileData.update.accepts === 'administrator') {
    return askForUpdate(lms, exchange, request);
  }
  const tool = keepTool(lms, exchange, request, names);
  exchange.token.uses += 1;
  const answer = successBody(exchange, request, tool,
    { ...names, number: String(tool.number), client: tool.client_id });
  tool.lastAnswer = answer;
  exchange.registration = { client_id: tool.spoken,
    deployment_id: tool.deployment_id, request, answer, tool };
  exchange.state = exchange.update ? 'updated' : 'registered';
  const { switches, profileData } = exchange;
  return {
    status: switches.answerStatus,
    headers: { 'content-type': profileData.answer.contentType
      ?? 'application/json; charset=utf-8' },
    body: switches.rawAnswer ?? writeBody(exchange, answer),
  };
}

function misbehave(exchange, answer) {
  const form = exchange.switches.answer;
  if (form in spoiltAnswers) {
    const html = form === 'html-200' ? { 'content-type': 'text/html' } : {};
    return { ...answer, body: spoiltAnswers[form],
      headers: { ...answer.headers, ...html } };
  }
  return isTransport(form) ? { ...answer, transport: form } : answer;
}

// Moodle gives a tool's registration to who holds an update token.
function currentRegistration(lms, exchange) {
  const tool = lms.book.tools.get(exchange.update.id);
  return { status: 200, headers: { 'content-type':
    'application/json; charset=utf-8' },
  body: writeBody(exchange, tool.lastAnswer) };
}

async function handle(lms, exchange, request, names) {
  const readsUpdate = request.method === 'GET'
    && exchange.profileData.update?.readable && exchange.update;
  if (request.method !== 'POST' && !readsUpdate) {
    return refuse(exchange, { kind: 'method' });
  }
  const problem = await tokenProblem(lms, exchange,
    givenToken(exchange, request));
  if (problem) return refused(exchange, { kind: problem });
  if (readsUpdate) return currentRegistration(lms, exchange);
  const { request: wanted, kind } = readBody(exchange, request.body);
  if (kind) return refused(exchange, { kind });
  const problems = await rulesBroken(lms, exchange, wanted, names);
  if (problems.length > 0) {
    return refused(exchange, { kind: 'rules', problems });
  }
  const forced = forcedRefusals[exchange.switches.answer];
  if (forced) {
    exchange.state = 'refused';
    exchange.refusal = { kind: 'switch', problems: [] };
    return forced(names);
  }
  return misbehave(exchange, register(lms, exchange, wanted, names));
}

export async function registrationAnswer(lms, exchange, request, names) {
  const answer = await handle(lms, exchange, request, names);
  return { ...answer, delay: exchange.switches.answerDelay };
}
