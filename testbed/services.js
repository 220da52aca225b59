// SPDX-License-Identifier: Apache-2.0
// One call of a service: who asks, whether the access token allows it, what
// the LMS answers, what a switch makes of that.

import { lineItemAnswer, lineItemsAnswer } from './line_items.js';
import { membershipsAnswer } from './memberships.js';
import { noticeHandlersAnswer } from './notices.js';
import { findProfile } from './profiles.js';
import { resultsAnswer, scoreEntry, scoresAnswer } from './scores.js';
import {
  accessTokenOf, bookOf, holdsNow, note, serviceSite,
} from './service_book.js';
import {
  matchService, mediaTypes, readPlacement, scopesNeeded, serviceNames,
  serviceProfile,
} from './service_profile.js';
import { refuse } from './service_refusals.js';
import {
  refusedBySwitch, spoiltBySwitch, takeForced,
} from './service_switches.js';

const answers = {
  lineitems: lineItemsAnswer, lineitem: lineItemAnswer,
  scores: scoresAnswer, results: resultsAnswer,
  memberships: membershipsAnswer, notices: noticeHandlersAnswer,
};

const methods = {
  lineitems: { GET: 'read', POST: 'write' },
  lineitem: { GET: 'read', PUT: 'write', DELETE: 'write' },
  scores: { POST: 'scores' },
  results: { GET: 'results' },
  memberships: { GET: 'memberships' },
  notices: { GET: 'notices', PUT: 'notices' },
};

// The course of an address: by its own name, or inside a signed placement.
function courseOf(lms, tool, book, parts) {
  const { signedPlacement: placement } = parts;
  const named = placement === undefined
    ? parts['context.id'] ?? parts['context.number']
    : readPlacement(lms, tool, placement)?.course;
  return book.courses.get(named) ?? null;
}

function placeProblem({ tool, parts, course, kind }) {
  const { number } = parts;
  if (number !== undefined && number !== String(tool.number)) {
    return 'The address is another tool\u2019s';
  }
  return course === null && kind !== 'notices' ? 'There is no such course' : null;
}

const bodyType = { lineitems: 'lineitem', lineitem: 'lineitem',
  scores: 'scores', notices: 'notices' };

function fits(given, wanted, rule) {
  if (rule === 'exact') return given === wanted;
  return given.split(';')[0].trim().toLowerCase() === wanted;
}

const takesAny = (accept, wanted) => accept.split(',').some((range) =>
  ['*/*', 'application/*', wanted].includes(
    range.split(';')[0].trim().toLowerCase()));

// Moodle compares whole texts: neither a parameter nor a second type passes.
function takes(accept, wanted, rule) {
  if (accept === undefined || accept === '') return true;
  return rule === 'exact' ? accept === wanted || accept.includes('*/*')
    : takesAny(accept, wanted);
}

function mediaProblem({ services, wish, request, kind, parts }) {
  const rule = wish.mediaTypes === 'profile'
    ? services.mediaTypes : wish.mediaTypes;
  const { method, headers } = request;
  if (rule === 'off' || method === 'DELETE') return null;
  if (method !== 'GET') {
    return fits(headers['content-type'] ?? '', mediaTypes[bodyType[kind]],
      rule) ? null : 'media';
  }
  if (parts['result.id'] !== undefined) return null;
  return takes(headers.accept, mediaTypes[kind], rule) ? null : 'accept';
}

function judged(call) {
  const { lms, services, request, kind, token } = call;
  if (!holdsNow(lms, token)) {
    return refuse(call, 'token', 'The access token is missing, unknown or '
      + 'no longer valid');
  }
  const place = placeProblem(call);
  if (place) return refuse(call, 'missing', place);
  const need = methods[kind][request.method];
  if (!need) return refuse(call, 'method', 'This address takes no such method');
  if (!scopesNeeded[need].some((scope) => token.scopes.has(scope))) {
    return refuse(call, 'scope', 'The access token has not the scope for this');
  }
  const media = mediaProblem(call);
  if (media) {
    return refuse(call, media, media === 'media'
      ? 'The body is of another media type'
      : 'Accept names another media type');
  }
  return answers[kind](call);
}

// Whom a request without a known token is noted for: the tool its address
// names, else the newest of the site.
function guess(lms, siteKey, { number }) {
  const tools = lms.book.toolsOf(siteKey);
  return tools.find((tool) => String(tool.number) === number)
    ?? tools.at(-1) ?? null;
}

function callOf(lms, siteKey, request, record, services, { kind, parts }) {
  const token = accessTokenOf(lms, request.headers);
  const own = token?.tool.siteKey === siteKey ? token : null;
  const tool = own ? lms.book.tools.get(own.tool.id)
    : guess(lms, siteKey, parts);
  if (!tool) return null;
  const book = bookOf(lms, tool);
  const course = courseOf(lms, tool, book, parts);
  const call = { lms, siteKey, services, kind, parts, request, record, book,
    tool, token: own, course, at: record.at,
    wish: serviceSite(lms, siteKey).wish };
  call.names = { ...serviceNames(lms, tool, course ?? {}), ...parts };
  if (kind === 'scores') {
    call.entry = scoreEntry(call);
    book.scores.push(call.entry);
  }
  return call;
}

export const closed = { status: null, headers: {}, body: '',
  transport: 'closes' };

function answered(call) {
  const { wish, kind, names, record } = call;
  if (wish.down) return closed;
  const forced = takeForced(wish, kind);
  const instead = forced && refusedBySwitch(forced,
    names.elsewhere + new URL(record.url).pathname);
  if (instead) return instead;
  const own = judged(call);
  return forced ? spoiltBySwitch(forced, own) : own;
}

// Gives null when the path is none of this LMS's services.
export function serviceAnswer(lms, siteKey, request, record) {
  const services = serviceProfile(findProfile(siteKey.split('@')[0]));
  const found = matchService(services, request.path);
  if (!found) return null;
  record.kind = found.kind;
  const call = callOf(lms, siteKey, request, record, services, found);
  if (!call) {
    lms.book.strays.push(record);
    return refuse({ services, record }, 'token', 'No tool is known here');
  }
  note(call.book, record);
  const answer = answered(call);
  if (call.entry) call.entry.status = answer.status;
  return { ...answer, delay: call.wish.serviceDelay };
}

// A token that went where it should not: noted for the tool it was given to.
export function noteWanderer(lms, request, record, kind) {
  const token = accessTokenOf(lms, request.headers);
  if (!token) return false;
  record.kind = kind;
  note(bookOf(lms, token.tool), record);
  return true;
}
