// SPDX-License-Identifier: Apache-2.0
// deepLinking "builtin": the gateway's own picker, from the launch to the
// signed answer, without a browser. tests/browser/picker.test.js has one.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { CLAIM, DL, enrol, ROLES } from '../support/enrolled.js';
import { startGateway } from '../support/gateway.js';
import { startLms, profileNames } from '../support/lms.js';
import { launchOf, post } from '../support/launches.js';
import { titleOf, whatOf, wordsOf } from '../support/pages.js';
import { answerIn, picking, stock } from '../support/picker.js';
import { typedTool } from '../support/services.js';

const builtin = { deepLinking: 'builtin' };
const gateway = await startGateway({ settings: builtin });
const testbed = await startLms();
after(async () => {
  await testbed.close();
  await gateway.close();
});

const launchUrl = 'https://tool.example/launch';
const graded = { lineItem: { scoreMaximum: 12.5, tag: 't' } };
const { owner, ids } = await stock(gateway, [
  ['Algebra', ['Matrices', 'Vectors']], ['Geometry', ['Circles']]], {
  Algebra: { url: `${launchUrl}/algebra?x=1` },
  Matrices: { ...graded, description: 'About\nmatrices',
    url: `${launchUrl}/matrices`, customParameters: {
      chapter: '3', course: '$Context.id' } } });
const lms = await enrol(gateway, { organizationId: owner });

const open = async (settings, { at = lms, claims } = {}) =>
  picking(gateway, await at.launch({
    claims: { ...at.deepLinking(settings), ...claims } }));
const named = (page, ...names) => page.items
  .filter(({ name }) => names.includes(name)).map(({ id }) => id);
async function verified(page, at = lms) {
  const { action, jwt } = answerIn(page);
  const keys = createLocalJWKSet(
    (await gateway.open(`${gateway.url}/lti/keys`)).json());
  const { payload } = await jwtVerify(jwt, keys,
    { issuer: at.clientId, audience: at.issuer });
  return { action, claims: payload, items: payload[`${DL}content_items`] };
}
const add = async (page, ...names) =>
  verified(await page.press({ do: 'add' }, named(page, ...names)));
const linkTo = (name) => `${gateway.url}/lti/launch?to=content-${ids[name]}`;

// --- what is shown, and what is answered -----------------------------------

test('DL1 the launch leads to a page with what the organisation has',
  async () => {
    const page = await open();
    assert.equal(page.status, 200);
    assert.equal(titleOf(page), 'Select content');
    assert.match(wordsOf(page), /From Acme Courses, for A course/);
    assert.deepEqual(page.items.map(({ name, type, checked }) =>
      [name, type, checked]), [['Algebra', 'checkbox', false],
      ['Matrices', 'checkbox', false], ['Vectors', 'checkbox', false],
      ['Circles', 'checkbox', false]]);
    assert.match(page.text, /<h2 class="course">Geometry<\/h2>/);
    assert.match(wordsOf(page), /Graded, 12\.5 points/);
  });

test('DL2 DL4 what is ticked is answered, signed, to the return URL',
  async () => {
    const { action, claims, items } = await add(await open({
      deep_link_return_url: 'https://lms.example/r?a=1&b=2' }),
    'Matrices', 'Algebra', 'Circles');
    assert.equal(action, 'https://lms.example/r?a=1&b=2');
    assert.equal(claims[`${CLAIM}message_type`], 'LtiDeepLinkingResponse');
    assert.equal(claims[`${CLAIM}deployment_id`], 'deployment-1');
    assert.equal(claims[`${DL}data`], 'opaque-data');
    // In the order of the page, whatever was ticked first.
    assert.deepEqual(items, [
      { type: 'ltiResourceLink', title: 'Algebra', url: linkTo('Algebra') },
      { type: 'ltiResourceLink', title: 'Matrices', text: 'About\nmatrices',
        url: linkTo('Matrices'), custom: { course: '$Context.id' },
        lineItem: { label: 'Matrices', ...graded.lineItem } },
      { type: 'ltiResourceLink', title: 'Circles', url: linkTo('Circles') }]);
  });

test('DL5 one alone, no line items, plain links: as the LMS takes it',
  async () => {
    for (const accept_multiple of [false, undefined, 'false']) {
      const page = await open({ accept_multiple });
      assert.ok(page.items.every(({ type }) => type === 'radio'));
      const { items } = await add(page, 'Vectors', 'Circles');
      assert.deepEqual(items.map(({ title }) => title), ['Vectors']);
    }
    for (const accept_lineitem of [false, 'false']) {
      const page = await open({ accept_lineitem });
      assert.doesNotMatch(wordsOf(page), /Graded/);
      const { items } = await add(page, 'Matrices');
      assert.equal(items[0].lineItem, undefined);
    }
    const links = await open({ accept_types: ['html', 'link'] });
    assert.deepEqual(links.items.map(({ name }) => name),
      ['Algebra', 'Matrices']);
    const { items } = await verified(await links.press({ do: 'add' },
      [ids.Algebra, ids.Vectors]));
    assert.deepEqual(items, [{ type: 'link', title: 'Algebra',
      url: `${launchUrl}/algebra?x=1` }]);
    const none = await open({ accept_types: ['html', 'file'] });
    assert.equal(none.status, 400);
    assert.equal(titleOf(none), 'Nothing of the tool fits here');
  });

test('DL6 cancelled: an empty list, whatever is ticked', async () => {
  const page = await open();
  const { items, claims } = await verified(
    await page.press({ do: 'cancel' }, named(page, 'Algebra')));
  assert.deepEqual(items, []);
  assert.equal(claims[`${DL}data`], 'opaque-data');
});

test('DL6 with nothing ticked the page says so', async () => {
  const page = await (await open()).press({ do: 'add' }, []);
  assert.equal(titleOf(page), 'Select content');
  assert.match(wordsOf(page), /Nothing is selected yet/);
  assert.match(page.text, /role="alert"/);
});

for (const profile of profileNames) {
  test(`DL2 ${profile} keeps what was selected, and a student opens it`,
    async () => {
      const tool = await typedTool(testbed, gateway, profile,
        { platform: { organizationId: owner } });
      const { attempt, page: response } = await launchOf(testbed, tool,
        { message: 'LtiDeepLinkingRequest', user: 'teacher',
          storageTarget: 'absent' });
      const page = await picking(gateway, { response });
      const { action, jwt } = answerIn(
        await page.press({ do: 'add' }, named(page, 'Matrices')));
      const kept = await post(action, { JWT: jwt });
      assert.deepEqual(attempt.returned.problems, []);
      assert.equal(kept.status, 200);
      const activity = testbed.activities(attempt.tool).at(-1);
      assert.equal(activity.title, 'Matrices');
      const { page: launched } = await launchOf(testbed, attempt.tool,
        { activity: activity.id, user: 'student', storageTarget: 'absent' });
      assert.equal(launched.status, 303, launched.text);
      assert.ok(launched.location.startsWith(`${launchUrl}/matrices?ltik=`));
      const ltik = new URL(launched.location).searchParams.get('ltik');
      const { body } = await lms.ask(ltik);
      assert.equal(body.launch.custom.chapter, '3');
      assert.notEqual(body.launch.custom.course, undefined);
      const { available, lineItemId } = body.services.assignmentAndGrades;
      if (available && attempt.returned.items[0].lineItem) {
        assert.match(lineItemId, /^http/);
      }
    });
}

// --- who may select --------------------------------------------------------

const membership = 'http://purl.imsglobal.org/vocab/lis/v2/membership';
const person = 'http://purl.imsglobal.org/vocab/lis/v2/institution/person';
const system = 'http://purl.imsglobal.org/vocab/lis/v2/system/person';
const may = [[ROLES.teacher], ['Instructor'], [`${membership}#ContentDeveloper`],
  [`${membership}#Administrator`], [`${membership}/Instructor#Grader`],
  [`${system}#SysAdmin`], [`${person}#Administrator`, ROLES.student],
  [`${person}#Faculty`], [`${person}#Instructor`, `${membership}#Instructor`]];
const mayNot = [[ROLES.student], [], ['Learner'], ['Teacher'],
  [`${membership}#Mentor`], [`${person}#Instructor`, ROLES.student],
  [`${person}#Student`], [`${membership}/Learner#Instructor`],
  [`${membership}/Instructor`], ['https://evil.example/membership#Instructor'],
  [`${system}#User`], [7, null, {}], [`${membership}#InstructorX`]];

test('DL7 who teaches, administers or develops may select, nobody else',
  async () => {
    for (const roles of may) {
      const page = await open({}, { claims: { [`${CLAIM}roles`]: roles } });
      assert.equal(titleOf(page), 'Select content', roles.join());
    }
    for (const roles of mayNot) {
      const page = await open({}, { claims: { [`${CLAIM}roles`]: roles,
        [`${CLAIM}launch_presentation`]: {
          return_url: 'https://lms.example/back' } } });
      assert.equal(page.status, 403, roles.join());
      assert.equal(titleOf(page), 'Content is selected by teachers');
      assert.match(page.text, /href="https:\/\/lms\.example\/back/);
      assert.equal(page.items.length, 0);
    }
  });

test('DL7 an LMS without an organisation, an organisation without content',
  async () => {
    const nobody = await enrol(gateway);
    const page = await open({}, { at: nobody });
    assert.equal(page.status, 409);
    assert.match(wordsOf(page), /does not know your organisation/);
    assert.match(wordsOf(page), /Integrations/);
    const { owner: other } = await stock(gateway, []);
    const empty = await open({}, { at: await enrol(gateway,
      { organizationId: other }) });
    assert.equal(empty.status, 200);
    assert.match(wordsOf(empty), /nothing to select yet.*portal/);
    assert.doesNotMatch(empty.text, /Add to course/);
    const { body: { events } } = await gateway.api('GET',
      '/admin/events?kind=launch');
    assert.ok(events.some(({ message }) =>
      message === 'NO_ORGANIZATION_FOR_LMS'));
  });

test('DL7 a deployment\'s organisation comes before its platform\'s',
  async () => {
    const { owner: other } = await stock(gateway, [['Theirs', ['Other']]]);
    const shared = await enrol(gateway, { organizationId: owner });
    const claims = { [`${CLAIM}deployment_id`]: 'school-2' };
    await open({}, { at: shared, claims });
    await gateway.api('PATCH',
      `/admin/platforms/${shared.platform.id}/deployments/school-2`,
      { organizationId: other });
    const page = await open({}, { at: shared, claims });
    assert.deepEqual(page.items.map(({ name }) => name), ['Other']);
  });

test('DL7 "api" and "off" are as they were', async (t) => {
  t.after(() => gateway.settings(builtin));
  await gateway.settings({ deepLinking: 'api' });
  const { ltik, url } = await lms.launch({ claims: lms.deepLinking() });
  assert.ok(ltik);
  assert.equal(url.origin, 'https://tool.example');
  await gateway.settings({ deepLinking: 'off' });
  assert.equal((await lms.launch({ claims: lms.deepLinking() }))
    .response.status, 403);
  await gateway.settings({ ...builtin, launchUrl: '' });
  assert.equal(titleOf(await open()), 'Select content');
});

// --- long lists ------------------------------------------------------------

test('PICKER pages and searches keep what is ticked', async () => {
  const titles = Array.from({ length: 60 }, (_, i) => `Lesson ${i + 10}`);
  const long = await stock(gateway, [['Long', titles]], {
    'Lesson 11': { description: 'Special' } });
  const at = await enrol(gateway, { organizationId: long.owner });
  let page = await open({}, { at });
  assert.equal(page.items.length, 24);
  assert.match(wordsOf(page), /Page 1 of 3/);
  page = await page.press({ go: '2' }, named(page, 'Lesson 10', 'Lesson 12'));
  assert.match(wordsOf(page), /Long \(continued\)/);
  assert.match(wordsOf(page), /2 selected on other pages/);
  assert.equal(page.items.length, 25);
  page = await page.press({ do: 'search', search: ' sPECIAL ' },
    named(page, 'Lesson 40'));
  assert.deepEqual(page.items.map(({ name }) => name), ['Lesson 11']);
  assert.equal(page.fields.search, 'sPECIAL');
  page = await page.press({ do: 'search', search: '' },
    named(page, 'Lesson 11'));
  assert.deepEqual(page.items.filter(({ checked }) => checked)
    .map(({ name }) => name), ['Lesson 10', 'Lesson 11', 'Lesson 12']);
  assert.match(wordsOf(page), /1 selected on other pages/);
  // Taken off again.
  page = await page.press({ go: '3' }, named(page, 'Lesson 10', 'Lesson 11'));
  page = await page.press({ go: '1' }, named(page, 'Lesson 69'));
  const { items } = await verified(await page.press({ do: 'add' }), at);
  assert.deepEqual(items.map(({ title }) => title).toSorted(),
    ['Lesson 10', 'Lesson 11', 'Lesson 40', 'Lesson 69']);
  const nothing = await page.press({ do: 'search', search: '<b>' });
  assert.match(wordsOf(nothing), /Nothing was found for “<b>”/);
  assert.match(wordsOf(nothing), /4 selected on other pages/);
  const far = await page.press({ go: '99' });
  assert.match(wordsOf(far), /Page 3 of 3/);
  for (const go of ['x', '-1', '0', '9'.repeat(30)]) {
    assert.match(wordsOf(await page.press({ go })), /Page 1 of 3/);
  }
});

test('PICKER fifty at once, and not one more', async () => {
  const titles = Array.from({ length: 51 }, (_, i) => `Many ${i}`);
  const many = await stock(gateway, [['C', titles]]);
  const at = await enrol(gateway, { organizationId: many.owner });
  const page = await open({}, { at });
  const all = titles.map((title) => many.ids[title]);
  const full = await page.press({ do: 'add' }, all);
  assert.match(wordsOf(full), /At most 50/);
  const { items } = await verified(
    await page.press({ do: 'add' }, all.slice(0, 50)), at);
  assert.equal(items.length, 50);
  // In another radio list the newest counts.
  const one = await open({ accept_multiple: false }, { at });
  const second = await one.press({ go: '2' }, [all[0]]);
  const { items: [item] } = await verified(
    await second.press({ do: 'add' }, [all[50]]), at);
  assert.equal(item.title, 'Many 50');
  const { items: [kept] } = await verified(
    await second.press({ do: 'add' }, []), at);
  assert.equal(kept.title, 'Many 0');
});

test('PICKER what was removed meanwhile is left out', async () => {
  const some = await stock(gateway, [['C', ['Stays', 'Goes']]]);
  const at = await enrol(gateway, { organizationId: some.owner });
  const page = await open({}, { at });
  await gateway.api('DELETE', `/admin/content/${some.ids.Goes}`);
  const both = await verified(await page.press({ do: 'add' },
    [some.ids.Goes, some.ids.Stays]), at);
  assert.deepEqual(both.items.map(({ title }) => title), ['Stays']);
  const none = await page.press({ do: 'add' }, [some.ids.Goes]);
  assert.match(wordsOf(none), /not there any more/);
});

// --- attacks ---------------------------------------------------------------

test('A21 a form without its token, with a changed one, or too late',
  async (t) => {
    const page = await open();
    const { token } = page.fields;
    const [version, expires, hour, nonce, mac] = token.split('.');
    const { url } = await lms.launch();
    const ltik = url.searchParams.get('ltik');
    const wrong = ['', 'x', ltik, `${token}x`, token.slice(0, -1), `${token}.`,
      [version, Number(expires) + 9, hour, nonce, mac].join('.'),
      [version, expires, hour, nonce.replace(/^./, 'x'), mac].join('.'),
      [2, expires, hour, nonce, mac].join('.'),
      [version, expires, hour, nonce].join('.'), 'x'.repeat(5000)];
    for (const one of wrong) {
      const refused = await page.press({ do: 'cancel', token: one });
      assert.equal(refused.status, 400, one);
      assert.equal(titleOf(refused), 'This page is too old');
      assert.doesNotMatch(refused.text, /JWT/);
    }
    const got = await gateway.open(`${gateway.url}/lti/content`);
    assert.equal(got.status, 400);
    t.after(() => gateway.setClock(0));
    await gateway.setClock(3500);
    const still = await page.press({ do: 'search' });
    assert.equal(titleOf(still), 'Select content');
    await gateway.setClock(3601);
    assert.equal((await page.press({ do: 'add' })).status, 400);
    // Each page has a token of its own.
    assert.equal(titleOf(await still.press({ do: 'search' })),
      'Select content');
  });

test('A21 the launch behind it must still be there, and its platform',
  async () => {
    const at = await enrol(gateway, { organizationId: owner });
    const page = await open({}, { at });
    await gateway.api('POST', `/admin/platforms/${at.platform.id}/deactivate`);
    const refused = await page.press({ do: 'add' }, [ids.Algebra]);
    assert.equal(refused.status, 400);
    assert.equal(titleOf(refused), 'This page is too old');
  });

test('A21 opening an address selects nothing', async () => {
  const page = await open();
  const query = new URLSearchParams({ token: page.fields.token, do: 'add',
    pick: ids.Algebra });
  const got = await gateway.open(`${gateway.url}/lti/content?${query}`);
  assert.equal(titleOf(got), 'Select content');
  assert.doesNotMatch(got.text, /JWT/);
});

test('A22 it may be framed by an LMS, and runs its own script alone',
  async () => {
    const page = await open();
    const policy = page.headers['content-security-policy'];
    assert.match(policy, /frame-ancestors https:/);
    assert.match(policy, /default-src 'none'; script-src 'nonce-[\w-]+'/);
    assert.match(policy, /base-uri 'none'/);
    assert.equal(page.headers['cache-control'], 'no-store');
    assert.equal(page.headers['referrer-policy'], 'no-referrer');
    assert.equal(page.headers['set-cookie'], undefined);
    const [, nonce] = /'nonce-([\w-]+)'/.exec(policy);
    for (const [, own] of page.text.matchAll(/<(?:style|script) nonce="([^"]*)"/g)) {
      assert.equal(own, nonce);
    }
  });

test('A23 another organisation\'s content cannot be selected', async () => {
  const theirs = await stock(gateway, [['Theirs', ['Secret']]]);
  const page = await open();
  const refused = await page.press({ do: 'add' }, [theirs.ids.Secret]);
  assert.match(wordsOf(refused), /not there any more/);
  assert.doesNotMatch(refused.text, /Secret/);
  const { items } = await verified(await page.press({ do: 'add',
    kept: theirs.ids.Theirs }, [theirs.ids.Secret, ids.Circles]));
  assert.deepEqual(items.map(({ title }) => title), ['Circles']);
});

test('A24 what others wrote stays text', async () => {
  const evil = '<script>alert(1)</script>"\'{{nonce}}{{>rows}}';
  const bad = await stock(gateway, [[evil, [`${evil}2`]]],
    { [evil]: { description: evil }, [`${evil}2`]: { description: evil } });
  const at = await enrol(gateway, { organizationId: bad.owner });
  const page = await open({}, { at, claims: {
    [`${CLAIM}context`]: { id: 'c', title: evil } } });
  assert.doesNotMatch(page.text, /<script>alert/);
  assert.ok(wordsOf(page).includes('{{>rows}}'));
  const found = await page.press({ do: 'search', search: evil, kept: evil });
  assert.doesNotMatch(found.text, /<script>alert/);
  assert.equal(found.fields.search, evil);
  const answer = await found.press({ do: 'add' }, [bad.ids[`${evil}2`]]);
  const { items } = await verified(answer, at);
  assert.equal(items[0].title, `${evil}2`);
  assert.match(whatOf(await found.press({ do: 'add', token: evil })),
    /not begun here/);
});

test('A21 many fields, odd ones, other forms', async () => {
  const page = await open();
  const flood = await page.press({ do: 'add' },
    Array.from({ length: 120 }, (_, i) => `id${i}`));
  assert.equal(flood.status, 400);
  const odd = await page.press({ do: 'add', kept: '...'.repeat(500) },
    ['', 'x'.repeat(500), ids.Circles, ids.Circles]);
  assert.equal((await verified(odd)).items.length, 1);
  const json = await gateway.open(`${gateway.url}/lti/content`, {
    form: { token: 'x' }, headers: { accept: 'application/json' } });
  assert.equal(json.json().details.message, 'SELECTION_EXPIRED');
  const type = await gateway.api('POST', '/lti/content', '{}');
  assert.equal(type.status, 415);
});
