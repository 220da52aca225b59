// SPDX-License-Identifier: Apache-2.0
// The testbed LMS: several learning management systems on one port, told
// apart by host name. Tests import startTestbed; main.js starts it for people.

import { randomBytes } from 'node:crypto';
import { makeBook } from './book.js';
import { begin } from './exchange.js';
import { makeKeys } from './keys.js';
import { listen } from './listener.js';
import { hostnameOf, makeOrigins, siteHosts } from './origins.js';
import { profiles } from './profiles.js';
import { route } from './routes.js';
import { switchList } from './switches.js';

// Pairs a gateway must be told of: hosts of LMSs whose issuer is elsewhere.
// A self-hosted Canvas is not among them: only an administrator can vouch
// for one.
export const issuerExceptions = [
  '*.canvas.localhost=https://canvas.instructure.com',
  'canvas.localhost=https://canvas.instructure.com',
  '*.developer.blackboard.localhost=https://blackboard.com',
  'developer.blackboard.localhost=https://blackboard.com',
].join(',');

export async function startTestbed({
  port = 0, host = '127.0.0.1', tls = null, toolUrl = '', toolCa,
  clock = Date.now,
} = {}) {
  const lms = {
    book: makeBook(), keys: await makeKeys(), clock, toolUrl, toolCa,
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
  lms.begin = (name, options) => begin(lms, name, options);
  lms.activate = activate;

  return {
    port: listener.port,
    url: lms.origins.origin('localhost'),
    origin: lms.origins.origin,
    profiles: [...profiles.values()],
    switchList,
    begin: lms.begin,
    exchange: (id) => lms.book.exchanges.get(id) ?? null,
    exchanges: () => [...lms.book.exchanges.values()],
    platforms: () => [...lms.book.tools.values()],
    activate,
    strays: () => [...lms.book.strays],
    keySet: lms.keys.keySet,
    counts: () => ({ ...listener.counts(), held: lms.held.size }),
    release() {
      for (const response of lms.held) response.socket?.destroy();
      lms.held.clear();
    },
    close: () => listener.close(),
    hostname: hostnameOf,
  };
}
