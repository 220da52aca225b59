// SPDX-License-Identifier: Apache-2.0
// stuck_keys - platforms whose key sets never answer, each launched once
//
// Each is an address of its own, 127.0.1.1 and up, that takes the connection
// and the request.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const HOLD_MS = 10_000;

/** One launch: {status, ms, location}. */
export async function launchOnce(school, origin, platform, deployment = '1') {
  const target = `${origin}/lti/launch`;
  const query = new URLSearchParams({ iss: platform.url, client_id: platform.clientId,
    login_hint: '7', target_link_uri: target });
  const login = await fetch(`${origin}/lti/login?${query}`, { redirect: 'manual' });
  const asked = new URL(login.headers.get('location')).searchParams;
  const token = school.token(platform.url, platform.clientId, asked.get('nonce'), target,
    deployment);
  const cookie = login.headers.getSetCookie()[0].split(';')[0];
  const began = performance.now();
  const answer = await fetch(target, { method: 'POST', redirect: 'manual', headers: { cookie },
    body: new URLSearchParams({ id_token: token, state: asked.get('state') }) });
  await answer.arrayBuffer();
  return { status: answer.status, ms: performance.now() - began,
    location: answer.headers.get('location') };
}

/** {held(), over(), answers}: answers comes when all have been told. */
export async function openStuckKeys(gateway, school, count) {
  const sockets = [];
  let asked = 0;
  let told = 0;
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.once('data', () => { asked += 1; });
  }).listen(0, '0.0.0.0', count);
  await once(server, 'listening');
  const { port } = server.address();
  const platforms = Array.from({ length: count }, (unused, i) => {
    const url = `http://127.0.1.${i + 1}:${port}`;
    return { url, clientId: `client-${i}`, method: 'JWK_SET', key: `${url}/keys` };
  });
  for (const platform of platforms) await gateway.enrol(platform);
  const launches = platforms.map((platform) => launchOnce(school, gateway.origin, platform)
    .finally(() => { told += 1; }));
  const answers = Promise.all(launches).finally(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  for (const end = Date.now() + HOLD_MS; asked < count && Date.now() < end;) await sleep(20);
  return { held: () => asked - told, answers };
}
