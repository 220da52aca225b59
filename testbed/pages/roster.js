// SPDX-License-Identifier: Apache-2.0
// The roster: who is in the course, as each tool is told.

import { el, toolIcon } from './common.js';
import { enterCourse, keepLooking, say, showContext } from './course_head.js';

const $ = (id) => document.getElementById(id);
const heads = ['Name', 'Roles', 'E-mail', 'Identifier', 'Status'];

function row(member) {
  const active = member.status === 'Active';
  return el('tr', {},
    el('th', { scope: 'row' }, String(member.name)),
    el('td', {}, member.roles.join(', ')),
    el('td', {}, member.email ?? '\u2013'),
    el('td', {}, el('code', {}, String(member.subject))),
    el('td', {}, el('span', { class: `badge ${active ? 'good' : 'wait'}` },
      member.status)));
}

function toolPart(tool) {
  const rest = tool.total - tool.members.length;
  return el('section', { 'aria-label': String(tool.name) },
    el('h2', {}, el('span', { class: 'with-icon' }, toolIcon(tool),
      String(tool.name ?? 'unnamed'))),
    el('p', { class: 'quiet' }, `${tool.total} members. The tool has ${
      tool.asked ? `asked ${tool.asked === 1 ? 'once' : `${tool.asked} times`}`
        : 'not asked yet'}.`),
    el('div', { class: 'scroll', tabindex: '0', role: 'region',
      'aria-label': `Members for ${tool.name}` },
    el('table', {}, el('thead', {}, el('tr', {}, ...heads.map((text) =>
      el('th', { scope: 'col' }, text)))),
    el('tbody', {}, ...tool.members.map(row)))),
    rest > 0 ? el('p', { class: 'quiet' }, `and ${rest} more`) : null);
}

function show(roster) {
  showContext(roster.context);
  $('books').replaceChildren(...roster.tools.length
    ? roster.tools.map(toolPart)
    : [el('p', {}, 'No tool is in this LMS yet. ', el('a',
      { href: '/testbed/administrator.html' }, 'Add one'))]);
}

async function begin() {
  const profile = await enterCourse('Roster');
  if (profile) await keepLooking(`/rosters/${profile.name}`, show);
}

begin().catch((problem) => say(problem.message));
