// SPDX-License-Identifier: Apache-2.0
// A teacher and a student open the tool in a frame of their LMS's page, on
// another site than ours.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { hosts, startClassroom } from '../support/classroom.js';
import { startCookieBrowsers } from '../support/cookie_browsers.js';

const room = await startClassroom();
const browsers = await startCookieBrowsers(
  ['open', 'partitioned', 'unframed', 'none']);
after(async () => {
  for (const browser of Object.values(browsers)) await browser.close();
  await room.close();
});

const people = { teacher: 'Tess Teacher', student: 'Stu Student' };
const ours = ({ navigations }) => navigations
  .filter(({ url }) => url.startsWith(room.gateway.url))
  .map(({ method, url, status }) =>
    `${method} ${new URL(url).pathname} ${status}`);

// --- cookies that are kept -------------------------------------------------

for (const opinion of ['open', 'partitioned']) {
  for (const profile of Object.keys(hosts)) {
    for (const [role, name] of Object.entries(people)) {
      test(`E2E ${profile}: a ${role} lands, cookies ${opinion}`, async () => {
        const browser = browsers[opinion];
        await browser.forget();
        const page = await room.course(browser, profile, role);
        const found = await room.landed(await room.open(page));
        assert.equal(found.name, name);
        assert.equal(found.message, 'LtiResourceLinkRequest');
        assert.equal(page.context().pages().length, 2, 'a window opened');
        assert.equal(room.lms.attempts().at(-1).state, 'answered');
      });
    }
  }
}

for (const profile of Object.keys(hosts)) {
  test(`L11 ${profile}: the second launch is a plain redirect`, async () => {
    const browser = browsers.partitioned;
    await browser.forget();
    const page = await room.course(browser, profile);
    const first = await room.landed(await room.open(page));
    browser.navigations.length = 0;
    await page.locator('#close-tool').click();
    const second = await room.landed(await room.open(page));
    assert.notEqual(second.ltik, first.ltik);
    const { method } = room.lms.attempts().at(-1).login;
    assert.deepEqual(ours(browser),
      [`${method} /lti/login 302`, 'POST /lti/launch 303']);
  });
}

test('L13 a first launch shows no page of ours while the cookie is tried',
  async () => {
    const browser = browsers.partitioned;
    await browser.forget();
    await room.landed(
      await room.open(await room.course(browser, 'moodle-4.5')));
    assert.deepEqual(ours(browser), ['POST /lti/login 303',
      'GET /lti/login 302', 'POST /lti/launch 303']);
  });

test('OI5 the cookie is out of reach for scripts, and of this host alone',
  async () => {
    const browser = browsers.partitioned;
    await browser.forget();
    await room.landed(
      await room.open(await room.course(browser, 'moodle-4.5')));
    const cookies = await browser.context.cookies();
    const [cookie] = cookies.filter(({ domain }) => domain === 'localhost');
    assert.match(cookie.name, /^__Host-/);
    assert.equal(cookie.httpOnly, true);
    assert.equal(cookie.secure, true);
    assert.equal(cookie.sameSite, 'None');
    assert.match(cookie.partitionKey ?? '', /moodle-45\.localhost/);
    assert.ok(cookie.expires - Date.now() / 1000 <= 600);
  });

// --- cookies that are not --------------------------------------------------

test('L13 PS2 without a cookie a button opens a window, where it completes',
  async () => {
    const browser = browsers.unframed;
    await browser.forget();
    const page = await room.course(browser, 'moodle-4.5', 'teacher');
    const frame = await room.open(page);
    const button = frame.getByRole('button', { name: 'Open Acme Courses' });
    await button.waitFor();
    assert.equal(await frame.locator('#opened').isVisible(), false);
    // The LMS was not asked yet: its hint is good for one login.
    assert.equal(room.lms.attempts().at(-1).hintUses, 0);
    const opened = page.waitForEvent('popup');
    await button.click();
    const found = await room.landed(await opened);
    assert.equal(found.name, 'Tess Teacher');
    await frame.getByText('opens in a new window').waitFor();
    assert.equal(await button.isVisible(), false);
    assert.match(await frame.innerText('[role=status]'),
      /Acme Courses opens in a new window\. To open it once more/);
    assert.equal(room.lms.attempts().at(-1).hintUses, 1);
  });

test('L13 PS2 the window cannot reach back into the LMS\'s page', async () => {
  const browser = browsers.unframed;
  await browser.forget();
  const page = await room.course(browser, 'moodle-4.5');
  const frame = await room.open(page);
  const opened = page.waitForEvent('popup');
  await frame.click('#again button');
  const popup = await opened;
  await room.landed(popup);
  assert.equal(await popup.evaluate(() => window.opener), null);
});

test('PS2 where no cookie is kept at all, the window says so', async () => {
  const browser = browsers.none;
  await browser.forget();
  const page = await room.course(browser, 'moodle-4.5');
  const frame = await room.open(page);
  const opened = page.waitForEvent('popup');
  await frame.click('#again button');
  const popup = await opened;
  await popup.getByRole('heading', { name: 'keeps no cookies' }).waitFor();
  assert.match(await popup.innerText('main'),
    /allow cookies for this site in the browser's settings/);
});
