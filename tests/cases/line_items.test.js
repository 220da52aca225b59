// SPDX-License-Identifier: Apache-2.0
// Line items: made, listed, read, replaced and removed at every LMS, and what
// becomes of one that an LMS refuses.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGateway } from '../support/gateway.js';
import { AGS, CANVAS, profileNames, startLms } from '../support/lms.js';
import { courseOf, gradeScopes, refused, scoreOf }
  from '../support/services.js';

const registration = { autoActivate: true };
const lms = await startLms();
const gateway = await startGateway({ settings: { registration } });
after(async () => {
  await lms.close();
  await gateway.close();
});

const SUBMISSION = `${CANVAS}submission_type`;
const ENDPOINT = 'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint';
const ROSTER =
  'https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice';
const type = (name) => `application/vnd.ims.lis.v2.${name}+json`;
const newCourse = (options, profile = 'canvas-cloud') =>
  courseOf(lms, gateway, profile, options);
const change = (course, changes) =>
  lms.changeServices(course.exchange, changes);
const homework = { label: 'Homework', scoreMaximum: 10 };
const list = (course, query) =>
  course.call('GET', '/api/lineitems', { query });
const add = (course, body) => course.call('POST', '/api/lineitems', { body });
const labels = ({ body }) => body.lineItems.map(({ label }) => label);

// --- every LMS -------------------------------------------------------------

const rich = { ...homework, scoreMaximum: 12.5, tag: 'grade', resourceId: 'r 1',
  startDateTime: '2026-01-01T00:00:00Z', endDateTime: '2027-01-01T00:00:00Z',
  gradesReleased: true, [SUBMISSION]: { type: 'external_tool',
    external_tool_url: 'https://tool.example/launch?a=1' },
  'https://acme.example/x': [1, { y: null }] };

for (const profile of profileNames) {
  test(`AG1 AG2 AG9 ${profile}: made, listed, read, replaced, removed`,
    async () => {
      const course = await newCourse({}, profile);
      const made = await add(course, rich);
      assert.equal(made.status, 201, made.text);
      const { id } = made.body;
      const [item] = lms.lineItems(course.exchange);
      assert.equal(id, item.id);
      assert.deepEqual(JSON.parse(course.asked('lineitems')[0].body), rich,
        'it arrived as it was given');
      assert.deepEqual(made.body, { ...rich, id });

      const listed = await list(course);
      assert.equal(listed.status, 200, listed.text);
      assert.deepEqual(labels(listed), ['Homework']);
      assert.equal(listed.body.lineItems[0].id, id);

      const read = await course.call('GET', course.item(id));
      assert.equal(read.status, 200, read.text);
      assert.equal(read.body.scoreMaximum, 12.5);
      assert.equal(read.body.id, id);

      const replaced = await course.call('PUT', course.item(id),
        { body: { label: 'Essay', scoreMaximum: 20, tag: 'final' } });
      assert.equal(replaced.status, 201, replaced.text);
      assert.equal(replaced.body.label, 'Essay');
      const put = course.asked('lineitem').at(-1);
      assert.deepEqual([put.method, put.url], ['PUT', id]);
      assert.deepEqual(JSON.parse(put.body),
        { label: 'Essay', scoreMaximum: 20, tag: 'final', id });

      const gone = await course.call('DELETE', course.item(id));
      assert.equal(gone.status, 204, gone.text);
      assert.equal(gone.text, '');
      assert.equal(gone.headers['content-type'], undefined);
      assert.deepEqual(lms.lineItems(course.exchange), []);
      for (const [method, body] of [['GET'], ['PUT', homework], ['DELETE']]) {
        const answer = await course.call(method, course.item(id), { body });
        if (profile === 'sakai') {
          refused(answer, 422, 'SERVICE_REFUSED_BY_PLATFORM', method);
        } else refused(answer, 404, 'LINE_ITEM_NOT_FOUND', method);
      }

      const said = course.asked().filter(({ kind }) =>
        kind.startsWith('lineitem')).slice(0, 5).map(({ method, headers }) =>
        [method, headers.accept, headers['content-type']]);
      const one = type('lineitem');
      assert.deepEqual(said, [['POST', one, one],
        ['GET', type('lineitemcontainer'), undefined], ['GET', one, undefined],
        ['PUT', one, one], ['DELETE', one, undefined]]);
    });
}

test('AG1 a link\'s own line item is found, also where it has another address',
  async () => {
    for (const profile of ['moodle-4.5', 'sakai', 'canvas-cloud']) {
      const course = await newCourse({}, profile);
      lms.addLineItem(course.exchange, { activity: true, label: 'Own' });
      const again = await course.launch();
      const { lineItemId } = again.idToken.services.assignmentAndGrades;
      const read = await again.call('GET', again.item(lineItemId));
      assert.equal(read.status, 200, read.text);
      assert.equal(read.body.label, 'Own', profile);
    }
  });

test('AG1 a launch with its own line item alone has no list', async () => {
  const course = await newCourse();
  const { id } = lms.addLineItem(course.exchange);
  const only = await course.launch({ setClaims: { [ENDPOINT]:
    { scope: gradeScopes, lineitem: id } } });
  assert.equal((await only.call('GET', only.item(id))).status, 200);
  for (const answer of [await list(only), await add(only, homework)]) {
    refused(answer, 400, 'SERVICE_NOT_AVAILABLE_FOR_CONTEXT');
  }
});

// --- AG1 scopes, services --------------------------------------------------

const calls = {
  list: { needs: ['lineitem', 'lineitem.readonly'], ask: (course) =>
    list(course) },
  read: { needs: ['lineitem', 'lineitem.readonly'], ask: (course, id) =>
    course.call('GET', course.item(id)) },
  make: { needs: ['lineitem'], ask: (course) => add(course, homework) },
  replace: { needs: ['lineitem'], ask: (course, id) =>
    course.call('PUT', course.item(id), { body: homework }) },
  remove: { needs: ['lineitem'], ask: (course, id) =>
    course.call('DELETE', course.item(id)) },
  results: { needs: ['result.readonly'], ask: (course, id) =>
    course.call('GET', course.item(id, '/scores')) },
  score: { needs: ['score'], ask: (course, id) =>
    course.call('POST', course.item(id, '/scores'), { body: scoreOf('x') }) },
};

test('AG1 nothing is asked for outside the scopes that were granted',
  async () => {
    for (const scope of gradeScopes) {
      const course = await newCourse({ typed: { scopes: [scope] } });
      const { id } = lms.addLineItem(course.exchange);
      for (const [name, { needs, ask }] of Object.entries(calls)) {
        const before = course.asked().length;
        const answer = await ask(course, id);
        if (needs.some((need) => AGS + need === scope)) {
          assert.notEqual(answer.status, 403, `${scope} ${answer.text}`);
        } else {
          refused(answer, 403, 'SCOPE_NOT_GRANTED', `${scope} ${name}`);
          assert.equal(course.asked().length, before, 'nobody was asked');
        }
      }
    }
  });

test('AG1 a service that is off, or not in the launch, is told apart',
  async (t) => {
    const course = await newCourse();
    const { id } = lms.addLineItem(course.exchange);
    const without = await course.launch({ claims: { [ENDPOINT]: undefined,
      [ROSTER]: undefined } });
    const before = course.asked().length;
    const each = async (one, status, code) => {
      for (const [name, { ask }] of Object.entries(calls)) {
        refused(await ask(one, id), status, code, name);
      }
      assert.equal(course.asked().length, before);
    };
    await each(without, 400, 'SERVICE_NOT_AVAILABLE_FOR_CONTEXT');
    t.after(() => gateway.settings({ registration }));
    await gateway.settings({ registration,
      services: { assignmentAndGrades: false, namesAndRoles: true } });
    await each(course, 403, 'INACTIVE_SERVICE');
    await gateway.settings({ registration });
    assert.equal((await list(course)).status, 200);
  });

// --- AG6, AG8 --------------------------------------------------------------

test('AG6 filters reach the LMS encoded, beside what its URL has', async () => {
  const odd = 'a&b=c d+é%/#?';
  for (const profile of ['moodle-4.5', 'canvas-cloud', 'sakai']) {
    const course = await newCourse({}, profile);
    const { linkId } = lms.activities(course.exchange)[0];
    await course.addItem({ label: 'one', tag: odd });
    await course.addItem({ label: 'two', resourceId: odd });
    await course.addItem({ label: 'three', resourceLinkId: linkId });
    const own = new URL(course.asked('lineitems')[0].url).searchParams;
    const rows = [[{}, ['one', 'two', 'three'], {}],
      [{ tag: odd }, ['one'], { tag: odd }],
      [{ resourceId: odd }, ['two'], { resource_id: odd }],
      [{ resourceLinkId: linkId }, ['three'], { resource_link_id: linkId }],
      [{ resourceId: odd, tag: odd }, [], { resource_id: odd, tag: odd }],
      [{ limit: 2 }, ['one', 'two'], { limit: '2' }],
      [{ tag: '', limit: '' }, ['one', 'two', 'three'], {}]];
    for (const [query, expected, sent] of rows) {
      const answer = await list(course, query);
      assert.deepEqual(labels(answer), expected, `${profile} ${answer.text}`);
      const url = new URL(course.asked('lineitems').at(-1).url);
      assert.deepEqual(Object.fromEntries(url.searchParams),
        { ...Object.fromEntries(own), ...sent });
    }
    for (const limit of ['0', '-1', 'x', '1.5', '1e9', '99999999999']) {
      refused(await list(course, { limit }), 400, 'INVALID_PARAMETERS', limit);
    }
  }
});

test('AG5 a list goes on by "next", and "all" reads every page', async () => {
  for (const profile of ['moodle-4.5', 'canvas-cloud', 'blackboard']) {
    const course = await newCourse({}, profile);
    const names = Array.from({ length: 5 }, (_, index) => `item ${index}`);
    for (const label of names) lms.addLineItem(course.exchange, { label });
    let page = await list(course, { limit: 2 });
    const found = labels(page);
    while (page.body.next) {
      page = await list(course, { url: page.body.next, limit: 1, tag: 'none' });
      found.push(...labels(page));
    }
    assert.deepEqual(found, names, profile);
    assert.equal(course.asked('lineitems').length, 3, 'url goes before all');
    const all = await list(course, { limit: 2, all: true });
    assert.deepEqual(labels(all), names);
    assert.deepEqual(Object.keys(all.body), ['lineItems']);
  }
});

const badItems = {
  'no label': { scoreMaximum: 1 }, 'an empty label': { label: '' },
  'a blank label': { label: ' \t\n' }, 'a label of another type': { label: 7 },
  'label null': { label: null }, 'no maximum': { scoreMaximum: undefined },
  'nought': { scoreMaximum: 0 }, 'below nought': { scoreMaximum: -1 },
  'a text': { scoreMaximum: '10' }, 'maximum null': { scoreMaximum: null },
  'a list': { scoreMaximum: [10] }, 'a tag of another type': { tag: 5 },
  'a link of another type': { resourceLinkId: {} },
  'a resource of another type': { resourceId: ['x'] },
  'released of another type': { gradesReleased: 'yes' },
};

test('AG8 what is no line item is refused before the LMS is asked',
  async () => {
    const course = await newCourse();
    const { id } = await course.addItem();
    const before = course.asked().length;
    for (const [name, wrong] of Object.entries(badItems)) {
      const body = { ...homework, ...wrong };
      if (name === 'no label') delete body.label;
      for (const answer of [await add(course, body),
        await course.call('PUT', course.item(id), { body })]) {
        refused(answer, 400, 'INVALID_PARAMETERS', name);
      }
    }
    for (const body of [[], [homework], 'null', '7', '"x"']) {
      refused(await add(course, body), 400, 'INVALID_PARAMETERS');
    }
    for (const body of ['', '{', '{"label":"x",}', '\u0000']) {
      assert.ok((await add(course, body)).status === 400, body);
    }
    assert.equal(course.asked().length, before);
  });

test('AG8 what a tool was given can be given back', async () => {
  for (const profile of profileNames) {
    const course = await newCourse({}, profile);
    const { id } = lms.addLineItem(course.exchange, { label: 'Given' });
    const { body } = await course.call('GET', course.item(id));
    const back = await course.call('PUT', course.item(id), { body: { ...body,
      tag: null, label: 'Changed', id: 'http://elsewhere.localhost/x' } });
    assert.equal(back.status, 201, `${profile} ${back.text}`);
    assert.equal(lms.lineItems(course.exchange)[0].label, 'Changed');
  }
});

// --- AG7, AG9 --------------------------------------------------------------

const DENIED = [403, 'SERVICE_DENIED_BY_PLATFORM'];
const REFUSED = [422, 'SERVICE_REFUSED_BY_PLATFORM'];
const FAILED = [502, 'SERVICE_FAILED'];
const INVALID = [502, 'SERVICE_ANSWER_INVALID'];
const SILENT = [504, 'SERVICE_DID_NOT_ANSWER'];
const refusals = {
  'status-401': DENIED, 'status-403': DENIED, 'status-400': REFUSED,
  'status-409': REFUSED, 'status-412': REFUSED, 'status-422': REFUSED,
  'status-404': [404, 'LINE_ITEM_NOT_FOUND'], 'status-500': FAILED,
  'status-410': [404, 'LINE_ITEM_NOT_FOUND'], 'status-502': FAILED,
  'status-429': [429, 'PLATFORM_THROTTLES'], 'status-203': FAILED,
  'status-503': [429, 'PLATFORM_THROTTLES'], 'redirect-302': FAILED,
  'not-json': INVALID, 'html-200': INVALID, deep: INVALID, gzip: INVALID,
  closes: SILENT, 'close-midway': SILENT, 'endless-chunked': SILENT,
  'lying-length-short': INVALID,
};

test('AG7 each refusal of an LMS has its own fault, and says what it said',
  { timeout: 90_000 }, async () => {
    await Promise.all(Object.entries(refusals).map(async ([name, expected]) => {
      const course = await newCourse({}, 'moodle-4.5');
      const { id } = lms.addLineItem(course.exchange);
      const path = id.split('?')[0];
      const retryAfter = name === 'status-429' ? 77 : undefined;
      for (const [on, url, ask] of [['lineitem', path, () =>
        course.call('GET', course.item(id))], ['lineitems',
        path.replace(/\/\d+\/lineitem$/, ''), () => list(course)]]) {
        change(course, null);
        change(course, { serviceAnswer: name, on, retryAfter });
        const answer = await ask();
        const details = refused(answer, ...expected, `${name} ${on}`);
        assert.equal(details.externalError, true, name);
        assert.equal(details.externalUrl, url, name);
        const status = /^(?:status|redirect)-(\d+)/.exec(name)?.[1];
        if (status) assert.equal(details.externalStatus, Number(status));
        if (status || name === 'html-200' || on === 'lineitems') {
          assert.equal(details.bodyReceived, status && status !== '302'
            ? 'The testbed was told to answer so' : undefined, name);
        }
        if (retryAfter) {
          const wait = Number(answer.headers['retry-after']);
          assert.ok(wait > 60 && wait <= 77, answer.headers['retry-after']);
          break; // its host rests now
        }
      }
    }));
  });

test('AG7 a line item that an LMS may have kept is not made twice',
  async () => {
    for (const name of ['closes', 'close-midway', 'status-500', 'html-200']) {
      const course = await newCourse();
      change(course, { serviceAnswer: name, on: 'lineitems' });
      const answer = await add(course, homework);
      assert.ok(answer.status >= 500, `${name} ${answer.text}`);
      assert.equal(course.asked('lineitems').length, 1, name);
    }
    const course = await newCourse();
    change(course, { serviceAnswer: { status: 503, times: 1 },
      on: 'lineitems' });
    assert.equal((await add(course, homework)).status, 201,
      'an LMS that says it did nothing is asked again');
    assert.equal(lms.lineItems(course.exchange).length, 1);
  });

test('AG9 a success without an item is answered with what was sent',
  async () => {
    const course = await newCourse();
    const { id } = await course.addItem();
    change(course, { serviceAnswer: 'empty', on: 'lineitem' });
    const put = await course.call('PUT', course.item(id), { body: rich });
    assert.equal(put.status, 201, put.text);
    assert.deepEqual(put.body, { ...rich, id });
    change(course, { serviceAnswer: ['empty'], on: 'lineitems' });
    refused(await add(course, homework), ...INVALID);
    change(course, null);
    for (const status of [200, 201, 202, 204]) {
      change(course, { serviceAnswer: `status-${status}`, on: 'lineitem' });
      const gone = await course.call('DELETE', course.item(id));
      assert.equal(gone.status, 204, `${status} ${gone.text}`);
    }
    change(course, { serviceAnswer: 'status-204', on: 'lineitem' });
    assert.deepEqual((await course.call('PUT', course.item(id),
      { body: homework })).body, { ...homework, id });
  });
