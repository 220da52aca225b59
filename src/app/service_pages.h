/*
 * service_pages.h - lists of an LMS, page by page
 *
 * Layer  app
 * Gives  one page, or all that follow, bounded; the pages an answer names
 * Owns   nothing
 * Fails  as service_call.h; SERVICE_REPLY_MALFORMED: an answer that cannot be
 *        read, or (when all are asked for) a next page that leads elsewhere
 *        or back
 * Spec   RFC 8288, 3; Names and Role Provisioning Services 2.0, 2.4.2;
 *        Assignment and Grade Services 2.0, 3.2.6
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_SERVICE_PAGES_H
#define APP_SERVICE_PAGES_H

#include "app/service_call.h"

struct json_t;

enum {
	SERVICE_PAGES_MAX = 500, /* in one call that asks for all */
	SERVICE_PAGES_BYTES_MAX = 32 * 1024 * 1024, /* of all their bodies */
	SERVICE_PAGES_WAIT_MS = 45000, /* no page is begun after that */
};

/* As the LMS says, absolute, of this list; absent is empty. */
struct service_pages {
	struct span next, prev, first, last, differences;
	size_t count; /* pages read */
};

struct service_pages_args {
	struct service_request request; /* of the first page */
	struct span named; /* the address from the launch: all are its pages */
	bool all;          /* follow next */
	/* A parameter that next pages must have too when this one has it
	 * (Moodle forgets the role), or NULL. */
	const char *filter;
	enum fault (*read)(struct cx *cx, struct span body, void *arg);
	void *arg;
};

/* With `all`, next is where a bound stopped it, or empty: then it is whole. */
enum fault service_pages_read(struct gateway *gateway, struct cx *cx,
    const struct service_pages_args *args, struct service_pages *out) MUST_USE;

/* "next", "prev", "first", "last" and "differences" of an answer. */
void service_pages_write(
    struct json_t *answer, const struct service_pages *pages);

#endif
