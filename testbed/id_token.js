// SPDX-License-Identifier: Apache-2.0
// What an LMS says in an ID token: the members of every message, then what
// this LMS adds, then what switches change.

import { serviceClaims } from './service_claims.js';
import { newDeployment } from './tools.js';
import { fillValues, isObject, mergePatch } from './templates.js';

const LTI = 'https://purl.imsglobal.org/spec/lti/claim/';
const DL = 'https://purl.imsglobal.org/spec/lti-dl/claim/';
const MEMBERSHIP = 'http://purl.imsglobal.org/vocab/lis/v2/membership#';
const A_DAY = 86_400;
const LONG = 300;

const link = ({ link: { id, title, text } }) =>
  ({ [`${LTI}resource_link`]: { title, description: text, id } });

function forUser({ subjectUser: user, names, launch }) {
  return { [`${LTI}for_user`]: {
    user_id: fillValues(launch.idToken.claims.sub,
      { ...names, ...namesOfPerson(user) }),
    name: user.name, given_name: user.given_name,
    family_name: user.family_name, email: user.email,
    roles: launch.roles[user.role] ?? [],
  } };
}

function settings({ launch, names }) {
  const { returnUrl, data, settings: own } = launch.deepLinking;
  return { [`${DL}deep_linking_settings`]: fillValues({ ...own,
    deep_link_return_url: returnUrl,
    ...(data ? { data } : {}) }, names) };
}

// Each message's own claims; a message not named here is shaped as a launch.
const messages = {
  LtiResourceLinkRequest: link,
  LtiDeepLinkingRequest: settings,
  LtiSubmissionReviewRequest: (attempt) =>
    ({ ...link(attempt), ...forUser(attempt) }),
  DataPrivacyLaunchRequest: forUser,
};

export const messageNames = Object.keys(messages);

export function namesOfPerson(user) {
  const entries = Object.entries(user).map(([name, value]) =>
    [`user.${name}`, value ?? undefined]);
  return { 'user.email': undefined, 'user.name': undefined,
    'user.given_name': undefined, 'user.family_name': undefined,
    ...Object.fromEntries(entries) };
}

const nameClaims = ['name', 'given_name', 'family_name'];

// An LMS with privacy rules gives what the tool asked for, and nothing else.
function allowedPeople(attempt, people) {
  const { tool, launch, switches } = attempt;
  const asked = launch.privacy === 'claims' && Array.isArray(tool.claims)
    ? tool.claims : null;
  const may = (form, wanted) => form === 'present'
    || (form !== 'absent' && (!asked || wanted.some((name) =>
      asked.includes(name))));
  const names = may(switches.names, nameClaims);
  const email = switches.email === 'empty' || may(switches.email, ['email']);
  return Object.fromEntries(Object.entries(people).filter(([name]) =>
    name === 'email' ? email
      : nameClaims.includes(name) ? names : !asked || asked.includes(name)));
}

function peopleClaims(attempt) {
  const people = fillValues(attempt.launch.idToken.people, attempt.names);
  const allowed = allowedPeople(attempt, people);
  return attempt.switches.email === 'empty'
    ? { ...allowed, email: '' } : allowed;
}

const PLATFORM = 'https://purl.imsglobal.org/spec/lti-platform-configuration';

// Of what a course and a link were copied; only an LMS that lists the variable
// knows it.
function historyVariables({ profileData, history }) {
  const listed = profileData.document[PLATFORM]?.variables ?? [];
  const lists = { 'Context.id.history': history.context,
    'ResourceLink.id.history': history.link };
  return Object.fromEntries(Object.entries(lists)
    .filter(([name]) => listed.includes(name))
    .map(([name, ids]) =>
      [`$${name}`, ids.map(encodeURIComponent).join(',')]));
}

// The variables most tools ask for; any other stays as it was written.
function variables({ user, names, link: { id, title, text }, roles }) {
  return {
    '$User.id': names['user.sub'], '$User.username': user.username,
    '$Person.name.full': user.name, '$Person.name.given': user.given_name,
    '$Person.name.family': user.family_name,
    '$Person.email.primary': user.email,
    '$Context.id': names['context.id'],
    '$Context.title': names['context.title'],
    '$Context.label': names['context.label'],
    '$CourseSection.title': names['context.title'],
    '$ResourceLink.id': id, '$ResourceLink.title': title,
    '$ResourceLink.description': text,
    '$Membership.role': roles.join(','),
  };
}

function customClaim(attempt) {
  const known = { ...variables(attempt), ...historyVariables(attempt) };
  const own = fillValues(attempt.launch.idToken.custom ?? {}, attempt.names);
  const entries = Object.entries({ ...attempt.custom, ...own })
    .map(([key, value]) => [key, known[value] ?? value]);
  return entries.length === 0 ? {}
    : { [`${LTI}custom`]: Object.fromEntries(entries) };
}

function contextClaim({ launch, message }) {
  if (message === 'DataPrivacyLaunchRequest') return {};
  const { number, ...context } = launch.context;
  return { [`${LTI}context`]: context };
}

function times({ launch, switches }, now) {
  const { nbf } = switches;
  const own = nbf === 'present' || (nbf === 'profile' && launch.idToken.nbf);
  return {
    iat: now, exp: now + (switches.lifetime ?? launch.idToken.life),
    ...(own ? { nbf: now } : nbf === 'future' ? { nbf: now + A_DAY } : {}),
  };
}

// What the LMS would say if no switch but those of names were set.
function ordinaryClaims(lms, attempt, nonce) {
  const { tool, launch, names, message } = attempt;
  const presentation = fillValues(launch.idToken.presentation, names);
  return {
    nonce,
    ...times(attempt, Math.floor(lms.clock() / 1000)),
    iss: tool.issuer,
    aud: tool.client_id,
    ...(launch.idToken.azp ? { azp: tool.client_id } : {}),
    [`${LTI}deployment_id`]: attempt.deployment,
    [`${LTI}target_link_uri`]: attempt.target,
    ...fillValues(launch.idToken.claims, names),
    [`${LTI}roles`]: attempt.roles,
    ...contextClaim(attempt),
    [`${LTI}message_type`]: message,
    ...(messages[message] ?? link)(attempt),
    ...peopleClaims(attempt),
    [`${LTI}launch_presentation`]: presentation,
    [`${LTI}version`]: '1.3.0',
    ...customClaim(attempt),
    ...serviceClaims(lms, attempt),
  };
}

const audiences = {
  text: (client) => client,
  list: (client) => [client],
  'list-with-another': (client) => [client, 'https://other.example'],
  other: () => 'somebody-else',
  'empty-list': () => [],
  number: () => 7,
  object: (client) => ({ client }),
  absent: () => undefined,
};
const deployments = {
  colon: (id) => `106:${Buffer.from(`${id}`).toString('hex')}`,
  absent: () => undefined,
  empty: () => '',
  long: () => 'd'.repeat(LONG),
  number: () => 7,
  new: (id, tool) => newDeployment(tool),
};
const subjects = { absent: () => undefined, empty: () => '',
  long: () => 's'.repeat(LONG) };
const roleLists = {
  none: () => [],
  absent: () => undefined,
  short: () => ['Instructor'],
  unknown: () => ['http://example.org/roles#Wizard', `${MEMBERSHIP}Other`],
  several: (own) => [...own, `${MEMBERSHIP}Instructor#TeachingAssistant`,
    'http://purl.imsglobal.org/vocab/lis/v2/institution/person#Staff'],
};

// The switches of single claims: the claim, the switch, its forms.
const formRows = [
  ['aud', 'audience', audiences],
  [`${LTI}deployment_id`, 'deploymentForm', deployments],
  ['sub', 'subject', subjects],
  [`${LTI}roles`, 'roles', roleLists],
  ['azp', 'azp', { absent: () => undefined, other: () => 'somebody-else',
    present: (own, tool) => tool.client_id }],
];

function formed(attempt, claims) {
  const result = { ...claims };
  for (const [claim, name, forms] of formRows) {
    const form = forms[attempt.switches[name]];
    if (form) result[claim] = form(result[claim], attempt.tool);
  }
  return result;
}

// undefined removes as null does, so that a test may write either.
const asPatch = (patch) => isObject(patch)
  ? Object.fromEntries(Object.entries(patch).map(([key, value]) =>
    [key, value === undefined ? null : asPatch(value)])) : patch;

export function tokenParts(lms, attempt, nonce) {
  const { switches, mutate } = attempt;
  const claims = {
    ...mergePatch(formed(attempt, ordinaryClaims(lms, attempt, nonce)),
      asPatch(switches.claims ?? {})),
    ...switches.setClaims,
  };
  const header = mergePatch({ typ: 'JWT' }, asPatch(switches.header ?? {}));
  const given = structuredClone({ claims, header });
  const other = mutate?.(given.claims, given.header);
  return { claims: other?.claims ?? given.claims,
    header: other?.header ?? given.header };
}
