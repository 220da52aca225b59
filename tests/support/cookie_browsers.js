// SPDX-License-Identifier: Apache-2.0
// Chromium with one of four opinions on cookies:
//
//   open          a frame of another site keeps all of its cookies
//   partitioned   such a frame keeps partitioned cookies alone: third-party
//                 cookies are blocked, as browsers do it today
//   unframed      such a frame keeps none at all, a window does: browsers
//                 that know no partitioned cookies
//   none          nobody keeps any
//
//   const browser = await startCookieBrowser('partitioned');
//   const { open, none } = await startCookieBrowsers(['open', 'none']);
//   const page = await browser.page({ width, height, dark });
//   await browser.forget()                  closes pages, clears cookies
//   browser.navigations                     {method, url, status} of each
//                                           document, in order
//
// Chromium as people have it, since the one without windows knows no such
// opinions. Each has a profile of its own with the preferences a person would
// set: Debian's Chromium blocks third-party cookies by itself, also in the
// contexts of newContext(), so that "open" is said as well. cookies.test.js
// proves it.
//
// Who is a third party? `localhost` and `moodle-45.localhost` are two sites:
// no list of public suffixes has localhost, so Chromium takes it for one, and
// moodle-45.localhost for a name registered under it (it sends Sec-Fetch-Site:
// cross-site). canvas.localhost and sso.canvas.localhost are one site.

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { launchOptions } from './browser.js';

export const FRAMING = ['moodle-45.localhost', 'canvas.localhost',
  'sakai.localhost', 'developer.blackboard.localhost'];
const BLOCK = 2;
// Playwright 1.65 loses a frame that goes through three sites in a moment,
// each in a process of its own. Cookies do not depend on processes.
const ONE_PROCESS = '--disable-site-isolation-trials';

const exceptions = Object.fromEntries(FRAMING.map((host) =>
  [`http://localhost,http://[*.]${host}`, { setting: BLOCK }]));
const preferences = {
  open: { cookie_controls_mode: 0 },
  partitioned: { cookie_controls_mode: 1 },
  unframed: { cookie_controls_mode: 1,
    content_settings: { exceptions: { cookies: exceptions } } },
  none: { default_content_setting_values: { cookies: BLOCK } },
};

function makeProfile(opinion) {
  const place = mkdtempSync(join(tmpdir(), 'ltigate-profile-'));
  mkdirSync(join(place, 'Default'));
  writeFileSync(join(place, 'Default', 'Preferences'),
    JSON.stringify({ profile: preferences[opinion] }));
  return place;
}

// A redirect is a request of its own, with the status that redirected.
function watch(context, navigations) {
  context.on('request', (request) => {
    if (!request.isNavigationRequest()) return;
    const seen = { method: request.method(), url: request.url(), status: null };
    navigations.push(seen);
    request.response().then((response) => {
      seen.status = response?.status() ?? null;
    }, () => {});
  });
}

export async function startCookieBrowser(opinion) {
  const profile = makeProfile(opinion);
  const context = await chromium.launchPersistentContext(profile, {
    ...launchOptions, executablePath: '/usr/bin/chromium',
    args: [...launchOptions.args, ONE_PROCESS] });
  context.setDefaultTimeout(30_000);
  const navigations = [];
  watch(context, navigations);
  return {
    opinion, context, navigations,
    async page({ width = 1200, height = 900, dark = false } = {}) {
      const page = await context.newPage();
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
      return page;
    },
    async forget() {
      // The browser ends with its last page.
      const [first, ...rest] = context.pages();
      for (const page of rest) await page.close();
      await first?.goto('about:blank');
      await context.clearCookies();
      navigations.length = 0;
    },
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

// Several at once, by opinion.
export async function startCookieBrowsers(opinions) {
  const browsers = await Promise.all(opinions.map(startCookieBrowser));
  return Object.fromEntries(browsers.map((one) => [one.opinion, one]));
}
