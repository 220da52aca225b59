// SPDX-License-Identifier: Apache-2.0
// What the browsers of cookie_browsers.js keep, asked of a page that is not
// ours: without this the tests of launches would prove nothing.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, test } from 'node:test';
import { FRAMING, startCookieBrowser } from '../support/cookie_browsers.js';

// /set gives two cookies, /get shows what came of them; the rest is a page
// with a frame of localhost in it.
const pages = {
  '/set': (request, response) => response.writeHead(303, { location: '/get',
    'set-cookie': ['__Host-whole=1; Path=/; Secure; SameSite=None',
      '__Host-part=1; Path=/; Secure; SameSite=None; Partitioned'] }).end(),
  '/get': ({ headers }, response) => response.end(`<p id="site">${
    headers['sec-fetch-site']}</p><p id="cookies">${
    (headers.cookie ?? '').split('; ').toSorted().join(' ')}</p>`),
};
const server = http.createServer((request, response) => {
  response.setHeader('content-type', 'text/html');
  if (pages[request.url]) pages[request.url](request, response);
  else response.end(`<iframe src="${at('localhost')}/set"></iframe>`);
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const at = (host) => `http://${host}:${server.address().port}`;
after(() => {
  server.closeAllConnections();
  server.close();
});

const whole = '__Host-whole=1';
const part = '__Host-part=1';
for (const [opinion, framed, alone] of [
  ['open', `${part} ${whole}`, `${part} ${whole}`],
  ['partitioned', part, `${part} ${whole}`],
  ['unframed', '', `${part} ${whole}`],
  ['none', '', '']]) {
  test(`cookies ${opinion}: in a frame "${framed}", else "${alone}"`,
    async (t) => {
      const browser = await startCookieBrowser(opinion);
      t.after(() => browser.close());
      const page = await browser.page();
      for (const host of FRAMING) {
        await page.goto(`${at(host)}/framing`);
        const frame = page.frameLocator('iframe');
        assert.equal(await frame.locator('#site').textContent(), 'cross-site');
        assert.equal(await frame.locator('#cookies').textContent(), framed,
          host);
      }
      await page.goto(`${at('localhost')}/set`);
      assert.equal(await page.textContent('#cookies'), alone);
    });
}
