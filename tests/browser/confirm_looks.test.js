// SPDX-License-Identifier: Apache-2.0
// Every page of a registration in mode "confirm" at 500 and 1200 pixels, light
// and dark: axe-core finds nothing, nothing sticks out. The pictures are in
// build/pictures.

import { after, test } from 'node:test';
import { looks, startBrowser } from '../support/browser.js';
import { startGateway } from '../support/gateway.js';
import { startLms } from '../support/lms.js';
import { makeOrganization, makePerson } from '../support/people.js';
import { startProvider } from '../support/provider.js';
import { exactly, pageOfFrame, title } from '../support/story.js';

const lms = await startLms();
const gateway = await startGateway({ settings: {
  name: 'Acme Courses', registration: { mode: 'confirm' } } });
const provider = await startProvider(gateway.url, { people: { nina:
  { email: 'nina@north.example', email_verified: true, name: 'Nina' } } });
const browser = await startBrowser();
after(async () => {
  await browser.close();
  await lms.close();
  await gateway.close();
  await provider.close();
});

const north = await makeOrganization(gateway, 'North College');
const long = await makeOrganization(gateway, 'Springfield Elementary and High '
  + 'School, Department of Further Education and Evening Courses');
await Promise.all(Array.from({ length: 12 }, (_, at) =>
  makeOrganization(gateway, `School ${at + 1}`)));
const within = (role, ...list) => list.map(({ id }) => ({ id, role }));
const anna = await makePerson(gateway, { email: 'anna@college.example',
  organizations: within('registrar', north, long) });
const lena = await makePerson(gateway, { organizations:
  within('registrar', long), email: 'an.administrator.with.a.very.long.name'
  + '@learning-management.school-with-a-long-name.example' });
const vera = await makePerson(gateway, { email: 'vera@north.example',
  organizations: within('viewer', north) });
const staff = await makePerson(gateway,
  { email: 'sam@tool.example', role: 'admin' });
await gateway.api('POST', '/admin/users', { email: 'nina@north.example',
  organizations: within('registrar', north) });

const SIGN_IN = 'Sign in to register Acme Courses';
const NOT_APPROVED = 'The registration was not approved';

// A page of the frame by itself, after what leads to it.
async function see(name, heading, lead, options) {
  const { launchUrl } = await lms.begin(gateway, 'moodle-4.5', options);
  const page = await browser.page();
  await page.goto(launchUrl);
  const found = await lead(pageOfFrame(page), page) ?? page;
  await title(found, heading);
  await looks(found, `confirm-${name}`);
  await page.context().close();
}
const ask = async (pages) => {
  await pages.press('Ask for approval');
  await pages.heading('Waiting for approval');
};
async function waiting() {
  const { body } = await gateway.api('GET', '/api/registrations');
  const { handle } =
    body.registrations.find((one) => one.waitsFor === 'approval');
  return `/api/registrations/${handle}`;
}
const answer = (pages, word) => async () => {
  await pages.press(word);
};

const pages = {
  'sign-in': [SIGN_IN, () => {}],
  'sign-in-wrong': [SIGN_IN, async (at, page) => {
    await at.signIn({ email: anna.email, password: 'not this one' });
    await page.getByRole('alert').waitFor();
  }],
  choose: ['For which organisation?', (at) => at.signIn(anna)],
  'choose-of-many': ['For which organisation?', (at) => at.signIn(staff)],
  question: ['Register Acme Courses with Springfield Elementary and High '
    + 'School, Department of Further Education and Evening Courses?',
  (at) => at.signIn(lena)],
  'question-nobodys': ['Register Acme Courses?', async (at) => {
    await at.signIn(staff);
    await at.tick('None: it serves several, or that is decided later');
    await at.press('Continue');
  }],
  'no-right': ['You may not register Acme Courses yourself',
    (at) => at.signIn(vera)],
  done: ['Acme Courses is registered', async (at) => {
    await at.signIn(lena);
    await answer(at, 'Yes')();
  }],
  declined: ['Nothing was registered', async (at) => {
    await at.signIn(lena);
    await answer(at, 'No')();
  }],
  rejected: [NOT_APPROVED, async (at) => {
    await ask(at);
    await gateway.api('POST', `${await waiting()}/reject`);
  }],
  failed: ['The registration did not succeed', async (at) => {
    await ask(at);
    await gateway.api('POST', `${await waiting()}/complete`, {});
  }, { switches: { answer: 'errors-422' } }],
  waiting: ['Waiting for approval', ask],
};
for (const [name, [heading, lead, options]] of Object.entries(pages)) {
  test(`AXE confirm: ${name}`, () => see(name, heading, lead, options));
}

test('AXE confirm: the question of who came by an organisation\'s own link',
  async () => {
    const { body: { url } } = await gateway.api('POST',
      '/admin/registration-links', { organizationId: north.id });
    await see('question-by-link', 'Register Acme Courses with North College?',
      () => {}, { toolUrl: url });
  });

test('AXE confirm: its hour is over', async (t) => {
  t.after(() => gateway.setClock(0));
  await see('over', 'This registration is over', async (at) => {
    await ask(at);
    await gateway.setClock(3601);
  });
});

test('AXE confirm: a page that waited too long for its form', async (t) => {
  t.after(() => gateway.setClock(0));
  await see('too-late', 'This page can no longer be used', async (at) => {
    await at.signIn(lena);
    await at.heading(/^Register/);
    await gateway.setClock(901);
    await at.press('Yes');
  });
});

test('AXE confirm: with a provider, and in the window beside the frame',
  async () => {
    await gateway.restart(provider.environment);
    await see('sign-in-provider', SIGN_IN, () => {});
    await see('nobody-yet', SIGN_IN, (at) =>
      at.press('I have signed in there'));
    const beside = async (at, page) => {
      const opened = page.waitForEvent('popup');
      await at.press(`Sign in with ${new URL(provider.issuer).host}`);
      const other = await opened;
      await other.locator('[name=login]').fill('nina');
      await other.locator('[name=password]').fill('any');
      await other.locator('[type=submit]').click();
      await other.locator('[type=submit]').click();
      return other;
    };
    await see('beside', 'Is it you in the LMS?', beside);
    await see('beside-done', 'You are signed in', async (at, page) => {
      const other = await beside(at, page);
      await exactly(other, 'button', 'Yes, that is me').click();
      return other;
    });
  });
