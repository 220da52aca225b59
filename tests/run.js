// SPDX-License-Identifier: Apache-2.0
// node tests/run.js [PRESET] [--store sqlite|postgres] [WORD ...] - every Node
// test against the program of that preset (debug), on that store (sqlite).
// WORDs choose files by a part of their name; --jobs N runs so many at once.
// The last line of the output tells the totals; the status is 0 when nothing
// failed.
//
// What is about one kind of store alone is in files whose name begins with it,
// sqlite_ or postgres_, and is left out on the others.

import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { run } from 'node:test';
import { spec as Spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';

const root = resolve(import.meta.dirname, '..');
const { values: options, positionals: [preset = 'debug', ...words] } =
  parseArgs({ allowPositionals: true, options: { jobs: { type: 'string' },
    store: { type: 'string', default: 'sqlite' } } });
const stores = ['sqlite', 'postgres'];
const FILE_MS = 600_000;
const PRIME_PAIRS = 5; // 45 keys
// On two processors: the cases wait, for disks and LMSs, a third of their time.
const CONCURRENCY = Number(options.jobs ?? 5);
// What they wait for takes a minute: they begin first, so that nothing waits
// for them at the end.
const PATIENT = ['store_outage', 'sqlite_faults', 'gate', 'secret_rotation',
  'balanced'];

process.env.LTIGATE_PROGRAM ??= join(root, 'build', preset, 'ltigate');
if (!existsSync(process.env.LTIGATE_PROGRAM)) {
  console.error(`there is no ${process.env.LTIGATE_PROGRAM}; build it first`);
  process.exit(2);
}

// Sanitizers look at the program alone, so only what runs it is repeated.
const folders = ['asan', 'tsan'].includes(preset)
  ? ['tests/cases'] : ['testbed', 'tests/cases', 'tests/browser'];
const isOfAnother = (file) => stores.some((store) =>
  store !== options.store && basename(file).startsWith(`${store}_`));
const chosen = folders
  .filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) => readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.test.js'))
    .map((name) => join(root, folder, name)))
  .filter((file) => words.length === 0
    || words.some((word) => file.includes(word)));
const files = inTurns(chosen.filter((file) => !isOfAnother(file)));
if (files.length === 0 || !stores.includes(options.store)) {
  console.error('no test file was found, or the store is not one of '
    + stores.join(', '));
  process.exit(2);
}
for (const file of chosen.filter(isOfAnother)) {
  console.log(`not on ${options.store}: ${basename(file)}`);
}

// A browser takes a processor for itself: its files are spread among those that
// wait.
function inTurns(all) {
  const isPatient = (file) => PATIENT.includes(basename(file, '.test.js'));
  const isBrowser = (file) => file.includes('tests/browser/');
  const rest = all.filter((file) => !isBrowser(file));
  const cases = [...rest.filter(isPatient),
    ...rest.filter((file) => !isPatient(file))];
  const browsers = all.filter(isBrowser);
  const step = Math.floor(cases.length / (browsers.length + 1)) + 1;
  return [...cases.flatMap((file, at) =>
    at % step === 0 ? [...browsers.splice(0, 1), file] : [file]), ...browsers];
}

// Told to end, it ends the files that run, and what was made goes with it.
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    stopping.abort();
    process.exit(1);
  });
}
if (options.store === 'sqlite') {
  delete process.env.LTIGATE_TEST_STORE;
} else {
  const { startCluster } = await import('./support/cluster.js');
  process.env.LTIGATE_TEST_STORE ??= (await startCluster()).url();
}
const { somePrimes } = await import('../testbed/raw_rsa.js');
process.env.TESTBED_PRIMES ??= somePrimes(PRIME_PAIRS);
const { makeTemplate } = await import('./support/template.js');
process.env.LTIGATE_TEST_TEMPLATE = await makeTemplate();

// The runner tells its totals as lines "pass 12" at the end.
const totals = {};
const stream = run({ files, concurrency: CONCURRENCY, timeout: FILE_MS,
  signal: stopping.signal });
stream.on('test:diagnostic', ({ message }) => {
  const found = /^(pass|fail|cancelled|skipped|todo) (\d+)$/.exec(message);
  if (found) totals[found[1]] = Number(found[2]);
});
stream.compose(new Spec()).pipe(process.stdout);
stream.on('end', () => process.on('exit', () => {
  const failed = (totals.fail ?? 1) + (totals.cancelled ?? 0);
  const skipped = (totals.skipped ?? 0) + (totals.todo ?? 0);
  process.stdout.write(`\nNODE TESTS on ${options.store}: passed ${totals.pass ?? 0} `
    + `failed ${failed} skipped ${skipped}\n`);
  process.exitCode = failed === 0 && totals.pass > 0 ? 0 : 1;
}));
