// SPDX-License-Identifier: Apache-2.0
// The tools of examples/ do what they say, as processes of their own.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { decodeJwt } from 'jose';
import { DL, enrol, ROLES, CLAIM } from '../support/enrolled.js';
import { apiKey, startGateway, until } from '../support/gateway.js';
import { httpCall } from '../support/http_call.js';
import { launchOf, post } from '../support/launches.js';
import { startLms } from '../support/lms.js';

const examples = {
  node: [process.execPath, 'examples/node/app.js', 18200],
  python: ['python3', 'examples/python/app.py', 18201],
};

const lms = await startLms();
const gateway = await startGateway({ settings: null });
const children = [];
after(async () => {
  children.forEach((child) => child.kill('SIGKILL'));
  await lms.close();
  await gateway.close();
});

const base = (port) => `http://localhost:${port + process.pid % 90 * 2}`;

async function start(program, file, port) {
  const address = base(port);
  const child = spawn(program, [file], { stdio: 'ignore', env: {
    PATH: process.env.PATH, GATEWAY: gateway.url, API_KEY: apiKey,
    PORT: new URL(address).port } });
  children.push(child);
  await gateway.settings({ launchUrl: `${address}/launch`,
    deepLinkingUrl: `${address}/choose`,
    registration: { mode: 'automatic', autoActivate: true } });
  await until(() => httpCall(address).catch(() => null), 'the tool');
  return address;
}

for (const [name, [program, file, port]] of Object.entries(examples)) {
  test(`X40 the tool in ${name} greets who launches it`, async () => {
    await start(program, file, port);
    const school = await enrol(gateway);
    const teacher = await school.launch({ claims: {
      name: '<script>Tess & Co</script>' } });
    const page = await httpCall(teacher.response.location);
    assert.equal(page.status, 200, page.text);
    assert.match(page.text, /Tess/);
    assert.match(page.text, /teacher of A course/);
    assert.doesNotMatch(page.text, /<script>Tess/);
    const student = await school.launch({ claims: {
      [`${CLAIM}roles`]: [ROLES.student], name: undefined } });
    assert.match((await httpCall(student.response.location)).text,
      /Hello you,\s+learner of/);
  });

  test(`DL4 the tool in ${name} lets a teacher choose, and shows it`,
    async () => {
      const address = base(port);
      const school = await enrol(gateway);
      const choice = await school.launch(
        { claims: school.deepLinking() });
      assert.equal(choice.url.pathname, '/choose');
      const page = await httpCall(choice.response.location);
      assert.match(page.text, /name=course value=biology/);
      const chosen = await httpCall(`${address}/choose`, { method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: String(new URLSearchParams(
          { ltik: choice.ltik, course: 'biology' })) });
      const jwt = /name="JWT" value="([^"]+)"/.exec(chosen.text)[1];
      const [item] = decodeJwt(jwt)[`${DL}content_items`];
      assert.equal(item.title, 'Biology');
      const student = await school.launch({ claims: {
        [`${CLAIM}target_link_uri`]: item.url } });
      assert.match((await httpCall(student.response.location)).text,
        /<h1>Biology<\/h1>/);
    });

  test(`A42 the tool in ${name} takes no false ltik`, async () => {
    const page = await httpCall(`${base(port)}/launch?ltik=false`);
    assert.equal(page.status, 403);
    assert.match(page.text, /Invalid or expired ltik/);
  });

  test(`AG3 the tool in ${name} gives a learner points`, async () => {
    const address = base(port);
    const { exchange } = await lms.add(gateway, 'moodle-4.5');
    lms.addLineItem(exchange, { label: 'Biology', scoreMaximum: 10,
      activity: true });
    const { page } = await launchOf(lms, exchange, { user: 'student' });
    const shown = await httpCall(page.headers.location);
    assert.match(shown.text, /<button>I am done/);
    const ltik = new URL(page.headers.location).searchParams.get('ltik');
    const done = await post(`${address}/finish`, { ltik });
    assert.equal(done.status, 200, done.text);
    await until(() => lms.services(exchange).results.length, 'a result');
    const [result] = lms.services(exchange).results;
    assert.equal(result.resultScore, 8);
    assert.equal(result.comment, 'Well done');
  });

  test(`the tool in ${name} is eighty lines`, async () => {
    const text = await readFile(file, 'utf8');
    assert.ok(text.split('\n').length <= 81);
  });
}
