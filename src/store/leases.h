/*
 * leases.h - what one of many instances holds for a while
 *
 * Layer  store
 * Gives  taking or renewing, giving up, listing, forgetting what lapsed
 * Owns   the table leases
 * Fails  as db.h
 *
 * A lease lapses for no instance before its holder has had it for as long as
 * it asked, though their clocks differ by CLOCK_SKEW.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_LEASES_H
#define STORE_LEASES_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;

struct lease {
	struct span name, holder;
	int64_t seconds; /* from now */
	/* What an instance tells of itself: its machine, and the secrets it
	 * knows, by check value. */
	struct span host, secrets;
};

struct lease_list {
	struct lease *at; /* seconds are not told */
	size_t count;
};

/* *mine is false when another holds it. */
enum fault leases_take(struct db_session *session, struct cx *cx,
    const struct lease *lease, bool *mine) MUST_USE;
/* name empty: all of this holder's. */
enum fault leases_give_up(struct db_session *session, struct cx *cx,
    struct span name, struct span holder) MUST_USE;
/* Those that are held, whose name begins so. */
enum fault leases_list(struct db_session *session, struct cx *cx,
    struct span prefix, struct lease_list *out) MUST_USE;
enum fault leases_expire(struct db_session *session, struct cx *cx, int64_t max,
    size_t *deleted) MUST_USE;

#endif
