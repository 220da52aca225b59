// SPDX-License-Identifier: Apache-2.0
// A teacher selects content in the tool, the LMS keeps it, a student opens it.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { hosts, startClassroom } from '../support/classroom.js';
import { startCookieBrowsers } from '../support/cookie_browsers.js';

const room = await startClassroom();
const browsers = await startCookieBrowsers(['open', 'partitioned', 'none']);
after(async () => {
  for (const browser of Object.values(browsers)) await browser.close();
  await room.close();
});

async function select(page) {
  await room.press(page, 'Select content');
  const element = await page.waitForSelector('iframe[name=picker_frame]');
  const frame = await element.contentFrame();
  const found = await room.landed(frame);
  assert.equal(found.name, 'Tess Teacher');
  assert.equal(found.message, 'LtiDeepLinkingRequest');
  return frame;
}

const rowOf = (page, title) =>
  page.locator('.activity', { hasText: title }).last();

async function openAs(browser, profile, title) {
  const page = await room.course(browser, profile, 'student');
  await rowOf(page, title).getByRole('button', { name: 'Open', exact: true })
    .click();
  const element = await page.waitForSelector('iframe[name=tool]');
  return room.landed(await element.contentFrame());
}

const rounds = [...Object.keys(hosts).map((profile) =>
  [profile, 'partitioned']), ['moodle-4.5', 'open'],
['canvas-cloud', 'none'], ['sakai', 'none']];
for (const [profile, opinion] of rounds) {
  test(`DL4 ${profile}: selected, kept, opened; cookies ${opinion}`,
    async () => {
      const browser = browsers[opinion];
      await browser.forget();
      const page = await room.course(browser, profile, 'teacher');
      const before = await page.locator('.activity').count();
      const frame = await select(page);
      await frame.getByRole('button', { name: 'Chapter 3' }).click();
      await page.getByText('1 selected.').waitFor();
      assert.equal(await page.locator('#picker').isVisible(), false);
      assert.equal(await page.locator('.activity').count(), before + 1);
      assert.match(await rowOf(page, 'Chapter 3').innerText(),
        /\/lti\/launch\?title=Chapter%203/);
      const { returned } = room.lms.attempts().at(-1);
      assert.deepEqual(returned.problems, []);

      const found = await openAs(browser, profile, 'Chapter 3');
      assert.equal(found.name, 'Stu Student');
      assert.equal(found.message, 'LtiResourceLinkRequest');
      assert.equal(found.link, 'Chapter 3');
    });
}

test('DL4 without scripts in the tool\'s page its button goes back',
  async (t) => {
    room.tool.scripts = false;
    t.after(() => { room.tool.scripts = true; });
    const browser = browsers.partitioned;
    await browser.forget();
    const page = await room.course(browser, 'moodle-4.5', 'teacher');
    const frame = await select(page);
    await frame.getByRole('button', { name: 'Two chapters' }).click();
    const button = frame.locator('#ltiaas_dl button');
    await button.waitFor();
    assert.equal(room.lms.attempts().at(-1).returned, null);
    await button.click();
    await page.getByText('2 selected.').waitFor();
    const found = await openAs(browser, 'moodle-4.5', 'Chapter 5');
    assert.equal(found.link, 'Chapter 5');
  });

test('DL6 nothing is selected: the picker closes, nothing is kept',
  async () => {
    const browser = browsers.partitioned;
    await browser.forget();
    const page = await room.course(browser, 'sakai', 'teacher');
    const before = await page.locator('.activity').count();
    const frame = await select(page);
    await frame.getByRole('button', { name: 'Nothing' }).click();
    await page.getByText('0 selected.').waitFor();
    assert.equal(await page.locator('.activity').count(), before);
  });

test('DL4 content is selected twice in a row', async () => {
  const browser = browsers.partitioned;
  await browser.forget();
  const page = await room.course(browser, 'moodle-4.5', 'teacher');
  for (const title of ['Chapter 3', 'Two chapters']) {
    const frame = await select(page);
    await frame.getByRole('button', { name: title }).click();
    await page.getByText(/\d selected\./).waitFor();
    await page.locator('#picker').waitFor({ state: 'hidden' });
  }
  const problems = room.lms.attempts().slice(-2)
    .map(({ returned }) => returned.problems);
  assert.deepEqual(problems, [[], []]);
});
