// SPDX-License-Identifier: Apache-2.0
// An LMS that is entered by hand and of which there is nothing but a key: the
// quickest way to a launch with exactly this or that in it.
//
//   const lms = await enrol(gateway, { issuer, clientId, ...platform members });
//   lms.platform                       as the API answered
//   const login = await lms.login({ fields, cookie, headers, method });
//     login.response, login.location (URL), login.state, login.nonce,
//     login.cookie ("name=value")
//   lms.claims(login, changes)         a good resource link launch; undefined
//                                      removes a claim
//   await lms.sign(claims, { header, key, alg })       a compact JWS
//   await lms.post(login, token, { cookie, form, headers, path })
//   const launch = await lms.launch({ claims, header, fields, ... })
//     all of it: launch.response, launch.ltik, launch.url (URL), launch.token
//   await lms.ask(ltik, '/api/idtoken', { method, body, headers })

import assert from 'node:assert/strict';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { apiKey } from './gateway.js';

export const CLAIM = 'https://purl.imsglobal.org/spec/lti/claim/';
export const DL = 'https://purl.imsglobal.org/spec/lti-dl/claim/';
export const ROLES = {
  teacher:
    'http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor',
  student: 'http://purl.imsglobal.org/vocab/lis/v2/membership#Learner',
};

export const now = () => Math.floor(Date.now() / 1000);

let pair = null;
async function sharedPair() {
  pair ??= await generateKeyPair('RS256', { extractable: true });
  return pair;
}

function without(object) {
  return Object.fromEntries(Object.entries(object)
    .filter(([, value]) => value !== undefined));
}

let count = 0;

export async function enrol(gateway, more = {}) {
  count += 1;
  const { publicKey, privateKey } = await sharedPair();
  const jwk = { ...await exportJWK(publicKey), kid: 'key-1', alg: 'RS256',
    use: 'sig' };
  const { issuer = `https://lms-${count}.example`, clientId = `client-${count}`,
    ...members } = more;
  const answer = await gateway.api('POST', '/admin/platforms', {
    url: issuer, clientId, name: `LMS ${count}`,
    authenticationEndpoint: `${issuer}/auth`,
    accesstokenEndpoint: `${issuer}/token`,
    authConfig: { method: 'JWK_KEY', key: JSON.stringify(jwk) }, ...members });
  assert.equal(answer.status, 200, answer.text);

  const lms = { issuer, clientId, platform: answer.body, jwk, privateKey,
    gateway };

  lms.login = async ({ fields = {}, cookie, headers = {}, method = 'GET',
    path = '/lti/login' } = {}) => {
    const all = without({ iss: issuer, client_id: clientId, login_hint: 'hint',
      target_link_uri: `${gateway.url}/lti/launch`, ...fields });
    const send = { ...headers, ...(cookie ? { cookie } : {}) };
    const response = method === 'POST'
      ? await gateway.open(gateway.url + path, { form: all, headers: send })
      : await gateway.open(
        `${gateway.url}${path}?${new URLSearchParams(all)}`,
        { headers: send });
    const location = response.location ? new URL(response.location) : null;
    return { response, location,
      state: location?.searchParams.get('state') ?? null,
      nonce: location?.searchParams.get('nonce') ?? null,
      cookie: response.headers['set-cookie']?.[0].split(';')[0] ?? null };
  };

  lms.claims = (login, changes = {}) => without({
    iss: issuer, aud: clientId, sub: 'person-7', nonce: login.nonce,
    iat: now(), exp: now() + 60, name: 'Tess Teacher',
    given_name: 'Tess', family_name: 'Teacher', email: 'tess@example.edu',
    [`${CLAIM}version`]: '1.3.0',
    [`${CLAIM}message_type`]: 'LtiResourceLinkRequest',
    [`${CLAIM}deployment_id`]: 'deployment-1',
    [`${CLAIM}target_link_uri`]: `${gateway.url}/lti/launch`,
    [`${CLAIM}roles`]: [ROLES.teacher],
    [`${CLAIM}resource_link`]: { id: 'link-1', title: 'A link' },
    [`${CLAIM}context`]: { id: 'course-1', title: 'A course' },
    ...changes });

  lms.deepLinking = (settings = {}) => ({
    [`${CLAIM}message_type`]: 'LtiDeepLinkingRequest',
    [`${CLAIM}resource_link`]: undefined,
    [`${DL}deep_linking_settings`]: without({
      deep_link_return_url: `${issuer}/return?course=1&id=2`,
      accept_types: ['link', 'ltiResourceLink', 'file', 'html', 'image'],
      accept_presentation_document_targets: ['iframe', 'window'],
      accept_multiple: true, data: 'opaque-data', ...settings }),
  });

  lms.sign = (claims, { header = {}, key = privateKey } = {}) =>
    new SignJWT(claims).setProtectedHeader(
      without({ alg: 'RS256', kid: 'key-1', typ: 'JWT', ...header }))
      .sign(key);

  lms.post = (login, token, { cookie = login.cookie, form = {}, headers = {},
    path = '/lti/launch' } = {}) =>
    gateway.open(gateway.url + path, {
      form: without({ id_token: token, state: login.state, ...form }),
      headers: { ...(cookie ? { cookie } : {}), ...headers } });

  lms.launch = async ({ claims, header, key, fields, post, login: given }
  = {}) => {
    const login = given ?? await lms.login({ fields });
    const token = await lms.sign(lms.claims(login, claims), { header, key });
    const response = await lms.post(login, token, post);
    const url = response.location ? new URL(response.location) : null;
    return { login, token, response, url,
      ltik: url?.searchParams.get('ltik') ?? null };
  };

  lms.ask = (ltik, path = '/api/idtoken', { method = 'GET', body, headers = {},
  } = {}) => gateway.api(method, path, body, { key: null,
    headers: { authorization: `LTIK-AUTH-V2 ${apiKey}:${ltik}`, ...headers } });

  return lms;
}
