// SPDX-License-Identifier: Apache-2.0
// An organisation leaves with everything: nothing of it is in any row
// afterwards, and nothing of another has changed.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGateway, until } from '../support/gateway.js';
import { startLms } from '../support/lms.js';
import { makeSchool } from '../support/schools.js';

const lms = await startLms();
const gateway = await startGateway({ settings: { registration: {
  mode: 'pre-approval', preApprovalUrl: 'https://tool.example/approve' } } });
after(async () => {
  await lms.close();
  await gateway.close();
});

const north = await makeSchool(gateway, lms, 'North');
const south = await makeSchool(gateway, lms, 'South');
await until(async () => (await gateway.api('GET', '/admin/usage?range=all'))
  .body.totals.launches === 4, 'the launches of both are counted');

// Every row, with what it says of a school.
const rowsWith = async (marks) => [...await gateway.store.inserts()]
  .filter((row) => marks.some((mark) => row.includes(mark)));

test('END one that owns something is not removed by chance', async () => {
  const path = `/admin/organizations/${north.ids.organization}`;
  assert.equal((await gateway.api('DELETE', path)).status, 409);
  assert.equal((await gateway.api('DELETE', `${path}?everything=yes`)).status,
    400);
  assert.equal((await gateway.api('GET', path)).status, 200);
});

test('END with everything: nothing of it is left, all of the other is',
  async () => {
    const { ltik } = await north.entered.launch();
    const kept = await rowsWith(south.marks);
    const path = `/admin/organizations/${north.ids.organization}`;
    const { status, text } =
      await gateway.api('DELETE', `${path}?everything=true`);
    assert.equal(status, 204, text);
    assert.equal((await gateway.api('GET', path)).status, 404);
    // One event says that it is gone.
    const left = (await rowsWith(north.marks))
      .filter((row) => !row.includes('organisation removed with everything'));
    assert.deepEqual(left, []);
    assert.deepEqual(await rowsWith(south.marks), kept);
    assert.equal((await north.entered.ask(ltik, '/api/idtoken')).status, 401);
    assert.equal((await north.people.admin.call('GET', '/admin/platforms'))
      .status, 401);
    const { location, response } = await north.entered.login();
    assert.equal(location ?? null, null, response.text);
    const { body: { events } } =
      await gateway.api('GET', '/admin/events?kind=organisation');
    assert.equal(events[0].message, 'organisation removed with everything');
    assert.equal(events[0].details.id, north.ids.organization);
    assert.equal(JSON.stringify(events).includes('North'), false);
    const again = await gateway.api('DELETE', `${path}?everything=true`);
    assert.equal(again.status, 404);
  });
