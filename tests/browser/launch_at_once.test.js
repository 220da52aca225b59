// SPDX-License-Identifier: Apache-2.0
// Several launches in one browser at the same time, on a network where that
// takes a while, and two people in two browsers.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startClassroom } from '../support/classroom.js';
import { startCookieBrowser } from '../support/cookie_browsers.js';
import { startSlowWay } from '../support/slow_way.js';

const way = await startSlowWay(40);
const room = await startClassroom({ profiles: ['moodle-4.5', 'sakai'],
  environment: { LTIGATE_PUBLIC_URL: way.url },
  begun: (gateway) => way.to(gateway.port) });
after(async () => {
  await room.close();
  await way.close();
});

// Frames of the LMS's page, each with a launch of its own, begun `apart`
// milliseconds after one another.
async function openFrames(page, profile, people, apart) {
  const logins = [];
  for (const user of people) {
    const attempt = await room.lms.launch(room.exchanges[profile], { user });
    logins.push(attempt.login);
  }
  await page.evaluate(async ({ logins: list, pause }) => {
    for (const [number, { method, url, form }] of list.entries()) {
      const frame = document.createElement('iframe');
      frame.name = `tool-${number}`;
      document.body.append(frame);
      if (method === 'GET') frame.src = url;
      else {
        const sent = document.createElement('form');
        Object.assign(sent, { method, action: url, target: frame.name });
        for (const [name, value] of Object.entries(form)) {
          sent.append(Object.assign(document.createElement('input'),
            { type: 'hidden', name, value }));
        }
        document.body.append(sent);
        sent.submit();
      }
      await new Promise((done) => setTimeout(done, pause));
    }
  }, { logins, pause: apart });
  return Promise.all(people.map(async (user, number) => {
    const element = await page.waitForSelector(`iframe[name=tool-${number}]`);
    return element.contentFrame();
  }));
}

// Where each has got to: who is in the tool, or what else is said.
const endsOf = (frames) => Promise.all(frames.map(async (frame) => {
  const end = frame.locator('#name, main.bad h1, #again button');
  await end.waitFor();
  return end.innerText();
}));

const users = ['teacher', 'student', 'teacher'];
const names = ['Tess Teacher', 'Stu Student', 'Tess Teacher'];
// A request is on its way for 80 ms.
const pauses = [0, 30, 60];

for (const [profile, opinion] of [['moodle-4.5', 'open'],
  ['moodle-4.5', 'partitioned'], ['sakai', 'partitioned'], ['sakai', 'none']]) {
  test(`OI5 A42 ${profile}: frames of one page at once, cookies ${opinion}`,
    async (t) => {
      const browser = await startCookieBrowser(opinion);
      t.after(() => browser.close());
      const ends = [];
      for (const pause of pauses) {
        await browser.forget();
        const page = await room.course(browser, profile);
        // The page has its storage since a tool was opened.
        await room.landed(await room.open(page));
        await browser.context.clearCookies();
        ends.push(await endsOf(
          await openFrames(page, profile, users, pause)));
      }
      assert.deepEqual(ends, pauses.map(() => names));
    });
}

test('OI5 A42 a first launch in two windows at once', async (t) => {
  const browser = await startCookieBrowser('partitioned');
  t.after(() => browser.close());
  const pages = [];
  const urls = [];
  for (const user of ['teacher', 'student']) {
    const { login } = await room.lms.launch(room.exchanges['moodle-4.5'],
      { user, loginMethod: 'GET' });
    urls.push(login.url);
    pages.push(await browser.page());
  }
  await Promise.all(pages.map((page, number) => page.goto(urls[number])));
  assert.deepEqual(await endsOf(pages), ['Tess Teacher', 'Stu Student']);
});

test('L9 two people, two browsers, at the same time', async (t) => {
  const browsers = [await startCookieBrowser('open'),
    await startCookieBrowser('partitioned')];
  t.after(() => Promise.all(browsers.map((one) => one.close())));
  const pages = await Promise.all(['teacher', 'student'].map((role, number) =>
    room.course(browsers[number], 'moodle-4.5', role)));
  const frames = await Promise.all(pages.map(room.open));
  const [teacher, student] = await Promise.all(frames.map(room.landed));
  assert.equal(teacher.name, 'Tess Teacher');
  assert.equal(student.name, 'Stu Student');
  assert.notEqual(teacher.ltik, student.ltik);
});
