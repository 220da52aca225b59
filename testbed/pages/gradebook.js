// SPDX-License-Identifier: Apache-2.0
// The gradebook: what tools have made of it, and every score that came.

import { api, el, toolIcon } from './common.js';
import { enterCourse, keepLooking, say, showContext } from './course_head.js';
import { changedSwitches, countChanged, switchForm } from './switch_form.js';

const $ = (id) => document.getElementById(id);
const SUBMISSION = 'https://canvas.instructure.com/lti/submission';

const number = (value) => String(Math.round(value * 100) / 100);

const clock = (text) => {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? String(text)
    : time.toLocaleString('en-GB');
};

const quiet = (text) => text
  ? el('span', { class: 'quiet' }, text) : null;

function submission({ extensions = {} }) {
  const own = extensions[SUBMISSION];
  return own ? `Submission: ${[own.submission_type, own.submission_data]
    .filter(Boolean).join(', ') || 'new'}` : null;
}

function cell(result) {
  if (!result) return el('td', { class: 'grade' }, quiet('\u2013'));
  const graded = result.resultScore !== undefined;
  return el('td', { class: 'grade' },
    el('strong', {}, graded ? `${number(result.resultScore)} / ${
      number(result.resultMaximum)}` : 'not graded'),
    result.comment ? el('span', { class: 'comment' }, result.comment) : null,
    quiet(`${result.activityProgress}, ${result.gradingProgress}`),
    quiet(submission(result)), quiet(clock(result.timestamp)));
}

function head(item) {
  const about = [item.coupled ? 'of an activity' : null,
    item.tag ? `tag ${item.tag}` : null,
    item.resourceId ? `resource ${item.resourceId}` : null]
    .filter(Boolean).join(', ');
  return el('th', { scope: 'col' }, item.label,
    quiet(`of ${number(item.scoreMaximum)}`), quiet(about));
}

const scrolling = (label, ...children) => el('div', { class: 'scroll',
  tabindex: '0', role: 'region', 'aria-label': label }, ...children);

function grades(tool) {
  if (tool.lineItems.length === 0) {
    return el('p', {}, 'No line items yet. The tool makes one, or selected '
      + 'content brings one.');
  }
  const cells = new Map(tool.results.map((result) =>
    [`${result.key} ${result.userId}`, result]));
  return scrolling(`Grades of ${tool.name}`, el('table', {},
    el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'Student'),
      ...tool.lineItems.map(head))),
    el('tbody', {}, ...tool.students.map((student) => el('tr', {},
      el('th', { scope: 'row' }, String(student.name)),
      ...tool.lineItems.map((item) =>
        cell(cells.get(`${item.key} ${student.subject}`))))))));
}

function scoreRow(score, { names, items }) {
  const body = score.body && typeof score.body === 'object' ? score.body : {};
  const given = body.scoreGiven === undefined ? 'no score'
    : `${body.scoreGiven} / ${body.scoreMaximum ?? '?'}`;
  const good = score.status >= 200 && score.status < 300;
  return el('tr', {},
    el('td', {}, clock(score.at)),
    el('td', {}, names.get(score.user) ?? String(score.user ?? 'nobody')),
    el('td', {}, items.get(score.key) ?? '\u2013'),
    el('td', {}, given, quiet([body.activityProgress, body.gradingProgress]
      .filter(Boolean).join(', '))),
    el('td', {}, el('span', { class: `badge ${good ? 'good' : 'bad'}` },
      String(score.status ?? '\u2026'))),
    el('td', {}, el('details', {}, el('summary', {}, 'Body'),
      el('pre', { tabindex: '0', 'aria-label': 'Body of the score' },
        JSON.stringify(score.body, null, 2)))));
}

function scores(tool) {
  if (tool.scores.length === 0) {
    return el('p', { class: 'quiet' }, 'No score has come yet.');
  }
  const known = {
    names: new Map(tool.students.map(({ subject, name }) => [subject, name])),
    items: new Map(tool.lineItems.map(({ key, label }) => [key, label])) };
  const heads = ['Arrived', 'For', 'Line item', 'Score', 'Answer', 'Body'];
  return scrolling(`Scores of ${tool.name}`, el('table', { class: 'raw' },
    el('thead', {}, el('tr', {}, ...heads.map((text) =>
      el('th', { scope: 'col' }, text)))),
    el('tbody', {}, ...tool.scores.map((score) => scoreRow(score, known)))));
}

function counted({ counts }) {
  const texts = Object.entries(counts).map(([kind, count]) =>
    `${count} ${kind}`);
  return texts.length ? `Requests so far: ${texts.join(', ')}`
    : 'The tool has asked for nothing yet.';
}

function toolPart(tool) {
  return el('section', { 'data-tool': tool.id, 'aria-label':
    String(tool.name) },
  el('h2', {}, el('span', { class: 'with-icon' }, toolIcon(tool),
    String(tool.name ?? 'unnamed'))),
  grades(tool),
  el('h3', {}, tool.scoresTotal > tool.scores.length
    ? `Scores, the last ${tool.scores.length} of ${tool.scoresTotal}`
    : 'Scores as they arrived'),
  scores(tool), el('p', { class: 'quiet counts' }, counted(tool)));
}

// A body that somebody reads stays open when a score comes above it.
function show(book) {
  showContext(book.context);
  const open = [...document.querySelectorAll('.raw details')].map((one) =>
    one.open ? one.querySelector('pre').textContent : null).filter(Boolean);
  $('books').replaceChildren(...book.tools.length
    ? book.tools.map(toolPart)
    : [el('p', {}, 'No tool is in this LMS yet. ', el('a',
      { href: '/testbed/administrator.html' }, 'Add one'))]);
  for (const details of document.querySelectorAll('.raw details')) {
    details.open = open.includes(details.querySelector('pre').textContent);
  }
}

function showSet(set) {
  const texts = Object.entries(set).map(([name, value]) =>
    `${name}: ${JSON.stringify(value)}`);
  $('now').textContent = texts.length ? `Now set: ${texts.join(', ')}` : '';
}

async function change(profile, changes) {
  showSet(await api(`/services/${profile.name}`, { method: 'POST',
    body: JSON.stringify(changes) }));
  say(Object.keys(changes).length ? 'The services answer so from now on.'
    : 'The services answer as usual again.');
}

function wire(profile) {
  const guarded = (act) => act().catch((problem) => say(problem.message));
  $('manner').addEventListener('input', () => {
    const count = countChanged($('switches'));
    $('changed').textContent = count ? `(${count} changed)` : '';
  });
  $('manner').addEventListener('submit', (event) => {
    event.preventDefault();
    guarded(async () => change(profile, changedSwitches($('switches'))));
  });
  $('usual').addEventListener('click', () => guarded(async () => {
    $('manner').reset();
    $('changed').textContent = '';
    await change(profile, {});
  }));
}

async function begin() {
  const profile = await enterCourse('Gradebook');
  if (!profile) return;
  const switches = await api('/switches');
  $('switches').replaceChildren(...switchForm(
    switches.filter((entry) => entry.of === 'services')));
  wire(profile);
  showSet(await api(`/services/${profile.name}`));
  await keepLooking(`/gradebooks/${profile.name}`, show);
}

begin().catch((problem) => say(problem.message));
