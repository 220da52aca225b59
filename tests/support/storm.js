// SPDX-License-Identifier: Apache-2.0
// Requests that are written down with when they began and ended, instances
// that are killed meanwhile, and what of the one the other explains.
//
//   const record = startRecord();
//   const answer = await record.ask('launch', [303], () => all.open(...));
//     null when it failed: another status, or no answer at all
//   const killer = startKiller(instances, { forMs, restMs: [2000, 5000] });
//   await killer.over;            killer.kills [{port, at, gone, up}]
//   record.failures()             [{what, status, begun, ended, served, ...}]
//   unexplained(record.failures(), killer.kills)
//   lines(record, killer.kills)   the figures, as lines
//
// What was in flight at an instance when that was killed may fail: begun
// before the process was gone, and the moment in which nginx learns of it, and
// not ended before it was killed. Nothing else may. Where `kinds` or `statuses`
// are among what is told of a kill, it explains these alone (null: no answer).

import { sleep } from './gateway.js';

const LEARNS_MS = 30;

const now = () => performance.now();
const between = ([low, high], dice) => low + dice() * (high - low);

export function startRecord() {
  const requests = [];
  async function ask(what, good, send) {
    const one = { what, begun: now(), ended: Infinity, good: false };
    requests.push(one);
    const answer = await send().catch((problem) => {
      one.problem = problem.code ?? problem.message;
      return null;
    });
    one.ended = now();
    one.status = answer?.status ?? null;
    one.served = answer?.headers['x-served-by'] ?? null;
    one.good = good.includes(one.status);
    if (!one.good) one.text = answer?.text.slice(0, 400);
    return one.good ? answer : null;
  }
  return { ask, requests,
    failures: () => requests.filter(({ good }) => !good) };
}

export function startKiller(instances, { forMs, restMs, dice = Math.random }) {
  const kills = [];
  const last = now() + forMs;
  async function run() {
    for (;;) {
      const next = between(restMs, dice);
      if (now() + next > last) return;
      const begun = now();
      const one = instances[Math.floor(dice() * instances.length)];
      const kill = { port: one.port, at: now(), gone: Infinity, up: Infinity };
      kills.push(kill);
      await one.kill();
      kill.gone = now();
      await sleep(dice() * 1000);
      await one.start();
      kill.up = now();
      await sleep(Math.max(0, next - (now() - begun)));
    }
  }
  return { kills, over: run() };
}

const explains = (one) => ({ port, at, gone, kinds, statuses }) =>
  one.begun <= gone + LEARNS_MS && one.ended >= at
  && (!one.served || one.served.includes(`:${port}`))
  && (!kinds || kinds.includes(one.what))
  && (!statuses || statuses.includes(one.status));

export const unexplained = (failures, kills) =>
  failures.filter((one) => !kills.some(explains(one)));

const sum = (list) => list.reduce((all, one) => all + one, 0);

export function lines({ requests }, kills) {
  const kinds = [...new Set(requests.map(({ what }) => what))];
  const ofKind = kinds.map((kind) => {
    const all = requests.filter(({ what }) => what === kind);
    const times = all.filter(({ good }) => good)
      .map(({ begun, ended }) => ended - begun).toSorted((a, b) => a - b);
    const at = (part) =>
      Math.round(times[Math.floor(times.length * part)] ?? 0);
    const failed = all.filter(({ good }) => !good)
      .map(({ status, problem }) => status ?? problem);
    const told = [...new Set(failed)].map((why) =>
      `${failed.filter((one) => one === why).length} ${why}`).join(', ');
    const passed = all.filter(({ served }) => served?.includes(',')).length;
    return `${kind}: ${all.length}, passed on ${passed}, `
      + `failed ${told || 'none'}, ms p50 ${at(0.5)} p99 ${at(0.99)} `
      + `max ${Math.round(times.at(-1) ?? 0)}`;
  });
  const down = kills.map(({ at, up }) => up - at);
  return [...ofKind, `kills: ${kills.length}, down for `
    + `${Math.round(sum(down) / (down.length || 1))} ms as a rule`];
}
