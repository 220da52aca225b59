// SPDX-License-Identifier: Apache-2.0
// grading - rounds of scores and of rosters, through the gateway and by ltijs
// in turn, to one LMS: the testbed's Moodle in a process of its own
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { addTool, authorization, giveScores, openClassroom, queueScores, readRoster,
  serviceKeyOf, shareKeys } from './classroom.js';
import { interleave, middle, roundsOf, show, sum } from './figures.js';
import { end, inPostgres, seen, serve } from './gateway.js';
import { openPeer } from './peer_ltijs.js';

const ROUNDS = roundsOf(5);
const QUEUE_ROUNDS = roundsOf(3);
const ROSTER_ROUNDS = roundsOf(3);
const COUNT = 600;
const PEER_COUNT = 60;
const QUEUED = 2000;
const ROSTERS_AT_ONCE = 8;
const SETTLE_MS = 2000;

const scoreText = '{"userId":"@","scoreGiven":8,"scoreMaximum":10,'
  + '"activityProgress":"Completed","gradingProgress":"FullyGraded"}';

async function openOurs(classroom, name, gateway, port) {
  const origin = `http://localhost:${port}`;
  const platform = await addTool(classroom, name, origin, '/lti/login', '/lti/launch');
  await gateway.enrol(platform);
  await shareKeys(classroom, platform, `${gateway.origin}/lti`);
  const { ltik } = await classroom.ask('launch', platform);
  const serviceKey = await serviceKeyOf(gateway.origin, ltik);
  const by = (credential, query, expected) => ({ body: scoreText, expected,
    headers: `Authorization: ${credential}`, pid: gateway.child.pid,
    url: `${gateway.origin}/api/lineitems/${encodeURIComponent(platform.item)}/scores${query}` });
  return { platform,
    ltik: by(authorization.ltik(ltik), '', 204),
    'service key': by(authorization.service(serviceKey), '', 204),
    queued: by(authorization.ltik(ltik), '?queue=true', 202),
    roster: { members: `${gateway.origin}/api/memberships`, all: '?all=true',
      fields: { authorization: authorization.ltik(ltik) }, pid: gateway.child.pid } };
}

async function openTheirs(classroom, port, store) {
  const origin = `http://127.0.0.1:${port}`;
  const platform = await addTool(classroom, 'theirs', origin, '/login', '/');
  const peer = await openPeer(null, platform, port, store);
  if (!peer) return null;
  const { pid } = peer.child;
  try {
    await shareKeys(classroom, platform, origin);
    const { ltik, cookie } = await classroom.ask('launch', platform);
    return { platform, close: peer.close, pid,
      score: { url: `${origin}/score`, expected: 200, pid,
        headers: `Authorization: Bearer ${ltik}\r\nCookie: ${cookie}`,
        body: JSON.stringify({ item: platform.item }).replace(/}$/, `,"score":${scoreText}}`) },
      roster: { members: `${origin}/members`, all: '', pid,
        fields: { authorization: `Bearer ${ltik}`, cookie } } };
  } catch (failure) {
    console.log(`ltijs is left out of grades: ${failure.message.slice(0, 300)}`);
    await peer.close();
    return null;
  }
}

/* --- scores --------------------------------------------------------------- */

function tell(title, rounds) {
  const of = (member, digits) => middle(rounds, member).toFixed(digits);
  console.log(`${title} (median of ${rounds.length} rounds)`);
  show('a second', of('perSecond', 0), '/s');
  show('p50, p99', `${of('p50', 2)}, ${of('p99', 2)}`, 'ms');
  show('CPU for each, best round, the LMS\'s', `${of('cpu', 3)}, ${
    Math.min(...rounds.map(({ cpu }) => cpu)).toFixed(3)}, ${of('lmsCpu', 3)}`, 'ms');
  show('new connections and tokens, in all rounds',
    `${sum(rounds, 'connections')}, ${sum(rounds, 'tokens')}`, '');
  show('failed, not at the LMS', `${sum(rounds, 'failed')}, ${sum(rounds, 'lost')}`, '');
}

// Its first call alone: while it has no token yet, those that come at once
// each ask for one, and some of them fail to keep theirs.
async function warmTheirs(classroom, { platform, score }) {
  for (const [concurrency, count] of [[1, 1], [8, 5 * PEER_COUNT]])
    await giveScores(classroom, platform, score, concurrency, count);
}

async function compareScores(classroom, ours, others, theirs) {
  const kinds = {};
  const before = await classroom.ask('counts', ours.platform);
  for (const concurrency of [1, 8, 32]) {
    for (const by of ['ltik', 'service key'])
      kinds[`scores, ${concurrency} at once, by ${by}`] = () =>
        giveScores(classroom, ours.platform, ours[by], concurrency, COUNT);
    if (others)
      kinds[`on PostgreSQL: scores, ${concurrency} at once, by service key`] = () =>
        giveScores(classroom, others.platform, others['service key'], concurrency, COUNT);
    if (theirs)
      kinds[`ltijs: scores, ${concurrency} at once`] = () =>
        giveScores(classroom, theirs.platform, theirs.score, concurrency, PEER_COUNT);
  }
  const warm = await giveScores(classroom, ours.platform, ours.ltik, 32, COUNT);
  if (others) await giveScores(classroom, others.platform, others.ltik, 32, COUNT);
  if (theirs) await warmTheirs(classroom, theirs);
  const all = await interleave(ROUNDS, kinds);
  for (const [name, rounds] of Object.entries(all)) tell(name, rounds);
  const after = await classroom.ask('counts', ours.platform);
  show('ltigate: connections of the first round, tokens of all',
    `${warm.connections}, ${after.tokens - before.tokens}`, '');
  show("the load program's share of a core, 32 at once",
    middle(all['scores, 32 at once, by ltik'], 'ownShare').toFixed(2), '');
  if (theirs) compare(all);
}

function compare(all) {
  for (const concurrency of [1, 8, 32]) {
    const ours = all[`scores, ${concurrency} at once, by ltik`];
    const theirs = all[`ltijs: scores, ${concurrency} at once`];
    const ratio = (a, b, member) => (middle(a, member) / middle(b, member)).toFixed(1);
    show(`${concurrency} at once: times ltijs, times less CPU`,
      `${ratio(ours, theirs, 'perSecond')}, ${ratio(theirs, ours, 'cpu')}`, '');
  }
}

async function compareQueued(classroom, sites) {
  const kinds = {};
  for (const [name, { platform, queued }] of Object.entries(sites))
    for (const concurrency of [8, 32])
      kinds[`${name}: queued scores, ${concurrency} at once, ${QUEUED}`] = () =>
        queueScores(classroom, platform, queued, concurrency, QUEUED);
  const all = await interleave(QUEUE_ROUNDS, kinds);
  for (const [name, rounds] of Object.entries(all)) {
    const of = (member, digits) => middle(rounds, member).toFixed(digits);
    console.log(`${name} (median of ${rounds.length} rounds)`);
    show('acknowledged a second', of('perSecond', 0), '/s');
    show('p50, p99 of that', `${of('p50', 2)}, ${of('p99', 2)}`, 'ms');
    show('not yet at the LMS when the last was acknowledged', of('behind', 0), '');
    show('all at the LMS after', `${of('arrivedAfter', 2)} s, ${of('arrived', 0)}`, '/s');
    show('CPU for each, of the whole way', of('wholeCpu', 3), 'ms');
    show('new connections, in all rounds', sum(rounds, 'connections'), '');
    show('failed, not at the LMS', `${sum(rounds, 'failed')}, ${sum(rounds, 'lost')}`, '');
  }
}

/* --- rosters -------------------------------------------------------------- */

async function timeRoster(classroom, platform, tool, manner) {
  const { cpu } = seen(tool.pid);
  const own = process.cpuUsage();
  const lms = await classroom.ask('counts', platform);
  const cpuBefore = cpu();
  const began = performance.now();
  const { bytes } = await readRoster(tool, manner);
  const wall = performance.now() - began;
  const { user, system } = process.cpuUsage(own);
  const lmsAfter = await classroom.ask('counts', platform);
  return { bytes, wall, cpu: cpu() - cpuBefore, lmsCpu: lmsAfter.cpu - lms.cpu,
    ownShare: (user + system) / 1000 / wall };
}

async function compareRosters(classroom, ours, theirs) {
  const kinds = {
    'roster of 10,000, all in one call': () =>
      timeRoster(classroom, ours.platform, ours.roster, { paged: false }),
    'roster of 10,000, page by page': () =>
      timeRoster(classroom, ours.platform, ours.roster, { paged: true }),
  };
  if (theirs)
    kinds['ltijs: roster of 10,000, all in one call'] = () =>
      timeRoster(classroom, theirs.platform, theirs.roster, { paged: false });
  const all = await interleave(ROSTER_ROUNDS, kinds);
  for (const [name, rounds] of Object.entries(all)) {
    const of = (member, digits) => middle(rounds, member).toFixed(digits);
    console.log(`${name} (median of ${rounds.length} rounds)`);
    show('it took, CPU, the LMS\'s', `${of('wall', 0)}, ${of('cpu', 0)}, ${of('lmsCpu', 0)}`, 'ms');
    show('bytes to the tool', of('bytes', 0), '');
    show("the reader's share of a core", of('ownShare', 2), '');
  }
}

async function weighRosters(name, tool) {
  const process = seen(tool.pid);
  const peakOf = async (count) => {
    process.forgetPeak();
    await Promise.all(Array.from({ length: count }, () => readRoster(tool, { paged: false })));
    return process.peak();
  };
  const before = process.resident();
  const peaks = [await peakOf(1), await peakOf(ROSTERS_AT_ONCE)];
  await sleep(SETTLE_MS);
  const after = process.resident();
  show(`${name}: resident before, peak with 1, with ${ROSTERS_AT_ONCE}, after`,
    [before, ...peaks, after].map((size) => size.toFixed(0)).join(', '), 'MB');
}

/** Its own gateways at `port`, fresh, on SQLite and in `postgres`, and ltijs where
 * `store` is given. */
export async function measureGrades(folder, port, store, postgres) {
  const open = [];
  const began = performance.now();
  try {
    const classroom = await openClassroom();
    open.push(classroom);
    const gateway = await serve(folder, 'grades', port);
    open.push({ close: () => end(gateway.child) });
    const ours = await openOurs(classroom, 'ours', gateway, port);
    const sites = { SQLite: ours };
    if (postgres) {
      const other = await serve(folder, 'grades-postgres', port + 2,
        inPostgres(folder, 'grades', postgres));
      open.push(other);
      sites.PostgreSQL = await openOurs(classroom, 'others', other, port + 2);
    }
    const theirs = store ? await openTheirs(classroom, port + 1, store) : null;
    if (theirs) open.push(theirs);
    console.log('rosters of 10,000 in pages of 100, all in one call');
    await weighRosters('ltigate', ours.roster);
    if (theirs) await weighRosters('ltijs', theirs.roster);
    await compareRosters(classroom, ours, theirs);
    await compareScores(classroom, ours, sites.PostgreSQL, theirs);
    await compareQueued(classroom, sites);
    show('resident, after all of these', gateway.resident().toFixed(1), 'MB');
    show('the part took', ((performance.now() - began) / 1000).toFixed(0), 's');
  } finally {
    await Promise.all(open.map((one) => one.close()));
  }
}
