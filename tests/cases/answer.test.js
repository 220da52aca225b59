// SPDX-License-Identifier: Apache-2.0
// The LMS's answer to a registration, in every form that was seen and in some
// that should not be.

import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';
import { startGateway } from '../support/gateway.js';
import { AGS, startLms, TOOL } from '../support/lms.js';
import { wordsOf } from '../support/pages.js';

const lms = await startLms();
const gateway = await startGateway();
after(async () => {
  await lms.close();
  await gateway.close();
});
afterEach(async () => {
  for (const { id } of await platforms()) {
    await gateway.api('DELETE', `/admin/platforms/${id}`);
  }
});

const platforms = async () =>
  (await gateway.api('GET', '/admin/platforms')).body.platforms;
const reportOf = async ({ id }) =>
  (await gateway.api('GET', `/admin/platforms/${id}/report`)).body;

async function accepted(switches, profile = 'moodle-4.5') {
  const { page, exchange } = await lms.add(gateway, profile, { switches });
  assert.equal(page.status, 200, page.text);
  const [platform, ...others] = await platforms();
  assert.deepEqual(others, []);
  return { exchange, page, platform, report: await reportOf(platform) };
}

async function refused(switches, { status, code, words }) {
  const { page, exchange } =
    await lms.add(gateway, 'moodle-4.5', { switches });
  assert.equal(page.status, status, page.text);
  assert.match(wordsOf(page), words);
  assert.match(page.headers['content-type'], /^text\/html/);
  const json = await lms.add(gateway, 'moodle-4.5',
    { switches, headers: { accept: 'application/json' } });
  assert.equal(json.page.json().details.message, code);
  assert.deepEqual(await platforms(), []);
  return { page, exchange };
}

for (const answer of ['not-json', 'html-200', 'empty', 'array', 'deep']) {
  test(`D61 DR15 an answer that is ${answer} is refused and traced`,
    async () => {
      const { exchange } = await refused({ answer }, { status: 502,
        code: 'REGISTRATION_ANSWER_INVALID', words: /not a JSON object/ });
      // The LMS has the tool; whoever looks must find a trace of it.
      assert.equal(exchange.state, 'registered');
      const { body } =
        await gateway.api('GET', '/admin/events?kind=registration');
      assert.match(JSON.stringify(body.events[0]),
        /REGISTRATION_ANSWER_INVALID|answer is not/);
    });
}

for (const clientId of ['object', 'array', 'null', 'missing', 'empty', 'long',
  'control', { literal: true }, { literal: 1.5 }, { literal: 'a b' },
  { literal: 'é' }]) {
  test(`D61 R12 a client_id that is ${JSON.stringify(clientId)} is refused`,
    () => refused({ clientId }, { status: 502,
      code: 'REGISTRATION_ANSWER_INVALID',
      words: /accepted the registration but its answer has no client_id/ }));
}

test('D61 R12 a client_id that is a number becomes a string', async () => {
  const { platform } = await accepted({ clientId: 'number' });
  assert.equal(platform.clientId, '7');
});

test('D61 R12 a client_id of 255 characters is kept whole', async () => {
  const literal = 'x'.repeat(255);
  const { platform } = await accepted({ clientId: { literal } });
  assert.equal(platform.clientId, literal);
});

for (const deployment of ['tool-configuration', 'top', 'number', 'absent']) {
  test(`D62 D63 R13 deployment_id ${deployment}`, async () => {
    const { exchange, report } = await accepted({ deployment });
    const wish = { number: ['7'], absent: [] }[deployment]
      ?? [exchange.registration.deployment_id];
    assert.deepEqual(report.deployments.map((one) => one.deploymentId), wish);
    if (wish.length) {
      assert.equal(report.deployments[0].allowed, true);
      assert.equal(report.deployments[0].origin, 'registration');
    }
  });
}

for (const value of [null, {}, [], '', 'a\nb', 'x'.repeat(300)]) {
  test(`R13 a deployment_id of ${JSON.stringify(value)?.slice(0, 20)
  } counts as none`, async () => {
    const { report } = await accepted({ deployment: 'absent',
      patchAnswer: { deployment_id: value } });
    assert.deepEqual(report.deployments, []);
  });
}

for (const answerStatus of [200, 201, 202]) {
  test(`D64 status ${answerStatus} is a success`, () =>
    accepted({ answerStatus }));
}

test('D64 a status of 300 or more is none', () => refused(
  { answerStatus: 301 }, { status: 502,
    code: 'REGISTRATION_REFUSED_BY_PLATFORM', words: /redirect/ }));

test('DR14 redirect_uris that lack ours make launches impossible',
  async () => {
    const { exchange, page } = await refused({ redirectUris: 'changed' },
      { status: 502, code: 'REDIRECT_URIS_CHANGED', words: /redirect URIs/ });
    assert.ok(wordsOf(page).includes(exchange.registration.client_id));
  });

test('DR14 redirect_uris that hold ours among others are fine', async () => {
  const { report } = await accepted({ patchAnswer: { redirect_uris:
    ['https://other.example/', `${gateway.url}/lti/launch`] } });
  assert.ok(report.differences.some((one) => one.member === 'redirect_uris'));
});

for (const [scope, granted] of [['empty', ''], ['reduced', null]]) {
  test(`DR14 a scope that is ${scope} is kept and told as a difference`,
    async () => {
      const { report } = await accepted({ scope });
      const row = report.differences.find((one) => one.member === 'scope');
      assert.equal(row.asked.split(' ').length, 5);
      if (granted !== null) assert.equal(row.granted, granted);
      assert.equal(report.granted.scope, row.granted);
    });
}

test('DR14 no scope in the answer is no difference', async () => {
  const { report } = await accepted({ scope: 'missing' });
  assert.equal(report.differences.some((one) => one.member === 'scope'), false);
});

test('DR14 what is granted otherwise is told, member by member', async () => {
  const { report } = await accepted({ patchAnswer: {
    client_name: 'Another name', jwks_uri: 'https://other.example/keys',
    [TOOL]: { domain: 'other.example', messages: [] } } }, 'sakai');
  const found = report.differences.map((one) => one.member);
  for (const name of ['client_name', 'jwks_uri', 'domain', 'messages']) {
    assert.ok(found.includes(name), `${name} in ${found}`);
  }
  const { granted } =
    report.differences.find((one) => one.member === 'client_name');
  assert.equal(granted, 'Another name');
});

test('DR14 completion tells differences too', async () => {
  await gateway.settings({ registration: { mode: 'pre-approval',
    preApprovalUrl: 'https://tool.example/approve' } });
  const { path } = await lms.wait(gateway, 'moodle-4.5',
    { switches: { scope: 'reduced' } });
  const { body } = await gateway.api('POST', `${path}/complete`);
  await gateway.settings({});
  const row = body.differences.find((one) => one.member === 'scope');
  assert.equal(row.granted.split(' ').length, 1);
  assert.ok(row.asked.includes(`${AGS}lineitem`));
});

test('R12 [] for {} is what PHP writes', async () => {
  const { report } = await accepted({ emptyObjects: 'php-array' });
  assert.equal(report.differences.some((one) =>
    one.member === 'custom_parameters'), false);
});

test('DR8 R12 members of wrong types do not hurt', () => accepted({
  setAnswer: { redirect_uris: 'a string', scope: 7, grant_types: null,
    [TOOL]: 'nonsense', unknown: { a: [1] } } }));

test('DR16 DR21 secrets in an answer are neither shown nor stored in clear',
  async () => {
    const { page, report, platform } =
      await accepted({ extras: 'secret-and-management' });
    await gateway.restart();
    const store = (await gateway.store.bytes()).toString('latin1');
    const shown = JSON.stringify([report, platform]) + page.text;
    const { text } = await gateway.api('GET', '/admin/events');
    for (const all of [shown, text, store, gateway.log()]) {
      assert.doesNotMatch(all, /must-not-leak|client_secret"/);
      assert.doesNotMatch(all, /registration_client_uri/);
    }
  });

test('D60 an answer that is a refusal leaves the registration ended',
  async () => {
    await gateway.settings({ registration: { mode: 'pre-approval',
      preApprovalUrl: 'https://tool.example/approve' } });
    const { path } = await lms.wait(gateway, 'moodle-4.5',
      { switches: { answer: 'errors-422' } });
    const { status, body } = await gateway.api('POST', `${path}/complete`);
    await gateway.settings({});
    assert.equal(status, 502);
    assert.equal(body.details.message, 'REGISTRATION_REFUSED_BY_PLATFORM');
    assert.equal(body.details.externalError, true);
    assert.equal(body.details.bodyReceived.errors.length, 2);
    assert.equal((await gateway.api('GET', path)).status, 404);
    assert.deepEqual(await platforms(), []);
  });

test('D67 Canvas\'s account name is the platform\'s name', async () => {
  const { platform } = await accepted({}, 'canvas-cloud');
  assert.match(platform.name, /^Testbed School/);
});

test('D68 a key pair exists, and its private part is nowhere to be read',
  async () => {
    const { platform } = await accepted({});
    assert.match(platform.publicKey, /^-----BEGIN PUBLIC KEY-----/);
    const set = (await gateway.open(`${gateway.url}/lti/keys`)).json();
    for (const key of set.keys) {
      assert.deepEqual(Object.keys(key).toSorted(),
        ['alg', 'e', 'kid', 'kty', 'n', 'use']);
    }
  });

test('D60 an LMS that cannot be reached is told as such', async () => {
  const { page } = await lms.add(gateway, 'blackboard', { switches: {
    setConfiguration: { registration_endpoint:
      'http://developer.blackboard.localhost:65534/gone' } } });
  assert.equal(page.status, 502);
  assert.match(wordsOf(page), /could not be reached; nothing was sent/);
  assert.deepEqual(await platforms(), []);
});

test('D66 a platform made by hand in between is a conflict, not a crash',
  async () => {
    const { exchange, platform } = await accepted({});
    const { body } = await gateway.api('POST', '/admin/platforms', {
      url: platform.url, clientId: exchange.registration.client_id, name: 'x',
      authenticationEndpoint: 'https://x.example/a',
      accesstokenEndpoint: 'https://x.example/t',
      authConfig: { method: 'JWK_SET', key: 'https://x.example/k' } });
    assert.equal(body.status, 409);
    assert.equal(body.details.message,
      'URL_CLIENT_ID_COMBINATION_ALREADY_EXISTS');
  });
