// SPDX-License-Identifier: Apache-2.0
// The course page of a teacher or a student: opens activities, lets a teacher
// select content, shows what was exchanged.

import { api, el } from './common.js';
import { chosenLaunch, launchChoice, showTools } from './course_tools.js';
import { showOutcome, showSteps } from './launch_steps.js';
import {
  emptyWindow, listen, openInFrame, openInWindow, setStorage,
} from './launcher.js';
import { changedSwitches, countChanged, switchForm } from './switch_form.js';

const CLOSE = ['org.imsglobal.lti.close', 'lti.close'];
const LOOK_MS = 1000;
const DEEP_LINKING = 'LtiDeepLinkingRequest';

const $ = (id) => document.getElementById(id);
const { role } = document.body.dataset;
const page = { profile: null, course: null, attempt: null, messages: [],
  toolWindow: null, timer: null, shown: '' };

const say = (text) => {
  $('status').textContent = text;
};

function dress(profile, settings) {
  const title = role === 'teacher' ? 'Teacher' : 'Student';
  document.title = `${title} - ${profile.title} - Testbed LMS`;
  document.body.style.setProperty('--lms', profile.colour);
  $('lms-title').textContent = profile.title;
  $('leave').href = `${settings.start}/`;
}

function showCourse() {
  const { context, people } = page.course;
  const person = people.find((one) => one.role === role);
  $('place').textContent = `Courses \u203a ${context.label}`;
  $('course-title').textContent = context.title;
  $('person').textContent = `Signed in as ${person.name}, ${person.email}`;
  showTools($('activities'), page.course, page.profile, role,
    { open, select, activate });
}

async function loadCourse() {
  page.course = await api(`/courses/${page.profile.name}`);
  showCourse();
}

async function activate(tool) {
  await api(`/platforms/${encodeURIComponent(tool.id)}/activate`,
    { method: 'POST' });
  await loadCourse();
  say(`${tool.name}: ${page.profile.words.active}`);
}

function show() {
  const state = JSON.stringify([page.attempt, page.messages]);
  if (state === page.shown) return;
  page.shown = state;
  showOutcome($('outcome'), page.attempt);
  showSteps($('steps'), page.attempt, page.messages);
  $('result').hidden = false;
}

async function look() {
  if (!page.attempt) return;
  const before = page.attempt.state;
  page.attempt = await api(`/launches/${page.attempt.id}`);
  show();
  if (page.attempt.state === 'returned' && before !== 'returned') {
    await loadCourse();
  }
}

async function launch(tool, activity, options) {
  const attempt = await api('/launches', { method: 'POST',
    body: JSON.stringify({ tool: tool.id, activity: activity?.id, user: role,
      switches: changedSwitches($('switches')), ...options }) });
  page.attempt = attempt;
  page.messages = [];
  await setStorage(attempt.storage, (message) => {
    page.messages.push(message);
    show();
  });
  clearInterval(page.timer);
  page.timer = setInterval(() => look().catch(() => {}), LOOK_MS);
  show();
  return attempt;
}

function close() {
  page.toolWindow?.close();
  page.toolWindow = null;
  $('frame-panel').hidden = true;
  $('frame-holder').replaceChildren();
  closePicker();
}

function closePicker() {
  if (!$('picker')?.open) return;
  $('picker').close();
  $('picker-holder').replaceChildren();
}

function showFrame(attempt, opened) {
  $('frame-title').textContent = attempt.title;
  $('frame-panel').hidden = false;
  if (opened) {
    $('frame-holder').replaceChildren(el('p', {},
      'The tool is in a window of its own; go on there.'));
  } else {
    openInFrame(attempt.login, $('frame-holder'), 'tool', 'The tool');
  }
  $('frame-panel').scrollIntoView({ block: 'nearest' });
}

async function guarded(act) {
  try {
    await act();
  } catch (problem) {
    close();
    say(problem.message);
  }
}

const open = (tool, activity, windowed) => guarded(async () => {
  close();
  const wish = chosenLaunch();
  if (wish.message === DEEP_LINKING && !windowed) {
    await pick(tool, activity, wish);
    return;
  }
  page.toolWindow = windowed ? emptyWindow() : null;
  const attempt = await launch(tool, activity, { ...wish,
    presentation: windowed ? 'window' : 'iframe' });
  if (windowed && !openInWindow(attempt.login, page.toolWindow)) {
    say('The browser kept the new window shut.');
    return;
  }
  showFrame(attempt, windowed);
  say(`${attempt.title} is open.`);
});

const select = (tool) => guarded(() => pick(tool, undefined,
  { ...chosenLaunch(), message: DEEP_LINKING }));

async function pick(tool, activity, wish) {
  close();
  const attempt = await launch(tool, activity, wish);
  $('picker-title').textContent = `Select content from ${tool.name}`;
  $('picker').showModal();
  openInFrame(attempt.login, $('picker-holder'), 'picker_frame',
    'Select content');
  say('Choose in the tool what is to be added.');
}

async function returned() {
  await look();
  const { returned: content } = page.attempt;
  if (!content) return;
  closePicker();
  $('frame-panel').hidden = $('frame-holder').childElementCount === 0;
  await loadCourse();
  say(content.problems.length > 0
    ? 'The tool returned content that this LMS refuses.'
    : `${content.items.length} selected.`);
  $('result').focus();
}

function heard({ data }) {
  if (data?.testbed === 'returned') guarded(returned);
  else if (CLOSE.includes(data?.subject)) {
    close();
    say('The tool asked to be closed.');
  }
}

function countChanges() {
  const own = $('launch-choice').querySelectorAll('select');
  const count = countChanged($('switches'))
    + [...own].filter((input) => input.value).length;
  $('changed').textContent = count ? `(${count} changed)` : '';
}

function wire() {
  $('manner').addEventListener('input', countChanges);
  $('manner').addEventListener('reset', () => queueMicrotask(countChanges));
  $('manner').addEventListener('submit', (event) => event.preventDefault());
  $('close-tool').addEventListener('click', () => {
    close();
    say('The tool was closed.');
  });
  $('close-picker')?.addEventListener('click', closePicker);
  $('picker')?.addEventListener('close', () =>
    $('picker-holder').replaceChildren());
  window.addEventListener('message', heard);
  listen();
}

async function begin() {
  const [profiles, settings, switches] = await Promise.all([
    api('/profiles'), api('/settings'), api('/switches')]);
  page.profile = profiles.find((one) => one.host === location.hostname);
  if (!page.profile) {
    location.replace(`${settings.start}/`);
    return;
  }
  dress(page.profile, settings);
  await loadCourse();
  $('launch-choice').append(...launchChoice(page.course, role));
  $('switches').replaceChildren(...switchForm(
    switches.filter((entry) => entry.of === 'launch')));
  wire();
}

begin().catch((problem) => say(problem.message));
