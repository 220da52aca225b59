// SPDX-License-Identifier: Apache-2.0
// gateway - the release build as a process, and the load program beside it
//
// BENCH_BUILD is another build directory than build/release. The store is on
// the disk that build/ is on, because durable commits are most of what a
// registration waits for. What the gateway logs goes into a file.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

export const root = resolve(import.meta.dirname, '../..');
const build = resolve(root, process.env.BENCH_BUILD ?? 'build/release');
export const program = join(build, 'ltigate');
export const load = join(build, 'tests/load');

const LOAD_MS = 120_000;
export const apiKey = 'ltigate_the-first-key-of-the-benchmark-0123456789';
const alive = new Set();
process.on('exit', () => alive.forEach((child) => child.kill('SIGKILL')));
process.once('SIGINT', () => process.exit(1));
process.once('SIGTERM', () => process.exit(1));

/** Ended with us whatever happens. */
export function started(child) {
  alive.add(child);
  child.ended = new Promise((done) => {
    child.once('error', done);
    child.once('exit', done);
  }).then(() => alive.delete(child));
  return child;
}

export const start = (file, args, options) => started(spawn(file, args, options));

export async function end(child, signal = 'SIGTERM') {
  if (!child) return;
  child.kill(signal);
  await child.ended;
}

export const environment = (folder, name, port, more = {}) => ({
  ...process.env,
  LTIGATE_STORE: `sqlite:${join(folder, name)}.db`,
  LTIGATE_LISTEN: `127.0.0.1:${port}`,
  LTIGATE_PUBLIC_URL: `http://localhost:${port}`,
  LTIGATE_OUTBOUND_ALLOW: '127.0.0.0/8,::1',
  LTIGATE_OUTBOUND_LIMIT: 'registrations=4096,host=0,client=0',
  LTIGATE_RATE_LIMITS: 'registrations=0,refusals=0',
  LTIGATE_BOOTSTRAP_API_KEY: apiKey,
  ...more,
});

/** What keeps the store in a database of `postgres`, for environment(). */
export const inPostgres = (folder, name, postgres) => ({
  LTIGATE_STORE: postgres.database(name),
  LTIGATE_SECRET_FILE: join(folder, `${name}.secret`),
});

async function begin(folder, name, port, more) {
  const env = environment(folder, name, port, more);
  const log = openSync(join(folder, `${name}-${port}.log`), 'w');
  const child = start(program, ['serve'], { env, stdio: ['ignore', log, log] });
  closeSync(log);
  for (;;) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    if (ready?.ok) return child;
    if (child.exitCode !== null) throw new Error('the gateway ended');
    await sleep(20);
  }
}

/** A gateway that serves: {child, origin, who, enrol, close} and what seen()
 * gives. With several ports there are as many instances on one store; the
 * load program, told `who`, speaks to all of them in turn. */
export async function serve(folder, name, ports, more) {
  const [port, ...others] = [ports].flat();
  const env = environment(folder, name, port, more);
  const set = (member, value) => execFileSync(program, ['settings', 'set', member, value],
    { env, stdio: 'ignore' });
  set('name', 'Bench');
  set('launchUrl', 'https://tool.example/launch');
  const origin = `http://127.0.0.1:${port}`;
  const children = [await begin(folder, name, port, more)];
  for (const other of others)
    children.push(await begin(folder, name, other,
      { LTIGATE_PUBLIC_URL: env.LTIGATE_PUBLIC_URL, ...more }));
  const [child] = children;
  const pids = children.flatMap(({ pid }) => ['--pid', pid]);
  const also = others.flatMap((other) => ['--also', other]);
  const each = children.map(({ pid }) => seen(pid));
  const all = (member) => () => each.reduce((total, one) => total + one[member](), 0);
  return { child, children, origin, who: [...also, ...pids],
    enrol: (platform) => enrol(origin, platform), ...seen(child.pid),
    resident: all('resident'), threads: all('threads'),
    close: () => Promise.all(children.map((one) => end(one))) };
}

/** What the system tells of a process: megabytes, threads, and milliseconds
 * of CPU (to 10 ms). */
export function seen(pid) {
  const status = (line) => Number(new RegExp(`${line}:\\s+(\\d+)`)
    .exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
  const ticks = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return {
    resident: () => status('VmRSS') / 1024,
    peak: () => status('VmHWM') / 1024,
    /** The peak is from now on. */
    forgetPeak: () => writeFileSync(`/proc/${pid}/clear_refs`, '5'),
    threads: () => status('Threads'),
    cpu: () => (Number(ticks()[11]) + Number(ticks()[12])) * 10,
  };
}

async function enrol(origin, { url, clientId, method, key, login = `${url}/auth`,
  token = `${url}/token` }) {
  const answer = await fetch(`${origin}/admin/platforms`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'School', url, clientId,
      authenticationEndpoint: login, accesstokenEndpoint: token,
      authConfig: { method, key } }),
  });
  if (!answer.ok) throw new Error(`no platform: ${await answer.text()}`);
}

/** What the load program found. A round in which something failed is shown,
 * and counts. */
export async function measure(...args) {
  const all = [...args.map(String), '--json'];
  const { stdout, stderr } = await promisify(execFile)(load, all, { timeout: LOAD_MS })
    .catch((failure) => {
      if (failure.code !== 1 || !failure.stdout.endsWith('}\n')) throw failure;
      return failure;
    });
  if (stderr) console.log(stderr.trimEnd().slice(0, 600));
  return JSON.parse(stdout);
}
