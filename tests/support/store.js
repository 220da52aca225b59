// SPDX-License-Identifier: Apache-2.0
// The store behind a gateway's back, by the sqlite3 program.
//
//   await sql(file, 'SELECT ...')                  what it prints
//   const lock = await holdLock(file, 'IMMEDIATE');  await lock.release()
//   const disk = await smallDisk(kilobytes);       a file system of its own
//   await limitFiles(pid, bytes)                   null: no limit again

import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export async function sql(file, text) {
  const { stdout } = await run('sqlite3', ['-cmd', '.timeout 20000', file, text],
    { maxBuffer: 1 << 26 });
  return stdout.trim();
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
