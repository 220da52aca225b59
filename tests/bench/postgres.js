// SPDX-License-Identifier: Apache-2.0
// postgres - a server of our own for the peer, with its defaults: durable
//
// Where none is installed, that is said and the peer has SQLite alone.
// PostgreSQL refuses to be root's, so then it is run by the user "postgres".
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { end, start } from './gateway.js';

const START_MS = 20_000;
const home = '/usr/lib/postgresql';

function programs() {
  const versions = existsSync(home) ? readdirSync(home) : [];
  const places = versions.sort((a, b) => b - a).map((version) => join(home, version, 'bin'));
  return places.find((place) => existsSync(join(place, 'initdb')));
}

function owner() {
  if (process.getuid() !== 0) return {};
  const number = (what) => Number(execFileSync('id', [what, 'postgres'], { encoding: 'utf8' }));
  return { uid: number('-u'), gid: number('-g') };
}

const listens = (port) => new Promise((done) => {
  const socket = createConnection(port, '127.0.0.1');
  socket.on('connect', () => { socket.destroy(); done(true); });
  socket.on('error', () => done(false));
});

/** {version, store, close} or null. Its files are beside `folder`, into which
 * its user may not look. */
export async function openPostgres(folder, port) {
  let child;
  let data;
  const close = async () => {
    await end(child, 'SIGINT');
    if (data) rmSync(data, { recursive: true, force: true });
  };
  try {
    const bin = programs();
    if (!bin) throw new Error('no server is installed');
    const as = owner();
    data = mkdtempSync(`${folder}-postgres-`);
    if (as.uid) chownSync(data, as.uid, as.gid);
    execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'bench', '-A', 'trust', '-E', 'UTF8'],
      { ...as, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
    child = start(join(bin, 'postgres'), ['-D', data, '-p', String(port), '-k', data],
      { ...as, cwd: '/', stdio: 'ignore' });
    for (const late = Date.now() + START_MS; !await listens(port);) {
      if (Date.now() > late || child.exitCode !== null) throw new Error('it does not start');
      await sleep(50);
    }
    execFileSync(join(bin, 'createdb'), ['-h', '127.0.0.1', '-p', String(port), '-U', 'bench',
      'bench'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const said = execFileSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' });
    return { version: /[\d.]+/.exec(said)[0], store: `postgres:${port}`, close };
  } catch (failure) {
    console.log(`PostgreSQL is left out: ${failure.message.split('\n')[0]}`);
    await close();
    return null;
  }
}
