// SPDX-License-Identifier: Apache-2.0
// PostgreSQL servers that live as long as the process that started them, and
// are removed with all they hold, however that process ends.
//
//   const cluster = await startCluster({ port, settings });
//   cluster.url('name')              of a database, over the socket; with a
//   cluster.tcpUrl('name')           port also at 127.0.0.1
//   await cluster.query(sql, 'name') what psql prints
//   await cluster.create('name', 'template');  await cluster.drop('name')
//   await cluster.stop('immediate')  or smart, or fast
//   await cluster.start({ setting: value })    these too, from now on
//   await cluster.restart({ setting: value })
//   cluster.pid, await cluster.log()
//   const replica = await cluster.replica({ port, settings });
//   await replica.promote()          it has all of the above as well
//   await cluster.close()
//
// Nothing waits for a disk. Text is sorted as people do, and not by its bytes,
// so that who relies on the latter is found out. Root may not run the server:
// then the user postgres does.

import { execFile, execFileSync, spawn } from 'node:child_process';
import { chown, mkdir, mkdtemp, open, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createDatabase, dropDatabase, programOf, psql } from './postgres.js';

const run = promisify(execFile);
const READY_MS = 60_000;
const LOOK_MS = 20;
const PORT = 5432;

const always = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: 500,
  shared_buffers: '64MB',
};
const ends = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' };

function owner() {
  if (process.getuid() !== 0) return {};
  const number = (what) => Number(execFileSync('id', [what, 'postgres'],
    { encoding: 'utf8' }));
  return { uid: number('-u'), gid: number('-g') };
}

// --- the end ---------------------------------------------------------------

// It reads a pipe that only we hold open: when that ends, so do the servers.
// A process number may be another's by then, but not in that directory.
const watch = `
trap '' INT TERM HUP
cat >/dev/null
for data in "$1"/*/data; do
  pid=$(head -n 1 "$data/postmaster.pid" 2>/dev/null) || continue
  [ "$(readlink "/proc/$pid/cwd")" = "$data" ] || continue
  kill -QUIT "$pid"
  while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
done
rm -rf "$1"`;

function startWatch(place) {
  // In a session of its own: what is typed at the terminal is not for it.
  const child = spawn('sh', ['-c', watch, 'watch', place],
    { detached: true, stdio: ['pipe', 'ignore', 'inherit'] });
  const over = new Promise((done) => child.on('close', done));
  child.unref();
  return async () => {
    child.ref();
    child.stdin.end();
    await over;
  };
}

// --- one server ------------------------------------------------------------

function makeServer(place, as, { port, settings = {} }) {
  const data = join(place, 'data');
  const tool = (name, ...args) => run(programOf(name), args,
    { ...as, cwd: place });
  let given = { ...always, ...settings };
  let child = null;
  let over = null;

  const where = new URLSearchParams({ host: place, user: 'postgres',
    ...(port ? { port } : {}) });
  const state = async () => (await readFile(join(data, 'postmaster.pid'),
    'utf8').catch(() => '')).split('\n');
  async function isReady() {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`PostgreSQL does not start:\n${await server.log()}`);
    }
    const lines = await state();
    return lines[0] === String(child.pid) && lines[7]?.trim() === 'ready';
  }

  const server = {
    data, tool,
    get pid() { return child?.pid; },
    url: (name = 'postgres') => `postgresql:///${name}?${where}`,
    tcpUrl: (name = 'postgres') =>
      `postgresql://postgres@127.0.0.1:${port}/${name}`,
    log: () => readFile(join(place, 'log'), 'utf8'),
    query: (text, name) => psql(server.url(name), text),
    create: (name, template) => createDatabase(server.url(), name, template),
    drop: (name) => dropDatabase(server.url(), name),
    async start(changes = {}) {
      given = { ...given, ...changes };
      const log = await open(join(place, 'log'), 'a');
      child = spawn(programOf('postgres'), ['-D', data, '-k', place,
        '-p', String(port ?? PORT), '-h', port ? '127.0.0.1' : '',
        ...Object.entries(given).flatMap(([name, value]) =>
          ['-c', `${name}=${value}`])],
      { ...as, cwd: place, stdio: ['ignore', log.fd, log.fd] });
      over = new Promise((done) => child.on('close', done));
      child.unref();
      await log.close();
      for (const late = Date.now() + READY_MS; !await isReady();) {
        if (Date.now() > late) throw new Error('PostgreSQL does not get ready');
        await new Promise((done) => setTimeout(done, LOOK_MS));
      }
    },
    async stop(how = 'fast') {
      child.ref();
      child.kill(ends[how]);
      await over;
    },
    async restart(changes) {
      await server.stop();
      await server.start(changes);
    },
  };
  return server;
}

async function makePlace(directory, name, { uid, gid }) {
  const place = join(directory, name);
  await mkdir(place, { mode: 0o700 });
  if (uid !== undefined) await chown(place, uid, gid);
  return place;
}

// --- a cluster -------------------------------------------------------------

export async function startCluster(options = {}) {
  const as = owner();
  const directory = await mkdtemp(join(tmpdir(), 'ltigate-cluster-'));
  const close = startWatch(directory);
  if (as.uid !== undefined) await chown(directory, as.uid, as.gid);
  const server = makeServer(await makePlace(directory, 'primary', as), as,
    options);
  let replicas = 0;
  try {
    await server.tool('initdb', '-D', server.data, '--username=postgres',
      '--auth=trust', '--encoding=UTF8', '--locale=C.UTF-8',
      '--locale-provider=icu', '--icu-locale=en', '--no-sync',
      '--no-instructions');
    await server.start();
  } catch (problem) {
    await close();
    throw problem;
  }

  // It follows the server, and answers who only reads.
  async function replica(wish = {}) {
    const place = await makePlace(directory, `replica${replicas += 1}`, as);
    const copy = makeServer(place, as, { ...wish,
      settings: { ...options.settings, ...wish.settings } });
    await copy.tool('pg_basebackup', '-D', copy.data, '-d', server.url(),
      '--write-recovery-conf', '--checkpoint=fast', '--no-sync');
    await copy.start();
    copy.promote = async () => {
      await copy.query('SELECT pg_promote()');
    };
    return copy;
  }
  return Object.assign(server, { replica, close });
}
