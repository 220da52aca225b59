// SPDX-License-Identifier: Apache-2.0
// What the testbed remembers: exchanges and launches with every request in
// them, the tools its LMSs hold, and which host, token or other handle belongs
// to which exchange or launch.

import { randomInt } from 'node:crypto';

export function makeBook() {
  const exchanges = new Map();
  const tools = new Map();
  const hosts = new Map();
  const tokens = new Map();
  const counters = new Map();
  const strays = [];
  const attempts = new Map();
  const activities = new Map();
  const handles = new Map();
  const rings = new Map();
  const fetches = new Map();
  const nonces = new Set();
  const assertions = new Set();
  const access = new Map();
  const serviceSites = new Map();
  const serviceBooks = new Map();

  const exchangesOf = (siteKey) =>
    [...exchanges.values()].filter((entry) => entry.siteKey === siteKey);
  const toolsOf = (siteKey) =>
    [...tools.values()].filter((tool) => tool.siteKey === siteKey);

  // Each site counts its tools from 3, as a Moodle with two older ones does.
  const nextNumber = (siteKey) => {
    const number = (counters.get(siteKey) ?? 2) + 1;
    counters.set(siteKey, number);
    return number;
  };

  // Canvas numbers its keys over all schools. The first number differs from
  // run to run, so that a gateway that remembers an older run sees new ones.
  let serial = randomInt(1000, 900_000);
  const nextSerial = () => serial += 1;

  // A host alone cannot tell two exchanges of one site apart: then the newest
  // that waits for this kind of request is meant, else the newest.
  const guess = (siteKey, kind) => {
    const all = exchangesOf(siteKey).reverse();
    return all.find((entry) =>
      !entry.requests.some((request) => request.kind === kind)) ?? all[0];
  };

  return {
    exchanges, tools, hosts, tokens, strays,
    attempts, activities, handles, rings, fetches, nonces,
    assertions, access, serviceSites, serviceBooks,
    exchangesOf, toolsOf, nextNumber, nextSerial, guess,
    addHosts(names, site) {
      for (const name of names) hosts.set(name, site);
    },
    addTool(tool) {
      tools.set(tool.id, tool);
    },
  };
}

export function newRecord(lms, request, body) {
  const text = body.toString('utf8');
  return {
    at: new Date(lms.clock()).toISOString(),
    from: 'tool',
    kind: 'other',
    method: request.method,
    url: `${lms.origins.scheme}://${request.headers.host ?? ''}${request.url}`,
    headers: { ...request.headers },
    body: text === '' ? null : text,
    status: null,
    answerHeaders: null,
    answerBody: null,
    ms: null,
  };
}

// Tokens and secrets are cut for the eyes of people; tests read them whole
// from the exchange itself.
const secretMembers =
  /"(client_secret|registration_access_token)"(\s*:\s*)"([^"]{4})[^"]*"/g;

const cut = (secret) => `${secret.slice(0, 8)}\u2026`;

function shorten(text, secrets) {
  if (typeof text !== 'string') return text;
  let result = text;
  for (const secret of secrets) {
    result = result.replaceAll(secret, cut(secret))
      .replaceAll(encodeURIComponent(secret),
        cut(encodeURIComponent(secret)));
  }
  return result.replace(secretMembers, '"$1"$2"$3\u2026"');
}

export function cutTexts(text, secrets) {
  return shorten(text, secrets.filter((secret) =>
    typeof secret === 'string' && secret.length > 12));
}

export function toolForPeople({ lastAnswer, management, asked, pending,
  ...tool }) {
  return { ...tool, updateWaits: Boolean(pending) };
}

export function forPeople(exchange) {
  const clean = (text) => cutTexts(text,
    [exchange.token.text, exchange.registrationToken]);
  const cleanHeaders = (headers) => headers && Object.fromEntries(
    Object.entries(headers).map(([key, value]) => [key, clean(value)]));
  return {
    id: exchange.id,
    profile: exchange.profile,
    site: exchange.site,
    title: exchange.profileData.title,
    startedAt: exchange.startedAt,
    state: exchange.state,
    refusal: exchange.refusal,
    update: exchange.update?.client_id ?? null,
    switches: exchange.given,
    toolUrl: exchange.toolUrl,
    shownLaunchUrl: clean(exchange.launchUrl),
    requests: exchange.requests.map((request) => ({
      ...request,
      url: clean(request.url),
      headers: cleanHeaders(request.headers),
      body: clean(request.body),
      answerHeaders: cleanHeaders(request.answerHeaders),
      answerBody: clean(request.answerBody)?.slice(0, 100000),
    })),
    registration: exchange.registration && {
      client_id: exchange.registration.client_id,
      deployment_id: exchange.registration.deployment_id,
      tool: toolForPeople(exchange.registration.tool),
    },
  };
}
