// SPDX-License-Identifier: Apache-2.0
// What befalls a gateway, one after the other. Each of them says with
// site.window() what may fail of it; where none is opened, nothing may.
//
//   const faults = faultsOf(site, { tools, place, odd, copies, cluster, known, alone });
//   faults.ends       [name, run] that end the process
//   faults.others     [name, run] that it outlives
//
// alone(work) runs work while no other site uses PostgreSQL's server for
// something that does not bear its stop.

import { sleep, startGateway, until } from '../support/gateway.js';
import { serviceKinds } from './callers.js';
import { lastMigration, makeOlder } from './older.js';
import { pick } from './pace.js';

const PG_BACK_MS = 2000;
const KEY_SET_RETRY_MS = 62_000; // net/key_sets.h
const STATE_MS = 3000; // from a login to its launch
const LAPSED_MS = 95_000; // who was killed counts for so long

export const oddKind = 'launch from the odd LMS';

// --- the process ends ------------------------------------------------------

// As if it had leaked: what was signed with the old one is refused, a person
// launches again.
async function replaceSecret(site) {
  const window = site.window('secret rotation', { statuses: [400, 401, 403],
    kinds: ['launch', 'launch again', 'id token', 'content signed', oddKind,
      `${oddKind} again`, 'portal write', 'sign-out'] });
  await site.down();
  const { code, stderr } =
    await site.gateway.cli('secret', 'rotate', '--at-once');
  if (code) site.wrong(`secret rotate --at-once ended with ${code}: ${stderr}`);
  await site.up();
  site.letIn = 0; // with the secret go the launches
  window.close(STATE_MS);
}

// Two instances start on it at once, while visitors wait at the socket of one.
async function migrate(site) {
  const { gateway, store } = site;
  await site.down();
  const name = await makeOlder(store);
  await sleep(500); // some wait
  const [second] = await Promise.all([startGateway({ settings: null, store,
    environment: { ...site.environment, LTIGATE_PUBLIC_URL: gateway.url } }),
  site.up()]);
  const answer = await second.api('GET', '/admin/platforms?limit=1');
  if (answer.status !== 200) site.wrong('the second instance does not serve');
  await second.close();
  const last = await lastMigration(store);
  if (last !== name) site.wrong(`${name} was not run again, ${last} is last`);
}

async function handOver(site) {
  const before = site.pid();
  site.gateway.say('restart');
  await until(() => ![0, before].includes(site.pid()), 'another process');
}

// The socket is closed, too: who comes meanwhile is told so by the system.
async function restart(site) {
  const window = site.window('restart', { statuses: [null] });
  await site.gateway.restart();
  window.close();
}

async function kill(site) {
  const window = site.window('kill', { statuses: [null] });
  await site.kill();
  window.close();
  site.killedAt = performance.now();
  await sleep(500 + Math.random() * 1000);
  await site.up();
}

// --- the LMS ---------------------------------------------------------------

async function servicesDown(site, { place, outageMs }) {
  const window = site.window('LMS services down',
    { kinds: serviceKinds, statuses: [429, 502, 503, 504] });
  site.lms.changeServices(place.exchange, { down: true });
  await sleep(outageMs);
  site.lms.changeServices(place.exchange, null);
  window.close();
}

async function tokensDown(site, { place, outageMs }) {
  const window = site.window('LMS token endpoint down',
    { kinds: serviceKinds, statuses: [502, 503, 504] });
  site.lms.changeServices(place.exchange, { tokenAnswer: 'closes' });
  site.lms.revokeTokens(place.exchange);
  await sleep(outageMs);
  site.lms.changeServices(place.exchange, null);
  window.close();
}

// Its keys are new, and cannot be had. When they can, a gateway that asked in
// vain asks again within a minute.
async function keySetDown(site, { odd, outageMs }) {
  const window = site.window('LMS key set down', { kinds: [oddKind,
    `${oddKind} again`, 'token replayed'], statuses: [400, 502, 504] });
  await site.lms.changeKeySet(odd, { answer: 'status-500' });
  await site.lms.rotateKeys(odd, { forget: true });
  await sleep(outageMs);
  await site.lms.changeKeySet(odd, { answer: 'normal' });
  window.close(KEY_SET_RETRY_MS);
}

async function newLmsKeys(site, { tools }) {
  await site.lms.rotateKeys(pick(tools));
}

// --- ours ------------------------------------------------------------------

// Nobody notices. Once: the next is refused for a day, the old one's time.
async function rotateSecret(site) {
  const { code, stderr } = await site.gateway.cli('secret', 'rotate');
  if (code) site.wrong(`secret rotate ended with ${code}: ${stderr}`);
  site.rotated = true;
}

async function rotateKey(site) {
  const answer = await site.record.ask('key rotated', [200], () =>
    site.gateway.api('POST', '/admin/keys/rotate', { atOnce: true }));
  if (answer && !answer.body.keys?.length) site.wrong('no key is told');
}

async function stopPostgres(site, { cluster, outageMs, alone }) {
  await alone(async () => {
    const window = site.window('PostgreSQL stopped',
      { statuses: [null, 500, 503] });
    site.stops = (site.stops ?? 0) + 1;
    await cluster.stop(site.stops % 2 ? 'immediate' : 'fast');
    await sleep(outageMs / 2);
    await cluster.start();
    window.close(PG_BACK_MS);
  });
}

export function faultsOf(site, wish) {
  const { copies, known, alone } = wish;
  const rotatable = () =>
    performance.now() - (site.killedAt ?? -Infinity) > LAPSED_MS;
  const onPostgres = site.name === 'PostgreSQL';
  return {
    ends: [
      ['secret replaced', replaceSecret, rotatable],
      ['killed', kill],
      ['migrated', (one) => alone(() => migrate(one))],
      ['restarted', restart],
      ['socket handed over', handOver],
    ],
    others: [
      ['key rotated', rotateKey],
      ['LMS services down', servicesDown],
      ['backup', (one) => alone(() => copies.backup(one, known))],
      ['LMS keys rotated', newLmsKeys],
      ['LMS token endpoint down', tokensDown],
      ['store copied', (one) => alone(() => copies.other(one, known))],
      ...(onPostgres ? [['PostgreSQL stopped', stopPostgres]] : []),
      ['LMS key set down', keySetDown],
      ['secret rotated', rotateSecret, () => rotatable() && !site.rotated],
    ],
    async run([name, run, may = () => true]) {
      if (!may()) return false;
      const detail = await run(site, wish);
      site.happened(detail ? `${name}, ${detail}` : name);
      return true;
    },
  };
}
