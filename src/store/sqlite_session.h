/*
 * sqlite_session.h - one connection to a file of SQLite's
 *
 * Layer  store
 * Gives  connecting, and statements, which are prepared once
 * Owns   the connection and what it prepared
 * Fails  as db.h
 *
 * For db_sqlite.c alone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_SQLITE_SESSION_H
#define STORE_SQLITE_SESSION_H

#include "store/db_driver.h"

struct statement {
	const char *sql;
	struct sqlite3_stmt *handle;
	int places[DB_VALUES_MAX]; /* SQLite numbers $n by first appearance */
};

struct connection {
	struct db_session base;
	struct sqlite3 *handle;
	struct statement statements[DB_STATEMENTS];
	struct connection *next_idle;
};

enum fault sqlite_session_open(struct cx *cx, const char *path, bool read_only,
    struct connection **out) MUST_USE;
void sqlite_session_close(struct connection *session);

/* BEGIN and its like, prepared once: to parse them takes longer than to do
 * them. */
enum fault sqlite_session_control(
    struct connection *session, struct cx *cx, const char *sql) MUST_USE;
/* Without a cx, whose note tells of the work's own fault. */
void sqlite_session_end_read(struct connection *session);

/* As db.h has them. */
enum fault sqlite_session_run(struct db_session *base, struct cx *cx,
    const char *sql, const struct db_value *values, size_t count,
    struct db_rows *out) MUST_USE;
enum fault sqlite_session_later(struct db_session *base, struct cx *cx,
    enum fault conflict, const char *sql, const struct db_value *values,
    size_t count, struct db_rows *out) MUST_USE;
enum fault sqlite_session_script(
    struct db_session *base, struct cx *cx, struct span sql) MUST_USE;

#endif
