/*
 * events.h - what happened, for support and the portal's logs
 *
 * Layer  store
 * Gives  adding, listing by reference or platform, forgetting
 * Owns   the table events
 * Fails  as db.h
 *
 * An event never holds a secret, a token or the query of a URL.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_EVENTS_H
#define STORE_EVENTS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct db_session;

struct event {
	struct span id; /* sorts by time; made by events_add */
	int64_t at;
	struct span level; /* info, warn, error */
	struct span kind;  /* registration, platform, settings, key ... */
	struct span reference;
	struct span platform_id;
	struct span message; /* fault's code, or what was done */
	struct span details; /* JSON object */
};

struct event_list {
	const struct event *at;
	size_t count;
};

/* Empty members match everything; before: ids below it only (paging). */
struct event_filter {
	struct span reference, platform_id, kind, level, before;
	int64_t limit;
};

enum fault events_add(struct db_session *session, struct cx *cx,
    const struct event *event) MUST_USE;
enum fault events_list(struct db_session *session, struct cx *cx,
    const struct event_filter *filter, struct event_list *out) MUST_USE;
enum fault events_expire(struct db_session *session, struct cx *cx,
    int64_t before, int64_t max, size_t *deleted) MUST_USE;

#endif
