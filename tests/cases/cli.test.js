// SPDX-License-Identifier: Apache-2.0
// The command line does what the API does, on the same store.

import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import https from 'node:https';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { enrol } from '../support/enrolled.js';
import { startGateway, until } from '../support/gateway.js';
import { startLms } from '../support/lms.js';
import { gatewayFor } from '../support/raw.js';
import { selfSigned } from '../support/tls.js';

const lms = await startLms();
const gateway = await startGateway();
after(async () => {
  await lms.close();
  await gateway.close();
});

const cli = async (...args) => {
  const result = await gateway.cli(...args);
  assert.equal(result.code, 0, `${args.join(' ')}\n${result.stderr}`);
  return result;
};
const json = async (...args) => (await cli(...args, '--json')).json();
const preApproval = () => gateway.settings({ registration: {
  mode: 'pre-approval', preApprovalUrl: 'https://tool.example/approve' } });
const waitingHandle = async (exchange) => (await json('registration', 'list'))
  .registrations.find((one) => one.url === exchange.issuer)?.handle;

test('CLI --help lists the commands, and each tells its own usage',
  async () => {
    const { stdout } = await cli('--help');
    const [, list] = /commands\n([^]*?)\n\n/.exec(stdout);
    const words = list.split('\n').map((line) => line.slice(2, 24).trim());
    assert.ok(words.length >= 25, list);
    for (const command of words) {
      const help = await cli(...command.split(' '), '--help');
      assert.match(help.stdout, new RegExp(`^usage: ltigate ${command}`));
      assert.equal(help.stderr, '');
    }
  });

test('CLI wrong usage exits 2 and says how it is meant', async () => {
  for (const args of [['nonsense'], ['platform'], ['platform', 'show'],
    ['platform', 'show', 'a', 'b'], ['organization', 'add', '--nome', 'x'],
    ['organization', 'add', '--name'], ['link', 'add', '--days', 'many'],
    ['serve', 'now'], ['platform', 'list', '--url'],
    ['serve', '--workers', 'many'], ['serve', '--listen', '']]) {
    const result = await gateway.cli(...args);
    assert.ok([1, 2].includes(result.code), args.join(' '));
    assert.match(result.stderr, /ltigate/, args.join(' '));
    assert.equal(result.stdout, '');
    if (!args[1]?.startsWith('--')) {
      assert.equal(result.code, 2, args.join(' '));
    }
  }
});

test('CLI what the API refuses exits 1 with its words', async () => {
  const result = await gateway.cli('platform', 'show', 'nobody');
  assert.equal(result.code, 1);
  assert.match(result.stderr, /No platform has this id/);
  assert.equal(result.stdout, '');
});

test('CLI settings are read and set, as text and as JSON', async () => {
  await cli('settings', 'set', 'name', 'A name of words');
  await cli('settings', 'set', 'customParameters', '{"a":"b"}');
  const settings = await json('settings', 'get');
  assert.equal(settings.name, 'A name of words');
  assert.deepEqual(settings.customParameters, { a: 'b' });
  assert.deepEqual((await gateway.api('GET', '/admin/settings')).body,
    settings);
  const wrong = await gateway.cli('settings', 'set', 'privacyLevel', 'all');
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /privacyLevel must be one of/);
  await gateway.settings({});
});

test('CLI api-key create tells a key that works, once', async () => {
  const made = await json('api-key', 'create', '--name', 'back end');
  assert.match(made.key, /^ltigate_[\w-]{40,}$/);
  const call = () => gateway.api('GET', '/admin/platforms', undefined,
    { key: made.key });
  assert.equal((await call()).status, 200);
  const list = await cli('api-key', 'list');
  assert.equal(list.stdout.includes(made.key), false);
  assert.ok(list.stdout.includes(made.key.slice(-4)));
  await cli('api-key', 'remove', made.id);
  assert.equal((await call()).status, 401);
});

test('CLI the last API key is not removed', async () => {
  const { apiKeys } = await json('api-key', 'list');
  assert.equal(apiKeys.length, 1);
  const { code, stderr } = await gateway.cli('api-key', 'remove',
    apiKeys[0].id);
  assert.equal(code, 1);
  assert.match(stderr, /last API key/);
});

test('CLI a deployment is refused and let in again', async () => {
  const school = await enrol(gateway);
  const { platform: { id } } = school;
  const status = async () => (await school.launch()).response.status;
  assert.equal(await status(), 303);
  const { deployments: [one] } = await json('deployment', 'list', id);
  assert.equal(one.deploymentId, 'deployment-1');
  const refused = await json('deployment', 'change', id, one.deploymentId,
    '--refuse');
  assert.equal(refused.allowed, false);
  assert.equal(await status(), 403);
  await cli('deployment', 'change', id, one.deploymentId, '--allow');
  assert.equal(await status(), 303);
  // What the command line changes is seen within a second.
  await cli('platform', 'deactivate', id);
  await until(async () => (await school.login()).response.status === 400,
    'a login that is refused', 3000);
});

test('CLI registration approve registers with the LMS', async () => {
  await preApproval();
  const { exchange } = await lms.wait(gateway, 'moodle-4.5');
  const handle = await waitingHandle(exchange);
  const shown = await json('registration', 'show', handle);
  assert.equal(shown.url, exchange.issuer);
  const done = await json('registration', 'approve', handle, '--name',
    'By hand', '--active', '--privacy-level', 'anonymous');
  assert.equal(exchange.state, 'registered');
  const platform = await json('platform', 'show', done.platformId);
  assert.equal(platform.name, 'By hand');
  assert.equal(platform.active, true);
  assert.equal(await waitingHandle(exchange), undefined);
});

test('CLI registration reject ends it', async () => {
  const { exchange, path } = await lms.wait(gateway, 'moodle-4.5');
  await cli('registration', 'reject', await waitingHandle(exchange));
  assert.equal((await gateway.api('GET', path)).status, 404);
  assert.equal(exchange.requests.length, 1);
  await gateway.settings({});
});

test('CLI organization, link: a registration by it is owned', async () => {
  const school = await json('organization', 'add', '--name', 'CLI School');
  const made = await json('link', 'add', '--organization', school.id,
    '--label', 'for IT', '--reusable', '--activate', '--days', '3');
  assert.equal(made.once, false);
  assert.equal(made.activate, true);
  const { exchange } =
    await lms.add(gateway, 'moodle-4.5', { toolUrl: made.url });
  const { platforms } =
    await json('platform', 'list', '--organization', school.id);
  assert.equal(platforms.length, 1);
  assert.equal(platforms[0].clientId, exchange.registration.client_id);
  assert.equal(platforms[0].active, true);
  assert.match((await cli('link', 'list')).stdout, /label: for IT/);
  await cli('link', 'remove', made.id);
  assert.equal((await lms.add(gateway, 'moodle-4.5',
    { toolUrl: made.url })).page.status, 403);
  const inUse = await gateway.cli('organization', 'remove', school.id);
  assert.equal(inUse.code, 1);
  await cli('platform', 'deactivate', platforms[0].id);
  assert.equal((await json('platform', 'show', platforms[0].id)).active, false);
  await cli('platform', 'activate', platforms[0].id);
  const report = await json('platform', 'report', platforms[0].id);
  assert.equal(report.asked.client_name, 'Acme Courses');
  assert.equal((await cli('platform', 'remove', platforms[0].id)).stdout,
    'done\n');
  await cli('organization', 'remove', school.id);
  const { organizations } = await json('organization', 'list');
  assert.deepEqual(organizations, []);
});

test('CLI an id that begins with a dash is an argument like others',
  async () => {
    for (let i = 0; i < 600; i += 1) {
      const { body } = await gateway.api('POST', '/admin/organizations',
        { name: `School ${i}` });
      if (!body.id.startsWith('-')) continue;
      await cli('organization', 'remove', body.id);
      return;
    }
    // Then no id begins so, which serves as well.
  });

test('CLI event list finds a failure by its reference', async () => {
  const { page } = await lms.add(gateway, 'moodle-4.5', {
    switches: { answer: 'plain-400' },
    headers: { accept: 'application/json' } });
  const { reference } = page.json().details;
  const { events } = await json('event', 'list', '--reference', reference);
  assert.equal(events.length, 1);
  assert.equal(events[0].level, 'error');
});

test('CLI key list and rotate', async () => {
  await json('key', 'rotate');
  const { keys } = await json('key', 'list');
  assert.deepEqual(keys.filter((key) => key.state !== 'spare')
    .map((key) => key.state).toSorted(), ['active', 'next']);
});

test('CLI check and migrate', async () => {
  const check = await gateway.cli('check', '--json');
  // Plain http is fine for a test and for nothing else.
  assert.deepEqual(check.json().findings.filter((one) => !one.good)
    .map((one) => one.what), ['public_url is https']);
  assert.equal(check.code, 1);
  await cli('migrate');
});

test('CLI store copy: one store into a new one, and nothing into another',
  async (t) => {
    const from = await gatewayFor(t);
    await from.stop();
    const { url } = from.store;
    const place = (name) => `sqlite:${join(from.directory, name)}`;
    const { stdout } = await cli('store', 'copy', url, place('to.db'));
    assert.match(stdout, /^ +\d+ {2}tool_keys$/m);
    assert.match(stdout, /rows copied, and read again/);
    assert.equal((await stat(join(from.directory, 'to.db'))).mode & 0o777,
      0o600);
    for (const [one, other, told] of [
      [url, place('to.db'), /is not empty .*take a new one/],
      [place('none.db'), place('new.db'), /There is no file/],
      ['mysql://x', place('new.db'), /store must be sqlite:FILE or postgres/],
    ]) {
      const refused = await gateway.cli('store', 'copy', one, other);
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, told);
    }
    assert.equal((await gateway.cli('store', 'copy', 'x')).code, 2);
  });

test('CLI people and programs get the same facts', async () => {
  const { stdout } = await cli('settings', 'get');
  assert.match(stdout, /^name: Acme Courses$/m);
  assert.match(stdout, /^ {2}mode: automatic$/m);
});

test('CLI health asks the gateway that runs, and what is not there fails',
  async () => {
    assert.equal((await cli('health')).stdout, 'ok\n');
    assert.equal((await json('health', '--ready')).status, 'ok');
    const { port } = gateway;
    await cli('health', '--listen', `0.0.0.0:${port},127.0.0.1:1`);
    const nobody = await gateway.cli('health', '--listen', '127.0.0.1:1');
    assert.equal(nobody.code, 1);
    assert.match(nobody.stderr, /127\.0\.0\.1:1\/healthz does not answer/);
    assert.equal((await gateway.cli('health', 'now')).code, 2);
  });

test('CLI health asks by TLS where the gateway listens by TLS', async (t) => {
  const server = https.createServer(
    await selfSigned(gateway.directory, 'lti.example'),
    (request, response) => response.end());
  t.after(() => server.close());
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const place = ['--listen', `127.0.0.1:${server.address().port}`];
  const files = ['--tls_cert', 'cert.pem', '--tls_key', 'key.pem'];
  await cli('health', ...place, ...files);
  assert.equal((await gateway.cli('health', ...place)).code, 1);
});

test('CLI health of a gateway that is not ready fails with --ready alone',
  async (t) => {
    const stopping = await gatewayFor(t,
      { environment: { LTIGATE_DRAIN_SECONDS: '600' } });
    process.kill(stopping.pid, 'SIGTERM');
    await until(async () =>
      (await stopping.cli('health', '--ready')).code === 1, 'not ready');
    assert.equal((await stopping.cli('health')).code, 0);
    process.kill(stopping.pid, 'SIGTERM');
  });
