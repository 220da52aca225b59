// SPDX-License-Identifier: Apache-2.0
// /admin/content: courses and assignments of an organisation.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGateway } from '../support/gateway.js';

const gateway = await startGateway({ settings: {
  allowedUrls: ['https://more.example/a'] } });
after(() => gateway.close());

const call = async (method, path, body, status = 200) => {
  const answer = await gateway.api(method, path, body);
  assert.equal(answer.status, status, `${method} ${path} ${answer.text}`);
  return answer.body;
};
const organization = async (name) =>
  (await call('POST', '/admin/organizations', { name }, 201)).id;
const add = (body) => call('POST', '/admin/content', body, 201);
const list = (query = '') => call('GET', `/admin/content${query}`);
const refused = async (method, path, body, pattern) => {
  const { details } = await call(method, path, body, 400);
  assert.equal(details.message, 'INVALID_PARAMETERS');
  assert.match(details.description, pattern);
};

const school = await organization('School');
const other = await organization('Other');
const launch = 'https://tool.example/launch';

test('CONTENT a course and its assignments are kept as they were given',
  async () => {
    const course = await add({ organizationId: school, kind: 'course',
      title: 'Algebra' });
    const { id, createdAt, changedAt, ...rest } = course;
    assert.deepEqual(rest, { organizationId: school, kind: 'course',
      title: 'Algebra', position: 0, count: 0 });
    assert.match(id, /^[\w-]{20,}$/);
    assert.match(createdAt, /^\d{4}-.*Z$/);
    assert.equal(changedAt, createdAt);
    const whole = { kind: 'assignment', title: 'Matrices "1" <b>',
      description: 'Line one\nline two', url: `${launch}/x?a=1&b=2`,
      customParameters: { book: '$Context.id', chapter: 'Gr\u00fc\u00dfe' },
      lineItem: { label: 'Points', scoreMaximum: 12.5, resourceId: 'r',
        tag: 't' } };
    const given = await add({ ...whole, parentId: course.id });
    const { id: assignment, createdAt: a, changedAt: b, ...kept } = given;
    assert.ok(a && b);
    assert.deepEqual(kept, { ...whole, parentId: course.id,
      organizationId: school, position: 0 });
    assert.deepEqual(await call('GET', `/admin/content/${assignment}`), given);
    assert.equal((await call('GET', `/admin/content/${course.id}`)).count, 1);
    assert.equal((await add({ kind: 'assignment', title: 'Next',
      parentId: course.id })).position, 1);
  });

test('CONTENT PUT replaces it; kind and organisation stay', async () => {
  const course = await add({ organizationId: other, kind: 'course',
    title: 'One', url: launch });
  const second = await add({ organizationId: other, kind: 'course',
    title: 'Two' });
  const path = `/admin/content/${course.id}`;
  const changed = await call('PUT', path, { kind: 'course', title: 'New' });
  assert.equal(changed.url, undefined);
  assert.equal(changed.title, 'New');
  assert.equal(changed.position, 0);
  await refused('PUT', path, { kind: 'assignment', title: 'x' }, /kind/);
  await refused('PUT', path, { kind: 'course', title: 'x',
    organizationId: school }, /organizationId/);
  await refused('PUT', path, { kind: 'course', title: 'x',
    parentId: second.id }, /parentId/);
  const inside = await add({ kind: 'assignment', title: 'In',
    parentId: course.id });
  const moved = await call('PUT', `/admin/content/${inside.id}`,
    { kind: 'assignment', title: 'In', parentId: second.id, position: 7 });
  assert.equal(moved.parentId, second.id);
  assert.equal(moved.position, 7);
});

test('CONTENT what is wrong is told by member', async () => {
  const base = { organizationId: school, kind: 'assignment', title: 'x' };
  const elsewhere = await add({ organizationId: other, kind: 'course',
    title: 'Theirs' });
  for (const [more, pattern] of [
    [{ title: 'a\nb' }, /title/], [{ title: '' }, /title/],
    [{ title: 'x'.repeat(256) }, /title/], [{ kind: 'Course' }, /kind/],
    [{ url: 'https://evil.example/' }, /url leads where/],
    [{ url: 'https://tool.example/launcher' }, /url leads where/],
    [{ url: 'https://more.example/ab' }, /url leads where/],
    [{ url: 'javascript:alert(1)' }, /url/],
    [{ url: `${gateway.url}/lti/launch` }, /url/],
    [{ customParameters: { 'a=b': 'c' } }, /customParameters/],
    [{ customParameters: { a: 'b=c' } }, /customParameters/],
    [{ customParameters: { a: 'x'.repeat(1100) } }, /customParameters/],
    [{ lineItem: {} }, /lineItem.scoreMaximum/],
    [{ lineItem: { scoreMaximum: 0 } }, /scoreMaximum/],
    [{ lineItem: { scoreMaximum: -1 } }, /scoreMaximum/],
    [{ lineItem: { scoreMaximum: '10' } }, /scoreMaximum/],
    [{ position: -1 }, /position/], [{ parentId: 'none' }, /parentId/],
    [{ parentId: elsewhere.id }, /parentId/],
    [{ organizationId: '' }, /organizationId is missing/]]) {
    await refused('POST', '/admin/content', { ...base, ...more }, pattern);
  }
  await add({ ...base, url: 'https://more.example/a/b' });
  const { details } = await call('POST', '/admin/content',
    { ...base, organizationId: 'none' }, 404);
  assert.equal(details.message, 'ORGANIZATION_NOT_FOUND');
});

test('CONTENT lists are searched, cut and counted', async () => {
  const mine = await organization('Lists');
  const of = `?organizationId=${mine}`;
  const titles = ({ content }) => content.map(({ title }) => title);
  const ids = {};
  for (const title of ['B course', 'A course']) {
    ids[title] = (await add({ organizationId: mine, kind: 'course',
      title })).id;
  }
  for (const [parent, title, description] of [
    ['A course', '\u00daVOD do \u010cE\u0160TINY', ''], ['B course', '100% sure', ''],
    ['B course', 'Plain', '\u0424\u0418\u0417\u0418\u041a\u0410'], ['A course', 'a_b', '']]) {
    await add({ kind: 'assignment', title, description,
      parentId: ids[parent] });
  }
  await add({ organizationId: mine, kind: 'assignment', title: 'Loose' });
  const all = ['B course', '100% sure', 'Plain', 'A course',
    '\u00daVOD do \u010cE\u0160TINY', 'a_b', 'Loose'];
  const whole = await list(of);
  assert.deepEqual(titles(whole), all);
  assert.equal(whole.total, 7);
  assert.deepEqual(titles(await list(`${of}&parentId=`)),
    ['B course', 'A course', 'Loose']);
  assert.deepEqual(titles(await list(`${of}&parentId=${ids['B course']}`)),
    ['100% sure', 'Plain']);
  for (const [search, found] of [['\u00favod', ['\u00daVOD do \u010cE\u0160TINY']],
    ['\u010de\u0161', ['\u00daVOD do \u010cE\u0160TINY']], ['%', ['100% sure']],
    ['_', ['a_b']], ['!', []], ['\u0444\u0438\u0437', ['Plain']],
    ['b COURSE', ['B course', '100% sure', 'Plain']], [' ', all],
    ['loose ', ['Loose']]]) {
    assert.deepEqual(titles(await list(
      `${of}&search=${encodeURIComponent(search)}`)), found, search);
  }
  const page = await list(`${of}&limit=2&offset=3`);
  assert.deepEqual(titles(page), all.slice(3, 5));
  assert.equal(page.total, 7);
  for (const query of ['limit=501', 'limit=x', 'offset=-1', 'limit=1&limit=2']) {
    await call('GET', `/admin/content?${query}`, undefined, 400);
  }
});

test('CONTENT removing a course removes what is in it; an owner stays',
  async () => {
    const owner = await organization('Owner');
    const course = await add({ organizationId: owner, kind: 'course',
      title: 'C' });
    const inside = await add({ kind: 'assignment', title: 'A',
      parentId: course.id });
    const { details } = await call('DELETE', `/admin/organizations/${owner}`,
      undefined, 409);
    assert.equal(details.message, 'ORGANIZATION_IN_USE');
    await call('DELETE', `/admin/content/${course.id}`, undefined, 204);
    for (const method of ['GET', 'DELETE']) {
      for (const { id } of [course, inside]) {
        const gone = await call(method, `/admin/content/${id}`, undefined, 404);
        assert.equal(gone.details.message, 'CONTENT_NOT_FOUND');
      }
    }
    await call('DELETE', `/admin/organizations/${owner}`, undefined, 204);
    const { events } = await call('GET', '/admin/events?kind=content');
    for (const what of ['content added', 'content removed',
      'content changed']) {
      assert.ok(events.some(({ message }) => message === what), what);
    }
  });
