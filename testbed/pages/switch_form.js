// SPDX-License-Identifier: Apache-2.0
// The form of switches: reads the list from the API, gives back only what a
// person changed.

import { el } from './common.js';

const words = (name) => name.replace(/([A-Z])/g, ' $1').toLowerCase();

function field(entry) {
  const id = `switch-${entry.name}`;
  const common = { id, 'data-switch': entry.name,
    'data-kind': Array.isArray(entry.values) ? 'choice' : entry.values };
  if (Array.isArray(entry.values)) {
    return el('select', common, el('option', { value: '' }, 'as it is'),
      ...entry.values.map((value) => el('option', { value }, value)));
  }
  if (entry.values === 'number') {
    return el('input', { ...common, type: 'number', min: '0' });
  }
  return el('textarea', { ...common, rows: '2', spellcheck: 'false',
    placeholder: entry.values === 'json' ? '{"member": "value"}' : '' });
}

function row(entry) {
  const input = field(entry);
  return el('div', { class: 'switch' },
    el('label', { for: input.id }, entry.about,
      el('span', { class: 'name' }, words(entry.name))),
    input);
}

export function switchForm(list) {
  const groups = [...new Set(list.map((entry) => entry.group))];
  return groups.map((group) => el('fieldset', {},
    el('legend', {}, group),
    ...list.filter((entry) => entry.group === group).map(row)));
}

function valueOf(input) {
  const text = input.value;
  if (text.trim() === '') return undefined;
  if (input.dataset.kind === 'number') return Number(text);
  if (input.dataset.kind !== 'json') return text;
  try {
    return JSON.parse(text);
  } catch {
    input.focus();
    throw new Error(`${words(input.dataset.switch)} is not JSON`);
  }
}

export function changedSwitches(holder) {
  const result = {};
  for (const input of holder.querySelectorAll('[data-switch]')) {
    const value = valueOf(input);
    if (value !== undefined) result[input.dataset.switch] = value;
  }
  return result;
}

export function countChanged(holder) {
  return [...holder.querySelectorAll('[data-switch]')]
    .filter((input) => input.value.trim() !== '').length;
}
