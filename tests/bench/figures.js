// SPDX-License-Identifier: Apache-2.0
// figures - medians of rounds, and how they are printed
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

/** BENCH_ROUNDS is how many at most: for a look, not for a document. */
export const roundsOf = (usual) => Math.min(usual, Number(process.env.BENCH_ROUNDS ?? usual));

/** The median of one member of each round. */
export const middle = (rounds, member) => median(rounds.map((round) => round[member]));

export const sum = (rounds, member) =>
  rounds.reduce((total, round) => total + round[member], 0);

export const show = (name, value, unit) => console.log(`  ${name.padEnd(52)} ${value} ${unit}`);

const IDLE = 0.85;
let patienceMs = Number(process.env.BENCH_QUIET_S ?? 0) * 1000;

function times() {
  const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0];
  const parts = line.split(/\s+/).slice(1, 9).map(Number);
  return { all: parts.reduce((a, b) => a + b), idle: parts[3] + parts[4] };
}

/** Where other work runs on the machine: BENCH_QUIET_S is how many seconds the
 * whole run may spend on waiting for moments in which it does not. */
async function quiet() {
  while (patienceMs > 0) {
    const before = times();
    await sleep(1000);
    const after = times();
    if (after.idle - before.idle >= IDLE * (after.all - before.all)) return;
    patienceMs -= 1000;
  }
}

/** Runs each of `kinds`, {name: async () => round}, in turn, and that `count`
 * times, so that what else the machine does meets all of them alike; gives
 * {name: rounds}. */
export async function interleave(count, kinds) {
  const all = Object.fromEntries(Object.keys(kinds).map((name) => [name, []]));
  for (let i = 0; i < count; i += 1) {
    await quiet();
    for (const [name, run] of Object.entries(kinds)) all[name].push(await run());
  }
  return all;
}
