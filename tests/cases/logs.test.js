// SPDX-License-Identifier: Apache-2.0
// The log for machines: each line one JSON object, whatever was sent; and one
// reference from the answer through the event to every line of a request.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { enrol } from '../support/enrolled.js';
import { startGateway, until } from '../support/gateway.js';

const gateway = await startGateway({
  environment: { LTIGATE_LOG_FORMAT: 'json' } });
after(() => gateway.close());

// Each member once: JSON.parse would keep the last of two.
function linesOf(log) {
  return log.split('\n').filter((line) => line.startsWith('{')).map((line) => {
    const object = JSON.parse(line);
    const names = [...line.matchAll(/[{,]"(\w+)":"/g)].map(([, name]) => name);
    assert.ok(new Set(names).size >= Object.keys(object).length, line);
    assert.equal(JSON.stringify(object).length <= 4000, true);
    return object;
  });
}
const lines = () => linesOf(gateway.log());
const withReference = (reference, least = 1) => until(() => {
  const found = lines().filter((line) => line.reference === reference);
  return found.length >= least && found;
}, `lines of ${reference}`);

test('OBS a line is an object with time, level and message', async () => {
  await enrol(gateway);
  const all = lines();
  assert.ok(all.length > 3);
  for (const line of all) {
    assert.match(line.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.match(line.level, /^(debug|info|warn|error)$/);
    assert.ok(line.message);
    for (const value of Object.values(line)) {
      assert.equal(typeof value, 'string');
    }
  }
});

test('OBS the reference of an answer stands in every line of the request',
  async () => {
    const answer = await gateway.api('GET', '/admin/platforms/none');
    const { reference } = answer.body.details;
    const found = await withReference(reference, 2);
    assert.deepEqual(found.map(({ message, route }) => [message, route]), [
      ['request refused', '/admin/platforms/:id'],
      ['request answered', '/admin/platforms/:id']]);
    const [, answered] = found;
    assert.deepEqual([answered.status, answered.method], ['404', 'GET']);
    assert.match(answered.by, /^api key /);
    assert.match(answered.ms, /^\d+$/);
  });

test('OBS a launch and a change have an event and lines of one reference',
  async () => {
    const at = await enrol(gateway);
    await at.launch();
    for (const kind of ['launch', 'platform']) {
      const { body: { events: [event] } } = await gateway.api('GET',
        `/admin/events?kind=${kind}&limit=1`);
      const found = await withReference(event.reference);
      assert.ok(found.some(({ message }) => message === 'request answered'),
        kind);
    }
  });

test('A28 what is sent stays within its field', async () => {
  const nasty = ['"},{"level":"error', '\u2028\u0085', '\\', '\n{"a":1}',
    '%ff%fe', '%00', 'a'.repeat(3000), 'é'.repeat(900)];
  for (const value of nasty) {
    const word = value.startsWith('%') ? value : encodeURIComponent(value);
    await gateway.open(`${gateway.url}/lti/login?iss=https://l.example`
      + `&login_hint=1&client_id=${word}&target_link_uri=https://t.example/`);
    await gateway.open(`${gateway.url}/lti/launch`, { form: { state: 'x',
      error: value, error_description: value.repeat(3) } });
  }
  const all = lines();
  assert.ok(all.filter(({ kind }) => kind === 'launch').length
    >= nasty.length);
  assert.equal(all.some((line) => line.level === 'error'), false);
  assert.equal(gateway.log().split('\n').some((line) => line === '{"a":1}'),
    false);
});
