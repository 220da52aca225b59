// SPDX-License-Identifier: Apache-2.0
// What no HTTP library would do: bytes as they are, listeners that only
// count, an LMS that says exactly what a case tells it to say.
//
//   const { text, answers } = await talk(port, [piece, 50, piece])
//   const trap = await startTrap('127.0.0.2');  trap.count()
//   const scripted = await startScripted({ configuration, registration });
//   await scripted.enter(gateway, 'lms', { token })
//
// All of it stays on this machine's loopback.

import http from 'node:http';
import net from 'node:net';
import { startGateway } from './gateway.js';

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// A gateway for one test, which ends with it, however that ends.
export async function gatewayFor(t, options) {
  const gateway = await startGateway(options);
  t.after(() => gateway.close());
  return gateway;
}

// --- bytes -----------------------------------------------------------------

// The answers in what came, cut by their Content-Length. An answer that is
// not whole has body null.
export function answersIn(text) {
  const list = [];
  let rest = text;
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) break;
    const [first, ...lines] = rest.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }));
    const status = Number(first.split(' ')[1]);
    const length = status === 100 || status === 204
      ? 0 : Number(headers['content-length'] ?? 0);
    const body = rest.slice(end + 4, end + 4 + length);
    list.push({ status, headers, first,
      body: body.length === length ? body : null });
    rest = rest.slice(end + 4 + length);
  }
  return list;
}

// Writes the pieces (a number waits so many ms) and reads until the other
// side closes, `enough` answers have come, or the limit is over.
export function talk(port, pieces, { enough = Infinity, limit = 60_000,
  host = '127.0.0.1' } = {}) {
  return new Promise((resolve) => {
    const parts = [];
    const begun = Date.now();
    const socket = net.connect({ port, host });
    const end = (how) => {
      clearTimeout(timer);
      socket.destroy();
      const text = Buffer.concat(parts).toString('latin1');
      resolve({ how, text, answers: answersIn(text), ms: Date.now() - begun });
    };
    const timer = setTimeout(() => end('limit'), limit);
    socket.on('error', (problem) => end(problem.code));
    socket.on('close', () => end('closed'));
    socket.on('data', (part) => {
      parts.push(part);
      const text = Buffer.concat(parts).toString('latin1');
      const whole = answersIn(text).filter((answer) => answer.body !== null);
      if (whole.length >= enough) end('enough');
    });
    socket.on('connect', async () => {
      for (const piece of [].concat(pieces)) {
        if (typeof piece === 'number') await pause(piece);
        else if (!socket.destroyed) socket.write(Buffer.from(piece, 'latin1'));
      }
    });
  });
}

// --- a listener that only counts -------------------------------------------

// `say` is written to who comes; by default nothing is, and the connection
// is left open.
export function startTrap(host = '127.0.0.1', { say = null, port = 0,
  drop = false } = {}) {
  const sockets = new Set();
  let count = 0;
  const server = net.createServer((socket) => {
    count += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    if (drop) socket.destroy();
    else if (say) socket.end(say);
    else socket.resume();
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, host, () => resolve({
      port: server.address().port,
      count: () => count,
      open: () => sockets.size,
      close() {
        sockets.forEach((socket) => socket.destroy());
        return new Promise((done) => server.close(done));
      },
    }));
  });
}

// --- an LMS by script ------------------------------------------------------

export function plainDocument(origin) {
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/auth`,
    token_endpoint: `${origin}/token`,
    jwks_uri: `${origin}/keys`,
    registration_endpoint: `${origin}/register`,
    scopes_supported: ['openid'],
    response_types_supported: ['id_token'],
    id_token_signing_alg_values_supported: ['RS256'],
    claims_supported: ['sub', 'iss'],
    'https://purl.imsglobal.org/spec/lti-platform-configuration': {
      product_family_code: 'scripted', version: '1',
      messages_supported: [{ type: 'LtiResourceLinkRequest' },
        { type: 'LtiDeepLinkingRequest' }],
    },
  };
}

export const sendJson = (response, value, status = 200, headers = {}) => {
  const text = typeof value === 'string' || Buffer.isBuffer(value)
    ? value : JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json',
    'content-length': Buffer.byteLength(text), ...headers });
  response.end(text);
};

// configuration(response, origin, request) and registration(response, asked,
// origin, request) write the answer; without them it is a good one, with a
// client id that counts up.
export async function startScripted({ configuration, registration } = {}) {
  const requests = [];
  let clients = 0;
  const script = {
    configuration: configuration ?? ((response, origin) =>
      sendJson(response, plainDocument(origin))),
    registration: registration ?? ((response, asked) => {
      clients += 1;
      sendJson(response, { ...asked, client_id: `client-${clients}` }, 201);
    }),
  };
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('error', () => {});
    response.on('error', () => {});
    request.on('end', () => {
      const body = Buffer.concat(parts).toString('utf8');
      const origin = `http://${request.headers.host}`;
      requests.push({ method: request.method, url: request.url, body,
        headers: request.headers, rawHeaders: request.rawHeaders });
      if (request.method === 'POST' && request.url.startsWith('/register')) {
        script.registration(response, JSON.parse(body), origin, request);
      } else if (request.url.startsWith('/configuration')) {
        script.configuration(response, origin, request);
      } else {
        sendJson(response, { error: 'nothing here' }, 404);
      }
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  const origin = (name) => `http://${name}.localhost:${port}`;
  const launchUrl = (gateway, name, { token, query = '', more = '' } = {}) =>
    `${gateway.registerUrl}?openid_configuration=${
      encodeURIComponent(`${origin(name)}/configuration${query}`)}${
      token === undefined ? ''
        : `&registration_token=${encodeURIComponent(token)}`}${more}`;
  return {
    port, script, requests, origin, launchUrl,
    posts: () => requests.filter((request) => request.method === 'POST'),
    reads: () => requests.filter((request) => request.method === 'GET'),
    enter: (gateway, name, options) =>
      gateway.open(launchUrl(gateway, name, options),
        { headers: options?.headers }),
    close() {
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}

// --- what must not be ------------------------------------------------------

// Tags and their attributes in order, without the nonces: two pages that
// differ only in text have the same.
export const tagsOf = (html) => html
  .replace(/nonce="[^"]*"/g, 'nonce')
  .replace(/<style[^]*?<\/style>/g, '<style>')
  .match(/<script[^]*?<\/script>|<[^>]*>/gi);

// Lines of the log that begin with what somebody put there.
export const forgedLines = (log, mark) => log.split(/[\r\n]/)
  .filter((line) => line.includes(mark) && !/^\d{4}-\d\d-\d\dT/.test(line));

export const faultOf = (answer) => {
  const { details } = answer.json();
  return details.message;
};

export const asJson = { accept: 'application/json' };
