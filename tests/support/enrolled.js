// SPDX-License-Identifier: Apache-2.0
// An LMS that is entered by hand and of which there is nothing but a key: the
// quickest way to a launch with exactly this or that in it.
//
//   const lms = await enrol(gateway, { issuer, clientId, ...members });
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
//   await lms.outcome({ claims, header, fields, ... })
//     'in', or the code of the fault, such as INVALID_SIGNATURE
//   await lms.ask(ltik, '/api/idtoken', { method, body, headers })
//
// enrol(gateway, { alg: 'ES256' }) signs with a key for that; enrol(gateway,
// { platform }) takes over one that registered itself: it gets our key.
//   compact(header, payload, sign)     a token byte by byte: objects or texts,
//                                      sign(bytes) gives the signature
//   rs256(key)                         such a sign

import assert from 'node:assert/strict';
import { KeyObject, sign as signBytes } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { cheapKeyPair } from '../../testbed/raw_rsa.js';
import { apiKey } from './gateway.js';

export const CLAIM = 'https://purl.imsglobal.org/spec/lti/claim/';
export const DL = 'https://purl.imsglobal.org/spec/lti-dl/claim/';
export const ROLES = {
  teacher:
    'http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor',
  student: 'http://purl.imsglobal.org/vocab/lis/v2/membership#Learner',
};

export const now = () => Math.floor(Date.now() / 1000);

const pairs = new Map();
async function sharedPair(alg) {
  if (!pairs.has(alg)) {
    pairs.set(alg, alg === 'RS256' ? cheapKeyPair()
      : await generateKeyPair(alg, { extractable: true }));
  }
  return pairs.get(alg);
}

const isReady = (part) => typeof part === 'string' || Buffer.isBuffer(part);
const encoded = (part) => Buffer.from(
  isReady(part) ? part : JSON.stringify(part)).toString('base64url');

export function compact(header, payload, sign = () => '') {
  const head = `${encoded(header)}.${encoded(payload)}`;
  return `${head}.${encoded(sign(Buffer.from(head)))}`;
}

export const rs256 = (key) => (bytes) => signBytes('sha256', bytes,
  key instanceof KeyObject ? key : KeyObject.from(key));

function without(object) {
  return Object.fromEntries(Object.entries(object)
    .filter(([, value]) => value !== undefined));
}

let count = 0;

function enter(gateway, platform, members) {
  if (platform) {
    return gateway.api('PATCH', `/admin/platforms/${platform.id}`, members);
  }
  const { url } = members;
  return gateway.api('POST', '/admin/platforms', { name: `LMS ${count}`,
    authenticationEndpoint: `${url}/auth`, accesstokenEndpoint: `${url}/token`,
    ...members });
}

export async function enrol(gateway,
  { alg = 'RS256', platform, ...more } = {}) {
  count += 1;
  const { publicKey, privateKey } = await sharedPair(alg);
  const jwk = { ...await exportJWK(publicKey), kid: 'key-1', alg, use: 'sig' };
  const { issuer = platform?.url ?? `https://lms-${count}.example`,
    clientId = platform?.clientId ?? `client-${count}`, ...members } = more;
  const answer = await enter(gateway, platform, { url: issuer, clientId,
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
      without({ alg, kid: 'key-1', typ: 'JWT', ...header }))
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

  lms.outcome = async (options = {}) => {
    const { response } = await lms.launch({ ...options, post: {
      ...options.post, headers: { accept: 'application/json' } } });
    return response.location ? 'in' : response.json().details.message;
  };

  lms.ask = (ltik, path = '/api/idtoken', { method = 'GET', body, headers = {},
  } = {}) => gateway.api(method, path, body, { key: null,
    headers: { authorization: `LTIK-AUTH-V2 ${apiKey}:${ltik}`, ...headers } });

  return lms;
}
