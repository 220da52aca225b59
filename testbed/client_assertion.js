// SPDX-License-Identifier: Apache-2.0
// The assertion with which a tool asks for a token: whether it is one that
// this LMS takes.

import { compactVerify, createLocalJWKSet, decodeJwt, decodeProtectedHeader }
  from 'jose';
import { readKeySet } from './key_set_fetch.js';
import { note } from './service_book.js';
import { isObject } from './templates.js';

const SKEW = 60;
const SEEN_MAX = 50_000;

export function readAssertion(text) {
  try {
    return { text, header: decodeProtectedHeader(text),
      claims: decodeJwt(text) };
  } catch {
    return null;
  }
}

export function findClient(lms, siteKey, client) {
  for (const tool of lms.book.tools.values()) {
    if (tool.siteKey === siteKey && tool.client_id === client) return tool;
  }
  return null;
}

const holds = (list, value) => [list].flat().includes(value);

// Which audiences this LMS takes. One that names an authorization server
// somewhere else than its token endpoint may demand exactly that.
function takesAudience({ services, tool }, aud) {
  const { token_endpoint: endpoint, authorization_server: server } =
    tool.endpoints;
  switch (services.token.audience) {
  case 'any': return true;
  case 'server': return holds(aud, server ?? endpoint);
  default: return holds(aud, endpoint)
    || (/^https?:\/\//.test(server) && holds(aud, server));
  }
}

function timeProblem({ lms, services }, { iat, exp }) {
  const now = lms.clock() / 1000;
  if (!Number.isFinite(iat) || iat > now + SKEW) return 'iat is wrong';
  if (!Number.isFinite(exp) || exp < now - SKEW) return 'exp is past';
  if (exp <= iat) return 'exp is not after iat';
  return exp - iat > services.token.lifeMax
    ? 'The assertion lives too long' : null;
}

// Seen ids are forgotten in the order in which they came.
function isReplay({ lms, siteKey }, { iss, jti }) {
  const seen = lms.book.assertions;
  const key = `${siteKey} ${iss} ${jti}`;
  if (seen.has(key)) return true;
  seen.add(key);
  if (seen.size > SEEN_MAX) seen.delete(seen.values().next().value);
  return false;
}

function claimsProblem(call, { header, claims }) {
  const rows = [
    [header.alg === 'RS256', `alg is ${header.alg}, not RS256`],
    [typeof header.kid === 'string' && header.kid, 'The header has no kid'],
    [header.typ === undefined || /^jwt$/i.test(header.typ), 'typ is not JWT'],
    [claims.iss === call.tool.client_id, 'iss is not the client id'],
    [takesAudience(call, claims.aud), 'aud is not what this LMS demands'],
    [typeof claims.jti === 'string' && claims.jti, 'There is no jti'],
  ];
  return rows.find(([good]) => !good)?.[1] ?? timeProblem(call, claims);
}

// {keys} or {trouble}. Some LMSs keep what they have read for a while, and
// look again when they meet a key they do not know.
async function keysOf({ lms, services, tool, book }, kid) {
  if (tool.jwks) return { keys: tool.jwks };
  if (!tool.jwks_uri) return { trouble: 'The tool has no key set' };
  const { keySetLife } = services.token;
  const kept = book.keys;
  if (kept && lms.clock() - kept.at < keySetLife * 1000
    && kept.keys.keys.some((key) => key?.kid === kid)) return kept;
  const reads = [];
  const { answer, problem: trouble } = await readKeySet(lms,
    { requests: reads }, tool.jwks_uri);
  reads.forEach((read) => note(book, read));
  if (trouble) return { trouble: `The tool's key set ${trouble}` };
  try {
    const keys = JSON.parse(answer.text);
    if (!Array.isArray(keys.keys)) return { trouble: 'Key set without keys' };
    book.keys = { at: lms.clock(), keys };
    return book.keys;
  } catch {
    return { trouble: 'The tool\u2019s key set is not JSON' };
  }
}

async function signatureProblem(call, { text, header }) {
  const { keys, trouble } = await keysOf(call, header.kid);
  if (trouble) return trouble;
  if (!keys.keys.some((key) => key?.kid === header.kid)) {
    return 'The tool\u2019s key set has no key of this kid';
  }
  try {
    await compactVerify(text, createLocalJWKSet(keys));
    return null;
  } catch (wrong) {
    return `The signature does not hold (${wrong.message})`;
  }
}

// null when the assertion holds, else what is wrong with it.
export async function assertionProblem(call) {
  const { assertion, tool } = call;
  if (!assertion || !isObject(assertion.claims)) {
    return 'The assertion is no JWT';
  }
  if (!tool) return 'sub is no client known here';
  return claimsProblem(call, assertion)
    ?? await signatureProblem(call, assertion)
    ?? (isReplay(call, assertion.claims) ? 'The jti was used before' : null);
}
