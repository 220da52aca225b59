// SPDX-License-Identifier: Apache-2.0
// peer_ltijs - ltijs, under the same load program in the same run
//
// It is installed here on the first run, from its own lock file, and nowhere
// else. Without it (no network, no compiler) the rest is measured all the
// same, and why it is missing is printed.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { end, measure, start } from './gateway.js';
import { withStore } from './postgres.js';

const home = join(import.meta.dirname, 'peer_ltijs');
const INSTALL_MS = 240_000;
const START_MS = 20_000;

export function installPeer() {
  const lock = join(home, 'package-lock.json');
  const stamp = join(home, 'node_modules/.installed');
  try {
    if (existsSync(stamp) && readFileSync(stamp).equals(readFileSync(lock))) return true;
    console.log('installing ltijs');
    execFileSync('npm', ['ci', '--silent'],
      { cwd: home, timeout: INSTALL_MS, stdio: ['ignore', 'ignore', 'pipe'] });
    copyFileSync(lock, stamp);
    return true;
  } catch (failure) {
    console.log(`ltijs is left out: ${failure.message.split('\n')[0]}`);
    return false;
  }
}

function isReady(child) {
  return new Promise((ready, refuse) => {
    const clock = setTimeout(() => refuse(new Error('it does not start')), START_MS);
    child.ended.then(() => refuse(new Error('it ended')));
    child.stdout.on('data', (text) => {
      if (!String(text).includes('ready')) return;
      clearTimeout(clock);
      ready();
    });
  });
}

/** One that serves, with `platform` registered: {child, origin, register, launch,
 * close}; register and launch give a round's figures. `postgres` is whose CPU is
 * counted, too, where it keeps its store. */
export async function openPeer(school, platform, port, store, postgres) {
  const child = start(process.execPath, [join(home, 'server.js'), String(port), store,
    platform.url, platform.clientId, platform.method, platform.key,
    platform.login ?? `${platform.url}/auth`, platform.token ?? `${platform.url}/token`],
  { stdio: ['ignore', 'pipe', 'ignore'] });
  const origin = `http://127.0.0.1:${port}`;
  const pid = ['--pid', child.pid];
  try {
    await isReady(child);
  } catch (failure) {
    console.log(`ltijs with ${store} is left out: ${failure.message}`);
    await end(child, 'SIGKILL');
    return null;
  }
  return {
    child,
    origin,
    register: async (...args) => withStore(postgres, async () =>
      (await measure('--target', `${origin}/register`, ...pid, ...args)).normal,
    ({ registrations }) => registrations),
    launch: (...args) => withStore(postgres, () =>
      measure(...school.launches(`${origin}/login`, '/', `${origin}/`), ...pid, ...args),
    ({ launches }) => launches),
    close: () => end(child, 'SIGKILL'),
  };
}
