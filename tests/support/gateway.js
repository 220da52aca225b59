// SPDX-License-Identifier: Apache-2.0
// The real program as a process of its own, with a directory, a store, a
// secret and a clock of its own.
//
//   const gateway = await startGateway({ settings, environment });
//   gateway.registerUrl             paste this into an LMS
//   await gateway.api('GET', '/admin/platforms')       with the API key
//   await gateway.open(address)     as a browser, no redirect followed
//   await gateway.cli('key', 'list', '--json')         on the same store
//   await gateway.setClock(3600)    an hour later than it is
//   gateway.log()                   what it wrote so far, both streams
//   await gateway.stop();  gateway.start();  gateway.restart();
//   await gateway.kill()            kill -9
//   await gateway.ended             {code, signal} of the present process
//   await gateway.close()           stop it and remove its directory
//
//   gateway.store                   what store.js tells
//
// startGateway({settings, environment, store, fresh}): `settings` are laid over
// exampleSettings and put by the API (null: none are put); `environment` is
// added to the process's (LTIGATE_TEST_KILL and the like; undefined removes);
// `store` is another gateway's, to be shared; `fresh` begins with an empty one,
// where the first start is what a case is about; `through(port)` gives the
// command that starts the program, and hears what is said by gateway.say().
// start(environment) changes it for this process and those after it.
// tryGateway({environment, gateway}) is for one that must not start, on an
// empty store or on that of a gateway that is stopped: it gives {code, log}.
//
// stop() and close() fail when the process ended with another code than 0 or
// wrote a sanitizer's report, so that no case needs to look for one.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { issuerExceptions } from '../../testbed/testbed.js';
import { httpCall } from './http_call.js';
import { makeStore } from './store.js';

export const program = resolve(import.meta.dirname, '../..',
  process.env.LTIGATE_PROGRAM ?? 'build/debug/ltigate');
export const apiKey = 'ltigate_the-first-key-of-the-cases-0123456789';
export const exampleSettings = {
  name: 'Acme Courses',
  description: 'Courses by Acme',
  launchUrl: 'https://tool.example/launch',
};

const READY_MS = 60_000;
const report =
  /(ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|: runtime error: )[^]*/;

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// Waits until check() gives something true, and gives that.
export async function until(check, what, limit = READY_MS) {
  const end = Date.now() + limit;
  for (;;) {
    const found = await check();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await sleep(40);
  }
}

// Ports below those that the system deals out for outgoing connections, none
// that browsers refuse, and a run of them that no other process on this machine
// has: it listens at the first as long as it lives. So a port that is free now
// is still free when the gateway starts, or starts again. (One that finds its
// port taken ends, and until then whoever has it answers in its place.)
const PORTS = { first: 20_000, runs: 187, run: 64 };
let portsTaken = 0;
let ownRun = null;

const listenAt = (port) => new Promise((done) => {
  const server = net.createServer();
  server.on('error', () => done(null));
  server.listen(port, '127.0.0.1', () => done(server));
});

async function isFree(port) {
  const server = await listenAt(port);
  if (server) await new Promise((done) => server.close(done));
  return server !== null;
}

async function takeRun() {
  for (let tries = 0; tries < PORTS.runs; tries++) {
    const first = PORTS.first + (process.pid + tries) % PORTS.runs * PORTS.run;
    const held = await listenAt(first);
    held?.unref();
    if (held) return first;
  }
  throw new Error('no run of ports is free');
}

export async function freePort() {
  ownRun ??= takeRun();
  const first = await ownRun;
  for (let tries = 1; tries < PORTS.run; tries++) {
    const port = first + 1 + portsTaken++ % (PORTS.run - 1);
    if (await isFree(port)) return port;
  }
  throw new Error('no port is free');
}

const addressOf = (port, { LTIGATE_TLS_CERT: encrypted }) =>
  `${encrypted ? 'https' : 'http'}://localhost:${port}`;

function environmentOf(directory, port, store, more = {}) {
  const whole = {
    PATH: process.env.PATH,
    HOME: directory,
    ASAN_OPTIONS: process.env.ASAN_OPTIONS,
    UBSAN_OPTIONS: process.env.UBSAN_OPTIONS,
    TSAN_OPTIONS: process.env.TSAN_OPTIONS,
    LTIGATE_TEST_TWICE: process.env.LTIGATE_TEST_TWICE,
    LTIGATE_TEST_HURRY: '1',
    LTIGATE_STORE_FEATURES: process.env.LTIGATE_STORE_FEATURES,
    LTIGATE_LISTEN: `127.0.0.1:${port}`,
    LTIGATE_PUBLIC_URL: addressOf(port, more),
    ...store.environment,
    LTIGATE_OUTBOUND_ALLOW: '127.0.0.0/8,::1',
    LTIGATE_ISSUER_EXCEPTIONS: issuerExceptions,
    LTIGATE_RATE_LIMITS: 'registrations=0,refusals=0,sign-ins=0',
    LTIGATE_BOOTSTRAP_API_KEY: apiKey,
    LTIGATE_LOG_LEVEL: 'debug',
    LTIGATE_TEST_CLOCK: join(directory, 'clock'),
    ...more,
  };
  return Object.fromEntries(Object.entries(whole)
    .filter(([, value]) => value !== undefined));
}

// No process outlives its test file, however that ends: setpriv sees to it
// that it is killed with its parent, and becomes it.
const alive = new Set();
process.on('exit', () => alive.forEach((child) => child.kill('SIGKILL')));
process.once('SIGTERM', () => process.exit(1));

function launch(environment, through = []) {
  const child = spawn('setpriv',
    ['--pdeathsig', 'KILL', ...through, program, 'serve'],
    { env: environment });
  child.stdin.on('error', () => {});
  alive.add(child);
  const texts = [];
  const run = { child, over: false,
    log: () => Buffer.concat(texts).toString('utf8') };
  child.stdout.on('data', (part) => texts.push(part));
  child.stderr.on('data', (part) => texts.push(part));
  run.ended = new Promise((done) => {
    child.on('close', (code, signal) => {
      run.over = true;
      alive.delete(child);
      done({ code, signal });
    });
    child.on('error', (problem) => {
      run.over = true;
      texts.push(Buffer.from(String(problem)));
      done({ code: null, signal: null });
    });
  });
  return run;
}

async function isReady(run, address) {
  if (run.over) throw new Error(`the gateway ended:\n${run.log()}`);
  try {
    return (await httpCall(`${address}/readyz`)).status === 200;
  } catch {
    return false;
  }
}

export async function makeDirectory() {
  return mkdtemp(join(tmpdir(), 'ltigate-case-'));
}

export async function tryGateway({ environment, gateway, through } = {}) {
  const directory = gateway?.directory ?? await makeDirectory();
  const store = gateway?.store ?? await makeStore(directory, { fresh: true });
  const run = launch(environmentOf(directory, await freePort(), store,
    environment), through);
  const { code } = await run.ended;
  if (!gateway) {
    await store.remove();
    await rm(directory, { recursive: true });
  }
  return { code, log: run.log() };
}

// What the template would hold already, a case says otherwise.
const speaksOfStore = (environment) =>
  ['LTIGATE_STORE', 'LTIGATE_SECRET_FILE', 'LTIGATE_BOOTSTRAP_API_KEY']
    .some((name) => Object.hasOwn(environment, name));

function runProgram(environment, args) {
  return new Promise((done) => {
    execFile(program, args, { env: environment, maxBuffer: 1 << 26 },
      (problem, stdout, stderr) => {
        const code = problem ? problem.code : 0;
        done({ code, stdout, stderr, json: () => JSON.parse(stdout) });
      });
  });
}

// What is asked of the gateway at gateway.url.
export function callsTo(gateway) {
  const api = async (method, path, body,
    { key = apiKey, headers = {} } = {}) => {
    const ready = body === undefined || typeof body === 'string'
      || Buffer.isBuffer(body);
    const text = ready ? body : JSON.stringify(body);
    const answer = await httpCall(gateway.url + path, { method, body: text,
      headers: { ...(key ? { authorization: `Bearer ${key}` } : {}),
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers } });
    return { ...answer, body: answer.text ? parsed(answer) : null };
  };
  const open = (address, { form, headers = {} } = {}) =>
    httpCall(address, form
      ? { method: 'POST', body: String(new URLSearchParams(form)),
        headers: { accept: 'text/html,*/*;q=0.8',
          'content-type': 'application/x-www-form-urlencoded', ...headers } }
      : { headers: { accept: 'text/html,*/*;q=0.8', ...headers } });
  const settings = async (wish) => {
    const answer = await api('PUT', '/admin/settings',
      { ...exampleSettings, ...wish });
    assert.equal(answer.status, 200, answer.text);
    return answer.body;
  };
  return { api, open, settings };
}

function parsed(answer) {
  try {
    return answer.json();
  } catch {
    return answer.text;
  }
}

export async function startGateway({ settings = {}, environment = {}, store,
  fresh = speaksOfStore(environment), through = () => [] } = {}) {
  const directory = await makeDirectory();
  const port = await freePort();
  const own = store ?? await makeStore(directory, { fresh });
  own.users += 1;
  let more = environment;
  let run = null;
  let earlier = '';

  const gateway = {
    directory, port, store: own,
    url: addressOf(port, environment),
    registerUrl: `${addressOf(port, environment)}/lti/register`,
    log: () => earlier + (run?.log() ?? ''),
    get ended() { return run.ended; },
    get pid() { return run.child.pid; },
    say: (line) => run.child.stdin.write(`${line}\n`),
    // With which a program of ours finds the same store.
    get environment() { return environmentOf(directory, port, own, more); },
    // Puts settings over exampleSettings; what is absent is default.
    settings: null, api: null, open: null,
    cli: (...args) =>
      runProgram(environmentOf(directory, port, own, more), args),
    // By rename: the gateway may read at any moment.
    async setClock(seconds) {
      await writeFile(join(directory, 'clock.new'), `${seconds}\n`);
      await rename(join(directory, 'clock.new'), join(directory, 'clock'));
    },
    async start(changes = {}) {
      more = { ...more, ...changes };
      earlier = gateway.log();
      run = launch(environmentOf(directory, port, own, more), through(port));
      await until(() => isReady(run, gateway.url), 'a ready gateway');
    },
    async stop() {
      if (!run.over) run.child.kill('SIGTERM');
      const { code, signal } = await run.ended;
      const found = report.exec(gateway.log());
      assert.equal(found, null, found?.[0]);
      assert.deepEqual({ code, signal }, { code: 0, signal: null },
        run.log().slice(-3000));
    },
    async restart(changes) {
      await gateway.stop();
      await gateway.start(changes);
    },
    async kill() {
      run.child.kill('SIGKILL');
      return run.ended;
    },
    // After a kill nothing more is asked of the process than that it is over.
    async close() {
      const { signal } = run.over ? await run.ended : {};
      if (signal !== 'SIGKILL') await gateway.stop();
      own.users -= 1;
      if (own.users === 0) await own.remove();
      await rm(directory, { recursive: true });
    },
  };
  Object.assign(gateway, callsTo(gateway));
  try {
    await gateway.start();
    if (settings) await gateway.settings(settings);
  } catch (problem) {
    run?.child.kill('SIGKILL');
    throw problem;
  }
  return gateway;
}
