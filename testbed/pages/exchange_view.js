// SPDX-License-Identifier: Apache-2.0
// Shows an exchange: its outcome, and every request with its answer.

import { badge, el, toolIcon } from './common.js';

const kinds = {
  configuration: 'reads the configuration document',
  registration: 'registers',
  'key-set': 'reads the tool\u2019s key set',
  keys: 'reads the key set',
  elsewhere: 'went to a host that is not the LMS',
};

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function headers(list) {
  const entries = Object.entries(list ?? {});
  if (entries.length === 0) return null;
  return el('dl', { class: 'headers' }, ...entries.flatMap(([name, value]) =>
    [el('dt', {}, name), el('dd', {}, String(value))]));
}

function body(text, label) {
  if (!text) return el('p', { class: 'quiet' }, 'no body');
  return el('pre', { tabindex: '0', 'aria-label': label }, pretty(text));
}

function statusBadge(request) {
  if (request.status === null) {
    return el('span', { class: 'badge bad' }, 'no answer');
  }
  const good = request.status < 300;
  return el('span', { class: `badge ${good ? 'good' : 'bad'}` },
    String(request.status));
}

function requestItem(request, index) {
  const who = request.from === 'lms' ? 'LMS' : 'Tool';
  const url = new URL(request.url);
  return el('li', {}, el('details', { 'data-index': index },
    el('summary', {},
      el('span', { class: 'method' }, request.method),
      el('span', { class: 'what' },
        el('span', { class: 'url' }, url.host + url.pathname),
        el('span', { class: 'quiet' }, `${who}: ${kinds[request.kind]
          ?? 'asks'}${request.ms === null ? '' : `, ${request.ms} ms`}`)),
      statusBadge(request)),
    el('div', { class: 'sides' },
      el('div', {}, el('h3', {}, 'Request'),
        el('p', { class: 'url' }, request.url),
        headers(request.headers), body(request.body, 'Body of the request')),
      el('div', {}, el('h3', {}, 'Answer'),
        el('p', {}, request.status === null
          ? 'The LMS closed or held the connection.'
          : `Status ${request.status}`),
        headers(request.answerHeaders),
        body(request.answerBody, 'Body of the answer')))));
}

export function showRequests(list, exchange) {
  const open = new Set([...list.querySelectorAll('details[open]')].map(
    (details) => details.dataset.index));
  const items = exchange.requests.map(requestItem);
  list.replaceChildren(...items);
  for (const details of list.querySelectorAll('details')) {
    details.open = open.has(details.dataset.index);
  }
  if (items.length === 0) {
    list.replaceChildren(el('li', { class: 'quiet' },
      'The tool has asked for nothing yet.'));
  }
}

const chips = (values, none) => values.length === 0
  ? el('p', { class: 'quiet' }, none)
  : el('ul', { class: 'chips' }, ...values.map((value) =>
    el('li', {}, el('code', {}, value))));

const short = (uri) => String(uri).replace(
  /^https:\/\/(purl\.imsglobal\.org\/spec|canvas\.instructure\.com)\//, '');

function messageList(messages) {
  if (messages.length === 0) return el('p', { class: 'quiet' }, 'none');
  return el('ul', { class: 'plain' }, ...messages.map((message) =>
    el('li', {}, el('code', {}, String(message.type)),
      message.placements?.length
        ? ` at ${message.placements.map(short).join(', ')}` : '',
      message.label ? ` \u2013 \u201c${message.label}\u201d` : '')));
}

function facts(tool, registration) {
  const custom = Object.entries(tool.custom_parameters).map(([key, value]) =>
    `${key}=${value}`);
  const row = (name, value) => [el('dt', {}, name), el('dd', {}, value)];
  const code = (value) => el('code', {}, typeof value === 'string'
    ? value : JSON.stringify(value) ?? 'none');
  return el('dl', { class: 'facts' },
    ...row('Client id', code(registration.client_id)),
    ...row('Deployment id', registration.deployment_id
      ? code(registration.deployment_id) : 'none yet'),
    ...row('Domain', code(tool.domain)),
    ...row('Granted scopes', chips(tool.scopes.map(short), 'none')),
    ...row('Messages', messageList(tool.messages)),
    ...row('Claims', chips(tool.claims.map(String), 'none asked for')),
    ...row('Custom parameters', chips(custom, 'none')));
}

export function registeredResult(exchange, profile, activate) {
  const { tool } = exchange.registration;
  const done = tool.state === 'active';
  return [el('div', { class: 'panel' },
    el('div', { class: 'panel-head' },
      el('span', { class: 'with-icon large' }, toolIcon(tool),
        el('span', {},
          el('h2', { id: 'result-title' }, String(tool.name ?? 'unnamed')),
          el('span', { class: 'quiet' }, exchange.state === 'updated'
            ? 'Updated' : 'Registered'))),
      el('span', { class: 'actions' }, badge(tool, profile),
        done ? null : el('button', { class: 'primary', type: 'button',
          onclick: activate }, profile.words.activate))),
    tool.description ? el('p', {}, tool.description) : null,
    done ? null : el('p', { class: 'quiet' }, profile.after.note),
    facts(tool, exchange.registration))];
}

export function failedResult(exchange) {
  const last = exchange.requests.findLast((request) =>
    request.from === 'tool');
  const refused = exchange.state === 'refused';
  const problems = exchange.refusal?.problems ?? [];
  const why = {
    begun: 'The tool never read the configuration document.',
    configured: 'The tool read the configuration document but has not'
      + ' registered.',
    refused: 'This LMS refused the registration. Nothing was added.',
  }[exchange.state];
  return [el('div', { class: 'panel bad-edge' },
    el('h2', { id: 'result-title' }, refused ? 'Refused' : 'Not registered'),
    el('p', {}, why),
    problems.length === 0 ? null : el('ul', {}, ...problems.map((problem) =>
      el('li', {}, problem.text))),
    refused && last ? el('p', {}, `It answered ${last.status}`,
      last.answerBody ? ':' : ' with an empty body.') : null,
    refused && last?.answerBody
      ? body(last.answerBody, 'What the LMS answered') : null)];
}
