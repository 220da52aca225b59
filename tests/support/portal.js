// SPDX-License-Identifier: Apache-2.0
// The portal in a real browser, before a real gateway.
//
//   const portal = await startPortal();
//   portal.gateway, portal.lms, portal.browser, portal.owner
//   const page = await portal.open(portal.owner, 'settings', { width, dark });
//   page.troubles()                what the console complained of, as lines
//   await heading(page, 'Logs')    waits until that page is there
//   await look(page, 'logs')       no violation, no sideways scrolling; a
//                                  picture into build/pictures (or SHOTS)
//   await portal.close()
//
// A person is {email, password, ...}: what makePerson (people.js) made, or any
// with these two. Without a person, nobody is signed in.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { shots, startBrowser, violationsOf } from './browser.js';
import { startGateway } from './gateway.js';
import { startLms } from './lms.js';
import { accept, password } from './people.js';

export const firstLink = (gateway) => [...gateway.log()
  .matchAll(/http\S+\/portal#\/invitation\/[\w-]+/g)].at(-1)?.[0];

export const heading = (page, name) =>
  page.getByRole('heading', { level: 1, name, exact: true }).waitFor();

// Lists that are still asked for are no picture of a page.
export const settled = (page) => page.waitForFunction(() =>
  document.querySelector('h1') && !document.querySelector('.waiting')
    && !document.querySelector('main[aria-busy="true"]'));

export const scrollsSideways = (page) => page.evaluate(() =>
  document.documentElement.scrollWidth > window.innerWidth);

export async function look(page, name, rules) {
  await settled(page);
  const modal = await page.$('dialog[open]');
  await page.screenshot({ path: join(shots, `portal-${name}.png`),
    fullPage: !modal });
  assert.deepEqual(await violationsOf(page, rules), [], name);
  assert.equal(await scrollsSideways(page), false, `${name} scrolls sideways`);
}

// Everything that a console says in red; a refused policy is there too. What
// a server refuses on purpose is told there as a failed resource.
function listen(page) {
  const heard = [];
  page.on('console', (line) => {
    if (line.type() === 'error' && !/Failed to load resource/.test(line.text())) {
      heard.push(line.text());
    }
  });
  page.on('pageerror', (problem) => heard.push(String(problem)));
  page.troubles = () => heard;
}

// As the browser, without a page: its cookie is the context's.
async function signInThere(gateway, page, person) {
  const answer = await page.context().request.post(
    `${gateway.url}/portal/session`, { data: { email: person.email,
      password: person.password ?? password } });
  assert.equal(answer.status(), 200, `${person.email} signs in`);
}

export async function startPortal(options = {}) {
  const gateway = await startGateway(options);
  const lms = await startLms({ toolUrl: gateway.registerUrl });
  const browser = await startBrowser();
  const owner = options.owner === false ? null
    : await accept(gateway, firstLink(gateway),
      { email: 'olga@tool.example', name: 'Olga Owner' });
  const open = async (person, hash = '', look = {}) => {
    const page = await browser.page({ width: 1280, ...look });
    page.setDefaultTimeout(30_000);
    listen(page);
    if (person) await signInThere(gateway, page, person);
    await page.goto(`${gateway.url}/portal#/${hash}`);
    await page.waitForSelector('h1');
    return page;
  };
  return { gateway, lms, browser, owner, open,
    close: async () => {
      await browser.close();
      await lms.close();
      await gateway.close();
    } };
}
