// SPDX-License-Identifier: Apache-2.0
// The keys an LMS signs with: good ones of every algorithm, and the weak and
// odd ones a tool must refuse. A key is {kid, alg, kind, jwk, sign(data,
// alg), pem}; jwk is what the key set shows of it.

import {
  constants, createHmac, createPublicKey, generateKeyPair as generate,
  randomBytes, sign,
} from 'node:crypto';
import { promisify } from 'node:util';
import {
  cheapKeyPair, hugeExponent, padded, signRaw, toNumber, toText,
} from './raw_rsa.js';

const generateKeyPair = promisify(generate);
const EXPONENT_ONE = 'AQ';
const LONG_MODULUS_BYTES = 8192;

const hashes = { 256: 'sha256', 384: 'sha384', 512: 'sha512' };
const curves = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

// One signature by the algorithm's name, whatever the key says of itself.
export function signAs(alg, privateKey, data) {
  if (alg === 'EdDSA') return sign(null, data, privateKey);
  const hash = hashes[alg.slice(2)];
  if (alg.startsWith('PS')) {
    return sign(hash, data, { key: privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
  }
  if (alg.startsWith('ES')) {
    return sign(hash, data, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  }
  return sign(hash, data, privateKey);
}

export function hmac(alg, secret, data) {
  return createHmac(hashes[alg.slice(2)], secret).update(data).digest();
}

function fromPair({ privateKey, publicKey }, alg) {
  return {
    alg, privateKey, publicKey,
    jwk: { ...publicKey.export({ format: 'jwk' }), alg, use: 'sig' },
    pem: publicKey.export({ format: 'pem', type: 'spki' }),
    sign: (data, other = alg) => signAs(other, privateKey, data),
  };
}

const rsa = async (bits, alg = 'RS256') =>
  fromPair(bits === 2048 ? cheapKeyPair()
    : await generateKeyPair('rsa', { modulusLength: bits }), alg);

const changed = (key, jwk) => ({ ...key, jwk: { ...key.jwk, ...jwk } });

async function ec(alg) {
  return fromPair(await generateKeyPair('ec',
    { namedCurve: curves[alg] }), alg);
}

// With the exponent 1 the padded text is its own signature: anyone can sign.
async function exponentOne() {
  const key = await rsa(2048);
  return { ...changed(key, { e: EXPONENT_ONE }),
    sign: (data) => padded(data, 256) };
}

async function exponentHuge() {
  const key = await rsa(2048);
  const raw = hugeExponent(key.privateKey.export({ format: 'jwk' }));
  return { ...changed(key, { e: toText(raw.e) }),
    sign: (data) => signRaw(data, raw) };
}

async function offCurve() {
  const key = await ec('ES256');
  const y = toNumber(Buffer.from(key.jwk.y, 'base64url')) ^ 1n;
  return changed(key, { y: toText(y, 32) });
}

async function longModulus() {
  const key = await rsa(2048);
  const n = randomBytes(LONG_MODULUS_BYTES);
  n[0] |= 0x80;
  n[LONG_MODULUS_BYTES - 1] |= 1;
  return { ...changed(key, { n: n.toString('base64url') }),
    sign: () => randomBytes(LONG_MODULUS_BYTES) };
}

function octet() {
  const secret = randomBytes(32);
  return { alg: 'HS256', pem: '',
    jwk: { kty: 'oct', k: secret.toString('base64url'), alg: 'HS256' },
    sign: (data) => hmac('HS256', secret, data) };
}

const makers = {
  RS256: () => rsa(2048),
  RS384: () => rsa(2048, 'RS384'),
  RS512: () => rsa(2048, 'RS512'),
  PS256: () => rsa(2048, 'PS256'),
  PS384: () => rsa(2048, 'PS384'),
  PS512: () => rsa(2048, 'PS512'),
  ES256: () => ec('ES256'),
  ES384: () => ec('ES384'),
  ES512: () => ec('ES512'),
  EdDSA: async () => fromPair(await generateKeyPair('ed25519'), 'EdDSA'),
  'rsa-512': () => rsa(512),
  'rsa-1024': () => rsa(1024),
  'rsa-2047': () => rsa(2047),
  'rsa-4096': () => rsa(4096),
  'rsa-long': longModulus,
  'exponent-one': exponentOne,
  'exponent-even': async () => changed(await rsa(2048), { e: 'AQAA' }),
  'exponent-huge': exponentHuge,
  'modulus-zero': async () => changed(await rsa(2048), { n: '' }),
  'ec-off-curve': offCurve,
  'private-members': async () => {
    const key = await rsa(2048);
    return changed(key, key.privateKey.export({ format: 'jwk' }));
  },
  'use-enc': async () => changed(await rsa(2048), { use: 'enc' }),
  'ops-encrypt': async () => changed(await rsa(2048),
    { use: undefined, key_ops: ['encrypt'] }),
  oct: octet,
};

export const keyKinds = [...Object.keys(makers), 'same-kid-twice'];
export const isAlgorithm = (name) =>
  /^([RPE]S(256|384|512)|EdDSA)$/.test(name);

const kids = {
  hex: () => randomBytes(10).toString('hex'),
  time: () => new Date(Date.now() - randomBytes(2).readUInt16BE() * 1e5)
    .toISOString(),
  uuid: () => crypto.randomUUID(),
};

export const newKid = (form = 'hex') => kids[form]();

export async function makeKey(kind, form) {
  if (!makers[kind]) throw new Error(`no key is called ${kind}`);
  const key = { kind, kid: newKid(form), ...await makers[kind]() };
  key.jwk = { ...key.jwk, kid: key.kid };
  return key;
}

// What a verifier would read of a published key, as PEM: the secret of the
// classic confusion of algorithms.
export const pemOf = (jwk) => createPublicKey({ key: jwk, format: 'jwk' })
  .export({ format: 'pem', type: 'spki' });
