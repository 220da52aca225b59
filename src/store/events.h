/*
 * events.h - what happened, for support and the portal's logs
 *
 * Layer  store
 * Gives  adding, listing by what is asked for, forgetting
 * Owns   the table events
 * Fails  as db.h
 *
 * An event never holds a secret, a token or the query of a URL, nor a person.
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
	/* Not empty: it is added where the deployment is allowed, and whose
	 * that is, its; what is inherited is organization_id. */
	struct span deployment_id;
	/* Empty: nobody's. SPAN_NONE, when it is added: its platform's. */
	struct span organization_id;
	struct span message; /* fault's code, or what was done */
	struct span details; /* JSON object */
};

struct event_list {
	const struct event *at;
	size_t count;
	/* Not empty: the search ended before its end. What is older than this
	 * id was not looked at; as `before` it goes on there. */
	struct span searched_until;
};

/* How many events one list looks at, at most, for those that it gives:
 * measured at a million of them, so that none takes 300 ms. */
enum { EVENTS_SEARCHED_MAX = 5000, EVENTS_READER_MAX = 50 };

/* Empty members match everything. */
struct event_filter {
	struct span reference, platform_id, kind, level, organization_id;
	struct span search;        /* in message and details, in any case */
	struct span reader;        /* a person: of their organisations alone */
	struct span before, after; /* ids between these */
	int64_t since, until;      /* times: from, up to and without; 0: any */
	int64_t limit;
};

enum fault events_add(struct db_session *session, struct cx *cx,
    const struct event *event) MUST_USE;
/* The youngest first. */
enum fault events_list(struct db_session *session, struct cx *cx,
    const struct event_filter *filter, struct event_list *out) MUST_USE;
enum fault events_expire(struct db_session *session, struct cx *cx,
    int64_t before, int64_t max, size_t *deleted) MUST_USE;

#endif
