// SPDX-License-Identifier: Apache-2.0
// Every way in which services can be made to misbehave.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { startTestbed } from './testbed.js';
import {
  askToken, enrolledTool, scopes, toolKeys, withTail,
} from './service_client.js';

let lms;
let keys;
let tool;
let client;
let item;
let ahead = 0;

before(async () => {
  lms = await startTestbed({ clock: () => Date.now() + ahead });
  keys = await toolKeys();
  tool = lms.addTool({ profile: 'blackboard', site: 'sw', scopes,
    initiate_login_uri: 'http://tool.localhost/login',
    jwks: { keys: [keys.jwk] } });
  client = await enrolledTool(lms, tool, keys.privateKey);
  item = lms.addLineItem(tool, { activity: true }).id;
});
afterEach(() => {
  lms.changeServices(tool, null);
  lms.setRoster(tool, null);
  lms.release();
});
after(() => lms.close());

const token = (options) => askToken(tool, keys.privateKey, options);

const tokenAnswers = {
  'lower-case': ({ json }) => json().token_type === 'bearer',
  'no-scope': ({ json }) => !('scope' in json()),
  'no-type': ({ json }) => !('token_type' in json()),
  'expires-text': ({ json }) => json().expires_in === '3600',
  'expires-missing': ({ json }) => !('expires_in' in json()),
  'expires-short': ({ json }) => json().expires_in === 2,
  'invalid-scope': ({ status, json }) => status === 400
    && json().error === 'invalid_scope',
  'error-400': ({ status }) => status === 400,
  'error-401': ({ status, json }) => status === 401
    && json().error === 'invalid_client',
  'html-500': ({ status, text }) => status === 500 && /<h1>/.test(text),
  'status-503': ({ status }) => status === 503,
  'not-json': ({ status, text }) => status === 200 && text === '{"a": 1, ',
  empty: ({ status, text }) => status === 200 && text === '',
  array: ({ json }) => Array.isArray(json()),
  'no-token': ({ json }) => !('access_token' in json()),
  'control-token': ({ json }) => /\r\n/.test(json().access_token),
  'huge-token': ({ json }) => json().access_token.length === 100_000,
};

for (const [tokenAnswer, holds] of Object.entries(tokenAnswers)) {
  test(`a token answered ${tokenAnswer}`, async () => {
    lms.changeServices(tool, { tokenAnswer });
    const answer = await token();
    assert.ok(holds(answer), answer.text.slice(0, 200));
  });
}

test('a token answer so many times, and its life', async () => {
  lms.changeServices(tool, { tokenAnswer: { answer: 'error-401', times: 2 } });
  const given = [];
  for (let turn = 0; turn < 3; turn += 1) given.push((await token()).status);
  assert.deepEqual(given, [401, 401, 200]);
  lms.changeServices(tool, { tokenAnswer: 'normal', tokenLifetime: 50 });
  const short = await enrolledTool(lms, tool, keys.privateKey);
  assert.equal((await short.get(short.lineitems)).status, 200);
  ahead = 51_000;
  assert.equal((await short.get(short.lineitems)).status, 401);
  ahead = 0;
});

const broken = ['never-answers', 'stalls-after-headers', 'drips', 'closes',
  'close-midway', 'endless-chunked', 'lying-length-long'];

// What does not end in time counts as broken too.
const soon = (promise) => Promise.race([promise,
  new Promise((resolve, reject) => setTimeout(() =>
    reject(new Error('no answer in time')), 150))]);

test('broken transports reach tokens and calls', async () => {
  for (const name of broken) {
    lms.changeServices(tool, { tokenAnswer: name, serviceAnswer: 'normal' });
    await assert.rejects(soon(token()), undefined, name);
    lms.release();
    lms.changeServices(tool, { tokenAnswer: 'normal', serviceAnswer: name });
    await assert.rejects(soon(client.get(client.lineitems)), undefined, name);
    lms.release();
  }
  for (const name of ['oversize', 'gzip']) {
    lms.changeServices(tool, { serviceAnswer: name });
    const { status, bytes } = await client.get(client.lineitems);
    assert.equal(status, 200);
    assert.ok(bytes.length > 500, name);
  }
});

const serviceAnswers = {
  'not-json': '{"a": 1, ', empty: '', array: '[{"unexpected":true}]',
  object: '{"unexpected":true}',
};

test('statuses, redirects and spoilt bodies', async () => {
  for (const status of [401, 403, 404, 409, 422, 429, 500, 503]) {
    lms.changeServices(tool, { serviceAnswer: `status-${status}` });
    assert.equal((await client.get(client.lineitems)).status, status);
  }
  lms.changeServices(tool, { serviceAnswer: 'redirect-302' });
  const moved = await client.get(client.lineitems);
  assert.equal(moved.status, 302);
  assert.match(moved.headers.location, /\/\/elsewhere\.localhost:/);
  for (const [name, body] of Object.entries(serviceAnswers)) {
    lms.changeServices(tool, { serviceAnswer: name });
    assert.equal((await client.get(client.lineitems)).text, body, name);
  }
  lms.changeServices(tool, { serviceAnswer: 'html-200' });
  assert.match((await client.get(client.lineitems)).headers['content-type'],
    /html/);
  lms.changeServices(tool, { serviceAnswer: 'deep' });
  assert.ok((await client.get(client.lineitems)).text.startsWith('[[[[[['));
});

test('of one kind, so many times, with Retry-After', async () => {
  lms.changeServices(tool, { serviceAnswer: 'status-401-once' });
  assert.equal((await client.get(client.lineitems)).status, 401);
  assert.equal((await client.get(client.lineitems)).status, 200);
  lms.changeServices(tool, { serviceAnswer: 'status-503', on: 'scores',
    times: 2, retryAfter: 7 });
  const given = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const { status, headers } = await client.postScore(item,
      { timestamp: new Date(Date.now() + turn * 10).toISOString() });
    given.push([status, headers['retry-after']]);
  }
  assert.deepEqual(given, [[503, '7'], [503, '7'], [201, undefined]]);
  assert.equal((await client.get(client.lineitems)).status, 200);
  lms.changeServices(tool, { status: 429, times: 50,
    retryAfter: 'Wed, 21 Oct 2026 07:28:00 GMT' });
  for (let turn = 0; turn < 51; turn += 1) {
    const { status } = await client.get(client.lineitems);
    assert.equal(status, turn < 50 ? 429 : 200);
  }
  lms.changeServices(tool, { serviceAnswer: [
    { status: 500, on: 'token', times: 1 },
    { answer: 'empty', on: 'results' }] });
  assert.equal((await token()).status, 500);
  assert.equal((await token()).status, 200);
  assert.equal((await client.get(withTail(item, '/results'))).text, '');
});

test('what is refused is not kept, what is spoilt is', async () => {
  const { id } = lms.addLineItem(tool, { tag: 'kept' });
  const kept = () => lms.services(tool).results.filter((one) =>
    one.lineItem === id).length;
  lms.changeServices(tool, { serviceAnswer: 'status-500' });
  await client.postScore(id);
  assert.equal(kept(), 0);
  lms.changeServices(tool, { serviceAnswer: 'closes' });
  await assert.rejects(client.postScore(id));
  assert.equal(kept(), 1);
});

test('delays, statuses of scores, times, and services that are down',
  async () => {
    lms.changeServices(tool, { serviceDelay: 80, tokenDelay: 80 });
    let began = performance.now();
    await client.get(client.lineitems);
    assert.ok(performance.now() - began > 70);
    began = performance.now();
    await token();
    assert.ok(performance.now() - began > 70);
    lms.changeServices(tool, null);
    lms.changeServices(tool, { timestampRule: 'off' });
    for (const scoreStatus of [200, 201, 202, 204]) {
      lms.changeServices(tool, { scoreStatus });
      assert.equal((await client.postScore(item)).status, scoreStatus);
    }
    lms.changeServices(tool, { timestampRule: 'seconds' });
    const timestamp = new Date(Date.now() + 2000).toISOString();
    assert.ok((await client.postScore(item, { timestamp })).status < 300);
    assert.equal((await client.postScore(item, { timestamp })).status, 409);
    lms.changeServices(tool, { down: true });
    await assert.rejects(client.get(client.lineitems));
    await assert.rejects(token());
  });

const links = {
  straight: /^<[^>]*>; rel="next"$/,
  curly: /^<[^>]*>; rel=\u201cnext\u201d$/,
  'curly-escaped': /^<[^>]*&amp;[^>]*>; rel=\u201cnext\u201d$/,
  unquoted: /^<[^>]*>; rel=next$/,
  'single-quoted': /^<[^>]*>; rel='next'$/,
  'upper-case': /^<[^>]*>; REL="NEXT"$/,
  'several-in-one': /rel="first", .*rel="next", .*rel="last"$/,
  'several-headers': /rel="first", .*rel="next"/,
  'relation-list': /rel="http:\/\/\S+ next section"$/,
  relative: /^<\/[^>]*>; rel="next"$/,
  'extra-parameters': /title="a, b; rel=\\"prev\\"".*rel="next"; hreflang/,
  none: /^$/,
};

for (const [linkForm, form] of Object.entries(links)) {
  test(`a Link header that is ${linkForm}`, async () => {
    lms.setRoster(tool, 5);
    lms.changeServices(tool, { linkForm, paging: 'always' });
    const { headers } = await client.get(client.memberships);
    assert.match(Buffer.from(headers.link ?? '', 'latin1').toString(), form);
  });
}

const nextOf = ({ headers }) =>
  /<([^>]*)>; rel="next"/.exec(headers.link ?? '')?.[1];

async function walk(address, max = 12) {
  const pages = [];
  let next = address;
  while (next && pages.length < max) {
    const answer = await client.get(next);
    pages.push(answer.json().members.length);
    next = nextOf(answer);
  }
  return pages;
}

test('pages: as many as there are, a loop, without end', async () => {
  lms.setRoster(tool, 5);
  lms.changeServices(tool, { paging: { form: 'always', pageSize: 2 } });
  assert.deepEqual(await walk(client.memberships), [2, 2, 1]);
  lms.changeServices(tool, { paging: 'loop' });
  const looping = await client.get(client.memberships);
  assert.equal(nextOf(looping), client.memberships);
  lms.changeServices(tool, { paging: 'endless' });
  assert.equal((await walk(client.memberships, 12)).length, 12);
  lms.changeServices(tool, { paging: 'huge-header' });
  await assert.rejects(client.get(client.memberships), /overflow/i);
});

test('a next page elsewhere: the token that goes there is seen', async () => {
  lms.changeServices(tool, { paging: 'foreign' });
  const next = nextOf(await client.get(client.memberships));
  assert.match(next, /\/\/elsewhere\.localhost:/);
  await client.get(next);
  assert.equal(lms.serviceRequests(tool, 'elsewhere').length, 1);
  lms.changeServices(tool, { paging: 'other-path' });
  const other = nextOf(await client.get(client.memberships));
  assert.match(other, /sw\.developer.*\/somewhere\/else/);
  assert.equal((await client.get(other)).status, 404);
  assert.equal(lms.serviceRequests(tool, 'other').length, 1);
});

test('differences: nothing new, then all', async () => {
  lms.changeServices(tool, { differences: true });
  const { headers } = await client.get(client.memberships);
  const since = /<([^>]*)>; rel="differences"/.exec(headers.link)[1];
  ahead += 5;
  assert.equal((await client.get(since)).json().members.length, 0);
  lms.setRoster(tool, 3);
  assert.equal((await client.get(since)).json().members.length, 3);
});

test('a launch sets them too, and wrong ones are refused', async () => {
  await lms.launch(tool, { services: { scoreStatus: '202' } });
  lms.changeServices(tool, { timestampRule: 'off' });
  assert.equal((await client.postScore(item)).status, 202);
  for (const changes of [{ paging: 'sideways' }, { nothing: 1 },
    { serviceAnswer: 'odd' }, { tokenDelay: 'long' }, { down: 'maybe' },
    { serviceAnswer: 'status-500', on: 'everything' }]) {
    assert.throws(() => lms.changeServices(tool, changes));
  }
  const known = new Set(lms.serviceSwitchList.map(({ name }) => name));
  assert.equal(known.size, 16);
});
