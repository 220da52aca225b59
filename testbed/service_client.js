// SPDX-License-Identifier: Apache-2.0
// A tool that uses an LMS's services, for the testbed's own tests: it signs
// with npm jose and keeps to what a launch told it.

import { randomUUID } from 'node:crypto';
import { decodeJwt, exportJWK, SignJWT } from 'jose';
import { cheapKeyPair } from './raw_rsa.js';
import { call } from './test_client.js';

const AGS = 'https://purl.imsglobal.org/spec/lti-ags/';
const NRPS = 'https://purl.imsglobal.org/spec/lti-nrps/';
const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export const scopes = [
  ...['lineitem', 'lineitem.readonly', 'score', 'result.readonly'].map(
    (name) => `${AGS}scope/${name}`),
  `${NRPS}scope/contextmembership.readonly`,
];

export const types = {
  lineitems: 'application/vnd.ims.lis.v2.lineitemcontainer+json',
  lineitem: 'application/vnd.ims.lis.v2.lineitem+json',
  score: 'application/vnd.ims.lis.v1.score+json',
  results: 'application/vnd.ims.lis.v2.resultcontainer+json',
  memberships: 'application/vnd.ims.lti-nrps.v2.membershipcontainer+json',
};

export async function toolKeys() {
  const { publicKey, privateKey } = cheapKeyPair();
  return { privateKey, jwk: { ...await exportJWK(publicKey), kid: 'k1',
    alg: 'RS256', use: 'sig' } };
}

const rest = (object) => Object.fromEntries(Object.entries(object)
  .filter(([, value]) => value !== undefined));

export function assertionFor(tool, key, { claims = {}, header = {} } = {}) {
  const now = Math.floor(Date.now() / 1000);
  const { authorization_server: server, token_endpoint: endpoint } =
    tool.endpoints;
  return new SignJWT(rest({ iss: tool.client_id, sub: tool.client_id,
    aud: /^https?:\/\//.test(server) ? server : endpoint, iat: now, exp: now + 60,
    jti: randomUUID(), ...claims }))
    .setProtectedHeader(rest({ alg: 'RS256', kid: 'k1', typ: 'JWT',
      ...header })).sign(key);
}

export async function askToken(tool, key, { form = {}, headers = {}, method,
  timeout, ...changes } = {}) {
  const fields = rest({ grant_type: 'client_credentials',
    client_assertion_type: TYPE, scope: scopes.join(' '),
    client_assertion: form.client_assertion
      ?? await assertionFor(tool, key, changes), ...form });
  return call(tool.endpoints.token_endpoint, { method: method ?? 'POST',
    timeout, headers: { 'content-type': 'application/x-www-form-urlencoded',
      ...headers }, body: new URLSearchParams(fields).toString() });
}

export const bearer = (token) => ({ authorization: `Bearer ${token}` });

// `tail` goes onto the path; what is in the query stays.
export function withTail(address, tail, query = {}) {
  const url = new URL(address);
  url.pathname += tail;
  for (const [name, value] of Object.entries(query)) {
    url.searchParams.set(name, value);
  }
  return url.href;
}

export const score = (changes = {}) => rest({ userId: '4', scoreGiven: 37.5,
  scoreMaximum: 50, activityProgress: 'Completed',
  gradingProgress: 'FullyGraded', timestamp: new Date().toISOString(),
  ...changes });

// A tool that has a token and knows what a launch said.
export async function enrolledTool(lms, tool, key) {
  const answer = await askToken(tool, key);
  const claims = decodeJwt(await lms.token(tool, { user: 'student' }));
  const { lineitems, lineitem } = claims[`${AGS}claim/endpoint`] ?? {};
  const memberships = claims[`${NRPS}claim/namesroleservice`]
    ?.context_memberships_url;
  const headers = bearer(answer.json().access_token);
  const send = (method, type) => (address, body, more) => call(address, {
    method, body: JSON.stringify(body),
    headers: { ...headers, 'content-type': type, ...more } });
  return {
    claims, lineitems, lineitem, memberships, headers, subject: claims.sub,
    get: (address, more) => call(address,
      { headers: { ...headers, ...more } }),
    remove: (address) => call(address, { method: 'DELETE', headers }),
    postItem: send('POST', types.lineitem),
    putItem: send('PUT', types.lineitem),
    postScore: (item, changes, more) => send('POST', types.score)(
      withTail(item, '/scores'),
      score({ userId: claims.sub, ...changes }), more),
  };
}
