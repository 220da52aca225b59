// SPDX-License-Identifier: Apache-2.0
// Puts an answer on the wire, well or badly. An answer is {status, headers,
// body, transport, delay}; what went out is noted in the request's record.

import { STATUS_CODES } from 'node:http';
import { gzipSync } from 'node:zlib';

const MEGABYTE = 1024 * 1024;
const DRIP_MS = 200;

const wait = (lms, ms) => new Promise((resolve) => {
  const timer = setTimeout(() => {
    lms.timers.delete(timer);
    resolve();
  }, ms);
  lms.timers.add(timer);
});

function headersOf(answer, body) {
  return { 'content-length': String(body.length), ...answer.headers };
}

function plain(lms, response, answer, body) {
  response.writeHead(answer.status, headersOf(answer, body));
  response.end(body);
}

function neverAnswers(lms, response) {
  lms.held.add(response);
  response.on('close', () => lms.held.delete(response));
}

function stallsAfterHeaders(lms, response, answer, body) {
  neverAnswers(lms, response);
  response.writeHead(answer.status, headersOf(answer, body));
  response.flushHeaders();
}

async function drips(lms, response, answer, body) {
  neverAnswers(lms, response);
  response.writeHead(answer.status, headersOf(answer, body));
  for (const byte of body) {
    if (response.destroyed) return;
    response.write(Buffer.from([byte]));
    await wait(lms, DRIP_MS);
  }
  response.end();
}

function closes(lms, response) {
  response.socket?.destroy();
}

function closeMidway(lms, response, answer, body) {
  response.writeHead(answer.status, headersOf(answer, body));
  const half = body.subarray(0, Math.floor(body.length / 2));
  response.write(half, () => response.socket?.destroy());
}

function oversize(lms, response, answer, body) {
  const spaces = Buffer.alloc(2 * MEGABYTE, ' ');
  plain(lms, response, answer, Buffer.concat([spaces, body]));
}

async function endlessChunked(lms, response, answer) {
  neverAnswers(lms, response);
  response.writeHead(answer.status, answer.headers);
  const chunk = Buffer.alloc(64 * 1024, ' ');
  while (!response.destroyed) {
    response.write(chunk);
    await wait(lms, 5);
  }
}

// The head is written by hand: Node would correct the lie.
function lyingLength(change) {
  return (lms, response, answer, body) => {
    neverAnswers(lms, response);
    const length = change(body.length);
    const lines = Object.entries(answer.headers).map(([name, value]) =>
      `${name}: ${value}\r\n`);
    response.socket?.write(
      `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}\r\n`
      + `${lines.join('')}content-length: ${length}\r\n\r\n`);
    response.socket?.write(body);
  };
}

function gzip(lms, response, answer, body) {
  const packed = gzipSync(Buffer.concat([body, Buffer.alloc(MEGABYTE, ' ')]));
  plain(lms, response, { ...answer,
    headers: { ...answer.headers, 'content-encoding': 'gzip' } }, packed);
}

const transports = {
  normal: plain,
  'never-answers': neverAnswers,
  'stalls-after-headers': stallsAfterHeaders,
  drips,
  closes,
  'close-midway': closeMidway,
  oversize,
  'endless-chunked': endlessChunked,
  'lying-length-long': lyingLength((length) => length + 1000),
  'lying-length-short': lyingLength((length) => Math.floor(length / 2)),
  gzip,
};

export const isTransport = (name) => name in transports;

// 'closes' and 'never-answers' send nothing, and the record says so.
const silent = new Set(['closes', 'never-answers']);

export async function send(lms, response, record, answer) {
  const body = Buffer.isBuffer(answer.body)
    ? answer.body : Buffer.from(answer.body ?? '');
  if (answer.delay) await wait(lms, answer.delay);
  const transport = answer.transport ?? 'normal';
  record.ms = lms.clock() - Date.parse(record.at);
  record.transport = transport;
  if (!silent.has(transport)) {
    record.status = answer.status;
    record.answerHeaders = { ...answer.headers };
    record.answerBody = body.toString('utf8', 0, record.bodyMax);
  }
  await transports[transport](lms, response, answer, body);
}
