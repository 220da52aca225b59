// SPDX-License-Identifier: Apache-2.0
// Reads a tool's key set: Brightspace does while it registers the tool, and
// every LMS when the tool returns content.

import http from 'node:http';
import https from 'node:https';

const LIMIT_MS = 5000;
const MAX_BYTES = 200_000;

// Names under localhost mean this machine, whatever its resolver thinks.
function lookup(hostname, options, done) {
  if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }]);
  else done(null, '127.0.0.1', 4);
}

function get(lms, url) {
  const client = url.protocol === 'https:' ? https : http;
  const local = /(^|\.)localhost$/.test(url.hostname);
  return new Promise((resolve, reject) => {
    const request = client.get(url, {
      timeout: LIMIT_MS, agent: false, ca: lms.toolCa,
      ...(local ? { lookup } : {}),
    }, (response) => {
      const parts = [];
      let size = 0;
      response.on('data', (part) => {
        size += part.length;
        if (size > MAX_BYTES) request.destroy(new Error('too large'));
        else parts.push(part);
      });
      response.on('end', () => resolve({ status: response.statusCode,
        headers: response.headers, text: Buffer.concat(parts).toString() }));
      response.on('error', reject);
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', reject);
  });
}

function decoded(text) {
  return typeof text === 'string' ? Buffer.from(text, 'base64url') : null;
}

function keyProblem(key) {
  if (!key || typeof key !== 'object' || key.kty !== 'RSA') {
    return 'a key is not RSA';
  }
  if (!key.kid) return 'a key has no kid';
  if ('d' in key) return 'a private key is published';
  const modulus = decoded(key.n);
  if (!modulus || modulus.length < 256) return 'a key has under 2048 bits';
  return modulus[0] === 0 ? 'a modulus begins with a zero byte' : null;
}

function keySetProblem({ status, text }) {
  if (status !== 200) return `answered ${status}`;
  let document;
  try {
    document = JSON.parse(text);
  } catch {
    return 'is not JSON';
  }
  if (!Array.isArray(document?.keys) || document.keys.length === 0) {
    return 'has no keys';
  }
  return document.keys.map(keyProblem).find(Boolean) ?? null;
}

// Reads it into the record of an exchange or a launch; gives {answer} or
// {problem}.
export async function readKeySet(lms, { requests }, address) {
  const record = {
    at: new Date(lms.clock()).toISOString(), from: 'lms', kind: 'key-set',
    method: 'GET', url: String(address), headers: {}, body: null,
    status: null, answerHeaders: null, answerBody: null, ms: null,
  };
  requests.push(record);
  try {
    const answer = await get(lms, new URL(address));
    record.status = answer.status;
    record.answerHeaders = answer.headers;
    record.answerBody = answer.text;
    return { answer };
  } catch (problem) {
    record.answerBody = `no answer: ${problem.message}`;
    return { problem: `could not be read (${problem.message})` };
  }
}

export async function fetchKeySet(lms, exchange, address) {
  const { answer, problem } = await readKeySet(lms, exchange, address);
  return problem ?? keySetProblem(answer);
}
