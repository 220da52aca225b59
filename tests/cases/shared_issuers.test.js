// SPDX-License-Identifier: Apache-2.0
// One issuer for many schools: whose a launch is, and that a deployment which
// nobody has seen before is not taken for the first customer's.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CLAIM, enrol, now } from '../support/enrolled.js';
import { startGateway } from '../support/gateway.js';

const gateway = await startGateway();
after(() => gateway.close());

let count = 0;
const owner = async (name) => (await gateway.api('POST',
  '/admin/organizations', { name: `${name} ${count += 1}` })).body.id;
const [first, second] = [await owner('First'), await owner('Second')];
const canvas = (more) => enrol(gateway, { organizationId: first,
  issuer: 'https://canvas.instructure.com', ...more });

let shift = 0;
const later = (seconds) => gateway.setClock(shift += seconds);
async function ownerOf(at, deployment) {
  const { ltik, response } = await at.launch({ claims: {
    iat: now() + shift, exp: now() + shift + 60,
    [`${CLAIM}deployment_id`]: deployment } });
  assert.equal(response.status, 303, response.text);
  return (await at.ask(ltik)).body.platform.organizationId;
}
const give = async (at, deployment, organizationId) => {
  const { status, text } = await gateway.api('PATCH',
    `/admin/platforms/${at.platform.id}/deployments/${deployment}`,
    { organizationId });
  assert.equal(status, 200, text);
};

test('A16 the first deployment is the customer\'s, others are nobody\'s',
  async () => {
    const lms = await canvas();
    assert.equal(await ownerOf(lms, 'd1'), first);
    await later(2);
    assert.equal(await ownerOf(lms, 'd2'), undefined);
    assert.equal(await ownerOf(lms, 'd2'), undefined);
    assert.equal(await ownerOf(lms, 'D1'), undefined);
    assert.equal(await ownerOf(lms, 'd1'), first);
    await give(lms, 'd2', second);
    assert.equal(await ownerOf(lms, 'd2'), second);
    assert.equal(await ownerOf(lms, 'd1'), first);
  });

test('A16 two deployments within a second do not push each other out',
  async () => {
    const lms = await canvas();
    assert.equal(await ownerOf(lms, 'd1'), first);
    assert.equal(await ownerOf(lms, 'd2'), undefined);
    assert.equal(await ownerOf(lms, 'd1'), first);
    assert.equal(await ownerOf(lms, 'd2'), undefined);
  });

test('A16 where deployments are not kept, none is taken for the first',
  async (t) => {
    t.after(() => gateway.settings({}));
    await gateway.settings({ deployments: 'any' });
    const lms = await canvas();
    await ownerOf(lms, 'd1');
    await later(2);
    assert.equal(await ownerOf(lms, 'd2'), undefined);
    assert.equal(await ownerOf(lms, 'd3'), undefined);
  });

test('A16 an issuer of one school\'s own: all its deployments are its',
  async () => {
    const lms = await canvas({ issuer: 'https://own.example' });
    assert.equal(await ownerOf(lms, 'd1'), first);
    await later(2);
    assert.equal(await ownerOf(lms, 'd2'), first);
    await give(lms, 'd2', second);
    assert.equal(await ownerOf(lms, 'd2'), second);
    assert.equal(await ownerOf(lms, 'd1'), first);
  });

test('A16 a ltik goes on telling whose its launch was', async () => {
  const lms = await canvas();
  const { ltik } = await lms.launch({ claims: {
    iat: now() + shift, exp: now() + shift + 60 } });
  await give(lms, 'deployment-1', second);
  assert.equal((await lms.ask(ltik)).body.platform.organizationId, first);
  assert.equal(await ownerOf(lms, 'deployment-1'), second);
});
