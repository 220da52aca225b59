// SPDX-License-Identifier: Apache-2.0
// growth - what a launch, a look-up and a registration cost with ever more
// platforms and launches in the store, and with more instances on it
//
// The rows are made in the store itself. Each platform has a deployment, a
// report of 3 KB and the school's key entered by hand; a launch that is kept
// has 200 bytes of claims that nobody opens, a tenth of what a real one has.
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { median, show } from './figures.js';
import { apiKey, environment, inPostgres, load, measure, program, serve } from './gateway.js';
import { stepsOf } from './launching.js';
import { withStore } from './postgres.js';
import { launchOnce } from './stuck_keys.js';

const STEPS = [[10, 10], [1000, 100_000], [100_000, 10_000_000]];
const SOONER = 300_000; // launches kept, where the part is one of many
const COUNT = 1000;
const EXPIRED = 20_000;
const CHANGES = 20;
const CHANGE_MS = 50;
const GONE_MS = 60_000;
const ISSUER = 'https://lms@.example';
const CLIENT = 'client-@';

/* --- making rows ----------------------------------------------------------- */

const series = {
  sqlite: (from, to) => [`WITH RECURSIVE n (i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n `
    + `WHERE i < ${to - 1}) `, 'n'],
  postgres: (from, to) => ['', `generate_series(${from}, ${to - 1}) AS n (i)`],
};

function insert(engine, table, columns, values, from, to) {
  const [before, rows] = series[engine](from, to);
  return from < to ? `${before}INSERT INTO ${table} (${columns}) SELECT ${values} FROM ${rows};\n`
    : '';
}

const platforms = (engine, key, from, to) => insert(engine, 'platforms',
  'id, issuer, client_id, name, active, origin, authorization_endpoint, token_endpoint, audience, '
  + 'key_method, key_value, claimed_organization, family, version, targets, metadata, extra, '
  + 'report, management_sealed, first_launch, created_at, changed_at',
  `'p' || i, 'https://lms' || i || '.example', 'client-' || i, 'School ' || i, 1, 'dynamic',
  'https://lms' || i || '.example/auth', 'https://lms' || i || '.example/token', '', 'RSA_KEY',
  '${key}', '', 'moodle', '4.5', '{}', '{}', '{}', '{"asked":"${'x'.repeat(3000)}"}', '', '{}',
  1, 1`, from, to)
  + insert(engine, 'deployments', 'platform_id, deployment_id, allowed, origin, first_seen_at',
    "'p' || i, '7', 1, 'launch', 1", from, to);

const launches = (engine, hour, count, from, to) => insert(engine, 'launches',
  'hour, nonce, platform_id, deployment_id, claims_sealed, created_at',
  `${hour} - i % 20, 'kept-${hour}-' || i, 'p' || (i % ${count}), '7', '${'x'.repeat(200)}', `
  + `${hour * 3600}`, from, to);

/** {engine, name, environment, run(sql), count(sql), size()} of a new store. */
function storeOf(folder, postgres) {
  if (!postgres) {
    const file = join(folder, 'growth.db');
    const ask = (text) => execFileSync('sqlite3', ['-cmd', '.timeout 20000', file],
      { input: text, encoding: 'utf8' });
    return { engine: 'sqlite', name: 'SQLite', environment: {}, count: (text) => Number(ask(text)),
      run: (text) => ask(`PRAGMA synchronous = OFF; BEGIN; ${text} COMMIT;`),
      size: () => statSync(file).size };
  }
  return { engine: 'postgres', name: 'PostgreSQL', postgres,
    environment: inPostgres(folder, 'growth', postgres),
    count: (text) => Number(postgres.sql('growth', text)),
    run: (text) => postgres.sql('growth', `${text} ANALYZE;`),
    size: () => Number(postgres.sql('growth', "SELECT pg_database_size('growth')")) };
}

/* --- measuring ------------------------------------------------------------- */

function firstAnswer(folder, port, more) {
  const times = Array.from({ length: 3 }, () => Number(/[\d.]+/.exec(execFileSync(load,
    ['--target', `http://127.0.0.1:${port}/lti/register`, '--first-answer', '--', program, 'serve'],
    { encoding: 'utf8', env: environment(folder, 'growth', port, more),
      stdio: ['ignore', 'pipe', 'ignore'] }))[0]));
  return median(times);
}

function tell(name, found) {
  const store = found.storeCpu ? ` + ${found.storeCpu.toFixed(3)}` : '';
  show(`${name}: a second; p50, p99; CPU`, `${found.perSecond.toFixed(0)} /s; `
    + `${found.p50.toFixed(2)}, ${found.p99.toFixed(2)} ms; ${found.cpu.toFixed(3)}${store}`, 'ms');
  if (found.failed) show('FAILED', found.failed, '');
}

async function callsOf(gateway, postgres, path, headers, count) {
  return withStore(postgres, () => measure('--target', gateway.origin + path, '--headers', headers,
    '--expected', '200', '--concurrency', '8', '--count', count, ...gateway.who),
  ({ calls }) => calls);
}

async function rename(gateway, id, name) {
  const answer = await fetch(`${gateway.origin}/admin/platforms/${id}`, { method: 'PATCH',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name }) });
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`no change: ${answer.status}`);
}

async function besideChanges(gateway, launch) {
  let over = false;
  const measured = launch().finally(() => { over = true; });
  measured.catch(() => {}); // told below
  for (let i = 0; i < CHANGES && !over; i += 1) {
    await rename(gateway, 'p1', `School ${i}`);
    await sleep(CHANGE_MS);
  }
  return measured;
}

/** Rows that are over come into being; how long until they are gone? */
async function expire(gateway, store, hour) {
  const old = hour - 1000;
  store.run(launches(store.engine, old, 1, 0, EXPIRED));
  const left = () => store.count(`SELECT count(*) FROM launches WHERE hour <= ${old};`);
  while (left() === EXPIRED) await sleep(20);
  const cpu = gateway.cpu();
  const serverCpu = store.postgres?.cpu() ?? 0;
  const began = performance.now();
  const before = left();
  for (const late = began + GONE_MS; left() > 0 && performance.now() < late;) await sleep(20);
  show('rows that are over, deleted a second', (before / (performance.now() - began) * 1000)
    .toFixed(0), `/s; CPU ${((gateway.cpu() - cpu) / before).toFixed(3)} + `
    + `${(((store.postgres?.cpu() ?? 0) - serverCpu) / before).toFixed(3)} ms each`);
}

async function measureStep(folder, port, store, school, [count, kept], made) {
  const hour = Math.floor(Date.now() / 3_600_000);
  const key = school.byHand.key;
  const began = performance.now();
  store.run(platforms(store.engine, key, made.platforms, count)
    + launches(store.engine, hour, count, made.launches, kept));
  console.log(`${store.name}: ${count} platforms, ${kept} launches kept `
    + `(${(store.size() / 1e6).toFixed(0)} MB, made in ${((performance.now() - began) / 1000)
      .toFixed(0)} s)`);
  show('first answer after the start', firstAnswer(folder, port, store.environment).toFixed(1),
    'ms');
  const gateway = await serve(folder, 'growth', port, store.environment);
  gateway.postgres = store.postgres;
  try {
    const from = { ...school, launches: (...args) => school.launches(...args)
      .map((one) => ({ [school.platform.url]: ISSUER, [school.platform.clientId]: CLIENT })[one]
        ?? one) };
    const steps = stepsOf(gateway, from);
    const launch = (first, ...more) => steps('--platforms', count, '--first', first,
      '--concurrency', 8, '--count', COUNT, ...more);
    await launch(50_000);
    const before = gateway.resident();
    tell('launches, each of another platform', await launch(0));
    tell('launches, the same platforms again', await launch(0));
    show('login alone, CPU', (await launch(0)).loginCpu.toFixed(3), 'ms');
    tell('launches, while one platform changes, 20 a second',
      await besideChanges(gateway, () => launch(0)));
    show('resident before, after', `${before.toFixed(1)}, ${gateway.resident().toFixed(1)}`, 'MB');
    const platform = { url: 'https://lms1.example', clientId: 'client-1' };
    const { location } = await launchOnce(school, gateway.origin, platform, '7');
    const ltik = new URL(location).searchParams.get('ltik');
    tell('GET /api/idtoken', await callsOf(gateway, store.postgres, '/api/idtoken',
      `Authorization: LTIK-AUTH-V2 ${apiKey}:${ltik}`, COUNT));
    tell('registrations', await withStore(store.postgres, async () => (await measure('--target',
      `${gateway.origin}/lti/register`, '--concurrency', 8, '--count', 200, '--warm', 50,
      ...gateway.who)).normal, ({ registrations }) => registrations + 50));
    await expire(gateway, store, hour);
  } finally {
    await gateway.close();
  }
}

async function compareInstances(folder, port, postgres, school) {
  for (const count of [1, 2, 4]) {
    const name = `instances_${count}`;
    const ports = Array.from({ length: count }, (unused, i) => port + i);
    const gateway = await serve(folder, name, ports, inPostgres(folder, name, postgres));
    gateway.postgres = postgres;
    await gateway.enrol(school.platform);
    const launch = stepsOf(gateway, school);
    await launch('--concurrency', 32, '--count', 500);
    tell(`PostgreSQL, instances: ${count}, launches, 32 at once`,
      await launch('--concurrency', 32, '--count', 2 * COUNT));
    show('resident, together', gateway.resident().toFixed(1), 'MB');
    await gateway.close();
  }
}

/** `far`: with as many launches as a large installation keeps. */
export async function measureGrowth(folder, port, postgres, school, far) {
  for (const server of [null, postgres].slice(0, postgres ? 2 : 1)) {
    const store = storeOf(folder, server);
    execFileSync(program, ['migrate'],
      { env: environment(folder, 'growth', port, store.environment), stdio: 'ignore' });
    const made = { platforms: 0, launches: 0 };
    for (const [count, kept] of STEPS) {
      const most = far ? kept : Math.min(kept, SOONER);
      await measureStep(folder, port, store, school, [count, most], made);
      Object.assign(made, { platforms: count, launches: most });
    }
  }
  if (postgres) await compareInstances(folder, port, postgres, school);
}
