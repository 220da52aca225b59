// SPDX-License-Identifier: Apache-2.0
// How long an LMS's key set is kept, and when it is fetched again: never more
// often than strangers must be able to make us.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { enrol, now } from '../support/enrolled.js';
import { admit as admitAt, forge, makeKey, refuse as refuseAt }
  from '../support/forge.js';
import { startGateway, until } from '../support/gateway.js';
import { startKeyServer } from '../support/key_server.js';

const gateway = await startGateway();
const server = await startKeyServer();
after(async () => {
  await gateway.close();
  await server.close();
});

const HOUR = 3600;
const DAY = 24 * HOUR;
const old = makeKey('RS256', 'old');
const fresh = makeKey('RS256', 'fresh');
const withSet = async (said) => {
  const set = server.set({ keys: [old.jwk], ...said });
  return { set, lms: await enrol(gateway, { authConfig: set.auth }) };
};
const by = (key, kid = key.kid) => (claims) =>
  forge({ alg: 'RS256', kid, typ: 'JWT' }, claims, key);

// Times count from when a test began; the LMS's clock goes with ours.
let base = 0;
let shift = 0;
async function later(seconds) {
  shift = base + seconds;
  await gateway.setClock(shift);
}
const begin = async () => {
  base = shift + 10 * DAY;
  await later(0);
};
const claims = () => ({ iat: now() + shift, exp: now() + shift + 60 });
const admit = (lms, name, key) =>
  admitAt(lms, name, by(key), { claims: claims() });
const refuse = (lms, name, key, code = 'KID_NOT_FOUND', status = 400) =>
  refuseAt(lms, name, code, by(key), { claims: claims(), status });

// Many tokens of keys that nobody has, a few at once.
async function flood(lms, count) {
  for (let i = 0; i < count; i += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, k) => refuseAt(lms,
      'unknown', 'KID_NOT_FOUND', by(fresh, `unknown-${i + k}`),
      { claims: claims() })));
  }
}
async function prepared(lms, key, count) {
  const list = [];
  for (let i = 0; i < count; i += 1) {
    const login = await lms.login();
    list.push({ login, token: by(key)(lms.claims(login, claims())) });
  }
  return list;
}
const postAll = (lms, list) => Promise.all(list.map(({ login, token }) =>
  lms.post(login, token)));

// --- A33 -------------------------------------------------------------------

test('A33 30 launches at once with nothing kept make one fetch', async () => {
  await begin();
  const { set, lms } = await withSet({ delay: 1300 });
  const pages = await postAll(lms, await prepared(lms, old, 30));
  assert.deepEqual(pages.map(({ status }) => status), Array(30).fill(303));
  assert.equal(set.count(), 1);
});

test('A33 30 launches at once where nobody answers well make one fetch',
  async () => {
    await begin();
    const { set, lms } = await withSet({ delay: 1300, status: 500 });
    const pages = await postAll(lms, await prepared(lms, old, 30));
    assert.deepEqual(pages.map(({ status }) => status), Array(30).fill(502));
    assert.equal(set.count(), 1);
    set.say({ status: 200, delay: 0 });
    await refuse(lms, 'within the minute', old, 'KEY_SET_UNREACHABLE', 502);
    assert.equal(set.count(), 1);
    await later(61);
    await admit(lms, 'a minute later', old);
    assert.equal(set.count(), 2);
  });

test('X42 the event of a launch tells that keys were fetched for it',
  async () => {
    await begin();
    const { lms } = await withSet({});
    const told = async () => {
      const { body } = await gateway.api('GET',
        `/admin/events?kind=launch&platformId=${lms.platform.id}`);
      return body.events.map(({ details }) => details.keySet);
    };
    await admit(lms, 'the first', old);
    assert.deepEqual(await told(), ['fetched']);
    await admit(lms, 'the second', old);
    assert.deepEqual(await told(), [undefined, 'fetched']);
  });

test('A33 unknown kids cause one fetch a minute, however many', async () => {
  await begin();
  const { set, lms } = await withSet({ delay: 50 });
  await admit(lms, 'warm', old);
  assert.equal(set.count(), 1);
  await flood(lms, 100);
  assert.equal(set.count(), 2);
  await flood(lms, 40);
  await later(45);
  await flood(lms, 40);
  assert.equal(set.count(), 2);
  await admit(lms, 'an honest one meanwhile', old);
  await later(61);
  await flood(lms, 100);
  assert.equal(set.count(), 3);
  // It is each set's own minute.
  const other = await withSet({});
  await flood(other.lms, 40);
  assert.equal(other.set.count() <= 2, true);
  assert.equal(set.count(), 3);
});

test('A33 while unknown kids wait for a slow set, others do not', async () => {
  await begin();
  const { set, lms } = await withSet({});
  await admit(lms, 'warm', old);
  set.say({ hang: true });
  const list = await prepared(lms, fresh, 5);
  const waiting = postAll(lms, list);
  await until(() => set.count() === 2, 'the second fetch');
  const since = Date.now();
  await admit(lms, 'with the keys that are there', old);
  assert.ok(Date.now() - since < 5000);
  const pages = await waiting;
  assert.deepEqual(pages.map(({ status }) => status), Array(5).fill(400));
  assert.equal(set.count(), 2);
});

test('A33 a wrong signature, or no JWT, is no reason to fetch', async () => {
  await begin();
  const { set, lms } = await withSet({});
  const stranger = makeKey('RS256', 'old');
  await admit(lms, 'warm', old);
  for (let i = 0; i < 20; i += 1) {
    await refuse(lms, 'signature', stranger, 'INVALID_SIGNATURE');
    await refuseAt(lms, 'form', 'INVALID_JWT_RECEIVED', () => 'a.b.c');
  }
  assert.equal(set.count(), 1);
  const unused = await withSet({});
  await refuseAt(unused.lms, 'form', 'INVALID_JWT_RECEIVED', () => 'a.b.c');
  await refuseAt(unused.lms, 'none', 'ALGORITHM_NOT_ALLOWED', (all) =>
    by(old)(all).replace(/^[^.]*/, Buffer.from('{"alg":"none"}')
      .toString('base64url')));
  assert.equal(unused.set.count(), 0);
});

// --- X10, rotation ---------------------------------------------------------

test('X10 a new kid is found after one more fetch', async () => {
  await begin();
  const { set, lms } = await withSet({});
  await admit(lms, 'old', old);
  set.say({ keys: [old.jwk, fresh.jwk] });
  const pages = await postAll(lms, await prepared(lms, fresh, 10));
  assert.deepEqual(pages.map(({ status }) => status), Array(10).fill(303));
  assert.equal(set.count(), 2);
  await admit(lms, 'both', old);
  await admit(lms, 'both', fresh);
  assert.equal(set.count(), 2);
  // The old one is withdrawn; its time is over with what was kept.
  set.say({ keys: [fresh.jwk] });
  await later(HOUR + 1);
  await admit(lms, 'fresh', fresh);
  await refuse(lms, 'withdrawn', old);
  assert.ok(set.count() <= 4);
});

test('X10 keys that were good are kept when a later fetch fails', async () => {
  await begin();
  const { set, lms } = await withSet({});
  await admit(lms, 'warm', old);
  let asked = 1;
  for (const said of [{ status: 500 }, { status: 200, text: '<html>' },
    { text: '{"keys":[]}' }, { text: undefined, status: 404 }]) {
    set.say(said);
    await later(asked * 2 * HOUR);
    await admit(lms, 'the last good ones', old);
    await admit(lms, 'the last good ones', old);
    asked += 1;
    assert.equal(set.count(), asked, JSON.stringify(said));
    await refuse(lms, 'unknown', fresh);
    asked = set.count();
  }
  set.say({ status: 200, keys: [fresh.jwk] });
  await later(20 * HOUR);
  await admit(lms, 'the new ones', fresh);
  await refuse(lms, 'the old ones', old);
});

// --- X12 -------------------------------------------------------------------

const lives = [
  ['nothing is said', undefined, HOUR],
  ['max-age=0', 'max-age=0', 300],
  ['no-store', 'private, no-store', 300],
  ['no-cache', 'no-cache', 300],
  ['a minute', 'public, max-age=60', 300],
  ['two hours', 'public, max-age=7200, must-revalidate', 2 * HOUR],
  ['in capitals', 'Public,MAX-AGE=1000', 1000],
  ['ten days', 'max-age=864000', DAY],
  ['longer than a number', 'max-age=99999999999999999999', DAY],
  ['both, in either order', 'no-cache, max-age=1000', 300],
  ['a negative number', 'max-age=-5', HOUR],
  ['nonsense', 'max-age=soon', HOUR],
  ['only for shared caches', 's-maxage=10', HOUR],
];
for (const [name, cacheControl, seconds] of lives) {
  test(`X12 Cache-Control, ${name}: kept ${seconds} s`, async () => {
    await begin();
    const { set, lms } = await withSet({ cacheControl });
    await admit(lms, 'first', old);
    // The key that was kept would still open the tool: see who is asked.
    await later(seconds - 5);
    await admit(lms, 'before', old);
    assert.equal(set.count(), 1);
    await later(seconds + 5);
    await admit(lms, 'after', old);
    assert.equal(set.count(), 2);
    await admit(lms, 'and again', old);
    assert.equal(set.count(), 2);
  });
}

test('X12 a clock that is put back keeps nothing for ever', async () => {
  await begin();
  const { set, lms } = await withSet({});
  await admit(lms, 'first', old);
  await later(-2 * DAY);
  await admit(lms, 'two days earlier', old);
  assert.equal(set.count(), 2);
});
