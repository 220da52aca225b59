// SPDX-License-Identifier: Apache-2.0
// What cases of the line of scores work with: an LMS of which a test says how
// it answers each score, and a gateway whose time is the test's.

import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { enrol } from './enrolled.js';
import { sleep, startGateway, until } from './gateway.js';
import { AGS, startLms } from './lms.js';
import { backEndOf, courseOf, itemPath, scoreOf } from './services.js';

export const HOUR = 3600;
export const DAY = 24 * HOUR;
export const LONGEST_REST = 900;
export // Hours pass in steps, and each asks the gateway: a busy machine takes its time.
const DRAIN_MS = 240_000;
const LEASE = 90;
export const ENDPOINT = 'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint';
export const SECOND = 1000;

// --- an LMS of which a test says how it answers each score ------------------

export const time = ({ timestamp }) => Date.parse(timestamp) * 1000
  + Number(/\.\d{3}(\d{3})/.exec(timestamp)?.[1] ?? 0);
export const numberOf = ({ scoreGiven }) => scoreGiven;

// decide(score, whole list) gives a status, 'closes' (after it was kept) or
// 'hangs'; undefined is 200. Times that do not rise are answered 409, by
// `rule` in 'strict' or 'seconds'.
export async function startScript(t, { decide = () => undefined, rule = 'strict',
  slow = 0 } = {}) {
  const lms = { decide, rule, scores: [], results: new Map(), tokens: 0 };
  const isLate = (one) => {
    const old = lms.results.get(`${one.item} ${one.user}`);
    const unit = lms.rule === 'seconds' ? SECOND * SECOND : 1;
    return old && Math.floor(time(one.body) / unit)
      <= Math.floor(time(old) / unit);
  };
  const judge = (one) => {
    const wish = lms.decide(one, lms.scores) ?? 200;
    if (wish !== 200 && wish !== 'closes') return wish;
    if (isLate(one)) return wish === 200 ? 409 : wish;
    lms.results.set(`${one.item} ${one.user}`, one.body);
    return wish;
  };
  const server = http.createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const text = Buffer.concat(parts).toString();
    const json = { 'content-type': 'application/json' };
    if (request.url === '/token') {
      lms.tokens += 1;
      response.writeHead(200, json).end(JSON.stringify({ access_token: 'a',
        token_type: 'Bearer', expires_in: 3600 }));
      return;
    }
    const body = JSON.parse(text);
    const one = { item: request.url.replace(/\/scores$/, ''),
      user: body.userId, body };
    lms.scores.push(one);
    one.status = judge(one);
    if (slow) await new Promise((done) => setTimeout(done, slow));
    if (one.status === 'closes') request.socket.destroy();
    else if (one.status !== 'hangs') response.writeHead(one.status).end();
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  lms.url = `http://localhost:${server.address().port}`;
  lms.release = () => {
    lms.decide = () => undefined;
    server.closeAllConnections();
  };
  lms.of = (user) => lms.scores.filter((one) => one.user === user);
  return lms;
}

// Its service key outlives its launch.
export async function joined(gateway, lms, scopes = [`${AGS}score`]) {
  const entered = await enrol(gateway, { issuer: lms.url,
    url: lms.url, accesstokenEndpoint: `${lms.url}/token` });
  const { ltik } = await entered.launch({ claims: { [ENDPOINT]:
    { scope: scopes, lineitems: `${lms.url}/items` } } });
  const end = await backEndOf(gateway, ltik);
  return { ...end, platform: entered.platform,
    queue: (user, changes, item = '1') => queued(end,
      `${lms.url}/items/${item}`, scoreOf(user, changes),
      { auth: 'service' }) };
}

export const post = (end, item, body, { auth, query = { queue: 'true' } } = {}) =>
  end.call('POST', itemPath(item, '/scores'), { query, body, auth });

export async function queued(end, item, body, options) {
  const answer = await post(end, item, body, options);
  assert.equal(answer.status, 202, answer.text);
  return answer.body;
}

// --- a gateway whose time is the test's -------------------------------------

export async function labOf(t, { settings, environment } = {}) {
  const gateway = await startGateway({ environment,
    settings: { registration: { autoActivate: true }, ...settings } });
  t.after(() => gateway.close());
  const lab = { gateway, shift: 0, rung: 0 };
  lab.now = () => Math.floor(Date.now() / SECOND) + lab.shift;
  lab.ask = (text) => gateway.store.sql(text);
  // Nothing is on its way.
  lab.quiet = () => until(async () => await lab.ask('SELECT count(*) FROM '
    + 'scores WHERE leased_until > 0 AND state = \'waiting\'') === '0',
  'nothing on its way');
  // A score at another LMS wakes the sender: it looks round now, and not
  // within a second.
  lab.heard = await startScript(t);
  lab.bell = await joined(gateway, lab.heard);
  lab.ring = async () => {
    lab.rung += 1;
    const who = `bell-${lab.rung}`;
    await lab.bell.queue(who);
    while (!lab.heard.of(who).length) await sleep(5);
    await lab.quiet();
  };
  lab.move = async (seconds) => {
    lab.shift += seconds;
    await gateway.setClock(lab.shift);
  };
  lab.pass = async (seconds) => {
    await lab.move(seconds);
    await lab.ring();
  };
  lab.score = async (id) => {
    const answer = await gateway.api('GET', `/api/scores/${id}`);
    assert.equal(answer.status, 200, answer.text);
    return answer.body;
  };
  lab.ends = (id, state) => until(async () => {
    const score = await lab.score(id);
    if (score.state === 'waiting') return null;
    assert.equal(score.state, state, JSON.stringify(score));
    return score;
  }, `${id} is ${state}`);
  lab.tried = (id, count) => until(async () => {
    const score = await lab.score(id);
    return score.tries.length >= count ? score : null;
  }, `${count} tries of ${id}`);
  lab.waiting = async () => Number(await lab.ask(
    'SELECT count(*) FROM scores WHERE state = \'waiting\''));
  lab.events = async () => (await gateway.api('GET',
    '/admin/events?kind=score&limit=500')).body.events;
  // Until nothing waits, however often the LMS rests meanwhile. In steps that
  // end no lease which is taken while the clock moves.
  lab.drain = () => until(async () => {
    await lab.quiet();
    if (await lab.waiting() === 0) return true;
    await lab.pass(LEASE / 2);
    return false;
  }, 'an empty line', DRAIN_MS);
  return lab;
}

// A course at one of the testbed's LMSs, its time the gateway's.
export async function placeOf(t, profile, { students = 0, ...options } = {}) {
  const lab = await labOf(t, options);
  const lms = await startLms({
    clock: () => Date.now() + lab.shift * SECOND });
  t.after(() => lms.close());
  const course = await courseOf(lms, lab.gateway, profile, options);
  if (students) lms.setRoster(course.exchange, students + 1);
  const { id: item } = await course.addItem();
  const { idToken: { user: { id: user } } } =
    await course.launch({ user: 'student' });
  const people = students ? (await course.call('GET', '/api/memberships',
    { query: { all: 'true' } })).body.members
    .filter(({ roles }) => roles.some((role) => /Learner$/.test(role)))
    .map(({ userId }) => userId) : [user];
  const { exchange } = course;
  return Object.assign(lab, { lms, course, item, user, people,
    queue: (changes, who = user, end = item) =>
      queued(course, end, scoreOf(who, changes)),
    change: (changes) => lms.changeServices(exchange, changes),
    arrived: () => lms.services(exchange).scores,
    results: () => lms.services(exchange).results,
    counts: () => lms.serviceCounts(exchange) });
}

// Nobody's score comes after a newer one of that person, taken times rise.
export function checkOrder(scores, good = (status) => status < 300) {
  const people = new Map();
  for (const one of scores) {
    const last = people.get(one.user);
    if (last) {
      assert.ok(numberOf(one.body) >= numberOf(last.body),
        `${one.user}: ${numberOf(one.body)} after ${numberOf(last.body)}`);
      if (good(one.status) && last.taken) {
        assert.ok(time(one.body) > time(last.taken), one.user);
      }
    }
    people.set(one.user, { body: one.body,
      taken: good(one.status) ? one.body : last?.taken });
  }
}
