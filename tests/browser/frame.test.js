// SPDX-License-Identifier: Apache-2.0
// A person adds the tool in an LMS's page: the frame closes, or says why not.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, test } from 'node:test';
import { picture, startBrowser, violationsOf } from '../support/browser.js';
import { startGateway } from '../support/gateway.js';
import { startLms } from '../support/lms.js';

const gateway = await startGateway();
const lms = await startLms({ toolUrl: gateway.registerUrl });
const browser = await startBrowser();
after(async () => {
  await browser.close();
  await lms.close();
  await gateway.close();
});

const hosts = { 'moodle-4.5': 'moodle-45.localhost',
  'canvas-cloud': 'canvas.localhost', brightspace: 'brightspace.localhost' };

// Opens the administrator's page, makes the LMS misbehave, presses the button.
async function add(profile, { width, switches = {} } = {}) {
  const page = await browser.page({ width });
  await page.goto(`${lms.origin(hosts[profile])}/testbed/administrator.html`);
  await page.waitForSelector('#tool-url');
  await page.fill('#tool-url', gateway.registerUrl);
  if (Object.keys(switches).length) {
    await page.click('#misbehave summary');
    await page.evaluate(() => document.querySelectorAll('#misbehave details')
      .forEach((part) => { part.open = true; }));
  }
  for (const [name, value] of Object.entries(switches)) {
    await page.selectOption(`#switch-${name}`, value);
  }
  await page.click('#add-button');
  return page;
}
const toolFrame = async (page) => {
  const element = await page.waitForSelector('#frame-holder iframe');
  const frame = await element.contentFrame();
  await frame.waitForSelector('main');
  return frame;
};

for (const profile of ['moodle-4.5', 'canvas-cloud']) {
  test(`DR18 ${profile}: the frame closes by itself, the tool is there`,
    async () => {
      const page = await add(profile);
      await page.waitForSelector('#result:not([hidden])');
      assert.match(await page.textContent('#status'),
        /The tool said that it is done/);
      assert.equal(await page.isVisible('#frame-panel'), false);
      assert.match(await page.textContent('#tools'), /Acme Courses/);
      await page.context().close();
    });
}

test('DR18 Brightspace: the new window closes by itself', async () => {
  const opened = [];
  const page = await browser.page();
  page.on('popup', (popup) => opened.push(popup));
  await page.goto(
    `${lms.origin(hosts.brightspace)}/testbed/administrator.html`);
  await page.fill('#tool-url', gateway.registerUrl);
  await page.click('#add-button');
  await page.waitForSelector('#result:not([hidden])');
  assert.equal(opened.length, 1);
  assert.match(await page.textContent('#tools'), /Acme Courses/);
  assert.equal(opened[0].isClosed(), true);
  await page.context().close();
});

for (const width of [560, 1200]) {
  test(`D60 a refusal is read in the frame, ${width} pixels wide`, async () => {
    const page = await add('moodle-4.5',
      { width, switches: { answer: 'errors-422' } });
    const frame = await toolFrame(page);
    const text = await frame.innerText('main');
    assert.match(text, /The LMS refused the registration/);
    assert.match(text, /HTTP status 422/);
    assert.match(text, /and to give two reasons/);
    assert.match(text, /Reference/);
    assert.equal(await frame.evaluate(() =>
      document.documentElement.scrollWidth > window.innerWidth), false);
    assert.deepEqual(await violationsOf(frame), []);
    await picture(page, `refused-in-frame-${width}`);
    await frame.click('#close');
    await page.waitForSelector('#result:not([hidden])');
    assert.equal(await page.isVisible('#frame-panel'), false);
    assert.match(await page.innerText('#result'), /refused|not registered/i);
    await page.context().close();
  });
}

// Each page by itself: no violation, no sideways scrolling, a picture of it.
async function look(url, name, words) {
  for (const [width, dark] of [[500, false], [1200, false], [500, true]]) {
    const page = await browser.page({ width, dark });
    await page.goto(await url());
    assert.match(await page.innerText('main'), words);
    assert.deepEqual(await violationsOf(page), [], `${name} ${width}`);
    assert.equal(await page.evaluate(() =>
      document.documentElement.scrollWidth > window.innerWidth), false, name);
    await picture(page, `${name}-${width}${dark ? '-dark' : ''}`);
    await page.context().close();
  }
}
const launch = (switches) => async () =>
  (await lms.begin(gateway, 'moodle-4.5', { switches })).launchUrl;

test('AXE the done page', () =>
  look(launch({}), 'done', /Acme Courses is registered/));
test('AXE the failure page with an LMS\'s answer', () =>
  look(launch({ answerStatus: 400, rawAnswer: JSON.stringify({
    error: 'invalid_client_metadata', error_description: `A ${'long '.repeat(60)
    }reason with ${'averylongword'.repeat(20)}` }) }), 'failed',
  /The LMS refused/));
test('AXE a failure page without an answer', () =>
  look(launch({ configuration: 'html-login' }), 'no-answer', /not JSON/));
test('AXE the start page', () =>
  look(async () => gateway.url, 'start', /lti\/register/));
test('AXE the page for a wrong address', () =>
  look(async () => `${gateway.url}/lti/regster`, 'nothing', /nothing here/i));

// The tool's own page, as in LTIAAS's guide: it completes the registration
// and then appends the html, or goes to closeUrl.
async function startTool(end) {
  const server = http.createServer(async (request, response) => {
    const id = new URL(request.url, 'http://t').searchParams
      .get('registrationId');
    const { body } =
      await gateway.api('POST', `/api/registrations/${id}/complete`);
    if (end === 'closeUrl') {
      response.writeHead(303, { location: body.closeUrl }).end();
    } else {
      response.writeHead(200, { 'content-type': 'text/html' })
        .end(`<!doctype html><body>Approved${body.html}</body>`);
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${server.address().port}/approve`,
    close: () => { server.closeAllConnections(); server.close(); } };
}

for (const [profile, end] of [['moodle-4.5', 'html'],
  ['canvas-cloud', 'closeUrl'], ['brightspace', 'closeUrl']]) {
  test(`SEED the tool's own page closes ${profile}'s frame by ${end}`,
    async () => {
      const tool = await startTool(end);
      await gateway.settings({ registration: { mode: 'pre-approval',
        preApprovalUrl: tool.url } });
      const page = await add(profile,
        profile === 'brightspace' ? { switches: { rules: 'off' } } : {});
      await page.waitForSelector('#result:not([hidden])');
      assert.match(await page.textContent('#status'),
        /The tool said that it is done/);
      await page.context().close();
      tool.close();
      await gateway.settings({});
    });
}

test('SEED Canvas goes on waiting when the message is the tool\'s own',
  async () => {
    const tool = await startTool('html');
    await gateway.settings({ registration: { mode: 'pre-approval',
      preApprovalUrl: tool.url } });
    const page = await add('canvas-cloud');
    await page.waitForFunction(() => /goes on waiting/
      .test(document.getElementById('status').textContent));
    assert.equal(await page.isVisible('#frame-panel'), true);
    await page.context().close();
    tool.close();
    await gateway.settings({});
  });

test('AXE the closing page', async () => {
  await gateway.settings({ registration: { mode: 'pre-approval',
    preApprovalUrl: 'https://tool.example/approve' } });
  await look(async () => {
    const { path } = await lms.wait(gateway, 'moodle-4.5');
    return (await gateway.api('POST', `${path}/complete`)).body.closeUrl;
  }, 'closing', /You can close this window/);
  await gateway.settings({});
});

test('R16 without JavaScript everything can be read', async () => {
  for (const [switches, words] of [
    [{}, [/Acme Courses is registered/, /You can close this window/,
      /Client ID/]],
    [{ answer: 'plain-400' }, [/refused_by_the_testbed/, /What you can do/,
      /Reference/]]]) {
    const page = await browser.page({ width: 500, script: false });
    await page.goto(await launch(switches)());
    const text = await page.locator('main').innerText();
    for (const word of words) assert.match(text, word);
    // A button that could do nothing is not shown.
    assert.equal(await page.isVisible('#close'), false);
    await page.context().close();
  }
});

test('A25 the close message holds no secret, and no page runs foreign script',
  async () => {
    const page = await browser.page();
    const errors = [];
    page.on('console', (line) => {
      if (line.type() === 'error') errors.push(line.text());
    });
    page.on('pageerror', (problem) => errors.push(String(problem)));
    await page.goto(lms.origin('moodle-45.localhost'));
    const exchange = await lms.begin(gateway, 'moodle-4.5');
    const heard = await page.evaluate((url) => new Promise((done) => {
      window.addEventListener('message', (event) => done(event.data));
      const frame = document.createElement('iframe');
      frame.src = url;
      document.body.append(frame);
    }), exchange.launchUrl);
    assert.deepEqual(heard, { subject: 'org.imsglobal.lti.close' });
    assert.deepEqual(errors, []);
    await page.context().close();
  });
