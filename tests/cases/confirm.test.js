// SPDX-License-Identifier: Apache-2.0
// Mode "confirm": sign in, choose, confirm, done; or somebody else approves.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openFrame, watchOf } from '../support/confirm.js';
import { startGateway } from '../support/gateway.js';
import { profileNames, registrationsOf, startLms } from '../support/lms.js';
import { referenceIn, titleOf, wordsOf } from '../support/pages.js';
import { makeOrganization, makePerson, password } from
  '../support/people.js';

const lms = await startLms();
const gateway = await startGateway({ settings:
  { registration: { mode: 'confirm' } } });
after(async () => {
  await lms.close();
  await gateway.close();
});

const north = await makeOrganization(gateway, 'North <College>');
const south = await makeOrganization(gateway, 'South');
const role = (...pairs) => pairs.map(([{ id }, name]) => ({ id, role: name }));
const nina = await makePerson(gateway, { email: 'nina@north.example',
  organizations: role([north, 'registrar']) });
const both = await makePerson(gateway, { email: 'both@both.example',
  organizations: role([north, 'admin'], [south, 'registrar']) });
const vera = await makePerson(gateway, { email: 'vera@north.example',
  organizations: role([north, 'viewer']) });
const staff = await makePerson(gateway,
  { email: 'staff@tool.example', role: 'admin' });

const open = (profile = 'moodle-4.5', options) =>
  openFrame(lms, gateway, profile, options);
const signIn = (frame, person) =>
  frame.send('sign-in', { email: person.email, password });
const platformOf = async ({ exchange }) => (await gateway.api('GET',
  `/admin/platforms?clientId=${exchange.registration.client_id}`))
  .body.platforms[0];
const sent = (frame) => registrationsOf(frame.exchange).length;
const waiting = async (frame) => (await gateway.api('GET',
  '/api/registrations')).body.registrations
  .find((one) => one.reference === referenceIn(frame.page));

// The other two refuse, or are refused, before anybody is asked.
for (const profile of profileNames.filter((one) =>
  !['moodle-3.10', 'canvas-selfhosted'].includes(one))) {
  test(`CONFIRM ${profile}: sign in, yes, done`, async () => {
    const frame = await open(profile);
    assert.equal(titleOf(frame.page), 'Sign in to register Acme Courses');
    assert.equal(frame.page.headers['set-cookie'], undefined);
    await signIn(frame, nina);
    assert.equal(titleOf(frame.page),
      'Register Acme Courses with North <College>?');
    assert.match(wordsOf(frame.page), /Signed in as nina@north\.example/);
    assert.equal(sent(frame), 0);
    await frame.send('confirm', { answer: 'yes' });
    assert.equal(frame.page.status, 200, frame.page.text);
    assert.equal(titleOf(frame.page), 'Acme Courses is registered');
    assert.match(frame.page.text, /<body data-close="now">/);
    assert.equal(frame.page.headers['set-cookie'], undefined);
    const platform = await platformOf(frame);
    assert.equal(platform.organizationId, north.id);
    assert.equal(platform.active, true);
  });
}

test('CONFIRM who belongs to several chooses; what the URL claims is marked',
  async () => {
    const frame = await open('canvas-cloud',
      { query: `organization=${south.id}` });
    await signIn(frame, both);
    assert.equal(titleOf(frame.page), 'For which organisation?');
    assert.match(frame.page.text,
      new RegExp(`value="${south.id}" checked required> South`));
    assert.match(frame.page.text,
      new RegExp(`value="${north.id}" required> North &lt;College&gt;`));
    await frame.send('choose', { organization: south.id });
    assert.equal(titleOf(frame.page), 'Register Acme Courses with South?');
    await frame.send('confirm', { answer: 'yes' });
    assert.equal((await platformOf(frame)).organizationId, south.id);
  });

test('CONFIRM staff may choose any organisation, or none', async () => {
  const frame = await open('sakai');
  await signIn(frame, staff);
  await frame.send('choose', { organization: '' });
  assert.equal(titleOf(frame.page), 'Register Acme Courses?');
  await frame.send('confirm', { answer: 'yes' });
  const platform = await platformOf(frame);
  assert.equal('organizationId' in platform, false);
  assert.equal(platform.active, true);
});

test('CONFIRM No ends it, and the LMS is told nothing', async () => {
  const frame = await open();
  await signIn(frame, nina);
  const ticket = frame.ticket('confirm');
  const question = frame.page;
  await frame.send('confirm', { answer: 'no' });
  assert.equal(titleOf(frame.page), 'Nothing was registered');
  assert.match(frame.page.text, /<body data-close="now">/);
  frame.page = question;
  await frame.send('confirm', { answer: 'yes' }, { ticket });
  assert.equal(frame.page.status, 404);
  assert.equal(titleOf(frame.page), 'This registration is over');
  assert.equal(sent(frame), 0);
});

test('CONFIRM a wrong password is said beside the form, with nothing given away',
  async () => {
    const frame = await open();
    const words = new Set();
    for (const email of ['nina@north.example', 'nobody@nowhere.example']) {
      const page = await frame.send('sign-in',
        { email, password: 'not the password' });
      assert.equal(page.status, 401);
      words.add(/role="alert"[^>]*>([^<]*)</.exec(page.text)[1]);
      assert.match(page.text, new RegExp(`value="${email}"`));
      assert.doesNotMatch(page.text, /not the password/);
    }
    assert.equal(words.size, 1);
    await signIn(frame, nina);
    assert.match(titleOf(frame.page), /^Register/);
  });

test('CONFIRM an organisation\'s own link needs no sign-in', async () => {
  for (const activate of [true, false]) {
    const link = (await gateway.api('POST', '/admin/registration-links',
      { organizationId: south.id, activate })).body;
    const frame = await open('moodle-4.5', { toolUrl: link.url });
    assert.equal(titleOf(frame.page), 'Register Acme Courses with South?');
    await frame.send('confirm', { answer: 'yes' });
    const platform = await platformOf(frame);
    assert.deepEqual([platform.organizationId, platform.active],
      [south.id, activate]);
  }
});

test('CONFIRM a link that was revoked meanwhile no longer proves anything',
  async () => {
    const link = (await gateway.api('POST', '/admin/registration-links',
      { organizationId: south.id, once: false })).body;
    const frame = await open('moodle-4.5', { toolUrl: link.url });
    await gateway.api('DELETE', `/admin/registration-links/${link.id}`);
    await frame.send('confirm', { answer: 'yes' });
    assert.equal(frame.page.status, 403);
    assert.equal(sent(frame), 0);
  });

test('CONFIRM who may not register asks, and a registrar approves', async () => {
  const frame = await open('blackboard');
  await signIn(frame, vera);
  assert.match(titleOf(frame.page), /^You may not register/);
  await frame.send('ask');
  assert.equal(titleOf(frame.page), 'Waiting for approval');
  const watch = watchOf(frame.page);
  const news = await gateway.open(watch,
    { headers: { accept: 'application/json' } });
  assert.deepEqual(news.json(), { state: 'waiting' });
  const one = await waiting(frame);
  assert.equal(one.organizationId, north.id);
  assert.equal(one.waitsFor, 'approval');
  const done = await nina.call('POST',
    `/api/registrations/${one.handle}/complete`, { autoActivate: true });
  assert.equal(done.status, 200, done.text);
  frame.page = await gateway.open(watch);
  assert.equal(titleOf(frame.page), 'Acme Courses is registered');
  assert.match(frame.page.text, /<body data-close="now">/);
  const platform = await platformOf(frame);
  assert.deepEqual([platform.organizationId, platform.active],
    [north.id, true]);
});

test('CONFIRM without an account one asks; staff reject', async () => {
  const frame = await open();
  await frame.send('ask');
  const watch = watchOf(frame.page);
  const one = await waiting(frame);
  assert.equal('organizationId' in one, false);
  const foreign = await nina.call('POST',
    `/api/registrations/${one.handle}/complete`, {});
  assert.equal(foreign.status, 404);
  assert.equal((await staff.call('POST',
    `/api/registrations/${one.handle}/reject`)).status, 200);
  frame.page = await gateway.open(watch);
  assert.equal(titleOf(frame.page), 'The registration was not approved');
  assert.equal(sent(frame), 0);
});

test('CONFIRM who asked does not decide in another window', async () => {
  const frame = await open();
  const ticket = frame.ticket('sign-in');
  const page = frame.page;
  await frame.send('ask');
  frame.page = page;
  await frame.send('sign-in', { email: nina.email, password }, { ticket });
  assert.equal(frame.page.status, 404);
  assert.equal(titleOf(frame.page), 'This registration is over');
});

test('CONFIRM an approval that the LMS refuses ends the waiting with a reason',
  async () => {
    const frame = await open('moodle-4.5',
      { switches: { answer: 'errors-422' } });
    await frame.send('ask');
    const watch = watchOf(frame.page);
    const one = await waiting(frame);
    const answer = await staff.call('POST',
      `/api/registrations/${one.handle}/complete`, {});
    assert.equal(answer.status, 502, answer.text);
    frame.page = await gateway.open(watch);
    assert.equal(titleOf(frame.page), 'The registration did not succeed');
  });

test('CONFIRM a frame that waits for more than an hour says that it is over',
  async () => {
    const frame = await open();
    await frame.send('ask');
    const watch = watchOf(frame.page);
    await gateway.setClock(3590);
    assert.equal(titleOf(await gateway.open(watch)), 'Waiting for approval');
    await gateway.setClock(3700);
    const page = await gateway.open(watch);
    await gateway.setClock(0);
    assert.equal(titleOf(page), 'This registration is over');
    assert.doesNotMatch(wordsOf(page), /Reference/); // it is gone
  });

test('A18 tickets: forged, of another step, of another registration, too old',
  async () => {
    const frame = await open();
    const mine = frame.ticket('sign-in');
    const page = frame.page;
    for (const ticket of ['', 'x', `${mine.slice(0, -2)}AA`,
      mine.slice(1)]) {
      frame.page = page;
      await frame.send('ask', {}, { ticket });
      assert.equal(frame.page.status, 403);
      assert.equal(titleOf(frame.page), 'This page can no longer be used');
    }
    // One that was not signed in with neither chooses nor says yes.
    for (const [name, fields] of [['choose', { organization: north.id }],
      ['confirm', { answer: 'yes' }]]) {
      const answer = await gateway.open(`${gateway.url}/lti/register/${name}`,
        { form: { ticket: mine, ...fields } });
      assert.equal(answer.status, 403, name);
      assert.equal(titleOf(answer), 'This page can no longer be used');
    }
    // One that was not asked yet does not answer.
    const hasty = await open();
    await signIn(hasty, staff);
    const answer = await gateway.open(`${gateway.url}/lti/register/confirm`,
      { form: { ticket: hasty.ticket('choose'), answer: 'yes' } });
    assert.equal(answer.status, 403);
    assert.equal(sent(hasty), 0);
    // A watch's ticket is good for looking alone.
    frame.page = page;
    await frame.send('ask');
    const watch = new URL(watchOf(frame.page)).searchParams.get('ticket');
    const yes = await gateway.open(`${gateway.url}/lti/register/confirm`,
      { form: { ticket: watch, answer: 'yes' } });
    assert.notEqual(yes.status, 200);
    assert.equal(sent(frame), 0);
    // Who signed in and went away.
    const late = await open();
    await signIn(late, nina);
    await gateway.setClock(901);
    await late.send('confirm', { answer: 'yes' });
    await gateway.setClock(0);
    assert.equal(late.page.status, 403);
    assert.equal(sent(late), 0);
  });

test('A21 nothing has an effect by GET, or without the ticket of the page',
  async () => {
    const frame = await open();
    await signIn(frame, nina);
    const ticket = frame.ticket('confirm');
    for (const name of ['sign-in', 'choose', 'confirm', 'ask']) {
      const answer = await gateway.open(`${gateway.url}/lti/register/${name}`
        + `?ticket=${encodeURIComponent(ticket)}&answer=yes`);
      assert.equal(answer.status, 405, name);
      const none = await gateway.open(`${gateway.url}/lti/register/${name}`,
        { form: { answer: 'yes' } });
      assert.equal(none.status, 403, name);
    }
    assert.equal(sent(frame), 0);
  });

test('CONFIRM a person chooses only among their own organisations', async () => {
  const frame = await open();
  await signIn(frame, both);
  await gateway.api('PATCH', `/admin/users/${both.user.id}`,
    { organizations: role([north, 'admin']) });
  await frame.send('choose', { organization: south.id });
  assert.equal(frame.page.status, 404);
  const again = await open();
  await signIn(again, both);
  await gateway.api('PATCH', `/admin/users/${both.user.id}`,
    { organizations: role([south, 'viewer']) });
  await again.send('confirm', { answer: 'yes' });
  assert.equal(again.page.status, 404);
  assert.equal(sent(again), 0);
});

test('A24 what the LMS and people wrote stays text', async () => {
  const evil = await makeOrganization(gateway,
    '<script>alert(1)</script>"\'&{{ticket}}');
  const eve = await makePerson(gateway, { email: 'eve@evil.example',
    organizations: role([evil, 'registrar'], [north, 'registrar']) });
  const frame = await open();
  await frame.send('sign-in', { email: '"><script>alert(2)</script>@x',
    password: 'x' });
  assert.doesNotMatch(frame.page.text, /<script>alert/);
  await signIn(frame, eve);
  assert.doesNotMatch(frame.page.text, /<script>alert/);
  await frame.send('choose', { organization: evil.id });
  assert.doesNotMatch(frame.page.text, /<script>alert/);
  assert.match(titleOf(frame.page), /<script>alert\(1\)/);
});

test('A22 the pages may be framed by an LMS, send forms to us alone', async () => {
  const frame = await open();
  const policy = frame.page.headers['content-security-policy'];
  assert.match(policy, /form-action 'self'; /);
  assert.match(policy, /frame-ancestors https:/);
  assert.match(policy, /default-src 'none'/);
});

test('CONFIRM who confirmed is in the event', async () => {
  const { body: { events } } =
    await gateway.api('GET', '/admin/events?kind=registration');
  assert.ok(events.some((one) => one.message === 'platform registered'
    && one.details.by === `user ${nina.user.id}`));
  assert.doesNotMatch(gateway.log(), new RegExp(password));
});
