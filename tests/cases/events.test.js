// SPDX-License-Identifier: Apache-2.0
// The log of events: every filter, page by page, and whose an event is.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { enrol } from '../support/enrolled.js';
import { startGateway } from '../support/gateway.js';

const gateway = await startGateway();
after(() => gateway.close());
const get = (query) => gateway.api('GET',
  `/admin/events?${new URLSearchParams(query)}`);
const list = async (query) => {
  const { status, body, text } = await get(query);
  assert.equal(status, 200, text);
  return body;
};

async function organization(name) {
  const answer = await gateway.api('POST', '/admin/organizations', { name });
  assert.equal(answer.status, 201, answer.text);
  return answer.body.id;
}

test('EV a launch is an event of its deployment\'s organisation', async () => {
  const [school, faculty] = [await organization('School'),
    await organization('Faculty')];
  const at = await enrol(gateway);
  await gateway.api('PATCH', `/admin/platforms/${at.platform.id}`,
    { organizationId: school });
  const launched = async () => {
    assert.equal((await at.launch()).response.status, 303);
    const [event] = (await list({ kind: 'launch', limit: 1 })).events;
    return event.organizationId;
  };
  assert.equal(await launched(), school);
  const path = `/admin/platforms/${at.platform.id}/deployments/deployment-1`;
  await gateway.api('PATCH', path, { organizationId: faculty });
  assert.equal(await launched(), faculty);

  // A deployment that is refused is its organisation's as well.
  await gateway.api('PATCH', path, { allowed: false });
  assert.equal((await at.launch()).response.status, 403);
  const [refused] = (await list({ level: 'warn', limit: 1 })).events;
  assert.deepEqual([refused.message, refused.organizationId],
    ['DEPLOYMENT_NOT_ALLOWED', faculty]);

  const of = async (id) => (await list({ organizationId: id })).events
    .map(({ message }) => message);
  assert.deepEqual((await of(faculty)).toSorted(),
    ['DEPLOYMENT_NOT_ALLOWED', 'deployment changed', 'deployment changed',
      'launched', 'organisation added'].toSorted());
  assert.equal((await list({ organizationId: school, search: 'LAUNCHED' }))
    .events.length, 1);
});

test('EV of an organisation that is not there there is nothing', async () => {
  assert.deepEqual((await list({ organizationId: 'none' })).events, []);
});

test('EV filters that make no sense name themselves', async () => {
  for (const [name, value] of [['since', 'yesterday'], ['until', '2026-02-30'],
    ['limit', '0'], ['limit', '501'], ['limit', 'x'],
    ['search', 'x'.repeat(201)]]) {
    const { status, body } = await get({ [name]: value });
    assert.equal(status, 400);
    assert.equal(body.details.message, 'INVALID_PARAMETERS');
    assert.match(body.details.description, new RegExp(`^${name} `));
  }
});

test('EV among many, page by page, and what comes anew', async () => {
  const START = Math.floor(Date.now() / 1000) - 20_000;
  const old = Array.from({ length: 12_000 }, (_, i) => {
    const at = START + i;
    const id = at.toString(16).padStart(10, '0') + String(i).padStart(12, '0');
    return `('${id}', ${at}, 'info', 'launch', 'many${i}', 'p', 'old ${i}',
      '{}', '')`;
  });
  await gateway.store.sql(`INSERT INTO events (id, at, level, kind, reference,
    platform_id, message, details, organization_id) VALUES ${old.join()}`);
  let query = { search: 'old 77', platformId: 'p' };
  const found = [];
  let pages = 0;
  for (;;) {
    const { events, searchedUntil } = await list(query);
    pages += 1;
    found.push(...events.map(({ message }) => message));
    if (!searchedUntil) break;
    query = { ...query, before: searchedUntil };
  }
  assert.ok(pages > 1 && pages < 5, `${pages}`);
  assert.deepEqual([found.length, new Set(found).size], [111, 111]);

  const [{ id: newest }] = (await list({ limit: 1 })).events;
  assert.deepEqual((await list({ after: newest })).events, []);
  await organization('New');
  const { events } = await list({ after: newest });
  assert.deepEqual(events.map(({ message }) => message),
    ['organisation added']);

  const now = new Date(Date.now() - 3_600_000).toISOString();
  assert.ok((await list({ since: now })).events.length > 5);
  assert.ok((await list({ since: now, until: now })).events.length === 0);
});

test('EV the command line asks the same', async () => {
  const { code, json } = await gateway.cli('event', 'list', '--kind',
    'organisation', '--search', 'ADDED', '--since', '2020-01-01', '--json');
  assert.equal(code, 0);
  const { events } = json();
  assert.ok(events.length >= 3);
  assert.ok(events.every(({ message }) => message === 'organisation added'));
  const wrong = await gateway.cli('event', 'list', '--since', 'x');
  assert.notEqual(wrong.code, 0);
  assert.match(wrong.stderr, /since must be a time/);
});
