// SPDX-License-Identifier: Apache-2.0
// The tools of examples/ do what they say, as processes of their own: those
// whose language is on this machine. The others are skipped, by name.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { after, test } from 'node:test';
import { decodeJwt } from 'jose';
import { DL, enrol, ROLES, CLAIM } from '../support/enrolled.js';
import { apiKey, startGateway, until } from '../support/gateway.js';
import { httpCall } from '../support/http_call.js';
import { launchOf, post } from '../support/launches.js';
import { startLms } from '../support/lms.js';

// The command, the source, how many lines it may have, a port.
const known = {
  node: [[process.execPath, 'examples/node/app.js'],
    'examples/node/app.js', 100, 18200],
  python: [['python3', 'examples/python/app.py'],
    'examples/python/app.py', 100, 18201],
  php: [['php', '-S', 'localhost:PORT', 'examples/php/app.php'],
    'examples/php/app.php', 120, 18202],
  go: [['go', 'run', 'examples/go/app.go'],
    'examples/go/app.go', 160, 18203],
  csharp: [['dotnet', 'run', '--project', 'examples/csharp'],
    'examples/csharp/Program.cs', 120, 18204],
};
const versions = { go: 'version' };
const isHere = ([name, [[program]]]) => spawnSync(program,
  [versions[name] ?? '--version']).status === 0;
const examples = Object.fromEntries(Object.entries(known).filter(isHere));
for (const name of Object.keys(known)) {
  test(`the tool in ${name} can be run here`, { skip: !(name in examples)
    && `${known[name][0][0]} is not on this machine` }, () => {});
}

const lms = await startLms();
const gateway = await startGateway({ settings: null });
const children = [];
after(async () => {
  children.forEach(({ pid }) => process.kill(-pid, 'SIGKILL'));
  await lms.close();
  await gateway.close();
});

const base = (port) => `http://localhost:${port + process.pid % 90 * 5}`;

async function start([program, ...words], port) {
  const address = base(port);
  const args = words.map((word) => word.replace('PORT', new URL(address).port));
  // A group of its own: go run and dotnet run start the tool as a child.
  const child = spawn(program, args, { stdio: 'ignore', detached: true, env: {
    PATH: process.env.PATH, HOME: gateway.directory, GATEWAY: gateway.url,
    API_KEY: apiKey, PORT: new URL(address).port } });
  children.push(child);
  await gateway.settings({ launchUrl: `${address}/launch`,
    deepLinkingUrl: `${address}/choose`,
    registration: { mode: 'automatic', autoActivate: true } });
  await until(() => httpCall(address).catch(() => null), 'the tool');
  return address;
}

for (const [name, [command, , , port]] of Object.entries(examples)) {
  test(`X40 the tool in ${name} greets who launches it`, async () => {
    await start(command, port);
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

  test(`NR1 the tool in ${name} tells a teacher who is there`, async () => {
    const { exchange } = await lms.add(gateway, 'moodle-4.5');
    const { page } = await launchOf(lms, exchange, {});
    const shown = await httpCall(page.headers.location);
    const [, way] = /<a href="([^"]+)">Who is here/.exec(shown.text);
    const list = await httpCall(base(port) + way);
    assert.equal(list.status, 200, list.text);
    assert.match(list.text, /<li>[^<]+<\/li><li>/);
  });
}

for (const [name, [, file, most]] of Object.entries(known)) {
  test(`the tool in ${name} is short`, async () => {
    const text = await readFile(file, 'utf8');
    assert.ok(text.split('\n').length <= most + 1);
  });
}

test('PA1 the approvals in node register who paid, and nobody else',
  async () => {
    const address = await start([process.execPath,
      'examples/node/approve.js'], 18205);
    await gateway.settings({ registration: { mode: 'pre-approval',
      preApprovalUrl: `${address}/lms` } });
    for (const [order, state] of [['order-7', 'registered'],
      ['none', 'configured']]) {
      const { exchange, page } = await lms.wait(gateway, 'canvas-cloud');
      const form = await httpCall(page.location);
      assert.match(form.text, /Course Lab for \S+/);
      const [, registrationId] = /value="([^"]+)"/.exec(form.text);
      const done = await post(`${address}/paid`,
        { registrationId, school: 'Springfield', order });
      assert.equal(exchange.state, state, done.text);
      const closing = await gateway.open(done.headers.location);
      assert.match(closing.text, /org\.imsglobal\.lti\.close/);
    }
    const { body } = await gateway.api('GET', '/admin/platforms?active=true'
      + '&search=Springfield');
    assert.deepEqual(body.platforms.map(({ metadata }) => metadata),
      [{ order: 'order-7' }]);
  });
