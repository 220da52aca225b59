// SPDX-License-Identifier: Apache-2.0
// Access tokens: how they are asked for, how long they are kept, for whom,
// and what becomes of an LMS that gives none.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { startGateway } from '../support/gateway.js';
import { documentOf, NRPS, profileNames, requestTo, startLms }
  from '../support/lms.js';
import { courseOf, gradeScopes, refused, scoreOf }
  from '../support/services.js';

let shift = 0;
const lms = await startLms({ clock: () => Date.now() + shift * 1000 });
const gateway = await startGateway(
  { settings: { registration: { autoActivate: true } } });
after(async () => {
  await lms.close();
  await gateway.close();
});

const moveClock = async (seconds) => {
  shift = seconds;
  await gateway.setClock(seconds);
};
const items = (course, options) =>
  course.call('GET', '/api/lineitems', options);
const good = async (answer) => {
  const { status, text } = await answer;
  assert.ok(status >= 200 && status < 300, `${status} ${text}`);
};
const granted = ({ answerBody }) => JSON.parse(answerBody).access_token;
const keySet = async (url = `${gateway.url}/lti/keys`) =>
  (await gateway.open(url)).json();
const change = (course, changes) =>
  lms.changeServices(course.exchange, changes);
const newCourse = (options, profile = 'canvas-cloud') =>
  courseOf(lms, gateway, profile, options);

// --- SF1, SF2 --------------------------------------------------------------

// An absolute URL that the LMS calls its authorization server, else where the
// token is asked for.
function audienceOf({ exchange }) {
  const { authorization_server: server, token_endpoint: endpoint } =
    exchange.endpoints ?? documentOf(exchange);
  return /^https?:/.test(server) ? server : endpoint;
}

async function checkRequest(course, { method, url, headers, form, assertion },
  scope) {
  assert.equal(method, 'POST');
  assert.ok(!url.includes('assertion'), url);
  assert.match(headers['content-type'], /^application\/x-www-form-urlencoded/);
  assert.equal(headers.authorization, undefined);
  assert.deepEqual(form, { grant_type: 'client_credentials',
    client_assertion_type:
      'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: form.client_assertion, scope });
  const { payload, protectedHeader } = await jwtVerify(form.client_assertion,
    createLocalJWKSet(await keySet()), { algorithms: ['RS256'] });
  const { clientId } = course.idToken.platform;
  const { iat, exp, jti } = payload;
  assert.deepEqual(payload, { iss: clientId, sub: clientId,
    aud: audienceOf(course), iat, exp, jti });
  assert.ok(exp > iat && exp - iat <= 300, `${iat} ${exp}`);
  assert.ok(Math.abs(iat - Date.now() / 1000) < 60, String(iat));
  assert.ok(jti.length >= 16, jti);
  assert.deepEqual(protectedHeader,
    { alg: 'RS256', kid: protectedHeader.kid, typ: 'JWT' });
  assert.ok(assertion.header.kid);
}

for (const profile of profileNames) {
  test(`SF1 SF2 ${profile} is asked as it wants to be`, async () => {
    const course = await newCourse({}, profile);
    await good(items(course));
    const hasRoster = course.idToken.services.namesAndRoles.available;
    assert.equal(hasRoster, profile !== 'ilias');
    if (hasRoster) await good(course.call('GET', '/api/memberships'));
    const { tokens } = lms.services(course.exchange);
    assert.equal(tokens.length, hasRoster ? 2 : 1);
    const asked = tokens[0].form.scope.split(' ');
    assert.deepEqual(asked.toSorted(), gradeScopes.toSorted());
    await checkRequest(course, tokens[0], tokens[0].form.scope);
    if (hasRoster) await checkRequest(course, tokens[1], NRPS);
    assert.equal(new Set(tokens.map(({ assertion }) => assertion.claims.jti))
      .size, tokens.length);
  });
}

test('SF1 no scope is asked for that the launch did not name', async () => {
  const scopes = [gradeScopes[1], gradeScopes[3]];
  const course = await newCourse({ typed: { scopes } });
  await good(items(course));
  assert.deepEqual(course.asked('token').map(({ form }) => form.scope),
    [scopes.join(' ')]);
});

// --- SF3 -------------------------------------------------------------------

test('SF3 one token for grades and one for the roster serve every call',
  async () => {
    const course = await newCourse();
    const student = await course.launch({ user: 'student' });
    const { id } = await course.addItem();
    for (let round = 0; round < 3; round++) {
      for (const auth of ['ltik', 'service']) {
        await good(items(course, { auth }));
        await good(items(student, { auth }));
        await good(course.call('GET', course.item(id, '/scores'), { auth }));
        await good(course.call('GET', '/api/memberships', { auth }));
        await good(course.call('POST', course.item(id, '/scores'),
          { auth, body: scoreOf(student.idToken.user.id) }));
      }
    }
    assert.deepEqual(course.asked('token').map(({ form }) => form.scope),
      [gradeScopes.join(' '), NRPS]);
  });

const lives = {
  'an hour': [{ tokenLifetime: 3600 }, 3500, 3560],
  'five minutes, untold': [{ tokenAnswer: 'expires-missing' }, 200, 280],
  'an hour as a text': [{ tokenAnswer: 'expires-text' }, 3500, 3560],
  'forty seconds': [{ tokenLifetime: 40 }, 20, 38],
};

test('SF3 a token is asked for anew shortly before its end', async (t) => {
  t.after(() => moveClock(0));
  for (const [name, [switches, before, late]] of Object.entries(lives)) {
    await moveClock(0);
    const course = await newCourse();
    change(course, switches);
    await good(items(course));
    await moveClock(before);
    await good(items(course));
    assert.equal(course.asked('token').length, 1, name);
    await moveClock(late);
    await good(items(course));
    assert.equal(course.asked('token').length, 2, name);
    assert.ok(course.asked('lineitems').every(({ status }) => status === 200),
      `${name}: no call with a token that was over`);
  }
});

test('SF3 a token from a clock that was put back is not believed',
  async (t) => {
    t.after(() => moveClock(0));
    const course = await newCourse();
    await moveClock(7200);
    await good(items(course));
    await moveClock(0);
    await good(items(course));
    assert.equal(course.asked('token').length, 2);
  });

test('SF3 twenty calls at once ask for one token', async () => {
  const course = await newCourse();
  change(course, { tokenDelay: 700 });
  const calls = Array.from({ length: 20 }, (_, index) => items(course,
    { auth: index % 2 ? 'ltik' : 'service' }));
  for (const call of calls) await good(call);
  assert.equal(course.asked('token').length, 1);
  change(course, { tokenAnswer: 'html-500' });
  lms.revokeTokens(course.exchange);
  const before = course.asked('token').length;
  const failed = await Promise.all(Array.from({ length: 20 }, () =>
    items(course)));
  for (const answer of failed) refused(answer, 502, 'ACCESS_TOKEN_REFUSED');
  assert.ok(course.asked('token').length - before <= 10,
    'who waited fails with who asked');
});

test('SF3 platforms never share a token', async () => {
  const typed = { site: 'shared' };
  const one = await newCourse({ typed });
  const two = await newCourse({ typed });
  await Promise.all([items(one), items(two), items(one), items(two)].map(good));
  const texts = [one, two].map((course) => {
    const [token, ...more] = course.asked('token');
    assert.equal(more.length, 0);
    assert.equal(token.assertion.claims.sub, course.exchange.client_id);
    for (const { headers } of course.asked('lineitems')) {
      assert.equal(headers.authorization, `Bearer ${granted(token)}`);
    }
    return granted(token);
  });
  assert.notEqual(texts[0], texts[1]);
});

test('SF3 a platform that was changed asks anew, as it is now', async () => {
  const course = await newCourse({ typed: { site: 'changing' } }, 'sakai');
  const other = lms.addTool({ ...course.exchange, profile: 'sakai',
    site: 'changing', client_id: 'another-client' });
  await good(items(course));
  const patch = async (changes) => good(gateway.api('PATCH',
    `/admin/platforms/${course.platformId}`, changes));
  const accesstokenEndpoint =
    `${course.exchange.endpoints.token_endpoint}?more=1`;
  await patch({ accesstokenEndpoint });
  await good(items(course));
  assert.deepEqual(course.asked('token').map(({ url }) => url).slice(1),
    [accesstokenEndpoint]);
  await patch({ authorizationServer: 'https://auth.example' });
  await good(items(course));
  assert.deepEqual(course.asked('token').map(({ assertion }) =>
    assertion.claims.aud), [course.exchange.endpoints.token_endpoint,
    accesstokenEndpoint, 'https://auth.example']);
  const { token_endpoint: first } = course.exchange.endpoints;
  await patch({ accesstokenEndpoint: first });
  await good(items(course));
  assert.equal(course.asked('token').length, 4, 'whatever the audience is');
  await patch({ clientId: other.client_id });
  await items(course);
  const { tokens } = lms.services(other);
  assert.deepEqual(tokens.map(({ assertion: { claims } }) =>
    [claims.iss, claims.sub]), [[other.client_id, other.client_id]]);
  assert.equal(course.asked('token').length, 4);
});

// --- SF4, SF5 --------------------------------------------------------------

const kinds = ['lineitems', 'lineitem', 'scores', 'results', 'memberships'];

test('SF4 a token stands in Authorization, and goes to services alone',
  async () => {
    for (const profile of ['moodle-4.5', 'brightspace', 'sakai']) {
      const course = await newCourse({}, profile);
      const student = await course.launch({ user: 'student' });
      const { id } = await course.addItem();
      await good(course.call('GET', course.item(id)));
      await good(course.call('POST', course.item(id, '/scores'),
        { body: scoreOf(student.idToken.user.id) }));
      await good(course.call('GET', course.item(id, '/scores')));
      await good(course.call('GET', '/api/memberships'));
      await good(course.call('DELETE', course.item(id)));
      const tokens = course.asked('token').map(granted);
      const seen = new Set();
      for (const { kind, url, body, headers } of course.asked()) {
        const { authorization = '', ...others } = headers;
        const rest = JSON.stringify([url, body, others]);
        assert.ok(tokens.every((text) => !rest.includes(text)), rest);
        assert.equal(tokens.some((text) => authorization === `Bearer ${text}`),
          kinds.includes(kind), `${kind} ${authorization}`);
        seen.add(kind);
      }
      assert.deepEqual([...seen].toSorted(),
        [...kinds, 'key-set', 'token'].toSorted());
    }
  });

test('SF5 a key that was rotated in signs what comes next', async () => {
  const course = await newCourse();
  await good(items(course));
  const { code, stderr } = await gateway.cli('key', 'rotate', '--at-once');
  assert.equal(code, 0, stderr);
  lms.revokeTokens(course.exchange);
  await good(items(course));
  const [old, fresh] = course.asked('token').map(({ assertion }) =>
    assertion.header.kid);
  assert.notEqual(fresh, old);
  const kids = (await keySet()).keys.map(({ kid }) => kid);
  assert.ok(kids.includes(old) && kids.includes(fresh), 'both are published');
});

test('SF5 a platform with a key of its own is asked with that', async (t) => {
  await gateway.settings({ keys: 'platform',
    registration: { autoActivate: true } });
  t.after(() => gateway.settings({ registration: { autoActivate: true } }));
  const course = await newCourse();
  await good(items(course));
  const [{ form: { client_assertion: text } }] = course.asked('token');
  const { jwks_uri: url } = requestTo(course.exchange);
  assert.match(url, /\/lti\/keys\/./);
  await jwtVerify(text, createLocalJWKSet(await keySet(url)));
  await assert.rejects(jwtVerify(text, createLocalJWKSet(await keySet())));
});

// --- SF6 -------------------------------------------------------------------

test('SF6 a token that was withdrawn costs one more, and one more try',
  async () => {
    const course = await newCourse();
    const student = await course.launch({ user: 'student' });
    const { id } = await course.addItem();
    for (const ask of [() => items(course), () => course.call('POST',
      '/api/lineitems', { body: { label: 'Once', scoreMaximum: 1 } }),
    () => course.call('POST', course.item(id, '/scores'),
      { body: scoreOf(student.idToken.user.id) })]) {
      lms.clearServices(course.exchange, ['requests']);
      lms.revokeTokens(course.exchange);
      await good(ask());
      const [first, second, ...more] = course.asked().filter(({ kind }) =>
        kinds.includes(kind));
      assert.equal(first.status, 401);
      assert.ok(second.status < 300);
      assert.equal(second.body, first.body);
      assert.deepEqual(more, []);
      assert.equal(course.asked('token').length, 1);
    }
    assert.equal(lms.lineItems(course.exchange).length, 2, 'made once');
  });

test('SF6 twenty calls with a token that was withdrawn ask for one more',
  async () => {
    const course = await newCourse();
    await good(items(course));
    lms.revokeTokens(course.exchange);
    change(course, { tokenDelay: 300, serviceDelay: 100 });
    const calls = Array.from({ length: 20 }, () => items(course));
    for (const call of calls) await good(call);
    assert.equal(course.asked('token').length, 2);
    assert.ok(course.asked('lineitems').length <= 41);
  });

test('SF6 an LMS that says 401 for ever is asked twice', async () => {
  const course = await newCourse();
  for (const [kind, path] of [['lineitems', '/api/lineitems'],
    ['memberships', '/api/memberships']]) {
    change(course, { serviceAnswer: 'status-401', on: kind });
    lms.clearServices(course.exchange, ['requests']);
    const details = refused(await course.call('GET', path), 403,
      'SERVICE_DENIED_BY_PLATFORM');
    assert.equal(details.externalStatus, 401);
    assert.equal(course.asked(kind).length, 2);
    assert.equal(course.asked('token').length, 2);
    change(course, null);
    await good(course.call('GET', path));
    assert.equal(course.asked('token').length, 3,
      'the token that was not known is not used again');
  }
});

test('SF6 an LMS that says 400 to a lost token (Sakai) is asked with another',
  async (t) => {
    t.after(() => moveClock(0));
    const course = await newCourse({}, 'sakai');
    await good(items(course));
    lms.revokeTokens(course.exchange);
    for (const minute of [1, 2]) {
      await moveClock(60 * minute);
      refused(await items(course), 422, 'SERVICE_REFUSED_BY_PLATFORM');
    }
    assert.equal(course.asked('token').length, 1, 'a young one is kept');
    await moveClock(3000);
    refused(await items(course), 422, 'SERVICE_REFUSED_BY_PLATFORM');
    await good(items(course));
    assert.equal(course.asked('token').length, 2);
  });
