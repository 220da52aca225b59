// SPDX-License-Identifier: Apache-2.0
// People at the portal, in a browser: the owner's link, signing in by keyboard
// alone, invitations, roles, sessions that end.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { makeOrganization, makePerson, password } from '../support/people.js';
import { firstLink, heading, look, settled, startPortal }
  from '../support/portal.js';

const portal = await startPortal({ owner: false });
const { gateway } = portal;
after(() => portal.close());

const owner = { email: 'olga@tool.example' };
const fine = (page) => assert.deepEqual(page.troubles(), []);
const errorAt = (page, label) => page.getByLabel(label, { exact: true })
  .evaluate((input) => (input.getAttribute('aria-describedby') ?? '')
    .split(' ').map((id) => document.getElementById(id)?.textContent ?? '')
    .join(' '));

test('PORTAL the first owner makes the account by the link that was printed',
  async () => {
    const page = await portal.open(null);
    await heading(page, 'Sign in');
    await page.goto(firstLink(gateway));
    await heading(page, 'Welcome');
    await look(page, 'invitation-first');
    // Wrong in three ways, told beside the fields; the first has the focus.
    await page.getByLabel('E-mail').fill('olga');
    await page.getByLabel('Password').fill('short');
    await page.getByRole('button', { name: /Set password/ }).click();
    assert.match(await errorAt(page, 'E-mail'), /must be an e-mail address/);
    assert.match(await errorAt(page, 'Password'), /At least 12 characters/);
    await page.waitForFunction(() => document.activeElement.name === 'email');
    await look(page, 'invitation-wrong');
    await page.getByLabel('E-mail').fill(owner.email);
    await page.getByLabel(/^Name/).fill('Olga Owner');
    await page.getByLabel('Password').fill(password);
    await page.keyboard.press('Enter');
    await heading(page, 'Overview');
    assert.doesNotMatch(page.url(), /invitation/);
    assert.equal(await page.title(), 'Overview - Acme Courses');
    await page.goBack();
    assert.doesNotMatch(page.url(), /invitation\/./);
    fine(page);
    await page.context().close();
  });

test('PORTAL an invitation that was used says what to do', async () => {
  const page = await portal.open(null);
  await page.goto(firstLink(gateway));
  await heading(page, 'Welcome');
  await page.getByText('Ask whoever sent it for a new one').waitFor();
  await look(page, 'invitation-used');
  fine(page);
  await page.context().close();
});

test('PORTAL signing in by the keyboard alone, and one form after it',
  async () => {
    const page = await portal.open(null);
    await heading(page, 'Sign in');
    await look(page, 'sign-in');
    const press = async (key, times = 1) => {
      for (let i = 0; i < times; i++) await page.keyboard.press(key);
    };
    const focused = () => page.evaluate(() => {
      const at = document.activeElement;
      return at.getAttribute('aria-label') || at.labels?.[0]?.textContent.trim()
        || at.textContent.trim();
    });
    await press('Tab');
    assert.equal(await focused(), 'E-mail');
    await page.keyboard.type(owner.email);
    await press('Tab');
    await page.keyboard.type('wrong wrong wrong');
    await press('Enter');
    await page.getByText('do not belong together').waitFor();
    await page.getByLabel('Password').focus();
    await press('Control+a');
    await page.keyboard.type(password);
    await press('Enter');
    await heading(page, 'Overview');

    // The skip link leads over the menu; the menu leads to a page, whose
    // heading is then read.
    await page.reload();
    await heading(page, 'Overview');
    await settled(page);
    await press('Tab');
    assert.equal(await focused(), 'Skip to the page');
    const outline = await page.evaluate(() =>
      getComputedStyle(document.activeElement).outlineStyle);
    assert.equal(outline, 'solid');
    await press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
    for (let i = 0; await focused() !== 'Organisations'; i++) {
      assert.ok(i < 40, 'the menu is reached by Shift+Tab');
      await press('Shift+Tab');
    }
    await press('Enter');
    await heading(page, 'Organisations');
    await page.waitForFunction(() => document.activeElement.tagName === 'H1');
    assert.equal(await focused(), 'Organisations');
    await press('Tab');
    assert.equal(await focused(), 'Add organisation');
    await press('Enter');
    await page.getByRole('dialog').waitFor();
    assert.equal(await focused(), 'Name');
    await press('Enter');
    assert.match(await errorAt(page, 'Name'), /Name is needed/);
    assert.equal(await page.getByLabel('Name').getAttribute('aria-invalid'),
      'true');
    await page.keyboard.type('Springfield High');
    await press('Enter');
    await page.getByRole('cell', { name: 'Springfield High', exact: true })
      .waitFor();
    assert.equal(await page.getByRole('dialog').count(), 0);
    assert.equal(await focused(), 'Add organisation');
    await press('Enter');
    await page.getByRole('dialog').waitFor();
    await press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    fine(page);
    await page.context().close();
  });

test('PORTAL an organisation whose name is taken: told beside the field',
  async () => {
    const page = await portal.open(owner, 'organisations');
    await page.getByRole('button', { name: 'Add organisation' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Springfield High');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('exists already').waitFor();
    assert.match(await errorAt(page, 'Name'), /exists already/);
    fine(page);
    await page.context().close();
  });

test('PORTAL inviting a registrar: the link is shown once and opens the account',
  async () => {
    const page = await portal.open(owner, 'people');
    await page.getByRole('button', { name: 'Invite' }).click();
    await page.getByRole('dialog').getByLabel('E-mail')
      .fill('rita@school.example');
    await page.getByLabel('For', { exact: true })
      .selectOption('organization');
    await page.getByRole('dialog').getByLabel('Role')
      .selectOption('registrar');
    await look(page, 'invite');
    await page.getByRole('dialog').getByRole('button', { name: 'Invite' })
      .click();
    const link = await page.locator('dialog .value').textContent();
    assert.match(link, /\/portal#\/invitation\/[\w-]+$/);
    await look(page, 'invite-link');
    await page.getByRole('button', { name: 'Done' }).click();
    const row = page.getByRole('row', { name: /rita@school/ });
    await row.getByText('Invited').waitFor();
    await look(page, 'people');

    const other = await portal.open(null);
    await other.goto(link);
    await other.getByText('rita@school.example').waitFor();
    await other.getByLabel('Password').fill(password);
    await other.getByRole('button', { name: /Set password/ }).click();
    await heading(other, 'Overview');
    const menu = await other.locator('nav#menu a').allTextContents();
    for (const hidden of ['API Settings', 'API keys', 'Organisations',
      'People and roles']) {
      assert.ok(!menu.includes(hidden), `${hidden} is hidden`);
    }
    for (const shown of ['Integrations', 'Registrations', 'Logs', 'Account']) {
      assert.ok(menu.includes(shown), `${shown} is shown`);
    }
    await other.goto(`${gateway.url}/portal#/settings`);
    await heading(other, 'Not found');
    fine(other);
    fine(page);
    await other.context().close();
    await page.context().close();
  });

test('PORTAL a role is changed, a person removed after a question',
  async () => {
    const { id } = (await gateway.api('GET', '/admin/organizations'))
      .body.organizations[0];
    await makePerson(gateway, { email: 'vic@school.example', name: 'Vic Viewer',
      organizations: [{ id, role: 'viewer' }] });
    const page = await portal.open(owner, 'people');
    await page.getByRole('button', { name: 'Role: Vic Viewer' }).click();
    await page.getByRole('dialog').getByLabel('Role').selectOption('admin');
    await page.getByRole('button', { name: 'Change role' }).click();
    await page.getByRole('row', { name: /Vic Viewer.*Admin/s }).waitFor();
    await page.getByRole('button', { name: 'Remove: Vic Viewer' }).click();
    await look(page, 'people-remove');
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' })
      .click();
    await page.getByText('Vic Viewer').first().waitFor({ state: 'detached' });
    const { body } = await gateway.api('GET', '/admin/users');
    assert.ok(!body.users.some((one) => one.name === 'Vic Viewer'));
    fine(page);
    await page.context().close();
  });

test('PORTAL a new link for who forgot the password', async () => {
  const page = await portal.open(owner, 'people');
  await page.getByRole('button', { name: 'New link: rita@school.example' })
    .click();
  await page.getByRole('dialog').getByRole('button', { name: 'Make link' })
    .click();
  assert.match(await page.locator('dialog .value').textContent(),
    /#\/invitation\//);
  await page.getByRole('button', { name: 'Done' }).click();
  fine(page);
  await page.context().close();
});

test('PORTAL the account: name, other sessions, password', async () => {
  const person = await makePerson(gateway,
    { email: 'gus@tool.example', role: 'viewer', name: 'Gus' });
  const elsewhere = await portal.open(person, 'logs');
  const page = await portal.open(person, 'account');
  await page.getByLabel('Name').fill('Gustav');
  await page.getByRole('button', { name: 'Save name' }).click();
  await page.locator('.whoami').getByText('Gustav').waitFor();
  await look(page, 'account');
  const own = page.getByRole('table', { name: 'Your sessions' });
  await own.getByText('This one').waitFor();
  const before = await own.getByRole('button', { name: 'End' }).count();
  assert.ok(before >= 2, `${before} other sessions`);
  await own.getByRole('button', { name: 'End' }).first().click();
  await page.getByRole('button', { name: 'End session' }).click();
  await page.waitForFunction((count) => document
    .querySelectorAll('table.list button').length === count, before - 1);
  await page.getByLabel('Current password').fill('not the password at all');
  await page.getByLabel('New password').fill('another long password');
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.locator('.error, .notice.bad').first().waitFor();
  await page.getByLabel('Current password').fill(password);
  await page.getByRole('button', { name: 'Change password' }).click();
  await page.getByText('your other sessions have ended').waitFor();
  // The other browser is asked to sign in, and stays where it was.
  await elsewhere.getByRole('heading', { name: 'Please sign in again' })
    .waitFor();
  await elsewhere.getByLabel('Password').fill('another long password');
  await elsewhere.getByRole('button', { name: 'Sign in' }).click();
  await elsewhere.getByRole('dialog').waitFor({ state: 'detached' });
  await heading(elsewhere, 'Logs');
  await page.locator('.whoami').getByRole('button', { name: 'Sign out' })
    .click();
  await heading(page, 'Sign in');
  fine(page);
  fine(elsewhere);
  await page.context().close();
  await elsewhere.context().close();
});

test('PORTAL a session that ended asks again, and what was typed is kept',
  async () => {
    const page = await portal.open(owner, 'settings');
    await page.getByLabel('Tool name').fill('A name that I typed');
    await page.context().clearCookies();
    await page.getByRole('button', { name: 'Save settings' }).click();
    const again = page.getByRole('dialog');
    await again.getByRole('heading', { name: 'Please sign in again' })
      .waitFor();
    await look(page, 'session-ended');
    await again.getByLabel('E-mail').fill(owner.email);
    await again.getByLabel('Password').fill(password);
    await again.getByRole('button', { name: 'Sign in' }).click();
    await again.waitFor({ state: 'detached' });
    assert.equal(await page.getByLabel('Tool name').inputValue(),
      'A name that I typed');
    await page.getByRole('button', { name: 'Save settings' }).click();
    await page.getByText('Settings saved').waitFor();
    assert.equal((await gateway.api('GET', '/admin/settings')).body.name,
      'A name that I typed');
    fine(page);
    await page.context().close();
  });

test('PORTAL no address leads out of it after signing in', async () => {
  for (const hash of ['//evil.example', 'https://evil.example/',
    '%2F%2Fevil.example', 'javascript:alert(1)']) {
    const page = await portal.open(null, hash);
    await page.getByLabel('E-mail').fill(owner.email);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('nav#menu').waitFor();
    assert.equal(new URL(page.url()).origin, gateway.url);
    fine(page);
    await page.context().close();
  }
});

test('PORTAL what people write is text, never markup', async () => {
  const evil = '<img src=x onerror="document.title=\'owned\'"><b>bold';
  await makeOrganization(gateway, evil);
  await gateway.settings({ name: evil, description: evil });
  const page = await portal.open(owner, 'organisations');
  await page.getByRole('cell', { name: evil, exact: true }).waitFor();
  assert.equal(await page.locator('#app b, #app img').count(), 0);
  assert.equal(await page.title(), `Organisations - ${evil}`);
  fine(page);
  await page.context().close();
  await gateway.settings({});
});

test('PORTAL a gateway that is gone: the page says so, and tries again',
  async () => {
    const page = await portal.open(owner, 'organisations');
    await gateway.stop();
    await page.getByRole('link', { name: 'API keys' }).click();
    await page.getByText('The gateway cannot be reached').first().waitFor();
    await look(page, 'unreachable');
    await gateway.start();
    for (const name of ['API keys', 'Signing keys']) {
      await page.getByRole('region', { name }).getByRole('button',
        { name: 'Try again' }).click();
      await page.getByRole('table', { name }).waitFor();
    }
    fine(page);
    await page.context().close();
  });
