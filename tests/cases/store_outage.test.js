// SPDX-License-Identifier: Apache-2.0
// What befalls a PostgreSQL server: it stops, hangs, takes no writes, fails
// over, ends connections, has none left, is full, is another's. Who asks
// meanwhile is told so in time; nothing that was acknowledged is lost; and
// when it is back, so is the gateway, without being started again.

import assert from 'node:assert/strict';
import { chown, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, describe, test } from 'node:test';
import { startCluster } from '../support/cluster.js';
import { enrol } from '../support/enrolled.js';
import { makeDirectory, sleep, startGateway, tryGateway, until }
  from '../support/gateway.js';
import { enter, startLms } from '../support/lms.js';
import { titleOf } from '../support/pages.js';
import { makePostgres } from '../support/postgres.js';
import { asJson } from '../support/raw.js';
import { courseOf, itemPath, scoreOf } from '../support/services.js';
import { smallDisk } from '../support/sqlite.js';
import { startRecord, unexplained } from '../support/storm.js';

const BACK_MS = 1500; // within a second, by a loaded processor
const QUICK_MS = 1000;
const CROWD = 60;
const ROUNDS = 3;
const TOLD_MS = 16_000;

const lms = await startLms();
// What was acknowledged is with the system at least.
const cluster = await startCluster({ settings: { synchronous_commit: 'on' } });
after(async () => {
  await lms.close();
  await cluster.close();
});
// What a case that failed left stopped, the next one needs.
afterEach(() => cluster.query('SELECT 1').catch(() => cluster.start()));

async function gatewayOn(t, server, { environment } = {}) {
  const directory = await makeDirectory();
  const gateway = await startGateway({ environment,
    store: await makePostgres(server.url(), directory),
    settings: { registration: { autoActivate: true } } });
  t.after(() => gateway.close());
  return gateway;
}

const databaseOf = ({ store }) => new URL(store.url).pathname.slice(1);

// A school's launches, the API, a page: what each came to is written down.
async function visitorsOf(gateway) {
  const school = await enrol(gateway);
  const record = startRecord();
  const visitors = { record, school, letIn: [], made: [], number: 0 };
  const prepare = async () => {
    const login = await school.login();
    assert.equal(login.response.status, 302, login.response.text);
    return { login, token: await school.sign(school.claims(login)) };
  };
  const post = ({ login, token }, headers) =>
    school.post(login, token, { headers });
  visitors.prepare = prepare;
  visitors.post = post;
  visitors.launch = async () => {
    const login = await record.ask('login', [302],
      async () => (await school.login()).response);
    if (!login) return;
    const state = new URL(login.location).searchParams;
    const one = { login: { state: state.get('state'),
      nonce: state.get('nonce'),
      cookie: login.headers['set-cookie'][0].split(';')[0] } };
    one.token = await school.sign(school.claims(one.login));
    if (await record.ask('launch', [303], () => post(one))) {
      visitors.letIn.push(one);
    }
  };
  visitors.write = async () => {
    visitors.number += 1;
    const name = `School ${visitors.number}`;
    const answer = await record.ask('write', [201],
      () => gateway.api('POST', '/admin/organizations', { name }));
    if (answer) visitors.made.push(answer.body.id);
  };
  visitors.read = () => record.ask('read', [200],
    () => gateway.api('GET', '/admin/organizations'));
  // Some of each at a time, until the work is done.
  visitors.during = async (work) => {
    let over = false;
    const loop = async (visit) => {
      while (!over) {
        await visit();
        await sleep(10);
      }
    };
    const loops = [visitors.launch, visitors.launch, visitors.write,
      visitors.read].map(loop);
    try {
      return await work();
    } finally {
      over = true;
      await Promise.all(loops);
    }
  };
  visitors.failed = () => record.failures()
    .map(({ what, status, problem, text }) =>
      `${what} ${status ?? problem} ${text ?? ''}`);
  // All that was acknowledged is there, and no launch is good twice.
  visitors.check = async () => {
    const { rows } = gateway.store;
    const kept = new Set((await rows('SELECT id FROM organizations'))
      .map(({ id }) => id));
    for (const id of visitors.made) assert.ok(kept.has(id), `${id} is lost`);
    for (const one of visitors.letIn.slice(-40)) {
      assert.equal((await post(one, asJson)).status, 409);
    }
    assert.ok(visitors.letIn.length > 0 && visitors.made.length > 0);
  };
  return visitors;
}

async function worksAtOnce(visitors, begun = performance.now()) {
  await until(async () => (await visitors.read()) !== null, 'a read');
  await until(async () => {
    const before = visitors.letIn.length;
    await visitors.launch();
    return visitors.letIn.length > before;
  }, 'a launch');
  const took = performance.now() - begun;
  assert.ok(took < BACK_MS, `back after ${Math.round(took)} ms`);
}

async function timed(ask) {
  const begun = performance.now();
  const answer = await ask();
  return { ...answer, took: performance.now() - begun };
}

// A program, a person in the frame, a balancer.
async function isTold(gateway, visitors, prepared, limit = QUICK_MS) {
  const api = await timed(() => gateway.api('POST', '/admin/organizations',
    { name: 'never' }));
  const page = await timed(() => visitors.post(prepared));
  for (const answer of [api, page]) {
    assert.equal(answer.status, 503, answer.text);
    assert.match(answer.headers['retry-after'] ?? 'none', /^\d+$/);
    assert.ok(answer.took < limit, `told after ${answer.took} ms`);
  }
  assert.equal(api.body.details.message, 'STORE_BUSY');
  assert.equal(titleOf(page), 'The gateway is busy');
  const alive = await timed(() => gateway.open(`${gateway.url}/healthz`));
  assert.equal(alive.status, 200);
  assert.ok(alive.took < QUICK_MS, `${alive.took}`);
}

async function isNotReady(gateway, limit = QUICK_MS) {
  const ready = await timed(() => gateway.open(`${gateway.url}/readyz`));
  assert.equal(ready.status, 503, ready.text);
  assert.ok(ready.took < limit, `${ready.took}`);
}

const isReady = (gateway) => until(async () =>
  (await gateway.open(`${gateway.url}/readyz`)).status === 200, 'ready');

// --- stopped ---------------------------------------------------------------

describe('a server that stops', () => {
  test('ST it is told at once, and all is well when it is back', async (t) => {
    const gateway = await gatewayOn(t, cluster);
    const visitors = await visitorsOf(gateway);
    const { pid } = gateway;
    for (let round = 0; round < ROUNDS; round += 1) {
      const prepared = await visitors.prepare();
      await visitors.during(async () => {
        await sleep(500);
        await cluster.stop('immediate');
        await isTold(gateway, visitors, prepared);
        await isNotReady(gateway);
        // Longer than platforms and settings are taken from memory.
        await sleep(1500);
        await isTold(gateway, visitors, prepared);
        await cluster.start();
        await worksAtOnce(visitors);
      });
      await isReady(gateway);
      // What was refused for that may be sent again.
      assert.equal((await visitors.post(prepared)).status, 303);
    }
    for (const failure of visitors.failed()) assert.match(failure, / 503 /);
    await visitors.check();
    assert.equal(gateway.pid, pid);
    // Counts wait in memory until they are stored.
    const letIn = visitors.letIn.length + ROUNDS;
    await until(async () => (await gateway.api('GET', '/admin/usage')).body
      .totals.launches === letIn, `${letIn} launches`, 20_000);
    const listeners = process.env.LTIGATE_STORE_FEATURES === 'portable'
      ? '0' : '1';
    await until(async () => await gateway.store.sql('SELECT count(*) FROM '
      + 'pg_stat_activity WHERE application_name = \'ltigate listener\' AND '
      + 'datname = current_database()') === listeners, 'it listens again');
  });

  test('ST an LMS took a registration meanwhile: it leaves its trace',
    async (t) => {
      const gateway = await gatewayOn(t, cluster);
      const exchange = await lms.begin(gateway, 'moodle-4.5',
        { switches: { answerDelay: 1500 } });
      const page = enter(gateway, exchange);
      await until(() => exchange.state === 'registered', 'the LMS was asked');
      await cluster.stop('immediate');
      const { status, text } = await page;
      assert.equal(status, 503, text);
      // Whoever reads it can mend it by hand.
      assert.ok(text.includes(exchange.registration.client_id), text);
      await cluster.start();
      await until(async () => {
        const { body } = await gateway.api('GET', '/api/registrations');
        return body.registrations?.length === 1
          && body.registrations[0].state === 'sent'
          && body.registrations[0].url === exchange.issuer;
      }, 'its trace');
    });

  test('ST scores that wait arrive when it is back', async (t) => {
    const gateway = await gatewayOn(t, cluster);
    const course = await courseOf(lms, gateway, 'blackboard');
    const { id: item } = await course.addItem();
    const { user: { id: user } } = (await course.launch({ user: 'student' }))
      .idToken;
    const queue = (scoreGiven) => course.call('POST', itemPath(item, '/scores'),
      { query: { queue: 'true' }, auth: 'service',
        body: scoreOf(user, { scoreGiven }) });
    lms.changeServices(course.exchange, { down: true });
    for (const number of [1, 2, 3]) {
      assert.equal((await queue(number)).status, 202);
    }
    await cluster.stop('immediate');
    lms.changeServices(course.exchange, null);
    assert.equal((await queue(4)).status, 503);
    await sleep(1500);
    await cluster.start();
    await until(async () => (await queue(5)).status === 202, 'the line');
    const taken = () => lms.services(course.exchange).scores
      .filter(({ status }) => status === 201)
      .map(({ body: { scoreGiven } }) => scoreGiven);
    await until(() => taken().length >= 4, 'four scores');
    assert.deepEqual(taken(), [1, 2, 3, 5]);
  });

  test('ST connections that are ended fail nobody who only began',
    async (t) => {
      const gateway = await gatewayOn(t, cluster);
      const visitors = await visitorsOf(gateway);
      const ends = [];
      await visitors.during(async () => {
        for (let round = 0; round < 30; round += 1) {
          await sleep(100);
          const end = { at: performance.now(), gone: Infinity };
          ends.push(end);
          await cluster.query('SELECT count(pg_terminate_backend(pid)) FROM '
            + 'pg_stat_activity WHERE datname = current_database() AND '
            + 'pid <> pg_backend_pid()',
          databaseOf(gateway));
          // One that is ended as it begins looks like a server that is gone,
          // which is left alone for half a second.
          end.gone = performance.now() + 600;
        }
      });
      // Of a COMMIT that was broken off nobody knows what became.
      for (const failure of visitors.failed()) {
        assert.match(failure, / 503 /, gateway.log().split('\n')
          .filter((line) => /STORE_FAILED|INTERNAL/.test(line)).join('\n'));
      }
      const { requests } = visitors.record;
      const reads = visitors.record.failures()
        .filter(({ what }) => what === 'read' || what === 'login');
      assert.deepEqual(reads, []);
      assert.deepEqual(unexplained(visitors.record.failures(), ends), []);
      t.diagnostic(`${visitors.failed().length} of ${requests.length} failed`);
      // It may be left alone still, since the last time.
      await worksAtOnce(visitors);
      await visitors.check();
    });
});

// --- hanging ---------------------------------------------------------------

// Each of its processes leads a group of its own.
async function processesOf({ pid }) {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return [pid, ...children.trim().split(' ').filter(Boolean).map(Number)];
}

async function hold(server) {
  const all = await processesOf(server);
  for (const pid of all) process.kill(pid, 'SIGSTOP');
  return () => {
    for (const pid of all) process.kill(pid, 'SIGCONT');
  };
}

describe('a server that hangs', () => {
  test('ST three seconds: who waits is served', async (t) => {
    const gateway = await gatewayOn(t, cluster);
    const visitors = await visitorsOf(gateway);
    await visitors.during(async () => {
      await sleep(500);
      const release = await hold(cluster);
      await sleep(3000);
      release();
      await worksAtOnce(visitors);
    });
    assert.deepEqual(visitors.failed(), []);
    await visitors.check();
  });

  test('ST fifteen seconds: who waits is told, and it goes on', async (t) => {
    const gateway = await gatewayOn(t, cluster);
    const visitors = await visitorsOf(gateway);
    const prepared = await visitors.prepare();
    await visitors.during(async () => {
      await sleep(500);
      const release = await hold(cluster);
      try {
        const crowd = Promise.all(Array.from({ length: 40 },
          () => timed(() => gateway.api('GET', '/admin/organizations'))));
        await isTold(gateway, visitors, prepared, TOLD_MS);
        for (const { status, took, text } of await crowd) {
          assert.equal(status, 503, text);
          assert.ok(took < TOLD_MS, `${took}`);
        }
      } finally {
        release();
      }
      await worksAtOnce(visitors);
    });
    for (const failure of visitors.failed()) assert.match(failure, / 503 /);
    await isReady(gateway);
    await visitors.check();
  });

  test('ST told to stop meanwhile, the gateway ends', async (t) => {
    const gateway = await gatewayOn(t, cluster);
    await gateway.settings({});
    const release = await hold(cluster);
    try {
      process.kill(gateway.pid, 'SIGTERM');
      const begun = performance.now();
      const end = await Promise.race([gateway.ended, sleep(80_000)]);
      assert.deepEqual(end, { code: 0, signal: null });
      t.diagnostic(`ended after ${Math.round(performance.now() - begun)} ms`);
    } finally {
      release();
    }
  });
});

test('ST told to stop while tables wait to be changed, the gateway ends',
  async (t) => {
    const gateway = await gatewayOn(t, cluster,
      { environment: { LTIGATE_STORE_FEATURES: undefined } });
    const database = databaseOf(gateway);
    const locks = (what) => cluster.query(`SELECT ${what} FROM pg_locks
      WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database
        WHERE datname = '${database}')`);
    // Who changes tables takes this lock first.
    const held = cluster.query('SELECT pg_advisory_lock(5002313), pg_sleep(99)',
      database).catch(() => {});
    await until(async () => await locks('count(*)') === '1', 'the lock');
    // Launches of other hours need slices that are not there.
    await gateway.setClock(9 * 3600);
    await until(async () => await locks('count(*)') === '2', 'who waits', 90_000);
    const begun = performance.now();
    process.kill(gateway.pid, 'SIGTERM');
    const end = await Promise.race([gateway.ended, sleep(60_000)]);
    await cluster.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = '${database}'`);
    await held;
    assert.deepEqual(end, { code: 0, signal: null });
    t.diagnostic(`ended after ${Math.round(performance.now() - begun)} ms`);
  });

// --- read-only -------------------------------------------------------------

test('ST a server that takes no writes: they are told so, reads go on',
  async (t) => {
    const turn = async (how) => {
      await cluster.query(
        `ALTER SYSTEM SET default_transaction_read_only = ${how}`);
      await cluster.query('SELECT pg_reload_conf()');
      await sleep(200);
    };
    t.after(() => turn('off'));
    const gateway = await gatewayOn(t, cluster);
    const visitors = await visitorsOf(gateway);
    const prepared = await visitors.prepare();
    await turn('on');
    await isTold(gateway, visitors, prepared);
    for (let i = 0; i < 5; i += 1) {
      assert.ok(await visitors.read());
      assert.equal((await visitors.school.login()).response.status, 302);
    }
    await turn('off');
    await worksAtOnce(visitors);
    await visitors.write();
    assert.equal((await visitors.post(prepared)).status, 303);
    await visitors.check();
  });

// --- failed over -----------------------------------------------------------

test('ST failed over: launches go on within seconds, none is good twice',
  async (t) => {
    const primary = await startCluster({
      settings: { synchronous_commit: 'on' } });
    const first = await gatewayOn(t, primary);
    t.after(() => primary.close());
    const replica = await primary.replica();
    await primary.query('ALTER SYSTEM SET synchronous_standby_names = \'*\'');
    await primary.query('SELECT pg_reload_conf()');
    const name = databaseOf(first);
    const places = [primary, replica].map((one) =>
      new URL(one.url()).searchParams.get('host'));
    await first.restart({ LTIGATE_STORE: `postgresql:///${name}?host=${
      places.map(encodeURIComponent)}&user=postgres`
      + '&target_session_attrs=read-write' });
    const visitors = await visitorsOf(first);
    let promoted;
    await visitors.during(async () => {
      await sleep(1000);
      process.kill(primary.pid, 'SIGKILL');
      await sleep(500);
      await replica.query('ALTER SYSTEM SET synchronous_standby_names = \'\'');
      await replica.promote();
      promoted = performance.now();
      await worksAtOnce(visitors, promoted);
      await sleep(500);
    });
    for (const failure of visitors.failed()) assert.match(failure, / 503 /);
    const late = visitors.record.failures()
      .filter(({ begun }) => begun > promoted + BACK_MS);
    assert.deepEqual(late, []);
    first.store.rows = async (text) => JSON.parse(await replica.query(
      `SELECT coalesce(json_agg(r), '[]') FROM (${text}) AS r`,
      name));
    await visitors.check();
    first.store.remove = async () => {};
  });

// --- no room ---------------------------------------------------------------

test('ST a server with few connections left: who has one shares it',
  async (t) => {
    const small = await startCluster({ settings: { max_connections: 8,
      superuser_reserved_connections: 0 } });
    const gateway = await gatewayOn(t, small,
      { environment: { LTIGATE_STORE_CONNECTIONS: '16' } });
    t.after(() => small.close());
    const visitors = await visitorsOf(gateway);
    const crowd = (round) => Promise.all(Array.from({ length: CROWD },
      (_, i) => gateway.api('POST', '/admin/organizations',
        { name: `Crowd ${round} ${i}` })));
    for (let round = 0; round < 4; round += 1) {
      for (const { status, text } of await crowd(round)) {
        assert.equal(status, 201, text);
      }
    }
    await visitors.launch();
    await visitors.write();
    assert.deepEqual(visitors.failed(), []);
    // Nobody else gets in to look.
    await gateway.stop();
    assert.equal(await gateway.store.sql(
      'SELECT count(*) FROM organizations'), String(4 * CROWD + 1));
  });

test('ST a disk that is full is told, and works when it has room',
  async (t) => {
    const disk = await smallDisk(24 * 1024);
    if (!disk) {
      t.skip('nothing may be mounted here');
      return;
    }
    t.after(() => disk.close());
    const gateway = await gatewayOn(t, cluster);
    await gateway.stop();
    const name = databaseOf(gateway);
    const { uid, gid } = await stat(cluster.data);
    await chown(disk.place, uid, gid);
    await cluster.query(`CREATE TABLESPACE small LOCATION '${disk.place}'`);
    await cluster.query(`ALTER DATABASE ${name} SET TABLESPACE small`);
    await gateway.start();
    const visitors = await visitorsOf(gateway);
    await gateway.store.sql('CREATE TABLE filler (x text)');
    await gateway.store.sql('ALTER TABLE filler ALTER x SET STORAGE PLAIN');
    const fill = (size) => gateway.store.sql(
      `DO $$ BEGIN LOOP INSERT INTO filler VALUES (repeat('x', ${size})); `
      + 'COMMIT; END LOOP; END $$').catch(() => {});
    await fill(7000);
    await fill(1000);
    const full = [];
    for (let i = 0; i < 400 && full.length === 0; i += 1) {
      const answer = await gateway.api('POST', '/admin/organizations',
        { name: `${'x'.repeat(150)} ${i}` });
      if (answer.status !== 201) full.push(answer);
    }
    assert.equal(full[0]?.status, 507, full[0]?.text);
    assert.equal(full[0].body.details.message, 'STORE_FULL');
    assert.ok(await visitors.read());
    await gateway.store.sql('DROP TABLE filler; CHECKPOINT');
    await visitors.launch();
    await visitors.write();
    await visitors.check();
    t.after(() => cluster.query('DROP TABLESPACE small'));
  });

// --- not to be used --------------------------------------------------------

describe('a database that must not be used', () => {
  const tried = async (url) => {
    const directory = await makeDirectory();
    const { code, log } = await tryGateway({ environment: {
      LTIGATE_STORE: url,
      LTIGATE_SECRET_FILE: join(directory, 'secret') } });
    assert.equal(code, 1, log);
    assert.ok(log.split('\n').length < 6, log);
    return log;
  };

  test('ST one in another encoding', async () => {
    await cluster.query('CREATE DATABASE bytes ENCODING \'SQL_ASCII\' '
      + 'LOCALE_PROVIDER libc LOCALE \'C\' TEMPLATE template0');
    assert.match(await tried(cluster.url('bytes')),
      /^ltigate: .*encoded in SQL_ASCII.*ENCODING 'UTF8'/m);
  });

  test('ST one of a later version', async (t) => {
    const gateway = await gatewayOn(t, cluster);
    await gateway.stop();
    await gateway.store.sql(
      'INSERT INTO schema_versions VALUES (\'9999_later.sql\', 0)');
    const { code, log } = await tryGateway({ gateway });
    assert.equal(code, 1, log);
    assert.match(log, /^ltigate: .*newer ltigate/m);
  });

  test('ST one that is not there, or whose server is not', async () => {
    assert.match(await tried(cluster.url('nothing')),
      /^ltigate: .*"nothing" does not exist/m);
    assert.match(await tried('postgres://nobody@127.0.0.1:1/x'),
      /^ltigate: .*cannot be reached.*127\.0\.0\.1/m);
  });

  test('ST one that only reads', async () => {
    await cluster.query('CREATE DATABASE reading');
    await cluster.query(
      'ALTER DATABASE reading SET default_transaction_read_only = on');
    assert.match(await tried(cluster.url('reading')),
      /^ltigate: .*read-only/m);
  });

  test('ST a password is never told, right or wrong', async () => {
    const hba = join(cluster.data, 'pg_hba.conf');
    const before = await readFile(hba, 'utf8');
    await writeFile(hba, `local all locked scram-sha-256\n${before}`);
    await cluster.query('CREATE ROLE locked LOGIN PASSWORD \'right\'');
    await cluster.query('SELECT pg_reload_conf()');
    const host = encodeURIComponent(
      new URL(cluster.url()).searchParams.get('host'));
    assert.match(await tried(`postgres://locked:s3cr3t@/postgres?host=${host}`),
      /^ltigate: .*password authentication failed/m);
    for (const [name, url] of Object.entries({
      'a password': `postgres://locked:s3cr3t@/postgres?host=${host}`,
      'as a parameter':
        `postgres:///postgres?host=${host}&user=locked&password=s3cr3t`,
      'with a slash': 'postgres://locked:s3cr3t/x@127.0.0.1/postgres',
      'with an at': 'postgres://locked:x@s3cr3t@127.0.0.1/postgres',
      'with a per cent': 'postgres://locked:s3cr3t%zz@127.0.0.1/postgres',
      'with a colon': 'postgres://locked:x:s3cr3t@127.0.0.1:1/postgres',
      'with a hash': 'postgres://locked:s3cr3t#x@127.0.0.1:1/postgres',
      'with a question mark':
        'postgres://locked:s3cr3t?x@127.0.0.1:1/postgres',
      'with a bracket': 'postgres://locked:x@[s3cr3t@127.0.0.1:1/postgres',
    })) {
      const log = await tried(url);
      assert.doesNotMatch(log, /s3cr3t/, name);
      assert.match(log, /^ltigate: .*store/mi, name);
    }
    await writeFile(hba, before);
    await cluster.query('SELECT pg_reload_conf()');
  });
});
