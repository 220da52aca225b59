// SPDX-License-Identifier: Apache-2.0
// Begins an exchange: what the LMS does when its administrator presses "add".

import { randomBytes } from 'node:crypto';
import { movedHosts, namesOfHosts, siteHosts } from './origins.js';
import { findProfile } from './profiles.js';
import { resolveSwitches } from './switches.js';
import { fill, isObject } from './templates.js';
import { mintToken, randomLetters } from './tokens.js';

const BASE = '/lms';

function issuerOf(lms, exchange, origins) {
  const own = fill(exchange.profileData.issuer, origins);
  const form = exchange.switches.issuer;
  if (isObject(form)) return form.literal;
  const someone = exchange.hosts.config === 'moodle-45.localhost'
    ? 'sakai.localhost' : 'moodle-45.localhost';
  return {
    profile: own,
    same: origins.config,
    path: origins.config,
    pinned: 'https://canvas.instructure.com',
    unknown: 'https://lms.unknown.example',
    'trailing-slash': `${own}/`,
    'not-url': '123456',
    'someone-elses': lms.origins.origin(someone),
  }[form];
}

function originNames(lms, exchange) {
  const names = namesOfHosts(lms.origins,
    { ...exchange.hosts, ...movedHosts(exchange.hosts) });
  if (exchange.switches.issuer === 'path') names.config += BASE;
  return names;
}

// Every {{name}} a profile's texts may hold.
export function namesOf(lms, exchange) {
  const origins = originNames(lms, exchange);
  return {
    ...origins,
    port: String(lms.origins.port),
    exchange: exchange.id,
    issuer: exchange.issuer,
    key: exchange.key,
    uuid: exchange.uuid,
    token: encodeURIComponent(exchange.token?.text ?? ''),
    configurationUrl: exchange.configurationUrl,
    registration: origins.config
      + exchange.profileData.paths.registration.replace('{key}', exchange.key),
  };
}

const accessQuery = {
  open: () => ({}),
  token: (exchange) => ({ registration_token: exchange.token.text }),
  'one-shot': (exchange) => ({ registrationToken: exchange.token.text }),
  'four-parameters': (exchange) => ({ key: exchange.key,
    clientId: exchange.subject, issuerURL: exchange.issuer,
    deploymentId: '1' }),
};

function configurationUrl(lms, exchange) {
  const { config } = originNames(lms, exchange);
  const wanted = accessQuery[exchange.switches.configAccess](exchange);
  const query = Object.entries(wanted)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  const path = exchange.profileData.paths.configuration;
  return `${config}${path}${query ? `?${query}` : ''}`;
}

const placesAsParameter = (exchange) =>
  exchange.switches.token.startsWith('param-');

function launchFields(exchange) {
  const fields = { openid_configuration: exchange.switches.rawConfigurationUrl
    ?? exchange.configurationUrl };
  const token = exchange.switches.rawToken
    ?? (placesAsParameter(exchange) ? exchange.token.text : null);
  if (token !== null) fields.registration_token = token;
  return fields;
}

// An older ILIAS joins with & even when the tool's URL has no query.
function joined(toolUrl, fields, form) {
  const query = Object.entries(fields)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  const [address, fragment] = toolUrl.split(/#(.*)/s);
  const joint = form === 'ampersand' || address.includes('?') ? '&' : '?';
  const tail = fragment === undefined ? '' : `#${fragment}`;
  return `${address}${joint}${query}${tail}`;
}

function toolToUpdate(lms, siteKey, toolUrl, update) {
  if (!update) return null;
  const tools = lms.book.toolsOf(siteKey);
  const found = update === true
    ? tools.findLast((tool) => tool.domain === new URL(toolUrl).host)
    : tools.find((tool) => tool.client_id === update || tool.id === update);
  if (!found) throw new Error('no tool to update');
  return found;
}

export async function begin(lms, name, {
  toolUrl = lms.toolUrl, switches: given = {}, update = false, site = '',
} = {}) {
  const { profile, switches } = resolveSwitches(findProfile(name), given);
  new URL(toolUrl);
  if (update && !profile.update) {
    throw new Error(`${profile.title} knows no update`);
  }
  if (site && !/^[a-z0-9-]+$/.test(site)) throw new Error('bad site name');
  const siteKey = site ? `${name}@${site}` : name;
  const id = `${lms.book.exchanges.size + 1}-${randomBytes(5).toString('hex')}`;
  const exchange = {
    id, profile: name, site, siteKey, profileData: profile, switches,
    given, toolUrl, hosts: siteHosts(profile, site),
    startedAt: new Date(lms.clock()).toISOString(),
    subject: profile.subject === 'uuid' ? crypto.randomUUID()
      : randomLetters(15),
    key: String(lms.book.exchanges.size + 40),
    uuid: crypto.randomUUID(),
    base: switches.issuer === 'path' ? BASE : '',
    update: toolToUpdate(lms, siteKey, toolUrl, update),
    requests: [], configurationReads: 0,
    registration: null, refusal: null, state: 'begun',
  };
  exchange.issuer = issuerOf(lms, exchange, originNames(lms, exchange));
  exchange.token = await mintToken(lms, exchange);
  exchange.configurationUrl = configurationUrl(lms, exchange);
  const fields = launchFields(exchange);
  exchange.registrationToken = fields.registration_token ?? null;
  exchange.method = switches.launchMethod;
  exchange.form = fields;
  exchange.launchUrl = exchange.method === 'POST'
    ? toolUrl : joined(toolUrl, fields, switches.launchJoin);
  exchange.opens = switches.opens;
  exchange.closeListener = switches.closeListener;

  lms.book.addHosts([...Object.values(exchange.hosts),
    ...Object.values(movedHosts(exchange.hosts))], { profile: name, site });
  if (exchange.token.text) lms.book.tokens.set(exchange.token.text, exchange);
  lms.book.exchanges.set(id, exchange);
  return exchange;
}
