// SPDX-License-Identifier: Apache-2.0
// Service keys: to which launches they are given, what they open and for how
// long, and how they are taken away.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { apiKey, startGateway } from '../support/gateway.js';
import { startLms } from '../support/lms.js';
import { gatewayFor } from '../support/raw.js';
import { courseOf, gradeScopes, itemPath, refused, scoreOf }
  from '../support/services.js';

const settings = { registration: { autoActivate: true } };
let shift = 0;
const lms = await startLms({ clock: () => Date.now() + shift * 1000 });
const gateway = await startGateway({ settings });
after(async () => {
  await lms.close();
  await gateway.close();
});

const ENDPOINT = 'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint';
const ROSTER =
  'https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice';
const CONTEXT = 'https://purl.imsglobal.org/spec/lti/claim/context';
const UNKNOWN = 'Invalid service key.';
const newCourse = (profile = 'canvas-cloud', at = gateway) =>
  courseOf(lms, at, profile);
const list = (course, auth = 'service') =>
  course.call('GET', '/api/lineitems', { auth });
const works = async (course, name) => {
  const answer = await list(course);
  assert.equal(answer.status, 200, `${name} ${answer.text}`);
};

function turnedAway(answer, description, name) {
  assert.equal(answer.status, 401, `${name} ${answer.text}`);
  assert.deepEqual(answer.body, { status: 401, error: 'Unauthorized', details: {
    message: 'INVALID_LTIK_AUTH_AUTHORIZATION_HEADER', description } }, name);
}

async function keysOf(course, at = gateway) {
  const { status, body, text } = await at.api('GET',
    `/admin/platforms/${course.platformId}/service-keys`);
  assert.equal(status, 200, text);
  return body.serviceKeys;
}

// --- giving ----------------------------------------------------------------

test('SF4 a service key is given with grades or a roster, else not',
  async () => {
    const course = await newCourse();
    for (const [claims, given] of [[{}, true],
      [{ [ENDPOINT]: undefined }, true], [{ [ROSTER]: undefined }, true],
      [{ [ENDPOINT]: undefined, [ROSTER]: undefined }, false]]) {
      const one = await course.launch({ claims });
      const { services } = one.idToken;
      assert.equal('serviceKey' in services, given);
      assert.equal(services.namesAndRoles.available
        || services.assignmentAndGrades.available, given);
      if (given) assert.match(one.serviceKey, /^ltigate_service_[\w-]{43}$/);
    }
    const deep = await course.launch({ message: 'LtiDeepLinkingRequest' });
    assert.match(deep.serviceKey, /^ltigate_service_/);
    assert.notEqual(deep.serviceKey, course.serviceKey);
  });

test('SF4 the same place has one key, and every other place another',
  async () => {
    const course = await newCourse();
    const { lineitems } =
      lms.attempts().at(-1).tokens[0].claims[ENDPOINT];
    const same = [{ user: 'student' }, {}, { custom: { a: '1' } },
      { claims: { [CONTEXT]: { title: 'Another title' } } }];
    for (const wish of same) {
      assert.equal((await course.launch(wish)).serviceKey, course.serviceKey);
    }
    const others = [{ resourceLink: 'another-link' }, { deployment: 'new' },
      { claims: { [CONTEXT]: { id: 'another-course' } } },
      { setClaims: { [ENDPOINT]: { scope: gradeScopes.slice(1), lineitems } } },
      { setClaims: { [ENDPOINT]: { scope: gradeScopes,
        lineitems: `${lineitems}/x` } } },
      { setClaims: { [ENDPOINT]: { scope: gradeScopes, lineitems,
        lineitem: `${lineitems}/7` } } }, { claims: { [ROSTER]: undefined } }];
    const found = new Set([course.serviceKey, (await newCourse()).serviceKey]);
    for (const wish of others) {
      found.add((await course.launch(wish)).serviceKey);
    }
    assert.equal(found.size, others.length + 2);
    const again = await Promise.all(Array.from({ length: 8 }, () =>
      course.launch({ resourceLink: 'at-once' })));
    assert.equal(new Set(again.map(({ serviceKey }) => serviceKey)).size, 1);
  });

// --- what it opens ---------------------------------------------------------

test('SF4 a service key does every service call as a ltik does', async () => {
  for (const profile of ['moodle-4.5', 'brightspace']) {
    const course = await newCourse(profile);
    const student = await course.launch({ user: 'student' });
    const ask = (method, path, body) =>
      course.call(method, path, { body, auth: 'service' });
    const made = await ask('POST', '/api/lineitems',
      { label: 'By key', scoreMaximum: 10 });
    assert.equal(made.status, 201, made.text);
    const { id } = made.body;
    for (const [method, path, status, body] of [['GET', '/api/lineitems', 200],
      ['GET', itemPath(id), 200], ['POST', itemPath(id, '/scores'), 204,
        scoreOf(student.idToken.user.id)],
      ['GET', itemPath(id, '/scores'), 200], ['GET', '/api/memberships', 200],
      ['PUT', itemPath(id), 201, { label: 'x', scoreMaximum: 1 }],
      ['DELETE', itemPath(id), 204]]) {
      const answer = await ask(method, path, body);
      assert.equal(answer.status, status, `${method} ${path} ${answer.text}`);
    }
  }
});

test('SF4 a service key opens nothing else', async () => {
  const course = await newCourse();
  const before = lms.counts().requests;
  for (const [method, path, body] of [['GET', '/api/idtoken'],
    ['GET', '/api/idtoken?raw=true'],
    ['POST', '/api/deeplinking', { contentItems: [] }],
    ['POST', '/api/deeplinking/form', { contentItems: [] }],
    ['POST', '/api/deeplinking/message', { contentItems: [] }],
    ['GET', '/api/platforms'], ['GET', '/admin/platforms'],
    ['GET', '/api/registrations'], ['GET', '/api/scores/x'],
    ['GET', '/admin/service-keys'], ['GET', '/admin/settings'],
    ['DELETE', `/admin/platforms/${course.platformId}/service-keys`]]) {
    for (const header of ['service', `LTIK-AUTH-V2 ${apiKey}:${
      course.serviceKey}`, `LTIK-AUTH-V1 Token=${course.serviceKey
    }, Additional=Bearer ${apiKey}`, `Bearer ${course.serviceKey}`]) {
      const answer = await course.call(method, path, { body, auth: header });
      assert.equal(answer.status, 401, `${path} ${answer.text}`);
      assert.equal(answer.body.details.message,
        'INVALID_LTIK_AUTH_AUTHORIZATION_HEADER');
    }
  }
  assert.equal(lms.counts().requests, before);
});

test('SF4 a header that is not quite SERVICE-AUTH-V1 is refused', async () => {
  const course = await newCourse();
  const { serviceKey: key, ltik } = course;
  const good = `SERVICE-AUTH-V1 ${apiKey}:${key}`;
  for (const header of [good, good.toLowerCase().replace(
    /:.*/, `:${key}`).replace(apiKey.toLowerCase(), apiKey),
  good.replace(' ', '   '), `${good}  `]) {
    assert.equal((await list(course, header)).status, 200, header);
  }
  const rows = { 'Invalid API key': ['', 'SERVICE-AUTH-V1', `${key}`,
    `SERVICE-AUTH-V1 ${apiKey}`, `SERVICE-AUTH-V1 ${key}`,
    `SERVICE-AUTH-V1 :${key}`, `SERVICE-AUTH-V1 ${key}:${apiKey}`,
    `SERVICE-AUTH-V1 ${apiKey}x:${key}`, `SERVICE-AUTH-V1${apiKey}:${key}`,
    `SERVICE-AUTH-V2 ${apiKey}:${key}`, `SERVICE-AUTH-V1\t${apiKey}:${key}`,
    `SERVICE-AUTH-V1 Token=${key}, Additional=Bearer ${apiKey}`,
    `Bearer ${apiKey}`, `Bearer ${apiKey}:${key}`, `x ${good}`],
  [UNKNOWN]: [`SERVICE-AUTH-V1 ${apiKey}:`, `${good}x`, good.slice(0, -1),
    `SERVICE-AUTH-V1 ${apiKey}:${ltik}`, `SERVICE-AUTH-V1 ${apiKey}:null`,
    `SERVICE-AUTH-V1 ${apiKey}::${key}`, `SERVICE-AUTH-V1 ${apiKey}:${
      key.toUpperCase()}`, `${good}:${key}`, `SERVICE-AUTH-V1 ${apiKey}:${
      'x'.repeat(5000)}`, `SERVICE-AUTH-V1 ${apiKey}:${
      key.replace('ltigate_service_', '')}`] };
  for (const [description, headers] of Object.entries(rows)) {
    for (const header of headers) {
      turnedAway(await list(course, header), description, header.slice(0, 80));
    }
  }
});

// --- how long --------------------------------------------------------------

test('SF4 a service key outlives its launch, a restart and the secret',
  async (t) => {
    const own = await gatewayFor(t, { settings });
    const course = await newCourse('canvas-cloud', own);
    const roster = async () => assert.equal((await course.call('GET',
      '/api/memberships', { auth: 'service' })).status, 200);
    t.after(() => {
      shift = 0;
    });
    for (const hours of [25, 365 * 24]) {
      shift = hours * 3600;
      await own.setClock(shift);
      await works(course, `after ${hours} hours`);
      turnedAway(await list(course, 'ltik'), 'Invalid or expired ltik.');
      await roster();
    }
    await own.restart();
    await works(course, 'after a restart');
    await own.stop();
    const { code, stderr } = await own.cli('secret', 'rotate');
    assert.equal(code, 0, stderr);
    await own.start();
    await works(course, 'after the secret was rotated');
    const again = await course.launch();
    assert.equal(again.serviceKey, course.serviceKey, 'and is given again');
    await roster();
  });

test('SF4 a key\'s use is noted to the hour', async (t) => {
  t.after(async () => {
    shift = 0;
    await gateway.setClock(0);
  });
  const course = await newCourse();
  const usedAt = async () => (await keysOf(course))[0].usedAt;
  assert.equal(await usedAt(), '');
  await works(course);
  const first = await usedAt();
  assert.ok(Math.abs(Date.parse(first) - Date.now()) < 60_000, first);
  const worksAt = async (seconds) => {
    shift = seconds;
    await gateway.setClock(seconds);
    await works(course);
  };
  await worksAt(1800);
  assert.equal(await usedAt(), first);
  await worksAt(3700);
  assert.ok(Date.parse(await usedAt()) - Date.parse(first) >= 3600_000);
});

// --- taking away -----------------------------------------------------------

const eventsOf = async ({ platformId: id }) => (await gateway.api('GET',
  `/admin/events?platformId=${id}&kind=service+key`)).body.events;

test('SF4 keys are listed without themselves, and revoked one by one',
  async () => {
    const course = await newCourse();
    const beside = await course.launch({ resourceLink: 'beside' });
    const other = await newCourse();
    const keys = await keysOf(course);
    assert.deepEqual(keys.map(({ resourceLinkId }) => resourceLinkId),
      ['beside', course.idToken.launch.resourceLink.id]);
    const { launch } = course.idToken;
    const { id, createdAt, ...rest } = keys[1];
    assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 60_000);
    assert.deepEqual(rest, { platformId: course.platformId, deploymentId:
      course.idToken.platform.deploymentId, usedAt: '',
    contextId: launch.context.id, contextTitle: launch.context.title,
    resourceLinkId: launch.resourceLink.id, resourceLinkTitle:
      launch.resourceLink.title, assignmentAndGrades: true,
    namesAndRoles: true });
    const all = await gateway.api('GET', '/admin/service-keys');
    const some = await gateway.api('GET',
      `/admin/service-keys?platformId=${course.platformId}`);
    assert.deepEqual(some.body.serviceKeys, keys);
    assert.ok(!all.text.includes(course.serviceKey));
    assert.ok(all.body.serviceKeys.length > keys.length);
    const older = await gateway.api('GET', `/admin/service-keys?platformId=${
      course.platformId}&before=${keys[0].id}`);
    assert.deepEqual(older.body.serviceKeys, [keys[1]]);

    await works(course);
    const gone = await gateway.api('DELETE', `/admin/service-keys/${id}`);
    assert.equal(`${gone.status}${gone.text}`, '204');
    turnedAway(await list(course), UNKNOWN);
    await works(beside);
    await works(other);
    refused(await gateway.api('DELETE', `/admin/service-keys/${id}`), 404,
      'SERVICE_KEY_NOT_FOUND');
    const [event] = await eventsOf(course);
    assert.match(JSON.stringify(event), new RegExp(`service key.*${id}`));
    assert.equal((await list(course, 'ltik')).status, 200, 'the launch lives');
    const fresh = await course.launch();
    assert.notEqual(fresh.serviceKey, course.serviceKey);
    await works(fresh);
    turnedAway(await list(course), UNKNOWN);
  });

test('SF4 all keys of a platform are revoked at once', async () => {
  const course = await newCourse();
  const beside = await course.launch({ resourceLink: 'beside' });
  const other = await newCourse();
  const path = `/admin/platforms/${course.platformId}/service-keys`;
  const revoked = await gateway.api('DELETE', path);
  assert.deepEqual([revoked.status, revoked.body], [200, { revoked: 2 }]);
  for (const one of [course, beside]) turnedAway(await list(one), UNKNOWN);
  await works(other);
  assert.deepEqual(await keysOf(course), []);
  assert.match((await eventsOf(course))[0].message, /all service keys/);
  assert.deepEqual((await gateway.api('DELETE', path)).body, { revoked: 0 });
  for (const method of ['GET', 'DELETE']) {
    refused(await gateway.api(method, '/admin/platforms/none/service-keys'),
      404, 'PLATFORM_NOT_FOUND');
  }
});

test('SF4 the same from the command line', async () => {
  const course = await newCourse();
  const beside = await course.launch({ resourceLink: 'beside' });
  const listed = await gateway.cli('service-key', 'list', '--platform',
    course.platformId, '--json');
  assert.equal(listed.code, 0, listed.stderr);
  const { serviceKeys } = listed.json();
  assert.deepEqual(serviceKeys, await keysOf(course));
  const one = await gateway.cli('service-key', 'revoke', serviceKeys[0].id);
  assert.equal(one.code, 0, one.stderr);
  turnedAway(await list(beside), UNKNOWN);
  await works(course);
  const unknown = await gateway.cli('service-key', 'revoke', serviceKeys[0].id);
  assert.notEqual(unknown.code, 0);
  const rest = await gateway.cli('service-key', 'revoke-all', course.platformId,
    '--json');
  assert.equal(rest.code, 0, rest.stderr);
  assert.deepEqual(rest.json(), { revoked: 1 });
  turnedAway(await list(course), UNKNOWN);
});

test('SF4 a key rests with its platform, and ends with it', async () => {
  const course = await newCourse();
  const path = `/admin/platforms/${course.platformId}`;
  await gateway.api('POST', `${path}/deactivate`);
  turnedAway(await list(course), UNKNOWN);
  await gateway.api('POST', `${path}/activate`);
  await works(course);
  await gateway.api('DELETE', path);
  turnedAway(await list(course), UNKNOWN);
  const { body } = await gateway.api('GET', '/admin/service-keys');
  assert.ok(body.serviceKeys.every(({ platformId }) =>
    platformId !== course.platformId));
});

// --- A28 -------------------------------------------------------------------

test('A28 no key stands in the store, a log, an event or a list', async () => {
  const course = await newCourse();
  await works(course);
  const chance = course.serviceKey.replace('ltigate_service_', '');
  const bytes = await gateway.store.bytes();
  assert.ok(bytes.includes(course.platformId), 'what is looked for is found');
  for (const form of [chance, Buffer.from(chance, 'base64url'),
    Buffer.from(chance).toString('hex'), Buffer.from(chance).toString('base64')
      .slice(0, 40)]) {
    assert.ok(!bytes.includes(form), 'in the store');
  }
  const texts = [gateway.log(), ...await Promise.all(['/admin/events',
    '/admin/service-keys', `/admin/platforms/${course.platformId}`,
    `/admin/platforms/${course.platformId}/report`].map(async (path) =>
    (await gateway.api('GET', path)).text))];
  for (const text of texts) assert.ok(!text.includes(chance));
});
