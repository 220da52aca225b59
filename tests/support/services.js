// SPDX-License-Identifier: Apache-2.0
// The tool's back end at a launch's services, and an LMS to go with it.
//
//   const course = await courseOf(lms, gateway, 'canvas-cloud');
//   course.exchange         for lms.services(course.exchange) and the like
//   course.ltik, course.serviceKey, course.idToken, course.platformId
//   await course.call('GET', '/api/lineitems', { query: { limit: 5 } })
//   await course.call('POST', course.item(id, '/scores'), { body })
//     options: query, body, auth ('ltik' by default, 'service', or a header)
//   await course.launch({ user: 'student' })     another launch, another course
//   await course.addItem({ label, ... })         by the API; gives the item
//   course.asked('scores')                       requests that reached the LMS
//   scoreOf(userId, changes)                     a whole score
//   refused(answer, 403, 'SCOPE_NOT_GRANTED')    asserts that; gives details
//   const unasked = unaskedOf(lms);
//   await unasked('name', () => course.call(...))   asserts that meanwhile no
//                                 LMS was asked for anything; gives the answer
//
// A course's tool has registered itself. With `typed` it is entered by hand on
// both sides; { typed: { scopes, site, ... } } are options of lms.addTool().
// That is the only way into 'moodle-3.10' and 'canvas-selfhosted', so there it
// is the usual one. The platform is `platform`, laid over what is typed.
//
// itemPath(id, rest) is the path of a line item: its URL in one segment.

import assert from 'node:assert/strict';
import { apiKey } from './gateway.js';
import { launchOf } from './launches.js';
import { AGS, NRPS } from './lms.js';

export const gradeScopes = ['lineitem', 'lineitem.readonly',
  'result.readonly', 'score'].map((name) => AGS + name);
export const allScopes = [...gradeScopes, NRPS];

export const itemPath = (id, rest = '') =>
  `/api/lineitems/${encodeURIComponent(id)}${rest}`;

export const scoreOf = (userId, changes = {}) => ({ userId,
  activityProgress: 'Completed', gradingProgress: 'FullyGraded',
  scoreGiven: 8, scoreMaximum: 10, ...changes });

export function refused(answer, status, code, name = '') {
  assert.equal(`${answer.status} ${answer.body?.details?.message}`,
    `${status} ${code}`, `${name} ${answer.text}`);
  return answer.body.details;
}

export const unaskedOf = (lms) => async (name, ask) => {
  const before = lms.counts().requests;
  const answer = await ask();
  assert.equal(lms.counts().requests, before, `${name} ${answer.text}`);
  return answer;
};

export async function backEndOf(gateway, ltik) {
  const idToken = await gateway.api('GET', '/api/idtoken', undefined,
    { key: null,
      headers: { authorization: `LTIK-AUTH-V2 ${apiKey}:${ltik}` } });
  assert.equal(idToken.status, 200, idToken.text);
  const { serviceKey } = idToken.body.services;
  const headers = { ltik: `LTIK-AUTH-V2 ${apiKey}:${ltik}`,
    service: `SERVICE-AUTH-V1 ${apiKey}:${serviceKey}` };
  const call = (method, path, { query, body, auth = 'ltik' } = {}) => {
    const search = query ? `?${new URLSearchParams(query)}` : '';
    return gateway.api(method, path + search, body,
      { key: null, headers: { authorization: headers[auth] ?? auth } });
  };
  return { ltik, idToken: idToken.body, serviceKey, call, item: itemPath,
    platformId: idToken.body.platform.id,
    async addItem(changes = {}) {
      const answer = await call('POST', '/api/lineitems',
        { body: { label: 'Homework', scoreMaximum: 10, ...changes } });
      assert.equal(answer.status, 201, answer.text);
      return answer.body;
    } };
}

// A tool of the LMS and a platform of the gateway, as two people type them.
export async function typedTool(lms, gateway, profile, { platform, ...given }) {
  const launchUrl = `${gateway.url}/lti/launch`;
  const tool = lms.addTool({ profile, initiate_login_uri:
    `${gateway.url}/lti/login`, redirect_uris: [launchUrl], target_link_uri:
    launchUrl, jwks_uri: `${gateway.url}/lti/keys`, scopes: allScopes,
  ...given });
  const { endpoints: known } = tool;
  const answer = await gateway.api('POST', '/admin/platforms', {
    name: tool.id, url: known.issuer, clientId: tool.client_id,
    authenticationEndpoint: known.authorization_endpoint,
    accesstokenEndpoint: known.token_endpoint,
    ...(/^https?:/.test(known.authorization_server)
      ? { authorizationServer: known.authorization_server } : {}),
    authConfig: { method: 'JWK_SET', key: known.jwks_uri }, ...platform });
  assert.equal(answer.status, 200, answer.text);
  return tool;
}

const byHandOnly = new Set(['moodle-3.10', 'canvas-selfhosted']);
let sites = 0;

async function toolOf(lms, gateway, profile, { typed, platform, ...options }) {
  if (!typed && !byHandOnly.has(profile)) {
    return (await lms.add(gateway, profile, options)).exchange;
  }
  sites += 1;
  return typedTool(lms, gateway, profile, { site: `t${sites}`, platform,
    ...(typed === true ? {} : typed) });
}

export async function courseOf(lms, gateway, profile,
  { launch: first, ...options } = {}) {
  const exchange = await toolOf(lms, gateway, profile, options);
  const launch = async (wish) => {
    const { page } = await launchOf(lms, exchange,
      { storageTarget: 'absent', ...wish });
    assert.ok(page.headers.location, page.text);
    const ltik = new URL(page.headers.location).searchParams.get('ltik');
    return { exchange, launch,
      asked: (kind) => lms.serviceRequests(exchange, kind),
      ...await backEndOf(gateway, ltik) };
  };
  return launch(first);
}
