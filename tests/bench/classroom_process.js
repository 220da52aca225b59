// SPDX-License-Identifier: Apache-2.0
// classroom_process - the testbed's Moodle as a process of its own
//
// It keeps nothing of what it is asked, takes scores of any time, and makes
// pages of a hundred members. Its parent sends {ask, with}; it answers the
// questions in turn with what they give.
import { setTimeout as sleep } from 'node:timers/promises';

import { launchOf } from '../support/launches.js';
import { allScopes } from '../support/services.js';
import { startTestbed } from '../../testbed/testbed.js';

const lms = await startTestbed({ keepRequests: 0 });

function addTool({ site, origin, login, launch, members, pageSize }) {
  const tool = lms.addTool({ profile: 'moodle-4.5', site, scopes: allScopes,
    initiate_login_uri: origin + login, redirect_uris: [origin + launch],
    target_link_uri: origin + launch, jwks: { keys: [] } });
  lms.setRoster(tool, members);
  lms.changeServices(tool, { timestampRule: 'off', paging: { form: 'always', pageSize } });
  const item = lms.addLineItem(tool, { label: 'Quiz', scoreMaximum: 10 });
  const { endpoints } = tool;
  return { id: tool.id, item: item.id, url: endpoints.issuer, clientId: tool.client_id,
    login: endpoints.authorization_endpoint, token: endpoints.token_endpoint,
    method: 'JWK_SET', key: endpoints.jwks_uri };
}

async function launch({ id }) {
  const { page } = await launchOf(lms, id, { storageTarget: 'absent' });
  if (!page.location) throw new Error(`no launch: ${page.text.slice(0, 300)}`);
  const cookies = [page.headers['set-cookie'] ?? []].flat();
  return { ltik: new URL(page.location, 'http://localhost').searchParams.get('ltik'),
    cookie: cookies.map((line) => line.split(';')[0]).join('; ') };
}

function counts({ id }) {
  const { user, system } = process.cpuUsage();
  const { connections } = lms.counts();
  const { token = 0, scores: given = 0 } = lms.serviceCounts(id);
  return { cpu: (user + system) / 1000, connections, tokens: token, scores: given };
}

const answers = {
  addTool, launch, counts,
  keys({ id, jwks }) { lms.tool(id).jwks = jwks; },
  /** Until so many scores came in all, or for so many milliseconds. */
  async arrived({ id, count, limit }) {
    const end = Date.now() + limit;
    while (counts({ id }).scores < count && Date.now() < end) await sleep(1);
    return counts({ id }).scores;
  },
};

process.on('disconnect', () => process.exit());
process.on('message', async ({ ask, with: given }) => {
  try {
    process.send({ found: await answers[ask](given) ?? null });
  } catch (failure) {
    process.send({ failure: String(failure.stack).slice(0, 800) });
  }
});
process.send({ found: 'ready' });
