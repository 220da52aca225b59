// SPDX-License-Identifier: Apache-2.0
// Each page that a launch can end on: it says what happened, axe-core finds
// nothing, nothing is too wide, the keyboard reaches what can be pressed, and
// there are pictures of it, narrow and wide, light and dark.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { picture, startBrowser, violationsOf } from '../support/browser.js';
import { startClassroom } from '../support/classroom.js';
import { now } from '../support/enrolled.js';

const MOODLE = 'moodle-4.5';
const room = await startClassroom({ profiles: [MOODLE, 'sakai'] });
const browser = await startBrowser();
after(async () => {
  await browser.close();
  await room.close();
});
const { gateway, lms } = room;
const exchange = room.exchanges[MOODLE];
const platform = `/admin/platforms/${room.platforms[MOODLE].id}`;

// Whatever the window, the page is the same, so one is looked at in all.
// axe-core looks at it light and dark.
async function look(page, name, { frame = page, width = 500 } = {}) {
  for (const [wide, dark] of [[width, false], [width, true], [1200, true],
    [1200, false], [320, false]]) {
    await page.setViewportSize({ width: wide, height: 700 });
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
    const at = `${name}-${wide}${dark ? '-dark' : ''}`;
    assert.equal(await frame.evaluate(() =>
      document.documentElement.scrollWidth > window.innerWidth), false, at);
    if (wide === 320) continue;
    if (wide === width) assert.deepEqual(await violationsOf(frame), [], at);
    await picture(page, at);
  }
}

// Presses Tab until that has the focus, as somebody without a mouse does.
async function reaches(page, frame, selector) {
  for (let i = 0; i < 8; i += 1) {
    await page.keyboard.press('Tab');
    if (await frame.evaluate((what) => document.activeElement
      === document.querySelector(what), selector)) return;
  }
  assert.fail(`the keyboard does not reach ${selector}`);
}

const begin = (options = {}, tool = exchange) =>
  lms.launch(tool, { loginMethod: 'GET', ...options });
const open = async (page, options, tool) =>
  page.goto((await begin(options, tool)).login.url);
async function opened(options, tool) {
  const page = await browser.page();
  await open(page, options, tool);
  return page;
}
// axe-core needs scripts, so that a page without gets them afterwards: here
// the same page is shown, with what is there for who has no scripts.
async function still(page) {
  const html = await page.content();
  const copy = await browser.page();
  await copy.setContent(html.replace(/<script[^]*?<\/script>/g, '')
    .replace(/<\/?noscript>/g, ''));
  await page.context().close();
  return copy;
}
// Something happens while the person is at the LMS, whose page waits here.
async function meanwhile(act, check) {
  const page = await browser.page({ script: false });
  await open(page);
  await act(page);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: check }).waitFor();
  return still(page);
}

// While the settings are other ones; `sign` is on the page that is waited for.
async function openedWith(settings, sign, options) {
  await room.settings(settings);
  const page = await opened(options);
  await page.getByRole('heading', { name: sign }).waitFor();
  await room.settings({});
  return page;
}
async function at(path) {
  const page = await browser.page();
  await page.goto(gateway.url + path);
  return page;
}

// name, heading, words, how to get there, whether a link leads back
const endings = [
  ['waiting', 'Registered, waiting for approval', /not switched it on yet/,
    async () => {
      await gateway.api('POST', `${platform}/deactivate`);
      const page = await opened();
      await gateway.api('POST', `${platform}/activate`);
      return page;
    }],
  ['unknown-lms', 'The tool does not know this LMS', /has to register the tool/,
    () => opened({ loginChange: { iss: 'https://other.example' } })],
  ['expired-state', 'That took too long', /within ten minutes/,
    async () => {
      const page = await meanwhile(() => gateway.setClock(700), 'too long');
      await gateway.setClock(0);
      return page;
    }],
  ['expired-token', 'This launch has expired', /clock of the LMS may be wrong/,
    () => opened({ claims: { iat: now() - 7200, exp: now() - 3600 } }), 'back'],
  ['clocks', 'Two clocks differ', /administrator of your LMS/,
    () => opened({ claims: { iat: now() + 600, exp: now() + 900 } }), 'back'],
  ['cookies', 'Your browser keeps no cookies for this tool',
    /in a new window, if your LMS offers that/,
    () => meanwhile((page) => page.context().clearCookies(), 'no cookies')],
  ['login-required', 'The LMS did not sign you in', /login_required/,
    () => opened({ error: 'login_required' })],
  ['deployment', 'The tool is not allowed in this place',
    /has to allow this deployment/,
    () => openedWith({ deployments: 'listed' }, 'not allowed',
      { deployment: 'another' }), 'back'],
  ['key-set', 'The LMS could not be asked', /needs the LMS's keys/,
    async () => {
      const { exchange: other } = await lms.add(gateway, MOODLE);
      return opened({ keySetAnswer: 'status-500' }, other);
    }],
  ['deep-linking-off', 'The tool does not offer this', /deep linking/i,
    () => openedWith({ deepLinking: 'off' }, 'not offer',
      { message: 'LtiDeepLinkingRequest' }), 'back'],
  ['signature', 'The tool could not be opened', /signature/,
    () => opened({ sign: 'tampered' })],
  ['by-hand', 'This address is opened by an LMS', /nothing was sent/,
    () => at('/lti/launch')],
  ['login-by-hand', 'This address is opened by an LMS', /nothing to open here/,
    () => at('/lti/login')],
  ['long-words', 'The LMS did not sign you in', /averylongword/,
    () => opened({ error: 'averylongword'.repeat(8) })],
];

for (const [name, heading, words, act, back] of endings) {
  test(`D60 AXE ${name}: ${heading}`, async () => {
    const page = await act();
    await page.getByRole('heading', { name: heading }).waitFor();
    const text = await page.innerText('main');
    assert.match(text, words);
    assert.match(text, /Reference \w+/);
    assert.doesNotMatch(text, /undefined|null|\{\{|\. \.|\.\./);
    assert.equal(await page.locator('main a').count(), back ? 1 : 0);
    await look(page, name);
    if (back) await reaches(page, page, 'main a');
    await page.context().close();
  });
}

test('D60 AXE shown: what arrived, while there is no launch URL', async () => {
  await room.settings({ launchUrl: '' });
  const page = await browser.page();
  await open(page);
  await page.getByRole('heading', { name: 'The launch arrived' }).waitFor();
  const text = await page.innerText('main');
  assert.match(text, /Tess Teacher/);
  assert.match(text, /LTI test course/);
  assert.match(text, /ltigate settings set launchUrl/);
  await look(page, 'shown');

  // Loaded again, it is the same launch a second time.
  await page.reload();
  await page.getByRole('heading', { name: 'used before' }).waitFor();
  assert.match(await page.innerText('main'),
    /each opens the tool once/);
  await look(page, 'replayed');
  await reaches(page, page, 'main a');
  await room.settings({});
  await page.context().close();
});

test('D60 going back in the browser to the LMS\'s answer tells the same',
  async () => {
    // Without scripts the LMS's page stays in the history; Sakai answers as
    // often as it is asked.
    const page = await browser.page({ script: false });
    await open(page, { storageTarget: 'absent' }, room.exchanges.sakai);
    await page.getByRole('button', { name: 'Continue' }).click();
    await room.landed(page);
    await page.goBack();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('heading', { name: 'used before' }).waitFor();
    assert.match(await page.getByRole('link').getAttribute('href'),
      /lti_errormsg=/);
    await page.context().close();
  });

// --- pages that go on ------------------------------------------------------

// A page of the LMS with nothing in it but the tool's frame.
async function framed(page, url) {
  await page.goto(`${lms.origin('moodle-45.localhost')}/testbed/nothing.html`);
  await page.evaluate((src) => {
    const frame = document.createElement('iframe');
    Object.assign(frame, { src, title: 'The tool',
      style: 'width: 100%; height: 600px; border: 0' });
    document.body.replaceChildren(frame);
    document.body.style.margin = '0';
  }, url);
  return (await page.waitForSelector('iframe')).contentFrame();
}

test('D60 AXE L13 button: the page with the button, by keyboard', async () => {
  const page = await browser.page();
  // So long a hint cannot be tried with a cookie first.
  const { login } = await begin({ messageHint: 'long' });
  const frame = await framed(page, login.url);
  await frame.waitForSelector('#again button');
  await look(page, 'button', { frame });
  await reaches(page, frame, '#again button');
  const opened = page.waitForEvent('popup');
  await page.keyboard.press('Enter');
  await room.landed(await opened);
  await frame.locator('#opened').waitFor();
  await look(page, 'button-pressed', { frame });
  await page.context().close();
});

test('D60 AXE PS2 without scripts the pages of the storage have a button',
  async () => {
    const page = await browser.page({ script: false });
    await open(page, { storageTarget: '_parent' });
    await page.getByRole('heading', { name: 'Opening Acme Courses' }).waitFor();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('heading', { name: 'Going to the tool' }).waitFor();
    await page.getByRole('button', { name: 'Continue' }).click();
    assert.equal((await room.landed(page)).name, 'Tess Teacher');
    await page.context().close();
  });

for (const [name, options] of [['storage-login', {}],
  ['storage-launch', { lost: true }]]) {
  test(`D60 AXE PS2 ${name} without scripts`, async () => {
    const page = await browser.page({ script: false });
    await open(page, { storageTarget: '_parent' });
    if (options.lost) {
      // As the script would: past the first page, with nothing kept.
      const next = await page.getAttribute('#again', 'data-url');
      await page.context().clearCookies();
      await page.goto(next);
      await page.getByRole('button', { name: 'Continue' }).click();
    }
    await page.getByRole('heading', { name: 'Opening' }).waitFor();
    const text = await page.locator('main').innerText();
    assert.match(text, /runs no scripts/);
    assert.doesNotMatch(text, /One moment/);
    const copy = await still(page);
    await look(copy, name);
    await reaches(copy, copy, '#again button');
    await copy.context().close();
  });
}

// --- the way back ----------------------------------------------------------

for (const [presentation, where] of [['iframe', 'in its frame'],
  ['window', 'out of the frame']]) {
  test(`D60 the link leads back to the LMS ${where}`, async (t) => {
    await room.settings({ deepLinking: 'off' });
    t.after(() => room.settings({}));
    const page = await browser.page({ width: 700 });
    const { login, id } = await begin({ presentation,
      message: 'LtiDeepLinkingRequest' });
    const frame = await framed(page, login.url);
    const course = page.url();
    await frame.getByRole('heading', { name: 'not offer' }).waitFor();
    await picture(page, `failed-in-frame-${presentation}`);
    const reference = await frame.innerText('footer code');
    await frame.getByRole('link', { name: 'Back to the LMS' }).click();
    const place = presentation === 'iframe' ? frame : page;
    await place.waitForURL(/return\.php/);
    assert.equal(page.url() === course, presentation === 'iframe');
    await place.getByText('deep linking').waitFor();
    const { back } = lms.attempt(id);
    assert.match(back.lti_errorlog, new RegExp(`reference ${reference}$`));
    assert.match(back.lti_errormsg, /^[A-Z].*[a-z]/);
    await page.context().close();
  });
}
