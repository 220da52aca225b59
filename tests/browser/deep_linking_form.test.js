// SPDX-License-Identifier: Apache-2.0
// The form of POST /api/deeplinking/form in a tool's page: it posts itself,
// and by its button where scripts do not run.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, test } from 'node:test';
import { startBrowser } from '../support/browser.js';
import { DL, enrol } from '../support/enrolled.js';
import { startGateway } from '../support/gateway.js';

const gateway = await startGateway();
const browser = await startBrowser();
const lms = await enrol(gateway);

// The tool's page at /tool and the LMS's return URL, on one server.
const posted = [];
let form = '';
const server = http.createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    if (request.url === '/tool') {
      response.end(`<!doctype html><title>Tool</title>${form}`);
      return;
    }
    posted.push({ method: request.method, url: request.url,
      type: request.headers['content-type'],
      fields: new URLSearchParams(Buffer.concat(parts).toString()) });
    response.end('<!doctype html><title>Back in the LMS</title>');
  });
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const origin = `http://localhost:${server.address().port}`;
after(async () => {
  await browser.close();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await gateway.close();
});

for (const script of [true, false]) {
  test(`DL4 the form ${script ? 'posts itself' : 'posts by its button'}`,
    async () => {
      const { ltik } = await lms.launch({ claims: lms.deepLinking({
        deep_link_return_url: `${origin}/back?course=1&quote='%22` }) });
      const { body } = await lms.ask(ltik, '/api/deeplinking/form', {
        method: 'POST', body: { contentItems: [{ type: 'link',
          url: 'https://tool.example/', title: 'A "title" <b>' }] } });
      form = body.form;
      const page = await browser.page({ script });
      await page.goto(`${origin}/tool`);
      if (!script) await page.click('#ltiaas_dl button');
      await page.waitForURL(/\/back/);
      assert.equal(await page.title(), 'Back in the LMS');
      await page.context().close();
      const [{ method, url, type, fields }, ...more] = posted.splice(0)
        .filter((one) => one.url.startsWith('/back'));
      assert.deepEqual(more, []);
      assert.equal(method, 'POST');
      assert.equal(type, 'application/x-www-form-urlencoded');
      assert.match(url, /^\/back\?course=1&quote=('|%27)%22$/);
      assert.deepEqual([...fields.keys()], ['JWT']);
      const [, payload] = fields.get('JWT').split('.');
      const claims = JSON.parse(Buffer.from(payload, 'base64url'));
      assert.equal(claims[`${DL}content_items`][0].title, 'A "title" <b>');
    });
}
