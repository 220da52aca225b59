// SPDX-License-Identifier: Apache-2.0
// server - ltijs as its manual sets it up, with Dynamic Registration and one
// platform, by its own plug-in for SQL:
//
//   node server.js PORT STORE ISSUER CLIENT METHOD KEY
//
// STORE is postgres:PORT (user and database "bench") or the file of an SQLite
// database; METHOD and KEY are an authConfig, such as JWK_SET and its URL.
'use strict';
const { Provider } = require('ltijs');
const Database = require('ltijs-sequelize');

const [port, store, url, clientId, method, key] = process.argv.slice(2);
const where = store.startsWith('postgres:')
  ? { dialect: 'postgres', host: '127.0.0.1', port: Number(store.slice(9)) }
  : { dialect: 'sqlite', storage: store };
const plugin = new Database('bench', 'bench', 'bench', { ...where, logging: false });

Provider.setup('a key to seal the private keys with', { plugin }, {
  tokenMaxAge: 60, // a busy machine may need more than the 10 s
  dynRegRoute: '/register',
  dynReg: {
    url: `http://localhost:${port}`,
    name: 'Bench',
    description: 'A tool to measure with',
    autoActivate: false,
  },
});
Provider.onConnect((token, request, response) => response.send('here'));

async function serve() {
  await Provider.deploy({ port: Number(port), silent: true });
  await Provider.registerPlatform({
    url, clientId, name: 'School',
    authenticationEndpoint: `${url}/auth`, accesstokenEndpoint: `${url}/token`,
    authConfig: { method, key },
  });
  console.log('ready');
}
serve();
