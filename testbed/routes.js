// SPDX-License-Identifier: Apache-2.0
// Which host and path is what. The start page and the API live on localhost;
// each LMS has its hosts, on which the same pages are under /testbed/.

import { answerApi } from './api.js';
import { authorizationAnswer } from './authorization.js';
import { newRecord } from './book.js';
import { accessProblem, configurationAnswer } from './configuration.js';
import { contentReturnAnswer, launchReturnAnswer } from './deep_linking.js';
import { namesOf } from './exchange.js';
import { keySetAnswer } from './key_set.js';
import { ELSEWHERE, hostnameOf, isStartHost } from './origins.js';
import { answerPage } from './page_files.js';
import { isManagement, managementAnswer } from './management.js';
import { findProfile } from './profiles.js';
import { registrationAnswer } from './registration.js';
import { send } from './send.js';
import { noteWanderer, serviceAnswer } from './services.js';
import { tokenEndpointAnswer } from './token_endpoint.js';

const text = (status, body, headers = {}) => ({ status,
  headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
  body });

const patterns = new Map();

function pathFits(pattern, path) {
  if (!pattern) return false;
  if (!patterns.has(pattern)) {
    const source = pattern.replace(/[.?+*()[\]^$|\\]/g, '\\$&')
      .replace('{key}', '[^/]+');
    patterns.set(pattern, new RegExp(`^${source}$`));
  }
  return patterns.get(pattern).test(path);
}

function kindOf(profile, path) {
  const names = ['configuration', 'registration', 'keys', 'token',
    'authorization', 'contentReturn', 'launchReturn'];
  return names.find((name) => pathFits(profile.paths[name], path)) ?? 'other';
}

const siteKeyOf = ({ profile, site }) =>
  site ? `${profile}@${site}` : profile;

// Bearer, a token in the query, the key in Sakai's path or query, an id the
// testbed put there itself, and only then the host.
function findExchange(lms, request, site, kind) {
  const { tokens, exchanges, guess } = lms.book;
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '');
  if (bearer && tokens.has(bearer[1].trim())) {
    return tokens.get(bearer[1].trim());
  }
  for (const value of request.query.values()) {
    if (tokens.has(value)) return tokens.get(value);
  }
  const named = exchanges.get(request.query.get('exchange'));
  if (named) return named;
  if (!site) return null;
  const siteKey = siteKeyOf(site);
  const key = request.query.get('key') ?? /\/(\d+)$/.exec(request.path)?.[1];
  const byKey = lms.book.exchangesOf(siteKey).find((entry) =>
    entry.key === key);
  return byKey ?? guess(siteKey, kind) ?? null;
}

async function lmsAnswer(lms, exchange, kind, request) {
  const names = namesOf(lms, exchange);
  switch (kind) {
  case 'configuration': {
    const moved = request.query.get('moved') === '1';
    const refusal = accessProblem(exchange, request);
    if (refusal) return refusal;
    exchange.configurationReads += 1;
    if (exchange.state === 'begun') exchange.state = 'configured';
    return configurationAnswer(exchange, names, moved);
  }
  case 'registration':
    return registrationAnswer(lms, exchange, request, names);
  default:
    return text(404, 'nothing here');
  }
}

// A host that no LMS owns: where a wrongly followed redirect or a token sent
// to the wrong place would arrive.
function elsewhereAnswer(lms, exchange, request) {
  if (!exchange) return text(404, 'nothing here');
  if (request.path === '/configuration') {
    return configurationAnswer(exchange, namesOf(lms, exchange), true);
  }
  return text(200, '{"client_id":"stolen"}',
    { 'content-type': 'application/json' });
}

function parse(lms, incoming, body) {
  const url = new URL(incoming.url, 'http://host.invalid');
  return { method: incoming.method, headers: incoming.headers,
    path: url.pathname, query: url.searchParams, body };
}

function withoutBase(path) {
  return path.startsWith('/lms/') ? path.slice(4) : path;
}

// What belongs to launches and services rather than to a registration.
const launchKinds = {
  keys: (lms, siteKey, request, record) => keySetAnswer(lms, siteKey,
    request, record, lms.origins.origin(ELSEWHERE)),
  authorization: authorizationAnswer,
  contentReturn: contentReturnAnswer,
  launchReturn: launchReturnAnswer,
  token: tokenEndpointAnswer,
};

async function routeLms(lms, hostname, request, record) {
  const site = lms.book.hosts.get(hostname);
  if (hostname === ELSEWHERE) {
    if (noteWanderer(lms, request, record, 'elsewhere')) {
      return text(200, '{"members":[]}',
        { 'content-type': 'application/json' });
    }
    const exchange = findExchange(lms, request, null, 'elsewhere');
    record.kind = 'elsewhere';
    (exchange?.requests ?? lms.book.strays).push(record);
    return elsewhereAnswer(lms, exchange, request);
  }
  const path = withoutBase(request.path);
  const service = serviceAnswer(lms, siteKeyOf(site), { ...request, path },
    record);
  if (service) return service;
  if (isManagement(path)) {
    return managementAnswer(lms, siteKeyOf(site), { ...request, path },
      record);
  }
  const kind = kindOf(findProfile(site.profile), path);
  record.kind = kind;
  if (launchKinds[kind]) {
    return launchKinds[kind](lms, siteKeyOf(site), { ...request, path },
      record);
  }
  const exchange = kind === 'other' ? null
    : findExchange(lms, { ...request, path }, site, kind);
  if (!exchange) {
    if (noteWanderer(lms, request, record, 'other')) {
      return text(404, 'nothing here');
    }
    lms.book.strays.push(record);
    return text(404, 'No exchange has begun on this LMS');
  }
  exchange.requests.push(record);
  return lmsAnswer(lms, exchange, kind, request);
}

export async function route(lms, incoming, response, body) {
  const hostname = hostnameOf(incoming.headers.host);
  const request = parse(lms, incoming, body);
  const own = isStartHost(hostname) || lms.book.hosts.has(hostname);
  const api = /^(?:\/testbed)?\/api(\/.*)$/.exec(request.path);
  if (own && api && (isStartHost(hostname)
    || request.path.startsWith('/testbed/'))) {
    return send(lms, response, newRecord(lms, incoming, body),
      await answerApi(lms, { ...request, path: api[1] }));
  }
  if (own && (request.path.startsWith('/testbed/') || request.path === '/')) {
    return send(lms, response, newRecord(lms, incoming, body),
      answerPage(request, isStartHost(hostname)));
  }
  const record = newRecord(lms, incoming, body);
  const known = hostname === ELSEWHERE || lms.book.hosts.has(hostname);
  const answer = known
    ? await routeLms(lms, hostname, request, record)
    : text(404, `No LMS has the host ${hostname}`);
  return send(lms, response, record, answer);
}
