// SPDX-License-Identifier: Apache-2.0
// What leaves the gateway: pages, JSON, addresses, logs; and what must not.

import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { apiKey, startGateway } from '../support/gateway.js';
import { PLATFORM, requestTo, startLms, toolIn } from '../support/lms.js';
import { referenceIn, unescaped, whatOf, wordsOf } from '../support/pages.js';
import { answersIn, asJson, faultOf, plainDocument, sendJson, startScripted,
  tagsOf, talk } from '../support/raw.js';

const preApproval = (url) => ({ registration: { mode: 'pre-approval',
  preApprovalUrl: url } });

const lms = await startLms();
const scripted = await startScripted();
const gateway = await startGateway({ fresh: true });
after(async () => {
  await Promise.all([lms.close(), scripted.close()]);
  await gateway.close();
});

let lmss = 0;
const accountName = 'https://canvas.instructure.com/lti/account_name';
// An LMS that says `text` wherever it may say something.
async function say(text, { clientId = 'client', status = 200, answer,
  headers } = {}) {
  scripted.script.configuration = (response, origin) =>
    sendJson(response, { ...plainDocument(origin), [PLATFORM]: {
      product_family_code: text, version: text, [accountName]: text,
      messages_supported: [{ type: 'LtiResourceLinkRequest',
        placements: [text] }, { type: text, placements: [text] }],
      variables: [text] } });
  scripted.script.registration = (response, asked) => sendJson(response,
    answer ?? { ...asked, client_id: clientId, client_name: text }, status);
  return scripted.enter(gateway, `o${lmss += 1}`, { headers });
}

const hostile = [
  '<script>alert(1)</script>', '"><img src=x onerror=alert(1)>',
  '\'><svg onload=alert(1)>', '</script><script>alert(1)</script>',
  '</title></style></textarea><iframe src=javascript:alert(1)>', '<!--', ']]>',
  '\u2028alert(1)\u2029', '{{title}}{{#answer}}{{/main}}', '&lt;b&gt;&#60;b>',
  '<'.repeat(200), 'javascript:alert(1)', '%3Cscript%3E', '\u202eevil',
  '=HYPERLINK("https://evil.example")', '${7*7}', '%s%n%08x',
];
const harmless = tagsOf((await say('harmless')).text);
const refused = tagsOf((await say('harmless', { status: 400,
  answer: { error: 'harmless' } })).text);

for (const text of hostile) {
  const name = JSON.stringify(text).slice(0, 40);

  test(`A24 ${name} is text in the page of a success`, async () => {
    const page = await say(text);
    assert.equal(page.status, 200);
    assert.deepEqual(tagsOf(page.text), harmless);
    assert.ok(unescaped(page.text).includes(text), 'it is shown as it is');
    assert.ok(!page.text.includes(`${text}<`) || !/[<>"']/.test(text));
  });

  test(`A24 ${name} is text in the page of a refusal`, async () => {
    for (const answer of [{ error: text }, { errors: [{ message: text }] },
      { errorMessage: text }]) {
      const page = await say('x', { status: 400, answer });
      assert.equal(page.status, 502);
      assert.deepEqual(tagsOf(page.text), refused);
      assert.ok(wordsOf(page).includes(text.replace(/\s+/g, ' ').trim()));
    }
  });

  test(`A24 ${name} is a string in JSON`, async () => {
    const origin = scripted.origin(`o${lmss + 1}`);
    const reference = referenceIn(await say(text));
    const { body, headers } = await gateway.api('GET',
      `/admin/platforms?url=${encodeURIComponent(origin)}`);
    assert.match(headers['content-type'], /^application\/json/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(body.platforms[0].familyCode, text);
    const report = await gateway.api('GET',
      `/admin/platforms/${body.platforms[0].id}/report`);
    assert.equal(report.body.granted.client_name, text);
    const events = await gateway.api('GET',
      `/admin/events?reference=${reference}`);
    assert.equal(events.body.events[0].details.family, text);
    const told = await say('x', { status: 400, answer: { error: text },
      headers: asJson });
    assert.equal(told.json().details.bodyReceived.error, text);
  });
}

test('A24 a client id is text too', async () => {
  for (const clientId of ['<script>alert(1)</script>', '"><img/src=x>',
    '\'-alert(1)-\'', '&lt;b&gt;']) {
    const page = await say('harmless', { clientId });
    assert.deepEqual(tagsOf(page.text), harmless);
    assert.ok(unescaped(page.text).includes(clientId));
  }
});

test('A24 an LMS that goes on and on is cut', async () => {
  for (const text of ['x'.repeat(500_000), '<b>'.repeat(100_000),
    'ü'.repeat(200_000)]) {
    for (const page of [await say(text), await say('x',
      { status: 400, answer: { error: text } }), await say('x',
      { status: 400, answer: Buffer.from(text) })]) {
      assert.ok(page.text.length < 50_000, String(page.text.length));
      assert.ok(!page.text.includes('\ufffd'));
    }
  }
});

test('A24 bytes that are no text do no harm', async () => {
  const bytes = Buffer.from([0x41, 0xff, 0xfe, 0x00, 0xc3, 0x28, 0x3c, 0x62]);
  const page = await say('x', { status: 400, answer: bytes });
  assert.deepEqual(tagsOf(page.text), refused);
  const json = await say('x', { status: 400, answer: bytes, headers: asJson });
  assert.equal(json.json().details.externalStatus, 400);
});

test('A24 a page runs no script but its own', async () => {
  for (const page of [await say('x'), await say('x', { status: 400 }),
    await gateway.open(gateway.registerUrl), await gateway.open(gateway.url),
    await gateway.open(`${gateway.url}/<script>alert(1)</script>`)]) {
    const policy = page.headers['content-security-policy'];
    const nonce = /script-src 'nonce-([\w-]{22,})';/.exec(policy)[1];
    assert.match(policy, /default-src 'none';/);
    assert.match(policy, /base-uri 'none'/);
    assert.match(policy, /form-action 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
    const scripts = page.text.match(/<script[^>]*>/g) ?? [];
    assert.deepEqual(scripts, [`<script nonce="${nonce}">`]);
    assert.doesNotMatch(page.text, / on\w+=| src=| href=/);
    assert.equal(page.headers['x-content-type-options'], 'nosniff');
  }
});

// --- A25 -------------------------------------------------------------------

test('A25 the closing message holds nothing', async () => {
  await gateway.settings(preApproval('https://tool.example/approve'));
  const { id } = await lms.wait(gateway, 'moodle-4.5');
  const { body } = await gateway.api('POST',
    `/api/registrations/${id}/complete`, {});
  await gateway.settings({});
  const closing = await gateway.open(body.closeUrl);
  const done = await say('x');
  for (const text of [body.html, closing.text, done.text]) {
    const posts = text.match(/postMessage\(\s*[^)]*\)/g);
    assert.ok(posts.length > 0);
    for (const post of posts.filter((one) => one.includes('{'))) {
      assert.match(post, /^postMessage\(\s*\{subject: ?'org\.imsglobal\.lti\.close'\}, '\*'\)$/);
    }
    assert.ok(!text.includes(id) && !text.includes(apiKey));
    // Nothing is listened to, so that nobody can talk to the page.
    assert.doesNotMatch(text, /addEventListener\('message|onmessage/);
  }
});

// --- A26 -------------------------------------------------------------------

const notUrls = ['javascript:alert(1)', 'data:text/html,x', 'file:///x', '//x',
  '/relative', 'https://', 'ht tp://x', 'https://x/\r\nLocation: https://evil',
  'https://tool.example\\@evil.example/'];
for (const url of notUrls) {
  test(`A26 ${JSON.stringify(url)} is no setting`, async () => {
    const before = (await gateway.api('GET', '/admin/settings')).text;
    for (const wish of [preApproval(url), { launchUrl: url },
      { deepLinkingUrl: url }, { logoUrl: url }, { clientUri: url },
      { allowedUrls: [url] }, { redirectUris: [url] }]) {
      const { status, body } = await gateway.api('PUT', '/admin/settings',
        { name: 'x', ...wish });
      assert.equal(status, 400, JSON.stringify(wish));
      assert.equal(body.details.message, 'INVALID_PARAMETERS');
    }
    assert.equal((await gateway.api('GET', '/admin/settings')).text, before);
  });
}

test('A26 the request does not say where a person is sent', async () => {
  await gateway.settings(preApproval('https://tool.example/approve'));
  const evil = encodeURIComponent('https://evil.example/');
  const { page } = await lms.add(gateway, 'moodle-4.5', { query:
    `preApprovalUrl=${evil}&redirect_uri=${evil}&return_url=${evil}` });
  assert.match(page.location, /^https:\/\/tool\.example\/approve\?regis/);
  for (const path of ['//evil.example/lti/register', '/\\evil.example',
    '/lti/register//evil.example', '/lti/register/../..//evil.example/']) {
    const { location } = await gateway.open(gateway.url + path);
    assert.equal(location, null, path);
  }
  await gateway.settings({});
});

// --- A27 -------------------------------------------------------------------

test('A27 what we register comes from public_url alone', async () => {
  const evil = 'evil.example';
  const exchange = await lms.begin(gateway, 'moodle-4.5');
  const path = exchange.launchUrl.slice(gateway.url.length);
  const { answers } = await talk(gateway.port, `GET ${path} HTTP/1.1\r\n`
    + `Host: ${evil}\r\nX-Forwarded-Host: ${evil}\r\nX-Forwarded-Proto: https\r\n`
    + `X-Forwarded-Port: 666\r\nX-Forwarded-Prefix: /${evil}\r\n`
    + `Forwarded: host=${evil};proto=https\r\nX-Original-URL: /${evil}\r\n`
    + `X-Rewrite-URL: /${evil}\r\nX-Host: ${evil}\r\nOrigin: https://${evil}\r\n`
    + `Referer: https://${evil}/\r\nAccept: text/html\r\n`
    + 'Connection: close\r\n\r\n', { enough: 1 });
  assert.equal(answers[0].status, 200);
  assert.ok(!answers[0].body.includes(evil));
  const request = requestTo(exchange);
  assert.ok(!JSON.stringify(request).includes(evil));
  assert.equal(request.jwks_uri, `${gateway.url}/lti/keys`);
  assert.equal(toolIn(request).domain, `localhost:${gateway.port}`);
  for (const other of ['/', '/lti/register/canvas', '/openapi.json',
    '/lti/register', '/nothing']) {
    const { text } = await talk(gateway.port, `GET ${other} HTTP/1.1\r\nHost: ${
      evil}\r\nX-Forwarded-Host: ${evil}\r\nConnection: close\r\n\r\n`,
    { enough: 1 });
    assert.ok(!text.includes(evil), other);
    assert.equal(answersIn(text).length, 1);
  }
});

test('A27 nothing of a request becomes a header of the answer', async () => {
  for (const more of ['?organization=a%0d%0aX-Evil:%201', '?%0d%0aX-Evil:%201=1',
    '?openid_configuration=https://x%0d%0aX-Evil:1', '/%0d%0aX-Evil:%201']) {
    const { text } = await talk(gateway.port, `GET /lti/register${more
    } HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, { enough: 1 });
    assert.doesNotMatch(text.split('\r\n\r\n')[0], /x-evil/i);
  }
});

// --- A28 -------------------------------------------------------------------

test('A28 an LMS\'s secrets stay where they belong', async () => {
  const { exchange, page } = await lms.add(gateway, 'canvas-cloud', { switches:
    { extras: 'secret-and-management' } });
  assert.equal(page.status, 200, page.text);
  const [{ id }] = (await gateway.api('GET', `/admin/platforms?clientId=${
    exchange.registration.client_id}`)).body.platforms;
  const secrets = ['client-secret-must-not-leak',
    'registration-access-token-must-not-leak', exchange.token.text];
  const failing = await lms.add(gateway, 'moodle-4.5',
    { switches: { configuration: 'secret-500' }, headers: asJson });
  assert.equal(faultOf(failing.page), 'OPENID_CONFIGURATION_FAILED');
  const places = [page.text, gateway.log(), failing.page.text,
    (await gateway.api('GET', '/admin/platforms')).text,
    (await gateway.api('GET', `/admin/platforms/${id}/report`)).text,
    (await gateway.api('GET', '/admin/events')).text,
    String(await gateway.store.bytes())];
  for (const place of places) {
    for (const secret of [...secrets, 'hunter2-must-not-leak', apiKey]) {
      assert.ok(!place.includes(secret), secret);
    }
  }
});

test('A28 nobody else may read the files, and no core is written', async () => {
  const names = await readdir(gateway.directory);
  const { files } = gateway.store;
  assert.ok(files.every((file) => names.includes(basename(file))), `${names}`);
  for (const name of names.filter((one) => one.startsWith('ltigate'))) {
    const { mode } = await stat(join(gateway.directory, name));
    assert.equal(mode & 0o777, 0o600, name);
  }
  const limits = await readFile(`/proc/${gateway.pid}/limits`, 'utf8');
  assert.match(limits, /^Max core file size +0 +0 /m);
  const { text } = await talk(gateway.port,
    'GET /lti/keys HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  for (const { d, p, q, k } of JSON.parse(text.split('\r\n\r\n')[1]).keys) {
    assert.deepEqual([d, p, q, k], Array(4).fill(undefined));
  }
});

test('A28 a wrong address of the API tells no key', async () => {
  const { text } = await gateway.api('GET', '/admin/api-keys');
  assert.ok(!text.includes(apiKey));
  const page = await gateway.open(`${gateway.url}/admin/${apiKey}`);
  assert.equal(page.status, 404);
  assert.ok(!page.text.includes(apiKey) && !whatOf(page)?.includes(apiKey));
});
