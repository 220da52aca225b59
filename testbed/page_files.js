// SPDX-License-Identifier: Apache-2.0
// Serves the pages for people. A page of a further role is a further file.

import { readFileSync } from 'node:fs';

const folder = new URL('./pages/', import.meta.url);

const types = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

export function answerPage(request, onStartHost) {
  if (request.path === '/' || request.path === '/testbed/') {
    return readPage(onStartHost ? 'index.html' : 'administrator.html');
  }
  return readPage(request.path.slice('/testbed/'.length));
}

function readPage(name) {
  const type = /^[a-z_]+\.(html|css|js|svg)$/.exec(name)?.[1];
  const headers = { 'content-type': types[type] ?? 'text/plain',
    'cache-control': 'no-store' };
  if (!type) return { status: 404, headers, body: 'no such page' };
  try {
    return { status: 200, headers, body: readFileSync(new URL(name, folder)) };
  } catch {
    return { status: 404, headers: { 'content-type': 'text/plain' },
      body: 'no such page' };
  }
}
