// SPDX-License-Identifier: Apache-2.0
// One HTTP call, exactly as written: no redirect is followed, no header is
// added besides Host, Content-Length and Connection, every name is this machine,
// and no certificate is judged. Gives {status, headers, text, json(), location}.

import http from 'node:http';
import https from 'node:https';

const LIMIT_MS = 120_000;
const HEAD_MAX = 1 << 17; // a long hint stands in a Location

function answerOf(response, bytes) {
  const text = bytes.toString('utf8');
  return {
    status: response.statusCode,
    headers: response.headers,
    text,
    location: response.headers.location ?? null,
    json: () => JSON.parse(text),
  };
}

// The path and query go out as they stand in the address, unlike with URL,
// which would tidy them.
function split(address) {
  const [, scheme, host, path] = /^(https?):\/\/([^/?#]*)([^#]*)/.exec(address);
  const plain = scheme === 'http';
  return { host, client: plain ? http : https,
    port: Number(/:(\d+)$/.exec(host)?.[1] ?? (plain ? 80 : 443)),
    path: path.startsWith('/') ? path : `/${path}` };
}

export function httpCall(address, { method = 'GET', headers = {}, body,
  limit = LIMIT_MS } = {}) {
  const { host, client, port, path } = split(address);
  const bytes = body === undefined ? undefined : Buffer.from(body);
  return new Promise((resolve, reject) => {
    const request = client.request({
      host: '127.0.0.1', port, method, path, agent: false, timeout: limit,
      rejectUnauthorized: false,
      maxHeaderSize: HEAD_MAX,
      headers: { host, ...(bytes ? { 'content-length': bytes.length } : {}),
        ...headers },
    }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () =>
        resolve(answerOf(response, Buffer.concat(parts))));
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', reject);
    request.end(bytes);
  });
}
