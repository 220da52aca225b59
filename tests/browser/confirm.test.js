// SPDX-License-Identifier: Apache-2.0
// Codio's guide, step by step, in mode "confirm": from the portal to the LMS's
// page, through our pages in its frame, back to the portal, into a course.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { picture, startBrowser } from '../support/browser.js';
import { hosts, startClassroom } from '../support/classroom.js';
import { startCookieBrowsers } from '../support/cookie_browsers.js';
import { registrationsOf } from '../support/lms.js';
import { makeOrganization, makePerson, password } from
  '../support/people.js';
import { addTool, choose, clipboard, closed, copy, enterPortal, exactly,
  pageOfFrame, pasteTool, title } from '../support/story.js';

const MOODLE = 'moodle-4.5';
const room = await startClassroom({ profiles: [] });
const { gateway, lms } = room;
await room.settings({ deepLinking: 'builtin',
  registration: { mode: 'confirm' } });
const browsers = await startCookieBrowsers(['open', 'partitioned', 'none']);
const plain = await startBrowser();
after(async () => {
  await plain.close();
  for (const browser of Object.values(browsers)) await browser.close();
  await room.close();
});

const north = await makeOrganization(gateway, 'North College');
const south = await makeOrganization(gateway, 'South College');
const anna = await makePerson(gateway, { email: 'anna@college.example',
  name: 'Anna', organizations: [{ id: north.id, role: 'admin' },
    { id: south.id, role: 'admin' }] });
const rita = await makePerson(gateway, { email: 'rita@college.example',
  organizations: [{ id: north.id, role: 'registrar' }] });
const SIGN_IN = 'Sign in to register Acme Courses';
const DONE = 'Acme Courses is registered';

const platforms = async () =>
  (await gateway.api('GET', '/admin/platforms')).body.platforms;
const lastPlatform = async () => (await platforms())
  .toSorted((a, b) => a.createdAt.localeCompare(b.createdAt)).at(-1);

// Every cookie that the frame's pages try to set, kept or not.
function cookiesTried(page) {
  const tried = [];
  page.on('response', async (response) => {
    if (!response.url().startsWith(`${gateway.url}/lti/register`)) return;
    const given = await response.headerValue('set-cookie').catch(() => null);
    if (given) tried.push(`${response.url()}: ${given}`);
  });
  return tried;
}

// Settings of the organisation, its registration URL; and what its teachers
// are to select from.
async function prepare(page, course) {
  await enterPortal(page, gateway, anna);
  await page.getByLabel('Organisation', { exact: true })
    .selectOption(south.id);
  await choose(page, 'Content');
  await exactly(page, 'button', 'Add course').click();
  await page.getByRole('dialog').getByLabel('Title').fill(course);
  await page.getByRole('dialog').getByLabel('URL')
    .fill(`${room.tool.url}?title=${encodeURIComponent(course)}`);
  await exactly(page, 'button', 'Save').click();
  await exactly(page, 'link', course).waitFor();
  await choose(page, 'Integrations');
  await copy(page, 'Dynamic registration URL');
}

async function selectContent(page, course) {
  await exactly(page, 'button', 'Select content').last().click();
  const frame = page.frameLocator('iframe[name=picker_frame]');
  await title(frame, 'Select content');
  await frame.getByLabel(course).check();
  await exactly(frame, 'button', 'Add to course').click();
  await page.getByText('1 selected.').waitFor();
}

async function openActivity(page, name) {
  const row = page.locator('.activity', { hasText: name }).last();
  await exactly(row, 'button', 'Open').click();
  const element = await page.waitForSelector('iframe[name=tool]');
  return room.landed(await element.contentFrame());
}

for (const opinion of ['open', 'partitioned']) {
  test(`SEED Codio's seven steps, third-party cookies ${opinion}`,
    async () => {
      const browser = browsers[opinion];
      const course = `Algebra ${opinion}`;
      await browser.forget();
      await browser.context.grantPermissions(clipboard);
      const before = (await platforms()).length;

      // In the portal: the organisation's integrations, its URL copied.
      const portal = await browser.page();
      await prepare(portal, course);

      // In the LMS: pasted. A session at the portal does not reach the frame.
      const admin = await browser.page();
      const tried = cookiesTried(admin);
      const frame = await pasteTool(admin, lms, hosts[MOODLE]);
      await frame.heading(SIGN_IN);
      await picture(admin, `confirm-in-frame-${opinion}`);
      await frame.signIn(anna);
      await frame.heading('For which organisation?');
      assert.deepEqual(await frame.place.getByRole('radio').evaluateAll(
        (all) => all.map((one) => [one.labels[0].innerText, one.checked])),
      [['North College', false], ['South College', true]]);
      await frame.tick('South College');
      await frame.press('Continue');
      await frame.heading('Register Acme Courses with South College?');
      await picture(admin, `confirm-question-in-frame-${opinion}`);
      await frame.press('Yes');
      await closed(admin);
      assert.deepEqual(tried, []);
      await exactly(admin, 'button', 'Activate').click();
      await admin.getByText('Acme Courses: Active').waitFor();

      // Back in the portal, refreshed: it is there.
      await portal.bringToFront();
      await portal.reload();
      const list = portal.getByRole('table', { name: 'Integrations' });
      const { name, organizationId, clientId } = await lastPlatform();
      assert.equal((await platforms()).length, before + 1);
      assert.equal(organizationId, south.id);
      const row = list.getByRole('row').filter({ hasText: clientId });
      await row.getByText(name).first().waitFor();
      await row.getByText('Active', { exact: true }).waitFor();
      await picture(portal, `confirm-in-portal-${opinion}`);

      // In a course: the teacher selects content, the student opens it.
      const teacher = await room.course(browser, MOODLE, 'teacher');
      await selectContent(teacher, course);
      assert.deepEqual(lms.attempts().at(-1).returned.problems, []);
      const student = await room.course(browser, MOODLE, 'student');
      const found = await openActivity(student, course);
      assert.deepEqual([found.name, found.link, found.message],
        ['Stu Student', course, 'LtiResourceLinkRequest']);
    });
}

for (const opinion of ['open', 'partitioned', 'none']) {
  test(`CONFIRM canvas, cookies ${opinion}: the frame sets none and needs none`,
    async () => {
      const browser = browsers[opinion];
      await browser.forget();
      const page = await browser.page();
      const tried = cookiesTried(page);
      const frame = await addTool(page, lms, hosts['canvas-cloud'],
        gateway.registerUrl);
      await frame.signIn(rita);
      await frame.heading('Register Acme Courses with North College?');
      await frame.press('Yes');
      await closed(page);
      assert.deepEqual(tried, []);
      assert.deepEqual(await browser.context.cookies(), []);
      assert.equal((await lastPlatform()).organizationId, north.id);
    });
}

test('CONFIRM No in the frame: it closes, and the LMS has no tool of it',
  async () => {
    const page = await plain.page();
    const frame = await addTool(page, lms, hosts.sakai, gateway.registerUrl);
    await frame.signIn(rita);
    await frame.heading('Register Acme Courses with North College?');
    await frame.press('No');
    await closed(page);
    await exactly(page, 'heading', 'Not registered').waitFor();
    await page.getByText('None yet.').waitFor();
    await page.context().close();
  });

test('CONFIRM a wrong password is told in the frame, and may be mended',
  async () => {
    const page = await plain.page();
    const frame = await addTool(page, lms, hosts.sakai, gateway.registerUrl);
    await frame.signIn({ email: rita.email, password: 'not this one' });
    await frame.place.getByRole('alert').waitFor();
    assert.equal(await frame.place.getByLabel('E-mail').inputValue(),
      rita.email);
    assert.equal(await frame.place.getByLabel('Password').inputValue(), '');
    await frame.signIn(rita);
    await frame.heading('Register Acme Courses with North College?');
    await page.context().close();
  });

test('CONFIRM by keyboard alone: from the LMS\'s button to the done page',
  async () => {
    const page = await plain.page();
    const frame = await addTool(page, lms, hosts.sakai, gateway.registerUrl);
    await frame.heading(SIGN_IN);
    const inside = await frame.element.contentFrame();
    const focused = () => inside.evaluate(() => {
      const at = document.activeElement;
      return (at.labels?.[0] ?? at).innerText.trim();
    });
    const outlined = () => inside.evaluate(() =>
      getComputedStyle(document.activeElement).outlineStyle);
    // Tab alone leads into the frame and through it.
    const reach = async (name) => {
      for (let i = 0; await focused() !== name; i++) {
        assert.ok(i < 40, `${name} is reached by Tab`);
        await page.keyboard.press('Tab');
      }
      assert.equal(await outlined(), 'solid', name);
    };
    await page.locator('#add-button').focus();
    await reach('E-mail');
    await page.keyboard.type(anna.email);
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'Password');
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await frame.heading('For which organisation?');
    await page.locator('#cancel').focus();
    await reach('North College');
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowDown');
    assert.equal(await focused(), 'South College');
    await page.keyboard.press('ArrowUp');
    await reach('Continue');
    await page.keyboard.press('Enter');
    await frame.heading('Register Acme Courses with North College?');
    await page.locator('#cancel').focus();
    await reach('Yes');
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'No');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await closed(page);
    assert.equal((await lastPlatform()).organizationId, north.id);
    await page.context().close();
  });

// Brightspace opens the tool in a window of its own.
test('CONFIRM without JavaScript: forms alone lead to the done page',
  async () => {
    const exchange = await lms.begin(gateway, 'brightspace');
    const page = await plain.page({ script: false });
    await page.goto(exchange.launchUrl);
    const pages = pageOfFrame(page);
    await pages.heading(SIGN_IN);
    await pages.signIn(anna);
    await pages.heading('For which organisation?');
    await pages.tick('South College');
    await pages.press('Continue');
    await pages.heading('Register Acme Courses with South College?');
    await pages.press('Yes');
    await pages.heading(DONE);
    await page.getByText('You can close this window.').waitFor();
    assert.equal(await exactly(page, 'button', 'Close').count(), 0);
    assert.equal(registrationsOf(exchange).length, 1);
    assert.deepEqual(await page.context().cookies(), []);
    await page.context().close();
  });
