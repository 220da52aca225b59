// SPDX-License-Identifier: Apache-2.0
// /metrics: what is told, in which format, to whom; and that a reference leads
// from a number to the page, the event and the log.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { enrol } from '../support/enrolled.js';
import { freePort, startGateway, tryGateway, until }
  from '../support/gateway.js';
import { httpCall } from '../support/http_call.js';
import { startLms } from '../support/lms.js';
import { readMetrics, sampleOf, samplesOf, tellMetrics }
  from '../support/metrics.js';
import { makePerson } from '../support/people.js';

const OPEN = 'application/openmetrics-text';
const lms = await startLms();
const gateway = await startGateway({ settings: { registration: {
  mode: 'automatic' } } });
after(async () => {
  await lms.close();
  await gateway.close();
});
const tell = (headers) => tellMetrics(gateway, headers);

test('OBS launches and registrations are counted by what came of them',
  async () => {
    const at = await enrol(gateway);
    const before = await tell();
    const rise = (families, name, labels) => sampleOf(families, name, labels)
      - (sampleOf(before, name, labels) ?? 0);
    assert.equal((await at.launch()).response.status, 303);
    await gateway.open(`${gateway.url}/lti/login?iss=https://none.example`);
    await gateway.open(`${gateway.url}/lti/register`);
    await lms.add(gateway, 'canvas-cloud');
    const now = await tell();
    for (const [name, labels] of [
      ['ltigate_launches_total', { outcome: 'done' }],
      ['ltigate_launches_total', { outcome: 'LOGIN_INCOMPLETE' }],
      ['ltigate_registrations_total', { outcome: 'done' }],
      ['ltigate_registrations_total', { outcome: 'NO_CONFIGURATION_URL' }],
      ['ltigate_http_requests_total', { route: 'launch', status: '303' }],
    ]) {
      assert.equal(rise(now, name, labels), 1, `${name} ${labels.outcome}`);
    }
    assert.ok(rise(now, 'ltigate_http_request_duration_seconds_count',
      { route: 'launch' }) >= 2);
    const sent = samplesOf(now, 'ltigate_outbound_requests_total')
      .filter(({ labels }) => labels.kind === 'registration');
    assert.deepEqual(sent.map(({ labels, value }) =>
      [labels.target, labels.answer, value]), [['private', '2xx', 2]]);
    assert.equal(sampleOf(now, 'ltigate_outbound_request_duration_seconds_count',
      { kind: 'registration' }), 2);
    assert.ok(rise(now, 'ltigate_store_transaction_duration_seconds_count',
      { work: 'write' }) > 1);
  });

test('OBS the state of this instance', async () => {
  const families = await until(async () => {
    const now = await tell();
    return sampleOf(now, 'ltigate_store_looked_at_timestamp_seconds') ? now
      : null;
  }, 'a look at the store');
  const value = (name, labels) => sampleOf(families, name, labels);
  assert.equal(value('ltigate_instance_leader'), 1);
  assert.equal(value('ltigate_instance_stopping'), 0);
  assert.equal(value('ltigate_build_info'), 1);
  assert.ok(value('ltigate_platforms_in_memory') >= 1);
  assert.ok(value('ltigate_workers', { state: 'busy' }) >= 1);
  assert.ok(value('ltigate_store_connections_max') >= 2);
  for (const queue of ['scores', 'notifications']) {
    assert.equal(value('ltigate_queue_depth', { queue }), 0);
  }
  const days = (value('ltigate_key_next_rotation_timestamp_seconds')
    - value('ltigate_key_active_since_timestamp_seconds')) / 86_400;
  assert.equal(days, 182);
  assert.ok(value('process_resident_memory_bytes') > 1e6);
  assert.ok(value('process_open_fds') > 5);
  assert.ok(value('process_cpu_seconds_total') > 0);
  const age = Date.now() / 1000 - value('process_start_time_seconds');
  assert.ok(age > -2 && age < 600, `${age}`);
  for (const [name, { help, samples }] of families) {
    assert.match(help, /^[A-Z1]/, name);
    assert.match(name, /^(ltigate|process)_/);
    assert.ok(samples.length < 200, `${name} has too many`);
  }
});

test('OBS a reference leads from a number to the event, the page and the log',
  async () => {
    const page = await gateway.open(
      `${gateway.url}/lti/login?iss=https://nobody.example&login_hint=1`
      + '&target_link_uri=https://tool.example/');
    assert.equal(page.status, 400, page.text);
    const families = await tell({ accept: `${OPEN};version=1.0.0,*/*;q=0.1` });
    const [{ exemplar }] = samplesOf(families, 'ltigate_launches_total')
      .filter(({ labels }) => labels.outcome === 'PLATFORM_UNKNOWN');
    assert.ok(page.text.includes(exemplar.reference), exemplar.reference);
    const { body: { events } } = await gateway.api('GET',
      `/admin/events?reference=${exemplar.reference}`);
    assert.equal(events.length, 1);
    assert.ok(gateway.log().includes(`reference="${exemplar.reference}"`));
    assert.ok(Math.abs(exemplar.at - Date.now() / 1000) < 120);
    const slow = samplesOf(families,
      'ltigate_http_request_duration_seconds_bucket');
    assert.ok(slow.some((one) => one.exemplar?.reference));
  });

test('A28 no label and no exemplar holds what somebody sent', async () => {
  const text = (await gateway.api('GET', '/metrics', undefined,
    { headers: { accept: OPEN } })).text;
  const { body: { platforms } } = await gateway.api('GET', '/admin/platforms');
  for (const { id, url, clientId } of platforms) {
    for (const word of [id, clientId, new URL(url).host]) {
      assert.equal(text.includes(word), false, word);
    }
  }
  await gateway.open(`${gateway.url}/no/such/path-of-mine`);
  const families = await tell();
  assert.ok(sampleOf(families, 'ltigate_http_requests_total',
    { route: 'none', status: '404' }) >= 1);
  const labels = new Set([...families.values()].flatMap(({ samples }) =>
    samples.flatMap((one) => Object.keys(one.labels))));
  assert.deepEqual([...labels].toSorted(), ['answer', 'fault', 'kind', 'le',
    'level', 'outcome', 'queue', 'route', 'state', 'status', 'store', 'target',
    'version', 'work'].filter((name) => labels.has(name)));
});

test('A28 nobody reads them without a key, or without the right', async () => {
  assert.equal((await gateway.open(`${gateway.url}/metrics`)).status, 401);
  const { status } = await gateway.api('GET', '/metrics', undefined,
    { key: 'wrong' });
  assert.equal(status, 401);
  const { body: school } = await gateway.api('POST', '/admin/organizations',
    { name: 'School' });
  for (const [wish, expected] of [
    [{ email: 'a@see.example', role: 'viewer' }, 200],
    [{ email: 'b@see.example',
      organizations: [{ id: school.id, role: 'admin' }] }, 403]]) {
    const person = await makePerson(gateway, wish);
    assert.equal((await person.call('GET', '/metrics')).status, expected);
  }
});

test('OBS at an address of their own no key is asked for, and nothing else '
  + 'is there', async (t) => {
  const port = await freePort();
  const one = await startGateway({
    environment: { LTIGATE_METRICS: `127.0.0.1:${port}` } });
  t.after(() => one.close());
  const at = (path, options) =>
    httpCall(`http://localhost:${port}${path}`, options);
  const answer = await at('/metrics');
  assert.equal(answer.headers['content-type'],
    'text/plain; version=0.0.4; charset=utf-8');
  assert.equal(sampleOf(readMetrics(answer.text), 'ltigate_build_info'), 1);
  const head = await at('/metrics', { method: 'HEAD' });
  assert.deepEqual([head.status, head.text], [200, '']);
  assert.equal((await at('/metrics', { method: 'POST', body: '' })).status,
    404);
  for (const path of ['/admin/platforms', '/healthz', '/', '/portal']) {
    assert.equal((await at(path)).status, 404, path);
  }
  assert.equal((await one.open(`${one.url}/metrics`)).status, 401);
  await tellMetrics(one);
});

test('OBS they can be off; what makes no sense is refused', async (t) => {
  const one = await startGateway({ environment: { LTIGATE_METRICS: 'off' } });
  t.after(() => one.close());
  assert.equal((await one.api('GET', '/metrics')).status, 404);
  const { code, log } = await tryGateway({
    environment: { LTIGATE_METRICS: 'yes' } });
  assert.equal(code, 1);
  assert.match(log, /metrics must be off, key, or an address and port/);
});
