/* score_outcome.c - what one try means for a score that waits
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/score_outcome.h"

#include "app/lms_health.h"
#include "app/score_sender.h"
#include "base/clock.h"
#include "base/cx.h"
#include "store/scores.h"
#include "json/jread.h"
#include "json/jwrite.h"

bool
score_outcome_is_word(enum fault which)
{
	return which == FAULT_NONE || which == FAULT_SCORE_OUTDATED ||
	       which == FAULT_SERVICE_REFUSED || which == FAULT_NO_LINE_ITEM ||
	       which == FAULT_SCOPE_NOT_GRANTED;
}

/* --- what was tried before ----------------------------------------------- */

static bool
has_message(const struct json_t *try, enum fault which)
{
	return span_is(jread_text_or(jread_member(try, "message"), SPAN("")),
	    fault_text(which)->message);
}

static size_t
count_told(const struct json_t *tries, enum fault which)
{
	size_t count = 0;

	for (size_t i = 0; i < jread_count(tries); i++)
		count += has_message(jread_at(tries, i), which);
	return count;
}

/* A try since the last 409 may have arrived: it had no whole answer, a failing
 * one, or the process died over it and it is not in the list. */
static bool
may_have_arrived(const struct score_row *row, const struct json_t *tries)
{
	size_t told = jread_count(tries);

	if (told < SCORE_TRIES_TOLD && row->tried - 1 > (int64_t)told)
		return true;
	for (size_t i = told; i-- > 0;) {
		const struct json_t *try = jread_at(tries, i);
		if (has_message(try, FAULT_SCORE_OUTDATED))
			return false;
		if (has_message(try, FAULT_SERVICE_NO_ANSWER) ||
		    has_message(try, FAULT_SERVICE_FAILED))
			return true;
	}
	return false;
}

static struct span
with_try(struct cx *cx, const struct json_t *tries, enum fault which)
{
	struct json_t *list = jwrite_array(cx);
	size_t count = jread_count(tries);
	char at[CLOCK_TEXT_SIZE];

	for (size_t i = count >= SCORE_TRIES_TOLD; i < count; i++)
		jwrite_push(list, jread_at(tries, i));
	struct json_t *try = jwrite_push_object(list);
	clock_write(cx->now, at);
	jwrite_text(try, "at", span_of(at));
	if (cx->note.external_status)
		jwrite_integer(try, "externalStatus", cx->note.external_status);
	if (which)
		jwrite_text(
		    try, "message", span_of(fault_text(which)->message));
	return jwrite_bytes(cx, list);
}

/* --- judging ------------------------------------------------------------- */

enum { SECOND_US = 1000000 };

/* A 409: the LMS holds a score with this time, or a later one. It may be this
 * one; it may be another that came within the same second. A time of ours is
 * set anew once, for nothing newer can be in our line: so it arrives, perhaps
 * twice. A time of the tool's is the tool's word. */
static void
judge_outdated(struct score_row *row, const struct json_t *tries)
{
	bool anew = count_told(tries, FAULT_SCORE_OUTDATED) > 0;

	if (row->made_at_us && !anew) {
		row->next_try_at = clock_now_us() / SECOND_US + 1;
		row->made_at_us = row->next_try_at * SECOND_US;
	} else {
		row->state = may_have_arrived(row, tries) ? SPAN("delivered")
							  : SPAN("superseded");
	}
}

/* An LMS that was not reached, or said when to come back, says nothing of
 * the score. Whatever else fails may be the score's doing. */
static bool
is_lms_alone(enum fault which, int64_t retry_after)
{
	return which == FAULT_LMS_UNREACHABLE || which == FAULT_OUTBOUND_BUSY ||
	       which == FAULT_PLATFORM_INACTIVE ||
	       which == FAULT_SERVICE_TOKEN_REFUSED ||
	       (which == FAULT_SERVICE_THROTTLED && retry_after);
}

/* It waits as long as the LMS rests, and longer with each try of its own. */
static int64_t
wait_of(const struct score_row *row, int64_t rest)
{
	int64_t own = LMS_HEALTH_FIRST;

	for (int64_t i = 1; i < row->tried && own < LMS_HEALTH_LONGEST; i++)
		own *= 2;
	if (own > LMS_HEALTH_LONGEST)
		own = LMS_HEALTH_LONGEST;
	return own > rest ? own : rest;
}

void
score_outcome_judge(
    struct cx *cx, enum fault which, int64_t rest, struct score_row *row)
{
	const struct json_t *tries = NULL;

	if (jread_parse(cx, row->tries, &tries))
		tries = NULL;
	row->tries = with_try(cx, tries, which);
	row->next_try_at = cx->now + (is_lms_alone(which, cx->note.retry_after)
					     ? rest
					     : wait_of(row, rest));
	if (!which)
		row->state = SPAN("delivered");
	else if (which == FAULT_SCORE_OUTDATED)
		judge_outdated(row, tries);
	else if (which == FAULT_SERVICE_REFUSED ||
		 which == FAULT_SCOPE_NOT_GRANTED ||
		 (which == FAULT_NO_LINE_ITEM &&
		     count_told(tries, which) + 1 >= SCORE_GONE_TRIES))
		row->state = SPAN("refused");
}
