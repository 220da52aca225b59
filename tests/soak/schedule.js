// SPDX-License-Identifier: Apache-2.0
// When what befalls a gateway: in the first half of the run its process ends
// now and then, in the second it is left running, so that its memory can be
// judged over one life; all that a process outlives goes on to the end. Every
// kind comes at least once, however short the run.
//
//   scheduleOf(seconds, faults)      [{at, fault}], in seconds

const SHORT = 600; // in which the first half has room for nothing else
const EVERY = { mixed: 25, others: 40 };

// So many rounds of a list as fit, at least one, evenly.
function spread(list, from, to, every) {
  const rounds = Math.max(1, Math.floor((to - from) / every / list.length));
  const all = Array.from({ length: rounds }, () => list).flat();
  const step = (to - from) / all.length;
  return all.map((fault, i) => ({ at: from + step * i, fault }));
}

const mixed = (ends, others) => others.flatMap((one, i) =>
  [one, ...(i < ends.length ? [ends[i]] : [])]);

export function scheduleOf(seconds, { ends, others }) {
  const half = seconds / 2;
  const start = Math.min(5, seconds / 20);
  return [
    ...spread(seconds < SHORT ? ends : mixed(ends, others), start, half,
      EVERY.mixed),
    ...spread(others, half, seconds - start, EVERY.others),
  ];
}
