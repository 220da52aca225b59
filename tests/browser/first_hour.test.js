// SPDX-License-Identifier: Apache-2.0
// From the first start to the first launch: an empty store, nothing set. The
// owner's link is taken from what the gateway wrote; all else is done in
// browsers, by the owner, a registrar, an LMS's administrator and a student.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, test } from 'node:test';
import { startBrowser } from '../support/browser.js';
import { until } from '../support/gateway.js';
import { httpCall } from '../support/http_call.js';
import { password } from '../support/people.js';
import { firstLink, heading, look, settled, startPortal } from
  '../support/portal.js';
import { choose, clipboard, closed, copy, exactly, pasteTool, title } from
  '../support/story.js';

const MOODLE = 'moodle-45.localhost';
const REGISTRAR = 'rita@school.example';

// The tool: it asks the gateway who came, with the key that it was given.
async function startTool(gateway) {
  const tool = { key: '', came: [] };
  const server = http.createServer(async (request, response) => {
    const ltik = new URL(request.url, 'http://tool.invalid')
      .searchParams.get('ltik');
    if (!ltik) {
      response.writeHead(404).end();
      return;
    }
    const answer = await httpCall(`${gateway.url}/api/idtoken`, { headers:
      { authorization: `LTIK-AUTH-V2 ${tool.key}:${ltik}` } });
    tool.came.push(answer.json());
    response.writeHead(200, { 'content-type': 'text/html' })
      .end('<!DOCTYPE html><title>Tool</title><h1>Hello from the tool</h1>');
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  tool.url = `http://application.localhost:${server.address().port}/start`;
  tool.close = () => {
    server.closeAllConnections();
    server.close();
  };
  return tool;
}

const portal = await startPortal({ fresh: true, owner: false,
  settings: null,
  environment: { LTIGATE_BOOTSTRAP_API_KEY: undefined } });
const { gateway, lms } = portal;
const tool = await startTool(gateway);
const elsewhere = await startBrowser();
after(async () => {
  await elsewhere.close();
  tool.close();
  await portal.close();
});

const fine = (page) => assert.deepEqual(page.troubles(), []);
const dialogOf = (page) => page.getByRole('dialog');
const fill = (place, label, text) =>
  place.getByLabel(label, { exact: true }).fill(text);
const press = (place, name) => exactly(place, 'button', name).click();

async function makeOwner(page) {
  await page.goto(firstLink(gateway));
  await title(page, 'Welcome');
  await fill(page, 'E-mail', 'olga@tool.example');
  await page.getByLabel('Password').fill(password);
  await press(page, 'Set password and sign in');
  await title(page, 'Overview');
  await page.getByText('4 steps are left.').waitFor();
  await look(page, 'first-hour-begin');
}

async function setUp(page) {
  await page.getByRole('link', { name: 'Open API Settings' }).click();
  await title(page, 'API Settings');
  await fill(page, 'Tool name', 'Acme Courses');
  await page.getByLabel('Launch URL').fill(tool.url);
  await page.getByLabel('Confirm', { exact: true }).check();
  await press(page, 'Save settings');
  await page.getByText('Settings saved').waitFor();
  await choose(page, 'API keys');
  await press(page, 'Make an API key');
  await fill(dialogOf(page), 'Name', 'The tool');
  await press(dialogOf(page), 'Make key');
  tool.key = await page.locator('dialog .value').textContent();
  await press(dialogOf(page), 'Done');
}

async function invite(page) {
  await choose(page, 'Organisations');
  await press(page, 'Add organisation');
  await fill(dialogOf(page), 'Name', 'Springfield High');
  await press(dialogOf(page), 'Save');
  await exactly(page, 'link', 'Springfield High').waitFor();
  await choose(page, 'People and roles');
  await press(page, 'Invite');
  await fill(dialogOf(page), 'E-mail', REGISTRAR);
  await dialogOf(page).getByLabel('For', { exact: true })
    .selectOption('organization');
  await dialogOf(page).getByLabel('Role').selectOption('registrar');
  await press(dialogOf(page), 'Invite');
  const link = await page.locator('dialog .value').textContent();
  await press(dialogOf(page), 'Done');
  return link;
}

// The registrar is the administrator of the school's Moodle as well.
async function register(link) {
  const page = await elsewhere.page();
  await page.context().grantPermissions(clipboard);
  await page.goto(link);
  await page.getByText(REGISTRAR).waitFor();
  await page.getByLabel('Password').fill(password);
  await press(page, 'Set password and sign in');
  await title(page, 'Overview');
  await choose(page, 'Integrations');
  await copy(page, 'Dynamic registration URL');
  const frame = await pasteTool(page, lms, MOODLE);
  await frame.heading('Sign in to register Acme Courses');
  await frame.signIn({ email: REGISTRAR });
  await frame.heading('Register Acme Courses with Springfield High?');
  await frame.press('Yes');
  await closed(page);
  await press(page, 'Activate');
  await page.getByText('Acme Courses: Active').waitFor();
  await page.context().close();
}

async function launch() {
  const page = await elsewhere.page();
  await page.goto(`${lms.origin(MOODLE)}/testbed/student.html`);
  await exactly(page, 'button', 'Open').first().click();
  await title(page.frameLocator('iframe[name=tool]'), 'Hello from the tool');
  await page.context().close();
}

async function seeTheLaunch(page) {
  await choose(page, 'Overview');
  // What was counted is stored every few seconds.
  await until(async () => {
    await page.reload();
    await settled(page);
    return await page.locator('.totals .launches strong').textContent() === '1';
  }, 'the launch in the overview');
  await page.locator('canvas').waitFor();
  await page.getByText('First steps').waitFor({ state: 'detached' });
  await look(page, 'first-hour-end');
  await choose(page, 'Logs');
  await page.locator('.log li').filter({ hasText: 'launch' }).first()
    .waitFor();
  await choose(page, 'Registrations');
  const row = page.getByRole('table', { name: 'All platforms' })
    .getByRole('row').filter({ hasText: 'Springfield High' });
  await row.getByRole('link').first().click();
  const first = page.locator('.facts > div')
    .filter({ hasText: 'First launch' });
  await first.getByRole('link', { name: 'Log' }).waitFor();
  assert.doesNotMatch(await first.innerText(), /none yet/);
  await page.getByText('The LMS granted everything that was asked.')
    .or(page.getByText('Granted otherwise than asked')).first().waitFor();
  await look(page, 'first-hour-report');
  await first.getByRole('link', { name: 'Log' }).click();
  await heading(page, 'Logs');
  await page.locator('.log li').first().waitFor();
}

test('FIRST from an empty store to the first launch, all in the browser',
  async () => {
    const page = await portal.open(null);
    await makeOwner(page);
    await setUp(page);
    await register(await invite(page));
    await launch();
    assert.equal(tool.came.length, 1);
    assert.equal(tool.came[0].user.name, 'Stu Student');
    await seeTheLaunch(page);
    fine(page);
    await page.context().close();
  });
