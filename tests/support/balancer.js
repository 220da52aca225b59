// SPDX-License-Identifier: Apache-2.0
// nginx before several gateways, configured as packaging/proxies/nginx.conf
// but for TLS: as a
// child of the test, with a directory and a port of its own.
//
//   const balancer = await startBalancer({ port, ports });
//   balancer.url                  what people and LMSs see
//   balancer.configuration        what nginx was told
//   await balancer.log()          what it complains of
//   await balancer.close()
//
// Each answer says in x-served-by which instances were asked, in order:
// "127.0.0.1:20001, 127.0.0.1:20002", and in x-served-with what they said.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { httpCall } from './http_call.js';

const READY_MS = 20_000;
const LOOK_MS = 20;

// Root's nginx would have its work done by nobody, who may not write here.
const user = process.getuid() === 0 ? 'user root;' : '';

// What is around the lines of the example is this machine's.
const configurationOf = (directory, port, ports) => `
daemon off;
${user}
worker_processes 1;
pid ${directory}/pid;
error_log ${directory}/log warn;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;

  # --- as in packaging/proxies/nginx.conf
  upstream ltigate {
${ports.map((one) =>
    `    server 127.0.0.1:${one} max_fails=1 fail_timeout=1s;`).join('\n')}
    keepalive 32;
    # Shorter than the 15 seconds after which ltigate closes an idle one.
    keepalive_timeout 10s;
  }
  server {
    listen 127.0.0.1:${port};
    # As much as ltigate takes, and it says what is too much.
    client_max_body_size 2m;
    # A login brings a hint of the LMS, as long as that likes, and its answer
    # holds that again.
    large_client_header_buffers 4 16k;
    proxy_buffer_size 128k;
    proxy_buffers 4 128k;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_connect_timeout 2s;
    proxy_read_timeout 60s;
    # An instance that is not there is passed over. A POST that was sent is
    # never sent again: nobody knows what became of it.
    proxy_next_upstream error timeout;
    proxy_next_upstream_timeout 5s;
    location / {
      proxy_pass http://ltigate;
    }
    # Except for a login: that leaves nothing behind.
    location = /lti/login {
      proxy_next_upstream error timeout non_idempotent;
      proxy_pass http://ltigate;
    }
  # --- until here
    add_header X-Served-By $upstream_addr always;
    add_header X-Served-With $upstream_status always;
  }
}
`;

// No nginx outlives its test file, however that ends.
const alive = new Set();
process.on('exit', () => alive.forEach((child) => child.kill('SIGTERM')));

function launch(directory) {
  const child = spawn('/usr/sbin/nginx', ['-p', directory, '-e',
    join(directory, 'log'), '-c', join(directory, 'nginx.conf')],
  { stdio: ['ignore', 'ignore', 'inherit'] });
  alive.add(child);
  const over = new Promise((done) => {
    child.on('error', done);
    child.on('close', done);
  }).then(() => alive.delete(child));
  return { child, over };
}

export async function startBalancer({ port, ports }) {
  const directory = await mkdtemp(join(tmpdir(), 'ltigate-balancer-'));
  const configuration = configurationOf(directory, port, ports);
  await writeFile(join(directory, 'nginx.conf'), configuration);
  const { child, over } = launch(directory);
  const balancer = {
    port, configuration,
    url: `http://localhost:${port}`,
    log: () => readFile(join(directory, 'log'), 'utf8').catch(() => ''),
    async close() {
      child.kill('SIGTERM');
      await over;
      await rm(directory, { recursive: true });
    },
  };
  for (const late = Date.now() + READY_MS; ;) {
    if (!alive.has(child) || Date.now() > late) {
      throw new Error(`nginx does not start:\n${await balancer.log()}`);
    }
    const answer = await httpCall(`${balancer.url}/healthz`).catch(() => null);
    if (answer?.status === 200) return balancer;
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}
