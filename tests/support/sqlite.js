// SPDX-License-Identifier: Apache-2.0
// A store that is an SQLite file, and what can befall such a file.
//
//   const store = await makeSqlite(directory, template);  see store.js
//   store.file
//   await store.keep(place)                        as a template, once stopped
//   const lock = await holdLock(file, 'IMMEDIATE');  await lock.release()
//   const disk = await smallDisk(kilobytes);       a file system of its own
//   await limitFiles(pid, bytes)                   null: no limit again

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

async function ask(file, text, ...options) {
  const running = run('sqlite3',
    ['-batch', '-bail', '-cmd', '.timeout 20000', ...options, file],
    { maxBuffer: 1 << 26 });
  // An argument has a limit, and thousands of rows are more than that.
  running.child.stdin.end(`${text}\n;\n`);
  const { stdout } = await running;
  return stdout.trim();
}

const name = 'ltigate.db';
const names = [name, `${name}.secret`];
const copyAll = (from, to) => Promise.all(names.map((one) =>
  copyFile(join(from, one), join(to, one))));

export async function makeSqlite(directory, template) {
  const file = join(directory, name);
  const url = `sqlite:${file}`;
  if (template) await copyAll(template, directory);
  return {
    file, url, secretFile: `${file}.secret`, users: 0,
    files: ['', '-wal', '-shm', '.secret'].map((end) => file + end),
    environment: { LTIGATE_STORE: url },
    sql: (text) => ask(file, text),
    rows: async (text) => JSON.parse(await ask(file, text, '-json') || '[]'),
    async bytes() {
      const parts = await Promise.all([file, `${file}-wal`].map((one) =>
        readFile(one).catch(() => Buffer.alloc(0))));
      return Buffer.concat(parts);
    },
    inserts: async () => (await run('sqlite3', [file, '.dump'],
      { maxBuffer: 1 << 26 })).stdout.split('\n')
      .filter((line) => line.startsWith('INSERT INTO ')),
    schema: async () => (await ask(file, 'SELECT sql FROM sqlite_master '
      + 'WHERE sql IS NOT NULL ORDER BY type, name')).split('\n'),
    dump: async () => (await run('sqlite3', [file, '.dump'],
      { maxBuffer: 1 << 26 })).stdout,
    async check() {
      assert.equal(await ask(file, 'PRAGMA integrity_check'), 'ok');
    },
    keep: (place) => copyAll(directory, place),
    // It goes with its directory.
    remove: async () => {},
  };
}

// The lock is held by a process of its own, until release() or the test ends.
export async function holdLock(file, kind) {
  const child = spawn('sqlite3', ['-cmd', '.timeout 20000', file],
    { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((done) => child.on('close', done));
  const stop = () => child.kill('SIGKILL');
  process.once('exit', stop);
  const held = new Promise((done, failed) => {
    child.stdout.once('data', done);
    child.once('close', () => failed(new Error('the lock was not taken')));
  });
  child.stdin.write(`BEGIN ${kind};\nSELECT 'held';\n`);
  await held;
  return {
    async release() {
      child.stdin.end('ROLLBACK;\n');
      await ended;
      process.off('exit', stop);
    },
  };
}

// null where this machine does not let us mount one.
export async function smallDisk(kilobytes) {
  const place = await mkdtemp(join(tmpdir(), 'ltigate-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k,mode=0700`,
      'tmpfs', place]);
  } catch {
    await rm(place, { recursive: true });
    return null;
  }
  return {
    place,
    async close() {
      // Lazily: whoever still has it open may end later.
      await run('umount', ['-l', place]);
      await rm(place, { recursive: true });
    },
  };
}

// Writing a file beyond so many bytes fails in that process, as on a disk
// that is full.
export async function limitFiles(pid, bytes) {
  await run('prlimit', ['--pid', String(pid),
    `--fsize=${bytes === null ? 'unlimited' : bytes}:`]);
}
