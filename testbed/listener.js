// SPDX-License-Identifier: Apache-2.0
// The one listening socket: reads a request whole, counts connections and
// requests, and ends at once when told to, also with stuck sockets.

import http from 'node:http';
import https from 'node:https';

const BODY_MAX = 4 * 1024 * 1024;

function readAll(request) {
  return new Promise((resolve, reject) => {
    const parts = [];
    let size = 0;
    request.on('data', (part) => {
      size += part.length;
      if (size <= BODY_MAX) parts.push(part);
    });
    request.on('end', () => resolve(Buffer.concat(parts)));
    request.on('error', reject);
  });
}

export async function listen({ port, host, tls, lms, route }) {
  const sockets = new Set();
  const totals = { connections: 0, requests: 0 };

  const serve = async (request, response) => {
    totals.requests += 1;
    try {
      await route(lms, request, response, await readAll(request));
    } catch (problem) {
      if (response.headersSent || response.destroyed) return;
      response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(`testbed: ${problem.stack}`);
    }
  };
  const server = tls
    ? https.createServer(tls, serve) : http.createServer(serve);
  server.on(tls ? 'secureConnection' : 'connection', (socket) => {
    totals.connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  });
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });

  return {
    port: server.address().port,
    counts: () => ({ ...totals, open: sockets.size }),
    close() {
      for (const timer of lms.timers) clearTimeout(timer);
      lms.timers.clear();
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      return closed;
    },
  };
}
