// SPDX-License-Identifier: Apache-2.0
// Who is told: a webhook's receiver and a mail server, on this machine.
//
//   const hook = await startHook();    hook.url, hook.secret, hook.requests
//     hook.answers.push({ status: 503, headers, delay, closes })   the next
//     hook.verify(request)             throws unless Standard Webhooks agrees
//   const post = await startMail({ user, password, host });
//     post.port, post.messages [{from, to, headers, text, raw}], post.tries,
//     post.refusals.push('451 later')  what the next RCPT is told
//   await one.close()

import assert from 'node:assert/strict';
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import http from 'node:http';
import net from 'node:net';

const listen = (server, host = '127.0.0.1') => new Promise((done) => {
  server.listen(0, host, () => done(server.address().port));
});

export async function startHook() {
  const key = randomBytes(32);
  const requests = [];
  const answers = [];
  const server = http.createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    const text = Buffer.concat(parts).toString('utf8');
    requests.push({ headers: request.headers, method: request.method,
      path: request.url, text, body: JSON.parse(text || 'null') });
    const { status = 204, headers = {}, delay = 0, closes } =
      answers.shift() ?? {};
    setTimeout(() => {
      if (closes) request.socket.destroy();
      else response.writeHead(status, headers).end();
    }, delay);
  });
  const port = await listen(server);
  return {
    port, requests, answers,
    url: `http://127.0.0.1:${port}/hook?for=ltigate`,
    secret: `whsec_${key.toString('base64')}`,
    // As https://www.standardwebhooks.com tells a receiver to do.
    verify({ headers, text }) {
      const { 'webhook-id': id, 'webhook-timestamp': time } = headers;
      assert.match(time, /^\d{10}$/);
      const expected = createHmac('sha256', key).update(`${id}.${time}.${text}`)
        .digest();
      const given = headers['webhook-signature'].split(' ')
        .filter((one) => one.startsWith('v1,'))
        .map((one) => Buffer.from(one.slice(3), 'base64'));
      assert.ok(given.some((one) => one.length === expected.length
        && timingSafeEqual(one, expected)), 'the signature');
    },
    close: () => new Promise((done) => {
      server.close(done);
      server.closeAllConnections();
    }),
  };
}

// A message as RFC 5322 has it; encoded words and base64 are decoded.
export function readMessage(raw) {
  const end = raw.indexOf('\r\n\r\n');
  const lines = raw.slice(0, end).replaceAll(/\r\n[ \t]/g, ' ').split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  }));
  const words = (text) => text.replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?UTF-8\?B\?([^?]*)\?=/g, (_, base64) =>
      Buffer.from(base64, 'base64').toString('latin1'));
  const body = raw.slice(end + 4);
  return { headers, lines, subject: Buffer.from(words(headers.subject ?? ''),
    'latin1').toString('utf8'),
  text: headers['content-transfer-encoding'] === 'base64'
    ? Buffer.from(body, 'base64').toString('utf8') : body };
}

export async function startMail({ user, password, host } = {}) {
  const messages = [];
  const refusals = [];
  const state = { tries: 0, commands: [] };
  const server = net.createServer((socket) => {
    let buffer = '';
    let data = false;
    let signedIn = !user;
    let asked = false;
    let mail = { to: [] };
    const say = (line) => socket.write(`${line}\r\n`);
    const signIn = (line) => {
      const [, name, secret] = Buffer.from(line, 'base64').toString('utf8')
        .split('\0');
      asked = false;
      signedIn = name === user && secret === password;
      say(signedIn ? '235 welcome' : '535 wrong');
    };
    const take = (line) => {
      if (asked) return signIn(line);
      state.commands.push(line);
      const verb = line.split(/[ :]/)[0].toUpperCase();
      if (verb === 'EHLO') {
        say('250-mail.example');
        if (user) say('250-AUTH PLAIN');
        return say('250 8BITMIME');
      }
      if (verb === 'AUTH') {
        asked = true;
        return say('334 ');
      }
      if (verb === 'MAIL') {
        mail = { from: /<(.*)>/.exec(line)[1], to: [] };
        return say(signedIn ? '250 ok' : '530 sign in first');
      }
      if (verb === 'RCPT') {
        state.tries += 1;
        const refusal = refusals.shift();
        if (refusal) return say(refusal);
        mail.to.push(/<(.*)>/.exec(line)[1]);
        return say('250 ok');
      }
      if (verb === 'DATA') {
        data = true;
        return say('354 go on');
      }
      if (verb === 'QUIT') {
        say('221 bye');
        return socket.end();
      }
      return say('250 ok');
    };
    say('220 mail.example');
    socket.on('error', () => {});
    socket.on('data', (part) => {
      buffer += part.toString('latin1');
      for (;;) {
        if (data) {
          const end = buffer.indexOf('\r\n.\r\n');
          if (end < 0) return;
          const raw = buffer.slice(0, end + 2).replaceAll('\r\n..', '\r\n.');
          messages.push({ ...mail, raw, ...readMessage(raw) });
          buffer = buffer.slice(end + 5);
          data = false;
          say('250 taken');
        }
        const end = buffer.indexOf('\r\n');
        if (end < 0) return;
        const line = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        take(line);
      }
    });
  });
  const port = await listen(server, host);
  const open = new Set();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  return { port, messages, refusals, state,
    get tries() { return state.tries; },
    close: () => new Promise((done) => {
      server.close(done);
      open.forEach((socket) => socket.destroy());
    }) };
}
