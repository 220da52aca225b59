// SPDX-License-Identifier: Apache-2.0
// Every way in which an LMS's services can be made to misbehave. They stay
// with the site until they are changed again.

import { isObject } from './templates.js';
import { isTransport } from './send.js';

export const brokenTransports = [
  'never-answers', 'stalls-after-headers', 'drips', 'closes', 'close-midway',
  'oversize', 'endless-chunked', 'lying-length-long', 'lying-length-short',
  'gzip',
];

export const serviceKinds = ['token', 'lineitems', 'lineitem', 'scores',
  'results', 'memberships'];

const row = (group, name, about, values) =>
  ({ group, name, about, values, of: 'services' });

export const serviceSwitchList = [
  row('Access tokens', 'tokenAnswer', 'How a token is answered',
    ['normal', 'lower-case', 'no-scope', 'no-type', 'expires-text',
      'expires-missing', 'expires-short', 'invalid-scope', 'error-400',
      'error-401', 'html-500', 'not-json', 'empty', 'array', 'no-token',
      'control-token', 'huge-token', ...brokenTransports]),
  row('Access tokens', 'tokenDelay', 'Wait, in milliseconds', 'number'),
  row('Access tokens', 'tokenLifetime', 'Life in seconds', 'number'),

  row('Calls', 'serviceAnswer', 'How a call is answered',
    ['normal', 'status-401', 'status-401-once', 'status-403', 'status-404',
      'status-409', 'status-422', 'status-429', 'status-500', 'status-503',
      'redirect-302', 'not-json', 'empty', 'html-200', 'deep', 'array',
      'object', ...brokenTransports]),
  row('Calls', 'on', 'Only calls of this kind are answered so', serviceKinds),
  row('Calls', 'times', 'Only so many times', 'number'),
  row('Calls', 'retryAfter', 'Retry-After: seconds or a date', 'text'),
  row('Calls', 'serviceDelay', 'Wait, in milliseconds', 'number'),
  row('Calls', 'scoreStatus', 'Status of a good score',
    ['profile', '200', '201', '202', '204']),
  row('Calls', 'timestampRule', 'How a score\u2019s time is judged',
    ['profile', 'strict', 'seconds', 'off']),
  row('Calls', 'mediaTypes', 'How media types are judged',
    ['profile', 'exact', 'strict', 'off']),
  row('Calls', 'down', 'The services are down', ['no', 'yes']),

  row('Lists', 'linkForm', 'Form of the Link header',
    ['profile', 'straight', 'curly', 'curly-escaped', 'unquoted',
      'single-quoted', 'upper-case', 'several-in-one', 'several-headers', 'relation-list',
      'relative', 'extra-parameters', 'none']),
  row('Lists', 'paging', 'Where the next page is',
    ['profile', 'always', 'loop', 'foreign', 'endless', 'other-path',
      'huge-header']),
  row('Lists', 'pageSize', 'Entries on a page', 'number'),
  row('Lists', 'differences', 'A link to what changed since',
    ['no', 'yes']),
];

const byName = new Map(serviceSwitchList.map((entry) => [entry.name, entry]));

export const usualWish = () => ({
  tokenAnswer: 'normal', tokenDelay: 0, tokenLifetime: null, tokenLeft: null,
  tokenSeconds: 2, serviceDelay: 0, scoreStatus: 'profile',
  timestampRule: 'profile', mediaTypes: 'profile', down: false,
  linkForm: 'profile', paging: 'profile', pageSize: 2, differences: false,
  forced: [],
});

const wrong = (name, value) =>
  new Error(`switch ${name} cannot be ${JSON.stringify(value)}`);

// 'yes' and 'no' are what the form of a page gives.
function checked(name, value) {
  const { values } = byName.get(name);
  if (values.includes?.('yes')) {
    if (typeof value === 'boolean') return value;
    if (value === 'yes' || value === 'no') return value === 'yes';
    throw wrong(name, value);
  }
  const fits = values === 'number' ? Number.isFinite(value) && value >= 0
    : values === 'text' ? ['string', 'number'].includes(typeof value)
      : values.includes(String(value)) || /^status-[1-5]\d\d$/.test(value);
  if (!fits) throw wrong(name, value);
  return value;
}

// {answer | status, on, times, retryAfter}, or the name alone.
function forcedAnswer(given) {
  const wish = isObject(given) ? given : { answer: given };
  const answer = wish.status ? `status-${wish.status}`
    : wish.answer ?? wish.serviceAnswer ?? 'normal';
  checked('serviceAnswer', answer);
  if (wish.on !== undefined) checked('on', wish.on);
  const once = answer === 'status-401-once';
  return { answer: once ? 'status-401' : answer, on: wish.on ?? null,
    left: wish.times ?? (once ? 1 : Infinity),
    retryAfter: wish.retryAfter ?? null };
}

const limits = ['on', 'times', 'retryAfter', 'status'];

function setForced(wish, { serviceAnswer, ...rest }) {
  const shared = Object.fromEntries(limits.filter((name) =>
    rest[name] !== undefined).map((name) => [name, rest[name]]));
  const list = [serviceAnswer ?? {}].flat().map((one) =>
    ({ ...shared, ...(isObject(one) ? one : { answer: one }) }));
  wish.forced = list.map(forcedAnswer).filter(({ answer }) =>
    answer !== 'normal');
}

function setToken(wish, value) {
  const given = isObject(value) ? value : { answer: value };
  wish.tokenAnswer = checked('tokenAnswer', given.answer ?? 'normal');
  wish.tokenLeft = given.times ?? Infinity;
  wish.tokenSeconds = given.seconds ?? 2;
}

function setPaging(wish, value) {
  const given = isObject(value) ? value : { form: value };
  wish.paging = checked('paging', given.form ?? 'always');
  if (given.pageSize !== undefined) wish.pageSize = given.pageSize;
}

// null puts one back to what is usual; null alone puts back all.
export function changeWish(site, changes) {
  if (changes === null) {
    site.wish = usualWish();
    return site.wish;
  }
  const { serviceAnswer, tokenAnswer, paging, ...others } = changes;
  const usual = usualWish();
  for (const [name, value] of Object.entries(others)) {
    if (limits.includes(name)) continue;
    if (!byName.has(name)) throw new Error(`services have no ${name}`);
    site.wish[name] = value === null || value === undefined
      ? usual[name] : checked(name, value);
  }
  if (tokenAnswer !== undefined) setToken(site.wish, tokenAnswer ?? 'normal');
  if (paging !== undefined) setPaging(site.wish, paging ?? 'profile');
  if (serviceAnswer !== undefined || limits.some((name) => name in others)) {
    setForced(site.wish, { ...others,
      serviceAnswer: serviceAnswer ?? undefined });
  }
  return site.wish;
}

// The misbehaviour meant for this call, counted; null when there is none.
export function takeForced(wish, kind) {
  const one = wish.forced.find(({ on, left }) =>
    left > 0 && (on === null || on === kind));
  if (!one) return null;
  one.left -= 1;
  return one;
}

export function takeTokenAnswer(wish) {
  if (wish.tokenAnswer === 'normal' || wish.tokenLeft <= 0) return 'normal';
  wish.tokenLeft -= 1;
  return wish.tokenAnswer;
}

const text = (status, body, headers = {}) => ({ status, body,
  headers: { 'content-type': 'text/plain; charset=utf-8', ...headers } });

const deep = `${'['.repeat(5000)}${']'.repeat(5000)}`;
const spoilt = { 'not-json': '{"a": 1, ', empty: '', deep,
  'html-200': '<!DOCTYPE html><title>Log in</title><form></form>',
  array: '[{"unexpected":true}]', object: '{"unexpected":true}' };

// An answer in place of the LMS's own; then the LMS keeps nothing.
export function refusedBySwitch({ answer, retryAfter }, elsewhere) {
  const retry = retryAfter === null ? {} : { 'retry-after': `${retryAfter}` };
  const status = /^status-(\d+)$/.exec(answer)?.[1];
  if (status) {
    return text(Number(status), 'The testbed was told to answer so', retry);
  }
  return answer === 'redirect-302'
    ? text(302, '', { location: elsewhere, ...retry }) : null;
}

// The LMS's own answer, spoilt; it has kept what was asked of it.
export function spoiltBySwitch({ answer: form }, answer) {
  if (isTransport(form)) return { ...answer, transport: form };
  if (!(form in spoilt)) return answer;
  const type = form === 'html-200'
    ? { 'content-type': 'text/html; charset=utf-8' } : {};
  return { ...answer, body: spoilt[form],
    headers: { ...answer.headers, ...type } };
}
