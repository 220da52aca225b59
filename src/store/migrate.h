/*
 * migrate.h - bringing the store's tables up to date
 *
 * Layer  store
 * Gives  migrate_run: every text of migrations/ that has not run yet, each in
 *        its own transaction
 * Owns   the table schema_versions
 * Fails  as db.h; CONFIG_REFUSED when the store is newer than the program
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include "base/fault.h"

struct cx;
struct db;

/* Refuses a store that is not as this program wants it. */
enum fault migrate_check(struct db *db, struct cx *cx) MUST_USE;

enum fault migrate_run(struct db *db, struct cx *cx, unsigned *ran) MUST_USE;

#endif
