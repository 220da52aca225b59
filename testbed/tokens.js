// SPDX-License-Identifier: Apache-2.0
// Registration tokens: made in the form each LMS uses, and checked again when
// they come back. Only where the token is differs by switch; its life and the
// number of uses are the profile's.

import { randomBytes, randomUUID } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import { ringOf } from './key_set.js';
import { fill } from './templates.js';

const letters =
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

export function randomLetters(length) {
  return Array.from(randomBytes(length), (byte) =>
    letters[byte % letters.length]).join('');
}

function form(exchange) {
  const place = exchange.switches.token;
  if (place === 'none') return 'none';
  if (place === 'param-ts-uuid') return 'timed-uuid';
  if (place === 'param-jwt') {
    const own = exchange.profileData.token.form;
    return own === 'hs256' ? 'hs256' : 'rs256';
  }
  return 'uuid';
}

const makers = {
  none: () => null,
  uuid: () => randomUUID(),
  'timed-uuid': (lms, exchange, times) => `${times.exp}:${randomUUID()}`,
  rs256: (lms, exchange, times) => signed(lms, exchange, times, 'RS256'),
  hs256: (lms, exchange, times) => signed(lms, exchange, times, 'HS256'),
};

async function ownKey(lms, { siteKey }) {
  const { kid, privateKey: key, publicKey } =
    (await ringOf(lms, siteKey)).current;
  return { kid, key, publicKey };
}

// RS256 with the LMS's own key, HS256 with a secret of it.
async function signed(lms, exchange, { iat, exp }, alg) {
  const { claims, updateClaims } = exchange.profileData.token;
  const update = exchange.update;
  const names = {
    subject: exchange.subject,
    issuer: exchange.issuer,
    uuid: randomUUID(),
    startedAt: new Date(iat * 1000).toISOString(),
    registrationUrl: exchange.toolUrl,
    host: exchange.hosts.school ?? exchange.hosts.config,
    type: update?.deployment_id ?? '',
    client: update?.client_id ?? '',
  };
  const body = fill({ ...claims, ...(update ? updateClaims : {}) }, names);
  const { kid, key, publicKey } = alg === 'RS256'
    ? await ownKey(lms, exchange) : { key: lms.secret };
  exchange.tokenKeys = { rs256: publicKey, hs256: lms.secret };
  return new SignJWT({ ...body, iat, exp })
    .setProtectedHeader({ typ: 'JWT', alg, ...(kid ? { kid } : {}) })
    .sign(key);
}

export async function mintToken(lms, exchange) {
  const life = exchange.profileData.token.life;
  let iat = Math.floor(lms.clock() / 1000);
  if (exchange.switches.tokenFault === 'expired') iat -= life + 60;
  const times = { iat, exp: iat + life };
  const text = await makers[form(exchange)](lms, exchange, times);
  return {
    text,
    form: form(exchange),
    expiresAt: life === 0 ? Infinity : times.exp,
    uses: exchange.switches.tokenFault === 'used' ? 1 : 0,
  };
}

async function signatureHolds(lms, { token, tokenKeys: key = {} }) {
  if (!key[token.form]) return true;
  const currentDate = new Date(lms.clock());
  try {
    await jwtVerify(token.text, key[token.form], { currentDate });
    return true;
  } catch (problem) {
    return problem.code === 'ERR_JWT_EXPIRED';
  }
}

// Gives null when the token holds, else the kind of refusal.
export async function tokenProblem(lms, exchange, given) {
  const token = exchange.token;
  if (token.form === 'none') return null;
  if (!given) return 'token-missing';
  if (given !== token.text || exchange.switches.tokenFault === 'foreign') {
    return 'token-invalid';
  }
  if (!(await signatureHolds(lms, exchange))) return 'token-invalid';
  if (lms.clock() / 1000 > token.expiresAt) return 'token-expired';
  if (token.uses > 0 && !exchange.update) return 'token-used';
  return null;
}

// What was given, wherever this LMS puts it.
export function givenToken(exchange, request) {
  const place = exchange.switches.token;
  if (place === 'config-query' || place === 'endpoint-query') {
    return request.query.get('registrationToken');
  }
  const bearer = /^Bearer (.+)$/.exec(request.headers.authorization ?? '');
  return bearer ? bearer[1].trim() : null;
}
