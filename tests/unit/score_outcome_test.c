/* score_outcome_test.c - what one try means for a score that waits
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "app/lms_health.h"
#include "app/score_outcome.h"
#include "app/score_sender.h"
#include "base/clock.h"
#include "store/scores.h"
#include "vectors.h"
#include "json/jwrite.h"

#define SECOND INT64_C(1000000)

static struct score_row
waiting(struct cx *cx, int64_t tried, struct span tries)
{
	return (struct score_row){
	    .id = SPAN("a"),
	    .body_sealed = SPAN("sealed"),
	    .made_at_us = (cx->now - 100) * SECOND,
	    .state = SPAN("waiting"),
	    .tried = tried,
	    .tries = tries,
	};
}

/* What earlier tries leave, as the code itself writes them. */
static struct span
told(struct cx *cx, const enum fault *faults, size_t count)
{
	struct score_row row = {.state = SPAN("waiting"), .tries = SPAN("[]")};

	for (size_t i = 0; i < count; i++) {
		row.tried++;
		row.made_at_us = 1;
		score_outcome_judge(cx, faults[i], 0, &row);
	}
	return row.tries;
}

/* Every fault there is, at a first try. */
static void
judges_each_fault(void **state)
{
	static const struct {
		enum fault which;
		const char *state;
	} rows[] = {
	    {FAULT_NONE, "delivered"},
	    {FAULT_SERVICE_REFUSED, "refused"},
	    {FAULT_SCOPE_NOT_GRANTED, "refused"},
	    /* A time of ours is set anew. */
	    {FAULT_SCORE_OUTDATED, "waiting"},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (int which = 0; which < FAULT_COUNT; which++) {
		const char *expected = "waiting";
		struct score_row row = waiting(&cx, 1, SPAN("[]"));
		for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
			if ((int)rows[i].which == which)
				expected = rows[i].state;
		score_outcome_judge(&cx, (enum fault)which, 40, &row);
		if (!span_is(row.state, expected))
			fail_msg("%s: %.*s", fault_text(which)->name,
			    SPAN_ARGS(row.state));
		if (which != FAULT_SCORE_OUTDATED &&
		    row.next_try_at != cx.now + 40)
			fail_msg("%s: next", fault_text(which)->name);
		if (which != FAULT_SCORE_OUTDATED &&
		    row.made_at_us != (cx.now - 100) * SECOND)
			fail_msg("%s: another time", fault_text(which)->name);
		/* A body is the store's to remove. */
		if (!span_is(row.body_sealed, "sealed") || row.tried != 1)
			fail_msg("%s: too much", fault_text(which)->name);
	}
	cx_release(&cx);
}

/* What is not a word on the score is the LMS's trouble: it then rests. */
static void
knows_a_word_on_the_score(void **state)
{
	static const enum fault words[] = {FAULT_NONE, FAULT_SCORE_OUTDATED,
	    FAULT_SERVICE_REFUSED, FAULT_NO_LINE_ITEM, FAULT_SCOPE_NOT_GRANTED};

	(void)state;
	for (int which = 0; which < FAULT_COUNT; which++) {
		bool expected = false;
		for (size_t i = 0; i < sizeof words / sizeof *words; i++)
			expected = expected || (int)words[i] == which;
		if (score_outcome_is_word((enum fault)which) != expected)
			fail_msg("%s", fault_text(which)->name);
	}
}

/* A score that fails goes ever less often, whatever others do; what says
 * nothing of it waits as long as the LMS rests. */
static void
waits_longer_each_time(void **state)
{
	static const struct {
		const char *name;
		enum fault which;
		int64_t tried, rest, wait;
		int64_t retry_after;
	} rows[] = {
	    {"the first", FAULT_SERVICE_FAILED, 1, 5, 5, 0},
	    {"the second", FAULT_SERVICE_FAILED, 2, 5, 10, 0},
	    {"the fifth", FAULT_SERVICE_FAILED, 5, 5, 80, 0},
	    {"the eighth", FAULT_SERVICE_FAILED, 8, 5, 640, 0},
	    {"the ninth", FAULT_SERVICE_FAILED, 9, 5, LMS_HEALTH_LONGEST, 0},
	    {"the millionth", FAULT_SERVICE_FAILED, 1000000, 5,
		LMS_HEALTH_LONGEST, 0},
	    {"the LMS rests longer", FAULT_SERVICE_FAILED, 3, 300, 300, 0},
	    {"denied", FAULT_SERVICE_DENIED, 5, 5, 80, 0},
	    {"gone", FAULT_NO_LINE_ITEM, 3, 5, 20, 0},
	    {"no answer", FAULT_SERVICE_NO_ANSWER, 5, 5, 80, 0},
	    {"an answer that cannot be read", FAULT_SERVICE_REPLY_MALFORMED, 5,
		5, 80, 0},
	    {"not reached", FAULT_LMS_UNREACHABLE, 9, 40, 40, 0},
	    {"not active", FAULT_PLATFORM_INACTIVE, 9, 40, 40, 0},
	    {"no room", FAULT_OUTBOUND_BUSY, 9, 40, 40, 0},
	    {"busy", FAULT_SERVICE_THROTTLED, 5, 5, 80, 0},
	    {"busy for so long", FAULT_SERVICE_THROTTLED, 5, 30, 30, 30},
	    {"no token", FAULT_SERVICE_TOKEN_REFUSED, 9, 40, 40, 0},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct score_row row = waiting(&cx, rows[i].tried, SPAN("[]"));
		cx.note.retry_after = rows[i].retry_after;
		score_outcome_judge(&cx, rows[i].which, rows[i].rest, &row);
		if (row.next_try_at != cx.now + rows[i].wait)
			fail_msg("%s: %lld", rows[i].name,
			    (long long)(row.next_try_at - cx.now));
	}
	cx_release(&cx);
}

/* A 404 may be a load balancer's; only five of them are the LMS's word. */
static void
believes_a_404_in_the_end(void **state)
{
	static const struct {
		const char *name;
		int outages, gone; /* before this one */
		const char *state;
	} rows[] = {
	    {"the first", 0, 0, "waiting"},
	    {"the fourth", 0, 3, "waiting"},
	    {"the fifth", 0, 4, "refused"},
	    {"the sixth", 0, 5, "refused"},
	    {"the first after an outage", 8, 0, "waiting"},
	    {"the fourth after an outage", 15, 3, "waiting"},
	    {"the fifth after an outage", 15, 4, "refused"},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		enum fault before[32];
		size_t count = 0;
		for (int j = 0; j < rows[i].outages; j++)
			before[count++] = FAULT_SERVICE_THROTTLED;
		for (int j = 0; j < rows[i].gone; j++)
			before[count++] = FAULT_NO_LINE_ITEM;
		struct score_row row =
		    waiting(&cx, (int64_t)count + 1, told(&cx, before, count));
		score_outcome_judge(&cx, FAULT_NO_LINE_ITEM, 5, &row);
		if (!span_is(row.state, rows[i].state))
			fail_msg(
			    "%s: %.*s", rows[i].name, SPAN_ARGS(row.state));
	}
	cx_release(&cx);
}

/* A 409: this score is there already, or a newer one. */
static void
judges_a_409(void **state)
{
	static const struct {
		const char *name;
		bool tools_time;
		int died; /* tries of which nothing was written */
		enum fault before[3];
		int told;
		const char *state;
		bool anew;
	} rows[] = {
	    {"ours, at once", false, 0, {0}, 0, "waiting", true},
	    {"ours, twice", false, 0, {FAULT_SCORE_OUTDATED}, 1, "superseded",
		false},
	    {"the tool's, at once", true, 0, {0}, 0, "superseded", false},
	    {"ours, anew, then no answer", false, 0,
		{FAULT_SCORE_OUTDATED, FAULT_SERVICE_NO_ANSWER}, 2, "delivered",
		false},
	    {"ours, anew, then 500 and 503", false, 0,
		{FAULT_SCORE_OUTDATED, FAULT_SERVICE_FAILED,
		    FAULT_SERVICE_THROTTLED},
		3, "delivered", false},
	    {"ours, anew, then 503", false, 0,
		{FAULT_SCORE_OUTDATED, FAULT_SERVICE_THROTTLED}, 2,
		"superseded", false},
	    {"ours, anew, then a process that died", false, 1,
		{FAULT_SCORE_OUTDATED}, 1, "delivered", false},
	    {"ours, twice, after no answer", false, 0,
		{FAULT_SERVICE_NO_ANSWER, FAULT_SCORE_OUTDATED}, 2,
		"superseded", false},
	    {"ours, after no answer", false, 0, {FAULT_SERVICE_NO_ANSWER}, 1,
		"waiting", true},
	    {"ours, after 500", false, 0, {FAULT_SERVICE_FAILED}, 1, "waiting",
		true},
	    {"ours, after a process that died", false, 1, {0}, 0, "waiting",
		true},
	    {"the tool's, after 503", true, 0, {FAULT_SERVICE_THROTTLED}, 1,
		"superseded", false},
	    {"the tool's, after no answer", true, 0, {FAULT_SERVICE_NO_ANSWER},
		1, "delivered", false},
	    {"the tool's, after 500", true, 0, {FAULT_SERVICE_FAILED}, 1,
		"delivered", false},
	    {"the tool's, after a process that died", true, 1, {0}, 0,
		"delivered", false},
	    {"the tool's, after one that died and a 503", true, 1,
		{FAULT_SERVICE_THROTTLED}, 1, "delivered", false},
	    {"ours, after 503", false, 0, {FAULT_SERVICE_THROTTLED}, 1,
		"waiting", true},
	    {"ours, after a closed door", false, 0, {FAULT_LMS_UNREACHABLE}, 1,
		"waiting", true},
	    {"ours, after a 404", false, 0, {FAULT_NO_LINE_ITEM}, 1, "waiting",
		true},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		size_t count = (size_t)rows[i].told;
		struct score_row row =
		    waiting(&cx, 1 + rows[i].died + rows[i].told,
			told(&cx, rows[i].before, count));
		int64_t old = row.made_at_us;
		if (rows[i].tools_time)
			row.made_at_us = 0;
		score_outcome_judge(&cx, FAULT_SCORE_OUTDATED, 5, &row);
		if (!span_is(row.state, rows[i].state))
			fail_msg(
			    "%s: %.*s", rows[i].name, SPAN_ARGS(row.state));
		if (!rows[i].anew) {
			if (row.made_at_us != (rows[i].tools_time ? 0 : old))
				fail_msg("%s: another time", rows[i].name);
			continue;
		}
		/* With a whole second that has not begun, and not before. */
		if (row.made_at_us % SECOND != 0 ||
		    row.made_at_us <= cx.now * SECOND ||
		    row.made_at_us > clock_now_us() + SECOND ||
		    row.next_try_at * SECOND < row.made_at_us ||
		    row.next_try_at > clock_now() + 2)
			fail_msg("%s: %lld, %lld", rows[i].name,
			    (long long)row.made_at_us,
			    (long long)row.next_try_at);
	}
	cx_release(&cx);
}

static void
tells_of_tries(void **state)
{
	struct score_row row = {.state = SPAN("waiting"), .tries = SPAN("[]")};
	char at[CLOCK_TEXT_SIZE];
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	cx.note.external_status = 503;
	clock_write(cx.now, at);
	score_outcome_judge(&cx, FAULT_SERVICE_THROTTLED, 5, &row);
	struct span expected = arena_printf(cx.arena,
	    "[{\"at\":\"%s\",\"externalStatus\":503,\"message\":"
	    "\"PLATFORM_THROTTLES\"}]",
	    at);
	assert_true(span_equal(row.tries, expected));
	/* Nothing of what is not there. */
	cx.note.external_status = 0;
	row.tries = SPAN("[]");
	score_outcome_judge(&cx, FAULT_NONE, 5, &row);
	expected = arena_printf(cx.arena, "[{\"at\":\"%s\"}]", at);
	assert_true(span_equal(row.tries, expected));
	/* The last of them, and no more than that. */
	row.tries = SPAN("[]");
	for (int i = 1; i <= SCORE_TRIES_TOLD + 7; i++) {
		cx.note.external_status = i;
		score_outcome_judge(&cx, FAULT_SERVICE_THROTTLED, 5, &row);
		const struct json_t *tries =
		    vector_parse(&cx, arena_cstr(cx.arena, row.tries));
		size_t most = i < SCORE_TRIES_TOLD ? i : SCORE_TRIES_TOLD;
		int64_t first = 0, last = 0;
		assert_int_equal(jread_count(tries), most);
		assert_true(jread_integer(
		    jread_member(jread_at(tries, 0), "externalStatus"),
		    &first));
		assert_true(jread_integer(
		    jread_member(jread_at(tries, most - 1), "externalStatus"),
		    &last));
		assert_int_equal(last, i);
		assert_int_equal(first, i - (int)most + 1);
	}
	cx_release(&cx);
}

/* What stands in the store may be an older program's. */
static void
bears_any_list(void **state)
{
	static const char *const rows[] = {"", "x", "{}", "null", "[null]",
	    "[1,\"a\",[],{}]", "[{\"message\":5}]", "[{\"message\":null}]",
	    "[[[[[["};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct score_row row = waiting(&cx, 30, span_of(rows[i]));
		score_outcome_judge(&cx, FAULT_SERVICE_FAILED, 5, &row);
		const struct json_t *tries =
		    vector_parse(&cx, arena_cstr(cx.arena, row.tries));
		if (!span_is(row.state, "waiting") || jread_count(tries) < 1)
			fail_msg("%s", rows[i]);
	}
	cx_release(&cx);
}

/* Beyond the twenty that are told, more tries than told are no death. */
static void
tells_a_long_life_from_a_death(void **state)
{
	enum fault before[SCORE_TRIES_TOLD];
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (int i = 0; i < SCORE_TRIES_TOLD; i++)
		before[i] = FAULT_SERVICE_THROTTLED;
	struct score_row row =
	    waiting(&cx, 50, told(&cx, before, SCORE_TRIES_TOLD));
	row.made_at_us = 0;
	score_outcome_judge(&cx, FAULT_SCORE_OUTDATED, 5, &row);
	assert_true(span_is(row.state, "superseded"));
	row = waiting(&cx, 50, told(&cx, before, SCORE_TRIES_TOLD - 1));
	row.made_at_us = 0;
	score_outcome_judge(&cx, FAULT_SCORE_OUTDATED, 5, &row);
	assert_true(span_is(row.state, "delivered"));
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(judges_each_fault),
	    cmocka_unit_test(knows_a_word_on_the_score),
	    cmocka_unit_test(waits_longer_each_time),
	    cmocka_unit_test(believes_a_404_in_the_end),
	    cmocka_unit_test(judges_a_409),
	    cmocka_unit_test(tells_of_tries),
	    cmocka_unit_test(bears_any_list),
	    cmocka_unit_test(tells_a_long_life_from_a_death),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
