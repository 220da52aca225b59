/*
 * notifications.h - what waits to be told to somebody outside
 *
 * Layer  store
 * Gives  adding, leasing for a try, finishing, forgetting
 * Owns   the table notifications
 * Fails  as db.h
 *
 * One row for each channel and recipient. A lease that nobody finished ends
 * by itself: whoever held it died, and it is told again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_NOTIFICATIONS_H
#define STORE_NOTIFICATIONS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;

enum {
	NOTIFICATIONS_WAITING_MAX = 1000,
	NOTIFICATIONS_MAIL_MAX = 60 /* an hour, to one recipient */
};

struct notification {
	struct span id;        /* sorts by time */
	struct span notice;    /* the same for all who are told */
	struct span channel;   /* webhook or mail */
	struct span recipient; /* of mail */
	struct span type;      /* platform.waiting ... */
	struct span body;      /* JSON */
	struct span state;     /* waiting; then delivered or given-up */
	struct span fault;     /* of the last try */
	int64_t tried, next_try_at, leased_until;
	int64_t created_at, finished_at;
};

/* *full: so many wait already, or were mailed to this recipient within the
 * hour, that it was not added. Whoever may begin a registration can cause
 * one. */
enum fault notifications_add(struct db_session *session, struct cx *cx,
    const struct notification *row, bool *full) MUST_USE;
/* Something of the channel is due. */
enum fault notifications_due(struct db_session *session, struct cx *cx,
    struct span channel, bool *out) MUST_USE;
/* The one that is due longest, tried once more. *found: there was one. */
enum fault notifications_lease(struct db_session *session, struct cx *cx,
    struct span channel, int64_t until, struct notification *out,
    bool *found) MUST_USE;
/* Writes state, fault, next_try_at and finished_at and ends the lease. *done
 * is false, and nothing happens, when it is another's by now. */
enum fault notifications_finish(struct db_session *session, struct cx *cx,
    const struct notification *row, bool *done) MUST_USE;
/* Over since before `before`. */
enum fault notifications_forget(struct db_session *session, struct cx *cx,
    int64_t before, int64_t max, size_t *deleted) MUST_USE;

/* How many wait, of max at most, and since when the oldest of those does; 0:
 * none. */
enum fault notifications_count(struct db_session *session, struct cx *cx,
    int64_t max, int64_t *count, int64_t *oldest) MUST_USE;

#endif
