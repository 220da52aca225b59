// SPDX-License-Identifier: Apache-2.0
// The guides, taken literally: every sh block is run against a real gateway
// and the testbed LMS, in the order of the page; tests/support/guides.js has
// the table of what stands for what. Code of other languages stands in a
// program of examples/, letter for letter, which examples.test.js runs.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startGateway } from '../support/gateway.js';
import { readPage, runPage } from '../support/guides.js';
import { startLms } from '../support/lms.js';

const folder = 'docs/guides';
const lmsPages = ['moodle', 'canvas', 'brightspace', 'blackboard', 'sakai',
  'ilias', 'schoology', 'open-edx'];
const sources = {
  js: ['examples/node/app.js', 'examples/node/approve.js'],
  python: ['examples/python/app.py'],
  php: ['examples/php/app.php'],
  go: ['examples/go/app.go'],
  csharp: ['examples/csharp/Program.cs'],
};

const names = (await readdir(folder)).filter((name) => name.endsWith('.md'));
const pages = await Promise.all(
  names.map((name) => readPage(join(folder, name))));
const lms = await startLms();
after(() => lms.close());

for (const page of pages) {
  const due = page.parts.filter(({ block, notRun }) =>
    block === 'sh' && notRun === null).length;
  test(`GU1 ${page.path} does what it says`, { skip: due === 0
    && 'it has no commands' }, async (t) => {
    const gateway = await startGateway();
    try {
      t.diagnostic(`${await runPage(page, gateway, lms)} parts were run`);
    } finally {
      await gateway.close();
    }
  });
}

test('GU2 what is not run says why, and is little', (t) => {
  const left = pages.flatMap(({ path, parts }) => parts
    .filter(({ notRun }) => notRun)
    .map(({ line, notRun }) => `${path}:${line} is not run: ${notRun}`));
  left.forEach((line) => t.diagnostic(line));
  const run = pages.flatMap(({ parts }) => parts)
    .filter(({ block, notRun }) => block === 'sh' && notRun === null);
  t.diagnostic(`${run.length} blocks are run, ${left.length} are not`);
  assert.ok(run.length >= 30 && left.length <= 6);
});

test('GU3 code in the guides stands in a program of examples/', async () => {
  let count = 0;
  for (const { path, parts } of pages) {
    for (const { block, text, line, notRun } of parts) {
      if (notRun || [undefined, 'sh', 'json', ''].includes(block)) continue;
      assert.ok(sources[block], `${path}:${line}: who runs ${block}?`);
      const programs = await Promise.all(sources[block]
        .map((file) => readFile(file, 'utf8')));
      assert.ok(programs.some((whole) => whole.includes(text)),
        `${path}:${line} is in none of ${sources[block].join(', ')}`);
      count += 1;
    }
  }
  assert.ok(count >= 5, `${count}`);
});

test('GU4 each fault that a guide names is one of ours', async () => {
  const defined = await readFile('src/base/faults.def', 'utf8');
  let count = 0;
  for (const { path, text } of pages) {
    for (const [, code] of text.matchAll(/`([A-Z]+(?:_[A-Z]+){1,})`/g)) {
      assert.ok(defined.includes(`"${code}"`), `${path} names ${code}`);
      count += 1;
    }
  }
  assert.ok(count >= 40, `${count}`);
});

// [the page, the LMS, its switches or how often its frame is loaded, the fault]
const promised = [
  ['moodle', 'moodle-4.5', 'twice', 'REGISTRATION_TOKEN_ALREADY_USED'],
  ['moodle', 'moodle-3.10', {}, 'OPENID_CONFIGURATION_INCOMPLETE'],
  ['moodle', 'moodle-4.5', { configuration: 'closes' },
    'OPENID_CONFIGURATION_UNREACHABLE'],
  ['canvas', 'canvas-cloud', 'twice', 'REGISTRATION_TOKEN_ALREADY_USED'],
  ['canvas', 'canvas-selfhosted', {}, 'ISSUER_DOES_NOT_MATCH'],
  ['canvas', 'canvas-cloud', { answer: 'errors-422' },
    'REGISTRATION_REFUSED_BY_PLATFORM'],
  ['brightspace', 'brightspace', 'twice', 'OPENID_CONFIGURATION_FAILED'],
  ['blackboard', 'blackboard', 'twice', 'REGISTRATION_REFUSED_BY_PLATFORM'],
  ['sakai', 'sakai', 'twice', 'REGISTRATION_TOKEN_ALREADY_USED'],
  ['sakai', 'sakai', { tokenFault: 'expired' },
    'REGISTRATION_REFUSED_BY_PLATFORM'],
  ['ilias', 'ilias', 'twice', 'REGISTRATION_TOKEN_ALREADY_USED'],
  ['ilias', 'ilias', { tokenFault: 'expired' },
    'REGISTRATION_REFUSED_BY_PLATFORM'],
];

test('GU6 what a page says goes wrong goes wrong so', async (t) => {
  const gateway = await startGateway();
  t.after(() => gateway.close());
  for (const [name, profile, how, code] of promised) {
    const { text } = pages.find(({ path }) => path.endsWith(`/${name}.md`));
    assert.ok(text.includes(`\`${code}\``), `${name} does not name ${code}`);
    const twice = how === 'twice';
    const { exchange } = await lms.add(gateway, profile,
      { switches: twice ? {} : how });
    if (twice) await lms.enter(gateway, exchange);
    const { body } = await gateway.api('GET', '/admin/events?limit=1');
    assert.equal(body.events[0].message, code, `${name}, ${profile}`);
  }
});

test('GU5 there is a page for each LMS, of at most 80 lines', () => {
  for (const name of lmsPages) {
    const page = pages.find(({ path }) => path === join(folder, `${name}.md`));
    assert.ok(page, name);
    assert.ok(page.lines <= 80, `${page.path} has ${page.lines} lines`);
    for (const title of ['See that it worked', 'What works',
      'What goes wrong']) {
      assert.ok(page.text.includes(`\n## ${title}\n`), `${name}: ${title}`);
    }
  }
});
