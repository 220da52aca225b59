// SPDX-License-Identifier: Apache-2.0
// What a registration endpoint may demand, one function a rule. A profile
// lists the rules its LMS has, with parameters; each rule gives the problems
// it found: [{member, text}].

import { isEmpty, isObject, memberName, pick } from './templates.js';

const problem = (member, text) => ({ member, text });
const ok = [];

function forEachMember(request, members, judge) {
  return members.flatMap((member) => {
    const value = pick(request, member);
    return value === undefined ? ok : judge(value, member);
  });
}

function required(request, { members, phpEmpty = false }) {
  return members
    .filter((member) => {
      const value = pick(request, member);
      return phpEmpty ? isEmpty(value) : value === undefined || value === null;
    })
    .map((member) => problem(member, `${memberName(member)} is required`));
}

function type(request, { member, is, minItems = 0 }) {
  const value = pick(request, member);
  if (value === undefined) return ok;
  const actual = Array.isArray(value) ? 'array' : typeof value;
  if (actual !== is) {
    return [problem(member, `${memberName(member)} must be of type ${is}`)];
  }
  if (is === 'array' && value.length < minItems) {
    return [problem(member, `${memberName(member)} must not be empty`)];
  }
  return ok;
}

function contains(request, { member, values }) {
  const given = pick(request, member);
  const missing = values.filter((value) =>
    !Array.isArray(given) || !given.includes(value));
  return missing.map((value) =>
    problem(member, `${memberName(member)} must contain ${value}`));
}

function equals(request, { member, value, optional = false }) {
  const given = pick(request, member);
  if (given === undefined && optional) return ok;
  return given === value
    ? ok
    : [problem(member, `${memberName(member)} must be ${value}`)];
}

function hostOf(url) {
  try {
    return new URL(url).host;
  } catch {
    return null;
  }
}

const withoutWww = (host) => String(host).toLowerCase().replace(/^www\./, '');

function targetLinkInDomain(request) {
  const domain = pick(request, 'tool.domain');
  const target = pick(request, 'tool.target_link_uri');
  if (isEmpty(target)) return ok;
  return withoutWww(hostOf(target)) === withoutWww(domain)
    ? ok
    : [problem('tool.domain', 'target_link_uri is not on domain')];
}

function bareDomain(request) {
  const domain = pick(request, 'tool.domain');
  if (domain === undefined) return ok;
  return typeof domain === 'string' && /^[\w.-]+(:\d+)?$/.test(domain)
    ? ok
    : [problem('tool.domain', 'domain must be a host without a scheme')];
}

const messagesOf = (request) => {
  const messages = pick(request, 'tool.messages');
  return Array.isArray(messages) ? messages : [];
};

function messagesKnown(request, { types }) {
  return messagesOf(request)
    .filter((message) => !types.includes(message?.type))
    .map((message) => problem('tool.messages',
      `message type ${JSON.stringify(message?.type)} is not known`));
}

function placementsKnown(request, { names, prefix, also }) {
  const bare = (placement) => String(placement).startsWith(prefix)
    ? placement.slice(prefix.length) : placement;
  const known = new Set([...names, ...also]);
  return messagesOf(request)
    .flatMap((message) => message?.placements ?? [])
    .filter((placement) => !known.has(bare(placement)))
    .map((placement) => problem('tool.messages',
      `placement ${JSON.stringify(placement)} is not known`));
}

function stringValues(request, { member }) {
  const value = pick(request, member);
  if (value === undefined) return ok;
  if (!isObject(value)) {
    return [problem(member, `${memberName(member)} must be an object`)];
  }
  return Object.entries(value)
    .filter(([, item]) => typeof item !== 'string')
    .map(([key]) => problem(member,
      `${memberName(member)}.${key} must be a string`));
}

function scopesKnown(request, { also = [] }, { scopesKnownHere }) {
  const asked = String(request.scope ?? '').split(' ').filter(Boolean);
  const known = new Set([...scopesKnownHere, ...also]);
  const unknown = asked.filter((scope) => !known.has(scope));
  return unknown.length === 0
    ? ok
    : [problem('scope', `Invalid scopes: ${unknown.join(', ')}`)];
}

// A testbed started on plain http takes http tools on this machine too:
// else nothing could be tried without certificates.
function secureUrl(url, lms) {
  let parsed;
  try {
    parsed = new URL(url);
  } catch {
    return false;
  }
  if (parsed.protocol === 'https:') return true;
  const local = /^(localhost|.+\.localhost|127\.0\.0\.1)$/;
  return lms.origins.scheme === 'http' && parsed.protocol === 'http:'
    && local.test(parsed.hostname);
}

function httpsUrls(request, { members }, { lms }) {
  return forEachMember(request, members, (value, member) =>
    [value].flat().filter((url) => !secureUrl(url, lms)).map(() =>
      problem(member, `${memberName(member)} must be an https URL`)));
}

function exactUrls(request, { member }) {
  return [pick(request, member) ?? []].flat()
    .filter((url) => String(url).includes('*'))
    .map(() => problem(member, `${memberName(member)} takes no wildcard`));
}

function maxLength(request, { members, max }) {
  return forEachMember(request, members, (value, member) =>
    String(value).length <= max ? ok : [problem(member,
      `${memberName(member)} is longer than ${max} characters`)]);
}

function joinedMaxLength(request, { member, max }) {
  const value = pick(request, member);
  if (!Array.isArray(value) || value.join('\n').length <= max) return ok;
  return [problem(member,
    `${memberName(member)} together are longer than ${max} characters`)];
}

function customMaxLength(request, { max }) {
  const custom = pick(request, 'tool.custom_parameters');
  if (!isObject(custom)) return ok;
  const lines = Object.entries(custom).map(([key, value]) =>
    `${key}=${value}`);
  return lines.join('\n').length <= max ? ok : [problem(
    'tool.custom_parameters',
    `custom_parameters are longer than ${max} characters`)];
}

const others = ({ lms, exchange }) => lms.book.toolsOf(exchange.siteKey);

function uniqueDomain(request, parameters, context) {
  const domain = pick(request, 'tool.domain');
  const taken = others(context).some((tool) =>
    tool.state === 'active' && tool.domain === domain);
  return taken
    ? [problem('tool.domain', 'domain is used by an enabled registration')]
    : ok;
}

function uniqueName(request, parameters, context) {
  const taken = others(context).some((tool) =>
    tool.name === request.client_name);
  return taken
    ? [problem('client_name', 'client_name is used by a registration')] : ok;
}

async function keySetAnswers(request, parameters, { fetchKeySet }) {
  const fault = await fetchKeySet(request.jwks_uri);
  return fault ? [problem('jwks_uri', `jwks_uri: ${fault}`)] : ok;
}

export const rules = {
  required, type, contains, equals, targetLinkInDomain, bareDomain,
  messagesKnown, placementsKnown, stringValues, scopesKnown, httpsUrls,
  exactUrls, maxLength, joinedMaxLength, customMaxLength, uniqueDomain,
  uniqueName, keySetAnswers,
};

// Every rule in the profile's order; stops at the first that fails unless
// the LMS reports all it found (Canvas).
export async function judge(request, context) {
  const found = [];
  const { rules: wanted, refusals } = context.exchange.profileData;
  for (const { rule, code, ...parameters } of wanted) {
    const problems = await rules[rule](request, parameters, context);
    found.push(...problems.map((entry) => ({ ...entry, rule,
      code: code?.replace('{name}', memberName(entry.member)) })));
    if (found.length > 0 && !refusals.reportsAll) break;
  }
  return found;
}
