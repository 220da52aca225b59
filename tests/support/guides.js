// SPDX-License-Identifier: Apache-2.0
// The pages of docs/guides, taken literally.
//
//   const page = await readPage('docs/guides/moodle.md');
//   page.parts     in their order: {block: 'sh', text, line, notRun} and
//                  {action: 'register', words: ['moodle-4.5'], line}
//   await runPage(page, gateway, lms)
//     runs every sh block in a shell, and between them what the page's
//     comments say happens in the LMS
//
// What a page writes, and what stands in its place here:
//
//   https://lti.example      the gateway's address
//   ltigate                  the program, on the gateway's store
//   $API_KEY                 the gateway's first key
//   PLATFORM                 what `register` made or `hand` found
//   DEPLOYMENT               the deployment of the launches that follow
//   ORGANIZATION, LINK       `id:` and `url:` that the command before printed
//   REGISTRATION             what `wait` began
//   REFERENCE                what the page of the refused launch shows
//   PERSON                   who launched last
//   $LTIK $ITEM $SERVICE_KEY of the last launch; $ITEM is percent-encoded
//
// Actions, each in a comment <!-- test: ... -->:
//
//   register PROFILE [link]  an administrator adds the tool, by LINK
//   wait PROFILE             the same in mode pre-approval
//   launch WHO               student or teacher opens it; choose: picks content
//   launch refused CODE      the same, and that fault is what the person sees
//   services A B ...         the launch offers grades, roster, deep-linking as
//                            named, and nothing else
//   arrived POINTS           the LMS's gradebook has this result
//   organization, link       take ORGANIZATION or LINK from what was printed
//   hand URL CLIENT [older]  an LMS that was entered by hand launches; older:
//                            by the paths /login and /
//
// A block that cannot be run has <!-- not run: why --> above it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { enrol } from './enrolled.js';
import { apiKey, program, until } from './gateway.js';
import { enterLogin, launchOf, post } from './launches.js';
import { formIn, wordsOf } from './pages.js';

const FENCE = /^```(\w*)\n([^]*?)^```$/gm;
const COMMENT = /^<!-- (test|not run): (.*?) -->$/gm;

export async function readPage(path) {
  const text = await readFile(path, 'utf8');
  const lineOf = (at) => text.slice(0, at).split('\n').length;
  const blocks = [...text.matchAll(FENCE)].map((found) => ({
    at: found.index, block: found[1], text: found[2],
    line: lineOf(found.index), notRun: null }));
  const actions = [];
  for (const { index, 1: kind, 2: words } of text.matchAll(COMMENT)) {
    if (kind === 'test') {
      const [action, ...rest] = words.split(' ');
      actions.push({ at: index, action, words: rest, line: lineOf(index) });
    } else {
      const next = blocks.find(({ at }) => at > index);
      assert.ok(next && lineOf(next.at) <= lineOf(index) + 2,
        `${path}:${lineOf(index)} stands above no block`);
      next.notRun = words;
    }
  }
  return { path, text, lines: text.trimEnd().split('\n').length,
    parts: [...blocks, ...actions].sort((a, b) => a.at - b.at) };
}

// --- the shell ---------------------------------------------------------------

const CAPITALS =
  /\b(PLATFORM|DEPLOYMENT|ORGANIZATION|REFERENCE|REGISTRATION|LINK|PERSON)\b/g;

function fillIn(text, run) {
  return text.replaceAll('https://lti.example', run.gateway.url)
    .replace(CAPITALS, (word) => {
      assert.ok(run.values[word], `${word} is not known yet`);
      return run.values[word];
    });
}

async function makeShell(gateway) {
  const bin = join(gateway.directory, 'bin');
  await mkdir(bin, { recursive: true });
  await symlink(program, join(bin, 'ltigate')).catch(() => null);
  await writeFile(join(gateway.directory, '.curlrc'),
    'fail-with-body\nsilent\nshow-error\nnoproxy = *\n');
  return { ...gateway.environment, PATH: `${bin}:${process.env.PATH}`,
    CURL_HOME: gateway.directory, API_KEY: apiKey };
}

function shell(text, run) {
  const { LTIK = '', ITEM = '', SERVICE_KEY = '' } = run.values;
  return new Promise((done) => {
    const child = spawn('sh', ['-e', '-c', text], {
      cwd: run.gateway.directory, stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...run.environment, LTIK, ITEM, SERVICE_KEY } });
    const texts = [];
    child.stdout.on('data', (part) => texts.push(part));
    child.stderr.on('data', (part) => texts.push(part));
    child.on('close', (code) =>
      done({ code, output: Buffer.concat(texts).toString('utf8') }));
  });
}

// --- what happens in the LMS -------------------------------------------------

const newestOf = async (gateway, query) => {
  const { body } = await gateway.api('GET',
    `/admin/platforms?sort=-createdAt&${new URLSearchParams(query)}`);
  assert.ok(body.platforms[0], `no platform of ${JSON.stringify(query)}`);
  return body.platforms[0];
};

async function register(run, profile, way) {
  const { exchange, page } = await run.lms.add(run.gateway, profile,
    way === 'link' ? { toolUrl: run.values.LINK } : {});
  const form = formIn(page); // mode confirm asks
  const end = form
    ? await post(form.action, { ...form.fields, answer: 'yes' }) : page;
  assert.equal(`${end.status} ${exchange.state}`, '200 registered',
    wordsOf(end));
  run.exchange = exchange;
  run.values.PLATFORM = (await newestOf(run.gateway,
    { clientId: exchange.registration.client_id })).id;
  run.values.DEPLOYMENT = exchange.registration.deployment_id ?? 'springfield';
  run.lms.addLineItem(exchange, { label: 'Algebra', scoreMaximum: 10,
    activity: true });
}

async function wait(run, profile) {
  const { exchange, id } = await run.lms.wait(run.gateway, profile);
  run.exchange = exchange;
  run.values.REGISTRATION = id;
}

const messageOf = { choose: 'LtiDeepLinkingRequest' };

async function refused(run, code) {
  const attempt = await run.lms.launch(run.exchange, {});
  const login = await enterLogin(attempt);
  assert.ok(login.status >= 400, `${login.status}`);
  const { body } = await run.gateway.api('GET', '/admin/events?limit=1');
  const [event] = body.events;
  assert.equal(event.message, code, JSON.stringify(event));
  assert.ok(login.text.includes(event.reference), wordsOf(login));
  run.values.REFERENCE = event.reference;
}

async function launch(run, who, code) {
  if (who === 'refused') return refused(run, code);
  const options = { user: who === 'choose' ? 'teacher' : who,
    message: messageOf[who], storageTarget: 'absent',
    deployment: run.values.DEPLOYMENT };
  // What the command line changed is seen within a second.
  const { page } = await until(() => launchOf(run.lms, run.exchange, options)
    .then((done) => done.page.status === 303 && done, () => null),
  `a launch by a ${who}`, 5000);
  run.values.LTIK = new URL(page.headers.location).searchParams.get('ltik');
  const { body } = await run.gateway.api('GET', '/api/idtoken', undefined,
    { key: null, headers: {
      authorization: `LTIK-AUTH-V2 ${apiKey}:${run.values.LTIK}` } });
  run.services = body.services;
  run.values.PERSON = body.user.id;
  run.values.SERVICE_KEY = body.services.serviceKey;
  run.values.ITEM = encodeURIComponent(
    body.services.assignmentAndGrades.lineItemId ?? '');
  return null;
}

// Deep linking is offered in a launch of its own.
async function services(run, ...named) {
  const offered = run.services;
  await launch(run, 'choose');
  assert.deepEqual({ grades: offered.assignmentAndGrades.available,
    roster: offered.namesAndRoles.available,
    'deep-linking': run.services.deepLinking.available },
  Object.fromEntries(['grades', 'roster', 'deep-linking']
    .map((one) => [one, named.includes(one)])));
}

const arrived = (run, points) => until(() => run.lms.services(run.exchange)
  .results.some(({ resultScore }) => resultScore === Number(points)),
`a result of ${points}`, 10_000);

function printed(run, name, member) {
  const found = new RegExp(`^${member}: (\\S+)$`, 'm').exec(run.output);
  assert.ok(found, `no ${member} in ${run.output}`);
  run.values[name] = found[1];
}

async function hand(run, url, clientId, paths) {
  const platform = await newestOf(run.gateway, { url, clientId });
  const lms = await enrol(run.gateway, { platform });
  const older = paths === 'older';
  const login = await lms.login(older ? { path: '/login' } : {});
  assert.equal(login.response.status, 302, login.response.text);
  const { response } = await lms.launch({ login,
    post: older ? { path: '/' } : {} });
  assert.equal(response.status, 303, response.text);
  run.values.PLATFORM = platform.id;
}

const actions = { register, wait, launch, services, hand, arrived,
  organization: (run) => printed(run, 'ORGANIZATION', 'id'),
  link: (run) => printed(run, 'LINK', 'url') };

// --- a page ------------------------------------------------------------------

async function runPart(part, run, place) {
  if (part.action) {
    assert.ok(actions[part.action], `${place}: no action ${part.action}`);
    await actions[part.action](run, ...part.words);
    return;
  }
  const text = fillIn(part.text, run);
  const { code, output } = await shell(text, run);
  assert.equal(code, 0, `${place}\n${text}\n${output}`);
  run.output = output;
}

export async function runPage(page, gateway, lms) {
  const run = { gateway, lms, environment: await makeShell(gateway),
    values: {}, output: '', exchange: null, services: null };
  const due = page.parts.filter(({ action, block, notRun }) =>
    action || block === 'sh' && !notRun);
  for (const part of due) {
    await runPart(part, run, `${page.path}:${part.line}`);
  }
  return due.length;
}
