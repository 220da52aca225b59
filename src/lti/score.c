/* score.c - a score that the tool sends to an LMS
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/score.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/cx.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum { COMMENT_MAX = 65536, SECOND_US = 1000000 };

/* 9999-12-31T23:59:59Z, as long as a year has four digits. */
#define LAST_SECOND INT64_C(253402300799)

/* --- timestamps ---------------------------------------------------------- */

static bool
take_digits(struct span *rest, size_t count, int *out)
{
	int64_t number;

	if (rest->length < count ||
	    !span_number(span_first(*rest, count), 9999, &number))
		return false;
	*out = (int)number;
	*rest = span_from_offset(*rest, count);
	return true;
}

static bool
take_one(struct span *rest, const char *of)
{
	if (!rest->length || !*rest->at || !strchr(of, *rest->at))
		return false;
	*rest = span_from_offset(*rest, 1);
	return true;
}

static bool
take_date(struct span *rest, struct tm *out)
{
	int year, month;

	if (!take_digits(rest, 4, &year) || !take_one(rest, "-") ||
	    !take_digits(rest, 2, &month) || !take_one(rest, "-") ||
	    !take_digits(rest, 2, &out->tm_mday))
		return false;
	out->tm_year = year - 1900;
	out->tm_mon = month - 1;
	return true;
}

static bool
take_time(struct span *rest, struct tm *out)
{
	return take_digits(rest, 2, &out->tm_hour) && take_one(rest, ":") &&
	       take_digits(rest, 2, &out->tm_min) && take_one(rest, ":") &&
	       take_digits(rest, 2, &out->tm_sec) && out->tm_hour <= 23 &&
	       out->tm_min <= 59 && out->tm_sec <= 60;
}

/* At least one digit; those behind the sixth are worth nothing here. */
static bool
take_fraction(struct span *rest, int *us)
{
	int worth = SECOND_US / 10;

	*us = 0;
	if (!take_one(rest, "."))
		return true;
	if (!rest->length || *rest->at < '0' || *rest->at > '9')
		return false;
	for (; rest->length && *rest->at >= '0' && *rest->at <= '9';
	     *rest = span_from_offset(*rest, 1)) {
		*us += (*rest->at - '0') * worth;
		worth /= 10;
	}
	return true;
}

/* To be taken from what was read; all that is left of the text. */
static bool
read_zone(struct span rest, int *seconds)
{
	int hours, minutes;
	bool west = span_starts(rest, "-");

	*seconds = 0;
	if (take_one(&rest, "Zz"))
		return rest.length == 0;
	if (!take_one(&rest, "+-") || !take_digits(&rest, 2, &hours) ||
	    !take_one(&rest, ":") || !take_digits(&rest, 2, &minutes) ||
	    rest.length || hours > 23 || minutes > 59)
		return false;
	*seconds = (hours * 60 + minutes) * 60;
	if (west)
		*seconds = -*seconds;
	return true;
}

bool
score_read_timestamp(struct span text, int64_t *made_at_us)
{
	struct tm parts = {0};
	int us, zone;

	if (!take_date(&text, &parts) || !take_one(&text, "Tt") ||
	    !take_time(&text, &parts) || !take_fraction(&text, &us) ||
	    !read_zone(text, &zone))
		return false;
	/* A leap second is the end of the one before: time_t has none. */
	if (parts.tm_sec == 60) {
		parts.tm_sec = 59;
		us = SECOND_US - 1;
	}
	struct tm same = parts;
	int64_t second = (int64_t)timegm(&same) - zone;
	/* The 30th of February has become one of March. */
	if (same.tm_mday != parts.tm_mday || same.tm_mon != parts.tm_mon ||
	    second < 0 || second > LAST_SECOND)
		return false;
	*made_at_us = second * SECOND_US + us;
	return true;
}

struct span
score_timestamp(struct cx *cx, int64_t made_at_us)
{
	char text[CLOCK_TEXT_SIZE];

	assert(made_at_us >= 0 && made_at_us / SECOND_US <= LAST_SECOND);
	clock_write(made_at_us / SECOND_US, text);
	return arena_printf(
	    cx->arena, "%.19s.%06dZ", text, (int)(made_at_us % SECOND_US));
}

void
score_stamp(struct cx *cx, struct score *score, int64_t made_at_us)
{
	score->made_at_us = made_at_us;
	jwrite_text(score->body, "timestamp", score_timestamp(cx, made_at_us));
}

/* --- the check ----------------------------------------------------------- */

/* LTIAAS's older page has "Initiated" where the standard has another word. */
static const char *const activities[] = {"Initialized", "Started", "InProgress",
    "Submitted", "Completed", "Initiated", NULL};

static const char *const gradings[] = {
    "FullyGraded", "Pending", "PendingManual", "Failed", "NotReady", NULL};

const struct jshape score_shape[] = {
    {.name = "userId",
	.type = JSHAPE_TEXT,
	.required = true,
	.max = SCORE_USER_MAX},
    {.name = "scoreGiven",
	.type = JSHAPE_NUMBER,
	.about = "0 or more; without it, progress alone"},
    {.name = "scoreMaximum",
	.type = JSHAPE_NUMBER,
	.about = "above 0; needed with scoreGiven"},
    {.name = "activityProgress",
	.type = JSHAPE_CHOICE,
	.required = true,
	.choices = activities},
    {.name = "gradingProgress",
	.type = JSHAPE_CHOICE,
	.required = true,
	.choices = gradings},
    {.name = "comment", .type = JSHAPE_TEXT, .max = COMMENT_MAX},
    {.name = "timestamp",
	.type = JSHAPE_TEXT,
	.about = "RFC 3339 with a zone; without it, when the call was made"},
    {0},
};

/* null is nothing. */
static void
remove_nulls(struct json_t *body)
{
	static const char *const names[] = {
	    "scoreGiven", "scoreMaximum", "comment", "timestamp", NULL};

	for (const char *const *name = names; *name; name++)
		if (span_is(
			span_of(jread_type(jread_member(body, *name))), "null"))
			jwrite_remove(body, *name);
}

static enum fault
check_numbers(struct cx *cx, const struct json_t *body)
{
	const struct json_t *given = jread_member(body, "scoreGiven");
	const struct json_t *maximum = jread_member(body, "scoreMaximum");
	double number;

	if (given && (!jread_number(given, &number) || number < 0))
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "scoreGiven must be a number of 0 or more");
	if (given && !maximum)
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "scoreMaximum is missing: scoreGiven needs it");
	if (maximum && (!jread_number(maximum, &number) || number <= 0))
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "scoreMaximum must be a number above 0");
	return FAULT_NONE;
}

/* Written anew, for not every LMS reads all of RFC 3339. */
static enum fault
check_timestamp(struct cx *cx, struct score *score)
{
	struct span text;
	int64_t made_at_us;

	if (!jread_text(jread_member(score->body, "timestamp"), &text))
		return FAULT_NONE;
	if (!score_read_timestamp(text, &made_at_us))
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "timestamp must be a time with a zone (RFC 3339), such as "
		    "2026-11-21T10:03:12.123Z");
	score->has_timestamp = true;
	score_stamp(cx, score, made_at_us);
	return FAULT_NONE;
}

enum fault
score_check(struct cx *cx, const struct json_t *body, struct score *out)
{
	struct score score = {0};

	if (!jread_is_object(body))
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "The body must be a score, an object, not %s",
		    jread_type(body));
	score.body = jwrite_copy(cx, body);
	remove_nulls(score.body);
	enum fault fault = jshape_check(cx, score.body, score_shape);
	if (!fault)
		fault = check_numbers(cx, score.body);
	if (!fault)
		fault = check_timestamp(cx, &score);
	if (fault)
		return fault;
	score.user =
	    jread_text_or(jread_member(score.body, "userId"), SPAN(""));
	if (span_is(jread_text_or(
			jread_member(score.body, "activityProgress"), SPAN("")),
		"Initiated"))
		jwrite_text(
		    score.body, "activityProgress", SPAN("Initialized"));
	*out = score;
	return FAULT_NONE;
}
