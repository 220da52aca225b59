/*
 * copy.h - everything from one store into another
 *
 * Layer  store
 * Gives  each row of each table but leases, whichever engines keep them, read
 *        again to see that it arrived
 * Owns   nothing
 * Fails  as db.h; CONFIG_REFUSED, told: the stores are not of the same version,
 *        the second is not empty, or a row did not arrive as it was
 *
 * The first is copied as it is at one moment, and may be in use. The second
 * has all of it or, after a fault, nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_COPY_H
#define STORE_COPY_H

#include "store/db.h"
#include "store/schema.h"

struct copy_report {
	const struct schema *schema;
	int64_t rows[SCHEMA_TABLES_MAX]; /* of each table */
	int64_t whole;
};

/* Into a new store, which is made. */
enum fault copy_into(struct cx *cx, struct db *from, struct span url,
    struct copy_report *out) MUST_USE;
/* Into a new file, which is read again. An engine that cannot write itself
 * there is copied row by row. */
enum fault copy_backup(
    struct cx *cx, struct db *from, const char *path) MUST_USE;

/* Both have their tables already (migrate.h). */
enum fault copy_run(struct db *from, struct db *to, struct cx *cx,
    struct copy_report *out) MUST_USE;

#endif
