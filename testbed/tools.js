// SPDX-License-Identifier: Apache-2.0
// The tools an LMS holds: found by whatever names them, added by hand, and
// the activities of a course that open them.

import { createHash } from 'node:crypto';
import { newClientId, newDeploymentId } from './answers.js';
import { namesOfHosts, siteHosts } from './origins.js';
import { findProfile } from './profiles.js';
import { fill } from './templates.js';
import { randomLetters } from './tokens.js';

const FIRST_LINK = 6;

const siteKeyOf = (profile, site) => site ? `${profile}@${site}` : profile;

// A tool, an exchange, its registration, an id or a client id.
export function findTool(lms, wanted) {
  const { tools } = lms.book;
  const given = wanted?.registration?.tool ?? wanted?.tool ?? wanted;
  const id = typeof given === 'string' ? given : given?.id;
  const found = tools.get(id) ?? [...tools.values()].findLast((tool) =>
    tool.client_id === id);
  if (!found) throw new Error('no LMS holds this tool');
  return found;
}

// A site is named by its tool or by 'moodle-4.5' or 'moodle-4.5@other'.
export function findSite(lms, wanted) {
  if (typeof wanted === 'string') {
    const [name] = wanted.split('@');
    try {
      findProfile(name);
      return wanted;
    } catch {
      return findTool(lms, wanted).siteKey;
    }
  }
  return findTool(lms, wanted).siteKey;
}

export function namesOfTool(lms, tool) {
  const names = namesOfHosts(lms.origins,
    siteHosts(findProfile(tool.profile), tool.site));
  return { ...names, config: names.config + (tool.base ?? '') };
}

// What a person types into the tool by hand.
export function endpointsOf(lms, tool) {
  const profile = findProfile(tool.profile);
  const { document, paths } = profile;
  const names = { ...namesOfTool(lms, tool), issuer: tool.issuer,
    key: '40', token: '' };
  const url = (member, path) =>
    fill(document[member] ?? `{{config}}${path}`, names);
  return {
    issuer: tool.issuer,
    authorization_endpoint: url('authorization_endpoint',
      paths.authorization),
    token_endpoint: url('token_endpoint', paths.token),
    jwks_uri: url('jwks_uri', paths.keys),
    ...(document.authorization_server ? { authorization_server:
      fill(document.authorization_server, names) } : {}),
  };
}

function clientIdFor(lms, profile) {
  const subject = profile.subject === 'uuid'
    ? crypto.randomUUID() : randomLetters(15);
  return newClientId({ profileData: profile, subject },
    lms.book.nextSerial());
}

export function addTool(lms, { profile: name, site = '', name: title,
  client_id, issuer, deployment_id, ...given }) {
  const profile = findProfile(name);
  const siteKey = siteKeyOf(name, site);
  const hosts = siteHosts(profile, site);
  lms.book.addHosts(Object.values(hosts), { profile: name, site });
  const number = lms.book.nextNumber(siteKey);
  const tool = {
    name: title ?? 'A tool added by hand', icon: null, domain: null,
    description: '', claims: null, custom_parameters: {}, messages: [],
    redirect_uris: [], jwks_uri: null, ...given,
    id: `${siteKey}-${number}`, number, siteKey, profile: name,
    title: profile.title, site, exchange: null,
    issuer: issuer ?? fill(profile.issuer, namesOfHosts(lms.origins, hosts)),
    client_id: client_id ?? clientIdFor(lms, profile),
    deployment_id: deployment_id
      ?? newDeploymentId({ profileData: profile }, number),
    scopes: given.scopes ?? [], state: 'active', updates: 0, byHand: true,
  };
  tool.endpoints = endpointsOf(lms, tool);
  lms.book.addTool(tool);
  return tool;
}

// Where the registration gave no deployment, the first launch makes one.
export function deploymentOf(tool) {
  tool.deployment_id ??= newDeploymentId(
    { profileData: findProfile(tool.profile) }, tool.number);
  return tool.deployment_id;
}

export const newDeployment = (tool) => newDeploymentId(
  { profileData: findProfile(tool.profile) }, tool.number);

function linkId(tool, counter) {
  const seed = createHash('sha1').update(`${tool.id}/${counter}`).digest('hex');
  return fill(findProfile(tool.profile).launch.link, {
    counter: String(counter), hex: seed,
    uuid: seed.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/,
      '$1-$2-$3-$4-'),
  });
}

export function addActivity(lms, tool, given = {}) {
  const counter = lms.book.activities.size + FIRST_LINK;
  const activity = {
    id: `a${counter}`, number: counter, toolId: tool.id,
    siteKey: tool.siteKey, title: given.title || String(tool.name ?? 'Tool'),
    text: given.text ?? '', url: given.url ?? null,
    custom: given.custom ?? {}, lineItem: given.lineItem ?? null,
    attempt: given.attempt ?? null, linkId: linkId(tool, counter),
  };
  lms.book.activities.set(activity.id, activity);
  return activity;
}

export const activitiesOf = (lms, tool) =>
  [...lms.book.activities.values()].filter((one) => one.toolId === tool.id);

// The link that the LMS makes of a tool by itself.
export function ownActivity(lms, tool) {
  return activitiesOf(lms, tool).find((one) => !one.attempt)
    ?? addActivity(lms, tool);
}
