// SPDX-License-Identifier: Apache-2.0
// What a profile says of its services, read once: its addresses as patterns,
// and the usual values of what it leaves out.

import { createHmac } from 'node:crypto';
import { findProfile } from './profiles.js';
import { mergePatch } from './templates.js';
import { namesOfTool } from './tools.js';

const AGS = 'https://purl.imsglobal.org/spec/lti-ags/scope/';
const NRPS =
  'https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly';

export const scopesNeeded = {
  read: [`${AGS}lineitem`, `${AGS}lineitem.readonly`],
  write: [`${AGS}lineitem`],
  scores: [`${AGS}score`],
  results: [`${AGS}result.readonly`],
  memberships: [NRPS],
  notices: ['https://purl.imsglobal.org/spec/lti/scope/noticehandlers'],
};

const ims = 'application/vnd.ims.';
export const mediaTypes = {
  lineitems: `${ims}lis.v2.lineitemcontainer+json`,
  lineitem: `${ims}lis.v2.lineitem+json`,
  scores: `${ims}lis.v1.score+json`,
  results: `${ims}lis.v2.resultcontainer+json`,
  memberships: `${ims}lti-nrps.v2.membershipcontainer+json`,
  notices: 'application/json',
};

const usual = {
  token: { audience: 'endpoint', contentType: 'application/json',
    ungranted: 'drop', refusedClient: 401, life: 3600, lifeMax: 360,
    keySetLife: 0, description: true },
  refusals: 'plain',
  codes: { token: 401, scope: 403, media: 415, accept: 406, body: 400,
    missing: 404, foreign: 404, link: 404, user: 422, stamp: 400, late: 409,
    method: 405, maximum: 400 },
  mediaTypes: 'strict',
  timestamps: 'strict',
  graded: ['FullyGraded'],
  checksProgress: true,
  scoreStatus: 200,
  item: { id: 'number', keepsAbsent: false, members: ['id', 'label',
    'scoreMaximum', 'resourceId', 'tag', 'resourceLinkId', 'startDateTime',
    'endDateTime', 'gradesReleased'], always: [] },
  result: { id: '{{item.path}}/results/{{result.user}}', members: ['id',
    'scoreOf', 'userId', 'resultScore', 'resultMaximum', 'comment'] },
  paging: {
    lineitems: { limit: 'limit', place: 'page', by: 'page', size: 0,
      relations: ['next'], form: 'straight', keeps: 'all' },
    results: { limit: 'limit', place: 'page', by: 'page', size: 0,
      relations: ['next'], form: 'straight', keeps: 'all' },
    memberships: { limit: 'limit', place: 'page', by: 'page', size: 0,
      relations: ['next'], form: 'straight', keeps: 'all' },
  },
  membership: { contentType: mediaTypes.memberships, id: 'address',
    context: { id: '{{context.id}}', label: '{{context.label}}',
      title: '{{context.title}}' },
    roles: 'full',
    member: { status: '{{member.status}}', name: '{{user.name}}',
      given_name: '{{user.given_name}}', family_name: '{{user.family_name}}',
      email: '{{user.email}}', user_id: '{{user.sub}}',
      lis_person_sourcedid: '{{user.username}}', roles: '{{member.roles}}' } },
};

const escaped = (text) => text.replace(/[.?+*()[\]^$|\\]/g, '\\$&');

function patternOf(template, tail = '') {
  const names = [];
  const path = template.replace(/^\{\{\w+\}\}/, '').split('?')[0];
  const source = path.split(/(\{\{[\w.]+\}\})/).map((part) => {
    if (!part.startsWith('{{')) return escaped(part);
    names.push(part.slice(2, -2));
    return '([^/]+)';
  }).join('');
  if (tail.includes('(')) names.push('result.id');
  return { regex: new RegExp(`^${source}${tail}$`), names };
}

function patternsOf({ lineitems, lineitem, linkItem, memberships, notices }) {
  const item = (template) => template ? [
    { kind: 'scores', ...patternOf(template, '/scores') },
    { kind: 'results', ...patternOf(template, '/results(?:/([^/]+))?') },
    { kind: 'lineitem', ...patternOf(template) }] : [];
  return [
    ...item(lineitem), ...item(linkItem),
    ...(lineitems ? [{ kind: 'lineitems', ...patternOf(lineitems) }] : []),
    ...(memberships
      ? [{ kind: 'memberships', ...patternOf(memberships) }] : []),
    ...(notices ? [{ kind: 'notices', ...patternOf(notices) }] : []),
  ];
}

const read = new WeakMap();

export function serviceProfile(profile) {
  let known = read.get(profile);
  if (!known) {
    const { services } = profile.launch;
    known = { ...mergePatch(usual, services), profile,
      patterns: patternsOf(services) };
    // Its own members stay in their own order.
    known.membership.member = services.membership?.member
      ?? usual.membership.member;
    read.set(profile, known);
  }
  return known;
}

const decoded = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

// {kind, parts} when the path is one of this LMS's services.
export function matchService({ patterns }, path) {
  for (const { kind, regex, names } of patterns) {
    const match = regex.exec(path);
    if (!match) continue;
    const parts = {};
    names.forEach((name, index) => {
      const text = match[index + 1];
      if (text !== undefined) parts[name] = decoded(text);
    });
    return { kind, parts };
  }
  return null;
}

// Sakai's signed placement: who holds it may ask about this course.
const signature = (lms, tool, course, link) => createHmac('sha256',
  lms.secret).update(JSON.stringify([tool.id, course, link])).digest('hex');

export function placementOf(lms, tool, course, link) {
  const plain = [signature(lms, tool, course, link), course, link];
  return plain.map((part) => encodeURIComponent(part)
    .replaceAll('%3A', ':')).join(':::');
}

export function readPlacement(lms, tool, text) {
  const [sign, course, ...rest] = text.split(':::');
  const link = rest.join(':::');
  return sign === signature(lms, tool, course, link) ? { course, link } : null;
}

export const contextNames = (context) => Object.fromEntries(
  Object.entries(context).map(([name, value]) => [`context.${name}`, value]));

// Every {{name}} of a service's address, for this tool and course.
export function serviceNames(lms, tool, context, link) {
  const { lineitems } = findProfile(tool.profile).launch.services;
  return { ...namesOfTool(lms, tool), number: String(tool.number),
    ...contextNames(context),
    ...(lineitems?.includes('{{signedPlacement}}') ? { signedPlacement:
      placementOf(lms, tool, context.id, link) } : {}) };
}
