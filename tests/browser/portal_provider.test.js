// SPDX-License-Identifier: Apache-2.0
// Signing in at the portal by an OpenID Connect provider, in a browser.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { makePerson } from '../support/people.js';
import { heading, look, startPortal } from '../support/portal.js';
import { startProvider } from '../support/provider.js';

const portal = await startPortal();
const { gateway } = portal;
const provider = await startProvider(gateway.url, { people: {
  gus: { email: 'gus@tool.example', email_verified: true } } });
await gateway.restart(provider.environment);
after(async () => {
  await portal.close();
  await provider.close();
});
await makePerson(gateway,
  { email: 'gus@tool.example', role: 'viewer', name: 'Gus' });

test('PORTAL by the provider, and back to the page that was asked for',
  async () => {
    const page = await portal.open(null, 'logs?level=warn');
    await heading(page, 'Sign in');
    await look(page, 'sign-in-provider');
    await page.getByRole('button',
      { name: `Sign in with ${new URL(provider.issuer).host}` }).click();
    await page.locator('[name=login]').fill('gus');
    await page.locator('[name=password]').fill('any');
    await page.locator('[type=submit]').click();
    await page.locator('[type=submit]').click(); // the provider's consent
    await heading(page, 'Logs');
    assert.equal(new URL(page.url()).hash, '#/logs?level=warn');
    await page.locator('.whoami').getByText('Gus').waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    assert.deepEqual(page.troubles().filter((line) =>
      !line.includes(provider.issuer)), []);
    await page.context().close();
  });
