// SPDX-License-Identifier: Apache-2.0
// Every page of the portal, wide and narrow, light and dark, full and empty:
// axe-core finds nothing, nothing is too wide, the console is silent. The
// pictures are in build/pictures.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { COLOURS } from '../support/browser.js';
import { enrol } from '../support/enrolled.js';
import { makeOrganization, makePerson } from '../support/people.js';
import { look, settled, startPortal } from '../support/portal.js';

const WIDTHS = [1280, 360];
const portal = await startPortal({ settings: { registration: {
  mode: 'pre-approval', preApprovalUrl: 'https://tool.example/approve' } } });
const { gateway, lms, owner } = portal;
after(() => portal.close());

// Some of everything, with names that are long.
const school = await makeOrganization(gateway,
  'Springfield Elementary and High School, Department of Further Education');
await makeOrganization(gateway, 'Shelbyville');
const made = await enrol(gateway, {
  issuer: 'https://learning-management.school-with-a-long-name.example' });
await gateway.api('PATCH', `/admin/platforms/${made.platform.id}`,
  { organizationId: school.id });
for (const claims of [{}, {}, { iss: 'https://other.example' }]) {
  await made.launch({ claims });
}
await lms.wait(gateway, 'canvas-cloud', { query: 'organization=Springfield' });
const { exchange, path } = await lms.wait(gateway, 'moodle-4.5');
assert.ok(exchange);
const { body: { platformId } } =
  await gateway.api('POST', `${path}/complete`, { organizationId: school.id });
await gateway.api('POST', '/admin/registration-links',
  { organizationId: school.id, label: 'For the administrator of the Moodle' });
const { body: course } = await gateway.api('POST', '/admin/content',
  { kind: 'course', title: 'Algebra', organizationId: school.id,
    description: 'Numbers, letters, and what they have in common '.repeat(4) });
await gateway.api('POST', '/admin/content', { kind: 'assignment',
  title: 'Fractions', parentId: course.id, organizationId: school.id,
  lineItem: { scoreMaximum: 10 } });
const viewer = await makePerson(gateway, { email: 'vic@school.example',
  name: 'Vic', organizations: [{ id: school.id, role: 'viewer' }] });

// One page for all four looks: signing in takes longer than looking.
async function looks(person, hash, name, act = async () => {}) {
  const page = await portal.open(person, hash);
  await settled(page);
  await act(page);
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ['light', 'dark']) {
      // A colour on its way to another is no colour to judge.
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await look(page,
        `${name}-${width}${colorScheme === 'dark' ? '-dark' : ''}`,
        colorScheme === 'dark' ? COLOURS : undefined);
    }
  }
  assert.deepEqual(page.troubles(), [], name);
  await page.context().close();
}

const pages = { overview: '', settings: 'settings',
  integrations: 'integrations', registrations: 'registrations',
  platform: `registrations/${platformId}`, content: 'content',
  course: `content/${course.id}`, logs: 'logs', people: 'people',
  organisations: 'organisations', 'api-keys': 'api-keys', account: 'account',
  guide: 'guide', 'guide-canvas': 'guide/canvas',
  'guide-blackboard': 'guide/blackboard', nothing: 'there/is/nothing' };

for (const [name, hash] of Object.entries(pages)) {
  test(`PORTAL AXE ${name}`, () => looks(owner, hash, name));
}

test('PORTAL AXE the settings, unfolded', () =>
  looks(owner, 'settings', 'settings-unfolded', (page) =>
    page.evaluate(() => document.querySelectorAll('details')
      .forEach((part) => { part.open = true; }))));

test('PORTAL AXE the menu of a narrow screen', async () => {
  const page = await portal.open(owner, '', { width: 360 });
  await page.getByRole('button', { name: 'Menu' }).click();
  assert.equal(await page.getByRole('button', { name: 'Menu' })
    .getAttribute('aria-expanded'), 'true');
  await look(page, 'menu-360');
  const link = page.getByRole('link', { name: 'Logs', exact: true });
  await link.click();
  await page.getByRole('heading', { level: 1, name: 'Logs' }).waitFor();
  assert.equal(await link.isVisible(), false);
  assert.deepEqual(page.troubles(), []);
  await page.context().close();
});

test('PORTAL AXE signing in', () => looks(null, '', 'signing-in'));

for (const [name, hash] of [['overview', ''], ['integrations', 'integrations'],
  ['registrations', 'registrations'], ['content', 'content']]) {
  test(`PORTAL AXE a viewer of a school: ${name}`, () =>
    looks(viewer, hash, `viewer-${name}`));
}

test('PORTAL a viewer is offered nothing that a viewer may not do',
  async () => {
    const page = await portal.open(viewer, 'registrations');
    await settled(page);
    for (const hash of ['registrations', 'integrations', 'content',
      `registrations/${platformId}`]) {
      await page.goto(`${gateway.url}/portal#/${hash}`);
      await settled(page);
      const buttons = await page.locator('main button').allTextContents();
      assert.deepEqual(buttons.filter((text) =>
        /^(Add |Approve|Reject|Edit|Delete|Activate|Deactivate|Make|Revoke)/
          .test(text) || /^(Import|Change)/.test(text)), [], hash);
    }
    await page.context().close();
  });

test('PORTAL AXE an empty tool says what to do first', async () => {
  const empty = await startPortal({ settings: null });
  try {
    for (const [name, hash, words] of [
      ['overview', '', /Say what your tool is/],
      ['integrations', 'integrations', /No LTI 1.3 integrations yet/],
      ['registrations', 'registrations', /No platforms yet/],
      ['content', 'content', /Make an organisation first/],
      ['organisations', 'organisations', /No organisations yet/],
      ['people', 'people', /Nobody yet/]]) {
      const page = await empty.open(empty.owner, hash);
      await page.getByText(words).first().waitFor();
      await look(page, `empty-${name}-1280`);
      await page.setViewportSize({ width: 360, height: 800 });
      await look(page, `empty-${name}-360`);
      assert.deepEqual(page.troubles(), []);
      await page.context().close();
    }
  } finally {
    await empty.close();
  }
});
