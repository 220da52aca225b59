// SPDX-License-Identifier: Apache-2.0
// People who arrive from LMSs, and LMSs that register: what each came to.
//
//   const launches = launching(site, tools, 'launch');
//   await launches.once();      a launch; sent twice now and then
//   await launches.check()      nobody is in twice, and nobody was forgotten
//   const linking = contentLinking(site, tools);     deep linking, once()
//   const registrations = registering(site);         once(), check()

import { apiKey, exampleSettings, sleep } from '../support/gateway.js';
import { cookieIn, post } from '../support/launches.js';
import { enter } from '../support/lms.js';
import { chance, pick } from './pace.js';
import { settingsOf } from './site.js';

const KEPT_TOKENS = 300; // which a thief has
const PLATFORMS_MAX = 24;
const PRE_APPROVED = 3; // each third
const AGAIN_MS = 300;

const asLaunch = (ltik) =>
  ({ key: null, headers: { authorization: `LTIK-AUTH-V2 ${apiKey}:${ltik}` } });
const ltikIn = (page) => new URL(page.location).searchParams.get('ltik');

export async function toLogin(site, tool, options) {
  const attempt = await site.lms.launch(tool,
    { storageTarget: 'absent', ...options });
  const { method, url, form } = attempt.login;
  const login = await site.record.ask('login', [302], () =>
    site.gateway.open(url, { form: method === 'POST' ? form : undefined }));
  if (!login) return null;
  const { action, fields } = await attempt.answer(login.location);
  return { attempt, action, fields, cookie: cookieIn(login) };
}

// --- launches --------------------------------------------------------------

export function launching(site, tools, kind) {
  const { gateway, record } = site;
  const tokens = [];
  const sums = { tokens: 0, surely: 0, perhaps: 0, refused: 0 };

  async function send(token, again) {
    const page = await record.ask(again ? `${kind} again` : kind,
      again && !token.lost ? [409, 400] : [303, 409], () =>
        gateway.open(token.action, { form: token.fields,
          headers: { cookie: token.cookie } }));
    token.sent += 1;
    if (page?.status === 303) token.ltiks.push(ltikIn(page));
    else if (page) token.refused += 1;
    else token.lost += 1;
    if (token.ltiks.length > 1) site.wrong('a token was let in twice');
  }
  // Nobody is refused who was not let in before.
  function judge({ sent, ltiks, lost, refused }) {
    if (!lost && ltiks.length !== 1) site.wrong('a good token was let in never');
    if (sent === 1 && refused) site.wrong('a token was refused at once');
    sums.tokens += 1;
    sums.surely += ltiks.length > 0;
    site.letIn += ltiks.length;
    sums.perhaps += ltiks.length === 0 && lost > 0;
    sums.refused += refused;
  }
  async function once() {
    const token = await toLogin(site, pick(tools),
      { user: pick(['teacher', 'student']) });
    if (!token) return;
    const { action, fields, cookie } = token;
    const one = { action, fields, cookie, sent: 0, ltiks: [], refused: 0,
      lost: 0 };
    await Promise.all(Array.from({ length: chance(0.2) ? 2 : 1 },
      () => send(one, false)));
    if (one.lost) await send(one, true);
    if (one.ltiks.length) {
      await record.ask('id token', [200], () => gateway.api('GET',
        '/api/idtoken', undefined, asLaunch(one.ltiks[0])));
    }
    judge(one);
    tokens.push(one);
    if (tokens.length > KEPT_TOKENS) tokens.shift();
    if (chance(0.15)) await replay(pick(tokens));
  }
  // One whose answers got lost may be let in by this.
  async function replay(token) {
    if (token.lost) return;
    const page = await record.ask('token replayed', [409, 400], () =>
      gateway.open(token.action, { form: token.fields,
        headers: { cookie: token.cookie } }));
    if (page) site.count('replays refused');
  }
  return { once, sums };
}

// --- deep linking ----------------------------------------------------------

const content = (types) => types.includes('link')
  ? { type: 'link', url: 'https://tool.example/1', title: 'One' }
  : { type: 'ltiResourceLink', title: 'One' };

const settingsIn = ({ tokens }) => tokens.at(-1).claims[
  'https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings'];

export function contentLinking(site, tools) {
  const { gateway, record } = site;
  async function once() {
    const token = await toLogin(site, pick(tools),
      { user: 'teacher', message: 'LtiDeepLinkingRequest' });
    if (!token) return;
    const { attempt, action, fields, cookie } = token;
    const page = await record.ask('launch', [303], () =>
      gateway.open(action, { form: fields, headers: { cookie } }));
    if (!page) return;
    const signed = await record.ask('content signed', [200], () =>
      gateway.api('POST', '/api/deeplinking', { contentItems:
        [content(settingsIn(attempt).accept_types)] },
      asLaunch(ltikIn(page))));
    if (!signed) return;
    await record.ask('content taken', [200], async () => {
      const answer = await post(signed.body.target,
        { JWT: signed.body.message });
      const { problems } = attempt.returned;
      if (problems.length) throw new Error(problems.join('; '));
      return answer;
    });
  }
  return { once };
}

// --- registrations ---------------------------------------------------------

// One after the other, for the mode is everybody's.
export function registering(site) {
  const { gateway, lms, record } = site;
  const profiles = ['moodle-4.5', 'brightspace', 'blackboard', 'sakai'];
  const kept = new Map();
  const sums = { registered: 0, approved: 0, removed: 0 };
  let number = 0;

  async function setMode(mode) {
    while (!await record.ask('settings written', [200], () => gateway.api('PUT',
      '/admin/settings', { ...exampleSettings, ...settingsOf(mode) }))) {
      await sleep(AGAIN_MS);
    }
  }
  const idOf = async ({ registration: { client_id: client } }) => {
    const found = await record.ask('platforms read', [200], () => gateway.api(
      'GET', `/admin/platforms?clientId=${encodeURIComponent(client)}`));
    const [platform] = found?.body.platforms ?? [];
    if (found && !platform) site.wrong(`the platform of ${client} is lost`);
    return platform?.id;
  };
  async function automatic(exchange) {
    const page = await record.ask('registration', [200],
      () => enter(gateway, exchange));
    if (!page) return null;
    sums.registered += 1;
    return idOf(exchange);
  }
  async function approved(exchange) {
    const page = await record.ask('registration begun', [302],
      () => enter(gateway, exchange));
    if (!page) return null;
    const id = new URL(page.location).searchParams.get('registrationId');
    const done = await record.ask('registration completed', [200], () =>
      gateway.api('POST', `/api/registrations/${id}/complete`, {}));
    if (!done) return null;
    sums.approved += 1;
    return done.body.platformId;
  }
  async function prune() {
    const [id] = kept.keys();
    if (kept.size <= PLATFORMS_MAX) return;
    kept.delete(id);
    if (await record.ask('platform removed', [204], () =>
      gateway.api('DELETE', `/admin/platforms/${id}`))) sums.removed += 1;
  }
  async function once() {
    number += 1;
    const waits = number % PRE_APPROVED === 0;
    if (waits) await setMode('pre-approval');
    const exchange = await lms.begin(gateway, pick(profiles));
    const id = await (waits ? approved : automatic)(exchange);
    if (waits) await setMode('automatic');
    if (id) kept.set(id, exchange.issuer);
    await prune();
  }
  async function check() {
    const { body } = await gateway.api('GET', '/admin/platforms');
    const there = new Set(body.platforms.map(({ id }) => id));
    for (const [id, issuer] of kept) {
      if (!there.has(id)) site.wrong(`${issuer} was told that it is done`);
    }
  }
  return { once, check, sums, known: () => [...kept.keys()] };
}
