// SPDX-License-Identifier: Apache-2.0
// Work that is done again and again, at a bounded rate.

import { sleep } from '../support/gateway.js';

export const pick = (list) => list[Math.floor(Math.random() * list.length)];
export const chance = (part) => Math.random() < part;

// So many visitors, each at most once in `everyMs`, until `over()`.
export function keepOn(over, count, everyMs, work) {
  return Promise.all(Array.from({ length: count }, async (_, i) => {
    await sleep(everyMs * i / count);
    while (!over()) {
      const begun = performance.now();
      await work(i);
      const rest = everyMs * (0.75 + Math.random() / 2);
      await sleep(Math.max(1, rest - (performance.now() - begun)));
    }
  }));
}
