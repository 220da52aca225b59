// SPDX-License-Identifier: Apache-2.0
// What is another organisation's is not in the portal either, whatever a
// person types into the address; and what anybody wrote stays text there.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { exampleSettings } from '../support/gateway.js';
import { makePerson } from '../support/people.js';
import { settled, startPortal } from '../support/portal.js';
import { makeSchool, makersFor } from '../support/schools.js';

const portal = await startPortal({ settings: { registration: {
  mode: 'pre-approval', preApprovalUrl: 'https://tool.example/approve' } } });
const { gateway, lms, owner } = portal;
after(() => portal.close());

const north = await makeSchool(gateway, lms, 'North');
const south = await makeSchool(gateway, lms, 'South');
const { ids } = north;

// A person as people.js made it, for portal.open.
const south1 = { email: south.people.admin.user.email };
const south2 = { email: south.people.viewer.user.email };

const html = (page) => page.evaluate(() =>
  document.documentElement.outerHTML);
const words = (page) => page.evaluate(() =>
  document.querySelector('main').innerText);
async function show(page, hash) {
  // The same page again would not be loaded again.
  await page.evaluate((next) => { location.hash = next; }, `#/${hash}`);
  await page.reload();
  await page.waitForSelector('h1');
  await settled(page);
}
const nothingOf = async (page, hash) => {
  const text = (await html(page)).replaceAll(encodeURIComponent(hash), '');
  for (const mark of [north.organization.name, 'North platform',
    'North course', 'North assignment', 'North person', '@north.example',
    'north-', 'North metadata']) {
    assert.equal(text.includes(mark), false, `${mark} at ${hash}`);
  }
};

const nobodys = 'A'.repeat(22);
const addresses = (id) => [`registrations/${id}`, `content/${id}`,
  `guide/${id}`, `people/${id}`, `organisations/${id}`, `integrations/${id}`,
  `logs?platform=${id}`, `logs?reference=${id}`, `logs?search=${id}`,
  `content?organization=${id}`, `?organization=${id}`,
  `people?organization=${id}`, `guide?organization=${id}`,
  `registrations?organization=${id}`, `integrations?organization=${id}`,
  `settings?organization=${id}`, `api-keys?organization=${id}`,
  `registrations/${id}?organization=${id}`];
const kinds = { platform: ids.platform, launched: ids.launched,
  course: ids.course, assignment: ids.assignment, user: ids.user,
  organization: ids.organization, registration: ids.registration,
  reference: ids.reference };

for (const [who, person] of [['admin', south1], ['viewer', south2]]) {
  test(`ISOLATION South's ${who} types North's ids into the address`,
    async () => {
      const page = await portal.open(person);
      for (const [kind, id] of Object.entries(kinds)) {
        // Each of its own page, all others once.
        const all = addresses(id).filter((hash, i) => i < 2
          || kind === 'organization' || /logs/.test(hash));
        for (const hash of all) {
          await show(page, hash);
          await nothingOf(page, hash);
        }
      }
      assert.deepEqual(page.troubles(), []);
      await page.context().close();
    });
}

test('ISOLATION North\'s pages say the same as those that are nobody\'s',
  async () => {
    const page = await portal.open(south1);
    for (const [path, id] of [['registrations', ids.platform],
      ['registrations', ids.launched], ['content', ids.course],
      ['people', ids.user]]) {
      const said = [];
      for (const one of [id, nobodys]) {
        await show(page, `${path}/${one}`);
        said.push((await words(page)).replaceAll(one, '')
          .replace(/Reference:?\s*\w+/g, ''));
      }
      assert.equal(said[0], said[1]);
      assert.match(said[0], /[Nn]o (platform|content)|not found|no such page/i);
    }
    await page.context().close();
  });

test('ISOLATION South sees its own where North sees none', async () => {
  const page = await portal.open(south1, `registrations/${south.ids.platform}`);
  await settled(page);
  assert.match(await html(page), /South platform/);
  await show(page, 'people');
  assert.match(await html(page), /South person/);
  await page.context().close();
});

// --- what anybody wrote stays text ---------------------------------------------

const EVIL = '"><img src=x onerror="alert(1)"><script>alert(2)</script>'
  + '<b class=evil>\'{{7*7}}${7*7}</b>';
const evilUrl = 'javascript:alert(3)//https://evil.example';

async function fillWithEvil() {
  const made = async (path, body) => {
    const answer = await gateway.api('POST', path, body);
    assert.ok(answer.status < 300, answer.text);
    return answer.body;
  };
  const organization = await made('/admin/organizations',
    { name: `Evil ${EVIL}` });
  const has = makersFor(gateway, lms, organization.id, 'Evil');
  const { platform } = await has.entered();
  await gateway.api('PATCH', `/admin/platforms/${platform.id}`,
    { name: EVIL, metadata: { [EVIL]: EVIL }, unknown: EVIL });
  const entered = await has.entered();
  await has.launch(entered, `d${EVIL}`);
  await entered.outcome({ claims: { iss: EVIL } });
  await made('/admin/registration-links',
    { organizationId: organization.id, label: EVIL });
  const course = await made('/admin/content', { kind: 'course', title: EVIL,
    description: EVIL, organizationId: organization.id });
  await made('/admin/content', { kind: 'assignment', title: EVIL,
    description: EVIL, parentId: course.id });
  await made('/admin/api-keys', { name: EVIL });
  const person = await makePerson(gateway, { email: '<b>x</b>@evil.example',
    name: EVIL, role: 'viewer',
    organizations: [{ id: organization.id, role: 'admin' }] });
  await person.raw('POST', '/portal/session', { body: { email: person.email,
    password: 'correct horse battery staple' },
  headers: { 'user-agent': EVIL } });
  const waiting = await has.registration();
  await lms.wait(gateway, 'moodle-4.5', {
    query: `organization=${encodeURIComponent(EVIL)}` });
  await gateway.settings({ ...exampleSettings, name: `Tool ${EVIL}`,
    description: EVIL, registration: { mode: 'pre-approval',
      preApprovalUrl: 'https://tool.example/approve' } });
  return { platform, course, entered, waiting, person };
}

test('A24 names of everything, with HTML in them, stay text in the portal',
  async () => {
    const evil = await fillWithEvil();
    for (const person of [owner, { email: evil.person.email }]) {
      const page = await portal.open(person);
      const heard = [];
      page.on('dialog', (dialog) => {
        heard.push(`dialog ${dialog.message()}`);
        dialog.dismiss();
      });
      page.on('request', (request) => {
        if (!request.url().startsWith(gateway.url)) heard.push(request.url());
      });
      let shown = 0;
      for (const hash of ['', 'settings', 'integrations', 'guide',
        'guide/moodle', 'registrations', `registrations/${evil.platform.id}`,
        `registrations/${evil.entered.platform.id}`, 'content',
        `content/${evil.course.id}`, 'logs', `logs?search=${
          encodeURIComponent(EVIL)}`, 'people', 'organisations', 'api-keys',
        'account', `registrations/${encodeURIComponent(EVIL)}`,
        `content/${encodeURIComponent(EVIL)}`, encodeURIComponent(EVIL),
        `?organization=${encodeURIComponent(EVIL)}`,
        `invitation/${encodeURIComponent(EVIL)}`]) {
        await show(page, hash);
        // What is folded away is shown too.
        await page.evaluate(() => document.querySelectorAll('details')
          .forEach((one) => { one.open = true; }));
        await settled(page);
        const found = await page.evaluate(() => ({
          made: document.querySelectorAll('.evil, img[src="x"],'
            + ' [onerror], a[href^="javascript:" i]').length,
          scripts: [...document.scripts].filter((one) => !one.src).length }));
        assert.deepEqual(found, { made: 0, scripts: 0 }, hash);
        shown += (await html(page)).includes('class=evil') ? 1 : 0;
      }
      assert.ok(shown >= 8, `${shown} pages show it`);
      assert.deepEqual(heard, []);
      assert.deepEqual(page.troubles(), []);
      await page.context().close();
    }
  });

test('A26 hostile places in the address lead nowhere else after signing in',
  async () => {
    for (const hash of ['#//evil.example', '#/\\evil.example',
      '#https://evil.example/', '#/https://evil.example', '#javascript:alert(1)',
      '#/javascript:alert(1)', `#/${evilUrl}`, '#/../../evil', '#/%2F%2Fevil',
      '#/?organization=https://evil.example', '#/%E0%A4%A', '#/\u202Egpj',
      '#/invitation/../../x', '#/account?next=https://evil.example']) {
      const page = await portal.open(null);
      const heard = [];
      page.on('dialog', (dialog) => {
        heard.push(dialog.message());
        dialog.dismiss();
      });
      page.on('request', (request) => {
        if (!request.url().startsWith(gateway.url)) heard.push(request.url());
      });
      await page.goto(`${gateway.url}/portal${hash}`);
      // As if it were the place that was kept while away at a provider.
      await page.evaluate((place) =>
        sessionStorage.setItem('ltigate-place', place), hash);
      if (!hash.includes('invitation')) {
        await page.getByLabel('E-mail').fill(south1.email);
        await page.getByLabel('Password').fill('correct horse battery staple');
        await page.keyboard.press('Enter');
        await page.getByRole('button', { name: /Sign out/ }).first().waitFor();
        await page.goto(`${gateway.url}/portal`);
        await page.waitForSelector('h1');
        await settled(page);
      }
      assert.equal(new URL(page.url()).origin, gateway.url, hash);
      assert.equal(new URL(page.url()).pathname, '/portal', hash);
      assert.deepEqual(heard, [], hash);
      assert.deepEqual(page.troubles(), [], hash);
      await page.context().close();
    }
  });

test('A22 the portal is shown in no frame', async () => {
  const page = await portal.open(null);
  await page.goto('about:blank');
  await page.setContent(`<iframe src="${gateway.url}/portal"></iframe>`);
  const frame = await (await page.waitForSelector('iframe')).contentFrame();
  for (let i = 0; i < 50 && !/^chrome-error:/.test(frame.url()); i++) {
    await page.waitForTimeout(100);
  }
  assert.match(frame.url(), /^chrome-error:/);
  await page.context().close();
});
