// SPDX-License-Identifier: Apache-2.0
// A launch attempt: what the LMS knows of it, and the login initiation with
// which it begins. The tool's part is in authorization.js and, when content
// comes back, deep_linking.js.

import { randomBytes, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { changeKeySet } from './key_set.js';
import { namesOfPerson, tokenParts } from './id_token.js';
import { personOf } from './people.js';
import { findProfile } from './profiles.js';
import { enrol } from './service_claims.js';
import { serviceSite } from './service_book.js';
import { serviceNames } from './service_profile.js';
import { changeWish } from './service_switches.js';
import { isLaunchSwitch, resolveSwitches } from './switches.js';
import { fill, fillValues } from './templates.js';
import { signToken } from './token_signing.js';
import {
  deploymentOf, findTool, newDeployment, ownActivity,
} from './tools.js';
import { randomLetters } from './tokens.js';

const LONG_HINT = 6000;

const options = new Set(['user', 'message', 'resourceLink', 'target',
  'custom', 'deployment', 'loginChange', 'mutate', 'raw', 'switches',
  'placement', 'presentation', 'activity', 'forUser', 'history']);

// A switch may be given beside the options or under `switches`. undefined
// is an option not given.
function sortOptions(given) {
  const wish = { switches: { ...given.switches } };
  for (const [name, value] of Object.entries(given)) {
    if (name === 'switches' || value === undefined) continue;
    if (options.has(name)) wish[name] = value;
    else if (isLaunchSwitch(name)) wish.switches[name] = value;
    else throw new Error(`a launch has no option ${name}`);
  }
  return wish;
}

const digits = (length) =>
  Array.from(randomBytes(length), (byte) => byte % 10).join('');

const hints = {
  none: () => undefined,
  moodle: (lms, { message, link: { number } }) =>
    message === 'LtiDeepLinkingRequest'
      ? JSON.stringify({ launchid:
        `ltilaunch_ContentItemSelectionRequest${digits(9)}` })
      : JSON.stringify({ cmid: number + 1,
        launchid: `ltilaunch${number}_${digits(10)}` }),
  key: () => randomBytes(16).toString('hex'),
  odd: () => `{"q":"a+b&c=d/%20","u":"\u00fc\u2013\u4e2d","r":"${digits(9)}"}`,
  long: () => randomLetters(LONG_HINT),
  jwt: (lms, attempt) => opaqueJwt(lms, {
    verifier: randomBytes(32).toString('hex'),
    canvas_domain: attempt.names['bare:config'],
    context_type: 'Course', context_id: attempt.names['context.id'],
    include_storage_target: true }),
};

// Signed with a secret of the LMS: to a tool it is any text.
function opaqueJwt(lms, claims) {
  const now = Math.floor(lms.clock() / 1000);
  return new SignJWT({ ...claims, jti: randomUUID(), iat: now,
    exp: now + 300 }).setProtectedHeader({ typ: 'JWT', alg: 'HS256' })
    .sign(lms.secret);
}

function linkOf(wish, activity) {
  const own = { id: activity.linkId, number: activity.number,
    title: activity.title, text: activity.text };
  const given = wish.resourceLink;
  if (given === undefined) return own;
  return typeof given === 'string' ? { ...own, id: given }
    : { ...own, ...given, text: given.description ?? given.text ?? own.text };
}

function activityOf(lms, wish, tool) {
  if (!wish.activity) return ownActivity(lms, tool);
  const found = lms.book.activities.get(wish.activity.id ?? wish.activity);
  if (!found || found.toolId !== tool.id) throw new Error('no such activity');
  return found;
}

function deploymentFor(wish, tool) {
  if (wish.deployment === 'new') return newDeployment(tool);
  return wish.deployment ?? deploymentOf(tool);
}

const messageOf = (tool, type) =>
  (Array.isArray(tool.messages) ? tool.messages : []).findLast((message) =>
    message?.type === type) ?? {};

// Every {{name}} of the profile's launch part.
async function namesOf(lms, attempt) {
  const { tool, user, link, launch } = attempt;
  const names = {
    ...serviceNames(lms, tool, launch.context, link.id),
    ...namesOfPerson(user),
    issuer: tool.issuer, client: tool.client_id,
    'tool.name': String(tool.name ?? ''),
    deployment: attempt.deployment, target: attempt.target,
    'link.id': link.id, 'link.number': String(link.number),
    placement: attempt.placement, presentation: attempt.presentation,
    session: attempt.session, uuid: randomUUID(), attempt: attempt.id,
    jwt: await opaqueJwt(lms, { content_item_id: link.number }),
  };
  names['user.sub'] = user.sub
    ?? fillValues(launch.idToken.claims.sub, names);
  names.memberships = launch.services.memberships
    ? fill(launch.services.memberships, names) : undefined;
  return names;
}

function rolesOf(launch, user) {
  if (user.roles) return user.roles;
  return launch.roles[user.role] ?? [];
}

// Everything but the login; the book does not know it yet.
export async function makeAttempt(lms, wanted, given = {}) {
  const tool = findTool(lms, wanted);
  const wish = sortOptions(given);
  const { profile, switches } = resolveSwitches(findProfile(tool.profile),
    wish.switches);
  const { launch } = profile;
  const activity = activityOf(lms, wish, tool);
  const user = personOf(wish.user ?? 'teacher');
  const message = wish.message ?? 'LtiResourceLinkRequest';
  const asked = messageOf(tool, message);
  const attempt = {
    id: `${lms.book.attempts.size + 1}-${randomBytes(5).toString('hex')}`,
    profile: tool.profile, siteKey: tool.siteKey, site: tool.site,
    profileData: profile, launch, tool, switches, given: wish.switches,
    user, subjectUser: personOf(wish.forUser ?? 'student'), message,
    activity, link: linkOf(wish, activity), roles: rolesOf(launch, user),
    target: wish.target ?? (activity.url || asked.target_link_uri
      || tool.target_link_uri),
    history: { context: [], link: [], ...wish.history },
    custom: { ...tool.custom_parameters, ...asked.custom_parameters,
      ...activity.custom, ...wish.custom },
    deployment: deploymentFor(wish, tool),
    placement: wish.placement ?? launch.placements?.[0],
    presentation: wish.presentation ?? 'iframe',
    session: randomLetters(10),
    mutate: wish.mutate, raw: wish.raw, loginChange: wish.loginChange,
    startedAt: new Date(lms.clock()).toISOString(),
    state: 'begun', problem: null, requests: [], answers: [], tokens: [],
    hint: null, hintUses: 0, returned: null, back: null,
  };
  attempt.names = await namesOf(lms, attempt);
  if (user.sub !== undefined) {
    const patch = { sub: user.sub, ...switches.claims };
    attempt.switches = { ...switches, claims: patch };
  }
  enrol(lms, attempt);
  return attempt;
}

const headerIn = (text) =>
  JSON.parse(Buffer.from(text.split('.')[0], 'base64url').toString('utf8'));

// Gives {text, claims, header, nonce} and keeps it in the attempt.
export async function mintIdToken(lms, attempt, nonce) {
  const { claims, header } = tokenParts(lms, attempt, nonce);
  const signed = await signToken(lms, attempt, claims, header);
  const text = attempt.raw ? await attempt.raw(signed) : signed;
  const token = { text, claims, header: headerIn(signed), nonce };
  attempt.tokens.push(token);
  return token;
}

const deploymentFields = ['lti_deployment_id', 'deployment_id'];
const deploymentForms = { both: deploymentFields, none: [],
  lti_deployment_id: ['lti_deployment_id'],
  deployment_id: ['deployment_id'] };

function placeDeployment(fields, attempt) {
  const wanted = deploymentForms[attempt.switches.loginDeployment];
  if (!wanted) return;
  deploymentFields.forEach((name) => delete fields[name]);
  wanted.forEach((name) => {
    fields[name] = attempt.deployment;
  });
}

function placeStorage(fields, { switches: { storageTarget } }) {
  if (storageTarget === 'profile') return;
  if (storageTarget === 'absent') delete fields.lti_storage_target;
  else fields.lti_storage_target = storageTarget;
}

function changeFields(fields, change) {
  const result = typeof change === 'function'
    ? change(fields) ?? fields : { ...fields, ...change };
  return Object.fromEntries(Object.entries(result)
    .filter(([, value]) => value !== null && value !== undefined));
}

function loginFields(attempt) {
  const { launch, names, switches } = attempt;
  const fields = fillValues(launch.login.fields,
    { ...names, hint: attempt.hint ?? undefined });
  if (attempt.hint) fields.lti_message_hint = attempt.hint;
  if (switches.loginClient === 'absent') delete fields.client_id;
  if (switches.loginClient === 'present') fields.client_id = names.client;
  placeDeployment(fields, attempt);
  placeStorage(fields, attempt);
  return changeFields(fields, attempt.loginChange);
}

export function asQuery(fields) {
  return Object.entries(fields).flatMap(([name, value]) =>
    [value].flat().map((one) =>
      `${encodeURIComponent(name)}=${encodeURIComponent(one)}`)).join('&');
}

function loginOf(attempt) {
  const fields = loginFields(attempt);
  const { loginMethod } = attempt.switches;
  const method = loginMethod === 'profile'
    ? attempt.launch.login.method : loginMethod;
  const address = attempt.tool.initiate_login_uri;
  const joint = address.includes('?') ? '&' : '?';
  return method === 'GET'
    ? { method, url: `${address}${joint}${asQuery(fields)}`, form: null,
      fields }
    : { method, url: address, form: fields, fields };
}

// The key set is the site's, so these stay until another launch changes them.
async function setKeySet(lms, { siteKey, launch: { keySet }, given }) {
  const { keySetShape: shape, keySetAnswer: answer, keySetCache } = given;
  await changeKeySet(lms, siteKey, {
    ...(shape ? { shape: shape === 'profile'
      ? keySet?.shape ?? [] : shape } : {}),
    ...(answer ? { answer } : {}),
    ...(keySetCache === undefined ? {} : { cacheControl: keySetCache }),
  });
}

// The oldest go when there are more than lms.keepLaunches.
function keepAttempt({ book: { handles, attempts }, keepLaunches }, attempt) {
  attempt.handles = [attempt.hint, attempt.session, attempt.names.jwt,
    attempt.launch.login.hint === 'none' && attempt.login.fields.login_hint]
    .filter(Boolean).map((text) => `${attempt.siteKey} ${text}`);
  for (const handle of attempt.handles) handles.set(handle, attempt);
  attempts.set(attempt.id, attempt);
  if (attempts.size <= keepLaunches) return;
  const [oldest] = attempts.values();
  attempts.delete(oldest.id);
  for (const handle of oldest.handles) {
    if (handles.get(handle) === oldest) handles.delete(handle);
  }
}

export async function launch(lms, wanted, given) {
  const attempt = await makeAttempt(lms, wanted, given);
  const { messageHint } = attempt.switches;
  const form = messageHint === 'profile'
    ? attempt.launch.login.hint : messageHint;
  attempt.hint = await hints[form](lms, attempt) ?? null;
  attempt.login = loginOf(attempt);
  await setKeySet(lms, attempt);
  if (attempt.given.services) {
    changeWish(serviceSite(lms, attempt.siteKey), attempt.given.services);
  }
  keepAttempt(lms, attempt);
  return attempt;
}

// A token for anything, of no attempt that the book knows.
export async function tokenFor(lms, wanted, { nonce, ...given } = {}) {
  const attempt = await makeAttempt(lms, wanted, given);
  return (await mintIdToken(lms, attempt, nonce ?? randomUUID())).text;
}
