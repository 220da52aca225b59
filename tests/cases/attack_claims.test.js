// SPDX-License-Identifier: Apache-2.0
// Names, roles and people: what the LMS signed comes out at /api/idtoken as it
// was, each launch's own, and nowhere else.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CLAIM, enrol, ROLES } from '../support/enrolled.js';
import { apiKey, startGateway } from '../support/gateway.js';
import { forgedLines, gatewayFor, tagsOf } from '../support/raw.js';

const gateway = await startGateway();
after(() => gateway.close());
const lms = await enrol(gateway);

// --- A41 -------------------------------------------------------------------

const names = ['Tess\r\nX-Evil: 1\r\n\r\n<h1>', 'Tess\nSet-Cookie: a=b',
  '\u4f8b\u3048 \u062a\u062c\u0631\u0628\u0629 \u{1F468}\u200d\u{1F467}',
  'e\u0301 and \u00e9', '\u202eevil\u202c', '\u2028\u2029\u0085\ufeff',
  '</script><script>alert(1)</script>', '"><img src=x onerror=alert(1)>',
  '{{reference}} ${x} %0d%0a %s%n &amp; \\u0000', '\u0001\u001f\u007f\t\b\f',
  '=cmd|\' /C calc\'!A0', '\\', '"', '\'', '  two  blanks  ', 'null', '0',
  '\u560a\u560d', '\ufffd\ufffe\uffff', 'x'.repeat(5000)];

test('A41 names come out as they were signed, and in no header', async () => {
  const plain = await lms.launch();
  const usual = Object.keys(plain.response.headers).toSorted();
  const told = Object.keys((await lms.ask(plain.ltik)).headers).toSorted();
  for (const name of names) {
    const context = { id: 'c', title: name, label: name };
    const custom = { [name.slice(0, 100) || 'x']: name };
    const launch = await lms.launch({ claims: { name, given_name: name,
      family_name: name, email: name, [`${CLAIM}context`]: context,
      [`${CLAIM}custom`]: custom, [name]: name,
      [`${CLAIM}resource_link`]: { id: 'l', title: name } } });
    const { response } = launch;
    assert.equal(response.status, 303, name.slice(0, 80));
    assert.deepEqual(Object.keys(response.headers).toSorted(), usual);
    assert.equal(response.text, '');
    const { body, headers } = await lms.ask(launch.ltik);
    assert.deepEqual(Object.keys(headers).toSorted(), told);
    assert.equal(body.user.name, name);
    assert.equal(body.user.givenName, name);
    assert.equal(body.user.email, name);
    assert.deepEqual(body.launch.context, context);
    assert.equal(body.launch.resourceLink.title, name);
    assert.deepEqual(body.launch.custom, custom);
    const raw = await lms.ask(launch.ltik, '/api/idtoken?raw=true');
    assert.equal(raw.body.name, name);
    assert.equal(raw.body[name], name);
    for (const value of Object.values(response.headers)) {
      assert.ok(!String(value).includes('vil'), String(value));
    }
  }
  assert.deepEqual(forgedLines(gateway.log(), 'X-Evil'), []);
});

test('A41 A24 the page that shows a launch shows names as text', async (t) => {
  const own = await gatewayFor(t, { settings: { launchUrl: '' } });
  const at = await enrol(own, { name: '</title><script>alert(2)</script>' });
  const { response } = await at.launch();
  const usual = tagsOf(response.text);
  for (const name of names) {
    const page = (await at.launch({ claims: { name,
      [`${CLAIM}context`]: { id: 'c', title: name },
      [`${CLAIM}resource_link`]: { id: 'l', title: name } } })).response;
    assert.equal(page.status, 200);
    assert.deepEqual(tagsOf(page.text), usual, name.slice(0, 80));
    assert.match(page.headers['content-security-policy'],
      /default-src 'none'/);
  }
});

test('A41 what a browser says of a person in headers counts nothing',
  async () => {
    const evil = { 'x-forwarded-user': 'root', 'remote-user': 'root',
      'x-ltik': 'x', 'x-user': 'root', 'x-original-url': '/admin/platforms',
      authorization: `Bearer ${apiKey}`, 'x-roles': 'Administrator' };
    const { ltik, response } = await lms.launch({ post: { headers: evil } });
    assert.equal(response.status, 303);
    const { body } = await lms.ask(ltik, '/api/idtoken', { headers: {
      'x-forwarded-user': 'root', 'x-user': 'root' } });
    assert.equal(body.user.id, 'person-7');
    assert.deepEqual(body.user.roles, [ROLES.teacher]);
  });

// --- A42 -------------------------------------------------------------------

test('A42 two people in one browser: each ltik is its own', async () => {
  const first = await lms.login();
  const { cookie } = first;
  const second = { ...await lms.login({ cookie }), cookie };
  assert.notEqual(first.state, second.state);
  const launches = await Promise.all([['ann', first], ['bob', second]].map(
    ([sub, login]) => lms.launch({ login, claims: { sub, name: sub } })));
  const third = await lms.launch({ login: { ...await lms.login({ cookie }),
    cookie }, claims: { sub: 'ann', name: 'ann again' } });
  launches.push(third);
  assert.equal(new Set(launches.map(({ ltik }) => ltik)).size, 3);
  const people = [];
  for (const { ltik } of [...launches, ...launches]) {
    people.push((await lms.ask(ltik, '/api/idtoken',
      { headers: { cookie } })).body.user.name);
  }
  assert.deepEqual(people, ['ann', 'bob', 'ann again',
    'ann', 'bob', 'ann again']);
});

test('A42 a launch leaves no session behind', async () => {
  const { response, ltik } = await lms.launch();
  assert.equal(response.headers['set-cookie'], undefined);
  assert.equal(response.headers['cache-control'], 'no-store');
  assert.equal(response.headers['referrer-policy'], 'no-referrer');
  const asked = await lms.ask(ltik);
  assert.equal(asked.headers['cache-control'], 'no-store');
  assert.equal(asked.headers['set-cookie'], undefined);
});

// --- A43 -------------------------------------------------------------------

test('A43 roles are told as sent: nothing added, changed or guessed',
  async () => {
    const v2 = 'http://purl.imsglobal.org/vocab/lis/v2/';
    for (const roles of [[], [`${v2}membership#NotInstructor`],
      [`${v2}membership#Instructor/evil`], ['Instructor'], ['instructor'],
      ['Administrator', 'urn:lti:sysrole:ims/lis/SysAdmin'],
      [ROLES.student, ROLES.teacher, ROLES.student],
      [`${v2}membership/Instructor#TeachingAssistant`, 'https://evil.example/#'
        + 'Instructor', `${ROLES.teacher}\n`, ` ${ROLES.teacher}`, ''],
      [`${v2}institution/person#Administrator`, `${v2}system/person#TestUser`],
      Array.from({ length: 200 }, (_, i) => `role-${i}`)]) {
      const { ltik, response } = await lms.launch(
        { claims: { [`${CLAIM}roles`]: roles } });
      assert.equal(response.status, 303, response.text);
      const { body } = await lms.ask(ltik);
      assert.deepEqual(body.user.roles, roles);
      const known = ['id', 'roles', 'name', 'givenName', 'familyName', 'email'];
      assert.deepEqual(Object.keys(body.user).toSorted(), known.toSorted());
      const raw = await lms.ask(ltik, '/api/idtoken?raw=true');
      assert.deepEqual(raw.body[`${CLAIM}roles`], roles);
    }
  });

test('A43 roles that are no list are refused', async () => {
  for (const roles of [undefined, null, '', ROLES.teacher, 7, true,
    { 0: ROLES.teacher }, `${ROLES.student},${ROLES.teacher}`]) {
    assert.equal(await lms.outcome({ claims: { [`${CLAIM}roles`]: roles } }),
      'NO_ROLES_CLAIM', JSON.stringify(roles));
  }
  // Members that are no text are not roles.
  const { ltik } = await lms.launch({ claims: { [`${CLAIM}roles`]:
    [ROLES.student, null, 7, [ROLES.teacher], { role: ROLES.teacher }] } });
  assert.deepEqual((await lms.ask(ltik)).body.user.roles, [ROLES.student]);
});
