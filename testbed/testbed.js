// SPDX-License-Identifier: Apache-2.0
// The testbed LMS: several learning management systems on one port, told
// apart by host name. Tests import startTestbed; main.js starts it for people.

import { randomBytes } from 'node:crypto';
import { answerDirectly } from './authorization.js';
import { makeBook } from './book.js';
import { begin } from './exchange.js';
import {
  changeKeySet, keySetDocument, keySetFetches, publishKey, ringOf, rotateKeys,
} from './key_set.js';
import { launch, tokenFor } from './launch.js';
import { listen } from './listener.js';
import {
  acceptUpdate, changeManagement, rejectUpdate,
} from './management.js';
import { sendNotice } from './notices.js';
import { hostnameOf, makeOrigins, siteHosts } from './origins.js';
import { profiles } from './profiles.js';
import { route } from './routes.js';
import { services } from './service_api.js';
import { bookOf } from './service_book.js';
import { serviceSwitchList } from './service_switches.js';
import { switchList } from './switches.js';
import {
  activitiesOf, addTool, findSite, findTool, newDeployment, ownActivity,
} from './tools.js';

// Pairs a gateway must be told of: hosts of LMSs whose issuer is elsewhere.
// A self-hosted Canvas is not among them: only an administrator can vouch
// for one.
export const issuerExceptions = [
  '*.canvas.localhost=https://canvas.instructure.com',
  'canvas.localhost=https://canvas.instructure.com',
  '*.developer.blackboard.localhost=https://blackboard.com',
  'developer.blackboard.localhost=https://blackboard.com',
].join(',');

// The part of the object a test gets that is about launches.
function launching(lms) {
  const site = (wanted) => findSite(lms, wanted);
  return {
    addTool: (wish) => addTool(lms, wish),
    tool: (wanted) => findTool(lms, wanted),
    newDeployment: (tool) => newDeployment(findTool(lms, tool)),
    launch: lms.launch,
    notice: (tool, options) => sendNotice(lms, findTool(lms, tool), options),
    noticeHandlers: (tool) =>
      Object.fromEntries(bookOf(lms, findTool(lms, tool)).handlers),
    token: (tool, options) => tokenFor(lms, tool, options),
    attempt: (id) => lms.book.attempts.get(id) ?? null,
    attempts: () => [...lms.book.attempts.values()],
    activities: (tool) => {
      ownActivity(lms, findTool(lms, tool));
      return activitiesOf(lms, findTool(lms, tool));
    },
    rotateKeys: (wanted, options) => rotateKeys(lms, site(wanted), options),
    publishKey: async (wanted, kind) =>
      (await publishKey(lms, site(wanted), kind)).jwk,
    changeKeySet: (wanted, changes) =>
      changeKeySet(lms, site(wanted), changes),
    keySetOf: async (wanted) =>
      keySetDocument(await ringOf(lms, site(wanted))),
    keySetFetches: (wanted) => [...keySetFetches(lms, site(wanted))],
  };
}

export async function startTestbed({
  port = 0, host = '127.0.0.1', tls = null, toolUrl = '', toolCa,
  clock = Date.now, keepRequests, keepLaunches = Infinity,
} = {}) {
  const lms = {
    book: makeBook(), secret: randomBytes(32), clock, toolUrl, toolCa,
    keepRequests, keepLaunches,
    held: new Set(), timers: new Set(), salt: randomBytes(4).toString('hex'),
  };
  const listener = await listen({ port, host, tls, lms, route });
  lms.origins = makeOrigins({ scheme: tls ? 'https' : 'http',
    port: listener.port });
  for (const profile of profiles.values()) {
    lms.book.addHosts(Object.values(siteHosts(profile, '')),
      { profile: profile.name, site: '' });
  }

  const activate = (id) => {
    const tool = lms.book.tools.get(id);
    if (!tool) return null;
    tool.state = 'active';
    return tool;
  };
  lms.acceptUpdate = (tool) => acceptUpdate(lms, findTool(lms, tool));
  lms.begin = (name, options) => begin(lms, name, options);
  lms.activate = activate;
  lms.launch = async (tool, options) => {
    const attempt = await launch(lms, tool, options);
    attempt.answer = (request) => answerDirectly(lms, attempt, request);
    return attempt;
  };

  return {
    port: listener.port,
    url: lms.origins.origin('localhost'),
    origin: lms.origins.origin,
    profiles: [...profiles.values()],
    switchList,
    serviceSwitchList,
    begin: lms.begin,
    exchange: (id) => lms.book.exchanges.get(id) ?? null,
    exchanges: () => [...lms.book.exchanges.values()],
    platforms: () => [...lms.book.tools.values()],
    activate,
    acceptUpdate: lms.acceptUpdate,
    rejectUpdate: (tool) => rejectUpdate(findTool(lms, tool)),
    changeManagement: (tool, changes) =>
      changeManagement(findTool(lms, tool), changes),
    removeTool: (tool) => lms.book.tools.delete(findTool(lms, tool).id),
    strays: () => [...lms.book.strays],
    ...launching(lms),
    ...services(lms, (wanted) => findSite(lms, wanted)),
    counts: () => ({ ...listener.counts(), held: lms.held.size }),
    release() {
      for (const response of lms.held) response.socket?.destroy();
      lms.held.clear();
    },
    close: () => listener.close(),
    hostname: hostnameOf,
  };
}
