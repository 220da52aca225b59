/*
 * sessions.h - who is signed in to the portal
 *
 * Layer  store
 * Gives  adding, finding by the hash of the cookie, listing, ending
 * Owns   the table sessions
 * Fails  as db.h; NOT_SIGNED_IN (unknown, ended, expired, idle too long);
 *        NO_SESSION (none of this person's has the id)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_SESSIONS_H
#define STORE_SESSIONS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;

/* OWASP, Session Management: an end that nothing puts off, and one for who
 * went away. A working week, and a working day. */
enum { SESSION_LIFE = 7 * 86400, SESSION_IDLE = 12 * 3600 };

struct session {
	struct span id, token_hash, user_id;
	struct span agent; /* the browser's own words, bounded */
	int64_t created_at, used_at, expires_at;
};

struct session_list {
	const struct session *at;
	size_t count;
};

enum fault sessions_add(struct db_session *session, struct cx *cx,
    const struct session *row) MUST_USE;
enum fault sessions_find(struct db_session *session, struct cx *cx,
    struct span token_hash, struct session *out) MUST_USE;
enum fault sessions_use(
    struct db_session *session, struct cx *cx, struct span id) MUST_USE;
enum fault sessions_list(struct db_session *session, struct cx *cx,
    struct span user_id, struct session_list *out) MUST_USE;
enum fault sessions_end(struct db_session *session, struct cx *cx,
    struct span user_id, struct span id) MUST_USE;
/* All of a person's but one (or none, when it is empty). */
enum fault sessions_end_all(struct db_session *session, struct cx *cx,
    struct span user_id, struct span but, size_t *ended) MUST_USE;
enum fault sessions_expire(struct db_session *session, struct cx *cx,
    int64_t max, size_t *deleted) MUST_USE;

#endif
