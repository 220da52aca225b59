/*
 * postgres_session.h - one connection to a PostgreSQL server
 *
 * Layer  store
 * Gives  connecting, statements that travel together, ends of transactions
 * Owns   the connection and what it prepared
 * Fails  as db.h; CONFIG_REFUSED for a URL that libpq does not take
 *
 * What is sent waits in the pipeline (libpq, section "Pipeline Mode") until an
 * answer is needed: BEGIN travels with the first statement, what db_later was
 * given with the next one or with COMMIT, and the end of a transaction that
 * only read, or that failed, with the next transaction. No call waits for the
 * server longer than its deadline: the connection is given up then.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_POSTGRES_SESSION_H
#define STORE_POSTGRES_SESSION_H

#include "store/db_driver.h"
#include "store/postgres_dialect.h"

struct postgres_session;

/* portable: as in db.h. ends_soon: then a script is not waited for longer than
 * anything else. */
enum fault postgres_session_open(struct cx *cx, const char *url, bool portable,
    atomic_uint_fast64_t *touched, const atomic_bool *ends_soon,
    struct postgres_session **out) MUST_USE;
void postgres_session_close(struct postgres_session *session);
/* For db_work. */
struct db_session *postgres_session_base(struct postgres_session *session);
/* Nothing was heard that says otherwise. */
bool postgres_session_alive(struct postgres_session *session);
bool postgres_session_touched(const struct postgres_session *session);

/* The statements that follow are of a transaction. */
enum postgres_mode {
	POSTGRES_READS,  /* one moment */
	POSTGRES_WRITES, /* as if alone */
	POSTGRES_CLAIMS, /* what others commit meanwhile is seen */
};
void postgres_session_begin(
    struct postgres_session *session, enum postgres_mode mode);
/* which: what the work came to. Gives what the transaction came to. */
enum fault postgres_session_end(struct postgres_session *session, struct cx *cx,
    enum fault which, enum postgres_end *end) MUST_USE;

enum fault postgres_session_run(struct db_session *session, struct cx *cx,
    const char *sql, const struct db_value *values, size_t count,
    struct db_rows *out) MUST_USE;
enum fault postgres_session_later(struct db_session *session, struct cx *cx,
    enum fault conflict, const char *sql, const struct db_value *values,
    size_t count, struct db_rows *out) MUST_USE;
enum fault postgres_session_script(
    struct db_session *session, struct cx *cx, struct span sql) MUST_USE;

#endif
