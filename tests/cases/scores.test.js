// SPDX-License-Identifier: Apache-2.0
// Scores sent at once, and the results that an LMS makes of them.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGateway } from '../support/gateway.js';
import { CANVAS, profileNames, startLms } from '../support/lms.js';
import { courseOf, refused, scoreOf } from '../support/services.js';

const lms = await startLms();
const gateway = await startGateway(
  { settings: { registration: { autoActivate: true } } });
after(async () => {
  await lms.close();
  await gateway.close();
});

const SUBMISSION = `${CANVAS}submission`;
const RESULT = 'application/vnd.ims.lis.v2.resultcontainer+json';
const SCORE = 'application/vnd.ims.lis.v1.score+json';
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}Z$/;

const change = (room, changes) =>
  lms.changeServices(room.course.exchange, changes);

// A course, a line item of it and a student's id.
async function roomOf(profile, options) {
  const course = await courseOf(lms, gateway, profile, options);
  const student = await course.launch({ user: 'student' });
  const { id } = await course.addItem({ scoreMaximum: 20 });
  const user = student.idToken.user.id;
  return { course, id, user, profile,
    send: (changes, options = {}) => course.call('POST',
      course.item(id, '/scores'), { body: scoreOf(user, changes), ...options }),
    read: (query, options = {}) => course.call('GET',
      course.item(id, '/scores'), { query, ...options }),
    arrived: () => lms.services(course.exchange).scores,
    results: () => lms.services(course.exchange).results };
}

async function arrives(room, changes) {
  const answer = await room.send(changes);
  assert.equal(answer.status, 204, `${room.profile} ${answer.text}`);
  assert.equal(answer.text, '');
  return room.arrived().at(-1).body;
}

// --- every LMS -------------------------------------------------------------

for (const profile of profileNames) {
  test(`AG3 AG4 R22 ${profile}: a score arrives, and is a result`, async () => {
    const room = await roomOf(profile);
    const { course, id, user } = room;
    const { timestamp, ...body } = await arrives(room,
      { scoreGiven: 8.25, comment: 'Very well: <b>née</b> & "good"' });
    assert.deepEqual(body, scoreOf(user, { scoreGiven: 8.25,
      comment: 'Very well: <b>née</b> & "good"' }));
    assert.match(timestamp, TIME);
    assert.ok(Math.abs(Date.parse(timestamp) - Date.now()) < 60_000);

    const answer = await room.read();
    assert.equal(answer.status, 200, answer.text);
    const [{ id: result, ...rest }, ...more] = answer.body.scores;
    assert.deepEqual(more, []);
    assert.ok(result.startsWith('http'), result);
    assert.deepEqual([rest.userId, rest.scoreOf, rest.resultScore,
      rest.resultMaximum, rest.comment], [user, id, 16.5, 20,
      'Very well: <b>née</b> & "good"']);

    const [path, query] = id.split('?');
    const at = (name) => path + name + (query ? `?${query}` : '');
    const [sent] = course.asked('scores');
    assert.deepEqual([sent.method, sent.url, sent.headers['content-type']],
      ['POST', at('/scores'), SCORE]);
    const [asked] = course.asked('results');
    assert.deepEqual([asked.method, asked.url, asked.headers.accept],
      ['GET', at('/results'), RESULT]);
  });

  test(`R23 ${profile}: scores in one second all arrive, in order`,
    async () => {
      const room = await roomOf(profile);
      for (const scoreGiven of [1, 2, 3]) await arrives(room, { scoreGiven });
      const good = room.arrived().filter(({ status }) => status < 300)
        .map(({ body }) => body);
      assert.deepEqual(good.map(({ scoreGiven }) => scoreGiven), [1, 2, 3]);
      const stamps = good.map(({ timestamp }) => timestamp);
      assert.deepEqual(stamps, stamps.toSorted());
      assert.equal(new Set(stamps).size, 3);
      assert.equal(room.results()[0].resultScore, 6);
      assert.ok(room.arrived().length <= 6, 'not tried without end');
    });
}

test('AG9 each success of an LMS is 204 with no body', async () => {
  for (const scoreStatus of ['200', '201', '202', '204']) {
    const room = await roomOf('blackboard');
    change(room, { scoreStatus });
    await arrives(room);
    for (const spoilt of ['empty', 'html-200', 'not-json']) {
      change(room, { serviceAnswer: spoilt, on: 'scores' });
      const answer = await room.send();
      assert.equal(`${answer.status}${answer.text}`, '204', spoilt);
    }
    assert.equal(room.arrived().length, 4);
  }
});

// --- AG3 -------------------------------------------------------------------

test('AG3 nought is a score, and so is none', async () => {
  for (const profile of ['moodle-4.5', 'canvas-cloud', 'sakai']) {
    const room = await roomOf(profile);
    assert.equal((await arrives(room, { scoreGiven: 0 })).scoreGiven, 0);
    assert.equal(room.results()[0].resultScore, 0, profile);
    const bare = await arrives(room, { scoreGiven: undefined,
      scoreMaximum: undefined, gradingProgress: 'Pending' });
    assert.deepEqual(Object.keys(bare).toSorted(), ['activityProgress',
      'gradingProgress', 'timestamp', 'userId']);
    assert.deepEqual(Object.keys(await arrives(room, { scoreGiven: null,
      scoreMaximum: null, comment: null, timestamp: null })).length, 4);
  }
});

test('AG3 every progress is taken, and LTIAAS\'s older word', async () => {
  const room = await roomOf('canvas-cloud');
  for (const activityProgress of ['Initialized', 'Started', 'InProgress',
    'Submitted', 'Completed']) {
    for (const gradingProgress of ['FullyGraded', 'Pending', 'PendingManual',
      'Failed', 'NotReady']) {
      const body = await arrives(room, { activityProgress, gradingProgress });
      assert.deepEqual([body.activityProgress, body.gradingProgress],
        [activityProgress, gradingProgress]);
    }
  }
  assert.equal((await arrives(room, { activityProgress: 'Initiated' }))
    .activityProgress, 'Initialized');
});

test('AG3 members that nobody knows here reach the LMS', async () => {
  const room = await roomOf('canvas-cloud');
  const more = { [SUBMISSION]: { new_submission: true, submission_type:
    'online_url', submission_data: 'https://tool.example/s?a=1&b=é' },
  submission: { startedAt: '2026-01-01T00:00:00Z' },
  'https://acme.example/x': [0, null, { y: 1e-7 }] };
  const { timestamp, ...body } = await arrives(room, more);
  assert.deepEqual(body, scoreOf(room.user, more));
  assert.deepEqual(room.results()[0].extensions[SUBMISSION], more[SUBMISSION]);
});

const wrong = {
  'no user': { userId: undefined }, 'an empty user': { userId: '' },
  'a user of another type': { userId: 4 }, 'a null user': { userId: null },
  'no activity': { activityProgress: undefined },
  'an activity nobody knows': { activityProgress: 'completed' },
  'no grading': { gradingProgress: undefined },
  'a grading nobody knows': { gradingProgress: 'Graded' },
  'a score below nought': { scoreGiven: -0.5 },
  'a score as text': { scoreGiven: '8' },
  'a score as list': { scoreGiven: [8] },
  'a score without maximum': { scoreMaximum: undefined },
  'a maximum of nought': { scoreMaximum: 0 },
  'a maximum below nought': { scoreMaximum: -1 },
  'a maximum as text': { scoreMaximum: '10' },
  'a bad maximum alone': { scoreGiven: undefined, scoreMaximum: 0 },
  'a comment of another type': { comment: 7 },
  'a time without zone': { timestamp: '2026-11-21T10:03:12.123' },
  'a date alone': { timestamp: '2026-11-21' },
  'a time that is none': { timestamp: '2026-02-30T10:03:12Z' },
  'a time as number': { timestamp: 1795258553 }, 'no time': { timestamp: '' },
};

test('AG3 what is no score is refused before the LMS is asked', async () => {
  const room = await roomOf('canvas-cloud');
  const { course, id } = room;
  const before = course.asked().length;
  for (const [name, changes] of Object.entries(wrong)) {
    refused(await room.send(changes), 400, 'INVALID_PARAMETERS', name);
  }
  for (const body of ['[]', 'null', '"x"', '1']) {
    refused(await course.call('POST', course.item(id, '/scores'), { body }),
      400, 'INVALID_PARAMETERS', body);
  }
  assert.equal(course.asked().length, before);
});

// --- R23, timestamps -------------------------------------------------------

test('R23 a tool\'s own time goes on, and an older one is 409', async () => {
  for (const profile of ['moodle-4.5', 'brightspace', 'sakai']) {
    const room = await roomOf(profile);
    const at = (seconds, form = (text) => text) => form(new Date(
      Date.now() + seconds * 1000).toISOString());
    const first = at(-100);
    const { timestamp } = await arrives(room, { timestamp: first });
    assert.equal(Date.parse(timestamp), Date.parse(first));
    refused(await room.send({ timestamp: '2026-01-02T05:06:07.5+05:30' }), 409,
      'SCORE_OUTDATED', profile);
    const calls = room.arrived().length;
    for (const old of [first, at(-200)]) {
      const details = refused(await room.send({ timestamp: old }), 409,
        'SCORE_OUTDATED', profile);
      assert.equal(details.externalStatus, 409);
      assert.match(details.externalUrl, /\/scores$/);
    }
    assert.equal(room.arrived().length, calls + 2, 'not tried again');
    await arrives(room, { timestamp: at(-50) });
    await arrives(room);
  }
});

test('R23 a tool\'s time is written so that every LMS reads it', async () => {
  const room = await roomOf('blackboard');
  change(room, { timestampRule: 'off' });
  for (const [given, sent] of [
    ['2026-01-02T05:06:07Z', '2026-01-02T05:06:07.000Z'],
    ['2026-01-02T05:06:07.5+05:30', '2026-01-01T23:36:07.500Z'],
    ['2026-01-02t05:06:07.123456z', '2026-01-02T05:06:07.123Z'],
    ['2026-01-01T23:59:60Z', '2026-01-01T23:59:59.999Z']]) {
    const { timestamp } = await arrives(room, { timestamp: given });
    assert.match(timestamp, TIME);
    assert.equal(new Date(timestamp).toISOString(), sent);
  }
});

test('R23 ten scores of one person at once: the last one stays', async () => {
  const room = await roomOf('canvas-cloud');
  change(room, { timestampRule: 'strict' });
  const answers = await Promise.all(Array.from({ length: 10 }, (_, index) =>
    room.send({ scoreGiven: index })));
  assert.ok(answers.every(({ status }) => [204, 409, 422].includes(status)),
    answers.map(({ text }) => text).join());
  const stamps = room.arrived().map(({ body }) => body.timestamp);
  assert.equal(new Set(stamps).size, stamps.length, 'no time twice');
  const newest = room.arrived().filter(({ status }) => status < 300)
    .toSorted((a, b) => a.body.timestamp < b.body.timestamp ? 1 : -1)[0];
  assert.equal(room.results()[0].resultScore, newest.body.scoreGiven * 2);
});

// --- AG7 -------------------------------------------------------------------

test('AG7 a person who has no grades is told, at every LMS', async () => {
  for (const profile of profileNames) {
    const room = await roomOf(profile);
    const teacher = room.course.idToken.user.id;
    for (const userId of [teacher, 'nobody']) {
      const details = refused(await room.send({ userId }), 422,
        'SERVICE_REFUSED_BY_PLATFORM', profile);
      assert.ok([400, 422].includes(details.externalStatus));
      assert.match(JSON.stringify(details.bodyReceived), /not a student/);
    }
    assert.equal(room.arrived().length, 2, 'not tried again');
  }
});

test('AG7 a score that an LMS refused, or may have, is told apart',
  { timeout: 60_000 }, async () => {
    const rows = { 'status-403': [403, 'SERVICE_DENIED_BY_PLATFORM', 1],
      'status-404': [404, 'LINE_ITEM_NOT_FOUND', 1],
      'status-422': [422, 'SERVICE_REFUSED_BY_PLATFORM', 1],
      'redirect-302': [502, 'SERVICE_FAILED', 4],
      'status-500': [502, 'SERVICE_FAILED', 4],
      'status-503': [429, 'PLATFORM_THROTTLES', 4],
      'status-429': [429, 'PLATFORM_THROTTLES', 4],
      closes: [504, 'SERVICE_DID_NOT_ANSWER', 6] };
    await Promise.all(Object.entries(rows).map(async ([name, row]) => {
      const room = await roomOf('moodle-4.5');
      change(room, { serviceAnswer: name, on: 'scores' });
      const [status, code, most] = row;
      const details = refused(await room.send(), status, code, name);
      assert.match(details.externalUrl, /\/lineitem\/scores$/);
      assert.ok(room.arrived().length <= most, name);
      assert.equal(new Set(room.arrived().map(({ body }) =>
        body.timestamp)).size, 1, 'a second try is the same score');
      change(room, null);
      await arrives(room);
    }));
  });

test('AG7 a busy LMS gets the score a little later', async () => {
  const room = await roomOf('canvas-cloud');
  change(room, { serviceAnswer: { status: 503, times: 2, retryAfter: 1 },
    on: 'scores' });
  await arrives(room, { scoreGiven: 7 });
  assert.equal(room.results()[0].resultScore, 14);
});

// --- results ---------------------------------------------------------------

test('AG6 results of one person, and page by page', async () => {
  for (const profile of ['moodle-4.5', 'canvas-cloud', 'blackboard']) {
    const room = await roomOf(profile);
    const odd = 'x&user_id=4 é/';
    const users = ['u0', 'u1', 'u2', 'u3', odd];
    lms.setRoster(room.course.exchange, users.map((sub) =>
      ({ sub, role: 'student' })));
    for (const userId of users) await arrives(room, { userId });
    const people = ({ body }) => body.scores.map(({ userId }) => userId);
    for (const userId of ['u2', odd]) {
      assert.deepEqual(people(await room.read({ userId })), [userId]);
      const { searchParams } = new URL(room.course.asked('results').at(-1).url);
      assert.equal(searchParams.get('user_id'), userId);
    }
    assert.deepEqual(people(await room.read({ userId: 'u9' })), []);
    let page = await room.read({ limit: 2 });
    const found = people(page);
    assert.equal(found.length, 2);
    while (page.body.next) {
      page = await room.read({ url: page.body.next });
      found.push(...people(page));
    }
    assert.deepEqual(found, users, profile);
    assert.deepEqual(people(await room.read({ limit: 2, all: 'true' })), users);
    for (const limit of ['0', 'x', '-3']) {
      refused(await room.read({ limit }), 400, 'INVALID_PARAMETERS');
    }
  }
});

test('AG1 a service key sends and reads as a ltik does', async () => {
  const room = await roomOf('sakai');
  const auth = 'service';
  assert.equal((await room.send({}, { auth })).status, 204);
  assert.deepEqual((await room.read({}, { auth })).body,
    (await room.read()).body);
});
