// SPDX-License-Identifier: Apache-2.0
// portal_pages - the pages of the portal in Chromium: from the navigation
// until what a page is about is shown, nothing is being fetched any more and
// the page answers again. Cold: the page's first time since the start of the
// gateway, nothing in the browser's cache; then the median of five loads, and
// of the time that the page's own process computed (an empty page: 60 ms),
// which other work on the machine hardly lengthens.
import { loadavg } from 'node:os';
import { chromium } from 'playwright-core';

import { middle, show } from './figures.js';
import { apiKey } from './gateway.js';

const ROUNDS = 5;
const SHOWN_MS = 60_000;
const password = 'a password of the benchmark';
const person = { email: 'bench@tool.example', name: 'Bench', role: 'owner' };

// Each with what must be there; the menu lists all organisations besides.
const pages = {
  overview: ['', '.totals strong'],
  'overview, all time': ['?range=all', '.totals strong'],
  'overview of an organisation': ['?organization=org7', '.totals strong'],
  'API settings': ['settings', 'form'],
  integrations: ['integrations', 'table.list tbody tr:nth-child(25)'],
  'integrations of an organisation': ['integrations?organization=org7',
    'table.list tbody tr'],
  'guide, Moodle': ['guide/moodle', '.value'],
  registrations: ['registrations', 'table.list tbody tr:nth-child(25)'],
  'registrations, searched': ['registrations?search=1234',
    'table.list tbody tr'],
  'platform, 333,000 events': ['registrations/p0', '.log li'],
  content: ['content', 'table.list tbody tr'],
  'content of an organisation': ['content?organization=org7',
    'table.list tbody tr'],
  course: ['content/c7', 'table.list tbody tr'],
  'content, searched': ['content?search=Lesson%209', 'table.list tbody tr'],
  logs: ['logs', '.log li'],
  'logs, searched in vain': ['logs?search=nothing', '.empty'],
  'logs of an organisation': ['logs?organization=org7', '.log li'],
  'people and roles': ['people', 'table.list tbody tr:nth-child(25)'],
  'people, searched': ['people?search=person-77', 'table.list tbody tr'],
  organisations: ['organisations', 'table.list tbody tr:nth-child(25)'],
  'API keys': ['api-keys', 'table.list tbody tr'],
  account: ['account', 'table.list tbody tr'],
};

// In the page: how much is being fetched, and when it was shown whole.
function watch() {
  const real = window.fetch;
  let pending = 0;
  window.fetch = async (...given) => {
    pending += 1;
    try {
      const answer = await real(...given);
      await answer.clone().arrayBuffer();
      return answer;
    } finally {
      pending -= 1;
    }
  };
  const idle = () => pending === 0 && document.querySelector('h1')
    && !document.querySelector('.waiting, [aria-busy=true]');
  const frame = () => new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done));
  });
  window.whenShown = async (wish) => {
    for (;;) {
      if (idle() && document.querySelector(wish)
        && document.querySelector('.switcher option:nth-child(1000)')) {
        const at = performance.now();
        await frame();
        await frame();
        if (idle()) return { shown: at, reacts: performance.now() };
      }
      await frame();
    }
  };
}

const json = (body) => ({ method: 'POST', body: JSON.stringify(body),
  headers: { authorization: `Bearer ${apiKey}`,
    'content-type': 'application/json' } });

async function makeOwner(origin) {
  const made = await fetch(`${origin}/admin/users`, json(person));
  const { invitation } = await made.json();
  const token = invitation.url.split('/').at(-1);
  const { status } = await fetch(`${origin}/portal/invitation/accept`,
    json({ token, password }));
  if (status !== 200) throw new Error(`the owner's account: ${status}`);
}

async function signIn(page, portal) {
  await page.goto(portal);
  const status = await page.evaluate(async (body) => (await fetch(
    'portal/session', { method: 'POST', body, headers:
      { 'content-type': 'application/json' } })).status,
  JSON.stringify({ email: person.email, password }));
  if (status !== 200) throw new Error(`signing in: ${status}`);
}

// A page of its own, so that its process has done nothing else.
async function loadCounting(context, ...given) {
  const page = await context.newPage();
  const { reacts } = await load(page, ...given);
  const client = await context.newCDPSession(page);
  await client.send('Performance.enable');
  const { metrics } = await client.send('Performance.getMetrics');
  await page.close();
  return { reacts, computed:
    metrics.find(({ name }) => name === 'ProcessTime').value * 1000 };
}

async function load(page, portal, [hash, wish]) {
  await page.goto('about:blank');
  await page.goto(`${portal}#/${hash}`, { waitUntil: 'commit' });
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`${hash} is not shown`)), SHOWN_MS);
  });
  try {
    return await Promise.race([late, page.evaluate(
      (selector) => window.whenShown(selector), wish)]);
  } finally {
    clearTimeout(timer);
  }
}

export async function measurePages(origin) {
  const portal = `${origin}/portal`;
  await makeOwner(origin);
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--no-first-run'] });
  console.log('pages of the portal in Chromium until shown and reacting: '
    + `first, then median of ${ROUNDS}; CPU of the page's process`);
  try {
    const cold = {};
    const signed = await browser.newContext();
    await signIn(await signed.newPage(), portal);
    const storageState = await signed.storageState();
    const open = async () => {
      const context = await browser.newContext({ storageState,
        viewport: { width: 1280, height: 900 } });
      await context.addInitScript(watch);
      return context.newPage();
    };
    for (const [name, wish] of Object.entries(pages)) {
      const page = await open();
      cold[name] = (await load(page, portal, wish)).reacts;
      await page.context().close();
    }
    const warm = (await open()).context();
    for (const [name, wish] of Object.entries(pages)) {
      const rounds = [];
      for (let i = 0; i < ROUNDS; i += 1)
        rounds.push(await loadCounting(warm, portal, wish));
      show(name, `${cold[name].toFixed(0)}, ${middle(rounds, 'reacts').toFixed(0)}; `
        + `${middle(rounds, 'computed').toFixed(0)}`, 'ms');
    }
    show('load average', loadavg()[0].toFixed(1), '');
  } finally {
    await browser.close();
  }
}
