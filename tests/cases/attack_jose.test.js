// SPDX-License-Identifier: Apache-2.0
// Tokens that are signed wrongly, by a wrong key or in the name of another:
// each is refused, by name, and a good one made in the same way passes.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, test } from 'node:test';
import { enrol } from '../support/enrolled.js';
import { admit as admitAt, b64, forge, joined, makeKey, refuse as refuseAt,
  signature } from '../support/forge.js';
import { startGateway } from '../support/gateway.js';
import { startKeyServer } from '../support/key_server.js';

const gateway = await startGateway();
const server = await startKeyServer();
after(async () => {
  await gateway.close();
  await server.close();
});

const rsa = makeKey('RS256', 'key-1');
const ec = makeKey('ES256', 'key-1');
const stranger = makeKey('RS256', 'key-1');
const oneKey = (key) => enrol(gateway,
  { authConfig: { method: 'JWK_KEY', key: JSON.stringify(key.jwk) } });
const lms = await oneKey(rsa);
const curved = await oneKey(ec);
const good = { alg: 'RS256', kid: 'key-1', typ: 'JWT' };

const admit = (name, make, at = lms) => admitAt(at, name, make);
const refuse = (name, code, make, at = lms) => refuseAt(at, name, code, make);
const signed = (header, key = rsa) => (claims) => forge(header, claims, key);
const everybody = [['rsa', lms, rsa], ['ec', curved, ec]];

test('A29 a token that is made by hand here passes', async () => {
  await admit('RS256', signed(good));
  await admit('ES256', signed({ ...good, alg: 'ES256' }, ec), curved);
});

// --- A29 -------------------------------------------------------------------

test('A29 alg none is refused in every spelling', async () => {
  for (const [, at, key] of everybody) {
    for (const alg of ['none', 'None', 'NONE', 'nOnE', ' none', 'none ', '']) {
      const head = (claims) => `${b64({ ...good, alg })}.${b64(claims)}`;
      await refuse(alg, 'ALGORITHM_NOT_ALLOWED', (claims) =>
        `${head(claims)}.`, at);
      await refuse(`${alg}, signed`, 'ALGORITHM_NOT_ALLOWED', (claims) =>
        `${head(claims)}.${b64(signature(key.alg, key.privateKey,
          head(claims)))}`, at);
    }
  }
});

test('A29 an alg that is none of the six is refused', async () => {
  for (const alg of ['rs256', 'RS256 ', 'RS1', 'RS257', 'EdDSA', 'ES256K',
    'RSA', 'dir', 'A256KW', 'RS256\u0000', null, 256, true, ['RS256'],
    { alg: 'RS256' }, undefined, 'x'.repeat(5000)]) {
    await refuse(JSON.stringify(alg)?.slice(0, 40),
      typeof alg === 'string' && alg.includes('\0') ? 'INVALID_JWT_RECEIVED'
        : 'ALGORITHM_NOT_ALLOWED', (claims) =>
        joined(b64({ ...good, alg }), b64(claims),
          (text) => signature('RS256', rsa.privateKey, text)));
  }
});

test('A29 a signature that is empty, cut, longer or nought is refused',
  async () => {
    for (const [, at, key] of everybody) {
      const size = key === rsa ? 256 : 64;
      const true1 = (text) => signature(key.alg, key.privateKey, text);
      const rows = {
        empty: () => Buffer.alloc(0),
        'one byte': () => Buffer.alloc(1),
        'all nought': () => Buffer.alloc(size),
        'all ones': () => Buffer.alloc(size, 255),
        'r and s are one': () => Buffer.alloc(size).fill(1, size / 2 - 1,
          size / 2).fill(1, size - 1),
        cut: (text) => true1(text).subarray(0, -1),
        longer: (text) => Buffer.concat([true1(text), Buffer.alloc(1)]),
        'nought before': (text) =>
          Buffer.concat([Buffer.alloc(1), true1(text)]),
        'one bit': (text) => {
          const bytes = true1(text);
          bytes[size / 2] ^= 1;
          return bytes;
        },
      };
      for (const [name, sign] of Object.entries(rows)) {
        await refuse(`${key.alg} ${name}`, 'INVALID_SIGNATURE', (claims) =>
          joined(b64({ ...good, alg: key.alg }), b64(claims), sign), at);
      }
    }
    // DER is what OpenSSL writes, not what a JWS has.
    await refuse('ES256 as DER', 'INVALID_SIGNATURE', (claims) =>
      joined(b64({ ...good, alg: 'ES256' }), b64(claims), (text) => {
        const raw = signature('ES256', ec.privateKey, text);
        return Buffer.concat([Buffer.from([48, 68, 2, 32]),
          raw.subarray(0, 32), Buffer.from([2, 32]), raw.subarray(32)]);
      }), curved);
  });

test('A29 HMAC by anything that is public is refused', async () => {
  const { publicKey, jwk } = rsa;
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  const secrets = { pem, 'pem without line end': pem.trim(),
    'pem in one line': pem.replace(/\n/g, ''),
    'pkcs1': publicKey.export({ type: 'pkcs1', format: 'pem' }),
    der: publicKey.export({ type: 'spki', format: 'der' }),
    jwk: JSON.stringify(jwk), 'as entered': lms.platform.authConfig.key,
    n: Buffer.from(jwk.n, 'base64url'), 'n as text': jwk.n,
    empty: '', kid: 'key-1', 'our own key': lms.platform.publicKey };
  for (const [name, secret] of Object.entries(secrets)) {
    for (const alg of ['HS256', 'HS384', 'HS512']) {
      await refuse(`${alg} by ${name}`, 'ALGORITHM_NOT_ALLOWED', (claims) =>
        joined(b64({ ...good, alg }), b64(claims),
          (text) => signature(alg, secret, text)));
    }
  }
});

test('A29 an algorithm that the key is not for is refused', async () => {
  const es = { ...good, alg: 'ES256' };
  await refuse('ES256 with an RSA key', 'KID_NOT_FOUND', signed(es, ec));
  await refuse('RS256 with an EC key', 'KID_NOT_FOUND', signed(good), curved);
  await refuse('RS256 by header, ES256 by hand', 'INVALID_SIGNATURE',
    (claims) => joined(b64(good), b64(claims),
      (text) => signature('ES256', ec.privateKey, text)));
  for (const alg of ['PS256', 'PS384', 'PS512']) {
    await refuse(alg, 'ALGORITHM_NOT_ALLOWED', signed({ ...good, alg }));
    await refuse(`${alg} named RS`, 'INVALID_SIGNATURE', (claims) =>
      joined(b64({ ...good, alg: 'RS256' }), b64(claims),
        (text) => signature(alg, rsa.privateKey, text)));
  }
  // The key says RS256.
  for (const alg of ['RS384', 'RS512']) {
    await refuse(alg, 'KID_NOT_FOUND', signed({ ...good, alg }));
    await refuse(`${alg} named RS256`, 'INVALID_SIGNATURE', (claims) =>
      joined(b64(good), b64(claims),
        (text) => signature(alg, rsa.privateKey, text)));
  }
  const wide = makeKey('ES384', 'key-1');
  await refuse('P-384 named ES256', 'INVALID_SIGNATURE', (claims) =>
    joined(b64(es), b64(claims),
      (text) => signature('ES384', wide.privateKey, text)), curved);
});

test('X11 another key, other claims, another header are refused', async () => {
  await refuse('a stranger', 'INVALID_SIGNATURE', signed(good, stranger));
  const swapped = (which, value) => (claims) => {
    const parts = forge(good, claims, rsa).split('.');
    parts[which] = b64(typeof value === 'function' ? value(claims) : value);
    return parts.join('.');
  };
  await refuse('claims', 'INVALID_SIGNATURE',
    swapped(1, (claims) => ({ ...claims, sub: 'somebody-else' })));
  await refuse('the same claims, another order', 'INVALID_SIGNATURE',
    swapped(1, (claims) =>
      Object.fromEntries(Object.entries(claims).toReversed())));
  await refuse('header', 'INVALID_SIGNATURE', swapped(0, { ...good, x: 1 }));
  await refuse('a hash instead', 'INVALID_SIGNATURE', (claims) => joined(
    b64(good), b64(claims), (text) => createHash('sha256').update(text)
      .digest()));
});

// --- A30 -------------------------------------------------------------------

test('A30 a kid is a name, whatever is written in it', async () => {
  for (const kid of ['../../../etc/passwd', '/dev/null', 'key-1/../key-1',
    'key-1\' OR \'1\'=\'1', 'key-1"; DROP TABLE platforms; --', 'KEY-1',
    'key-1 ', 'key-1\n', 'key-', 'key-11', '*', '%', 'key_1', 'k\u00e9y-1',
    'https://evil.example/keys', '<script>', '$(id)', '|id', 'x'.repeat(512)]) {
    await refuse(kid.slice(0, 40), 'KID_NOT_FOUND', signed({ ...good, kid }));
  }
  for (const kid of ['x'.repeat(513), 'x'.repeat(100_000), 'key-1\0', 7, null,
    true, ['key-1'], { kid: 'key-1' }]) {
    await refuse(JSON.stringify(kid).slice(0, 40), 'INVALID_JWT_RECEIVED',
      signed({ ...good, kid }));
  }
  await admit('key-1', signed(good));
  const { body } = await gateway.api('GET', '/admin/platforms');
  assert.equal(body.platforms.length, 2);
});

test('A30 with several keys the kid must say which, and only one', async () => {
  const [first, second] = [makeKey('RS256', 'a'), makeKey('RS256', 'b')];
  const both = server.set({ keys: [first.jwk, second.jwk] });
  const at = await enrol(gateway, { authConfig: both.auth });
  await admit('a', signed({ ...good, kid: 'a' }, first), at);
  await admit('b', signed({ ...good, kid: 'b' }, second), at);
  for (const kid of [undefined, '', 'c']) {
    for (const key of [first, second]) {
      await refuse(`kid ${kid}`, 'KID_NOT_FOUND',
        signed({ ...good, kid }, key), at);
    }
  }
  await refuse('b for a', 'INVALID_SIGNATURE',
    signed({ ...good, kid: 'a' }, second), at);
  const same = server.set({ keys: [first.jwk, { ...second.jwk, kid: 'a' }] });
  const doubtful = await enrol(gateway, { authConfig: same.auth });
  for (const key of [first, second]) {
    await refuse('one kid twice', 'KID_NOT_FOUND',
      signed({ ...good, kid: 'a' }, key), doubtful);
  }
});

test('A30 X10 a token without a kid means a key without one', async () => {
  const named = await enrol(gateway,
    { authConfig: server.set({ keys: [rsa.jwk] }).auth });
  const bare = await enrol(gateway, { authConfig: server.set(
    { keys: [{ ...rsa.jwk, kid: undefined }, stranger.jwk] }).auth });
  for (const kid of [undefined, '']) {
    for (const at of [lms, named]) {
      await refuse('no kid', 'KID_NOT_FOUND', signed({ ...good, kid }), at);
    }
    await admit('no kid', signed({ ...good, kid }), bare);
    await refuse('no kid', 'INVALID_SIGNATURE',
      signed({ ...good, kid }, stranger), bare);
  }
  await admit('a kid', signed(good, stranger), bare);
});

test('A30 a key of another platform is unknown here', async () => {
  const [own, other] = [makeKey('RS256', 'own'), makeKey('RS256', 'other')];
  const here = await enrol(gateway,
    { authConfig: server.set({ keys: [own.jwk] }).auth });
  const there = await enrol(gateway,
    { authConfig: server.set({ keys: [other.jwk] }).auth });
  const foreign = signed({ ...good, kid: 'other' }, other);
  await admit('there', foreign, there);
  await refuse('here', 'KID_NOT_FOUND', foreign, here);
  await refuse('here, by its kid', 'INVALID_SIGNATURE',
    signed({ ...good, kid: 'own' }, other), here);
});

test('A30 keys that the token brings along are not looked at', async () => {
  const bait = server.set({ keys: [stranger.jwk] });
  const { kid, ...bare } = stranger.jwk;
  const pem = stranger.publicKey.export({ type: 'spki', format: 'der' })
    .toString('base64');
  for (const brought of [{ jku: bait.url }, { x5u: bait.url },
    { x5c: [pem] }, { jwk: bare }, { jwk: stranger.jwk },
    { x5t: 'AAAA', 'x5t#S256': 'AAAA' }]) {
    const name = Object.keys(brought).join();
    await refuse(name, 'INVALID_SIGNATURE',
      signed({ ...good, ...brought }, stranger));
    await admit(name, signed({ ...good, ...brought }));
  }
  await refuse('jku and no kid', 'KID_NOT_FOUND',
    signed({ ...good, jku: bait.url, kid: undefined }, stranger));
  await refuse('kid is a URL', 'KID_NOT_FOUND',
    signed({ ...good, kid: bait.url }, stranger));
  assert.equal(bait.count(), 0);
  assert.deepEqual(server.strays(), []);
  assert.equal(kid, 'key-1');
});

test('A30 a header that changes how the rest is read is refused', async () => {
  for (const odd of [{ crit: ['exp'], exp: 1 }, { crit: [] }, { crit: null },
    { b64: false, crit: ['b64'] }, { b64: false }, { b64: true },
    { enc: 'A256GCM' }, { zip: 'DEF' }]) {
    await refuse(JSON.stringify(odd), 'INVALID_JWT_RECEIVED',
      signed({ ...good, ...odd }));
  }
  await refuse('b64, not encoded', 'INVALID_JWT_RECEIVED', (claims) =>
    joined(b64({ ...good, b64: false, crit: ['b64'] }),
      JSON.stringify(claims).replaceAll('.', ''),
      (text) => signature('RS256', rsa.privateKey, text)));
});
