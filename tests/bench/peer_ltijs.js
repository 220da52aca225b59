// SPDX-License-Identifier: Apache-2.0
// peer_ltijs - ltijs with SQLite, under the same load program in the same run
//
// It is installed here on the first run, from its own lock file, and nowhere
// else. Without it (no network, no compiler) the rest is measured all the
// same, and why it is missing is printed.
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const home = join(import.meta.dirname, 'peer_ltijs');
const INSTALL_MS = 150_000;
const START_MS = 20_000;
const LOAD_MS = 90_000;

function install() {
  const lock = join(home, 'package-lock.json');
  const stamp = join(home, 'node_modules/.installed');
  if (existsSync(stamp) && readFileSync(stamp).equals(readFileSync(lock))) return;
  console.log('installing ltijs');
  execFileSync('npm', ['ci', '--silent'],
    { cwd: home, timeout: INSTALL_MS, stdio: ['ignore', 'ignore', 'pipe'] });
  copyFileSync(lock, stamp);
}

function start(port, file) {
  const child = spawn(process.execPath, [join(home, 'server.js'), String(port), file],
    { stdio: ['ignore', 'pipe', 'ignore'] });
  return new Promise((ready, refuse) => {
    const give = (why) => { child.kill('SIGKILL'); refuse(new Error(why)); };
    const clock = setTimeout(() => give('it did not start'), START_MS);
    child.on('exit', () => give('it ended'));
    child.stdout.on('data', (text) => {
      if (!String(text).includes('ready')) return;
      clearTimeout(clock);
      ready(child);
    });
  });
}

const measure = (load, port, pid, concurrency) => JSON.parse(execFileSync(load,
  ['--target', `http://127.0.0.1:${port}/register`, '--pid', String(pid),
    '--concurrency', String(concurrency), '--count', '16', '--json'],
  { encoding: 'utf8', timeout: LOAD_MS })).normal;

/** Figures of `load` for ltijs, one at a time and 8 at once, whichever it does
 * better; null with a word why when there are none. */
export async function measurePeer(load, port, folder) {
  let child;
  try {
    install();
    child = await start(port, join(folder, 'ltijs.db'));
    const rounds = [1, 8].map((concurrency) => measure(load, port, child.pid, concurrency));
    return rounds[0].perSecond > rounds[1].perSecond ? rounds[0] : rounds[1];
  } catch (failure) {
    console.log(`ltijs is left out: ${failure.message.split('\n')[0]}`);
    return null;
  } finally {
    child?.removeAllListeners('exit');
    child?.kill('SIGKILL');
  }
}
