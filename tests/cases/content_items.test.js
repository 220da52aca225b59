// SPDX-License-Identifier: Apache-2.0
// The items of POST /api/deeplinking: which pass, which are refused and by
// which words, and the way of a link to the tool and back.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CLAIM, DL, enrol } from '../support/enrolled.js';
import { startGateway } from '../support/gateway.js';

const gateway = await startGateway();
after(() => gateway.close());
const lms = await enrol(gateway);
const own = `${gateway.url}/lti/launch`;
const { ltik } = await lms.launch({ claims: lms.deepLinking({
  accept_types: ['link', 'ltiResourceLink', 'file', 'html', 'image', 'x-own'],
  accept_presentation_document_targets: ['iframe', 'window', 'embed'] }) });
const send = (body) => lms.ask(ltik, '/api/deeplinking',
  { method: 'POST', body });
const itemsIn = ({ body, status, text }) => {
  assert.equal(status, 200, text);
  return JSON.parse(Buffer.from(body.message.split('.')[1], 'base64url'))[
    `${DL}content_items`];
};
const link = { type: 'link', url: 'https://tool.example/1' };
const course = { type: 'ltiResourceLink', url: own };

test('DL5 an item passes as it is, with what nobody knows', async () => {
  const items = [
    { ...link, title: 'T', text: 'X', icon: { url: 'https://tool.example/i',
      width: 16, height: 16 }, thumbnail: { url: 'https://tool.example/t' },
    embed: { html: '<i>x</i>' }, window: { targetName: 'w', width: 1,
      height: 2, windowFeatures: 'x' }, iframe: { src: own, width: 3,
      height: 4 }, 'https://canvas.instructure.com/lti/x': { y: [1, null] } },
    { ...course, url: `${own}?a=1#b`, custom: { a: '1', b: '' },
      lineItem: { label: 'L', scoreMaximum: 12.5, resourceId: 'r', tag: 't',
        gradesReleased: true, own: [1] },
      available: { startDateTime: '2026-01-01T00:00:00Z', endDateTime: 'x' },
      submission: { endDateTime: 'x' } },
    { type: 'ltiResourceLink', title: 'without a URL' },
    { type: 'html', html: '<script>alert(1)</script>', title: '\u{1F600}' },
    { type: 'file', url: 'https://tool.example/f', expiresAt: 'soon' },
    { type: 'image', url: 'https://tool.example/i', width: 1, height: 2 },
    { type: 'x-own', url: 7, anything: [{}] }];
  const answer = await send({ contentItems: items });
  assert.deepEqual(itemsIn(answer), items);
  assert.equal(answer.body.dropped, undefined);
});

test('DL5 an item that is malformed is refused, and said where', async () => {
  const rows = [
    ['contentItems[1]', 'x'], ['contentItems[1]', null],
    ['contentItems[1]', 7], ['contentItems[1]', []],
    ['contentItems[1].type', {}], ['contentItems[1].type', { type: 7 }],
    ['contentItems[1].url', { type: 'link' }],
    ['contentItems[1].url', { type: 'link', url: '' }],
    ['contentItems[1].url', { type: 'link', url: 7 }],
    ['contentItems[1].url', { type: 'file', url: '/relative' }],
    ['contentItems[1].url', { type: 'image', url: 'javascript:alert(1)' }],
    ['contentItems[1].url', { type: 'link', url: 'data:text/html,x' }],
    ['contentItems[1].url', { ...course, url: 'https://evil.example/' }],
    ['contentItems[1].url', { ...course, url: 'https://tool.example/launch' }],
    ['contentItems[1].url', { ...course, url: `${own}evil` }],
    ['contentItems[1].url', { ...course, url: `${gateway.url}.evil/lti/launch`,
    }],
    ['contentItems[1].url', { ...course, url: `${own}/../../portal` }],
    ['contentItems[1].url', { ...course, url: '' }],
    ['contentItems[1].html', { type: 'html' }],
    ['contentItems[1].html', { type: 'html', html: ['x'] }],
    ['contentItems[1].title', { ...link, title: 7 }],
    ['contentItems[1].text', { ...link, text: {} }],
    ['contentItems[1].icon', { ...link, icon: 'https://tool.example/i' }],
    ['contentItems[1].icon.url', { ...link, icon: {} }],
    ['contentItems[1].icon.url', { ...link, icon: { url: 'javascript:x' } }],
    ['contentItems[1].thumbnail.width', { ...link, thumbnail: {
      url: 'https://tool.example/t', width: '16' } }],
    ['contentItems[1].iframe.src', { ...link, iframe: { src: 'x' } }],
    ['contentItems[1].window.height', { ...link, window: { height: -1 } }],
    ['contentItems[1].custom', { ...course, custom: [] }],
    ['contentItems[1].custom.a', { ...course, custom: { a: 1 } }],
    ['contentItems[1].lineItem', { ...course, lineItem: 10 }],
    ...[undefined, 0, -1, '10', null, true, -0.5].map((scoreMaximum) =>
      ['contentItems[1].lineItem.scoreMaximum', { ...course,
        lineItem: { label: 'L', scoreMaximum } }]),
    ['contentItems[1].lineItem.label', { ...course,
      lineItem: { label: 7, scoreMaximum: 1 } }],
    ['contentItems[1].available', { ...link, available: '2026' }],
    ['contentItems[1].submission.endDateTime', { ...link,
      submission: { endDateTime: 7 } }],
    ['contentItems[1].expiresAt', { ...link, expiresAt: 7 }],
  ];
  for (const [path, item] of rows) {
    const { status, body, text } = await send({ contentItems: [link, item] });
    const name = `${path} ${JSON.stringify(item)}`;
    assert.equal(status, 400, `${name} ${text}`);
    assert.equal(body.details.message, 'INVALID_CONTENT_ITEM', name);
    const { description } = body.details;
    assert.ok(description.startsWith(`${path} `), `${name}: ${description}`);
  }
});

test('DL2 a body that is none is refused', async () => {
  for (const body of [{}, { contentItems: null }, { contentItems: {} },
    { contentItems: 'x' }, [], '"x"', 'null', '7', '', '{', '{"a":1}x',
    '{"contentItems":[],"contentItems":[]}', `${'['.repeat(100)}`]) {
    const { status, body: answer } = await send(body);
    assert.equal(status, 400, JSON.stringify(body));
    assert.match(answer.details.message, /^INVALID_/);
  }
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', '']) {
    const { status } = await lms.ask(ltik, '/api/deeplinking', {
      method: 'POST', body: '{"contentItems":[]}',
      headers: { 'content-type': type } });
    assert.equal(status, 415, type);
  }
  const many = Array.from({ length: 200 }, () => link);
  assert.equal(itemsIn(await send({ contentItems: many })).length, 200);
  const { status } = await send({ contentItems: [{ ...link,
    text: 'x'.repeat(2 << 20) }] });
  assert.equal(status, 413);
});

test('DL5 a link comes back to the tool with its query', async () => {
  const [item] = itemsIn(await send({ contentItems: [{ ...course,
    url: `${own}?course=7&unit=%C3%A9+x&flag` }] }));
  const { url } = await lms.launch({ claims: {
    [`${CLAIM}target_link_uri`]: item.url } });
  assert.ok(url.href.startsWith(
    'https://tool.example/launch?course=7&unit=%C3%A9+x&flag&ltik='), url.href);
});

test('A42 a ltik is never left in a link for all to see', async () => {
  for (const query of [`ltik=${ltik}`, `a=1&ltik=${ltik}&b=2`,
    `%6ctik=${ltik}`, `a=1&lti%6B=${ltik}`, 'ltik']) {
    const [item] = itemsIn(await send({ contentItems: [{ ...course,
      url: `${own}?${query}#x` }] }));
    const names = [...new URL(item.url).searchParams.keys()];
    assert.ok(!names.includes('ltik'), item.url);
    assert.deepEqual(names, ['a', 'b'].filter((name) =>
      query.includes(`${name}=`)));
  }
});
