/*
 * lms_health.h - which LMSs take scores at the moment, and how many at once
 *
 * Layer  app
 * Gives  lms_health_room, _hold, _let_go, _learn
 * Owns   what is known of each LMS, in memory alone
 * Fails  never
 *
 * An LMS that fails rests, twice as long each time, and is then asked with one
 * score until that one arrives. Any thread may call. Times are those of
 * cx->now; a clock that is put back prolongs no rest.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_LMS_HEALTH_H
#define APP_LMS_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct lms_health;

enum {
	LMS_HEALTH_AT_ONCE = 6,   /* scores on their way to one LMS */
	LMS_HEALTH_FIRST = 5,     /* seconds of the first rest */
	LMS_HEALTH_LONGEST = 900, /* and of the longest */
};

struct lms_health *lms_health_open(void);
void lms_health_close(struct lms_health *health); /* NULL is fine */

/* How many more may be sent to it. */
unsigned lms_health_room(
    struct lms_health *health, struct span platform_id, int64_t now);
void lms_health_hold(struct lms_health *health, struct span platform_id);
void lms_health_let_go(struct lms_health *health, struct span platform_id);

/* What one score met: fine, or the LMS's trouble, which asks for retry_after
 * seconds (or 0). Answers the seconds until it is asked again. Those that were
 * sent together fail together: that is one failure. */
int64_t lms_health_learn(struct lms_health *health, struct span platform_id,
    int64_t now, bool fine, int64_t retry_after);

#endif
