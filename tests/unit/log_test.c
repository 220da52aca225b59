/* log_test.c - lines for the operator
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "base/cx.h"
#include "base/log.h"
#include "base/utf8.h"
#include "crypto/random.h"
#include "json/jread.h"

enum { LINE_MAX_BYTES = 4000 };

/* What the call wrote to standard error. */
static struct span
caught(struct cx *cx, const struct log_field *fields)
{
	char *bytes = arena_take(cx->arena, 2 * LINE_MAX_BYTES);
	int ends[2], kept = dup(STDERR_FILENO);

	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	log_line_for(cx, LOG_INFO, "a line", fields);
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(ends[1]);
	ssize_t length = read(ends[0], bytes, (size_t)2 * LINE_MAX_BYTES);
	close(ends[0]);
	return span_from(bytes, length > 0 ? (size_t)length : 0);
}

static const struct json_t *
parsed(struct cx *cx, struct span line)
{
	const struct json_t *value;

	assert_true(line.length <= LINE_MAX_BYTES);
	assert_true(span_ends(line, "}\n"));
	assert_true(utf8_is_text(line));
	assert_int_equal(
	    jread_parse(cx, span_first(line, line.length - 1), &value), 0);
	return value;
}

static void
values(void **state)
{
	static const struct {
		const char *name, *value, *told;
	} rows[] = {
	    {"plain", "a b", "a b"},
	    {"quotes", "\"\\", "\"\\"},
	    {"a line's end", "a\nb\x7f", "a\nb\x7f"},
	    {"two bytes", "\xc3\xa9", "\xc3\xa9"},
	    {"no UTF-8",
		"a\xff\xfe"
		"b",
		"a\xef\xbf\xbd\xef\xbf\xbd"
		"b"},
	    {"half a character", "\xc3", "\xef\xbf\xbd"},
	    {"overlong", "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},
	    {"unseen", "\xe2\x80\xae", "\xe2\x80\xae"},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, random_bytes);
	log_open(LOG_INFO, true);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct log_field fields[] = {
		    {"value", span_of(rows[i].value)}, {0}};
		const struct json_t *line = parsed(&cx, caught(&cx, fields));
		struct span value =
		    jread_text_or(jread_member(line, "value"), SPAN("?"));
		if (!span_is(value, rows[i].told))
			fail_msg("%s: %.*s", rows[i].name, SPAN_ARGS(value));
	}
	cx_release(&cx);
}

/* However much there is to say, a line is a whole object, and says who. */
static void
long_ones(void **state)
{
	struct log_field fields[12] = {{0}};
	struct cx cx;
	char *many;

	(void)state;
	cx_init(&cx, random_bytes);
	many = arena_take(cx.arena, 3001);
	memset(many, '\x01', 3000);
	for (size_t i = 0; i < 11; i++)
		fields[i] = (struct log_field){
		    i % 2 ? "short" : "long", span_of(i % 2 ? "x" : many)};
	log_open(LOG_INFO, true);
	cx.actor = SPAN("user a");
	struct span written = caught(&cx, fields);
	assert_true(span_ends(written, ",\"cut\":\"true\"}\n"));
	assert_true(written.length <= LINE_MAX_BYTES);
	assert_true(utf8_is_text(written));
	memset(many, 'a', 3000);
	fields[1] = (struct log_field){0};
	const struct json_t *line = parsed(&cx, caught(&cx, fields));
	assert_int_equal(
	    jread_text_or(jread_member(line, "long"), SPAN("")).length, 1000);
	assert_true(span_is(
	    jread_text_or(jread_member(line, "by"), SPAN("")), "user a"));
	assert_true(
	    span_is(jread_text_or(jread_member(line, "reference"), SPAN("")),
		cx.reference));
	cx_release(&cx);
}

static void
levels(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, random_bytes);
	log_open(LOG_WARN, true);
	assert_int_equal(caught(&cx, NULL).length, 0);
	assert_false(log_tells(LOG_INFO));
	assert_true(log_tells(LOG_ERROR));
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values),
	    cmocka_unit_test(long_ones),
	    cmocka_unit_test(levels),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
