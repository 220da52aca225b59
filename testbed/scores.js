// SPDX-License-Identifier: Apache-2.0
// Scores that a tool gives, and the results an LMS makes of them.

import { findItem, itemAddress, json, readJson } from './line_items.js';
import { pageOf } from './paging.js';
import { findPerson, isGradable } from './roster.js';
import { mediaTypes } from './service_profile.js';
import { refuse } from './service_refusals.js';
import { fill, isObject } from './templates.js';

const A_SECOND = 1000;
const DECIMALS = 100_000;

const activities = ['Initialized', 'Started', 'InProgress', 'Submitted',
  'Completed'];
const gradings = ['FullyGraded', 'Pending', 'PendingManual', 'Failed',
  'NotReady'];
const timeForm = new RegExp('^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}'
  + '(:\\d{2}([.,]\\d+)?)?(Z|[+-]\\d{2}(:?\\d{2})?)$');

const required = ['userId', 'timestamp', 'activityProgress',
  'gradingProgress'];

const isNumber = (value) => typeof value === 'number'
  && Number.isFinite(value);

function scoreProblem(score, { checksProgress }) {
  if (!isObject(score)) return 'The body is not a JSON object';
  const missing = required.find((name) => typeof score[name] !== 'string'
    || score[name] === '');
  if (missing) return `${missing} is missing`;
  if (score.scoreGiven !== undefined
    && !(isNumber(score.scoreGiven) && score.scoreGiven >= 0)) {
    return 'scoreGiven is not a number from 0 up';
  }
  if (!checksProgress) return null;
  if (!activities.includes(score.activityProgress)) {
    return 'activityProgress is none of the known';
  }
  return gradings.includes(score.gradingProgress) ? null
    : 'gradingProgress is none of the known';
}

function maximumProblem(score) {
  if (score.scoreMaximum === undefined) {
    return score.scoreGiven === undefined ? null
      : 'scoreMaximum is missing beside scoreGiven';
  }
  return isNumber(score.scoreMaximum) && score.scoreMaximum > 0 ? null
    : 'scoreMaximum is not a number above 0';
}

export function timeOf(text) {
  if (!timeForm.test(text)) return null;
  const time = Date.parse(text.replace(',', '.'));
  return Number.isNaN(time) ? null : time;
}

// Fractions of a millisecond count too: a tool may send more digits than
// Date can hold.
function finer(text) {
  const digits = /[.,]\d{3}(\d+)/.exec(text)?.[1] ?? '';
  return Number(`0.${digits || 0}`);
}

function isLate({ wish, services }, old, time, text) {
  const rule = wish.timestampRule === 'profile'
    ? services.timestamps : wish.timestampRule;
  if (!old || rule === 'off') return false;
  if (rule === 'seconds') {
    return Math.floor(time / A_SECOND) <= Math.floor(old.time / A_SECOND);
  }
  const ahead = time - old.time || finer(text) - finer(old.timestamp);
  return rule === 'same-allowed' ? ahead < 0 : ahead <= 0;
}

// Moodle keeps five decimals of a grade; more would only be noise here.
const rounded = (value) => Math.round(value * DECIMALS) / DECIMALS;

function resultScore({ services }, item, score) {
  if (score.scoreGiven === undefined
    || !services.graded.includes(score.gradingProgress)) return undefined;
  const scaled = rounded(score.scoreGiven * item.body.scoreMaximum
    / score.scoreMaximum);
  return services.capsScores ? Math.min(scaled, item.body.scoreMaximum)
    : scaled;
}

function keep(call, item, score, time) {
  const old = item.results.get(score.userId);
  item.results.set(score.userId, {
    number: old?.number ?? item.results.size + 1, userId: score.userId,
    resultScore: resultScore(call, item, score), comment: score.comment,
    timestamp: score.timestamp, time, activityProgress:
      score.activityProgress, gradingProgress: score.gradingProgress,
    extensions: Object.fromEntries(Object.entries(score).filter(([name]) =>
      name.startsWith('https://'))),
  });
  return item.results.get(score.userId);
}

function accepted(call, item, result) {
  const { services, wish } = call;
  const status = wish.scoreStatus === 'profile' ? services.scoreStatus
    : Number(wish.scoreStatus);
  const type = { 'content-type': `${mediaTypes.scores}; charset=utf-8` };
  if (!services.scoreAnswer) {
    return { status, headers: status === 204 ? {} : type, body: '' };
  }
  const names = resultNames(call, item, result);
  return { status, headers: type, body: status === 204 ? ''
    : JSON.stringify(fill(services.scoreAnswer, names)) };
}

export function scoresAnswer(call) {
  const { item, refusal } = findItem(call);
  if (refusal) return refusal;
  call.entry.lineItem = itemAddress(call, item).url;
  call.entry.key = item.id;
  const score = call.entry.body;
  const problem = scoreProblem(score, call.services);
  if (problem) return refuse(call, 'body', problem);
  const maximum = maximumProblem(score);
  if (maximum) return refuse(call, 'maximum', maximum);
  const time = timeOf(score.timestamp);
  if (time === null) {
    return refuse(call, 'stamp', 'timestamp is not ISO 8601 with a zone');
  }
  const person = findPerson(call.book, call.services.profile, score.userId);
  if (!isGradable(call.services.profile, person)) {
    return refuse(call, 'user', 'User not found in course or is not a student');
  }
  if (isLate(call, item.results.get(score.userId), time, score.timestamp)) {
    return refuse(call, 'late', `Provided timestamp of ${score.timestamp
    } before last updated timestamp`);
  }
  return accepted(call, item, keep(call, item, score, time));
}

export function scoreEntry({ record, at }) {
  const body = readJson(record);
  return { lineItem: record.url.replace(/\/scores(?=\?|$)/, ''),
    key: null, user: body?.userId ?? null, body: body ?? record.body, at,
    status: null };
}

function resultNames(call, item, result) {
  return { ...call.names, 'user.sub': result.userId,
    'item.id': item.id, 'item.path': itemAddress(call, item).path,
    'result.user': encodeURIComponent(result.userId),
    'result.number': String(result.number) };
}

const isoSeconds = (time) =>
  new Date(time).toISOString().replace(/\.\d+Z$/, '+00:00');

export function resultView(call, item, result) {
  const graded = result.resultScore !== undefined;
  const all = {
    id: fill(call.services.result.id, resultNames(call, item, result)),
    scoreOf: itemAddress(call, item).url, userId: result.userId,
    resultScore: result.resultScore,
    resultMaximum: graded ? item.body.scoreMaximum : undefined,
    comment: result.comment, timestamp: isoSeconds(result.time),
  };
  return Object.fromEntries(call.services.result.members.map((name) =>
    [name, all[name]]));
}

export function resultsAnswer(call) {
  const { item, refusal } = findItem(call);
  if (refusal) return refusal;
  const { parts, request: { query }, services } = call;
  const all = [...item.results.values()];
  const single = parts['result.id'];
  if (single !== undefined) {
    const one = all.find((result) => [String(result.number), result.userId]
      .includes(single));
    return one ? json(200, 'application/vnd.ims.lis.v2.result+json',
      resultView(call, item, one))
      : refuse(call, 'missing', 'There is no such result');
  }
  const wanted = query.has('user_id') ? all.filter((result) =>
    result.userId === query.get('user_id')) : all;
  const page = pageOf(call, wanted.length, services.paging.results);
  return json(200, mediaTypes.results, wanted.slice(page.from, page.to)
    .map((result) => resultView(call, item, result)), page.headers);
}
