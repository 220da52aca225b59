// SPDX-License-Identifier: Apache-2.0
// What people do in stories that go through the portal and the LMS: each step
// as a person takes it, in a page of a real browser.
//
//   await enterPortal(page, gateway, person)        signs in by the form
//   await choose(page, 'Integrations')              by the portal's menu
//   await copy(page, 'Dynamic registration URL')    by its button
//   const frame = await pasteTool(page, lms, host)  pasted into the LMS's page
//   await frame.heading('Sign in to register X');   await frame.press('Yes')
//   await frame.signIn(person);   frame.element     the frame itself
//   await closed(page)             the LMS took the frame away, and says why
//
// The page's context needs `clipboard` granted to copy and paste.

import assert from 'node:assert/strict';
import { password } from './people.js';

export const clipboard = ['clipboard-read', 'clipboard-write'];

export const exactly = (place, role, name) =>
  place.getByRole(role, { name, exact: true });
export const title = (place, name) => place.getByRole('heading',
  { level: 1, name, exact: true }).waitFor();

export async function enterPortal(page, gateway, person) {
  await page.goto(`${gateway.url}/portal`);
  await title(page, 'Sign in');
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByLabel('Password').fill(person.password ?? password);
  await exactly(page, 'button', 'Sign in').click();
  await title(page, 'Overview');
}

export async function choose(page, name) {
  await exactly(page.getByRole('navigation', { name: 'Portal' }), 'link', name)
    .click();
  await title(page, name);
}

export async function copy(page, label) {
  await exactly(page, 'button', `Copy ${label}`).click();
  await page.getByText(`${label} copied`).waitFor();
}

// --- the LMS's administrator ------------------------------------------------

export async function openAdministrator(page, lms, host) {
  await page.goto(`${lms.origin(host)}/testbed/administrator.html`);
  await page.getByText('None yet.').or(page.getByRole('table')).first()
    .waitFor();
}

// As one more, where Moodle offers to update the tool that it has.
export async function pasteTool(page, lms, host) {
  await openAdministrator(page, lms, host);
  await page.locator('#tool-url').focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Control+v');
  const another = page.getByLabel('Register as a new tool');
  if (await another.count()) await another.check();
  await page.locator('#add-button').click();
  return frameIn(page);
}

export async function addTool(page, lms, host, url) {
  await openAdministrator(page, lms, host);
  await page.locator('#tool-url').fill(url);
  await page.locator('#add-button').click();
  return frameIn(page);
}

export const pageOfFrame = (place) => ({
  place,
  heading: (name) => title(place, name),
  press: (name) => exactly(place, 'button', name).click(),
  tick: (name) => exactly(place, 'radio', name).check(),
  async signIn(person) {
    await place.getByLabel('E-mail').fill(person.email);
    await place.getByLabel('Password').fill(person.password ?? password);
    await exactly(place, 'button', 'Sign in').click();
  },
});

async function frameIn(page) {
  const holder = '#frame-holder iframe';
  const element = await page.waitForSelector(holder);
  return { ...pageOfFrame(page.frameLocator(holder)), element };
}

export async function closed(page) {
  await page.locator('#result').waitFor();
  assert.match(await page.textContent('#status'),
    /The tool said that it is done/);
  assert.equal(await page.locator('#frame-holder iframe').count(), 0);
}
