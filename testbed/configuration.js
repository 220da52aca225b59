// SPDX-License-Identifier: Apache-2.0
// The OpenID configuration document: who may read it, what is in it, and how
// it is spoilt when a switch says so.

import { configurationRefusals } from './refusals.js';
import { isTransport } from './send.js';
import { ELSEWHERE } from './origins.js';
import {
  fill, isObject, mergePatch, PLATFORM_CONFIGURATION,
} from './templates.js';

const oldKey = `${PLATFORM_CONFIGURATION} `;

const platformPart = (document) =>
  document[PLATFORM_CONFIGURATION] ?? document[oldKey];

function shapeScopes(document, form) {
  const full = document.scopes_supported ?? [];
  if (form === 'openid-only') document.scopes_supported = ['openid'];
  if (form === 'missing') delete document.scopes_supported;
  if (form === 'full') {
    document.scopes_supported = [...new Set([...full, ...commonScopes])];
  }
  if (form === 'vendor-extras') {
    document.scopes_supported =
      [...full, 'https://vendor.example/lti/scope/secret-sauce'];
  }
}

const ags = 'https://purl.imsglobal.org/spec/lti-ags/scope/';
const commonScopes = [
  `${ags}lineitem`, `${ags}lineitem.readonly`, `${ags}result.readonly`,
  `${ags}score`,
  'https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly',
];

const typeOf = (message) => isObject(message) ? message.type : message;

const messageForms = {
  objects: (list) => list.map((message) =>
    isObject(message) ? message : { type: message }),
  strings: (list) => list.map(typeOf),
  'empty-placements': (list) => list.map((message) =>
    ({ type: typeOf(message), placements: [] })),
  'no-deep-linking': (list) => list.filter((message) =>
    !String(typeOf(message)).includes('DeepLink')),
  'unknown-only': () => [{ type: 'ContextLaunchRequest' }],
  missing: () => undefined,
};

function shapePlatform(document, switches) {
  const part = platformPart(document);
  if (messageForms[switches.messages]) {
    part.messages_supported =
      messageForms[switches.messages](part.messages_supported);
  }
  const form = switches.platformKey;
  if (form === 'no-version') delete part.version;
  if (form === 'no-family') delete part.product_family_code;
  if (!['normal', 'trailing-space', 'missing'].includes(form)) return;
  delete document[PLATFORM_CONFIGURATION];
  delete document[oldKey];
  if (form === 'normal') document[PLATFORM_CONFIGURATION] = part;
  if (form === 'trailing-space') document[oldKey] = part;
}

const endpointMembers = ['registration_endpoint', 'authorization_endpoint',
  'token_endpoint', 'jwks_uri'];

const onHost = (url, host) =>
  url.replace(/^\{\{[\w:.-]+\}\}|^https?:\/\/[^/]+/, host);

function moveEndpoints(document, form) {
  const move = (members, host) => members
    .filter((member) => member in document)
    .forEach((member) => {
      document[member] = onHost(document[member], host);
    });
  if (form === 'same-host') move(endpointMembers, '{{config}}');
  if (form === 'three-hosts') {
    move(['registration_endpoint'], '{{movedSchool}}');
    move(endpointMembers.slice(1), '{{movedSso}}');
  }
  if (form === 'endpoint-query') {
    document.registration_endpoint += '?tenant=a%2Fb&flag';
  }
  if (form === 'foreign') {
    document.registration_endpoint =
      '{{elsewhere}}/collect?exchange={{exchange}}';
  }
}

function placeSecret(document, switches) {
  if (!['config-query', 'endpoint-query'].includes(switches.token)) return;
  const joint = document.registration_endpoint.includes('?') ? '&' : '?';
  document.registration_endpoint += `${joint}registrationToken={{token}}`;
}

const authorizationServers = {
  absent: () => undefined,
  url: () => '{{config}}/auth/token',
  'bare-host': () => '{{bare:config}}',
};

export function buildDocument(exchange, names) {
  const { switches, profileData } = exchange;
  let document = structuredClone(profileData.document);
  shapeScopes(document, switches.scopes);
  shapePlatform(document, switches);
  moveEndpoints(document, switches.endpoints);
  placeSecret(document, switches);
  if (authorizationServers[switches.authorizationServer]) {
    document.authorization_server =
      authorizationServers[switches.authorizationServer]();
  }
  if (isObject(switches.issuer)) document.issuer = switches.issuer.literal;
  if (switches.patchConfiguration) {
    document = mergePatch(document, switches.patchConfiguration);
  }
  return fill({ ...document, ...switches.setConfiguration }, names);
}

// Bytes that no JSON.stringify would give.
const bytes = {
  'not-json': (text) => text.slice(0, -1),
  'html-login': () => '<!DOCTYPE html><html><head><title>Log in</title>'
    + '</head><body><form action="/login" method="post">'
    + '<input name="password" type="password"></form></body></html>',
  empty: () => '',
  array: (text) => `[${text}]`,
  'duplicate-keys': (text) =>
    text.replace(/^\{/, '{"issuer":"https://first.example",'),
  deep: (text) => text.replace(/\}$/,
    `,"deep":${'['.repeat(100)}${']'.repeat(100)}}`),
  bom: (text) => `\ufeff${text}`,
  'invalid-utf8': (text) => Buffer.concat([
    Buffer.from(text.slice(0, -1)), Buffer.from(',"name":"'),
    Buffer.from([0xc3, 0x28, 0xff]), Buffer.from('"}')]),
  nul: (text) => text.replace(/\}$/, ',"name":"a\\u0000b"}'),
  'lone-surrogate': (text) => text.replace(/\}$/, ',"name":"\\ud800"}'),
  'huge-number': (text) => text.replace(/\}$/, ',"size":1e99999}'),
  'trailing-garbage': (text) => `${text} {"issuer":"https://second.example"}`,
};

function redirectTarget(form, names) {
  const next = `configuration?exchange=${names.exchange}`;
  return {
    'redirect-same': `${names.configurationUrl}${
      names.configurationUrl.includes('?') ? '&' : '?'}moved=1`,
    'redirect-other': `${names.elsewhere}/${next}`,
    'redirect-http': `http://${ELSEWHERE}:${names.port}/${next}`,
  }[form];
}

const secretBody = JSON.stringify({ error: 'not found',
  trace: 'password=hunter2-must-not-leak' });

export function configurationAnswer(exchange, names, moved) {
  const { switches } = exchange;
  const form = moved ? 'normal' : switches.configuration;
  const text = switches.rawConfiguration
    ?? JSON.stringify(buildDocument(exchange, names));
  const answer = {
    status: 200,
    headers: { 'content-type': exchange.profileData.configuration.contentType
      ?? 'application/json' },
    body: text,
    delay: switches.configurationDelay,
  };
  if (form.startsWith('redirect-')) {
    const location = redirectTarget(form, names);
    return { ...answer, status: 302, body: '',
      headers: location ? { location } : {} };
  }
  if (form.startsWith('secret-')) {
    return { ...answer, status: Number(form.slice(7)), body: secretBody };
  }
  if (form === 'wrong-content-type' || form === 'html-login') {
    answer.headers = { 'content-type': 'text/html; charset=utf-8' };
  }
  if (bytes[form]) answer.body = bytes[form](text);
  if (isTransport(form)) answer.transport = form;
  return answer;
}

// Who may read: gives null or the answer of a refusal.
export function accessProblem(exchange, request) {
  const { configAccess } = exchange.switches;
  const secret = request.query.get('registration_token')
    ?? request.query.get('registrationToken');
  if (configAccess === 'four-parameters') {
    const missing = ['clientId', 'key', 'issuerURL', 'deploymentId']
      .find((name) => !request.query.get(name));
    return missing ? configurationRefusals.plain(`Missing ${missing}`) : null;
  }
  if (configAccess === 'open') return null;
  const form = exchange.profileData.configuration.refusal ?? 'rfc7591';
  if (exchange.token.text !== null && secret !== exchange.token.text) {
    return configurationRefusals[form]();
  }
  if (configAccess === 'one-shot' && exchange.configurationReads > 0) {
    return configurationRefusals[form]();
  }
  return null;
}
