// SPDX-License-Identifier: Apache-2.0
// Content for the LMS by POST /api/deeplinking: what is signed, for whom, and
// what of it the LMS takes. The signatures are judged by npm's jose.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { CLAIM, DL, enrol, now } from '../support/enrolled.js';
import { startGateway, until } from '../support/gateway.js';
import { requestTo, startLms } from '../support/lms.js';
import { unescaped } from '../support/pages.js';

const gateway = await startGateway();
const lms = await enrol(gateway);
const testbed = await startLms();
after(async () => {
  await testbed.close();
  await gateway.close();
});

const own = `${gateway.url}/lti/launch`;
const link = { type: 'link', url: 'https://tool.example/1', title: 'One' };
const course = { type: 'ltiResourceLink', url: `${own}?item=1`, title: 'Two' };

const keysAt = async (path) =>
  createLocalJWKSet((await gateway.open(gateway.url + path)).json());
async function verified(at, jwt, { keys = '/lti/keys', shift = 0 } = {}) {
  const { payload, protectedHeader } = await jwtVerify(jwt, await keysAt(keys),
    { issuer: at.clientId, audience: at.issuer, algorithms: ['RS256'],
      currentDate: new Date((now() + shift) * 1000) });
  assert.equal(protectedHeader.alg, 'RS256');
  assert.ok(protectedHeader.kid);
  return { claims: payload, header: protectedHeader };
}
const begin = async (settings, { at = lms, claims } = {}) =>
  (await at.launch({ claims: { ...at.deepLinking(settings), ...claims } }))
    .ltik;
const ask = (ltik, body, path = '/api/deeplinking', at = lms) =>
  at.ask(ltik, path, { method: 'POST', body });
// The claims that answer these items, and what was dropped.
async function answer(body, { settings, at = lms } = {}) {
  const { status, body: given, text } = await ask(
    await begin(settings, { at }), body, '/api/deeplinking', at);
  assert.equal(status, 200, text);
  const { claims } = await verified(at, given.message);
  return { ...given, claims, items: claims[`${DL}content_items`] };
}

// --- the message -----------------------------------------------------------

test('DL2 DL8 the message is ours, for that LMS, and fresh', async () => {
  const shared = await enrol(gateway,
    { issuer: 'https://canvas.instructure.com' });
  const nonces = new Set();
  for (const at of [lms, shared]) {
    const ltik = await begin({}, { at, claims: {
      [`${CLAIM}deployment_id`]: 'D:7 x' } });
    for (let i = 0; i < 3; i += 1) {
      const { body } = await ask(ltik, { contentItems: [link] },
        '/api/deeplinking', at);
      const { claims, header } = await verified(at, body.message);
      const { iat, exp, nonce, ...rest } = claims;
      assert.deepEqual(rest, { iss: at.clientId, aud: at.issuer,
        [`${CLAIM}deployment_id`]: 'D:7 x',
        [`${CLAIM}message_type`]: 'LtiDeepLinkingResponse',
        [`${CLAIM}version`]: '1.3.0', [`${DL}content_items`]: [link],
        [`${DL}data`]: 'opaque-data' });
      assert.ok(Math.abs(iat - now()) < 10);
      assert.ok(exp > iat && exp - iat <= 600);
      assert.match(nonce, /^[\w-]{22,}$/);
      nonces.add(nonce);
      assert.deepEqual(Object.keys(header).toSorted(), ['alg', 'kid', 'typ']);
    }
  }
  assert.equal(nonces.size, 6);
});

test('DL3 data goes back as it came, or not at all', async () => {
  for (const data of ['x', '', ' a+b&c=%20" \\ ', '{"csrf":"\u00e9\u{1F600}"}',
    '</script>\r\n\t', 'y'.repeat(20_000)]) {
    const { claims } = await answer({ contentItems: [] },
      { settings: { data } });
    assert.equal(claims[`${DL}data`], data);
  }
  const { claims } = await answer({ contentItems: [], [`${DL}data`]: 'ours',
    data: 'ours' }, { settings: { data: undefined } });
  assert.equal(Object.hasOwn(claims, `${DL}data`), false);
});

test('DL4 target is the return URL with its query, also by the older path',
  async () => {
    for (const url of ['https://lms.example/return?course=1&id=2&x=%26%3d',
      'https://lms.example/r;v=1?a#b', 'http://lms.example:8080/']) {
      const ltik = await begin({ deep_link_return_url: url });
      for (const path of ['/api/deeplinking', '/api/deeplinking/message']) {
        const { body } = await ask(ltik, { contentItems: [link] }, path);
        assert.equal(body.target, url);
        assert.deepEqual(Object.keys(body).toSorted(), ['message', 'target']);
      }
    }
  });

test('DL4 the form posts the same, escaped, by script or by its button',
  async () => {
    const url = 'https://lms.example/r?a=1&b=\'2\'&c=&quot;';
    const ltik = await begin({ deep_link_return_url: url });
    const { body } = await ask(ltik, { contentItems: [link] },
      '/api/deeplinking/form');
    assert.deepEqual(Object.keys(body), ['form']);
    const [, tag, inner, script] = new RegExp('^<form ([^>]*)>([^]*)</form>'
      + '<script>([^<]*)</script>$').exec(body.form);
    const attributes = Object.fromEntries([...tag.matchAll(/(\w+)="([^"]*)"/g)]
      .map(([, name, value]) => [name, unescaped(value)]));
    assert.deepEqual(attributes,
      { id: 'ltiaas_dl', action: url, method: 'POST' });
    const [, name, value] =
      /^<input type="hidden" name="(\w+)" value="([^"<>]*)">/.exec(inner);
    assert.equal(name, 'JWT');
    const { claims } = await verified(lms, value);
    assert.deepEqual(claims[`${DL}content_items`], [link]);
    assert.match(inner, /<noscript><button type="submit">/);
    assert.doesNotMatch(inner, /name="submit"|id="submit"/);
    assert.match(script, /getElementById\("ltiaas_dl"\)\.submit\(\)/);
  });

// --- what the LMS takes ----------------------------------------------------

const all = [link, course, { type: 'html', html: '<b>x</b>' },
  { type: 'file', url: 'https://tool.example/f.pdf' },
  { type: 'image', url: 'https://tool.example/i.png' }];

test('DL5 items of types that the LMS does not take are dropped', async () => {
  for (const types of [['link'], ['ltiResourceLink', 'html'], ['image'],
    ['Link'], ['x-own'], all.map(({ type }) => type)]) {
    const { items, dropped = [] } = await answer({ contentItems: all },
      { settings: { accept_types: types } });
    assert.deepEqual(items, all.filter(({ type }) => types.includes(type)));
    assert.deepEqual(dropped.map(({ index, type }) => [index, type]),
      all.map(({ type }, index) => [index, type])
        .filter(([, type]) => !types.includes(type)));
    for (const { reason } of dropped) assert.match(reason, /type/);
  }
});

test('DL5 one item alone, unless the LMS takes more', async () => {
  for (const [value, count] of [[true, 5], ['true', 5], [false, 1],
    ['false', 1], [undefined, 1]]) {
    const { items, dropped = [] } = await answer({ contentItems: all },
      { settings: { accept_multiple: value } });
    assert.deepEqual(items, all.slice(0, count), String(value));
    assert.deepEqual(dropped.map(({ index }) => index),
      [0, 1, 2, 3, 4].slice(count));
  }
  // The first of those that it takes.
  const { items } = await answer({ contentItems: all }, { settings: {
    accept_multiple: false, accept_types: ['file', 'image'] } });
  assert.deepEqual(items, [all[3]]);
});

test('DL5 line items and ways to show that the LMS does not take', async () => {
  const graded = { ...course, lineItem: { label: 'Points', scoreMaximum: 10 },
    iframe: { width: 300, height: 200 }, window: { targetName: '_blank' } };
  for (const [value, kept] of [[true, true], [undefined, true],
    ['true', true], [false, false], ['false', false]]) {
    const { items: [item], dropped = [] } = await answer(
      { contentItems: [graded] }, { settings: { accept_lineitem: value } });
    assert.equal(Object.hasOwn(item, 'lineItem'), kept, String(value));
    assert.deepEqual(dropped.map(({ index, member }) => [index, member]),
      kept ? [] : [[0, 'lineItem']]);
  }
  const { items: [item], dropped } = await answer({ contentItems: [graded] },
    { settings: { accept_presentation_document_targets: ['window'] } });
  assert.equal(item.iframe, undefined);
  assert.deepEqual(item.window, graded.window);
  assert.deepEqual(dropped.map(({ member }) => member), ['iframe']);
});

// --- what the tool says ----------------------------------------------------

test('DL6 words for the person and for the log; nothing chosen', async () => {
  const said = ({ claims }) => ['msg', 'log', 'errormsg', 'errorlog']
    .map((name) => claims[DL + name]);
  const say = async (options) => answer({ contentItems: [link], options });
  const good = await say({ message: 'Gr\u00fc\u00dfe "x"', log: '<b>' });
  assert.deepEqual(said(good), ['Gr\u00fc\u00dfe "x"', '<b>', undefined,
    undefined]);
  assert.deepEqual(good.items, [link]);
  const bad = await say({ errMessage: 'No', errLog: 'because' });
  assert.deepEqual(said(bad), [undefined, undefined, 'No', 'because']);
  assert.deepEqual(bad.items, []);
  assert.equal(bad.dropped.length, 1);
  // No stray blank in a claim's name.
  for (const name of Object.keys(bad.claims)) assert.equal(name.trim(), name);
  const cancelled = await answer({ contentItems: [] });
  assert.deepEqual(cancelled.items, []);
  const ltik = await begin();
  for (const options of [{ message: 'a', errMessage: 'b' },
    { log: 'a', errLog: 'b' }, { message: 7 }, { errLog: {} }, 'x', []]) {
    const { status, body } = await ask(ltik, { contentItems: [], options });
    assert.equal(status, 400, JSON.stringify(options));
    assert.match(body.details.description, /options/);
  }
});

test('DL2 members beside the items go along; none is ours', async () => {
  const more = { 'https://canvas.instructure.com/lti/module_name': 'Week 1',
    'https://tool.example/x': { deep: [1, true, null] } };
  const evil = { iss: 'x', aud: 'x', sub: 'x', exp: 1, iat: 1, nbf: 1,
    jti: 'x', nonce: 'x', azp: 'x', [`${CLAIM}deployment_id`]: 'x',
    [`${CLAIM}message_type`]: 'LtiResourceLinkRequest',
    [`${CLAIM}version`]: '9', [`${DL}content_items`]: ['x'],
    [`${DL}data`]: 'x', [`${DL}msg`]: 'x', [`${CLAIM}roles`]: ['x'] };
  const { claims } = await answer({ contentItems: [link], options: {},
    ...more, ...evil });
  const plain = (await answer({ contentItems: [link] })).claims;
  for (const [name, value] of Object.entries(more)) {
    assert.deepEqual(claims[name], value);
  }
  assert.deepEqual(Object.keys(claims).toSorted(),
    [...Object.keys(plain), ...Object.keys(more)].toSorted());
  for (const name of Object.keys(plain).filter((key) =>
    !['iat', 'exp', 'nonce'].includes(key))) {
    assert.deepEqual(claims[name], plain[name], name);
  }
  assert.notEqual(claims.nonce, 'x');
  assert.ok(claims.exp > now());
});

// --- when, and by which key ------------------------------------------------

test('DL7 a launch that asked for no content gets none', async (t) => {
  const { ltik } = await lms.launch();
  for (const path of ['', '/form', '/message']) {
    const { status, body } = await ask(ltik, { contentItems: [link] },
      `/api/deeplinking${path}`);
    assert.equal(status, 400);
    assert.equal(body.details.message, 'SERVICE_NOT_AVAILABLE_FOR_CONTEXT');
  }
  for (const name of ['deep_link_return_url', 'accept_types',
    'accept_presentation_document_targets']) {
    assert.equal(await lms.outcome({
      claims: lms.deepLinking({ [name]: undefined }) }),
    'MISSING_DEEP_LINK_SETTINGS', name);
  }
  t.after(() => gateway.settings({}));
  await gateway.settings({ deepLinking: 'off' });
  const { response } = await lms.launch({ claims: lms.deepLinking() });
  assert.equal(response.status, 403);
  assert.match(response.text, /does not offer/);
  assert.equal((await lms.launch()).response.status, 303);
});

test('DL2 after a rotation the new key signs, and is published', async (t) => {
  t.after(() => gateway.setClock(0));
  const before = (await verified(lms, (await answer({ contentItems: [] }))
    .message)).header.kid;
  await until(async () => (await gateway.api('GET', '/admin/keys')).body.keys
    .some(({ state }) => state === 'spare'), 'a spare pair');
  await gateway.api('POST', '/admin/keys/rotate');
  assert.equal((await verified(lms, (await answer({ contentItems: [] }))
    .message)).header.kid, before);
  const shift = 49 * 3600;
  await gateway.setClock(shift);
  const kid = await until(async () => {
    const ltik = await begin({}, { claims: { iat: now() + shift,
      exp: now() + shift + 60 } });
    const { body } = await ask(ltik, { contentItems: [] });
    const { header } = await verified(lms, body.message, { shift });
    return header.kid !== before && header.kid;
  }, 'the new key', 20_000);
  assert.notEqual(kid, before);
});

test('DL2 with keys: "platform" its own pair signs, under its own address',
  async (t) => {
    t.after(() => gateway.settings({}));
    await gateway.settings({ keys: 'platform',
      registration: { mode: 'automatic', autoActivate: true } });
    const { exchange, page } = await testbed.add(gateway, 'moodle-4.5');
    assert.equal(page.status, 200, page.text);
    const { body } = await gateway.api('GET', '/admin/platforms?clientId='
      + exchange.registration.client_id);
    const at = await enrol(gateway, { platform: body.platforms[0] });
    const keys = new URL(requestTo(exchange).jwks_uri).pathname;
    const ltik = await begin({}, { at });
    const send = async () => (await ask(ltik, { contentItems: [link] },
      '/api/deeplinking', at)).body.message;
    const { header } = await verified(at, await send(), { keys });
    await assert.rejects(verified(at, await send()), /no applicable key/);
    // The tool's own key goes its way meanwhile.
    await gateway.api('POST', '/admin/keys/rotate');
    assert.deepEqual((await verified(at, await send(), { keys })).header,
      header);
  });
