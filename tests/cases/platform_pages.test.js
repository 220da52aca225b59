// SPDX-License-Identifier: Apache-2.0
// Platforms page by page: search, sort, active, and all of them as LTIAAS
// answers.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGateway } from '../support/gateway.js';

const gateway = await startGateway();
after(() => gateway.close());
const get = (query) => gateway.api('GET',
  `/admin/platforms?${new URLSearchParams(query)}`);
const names = async (query) => {
  const { status, body, text } = await get(query);
  assert.equal(status, 200, text);
  return body.platforms.map(({ name }) => name);
};

const rows = [['beta', 'https://c.example', 'x_1'],
  ['Alpha', 'https://b.example', 'x21'],
  ['gamma 100%', 'https://A.example', 'x\\3']];
for (const [name, url, clientId] of rows) {
  const { status, text } = await gateway.api('POST', '/admin/platforms', {
    name, url, clientId, authenticationEndpoint: 'https://l.example/a',
    accesstokenEndpoint: 'https://l.example/t', active: name !== 'beta',
    authConfig: { method: 'JWK_SET', key: 'https://l.example/k' } });
  assert.equal(status, 200, text);
}
// So many seconds old.
await gateway.store.sql(`UPDATE platforms SET created_at = created_at -
  CASE name WHEN 'beta' THEN 10 WHEN 'Alpha' THEN 20 ELSE 5 END`);

test('PL sorted by each', async () => {
  const all = { 'createdAt': ['Alpha', 'beta', 'gamma 100%'],
    'name': ['Alpha', 'beta', 'gamma 100%'],
    'url': ['gamma 100%', 'Alpha', 'beta'] };
  for (const [sort, order] of Object.entries(all)) {
    assert.deepEqual(await names({ sort }), order, sort);
    assert.deepEqual(await names({ sort: `-${sort}` }), order.toReversed());
    assert.deepEqual(await names({ sort, limit: 1, offset: 1 }), [order[1]]);
    assert.deepEqual(await names({ sort, limit: 2, offset: 2 }), [order[2]]);
  }
});

test('PL searched in name, url and client id, to the letter but its case',
  async () => {
    for (const [search, found] of [['ALPHA', ['Alpha']], ['a.EXAMPLE',
      ['gamma 100%']], ['x_', ['beta']], ['0%', ['gamma 100%']],
    ['x\\', ['gamma 100%']], ['example', ['Alpha', 'beta', 'gamma 100%']],
    ['%', ['gamma 100%']], ['nothing', []]]) {
      assert.deepEqual(await names({ search }), found, search);
    }
  });

test('PL active or not, and how many there are', async () => {
  assert.deepEqual(await names({ active: 'false' }), ['beta']);
  assert.deepEqual(await names({ active: 'true' }), ['Alpha', 'gamma 100%']);
  const { body } = await get({ active: 'true', limit: 1 });
  assert.deepEqual([body.total, body.platforms.length], [2, 1]);
  const { body: beyond } = await get({ limit: 1, offset: 99 });
  assert.deepEqual([beyond.total, beyond.platforms.length], [3, 0]);
});

test('PL without a limit the answer is LTIAAS\'s', async () => {
  const { body } = await get({});
  assert.deepEqual(Object.keys(body), ['platforms']);
  assert.equal(body.platforms.length, 3);
});

test('PL what makes no sense names itself', async () => {
  for (const [name, value] of [['sort', 'age'], ['active', 'yes'],
    ['limit', '0'], ['limit', '501'], ['offset', '-1'], ['offset', 'x']]) {
    const { status, body } = await get({ [name]: value });
    assert.equal(status, 400);
    assert.match(body.details.description, new RegExp(`^${name} must be`));
  }
});
