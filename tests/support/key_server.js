// SPDX-License-Identifier: Apache-2.0
// The key sets of any number of LMSs, on one loopback server that answers
// each path as a case tells it to and counts who asked.
//
//   const server = await startKeyServer();
//   const set = server.set({ keys: [key.jwk], cacheControl, headers, status,
//     text, delay, hang });         a path of its own
//   set.url, set.count()            where it is; how often it was asked for
//   set.say({ keys: [...] })        from now on; the rest as it was
//   set.auth                        the authConfig of a platform
//   server.strays()                 requests for any other path
//   await server.close()            at once, also with held requests

import http from 'node:http';

const body = ({ keys, text }) => text ?? JSON.stringify({ keys });

function answer(response, said) {
  if (response.destroyed) return;
  const { status = 200, cacheControl, headers = {} } = said;
  response.writeHead(status, { 'content-type': 'application/json',
    ...(cacheControl ? { 'cache-control': cacheControl } : {}), ...headers });
  response.end(status === 204 ? undefined : body(said));
}

export async function startKeyServer() {
  const sets = new Map();
  const strays = [];
  const server = http.createServer((request, response) => {
    response.on('error', () => {});
    const set = sets.get(request.url);
    if (!set) {
      strays.push(request.url);
      response.writeHead(404).end();
      return;
    }
    set.asked += 1;
    const { said } = set;
    if (said.hang) return;
    if (said.delay) setTimeout(() => answer(response, said), said.delay);
    else answer(response, said);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin, port,
    strays: () => strays,
    set(said) {
      const path = `/keys/${sets.size + 1}`;
      const set = { asked: 0, said };
      sets.set(path, set);
      const url = origin + path;
      return { url, auth: { method: 'JWK_SET', key: url },
        count: () => set.asked,
        say: (more) => { set.said = { ...set.said, ...more }; } };
    },
    close() {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}
