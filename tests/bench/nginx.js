// SPDX-License-Identifier: Apache-2.0
// nginx - a balancer before several instances, as docs/configuration.md has it
//
// One worker: it shares the processors with what is measured.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { end, start } from './gateway.js';

const program = '/usr/sbin/nginx';
const START_MS = 5000;

const configuration = (folder, port, ports) => `
daemon off;
master_process off;
pid ${folder}/pid;
error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  keepalive_requests 1000000;
  upstream gateways {
${ports.map((one) => `    server 127.0.0.1:${one};`).join('\n')}
    keepalive 64;
    keepalive_requests 1000000;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://gateways;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
    }
  }
}
`;

const listens = (port) => new Promise((done) => {
  const socket = createConnection(port, '127.0.0.1');
  socket.on('connect', () => { socket.destroy(); done(true); });
  socket.on('error', () => done(false));
});

/** {origin, pid, close} or null. */
export async function openNginx(folder, port, ports) {
  if (!existsSync(program)) {
    console.log('nginx is left out: it is not installed');
    return null;
  }
  const own = join(folder, 'nginx');
  mkdirSync(own, { recursive: true });
  const file = join(own, 'nginx.conf');
  writeFileSync(file, configuration(own, port, ports));
  const child = start(program, ['-c', file, '-p', own], { stdio: 'ignore' });
  for (const late = Date.now() + START_MS; !await listens(port);) {
    if (Date.now() > late || child.exitCode !== null) {
      console.log('nginx is left out: it does not start');
      await end(child);
      return null;
    }
    await sleep(20);
  }
  return { origin: `http://127.0.0.1:${port}`, pid: child.pid, close: () => end(child) };
}
