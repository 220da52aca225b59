// SPDX-License-Identifier: Apache-2.0
// Launches of what was selected in the picker: they follow the content as it
// is now, and end on a page when it is gone.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CLAIM, enrol, ROLES } from '../support/enrolled.js';
import { startGateway } from '../support/gateway.js';
import { referenceIn, titleOf, wordsOf } from '../support/pages.js';
import { stock } from '../support/picker.js';

const launchUrl = 'https://tool.example/launch';
const gateway = await startGateway({ settings: { deepLinking: 'builtin',
  allowedUrls: ['https://more.example/'] } });
after(() => gateway.close());

let lms;
async function fresh(more) {
  const { owner, ids } = await stock(gateway, [['C', ['A']]], { A: more });
  lms = await enrol(gateway, { organizationId: owner });
  const path = `/admin/content/${ids.A}`;
  const change = async (body) => {
    const answer = await gateway.api('PUT', path, { kind: 'assignment',
      title: 'A', parentId: ids.C, ...body });
    assert.equal(answer.status, 200, answer.text);
  };
  return { owner, ids, path, change, id: ids.A };
}
const launch = (id, { query = '', custom, at = lms, claims } = {}) =>
  at.launch({ claims: { [`${CLAIM}roles`]: [ROLES.student],
    [`${CLAIM}target_link_uri`]:
      `${gateway.url}/lti/launch?to=content-${id}${query}`,
    [`${CLAIM}custom`]: custom, ...claims } });
const placeOf = ({ url }) => {
  url.searchParams.delete('ltik');
  return url.href;
};
const customOf = async ({ ltik }) => (await lms.ask(ltik)).body.launch.custom;

test('CONTENT a launch goes to the URL, with both queries', async () => {
  const { id } = await fresh({ url: `${launchUrl}/x?a=1` });
  const one = await launch(id, { query: '&b=2&ltik=evil&to=x' });
  assert.ok(one.ltik);
  assert.equal(placeOf(one), `${launchUrl}/x?a=1&b=2`);
});

test('CONTENT without a URL it goes where launches go', async () => {
  const { id } = await fresh({ customParameters: { chapter: '7' } });
  const one = await launch(id);
  assert.equal(placeOf(one), launchUrl);
  assert.deepEqual(await customOf(one), { chapter: '7' });
});

test('CONTENT a changed one changes in every course', async () => {
  const { id, change } = await fresh({ url: `${launchUrl}/old`,
    customParameters: { a: 'old', gone: 'x', who: '$User.id' } });
  const before = await launch(id, { custom: { who: 'u7', lms: 'own',
    a: 'of the LMS\'s own' } });
  assert.deepEqual(await customOf(before),
    { a: 'old', gone: 'x', who: 'u7', lms: 'own' });
  await change({ url: 'https://more.example/new', customParameters: {
    a: 'new', who: '$User.id', more: '$Context.id' } });
  const one = await launch(id, { custom: { who: 'u7', lms: 'own' } });
  assert.equal(placeOf(one), 'https://more.example/new');
  // What the LMS fills in stays; what it was never asked for is as we know it.
  assert.deepEqual(await customOf(one),
    { a: 'new', who: 'u7', lms: 'own', more: '$Context.id' });
  const { body } = await lms.ask(one.ltik, '/api/idtoken?raw=true');
  assert.deepEqual(body[`${CLAIM}custom`], { who: 'u7', lms: 'own' });
});

test('CONTENT a removed one ends on a page that says so', async () => {
  const { id, path } = await fresh({ customParameters: { a: '1' } });
  const kept = await launch(id);
  await gateway.api('DELETE', path);
  const { response } = await launch(id, { claims: {
    [`${CLAIM}launch_presentation`]: { return_url: 'https://lms.example/b' } } });
  assert.equal(response.status, 410);
  assert.equal(titleOf(response), 'This content is no longer there');
  assert.match(wordsOf(response), /Ask your teacher/);
  assert.match(response.text, /https:\/\/lms\.example\/b\?lti_errormsg/);
  const { body: { events } } = await gateway.api('GET',
    `/admin/events?reference=${referenceIn(response)}`);
  assert.equal(events[0].message, 'CONTENT_REMOVED');
  assert.deepEqual(await customOf(kept), {});
});

test('A23 a link by hand to another organisation\'s content does not open',
  async () => {
    const { id } = await fresh({ customParameters: { secret: 's' } });
    const { owner } = await stock(gateway, []);
    for (const members of [{ organizationId: owner }, {}]) {
      const at = await enrol(gateway, members);
      const { response } = await launch(id, { at });
      assert.equal(response.status, 410);
      assert.equal(titleOf(response), 'This content is no longer there');
    }
    for (const wrong of ['none', '', `${id}x`, 'x'.repeat(500), '..%2f']) {
      const { response } = await launch(wrong);
      assert.equal(response.status, wrong === '' ? 303 : 410, wrong);
    }
  });

test('A23 where launches may not go any more they go to the launch URL',
  async (t) => {
    const { id } = await fresh({ url: 'https://more.example/x?y=1' });
    t.after(() => gateway.settings({ deepLinking: 'builtin',
      allowedUrls: ['https://more.example/'] }));
    // Links stay when the picker is switched off.
    await gateway.settings({ deepLinking: 'off' });
    const one = await launch(id);
    assert.equal(placeOf(one), launchUrl);
    const { body: { events } } = await gateway.api('GET',
      `/admin/events?platformId=${lms.platform.id}`);
    assert.match(JSON.stringify(events[0].details), /not allowed/);
  });

test('CONTENT "to" of a registered message works as before', async () => {
  const { body } = await gateway.api('GET', '/admin/settings');
  await gateway.settings({ ...body, messages: [{
    type: 'LtiResourceLinkRequest', targetLinkUri: `${launchUrl}/message` }] });
  await fresh({});
  const one = await lms.launch({ claims: { [`${CLAIM}target_link_uri`]:
    `${gateway.url}/lti/launch?to=unknown&keep=1` } });
  assert.equal(placeOf(one), `${launchUrl}/message?keep=1`);
});
