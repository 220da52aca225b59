// SPDX-License-Identifier: Apache-2.0
// server - ltijs as its manual sets it up, with Dynamic Registration and one
// platform, by its own plug-in for SQL:
//
//   node server.js PORT STORE ISSUER CLIENT METHOD KEY LOGIN TOKEN
//
// STORE is postgres:PORT (user and database "bench") or the file of an SQLite
// database; METHOD and KEY are an authConfig, such as JWK_SET and its URL; LOGIN
// and TOKEN are the platform's endpoints. Two routes are what a tool's own would
// be: POST /score sends {item, score}, GET /members gives the whole roster.
'use strict';
const dns = require('node:dns');
const { Provider } = require('ltijs');
const Database = require('ltijs-sequelize');

const [port, store, url, clientId, method, key, login, token] = process.argv.slice(2);

// The C library alone knows no names below localhost.
const { lookup } = dns;
dns.lookup = (name, ...rest) =>
  lookup(name?.endsWith('.localhost') ? '127.0.0.1' : name, ...rest);

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

const answered = (answer) => async (request, response) => {
  try {
    response.send(await answer(response.locals.token, request.body));
  } catch (failure) {
    response.status(502).send({ message: failure.message, body: failure.response?.body });
  }
};
Provider.app.post('/score', answered((idToken, { item, score }) =>
  Provider.Grade.submitScore(idToken, item, score)));
Provider.app.get('/members', answered((idToken) =>
  Provider.NamesAndRoles.getMembers(idToken, { pages: false })));

async function serve() {
  await Provider.deploy({ port: Number(port), silent: true });
  await Provider.registerPlatform({
    url, clientId, name: 'School',
    authenticationEndpoint: login, accesstokenEndpoint: token,
    authConfig: { method, key },
  });
  console.log('ready');
}
serve();
