// SPDX-License-Identifier: Apache-2.0
// One gateway that is soaked, with its store: as a service of a manager that
// holds its socket, so that who comes while it does not run waits for it.
//
//   const site = await openSite('SQLite', { lms, makeStore });
//   site.gateway, site.record         as gateway.js and storm.js tell
//   site.pid()                        of the gateway itself; 0: none runs
//   await site.down(); site.kill(); await site.up();
//   site.window('kill', {kinds, statuses})   begins now: what fails from now on
//     for .close(tailMs)                     and until then was injected
//   site.wrong('told twice')          what must not be, besides a failure
//   site.happened('backup')           counts an injected event
//   site.letIn                        launches since the last secret
//   await site.close()

import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectory, startGateway, until } from '../support/gateway.js';
import { httpCall } from '../support/http_call.js';
import { startRecord } from '../support/storm.js';

const manager = join(import.meta.dirname, '../support/service_manager.py');
const WRONGS_MAX = 50;

function childOf(pid) {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .split(' ')[0]);
  } catch {
    return 0;
  }
}

export const settingsOf = (mode) => ({ registration: { mode,
  autoActivate: true, preApprovalUrl: 'https://tool.example/approve' } });

export async function openSite(name, { lms, makeStore }) {
  const directory = await makeDirectory();
  const store = await makeStore(directory);
  const gateway = await startGateway({ store,
    settings: settingsOf('automatic'),
    environment: { LTIGATE_LOG_LEVEL: 'warn', LTIGATE_TEST_CLOCK: undefined },
    through: (port) =>
      ['python3', manager, `sockets=127.0.0.1:${port}`, '--'] });
  const site = { name, lms, directory, store, gateway, record: startRecord(),
    windows: [], wrongs: [], events: new Map(), seen: new Map(),
    letIn: 0,
    pid: () => childOf(gateway.pid) };
  const gone = () => until(() => site.pid() === 0, `${name}: it ends`);

  site.wrong = (text) => {
    if (site.wrongs.length < WRONGS_MAX) site.wrongs.push(text);
  };
  site.happened = (what, count = 1) =>
    site.events.set(what, (site.events.get(what) ?? 0) + count);
  site.count = (what, count = 1) =>
    site.seen.set(what, (site.seen.get(what) ?? 0) + count);
  site.window = (what, { kinds, statuses } = {}) => {
    const one = { what, kinds, statuses, at: performance.now(),
      gone: Infinity };
    site.windows.push(one);
    return { close(tailMs = 0) {
      one.gone = performance.now() + tailMs;
    } };
  };
  site.down = async () => {
    gateway.say('down');
    await gone();
  };
  site.kill = async () => {
    gateway.say('kill');
    await gone();
  };
  // Asked on the socket that waits, so answered as soon as it is.
  site.up = async () => {
    gateway.say('up');
    await until(async () => (await httpCall(`${gateway.url}/readyz`)
      .catch(() => null))?.status === 200, `${name}: it is ready`);
  };
  site.close = async () => {
    await gateway.close();
    await rm(directory, { recursive: true });
  };
  return site;
}
