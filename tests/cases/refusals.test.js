// SPDX-License-Identifier: Apache-2.0
// An LMS that says no: its own words are shown to a person, and given to a
// program, and nothing is kept.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGateway } from '../support/gateway.js';
import { registrationsOf, startLms } from '../support/lms.js';
import { answerIn, referenceIn, titleOf, whatOf, wordsOf }
  from '../support/pages.js';

const lms = await startLms();
const gateway = await startGateway();
after(async () => {
  await lms.close();
  await gateway.close();
});

const nothingKept = async () => assert.deepEqual(
  (await gateway.api('GET', '/admin/platforms')).body.platforms, []);

// One refusal that each LMS really gives, and what a person must read of it.
const own = {
  'moodle-4.5': [{ tokenFault: 'used' }, 401, 'token_already_used'],
  'canvas-cloud': [{ tokenFault: 'expired' }, 401,
    'Registration token has expired'],
  brightspace: [{ tokenFault: 'expired' }, 401, 'invalid_token: token expired'],
  blackboard: [{ tokenFault: 'foreign' }, 401, 'token invalid'],
  sakai: [{ tokenFault: 'foreign' }, 403, 'HTTP status 403'],
  ilias: [{ tokenFault: 'expired' }, 401, 'invalid_token: token expired'],
};

for (const [name, [switches, status, words]] of Object.entries(own)) {
  test(`D60 ${name} refuses in its own words`, async () => {
    const { exchange, page } = await lms.add(gateway, name, { switches });
    assert.equal(exchange.state, 'refused');
    assert.equal(page.status, 502);
    assert.equal(titleOf(page), 'The LMS refused the registration');
    assert.ok(whatOf(page).includes(`HTTP status ${status}`), whatOf(page));
    assert.ok(wordsOf(page).includes(words), wordsOf(page));
    assert.match(page.headers['content-type'], /^text\/html/);
    const reference = referenceIn(page);
    const { body } =
      await gateway.api('GET', `/admin/events?reference=${reference}`);
    assert.equal(body.events.length, 1);
    assert.equal(body.events[0].kind, 'registration');
    await nothingKept();
  });

  test(`D60 ${name} refuses, as JSON`, async () => {
    const { exchange, page } = await lms.add(gateway, name,
      { switches, headers: { accept: 'application/json' } });
    const answer = page.json();
    assert.equal(page.status, 502);
    assert.equal(answer.error, 'Bad Gateway');
    assert.equal(answer.details.message, 'REGISTRATION_REFUSED_BY_PLATFORM');
    assert.equal(answer.details.externalError, true);
    const sent = registrationsOf(exchange)[0];
    const { origin, pathname } = new URL(sent.url);
    // The query may hold the secret, so it is not told.
    assert.equal(answer.details.externalUrl, origin + pathname);
    const body = sent.answerBody;
    if (body) {
      assert.deepEqual(answer.details.bodyReceived,
        body.startsWith('{') ? JSON.parse(body) : body);
    }
  });
}

const forced = [
  ['rfc-400', 400, 'invalid_client_metadata: The testbed was told'],
  ['errors-422', 422, 'and to give two reasons'],
  ['error-message-401', 401, 'The testbed was told to refuse'],
  ['plain-400', 400, 'refused_by_the_testbed'],
  ['forbidden-empty', 403, 'HTTP status 403 and gave no reason'],
  ['secret-500', 500, 'server_error'],
];
for (const [answer, status, words] of forced) {
  test(`DR17 a refusal of the form ${answer} is read`, async () => {
    const { page } = await lms.add(gateway, 'moodle-4.5',
      { switches: { answer } });
    assert.equal(page.status, 502);
    assert.ok(whatOf(page).includes(`HTTP status ${status}`), whatOf(page));
    assert.ok(wordsOf(page).includes(words), wordsOf(page));
    await nothingKept();
  });
}

test('D60 a refusal as HTML shows only its status', async () => {
  const { page } = await lms.add(gateway, 'moodle-4.5',
    { switches: { answer: 'html-500' } });
  assert.match(whatOf(page), /HTTP status 500/);
  assert.equal(answerIn(page), null);
  assert.doesNotMatch(page.text, /alert\(1\)|must not be shown/);
});

test('A3 a redirect is told and not followed', async () => {
  const { page, exchange } = await lms.add(gateway, 'moodle-4.5',
    { switches: { answer: 'redirect-302' } });
  assert.match(whatOf(page), /redirect \(HTTP status 302\)/);
  assert.equal(exchange.requests.length, 2);
  assert.deepEqual(lms.strays(), []);
});

test('A24 an LMS\'s words are text, whatever is in them', async () => {
  const hostile = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    + '\u2028{{issuer}}{{#answer}}&lt;';
  const { page } = await lms.add(gateway, 'moodle-4.5', { switches: {
    answerStatus: 400, rawAnswer: JSON.stringify({ error: hostile }) } });
  assert.equal(page.status, 502);
  assert.equal(page.text.includes('<script>alert'), false);
  assert.equal(page.text.includes('<img'), false);
  assert.ok(whatOf(page).includes('<script>alert(1)</script>'));
  assert.ok(whatOf(page).includes('{{issuer}}'));
  await nothingKept();
});

test('A27 a control character in a refusal does not reach a header or the log',
  async () => {
    const { page } = await lms.add(gateway, 'moodle-4.5', { switches: {
      answerStatus: 400, rawAnswer: '{"error":"a\\r\\nX-Evil: 1\\u0007"}' } });
    assert.equal(page.headers['x-evil'], undefined);
    assert.doesNotMatch(gateway.log(), /^X-Evil/m);
  });

test('D60 a long refusal is cut', async () => {
  const { page } = await lms.add(gateway, 'moodle-4.5', { switches: {
    answerStatus: 400, rawAnswer: `ä${'ü'.repeat(200_000)}` } });
  assert.equal(page.status, 502);
  assert.ok(page.text.length < 30_000, String(page.text.length));
  assert.equal(page.text.includes('\ufffd'), false);
});

test('D66 every failure has a way to close the frame', async () => {
  const { page } = await lms.add(gateway, 'moodle-4.5',
    { switches: { answer: 'plain-400' } });
  assert.match(page.text, /<button type="button" id="close"/);
  assert.equal(page.headers['x-frame-options'], undefined);
  assert.match(page.headers['content-security-policy'],
    /frame-ancestors https: http:$/);
  assert.equal(page.headers['cache-control'], 'no-store');
});
