// SPDX-License-Identifier: Apache-2.0
// Keys and tokens that no library would make.
//
//   const key = makeKey('RS256', 'kid-1');     {jwk, kid, alg, privateKey,
//     publicKey}; also {bits: 1024}, {exponent: 3}
//   forge(header, claims, key)      signed by header.alg, or key.alg where
//     that has none; both may be objects, texts or bytes
//   joined(first, second, sign)     parts as they are, and sign(text)
//   b64(value), signature(alg, key, text)
//   lastBits(part)                  the same bytes, not canonically written
//   await postToken(lms, make, { claims, login })   make(claims) is the token
//   await admit(lms, name, make, more)              it must be let in
//   await refuse(lms, name, code, make, more)       it must not; for that
//     reason, with status 400 or more.status

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { cheapKeyPair } from '../../testbed/raw_rsa.js';
import { asJson } from './raw.js';

const curves = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };
const hashOf = (alg) => `sha${alg.slice(-3)}`;

export const b64 = (value) => Buffer.from(
  typeof value === 'string' || Buffer.isBuffer(value)
    ? value : JSON.stringify(value)).toString('base64url');

function makePair(alg, bits, exponent) {
  if (alg.startsWith('ES')) {
    return crypto.generateKeyPairSync('ec', { namedCurve: curves[alg] });
  }
  return bits === 2048 && exponent === 65537 ? cheapKeyPair()
    : crypto.generateKeyPairSync('rsa', { modulusLength: bits,
      publicExponent: exponent });
}

let count = 0;

export function makeKey(alg = 'RS256', kid = `kid-${count += 1}`,
  { bits = 2048, exponent = 65537 } = {}) {
  const { publicKey, privateKey } = makePair(alg, bits, exponent);
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' };
  return { alg, kid, jwk, publicKey, privateKey };
}

export function signature(alg, key, text) {
  const bytes = Buffer.from(text);
  if (alg.startsWith('HS')) {
    return crypto.createHmac(hashOf(alg), key).update(bytes).digest();
  }
  const how = alg.startsWith('ES') ? { key, dsaEncoding: 'ieee-p1363' }
    : alg.startsWith('PS') ? { key, padding: crypto.constants
      .RSA_PKCS1_PSS_PADDING, saltLength: crypto.constants
      .RSA_PSS_SALTLEN_DIGEST } : { key };
  return crypto.sign(hashOf(alg), bytes, how);
}

export function joined(first, second, sign) {
  const text = `${first}.${second}`;
  return `${text}.${sign(text).toString('base64url')}`;
}

export function forge(header, claims, { alg, privateKey }) {
  return joined(b64(header), b64(claims),
    (text) => signature(header.alg ?? alg, privateKey, text));
}

const alphabet =
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

export function lastBits(part) {
  if (part.length % 4 === 0) throw new Error('there are no bits to spare');
  const last = alphabet.indexOf(part.at(-1));
  const changed = part.slice(0, -1) + alphabet[last + 1];
  if (!Buffer.from(changed, 'base64url')
    .equals(Buffer.from(part, 'base64url'))) throw new Error('other bytes');
  return changed;
}

// --- what a gateway makes of them ------------------------------------------

export async function postToken(lms, make, { claims, login: given } = {}) {
  const login = given ?? await lms.login();
  const token = await make(lms.claims(login, claims));
  return lms.post(login, token, { headers: asJson });
}

export async function admit(lms, name, make, more) {
  const answer = await postToken(lms, make, more);
  assert.equal(answer.status, 303, `${name}: ${answer.text}`);
  return answer;
}

export async function refuse(lms, name, code, make, { status = 400, ...more }
= {}) {
  const answer = await postToken(lms, make, more);
  assert.equal(answer.status, status, `${name}: ${answer.text}`);
  assert.equal(answer.json().details.message, code, name);
  assert.equal(answer.location, null, name);
  return answer;
}
