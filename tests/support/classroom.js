// SPDX-License-Identifier: Apache-2.0
// A gateway, the testbed's LMSs in which the tool is registered, and the tool
// itself: a small application on a third site, where launches end.
//
//   const room = await startClassroom({ profiles, settings, environment });
//     `begun` is called with the gateway before the tool is registered
//   await room.course(browser, 'sakai', 'student', { width })     its page
//   await room.open(page)                   presses Open, gives the frame
//   await room.landed(frame)                {name, message, ltik, link}
//   await room.openWindow(page)             presses New window, gives it
//   await room.change(page, 'storage', 'off')    a switch of the testbed
//   room.exchanges[profile]                 for room.lms.launch()
//   room.platforms[profile]                 as the API has it
//
// The application asks /api/idtoken with LTIK-AUTH-V2 and shows who came. A
// deep linking launch gets a picker: "Chapter 3", "Two chapters" and
// "Nothing" go through /api/deeplinking/form, whose form the page appends;
// room.tool.scripts = false has that page run no script.

import http from 'node:http';
import { apiKey, startGateway } from './gateway.js';
import { startLms } from './lms.js';

export const hosts = { 'moodle-4.5': 'moodle-45.localhost',
  'canvas-cloud': 'canvas.localhost', sakai: 'sakai.localhost',
  blackboard: 'developer.blackboard.localhost' };

// --- the application -------------------------------------------------------

const marks = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const text = (value) =>
  String(value ?? '').replace(/[&<>"]/g, (mark) => marks[mark]);

const htmlOf = (main) => `<!DOCTYPE html><html lang="en"><head>
<meta charset="utf-8"><title>The application</title></head>
<body><main>${main}</main></body></html>`;

const links = (gateway, ...titles) => titles.map((title) =>
  ({ type: 'ltiResourceLink', title, url:
    `${gateway.url}/lti/launch?title=${encodeURIComponent(title)}` }));
const choices = {
  'Chapter 3': (gateway) => links(gateway, 'Chapter 3'),
  'Two chapters': (gateway) => links(gateway, 'Chapter 4', 'Chapter 5'),
  Nothing: () => [],
};

const picker = (ltik) => `<form method="post" action="/choose">
<input type="hidden" name="ltik" value="${text(ltik)}">${Object.keys(choices)
  .map((title) => `<button name="choice" value="${title}">${title}</button>`)
  .join('')}</form>`;

const shown = ({ user, launch }, ltik, link) => `<h1>Launched</h1><dl>
<dt>Person</dt><dd id="name">${text(user.name)}</dd>
<dt>Message</dt><dd id="message">${text(launch.type)}</dd>
<dt>Link</dt><dd id="link">${text(link)}</dd>
<dt>ltik</dt><dd id="ltik">${text(ltik)}</dd></dl>
${launch.type === 'LtiDeepLinkingRequest' ? picker(ltik) : ''}`;

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return new URLSearchParams(Buffer.concat(parts).toString());
}

async function startApplication(gateway) {
  const tool = { scripts: true };
  const asked = (ltik, method, path, body) => gateway.api(method, path, body,
    { key: null,
      headers: { authorization: `LTIK-AUTH-V2 ${apiKey}:${ltik}` } });
  const launched = async (query) => {
    const ltik = query.get('ltik');
    const { status, body, text: said } =
      await asked(ltik, 'GET', '/api/idtoken');
    return status === 200 ? shown(body, ltik, query.get('title'))
      : `<h1>Refused</h1><p>${text(said)}</p>`;
  };
  const chosen = async (form) => {
    const { body, text: said } = await asked(form.get('ltik'), 'POST',
      '/api/deeplinking/form',
      { contentItems: choices[form.get('choice')](gateway) });
    return `<h1>Going back</h1>${body.form ?? text(said)}`;
  };
  const server = http.createServer(async (request, response) => {
    const url = new URL(request.url, 'http://tool.invalid');
    const main = request.method === 'POST'
      ? await chosen(await bodyOf(request)) : await launched(url.searchParams);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8',
      ...(tool.scripts ? {} : { 'content-security-policy':
        'sandbox allow-forms allow-same-origin' }) }).end(htmlOf(main));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  tool.url = `http://application.localhost:${server.address().port}/start`;
  tool.close = () => {
    server.closeAllConnections();
    server.close();
  };
  return tool;
}

// --- the LMS's pages -------------------------------------------------------

const press = (page, name) =>
  page.getByRole('button', { name, exact: true }).first().click();

async function open(page) {
  await press(page, 'Open');
  const element = await page.waitForSelector('iframe[name=tool]');
  return element.contentFrame();
}

async function openWindow(page) {
  const opened = page.waitForEvent('popup');
  await press(page, 'New window');
  return opened;
}

async function change(page, name, value) {
  const details = page.locator('#misbehave');
  if (await details.getAttribute('open') === null) {
    await details.locator('summary').click();
  }
  await page.locator(`[data-switch=${name}]`).selectOption(value);
}

async function landed(frame) {
  await frame.waitForSelector('#ltik');
  const { url, ...found } = await frame.evaluate(() => ({
    url: location.href, ...Object.fromEntries(
      [...document.querySelectorAll('dd')].map((one) =>
        [one.id, one.textContent])) }));
  const { searchParams } = new URL(url);
  if (!found.ltik || searchParams.get('ltik') !== found.ltik) {
    throw new Error(`no ltik in ${url}`);
  }
  return found;
}

// --- all of it -------------------------------------------------------------

export async function startClassroom({ profiles = Object.keys(hosts),
  settings = {}, environment, begun } = {}) {
  const gateway = await startGateway({ environment });
  begun?.(gateway);
  const tool = await startApplication(gateway);
  const usual = { launchUrl: tool.url, deepLinkingUrl: tool.url, ...settings,
    registration: { mode: 'automatic', autoActivate: true } };
  await gateway.settings(usual);
  const lms = await startLms({ toolUrl: gateway.registerUrl });
  const room = { gateway, lms, tool, press, open, openWindow, change, landed,
    exchanges: {}, platforms: {} };
  for (const profile of profiles) {
    const { exchange } = await lms.add(gateway, profile, { site: '' });
    lms.activate(exchange.registration.tool.id);
    room.exchanges[profile] = exchange;
    const { body } = await gateway.api('GET', '/admin/platforms');
    room.platforms[profile] = body.platforms.find(({ clientId }) =>
      clientId === exchange.registration.client_id);
  }
  room.settings = (wish) => gateway.settings({ ...usual, ...wish });
  room.course = async (browser, profile, role = 'student', options) => {
    const page = await browser.page(options);
    await page.goto(`${lms.origin(hosts[profile])}/testbed/${role}.html`);
    await page.getByRole('heading', { name: 'LTI test course' }).waitFor();
    return page;
  };
  room.close = async () => {
    tool.close();
    await lms.close();
    await gateway.close();
  };
  return room;
}
