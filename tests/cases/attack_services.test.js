// SPDX-License-Identifier: Apache-2.0
// Services as a way out or a way in: addresses that lead astray, and tools
// that reach for what is not theirs.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { apiKey, startGateway, until } from '../support/gateway.js';
import { startLms } from '../support/lms.js';
import { gatewayFor } from '../support/raw.js';
import { courseOf, gradeScopes, itemPath, refused, scoreOf, unaskedOf }
  from '../support/services.js';

const settings = { registration: { autoActivate: true } };
const lms = await startLms();
const gateway = await startGateway({ settings });
after(async () => {
  await lms.close();
  await gateway.close();
});

const ENDPOINT = 'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint';
const ROSTER =
  'https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice';
const NOT_OURS = [403, 'URL_NOT_OF_THIS_LAUNCH'];
const all = [];
async function newCourse(profile = 'canvas-cloud', options = {}) {
  const course = await courseOf(lms, gateway, profile, options);
  all.push(course);
  return course;
}
const change = (course, changes) =>
  lms.changeServices(course.exchange, changes);
const claimsOf = () => lms.attempts().at(-1).tokens[0].claims;
const list = (course, query, auth) =>
  course.call('GET', '/api/lineitems', { query, auth });
const people = (course, query) =>
  course.call('GET', '/api/memberships', { query });
const homework = { label: 'Homework', scoreMaximum: 10 };

const unasked = unaskedOf(lms);

const itemCalls = [['GET'], ['PUT', '', homework], ['DELETE'],
  ['GET', '/scores'], ['POST', '/scores', scoreOf('4')]];

// By us, or already for the form of what was asked.
function turnedAway(answer, name) {
  if (answer.status === 404) return;
  const code = answer.body.details?.message;
  if (['AMBIGUOUS_REQUEST', 'INVALID_FORM'].includes(code)) return;
  refused(answer, ...NOT_OURS, name);
}

// --- A44 -------------------------------------------------------------------

// Addresses made of a container's and an item's, none of them an item of it.
function hostile(container, item) {
  const { origin, host, port, pathname, search } = new URL(container);
  const below = new URL(item).pathname.slice(pathname.length);
  const at = (start, rest = below) => `${start}${pathname}${rest}${search}`;
  const swap = (text) => `${origin}${pathname}${text}${search}`;
  return [
    at(`http://elsewhere.localhost:${port}`), at('http://127.0.0.1:1'),
    at(`http://${host}@elsewhere.localhost:${port}`), at(`ftp://${host}`),
    at(`http://user:pw@${host}`), at(`http://user@${host}`), at(`//${host}`),
    at(`http://x.${host}`), at(`http://${host}.elsewhere.localhost:${port}`),
    at(`http://elsewhere.localhost:${port}\\@${host}`), at(`https://${host}`),
    at(`http://elsewhere.localhost:${port}#@${host}`), at(''),
    at(`http://${host.split(':')[0]}`), at(`http://${host.split(':')[0]}:9`),
    `${item}#`, `${item}#/x`, `${item}\u0000`, `${item}\r\nX: 1`, `${item}\t`,
    ` ${item}`, `${item}é`, container, `${container}#${below}`, origin,
    swap(''), swap('/'), swap('x/7'), swap('/..'), swap('/../x'), swap('/.'),
    swap(`/..${below}`), swap(`/x/..${below}`), swap(`/.${below}`),
    swap('/%2e%2e/x'), swap('/%2E%2E%2Fx'), swap('/.%2e/x'), swap('/..%2fx'),
    swap('/..;/x'), swap('/..;a=b/x'), swap('/..\\x'), swap('/..%5cx'),
    swap('/%252e%252e/x'), swap('/%252e%252e%252fx'), swap('/..%252fx'),
    swap('/7%2f..%2f..'), swap('/7%00'), swap('/7%0d%0aX'), swap('/7%23x'),
    swap('/7%3fx'), swap('//7'), swap('/7//8'), swap('/%zz'), swap('/%'),
    swap(`/${'7'.repeat(5000)}`), 'x', '7', 'javascript:1', 'file:///etc/x',
    'http://', 'http:///x', `http:${item.slice(5).replace('//', '/')}`,
    'http://169.254.169.254/latest', 'http://[::1]:1/x', 'http://0/x',
  ];
}

for (const profile of ['canvas-cloud', 'moodle-4.5', 'sakai']) {
  test(`A44 ${profile}: a line item that is not below the launch's list`,
    async () => {
      const course = await newCourse(profile);
      const { lineitems } = claimsOf()[ENDPOINT];
      const { id } = await course.addItem();
      assert.equal((await course.call('GET', itemPath(id))).status, 200);
      for (const address of hostile(lineitems, id)) {
        for (const [method, rest = '', body] of itemCalls) {
          const answer = await unasked(address, () =>
            course.call(method, itemPath(address, rest), { body }));
          turnedAway(answer, `${method} ${address}`);
        }
      }
      assert.equal(lms.lineItems(course.exchange)[0].label, 'Homework');
    });

  test(`A44 ${profile}: a page that is not of what is listed`, async () => {
    const course = await newCourse(profile);
    const { lineitems } = claimsOf()[ENDPOINT];
    const { context_memberships_url: roster } = claimsOf()[ROSTER];
    const { id } = await course.addItem();
    const [path, query] = id.split('?');
    const results = `${path}/results${query ? `?${query}` : ''}`;
    const other = results.replace(/(\d+)(?=\/lineitem\/results|\/results)/,
      '99');
    assert.notEqual(other, results);
    const rows = [[lineitems, (url) => list(course, { url })],
      [roster, (url) => people(course, { url })],
      [results, (url) => course.call('GET', itemPath(id, '/scores'),
        { query: { url } })]];
    for (const [own, ask] of rows) {
      assert.equal((await ask(own)).status, 200, own);
      const wrong = [...hostile(own, `${own.split('?')[0]}/7`), other,
        `${own}/`, ...rows.map(([url]) => url)].filter((url) =>
        url !== own);
      for (const url of wrong) {
        turnedAway(await unasked(url, () => ask(url)), url);
        turnedAway(await unasked(url, () => ask(`${url}${url.includes('?')
          ? '&' : '?'}page=2`)), url);
      }
    }
  });
}

test('A44 a page keeps what the launch\'s address says (Moodle)', async () => {
  const course = await newCourse('moodle-4.5');
  const { lineitems } = claimsOf()[ENDPOINT];
  const [path, own] = lineitems.split('?');
  const number = own.split('=')[1];
  for (const query of ['', '?', '?type_id=', '?type_id=99', '?Type_id=1',
    `?${own}&type_id=99`, `?type_id=99&${own}`, `?${own}&type.id=99`,
    `?${own}&type%5fid=99`, `?${own}&type_id[]=99`, `?${own}&type+id=99`,
    `?${own};type_id=99`, `?x=1;type_id=99&${own}`, `?${own}0`, `?${own}%00`,
    `?type_id%00=${number}`]) {
    turnedAway(await unasked(query, () => list(course, { url: path + query })),
      query);
  }
  for (const query of [`?${own}`, `?${own}&from=1`, `?from=1&${own}`]) {
    const answer = await list(course, { url: path + query });
    assert.equal(answer.status, 200, answer.text);
  }
});

test('A44 a redirect is followed by nothing', async () => {
  const asks = [(course) => list(course), (course) => people(course),
    (course, id) => course.call('DELETE', itemPath(id)), (course, id) =>
      course.call('POST', itemPath(id, '/scores'), { body: scoreOf('4') })];
  const rows = ['redirect-302', 'status-301', 'status-308'].flatMap((name) =>
    asks.map((ask) => [name, ask]));
  await Promise.all(rows.map(async ([name, ask]) => {
    const course = await newCourse();
    const { id } = await course.addItem();
    change(course, { serviceAnswer: ['lineitems', 'lineitem', 'scores',
      'memberships'].map((on) => ({ answer: name, on })) });
    refused(await ask(course, id), 502, 'SERVICE_FAILED', name);
    const counts = lms.serviceCounts(course.exchange);
    assert.deepEqual([counts.elsewhere, counts.other], [undefined, undefined]);
  }));
  assert.deepEqual(lms.strays(), []);
});

test('A44 a launch that names an address of ours, or none, leads nowhere',
  async () => {
    const course = await newCourse();
    await Promise.all(['http://10.0.0.1/items', 'http://169.254.169.254/x',
      'http://nobody.invalid/x', 'file:///etc/passwd', 'ftp://127.0.0.1/x',
      'items', 'http://user:pw@127.0.0.1:1/x', 'http://127.0.0.1:1/x y'].map(
      async (address) => {
        const odd = await course.launch({ setClaims: { [ENDPOINT]:
          { scope: gradeScopes, lineitems: address, lineitem: address },
        [ROSTER]: { context_memberships_url: address,
          service_versions: ['2.0'] } } });
        const answers = await Promise.all([list(odd), people(odd),
          odd.call('GET', itemPath(address))]);
        for (const { status, text } of answers) {
          assert.ok([400, 403, 502].includes(status), `${address} ${text}`);
        }
      }));
    assert.ok(course.asked().every(({ kind }) =>
      ['token', 'key-set'].includes(kind)));
  });

// --- A47 -------------------------------------------------------------------

test('A47 a launch reaches no other course, link, tool or LMS', async () => {
  const one = await newCourse('moodle-4.5', { typed: { site: 'two-tools' } });
  const two = await newCourse('moodle-4.5', { typed: { site: 'two-tools' } });
  const away = await newCourse('moodle-4.5');
  const [own, foreign, far] = [await one.addItem(), await two.addItem(),
    await away.addItem()];
  const elsewhere = own.id.replace('/services.php/2/', '/services.php/3/');
  for (const auth of ['ltik', 'service']) {
    for (const id of [far.id, elsewhere]) {
      for (const [method, rest = '', body] of itemCalls) {
        refused(await unasked(id, () => one.call(method, itemPath(id, rest),
          { body, auth })), ...NOT_OURS, `${method} ${id}`);
      }
    }
    // The LMS itself tells its tools apart.
    for (const [method, rest = '', body] of itemCalls) {
      refused(await one.call(method, itemPath(foreign.id, rest),
        { body, auth }), 403, 'SERVICE_DENIED_BY_PLATFORM', method);
    }
  }
  assert.equal(lms.lineItems(two.exchange).length, 1);
});

test('A47 a launch with its own line item alone reaches no other', async () => {
  const course = await newCourse();
  const [own, other] = [await course.addItem(), await course.addItem()];
  const only = await course.launch({ setClaims: { [ENDPOINT]:
    { scope: gradeScopes, lineitem: own.id } } });
  assert.notEqual(only.serviceKey, course.serviceKey);
  for (const auth of ['ltik', 'service']) {
    const read = await only.call('GET', itemPath(own.id), { auth });
    assert.equal(read.status, 200, read.text);
    for (const id of [other.id, `${own.id}/`, `${own.id}?x=1`,
      `${own.id}/scores`]) {
      for (const [method, rest = '', body] of itemCalls) {
        refused(await unasked(id, () => only.call(method, itemPath(id, rest),
          { body, auth })), ...NOT_OURS, `${method} ${id}`);
      }
    }
  }
});

test('A47 Sakai: what one link was given does not open another', async () => {
  const course = await newCourse('sakai');
  const { id } = await course.addItem();
  const beside = await course.launch({ resourceLink: 'content:77' });
  for (const auth of ['ltik', 'service']) {
    refused(await unasked(id, () => beside.call('GET', itemPath(id),
      { auth })), ...NOT_OURS);
  }
});

test('A47 a service key of another gateway, or API key, opens nothing',
  async (t) => {
    const course = await newCourse();
    const other = await gatewayFor(t, { settings, fresh: true });
    const there = await courseOf(lms, other, 'canvas-cloud');
    for (const header of [`SERVICE-AUTH-V1 ${apiKey}:${there.serviceKey}`,
      `SERVICE-AUTH-V1 other:${course.serviceKey}`]) {
      const answer = await unasked('another', () =>
        list(course, {}, header));
      refused(answer, 401, 'INVALID_LTIK_AUTH_AUTHORIZATION_HEADER');
    }
    assert.equal((await list(there, {}, 'service')).status, 200);
  });

// --- A28 -------------------------------------------------------------------

// What a launch may reach is remembered for a minute.
test('A47 a launch that was asked of just now rests, ends and goes',
  async () => {
    const course = await newCourse('moodle-4.5');
    const path = `/admin/platforms/${course.platformId}`;
    const asked = async () => (await list(course)).status;
    assert.equal(await asked(), 200);
    await gateway.api('POST', `${path}/deactivate`);
    assert.equal(await asked(), 401);
    await gateway.api('POST', `${path}/activate`);
    assert.equal(await asked(), 200);
    await gateway.setClock(24 * 3600 + 2);
    assert.equal(await asked(), 401);
    await gateway.setClock(0);
    await until(async () => await asked() === 200, 'the clock is back');
    const cut = { auth: `LTIK-AUTH-V2 ${apiKey}:${course.ltik.slice(0, -2)}` };
    refused(await course.call('GET', '/api/lineitems', cut), 401,
      'INVALID_LTIK_AUTH_AUTHORIZATION_HEADER');
    const key = { auth: `LTIK-AUTH-V2 other:${course.ltik}` };
    refused(await course.call('GET', '/api/lineitems', key), 401,
      'INVALID_LTIK_AUTH_AUTHORIZATION_HEADER');
    await gateway.api('DELETE', path);
    assert.equal(await asked(), 401);
  });

// Notices are not a feature: nothing asks for them, and nothing takes them.
test('A48 a notice finds no door, signed or not', async () => {
  const course = await newCourse('canvas-cloud');
  const jwt = await lms.token(course.exchange, { nonce: 'n' });
  const notices = { notices: Array.from({ length: 50 }, () =>
    ({ jwt: jwt.text ?? jwt })) };
  const rows = () => gateway.store.sql('SELECT count(*) FROM launches');
  const before = await rows();
  for (const path of ['/lti/launch', '/', '/lti/notice', '/lti/notices',
    '/lti/login', '/api/notices']) {
    const answer = await gateway.api('POST', path, notices, { key: null });
    assert.ok(answer.status >= 400 && answer.status < 500,
      `${path} ${answer.status}`);
  }
  assert.equal(await rows(), before);
});

test('A28 no token, key or person is in what was logged meanwhile',
  async () => {
    const course = await newCourse();
    const student = await course.launch({ user: 'student' });
    const { id } = await course.addItem({ label: 'A private label' });
    await people(course);
    await course.call('POST', itemPath(id, '/scores'), { body: scoreOf(
      student.idToken.user.id, { comment: 'A private comment' }) });
    await course.call('POST', itemPath(id, '/scores'), { body: scoreOf(
      'no-such-person', { comment: 'A private comment' }) });
    const log = gateway.log();
    const events = (await gateway.api('GET', '/admin/events')).text;
    const tokens = all.flatMap((one) => one.asked('token')).flatMap(
      ({ answerBody }) => /"access_token":"(\w+)"/.exec(answerBody)?.[1] ?? []);
    assert.ok(tokens.length > 20);
    for (const secret of [...tokens, apiKey,
      ...all.flatMap(({ ltik, serviceKey }) => [ltik, serviceKey]),
      'Tess', 'stu.student@', 'A private', 'no-such-person',
      student.idToken.user.id]) {
      assert.ok(!log.includes(secret), `the log has ${secret}`);
      assert.ok(!events.includes(secret), `an event has ${secret}`);
    }
  });
