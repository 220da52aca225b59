// SPDX-License-Identifier: Apache-2.0
// The secret of a launch in the LMS's own storage: Canvas keeps it in a frame
// of its sign-in host, Sakai and Blackboard in the page itself. Then what
// happens when that storage does not do what it should.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startClassroom } from '../support/classroom.js';
import { startCookieBrowsers } from '../support/cookie_browsers.js';

const profiles = ['canvas-cloud', 'sakai', 'blackboard'];
const room = await startClassroom({ profiles });
const browsers = await startCookieBrowsers(['partitioned', 'unframed', 'none']);
after(async () => {
  for (const browser of Object.values(browsers)) await browser.close();
  await room.close();
});

async function course(opinion, profile, storage) {
  const browser = browsers[opinion];
  await browser.forget();
  const page = await room.course(browser, profile);
  if (storage) await room.change(page, 'storage', storage);
  return page;
}
const ours = (opinion) => browsers[opinion].navigations
  .filter(({ url }) => url.startsWith(room.gateway.url))
  .map(({ method, url, status }) =>
    `${method} ${new URL(url).pathname} ${status}`);

// --- it answers ------------------------------------------------------------

const first = { 'canvas-cloud': 'POST', sakai: 'GET', blackboard: 'GET' };
for (const opinion of ['unframed', 'none']) {
  for (const profile of profiles) {
    test(`PS1 ${profile} lands without a cookie, cookies ${opinion}`,
      async () => {
        const page = await course(opinion, profile);
        const found = await room.landed(await room.open(page));
        assert.equal(found.name, 'Stu Student');
        assert.deepEqual(ours(opinion), [`${first[profile]} /lti/login 200`,
          'POST /lti/launch 200', 'POST /lti/launch 303']);
        const said = await page.locator('#steps .what').allTextContents();
        const storage = said.filter((line) => line.startsWith('lti.'));
        assert.equal(storage.length, 2, said.join('; '));
        assert.match(storage[0], /^lti\.put_datafrom http:\/\/localhost:\d+$/);
        assert.match(storage[1], /^lti\.get_datafrom http:\/\/localhost:\d+$/);
      });
  }
}

test('PS1 the secret is told to the LMS\'s storage alone', async () => {
  // sso.canvas.localhost has the storage, the page around us is
  // canvas.localhost, and gets what has no other address.
  for (const storage of ['profile', 'off']) {
    const page = await course('unframed', 'canvas-cloud', storage);
    await page.evaluate(() => {
      window.heard = [];
      window.addEventListener('message', ({ data }) => {
        if (data?.subject?.startsWith('lti.')) window.heard.push(data);
      });
    });
    const frame = await room.open(page);
    await frame.waitForSelector('#ltik, #again button');
    assert.deepEqual(await page.evaluate(() => window.heard), [], storage);
  }
});

test('PS1 the LMS opens a window, and keeps the secret for it', async () => {
  for (const profile of profiles) {
    const page = await course('none', profile);
    const found = await room.landed(await room.openWindow(page));
    assert.equal(found.name, 'Stu Student', profile);
  }
});

// --- it does not -----------------------------------------------------------

for (const storage of ['off', 'error', 'silent', 'wrong-origin']) {
  for (const profile of ['canvas-cloud', 'sakai']) {
    test(`PS2 PS3 ${profile}, storage ${storage}: the cookie is enough`,
      async () => {
        const page = await course('partitioned', profile, storage);
        const found = await room.landed(await room.open(page));
        assert.equal(found.name, 'Stu Student');
        assert.deepEqual(ours('partitioned').slice(1), ['POST /lti/login 302',
          'POST /lti/launch 303']);
      });

    test(`PS2 PS3 ${profile}, storage ${storage}, no cookie: a button`,
      async () => {
        const page = await course('unframed', profile, storage);
        const frame = await room.open(page);
        const opened = page.waitForEvent('popup');
        await frame.click('#again button');
        const found = await room.landed(await opened);
        assert.equal(found.name, 'Stu Student');
        await frame.getByText('opens in a new window').waitFor();
        assert.deepEqual(ours('unframed').slice(1), ['POST /lti/login 200',
          'POST /lti/login 302', 'POST /lti/launch 303']);
      });
  }
}

test('PS2 a slow LMS is waited for, and asked once', async () => {
  const page = await course('none', 'sakai');
  await page.evaluate(() => {
    // The page's own listener answers a second later.
    const { addEventListener } = window;
    const late = new Set();
    addEventListener.call(window, 'message', (event) => {
      if (!event.data?.subject?.startsWith('lti.') || late.has(event)) return;
      event.stopImmediatePropagation();
      const again = new MessageEvent('message', { data: event.data,
        origin: event.origin, source: event.source });
      late.add(again);
      setTimeout(() => window.dispatchEvent(again), 1000);
    }, true);
  });
  const found = await room.landed(await room.open(page));
  assert.equal(found.name, 'Stu Student');
  assert.deepEqual(ours('none'), ['GET /lti/login 200', 'POST /lti/launch 200',
    'POST /lti/launch 303']);
});

// The LMS's page has the frame no more when the launch comes back.
async function loseStorage(opinion) {
  const page = await course(opinion, 'canvas-cloud');
  await page.route(/authorize_redirect/, async (route) => {
    await page.evaluate(() =>
      document.getElementById('storage-frames').replaceChildren());
    await route.continue();
  });
  return { page, frame: await room.open(page) };
}

test('PS2 storage that is lost on the way: the cookie is enough', async () => {
  const { frame } = await loseStorage('partitioned');
  assert.equal((await room.landed(frame)).name, 'Stu Student');
});

test('PS2 storage that is lost on the way, no cookie: a page says so',
  async () => {
    const { frame } = await loseStorage('unframed');
    await frame.getByRole('heading', { name: 'keeps no cookies' }).waitFor();
  });

test('A25 PS1 an answer from elsewhere is not believed', async () => {
  // A page of the LMS's host that frames us and lies about everything else.
  const page = await course('none', 'sakai', 'off');
  await page.evaluate(() => {
    window.addEventListener('message', ({ data, source, origin }) => {
      if (data?.subject !== 'lti.put_data') return;
      for (const [id, subject] of [['another', `${data.subject}.response`],
        [data.message_id, 'lti.get_data.response'],
        [data.message_id, data.subject]]) {
        source.postMessage({ subject, message_id: id, key: data.key,
          value: data.value }, origin);
      }
    });
  });
  const frame = await room.open(page);
  await frame.waitForSelector('#again button');
  assert.equal(room.lms.attempts().at(-1).hintUses, 0);
});
