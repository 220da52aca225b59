/*
 * db_driver.h - what an engine does for db.h
 *
 * Layer  store
 * Gives  struct db_driver, one for each engine; what every struct db and
 *        struct db_session begins with
 * Owns   nothing
 * Fails  as db.h
 *
 * For db.c and the drivers alone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_DB_DRIVER_H
#define STORE_DB_DRIVER_H

#include <stdatomic.h>

#include "store/db.h"

enum {
	DB_WAIT_MS = 5000,   /* for a lock, for a connection */
	DB_STATEMENTS = 512, /* places; the program has fewer statements */
	DB_VALUES_MAX = 40,
	DB_TOUCHED = 1 << 16,
};

struct db_driver {
	enum fault (*open)(struct cx *cx, struct span url,
	    const struct db_options *options, struct db **out);
	void (*close)(struct db *db);
	void (*end_soon)(struct db *db); /* NULL: nothing is far */
	enum fault (*write)(
	    struct db *db, struct cx *cx, db_work *work, void *arg);
	enum fault (*claim)(
	    struct db *db, struct cx *cx, db_work *work, void *arg);
	enum fault (*read)(
	    struct db *db, struct cx *cx, db_work *work, void *arg);
	enum fault (*run)(struct db_session *session, struct cx *cx,
	    const char *sql, const struct db_value *values, size_t count,
	    struct db_rows *out);
	enum fault (*later)(struct db_session *session, struct cx *cx,
	    enum fault conflict, const char *sql, const struct db_value *values,
	    size_t count, struct db_rows *out);
	enum fault (*script)(
	    struct db_session *session, struct cx *cx, struct span sql);
	db_work *clock; /* into an int64_t; NULL: it runs here */
	enum fault (*slice)(struct db *db, struct cx *cx,
	    const struct db_slices *slices); /* NULL: it cannot */
	enum fault (*backup)(struct db *db, struct cx *cx,
	    const char *path); /* NULL: it cannot */
	enum fault (*verify)(struct db *db, struct cx *cx); /* or NULL */
};

struct db {
	const struct db_driver *driver;
	/* How many transactions changed what is kept in memory, times
	 * DB_TOUCHED; plus how many do so now. */
	atomic_uint_fast64_t touched;
};

struct db_session {
	const struct db_driver *driver;
	atomic_uint_fast64_t *touched; /* of the store */
	bool touches;                  /* the transaction changes it */
};

extern const struct db_driver db_sqlite, db_postgres;

/* What the transaction changed is on disk, or undone: at worst something is
 * read again. */
void db_touch_end(struct db_session *session);

#endif
