// SPDX-License-Identifier: Apache-2.0
// Each page of the portal, used as an operator uses it, before a gateway that
// LMSs register with and launch from.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { enrol } from '../support/enrolled.js';
import { httpCall } from '../support/http_call.js';
import { makeOrganization, makePerson } from '../support/people.js';
import { heading, look, settled, startPortal } from '../support/portal.js';

const portal = await startPortal();
const { gateway, lms, owner } = portal;
after(() => portal.close());

const MOODLE = 'moodle-4.5';
const school = await makeOrganization(gateway, 'Springfield High');
const college = await makeOrganization(gateway, 'Shelbyville College');
const registrar = await makePerson(gateway, { email: 'rita@school.example',
  name: 'Rita', organizations: [{ id: school.id, role: 'registrar' }] });

const fine = (page) => assert.deepEqual(page.troubles(), []);
const close = async (page) => {
  fine(page);
  await page.context().close();
};
const api = async (...call) => (await gateway.api(...call)).body;
const platforms = async () => (await api('GET', '/admin/platforms')).platforms;
const card = (page, name) => page.getByRole('region', { name, exact: true });
const dialog = (page) => page.getByRole('dialog');
const valueOf = (page, label) => page.getByRole('group',
  { name: label, exact: true }).locator('.value').textContent();
const focusOn = (page, field) => page.waitForFunction((name) =>
  document.activeElement.name === name, field);
const button = (at, name) => at.getByRole('button', { name, exact: true });

test('PORTAL settings: what is typed is saved, what is wrong is told there',
  async () => {
    const page = await portal.open(owner, 'settings');
    await heading(page, 'API Settings');
    for (const word of ['Launch URL', 'Dynamic Registration Auto-Activation',
      'Enable Pre-Approval']) {
      await page.getByLabel(word).first().waitFor();
    }
    await page.getByLabel('Launch URL').fill('not an address');
    await button(page, 'Save settings').click();
    await page.getByText('This must be a whole address').waitFor();
    await focusOn(page, 'launchUrl');
    await page.getByLabel('Launch URL').fill('https://tool.example/start');
    await page.getByRole('switch', { name: 'Enable Pre-Approval' }).check();
    await button(page, 'Save settings').click();
    await page.getByText('Pre-Approval URL is needed').waitFor();
    // The gateway's own refusal, of a member that is folded away.
    await page.getByLabel('Pre-Approval URL')
      .fill('https://tool.example/approve');
    await page.getByText('Custom parameters', { exact: true }).first().click();
    const custom = page.getByRole('group', { name: 'Custom parameters' })
      .first();
    await button(custom, 'Add').click();
    await custom.getByLabel('Parameter 1').fill('course');
    await custom.getByLabel('Value 1').fill('a=b');
    await page.getByText('Custom parameters', { exact: true }).first().click();
    await button(page, 'Save settings').click();
    await page.getByText('must not hold \'=\'').waitFor();
    await custom.getByLabel('Value 1').fill('$Context.id');
    await button(page, 'Save settings').click();
    await page.getByText('Settings saved').waitFor();
    const settings = await api('GET', '/admin/settings');
    assert.equal(settings.launchUrl, 'https://tool.example/start');
    assert.equal(settings.registration.mode, 'pre-approval');
    assert.equal(settings.registration.preApprovalUrl,
      'https://tool.example/approve');
    assert.deepEqual(settings.customParameters, { course: '$Context.id' });
    // Switched off, the mode that was chosen before counts again.
    await page.getByRole('switch', { name: 'Enable Pre-Approval' }).uncheck();
    await page.getByLabel('Confirm', { exact: true }).check();
    await button(page, 'Save settings').click();
    await page.waitForFunction(() => !/unsaved/.test(
      document.querySelector('.save-bar').textContent));
    assert.equal((await api('GET', '/admin/settings')).registration.mode,
      'confirm');
    await close(page);
    await gateway.settings({});
  });

test('PORTAL settings: messages and placements; what is not shown is kept',
  async () => {
    const visibility = 'https://canvas.instructure.com/lti/visibility';
    await gateway.settings({ messages: [{ type: 'LtiResourceLinkRequest',
      [visibility]: 'members' }] });
    const page = await portal.open(owner, 'settings');
    await page.getByText('Messages and placements').click();
    await page.getByLabel('Placements', { exact: false }).first()
      .fill('course_navigation\n');
    await button(page, 'Add a message').click();
    const second = page.getByRole('group', { name: 'Message 2' });
    await second.getByLabel('Label').fill('Choose a course');
    const placements = page.getByRole('group',
      { name: 'Placements by kind of LMS' });
    await button(placements, 'Add').click();
    await placements.getByLabel('Kind of LMS 1').fill('canvas');
    await placements.getByLabel('Message type 1')
      .fill('LtiDeepLinkingRequest');
    await placements.getByLabel('Placements 1')
      .fill('assignment_selection, link_selection');
    await button(page, 'Save settings').click();
    await page.getByText('Settings saved').waitFor();
    const settings = await api('GET', '/admin/settings');
    assert.deepEqual(settings.messages, [
      { type: 'LtiResourceLinkRequest', [visibility]: 'members',
        placements: ['course_navigation'] },
      { type: 'LtiDeepLinkingRequest', label: 'Choose a course' }]);
    assert.deepEqual(settings.placementsByFamily, { canvas: {
      LtiDeepLinkingRequest: ['assignment_selection', 'link_selection'] } });
    await close(page);
    await gateway.settings({});
  });

test('PORTAL integrations: Codio\'s card, in Codio\'s order, each copied whole',
  async () => {
    const page = await portal.open(owner, 'integrations');
    await heading(page, 'Integrations');
    await card(page, 'LTI 1.3 Integration').waitFor();
    const labels = await card(page, 'LTI 1.3 Integration')
      .locator('.copy-label').allTextContents();
    assert.deepEqual(labels, ['LTI domain', 'Initiate login URL',
      'Redirect URL', 'Public key', 'KeySet URL', 'Dynamic registration URL',
      'Canvas JSON configuration URL']);
    assert.equal(await valueOf(page, 'Redirect URL'),
      `${gateway.url}/lti/launch`);
    assert.equal(await valueOf(page, 'Dynamic registration URL'),
      gateway.registerUrl);
    assert.match(await valueOf(page, 'Public key'), /^-----BEGIN PUBLIC KEY/);
    await page.context().grantPermissions(
      ['clipboard-read', 'clipboard-write']);
    await button(page, 'Copy PEM Public key').click();
    await page.getByText('Public key copied').waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()),
      await valueOf(page, 'Public key'));
    await page.getByText('No LTI 1.3 integrations yet').waitFor();
    await close(page);
  });

test('PORTAL integrations: by hand, as Codio asks; wrong, then right',
  async () => {
    const page = await portal.open(owner, 'integrations');
    await button(page, 'Add integration').click();
    await button(dialog(page), 'Create').click();
    await page.getByText('Client ID is needed').waitFor();
    // What is typed before the focus has moved goes where it moves.
    await focusOn(page, 'url');
    const fill = (label, text) =>
      dialog(page).getByLabel(label, { exact: false }).fill(text);
    await fill('Platform ID', 'https://lms.school.example');
    await fill('Client ID', 'by-hand-1');
    await fill('Deployment ID', 'd-1');
    await fill('Public keyset URL', 'https://lms.school.example/keys');
    await fill('Access token URL', 'lms.school.example/token');
    await fill('Authentication request URL', 'https://lms.school.example/auth');
    await dialog(page).getByLabel('Organisation').selectOption(school.id);
    await button(dialog(page), 'Create').click();
    await page.getByText('This must be a whole address').waitFor();
    await focusOn(page, 'accesstokenEndpoint');
    await look(page, 'integration-wrong');
    await fill('Access token URL', 'https://lms.school.example/token');
    await button(dialog(page), 'Create').click();
    await page.getByText('Integration added').waitFor();
    await page.getByRole('link', { name: /lms\.school\.example/ }).waitFor();
    const [made] = await platforms();
    assert.equal(made.organizationId, school.id);
    const { deployments } =
      await api('GET', `/admin/platforms/${made.id}/deployments`);
    assert.deepEqual(deployments.map((one) => one.deploymentId), ['d-1']);
    // The same again is a conflict, told at the field.
    await button(page, 'Add integration').click();
    await fill('Platform ID', 'https://lms.school.example');
    await fill('Client ID', 'by-hand-1');
    for (const label of ['Public keyset URL', 'Access token URL',
      'Authentication request URL']) {
      await fill(label, 'https://lms.school.example/x');
    }
    await button(dialog(page), 'Create').click();
    await dialog(page).getByText('exists already').waitFor();
    await focusOn(page, 'clientId');
    await close(page);
  });

test('PORTAL a registration link: shown once, used by an LMS, revoked',
  async () => {
    const page = await portal.open(registrar, 'integrations');
    await button(page, 'Make a link').click();
    await dialog(page).getByLabel('Label').fill('For the new Moodle');
    await dialog(page).getByRole('switch', { name: 'Activate at once' })
      .check();
    await button(dialog(page), 'Make link').click();
    const url = await valueOf(page, 'Registration link');
    assert.match(url, /\/lti\/register\?link=[\w-]+$/);
    await look(page, 'link-made');
    await button(page, 'Done').click();
    await lms.add(gateway, MOODLE, { toolUrl: url });
    await page.reload();
    await settled(page);
    const table = page.getByRole('table', { name: 'Integrations' });
    await table.getByRole('row', { name: /moodle/i }).waitFor();
    const links = page.getByRole('table', { name: 'Registration links' });
    await links.getByText('Over').waitFor();
    assert.doesNotMatch(await page.textContent('main'), /\?link=/);
    await look(page, 'integrations-registrar');
    await button(links, 'Revoke').click();
    await button(dialog(page), 'Revoke').click();
    await page.getByText('No registration links').waitFor();
    const own = (await platforms()).find((one) => one.origin === 'dynamic');
    assert.equal(own.organizationId, school.id);
    assert.equal(own.active, true);
    await close(page);
  });

test('PORTAL a registration that waits: approved for an organisation',
  async () => {
    await gateway.settings({ registration: { mode: 'pre-approval',
      preApprovalUrl: 'https://tool.example/approve' } });
    await lms.wait(gateway, 'canvas-cloud', { query: 'organization=Shelby' });
    await lms.wait(gateway, 'sakai');
    const page = await portal.open(owner, 'registrations');
    const waiting = page.getByRole('table', { name: 'Waiting for approval' });
    const canvas = waiting.getByRole('row', { name: /canvas/ });
    await canvas.getByText('claimed').waitFor();
    await look(page, 'registrations-waiting');
    await button(canvas, 'Approve').click();
    await dialog(page).getByText('proves nothing').waitFor();
    await dialog(page).getByLabel('Organisation').selectOption(college.id);
    await dialog(page).getByLabel('Name').fill('Canvas of Shelbyville');
    await button(dialog(page), 'Approve').click();
    await dialog(page).getByText('The LMS took the tool').waitFor();
    await look(page, 'approved');
    await button(dialog(page), 'Done').click();
    await page.getByRole('link', { name: 'Canvas of Shelbyville' }).waitFor();
    const made = (await platforms())
      .find((one) => one.name === 'Canvas of Shelbyville');
    assert.equal(made.organizationId, college.id);
    assert.equal(made.active, true);
    await button(waiting, 'Reject').click();
    await button(dialog(page), 'Reject').click();
    await page.getByText('Nothing waits').waitFor();
    assert.deepEqual(await api('GET', '/api/registrations'),
      { registrations: [] });
    await close(page);
    await gateway.settings({});
  });

test('PORTAL all platforms: found, sorted, switched off, changed, deleted',
  async () => {
    const page = await portal.open(owner, 'registrations');
    const table = page.getByRole('table', { name: 'All platforms' });
    const names = () => table.locator('tbody tr td:first-child a')
      .allTextContents();
    await table.waitFor();
    const sorted = await names();
    await table.getByRole('button', { name: /^Name/ }).click();
    await page.waitForFunction((first) => document.querySelector(
      'table[aria-label="All platforms"] tbody a').textContent !== first,
    sorted[0]);
    assert.deepEqual(await names(), sorted.toReversed());
    await page.getByLabel(/Search by name/).fill('shelbyville');
    await page.waitForFunction(() => document.querySelectorAll(
      'table[aria-label="All platforms"] tbody tr').length === 1);
    await button(table, 'Deactivate Canvas of Shelbyville').click();
    await button(dialog(page), 'Deactivate').click();
    await table.getByText('Inactive').waitFor();
    await button(table, 'Activate Canvas of Shelbyville').click();
    await button(table, 'Deactivate Canvas of Shelbyville').waitFor();
    await button(table, 'Edit Canvas of Shelbyville').click();
    await dialog(page).getByLabel('Name', { exact: true }).fill('Canvas 2');
    await button(dialog(page), 'Save').click();
    await page.getByText('No platform matches').waitFor();
    await page.getByLabel(/Search by name/).fill('Canvas 2');
    await button(table, 'Delete Canvas 2').click();
    await button(dialog(page), 'Cancel').click();
    assert.ok((await platforms()).some((one) => one.name === 'Canvas 2'));
    await button(table, 'Delete Canvas 2').click();
    await button(dialog(page), 'Delete').click();
    await page.getByText('No platform matches').waitFor();
    assert.ok(!(await platforms()).some((one) => one.name === 'Canvas 2'));
    await close(page);
  });

test('PORTAL a list longer than a page is fetched page by page', async () => {
  const many = Array.from({ length: 30 }, (_, at) => at);
  await Promise.all(many.map((at) => gateway.api('POST', '/admin/platforms', {
    url: `https://many-${at}.example`, clientId: `many-${at}`,
    name: `Many ${String(at).padStart(2, '0')}`,
    authenticationEndpoint: 'https://many.example/a',
    accesstokenEndpoint: 'https://many.example/t',
    authConfig: { method: 'JWK_SET', key: 'https://many.example/k' } })));
  const page = await portal.open(owner, 'registrations?search=Many');
  const pages = page.getByRole('navigation', { name: 'Pages' });
  await pages.getByText('1 to 25 of 30').waitFor();
  await button(pages, 'Next').click();
  await pages.getByText('26 to 30 of 30').waitFor();
  await page.getByRole('link', { name: 'Many 29' }).click();
  await heading(page, 'Many 29');
  await page.goBack();
  await pages.getByText('26 to 30 of 30').waitFor();
  await close(page);
  for (const one of await platforms()) {
    if (/^Many/.test(one.name)) {
      await gateway.api('DELETE', `/admin/platforms/${one.id}`);
    }
  }
});

test('PORTAL the report: asked, granted, deployments, first launch, events',
  async () => {
    const made = await enrol(gateway, { issuer: 'https://lms.enrolled.example' });
    const launch = await made.launch();
    assert.equal(launch.response.status, 303, launch.response.text);
    const page = await portal.open(owner,
      `registrations/${made.platform.id}`);
    await heading(page, made.platform.name);
    const deployments = page.getByRole('table', { name: 'Deployments' });
    await deployments.getByText('deployment-1').waitFor();
    await button(deployments, 'Change deployment deployment-1').click();
    await dialog(page).getByLabel('Its launches').selectOption('no');
    await dialog(page).getByLabel('Organisation').selectOption(college.id);
    await button(dialog(page), 'Save').click();
    await deployments.getByText('Refused').waitFor();
    await deployments.getByText('Shelbyville College').waitFor();
    assert.equal((await made.launch()).response.status, 403);
    await button(page, 'Add a deployment').click();
    await dialog(page).getByLabel('Deployment ID').fill('deployment-2');
    await button(dialog(page), 'Save').click();
    await deployments.getByText('deployment-2').waitFor();
    await look(page, 'platform-by-hand');

    const own = (await platforms()).find((one) => one.origin === 'dynamic');
    await page.goto(`${gateway.url}/portal#/registrations/${own.id}`);
    await heading(page, own.name);
    await page.getByText('The registration request').click();
    await page.getByLabel('The registration request')
      .getByText('redirect_uris').waitFor();
    await look(page, 'platform-report');
    await close(page);
  });

test('PORTAL content: a course and its assignments, changed and deleted',
  async () => {
    const page = await portal.open(owner,
      `content?organization=${school.id}`);
    await heading(page, 'Content');
    await page.getByText('No courses yet').waitFor();
    await button(page, 'Add course').click();
    await dialog(page).getByLabel('Title').fill('Algebra');
    await dialog(page).getByLabel('URL').fill('https://other.example/algebra');
    await button(dialog(page), 'Save').click();
    await focusOn(page, 'url');
    await dialog(page).getByLabel('URL')
      .fill('https://tool.example/launch/algebra');
    await button(dialog(page), 'Save').click();
    await page.getByRole('link', { name: 'Algebra' }).click();
    await heading(page, 'Algebra');
    await button(page, 'Add assignment').click();
    await dialog(page).getByLabel('Title').fill('Fractions');
    await dialog(page).getByLabel('URL')
      .fill('https://tool.example/launch/fractions');
    await dialog(page).getByRole('switch', { name: 'With a grade' }).check();
    await dialog(page).getByLabel('Points').fill('10');
    await look(page, 'assignment');
    await button(dialog(page), 'Save').click();
    await page.getByRole('row', { name: /Fractions.*10/s }).waitFor();
    await look(page, 'course');
    await page.getByRole('link', { name: 'Content', exact: true }).last()
      .click();
    await heading(page, 'Content');
    await page.getByText('1 assignment').waitFor();
    await button(page, 'Delete Algebra').click();
    await dialog(page).getByText('nor its 1 assignment').waitFor();
    await button(dialog(page), 'Delete').click();
    await page.getByText('No courses yet').waitFor();
    await close(page);
  });

test('PORTAL content: a CSV file, and what was wrong in it', async () => {
  const page = await portal.open(owner, `content?organization=${school.id}`);
  await button(page, 'Import').click();
  await button(dialog(page), 'Import').click();
  await page.getByText('Choose a file').waitFor();
  await dialog(page).getByLabel('File').setInputFiles({ name: 'courses.csv',
    mimeType: '', buffer: Buffer.from(
      'course,title,url,max score\n'
      + 'History,Rome,https://tool.example/launch/rome,5\n'
      + 'History,Athens,https://tool.example/launch/athens,\n'
      + 'History,Sparta,https://tool.example/launch/sparta,many\n') });
  await button(dialog(page), 'Import').click();
  await dialog(page).getByText('3 added, 0 changed, 1 line skipped.')
    .waitFor();
  await dialog(page).getByRole('row', { name: /^4/ }).waitFor();
  await look(page, 'imported');
  await button(dialog(page), 'Done').click();
  await page.getByRole('row', { name: /History.*2 assignments/s }).waitFor();
  await page.getByLabel('Search by title').fill('athens');
  await page.getByRole('row', { name: /Athens/ }).waitFor();
  const [file] = await Promise.all([page.waitForEvent('download'),
    page.getByRole('link', { name: 'Export' }).click()]);
  assert.match(file.suggestedFilename(), /csv$/);
  await close(page);
});

test('PORTAL logs: live, paused, filtered, one event opened in full',
  async () => {
    const page = await portal.open(owner, 'logs');
    const newest = () => page.locator('.log li').first().textContent();
    await page.locator('.log li').first().waitFor();
    await makeOrganization(gateway, 'Made while looking');
    await page.waitForFunction(() => /organisation/.test(
      document.querySelector('.log li').textContent));
    await button(page, 'Pause').click();
    const before = await newest();
    await gateway.settings({ name: 'Another name' });
    await page.waitForTimeout(4000);
    assert.equal(await newest(), before);
    await button(page, 'Go on').click();
    await page.waitForFunction(() => /settings/.test(
      document.querySelector('.log li').textContent));
    await look(page, 'logs-live');
    await page.locator('.log button', { hasText: /settings/i }).first().click();
    const changes = dialog(page).locator('table.changes');
    await changes.waitFor();
    assert.match(await changes.textContent(), /name/);
    await look(page, 'event-changes');
    await dialog(page).getByRole('button', { name: 'Close' }).last().click();
    await page.getByLabel('Kind').selectOption('registration');
    await page.waitForFunction(() => {
      const kinds = [...document.querySelectorAll('.log-kind')];
      return kinds.length > 0
        && kinds.every((one) => one.textContent === 'registration');
    });
    await page.locator('.log button').first().click();
    await dialog(page).getByRole('region', { name: 'Details' }).waitFor();
    await look(page, 'event');
    await dialog(page).getByRole('link', { name: /everything under it/ })
      .click();
    await page.waitForFunction(() => /reference=/.test(location.hash));
    assert.match(page.url(), /reference=\w+/);
    await button(page, 'Clear').click();
    await page.getByLabel('Search', { exact: true })
      .fill('nothing has this text');
    await page.getByText('Nothing matches').waitFor();
    await close(page);
  });

test('PORTAL logs: older ones by a button', async () => {
  for (let i = 0; i < 60; i++) {
    await gateway.api('PUT', `/admin/organizations/${college.id}`,
      { name: `Shelbyville College ${i % 2 ? '' : 'of Arts'}`.trim() });
  }
  const page = await portal.open(owner, 'logs?kind=organisation');
  await button(page, 'Pause').click();
  await page.waitForFunction(() =>
    document.querySelectorAll('.log li').length === 50);
  await button(page, 'Show older').click();
  await page.waitForFunction(() =>
    document.querySelectorAll('.log li').length > 60);
  await close(page);
});

test('PORTAL API keys: told once, good for the API, revoked', async () => {
  const page = await portal.open(owner, 'api-keys');
  await button(page, 'Make an API key').click();
  await dialog(page).getByLabel('Name').fill('production');
  await button(dialog(page), 'Make key').click();
  const key = await valueOf(page, 'API key');
  await look(page, 'api-key-made');
  await button(page, 'Done').click();
  const ask = async () => (await httpCall(`${gateway.url}/admin/platforms`,
    { headers: { authorization: `Bearer ${key}` } })).status;
  assert.equal(await ask(), 200);
  assert.ok(!(await page.content()).includes(key));
  await button(page, 'Revoke production').click();
  await button(dialog(page), 'Revoke').click();
  await page.getByText('production').first().waitFor({ state: 'detached' });
  assert.equal(await ask(), 401);
  const keys = page.getByRole('table', { name: 'Signing keys' });
  await keys.getByText('active').waitFor();
  await button(page, 'Rotate').click();
  await button(dialog(page), 'Rotate').click();
  await keys.getByText('next').waitFor();
  await close(page);
});

test('PORTAL the guide has the steps of each LMS, with real values',
  async () => {
    const page = await portal.open(registrar, 'guide');
    await heading(page, 'Add to your LMS');
    for (const name of ['Moodle', 'Canvas', 'Brightspace', 'Blackboard',
      'Sakai', 'Schoology', 'Open edX', 'ILIAS']) {
      await page.locator('.tiles').getByRole('link', { name }).click();
      await heading(page, `Add to ${name}`);
      await settled(page);
      const values = await page.locator('.value').allTextContents();
      assert.ok(values.length > 0
        && values.every((one) => one.startsWith(gateway.url)), name);
      await page.goBack();
      await heading(page, 'Add to your LMS');
    }
    await page.goto(`${gateway.url}/portal#/guide/schoology`);
    await page.getByRole('link', { name: 'Add the Schoology integration' })
      .click();
    assert.equal(await dialog(page).getByLabel('Platform ID').inputValue(),
      'https://schoology.schoology.com');
    await close(page);
  });

test('PORTAL the overview of a tool in use: totals, chart, table, faults',
  async () => {
    const page = await portal.open(owner);
    await heading(page, 'Overview');
    await page.getByRole('img', { name: /Usage over time/ }).waitFor();
    await page.locator('canvas').waitFor();
    await page.getByText('Show as a table').click();
    await page.getByRole('table', { name: 'Usage over time' }).waitFor();
    for (const range of ['1d', '30d', 'All', '7d']) {
      await button(page, range).click();
      await page.waitForFunction((name) => document.querySelector(
        '.segments [aria-pressed="true"]').textContent === name, range);
      await settled(page);
    }
    const launches = await page.locator('.totals .launches strong')
      .textContent();
    assert.ok(Number(launches) >= 1, `${launches} launches`);
    await page.getByRole('table', { name: 'Faults' })
      .getByText('DEPLOYMENT_NOT_ALLOWED').waitFor();
    await look(page, 'overview-in-use');
    await page.getByRole('link',
      { name: 'See in Logs: DEPLOYMENT_NOT_ALLOWED' }).click();
    await heading(page, 'Logs');
    await page.locator('.log li').first().waitFor();
    await close(page);
  });
