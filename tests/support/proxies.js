// SPDX-License-Identifier: Apache-2.0
// The real proxies, with the files of packaging/proxies: as children of the
// test and an ordinary user's, with names, ports and certificates of its own
// in place of those that the file has.
//
//   const proxy = await startProxy('nginx', { port, plainPort, ports, files });
//   proxy.configuration           what it was told
//   proxy.log()                   what it complains of
//   await proxy.noticed(port)     a POST finds its way without that gateway
//   await proxy.close()
//
// port: https; plainPort: http; ports: of two gateways; files: {cert, key,
// both}, PEM. proxyNames are those that there are; isInstalled(name).

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './gateway.js';
import { httpCall } from './http_call.js';

const packaging = join(import.meta.dirname, '../../packaging/proxies');
const PEM = '/etc/letsencrypt/live/lti.example';
const modulesOf = ['mpm_event', 'authz_core', 'alias', 'headers', 'proxy',
  'proxy_http', 'proxy_balancer', 'lbmethod_byrequests', 'slotmem_shm',
  'socache_shmcb', 'ssl', 'proxy_hcheck'];

const ofLetsEncrypt = ({ files }) => ({ [`${PEM}/fullchain.pem`]: files.cert,
  [`${PEM}/privkey.pem`]: files.key });

// What stands in the file, and here instead; and what is around the file on
// any machine that has the package.
const proxies = {
  nginx: {
    program: '/usr/sbin/nginx', file: 'nginx.conf',
    here: (wish) => ({ 'listen 80;': `listen 127.0.0.1:${wish.plainPort};`,
      'listen [::]:80;': '', 'listen [::]:443 ssl http2;': '',
      'listen 443 ': `listen 127.0.0.1:${wish.port} `,
      ...ofLetsEncrypt(wish) }),
    around: (directory, text) => `
daemon off;
worker_processes 1;
pid ${directory}/pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
  access_log off;
${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) =>
    `  ${name}_temp_path ${directory}/${name};`).join('\n')}
${text}
}
`,
    args: (directory, path) => ['-p', directory, '-e', 'stderr', '-c', path],
  },
  caddy: {
    program: '/usr/bin/caddy', file: 'Caddyfile',
    here: ({ port, files }) => ({
      '{$LTIGATE_DOMAIN:lti.example}': `https://localhost:${port}`,
      '{$LTIGATE_UPSTREAM:127.0.0.1:8080}': '127.0.0.1:8080',
      '# tls /etc/ssl/lti.example.pem /etc/ssl/private/lti.example.key':
        `tls ${files.cert} ${files.key}` }),
    around: (directory, text, { plainPort }) => `{
	admin off
	http_port ${plainPort}
	default_bind 127.0.0.1
	storage file_system ${directory}/storage
}
${text}`,
    // Before 2.11.2 it loses the body of what it cannot bring to the first.
    noticed: (log, port) => log.split('\n').some((line) =>
      line.includes('health_checker') && line.includes(`:${port}"`)),
    args: (directory, path) =>
      ['run', '--adapter', 'caddyfile', '--config', path],
  },
  haproxy: {
    program: '/usr/sbin/haproxy', file: 'haproxy.cfg',
    here: ({ port, plainPort, files }) => ({
      'bind :80': `bind 127.0.0.1:${plainPort}`,
      'bind :443 ': `bind 127.0.0.1:${port} `,
      '/etc/haproxy/lti.example.pem': files.both }),
    around: (directory, text) => text,
    args: (directory, path) => ['-db', '-f', path],
  },
  apache: {
    program: '/usr/sbin/apache2', file: 'apache.conf',
    here: (wish) => ({ '*:80>': `127.0.0.1:${wish.plainPort}>`,
      '*:443>': `127.0.0.1:${wish.port}>`, ...ofLetsEncrypt(wish) }),
    around: (directory, text, { port, plainPort }) => `
ServerRoot ${directory}
ServerName localhost
PidFile ${directory}/pid
DefaultRuntimeDir ${directory}
Mutex file:${directory}
ErrorLog ${directory}/log
StartServers 1
Listen 127.0.0.1:${plainPort}
Listen 127.0.0.1:${port}
${modulesOf.map((name) => `LoadModule ${name}_module `
    + `/usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
${text}`,
    args: (directory, path) => ['-DFOREGROUND', '-f', path],
  },
};

export const proxyNames = Object.keys(proxies);
export const isInstalled = (name) => existsSync(proxies[name].program);

// Whatever is named must be there, else the file was changed without this.
function configurationOf({ file, here, around }, text, directory, wish) {
  const [one, two] = wish.ports.map((port) => `127.0.0.1:${port}`);
  const changes = Object.entries({ '#| ': '', ...here(wish),
    '127.0.0.1:8080': one, '10.0.0.2:8080': two });
  const changed = changes.reduce((now, [there, instead]) => {
    assert.ok(now.includes(there), `${file} has no ${there}`);
    return now.replaceAll(there, instead);
  }, text);
  return around(directory, changed.replaceAll('lti.example', 'localhost'),
    wish);
}

// Root gives up what an ordinary user has not.
const NOBODY = 65534;
const asNobody = process.getuid() === 0
  ? [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'] : [];

const alive = new Set();
process.on('exit', () => alive.forEach((child) => child.kill('SIGTERM')));

function launch({ program, args }, directory, path) {
  const child = spawn('setpriv', [...asNobody, program,
    ...args(directory, path)], { stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: directory } });
  const texts = [];
  alive.add(child);
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (part) => texts.push(part));
  }
  const over = new Promise((done) => {
    child.on('error', done);
    child.on('close', done);
  }).then(() => alive.delete(child));
  const file = join(directory, 'log');
  const log = () => Buffer.concat([...texts, existsSync(file)
    ? readFileSync(file) : Buffer.alloc(0)]).toString('utf8');
  return { child, over, log };
}

export async function makeProxyDirectory() {
  const directory = await mkdtemp(join(tmpdir(), 'ltigate-proxy-'));
  if (asNobody.length) execFileSync('chown', [`${NOBODY}`, directory]);
  await chmod(directory, 0o755);
  return directory;
}

export async function startProxy(name, wish) {
  const directory = await makeProxyDirectory();
  const text = await readFile(join(packaging, proxies[name].file), 'utf8');
  const path = join(directory, 'configuration');
  const configuration = configurationOf(proxies[name], text, directory, wish);
  await writeFile(path, configuration);
  const { child, over, log } = launch(proxies[name], directory, path);
  const url = `https://localhost:${wish.port}`;
  await until(async () => {
    if (!alive.has(child)) throw new Error(`${name} ended:\n${log()}`);
    const answer = await httpCall(`${url}/healthz`).catch(() => null);
    return answer?.status === 200;
  }, `${name} in front:\n${log()}`).catch((problem) => {
    child.kill('SIGTERM');
    throw new Error(`${problem.message}\n${log()}`);
  });
  const noticed = proxies[name].noticed ?? (() => true);
  return { name, configuration, log,
    noticed: (gone) => until(() => noticed(log(), gone), `${gone} is missed`),
    async close() {
      child.kill('SIGTERM');
      await over;
      await rm(directory, { recursive: true });
    } };
}
