// SPDX-License-Identifier: Apache-2.0
// The people of a course: as each LMS has them, filtered, page by page, and
// when the pages lead astray.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGateway } from '../support/gateway.js';
import { NRPS, profileNames, startLms } from '../support/lms.js';
import { courseOf, gradeScopes, refused } from '../support/services.js';

const registration = { autoActivate: true };
const lms = await startLms();
const gateway = await startGateway({ settings: { registration } });
after(async () => {
  await lms.close();
  await gateway.close();
});

const ACCEPT = 'application/vnd.ims.lti-nrps.v2.membershipcontainer+json';
const LEARNER = 'http://purl.imsglobal.org/vocab/lis/v2/membership#Learner';
const ROSTER =
  'https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice';
const CLAIM = 'https://purl.imsglobal.org/spec/lti/claim/';
const withRoster = profileNames.filter((name) => name !== 'ilias');

const newCourse = (options, profile = 'canvas-cloud') =>
  courseOf(lms, gateway, profile, options);
const change = (course, changes) =>
  lms.changeServices(course.exchange, changes);
const people = (course, query, auth) =>
  course.call('GET', '/api/memberships', { query, auth });
const ids = ({ body }) => body.members.map(({ userId }) => userId);
const asked = (course) => course.asked('memberships').map(({ url }) => url);
const students = (count) => Array.from({ length: count }, (_, index) =>
  ({ sub: `p${index}`, role: 'student' }));
const subjects = (count) => students(count).map(({ sub }) => sub);

// --- every LMS -------------------------------------------------------------

for (const profile of withRoster) {
  test(`NR1 NR2 NR3 ${profile}: who is there, and as whom`, async () => {
    const course = await newCourse({}, profile);
    const student = await course.launch({ user: 'student' });
    const answer = await people(course);
    assert.equal(answer.status, 200, answer.text);
    const { id, context, members } = answer.body;
    const { context_memberships_url: url } =
      lms.attempts().at(-1).tokens[0].claims[ROSTER];
    assert.equal(id, url);
    assert.equal(context.id, course.idToken.launch.context.id);
    assert.deepEqual(ids(answer),
      [course, student].map(({ idToken }) => idToken.user.id));
    const [teacher] = members;
    assert.deepEqual([teacher.status, teacher.name, teacher.givenName,
      teacher.familyName, teacher.email], ['Active', 'Tess Teacher', 'Tess',
      'Teacher', 'tess.teacher@example.edu']);
    assert.ok(teacher.roles.some((role) => /(^|#)Instructor$/.test(role)));
    for (const name of ['user_id', 'given_name', 'family_name']) {
      assert.ok(!(name in teacher), name);
    }
    const [{ method, headers }] = course.asked('memberships');
    assert.deepEqual([method, headers.accept], ['GET', ACCEPT]);
    assert.deepEqual(asked(course), [url]);
    assert.deepEqual(course.asked('token').map(({ form }) => form.scope),
      [NRPS]);
    assert.deepEqual((await people(course, {}, 'service')).body, answer.body);
  });

  test(`NR5 ${profile}: a role, short or whole, and a limit`, async () => {
    const course = await newCourse({}, profile);
    for (const role of [LEARNER, 'Learner']) {
      const answer = await people(course, { role });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.body.members.length, 1, role);
      assert.equal(answer.body.members[0].name, 'Stu Student');
      const { searchParams } = new URL(asked(course).at(-1));
      assert.deepEqual([...searchParams], [['role', role]]);
    }
    lms.setRoster(course.exchange, students(7));
    const first = await people(course, { limit: 3 });
    const found = ids(first);
    let { next } = first.body;
    assert.equal(found.length, 3);
    while (next) {
      const page = await people(course, { url: next, role: 'None', limit: 1 });
      found.push(...ids(page));
      next = page.body.next;
    }
    assert.deepEqual(found, subjects(7));
    assert.equal(asked(course).length, 5);
    for (const limit of ['0', '-2', 'ten', '1.5']) {
      refused(await people(course, { limit }), 400, 'INVALID_PARAMETERS');
    }
  });

  test(`NR5 NR6 ${profile}: the people of a resource link`, async () => {
    const course = await newCourse({}, profile);
    const { id } = course.idToken.launch.resourceLink;
    const answer = await people(course, { resourceLinkId: id });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(new URL(asked(course)[0]).searchParams.get('rlid'), id);
    const [{ message }] = answer.body.members;
    assert.equal(message[0][`${CLAIM}message_type`], 'LtiResourceLinkRequest');
    const other = await people(course, { resourceLinkId: 'a&b=c é' });
    assert.ok([403, 404, 422].includes(other.status), other.text);
    if (other.status === 404) refused(other, 404, 'ROSTER_NOT_FOUND');
    assert.equal(new URL(asked(course)[1]).searchParams.get('rlid'), 'a&b=c é');
  });
}

test('NR5 a role holds over all pages, also where an LMS forgets it',
  async () => {
    for (const profile of ['moodle-4.5', 'sakai', 'canvas-cloud']) {
      const course = await newCourse({}, profile);
      lms.setRoster(course.exchange, students(12).map((one, index) =>
        index % 2 ? { ...one, role: 'teacher' } : one));
      const learners = subjects(12).filter((_, index) => index % 2 === 0);
      const query = { role: 'Learner', limit: 2 };
      assert.deepEqual(ids(await people(course, { ...query, all: true })),
        learners, profile);
      let page = await people(course, query);
      const found = ids(page);
      while (page.body.next) {
        page = await people(course, { url: page.body.next });
        found.push(...ids(page));
      }
      assert.deepEqual(found, learners, profile);
    }
  });

// --- NR1, NR3 --------------------------------------------------------------

test('NR1 no roster without its claim, its scope, or when it is off',
  async (t) => {
    const ilias = await newCourse({}, 'ilias');
    refused(await people(ilias), 400, 'SERVICE_NOT_AVAILABLE_FOR_CONTEXT');
    const grades = await newCourse({ typed: { scopes: gradeScopes } });
    refused(await people(grades), 400, 'SERVICE_NOT_AVAILABLE_FOR_CONTEXT');
    const course = await newCourse();
    const without = await course.launch({ claims: { [ROSTER]: undefined } });
    refused(await people(without), 400, 'SERVICE_NOT_AVAILABLE_FOR_CONTEXT');
    for (const wrong of [{}, { context_memberships_url: '' },
      { context_memberships_url: null }]) {
      const odd = await course.launch({ setClaims: { [ROSTER]: wrong } });
      refused(await people(odd), 400, 'SERVICE_NOT_AVAILABLE_FOR_CONTEXT');
    }
    assert.equal(course.asked().length, 0);
    t.after(() => gateway.settings({ registration }));
    await gateway.settings({ registration,
      services: { assignmentAndGrades: true, namesAndRoles: false } });
    refused(await people(course), 403, 'INACTIVE_SERVICE');
    assert.equal(course.asked().length, 0);
  });

test('NR3 members with little in them, and with things nobody knows',
  async () => {
    const course = await newCourse();
    const bare = Object.fromEntries(['status', 'name', 'picture', 'given_name',
      'family_name', 'email', 'lti11_legacy_user_id'].map((name) =>
      [name, null]));
    lms.setRoster(course.exchange, [
      { sub: 'bare', roles: [LEARNER], member: bare },
      { sub: 'gone', role: 'student', status: 'Deleted' },
      { sub: 'away', role: 'student', status: 'Inactive', middle_name: 'M.',
        picture: 'https://x.example/p.png' },
      { sub: 'none', roles: [] },
      { sub: 'odd', role: 'student', member: { user_id: 7, email: '',
        sakai_ext: { a: [1] }, name: ['x'], group_enrollments: [] } },
      { sub: 'nobody', role: 'student', member: { user_id: null } }]);
    const { body: { members } } = await people(course);
    assert.deepEqual(members[0],
      { userId: 'bare', roles: [LEARNER], status: 'Active' });
    assert.deepEqual(members.map(({ userId, status }) => [userId, status]),
      [['bare', 'Active'], ['gone', 'Deleted'], ['away', 'Inactive'],
        ['none', 'Active'], ['7', 'Active']]);
    assert.deepEqual([members[2].middleName, members[2].picture],
      ['M.', 'https://x.example/p.png']);
    assert.deepEqual(members[3].roles, []);
    assert.deepEqual([members[4].sakai_ext, members[4].group_enrollments],
      [{ a: [1] }, []]);
    assert.ok(!Array.isArray(members[4].name), 'a name is a text');
  });

// --- NR4, R21 --------------------------------------------------------------

const linkForms = ['straight', 'curly', 'unquoted', 'single-quoted',
  'upper-case', 'several-in-one', 'several-headers', 'relation-list',
  'relative', 'extra-parameters', 'curly-escaped'];

test('NR4 R21 a next page is found in every form of Link', async () => {
  const course = await newCourse();
  lms.setRoster(course.exchange, students(5));
  change(course, { paging: { form: 'always', pageSize: 2 } });
  const usual = (await people(course)).body;
  for (const linkForm of linkForms) {
    change(course, { linkForm });
    const first = await people(course);
    assert.equal(first.body.next, usual.next, linkForm);
    assert.deepEqual(ids(first), subjects(2), linkForm);
    const all = await people(course, { all: true });
    assert.deepEqual(ids(all), subjects(5), linkForm);
    assert.deepEqual(Object.keys(all.body).toSorted(),
      ['context', 'id', 'members'], linkForm);
  }
  change(course, { linkForm: 'several-in-one' });
  const { next, prev, first, last } = (await people(course,
    { url: usual.next })).body;
  const page = (url) => new URL(url).searchParams.get('page');
  assert.deepEqual([next, prev, first, last].map(page), ['3', '1', '1', '3']);
  change(course, { linkForm: 'none' });
  assert.equal((await people(course)).body.next, undefined);
});

test('NR4 "differences" is given, and not asked for', async () => {
  const course = await newCourse({}, 'brightspace');
  change(course, { differences: true });
  for (const query of [{}, { all: true }]) {
    const before = asked(course).length;
    const { body } = await people(course, query);
    assert.equal(asked(course).length, before + 1);
    if (!query.all) assert.match(body.differences, /since=\d+/);
    if (!query.all) assert.equal(body.next, undefined);
  }
  const { body: { differences } } = await people(course);
  const later = await people(course, { url: differences });
  assert.equal(later.status, 200, later.text);
  assert.equal(asked(course).at(-1), differences);
});

test('NR4 "all" reads a roster of a thousand', async () => {
  for (const profile of ['moodle-4.5', 'canvas-cloud', 'brightspace']) {
    const course = await newCourse({}, profile);
    lms.setRoster(course.exchange, 1000);
    const answer = await people(course, { all: true, limit: 100 });
    assert.equal(new Set(ids(answer)).size, 1000, profile);
    assert.equal(answer.body.next, undefined);
    assert.equal(asked(course).length, 10);
    const { body } = await people(course, { all: true });
    assert.deepEqual(body.members, answer.body.members, profile);
    const falsy = await people(course, { all: 'false', limit: 100 });
    assert.equal(falsy.body.members.length, 100);
  }
});

// --- pages that lead astray ------------------------------------------------

const astray = { loop: [1, 1], foreign: [1, 1], 'other-path': [1, 1] };

test('A44 A45 a page that is none of this list is not asked for', async () => {
  for (const profile of ['canvas-cloud', 'moodle-4.5', 'sakai']) {
    for (const [form, [alone, all]] of Object.entries(astray)) {
      const course = await newCourse({}, profile);
      lms.setRoster(course.exchange, students(5));
      change(course, { paging: { form, pageSize: 2 } });
      const first = await people(course);
      assert.equal(first.status, 200, first.text);
      assert.equal(asked(course).length, alone);
      if (form !== 'loop') assert.equal(first.body.next, undefined, form);
      const details = refused(await people(course, { all: true }), 502,
        'SERVICE_ANSWER_INVALID', form);
      assert.equal(details.bodyReceived, undefined);
      assert.equal(asked(course).length, alone + all, form);
      assert.deepEqual(Object.keys(lms.serviceCounts(course.exchange))
        .filter((kind) => ['elsewhere', 'other'].includes(kind)), []);
    }
  }
});

test('A45 an LMS without a last page is stopped, and says where', async () => {
  const course = await newCourse();
  lms.setRoster(course.exchange, students(4));
  change(course, { paging: { form: 'endless', pageSize: 2 } });
  const answer = await people(course, { all: true });
  assert.equal(answer.status, 200, answer.text.slice(0, 500));
  const requests = asked(course).length;
  assert.ok(requests <= 500, String(requests));
  assert.equal(answer.body.members.length, 2 * requests);
  assert.equal(new URL(answer.body.next).searchParams.get('page'),
    String(requests + 1));
});

test('A45 a huge Link header ends in an answer', async () => {
  const course = await newCourse();
  lms.setRoster(course.exchange, students(4));
  change(course, { paging: { form: 'huge-header', pageSize: 2 } });
  for (const query of [{}, { all: true }]) {
    const before = asked(course).length;
    const answer = await people(course, query);
    assert.ok(answer.status === 200 || answer.status === 504, answer.text);
    assert.ok(asked(course).length - before <= 5);
  }
});
