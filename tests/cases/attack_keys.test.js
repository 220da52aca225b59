// SPDX-License-Identifier: Apache-2.0
// Key sets that are weak, odd or broken, and servers of them that are slow or
// do not answer.

import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import net from 'node:net';
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

const UNUSABLE = 'KEY_SET_INVALID';
const UNREACHABLE = 'KEY_SET_UNREACHABLE';
const good = makeKey('RS256', 'good');
const withSet = async (said) => {
  const set = server.set(said);
  return { set, lms: await enrol(gateway, { authConfig: set.auth }) };
};
const by = (key, alg = key.alg) => (claims) =>
  forge({ alg, kid: key.kid, typ: 'JWT' }, claims, key);
const refuse = (lms, name, code, make) => refuseAt(lms, name, code, make,
  { status: [UNUSABLE, UNREACHABLE].includes(code) ? 502 : 400 });
const signedAs = (kid, sign, alg = 'RS256') => (claims) =>
  joined(b64({ alg, kid }), b64(claims), sign);

// What RSA signs. With an exponent of 1 it is its own signature.
function padded(text, size = 256) {
  const hash = crypto.createHash('sha256').update(text).digest();
  const info = Buffer.from('3031300d060960864801650304020105000420', 'hex');
  const tail = Buffer.concat([Buffer.from([0]), info, hash]);
  return Buffer.concat([Buffer.from([0, 1]),
    Buffer.alloc(size - 2 - tail.length, 255), tail]);
}

// --- A32 -------------------------------------------------------------------

const point = crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
const { x, y } = point.publicKey.export({ format: 'jwk' });
const offCurve = Buffer.from(y, 'base64url');
offCurve[31] ^= 1;
const rsaNumber = (bytes) => Buffer.from(bytes).toString('base64url');
const sized = (bits, alg = 'RS256') => makeKey(alg, 'weak', { bits });
const changed = (change, key = makeKey('RS256', 'weak')) =>
  ({ ...key, jwk: { ...key.jwk, ...change } });
const own = makeKey('RS256', 'weak');
const ownEc = makeKey('ES256', 'weak');

const weak = {
  'RSA of 512 bits': sized(512),
  'RSA of 1024 bits': sized(1024),
  'RSA of 2047 bits': sized(2047),
  'an exponent of 1': { ...changed({ e: 'AQ' }), sign: padded },
  'an exponent of 1, written longer': { ...changed({ e: 'AAAB' }),
    sign: padded },
  'an even exponent': changed({ e: 'AQAA' }),
  'an exponent of nought': { ...changed({ e: 'AA' }),
    sign: () => Buffer.alloc(256) },
  'no exponent': changed({ e: undefined }),
  'an exponent of 65 bits': changed({ e: rsaNumber([1, 0, 0, 0, 0, 0, 0, 0,
    1]) }),
  'an exponent as long as the modulus': changed({ e: own.jwk.n }, own),
  'a modulus of 64 kbit': changed({ n: rsaNumber(Buffer.alloc(8192, 255)) }),
  'a modulus of 16 kbit': changed({ n: rsaNumber(Buffer.alloc(2048, 255)) }),
  'a modulus of 10 kbit': changed({ n: rsaNumber(Buffer.alloc(1280, 255)) }),
  'a modulus of nought': { ...changed({ n: rsaNumber(Buffer.alloc(256)) }),
    sign: () => Buffer.alloc(256) },
  'an even modulus': changed({ n: rsaNumber(Buffer.alloc(256, 254)) }),
  'no modulus': changed({ n: undefined }),
  'a point off the curve': { ...ownEc, jwk: { kty: 'EC', crv: 'P-256', x,
    y: rsaNumber(offCurve), kid: 'weak' } },
  'the point 0, 0': { ...ownEc, jwk: { kty: 'EC', crv: 'P-256', x: 'AA',
    y: 'AA', kid: 'weak' } },
  'no y': changed({ y: undefined }, ownEc),
  'the curve of another': changed({ crv: 'P-384', alg: undefined }, ownEc),
  'a curve nobody takes': changed({ crv: 'secp256k1' }, ownEc),
  'private members': { ...own, jwk: { ...own.privateKey.export(
    { format: 'jwk' }), kid: 'weak', alg: 'RS256' } },
  'a private member': changed({ d: 'AAAA' }, own),
  'a private EC key': { ...ownEc, jwk: { ...ownEc.privateKey.export(
    { format: 'jwk' }), kid: 'weak' } },
  'use enc': changed({ use: 'enc' }, own),
  'use of a wrong type': changed({ use: ['sig'] }, own),
  'key_ops encrypt': changed({ use: undefined, key_ops: ['encrypt'] }, own),
  'an alg for encryption': changed({ alg: 'RSA-OAEP' }, own),
  'alg PS256': changed({ alg: 'PS256' }, own),
  'alg none': changed({ alg: 'none' }, own),
  'alg of a wrong type': changed({ alg: 256 }, own),
  'a kid of a wrong type': changed({ kid: 7 }, own),
  'kty of another': changed({ kty: 'EC' }, own),
  'no kty': changed({ kty: undefined }, own),
  'kty in small letters': changed({ kty: 'rsa' }, own),
  OKP: { ...own, jwk: { kty: 'OKP', crv: 'Ed25519', x, kid: 'weak' } },
  'no object': { ...own, jwk: 'weak' },
  null: { ...own, jwk: null },
};

test('A32 a weak or odd key is as if it were not there', async () => {
  for (const [name, key] of Object.entries(weak)) {
    const token = key.sign ? signedAs('weak', key.sign)
      : key.privateKey.asymmetricKeyDetails.modulusLength < 528
        ? signedAs('weak', () => Buffer.alloc(64)) : by({ ...key,
          kid: 'weak' });
    const alone = await withSet({ keys: [key.jwk] });
    const begun = Date.now();
    await refuse(alone.lms, `${name}, alone`, UNUSABLE, token);
    const { lms } = await withSet({ keys: [key.jwk, good.jwk] });
    await refuse(lms, `${name}, beside`, 'KID_NOT_FOUND', token);
    await admitAt(lms, `${name}, the good one`, by(good));
    assert.ok(Date.now() - begun < 10_000, name);
  }
});

test('A32 a symmetric key in a set signs nothing', async () => {
  const secret = crypto.randomBytes(32);
  const jwk = { kty: 'oct', k: secret.toString('base64url'), kid: 'weak',
    alg: 'HS256', use: 'sig' };
  const { lms } = await withSet({ keys: [jwk, good.jwk] });
  await refuse(lms, 'HS256', 'ALGORITHM_NOT_ALLOWED', signedAs('weak',
    (text) => signature('HS256', secret, text), 'HS256'));
  await admitAt(lms, 'the good one', by(good));
});

test('X12 keys as old LMSs write them, and every algorithm, are taken',
  async () => {
    const plain = (text) => Buffer.from(text, 'base64url').toString('base64');
    const { jwk } = good;
    const writings = {
      'base64 with padding': { ...jwk, n: plain(jwk.n), e: plain(jwk.e) },
      'base64url with padding': { ...jwk, n: `${jwk.n}==` },
      'a nought before': { ...jwk, n: rsaNumber(Buffer.concat(
        [Buffer.alloc(1), Buffer.from(jwk.n, 'base64url')])) },
      'no alg': { ...jwk, alg: undefined },
      'no use': { ...jwk, use: undefined },
      neither: { ...jwk, use: undefined, alg: undefined },
      key_ops: { ...jwk, use: undefined, key_ops: ['verify'] },
      'members of others': { ...jwk, x5c: ['AAAA'], x5t: 'x', nbf: 1, ext: {} },
    };
    for (const [name, written] of Object.entries(writings)) {
      const { lms } = await withSet({ keys: [written] });
      await admitAt(lms, name, by(good));
    }
    for (const alg of ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512']) {
      const key = makeKey(alg);
      const { lms } = await withSet({ keys: [good.jwk, key.jwk] });
      await admitAt(lms, alg, by(key));
      const bare = { ...key.jwk, alg: undefined, use: undefined };
      const single = await enrol(gateway, { authConfig:
        { method: 'JWK_KEY', key: JSON.stringify(bare) } });
      await admitAt(single, `${alg} as JWK_KEY`, by(key));
    }
    const long = makeKey('RS512', 'long', { bits: 4096, exponent: 3 });
    const { lms } = await withSet({ keys: [long.jwk] });
    await admitAt(lms, '4096 bits, exponent 3', by(long));
  });

test('OI8 platforms with a key instead of a set: JWK_KEY and RSA_KEY',
  async () => {
    const other = makeKey('RS256', 'other');
    const pem = ({ publicKey }) =>
      publicKey.export({ type: 'spki', format: 'pem' });
    const lms = await enrol(gateway,
      { authConfig: { method: 'RSA_KEY', key: pem(good) } });
    for (const kid of ['any', undefined]) {
      await admitAt(lms, `kid ${kid}`, by({ ...good, kid }));
      await refuse(lms, 'another', 'INVALID_SIGNATURE', by({ ...other, kid }));
    }
    for (const alg of ['RS384', 'RS512']) {
      await admitAt(lms, alg, by(good, alg));
    }
    const change = async (authConfig) => {
      const { status, text } = await gateway.api('PATCH',
        `/admin/platforms/${lms.platform.id}`, { authConfig });
      assert.equal(status, 200, text);
    };
    await change({ method: 'JWK_KEY', key: JSON.stringify(other.jwk) });
    await admitAt(lms, 'its new key', by(other));
    await refuse(lms, 'its old key', 'KID_NOT_FOUND', by(good));
    await refuse(lms, 'in its name', 'INVALID_SIGNATURE',
      by({ ...good, kid: 'other' }));
    await change(server.set({ keys: [good.jwk] }).auth);
    await admitAt(lms, 'from a set', by(good));
    await refuse(lms, 'not in the set', 'KID_NOT_FOUND', by(other));
  });

// --- X10 -------------------------------------------------------------------

test('X10 a set that is none is told apart from one that cannot be had',
  async () => {
    const aim = server.set({ keys: [good.jwk] });
    const rows = [
      [UNUSABLE, { keys: [] }], [UNUSABLE, { text: '{}' }],
      [UNUSABLE, { text: '' }], [UNUSABLE, { text: 'null' }],
      [UNUSABLE, { text: JSON.stringify([good.jwk]) }],
      [UNUSABLE, { text: JSON.stringify(good.jwk) }],
      [UNUSABLE, { text: JSON.stringify({ keys: good.jwk }) }],
      [UNUSABLE, { text: JSON.stringify({ keys: 'x' }) }],
      [UNUSABLE, { text: '<html>Sign in</html>' }],
      [UNUSABLE, { text: JSON.stringify({ keys: [good.jwk] }).slice(0, -1) }],
      [UNUSABLE, { text: `${JSON.stringify({ keys: [good.jwk] })}x` }],
      [UNUSABLE, { text: `{"keys":[],${
        JSON.stringify({ keys: [good.jwk] }).slice(1)}` }],
      [UNUSABLE, { text: '['.repeat(100_000) }],
      ...[201, 204, 301, 302, 303, 307, 308, 400, 401, 404, 429, 500, 503].map(
        (status) => [UNREACHABLE, { keys: [good.jwk], status,
          headers: { location: aim.url } }]),
      [UNREACHABLE, { text: JSON.stringify({ keys: [good.jwk],
        more: 'x'.repeat(300_000) }) }],
    ];
    for (const [code, said] of rows) {
      const { lms, set } = await withSet(said);
      const name = `${said.status ?? 200} ${said.text?.slice(0, 60)}`;
      await refuse(lms, name, code, by(good));
      assert.equal(set.count(), 1, name);
      // What failed is not asked for again at once.
      await refuse(lms, name, code, by(good));
      assert.equal(set.count(), 1, name);
    }
    assert.equal(aim.count(), 0, 'a redirect was followed');
  });

test('X10 nobody at that address is told, with a reference', async () => {
  const closed = await new Promise((done) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
  for (const url of [`http://127.0.0.1:${closed}/keys`,
    'http://nobody.invalid/keys', 'http://10.0.0.1/keys',
    'http://169.254.169.254/keys']) {
    const lms = await enrol(gateway,
      { authConfig: { method: 'JWK_SET', key: url } });
    const answer = await refuse(lms, url, UNREACHABLE, by(good));
    assert.ok(answer.json().details.reference);
  }
});

test('X10 a set that hangs ends on a page, and holds up nobody else',
  { timeout: 60_000 }, async () => {
    const stuck = await withSet({ hang: true });
    const begun = Date.now();
    const login = await stuck.lms.login();
    const waiting = stuck.lms.post(login,
      by(good)(stuck.lms.claims(login)));
    const free = await withSet({ keys: [good.jwk] });
    while (Date.now() - begun < 5000) {
      const since = Date.now();
      await admitAt(free.lms, 'meanwhile', by(good));
      assert.ok(Date.now() - since < 5000);
    }
    const page = await waiting;
    assert.ok(Date.now() - begun < 25_000);
    assert.equal(page.status, 502);
    assert.match(page.text, /The LMS could not be asked/);
    assert.match(page.text, /Reference <code>/);
    assert.equal(stuck.set.count(), 1);
  });
