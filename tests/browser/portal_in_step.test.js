// SPDX-License-Identifier: Apache-2.0
// DR21 at the portal: platforms that are behind are counted and listed, and
// one press brings those up to date that can be.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { exampleSettings } from '../support/gateway.js';
import { heading, look, startPortal } from '../support/portal.js';

const registration = { mode: 'automatic', autoActivate: true };
const portal = await startPortal({ settings: { registration } });
const { gateway, lms, owner } = portal;
after(() => portal.close());

const add = async (profile) =>
  (await lms.add(gateway, profile)).exchange.registration.tool;

test('PORTAL DR21 platforms behind: told, updated, accepted', async () => {
  const canvas = await add('canvas-cloud');
  await add('moodle-4.5');
  await add('brightspace');
  await gateway.api('PUT', '/admin/settings', { ...exampleSettings,
    registration, description: 'Another', services:
      { namesAndRoles: false } });
  const page = await portal.open(owner, '');
  await page.getByText('3 platforms are behind').waitFor();
  await page.getByRole('link', { name: 'See what differs' }).click();
  await heading(page, 'Behind the settings');
  await page.getByText('Manage tools. Paste the registration URL').waitFor();
  await page.getByText('register the tool there again').waitFor();
  for (const width of [500, 1200]) {
    await page.setViewportSize({ width, height: 900 });
    await look(page, `behind-${width}`);
  }
  await page.getByRole('button', { name: /^Update / }).click();
  const again = page.getByRole('button', { name: /^Look again at / });
  await again.waitFor();
  await page.getByText('Waits in the LMS').waitFor();
  lms.acceptUpdate(canvas);
  await again.click();
  await again.waitFor({ state: 'detached' });
  assert.equal(await page.getByRole('row').count(), 3); // with the heading
  await page.getByRole('link', { name: /^Moodle/ }).click();
  await page.getByRole('heading', { name: 'Settings in the LMS' }).waitFor();
  await look(page, 'behind-platform-1200');
  assert.deepEqual(page.troubles(), []);
  await page.context().close();
});
