/*
 * usage.h - counting launches, people, registrations and failures
 *
 * Layer  app
 * Gives  counting, which only writes to memory; usage_flush, which brings it
 *        to the store; usage_tidy, which forgets what is too old
 * Owns   what was counted since the last flush, and whom it saw this hour:
 *        at most USAGE_TALLIES_MAX and USAGE_VISITS_MAX
 * Fails  counting never; flush and tidy as db.h, and nothing is lost then
 *
 * Housekeeping flushes every few seconds, and so does the end of the program.
 * A process that is killed loses what it counted since.
 *
 * A person is counted by a keyed digest of platform and subject; who was seen
 * is forgotten two hours after the hour and the day end.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_USAGE_H
#define APP_USAGE_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct gateway;
struct usage;

enum {
	USAGE_TALLIES_MAX = 4096,  /* organisations times faults, in seconds */
	USAGE_VISITS_MAX = 50000,  /* 8 MB, at 10,000 people a second */
	USAGE_HOURS_KEPT = 691200, /* eight days: the longest range by hours */
};

struct usage *usage_open(void);
void usage_close(struct usage *usage); /* NULL is fine */

/* organization_id empty: nobody's. subject empty: nobody known. */
void usage_count_launch(struct gateway *gateway, struct cx *cx,
    struct span organization_id, struct span platform_id, struct span subject);
void usage_count_registration(
    struct gateway *gateway, struct cx *cx, struct span organization_id);
void usage_count_failure(struct gateway *gateway, struct cx *cx,
    struct span organization_id, enum fault why);

enum fault usage_flush(struct gateway *gateway, struct cx *cx) MUST_USE;
enum fault usage_tidy(struct gateway *gateway, struct cx *cx) MUST_USE;

#endif
