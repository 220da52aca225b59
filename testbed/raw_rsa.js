// SPDX-License-Identifier: Apache-2.0
// RSA by plain arithmetic, for keys that no library would make or use.

import {
  createHash, createPrivateKey, createPublicKey, generateKeyPairSync,
  randomBytes,
} from 'node:crypto';

// The DigestInfo prefix of SHA-256 (RFC 8017, 9.2).
const PREFIX = Buffer.from('3031300d060960864801650304020105000420', 'hex');

export const toNumber = (bytes) => BigInt(`0x${bytes.toString('hex') || '0'}`);

export function toBytes(number, length) {
  const hex = number.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + hex.length % 2, '0'),
    'hex');
  if (!length || bytes.length >= length) return bytes;
  return Buffer.concat([Buffer.alloc(length - bytes.length), bytes]);
}

export const toText = (number, length) =>
  toBytes(number, length).toString('base64url');

// The message as RSASSA-PKCS1-v1_5 pads it.
export function padded(data, length) {
  const digest = createHash('sha256').update(data).digest();
  const tail = Buffer.concat([PREFIX, digest]);
  return Buffer.concat([Buffer.from([0, 1]),
    Buffer.alloc(length - tail.length - 3, 0xff), Buffer.from([0]), tail]);
}

function power(base, exponent, modulus) {
  let result = 1n;
  let square = base % modulus;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = result * square % modulus;
    square = square * square % modulus;
  }
  return result;
}

export function signRaw(data, { n, d }) {
  const length = toBytes(n).length;
  const number = power(toNumber(padded(data, length)), d, n);
  return toBytes(number, length);
}

function inverse(number, modulus) {
  let [a, b, x, y] = [modulus, number % modulus, 0n, 1n];
  while (b > 0n) {
    const times = a / b;
    [a, b, x, y] = [b, a - times * b, y, x - times * y];
  }
  return a === 1n ? (x + modulus) % modulus : null;
}

// The same modulus with a small private exponent, and so with a public one
// as long as the modulus.
export function hugeExponent(jwk) {
  const part = (name) => toNumber(Buffer.from(jwk[name], 'base64url'));
  const phi = (part('p') - 1n) * (part('q') - 1n);
  for (;;) {
    const d = toNumber(randomBytes(16)) | 1n;
    const e = inverse(d, phi);
    if (e) return { n: part('n'), d, e };
  }
}

// Making primes is slow, and each site of a testbed wants a key of its own.
// Every two primes of a growing pool make another modulus, so that a hundred
// sites cost fifteen primes. Such keys are for tests: whoever has two that
// share a prime has both. Of many processes each begins with the primes that
// TESTBED_PRIMES has, where it is set.
const asPrime = (text) => toNumber(Buffer.from(text, 'base64url'));
const pool = (process.env.TESTBED_PRIMES ?? '').split(' ').filter(Boolean)
  .map(asPrime);
let used = [0, 1];

function makePrimes() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { p, q } = privateKey.export({ format: 'jwk' });
  return [p, q];
}

// For TESTBED_PRIMES.
export const somePrimes = (pairs) =>
  Array.from({ length: pairs }, makePrimes).flat().join(' ');

function nextPair() {
  const [one, other] = used;
  used = one + 1 < other ? [one + 1, other] : [0, other + 1];
  return [one, other];
}

const EXPONENT = 65537n;

export function cheapKeyPair() {
  const [one, other] = nextPair();
  while (pool.length <= other) pool.push(...makePrimes().map(asPrime));
  const [p, q] = [pool[one], pool[other]];
  const d = inverse(EXPONENT, (p - 1n) * (q - 1n));
  const jwk = { kty: 'RSA', n: toText(p * q), e: toText(EXPONENT),
    d: toText(d), p: toText(p), q: toText(q), dp: toText(d % (p - 1n)),
    dq: toText(d % (q - 1n)), qi: toText(inverse(q, p)) };
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
  return { privateKey, publicKey: createPublicKey(privateKey) };
}
