// SPDX-License-Identifier: Apache-2.0
// The store of one gateway: made for it, looked into behind its back, removed.
//
//   const store = await makeStore(directory, { fresh });
//   store.environment                what a program is told of it
//   store.url, store.secretFile
//   store.files                      all that it has in the directory
//   await store.sql('SELECT ...')    what it says, | between columns
//   await store.rows('SELECT ...')   the same as objects
//   await store.bytes()              all that stands in it
//   await store.inserts()            every row, as INSERT statements
//   await store.schema()             tables, indexes and rules, as texts
//   await store.dump()               SQL that makes such a store
//   await store.check()              fails when it is not whole
//   await store.remove()             when no gateway uses it (store.users)
//
// A store begins as a copy of the run's template (template.js): with all
// tables, the cases' first API key and the key pairs made. All copies have the
// same secret and the same keys: where two gateways must not, or where a first
// start is what a case is about, one is `fresh` and begins empty. So do all
// where there is no template, as in a file that is run by itself.

//
// LTIGATE_TEST_STORE names a PostgreSQL server by the URL of a database there;
// without it a store is an SQLite file.

import { makePostgres } from './postgres.js';
import { makeSqlite } from './sqlite.js';

const { LTIGATE_TEST_TEMPLATE, LTIGATE_TEST_STORE: server } = process.env;

export function makeStore(directory, { fresh = false } = {}) {
  const template = fresh ? undefined : LTIGATE_TEST_TEMPLATE;
  return server ? makePostgres(server, directory, template)
    : makeSqlite(directory, template);
}
