/*
 * instance.h - this process among others on the same store
 *
 * Layer  app
 * Gives  being counted, and the lease of what one instance does for all
 * Owns   rows of leases under gateway->instance
 * Fails  as db.h; SECRET_WRONG when the store is sealed with another secret
 *        than this process has: it must end, or it would seal what nobody can
 *        open
 *
 * A lease is renewed every INSTANCE_RENEW seconds and given up by who stops;
 * that of the dead lapses after INSTANCE_LEASE and CLOCK_SKEW seconds.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_INSTANCE_H
#define APP_INSTANCE_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;
struct gateway;

enum { INSTANCE_LEASE = 30, INSTANCE_RENEW = 10 };

/* Counted from now on. */
enum fault instance_join(struct gateway *gateway, struct cx *cx) MUST_USE;
/* Still there, with the secrets as store and file tell them now. *keeps_house:
 * this one does what is done once for all. */
enum fault instance_renew(
    struct gateway *gateway, struct cx *cx, bool *keeps_house) MUST_USE;
/* Another may keep house at once. */
void instance_rest(struct gateway *gateway, struct cx *cx);
void instance_leave(struct gateway *gateway, struct cx *cx);

/* Who is there, within the caller's transaction. */
enum fault instance_count(
    struct db_session *session, struct cx *cx, size_t *out) MUST_USE;

/* What a rotation waits for: that they know a secret, or seal with it. */
enum instance_need { INSTANCE_KNOWS, INSTANCE_SEALS };

/* How many do not yet, and which these are. */
struct instance_lag {
	size_t count;
	struct span names; /* "machine (id), machine (id)" */
};

enum fault instance_lag(struct db_session *session, struct cx *cx,
    struct span check, enum instance_need need,
    struct instance_lag *out) MUST_USE;

#endif
