/* score_test.c - a score that the tool sends to an LMS
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lti/score.h"
#include "vectors.h"
#include "json/jwrite.h"

#define WHO "\"userId\":\"4\""
#define HOW                                                                    \
	"\"activityProgress\":\"Completed\",\"gradingProgress\":"              \
	"\"FullyGraded\""
#define DONE(more) "{" WHO "," HOW more "}"

static void
takes(void **state)
{
	static const struct {
		const char *name, *body, *sent;
		int64_t made_at_us; /* 0: the tool does not tell */
	} rows[] = {
	    {"AG3 Moodle",
		DONE(",\"scoreGiven\":37.5,\"scoreMaximum\":50,"
		     "\"comment\":\"well done\","
		     "\"timestamp\":\"2026-11-21T02:29:50.262Z\""),
		DONE(",\"scoreGiven\":37.5,\"scoreMaximum\":50,"
		     "\"comment\":\"well done\","
		     "\"timestamp\":\"2026-11-21T02:29:50.262000Z\""),
		INT64_C(1795228190262000)},
	    {"AG3 no score", DONE(""), DONE(""), 0},
	    {"AG3 no score, null",
		DONE(",\"scoreGiven\":null,\"scoreMaximum\":null,"
		     "\"comment\":null,\"timestamp\":null"),
		DONE(""), 0},
	    {"AG3 no score, but a maximum", DONE(",\"scoreMaximum\":5"),
		DONE(",\"scoreMaximum\":5"), 0},
	    {"AG3 nought", DONE(",\"scoreGiven\":0,\"scoreMaximum\":1"),
		DONE(",\"scoreGiven\":0,\"scoreMaximum\":1"), 0},
	    {"AG3 nought with a point",
		DONE(",\"scoreGiven\":0.0,\"scoreMaximum\":0.5"),
		DONE(",\"scoreGiven\":0.0,\"scoreMaximum\":0.5"), 0},
	    {"AG3 more than the maximum",
		DONE(",\"scoreGiven\":11,\"scoreMaximum\":10"),
		DONE(",\"scoreGiven\":11,\"scoreMaximum\":10"), 0},
	    {"AG3 another zone",
		DONE(",\"timestamp\":\"2026-11-21t04:29:50+02:00\""),
		DONE(",\"timestamp\":\"2026-11-21T02:29:50.000000Z\""),
		INT64_C(1795228190000000)},
	    {"LTIAAS, Initiated",
		"{" WHO ",\"activityProgress\":\"Initiated\","
		"\"gradingProgress\":\"NotReady\"}",
		"{" WHO ",\"activityProgress\":\"Initialized\","
		"\"gradingProgress\":\"NotReady\"}",
		0},
	    {"Canvas, an extension",
		DONE(",\"https://canvas.instructure.com/lti/submission\":"
		     "{\"new_submission\":true},\"x\":null,\"comment\":\"\""),
		DONE(",\"https://canvas.instructure.com/lti/submission\":"
		     "{\"new_submission\":true},\"x\":null,\"comment\":\"\""),
		0},
	};
	struct cx cx;
	struct score score;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct json_t *body = vector_parse(&cx, rows[i].body);
		if (score_check(&cx, body, &score))
			fail_msg("%s: %s", rows[i].name, cx.note.telling);
		struct span sent = jwrite_bytes(&cx, score.body);
		if (!span_is(sent, rows[i].sent))
			fail_msg("%s: %.*s", rows[i].name, SPAN_ARGS(sent));
		if (!span_is(score.user, "4") ||
		    score.made_at_us != rows[i].made_at_us ||
		    score.has_timestamp != (rows[i].made_at_us != 0))
			fail_msg("%s: %lld", rows[i].name,
			    (long long)score.made_at_us);
		if (!span_is(jwrite_bytes(&cx, body), rows[i].body))
			fail_msg(
			    "%s: the tool's body was changed", rows[i].name);
	}
	cx_release(&cx);
}

static void
takes_each_progress(void **state)
{
	static const char *const activities[] = {"Initialized", "Started",
	    "InProgress", "Submitted", "Completed", "Initiated"};
	static const char *const gradings[] = {
	    "FullyGraded", "Pending", "PendingManual", "Failed", "NotReady"};
	struct cx cx;
	struct score score;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < 6; i++)
		for (size_t k = 0; k < 5; k++) {
			struct span body = arena_printf(cx.arena,
			    "{" WHO ",\"activityProgress\":\"%s\","
			    "\"gradingProgress\":\"%s\"}",
			    activities[i], gradings[k]);
			if (score_check(
				&cx, vector_parse(&cx, body.at), &score))
				fail_msg("%s: %s", body.at, cx.note.telling);
		}
	cx_release(&cx);
}

#define GIVEN "scoreGiven must be a number of 0 or more"
#define MAXIMUM "scoreMaximum must be a number above 0"

static const struct {
	const char *name, *body, *words;
} bad[] = {
    {"no object", "[]", "a score, an object, not an array"},
    {"AG3 no user", "{" HOW "}", "userId is missing"},
    {"AG3 user is a number", "{\"userId\":4," HOW "}",
	"userId must be a string, not a number"},
    {"AG3 user is null", "{\"userId\":null," HOW "}",
	"userId must be a string, not null"},
    {"AG3 user is empty", "{\"userId\":\"\"," HOW "}",
	"userId must not be empty"},
    {"AG3 no activity", "{" WHO ",\"gradingProgress\":\"Failed\"}",
	"activityProgress is missing"},
    {"AG3 no grading", "{" WHO ",\"activityProgress\":\"Started\"}",
	"gradingProgress is missing"},
    {"AG3 another activity",
	"{" WHO ",\"activityProgress\":\"Done\","
	"\"gradingProgress\":\"Failed\"}",
	"activityProgress must be one of \"Initialized\", \"Started\", "
	"\"InProgress\", \"Submitted\", \"Completed\""},
    {"AG3 activity in small letters",
	"{" WHO ",\"activityProgress\":\"completed\","
	"\"gradingProgress\":\"Failed\"}",
	"activityProgress must be one of"},
    {"AG3 activity is null",
	"{" WHO ",\"activityProgress\":null,\"gradingProgress\":\"Failed\"}",
	"activityProgress must be a string, not null"},
    {"AG3 another grading",
	"{" WHO ",\"activityProgress\":\"Started\",\"gradingProgress\":\"\"}",
	"gradingProgress must be one of \"FullyGraded\", \"Pending\", "
	"\"PendingManual\", \"Failed\", \"NotReady\""},
    {"AG3 a score below nought",
	DONE(",\"scoreGiven\":-0.1,\"scoreMaximum\":1"), GIVEN},
    {"AG3 a score that is text",
	DONE(",\"scoreGiven\":\"1\",\"scoreMaximum\":1"),
	"scoreGiven must be a number"},
    {"AG3 a score that is true", DONE(",\"scoreGiven\":true"),
	"scoreGiven must be a number"},
    {"AG3 no maximum", DONE(",\"scoreGiven\":1"), "scoreMaximum is missing"},
    {"AG3 maximum is null", DONE(",\"scoreGiven\":1,\"scoreMaximum\":null"),
	"scoreMaximum is missing"},
    {"AG3 maximum 0", DONE(",\"scoreGiven\":0,\"scoreMaximum\":0"), MAXIMUM},
    {"AG3 maximum below 0", DONE(",\"scoreGiven\":0,\"scoreMaximum\":-1"),
	MAXIMUM},
    {"AG3 maximum is text", DONE(",\"scoreGiven\":0,\"scoreMaximum\":\"1\""),
	"scoreMaximum must be a number"},
    {"AG3 maximum is true", DONE(",\"scoreGiven\":0,\"scoreMaximum\":true"),
	"scoreMaximum must be a number"},
    {"AG3 maximum 0 without a score", DONE(",\"scoreMaximum\":0"), MAXIMUM},
    {"comment", DONE(",\"comment\":1"), "comment must be a string"},
    {"AG3 timestamp is a number", DONE(",\"timestamp\":1795228190"),
	"timestamp must be a string"},
    {"AG3 timestamp without a zone",
	DONE(",\"timestamp\":\"2026-11-21T02:29:50\""),
	"timestamp must be a time with a zone (RFC 3339)"},
    {"AG3 timestamp is empty", DONE(",\"timestamp\":\"\""),
	"timestamp must be a time"},
};

static void
refuses(void **state)
{
	struct score before = {SPAN("before"), true, 7, NULL}, score = before;
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (score_check(&cx, vector_parse(&cx, bad[i].body), &score) !=
		    FAULT_PARAMETER_REFUSED)
			fail_msg("%s: taken", bad[i].name);
		if (!strstr(cx.note.telling, bad[i].words))
			fail_msg("%s: %s", bad[i].name, cx.note.telling);
		if (!span_is(score.user, "before") || score.body)
			fail_msg("%s: out was touched", bad[i].name);
	}
	assert_int_equal(
	    score_check(&cx, NULL, &score), FAULT_PARAMETER_REFUSED);
	cx_release(&cx);
}

static void
bounds_texts(void **state)
{
	static char letters[65537];
	struct cx cx;
	struct score score;

	(void)state;
	cx_init(&cx, vector_random);
	memset(letters, 'a', sizeof letters);
	for (int more = 0; more < 2; more++) {
		struct span user =
		    arena_printf(cx.arena, "{\"userId\":\"%.*s\"," HOW "}",
			SCORE_USER_MAX + more, letters);
		struct span comment = arena_printf(cx.arena,
		    DONE(",\"comment\":\"%.*s\""), 65536 + more, letters);
		assert_int_equal(
		    score_check(&cx, vector_parse(&cx, user.at), &score),
		    more ? FAULT_PARAMETER_REFUSED : FAULT_NONE);
		assert_int_equal(
		    score_check(&cx, vector_parse(&cx, comment.at), &score),
		    more ? FAULT_PARAMETER_REFUSED : FAULT_NONE);
	}
	cx_release(&cx);
}

/* --- timestamps ---------------------------------------------------------- */

#define LAST INT64_C(253402300799999999)

static const struct {
	const char *name, *text;
	int64_t us; /* -1: refused */
} times[] = {
    {"AG3 JavaScript", "2026-11-21T10:03:12.123Z", INT64_C(1795255392123000)},
    {"AG3 microseconds", "2026-11-21T10:03:12.123456Z",
	INT64_C(1795255392123456)},
    {"AG3 nanoseconds", "2026-11-21T10:03:12.123456999Z",
	INT64_C(1795255392123456)},
    {"AG3 a long fraction",
	"2026-11-21T10:03:12.99999999999999999999999999999999999999999999Z",
	INT64_C(1795255392999999)},
    {"AG3 a short fraction", "2026-11-21T10:03:12.5Z",
	INT64_C(1795255392500000)},
    {"AG3 no fraction", "2026-11-21T10:03:12Z", INT64_C(1795255392000000)},
    {"AG3 east", "2026-11-21T15:48:12+05:45", INT64_C(1795255392000000)},
    {"AG3 west", "2026-11-21T00:33:12.5-09:30", INT64_C(1795255392500000)},
    {"AG3 +00:00", "2026-11-21T10:03:12+00:00", INT64_C(1795255392000000)},
    {"AG3 -00:00", "2026-11-21T10:03:12-00:00", INT64_C(1795255392000000)},
    {"AG3 small letters", "2026-11-21t10:03:12z", INT64_C(1795255392000000)},
    {"AG3 the farthest zone", "2026-11-22T10:02:12+23:59",
	INT64_C(1795255392000000)},
    {"leap second", "2016-12-31T23:59:60Z", INT64_C(1483228799999999)},
    {"leap second with a fraction", "2016-12-31T23:59:60.25Z",
	INT64_C(1483228799999999)},
    {"leap second elsewhere", "2017-01-01T00:59:60+01:00",
	INT64_C(1483228799999999)},
    {"leap year", "2024-02-29T00:00:00Z", INT64_C(1709164800000000)},
    {"leap year 2000", "2000-02-29T00:00:00Z", INT64_C(951782400000000)},
    {"the first", "1970-01-01T00:00:00Z", 0},
    {"the first, seen from the east", "1970-01-01T01:00:00+01:00", 0},
    {"the first, seen from the west", "1969-12-31T23:00:00-01:00", 0},
    {"the last", "9999-12-31T23:59:59.999999Z", LAST},
    {"the last, with a leap second", "9999-12-31T23:59:60Z", LAST},

    {"before the first", "1969-12-31T23:59:59.999999Z", -1},
    {"before the first by its zone", "1970-01-01T00:59:59+01:00", -1},
    {"behind the last by its zone", "9999-12-31T23:59:59-00:01", -1},
    {"year 0", "0000-01-01T00:00:00Z", -1},
    {"five digits", "10000-01-01T00:00:00Z", -1},
    {"no leap year", "2023-02-29T00:00:00Z", -1},
    {"no leap year 2100", "2100-02-29T00:00:00Z", -1},
    {"30 February", "2024-02-30T00:00:00Z", -1},
    {"31 April", "2026-04-31T00:00:00Z", -1},
    {"day 32", "2026-01-32T00:00:00Z", -1},
    {"day 99", "2026-01-99T00:00:00Z", -1},
    {"day 0", "2026-01-00T00:00:00Z", -1},
    {"month 0", "2026-00-01T00:00:00Z", -1},
    {"month 13", "2026-13-01T00:00:00Z", -1},
    {"hour 24", "2026-01-01T24:00:00Z", -1},
    {"minute 60", "2026-01-01T00:60:00Z", -1},
    {"second 61", "2026-01-01T00:00:61Z", -1},
    {"AG3 no zone", "2026-11-21T10:03:12", -1},
    {"AG3 no zone behind a fraction", "2026-11-21T10:03:12.5", -1},
    {"zone of hours alone", "2026-11-21T10:03:12+01", -1},
    {"zone without a colon", "2026-11-21T10:03:12+0100", -1},
    {"zone without minutes", "2026-11-21T10:03:12+01:", -1},
    {"zone of 24 hours", "2026-11-21T10:03:12+24:00", -1},
    {"zone of 60 minutes", "2026-11-21T10:03:12+00:60", -1},
    {"zone without a sign", "2026-11-21T10:03:12 01:00", -1},
    {"something behind Z", "2026-11-21T10:03:12Z ", -1},
    {"something behind the zone", "2026-11-21T10:03:12+01:000", -1},
    {"an empty fraction", "2026-11-21T10:03:12.Z", -1},
    {"a point at the end", "2026-11-21T10:03:12.", -1},
    {"a fraction below the digits", "2026-11-21T10:03:12./Z", -1},
    {"a comma", "2026-11-21T10:03:12,5Z", -1},
    {"two points", "2026-11-21T10:03:12.5.5Z", -1},
    {"a blank", "2026-11-21 10:03:12Z", -1},
    {"no dashes", "20261121T100312Z", -1},
    {"another dash", "2026-11/21T10:03:12Z", -1},
    {"no first dash", "2026/11-21T10:03:12Z", -1},
    {"no colons", "2026-11-21T1003:12Z", -1},
    {"no second colon", "2026-11-21T10:0312Z", -1},
    {"no seconds", "2026-11-21T10:03Z", -1},
    {"a date alone", "2026-11-21", -1},
    {"one digit of the month", "2026-1-21T10:03:12Z", -1},
    {"one digit of the hour", "2026-11-21T1:03:12Z", -1},
    {"a sign in the year", "+026-11-21T10:03:12Z", -1},
    {"a sign in the zone", "2026-11-21T10:03:12+-1:00", -1},
    {"letters", "yyyy-mm-ddThh:mm:ssZ", -1},
    {"blank before", " 2026-11-21T10:03:12Z", -1},
    {"empty", "", -1},
};

static void
reads_times(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		struct span text = span_of(times[i].text);
		int64_t us = -1, again = -1;
		if (score_read_timestamp(text, &us) != (times[i].us >= 0) ||
		    us != times[i].us)
			fail_msg("%s: %lld", times[i].name, (long long)us);
		/* Nothing is read beyond the end, and every head is refused. */
		for (size_t k = 0; k + 1 < text.length && us >= 0; k++)
			if (score_read_timestamp(span_first(text, k), &again))
				fail_msg("%s: %zu bytes", times[i].name, k);
		if (us >= 0 &&
		    (!score_read_timestamp(score_timestamp(&cx, us), &again) ||
			again != us))
			fail_msg("%s: written and read", times[i].name);
	}
	int64_t untouched = 7;
	assert_false(score_read_timestamp(SPAN_NONE, &untouched));
	assert_false(
	    score_read_timestamp(SPAN("2026-11-21\00010:03:12Z"), &untouched));
	assert_int_equal(untouched, 7);
	cx_release(&cx);
}

static void
writes_times(void **state)
{
	static const struct {
		const char *name;
		int64_t us;
		const char *text;
	} rows[] = {
	    {"the first", 0, "1970-01-01T00:00:00.000000Z"},
	    {"a microsecond", 1, "1970-01-01T00:00:00.000001Z"},
	    {"R23 sub-second", INT64_C(1795255392123456),
		"2026-11-21T10:03:12.123456Z"},
	    {"R23 noughts stay", INT64_C(1795255392100000),
		"2026-11-21T10:03:12.100000Z"},
	    {"the last", LAST, "9999-12-31T23:59:59.999999Z"},
	};
	struct cx cx;
	struct score score;

	(void)state;
	cx_init(&cx, vector_random);
	if (score_check(&cx, vector_parse(&cx, DONE("")), &score))
		fail_msg("%s", cx.note.telling);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct span text = score_timestamp(&cx, rows[i].us);
		if (!span_is(text, rows[i].text) ||
		    text.length != SCORE_TIMESTAMP_LENGTH)
			fail_msg("%s: %.*s", rows[i].name, SPAN_ARGS(text));
		score_stamp(&cx, &score, rows[i].us);
		if (score.made_at_us != rows[i].us || score.has_timestamp ||
		    !span_equal(
			jread_text_or(
			    jread_member(score.body, "timestamp"), SPAN("")),
			text))
			fail_msg("%s: stamped", rows[i].name);
	}
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes),
	    cmocka_unit_test(takes_each_progress),
	    cmocka_unit_test(refuses),
	    cmocka_unit_test(bounds_texts),
	    cmocka_unit_test(reads_times),
	    cmocka_unit_test(writes_times),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
