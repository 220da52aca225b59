// SPDX-License-Identifier: Apache-2.0
// classroom - the LMS of the part "grades", and a tool's back end in it
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { join } from 'node:path';

import { apiKey, end, measure, seen, started } from './gateway.js';

const MEMBERS = 10_000;
const PAGE_SIZE = 100;
const PEOPLE = { first: 1000, count: MEMBERS - 100 }; // the testbed's numbers of them
const ARRIVE_MS = 20_000;
const agent = new Agent({ keepAlive: true });

/** {ask(question, with), close}; one question at a time. */
export async function openClassroom() {
  const child = started(fork(join(import.meta.dirname, 'classroom_process.js')));
  const [{ found }] = await once(child, 'message');
  if (found !== 'ready') throw new Error('the testbed does not start');
  return {
    async ask(question, given) {
      child.send({ ask: question, with: given });
      const [answer] = await once(child, 'message');
      if (answer.failure) throw new Error(answer.failure);
      return answer.found;
    },
    close: () => end(child),
  };
}

/** A platform to enter by hand, for a tool at `origin`. */
export const addTool = (classroom, site, origin, login, launch) =>
  classroom.ask('addTool', { site, origin, login, launch, members: MEMBERS,
    pageSize: PAGE_SIZE });

export async function shareKeys(classroom, platform, origin) {
  const jwks = await (await fetch(`${origin}/keys`)).json();
  await classroom.ask('keys', { id: platform.id, jwks });
}

export async function serviceKeyOf(origin, ltik) {
  const answer = await fetch(`${origin}/api/idtoken`,
    { headers: { authorization: `LTIK-AUTH-V2 ${apiKey}:${ltik}` } });
  const { services } = await answer.json();
  return services.serviceKey;
}

export const authorization = {
  ltik: (ltik) => `LTIK-AUTH-V2 ${apiKey}:${ltik}`,
  service: (key) => `SERVICE-AUTH-V1 ${apiKey}:${key}`,
};

let next = 0;

/** The first of `count` people in a row, as long as possible not the same. */
function someone(count) {
  if (next + count > PEOPLE.count) next = 0;
  next += count;
  return PEOPLE.first + next - count;
}

/** A round of scores of one tool, {url, headers, body, expected, pid}, and what
 * the LMS saw of it. */
export async function giveScores(classroom, platform, tool, concurrency, count) {
  const before = await classroom.ask('counts', platform);
  const found = await measure('--target', tool.url, '--headers', tool.headers,
    '--body', tool.body, '--expected', tool.expected, '--first', someone(count),
    '--concurrency', concurrency, '--count', count, '--pid', tool.pid);
  const after = await classroom.ask('counts', platform);
  return { ...found, lmsCpu: (after.cpu - before.cpu) / count,
    connections: after.connections - before.connections,
    tokens: after.tokens - before.tokens,
    lost: count - (after.scores - before.scores) };
}

/** The same, by a tool that only takes them: until all are at the LMS. */
export async function queueScores(classroom, platform, tool, concurrency, count) {
  const { cpu } = seen(tool.pid);
  const before = await classroom.ask('counts', platform);
  const cpuBefore = cpu();
  const began = performance.now();
  const { lost, ...found } = await giveScores(classroom, platform, tool, concurrency, count);
  const scores = await classroom.ask('arrived', { id: platform.id,
    count: before.scores + count, limit: ARRIVE_MS });
  const wall = performance.now() - began;
  const after = await classroom.ask('counts', platform);
  return { ...found, behind: lost, arrivedAfter: wall / 1000, arrived: count * 1000 / wall,
    wholeCpu: (cpu() - cpuBefore) / count, lost: count - (scores - before.scores),
    connections: after.connections - before.connections };
}

function get(url, headers) {
  return new Promise((done, refuse) => {
    request(url, { agent, headers }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('error', refuse);
      answer.on('end', () => done({ status: answer.statusCode, body: Buffer.concat(parts) }));
    }).on('error', refuse).end();
  });
}

async function readPage(url, headers) {
  const { status, body } = await get(url, headers);
  if (status !== 200) throw new Error(`a roster: ${status} ${body.toString().slice(0, 300)}`);
  return body;
}

/** The whole roster: {bytes, members}, by one call or page by page. */
export async function readRoster(tool, { paged }) {
  const rest = paged ? '' : tool.all;
  let url = tool.members + rest;
  let bytes = 0;
  let members = 0;
  while (url) {
    const body = await readPage(url, tool.fields);
    const page = JSON.parse(body);
    bytes += body.length;
    members += page.members.length;
    url = paged && page.next && `${tool.members}?url=${encodeURIComponent(page.next)}`;
  }
  if (members !== MEMBERS) throw new Error(`a roster of ${members}`);
  return { bytes, members };
}
