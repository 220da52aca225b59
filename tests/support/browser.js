// SPDX-License-Identifier: Apache-2.0
// Debian's Chromium, driven by playwright-core: without windows it takes a
// third less of the processors.
//
//   const browser = await startBrowser();
//   const page = await browser.page({ width: 500, dark: true, script: false });
//   await violationsOf(page, rules) what axe-core finds, as lines
//   await picture(page, 'name')     into build/pictures (or SHOTS)
//   await looks(page, 'name')       a page of the frame, at 500 and 1200
//                                   pixels, light and dark: no violation, no
//                                   sideways scrolling, and its picture

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';

const axe = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const shots = process.env.SHOTS
  ?? resolve(import.meta.dirname, '../../build/pictures');
mkdirSync(shots, { recursive: true });

export const launchOptions = {
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update',
    '--disable-sync'],
};

export async function startBrowser() {
  const browser = await chromium.launch({ ...launchOptions,
    executablePath: '/usr/bin/chromium-headless-shell' });
  return {
    close: () => browser.close(),
    async page({ width = 1200, height = 900, dark = false,
      script = true } = {}) {
      const context = await browser.newContext({
        viewport: { width, height }, javaScriptEnabled: script,
        colorScheme: dark ? 'dark' : 'light' });
      return context.newPage();
    },
  };
}

// A theme changes colours and nothing else: the rules for a page that was
// looked at in another.
export const COLOURS = ['color-contrast'];

// A page or a frame of one; by all rules, or by those.
export async function violationsOf(page, rules) {
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(axe);
  const { violations } = await page.evaluate((runOnly) => window.axe.run(
    { resultTypes: ['violations'], ...(runOnly ? { runOnly } : {}) }), rules);
  return violations.map((one) =>
    `${one.id}: ${one.help} (${one.nodes.map((node) => node.target).join()})`);
}

export const picture = (page, name) =>
  page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });

export async function looks(page, name) {
  for (const width of [500, 1200]) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      const told = `${name}-${width}${colorScheme === 'dark' ? '-dark' : ''}`;
      await picture(page, told);
      assert.deepEqual(await violationsOf(page,
        colorScheme === 'dark' ? COLOURS : undefined), [], told);
      assert.equal(await page.evaluate(() =>
        document.documentElement.scrollWidth > window.innerWidth), false, told);
    }
  }
}
