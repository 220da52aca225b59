// SPDX-License-Identifier: Apache-2.0
// Signs an ID token, well or in one of the ways a tool must refuse. A way
// gets {lms, attempt, ring, claims, header} and gives the finished text.

import { randomBytes } from 'node:crypto';
import { keySetDocument, publishKey, ringOf } from './key_set.js';
import { readKeySet } from './key_set_fetch.js';
import { hmac, isAlgorithm, makeKey, pemOf, signAs } from './signing_keys.js';

const encoded = (value) => Buffer.from(typeof value === 'string'
  ? value : JSON.stringify(value)).toString('base64url');

const input = ({ header, claims }) => `${encoded(header)}.${encoded(claims)}`;

function put(text, signature) {
  return `${text}.${signature.toString('base64url')}`;
}

function signedBy(key, job, alg = key.alg) {
  const text = input({ ...job, header: { alg, ...withKid(job, key.kid) } });
  return put(text, key.sign(Buffer.from(text), alg));
}

// The order of members is that of a real token; a switch may change any.
function withKid({ header, kid }, own) {
  const { alg, ...rest } = header;
  const named = { profile: { kid: own }, none: {},
    unknown: { kid: `unknown-${randomBytes(4).toString('hex')}` } };
  return { ...(named[kid] ?? { kid }), ...rest, ...(alg ? { alg } : {}) };
}

const headerOf = (job, alg) =>
  ({ alg, ...withKid(job, job.ring.current.kid) });

const unsecured = (alg) => (job) =>
  `${input({ ...job, header: headerOf(job, alg) })}.`;

function keyed(secretOf, alg = 'HS256') {
  return async (job) => {
    const text = input({ ...job, header: headerOf(job, alg) });
    return put(text, hmac(alg, await secretOf(job), text));
  };
}

async function toolKey({ lms, attempt }) {
  const { answer, problem } = await readKeySet(lms, attempt,
    attempt.tool.jwks_uri);
  if (problem) throw new Error(`the tool's key set ${problem}`);
  return pemOf(JSON.parse(answer.text).keys[0]);
}

const good = (job) => signedBy(job.ring.current, job);

// The signature of the unchanged claims, under others.
function tampered(job) {
  const [head, , tail] = good(job).split('.');
  return [head, encoded({ ...job.claims, sub: 'tampered' }), tail].join('.');
}

function changedSignature(change) {
  return (job) => {
    const [head, body, tail] = good(job).split('.');
    const bytes = Buffer.from(tail, 'base64url');
    return put(`${head}.${body}`, change(bytes));
  };
}

function flip(bytes) {
  bytes[bytes.length - 1] ^= 1;
  return bytes;
}

async function strangersKey(job, members) {
  const key = await makeKey('RS256');
  const header = { ...members(key), ...job.header };
  return signedBy(key, { ...job, header });
}

async function otherLms(job) {
  const other = job.attempt.siteKey.startsWith('sakai')
    ? 'ilias' : 'sakai';
  const ring = await ringOf(job.lms, other);
  return signedBy(ring.current, job);
}

function mismatched(alg) {
  return ({ ring, ...job }) => {
    const { privateKey } = ring.current;
    const text = input({ ...job, header: headerOf({ ...job, ring }, alg) });
    const real = isAlgorithm(alg) && alg.startsWith('ES') ? 'RS256' : alg;
    return put(text, signAs(real, privateKey, Buffer.from(text)));
  };
}

const ways = {
  none: unsecured('none'),
  None: unsecured('None'),
  NONE: unsecured('NONE'),
  nOnE: unsecured('nOnE'),
  'none-signed': (job) => {
    const text = input({ ...job, header: headerOf(job, 'none') });
    return put(text, job.ring.current.sign(Buffer.from(text)));
  },
  'none-two-parts': (job) =>
    input({ ...job, header: headerOf(job, 'none') }),
  'no-alg': (job) => {
    const { alg, ...header } = headerOf(job, 'none');
    const text = input({ ...job, header });
    return put(text, job.ring.current.sign(Buffer.from(text)));
  },
  'HS256-public-key': keyed(({ ring }) => ring.current.pem),
  'HS384-public-key': keyed(({ ring }) => ring.current.pem, 'HS384'),
  'HS512-public-key': keyed(({ ring }) => ring.current.pem, 'HS512'),
  'HS256-modulus': keyed(({ ring }) =>
    Buffer.from(ring.current.jwk.n, 'base64url')),
  'HS256-key-set': keyed(({ ring }) => JSON.stringify(keySetDocument(ring))),
  'HS256-tool-key': keyed(toolKey),
  'HS256-empty': keyed(() => ''),
  'wrong-key': async (job) => {
    const key = await makeKey('RS256');
    return signedBy({ ...key, kid: job.ring.current.kid }, job);
  },
  'unpublished-key': (job) => strangersKey(job, () => ({})),
  'jwk-header': (job) => strangersKey(job, (key) => ({ jwk: key.jwk })),
  'jku-header': (job) => strangersKey(job, () =>
    ({ jku: `${job.attempt.names.elsewhere}/keys` })),
  'x5u-header': (job) => strangersKey(job, () =>
    ({ x5u: `${job.attempt.names.elsewhere}/certificate` })),
  'other-lms': otherLms,
  tampered,
  'empty-signature': changedSignature(() => Buffer.alloc(0)),
  'cut-signature': changedSignature((bytes) => bytes.subarray(0, -16)),
  'flipped-signature': changedSignature(flip),
  'zero-signature': changedSignature((bytes) => bytes.fill(0)),
  'longer-signature': changedSignature((bytes) =>
    Buffer.concat([bytes, Buffer.from([0])])),
  'alg-mismatch': mismatched('RS512'),
  'pss-mismatch': mismatched('PS256'),
  'type-mismatch': mismatched('ES256'),
};

const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512',
  'ES256', 'ES384', 'ES512', 'EdDSA'];

export const signings = ['profile', ...algorithms, ...Object.keys(ways)];

export async function signToken(lms, attempt, claims, header) {
  const { sign, kid } = attempt.switches;
  const ring = await ringOf(lms, attempt.siteKey);
  const job = { lms, attempt, ring, claims, header, kid };
  if (ways[sign]) return ways[sign](job);
  if (!isAlgorithm(sign) || ring.current.alg === sign) return good(job);
  return signedBy(await publishKey(lms, attempt.siteKey, sign), job);
}
