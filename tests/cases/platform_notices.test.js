// SPDX-License-Identifier: Apache-2.0
// Platform notices: asked for once a launch shows that the LMS has them,
// checked as launches are, each taken once and handed on by the webhook.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CLAIM, enrol, now } from '../support/enrolled.js';
import { startGateway, until } from '../support/gateway.js';
import { launchOf } from '../support/launches.js';
import { requestTo, startLms } from '../support/lms.js';
import { startHook } from '../support/receivers.js';

const HELLO = 'LtiHelloWorldNotice';
const COPY = 'LtiContextCopyNotice';
const SCOPE = 'https://purl.imsglobal.org/spec/lti/scope/noticehandlers';
const PNS = `${CLAIM}platformnotificationservice`;
const WAIT = 60_000;

const hook = await startHook();
const gateway = await startGateway({ fresh: true, environment: {
  LTIGATE_WEBHOOK_URL: hook.url, LTIGATE_WEBHOOK_SECRET: hook.secret } });
const lms = await startLms();
after(async () => {
  await lms.close();
  await gateway.close();
  await hook.close();
});
const usual = { launchUrl: 'https://tool.example/launch', notices: [HELLO, COPY],
  registration: { mode: 'automatic', autoActivate: true } };
await gateway.settings(usual);
const handler = `${gateway.url}/lti/notices`;

async function register(profile, options) {
  const { exchange, page } = await lms.add(gateway, profile, options);
  assert.equal(page.status, 200, page.text);
  const { tool } = exchange.registration;
  lms.activate(tool.id);
  return { exchange, tool };
}

const launch = async ({ exchange }, options) => {
  const { page } = await launchOf(lms, exchange,
    { storageTarget: 'absent', ...options });
  assert.equal(page.status, 303, page.text);
};
const platformOf = async (tool) => (await gateway.api('GET',
  '/admin/platforms')).body.platforms.find(({ clientId }) =>
  clientId === tool.client_id);
const report = async (id) => (await gateway.api('GET',
  `/admin/platforms/${id}/report`)).body.notices;
const eventsOf = async (id) => (await gateway.api('GET',
  `/admin/events?platformId=${id}&kind=platform%20notice`)).body.events;

const canvas = await register('canvas-cloud');
await launch(canvas);
const platform = await platformOf(canvas.tool);
await until(() => Object.keys(lms.noticeHandlers(canvas.tool)).length === 2,
  'two handlers', WAIT);
await until(async () => (await report(platform.id))[0].subscribed.length === 2,
  'the subscription', WAIT);

const posted = (body) => gateway.api('POST', '/lti/notices', body,
  { key: null });
const toldBefore = () => hook.requests.length;
const told = async (before) => {
  await until(() => hook.requests.length > before, 'the webhook', WAIT);
  hook.verify(hook.requests[before]);
  return hook.requests[before].body;
};
const outcome = async (options) => {
  const { status, body, text } =
    await lms.notice(canvas.tool, { to: handler, ...options });
  assert.equal(status, 200, text);
  return body.notices[0].message ?? body.notices[0].status;
};

test('PN1 the scope is asked for where the LMS lists it', async () => {
  assert.ok(requestTo(canvas.exchange).scope.includes(SCOPE));
  for (const profile of ['moodle-4.5', 'sakai']) {
    const { exchange } = await register(profile);
    assert.equal(requestTo(exchange).scope.includes(SCOPE), false);
  }
});

test('PN2 both types lead to our own address', async () => {
  assert.deepEqual(lms.noticeHandlers(canvas.tool),
    { [HELLO]: handler, [COPY]: handler });
  const [row] = await report(platform.id);
  assert.deepEqual(row.subscribed.toSorted(), [COPY, HELLO]);
  assert.equal(row.fault, undefined);
});

test('PN1 a copied course is told to the tool', async () => {
  const before = toldBefore();
  const { body } = await lms.notice(canvas.tool, { type: COPY,
    context: { id: 'new', title: 'Copy' }, origins: ['old'] });
  assert.deepEqual(body.notices, [{ status: 'taken' }]);
  const { type, data } = await told(before);
  assert.equal(type, 'platform.notice');
  assert.equal(data.platformId, platform.id);
  assert.equal(data.noticeType, COPY);
  assert.deepEqual(data.context, { id: 'new', title: 'Copy' });
  assert.deepEqual(data.originContexts, ['old']);
  assert.ok(data.deploymentId && data.noticeId && data.timestamp);
  const [event] = await eventsOf(platform.id);
  assert.equal(event.message, 'platform notice taken');
  assert.equal(JSON.stringify(event).includes('Copy"'), false);
});

test('A48 one notice is taken once', async () => {
  const before = toldBefore();
  const { jwts } = await lms.notice(canvas.tool, { to: handler });
  await told(before);
  for (const count of [1, 3]) {
    const { body } = await lms.notice(canvas.tool,
      { to: handler, jwts: Array(count).fill(jwts[0]) });
    assert.ok(body.notices.every(({ message }) =>
      message === 'NOTICE_REPLAYED'));
  }
  assert.equal(hook.requests.length, before + 1);
});

const claim = (name, value) => ({ claims: { [name]: value } });
for (const [name, options, message] of [
  ['unsigned', { switches: { sign: 'none' } }, /ALGORITHM/],
  ['signed with the public key', { switches: { sign: 'HS256-public-key' } },
    /ALGORITHM/],
  ['signed by a stranger', { switches: { sign: 'wrong-key' } }, /SIGNATURE/],
  ['by a key that is not published', { switches: { sign: 'unpublished-key' } },
    /KID_NOT_FOUND/],
  ['by another LMS', { switches: { sign: 'other-lms' } }, /KID_NOT_FOUND/],
  ['changed', { switches: { sign: 'tampered' } }, /SIGNATURE/],
  ['for another client', claim('aud', 'other'), /PLATFORM|UNREGISTERED/],
  ['for others as well', claim('aud', [canvas.tool.client_id, 'other']), /AUD/],
  ['of another issuer', claim('iss', 'https://evil.example'),
    /PLATFORM|UNREGISTERED/],
  ['expired', { claims: { iat: now() - 900, exp: now() - 800 } }, /TOO_OLD/],
  ['old', claim('iat', now() - 3000), /TOO_OLD/],
  ['of the future', claim('iat', now() + 3000), /CLOCKS_DIFFER/],
  ['without a nonce', claim('nonce', undefined), /INVALID_NOTICE/],
  ['without a type', claim(`${CLAIM}notice`, { id: 'x' }), /INVALID_NOTICE/],
  ['a launch', claim(`${CLAIM}message_type`, 'LtiResourceLinkRequest'),
    /INVALID_NOTICE/],
  ['of another version', claim(`${CLAIM}version`, '1.1'), /VERSION/],
  ['of an unknown deployment', claim(`${CLAIM}deployment_id`, 'unknown'),
    /DEPLOYMENT/],
]) {
  test(`A48 a notice ${name} is refused`, async () => {
    const before = toldBefore();
    assert.match(await outcome(options), message);
    assert.equal(hook.requests.length, before);
  });
}

test('A34 a notice is no launch', async () => {
  const { jwts: [jwt] } = await lms.notice(canvas.tool, { to: handler });
  const { answer, cookie } = await (async () => {
    const attempt = await launchOf(lms, canvas.exchange,
      { storageTarget: 'absent' });
    return attempt;
  })();
  const page = await gateway.open(answer.action, { headers: { cookie,
    accept: 'application/json' }, form: { ...answer.fields, id_token: jwt } });
  assert.ok(page.status >= 400, page.text);
});

test('PN1 a type that nobody asked for is ignored', async () => {
  assert.equal(await outcome({ type: 'LtiAssetProcessorSubmissionNotice' }),
    'ignored');
});

test('A48 good ones and bad ones in one body', async () => {
  const { jwts: [one] } = await lms.notice(canvas.tool, { to: handler });
  const { body } = await posted({ notices: [{ jwt: one }, { jwt: 'x.y.z' }] });
  assert.deepEqual(body.notices.map(({ status }) => status),
    ['refused', 'refused']);
});

test('A48 too many, too large, and of another form', async () => {
  for (const [body, status] of [
    [{ notices: Array(101).fill({ jwt: 'x' }) }, 400],
    [{ notices: Array(10_000).fill({ jwt: 'x' }) }, 400],
    [{}, 400], [{ notices: 'x' }, 400], [{ notices: [{}] }, 400],
    [{ notices: [{ jwt: 7 }] }, 400], ['[]', 400], ['{"notices":', 400],
    [{ notices: [{ jwt: 'x'.repeat(2 << 20) }] }, 413],
    [{ notices: [] }, 200]]) {
    const answer = await posted(body);
    assert.equal(answer.status, status, answer.text);
  }
  const { body } = await posted({ notices: [{ jwt: `${'a'.repeat(70_000)}.b.c` }] });
  assert.equal(body.notices[0].status, 'refused');
});

test('A2 the service may not be on our own network', async () => {
  const school = await enrol(gateway, { accesstokenEndpoint:
    'http://169.254.169.254/token' });
  const { response } = await school.launch({ claims: { [PNS]: {
    scope: [SCOPE], notice_types_supported: [HELLO],
    platform_notification_service_url: 'http://169.254.169.254/latest' } } });
  assert.equal(response.status, 303);
  await until(async () => (await report(school.platform.id))?.[0].fault,
    'a refusal', WAIT);
  const [row] = await report(school.platform.id);
  assert.deepEqual(row.subscribed, []);
  assert.ok(row.nextTryAt);
});

test('PN2 without the claim, its scope or its types nothing is kept',
  async () => {
    const good = { scope: [SCOPE], notice_types_supported: [HELLO],
      platform_notification_service_url: 'https://lms.example/handlers' };
    const school = await enrol(gateway);
    for (const pns of [undefined, 'x', {}, { ...good, scope: [] },
      { ...good, notice_types_supported: ['Other'] },
      { ...good, platform_notification_service_url: 'ftp://lms.example/' }]) {
      const { response } = await school.launch({ claims: { [PNS]: pns } });
      assert.equal(response.status, 303);
    }
    assert.equal(await report(school.platform.id), undefined);
  });

test('PN1 a refused subscription is tried again', async () => {
  const other = await register('canvas-cloud', { switches: { scope: 'reduced' },
    site: 'other' });
  await launch(other, { claims: { [PNS]: { scope: [SCOPE],
    notice_types_supported: [HELLO], platform_notification_service_url:
      `${lms.origin('other.school.canvas.localhost')}/api/lti/nothing` } } });
  const { id } = await platformOf(other.tool);
  await until(async () => (await report(id))?.[0].fault, 'a refusal', WAIT);
  const [event] = await eventsOf(id);
  assert.equal(event.message, 'platform notices not subscribed');
});

test('PN1 what is wished no more is taken back, and refused', async () => {
  await gateway.settings({ ...usual, notices: [COPY] });
  await until(() => !lms.noticeHandlers(canvas.tool)[HELLO], 'one less', WAIT);
  assert.ok(lms.noticeHandlers(canvas.tool)[COPY]);
  assert.equal(await outcome({ type: HELLO }), 'ignored');
  await gateway.settings({ ...usual, notices: [] });
  await until(() => !lms.noticeHandlers(canvas.tool)[COPY], 'none', WAIT);
  const { status, body } = await lms.notice(canvas.tool,
    { to: handler, type: COPY });
  assert.equal(status, 403);
  assert.equal(body.details.message, 'NOTICES_OFF');
  await gateway.settings(usual);
  const wrong = await gateway.api('PUT', '/admin/settings',
    { ...usual, notices: ['LtiOther'] });
  assert.equal(wrong.status, 400);
});

test('PN1 a platform that is off tells nothing', async () => {
  await gateway.api('POST', `/admin/platforms/${platform.id}/deactivate`);
  assert.match(await outcome({}), /INACTIVE|ACTIVE/);
  await gateway.api('POST', `/admin/platforms/${platform.id}/activate`);
  assert.equal(await outcome({}), 'taken');
});
