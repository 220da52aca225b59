// SPDX-License-Identifier: Apache-2.0
// The figures of a soak, as a table in Markdown: a column for each store.

import { lines } from '../support/storm.js';

const MB = 1 << 20;
const round = (value, digits = 0) => value.toFixed(digits);

function percentiles(requests, what) {
  const times = requests.filter((one) => one.good && one.what === what)
    .map(({ begun, ended }) => ended - begun).toSorted((a, b) => a - b);
  const at = (part) => times[Math.floor(times.length * part)] ?? NaN;
  return `${round(at(0.5), 1)}, ${round(at(0.99), 1)}`;
}

const fromTo = ({ before, after, slope }, digits) =>
  `${round(before, digits)}, ${round(after, digits)}, `
  + `${slope < 0 ? '' : '+'}${round(slope, 2)}`;

const rows = (seconds) => [
  ['requests, a second', ({ site }) => `${site.record.requests.length}, `
    + round(site.record.requests.length / seconds, 1)],
  ['launches let in', ({ sums }) => `${sums.surely}`],
  ['their p50, p99, ms', ({ site }) =>
    percentiles(site.record.requests, 'launch')],
  ['tokens sent again, refused', ({ site, sums }) =>
    `${sums.refused + (site.seen.get('replays refused') ?? 0)}`],
  ['registrations, of them after approval', ({ registered }) =>
    `${registered.registered + registered.approved}, ${registered.approved}`],
  ['queued scores acknowledged, taken by the LMS', ({ scores }) =>
    `${scores.queued}, ${scores.arrived}`],
  ['failures that were injected', ({ injected }) => `${injected}`],
  ['other failures', ({ strange }) => `${strange.length}`],
  ['left running for the last, s', ({ flat }) => round(flat.seconds)],
  ['memory of its own in the second quarter of that, in the last, MB; '
    + 'a line through both, MB an hour', ({ flat }) => fromTo(flat.anonymous, 1)],
  ['resident, the same', ({ flat }) => fromTo(flat.resident, 1)],
  ['descriptors, the same', ({ flat }) => fromTo(flat.descriptors, 0)],
  ['threads, the same', ({ flat }) => fromTo(flat.threads, 0)],
  ['launches in that, by its own /metrics; what the store ran again; '
    + 'lines of errors', ({ metrics }) => `${metrics.launches}, `
    + `${metrics.retries}, ${metrics.errors}`],
  ['CPU of the gateway, s', ({ cpu }) => round(cpu)],
  ['store at the start, at the end, MB', ({ size }) =>
    `${round(size.first / MB, 1)}, ${round(size.last / MB, 1)}`],
  ['that is for each launch and what else was done meanwhile, bytes', ({ size, sums }) =>
    round((size.last - size.first) / sums.surely)],
];

const padded = (list, widths) =>
  `| ${list.map((one, i) => one.padEnd(widths[i])).join(' | ')} |`;

function table(head, body) {
  const widths = head.map((_, i) =>
    Math.max(...[head, ...body].map((row) => row[i].length)));
  return [padded(head, widths),
    padded(head.map(() => '---'), widths),
    ...body.map((row) => padded(row, widths))].join('\n');
}

export function tell(seconds, results) {
  const names = results.map(({ site }) => site.name);
  const events = [...new Set(results.flatMap(({ site }) =>
    [...site.events.keys()]))];
  console.log(`\n${table(['', ...names], [
    ...rows(seconds).map(([name, of]) => [name, ...results.map(of)]),
    ...events.map((name) => [`times: ${name}`, ...results.map(({ site }) =>
      `${site.events.get(name) ?? 0}`)])])}`);
  for (const { site } of results) {
    console.log(`\n${site.name}`);
    for (const line of lines(site.record, []).slice(0, -1)) console.log(`  ${line}`);
  }
}
