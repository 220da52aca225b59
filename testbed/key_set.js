// SPDX-License-Identifier: Apache-2.0
// An LMS's key set: which keys are in it, how it is answered, how often it
// was fetched. Each site has one of its own, made when first asked for.

import { createHash } from 'node:crypto';
import { findProfile } from './profiles.js';
import { isTransport } from './send.js';
import { isAlgorithm, makeKey } from './signing_keys.js';

const HUGE_KEYS = 20_000;

const padded = (text) => text
  && text + '='.repeat((4 - text.length % 4) % 4);
const without = (name) => (keys) =>
  keys.map(({ [name]: gone, ...rest }) => rest);

// Each takes the list of keys and gives another.
const shapes = {
  padded: (keys) => keys.map((key) => ({ ...key, n: padded(key.n),
    e: padded(key.e) })),
  'no-alg': without('alg'),
  'no-use': without('use'),
  'no-kid': without('kid'),
  'base64': (keys) => keys.map((key) => ({ ...key,
    n: key.n && Buffer.from(key.n, 'base64url').toString('base64') })),
  'unknown-members': (keys) => keys.map((key) => ({ ...key,
    x5t: 'abc', issued: 1, 'vendor:note': { a: [1] } })),
  'foreign-keys': (keys) => [{ kty: 'XYZ', kid: 'strange' }, 'text', null, 7,
    ...keys],
};

const texts = {
  empty: () => '{"keys":[]}',
  'no-keys': () => '{"message":"hello"}',
  'keys-object': () => '{"keys":{}}',
  array: (text) => `[${text}]`,
  'not-json': (text) => text.slice(0, -1),
  'empty-body': () => '',
  html: () => '<!DOCTYPE html><title>Log in</title>',
  huge: (text) => {
    const filler = '{"kty":"RSA","e":"AQAB","n":"AAAA","kid":"filler"}';
    return text.replace(/\]\}$/, `,${`${filler},`.repeat(HUGE_KEYS)
      .slice(0, -1)}]}`);
  },
};

export const keySetShapes = ['profile', ...Object.keys(shapes)];
export const keySetAnswers = ['normal', ...Object.keys(texts), 'status-500',
  'status-404', 'redirect-same', 'redirect-other'];

async function makeRing(profile) {
  const wish = profile.launch.keySet ?? {};
  const count = wish.count ?? 1;
  const keys = await Promise.all(Array.from({ length: count }, () =>
    makeKey('RS256', wish.kid)));
  return {
    keys, current: keys[Math.floor(count / 2)], kidForm: wish.kid,
    wish: { shape: wish.shape ?? [], answer: 'normal',
      cacheControl: wish.cacheControl ?? null, etag: wish.etag ?? false,
      change: null },
  };
}

// Two askers at once must get the same ring: the promise is kept, not what
// it gives.
export function ringOf(lms, siteKey) {
  const { rings } = lms.book;
  if (!rings.has(siteKey)) {
    rings.set(siteKey, makeRing(findProfile(siteKey.split('@')[0])));
  }
  return rings.get(siteKey);
}

// A key of this kind, published; it does not sign unless asked for.
export async function publishKey(lms, siteKey, kind) {
  const ring = await ringOf(lms, siteKey);
  const found = ring.keys.find((key) =>
    isAlgorithm(kind) && key.alg === kind);
  if (found) return found;
  const key = await makeKey(kind, ring.kidForm);
  ring.keys.push(key);
  return key;
}

export async function rotateKeys(lms, siteKey,
  { kind = 'RS256', forget = false, publish = true } = {}) {
  const ring = await ringOf(lms, siteKey);
  const twin = kind === 'same-kid-twice';
  const key = await makeKey(twin ? 'RS256' : kind, ring.kidForm);
  const old = forget ? [] : ring.keys;
  const other = twin ? [{ ...await makeKey('RS256'), kid: key.kid }] : [];
  for (const one of other) one.jwk = { ...one.jwk, kid: key.kid };
  ring.keys = publish ? [...old, ...other, key] : [...old];
  ring.current = key;
  return { kid: key.kid, jwk: key.jwk };
}

const known = new Set(['shape', 'answer', 'cacheControl', 'etag', 'change']);

export async function changeKeySet(lms, siteKey, changes) {
  const ring = await ringOf(lms, siteKey);
  for (const [name, value] of Object.entries(changes)) {
    if (!known.has(name)) throw new Error(`key sets have no ${name}`);
    ring.wish[name] = name === 'shape' ? [value].flat() : value;
  }
  for (const name of ring.wish.shape) {
    if (!shapes[name]) throw new Error(`no key set is ${name}`);
  }
  const { answer } = ring.wish;
  if (!keySetAnswers.includes(answer) && !isTransport(answer)) {
    throw new Error(`no key set is answered with ${answer}`);
  }
}

export function keySetDocument(ring) {
  const shaped = ring.wish.shape.reduce((keys, name) => shapes[name](keys),
    ring.keys.map((key) => key.jwk));
  const document = { keys: shaped };
  return ring.wish.change?.(document) ?? document;
}

function headersOf(ring, body) {
  const { cacheControl, etag } = ring.wish;
  const tag = `"${createHash('sha256').update(body).digest('hex')
    .slice(0, 16)}"`;
  return {
    'content-type': 'application/json; charset=utf-8',
    ...(cacheControl ? { 'cache-control': cacheControl } : {}),
    ...(etag ? { etag: tag } : {}),
  };
}

function odd(answer, form, elsewhere, request) {
  const status = /^status-(\d+)$/.exec(form)?.[1];
  if (status) {
    return { status: Number(status), headers: { 'content-type': 'text/plain' },
      body: 'out of order' };
  }
  const location = { 'redirect-other': `${elsewhere}/keys`,
    'redirect-same': `${request.path}?moved=1` }[form];
  if (location && request.query.get('moved') !== '1') {
    return { status: 302, headers: { location }, body: '' };
  }
  return isTransport(form) ? { ...answer, transport: form } : answer;
}

export function keySetFetches(lms, siteKey) {
  const { fetches } = lms.book;
  if (!fetches.has(siteKey)) fetches.set(siteKey, []);
  return fetches.get(siteKey);
}

export async function keySetAnswer(lms, siteKey, request, record, elsewhere) {
  const ring = await ringOf(lms, siteKey);
  keySetFetches(lms, siteKey).push(record);
  const plain = JSON.stringify(keySetDocument(ring));
  const { answer: form } = ring.wish;
  const body = texts[form]?.(plain) ?? plain;
  const headers = headersOf(ring, body);
  if (headers.etag && request.headers['if-none-match'] === headers.etag) {
    return { status: 304, headers, body: '' };
  }
  return odd({ status: 200, headers, body }, form, elsewhere, request);
}
