// SPDX-License-Identifier: Apache-2.0
// Every way in which an exchange or a launch can be made to differ from what
// its profile does. A profile's own "switches" are the defaults; those given
// at the start are laid over them. The pages and the README read this list.

import { keySetAnswers, keySetShapes } from './key_set.js';
import { brokenTransports as broken } from './service_switches.js';
import { isObject, mergePatch } from './templates.js';
import { signings } from './token_signing.js';

const row = (group, name, about, values) =>
  ({ group, name, about, values, of: 'registration' });
const launchRow = (group, name, about, values) =>
  ({ group, name, about, values, of: 'launch' });

export const switchList = [
  row('Start', 'token', 'Where the registration token is',
    ['param-jwt', 'param-ts-uuid', 'config-query', 'endpoint-query', 'none']),
  row('Start', 'tokenFault', 'What is wrong with the token',
    ['none', 'expired', 'used', 'foreign']),
  row('Start', 'rawToken', 'Exactly this text as registration_token', 'text'),
  row('Start', 'rawConfigurationUrl',
    'Exactly this text as openid_configuration', 'text'),
  row('Start', 'launchMethod', 'How the frame is opened', ['GET', 'POST']),
  row('Start', 'launchJoin', 'What joins the parameters to the tool URL',
    ['query', 'ampersand']),
  row('Start', 'opens', 'Where the tool is opened', ['iframe', 'window']),

  row('Configuration', 'configAccess', 'Who may read the document',
    ['open', 'token', 'one-shot', 'four-parameters']),
  row('Configuration', 'issuer', 'The issuer in the document',
    ['profile', 'same', 'path', 'pinned', 'unknown', 'trailing-slash',
      'not-url', 'someone-elses']),
  row('Configuration', 'endpoints', 'Hosts of the endpoints',
    ['profile', 'same-host', 'three-hosts', 'endpoint-query', 'foreign']),
  row('Configuration', 'authorizationServer', 'authorization_server',
    ['profile', 'absent', 'url', 'bare-host']),
  row('Configuration', 'messages', 'Form of messages_supported',
    ['profile', 'objects', 'strings', 'empty-placements', 'no-deep-linking',
      'unknown-only', 'missing']),
  row('Configuration', 'platformKey', 'The platform-configuration member',
    ['profile', 'normal', 'trailing-space', 'missing', 'no-version',
      'no-family']),
  row('Configuration', 'scopes', 'scopes_supported',
    ['profile', 'full', 'openid-only', 'missing', 'vendor-extras']),
  row('Configuration', 'patchConfiguration',
    'JSON merge patch (RFC 7396) on the document', 'json'),
  row('Configuration', 'setConfiguration',
    'Top-level members set to exactly these values, null included', 'json'),
  row('Configuration', 'rawConfiguration', 'Exactly this body', 'text'),
  row('Configuration', 'configurationDelay', 'Wait, in milliseconds',
    'number'),
  row('Configuration', 'configuration', 'How the document is answered',
    ['normal', 'not-json', 'html-login', 'empty', 'array', 'secret-404',
      'secret-500', 'redirect-same', 'redirect-other', 'redirect-http',
      'redirect-no-location', 'duplicate-keys', 'deep', 'bom',
      'invalid-utf8', 'nul', 'lone-surrogate', 'huge-number',
      'trailing-garbage', 'wrong-content-type', ...broken]),

  row('Registration', 'rules', 'Whether the LMS enforces its rules',
    ['enforced', 'off']),
  row('Registration', 'answer', 'How the registration is answered',
    ['normal', 'rfc-400', 'errors-422', 'error-message-401', 'plain-400',
      'html-500', 'forbidden-empty', 'redirect-302', 'secret-500',
      'not-json', 'html-200', 'empty', 'array', 'deep', ...broken]),
  row('Registration', 'answerStatus', 'Status of a success', 'number'),
  row('Registration', 'answerDelay', 'Wait, in milliseconds', 'number'),
  row('Registration', 'rawAnswer', 'Exactly this body', 'text'),
  row('Registration', 'patchAnswer',
    'JSON merge patch (RFC 7396) on the answer', 'json'),
  row('Registration', 'setAnswer',
    'Top-level members set to exactly these values, null included', 'json'),
  row('Registration', 'deployment', 'Where deployment_id is',
    ['tool-configuration', 'top', 'absent', 'number']),
  row('Registration', 'clientId', 'Form of client_id',
    ['profile', 'number', 'object', 'array', 'null', 'missing', 'empty',
      'long', 'control', 'existing']),
  row('Registration', 'redirectUris', 'redirect_uris in the answer',
    ['echoed', 'changed']),
  row('Registration', 'scope', 'scope in the answer',
    ['granted', 'empty', 'missing', 'reduced']),
  row('Registration', 'emptyObjects', 'Empty objects in the answer',
    ['object', 'php-array']),
  row('Registration', 'extras', 'Secrets in the answer',
    ['none', 'secret-and-management']),

  row('End', 'closeListener', 'Whose close message counts',
    ['any', 'registration-origin']),

  launchRow('Login', 'loginMethod', 'How the login is begun',
    ['profile', 'GET', 'POST']),
  launchRow('Login', 'loginDeployment', 'The deployment in the login',
    ['profile', 'lti_deployment_id', 'deployment_id', 'both', 'none']),
  launchRow('Login', 'loginClient', 'client_id in the login',
    ['profile', 'present', 'absent']),
  launchRow('Login', 'messageHint', 'Form of lti_message_hint',
    ['profile', 'moodle', 'jwt', 'key', 'odd', 'long', 'none']),
  launchRow('Login', 'storageTarget', 'lti_storage_target in the login',
    ['profile', '_parent', 'post_message_forwarding', 'absent']),

  launchRow('Authorization', 'authorizationRules',
    'Whether the LMS checks the authorization request',
    ['enforced', 'off']),
  launchRow('Authorization', 'error', 'Answer with this error',
    ['none', 'login_required', 'interaction_required', 'invalid_request',
      'unauthorized_client', 'launch_no_longer_valid', 'access_denied']),
  launchRow('Authorization', 'authorizationState', 'state in the answer',
    ['echoed', 'absent', 'changed']),

  launchRow('ID token', 'lifetime', 'Seconds from iat to exp', 'number'),
  launchRow('ID token', 'audience', 'Form of aud',
    ['profile', 'text', 'list', 'list-with-another', 'other', 'empty-list',
      'number', 'object', 'absent']),
  launchRow('ID token', 'azp', 'azp',
    ['profile', 'present', 'absent', 'other']),
  launchRow('ID token', 'nbf', 'nbf',
    ['profile', 'present', 'absent', 'future']),
  launchRow('ID token', 'email', 'The person\u2019s e-mail',
    ['profile', 'present', 'absent', 'empty']),
  launchRow('ID token', 'names', 'The person\u2019s names',
    ['profile', 'present', 'absent']),
  launchRow('ID token', 'subject', 'sub',
    ['profile', 'absent', 'empty', 'long']),
  launchRow('ID token', 'deploymentForm', 'Form of the deployment id',
    ['profile', 'colon', 'absent', 'empty', 'long', 'number', 'new']),
  launchRow('ID token', 'roles', 'The person\u2019s roles',
    ['profile', 'none', 'absent', 'short', 'unknown', 'several']),
  launchRow('ID token', 'claims', 'JSON merge patch (RFC 7396) on the claims',
    'json'),
  launchRow('ID token', 'setClaims',
    'Claims set to exactly these values, null included', 'json'),
  launchRow('ID token', 'header', 'JSON merge patch on the token\u2019s header',
    'json'),
  launchRow('ID token', 'sign', 'How it is signed', signings),
  launchRow('ID token', 'kid',
    'kid in its header: profile, none, unknown, or this text', 'text'),

  launchRow('Key set', 'keySetShape', 'Form of the keys', keySetShapes),
  launchRow('Key set', 'keySetAnswer', 'How the key set is answered',
    [...keySetAnswers, ...broken]),
  launchRow('Key set', 'keySetCache', 'Cache-Control of the key set', 'text'),

  launchRow('Storage', 'storage', 'The LMS\u2019s storage for the tool',
    ['profile', 'parent', 'frame', 'off', 'error', 'silent',
      'wrong-origin']),

  launchRow('Services', 'services',
    'Switches of the services, as the gradebook has them', 'json'),
];

const byName = new Map(switchList.map((entry) => [entry.name, entry]));

const defaults = {
  tokenFault: 'none', launchMethod: 'GET', launchJoin: 'query',
  opens: 'iframe', configAccess: 'open', token: 'param-jwt',
  issuer: 'profile', endpoints: 'profile', authorizationServer: 'profile',
  messages: 'profile', platformKey: 'profile', scopes: 'profile',
  configuration: 'normal', configurationDelay: 0, rules: 'enforced',
  answer: 'normal', answerStatus: 200, answerDelay: 0,
  deployment: 'tool-configuration', clientId: 'profile',
  redirectUris: 'echoed', scope: 'granted', emptyObjects: 'object',
  extras: 'none', closeListener: 'any',
  loginMethod: 'profile', loginDeployment: 'profile', loginClient: 'profile',
  messageHint: 'profile', storageTarget: 'profile',
  authorizationRules: 'enforced', error: 'none', authorizationState: 'echoed',
  audience: 'profile', azp: 'profile', nbf: 'profile', email: 'profile',
  names: 'profile', subject: 'profile', deploymentForm: 'profile',
  roles: 'profile', sign: 'profile', kid: 'profile', storage: 'profile',
};

// issuer and clientId also take {literal: any JSON value}; an error and a
// storage target any text.
const takesLiteral = new Set(['issuer', 'clientId']);
const takesText = new Set(['error', 'storageTarget']);

function checkSwitch(name, value) {
  const entry = byName.get(name);
  if (!entry) throw new Error(`unknown switch ${name}`);
  if (takesLiteral.has(name) && isObject(value) && 'literal' in value) return;
  if (takesText.has(name) && typeof value === 'string') return;
  const fits = {
    text: () => typeof value === 'string',
    number: () => Number.isFinite(value),
    json: () => isObject(value),
  }[entry.values] ?? (() => entry.values.includes(value));
  if (!fits()) {
    throw new Error(`switch ${name} cannot be ${JSON.stringify(value)}`);
  }
}

// switches.profile is laid over the profile itself, for what no switch names.
export function resolveSwitches(profile, given = {}) {
  const { profile: patch = {}, ...named } = given;
  const patched = mergePatch(profile, patch);
  const wanted = { ...patched.switches, ...named };
  for (const [name, value] of Object.entries(wanted)) checkSwitch(name, value);
  return { profile: patched, switches: { ...defaults, ...wanted } };
}

export const isLaunchSwitch = (name) => byName.get(name)?.of === 'launch';
