// SPDX-License-Identifier: Apache-2.0
// What a course or a link was copied from: asked for at registration, told in
// the id token.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CLAIM, enrol } from '../support/enrolled.js';
import { apiKey, startGateway } from '../support/gateway.js';
import { launchOf } from '../support/launches.js';
import { requestTo, startLms, toolIn } from '../support/lms.js';

const gateway = await startGateway();
const lms = await startLms();
after(async () => {
  await lms.close();
  await gateway.close();
});
const usual = { launchUrl: 'https://tool.example/launch',
  registration: { mode: 'automatic', autoActivate: true } };
await gateway.settings(usual);

const COURSE = { context_id_history: '$Context.id.history' };
const LINK = { resource_link_id_history: '$ResourceLink.id.history' };

async function register(profile, options) {
  const { exchange, page } = await lms.add(gateway, profile, options);
  assert.equal(page.status, 200, page.text);
  lms.activate(exchange.registration.tool.id);
  return exchange;
}

async function idTokenOf(exchange, options) {
  const { page } = await launchOf(lms, exchange,
    { ...options, storageTarget: 'absent' });
  assert.equal(page.status, 303, page.text);
  const ltik = new URL(page.headers.location).searchParams.get('ltik');
  const { status, body, text } = await gateway.api('GET', '/api/idtoken',
    undefined, { key: null,
      headers: { authorization: `LTIK-AUTH-V2 ${apiKey}:${ltik}` } });
  assert.equal(status, 200, text);
  return body;
}

for (const [profile, asked] of [['canvas-cloud', COURSE],
  ['moodle-4.5', COURSE], ['blackboard', { ...COURSE, ...LINK }],
  ['ilias', undefined], ['sakai', undefined], ['brightspace', undefined]]) {
  test(`EX1 ${profile} is asked for the history that it lists`, async () => {
    const request = requestTo(await register(profile));
    assert.deepEqual(toolIn(request).custom_parameters, asked);
  });
}

test('EX1 a copied course has its history in the id token', async () => {
  const exchange = await register('canvas-cloud');
  const history = { context: ['second', 'the, first'] };
  const { launch } = await idTokenOf(exchange, { history });
  assert.deepEqual(launch.context.history, history.context);
  assert.equal(launch.resourceLink.history, undefined);
  const fresh = await idTokenOf(exchange);
  assert.equal(fresh.launch.context.history, undefined);
  assert.equal(fresh.launch.custom.context_id_history, '');
});

test('EX1 a copied link too, where the LMS expands it', async () => {
  const variables = ['Context.id.history', 'ResourceLink.id.history'];
  const PLATFORM =
    'https://purl.imsglobal.org/spec/lti-platform-configuration';
  const profile = { document: { [PLATFORM]: { variables } } };
  const exchange = await register('moodle-4.5', { switches: { profile } });
  const history = { context: ['7'], link: ['31', '12'] };
  const { launch } = await idTokenOf(exchange,
    { history, switches: { profile } });
  assert.deepEqual(launch.context.history, ['7']);
  assert.deepEqual(launch.resourceLink.history, ['31', '12']);
});

test('EX1 a variable that the LMS left as it is is no history', async () => {
  const exchange = await register('blackboard');
  const history = { context: ['7'], link: ['31'] };
  const { launch } = await idTokenOf(exchange, { history });
  assert.equal(launch.context.history, undefined);
  assert.equal(launch.resourceLink.history, undefined);
  assert.deepEqual(launch.custom, { ...COURSE, ...LINK });
});

test('EX1 what the operator asks for under these names stays', async (t) => {
  t.after(() => gateway.settings(usual));
  const customParameters = { context_id_history: '', mine: '$User.id' };
  await gateway.settings({ ...usual, customParameters });
  const request = requestTo(await register('moodle-4.5'));
  assert.deepEqual(toolIn(request).custom_parameters, customParameters);
});

test('EX1 a history of a thousand and more ends there', async () => {
  const school = await enrol(gateway);
  const ids = Array.from({ length: 1200 }, (_, i) => `c${i}`);
  const { ltik } = await school.launch({ claims: { [`${CLAIM}custom`]:
    { context_id_history: ids.join(',') } } });
  const { body } = await school.ask(ltik);
  assert.deepEqual(body.launch.context.history, ids.slice(0, 1000));
  const raw = await school.ask(ltik, '/api/idtoken?raw=true');
  assert.equal(raw.body[`${CLAIM}custom`].context_id_history, ids.join(','));
});
