// SPDX-License-Identifier: Apache-2.0
// Several instances of the gateway on one store, each with a clock of its own.
//
//   const two = await another(t, one, environment);    of one's store, secret
//                                                      and public URL
//   const seen = through(two, one);    as a browser whose balancer sends what
//                                      it asks of one to two
//   await leases(one)                  [{name, holder, until}]
//   await changed()                    what one was told two knows by now
//
//   const all = await startInstances(4, { cluster, settings, environment });
//   all.url, all.api, all.open, ...    as of one gateway: through nginx
//   all.instances, all.balancer        each by itself
//   all.at(2)                          what is asked of all, of that one alone
//   await all.close()
//
// With a cluster (cluster.js) the store is a database in it.

import { rm } from 'node:fs/promises';
import { startBalancer } from './balancer.js';
import { callsTo, freePort, makeDirectory, sleep, startGateway }
  from './gateway.js';
import { makePostgres } from './postgres.js';

export async function another(t, one, environment = {}) {
  const gateway = await startGateway({ settings: null, store: one.store,
    environment: { LTIGATE_PUBLIC_URL: one.url, ...environment } });
  t.after(() => gateway.close());
  return gateway;
}

// What both give out are addresses of one.
export const through = (two, one) => ({ ...two, url: one.url,
  registerUrl: one.registerUrl,
  open: (address, options) =>
    two.open(String(address).replace(one.url, two.url), options) });

export const leases = (one) => one.store.rows(
  'SELECT name, holder, held_until AS until FROM leases ORDER BY name');

export const changed = () => sleep(1100);

// --- behind a balancer -----------------------------------------------------

// The first makes the tables, the others find them.
async function startAll(count, { settings = {}, ...options }) {
  const first = await startGateway({ settings, ...options });
  const more = Array.from({ length: count - 1 }, () => startGateway(
    { ...options, settings: null, store: first.store }));
  return [first, ...await Promise.all(more)];
}

export async function startInstances(count,
  { cluster, settings, environment } = {}) {
  const directory = await makeDirectory();
  const store = cluster && await makePostgres(cluster.url(), directory);
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const instances = await startAll(count, { settings, store, environment: {
    LTIGATE_PUBLIC_URL: url, LTIGATE_TRUSTED_PROXIES: '127.0.0.1',
    ...environment } });
  const balancer = await startBalancer({ port,
    ports: instances.map((one) => one.port) });
  const all = { url, registerUrl: `${url}/lti/register`, instances, balancer,
    store: instances[0].store,
    at: (number) => through(instances[number % count], all),
    async close() {
      await balancer.close();
      for (const one of instances) await one.close();
      await rm(directory, { recursive: true });
    } };
  return Object.assign(all, callsTo(all));
}
