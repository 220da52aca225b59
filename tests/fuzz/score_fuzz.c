/* score_fuzz.c - scores and line items of a tool, and what LMSs answer
 *
 * Input: a timestamp, a line feed, and a body that is tried as a score, a
 * line item, and as an LMS's answer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "fuzz.h"
#include "lti/line_item.h"
#include "lti/score.h"
#include "json/jread.h"
#include "json/jwrite.h"

#define ID "https://lms/items/5"

static struct span
text_of(const struct json_t *object, const char *name)
{
	return jread_text_or(jread_member(object, name), SPAN_NONE);
}

/* Nought or more digits, and nothing lost but what lies below microseconds. */
static void
check_time(struct cx *cx, struct span text)
{
	int64_t us = -1, again;

	if (!score_read_timestamp(text, &us)) {
		must(us == -1);
		return;
	}
	struct span written = score_timestamp(cx, us);
	must(written.length == SCORE_TIMESTAMP_LENGTH);
	must(score_read_timestamp(written, &again) && again == us);
	must(text.length >= strlen("2026-11-21T10:03:12Z"));
	if ((span_ends(text, "Z") || span_ends(text, "z")) &&
	    !span_equal(span_first(span_from_offset(text, 17), 2), SPAN("60")))
		must(span_equal(span_first(span_from_offset(text, 11), 8),
			 span_first(span_from_offset(written, 11), 8)) &&
		     span_equal(span_first(text, 10), span_first(written, 10)));
}

static void
check_score(struct cx *cx, const struct json_t *body)
{
	struct score score = {0};
	double given, maximum;
	int64_t us;

	enum fault fault = score_check(cx, body, &score);
	must(!fault || fault == FAULT_PARAMETER_REFUSED);
	if (fault) {
		must(!score.body && cx->note.telling[0]);
		return;
	}
	must(score.user.length > 0 && score.user.length <= SCORE_USER_MAX);
	must(!span_is(text_of(score.body, "activityProgress"), "Initiated"));
	if (jread_number(jread_member(score.body, "scoreGiven"), &given)) {
		must(given >= 0);
		must(jread_number(
		    jread_member(score.body, "scoreMaximum"), &maximum));
		must(maximum > 0);
	} else {
		must(!jread_member(score.body, "scoreGiven"));
	}
	must(score.has_timestamp == !!jread_member(score.body, "timestamp"));
	if (score.has_timestamp)
		must(score_read_timestamp(
			 text_of(score.body, "timestamp"), &us) &&
		     us == score.made_at_us);
	/* What we send would be taken again, as it is. */
	struct score again;
	must(!score_check(cx, score.body, &again));
	must(span_equal(
	    jwrite_bytes(cx, again.body), jwrite_bytes(cx, score.body)));
}

static void
check_line_item(struct cx *cx, const struct json_t *body)
{
	struct json_t *item = NULL, *again;
	double maximum;

	enum fault fault = line_item_check(cx, body, SPAN(ID), &item);
	must(!fault || fault == FAULT_PARAMETER_REFUSED);
	if (fault) {
		must(!item && cx->note.telling[0]);
		return;
	}
	must(span_is(text_of(item, "id"), ID));
	must(text_of(item, "label").length > 0);
	must(jread_number(jread_member(item, "scoreMaximum"), &maximum));
	must(maximum > 0);
	must(!line_item_check(cx, item, SPAN(""), &again));
	must(!jread_member(again, "id"));
	const struct json_t *laid;
	must(!line_item_read(cx, SPAN(""), again, SPAN(ID), &laid));
	must(span_is(text_of(laid, "id"), ID) && !jread_member(again, "id"));
}

static void
check_answer(struct cx *cx, struct span body)
{
	struct json_t *items = jwrite_array(cx);
	const struct json_t *item = NULL;

	enum fault fault = line_item_read(cx, body, NULL, SPAN(ID), &item);
	must(!fault == !!item);
	must(!item || text_of(item, "id").length > 0);
	fault = line_items_read(cx, body, items);
	must(!fault || jread_count(items) == 0);
	for (size_t i = 0; i < jread_count(items); i++)
		must(jread_is_object(jread_at(items, i)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cx cx;
	struct span rest = span_from(bytes, length), time;
	const struct json_t *body;

	cx_init(&cx, no_random);
	if (length && span_next(&rest, '\n', &time)) {
		check_time(&cx, time);
		check_answer(&cx, rest);
		if (!jread_parse(&cx, rest, &body)) {
			check_score(&cx, body);
			check_line_item(&cx, body);
		}
	}
	cx_release(&cx);
	return 0;
}
