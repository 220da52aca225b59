// SPDX-License-Identifier: Apache-2.0
// The LMS opens the tool in a window of its own, or in the page itself: plain
// redirects, and nothing of ours to look at in between.

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

// Which documents were asked for, by whose they are.
function passed({ navigations }) {
  return navigations.map(({ method, url, status }) => {
    const { host, pathname } = new URL(url);
    if (url.startsWith(room.gateway.url)) {
      return `${method} ${pathname} ${status}`;
    }
    if (url.startsWith(room.tool.url)) return `${method} the tool ${status}`;
    return `${method} ${host.replace(/:\d+$/, '')} ${status}`;
  });
}

for (const opinion of ['open', 'partitioned', 'unframed']) {
  test(`L11 Moodle opens a window: nothing in between, cookies ${opinion}`,
    async () => {
      const browser = browsers[opinion];
      await browser.forget();
      const page = await room.course(browser, 'moodle-4.5', 'teacher');
      browser.navigations.length = 0;
      const popup = await room.openWindow(page);
      assert.equal((await room.landed(popup)).name, 'Tess Teacher');
      assert.deepEqual(passed(browser).filter((one) => !/null$/.test(one)), [
        'POST /lti/login 302', 'GET moodle-45.localhost 200',
        'POST /lti/launch 303', 'GET the tool 200']);
      // Neither our page nor the LMS's is left to go back to.
      assert.ok(await popup.evaluate(() => window.history.length) <= 3);
    });
}

for (const profile of Object.keys(hosts)) {
  test(`L11 ${profile} opens a window, third-party cookies blocked`,
    async () => {
      const browser = browsers.partitioned;
      await browser.forget();
      const page = await room.course(browser, profile);
      const popup = await room.openWindow(page);
      assert.equal((await room.landed(popup)).name, 'Stu Student');
      // Once more: the cookie is there, and no page of ours is needed.
      browser.navigations.length = 0;
      await room.landed(await room.openWindow(page));
      assert.deepEqual(passed(browser).filter((one) =>
        one.includes('/lti/')).map((one) => one.slice(one.indexOf('/'))),
      ['/lti/login 302', '/lti/launch 303']);
    });
}

test('PS2 no cookie in a window either: a page tells what to do', async () => {
  const browser = browsers.none;
  await browser.forget();
  const page = await room.course(browser, 'moodle-4.5');
  const popup = await room.openWindow(page);
  await popup.getByRole('heading', { name: 'keeps no cookies' }).waitFor();
  assert.equal(await popup.locator('#ltik').count(), 0);
});

test('OI5 what a frame may keep does not open a window, and the reverse',
  async () => {
    // Two partitions, one name: each launch has the cookie of its place.
    const browser = browsers.open;
    await browser.forget();
    const page = await room.course(browser, 'moodle-4.5');
    await room.landed(await room.open(page));
    await room.landed(await room.openWindow(page));
    await room.landed(await room.open(page));
    const cookies = (await browser.context.cookies())
      .filter(({ name }) => name.startsWith('__Host-ltigate'));
    const places = cookies.map(({ partitionKey }) => partitionKey);
    assert.deepEqual(places.toSorted(),
      ['http://localhost', 'http://moodle-45.localhost']);
  });
