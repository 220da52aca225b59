// SPDX-License-Identifier: Apache-2.0
// The frame that waits: for an approval in the portal, or for a sign-in by
// the provider in a window beside it. It goes on by itself.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { picture, startBrowser } from '../support/browser.js';
import { startGateway } from '../support/gateway.js';
import { registrationsOf, startLms } from '../support/lms.js';
import { makeOrganization, makePerson } from '../support/people.js';
import { startProvider } from '../support/provider.js';
import { addTool, choose, closed, enterPortal, exactly, pageOfFrame, title }
  from '../support/story.js';

const MOODLE = 'moodle-45.localhost';
const SIGN_IN = 'Sign in to register Acme Courses';
const QUESTION = 'Register Acme Courses with North College?';
const DONE = 'Acme Courses is registered';
const SLOW = 30_000;

const lms = await startLms();
const gateway = await startGateway({ settings:
  { registration: { mode: 'confirm' } } });
const provider = await startProvider(gateway.url, { people: { nina:
  { email: 'nina@north.example', email_verified: true, name: 'Nina' } } });
await gateway.restart(provider.environment);
const browser = await startBrowser();
after(async () => {
  await browser.close();
  await lms.close();
  await gateway.close();
  await provider.close();
});

const north = await makeOrganization(gateway, 'North College');
const organizations = (role) => [{ id: north.id, role }];
const staff = await makePerson(gateway,
  { email: 'sam@tool.example', role: 'admin', name: 'Sam' });
const vera = await makePerson(gateway,
  { email: 'vera@north.example', organizations: organizations('viewer') });
await gateway.api('POST', '/admin/users',
  { email: 'nina@north.example', organizations: organizations('registrar') });

const provided = `Sign in with ${new URL(provider.issuer).host}`;
const platforms = async () =>
  (await gateway.api('GET', '/admin/platforms')).body.platforms;

async function openFrame() {
  const page = await browser.page();
  const frame = await addTool(page, lms, MOODLE, gateway.registerUrl);
  await frame.heading(SIGN_IN);
  return { page, frame };
}
const close = (...pages) =>
  Promise.all(pages.map((page) => page.context().close()));

// Staff, in another browser, at the one registration that waits.
async function decide(word) {
  const page = await browser.page();
  await enterPortal(page, gateway, staff);
  await choose(page, 'Registrations');
  const waiting = page.getByRole('table', { name: 'Waiting for approval' });
  await waiting.getByText('Waits for you').waitFor();
  await exactly(waiting, 'button', word).click();
  const dialog = page.getByRole('dialog');
  if (word === 'Approve') {
    await dialog.getByLabel('Organisation').selectOption(north.id);
  }
  await exactly(dialog, 'button', word).click();
  if (word === 'Approve') {
    await dialog.getByText('The LMS took the tool').waitFor();
  } else {
    await page.getByText('Nothing waits').waitFor();
  }
  await close(page);
}

test('CONFIRM asked for approval, approved in the portal: the frame closes',
  async () => {
    const before = (await platforms()).length;
    const { page, frame } = await openFrame();
    await frame.press('Ask for approval');
    await frame.heading('Waiting for approval');
    await picture(page, 'confirm-waiting-in-frame');
    await decide('Approve');
    await closed(page);
    await exactly(page, 'button', 'Activate').waitFor();
    const all = await platforms();
    assert.equal(all.length, before + 1);
    assert.ok(all.some(({ organizationId }) => organizationId === north.id));
    await close(page);
  });

test('CONFIRM who may not register asks; rejected, the frame says so',
  async () => {
    const { page, frame } = await openFrame();
    await frame.signIn(vera);
    await frame.heading('You may not register Acme Courses yourself');
    await frame.press('Ask for approval');
    await frame.heading('Waiting for approval');
    const before = (await platforms()).length;
    await decide('Reject');
    await frame.heading('The registration was not approved');
    await picture(page, 'confirm-rejected-in-frame');
    await frame.press('Close');
    await closed(page);
    assert.equal((await platforms()).length, before);
    await close(page);
  });

for (const [word, heading, requests] of [['Approve', DONE, 1],
  ['Reject', 'The registration was not approved', 0]]) {
  test(`CONFIRM without JavaScript the waiting page refreshes: ${word}`,
    async () => {
      const exchange = await lms.begin(gateway, 'brightspace');
      const page = await browser.page({ script: false });
      page.setDefaultTimeout(SLOW);
      await page.goto(exchange.launchUrl);
      const pages = pageOfFrame(page);
      await pages.press('Ask for approval');
      await pages.heading('Waiting for approval');
      // Through one refresh it goes on waiting.
      await page.waitForEvent('framenavigated');
      await pages.heading('Waiting for approval');
      await decide(word);
      await pages.heading(heading);
      assert.equal(registrationsOf(exchange).length, requests);
      await close(page);
    });
}

async function signInThere(page) {
  await page.locator('[name=login]').fill('nina');
  await page.locator('[name=password]').fill('any');
  await page.locator('[type=submit]').click();
  await page.locator('[type=submit]').click(); // the provider's consent
}

test('CONFIRM the provider beside the frame: one code, agreed, it goes on',
  async () => {
    const { page, frame } = await openFrame();
    const code = await frame.place.locator('.code').innerText();
    assert.match(code, /^[A-Z0-9-]{4,}$/);
    await picture(page, 'confirm-provider-in-frame');
    const opened = page.waitForEvent('popup');
    await frame.press(provided);
    const beside = await opened;
    await signInThere(beside);
    await title(beside, 'Is it you in the LMS?');
    assert.equal(await beside.locator('#code').innerText(), code);
    assert.match(await beside.innerText('main'), /nina@north\.example|Nina/);
    // The frame waits for the answer, and shows the code meanwhile.
    await frame.heading(SIGN_IN);
    assert.equal(await frame.place.locator('.code').innerText(), code);
    await exactly(beside, 'button', 'Yes, that is me').click();
    await title(beside, 'You are signed in');
    await beside.close();
    await frame.heading(QUESTION);
    await frame.press('Yes');
    await closed(page);
    await close(page);
  });

test('CONFIRM the provider without JavaScript: the person goes on by a button',
  async () => {
    const exchange = await lms.begin(gateway, 'brightspace');
    const page = await browser.page({ script: false });
    await page.goto(exchange.launchUrl);
    const pages = pageOfFrame(page);
    await pages.heading(SIGN_IN);
    const opened = page.waitForEvent('popup');
    await pages.press(provided);
    const beside = await opened;
    await pages.press('I have signed in there');
    await page.getByRole('alert').waitFor();
    assert.match(await page.getByRole('alert').innerText(),
      /Nobody has confirmed in the other window yet/);
    await signInThere(beside);
    await exactly(beside, 'button', 'Yes, that is me').click();
    await title(beside, 'You are signed in');
    await beside.close();
    await pages.press('I have signed in there');
    await pages.heading(QUESTION);
    await pages.press('Yes');
    await pages.heading(DONE);
    await close(page);
  });
