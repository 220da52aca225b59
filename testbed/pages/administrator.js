// SPDX-License-Identifier: Apache-2.0
// The administrator's page: begins a registration, opens the tool as this LMS
// does, waits for the close message by this LMS's rule, shows what came of it.

import { byHand } from './by_hand.js';
import { api, el, toolsTable } from './common.js';
import { failedResult, registeredResult, showRequests } from
  './exchange_view.js';
import { changedSwitches, countChanged, switchForm } from './switch_form.js';

const CLOSE = 'org.imsglobal.lti.close';
const LOOK_MS = 1000;

const $ = (id) => document.getElementById(id);
const page = { profile: null, profiles: [], tools: [], exchange: null,
  toolWindow: null, timer: null };

const say = (text) => {
  $('status').textContent = text;
};

const registered = (exchange) =>
  ['registered', 'updated'].includes(exchange.state);

function dress(profile, settings) {
  document.title = `Administrator - ${profile.title} - Testbed LMS`;
  document.body.style.setProperty('--lms', profile.colour);
  $('lms-title').textContent = profile.title;
  $('leave').href = `${settings.start}/`;
  $('place').textContent = profile.words.place;
  $('tool-url-label').textContent = profile.words.field;
  $('tool-url').value = settings.toolUrl;
  $('add-button').textContent = profile.words.add;
}

async function showTools() {
  const all = await api('/platforms');
  page.tools = all.filter((tool) =>
    tool.profile === page.profile.name && tool.site === '');
  $('tools').replaceChildren(toolsTable(page.tools, page.profiles, false),
    ...page.tools.filter((tool) => tool.updateWaits).map(waitingUpdate));
  offerUpdate();
}

// Canvas: the tool has changed its registration, which holds when accepted.
function waitingUpdate(tool) {
  const accept = async () => {
    await api(`/platforms/${tool.id}/accept`, { method: 'POST' });
    await showTools();
    say(`${tool.name}: the change is accepted.`);
  };
  return el('p', {}, `${tool.name} asks to change its registration. `,
    el('button', { type: 'button', onclick: accept }, 'Accept the change'));
}

function knownTool() {
  if (!page.profile.updates) return null;
  try {
    const { host } = new URL($('tool-url').value);
    return page.tools.findLast((tool) => tool.domain === host) ?? null;
  } catch {
    return null;
  }
}

function offerUpdate() {
  const tool = knownTool();
  const choice = (value, text, checked) => el('label', { class: 'choice' },
    el('input', { type: 'radio', name: 'update', value, checked }), text);
  $('update-choice').replaceChildren(...(tool ? [el('fieldset', {},
    el('legend', {}, 'A tool of this domain is already here'),
    choice(tool.id, `Update \u201c${tool.name}\u201d`, true),
    choice('', 'Register as a new tool', false))] : []));
}

function chosenUpdate() {
  return document.querySelector('[name=update]:checked')?.value || false;
}

// A form, because some LMSs open the tool by POST; GET goes by address.
function open(exchange, target) {
  if (exchange.method === 'GET') return exchange.launchUrl;
  const form = el('form', { method: 'post', action: exchange.launchUrl,
    target, hidden: true },
  ...Object.entries(exchange.form).map(([name, value]) =>
    el('input', { type: 'hidden', name, value })));
  document.body.append(form);
  queueMicrotask(() => {
    form.submit();
    form.remove();
  });
  return 'about:blank';
}

function openFrame(exchange) {
  const frame = el('iframe', { name: 'tool', title: 'The tool' });
  $('frame-holder').replaceChildren(frame);
  frame.src = open(exchange, 'tool');
}

function openWindow(exchange) {
  const address = open(exchange, 'tool-window');
  if (page.toolWindow) {
    if (address !== 'about:blank') page.toolWindow.location = address;
    $('frame-holder').replaceChildren(el('p', {},
      'This LMS opens the tool in a window of its own. It is open now; '
      + 'go on there.'));
    return;
  }
  $('frame-holder').replaceChildren(el('p', {},
    'The browser kept the new window shut. ',
    el('a', { href: address, target: '_blank', rel: 'opener' },
      'Open the tool')));
}

async function add(event) {
  event.preventDefault();
  end();
  const opens = changedOpens();
  // A window opened after waiting would be taken for an advertisement.
  page.toolWindow = opens === 'window'
    ? window.open('about:blank', 'tool-window', 'popup,width=900,height=700')
    : null;
  try {
    page.exchange = await api('/exchanges', { method: 'POST',
      body: JSON.stringify({ profile: page.profile.name,
        toolUrl: $('tool-url').value, update: chosenUpdate(),
        switches: changedSwitches($('switches')) }) });
  } catch (problem) {
    page.toolWindow?.close();
    say(problem.message);
    return;
  }
  begun();
}

function changedOpens() {
  return $('switch-opens')?.value || page.profile.switches.opens || 'iframe';
}

function begun() {
  const { exchange } = page;
  say('The tool is open. Waiting for its close message.');
  $('result').hidden = true;
  $('frame-panel').hidden = false;
  $('exchange').hidden = false;
  showRequests($('requests'), exchange);
  if (exchange.opens === 'window') openWindow(exchange);
  else openFrame(exchange);
  $('frame-panel').scrollIntoView({ block: 'nearest' });
  page.timer = setInterval(look, LOOK_MS);
}

async function look() {
  const seen = page.exchange.requests.length;
  const fresh = await api(`/exchanges/${page.exchange.id}`);
  page.exchange = { ...page.exchange, ...fresh };
  if (fresh.requests.length !== seen || fresh.requests.some((request) =>
    request.status === null)) {
    showRequests($('requests'), page.exchange);
  }
}

function end() {
  clearInterval(page.timer);
  page.toolWindow?.close();
  page.toolWindow = null;
  $('frame-panel').hidden = true;
  $('frame-holder').replaceChildren();
}

async function finish(text) {
  end();
  say(text);
  await look();
  showRequests($('requests'), page.exchange);
  showResult();
  await showTools();
  $('result').focus({ preventScroll: true });
  $('result').scrollIntoView({ block: 'start' });
}

function showResult() {
  const { exchange, profile } = page;
  $('result').replaceChildren(...(registered(exchange)
    ? registeredResult(exchange, profile, activate)
    : failedResult(exchange)));
  $('result').hidden = false;
}

async function activate() {
  const { tool } = page.exchange.registration;
  await api(`/platforms/${tool.id}/activate`, { method: 'POST' });
  await look();
  showResult();
  await showTools();
  $('result').focus();
  say(`${tool.name}: ${page.profile.words.active}`);
}

function heard(event) {
  const data = typeof event.data === 'string'
    ? parse(event.data) : event.data;
  if (data?.subject !== CLOSE || $('frame-panel').hidden) return;
  const own = new URL($('tool-url').value).origin;
  if (page.exchange.closeListener === 'registration-origin'
    && event.origin !== own) {
    say(`A close message came from ${event.origin}. This LMS takes it only `
      + `from ${own}, and goes on waiting.`);
    return;
  }
  finish('The tool said that it is done.');
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function begin() {
  const [profiles, settings, switches] = await Promise.all([
    api('/profiles'), api('/settings'), api('/switches')]);
  page.profiles = profiles;
  page.profile = profiles.find((one) => one.host === location.hostname);
  if (!page.profile) {
    location.replace(`${settings.start}/`);
    return;
  }
  dress(page.profile, settings);
  $('switches').replaceChildren(...switchForm(
    switches.filter((entry) => entry.of === 'registration')));
  $('misbehave').addEventListener('input', () => {
    const count = countChanged($('switches'));
    $('changed').textContent = count ? `(${count} changed)` : '';
  });
  $('tool-url').addEventListener('input', offerUpdate);
  $('add').addEventListener('submit', add);
  $('cancel').addEventListener('click', () =>
    finish('Closed by the administrator.'));
  window.addEventListener('message', heard);
  const { origin } = new URL(settings.toolUrl || location.href);
  byHand($('by-hand-holder'), page.profile, origin, showTools);
  await showTools();
}

begin().catch((problem) => say(problem.message));
