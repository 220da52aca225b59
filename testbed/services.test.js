// SPDX-License-Identifier: Apache-2.0
// The services of every LMS with a client of its own: token, line items,
// scores, results, members; and what each LMS refuses.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeJwt, SignJWT } from 'jose';
import { startTestbed } from './testbed.js';
import { call, goodRequest, register, serveKeySet } from './test_client.js';
import {
  askToken, assertionFor, bearer, enrolledTool, scopes, toolKeys, types,
  withTail,
} from './service_client.js';

const AGS = 'https://purl.imsglobal.org/spec/lti-ags/scope/';
const LTI = 'https://purl.imsglobal.org/spec/lti/claim/';
const DL = 'https://purl.imsglobal.org/spec/lti-dl/claim/';
const allProfiles = ['moodle-3.10', 'moodle-4.5', 'canvas-cloud',
  'canvas-selfhosted', 'brightspace', 'blackboard', 'sakai', 'ilias'];

let lms;
let keys;
let server;
let sites = 0;

before(async () => {
  lms = await startTestbed();
  keys = await toolKeys();
  server = await serveKeySet(() => ({ keys: [keys.jwk] }));
});
after(async () => {
  server.close();
  await lms.close();
});

function addTool(profile, more = {}) {
  sites += 1;
  return lms.addTool({ profile, site: `s${sites}`, scopes,
    initiate_login_uri: 'http://tool.localhost/login',
    redirect_uris: ['http://tool.localhost/launch'],
    jwks_uri: server.url, ...more });
}

const ready = async (profile, more) => {
  const tool = addTool(profile, more);
  return { tool, client: await enrolledTool(lms, tool, keys.privateKey) };
};

const statuses = { 'brightspace': 204, 'blackboard': 201 };

for (const profile of allProfiles) {
  test(`${profile}: line items, scores and results`, async () => {
    const { tool, client } = await ready(profile);
    const made = await client.postItem(client.lineitems,
      { label: 'Quiz', scoreMaximum: 100, tag: 'peer', resourceId: 'r-1' });
    assert.equal(made.status, 201, made.text);
    const { id } = made.json();
    const listed = await client.get(client.lineitems,
      { accept: types.lineitems });
    assert.deepEqual(listed.json().map((item) => item.id), [id]);
    assert.match(listed.headers['content-type'], /lineitemcontainer\+json/);
    const scored = await client.postScore(id, { comment: 'well done' });
    assert.equal(scored.status, statuses[profile] ?? 200, scored.text);
    const results = await client.get(withTail(id, '/results',
      { user_id: client.subject }), { accept: types.results });
    const [result] = results.json();
    assert.deepEqual([result.userId, result.resultScore, result.resultMaximum,
      result.comment, result.scoreOf],
    [client.subject, 75, 100, 'well done', id]);
    const put = await client.putItem(id, { label: 'Exam', scoreMaximum: 10 });
    assert.equal(put.status, 200);
    assert.equal((await client.get(id)).json().label, 'Exam');
    assert.equal((await client.remove(id)).status, 204);
    assert.ok((await client.get(id)).status >= 400);
    assert.equal(lms.services(tool).scores[0].body.scoreGiven, 37.5);
  });
}

test('every LMS but ILIAS tells who is in the course', async () => {
  for (const profile of allProfiles.filter((name) => name !== 'ilias')) {
    const { client } = await ready(profile);
    const answer = await client.get(client.memberships,
      { accept: types.memberships });
    assert.equal(answer.status, 200, answer.text);
    const { id, context, members } = answer.json();
    assert.equal(id, client.memberships);
    assert.equal(context.title, 'LTI test course');
    const own = members.find((one) => one.user_id === client.subject);
    assert.equal(own.name, 'Stu Student', profile);
    assert.match(own.roles.join(), /Learner/);
  }
  const { client } = await ready('ilias');
  assert.equal(client.memberships, undefined);
});

test('Moodle answers as the live one did', async () => {
  const { client } = await ready('moodle-4.5');
  const token = await askToken(addTool('moodle-4.5'), keys.privateKey);
  assert.match(token.headers['content-type'], /^text\/html/);
  const members = (await client.get(client.memberships)).json().members;
  assert.deepEqual(members[1], { status: 'Active', roles: ['Learner'],
    user_id: '4', lis_person_sourcedid: '', name: 'Stu Student',
    given_name: 'Stu', family_name: 'Student',
    email: 'stu.student@example.edu', ext_user_username: 'student' });
  const made = await client.postItem(client.lineitems,
    { scoreMaximum: 100, label: 'Grade', tag: 'peer' });
  assert.match(made.json().id,
    /\/services\.php\/2\/lineitems\/7\/lineitem\?type_id=3$/);
  const scored = await client.postScore(made.json().id);
  assert.deepEqual([scored.status, scored.text], [200, '']);
  const [result] = (await client.get(withTail(made.json().id, '/results')))
    .json();
  assert.match(result.id, /lineitem\/results\?type_id=3&user_id=4$/);
  assert.match(result.timestamp, /T\d\d:\d\d:\d\d\+00:00$/);
});

test('Canvas gives a result address and keeps its extensions', async () => {
  const { tool, client } = await ready('canvas-cloud');
  const type = 'https://canvas.instructure.com/lti/submission_type';
  const own = 'https://canvas.instructure.com/lti/submission';
  const { id } = (await client.postItem(client.lineitems, { label: 'Essay',
    scoreMaximum: 10, [type]: { type: 'none' }, unknown: 1 })).json();
  const shown = (await client.get(id)).json();
  assert.deepEqual([shown[type], shown.unknown], [{ type: 'none' }, undefined]);
  assert.equal(lms.lineItems(tool)[0].unknown, 1);
  const scored = await client.postScore(id,
    { [own]: { submission_type: 'online_url' } });
  const result = await client.get(scored.json().resultUrl);
  assert.equal(result.json().resultScore, 7.5);
  assert.equal(lms.services(tool).results[0].extensions[own].submission_type,
    'online_url');
});

const badAssertions = [
  ['another issuer', { claims: { iss: 'x' } }],
  ['an unknown subject', { claims: { sub: 'x' } }],
  ['another audience', { claims: { aud: 'https://elsewhere.example' } }],
  ['no jti', { claims: { jti: undefined } }],
  ['no iat', { claims: { iat: undefined } }],
  ['an exp that is past', { claims: { iat: 1, exp: 60 } }],
  ['a long life', { claims: { exp: Math.floor(Date.now() / 1000) + 7200 } }],
  ['no kid', { header: { kid: undefined } }],
  ['an unknown kid', { header: { kid: 'k9' } }],
  ['another type', { header: { typ: 'at+jwt' } }],
  ['text', { form: { client_assertion: 'none' } }],
];

test('an assertion is judged', async () => {
  const tool = addTool('blackboard');
  for (const [what, changes] of badAssertions) {
    const answer = await askToken(tool, keys.privateKey, changes);
    assert.equal(answer.status, 401, what);
    assert.equal(answer.json().error, 'invalid_client', what);
  }
  const stranger = await toolKeys();
  const forged = await askToken(tool, stranger.privateKey);
  assert.match(forged.json().error_description, /signature/);
  const client_assertion = await assertionFor(tool, keys.privateKey);
  const once = await askToken(tool, null, { form: { client_assertion } });
  const twice = await askToken(tool, null, { form: { client_assertion } });
  assert.deepEqual([once.status, twice.status], [200, 401]);
  assert.match(lms.services(tool).tokens.at(-1).problem, /jti/);
});

test('the form of a token request is judged', async () => {
  const tool = addTool('canvas-cloud');
  for (const [changes, error] of [
    [{ form: { grant_type: 'password' } }, 'unsupported_grant_type'],
    [{ form: { grant_type: undefined } }, 'invalid_request'],
    [{ form: { client_assertion_type: 'x' } }, 'invalid_request'],
    [{ headers: { 'content-type': 'application/json' } }, 'invalid_request'],
    [{ form: { scope: `${AGS}score ${AGS}unheard` } }, 'invalid_scope'],
    [{ form: { scope: '' } }, 'invalid_scope'],
  ]) {
    const answer = await askToken(tool, keys.privateKey, changes);
    assert.deepEqual([answer.status, answer.json().error], [400, error]);
  }
  const moodle = await askToken(addTool('moodle-4.5'), keys.privateKey,
    { form: { scope: `${AGS}score ${AGS}unheard` } });
  assert.equal(moodle.json().scope, `${AGS}score`);
});

test('audiences: Brightspace wants its own, Sakai looks at none', async () => {
  const brightspace = addTool('brightspace');
  const wrong = { claims: { aud: brightspace.endpoints.token_endpoint } };
  assert.equal((await askToken(brightspace, keys.privateKey, wrong)).status,
    400);
  const list = { claims: { aud: ['x',
    brightspace.endpoints.authorization_server] } };
  assert.equal((await askToken(brightspace, keys.privateKey, list)).status,
    200);
  const any = { claims: { aud: 'anything' } };
  assert.equal((await askToken(addTool('sakai'), keys.privateKey, any)).status,
    200);
});

test('a tool\u2019s key set is read where it says, and kept by some',
  async () => {
    for (const [profile, reads] of [['moodle-4.5', 2], ['canvas-cloud', 1]]) {
      const tool = addTool(profile);
      await askToken(tool, keys.privateKey);
      await askToken(tool, keys.privateKey);
      assert.equal(lms.serviceRequests(tool, 'key-set').length, reads);
    }
    const inline = addTool('ilias', { jwks: { keys: [keys.jwk] } });
    assert.equal((await askToken(inline, keys.privateKey)).status, 200);
  });

test('a token opens only what its scopes say', async () => {
  for (const [profile, status] of [['moodle-4.5', 401], ['blackboard', 403],
    ['sakai', 400]]) {
    const { client } = await ready(profile, { scopes: [`${AGS}score`] });
    const answer = await client.get(client.lineitems);
    assert.equal(answer.status, status, profile);
  }
  const { tool, client } = await ready('blackboard',
    { scopes: [`${AGS}lineitem.readonly`] });
  const made = await client.postItem(client.lineitems,
    { label: 'x', scoreMaximum: 1 });
  assert.equal(made.status, 403);
  assert.equal((await client.get(client.lineitems)).status, 200);
  lms.revokeTokens(tool);
  assert.equal((await client.get(client.lineitems)).status, 401);
  const none = await call(client.lineitems, { headers: bearer('unknown') });
  assert.equal(none.status, 401);
  assert.equal(lms.serviceRequests(tool).at(-1).problem.slice(0, 16),
    'The access token');
});

test('a tool reaches no other tool\u2019s line items', async () => {
  for (const [profile, status] of [['moodle-4.5', 403],
    ['canvas-cloud', 412], ['blackboard', 404]]) {
    const { tool, client } = await ready(profile);
    const other = lms.addTool({ profile, site: tool.site, scopes,
      jwks_uri: server.url });
    const item = lms.addLineItem(other, {});
    const own = item.id.replace(`type_id=${other.number}`,
      `type_id=${tool.number}`);
    assert.equal((await client.postScore(own)).status, status, profile);
    assert.deepEqual((await client.get(client.lineitems)).json(), []);
    assert.deepEqual(lms.services(other).results, []);
  }
});

test('media types are judged, by Moodle to the letter', async () => {
  const rows = [['blackboard', 415, 406, 200], ['moodle-4.5', 400, 400, 400]];
  for (const [profile, body, accept, several] of rows) {
    const { tool, client } = await ready(profile);
    const { id } = lms.addLineItem(tool, {});
    const as = (type) => client.postScore(id, {}, { 'content-type': type });
    assert.equal((await as('application/json')).status, body);
    assert.equal((await client.get(client.lineitems,
      { accept: 'text/html' })).status, accept);
    assert.equal((await client.get(client.lineitems,
      { accept: `${types.lineitems}, text/html;q=0.1` })).status, several);
    assert.equal((await client.get(client.lineitems, { accept: '*/*' }))
      .status, 200);
    lms.changeServices(tool, { mediaTypes: 'off' });
    assert.ok((await as('application/json')).status < 300);
  }
});

test('members: roles, links, pages, privacy', async () => {
  const { tool, client } = await ready('moodle-4.5', { claims: ['sub'] });
  const ask = async (query) =>
    client.get(withTail(client.memberships, '', query));
  const names = async (query) =>
    (await ask(query)).json().members.map((one) => one.user_id);
  assert.deepEqual(await names({ role: 'Instructor' }), ['3']);
  assert.deepEqual(await names({ role:
    'http://purl.imsglobal.org/vocab/lis/v2/membership#Learner' }), ['4']);
  const [first] = (await ask({})).json().members;
  assert.deepEqual([first.name, first.email], [undefined, undefined]);
  assert.equal((await ask({ rlid: 'nowhere' })).status, 403);
  const { linkId } = lms.activities(tool)[0];
  const [member] = (await ask({ rlid: linkId })).json().members;
  assert.ok(member.message[0]);
  lms.setRoster(tool, ['teacher', { sub: 'x', name: 'X', status: 'Inactive',
    member: { user_id: null } }]);
  const odd = (await ask({})).json().members[1];
  assert.deepEqual([odd.user_id, odd.status], [undefined, 'Inactive']);
});

test('ten thousand members are read page by page', async () => {
  const { tool, client } = await ready('canvas-cloud');
  lms.setRoster(tool, 10_000);
  const seen = new Set();
  let next = withTail(client.memberships, '', { limit: 100 });
  while (next) {
    const answer = await client.get(next);
    for (const one of answer.json().members) seen.add(one.user_id);
    next = /<([^>]*)>; rel="next"/.exec(answer.headers.link)?.[1];
  }
  assert.equal(seen.size, 10_000);
  const { id } = lms.addLineItem(tool, {});
  assert.equal((await client.postScore(id, { userId: [...seen].at(-1) }))
    .status, 200);
});

test('a registered tool, its scopes and its document\u2019s audience',
  async () => {
    const exchange = await lms.begin('moodle-4.5', { site: 'reg',
      toolUrl: 'http://tool.localhost:8080/register',
      switches: { authorizationServer: 'url' } });
    await register(exchange, goodRequest({ jwks_uri: server.url,
      scope: scopes.join(' ') }));
    const { tool } = exchange.registration;
    const client = await enrolledTool(lms, tool, keys.privateKey);
    assert.equal((await client.get(client.lineitems)).status, 200);
    assert.deepEqual(lms.services(exchange).counts,
      { token: 1, 'key-set': 1, lineitems: 1 });
  });

test('an activity with a line item: its launch names it', async () => {
  const { tool } = await ready('moodle-4.5');
  const { id, resourceLinkId } = lms.addLineItem(tool, { activity: true });
  const client = await enrolledTool(lms, tool, keys.privateKey);
  assert.equal(client.lineitem, id);
  const filtered = await client.get(withTail(client.lineitems, '',
    { resource_link_id: resourceLinkId }));
  assert.equal(filtered.json()[0].ltiLinkId, resourceLinkId);
});

// The tool's answer to a request for content: one link with a line item.
async function contentFor(tool, attempt) {
  const { login_hint, lti_message_hint } = attempt.login.fields;
  const { fields } = await attempt.answer({ scope: 'openid',
    response_type: 'id_token', response_mode: 'form_post', prompt: 'none',
    client_id: tool.client_id, redirect_uri: tool.redirect_uris[0],
    state: 's', nonce: 'n', login_hint, lti_message_hint });
  const claims = decodeJwt(fields.id_token);
  const settings = claims[`${DL}deep_linking_settings`];
  const now = Math.floor(Date.now() / 1000);
  const jwt = await new SignJWT({ iss: tool.client_id, aud: claims.iss,
    iat: now, exp: now + 60, nonce: attempt.id,
    [`${LTI}message_type`]: 'LtiDeepLinkingResponse',
    [`${LTI}version`]: '1.3.0',
    [`${LTI}deployment_id`]: claims[`${LTI}deployment_id`],
    ...(settings.data ? { [`${DL}data`]: settings.data } : {}),
    [`${DL}content_items`]: [{ type: 'ltiResourceLink', title: 'Chapter',
      lineItem: { label: 'Points', scoreMaximum: 8, tag: 't' } }],
  }).setProtectedHeader({ alg: 'RS256', kid: 'k1' }).sign(keys.privateKey);
  return call(settings.deep_link_return_url, { method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ JWT: jwt }).toString() });
}

test('selected content brings its line item', async () => {
  const { tool, client } = await ready('brightspace');
  const attempt = await lms.launch(tool,
    { message: 'LtiDeepLinkingRequest' });
  assert.equal((await contentFor(tool, attempt)).status, 200);
  const [item] = (await client.get(client.lineitems)).json();
  assert.deepEqual([item.label, item.scoreMaximum, item.tag],
    ['Points', 8, 't']);
  const claims = decodeJwt(await lms.token(tool,
    { activity: lms.activities(tool).at(-1) }));
  assert.equal(claims['https://purl.imsglobal.org/spec/lti-ags/claim/endpoint']
    .lineitem, item.id);
});

test('only the last requests are kept, counts stay', async () => {
  const { tool, client } = await ready('blackboard');
  lms.changeServices(tool, { timestampRule: 'off' });
  lms.keepRequests(tool, 3);
  const { id } = lms.addLineItem(tool, {});
  for (let turn = 0; turn < 8; turn += 1) await client.postScore(id);
  assert.equal(lms.services(tool).scores.length, 3);
  assert.equal(lms.serviceRequests(tool).length, 3);
  assert.equal(lms.serviceCounts(tool).scores, 8);
  lms.clearServices(tool);
  assert.deepEqual(lms.services(tool), { tokens: [], memberships: [],
    lineItems: [], scores: [], results: [], counts: {} });
  assert.equal((await client.get(client.lineitems)).status, 401);
});
