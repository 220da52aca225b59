// SPDX-License-Identifier: Apache-2.0
// What all pages share: making elements, calling the API, the tools table.

export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'onclick') element.addEventListener('click', value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) {
      element.setAttribute(name, value);
    }
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

export async function api(path, options = {}) {
  const response = await fetch(`/testbed/api${path}`, {
    ...options,
    headers: { 'content-type': 'application/json' },
  });
  const value = await response.json();
  if (!response.ok) throw new Error(value.error);
  return value;
}

// The words each LMS has for its states; what is not here speaks for itself.
const states = { 'update-requested': 'Update to confirm' };

export function stateLabel(tool, profile) {
  if (tool.state === 'active') return profile.words.active;
  return states[tool.state] ?? profile.words.pending;
}

export function badge(tool, profile) {
  const kind = tool.state === 'active' ? 'good' : 'wait';
  return el('span', { class: `badge ${kind}` }, stateLabel(tool, profile));
}

export function toolIcon(tool) {
  const letter = String(tool.name ?? '?').slice(0, 1).toUpperCase();
  const placeholder = el('span',
    { class: 'icon letter', 'aria-hidden': 'true' }, letter);
  if (!tool.icon) return placeholder;
  const image = el('img', { class: 'icon', src: tool.icon, alt: '' });
  image.addEventListener('error', () => image.replaceWith(placeholder));
  return image;
}

export function toolsTable(tools, profiles, withLms) {
  if (tools.length === 0) return el('p', { class: 'quiet' }, 'None yet.');
  const heads = ['Tool', ...(withLms ? ['LMS'] : []), 'Client id', 'Status'];
  const rows = tools.map((tool) => {
    const profile = profiles.find((one) => one.name === tool.profile);
    return el('tr', {},
      el('td', {}, el('span', { class: 'with-icon' }, toolIcon(tool),
        String(tool.name ?? 'unnamed'))),
      withLms ? el('td', {}, profile.title) : null,
      el('td', {}, el('code', {}, tool.client_id)),
      el('td', {}, badge(tool, profile)));
  });
  return el('div', { class: 'scroll', tabindex: '0', role: 'region',
    'aria-label': 'Tools' },
  el('table', {},
    el('thead', {}, el('tr', {}, ...heads.map((head) =>
      el('th', { scope: 'col' }, head)))),
    el('tbody', {}, ...rows)));
}
