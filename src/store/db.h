/*
 * db.h - the store: transactions over one SQL text
 *
 * Layer  store
 * Gives  reading, writing, and running one statement inside either
 * Owns   the connections
 * Fails  STORE_BUSY (locked for 5 s, or not reached), STORE_FULL,
 *        STORE_CONFLICT (a unique rule), STORE_FAILED
 *
 * Statements use $1 ... $n, RETURNING, IS NOT DISTINCT FROM and the types
 * text and bigint: what SQLite and PostgreSQL both take. Times are seconds
 * since the epoch, booleans 0 and 1, documents JSON in text.
 *
 * A write has returned FAULT_NONE only when it is on disk. Writes of several
 * threads share one commit. No session is held across a wait for anything
 * but the store.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db;
struct db_session;

enum db_type { DB_IS_NULL, DB_IS_TEXT, DB_IS_INTEGER };

struct db_value {
	enum db_type type;
	struct span text;
	int64_t integer;
};

#define DB_NULL ((struct db_value){DB_IS_NULL, SPAN_NONE, 0})
#define DB_TEXT(span) ((struct db_value){DB_IS_TEXT, (span), 0})
#define DB_INTEGER(n) ((struct db_value){DB_IS_INTEGER, SPAN_NONE, (n)})
/* NULL when the span is empty. */
#define DB_TEXT_OR_NULL(span) ((span).length ? DB_TEXT(span) : DB_NULL)

struct db_rows {
	const struct db_value *cells; /* count * columns, in the arena */
	size_t count, columns;
};

enum { DB_ROWS_MAX = 10000 };

struct db_options {
	unsigned connections; /* to a server, at most; 0: 16 */
	bool existing;        /* a file that is not there is not made */
	bool read_only;       /* a file, and left to the byte as it is */
	bool portable; /* only what every engine has that speaks PostgreSQL */
};

/* url: "sqlite:FILE", "postgres://USER@HOST/DATABASE" (libpq's, with several
 * hosts and parameters). options may be NULL. */
enum fault db_open(struct cx *cx, struct span url,
    const struct db_options *options, struct db **out) MUST_USE;
void db_close(struct db *db);
/* The program ends: a server that could not be reached once is not waited for
 * again, and one that changes tables no longer than for anything else. */
void db_end_soon(struct db *db);

/* Runs in one transaction, as if no other ran at the same time; a fault from
 * work undoes all of it. work may run on another thread while the caller waits:
 * arg and cx are its own. It may run more than once, what it did before being
 * undone: what it leaves in arg must not depend on what it finds there, and
 * what cannot be undone is done after db_write. After a conflict or another
 * fault of the store nothing more can be done in the transaction. */
typedef enum fault db_work(
    struct db_session *session, struct cx *cx, void *arg);
enum fault db_write(
    struct db *db, struct cx *cx, db_work *work, void *arg) MUST_USE;
enum fault db_read(
    struct db *db, struct cx *cx, db_work *work, void *arg) MUST_USE;
/* As db_write, but others may commit in between: for work that changes a row
 * only where it still is as it was found, and that needs nothing else to stay.
 * Many instances take from one line so without undoing each other. */
enum fault db_claim(
    struct db *db, struct cx *cx, db_work *work, void *arg) MUST_USE;

/* sql must be a constant: statements are kept by its address. */
enum fault db_run(struct db_session *session, struct cx *cx, const char *sql,
    const struct db_value *values, size_t count, struct db_rows *out) MUST_USE;
#define DB_RUN(session, cx, out, sql, ...)                                     \
	db_run((session), (cx), (sql), (const struct db_value[]){__VA_ARGS__}, \
	    sizeof((const struct db_value[]){__VA_ARGS__}) /                   \
		sizeof(struct db_value),                                       \
	    (out))

/* What the work needs nothing of: it need not have happened when this returns,
 * and may fail, as `conflict` (FAULT_NONE: STORE_CONFLICT) where a unique rule
 * forbids it, in a later call or at the end. Saves the wait for a server. out
 * may be NULL; it is there after db_write, and must be until then. */
enum fault db_later(struct db_session *session, struct cx *cx,
    enum fault conflict, const char *sql, const struct db_value *values,
    size_t count, struct db_rows *out) MUST_USE;
#define DB_LATER(session, cx, conflict, out, sql, ...)                         \
	db_later((session), (cx), (conflict), (sql),                           \
	    (const struct db_value[]){__VA_ARGS__},                            \
	    sizeof((const struct db_value[]){__VA_ARGS__}) /                   \
		sizeof(struct db_value),                                       \
	    (out))

/* What this transaction changes is kept in memory elsewhere (app/directory).
 * The number is odd while such a change is being written, and another even
 * one when it is on disk. Any thread may ask. Writing only. */
void db_touch(struct db_session *session);
uint64_t db_touched(struct db *db);

/* The time of the store's server, in seconds; 0: it has no clock of its own. */
enum fault db_clock(struct db *db, struct cx *cx, int64_t *out) MUST_USE;

/* Several statements without values: migrations. */
enum fault db_script(
    struct db_session *session, struct cx *cx, struct span sql) MUST_USE;

/* A table whose rows are forgotten by a number that grows is kept in slices
 * of that number where the engine can: to drop a slice takes no time, to delete
 * its rows as long as it took to add them. Makes slices for [from, until) and
 * drops those that end at or before `over`. Rows that stand in no slice are
 * deleted one by one: with SQLite all of them. */
struct db_slices {
	struct span table, column;
	const char *rest; /* has rows of no slice from $1 and before $2? */
	int64_t width, from, until, over;
};
#define DB_SLICES(name, number)                                                \
	.table = SPAN(name), .column = SPAN(number),                           \
	.rest = "SELECT 1 FROM " name "_rest WHERE " number                    \
		" >= $1 AND " number " < $2 LIMIT 1"
enum fault db_slice(
    struct db *db, struct cx *cx, const struct db_slices *slices) MUST_USE;

/* A whole copy in a new file, while the store is in use. False: the engine
 * cannot (copy_backup can). */
bool db_backs_up(const struct db *db);
enum fault db_backup(struct db *db, struct cx *cx, const char *path) MUST_USE;
/* Reads all of a file, and looks whether it is whole. A server looks after that
 * itself. */
enum fault db_verify(struct db *db, struct cx *cx) MUST_USE;

/* Cells, by row and column. */
struct span db_text(const struct db_rows *rows, size_t row, size_t column);
int64_t db_integer(const struct db_rows *rows, size_t row, size_t column);

#endif
