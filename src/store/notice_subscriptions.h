/*
 * notice_subscriptions.h - where platform notices are subscribed, and which
 * came already
 *
 * Layer  store
 * Gives  meeting a place that offers them, those that are due, what came of a
 *        try; spending a notice's nonce
 * Owns   the tables notice_subscriptions and notices_taken
 * Fails  as db.h
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_NOTICE_SUBSCRIPTIONS_H
#define STORE_NOTICE_SUBSCRIPTIONS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;

struct notice_subscription {
	struct span id, platform_id, deployment_id;
	struct span url;        /* of the LMS's service */
	struct span offered;    /* notice types, blanks between */
	struct span subscribed; /* the same */
	struct span settled;    /* the wish that it was brought in order for */
	struct span fault;      /* of the last try */
	int64_t tried, next_try_at;
};

struct notice_subscription_list {
	const struct notice_subscription *at;
	size_t count;
};

/* Known with this url and offer? */
enum fault notice_subscriptions_knows(struct db_session *session, struct cx *cx,
    const struct notice_subscription *row, bool *out) MUST_USE;
/* Adds it, or takes over its url and offer: due at once. */
enum fault notice_subscriptions_meet(struct db_session *session, struct cx *cx,
    const struct notice_subscription *row) MUST_USE;
enum fault notice_subscriptions_of(struct db_session *session, struct cx *cx,
    struct span platform_id, struct notice_subscription_list *out) MUST_USE;
/* Those of active platforms that are not in order for this wish. */
enum fault notice_subscriptions_due(struct db_session *session, struct cx *cx,
    struct span wish, int64_t max,
    struct notice_subscription_list *out) MUST_USE;
/* Unless another url was met meanwhile. */
enum fault notice_subscriptions_keep(struct db_session *session, struct cx *cx,
    const struct notice_subscription *row) MUST_USE;

/* *fresh: this nonce was not spent before. */
enum fault notices_spend(struct db_session *session, struct cx *cx,
    struct span platform_id, struct span nonce, int64_t good_until,
    bool *fresh) MUST_USE;
enum fault notices_expire(struct db_session *session, struct cx *cx,
    int64_t max, size_t *deleted) MUST_USE;

#endif
