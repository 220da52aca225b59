// SPDX-License-Identifier: Apache-2.0
// Organisations and their registration links: who a registration belongs to,
// and how that is proven.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startGateway } from '../support/gateway.js';
import { startLms } from '../support/lms.js';
import { titleOf, wordsOf } from '../support/pages.js';

const DAY = 86_400;
const lms = await startLms();
const gateway = await startGateway();
after(async () => {
  await lms.close();
  await gateway.close();
});

const organization = async (name) =>
  (await gateway.api('POST', '/admin/organizations', { name })).body;
const link = async (wish) => {
  const { status, body, text } =
    await gateway.api('POST', '/admin/registration-links', wish);
  assert.equal(status, 201, text);
  return body;
};
const platformOf = async (exchange) => {
  const { body } = await gateway.api('GET', '/admin/platforms?clientId='
    + exchange.registration.client_id);
  return body.platforms[0];
};
const refusedLink = async (url, options) => {
  const { exchange, page } = await lms.add(gateway, 'moodle-4.5',
    { toolUrl: url, ...options });
  assert.equal(page.status, 403, page.text);
  assert.equal(titleOf(page), 'This registration link no longer works');
  assert.equal(exchange.requests.length, 0);
};

const school = await organization('North School');

test('ORG an organisation is made, read, renamed and removed', async () => {
  const made = await gateway.api('POST', '/admin/organizations',
    { name: 'Färöer College' });
  assert.equal(made.status, 201);
  const path = `/admin/organizations/${made.body.id}`;
  assert.deepEqual((await gateway.api('GET', path)).body, made.body);
  const renamed = await gateway.api('PUT', path, { name: 'Other' });
  assert.equal(renamed.body.name, 'Other');
  const list = await gateway.api('GET', '/admin/organizations');
  assert.ok(list.body.organizations.some((one) => one.name === 'Other'));
  const again = await gateway.api('POST', '/admin/organizations',
    { name: 'Other' });
  assert.equal(again.status, 409);
  assert.equal(again.body.details.message, 'ORGANIZATION_EXISTS');
  assert.equal(again.body.details.member, 'name');
  assert.equal((await gateway.api('DELETE', path)).status, 204);
  assert.equal((await gateway.api('GET', path)).status, 404);
  assert.equal((await gateway.api('DELETE', path)).status, 404);
});

test('LINK who registers by a link belongs to its organisation', async () => {
  const { url, id } = await link({ organizationId: school.id, label: 'IT' });
  assert.match(url, new RegExp(`^${gateway.registerUrl}\\?link=[\\w-]{20,}$`));
  const { exchange, page } =
    await lms.add(gateway, 'moodle-4.5', { toolUrl: url });
  assert.equal(page.status, 200, page.text);
  const platform = await platformOf(exchange);
  assert.equal(platform.organizationId, school.id);
  assert.equal(platform.active, false);
  const { body, text } =
    await gateway.api('GET', '/admin/registration-links');
  const row = body.registrationLinks.find((one) => one.id === id);
  assert.equal(row.uses, 1);
  assert.equal(row.label, 'IT');
  // The token is told once.
  assert.equal(text.includes(new URL(url).searchParams.get('link')), false);
  assert.equal('url' in row, false);
});

test('LINK a link is good once, unless it is reusable', async () => {
  const once = await link({ organizationId: school.id });
  assert.equal((await lms.add(gateway, 'moodle-4.5',
    { toolUrl: once.url })).page.status, 200);
  await refusedLink(once.url);
  const many = await link({ organizationId: school.id, once: false });
  for (let i = 0; i < 3; i += 1) {
    assert.equal((await lms.add(gateway, 'sakai',
      { toolUrl: many.url })).page.status, 200);
  }
});

test('LINK a refusal by the LMS does not use a link up', async () => {
  const { url } = await link({ organizationId: school.id });
  const refused = await lms.add(gateway, 'moodle-4.5',
    { toolUrl: url, switches: { answer: 'plain-400' } });
  assert.equal(refused.page.status, 502);
  const again = await lms.add(gateway, 'moodle-4.5', { toolUrl: url });
  assert.equal(again.page.status, 200, again.page.text);
});

test('LINK two registrations at once by one link: one wins', async () => {
  const { url } = await link({ organizationId: school.id });
  const begun = await Promise.all([1, 2, 3].map(() => lms.begin(gateway,
    'moodle-4.5', { toolUrl: url, switches: { configurationDelay: 150 } })));
  const pages = await Promise.all(begun.map((exchange) =>
    lms.enter(gateway, exchange)));
  assert.deepEqual(pages.map((page) => page.status).toSorted(),
    [200, 403, 403]);
});

test('LINK a link expires', async () => {
  const short = await link({ organizationId: school.id, expiresInDays: 1 });
  const usual = await link({ organizationId: school.id });
  const never = await link({ organizationId: school.id, expiresInDays: 0 });
  assert.equal(never.expiresAt, '');
  await gateway.setClock(DAY + 60);
  await refusedLink(short.url);
  await gateway.setClock(31 * DAY);
  await refusedLink(usual.url);
  const { page } = await lms.add(gateway, 'brightspace',
    { toolUrl: never.url });
  await gateway.setClock(0);
  assert.equal(page.status, 200, page.text);
});

test('LINK a revoked link and an invented one look alike', async () => {
  const { url, id } = await link({ organizationId: school.id });
  const path = `/admin/registration-links/${id}`;
  assert.equal((await gateway.api('DELETE', path)).status, 204);
  assert.equal((await gateway.api('DELETE', path)).status, 404);
  await refusedLink(url);
  await refusedLink(`${gateway.registerUrl}?link=AAAAAAAAAAAAAAAAAAAAAA`);
});

test('LINK a link may activate at once what the open URL leaves waiting',
  async () => {
    const { url } = await link({ organizationId: school.id, activate: true });
    const { exchange } =
      await lms.add(gateway, 'moodle-4.5', { toolUrl: url });
    assert.equal((await platformOf(exchange)).active, true);
    await gateway.settings({ registration: { autoActivate: true } });
    const cautious = await link({ organizationId: school.id });
    const other =
      await lms.add(gateway, 'moodle-4.5', { toolUrl: cautious.url });
    await gateway.settings({});
    assert.equal((await platformOf(other.exchange)).active, false);
  });

test('LINK by POST the link stays in the URL', async () => {
  const { url } = await link({ organizationId: school.id });
  const { exchange } = await lms.add(gateway, 'moodle-4.5',
    { toolUrl: url, switches: { launchMethod: 'POST' } });
  assert.equal((await platformOf(exchange)).organizationId, school.id);
});

test('LINK a link needs an organisation that is there', async () => {
  const { status, body } = await gateway.api('POST',
    '/admin/registration-links', { organizationId: 'nobody' });
  assert.equal(status, 404);
  assert.equal(body.details.message, 'ORGANIZATION_NOT_FOUND');
});

test('A17 ?organization= is a claim: unowned, and inactive', async () => {
  await gateway.settings({ registration: { autoActivate: true } });
  const { exchange } = await lms.add(gateway, 'moodle-4.5',
    { query: `organization=${school.id}` });
  await gateway.settings({});
  const platform = await platformOf(exchange);
  assert.equal(platform.active, false);
  assert.equal(platform.organizationId ?? '', '');
  assert.equal(platform.claimedOrganization, school.id);
});

test('A17 approval may give a registration to an organisation', async () => {
  await gateway.settings({ registration: { mode: 'pre-approval',
    preApprovalUrl: 'https://tool.example/approve' } });
  const { exchange, path } = await lms.wait(gateway, 'moodle-4.5',
    { query: `organization=${school.id}` });
  const { body } = await gateway.api('GET', '/api/registrations');
  const row = body.registrations.find((one) => one.url === exchange.issuer);
  assert.equal(row.claimedOrganization, school.id);
  assert.equal('organizationId' in row, false);
  const wrong = await gateway.api('POST', `${path}/complete`,
    { organizationId: 'nobody' });
  assert.equal(wrong.status, 404);
  assert.equal(wrong.body.details.message, 'ORGANIZATION_NOT_FOUND');
  // Nothing was sent, so it still waits.
  const right = await gateway.api('POST', `${path}/complete`,
    { organizationId: school.id, autoActivate: true });
  assert.equal(right.status, 200, right.text);
  await gateway.settings({});
  const platform = await platformOf(exchange);
  assert.equal(platform.organizationId, school.id);
  assert.equal(platform.active, true);
});

test('LINK in mode pre-approval the list tells who is proven', async () => {
  await gateway.settings({ registration: { mode: 'pre-approval',
    preApprovalUrl: 'https://tool.example/approve' } });
  const { url, id } = await link({ organizationId: school.id });
  const { exchange, path } =
    await lms.wait(gateway, 'moodle-4.5', { toolUrl: url });
  const { body } = await gateway.api('GET', '/api/registrations');
  const row = body.registrations.find((one) => one.url === exchange.issuer);
  assert.equal(row.organizationId, school.id);
  assert.equal(row.registrationLinkId, id);
  await gateway.api('POST', `${path}/complete`);
  await gateway.settings({});
  assert.equal((await platformOf(exchange)).organizationId, school.id);
});

test('ORG one that owns platforms is not removed', async () => {
  const { status, body } =
    await gateway.api('DELETE', `/admin/organizations/${school.id}`);
  assert.equal(status, 409);
  assert.equal(body.details.message, 'ORGANIZATION_IN_USE');
  const owned = await gateway.api('GET',
    `/admin/platforms?organizationId=${school.id}`);
  assert.ok(owned.body.platforms.length > 3);
  assert.ok(owned.body.platforms.every((one) =>
    one.organizationId === school.id));
});

test('LINK the done page of a waiting platform says so', async () => {
  const { url } = await link({ organizationId: school.id });
  const { page } = await lms.add(gateway, 'moodle-4.5', { toolUrl: url });
  assert.match(wordsOf(page), /approves new registrations before/);
});

test('D65 an update through a link to a platform of another owner', async () => {
  const first = await lms.add(gateway, 'moodle-4.5', { site: 'owned' });
  assert.equal(first.page.status, 200);
  const { url, id } = await link({ organizationId: school.id });
  const { page } = await lms.add(gateway, 'moodle-4.5',
    { site: 'owned', update: true, toolUrl: url });
  assert.equal(page.status, 409);
  // The tool in the LMS is in use: nobody must be told to delete it.
  assert.match(page.text, /do not delete it in the LMS/);
  assert.ok(page.text.includes(first.exchange.registration.client_id));
  const { body } = await gateway.api('GET', '/admin/registration-links');
  assert.equal(body.registrationLinks.find((one) => one.id === id).uses, 0);
  assert.equal((await lms.add(gateway, 'moodle-4.5', { toolUrl: url }))
    .page.status, 200);
});
