// SPDX-License-Identifier: Apache-2.0
// The tool's back end, an administrator at the portal, and those who ask for
// what they should not: what each came to.
//
//   const place = await placeOf(site, lms)     a course, an item, its students
//   serving(site, place)            once()
//   queueing(site, place)                      once(), drain(), check()
//   await looking(site)                        once(), signIn(), check()
//   misbehaving(site, tool)                    once()

import { apiKey, sleep, until } from '../support/gateway.js';
import { post } from '../support/launches.js';
import { tellMetrics } from '../support/metrics.js';
import { makePerson, password } from '../support/people.js';
import { courseOf, itemPath, scoreOf } from '../support/services.js';
import { pick } from './pace.js';
import { toLogin } from './visitors.js';

const STUDENTS = 14;
const DIRECT = 4; // whose scores are sent at once, in turn
const MAXIMUM = 1_000_000; // tells queued scores from those sent at once
const SCHOOLS_MAX = 20;
const DRAIN_MS = 300_000;
const LEASE_S = 90;

export const serviceKinds = ['items read', 'item made', 'item removed',
  'roster read', 'results read', 'score sent'];

export async function placeOf(site) {
  const { gateway, lms } = site;
  const course = await courseOf(lms, gateway, 'blackboard');
  const { exchange } = course;
  lms.setRoster(exchange, STUDENTS + 3);
  const { id: item } = await course.addItem();
  const { body } = await course.call('GET', '/api/memberships',
    { query: { all: 'true' } });
  const students = body.members.filter(({ roles }) =>
    roles.some((role) => /Learner$/.test(role))).map(({ userId }) => userId);
  const direct = students.slice(0, DIRECT);
  const people = students.slice(DIRECT);
  const call = (method, path, wish) => gateway.api(method, path, wish,
    { key: null, headers:
      { authorization: `SERVICE-AUTH-V1 ${apiKey}:${course.serviceKey}` } });
  // Of the requests nothing is needed but that they do not heap up.
  const forget = () => lms.clearServices(exchange, ['requests']);
  return { exchange, item, direct, people, call, forget };
}

// --- services --------------------------------------------------------------

export function serving(site, { call, item, direct }) {
  const { record } = site;
  let turn = 0;
  async function makeAndRemove() {
    const made = await record.ask('item made', [201], () =>
      call('POST', '/api/lineitems', { label: 'Quiz', scoreMaximum: 5 }));
    if (!made) return;
    for (let tries = 0; tries < 3; tries += 1) {
      if (await record.ask('item removed', [204, ...(tries ? [404] : [])],
        () => call('DELETE', itemPath(made.body.id)))) return;
      await sleep(1000);
    }
  }
  const asks = [
    () => record.ask('items read', [200], () => call('GET', '/api/lineitems')),
    () => record.ask('roster read', [200],
      () => call('GET', '/api/memberships')),
    () => record.ask('results read', [200],
      () => call('GET', itemPath(item, '/scores'))),
    () => record.ask('score sent', [204],
      () => call('POST', itemPath(item, '/scores'), scoreOf(direct[(turn += 1) % DIRECT]))),
    makeAndRemove,
  ];
  return { once: () => pick(asks)() };
}

// One after the other for each person, so that their order is known.
export function queueing(site, { call, item, people, exchange }) {
  const sure = new Map(people.map((who) => [who, []]));
  const unsure = new Map(people.map((who) => [who, []]));
  const ids = new Map();
  let number = 0;
  async function once(i) {
    const who = people[i];
    number += 1;
    const mine = number;
    const answer = await site.record.ask('score queued', [202], () =>
      call('POST', `${itemPath(item, '/scores')}?queue=true`,
        scoreOf(who, { scoreGiven: mine, scoreMaximum: MAXIMUM })));
    if (answer) ids.set(mine, answer.body.id);
    (answer ? sure : unsure).get(who).push(mine);
  }
  const drain = () => until(async () => {
    await sleep(500);
    return await site.store.sql(
      'SELECT count(*) FROM scores WHERE state = \'waiting\'') === '0';
  }, `${site.name}: an empty line`, DRAIN_MS + LEASE_S * 1000);

  function checkPerson(who, own, rows) {
    const taken = new Map();
    own.forEach(({ status, body: { scoreGiven } }, i) => {
      if (i && scoreGiven < own[i - 1].body.scoreGiven) {
        site.wrong(`score ${scoreGiven} came after a newer one`);
      }
      if (status < 300) taken.set(scoreGiven, (taken.get(scoreGiven) ?? 0) + 1);
    });
    for (const one of sure.get(who)) {
      const { state, tried } = rows.get(ids.get(one)) ?? {};
      const times = taken.get(one) ?? 0;
      if (state !== 'delivered') site.wrong(`score ${one} is ${state}`);
      if (times < 1) site.wrong(`score ${one} was acknowledged and is lost`);
      if (times > 1 && tried < 2) site.wrong(`score ${one} came ${times} times`);
    }
    return [...taken.values()].reduce((all, times) => all + times, 0);
  }
  async function check() {
    const rows = new Map((await site.store.rows('SELECT id, state, tried FROM '
      + 'scores')).map((row) => [row.id, row]));
    const arrived = site.lms.services(exchange).scores
      .filter(({ body }) => body.scoreMaximum === MAXIMUM);
    let taken = 0;
    for (const who of people) {
      taken += checkPerson(who, arrived.filter(({ user }) => user === who),
        rows);
    }
    return { queued: ids.size, arrived: taken };
  }
  return { once, drain, check, people };
}

// --- the portal ------------------------------------------------------------

const pages = ['/portal/session', '/admin/platforms?limit=20', '/admin/usage',
  '/admin/events?limit=20', '/admin/users', '/admin/organizations',
  '/api/registrations', '/admin/keys'];

export async function looking(site) {
  const { gateway, record } = site;
  const person = await makePerson(gateway,
    { email: 'ann@tool.example', role: 'admin' });
  const { cookie } = person;
  const asPerson = (method, path, body, token) => gateway.api(method, path,
    body, { key: null, headers: { cookie, ...(token
      ? { 'x-csrf-token': token } : {}) } });
  const schools = [];
  let number = 0;

  const read = () => record.ask('portal read', [200],
    () => asPerson('GET', pick(pages)));
  // The page is opened for it: with another secret the token is another.
  async function write() {
    const session = await record.ask('portal read', [200],
      () => asPerson('GET', '/portal/session'));
    if (!session) return;
    const { csrfToken } = session.body;
    number += 1;
    const made = await record.ask('portal write', [201], () =>
      asPerson('POST', '/admin/organizations', { name: `School ${number}` },
        csrfToken));
    if (made) schools.push(made.body.id);
    if (schools.length <= SCHOOLS_MAX) return;
    const id = schools.shift();
    await record.ask('portal write', [204], () =>
      asPerson('DELETE', `/admin/organizations/${id}`, undefined, csrfToken));
  }
  async function signIn() {
    const session = await record.ask('sign-in', [200], () => gateway.api('POST',
      '/portal/session', { email: person.email, password }, { key: null }));
    if (!session) return;
    const own = session.headers['set-cookie'].map((one) =>
      one.split(';')[0]).join('; ');
    await record.ask('sign-out', [204], () => gateway.api('DELETE',
      '/portal/session', undefined, { key: null, headers:
        { cookie: own, 'x-csrf-token': session.body.csrfToken } }));
  }
  const metrics = () => record.ask('metrics', [200], async () => {
    await tellMetrics(gateway);
    return { status: 200, headers: {}, text: '' };
  });
  async function check() {
    const kept = new Set((await site.store.rows('SELECT id FROM organizations'))
      .map(({ id }) => id));
    for (const id of schools) {
      if (!kept.has(id)) site.wrong(`organisation ${id} is lost`);
    }
  }
  return { read, write, signIn, metrics, check };
}

// --- what is refused -------------------------------------------------------

async function forged(site, tool) {
  const token = await toLogin(site, tool);
  if (!token) throw new Error('no login');
  const { action, fields, cookie } = token;
  const [head, claims, signature] = fields.id_token.split('.');
  const other = signature.startsWith('A') ? 'B' : 'A';
  return post(action, { ...fields,
    id_token: `${head}.${claims}.${other}${signature.slice(1)}` },
  { cookie });
}

export function misbehaving(site, tool, { call, item }) {
  const { gateway } = site;
  const { url } = gateway;
  const bare = { key: null };
  const asks = [
    [401, () => gateway.api('GET', '/admin/platforms', undefined, bare)],
    [401, () => gateway.api('GET', '/api/idtoken', undefined, { key: null,
      headers: { authorization: `LTIK-AUTH-V2 ${apiKey}:nobodys` } })],
    [404, () => gateway.api('GET', '/nothing/here')],
    [404, () => gateway.api('GET', '/admin/platforms/nobodys')],
    [405, () => gateway.api('DELETE', '/admin/settings')],
    [400, () => gateway.api('PUT', '/admin/settings', '{"name": ')],
    [400, () => gateway.api('PUT', '/admin/settings', { name: 7 })],
    [413, () => gateway.api('PUT', '/admin/settings', 'x'.repeat(3 << 20))],
    [400, () => gateway.open(`${url}/lti/login?login_hint=1`)],
    [400, () => gateway.open(`${url}/lti/login?iss=https%3A%2F%2Fx.example`
      + '&login_hint=1&target_link_uri=https%3A%2F%2Ftool.example')],
    [400, () => gateway.open(`${url}/lti/launch`,
      { form: { id_token: 'a.b.c', state: 'none' } })],
    [400, () => gateway.open(`${url}/lti/register`)],
    [400, () => call('POST', itemPath(item, '/scores'), { userId: 7 })],
    [400, () => forged(site, tool)],
  ];
  async function once() {
    const which = Math.floor(Math.random() * asks.length);
    const [status, send] = asks[which];
    await site.record.ask(`refused ${status}`, [status], send);
  }
  return { once };
}
