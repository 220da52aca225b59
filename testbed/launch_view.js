// SPDX-License-Identifier: Apache-2.0
// What the pages see of a launch and of a course.

import { cutTexts } from './book.js';
import { messageNames } from './id_token.js';
import { everyone } from './people.js';
import { activitiesOf, ownActivity } from './tools.js';

const troubles = ['off', 'error', 'silent', 'wrong-origin'];

// Where this launch's storage is, and how it behaves. The tool is told by
// lti_storage_target; a switch may have the LMS do otherwise.
export function storageOf(lms, attempt) {
  const { switches, login, tool } = attempt;
  const target = login.fields.lti_storage_target ?? null;
  const told = target === null ? 'none'
    : target === '_parent' ? 'parent' : 'frame';
  const place = ['parent', 'frame'].includes(switches.storage)
    ? switches.storage : told;
  const mode = troubles.includes(switches.storage)
    ? switches.storage : 'normal';
  const { origin } = new URL(tool.endpoints.authorization_endpoint);
  return { place, mode, origin,
    frame: place === 'frame' ? target ?? 'post_message_forwarding' : null,
    frameUrl: `${origin}/testbed/storage_frame.html?mode=${mode}`,
    otherUrl: `${lms.origins.origin('localhost')}`
      + '/testbed/storage_frame.html?mode=other' };
}

function requestView(request, clean) {
  const cleanHeaders = (headers) => headers && Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, clean(value)]));
  return { ...request, url: clean(request.url), body: clean(request.body),
    headers: cleanHeaders(request.headers),
    answerHeaders: cleanHeaders(request.answerHeaders),
    answerBody: clean(request.answerBody)?.slice(0, 100000) };
}

export function attemptForPeople(lms, attempt) {
  const { tool, login, tokens, answers, returned } = attempt;
  const clean = (text) => cutTexts(text, [
    ...tokens.map((token) => token.text), returned?.jwt]);
  return {
    id: attempt.id, profile: attempt.profile, site: attempt.site,
    tool: { id: tool.id, name: tool.name },
    activity: attempt.activity.id, title: attempt.link.title,
    user: attempt.user, message: attempt.message,
    startedAt: attempt.startedAt, state: attempt.state,
    problem: attempt.problem, switches: attempt.given, login,
    authorization: attempt.authorization ?? null,
    tokens: tokens.map(({ header, claims }) => ({ header, claims })),
    answers: answers.map(({ action, fields }) => ({ action,
      fields: Object.fromEntries(Object.entries(fields).map(
        ([name, value]) => [name, clean(value)])) })),
    requests: attempt.requests.map((request) => requestView(request, clean)),
    returned: returned && { claims: returned.claims, items: returned.items,
      header: returned.header, problems: returned.problems },
    back: attempt.back,
    storage: storageOf(lms, attempt),
  };
}

const messageTypes = (tool) => (Array.isArray(tool.messages)
  ? tool.messages : []).map((message) => message?.type).filter(Boolean);

function toolView(lms, tool) {
  ownActivity(lms, tool);
  return {
    id: tool.id, name: tool.name, icon: tool.icon, state: tool.state,
    client_id: tool.client_id, profile: tool.profile,
    messages: messageTypes(tool),
    activities: activitiesOf(lms, tool).map((activity) => ({
      id: activity.id, title: activity.title, text: activity.text,
      url: activity.url, custom: activity.custom,
      selected: activity.attempt !== null })),
  };
}

export function courseFor(lms, profile) {
  const { launch } = profile;
  return {
    context: launch.context,
    people: everyone(),
    messages: messageNames,
    placements: launch.placements ?? [],
    storage: launch.storage,
    tools: lms.book.toolsOf(profile.name).map((tool) => toolView(lms, tool)),
    attempts: [...lms.book.attempts.values()]
      .filter((attempt) => attempt.siteKey === profile.name)
      .map(({ id, state, message, link, user, startedAt }) =>
        ({ id, state, message, title: link.title, user: user.name,
          startedAt })),
  };
}
