// SPDX-License-Identifier: Apache-2.0
// The teacher's and the student's page in a browser: launches in a frame and
// in a window, content that is selected, the LMS's storage.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { picture, startBrowser, violationsOf } from
  '../tests/support/browser.js';
import { startTestbed } from './testbed.js';
import { startTestTool } from './test_tool.js';

const hosts = { moodle: 'moodle-45.localhost', canvas: 'canvas.localhost',
  sakai: 'sakai.localhost' };
const names = { moodle: 'moodle-4.5', canvas: 'canvas-cloud',
  sakai: 'sakai' };

let lms;
let tool;
let browser;
const tools = {};

before(async () => {
  lms = await startTestbed();
  tool = await startTestTool();
  for (const [key, profile] of Object.entries(names)) {
    tools[key] = lms.addTool({ profile, ...tool.registration });
  }
  browser = await startBrowser();
});
after(async () => {
  await browser.close();
  tool.close();
  await lms.close();
});

async function course(key, role, options) {
  tool.bind(tools[key]);
  const page = await browser.page(options);
  await page.goto(`${lms.origin(hosts[key])}/testbed/${role}.html`);
  await page.getByRole('heading', { name: 'LTI test course' }).waitFor();
  return page;
}

const frameText = (page, name, selector, text) =>
  page.frameLocator(`iframe[name=${name}]`).locator(selector,
    { hasText: text }).waitFor({ timeout: 90_000 });

const press = (page, name) =>
  page.getByRole('button', { name, exact: true }).first().click();

async function switchTo(page, name, value) {
  const details = page.locator('#misbehave');
  if (await details.getAttribute('open') === null) {
    await details.locator('summary').click();
  }
  await page.locator(`[data-switch=${name}]`).selectOption(value);
}

test('a student opens the tool in a frame of the page', async () => {
  const page = await course('moodle', 'student');
  await press(page, 'Open');
  await frameText(page, 'tool', '#who', 'Stu Student');
  await page.getByText('The LMS answered with a token').waitFor();
  assert.equal(await page.locator('#steps > li').count(), 3);
  assert.equal(await page.getByRole('button', { name: 'Select content' })
    .count(), 0);
  await page.locator('#steps summary').nth(2).click();
  await page.getByText('"Stu Student"').waitFor();
  assert.deepEqual(await violationsOf(page), []);
  await picture(page, 'testbed-student');
  await press(page, 'Close the tool');
  assert.equal(await page.locator('#frame-panel').isVisible(), false);
});

test('a teacher selects content, and opens what was selected', async () => {
  const page = await course('moodle', 'teacher');
  await press(page, 'Select content');
  const picker = page.frameLocator('iframe[name=picker_frame]');
  await picker.getByRole('button', { name: 'Chapter 3' }).waitFor();
  await picture(page, 'testbed-teacher-picker');
  assert.deepEqual(await violationsOf(page), []);
  await picker.getByRole('button', { name: 'Chapter 3' }).click();
  await page.getByText('1 selected.').waitFor();
  assert.equal(await page.locator('#picker').isVisible(), false);
  const row = page.locator('.activity', { hasText: 'Chapter 3' });
  await row.getByRole('button', { name: 'Open', exact: true }).click();
  await frameText(page, 'tool', '#target', 'chapter=3');
  await picture(page, 'testbed-teacher');
});

test('the tool opens in a window of its own', async () => {
  const page = await course('canvas', 'teacher');
  const opened = page.waitForEvent('popup');
  await press(page, 'New window');
  const popup = await opened;
  await popup.getByText('storage: kept').waitFor({ timeout: 30_000 });
  assert.equal(await popup.locator('#who').textContent(), 'Tess Teacher');
});

test('Canvas stores in a frame of its sign-in host, Sakai in the page',
  async () => {
    for (const key of ['canvas', 'sakai']) {
      const page = await course(key, 'student');
      await press(page, 'Open');
      await frameText(page, 'tool', '#storage', 'storage: kept');
      await page.getByText('lti.put_data', { exact: true }).waitFor();
      await page.getByText('lti.get_data', { exact: true }).waitFor();
    }
  });

test('storage misbehaves when told to', async () => {
  const some = { error: 'storage_exhausted', 'wrong-origin': 'origin' };
  const all = { ...some, silent: 'no answer', off: 'no answer' };
  for (const [key, said] of [['canvas', all], ['sakai', some]]) {
    const page = await course(key, 'student');
    for (const [storage, text] of Object.entries(said)) {
      await switchTo(page, 'storage', storage);
      await press(page, 'Open');
      await frameText(page, 'tool', 'main', text);
    }
  }
});

test('an error and a spoilt token are chosen on the page', async () => {
  const page = await course('moodle', 'teacher');
  await switchTo(page, 'error', 'login_required');
  await press(page, 'Open');
  await frameText(page, 'tool', 'h1', 'login_required');
  await page.getByText('The LMS answered with an error').waitFor();
  await press(page, 'Back to what is usual');
  await switchTo(page, 'sign', 'none');
  await press(page, 'Open');
  await frameText(page, 'tool', '#who', 'Tess Teacher');
  assert.equal(lms.attempts().at(-1).tokens[0].header.alg, 'none');
  assert.deepEqual(await violationsOf(page), []);
});

test('a tool that is not active yet cannot be opened', async () => {
  const waiting = lms.addTool({ profile: 'ilias', ...tool.registration });
  waiting.state = 'pending';
  const page = await browser.page();
  await page.goto(`${lms.origin('ilias.localhost')}/testbed/teacher.html`);
  const open = page.getByRole('button', { name: 'Open', exact: true });
  await open.waitFor();
  assert.equal(await open.isDisabled(), true);
  await press(page, 'Save the object');
  await page.getByText('Available').waitFor();
  assert.equal(await open.isDisabled(), false);
});

test('a tool is added by hand and is in the course then', async () => {
  const page = await browser.page({ width: 360 });
  const host = lms.origin('brightspace.localhost');
  await page.goto(`${host}/testbed/administrator.html`);
  await page.getByText('Add a tool by hand').click();
  await page.getByLabel('Name', { exact: true }).fill('Typed in');
  await page.getByLabel('Login URL', { exact: true }).fill(`${tool.url}/login`);
  await page.getByLabel('Redirect URI', { exact: true })
    .fill(`${tool.url}/launch`);
  await press(page, 'Add by hand');
  await page.getByText(`${host}/d2l/lti/authenticate`).waitFor();
  assert.deepEqual(await violationsOf(page), []);
  await picture(page, 'testbed-by-hand');
  await page.goto(`${host}/testbed/student.html`);
  await page.getByRole('heading', { name: 'Typed in' }).waitFor();
});

test('narrow, dark, and the start page', async () => {
  for (const [width, dark] of [[360, false], [360, true], [1200, true]]) {
    const page = await course('canvas', 'teacher', { width, dark });
    await press(page, 'Open');
    await frameText(page, 'tool', '#storage', 'storage: kept');
    await page.getByText('The LMS answered with a token').waitFor();
    await page.locator('#misbehave summary').first().click();
    const wide = await page.evaluate(() =>
      document.documentElement.scrollWidth > innerWidth);
    assert.equal(wide, false, `${width} is too narrow`);
    assert.deepEqual(await violationsOf(page), []);
    await picture(page, `testbed-course-${width}-${dark ? 'dark' : 'light'}`);
  }
  const page = await browser.page({ width: 360 });
  await page.goto(lms.url);
  await page.getByRole('link', { name: 'teacher of Sakai' }).waitFor();
  assert.deepEqual(await violationsOf(page), []);
  await picture(page, 'testbed-start');
});
