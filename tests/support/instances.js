// SPDX-License-Identifier: Apache-2.0
// Several instances of the gateway on one store, each with a clock of its own.
//
//   const two = await another(t, one, environment);    of one's store, secret
//                                                      and public URL
//   const seen = through(two, one);    as a browser whose balancer sends what
//                                      it asks of one to two
//   await leases(one)                  [{name, holder, until}]
//   await changed()                    what one was told two knows by now

import { sleep, startGateway } from './gateway.js';

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
