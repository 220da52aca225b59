// SPDX-License-Identifier: Apache-2.0
// The built-in picker in the frame of an LMS on another site: content is
// selected, kept by the LMS, and opened by a student.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { picture, startBrowser, violationsOf } from '../support/browser.js';
import { hosts, startClassroom } from '../support/classroom.js';
import { startCookieBrowsers } from '../support/cookie_browsers.js';
import { stock } from '../support/picker.js';

const room = await startClassroom({ settings: { deepLinking: 'builtin' } });
const browsers = await startCookieBrowsers(['open', 'partitioned', 'none']);
const plain = await startBrowser();
after(async () => {
  await plain.close();
  for (const browser of Object.values(browsers)) await browser.close();
  await room.close();
});

const { gateway } = room;
const lessons = Array.from({ length: 40 }, (_, i) => `Lesson ${i + 1}`);
const at = (title) => `${room.tool.url}?title=${encodeURIComponent(title)}`;
const { owner } = await stock(gateway, [
  ['Algebra', ['Matrices', 'Vectors and what they are good for']],
  ['Geometry', ['Circles']], ['A long course', lessons]], {
  Algebra: { url: at('All of algebra'),
    description: 'Two weeks, for the first year.' },
  Matrices: { url: at('Matrices'), lineItem: { scoreMaximum: 10 },
    description: 'Rows, columns, and how they are multiplied.\n'
      + 'Needs the chapter on numbers.' },
  'Vectors and what they are good for': { url: at('Vectors') },
  Circles: { customParameters: { chapter: '3' } } });

async function give(profile, organizationId) {
  const { id } = room.platforms[profile];
  const path = `/admin/platforms/${id}`;
  await gateway.api('PATCH', path, { organizationId });
  const { body } = await gateway.api('GET', `${path}/deployments`);
  for (const { deploymentId } of body.deployments) {
    await gateway.api('PATCH', `${path}/deployments/${deploymentId}`,
      { organizationId });
  }
}
for (const profile of Object.keys(hosts)) await give(profile, owner);

async function select(page) {
  await room.press(page, 'Select content');
  const element = await page.waitForSelector('iframe[name=picker_frame]');
  const frame = await element.contentFrame();
  await frame.waitForURL(/\/lti\/content\?/);
  await frame.getByRole('heading', { level: 1 }).waitFor();
  return frame;
}
async function begin(profile, opinion = 'partitioned', options = {}) {
  const browser = browsers[opinion];
  await browser.forget();
  const page = await room.course(browser, profile, 'teacher', options);
  return { browser, page, frame: await select(page) };
}
const rowOf = (page, title) =>
  page.locator('.activity', { hasText: title }).last();
const add = (frame) =>
  frame.getByRole('button', { name: 'Add to course' }).click();
const tick = (frame, name) => frame.getByLabel(name).check();

async function openAs(browser, profile, title) {
  const page = await room.course(browser, profile, 'student');
  await rowOf(page, title).getByRole('button', { name: 'Open', exact: true })
    .click();
  const element = await page.waitForSelector('iframe[name=tool]');
  return room.landed(await element.contentFrame());
}

const rounds = [...Object.keys(hosts).map((profile) =>
  [profile, 'partitioned']), ['moodle-4.5', 'open'], ['sakai', 'none'],
['canvas-cloud', 'none']];
for (const [profile, opinion] of rounds) {
  test(`DL4 ${profile}: selected, kept, opened; cookies ${opinion}`,
    async () => {
      const { browser, page, frame } = await begin(profile, opinion);
      assert.equal(await frame.getByRole('heading', { level: 1 })
        .innerText(), 'Select content');
      await tick(frame, 'Matrices');
      await add(frame);
      await page.getByText('1 selected.').waitFor();
      const { returned } = room.lms.attempts().at(-1);
      assert.deepEqual(returned.problems, []);
      const found = await openAs(browser, profile, 'Matrices');
      assert.equal(found.name, 'Stu Student');
      assert.equal(found.link, 'Matrices');
    });
}

test('DL5 several at once, on several pages, after a search', async () => {
  const { page, frame } = await begin('moodle-4.5');
  await tick(frame, 'Circles');
  await frame.getByText('1 selected', { exact: true }).waitFor();
  await frame.getByRole('button', { name: 'Next page' }).click();
  await frame.getByText('Page 2 of 2').waitFor();
  await frame.getByRole('heading', { name: 'A long course (continued)' })
    .waitFor();
  await tick(frame, 'Lesson 40');
  await frame.getByText('2 selected', { exact: true }).waitFor();
  const field = frame.getByRole('searchbox');
  await field.fill('FIRST year');
  await field.press('Enter');
  await frame.getByText('Page 2 of 2').waitFor({ state: 'detached' });
  await tick(frame, 'The whole course');
  await frame.getByText('3 selected', { exact: true }).waitFor();
  await add(frame);
  await page.getByText('3 selected.').waitFor();
  const { returned } = room.lms.attempts().at(-1);
  assert.deepEqual(returned.problems, []);
  assert.deepEqual(returned.items.map(({ title }) => title).toSorted(),
    ['Algebra', 'Circles', 'Lesson 40']);
});

test('DL6 cancelled, and with nothing ticked', async () => {
  const { page, frame } = await begin('sakai');
  await add(frame);
  await frame.getByRole('alert').waitFor();
  assert.match(await frame.getByRole('alert').innerText(), /Nothing is/);
  await frame.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('0 selected.').waitFor();
});

test('PICKER by keyboard alone', async () => {
  const { page, frame } = await begin('moodle-4.5');
  await frame.getByRole('searchbox').focus();
  await page.keyboard.press('Tab'); // its button
  await page.keyboard.press('Tab');
  const focused = () => frame.evaluate(() =>
    document.activeElement.closest('label')?.innerText
    ?? document.activeElement.innerText);
  assert.match(await focused(), /^Algebra/);
  await page.keyboard.press('Tab');
  assert.match(await focused(), /^Matrices/);
  const outlined = await frame.evaluate(() => getComputedStyle(
    document.activeElement.closest('label')).outlineStyle);
  assert.equal(outlined, 'solid');
  await page.keyboard.press('Space');
  for (let i = 0; i < 60 && await focused() !== 'Add to course'; i++) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await page.getByText('1 selected.').waitFor();
});

test('PICKER in a browser that runs no scripts', async () => {
  const { frame } = await begin('moodle-4.5');
  const own = await plain.page({ script: false });
  await own.goto(frame.url());
  await tick(own, 'Matrices');
  assert.equal(await own.locator('#count').innerText(), '');
  await own.getByRole('button', { name: 'Next page' }).click();
  await own.getByText('1 selected on other pages').waitFor();
  await tick(own, 'Lesson 30');
  await add(own);
  await own.getByRole('heading', { name: 'Going back to the LMS' }).waitFor();
  assert.equal(room.lms.attempts().at(-1).returned, null);
  await own.getByRole('button', { name: 'Continue' }).click();
  await own.waitForURL(/contentitem_return/);
  const { returned } = room.lms.attempts().at(-1);
  assert.deepEqual(returned.problems, []);
  assert.deepEqual(returned.items.map(({ title }) => title).toSorted(),
    ['Lesson 30', 'Matrices']);
  await own.close();
});

test('DL7 a learner, and an LMS of nobody, get pages with the reason',
  async (t) => {
    t.after(() => give('moodle-4.5', owner));
    const nobody = await gateway.api('POST', '/admin/organizations',
      { name: 'Without content' });
    await give('moodle-4.5', nobody.body.id);
    const { frame } = await begin('moodle-4.5');
    await frame.getByText('There is nothing to select yet').waitFor();
    assert.deepEqual(await violationsOf(frame), []);
    await give('moodle-4.5', '');
    const second = await begin('moodle-4.5');
    await second.frame.getByText('does not know your organisation yet')
      .waitFor();
    assert.deepEqual(await violationsOf(second.frame), []);
  });

const page = async (options) => {
  const { frame } = await begin('moodle-4.5', 'partitioned', options);
  const own = await plain.page(options);
  await own.goto(frame.url());
  return own;
};
for (const width of [1200, 360]) {
  for (const dark of [false, true]) {
    const name = `picker-${width}-${dark ? 'dark' : 'light'}`;
    test(`PICKER ${name}: nothing is wrong with it, nothing sticks out`,
      async () => {
        const own = await page({ width, dark });
        await tick(own, 'Matrices');
        assert.deepEqual(await violationsOf(own), []);
        const wide = await own.evaluate(() =>
          document.documentElement.scrollWidth);
        assert.ok(wide <= width, `${wide}`);
        await picture(own, name);
        await own.close();
      });
  }
}
