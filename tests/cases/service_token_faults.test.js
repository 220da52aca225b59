// SPDX-License-Identifier: Apache-2.0
// An LMS that gives no access token, or something that is none: what the
// caller is told, how soon, and what is kept of the secrets.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGateway } from '../support/gateway.js';
import { startLms } from '../support/lms.js';
import { courseOf, refused } from '../support/services.js';

const lms = await startLms();
const gateway = await startGateway(
  { settings: { registration: { autoActivate: true } } });
after(async () => {
  await lms.close();
  await gateway.close();
});

const items = (course) => course.call('GET', '/api/lineitems');
const change = (course, changes) =>
  lms.changeServices(course.exchange, changes);
const newCourse = () => courseOf(lms, gateway, 'canvas-cloud');
const good = async (answer) => {
  const { status, text } = await answer;
  assert.equal(status, 200, text);
};

const NO_TOKEN = [502, 'ACCESS_TOKEN_REFUSED'];
const THROTTLED = [429, 'PLATFORM_THROTTLES'];
const SILENT = [504, 'SERVICE_DID_NOT_ANSWER'];
const CUT = [...SILENT, 200]; // the status came, and no whole answer
// [status, code, externalStatus, what is in bodyReceived]
const answers = {
  'lower-case': [200], 'no-scope': [200], 'no-type': [200],
  'expires-text': [200], 'expires-missing': [200], 'expires-short': [200],
  'invalid-scope': [...NO_TOKEN, 400, /invalid_scope/],
  'error-400': [...NO_TOKEN, 400, /invalid_request.*told to refuse/],
  'error-401': [...NO_TOKEN, 401, /invalid_client.*told to refuse/],
  'html-500': [...NO_TOKEN, 500], 'status-302': [...NO_TOKEN, 302, /told/],
  'status-403': [...NO_TOKEN, 403, /told/],
  'status-404': [...NO_TOKEN, 404, /told/],
  'status-204': [...NO_TOKEN, 204],
  'not-json': [...NO_TOKEN, 200], empty: [...NO_TOKEN, 200],
  array: [...NO_TOKEN, 200], 'no-token': [...NO_TOKEN, 200],
  'control-token': [...NO_TOKEN, 200],
  'status-429': [...THROTTLED, 429, /told/],
  'status-503': [...THROTTLED, 503, /told/],
  'huge-token': CUT, oversize: CUT, 'endless-chunked': CUT,
  gzip: [...NO_TOKEN, 200], 'lying-length-short': [...NO_TOKEN, 200],
  closes: SILENT, 'close-midway': CUT,
};

// Whatever went wrong, the fault says where, and nothing of the secrets.
async function answered(course, tokenAnswer, [status, code, external, body]) {
  change(course, { tokenAnswer });
  const answer = await items(course);
  assert.equal(answer.status, status, `${tokenAnswer} ${answer.text}`);
  if (!code) return;
  const details = refused(answer, status, code, tokenAnswer);
  assert.equal(details.externalError, true, tokenAnswer);
  assert.match(details.externalUrl, /\/login\/oauth2\/token$/);
  assert.equal(details.externalStatus, external, tokenAnswer);
  const received = JSON.stringify(details.bodyReceived);
  if (body) assert.match(received, body, tokenAnswer);
  else assert.equal(received, undefined, tokenAnswer);
  assert.equal(course.asked('lineitems').length, 0, tokenAnswer);
  change(course, null);
  await good(items(course));
}

const courses = [];
test('SF6 what is no token is told, and used for nothing',
  { timeout: 90_000 }, async () => {
    await Promise.all(Object.entries(answers).map(async ([name, row]) => {
      const course = await newCourse();
      courses.push(course);
      await answered(course, name, row);
    }));
  });

test('SF6 a token endpoint without an answer ends in time',
  { timeout: 90_000 }, async () => {
    await Promise.all(Object.entries({ 'never-answers': SILENT, drips: CUT,
      'stalls-after-headers': CUT, 'lying-length-long': CUT }).map(
      async ([name, row]) => {
        const course = await newCourse();
        courses.push(course);
        const begun = Date.now();
        await answered(course, name, row);
        assert.ok(Date.now() - begun < 30_000, name);
        assert.ok(course.asked('token').length <= 3, name);
      }));
  });

test('SF6 an LMS that is down is told, and does well when it is back',
  async () => {
    const course = await newCourse();
    change(course, { down: true });
    refused(await items(course), ...SILENT);
    change(course, { down: false });
    await good(items(course));
  });

test('A28 no token and no assertion is in a log, an event or the store',
  async () => {
    const secrets = courses.flatMap((course) => course.asked('token'))
      .flatMap(({ form, answerBody }) => [form.client_assertion,
        /"access_token":"(\w+)/.exec(answerBody)?.[1]]).filter(Boolean);
    assert.ok(secrets.length > 40);
    const events = await gateway.api('GET', '/admin/events');
    const kept = [gateway.log(), events.text,
      (await gateway.store.bytes()).toString('latin1')];
    for (const secret of secrets) {
      for (const text of kept) assert.ok(!text.includes(secret), secret);
    }
    assert.match(gateway.log(),
      / debug request refused reference="\w+" (by="[^"]*" )?route="\/api\/lineitems"/);
  });
