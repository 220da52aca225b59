// SPDX-License-Identifier: Apache-2.0
// Shows what was exchanged in a launch, step by step.

import { el } from './common.js';

const states = {
  begun: ['wait', 'The tool has not asked for a token yet'],
  answered: ['good', 'The LMS answered with a token'],
  error: ['bad', 'The LMS answered with an error'],
  refused: ['bad', 'The LMS refused the tool\u2019s request'],
  returned: ['good', 'The tool returned content'],
};

const pre = (value, label) => el('pre', { tabindex: '0', 'aria-label': label },
  typeof value === 'string' ? value : JSON.stringify(value, null, 2));

function part(title, value) {
  return el('div', {}, el('h3', {}, title), pre(value, title));
}

function step(key, method, what, detail, ...parts) {
  return el('li', {}, el('details', { 'data-key': key },
    el('summary', {}, el('span', { class: 'method' }, method),
      el('span', { class: 'what' }, el('span', {}, what),
        el('span', { class: 'quiet' }, detail))),
    el('div', { class: parts.length > 1 ? 'sides' : 'side' }, ...parts)));
}

function requestStep(request, index) {
  const kind = { authorization: 'The tool asks for a token',
    contentReturn: 'The tool returns content',
    launchReturn: 'The tool sends the person back',
    'key-set': 'The LMS reads the tool\u2019s key set' }[request.kind]
    ?? 'A request';
  const url = new URL(request.url);
  const asked = request.body ? [...new URLSearchParams(request.body)]
    : [...url.searchParams];
  return step(`request-${index}`, request.method, kind,
    `${url.host}${url.pathname}, status ${request.status ?? 'none'}`,
    part('Parameters', Object.fromEntries(asked)),
    ...(request.kind === 'key-set'
      ? [part('Answer', request.answerBody ?? '')] : []));
}

function answerStep({ action, fields }, index, token) {
  return step(`answer-${index}`, 'POST', fields.error
    ? 'The browser takes an error to the tool'
    : 'The browser takes the token to the tool', action,
  part('Fields', fields),
  ...(token ? [part('Claims in the token', token.claims),
    part('Header of the token', token.header)] : []));
}

function storageStep({ origin, said, reply }, index) {
  return step(`storage-${index}`, 'message', said.subject, `from ${origin}${
    reply ? '' : ', not answered'}`,
  part('Message', said), part('Reply', reply ?? 'none'));
}

// In the order of time; an answer follows the request it belongs to.
function timed(attempt, messages) {
  const { requests, answers, tokens } = attempt;
  const asked = requests.filter(({ kind }) => kind === 'authorization');
  let used = 0;
  return [
    ...messages.map((message, index) =>
      [message.at, storageStep(message, index)]),
    ...requests.map((request, index) =>
      [request.at, requestStep(request, index)]),
    ...answers.map((answer, index) => [asked[index]?.at ?? '',
      answerStep(answer, index,
        answer.fields.id_token ? tokens[used++] : null)]),
  ].sort(([one], [other]) => one < other ? -1 : Number(one > other))
    .map(([, item]) => item);
}

function steps(attempt, messages) {
  const { login, returned } = attempt;
  return [
    step('login', login.method, 'The LMS begins the login',
      login.url.split('?')[0], part('Fields', login.fields)),
    ...timed(attempt, messages),
    ...(returned?.claims ? [step('content', 'JWT', 'What the tool returned',
      `${returned.items.length} items`, part('Header', returned.header),
      part('Claims', returned.claims))] : []),
  ];
}

export function showOutcome(holder, attempt) {
  const [kind, text] = states[attempt.state];
  const problems = [attempt.problem, ...attempt.returned?.problems ?? []]
    .filter(Boolean);
  holder.replaceChildren(
    el('p', {}, el('span', { class: `badge ${problems.length
      ? 'bad' : kind}` }, text), ` ${attempt.title}, ${attempt.user.name
      ?? 'nobody'}, ${attempt.message}`),
    ...(problems.length ? [el('ul', {}, ...problems.map((one) =>
      el('li', {}, one)))] : []));
}

export function showSteps(list, attempt, messages) {
  const open = new Set([...list.querySelectorAll('details[open]')].map(
    (details) => details.dataset.key));
  list.replaceChildren(...steps(attempt, messages));
  for (const details of list.querySelectorAll('details')) {
    details.open = open.has(details.dataset.key);
  }
}
