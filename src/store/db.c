/* db.c - the store, whichever engine keeps it
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/db.h"

#include <assert.h>

#include "base/clock.h"
#include "base/counters.h"
#include "base/cx.h"
#include "store/db_driver.h"

static const struct {
	const char *scheme;
	const struct db_driver *driver;
} drivers[] = {
    {"sqlite:", &db_sqlite},
    {"postgres://", &db_postgres},
    {"postgresql://", &db_postgres},
};

enum fault
db_open(struct cx *cx, struct span url, const struct db_options *options,
    struct db **out)
{
	static const struct db_options usual;

	for (size_t i = 0; i < sizeof drivers / sizeof *drivers; i++)
		if (span_starts(url, drivers[i].scheme))
			return drivers[i].driver->open(
			    cx, url, options ? options : &usual, out);
	return fault_tell(cx, FAULT_CONFIG_REFUSED,
	    "store must be sqlite:FILE or postgres://USER@HOST/DATABASE");
}

void
db_close(struct db *db)
{
	if (db)
		db->driver->close(db);
}

/* A fault of the work's own is none of the store's. */
static enum fault
count(struct cx *cx, unsigned work, int64_t begun_us, enum fault which)
{
	if (which == FAULT_STORE_BUSY || which == FAULT_STORE_FULL ||
	    which == FAULT_STORE_FAILED)
		counters_count(COUNTERS_AT(STORE_FAULTS, which), cx);
	counters_time(
	    COUNTERS_AT(STORE_TIME, work), clock_monotonic_us() - begun_us, cx);
	return which;
}

enum fault
db_write(struct db *db, struct cx *cx, db_work *work, void *arg)
{
	int64_t begun_us = clock_monotonic_us();

	return count(
	    cx, WORKS_WRITE, begun_us, db->driver->write(db, cx, work, arg));
}

enum fault
db_claim(struct db *db, struct cx *cx, db_work *work, void *arg)
{
	int64_t begun_us = clock_monotonic_us();

	return count(
	    cx, WORKS_CLAIM, begun_us, db->driver->claim(db, cx, work, arg));
}

enum fault
db_read(struct db *db, struct cx *cx, db_work *work, void *arg)
{
	int64_t begun_us = clock_monotonic_us();

	return count(
	    cx, WORKS_READ, begun_us, db->driver->read(db, cx, work, arg));
}

enum fault
db_run(struct db_session *session, struct cx *cx, const char *sql,
    const struct db_value *values, size_t count, struct db_rows *out)
{
	assert(count <= DB_VALUES_MAX);
	return session->driver->run(session, cx, sql, values, count, out);
}

enum fault
db_later(struct db_session *session, struct cx *cx, enum fault conflict,
    const char *sql, const struct db_value *values, size_t count,
    struct db_rows *out)
{
	assert(count <= DB_VALUES_MAX);
	return session->driver->later(
	    session, cx, conflict, sql, values, count, out);
}

enum fault
db_script(struct db_session *session, struct cx *cx, struct span sql)
{
	return session->driver->script(session, cx, sql);
}

enum fault
db_slice(struct db *db, struct cx *cx, const struct db_slices *slices)
{
	return db->driver->slice ? db->driver->slice(db, cx, slices)
				 : FAULT_NONE;
}

enum fault
db_clock(struct db *db, struct cx *cx, int64_t *out)
{
	*out = 0;
	return db->driver->clock ? db_read(db, cx, db->driver->clock, out)
				 : FAULT_NONE;
}

void
db_end_soon(struct db *db)
{
	if (db->driver->end_soon)
		db->driver->end_soon(db);
}

bool
db_backs_up(const struct db *db)
{
	return db->driver->backup;
}

enum fault
db_backup(struct db *db, struct cx *cx, const char *path)
{
	return db->driver->backup(db, cx, path);
}

enum fault
db_verify(struct db *db, struct cx *cx)
{
	return db->driver->verify ? db->driver->verify(db, cx) : FAULT_NONE;
}

void
db_touch(struct db_session *session)
{
	if (!session->touches)
		atomic_fetch_add(session->touched, 1);
	session->touches = true;
}

void
db_touch_end(struct db_session *session)
{
	if (session->touches)
		atomic_fetch_add(session->touched, DB_TOUCHED - 1);
	session->touches = false;
}

uint64_t
db_touched(struct db *db)
{
	uint64_t now = atomic_load(&db->touched);

	return now / DB_TOUCHED * 2 + (now % DB_TOUCHED != 0);
}

struct span
db_text(const struct db_rows *rows, size_t row, size_t column)
{
	if (row >= rows->count || column >= rows->columns)
		return SPAN_NONE;
	return rows->cells[row * rows->columns + column].text;
}

int64_t
db_integer(const struct db_rows *rows, size_t row, size_t column)
{
	if (row >= rows->count || column >= rows->columns)
		return 0;
	return rows->cells[row * rows->columns + column].integer;
}
