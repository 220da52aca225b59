// SPDX-License-Identifier: Apache-2.0
// The portal's files: what they weigh, how they are kept, what they may do.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGateway } from '../support/gateway.js';

const gateway = await startGateway();
after(() => gateway.close());

const BUDGET = 150_000;

const get = async (path, headers = {}) => {
  const answer = await fetch(gateway.url + path, { redirect: 'manual',
    headers: { 'accept-encoding': 'identity', ...headers } });
  return { status: answer.status, headers: answer.headers,
    text: await answer.text() };
};
const { text: page, headers } = await get('/portal');
const assets = [...page.matchAll(/portal\/assets\/([\w.]+)/g)]
  .map(([, name]) => `/portal/assets/${name}`);

// fetch() would inflate the body; its length tells what went over the wire.
const weightOf = async (path) => {
  const answer = await fetch(gateway.url + path,
    { method: 'HEAD', headers: { 'accept-encoding': 'gzip' } });
  assert.equal(answer.headers.get('content-encoding'), 'gzip', path);
  return Number(answer.headers.get('content-length'));
};

test('PORTAL all of it weighs less than 150 kB', async (t) => {
  assert.equal(assets.length, 2, page);
  const weights = await Promise.all(['/portal', ...assets].map(weightOf));
  const whole = weights.reduce((sum, one) => sum + one);
  t.diagnostic(`the portal weighs ${whole} bytes: ${weights.join(' + ')}`);
  assert.ok(whole < BUDGET, `${whole} bytes`);
});

test('PORTAL compressed or not, it is the same', async () => {
  for (const path of ['/portal', ...assets]) {
    const plain = await get(path);
    const small = await get(path, { 'accept-encoding': 'br, gzip;q=0.5' });
    assert.equal(small.headers.get('content-encoding'), 'gzip');
    assert.equal(small.text, plain.text, path);
    assert.equal(plain.headers.get('content-encoding'), null);
    assert.equal(plain.headers.get('vary'), 'Accept-Encoding');
    for (const refused of ['gzip;q=0', 'br', 'gzip;q=0.000', '']) {
      const answer = await get(path, { 'accept-encoding': refused });
      assert.equal(answer.headers.get('content-encoding'), null, refused);
    }
  }
});

test('PORTAL what has a hash in its name is kept, the page is asked about',
  async () => {
    for (const path of assets) {
      const answer = await get(path);
      assert.equal(answer.headers.get('cache-control'),
        'public, max-age=31536000, immutable');
      assert.match(answer.headers.get('content-type'),
        /^text\/(javascript|css); charset=utf-8$/);
    }
    assert.equal(headers.get('cache-control'), 'no-cache');
    const tag = headers.get('etag');
    assert.match(tag, /^"index\.[0-9a-f]{8}\.html"$/);
    const again = await get('/portal', { 'if-none-match': `W/"x", ${tag}` });
    assert.equal(again.status, 304);
    assert.equal(again.text, '');
    assert.equal(again.headers.get('etag'), tag);
    assert.equal((await get('/portal', { 'if-none-match': '"x"' })).status,
      200);
  });

test('PORTAL the page runs its own script alone and is never framed', () => {
  const policy = Object.fromEntries(headers.get('content-security-policy')
    .split('; ').map((part) => part.split(/ (.*)/).slice(0, 2)));
  assert.equal(policy['default-src'], '\'none\'');
  for (const own of ['script-src', 'style-src', 'connect-src', 'form-action']) {
    assert.equal(policy[own], '\'self\'', own);
  }
  assert.equal(policy['frame-ancestors'], '\'none\'');
  assert.equal(policy['base-uri'], '\'none\'');
  assert.equal(policy['img-src'], 'https: data:');
  assert.equal(headers.get('x-frame-options'), 'DENY');
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.equal(headers.get('referrer-policy'), 'no-referrer');
  assert.doesNotMatch(page, /<script>|<style|style=|onload=/);
});

test('PORTAL no other name is a file', async () => {
  const [script] = assets.filter((path) => path.endsWith('.js'));
  for (const path of [`${script}.gz`, `${script.replace('app', 'App')}`,
    `/portal/assets/${headers.get('etag').slice(1, -1)}`,
    '/portal/assets/..%2Findex.html', '/portal/assets/%00',
    '/portal/assets/app.js', '/portal/assets/.js']) {
    const answer = await get(path, { accept: 'application/json' });
    assert.ok([400, 404].includes(answer.status), `${path} ${answer.status}`);
    assert.match(answer.headers.get('content-type'), /json/, path);
  }
});

test('PORTAL with a slash behind it, the address leads to the page',
  async () => {
    const answer = await get('/portal/');
    assert.equal(answer.status, 302);
    assert.equal(new URL(answer.headers.get('location'),
      `${gateway.url}/portal/`).href, `${gateway.url}/portal`);
  });
