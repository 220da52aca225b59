// SPDX-License-Identifier: Apache-2.0
// The start page: one card an LMS, and the tools of all of them.

import { api, el, toolsTable } from './common.js';

function card(profile) {
  const item = el('li', { class: 'card' },
    el('h2', {}, el('a', { href: profile.page }, profile.title)),
    el('ul', {}, ...profile.special.map((text) => el('li', {}, text))),
    el('p', { class: 'host' }, profile.host),
    el('p', { class: 'roles' }, ...Object.entries(profile.pages).map(
      ([role, href]) => el('a', { href,
        'aria-label': `${role} of ${profile.title}` }, role))));
  item.style.setProperty('--lms', profile.colour);
  return item;
}

async function show() {
  const [profiles, tools] = await Promise.all([api('/profiles'),
    api('/platforms')]);
  const order = ['moodle-4.5', 'moodle-3.10', 'canvas-cloud',
    'canvas-selfhosted', 'brightspace', 'blackboard', 'sakai', 'ilias'];
  const place = (profile) => order.indexOf(profile.name) + 1 || 99;
  profiles.sort((one, other) => place(one) - place(other));
  document.getElementById('profiles').replaceChildren(...profiles.map(card));
  document.getElementById('tools').replaceChildren(
    toolsTable(tools, profiles, true));
}

show().catch((problem) => {
  document.getElementById('status').textContent = problem.message;
});
