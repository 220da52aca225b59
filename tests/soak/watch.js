// SPDX-License-Identifier: Apache-2.0
// What the system tells of a gateway, all the time: memory, descriptors,
// threads, CPU; and whether they stay as they are.
//
//   const watch = startWatch(site, everyMs);
//   watch.lives             [{pid, samples: [{at, anonymous, resident, ...}]}]
//   watch.stop();  watch.cpu()      seconds, over all lives
//   judgeFlat(life)         {memory, descriptors, threads, problems}
//
// Flat: a life's first quarter is its warm-up. What the last quarter has, as a
// median, is no more than the second quarter had and a margin: in descriptors
// and threads for what is under way and for kept connections (to PostgreSQL up
// to 16), in memory for what the allocator keeps of a busy moment. What a
// process maps of files is not counted. In a life of a few minutes caches still
// fill, and memory has a wider margin.

import { readdirSync, readFileSync } from 'node:fs';
import { median } from '../bench/figures.js';

export const MARGIN = { part: 0.04, megabytes: 1.5, descriptors: 8,
  threads: 6 };
const YOUNG = { seconds: 300, megabytes: 4 };
const TICKS = 100;
const QUARTERS = 4;
const SAMPLES_MIN = 16;

const quarter = (list, i) => list.slice(Math.floor(list.length * i / QUARTERS),
  Math.floor(list.length * (i + 1) / QUARTERS));

// null when it ended while we looked.
function look(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const of = (name) =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)[1]);
    const ticks = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]
      .split(' ');
    return { at: performance.now(), anonymous: of('RssAnon') / 1024,
      resident: of('VmRSS') / 1024, threads: of('Threads'),
      descriptors: readdirSync(`/proc/${pid}/fd`).length,
      cpu: (Number(ticks[11]) + Number(ticks[12])) / TICKS };
  } catch {
    return null;
  }
}

export function startWatch(site, everyMs) {
  const lives = [];
  const timer = setInterval(() => {
    const pid = site.pid();
    const sample = pid && look(pid);
    if (!sample) return;
    if (lives.at(-1)?.pid !== pid) lives.push({ pid, samples: [] });
    lives.at(-1).samples.push(sample);
  }, everyMs);
  return { lives,
    stop: () => clearInterval(timer),
    cpu: () => lives.reduce((all, { samples }) => all + samples.at(-1).cpu, 0) };
}

// Least squares, a unit an hour.
export function slopeOf(samples, member) {
  const mean = (of) =>
    samples.reduce((all, one) => all + of(one), 0) / samples.length;
  const hours = ({ at }) => at / 3_600_000;
  const [x, y] = [mean(hours), mean((one) => one[member])];
  const up = mean((one) => (hours(one) - x) * (one[member] - y));
  return up / mean((one) => (hours(one) - x) ** 2);
}

export function judgeFlat({ samples }) {
  const told = { seconds: (samples.at(-1).at - samples[0].at) / 1000 };
  const problems = [];
  for (const member of ['anonymous', 'resident', 'descriptors', 'threads']) {
    const of = (i) => median(quarter(samples, i).map((one) => one[member]));
    told[member] = { first: samples[0][member], before: of(1), after: of(3),
      slope: slopeOf(samples.slice(Math.floor(samples.length / QUARTERS)),
        member) };
  }
  const young = Math.max(0, 1 - told.seconds / YOUNG.seconds);
  const limits = {
    anonymous: ({ before }) => before * (1 + MARGIN.part) + MARGIN.megabytes
      + young * YOUNG.megabytes,
    descriptors: ({ before }) => before + MARGIN.descriptors,
    threads: ({ before }) => before + MARGIN.threads,
  };
  for (const [member, limit] of Object.entries(limits)) {
    const { before, after } = told[member];
    if (after > limit(told[member])) {
      problems.push(`${member} rose from ${before.toFixed(1)} to `
        + `${after.toFixed(1)}`);
    }
  }
  if (samples.length < SAMPLES_MIN) problems.push('too short to judge memory');
  return { ...told, problems };
}
