// SPDX-License-Identifier: Apache-2.0
// DR21: after a change of the settings each platform says what it lacks, and
// the LMSs that take changes get them.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { exampleSettings, startGateway } from '../support/gateway.js';
import { startLms, TOOL } from '../support/lms.js';

const lms = await startLms();
const gateway = await startGateway({ settings: {
  registration: { mode: 'automatic', autoActivate: true } } });
after(async () => {
  await lms.close();
  await gateway.close();
});

const REG = 'https://purl.imsglobal.org/spec/lti-reg/scope/registration';
const RFC7592 = { extras: 'secret-and-management' };

const settings = async (changes = {}) => {
  const { status, text } = await gateway.api('PUT', '/admin/settings',
    { ...exampleSettings, registration: { mode: 'automatic',
      autoActivate: true }, ...changes });
  assert.equal(status, 200, text);
};

// A platform registered under the usual settings, and the LMS's tool.
async function registered(profile = 'canvas-cloud', options = {}) {
  await settings();
  const { exchange, page } = await lms.add(gateway, profile, options);
  assert.equal(exchange.state, options.update ? 'updated' : 'registered',
    page.text);
  const { tool } = exchange.registration;
  const { body } = await gateway.api('GET',
    `/admin/platforms?clientId=${tool.client_id}&limit=1`);
  const path = `/admin/platforms/${body.platforms[0].id}`;
  return {
    exchange, tool, path, id: body.platforms[0].id,
    step: async () => (await gateway.api('GET', path)).body.registration,
    report: async () => (await gateway.api('GET', `${path}/report`)).body,
    update: () => gateway.api('POST', `${path}/registration/update`),
    check: () => gateway.api('POST', `${path}/registration/check`),
    calls: () => lms.serviceRequests(tool, 'management')
      .map(({ method }) => method),
  };
}

const behind = async () => (await gateway.api('GET',
  '/admin/platforms?behind=true&limit=500')).body;
const ids = ({ platforms }) => platforms.map(({ id }) => id);

test('DR21 a registration is in step with the settings it was made of',
  async () => {
    for (const [profile, update] of [['canvas-cloud', 'automatic'],
      ['moodle-4.5', 'by-administrator'], ['sakai', 'none'],
      ['brightspace', 'none']]) {
      const { step, id } = await registered(profile);
      const { updatedAt, ...rest } = await step();
      assert.deepEqual(rest,
        { inStep: true, behind: [], update, state: 'done' }, profile);
      assert.match(updatedAt, /^\d{4}-/);
      assert.ok(!ids(await behind()).includes(id));
    }
  });

test('DR21 the scopes of its own registration are asked for where listed',
  async () => {
    const canvas = await registered();
    assert.ok(canvas.tool.scopes.includes(REG));
    const moodle = await registered('moodle-4.5');
    assert.ok(!moodle.tool.scopes.includes(REG));
    const { dropped } = await moodle.report();
    assert.deepEqual(dropped.filter(({ value }) => value?.includes('lti-reg')),
      []);
  });

const changes = [
  [{ services: { namesAndRoles: false } }, ['scopes']],
  [{ redirectUris: ['https://other.example/launch'] },
    ['other domains', 'redirect URIs']],
  [{ name: 'Another' }, ['name']],
  [{ description: 'Something else' }, ['description']],
  [{ customParameters: { course: '$Context.id' } }, ['custom parameters']],
  [{ privacyLevel: 'anonymous' }, ['claims about people', 'privacy level']],
  [{ messages: [{ type: 'LtiResourceLinkRequest', label: 'Open' }] },
    ['messages']],
  [{ keys: 'platform' }, ['key set']],
];
for (const [change, words] of changes) {
  test(`DR21 what is behind is told in words: ${words.join(', ')}`,
    async () => {
      const { step, id } = await registered();
      await settings(change);
      const told = await step();
      assert.equal(told.inStep, false);
      assert.deepEqual(told.behind.toSorted(), words);
      assert.equal(told.update,
        words[0] === 'key set' ? 'none' : 'automatic');
      assert.ok(ids(await behind()).includes(id));
      await settings();
      assert.equal((await step()).inStep, true);
    });
}

test('DR21 what no LMS is told puts nothing behind', async () => {
  const { step } = await registered();
  await settings({ launchUrl: 'https://other.example/launch',
    deployments: 'any' });
  assert.equal((await step()).inStep, true);
});

test('DR21 lists are counted and paged; without pages no words', async () => {
  const { id } = await registered();
  await settings({ name: 'Counted' });
  const all = await behind();
  assert.equal(all.total, all.platforms.length);
  assert.ok(ids(all).includes(id));
  const page = await gateway.api('GET',
    '/admin/platforms?behind=true&limit=1&offset=1');
  assert.equal(page.body.platforms.length, 1);
  assert.equal(page.body.total, all.total);
  const whole = await gateway.api('GET', '/admin/platforms');
  const one = whole.body.platforms.find((platform) => platform.id === id);
  assert.equal(one.registration.inStep, false);
  assert.equal('behind' in one.registration, false);
  const bad = await gateway.api('GET', '/admin/platforms?behind=perhaps');
  assert.equal(bad.status, 400);
});

test('DR21 of a platform entered by hand nothing is known', async () => {
  const { body } = await gateway.api('POST', '/admin/platforms', {
    url: 'https://by-hand.example', clientId: 'c', name: 'By hand',
    authenticationEndpoint: 'https://lms.example/a',
    accesstokenEndpoint: 'https://lms.example/t',
    authConfig: { method: 'JWK_SET', key: 'https://lms.example/k' },
    registration: { inStep: true } });
  assert.deepEqual(body.registration,
    { inStep: null, behind: [], update: 'none' });
  const { status, body: answer } = await gateway.api('POST',
    `/admin/platforms/${body.id}/registration/update`);
  assert.equal(status, 409);
  assert.equal(answer.details.message, 'REGISTRATION_NOT_UPDATABLE');
  await settings({ name: 'Another' });
  assert.ok(!ids(await behind()).includes(body.id));
});

test('DR21 Canvas takes the update, and an administrator accepts it',
  async () => {
    const { tool, step, update, check, calls, report } = await registered();
    await settings({ name: 'New name',
      messages: [{ type: 'LtiResourceLinkRequest',
        targetLinkUri: 'https://tool.example/launch/other' }] });
    const asked = await update();
    assert.equal(asked.status, 200, asked.text);
    assert.equal(asked.body.registration.state, 'asked');
    assert.equal(asked.body.registration.inStep, false);
    assert.deepEqual(calls(), ['GET', 'PUT']);
    assert.equal(tool.name, exampleSettings.name);
    const [put] = lms.serviceRequests(tool, 'management').slice(-1);
    assert.equal(JSON.parse(put.body).client_name, 'New name');

    // It is not asked twice, however often somebody presses the button.
    assert.equal((await update()).body.registration.state, 'asked');
    assert.equal((await check()).body.registration.state, 'asked');
    assert.deepEqual(calls(), ['GET', 'PUT', 'GET', 'GET']);

    lms.acceptUpdate(tool);
    const done = await check();
    const { updatedAt, ...rest } = done.body.registration;
    assert.deepEqual(rest, { inStep: true, behind: [], update: 'automatic',
      state: 'done' });
    const { asked: held, granted } = await report();
    assert.equal(held.client_name, 'New name');
    assert.equal(granted.client_name, 'New name');
    assert.equal(granted.registration_client_uri, undefined);
    assert.equal((await step()).inStep, true);
  });

test('DR21 what was accepted is seen by the next update as well', async () => {
  const { tool, update, calls } = await registered();
  await settings({ name: 'First' });
  await update();
  lms.acceptUpdate(tool);
  await settings({ name: 'Second' });
  const { body } = await update();
  assert.equal(body.registration.state, 'asked');
  assert.deepEqual(calls(), ['GET', 'PUT', 'GET', 'PUT']);
  assert.equal(tool.asked.at(-1).client_name, 'Second');
  // Back to what the LMS holds: there is nothing to ask for.
  await settings({ name: 'First' });
});

test('DR21 an LMS that asks nobody holds it at once', async () => {
  const { tool, update, report } = await registered();
  lms.changeManagement(tool, { accepts: 'at-once' });
  await settings({ services: { namesAndRoles: false }, description: 'D' });
  const { body } = await update();
  assert.equal(body.registration.state, 'done');
  assert.equal(body.registration.inStep, true);
  assert.equal(tool.description, 'D');
  assert.match((await report()).updatedAt, /^\d{4}-/);
});

test('DR21 RFC 7592: with the token that came with the registration',
  async () => {
    const { tool, update, exchange, step } = await registered('sakai',
      { switches: RFC7592 });
    assert.equal((await step()).update, 'automatic');
    await settings({ name: 'Over RFC 7592' });
    const { status, body, text } = await update();
    assert.equal(status, 200, text);
    assert.equal(body.registration.inStep, true);
    assert.equal(tool.name, 'Over RFC 7592');
    const [put] = lms.serviceRequests(tool, 'management').slice(-1);
    assert.equal(put.headers.authorization,
      `Bearer ${exchange.registration.answer.registration_access_token}`);
    assert.equal(JSON.parse(put.body).client_id, tool.client_id);
  });

test('DR21 an update is an event that tells before and after', async () => {
  const { update, id } = await registered('sakai', { switches: RFC7592 });
  await settings({ name: 'Told' });
  await update();
  const { body } = await gateway.api('GET',
    `/admin/events?platformId=${id}&kind=registration`);
  const [event] = body.events;
  assert.equal(event.message, 'registration updated');
  assert.deepEqual(event.details.changes.client_name,
    { from: exampleSettings.name, to: 'Told' });
  assert.doesNotMatch(JSON.stringify(body), /must-not-leak/);
});

test('DR21 a refusal is told in the LMS’s words, and once more later',
  async () => {
    const { tool, update, step, id } = await registered();
    await settings({ name: 'Refused' });
    lms.changeManagement(tool, { always: true, answer: { status: 422,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ errors: ['The name is taken'] }) } });
    const { status, body } = await update();
    assert.equal(status, 502);
    assert.equal(body.details.message, 'REGISTRATION_REFUSED_BY_PLATFORM');
    assert.match(body.details.description, /422: The name is taken/);
    const told = await step();
    assert.equal(told.state, 'failed');
    assert.match(told.error, /The name is taken/);
    assert.equal(told.inStep, false);
    const { body: log } = await gateway.api('GET',
      `/admin/events?platformId=${id}&level=error`);
    assert.equal(log.events[0].kind, 'registration');
    lms.changeManagement(tool, { always: false, answer: null });
    assert.equal((await update()).body.registration.state, 'asked');
  });

test('DR21 a page of HTML is not passed on, a redirect not followed',
  async () => {
    const { tool, update, step } = await registered();
    await settings({ name: 'Refused' });
    lms.changeManagement(tool, { answer: { status: 500,
      headers: { 'content-type': 'text/html' },
      body: '<html><script>alert(1)</script>secret</html>' } });
    assert.doesNotMatch((await update()).text, /alert|secret/);
    lms.changeManagement(tool, { answer: { status: 302,
      headers: { location: lms.origin('elsewhere.localhost') } } });
    const { body } = await update();
    assert.match(body.details.description, /redirect/);
    assert.match((await step()).error, /none was followed/);
    assert.ok(!lms.serviceRequests(tool).some(({ url }) =>
      url.includes('elsewhere')));
  });

test('DR21 a token that the LMS forgot is asked for anew', async () => {
  const { tool, update, check } = await registered();
  assert.equal((await check()).status, 200);
  lms.revokeTokens(tool);
  await settings({ name: 'After the revocation' });
  const { status, text } = await update();
  assert.equal(status, 200, text);
  assert.equal(lms.serviceRequests(tool, 'token').length, 2);
});

test('DR21 an LMS that gives no token any more', async () => {
  const { tool, update, step } = await registered();
  await settings({ name: 'No token' });
  lms.changeServices(tool, { tokenAnswer: 'error-400' });
  assert.equal((await update()).status >= 400, true);
  assert.equal((await step()).state, 'failed');
  assert.equal((await step()).inStep, false);
});

test('DR21 an LMS that removed the tool, or takes no changes, is told',
  async () => {
    const gone = await registered();
    await settings({ name: 'Gone' });
    lms.changeManagement(gone.tool, { on: false });
    const { status, body } = await gone.update();
    assert.equal(status, 502);
    assert.equal(body.details.message, 'TOOL_REMOVED_FROM_PLATFORM');
    assert.match((await gone.step()).error, /removed/);
  });

test('A2 DR21 a management URL on another host is never used', async () => {
  const elsewhere = lms.origin('elsewhere.localhost');
  for (const uri of [`${elsewhere}/api/lti/registrations/3`,
    'http://169.254.169.254/latest', 'file:///etc/passwd', 'nonsense']) {
    const { step, update, tool } = await registered('sakai', { switches: {
      ...RFC7592, patchAnswer: { registration_client_uri: uri } } });
    assert.equal((await step()).update, 'none', uri);
    await settings({ name: 'Elsewhere' });
    const { status, body } = await update();
    assert.equal(status, 409);
    assert.equal(body.details.message, 'REGISTRATION_NOT_UPDATABLE');
    assert.deepEqual(lms.serviceRequests(tool), []);
  }
});

test('A2 DR21 an answer cannot lead later changes to another host',
  async () => {
    const { tool, update } = await registered('sakai', { switches: RFC7592 });
    tool.lastAnswer.registration_client_uri =
      `${lms.origin('elsewhere.localhost')}/client`;
    await settings({ name: 'Led astray' });
    const strays = lms.strays().length;
    assert.equal((await update()).status, 200);
    await settings({ name: 'Once more' });
    assert.equal((await update()).status, 200);
    assert.equal(lms.strays().length, strays);
    assert.equal(tool.name, 'Once more');
  });

test('DR21 an answer about another tool changes nothing', async () => {
  const { tool, update, step } = await registered('sakai',
    { switches: RFC7592 });
  await settings({ name: 'Another tool’s' });
  lms.changeManagement(tool, { answer: { status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_id: 'another' }) } });
  const { status, body } = await update();
  assert.equal(status, 502);
  assert.match(body.details.description, /another tool/);
  assert.equal((await step()).inStep, false);
});

test('DR21 of updates at once one is done', async () => {
  const { tool, update } = await registered();
  await settings({ name: 'At once' });
  const answers = await Promise.all([1, 2, 3, 4].map(update));
  for (const { status, body } of answers) {
    if (status === 200) continue;
    assert.equal(status, 409);
    assert.equal(body.details.message, 'REGISTRATION_UPDATE_UNDER_WAY');
  }
  assert.ok(answers.some(({ status }) => status === 200));
  assert.equal(tool.asked.length, 1);
});

test('DR21 Moodle’s own update puts a platform in step again', async () => {
  const site = 'in-step';
  const { step } = await registered('moodle-4.5', { site });
  await settings({ name: 'Updated in Moodle' });
  assert.deepEqual((await step()).behind, ['name']);
  const { exchange } = await lms.add(gateway, 'moodle-4.5',
    { site, update: true });
  assert.equal(exchange.state, 'updated');
  const told = await step();
  assert.equal(told.inStep, true);
  assert.equal(told.update, 'by-administrator');
});

test('DR21 Canvas’s own update waits for its administrator as well',
  async () => {
    const site = 'canvas-again';
    const { tool, step, check, report } = await registered('canvas-cloud',
      { site });
    await settings({ name: 'Registered again' });
    await lms.add(gateway, 'canvas-cloud', { site, update: true });
    const waiting = await step();
    assert.equal(waiting.inStep, false);
    assert.equal(waiting.state, 'asked');
    assert.deepEqual(waiting.behind, ['name']);
    assert.equal((await report()).asked.client_name, exampleSettings.name);
    lms.acceptUpdate(tool);
    const { body } = await check();
    assert.equal(body.registration.inStep, true);
    assert.equal((await report()).asked.client_name, 'Registered again');
  });

test('DR21 a new public address puts every registration behind', async () => {
  const { step } = await registered();
  const url = gateway.registerUrl.replace('/lti/register', '');
  await gateway.stop();
  await gateway.start({ LTIGATE_PUBLIC_URL: url.replace('localhost', '127.0.0.1') });
  const moved = await step();
  assert.deepEqual(moved.behind.toSorted(), ['domain', 'key set', 'launch URL',
    'login URL', 'messages', 'redirect URIs']);
  await gateway.stop();
  await gateway.start({ LTIGATE_PUBLIC_URL: url });
  assert.equal((await step()).inStep, true);
});

test('DR21 the command line updates one, or all that are behind',
  async () => {
    const one = await registered('sakai', { switches: RFC7592 });
    const two = await registered('sakai', { switches: RFC7592 });
    const other = await registered('brightspace');
    await settings({ name: 'By the command line' });
    const single = await gateway.cli('platform', 'update', one.id);
    assert.equal(single.code, 0, single.stderr);
    assert.equal(one.tool.name, 'By the command line');
    assert.notEqual(two.tool.name, 'By the command line');
    const all = await gateway.cli('platform', 'update', '--all-behind');
    assert.equal(two.tool.name, 'By the command line', all.stderr);
    assert.match(all.stdout, /updated/);
    assert.ok(ids(await behind()).includes(other.id));
    const none = await gateway.cli('platform', 'update');
    assert.equal(none.code, 2);
  });

test('DR21 the request is the one that a registration would send', async () => {
  const { tool, update } = await registered();
  await settings({ name: 'Same', privacyLevel: 'name_only' });
  await update();
  const fresh = await lms.add(gateway, 'canvas-cloud');
  const { client_id: id, ...sent } = tool.asked.at(-1);
  const { request } = fresh.exchange.registration;
  assert.deepEqual(sent, request);
  assert.deepEqual(sent[TOOL], request[TOOL]);
  assert.equal(id, tool.client_id);
});
