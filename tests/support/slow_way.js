// SPDX-License-Identifier: Apache-2.0
// The same gateway from further away: what goes to it and comes from it takes
// so many milliseconds longer, so that two requests of one browser are under
// way at once, as on any real network.
//
//   const way = await startSlowWay(50);
//   startGateway({ environment: { LTIGATE_PUBLIC_URL: way.url } });
//   way.to(gateway.port);
//   await way.close();

import net from 'node:net';

function carry(from, to, ms) {
  from.on('data', (part) => setTimeout(() => {
    if (to.writable) to.write(part);
  }, ms));
  from.on('end', () => setTimeout(() => to.end(), ms));
  from.on('error', () => to.destroy());
}

export async function startSlowWay(ms) {
  const sockets = new Set();
  let port = 0;
  const server = net.createServer((near) => {
    const far = net.connect(port, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
    carry(near, far, ms);
    carry(far, near, ms);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://localhost:${server.address().port}`,
    to(given) { port = given; },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((done) => server.close(done));
    },
  };
}
