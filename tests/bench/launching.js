// SPDX-License-Identifier: Apache-2.0
// launching - rounds of launches: of the gateway and the peers in turn, beside
// registrations, and while LMSs do not answer
import { setTimeout as sleep } from 'node:timers/promises';

import { interleave, middle, roundsOf, show, sum } from './figures.js';
import { measure } from './gateway.js';
import { withStore } from './postgres.js';
import { openStuckKeys } from './stuck_keys.js';

const ROUNDS = roundsOf(5);
const COUNT = 1000;
const PEER_COUNT = 60;
const WARM = 500;
const BESIDE_ROUNDS = roundsOf(3);
const PEER_BESIDE = 40;

export const stepsOf = (gateway, school) => (...args) =>
  withStore(gateway.postgres, () => measure(...school.launches(`${gateway.origin}/lti/login`,
    '/lti/launch', `${gateway.origin}/lti/launch`), ...gateway.who, ...args),
  ({ launches }) => launches);

const atOnce = (concurrency, count = COUNT) => ['--concurrency', concurrency, '--count', count];

function tell(title, rounds) {
  const of = (member, digits) => middle(rounds, member).toFixed(digits);
  console.log(`${title} (median of ${rounds.length} rounds)`);
  show('a second', of('perSecond', 0), '/s');
  show('p50, p99', `${of('p50', 2)}, ${of('p99', 2)}`, 'ms');
  show('CPU of login + post', `${of('loginCpu', 3)} + ${of('postCpu', 3)} = ${of('cpu', 3)}`, 'ms');
  if (sum(rounds, 'storeCpu')) show("CPU of PostgreSQL's processes", of('storeCpu', 3), 'ms');
  show('CPU, the best round', Math.min(...rounds.map(({ cpu }) => cpu)).toFixed(3), 'ms');
  if (sum(rounds, 'failed')) show('FAILED', sum(rounds, 'failed'), '');
}

/** How `name` of ours does beside each of `peers`. */
function compare(all, name, peers) {
  for (const peer of peers)
    for (const concurrency of [8, 32]) {
      const ours = all[`${name}: launches, ${concurrency} at once`];
      const theirs = all[`${peer}: launches, ${concurrency} at once`];
      const ratio = (a, b, member) => (middle(a, member) / middle(b, member)).toFixed(0);
      const both = (rounds) => middle(rounds, 'cpu') + middle(rounds, 'storeCpu');
      show(`${name}, ${concurrency} at once: times ${peer}`,
        `${ratio(ours, theirs, 'perSecond')}; less CPU ${ratio(theirs, ours, 'cpu')}, `
        + `PostgreSQL's counted ${(both(theirs) / both(ours)).toFixed(0)}`, '');
    }
}

/** `sites`, {name: gateway}, write down every refusal, `sparing` ones as many as
 * by default; `peers`: {name: peer}. */
export async function compareLaunches(sites, sparing, peers, school) {
  const kinds = {};
  for (const [name, site] of Object.entries(sites)) {
    const launch = stepsOf(site, school);
    for (const concurrency of [1, 8, 32])
      kinds[`${name}: launches, ${concurrency} at once`] = () => launch(...atOnce(concurrency));
    await launch(...atOnce(8, WARM));
    if (!sparing[name]) continue;
    const spare = stepsOf(sparing[name], school);
    kinds[`${name}: refused, 8 at once, each written down`] =
      () => launch(...atOnce(8), '--refused');
    kinds[`${name}: refused, 8 at once, as by default`] = () => spare(...atOnce(8), '--refused');
    await spare(...atOnce(8, WARM));
  }
  for (const [name, peer] of Object.entries(peers)) {
    for (const concurrency of [8, 32])
      kinds[`${name}: launches, ${concurrency} at once`] =
        () => peer.launch(...atOnce(concurrency, PEER_COUNT));
    await peer.launch(...atOnce(32, WARM));
  }
  const all = await interleave(ROUNDS, kinds);
  for (const [name, rounds] of Object.entries(all)) tell(name, rounds);
  show("the load program's share of a core, 32 at once",
    middle(all['SQLite: launches, 32 at once'], 'ownShare').toFixed(2), '');
  for (const name of Object.keys(sites)) compare(all, name, Object.keys(peers));
}

async function rounds(count, run) {
  const all = [];
  for (let i = 0; i < count; i += 1) all.push(await run());
  return all;
}

function tellBeside(what, before, meanwhile) {
  show(`launches, 8 at once: p99 before, ${what}`,
    `${middle(before, 'p99').toFixed(2)}, ${middle(meanwhile, 'p99').toFixed(2)}`, 'ms');
  show(`launches a second before, ${what}`,
    `${middle(before, 'perSecond').toFixed(0)}, ${middle(meanwhile, 'perSecond').toFixed(0)}`, '/s');
  show(`of ${meanwhile.reduce((all, round) => all + round.launches, 0)} launches failed`,
    sum(meanwhile, 'failed'), '');
}

/** Launches while `register()`, a promise of registrations, goes on. */
async function beside(launch, register) {
  const before = await rounds(BESIDE_ROUNDS, launch);
  let over = false;
  const registrations = register().finally(() => { over = true; });
  await sleep(300);
  const meanwhile = [];
  while (!over) meanwhile.push(await launch());
  if (meanwhile.length > 1) meanwhile.pop(); // the registrations ended in it
  return { before, meanwhile, registrations: await registrations };
}

/** Both loads at once: first of each site, then of each peer. */
export async function besideRegistrations(sites, peers, school, seconds) {
  for (const [name, gateway] of Object.entries(sites)) for (const concurrency of [1, 8]) {
    const launch = stepsOf(gateway, school);
    const register = (...args) => measure('--target', `${gateway.origin}/lti/register`,
      ...gateway.who.filter((one, i, all) => one !== '--pid' && all[i - 1] !== '--pid'),
      '--seconds', seconds, ...args).then((found) => found.normal);
    console.log(`${name}: launches beside registrations, ${concurrency} at once without a pause`);
    const { before, meanwhile, registrations } = await beside(
      () => launch(...atOnce(8)), () => register('--concurrency', concurrency));
    tellBeside('meanwhile', before, meanwhile);
    show('registrations a second meanwhile', registrations.perSecond.toFixed(0), '/s');
  }
  for (const [name, peer] of Object.entries(peers)) {
    console.log(`${name}: launches beside registrations, 1 at once without a pause`);
    const { before, meanwhile } = await beside(() => peer.launch(...atOnce(8, PEER_BESIDE)),
      () => peer.register('--concurrency', 1, '--seconds', seconds));
    tellBeside('meanwhile', before, meanwhile);
  }
}

/** Launches of one platform while the key sets of `count` others hang. */
export async function besideStuckKeys(name, gateway, school, count) {
  const launch = stepsOf(gateway, school);
  console.log(`${name}: ${count} key-set fetches stuck at LMSs that never answer`);
  const before = await rounds(ROUNDS, () => launch(...atOnce(8)));
  const stuck = await openStuckKeys(gateway, school, count);
  const held = stuck.held();
  const meanwhile = await rounds(ROUNDS, () => launch(...atOnce(8)));
  show('held at once before, after the measured launches', `${held}, ${stuck.held()}`, '');
  tellBeside('meanwhile', before, meanwhile);
  const answers = await stuck.answers;
  const times = answers.map(({ ms }) => ms / 1000).sort((a, b) => a - b);
  show('told after', `${times[0].toFixed(1)} to ${times.at(-1).toFixed(1)}`, 's');
  show('told otherwise than by a 5xx', answers.filter(({ status }) => status < 500).length, '');
}

/** Launches while `count` registrations hang; `hold` begins them and gives
 * {held(), told}. */
export async function besideStuckRegistrations(gateway, school, count, hold) {
  const launch = stepsOf(gateway, school);
  const before = await rounds(ROUNDS, () => launch(...atOnce(8)));
  const stuck = await hold();
  const meanwhile = await rounds(ROUNDS, () => launch(...atOnce(8)));
  show('threads after the measured launches', stuck.held(), '');
  tellBeside('meanwhile', before, meanwhile);
  return stuck.told;
}
