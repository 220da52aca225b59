// SPDX-License-Identifier: Apache-2.0
// The store that the gateways of a run begin with. To migrate an empty one and
// to make its key pairs takes a second of the processor, and hundreds of
// gateways are started.
//
//   process.env.LTIGATE_TEST_TEMPLATE = await makeTemplate();

import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGateway, until } from './gateway.js';

const PAIRS = 5; // one signs, four are spare

// It is removed when this process ends.
export async function makeTemplate() {
  const place = await mkdtemp(join(tmpdir(), 'ltigate-template-'));
  process.on('exit', () => rmSync(place, { recursive: true, force: true }));
  const gateway = await startGateway({ fresh: true, settings: null });
  await until(async () => {
    const { body } = await gateway.api('GET', '/admin/keys');
    return body.keys.length === PAIRS;
  }, 'all key pairs');
  await gateway.stop();
  await gateway.store.keep(place);
  await gateway.close();
  return place;
}
