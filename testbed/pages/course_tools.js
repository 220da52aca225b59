// SPDX-License-Identifier: Apache-2.0
// The list of activities of a course: each tool with its own link and what
// was selected in it, and how they are to be opened.

import { badge, el, toolIcon } from './common.js';

function activityRow(tool, activity, acts, enabled) {
  const name = `activity-${activity.id}`;
  const button = (text, windowed) => el('button', { type: 'button',
    disabled: !enabled, 'aria-describedby': name,
    onclick: () => acts.open(tool, activity, windowed) }, text);
  return el('li', { class: 'activity' },
    el('span', { class: 'what', id: name },
      el('strong', {}, activity.title),
      el('span', { class: 'quiet' }, activity.selected
        ? activity.url ?? 'selected content' : 'the tool\u2019s own link')),
    el('span', { class: 'actions' }, button('Open', false),
      button('New window', true)));
}

function toolPanel(tool, profile, role, acts) {
  const active = tool.state === 'active';
  return el('div', { class: 'panel' },
    el('div', { class: 'panel-head' },
      el('span', { class: 'with-icon' }, toolIcon(tool),
        el('h3', {}, String(tool.name ?? 'unnamed'))),
      el('span', { class: 'actions' },
        active ? null : badge(tool, profile),
        active || role !== 'teacher' ? null : el('button', { type: 'button',
          onclick: () => acts.activate(tool) }, profile.words.activate),
        active && role === 'teacher' ? el('button', { type: 'button',
          class: 'primary', onclick: () => acts.select(tool) },
        'Select content') : null)),
    el('ul', { class: 'plain' }, ...tool.activities.map((activity) =>
      activityRow(tool, activity, acts, active))));
}

export function showTools(holder, course, profile, role, acts) {
  if (course.tools.length === 0) {
    holder.replaceChildren(el('p', {}, 'No tool is in this LMS yet. ',
      el('a', { href: '/testbed/administrator.html' },
        'Add one as its administrator')));
    return;
  }
  holder.replaceChildren(...course.tools.map((tool) =>
    toolPanel(tool, profile, role, acts)));
}

function choice(id, text, values, first) {
  return el('div', { class: 'switch' }, el('label', { for: id }, text),
    el('select', { id }, el('option', { value: '' }, first),
      ...values.map((value) => el('option', { value }, value))));
}

const teachersOnly = ['LtiDeepLinkingRequest', 'LtiSubmissionReviewRequest'];

export function launchChoice(course, role) {
  const types = [...new Set([...course.messages,
    ...course.tools.flatMap((tool) => tool.messages)])]
    .filter((type) => role === 'teacher' || !teachersOnly.includes(type));
  return [
    choice('launch-message', 'Message', types, 'as it is'),
    ...(course.placements.length ? [choice('launch-placement', 'Placement',
      course.placements, 'as it is')] : []),
  ];
}

export function chosenLaunch() {
  const valueOf = (id) => document.getElementById(id)?.value || undefined;
  return { message: valueOf('launch-message'),
    placement: valueOf('launch-placement') };
}
