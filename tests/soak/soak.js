// SPDX-License-Identifier: Apache-2.0
// A soak: mixed load on a gateway with SQLite and on one with PostgreSQL, at
// the same time and for an hour, while keys are rotated, the gateways are
// restarted, killed and migrated, LMSs and PostgreSQL fail, and backups are
// taken. `make check-soak TIME=3600`, or node tests/soak/soak.js SECONDS.
//
// It fails when a request failed that no injected fault explains, when what
// was acknowledged is lost or somebody was let in twice, and when memory or
// descriptors grew (watch.js says by how much).

import './program.js';
import { stat } from 'node:fs/promises';
import { startCluster } from '../support/cluster.js';
import { sleep } from '../support/gateway.js';
import { startLms } from '../support/lms.js';
import { samplesOf, tellMetrics } from '../support/metrics.js';
import { makePostgres } from '../support/postgres.js';
import { makeSqlite } from '../support/sqlite.js';
import { unexplained } from '../support/storm.js';
import { looking, misbehaving, placeOf, queueing, serving } from './callers.js';
import { makeCopies } from './copies.js';
import { faultsOf, oddKind } from './faults.js';
import { keepOn } from './pace.js';
import { scheduleOf } from './schedule.js';
import { openSite } from './site.js';
import { tell } from './told.js';
import { contentLinking, launching, registering } from './visitors.js';
import { judgeFlat, startWatch } from './watch.js';

const SECONDS = Number(process.argv[2] ?? 3600);
const PROFILES = ['moodle-4.5', 'canvas-cloud', 'brightspace', 'blackboard',
  'sakai', 'ilias'];
const KEEP = { keepRequests: 1_000_000, keepLaunches: 500 };
const OUTAGE_MS = Math.min(12_000, Math.max(2000, SECONDS * 10));
const LOOK_MS = Math.max(250, SECONDS / 3.6);
const TELL_S = Math.min(60, SECONDS / 6);
// Each takes 19 MB for a moment: soon enough to be in every warm-up.
const SIGN_IN_MS = Math.min(15_000, SECONDS * 25);
const SHOWN = 15;

if (!(SECONDS >= 60)) {
  console.error('soak: at least 60 seconds, for instance: make check-soak '
    + 'TIME=180');
  process.exit(2);
}

// --- one site --------------------------------------------------------------

async function prepareSite(site) {
  const tools = [];
  for (const profile of PROFILES) {
    tools.push((await site.lms.add(site.gateway, profile)).exchange);
  }
  const { exchange: odd } = await site.lms.add(site.gateway, 'moodle-4.5');
  const place = await placeOf(site);
  return { site, tools, odd, place,
    launches: launching(site, tools, 'launch'),
    oddLaunches: launching(site, [odd], oddKind),
    linking: contentLinking(site, tools),
    registrations: registering(site),
    services: serving(site, place),
    queue: queueing(site, place),
    portal: await looking(site),
    bad: misbehaving(site, tools[0], place) };
}

// Some 25 requests a second.
function load(work, over) {
  const { site, launches, oddLaunches, linking, registrations, services, queue,
    portal, bad, place } = work;
  const guarded = (once) => async (i) => {
    try {
      await once(i);
    } catch (problem) {
      site.wrong(`${problem.stack}`);
    }
  };
  const on = (count, everyMs, once) =>
    keepOn(over, count, everyMs, guarded(once));
  return Promise.all([
    on(4, 800, launches.once), on(1, 3000, oddLaunches.once),
    on(1, 3000, linking.once), on(1, 5000, registrations.once),
    on(2, 700, services.once), on(queue.people.length, 5000, queue.once),
    on(2, 900, portal.read), on(1, 4000, portal.write),
    on(1, SIGN_IN_MS, portal.signIn), on(1, 10_000, portal.metrics),
    on(1, 800, bad.once), on(1, 10_000, async () => place.forget()),
  ]);
}

async function befall(schedule, faults, begun, site) {
  for (const { at, fault } of schedule) {
    await sleep(begun + at * 1000 - performance.now());
    try {
      await faults.run(fault);
    } catch (problem) {
      site.wrong(`${fault[0]}: ${problem.stack}`);
      if (!site.pid()) throw problem;
    }
  }
}

const sizeOf = (site, cluster) => site.name === 'SQLite'
  ? Promise.all(site.store.files.map((file) =>
    stat(file).then(({ size }) => size, () => 0)))
    .then((all) => all.reduce((a, b) => a + b))
  : cluster.query(`SELECT pg_database_size('${
    new URL(site.store.url).pathname.slice(1)}')`).then(Number);

// --- the end ---------------------------------------------------------------

async function checkEnd(work, watch, sizes) {
  const { site, launches, oddLaunches, registrations, queue, portal } = work;
  await queue.drain();
  const scores = await queue.check();
  await registrations.check();
  await portal.check();
  const sums = Object.fromEntries(Object.keys(launches.sums).map((name) =>
    [name, launches.sums[name] + oddLaunches.sums[name]]));
  const rows = Number(await site.store.sql('SELECT count(*) FROM launches'));
  if (rows < site.letIn) {
    site.wrong(`${rows} launches are stored, ${site.letIn} were let in`);
  }
  await site.store.check();
  const families = await tellMetrics(site.gateway);
  const total = (name, labels = {}) => samplesOf(families, name)
    .filter((one) => Object.entries(labels).every(([label, value]) =>
      one.labels[label] === value))
    .reduce((all, { value }) => all + value, 0);
  const metrics = {
    launches: total('ltigate_launches_total', { outcome: 'done' }),
    retries: total('ltigate_store_retries_total'),
    errors: total('ltigate_log_lines_total', { level: 'error' }) };
  const flat = judgeFlat(watch.lives.at(-1));
  flat.problems.forEach(site.wrong);
  const failures = site.record.failures();
  const strange = unexplained(failures, site.windows);
  return { site, sums, registered: registrations.sums, scores, metrics,
    injected: failures.length - strange.length, strange, flat,
    cpu: watch.cpu(), size: sizes };
}

const short = ({ what, status, problem, text, begun }, from) =>
  `${what} at ${((begun - from) / 1000).toFixed(1)} s: ${status ?? problem} `
  + `${(text ?? '').replace(/\s+/g, ' ').slice(0, 240)}`;

function complain({ site, strange }, begun) {
  for (const one of strange.slice(0, SHOWN)) {
    console.log(`${site.name}: no fault explains ${short(one, begun)}`);
  }
  for (const one of site.wrongs.slice(0, SHOWN)) {
    console.log(`${site.name}: ${one}`);
  }
  return strange.length + site.wrongs.length > 0;
}

function progress(begun, works, watches) {
  const minutes = ((performance.now() - begun) / 60_000).toFixed(1);
  const parts = works.map(({ site }, i) => {
    const { anonymous = 0, descriptors = 0 } =
      watches[i].lives.at(-1)?.samples.at(-1) ?? {};
    const failures = site.record.failures()
      .filter(({ ended }) => ended < Infinity);
    return `${site.name}: ${site.record.requests.length} requests, `
      + `${failures.length} failed, `
      + `${unexplained(failures, site.windows).length} unexplained, `
      + `${anonymous.toFixed(1)} MB, ${descriptors} descriptors, `
      + `${site.wrongs.length} wrong`;
  });
  console.log(`${minutes} min  ${parts.join('; ')}; `
    + `the soak's own ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB`);
}

// --- all -------------------------------------------------------------------

// One after the other.
function makeLine() {
  let last = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
}

async function soak(lms, cluster, sites) {
  sites.push(await openSite('SQLite', { lms, makeStore: makeSqlite }));
  sites.push(await openSite('PostgreSQL', { lms,
    makeStore: (directory) => makePostgres(cluster.url(), directory) }));
  const works = await Promise.all(sites.map(prepareSite));
  const firsts = await Promise.all(sites.map((site) => sizeOf(site, cluster)));
  const copies = makeCopies(cluster);
  const alone = makeLine();
  const begun = performance.now();
  const over = () => performance.now() - begun > SECONDS * 1000;
  const watches = sites.map((site) => startWatch(site, LOOK_MS));
  const timer = setInterval(() => progress(begun, works, watches),
    TELL_S * 1000);
  await Promise.all(works.flatMap((work) => {
    const faults = faultsOf(work.site, { ...work, copies, cluster, alone,
      outageMs: OUTAGE_MS, known: work.registrations.known });
    return [load(work, over),
      befall(scheduleOf(SECONDS, faults), faults, begun, work.site)];
  }));
  clearInterval(timer);
  watches.forEach((watch) => watch.stop());
  progress(begun, works, watches);
  const results = [];
  for (const [i, work] of works.entries()) {
    const last = await sizeOf(work.site, cluster);
    results.push(await checkEnd(work, watches[i],
      { first: firsts[i], last }));
  }
  tell(SECONDS, results);
  return results.map((one) => complain(one, begun)).includes(true);
}

const lms = await startLms(KEEP);
const cluster = await startCluster({ settings: { fsync: 'on',
  synchronous_commit: 'on', full_page_writes: 'on' } });
const sites = [];
let failed = true;
try {
  failed = await soak(lms, cluster, sites);
} finally {
  for (const site of sites) await site.close();
  await cluster.close();
  await lms.close();
}
console.log(failed ? 'soak: FAILED' : `soak: ${SECONDS} s, all as it must be`);
process.exit(failed ? 1 : 0);
