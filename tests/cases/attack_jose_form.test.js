// SPDX-License-Identifier: Apache-2.0
// Tokens that are no compact JWS, or could be read in two ways. All of them
// are signed by the right key where anything is signed at all.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CompactEncrypt, FlattenedSign, GeneralSign } from 'jose';
import { enrol } from '../support/enrolled.js';
import { admit as admitAt, b64, forge, joined, lastBits, makeKey,
  refuse as refuseAt, signature } from '../support/forge.js';
import { apiKey, startGateway } from '../support/gateway.js';

const gateway = await startGateway();
after(() => gateway.close());

const MALFORMED = 'INVALID_JWT_RECEIVED';
const key = makeKey('RS256', 'key-1');
const lms = await enrol(gateway,
  { authConfig: { method: 'JWK_KEY', key: JSON.stringify(key.jwk) } });
const good = { alg: 'RS256', kid: 'key-1', typ: 'JWT' };

const sign = (text) => signature('RS256', key.privateKey, text);
const whole = (claims) => forge(good, claims, key);
const admit = (name, make) => admitAt(lms, name, make);
const refuse = (name, make, code = MALFORMED) =>
  refuseAt(lms, name, code, make);
// The text of header or payload as it is, and signed so.
const withHeader = (write) => (claims) =>
  joined(b64(write(JSON.stringify(good))), b64(claims), sign);
const withPayload = (write) => (claims) =>
  joined(b64(good), b64(write(JSON.stringify(claims), claims)), sign);

test('A31 a token that is made by hand here passes', async () => {
  await admit('as it is', whole);
  await admit('blanks in JSON', withHeader((text) => ` ${text}\n`));
  await admit('blanks in JSON', withPayload((text) => `\t${text} `));
  await admit('typ is not looked at', (claims) =>
    forge({ ...good, typ: 'at+jwt' }, claims, key));
});

test('A31 another number of parts than three is refused', async () => {
  const parts = (change) => (claims) => change(whole(claims).split('.'));
  await refuse('nothing but a dot', () => '.');
  await refuse('two dots', () => '..');
  await refuse('a word', () => 'token');
  await refuse('one part', parts(([first]) => first));
  await refuse('two parts', parts(([a, b]) => `${a}.${b}`));
  await refuse('no header', parts(([, b, c]) => `.${b}.${c}`));
  await refuse('header alone', parts(([a]) => `${a}..`),
    'INVALID_SIGNATURE');
  await refuse('four parts', parts((all) => [...all, 'AAAA'].join('.')));
  await refuse('an empty fourth', parts((all) => `${all.join('.')}.`));
  await refuse('an empty one before', parts((all) => `.${all.join('.')}`));
  await refuse('five parts', parts((all) => [...all, '', ''].join('.')));
  await refuse('five, ours last', parts((all) => ['', '', ...all].join('.')));
  await refuse('twice', (claims) => `${whole(claims)}.${whole(claims)}`);
  await refuse('a thousand dots', () => '.'.repeat(1000));
  // A detached payload is no payload.
  await refuse('detached', (claims) => {
    const [a, , c] = whole(claims).split('.');
    return `${a}..${c}`;
  }, 'INVALID_SIGNATURE');
});

test('A31 encrypted and nested tokens are refused', async () => {
  const encrypted = (header, plain) => new CompactEncrypt(Buffer.from(plain))
    .setProtectedHeader(header).encrypt(header.alg === 'dir'
      ? Buffer.alloc(32, 1) : key.publicKey);
  for (const header of [{ alg: 'RSA-OAEP-256', enc: 'A256GCM' },
    { alg: 'dir', enc: 'A256GCM' },
    { alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWT', kid: 'key-1' }]) {
    await refuse(`JWE ${header.alg}`, (claims) =>
      encrypted(header, header.cty ? whole(claims) : JSON.stringify(claims)));
  }
  await refuse('JWE of three parts', (claims) =>
    forge({ alg: 'RS256', enc: 'A256GCM', kid: 'key-1' }, claims, key));
  await refuse('a JWS in a JWS', (claims) =>
    joined(b64({ ...good, cty: 'JWT' }), b64(whole(claims)), sign));
  await refuse('a JWS as JSON text', withPayload((text, claims) =>
    JSON.stringify(whole(claims))));
});

test('A31 JSON serializations are refused', async () => {
  const bytes = (claims) => new TextEncoder().encode(JSON.stringify(claims));
  await refuse('flattened', async (claims) => JSON.stringify(
    await new FlattenedSign(bytes(claims)).setProtectedHeader(good)
      .sign(key.privateKey)));
  await refuse('general', async (claims) => JSON.stringify(
    await new GeneralSign(bytes(claims)).addSignature(key.privateKey)
      .setProtectedHeader(good).done().sign()));
  await refuse('compact in quotes', (claims) => JSON.stringify(whole(claims)));
  await refuse('compact after Bearer', (claims) => `Bearer ${whole(claims)}`);
});

test('A31 what stands around or between the parts is refused', async () => {
  for (const bytes of [' ', '\n', '\r\n', '\t', '\u00a0', '\ufeff', '+', '/',
    '=', '==', '%', '"', ',', ';', '\\', '\u0430', '\u200b']) {
    const name = JSON.stringify(bytes);
    await refuse(`${name} after`, (claims) => whole(claims) + bytes);
    await refuse(`${name} before`, (claims) => bytes + whole(claims));
    await refuse(`${name} before a dot`, (claims) =>
      whole(claims).replace('.', `${bytes}.`));
    await refuse(`${name} in the signature`, (claims) => {
      const text = whole(claims);
      return text.slice(0, -9) + bytes + text.slice(-9);
    });
  }
  // A signature of 342 characters has room for another byte or two.
  for (const tail of ['A', 'AA', 'AAAA']) {
    await refuse(`${tail} after`, (claims) => whole(claims) + tail,
      'INVALID_SIGNATURE');
  }
  for (const tail of ['-', '_', '.', 'AAA']) {
    await refuse(`${tail} after`, (claims) => whole(claims) + tail);
  }
});

test('A31 base64url that is not canonical is refused, signed or not',
  async () => {
    // So long that header and payload have bits to spare.
    const spare = (text) => text + ' '.repeat((4 - text.length % 3) % 3);
    const head = b64(spare(JSON.stringify(good)));
    const body = (claims) => b64(spare(JSON.stringify(claims)));
    await admit('canonical', (claims) => joined(head, body(claims), sign));
    await refuse('header', (claims) =>
      joined(lastBits(head), body(claims), sign));
    await refuse('payload', (claims) =>
      joined(head, lastBits(body(claims)), sign));
    await refuse('signature', (claims) => lastBits(whole(claims)));
    await refuse('padded header', (claims) =>
      joined(`${head}==`, body(claims), sign));
    await refuse('padded payload', (claims) =>
      joined(head, `${body(claims)}==`, sign));
    // The alphabet of plain base64.
    const odd = b64('{"alg":"RS256","kid":"key-1","x":"\u00fb\u00ff???>>>"}');
    assert.match(odd, /[-_]/);
    await admit('- and _', (claims) => joined(odd, b64(claims), sign));
    await refuse('+ and /', (claims) => joined(odd.replaceAll('-', '+')
      .replaceAll('_', '/'), b64(claims), sign));
  });

test('A31 members that stand twice are refused', async () => {
  const first = (more) => (text) => text.replace('{', `{${more},`);
  const last = (more) => (text) => text.replace(/\}$/, `,${more}}`);
  for (const more of ['"alg":"none"', '"alg":"RS256"', '"kid":"key-1"',
    '"kid":"other"', '"a\\u006cg":"none"', '"typ":"JWT"']) {
    await refuse(more, withHeader(first(more)));
    await refuse(more, withHeader(last(more)));
  }
  for (const more of ['"iss":"https://evil.example"', '"aud":"somebody"',
    '"nonce":"x"', '"sub":"root"', '"exp":9999999999', '"s\\u0075b":"root"',
    '"https://purl.imsglobal.org/spec/lti/claim/roles":[]']) {
    await refuse(more, withPayload(first(more)));
    await refuse(more, withPayload(last(more)));
  }
});

test('A31 what is no JSON object is refused', async () => {
  const writings = { nothing: () => '', text: () => '"text"',
    number: () => '7', null: () => 'null', 'an array': (text) => `[${text}]`,
    'two objects': (text) => text + text, 'bytes after': (text) => `${text}x`,
    'a comma': (text) => text.replace(/\}$/, ',}'),
    'NUL after': (text) => `${text}\0`, comment: (text) => `/**/${text}`,
    BOM: (text) => `\ufeff${text}`, cut: (text) => text.slice(0, -1),
    quotes: (text) => text.replaceAll('"', '\''),
    NaN: (text) => text.replace('{', '{"x":NaN,'),
    'NUL in a text': (text) => text.replace('{', '{"x":"\\u0000",'),
    'half a pair': (text) => text.replace('{', '{"x":"\\ud800",'),
    'bad UTF-8': (text) =>
      Buffer.from(text.replace('{', '{"x":"\u00ff",'), 'latin1'),
    UTF16: (text) => Buffer.from(text, 'utf16le') };
  for (const [name, write] of Object.entries(writings)) {
    await refuse(`${name} as header`, withHeader(write));
    await refuse(`${name} as payload`, withPayload(write));
  }
});

test('A31 what is huge or deep is refused, soon', async () => {
  const begun = Date.now();
  const deep = (depth, open, close) => (text) =>
    text.replace('{', `{"x":${open.repeat(depth)}1${close.repeat(depth)},`);
  for (const depth of [40, 5000, 60_000]) {
    await refuse('deep lists', withPayload(deep(depth, '[', ']')));
    await refuse('deep lists', withHeader(deep(depth, '[', ']')));
  }
  await refuse('deep objects', withPayload(deep(5000, '{"a":', '}')));
  await refuse('never closed', withPayload(() => '['.repeat(100_000)));
  const many = (count, one) => (text) => text.replace('{',
    `{"x":[${Array(count).fill(one).join()}],`);
  await refuse('values', withPayload(many(90_000, 1)));
  await refuse('a number', withPayload((text) =>
    text.replace('{', `{"x":1e${'9'.repeat(400)},`)));
  const big = (size) => withPayload((text) =>
    text.replace('{', `{"x":"${'y'.repeat(size)}",`));
  await refuse('beyond the limit', big(250_000));
  await refuse('three quarters of a MB', big(500_000));
  await admit('100 KB', big(100_000));
  await refuse('header', withHeader((text) =>
    text.replace('{', `{"x":"${'y'.repeat(250_000)}",`)));
  assert.ok(Date.now() - begun < 20_000);
  await admit('as it is', whole);
});

test('A28 words of a token that cannot be read stay out of log and events',
  async () => {
    const at = (text) => JSON.stringify(text).slice(1, -1);
    for (const change of [
      (text) => text.replace('Tess Teacher', 'Tess Teacher\x01'),
      (text) => Buffer.from(text.replace('Tess Teacher', 'T\u00ebss Teacher'),
        'latin1'),
      (text) => text.replace('"Tess Teacher",', '"Tess Teacher"'),
      (text) => text.slice(0, text.indexOf('Teacher') + 7),
      (text) => text.replace('"Tess Teacher"', 'Tess Teacher')]) {
      const answer = await refuse('cannot be read', withPayload(change));
      assert.doesNotMatch(answer.text, /Tess|Teacher/);
    }
    const { text } = await gateway.api('GET', '/admin/events?kind=launch');
    for (const [where, words] of Object.entries({ log: gateway.log(),
      events: text })) {
      for (const secret of ['Tess', 'ss Teacher', 'eyJhb', apiKey]) {
        const place = words.indexOf(secret);
        assert.equal(place, -1,
          `${where}: ${at(words.slice(place - 200, place + 60))}`);
      }
    }
  });
