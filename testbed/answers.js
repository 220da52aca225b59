// SPDX-License-Identifier: Apache-2.0
// The answer of an LMS that accepts a registration, and what the LMS keeps.

import { randomBytes, randomUUID } from 'node:crypto';
import {
  fill, isEmpty, isObject, mergePatch, phpJson, pick, TOOL_CONFIGURATION,
} from './templates.js';
import { randomLetters } from './tokens.js';

const SPEC = 'https://purl.imsglobal.org/spec/';
const AGS = `${SPEC}lti-ags/scope/`;

// Moodle keeps two service levels, not scopes, and answers what they give.
function moodleScopes(asked) {
  const grades = ['score', 'result.readonly', 'lineitem.readonly'];
  const others = [`${SPEC}lti-nrps/scope/contextmembership.readonly`,
    `${SPEC}lti-ts/scope/toolsetting`];
  const full = asked.includes(`${AGS}lineitem`);
  const some = full || grades.some((name) => asked.includes(AGS + name));
  return [
    ...(some ? grades.map((name) => AGS + name) : []),
    ...(full ? [`${AGS}lineitem`] : []),
    ...others.filter((scope) => asked.includes(scope)),
  ];
}

const grants = {
  moodle: moodleScopes,
  asked: (asked) => asked,
  supported: (asked, known) =>
    asked.filter((scope) => known.includes(scope)),
};

export function grantedScopes(exchange, request, known) {
  const asked = String(request.scope ?? '').split(' ').filter(Boolean);
  return grants[exchange.profileData.answer.grants](asked, known);
}

function moodleClaims(claims, always) {
  const asked = Array.isArray(claims) ? claims : [];
  const name = ['name', 'family_name', 'given_name'];
  const withName = always || name.some((claim) => asked.includes(claim));
  const withMail = always || asked.includes('email');
  return ['sub', 'iss', ...(withName ? name : []),
    ...(withMail ? ['email'] : [])];
}

function moodleCustom(custom) {
  if (!isObject(custom)) return {};
  // Moodle cuts a value at its second equals sign when it echoes it.
  return Object.fromEntries(Object.entries(custom).map(([key, value]) =>
    `${key}=${value}`.split('=').slice(0, 2)));
}

function moodleTool(request, old) {
  const tool = request[TOOL_CONFIGURATION] ?? {};
  const links = (tool.messages ?? []).filter((message) =>
    message?.type === 'LtiDeepLinkingRequest');
  return {
    ...(old ? {} : { version: '1.3.0' }),
    target_link_uri: isEmpty(tool.target_link_uri)
      ? `https://${tool.domain}` : tool.target_link_uri,
    domain: tool.domain,
    description: tool.description ?? '',
    ...(links.length > 0 ? { messages: [{ type: 'LtiDeepLinkingRequest',
      target_link_uri: links.at(-1).target_link_uri ?? '' }] } : {}),
    custom_parameters: moodleCustom(tool.custom_parameters),
    claims: moodleClaims(tool.claims, old),
  };
}

function rebuilt(request, old) {
  return {
    response_types: ['id_token'],
    jwks_uri: request.jwks_uri,
    initiate_login_uri: request.initiate_login_uri,
    grant_types: ['client_credentials', 'implicit'],
    redirect_uris: request.redirect_uris,
    application_type: old ? ['web'] : 'web',
    token_endpoint_auth_method: 'private_key_jwt',
    client_name: request.client_name,
    logo_uri: request.logo_uri ?? '',
    [TOOL_CONFIGURATION]: moodleTool(request, old),
  };
}

const bases = {
  moodle: (request) => rebuilt(request, false),
  'moodle-3.10': (request) => rebuilt(request, true),
  echo: (request) => structuredClone(request),
};

const newClientIds = {
  subject: (exchange) => exchange.subject,
  decimal: (exchange, number) => `1${String(number).padStart(13, '0')}`,
  guid: () => randomUUID(),
  alphanumeric: () => randomLetters(15),
};

export function newClientId(exchange, number) {
  return newClientIds[exchange.profileData.answer.clientId](exchange, number);
}

const newDeploymentIds = {
  counter: (number) => String(number),
  one: () => '1',
  canvas: (number) => `${number}:${randomBytes(20).toString('hex')}`,
  guid: () => randomUUID(),
};

export function newDeploymentId(exchange, number) {
  return newDeploymentIds[exchange.profileData.answer.deploymentId](number);
}

const clientIdForms = {
  profile: (id) => id,
  number: () => 7,
  object: (id) => ({ id }),
  array: (id) => [id],
  null: () => null,
  missing: () => undefined,
  empty: () => '',
  long: () => 'x'.repeat(300),
  control: (id) => `${id}\r\nX-Injected: 1`,
  existing: (id, existing) => existing ?? id,
};

export function spokenClientId(exchange, id, existing) {
  const form = exchange.switches.clientId;
  return isObject(form) ? form.literal : clientIdForms[form](id, existing);
}

function placeDeployment(body, exchange, tool) {
  const id = tool.deployment_id;
  switch (exchange.switches.deployment) {
  case 'tool-configuration':
    body[TOOL_CONFIGURATION] = { ...body[TOOL_CONFIGURATION],
      deployment_id: id };
    return;
  case 'top':
    body.deployment_id = id;
    return;
  case 'number':
    body[TOOL_CONFIGURATION] = { ...body[TOOL_CONFIGURATION],
      deployment_id: 7 };
    return;
  }
}

function phpArrays(value) {
  if (Array.isArray(value)) return value.map(phpArrays);
  if (!isObject(value)) return value;
  const entries = Object.entries(value);
  if (entries.length === 0) return [];
  return Object.fromEntries(entries.map(([key, item]) =>
    [key, phpArrays(item)]));
}

const scopeForms = {
  granted: (scopes) => scopes.join(' '),
  empty: () => '',
  missing: () => undefined,
  reduced: (scopes) => scopes.slice(0, 1).join(' '),
};

const secretExtras = (names) => ({
  client_secret: 'client-secret-must-not-leak',
  client_secret_expires_at: 0,
  registration_access_token: 'registration-access-token-must-not-leak',
  registration_client_uri: `${names.registration}/client`,
});

export function successBody(exchange, request, tool, names) {
  const { switches, profileData } = exchange;
  const { base, add = {} } = profileData.answer;
  let body = { client_id: tool.spoken, ...bases[base](request),
    ...fill(add.top ?? {}, names) };
  body.client_id = tool.spoken;
  body.scope = scopeForms[switches.scope](tool.scopes);
  body[TOOL_CONFIGURATION] = { ...body[TOOL_CONFIGURATION],
    ...fill(add.tool ?? {}, names) };
  placeDeployment(body, exchange, tool);
  if (switches.redirectUris === 'changed') {
    body.redirect_uris = ['https://changed.example/launch'];
  }
  if (switches.extras === 'secret-and-management') {
    Object.assign(body, secretExtras(names));
  }
  if (switches.emptyObjects === 'php-array') body = phpArrays(body);
  if (switches.patchAnswer) body = mergePatch(body, switches.patchAnswer);
  return { ...body, ...switches.setAnswer };
}

export function writeBody(exchange, body) {
  return exchange.profileData.answer.encoding === 'php'
    ? phpJson(body) : JSON.stringify(body);
}

// What the LMS's own pages show of a registered tool.
export function toolFrom(exchange, request) {
  const tool = pick(request, 'tool') ?? {};
  return {
    name: request.client_name,
    icon: request.logo_uri ?? null,
    domain: tool.domain,
    target_link_uri: tool.target_link_uri,
    description: tool.description ?? '',
    messages: tool.messages ?? [],
    claims: tool.claims ?? [],
    custom_parameters: tool.custom_parameters ?? {},
    redirect_uris: request.redirect_uris,
    initiate_login_uri: request.initiate_login_uri,
    jwks_uri: request.jwks_uri,
  };
}
