// SPDX-License-Identifier: Apache-2.0
// What an LMS makes of scores and of line items, and what it refuses.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestbed } from './testbed.js';
import { enrolledTool, scopes, toolKeys, withTail } from './service_client.js';

let lms;
let keys;
let sites = 0;

before(async () => {
  lms = await startTestbed();
  keys = await toolKeys();
});
after(() => lms.close());

async function ready(profile, more = {}) {
  sites += 1;
  const tool = lms.addTool({ profile, site: `g${sites}`, scopes,
    initiate_login_uri: 'http://tool.localhost/login',
    redirect_uris: ['http://tool.localhost/launch'],
    jwks: { keys: [keys.jwk] }, ...more });
  return { tool, client: await enrolledTool(lms, tool, keys.privateKey) };
}

// what, changes, status on Blackboard, on Moodle, on Canvas
const badScores = [
  ['the teacher', { userId: 'teacher' }, 422, 400, 422],
  ['nobody', { userId: 'nobody-at-all' }, 422, 400, 422],
  ['no user', { userId: undefined }, 400, 400, 400],
  ['no time', { timestamp: undefined }, 400, 400, 400],
  ['a time without zone', { timestamp: '2026-01-01T00:00:00' }, 400, 400, 400],
  ['a date', { timestamp: '2026-01-01' }, 400, 400, 400],
  ['no progress', { activityProgress: undefined }, 400, 400, 400],
  ['an odd progress', { activityProgress: 'Initiated' }, 400, 200, 400],
  ['a negative score', { scoreGiven: -1 }, 400, 400, 400],
  ['no maximum', { scoreMaximum: undefined }, 400, 400, 422],
  ['a maximum of zero', { scoreMaximum: 0 }, 400, 400, 422],
];

test('scores are judged', async () => {
  const columns = ['blackboard', 'moodle-4.5', 'canvas-cloud'];
  for (const [index, profile] of columns.entries()) {
    const { tool, client } = await ready(profile);
    const { id } = lms.addLineItem(tool, {});
    const teacher = (await client.get(client.memberships)).json().members
      .find((one) => one.name === 'Tess Teacher').user_id;
    for (const [what, changes, ...wanted] of badScores) {
      const real = changes.userId === 'teacher'
        ? { userId: teacher } : changes;
      const { status } = await client.postScore(id, real);
      assert.equal(status, wanted[index], `${profile}: ${what}`);
    }
    const { scores } = lms.services(tool);
    assert.deepEqual(scores.map((one) => one.status),
      badScores.map((row) => row[2 + index]));
  }
});

test('a score must be newer than the last', async () => {
  const at = (text) => ({ timestamp: `2026-11-21T02:29:${text}Z` });
  const rows = [['50.100', 200, 200], ['50.200', 409, 200],
    ['50.200', 409, 200], ['49.000', 409, 400], ['51.0001', 200, 200]];
  for (const [index, profile] of ['moodle-4.5', 'canvas-cloud'].entries()) {
    const { tool, client } = await ready(profile);
    const { id } = lms.addLineItem(tool, {});
    for (const [text, ...wanted] of rows) {
      const { status } = await client.postScore(id, at(text));
      assert.equal(status, wanted[index], `${profile} ${text}`);
    }
  }
  const { tool, client } = await ready('blackboard');
  const { id } = lms.addLineItem(tool, {});
  const given = [];
  for (const text of ['50.1', '50.1', '50.1000001', '50.2+00:00'.slice(0, 4)]) {
    given.push((await client.postScore(id, at(text))).status);
  }
  assert.deepEqual(given, [201, 409, 201, 201]);
});

test('zero counts, ungraded does not, and Brightspace caps', async () => {
  const { tool, client } = await ready('moodle-4.5');
  lms.changeServices(tool, { timestampRule: 'strict' });
  const { id } = lms.addLineItem(tool, {});
  const last = () => lms.services(tool).results[0].resultScore;
  await client.postScore(id, { scoreGiven: 0 });
  assert.equal(last(), 0);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await client.postScore(id, { gradingProgress: 'Pending' });
  assert.equal(last(), undefined);
  const capped = await ready('brightspace');
  const item = lms.addLineItem(capped.tool, { scoreMaximum: 10 });
  await capped.client.postScore(item.id, { scoreGiven: 80 });
  assert.equal(lms.services(capped.tool).results[0].resultScore, 10);
});

test('line items are judged, filtered and coupled', async () => {
  const { tool, client } = await ready('blackboard');
  for (const body of [{ scoreMaximum: 1 }, { label: ' ', scoreMaximum: 1 },
    { label: 'x' }, { label: 'x', scoreMaximum: 0 }, [],
    { label: 'x', scoreMaximum: '1' }]) {
    assert.equal((await client.postItem(client.lineitems, body)).status, 400);
  }
  const unknown = { label: 'x', scoreMaximum: 1, resourceLinkId: 'nowhere' };
  assert.equal((await client.postItem(client.lineitems, unknown)).status, 404);
  const own = lms.addLineItem(tool, { activity: true, tag: 'a' });
  lms.addLineItem(tool, { tag: 'b', resourceId: 'r' });
  for (const [query, count] of [[{ tag: 'a' }, 1], [{ resource_id: 'r' }, 1],
    [{ resource_link_id: own.resourceLinkId }, 1], [{ tag: 'c' }, 0],
    [{ tag: 'b', resource_id: 'r' }, 1]]) {
    const { length } = (await client.get(withTail(client.lineitems, '',
      query))).json();
    assert.equal(length, count, JSON.stringify(query));
  }
  const launched = await enrolledTool(lms, tool, keys.privateKey);
  assert.equal(launched.lineitem, own.id);
});

test('Sakai has an address for the placement\u2019s own item', async () => {
  const { tool } = await ready('sakai');
  lms.addLineItem(tool, { activity: true, label: 'Own' });
  const client = await enrolledTool(lms, tool, keys.privateKey);
  assert.match(client.lineitem, /\/imsblis\/lti13\/lineitem\/[^/]+$/);
  assert.equal((await client.get(client.lineitem)).json().label, 'Own');
  assert.equal((await client.postScore(client.lineitem)).status, 200);
  assert.equal(lms.services(tool).results[0].resultScore, 75);
  const forged = client.lineitem.replace(/lineitem\/./, 'lineitem/z');
  assert.equal((await client.get(forged)).status, 400);
});

test('a service is not asked by another method', async () => {
  const { tool, client } = await ready('blackboard');
  const { id } = lms.addLineItem(tool, {});
  assert.equal((await client.get(withTail(id, '/scores'))).status, 405);
  assert.equal((await client.remove(client.lineitems)).status, 405);
});
