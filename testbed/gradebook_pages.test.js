// SPDX-License-Identifier: Apache-2.0
// The gradebook and the roster in a browser.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { picture, startBrowser, violationsOf } from
  '../tests/support/browser.js';
import { enrolledTool, scopes, toolKeys } from './service_client.js';
import { startTestbed } from './testbed.js';

let lms;
let keys;
let browser;

before(async () => {
  lms = await startTestbed();
  keys = await toolKeys();
  browser = await startBrowser();
});
after(async () => {
  await browser.close();
  await lms.close();
});

async function tool(profile, name) {
  const added = lms.addTool({ profile, name, scopes,
    initiate_login_uri: 'http://tool.localhost/login',
    jwks: { keys: [keys.jwk] } });
  return { added, client: await enrolledTool(lms, added, keys.privateKey) };
}

async function open(host, name, options) {
  const page = await browser.page(options);
  await page.goto(`${lms.origin(host)}/testbed/${name}.html`);
  await page.getByRole('heading', { name: 'LTI test course' }).waitFor();
  return page;
}

const narrowEnough = (page) => page.evaluate(() =>
  document.documentElement.scrollWidth <= innerWidth);

test('scores appear in the gradebook by themselves', async () => {
  const { added, client } = await tool('canvas-cloud', 'Exercises');
  const page = await open('canvas.localhost', 'teacher');
  await page.getByRole('link', { name: 'Gradebook' }).click();
  await page.getByText('No line items yet.').waitFor();
  const quiz = lms.addLineItem(added, { label: 'Quiz 1', scoreMaximum: 20,
    activity: true });
  lms.addLineItem(added, { label: 'Essay <b>', tag: 'peer' });
  await page.getByRole('columnheader', { name: 'Quiz 1' }).waitFor();
  await client.postScore(quiz.id, { comment: 'well done',
    'https://canvas.instructure.com/lti/submission':
      { submission_type: 'online_url',
        submission_data: 'https://a.example' } });
  await page.getByText('15 / 20').waitFor();
  await page.getByText('Submission: online_url').waitFor();
  await page.locator('.raw summary').first().click();
  await page.getByText('"gradingProgress": "FullyGraded"').waitFor();
  await client.postScore(quiz.id, { userId: 'nobody' });
  await page.locator('.raw .badge.bad', { hasText: '422' }).waitFor();
  assert.equal(await page.locator('.raw details[open]').count(), 1);
  assert.match(await page.locator('.raw tbody tr').first().textContent(),
    /nobody/);
  assert.deepEqual(await violationsOf(page), []);
  await picture(page, 'testbed-gradebook');
});

test('the services are made to misbehave on the page, and put back',
  async () => {
    const { added, client } = await tool('sakai', 'Lab');
    const page = await open('sakai.localhost', 'gradebook');
    await page.locator('#misbehave summary').click();
    await page.locator('[data-switch=serviceAnswer]')
      .selectOption('status-503');
    await page.locator('[data-switch=on]').selectOption('lineitems');
    await page.locator('[data-switch=retryAfter]').fill('9');
    await page.getByText('(3 changed)').waitFor();
    await page.getByRole('button', { name: 'Answer so from now on' }).click();
    await page.getByText('The services answer so from now on.').waitFor();
    const refused = await client.get(client.lineitems);
    assert.deepEqual([refused.status, refused.headers['retry-after']],
      [503, '9']);
    assert.deepEqual(await violationsOf(page), []);
    await picture(page, 'testbed-gradebook-switches');
    await page.getByRole('button', { name: 'Back to what is usual' }).click();
    await page.getByText('as usual again').waitFor();
    assert.equal((await client.get(client.lineitems)).status, 200);
    assert.ok(lms.serviceCounts(added).lineitems >= 2);
  });

test('the roster, of two and of many', async () => {
  const { added } = await tool('moodle-4.5', 'Reader');
  const page = await open('moodle-45.localhost', 'roster');
  await page.getByRole('rowheader', { name: 'Tess Teacher' }).waitFor();
  await page.getByText('Instructor').first().waitFor();
  lms.setRoster(added, 10_000);
  await page.getByText('10000 members').waitFor();
  await page.getByText('and 9900 more').waitFor();
  assert.deepEqual(await violationsOf(page), []);
  lms.setRoster(added, 6);
  await page.getByText('6 members').waitFor();
  await picture(page, 'testbed-roster');
});

test('narrow and dark', async () => {
  for (const [host, name] of [['canvas.localhost', 'gradebook'],
    ['moodle-45.localhost', 'roster']]) {
    for (const dark of [false, true]) {
      const page = await open(host, name, { width: 360, dark });
      await page.locator('table').first().waitFor();
      assert.equal(await narrowEnough(page), true, name);
      assert.deepEqual(await violationsOf(page), []);
      await picture(page, `testbed-${name}-360-${dark ? 'dark' : 'light'}`);
    }
  }
});
