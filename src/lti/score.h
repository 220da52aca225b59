/*
 * score.h - a score that the tool sends to an LMS
 *
 * Layer  lti (pure)
 * Gives  the check of LTIAAS's body, the body for the LMS, timestamps
 * Owns   nothing: what is written is a copy
 * Fails  PARAMETER_REFUSED, naming the member
 * Spec   Assignment and Grade Services 2.0, 3.4; RFC 3339; docs/api.md
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef LTI_SCORE_H
#define LTI_SCORE_H

#include "base/fault.h"
#include "base/span.h"
#include "json/jshape.h"

struct cx;
struct json_t;

#define SCORE_TYPE "application/vnd.ims.lis.v1.score+json"

enum { SCORE_USER_MAX = 255, SCORE_TIMESTAMP_LENGTH = 27 };

struct score {
	struct span user;   /* userId */
	bool has_timestamp; /* the tool gave one */
	int64_t made_at_us; /* microseconds since the epoch: the tool's, or 0 */
	struct json_t *body; /* for the LMS, with the tool's timestamp if any */
};

extern const struct jshape score_shape[];

/* userId, activityProgress and gradingProgress are needed; scoreGiven is a
 * number of 0 or more and needs scoreMaximum above 0; comment a text;
 * timestamp RFC 3339 with a zone, written anew as score_timestamp does; null
 * is as if these were not there. "Initiated" (LTIAAS's older page) is
 * written as the standard's "Initialized". Unknown members go through. */
enum fault score_check(
    struct cx *cx, const struct json_t *body, struct score *out) MUST_USE;

/* "2026-11-21T10:03:12.123456Z"; from 1970 to 9999. */
struct span score_timestamp(struct cx *cx, int64_t made_at_us);
/* Sets made_at_us and the body's "timestamp". */
void score_stamp(struct cx *cx, struct score *score, int64_t made_at_us);

/* RFC 3339 with a zone, 1970 to 9999; fractions beyond microseconds are cut
 * off, and a leap second is the last microsecond before it. */
bool score_read_timestamp(struct span text, int64_t *made_at_us);

#endif
