// SPDX-License-Identifier: Apache-2.0
// LMSs that never end or never say yes: rosters without bounds, storms of
// 429, waits of all lengths.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGateway } from '../support/gateway.js';
import { startLms } from '../support/lms.js';
import { courseOf, refused, unaskedOf } from '../support/services.js';

const lms = await startLms();
const gateway = await startGateway(
  { settings: { registration: { autoActivate: true } } });
after(async () => {
  await lms.close();
  await gateway.close();
});

const newCourse = (profile = 'canvas-cloud', options = {}) =>
  courseOf(lms, gateway, profile, options);
const change = (course, changes) =>
  lms.changeServices(course.exchange, changes);
const list = (course, query, auth) =>
  course.call('GET', '/api/lineitems', { query, auth });
const people = (course, query) =>
  course.call('GET', '/api/memberships', { query });
const unasked = unaskedOf(lms);

// --- A45 -------------------------------------------------------------------

test('A45 ten thousand people come whole, and in time', { timeout: 90_000 },
  async () => {
    for (const [profile, pages] of [['moodle-4.5', 1], ['brightspace', 10]]) {
      const course = await newCourse(profile);
      lms.setRoster(course.exchange, 10_000);
      const begun = Date.now();
      const { status, body, text } = await people(course, { all: true });
      assert.equal(status, 200, text.slice(0, 300));
      assert.equal(new Set(body.members.map(({ userId }) => userId)).size,
        10_000);
      assert.equal(course.asked('memberships').length, pages);
      assert.ok(Date.now() - begun < 30_000);
    }
  });

test('A45 a page without bounds ends, and takes nobody with it',
  { timeout: 90_000 }, async () => {
    const course = await newCourse('blackboard');
    lms.setRoster(course.exchange, 30_000);
    const answer = await people(course);
    assert.ok([502, 504].includes(answer.status), answer.text.slice(0, 300));
    assert.ok(answer.text.length < 2000);
    lms.setRoster(course.exchange, 10);
    assert.equal((await people(course)).body.members.length, 10);
    change(course, { serviceAnswer: 'endless-chunked', on: 'lineitems' });
    refused(await list(course), 504, 'SERVICE_DID_NOT_ANSWER');
  });

// --- A46 -------------------------------------------------------------------

const storm = (count, ask) => Promise.all(Array.from({ length: count }, ask));
const waitOf = ({ headers }) => Number(headers['retry-after']);

test('A46 a host that asks for an hour is left alone by every call',
  async () => {
    const typed = { site: 'resting' };
    const course = await newCourse('canvas-cloud', { typed });
    const beside = await newCourse('canvas-cloud', { typed });
    const other = await newCourse();
    assert.equal((await list(beside)).status, 200);
    change(course, { serviceAnswer: { status: 429, times: 1,
      retryAfter: 3600 }, on: 'lineitems' });
    const first = await list(course);
    refused(first, 429, 'PLATFORM_THROTTLES');
    assert.ok(waitOf(first) > 0 && waitOf(first) <= 3600);
    const later = await unasked('resting', async () => {
      const answers = [...await storm(20, () => list(course)),
        await people(course), await list(course, {}, 'service'),
        await list(beside), await people(beside)];
      answers.forEach((answer) => refused(answer, 429, 'PLATFORM_THROTTLES'));
      return answers.at(-1);
    });
    assert.ok(waitOf(later) > 800 && waitOf(later) <= 901, 'a ceiling of ours');
    assert.equal((await list(other)).status, 200, 'another host is asked');
  });

test('A46 a short wait is waited out, as number and as date', async () => {
  const waits = [() => '1', () => 2, () =>
    new Date(Date.now() + 3000).toUTCString()];
  await Promise.all(waits.flatMap((wait) => [429, 503].map(async (status) => {
    const course = await newCourse();
    const begun = Date.now();
    change(course, { serviceAnswer: { status, times: 1, retryAfter: wait() },
      on: 'lineitems' });
    const answer = await list(course);
    assert.equal(answer.status, 200, answer.text);
    assert.ok(Date.now() - begun >= 900, 'it waited');
    assert.equal(course.asked('lineitems').length, 2);
  })));
});

test('A46 what cannot be read in Retry-After asks for nothing', async () => {
  await Promise.all(['soon', '-5', '1.5', '', '0', '1e3', '0x10',
    'Mon, 01 Jan 2001 00:00:00 GMT', '99 seconds'].map(async (retryAfter) => {
    const course = await newCourse();
    change(course, { serviceAnswer: { status: 429, times: 2, retryAfter },
      on: 'lineitems' });
    const answer = await list(course);
    assert.equal(answer.status, 200, `${retryAfter} ${answer.text}`);
    assert.equal(course.asked('lineitems').length, 3, retryAfter);
  }));
});

test('A46 a wait beyond all bounds ends at the ceiling', async () => {
  for (const retryAfter of ['11', '901', '4294967297', '9223372036854775',
    '9223372036854775807', '99999999999999999999',
    'Fri, 31 Dec 9999 23:59:59 GMT']) {
    const course = await newCourse();
    change(course, { serviceAnswer: { status: 429, retryAfter },
      on: 'lineitems' });
    const begun = Date.now();
    const answer = await list(course);
    refused(answer, 429, 'PLATFORM_THROTTLES', retryAfter);
    assert.match(answer.headers['retry-after'], /^\d+$/);
    assert.ok(course.asked('lineitems').length <= 4, retryAfter);
    const again = await list(course);
    assert.ok(waitOf(again) <= 901, `${retryAfter} ${waitOf(again)}`);
    assert.ok(Date.now() - begun < 30_000, retryAfter);
  }
});

test('A46 a storm on an LMS that fails stays bounded', async () => {
  for (const [answer, status] of [['status-500', 502], ['status-503', 429],
    ['status-429', 429]]) {
    const course = await newCourse();
    await list(course);
    change(course, { serviceAnswer: answer, on: 'lineitems' });
    const before = course.asked('lineitems').length;
    const answers = await storm(20, () => list(course));
    assert.ok(answers.every((one) => one.status === status),
      answers.map((one) => one.status).join());
    if (status === 429) assert.ok(answers.every((one) => waitOf(one) > 0));
    assert.ok(course.asked('lineitems').length - before <= 80);
    assert.equal(course.asked('token').length, 1, 'no token for a storm');
  }
});
