// SPDX-License-Identifier: Apache-2.0
// Hostile documents: JSON bombs, wrong types, control characters, and URLs
// that two readers would read in two ways.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGateway } from '../support/gateway.js';
import { PLATFORM, registrationsOf, startLms } from '../support/lms.js';
import { asJson, faultOf, forgedLines, plainDocument, sendJson, startScripted }
  from '../support/raw.js';

const lms = await startLms();
const scripted = await startScripted();
const gateway = await startGateway();
after(async () => {
  await Promise.all([lms.close(), scripted.close()]);
  await gateway.close();
});

let names = 0;
// Every name is an LMS of its own, so that cases do not meet.
const fresh = () => `n${names += 1}`;

async function readAs(body, { name = fresh(), ...options } = {}) {
  scripted.script.configuration = (response, origin) =>
    sendJson(response, typeof body === 'function' ? body(origin) : body);
  const before = scripted.posts().length;
  const page = await scripted.enter(gateway, name,
    { headers: asJson, ...options });
  return { page, origin: scripted.origin(name),
    sent: scripted.posts().length - before };
}

async function answeredAs(change, status = 200) {
  scripted.script.configuration = (response, origin) =>
    sendJson(response, plainDocument(origin));
  scripted.script.registration = (response, asked) =>
    sendJson(response, change(asked), status);
  const name = fresh();
  const page = await scripted.enter(gateway, name, { headers: asJson });
  const { body } = await gateway.api('GET', '/api/registrations');
  const origin = scripted.origin(name);
  return { page, origin, row: body.registrations.find(({ url }) =>
    url === origin), platform: (await platforms()).find(({ url }) =>
    url === origin) };
}

const platforms = async () =>
  (await gateway.api('GET', '/admin/platforms')).body.platforms;

// --- A8 --------------------------------------------------------------------

const extended = (json, more) => json.replace(/\}$/, `,${more}}`);
const bombs = {
  'nested 33 deep': (json) =>
    extended(json, `"x":${'['.repeat(32)}${']'.repeat(32)}`),
  'nested 100,000 deep': (json) =>
    extended(json, `"x":${'['.repeat(100_000)}${']'.repeat(100_000)}`),
  'nested in objects': (json) =>
    extended(json, `"x":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`),
  'not closed at all': (json) => extended(json, `"x":${'['.repeat(500_000)}`),
  'half a million values': (json) =>
    extended(json, `"x":[${'0,'.repeat(500_000)}0]`),
  'sixty thousand members': (json) => extended(json,
    Array.from({ length: 60_000 }, (_, i) => `"k${i}":1`).join(',')),
  'a number beyond all': (json) => extended(json, '"x":1e99999'),
  'an integer beyond all': (json) =>
    extended(json, `"x":${'9'.repeat(200_000)}`),
  'a lone surrogate': (json) => extended(json, '"x":"\\ud800"'),
  'a NUL in a string': (json) => extended(json, '"x":"a\\u0000b"'),
  'a NUL in a name': (json) => extended(json, '"a\\u0000b":1'),
  'a member twice': (json) =>
    extended(json, '"issuer":"https://second.example","client_id":"x"'),
  'a member twice, once escaped': (json) => extended(json,
    '"\\u0069ssuer":"https://second.example","\\u0063lient_id":"x"'),
  'a rest behind its end': (json) => `${json}{"issuer":"https://x.example"}`,
  'a byte order mark': (json) => `\ufeff${json}`,
  'invalid UTF-8': (json) => Buffer.concat([
    Buffer.from(extended(json, '"x":"')).subarray(0, -1),
    Buffer.from([0xc3, 0x28, 0xff]), Buffer.from('"}')]),
  'overlong UTF-8': (json) => Buffer.concat([
    Buffer.from(json.slice(0, -1)), Buffer.from(',"x":"'),
    Buffer.from([0xc0, 0xaf]), Buffer.from('"}')]),
  'UTF-16': (json) => Buffer.from(json, 'utf16le'),
  'a comment': (json) => `/* x */${json}`,
  'a comma too many': (json) => json.replace(/\}$/, ',}'),
  'single quotes': (json) => json.replaceAll('"', '\''),
  'NaN': (json) => extended(json, '"x":NaN'),
  nothing: () => '',
  'blanks alone': () => ' '.repeat(1000),
};

for (const [what, spoil] of Object.entries(bombs)) {
  test(`A8 a configuration with ${what} is refused`, async () => {
    const { page, sent } = await readAs((origin) =>
      spoil(JSON.stringify(plainDocument(origin))));
    assert.equal(page.status, 502);
    assert.equal(faultOf(page), 'OPENID_CONFIGURATION_MALFORMED');
    assert.equal(sent, 0);
  });

  test(`A8 an answer with ${what} leaves a trace and no platform`, async () => {
    const { page, row, platform } = await answeredAs((asked) =>
      spoil(JSON.stringify({ ...asked, client_id: 'bomb' })));
    assert.equal(page.status, 502);
    assert.equal(faultOf(page), 'REGISTRATION_ANSWER_INVALID');
    assert.equal(row.state, 'sent');
    assert.equal(row.fault, 'REGISTRATION_ANSWER_INVALID');
    assert.equal(platform, undefined);
  });
}

test('A8 what is within the bounds is read', async () => {
  scripted.script.registration = (response, asked) =>
    sendJson(response, { ...asked, client_id: fresh() });
  const { page } = await readAs((origin) => extended(
    JSON.stringify(plainDocument(origin)), `"x":[${'0,'.repeat(10_000)}`
      + `${'['.repeat(30)}${']'.repeat(30)}],"y":"\\ud83d\\ude00"`));
  assert.equal(page.status, 200, page.text);
});

test('A8 the API refuses bombs too', async () => {
  for (const body of [`${'['.repeat(100_000)}`, `{"name":${'{"a":'.repeat(40)}`
    + `1${'}'.repeat(41)}`, '{"name":"a","name":"b"}', '{"name":"\\u0000"}']) {
    const { status } = await gateway.api('PUT', '/admin/settings', body);
    assert.equal(status, 400);
  }
});

// --- A9 --------------------------------------------------------------------

const oddities = [7, 1.5, true, null, {}, [], ['https://lms.example'],
  { url: 'x' }, ''];
for (const member of ['issuer', 'authorization_endpoint', 'token_endpoint',
  'jwks_uri', 'registration_endpoint']) {
  test(`A9 ${member} of a wrong type is named`, async () => {
    for (const value of oddities) {
      const { page, sent } = await readAs((origin) =>
        ({ ...plainDocument(origin), [member]: value }));
      assert.equal(page.status, 502, page.text);
      assert.equal(faultOf(page), 'OPENID_CONFIGURATION_INCOMPLETE');
      assert.ok(page.json().details.description.includes(`"${member}"`));
      assert.equal(sent, 0);
    }
  });
}

test('A9 wrong types of what is optional do no harm', async () => {
  scripted.script.registration = (response, asked) =>
    sendJson(response, { ...asked, client_id: fresh() });
  for (const value of oddities) {
    for (const change of [{ [PLATFORM]: value }, { scopes_supported: value },
      { claims_supported: value }, { authorization_server: value },
      ...['messages_supported', 'product_family_code', 'version', 'variables']
        .map((member) => ({ [PLATFORM]: { product_family_code: 'x',
          version: '1', messages_supported: [], [member]: value } })),
      { [PLATFORM]: { messages_supported: [value, { type: value },
        { type: 'LtiResourceLinkRequest', placements: value }] } }]) {
      const { page } = await readAs((origin) =>
        ({ ...plainDocument(origin), ...change }));
      assert.ok([200, 400, 502].includes(page.status),
        `${JSON.stringify(change)}: ${page.status}`);
      if (page.status !== 200) {
        assert.ok(['PLATFORM_NOT_SUPPORTED', 'OPENID_CONFIGURATION_INCOMPLETE',
          'OPENID_CONFIGURATION_MALFORMED'].includes(faultOf(page)),
        page.text);
      }
    }
  }
});

for (const value of [{}, { id: 'x' }, [], ['x'], null, undefined, '', true, 1.5,
  'x'.repeat(300), 'a b', 'a\tb', 'a\r\nX-Injected: 1', 'ü', 'a\u007fb']) {
  test(`A9 A10 the client id ${JSON.stringify(value)?.slice(0, 30)} is refused`,
    async () => {
      const { page, row, platform } = await answeredAs((asked) =>
        ({ ...asked, client_id: value }));
      assert.equal(page.status, 502);
      assert.equal(faultOf(page), 'REGISTRATION_ANSWER_INVALID');
      assert.equal(row.state, 'sent');
      assert.equal(platform, undefined);
      assert.doesNotMatch(gateway.log(), /^X-Injected/m);
    });
}

test('A9 wrong types beside the client id do no harm', async () => {
  for (const value of oddities) {
    const clientId = fresh();
    const { page, platform } = await answeredAs((asked) => ({
      ...asked, client_id: clientId, scope: value, client_name: value,
      deployment_id: value, registration_client_uri: value,
      registration_access_token: value, grant_types: value,
      'https://purl.imsglobal.org/spec/lti-tool-configuration': value }));
    assert.equal(page.status, 200, page.text);
    assert.equal(platform.clientId, clientId);
    assert.equal((await gateway.api('GET',
      `/admin/platforms/${platform.id}/report`)).status, 200);
  }
});

// --- A10 -------------------------------------------------------------------

const isPrintable = (text) => [...text].every((character) =>
  character === '\n' || (character >= ' ' && character !== '\u007f'));
const breaks = ['\r\n', '\n', '\r', '\0', '\u007f', '\t', '\u001b[2J'];

test('A10 a token with a control character is refused', async () => {
  for (const character of [...breaks, ' ', 'ü']) {
    const { page, sent } = await readAs(plainDocument,
      { token: `t${character}INJECTED: 1` });
    assert.equal(page.status, 400);
    assert.equal(faultOf(page), character === '\0' ? faultOf(page)
      : 'REGISTRATION_TOKEN_REFUSED');
    assert.equal(sent, 0);
  }
  assert.deepEqual(forgedLines(gateway.log(), 'INJECTED'), []);
});

test('A10 a configuration URL with a control character is refused',
  async () => {
    const reads = scripted.reads().length;
    for (const character of breaks) {
      const page = await scripted.enter(gateway, fresh(),
        { query: `${character}INJECTED: 1`, headers: asJson });
      assert.equal(page.status, 400, JSON.stringify(character));
    }
    assert.equal(scripted.reads().length, reads);
    assert.deepEqual(forgedLines(gateway.log(), 'INJECTED'), []);
  });

test('A10 nothing an LMS says begins a line of the log or a header',
  async () => {
    for (const character of [...breaks.filter((one) => one !== '\0'),
      '\u0085', '\u2028']) {
      const mark = `a${character}INJECTED level=error`;
      for (const member of ['issuer', 'token_endpoint', 'jwks_uri',
        'registration_endpoint', 'authorization_endpoint']) {
        const { page, sent } = await readAs((origin) =>
          ({ ...plainDocument(origin), [member]: `${origin}/${mark}` }));
        assert.ok([400, 502].includes(page.status), page.text);
        assert.equal(sent, 0);
      }
      const answers = [(asked) => ({ ...asked, client_id: mark }),
        () => ({ error: mark, error_description: mark })];
      for (const [i, change] of answers.entries()) {
        const { page } = await answeredAs(change, i ? 400 : 200);
        assert.equal(page.status, 502);
      }
      const page = await scripted.enter(gateway, 'labels', { headers: asJson,
        more: `&organization=${encodeURIComponent(mark)}` });
      assert.ok(page.status < 500 || page.status === 502);
    }
    assert.deepEqual(forgedLines(gateway.log(), 'INJECTED'), []);
    assert.ok(isPrintable(gateway.log()));
    for (const { rawHeaders } of scripted.requests) {
      assert.ok(!rawHeaders.join('\n').includes('INJECTED'));
    }
  });

// --- A11 -------------------------------------------------------------------

const confusions = [
  'http://lms.localhost@HOST/configuration',
  'http://a:b@HOST/configuration', 'http://HOST\\@evil.example/configuration',
  'http:\\\\HOST/configuration', 'http://HOST\t/configuration',
  'ht\ntp://HOST/configuration', ' http://HOST/configuration',
  'http://HOST/configuration#@evil.example', 'http://HOST#/configuration',
  'http:/HOST/configuration', 'http:///HOST/configuration',
  'http%3A//HOST/configuration', 'http://%6Cms.localhost:PORT/configuration',
  'http://lms.localhost:PORT:80/configuration',
  'http://lms.localhost:+PORT/configuration',
  'http://lms..localhost:PORT/configuration',
  'http://.localhost:PORT/configuration', 'http://lms localhost/configuration',
  'http://lms%2elocalhost:PORT/configuration',
  'http://ｌｍｓ.localhost:PORT/configuration',
  'http://lmѕ.localhost:PORT/configuration',
  'http://lms。localhost:PORT/configuration',
  'http://lms.localhost\u00ad:PORT/configuration',
  'http://lms.localhost:PORT%00.evil.example/configuration',
];
for (const form of confusions) {
  test(`A11 ${JSON.stringify(form)} is refused`, async () => {
    const before = scripted.requests.length;
    const url = form.replace('HOST', `lms.localhost:${scripted.port}`)
      .replace('PORT', scripted.port);
    const page = await gateway.open(`${gateway.registerUrl
    }?openid_configuration=${encodeURIComponent(url)}`, { headers: asJson });
    assert.equal(page.status, 400);
    assert.equal(faultOf(page), 'OPENID_CONFIGURATION_REFUSED');
    assert.equal(scripted.requests.length, before);
  });
}
