// SPDX-License-Identifier: Apache-2.0
// The JSON API that the pages use.

import { forPeople, toolForPeople } from './book.js';
import { attemptForPeople, courseFor } from './launch_view.js';
import { siteHosts } from './origins.js';
import { findProfile, profiles } from './profiles.js';
import { serviceSite } from './service_book.js';
import { changeWish, serviceSwitchList } from './service_switches.js';
import { gradebookFor, rosterFor, wishFor } from './service_view.js';
import { switchList } from './switches.js';
import { addTool } from './tools.js';

const json = (status, value) => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store' },
  body: JSON.stringify(value),
});
const wrong = (status, error) => json(status, { error });

const roles = ['administrator', 'teacher', 'student'];

function profileView(lms, profile) {
  const { config } = siteHosts(profile, '');
  return {
    name: profile.name,
    title: profile.title,
    host: config,
    page: `${lms.origins.origin(config)}/testbed/administrator.html`,
    pages: Object.fromEntries(roles.map((role) =>
      [role, `${lms.origins.origin(config)}/testbed/${role}.html`])),
    special: profile.special,
    words: profile.words,
    colour: profile.colour,
    after: profile.after,
    updates: Boolean(profile.update),
    switches: profile.switches,
  };
}

// A form of another site cannot send this type without being asked first.
async function withBody(request, act) {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    return wrong(415, 'the body must be application/json');
  }
  try {
    return await act(JSON.parse(request.body.toString('utf8')));
  } catch (problem) {
    return wrong(400, problem.message);
  }
}

const beginExchange = (lms, request) =>
  withBody(request, async ({ profile, ...options }) => {
    const exchange = await lms.begin(profile, options);
    return json(201, { ...forPeople(exchange), launchUrl: exchange.launchUrl,
      method: exchange.method, form: exchange.form, opens: exchange.opens,
      closeListener: exchange.closeListener });
  });

const beginLaunch = (lms, request) =>
  withBody(request, async ({ tool, ...options }) =>
    json(201, attemptForPeople(lms, await lms.launch(tool, options))));

const addByHand = (lms, request) => withBody(request, (wish) =>
  json(201, toolForPeople(addTool(lms, wish))));

function showLaunch(lms, request, id) {
  const attempt = lms.book.attempts.get(id);
  return attempt ? json(200, attemptForPeople(lms, attempt))
    : wrong(404, 'no such launch');
}

// Something of one course, which the path names by its LMS.
const ofCourse = (view) => (lms, request, name) => {
  try {
    return json(200, view(lms, name));
  } catch (problem) {
    return wrong(404, problem.message);
  }
};

// A page sends its whole form: what it leaves out is as usual again.
const changeServices = (lms, request, name) =>
  withBody(request, (changes) => {
    const site = serviceSite(lms, findProfile(name).name);
    changeWish(site, null);
    changeWish(site, changes);
    return json(200, wishFor(lms, name));
  });

const routes = [
  ['GET', /^\/profiles$/, (lms) =>
    json(200, [...profiles.values()].map((one) => profileView(lms, one)))],
  ['GET', /^\/switches$/, () => json(200, [...switchList,
    ...serviceSwitchList])],
  ['GET', /^\/settings$/, (lms) => json(200, { toolUrl: lms.toolUrl,
    start: lms.origins.origin('localhost') })],
  ['POST', /^\/exchanges$/, beginExchange],
  ['GET', /^\/exchanges$/, (lms) =>
    json(200, [...lms.book.exchanges.values()].map(forPeople))],
  ['GET', /^\/exchanges\/([\w-]+)$/, (lms, request, id) => {
    const exchange = lms.book.exchanges.get(id);
    return exchange ? json(200, forPeople(exchange))
      : wrong(404, 'no such exchange');
  }],
  ['GET', /^\/platforms$/, (lms) =>
    json(200, [...lms.book.tools.values()].map(toolForPeople))],
  ['POST', /^\/platforms$/, addByHand],
  ['GET', /^\/courses\/([\w.-]+)$/, ofCourse((lms, name) =>
    courseFor(lms, findProfile(name)))],
  ['GET', /^\/gradebooks\/([\w.-]+)$/, ofCourse(gradebookFor)],
  ['GET', /^\/rosters\/([\w.-]+)$/, ofCourse(rosterFor)],
  ['GET', /^\/services\/([\w.-]+)$/, ofCourse(wishFor)],
  ['POST', /^\/services\/([\w.-]+)$/, changeServices],
  ['POST', /^\/launches$/, beginLaunch],
  ['GET', /^\/launches\/([\w-]+)$/, showLaunch],
  ['POST', /^\/platforms\/([\w@.-]+)\/accept$/, (lms, asked, id) => {
    try {
      return json(200, toolForPeople(lms.acceptUpdate(id)));
    } catch (problem) {
      return wrong(409, problem.message);
    }
  }],
  ['POST', /^\/platforms\/([\w@.-]+)\/activate$/, (lms, asked, id) => {
    const tool = lms.activate(id);
    return tool ? json(200, toolForPeople(tool))
      : wrong(404, 'no such platform');
  }],
];

export async function answerApi(lms, request) {
  const here = routes.filter(([, pattern]) => pattern.test(request.path));
  if (here.length === 0) return wrong(404, 'no such call');
  const found = here.find(([method]) => method === request.method);
  if (!found) return wrong(405, 'this call takes another method');
  const [, pattern, handler] = found;
  return handler(lms, request, pattern.exec(request.path)[1]);
}
