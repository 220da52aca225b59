// SPDX-License-Identifier: Apache-2.0
// postgres - a server of our own for the gateway and the peer, with its
// defaults: durable
//
// Where none is installed, that is said and both have SQLite alone.
// PostgreSQL refuses to be root's, so then it is run by the user "postgres".
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
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

/** One that no other server has, for tests may run theirs meanwhile. */
const freePort = () => new Promise((done) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => done(port));
  });
});

const listens = (port) => new Promise((done) => {
  const socket = createConnection(port, '127.0.0.1');
  socket.on('connect', () => { socket.destroy(); done(true); });
  socket.on('error', () => done(false));
});

/** Milliseconds of CPU of the server and all its processes, those that ended
 * (to 10 ms) and those that run. */
function cpuOf(pid) {
  const [, , , , , , , , , , , , , gone, goneInKernel] =
    readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const runs = (one) => {
    try {
      return Number(readFileSync(`/proc/${one}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
    } catch {
      return 0; // it ended
    }
  };
  const parentOf = (one) => {
    try {
      return Number(readFileSync(`/proc/${one}/stat`, 'utf8').split(') ')[1].split(' ')[1]);
    } catch {
      return 0;
    }
  };
  const children = readdirSync('/proc').filter((one) => /^\d+$/.test(one) && parentOf(one) === pid);
  return [pid, ...children].reduce((total, one) => total + runs(one), 0)
    + (Number(gone) + Number(goneInKernel)) * 10;
}

/** {version, store, database(name), sql(name, text), cpu(), close} or null:
 * `store` is what the peer is told, a database's URL what the gateway is. Its files are beside `folder`, into which
 * its user may not look. */
export async function openPostgres(folder) {
  const port = await freePort();
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
    const where = ['-h', '127.0.0.1', '-p', String(port), '-U', 'bench'];
    const made = new Set();
    const make = (name) => {
      if (!made.has(name))
        execFileSync(join(bin, 'createdb'), [...where, name],
          { stdio: ['ignore', 'ignore', 'pipe'] });
      made.add(name);
    };
    make('bench');
    const said = execFileSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' });
    return { version: /[\d.]+/.exec(said)[0], store: `postgres:${port}`, close,
      cpu: () => cpuOf(child.pid),
      database(name) {
        make(name);
        return `postgres://bench@127.0.0.1:${port}/${name}`;
      },
      sql: (name, text) => execFileSync(join(bin, 'psql'),
        [...where, '-qAt', '-v', 'ON_ERROR_STOP=1', name], { input: text, encoding: 'utf8' }) };
  } catch (failure) {
    console.log(`PostgreSQL is left out: ${failure.message.split('\n')[0]}`);
    await close();
    return null;
  }
}

/** `measured` and what it cost the server of `postgres` for each; without it 0. */
export async function withStore(postgres, measured, count) {
  const before = postgres?.cpu() ?? 0;
  const found = await measured();
  return { ...found, storeCpu: ((postgres?.cpu() ?? 0) - before) / count(found) };
}
