// SPDX-License-Identifier: Apache-2.0
// server - ltijs as its manual sets it up, with Dynamic Registration, and
// SQLite by its own plug-in: node server.js PORT FILE
'use strict';
const { Provider } = require('ltijs');
const Database = require('ltijs-sequelize');

const [port, storage] = process.argv.slice(2);
const database = new Database('ltijs', 'user', 'password', {
  dialect: 'sqlite', storage, logging: false,
});

Provider.setup('a key to seal the private keys with', { plugin: database }, {
  devMode: true,
  dynRegRoute: '/register',
  dynReg: {
    url: `http://localhost:${port}`,
    name: 'Bench',
    description: 'A tool to measure with',
    autoActivate: false,
  },
});
Provider.onConnect((token, request, response) => response.send('here'));
Provider.deploy({ port: Number(port), silent: true }).then(() => console.log('ready'));
