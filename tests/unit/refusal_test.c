/* refusal_test.c - what LMSs say when they refuse, in one line
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lti/refusal.h"
#include "vectors.h"

static const struct {
	const char *name, *file, *body;
	int status;
	const char *line;
} rows[] = {
    {"R14 RFC 7591, ILIAS", "refusals/ilias-400.json", 0, 400,
	"invalid_client_metadata: domain_targetlinkuri_mismatch"},
    {"R14 Canvas, errors", "refusals/canvas-422.json", 0, 422,
	"#/grant_types: did not contain implicit: scope: Invalid scopes"},
    {"R14 Canvas, errorMessage", "refusals/canvas-401.json", 0, 401,
	"Registration token has already been used"},
    {"R14 Moodle, plain text", "refusals/moodle-401.txt", 0, 401,
	"token_already_used"},
    {"R14 Moodle, an exception as JSON", "refusals/moodle-exception.json", 0,
	500, "Invalid token"},
    {"R14 Moodle, an exception as HTML", "refusals/moodle-500.html", 0, 500,
	""},
    {"R14 Sakai, nothing", "refusals/sakai-403.txt", 0, 403, ""},
    {"error alone", 0, "{\"error\":\"x\"}", 400, "x"},
    {"description alone", 0, "{\"error_description\":\"y\"}", 400, "y"},
    {"message", 0, "{\"message\":\"m\"}", 400, "m"},
    {"one error, no list", 0, "{\"errors\":\"e\"}", 400, "e"},
    {"one error, an object", 0, "{\"errors\":{\"message\":\"e\"}}", 400, "e"},
    {"a list of nothing", 0, "{\"errors\":[]}", 422, ""},
    {"members of other types", 0,
	"{\"error\":{\"a\":1},\"message\":7,\"errors\":[1,null]}", 400, ""},
    {"an array", 0, "[\"a\"]", 400, ""},
    {"a JSON string", 0, "\"no\"", 400, "\"no\""},
    {"a number", 0, "12", 400, "12"},
    {"HTML behind blanks", 0, " \r\n\t<html>", 502, ""},
    {"blanks alone", 0, " \n", 400, ""},
    {"A10 line ends", 0, "a\r\nlevel=error\tb", 400, "a  level=error b"},
    {"A24 markup inside text stays the shower's business", 0, "bad <b>", 400,
	"bad <b>"},
};

static void
reads(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct span body = rows[i].file
				       ? vector_bytes(&cx, rows[i].file)
				       : span_of(rows[i].body);
		strcpy(cx.note.detail, "before");
		struct span line = refusal_read(&cx, body);
		if (!span_is(line, rows[i].line))
			fail_msg("%s: %.*s", rows[i].name, SPAN_ARGS(line));
		if (strcmp(cx.note.detail, "before") != 0)
			fail_msg("%s: the note was touched", rows[i].name);
	}
	cx_release(&cx);
}

static void
is_bounded(void **state)
{
	static const struct {
		const char *name;
		size_t before; /* letters before an e with an accent */
		size_t length;
	} ends[] = {
	    {"whole", 498, 500},
	    {"no half characters", 499, 499},
	    {"the accent is too much", 500, 500},
	};
	static char text[2500];
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		memset(text, 'a', sizeof text);
		memcpy(text + ends[i].before, "\xc3\xa9", 2);
		struct span line = refusal_read(&cx, span_from(text, 1000));
		if (line.length != ends[i].length)
			fail_msg("%s: %zu", ends[i].name, line.length);
		line = refusal_read(&cx,
		    arena_printf(cx.arena, "{\"error\":\"%.600s\"}", text));
		if (line.length != ends[i].length)
			fail_msg("JSON, %s: %zu", ends[i].name, line.length);
	}
	/* Many short parts end somewhere too. */
	struct {
		char at[4000];
	} *many = arena_take(cx.arena, sizeof *many);
	char *end = many->at;
	end += sprintf(end, "{\"errors\":[");
	for (int i = 0; i < 400; i++)
		end += sprintf(end, "%s\"ab\"", i ? "," : "");
	sprintf(end, "]}");
	assert_int_equal(
	    refusal_read(&cx, span_of(many->at)).length, REFUSAL_MAX);
	cx_release(&cx);
}

static void
passes_bodies_on(void **state)
{
	static char text[2500];

	(void)state;
	assert_int_equal(refusal_body(SPAN("")).length, 0);
	assert_int_equal(refusal_body(SPAN("\n <!DOCTYPE html>")).length, 0);
	assert_true(span_is(refusal_body(SPAN("{\"a\":1}")), "{\"a\":1}"));
	memset(text, 'a', sizeof text);
	assert_int_equal(refusal_body(span_from(text, 2000)).length, 2000);
	assert_int_equal(refusal_body(span_from(text, 2500)).length, 2000);
	memcpy(text + 1998, "\xe2\x82\xac", 3);
	assert_int_equal(refusal_body(span_from(text, 2500)).length, 1998);
	/* Not UTF-8 at all: nothing is left, and nothing is read before it. */
	memset(text, 0x80, sizeof text);
	assert_int_equal(refusal_body(span_from(text, 2500)).length, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads),
	    cmocka_unit_test(is_bounded),
	    cmocka_unit_test(passes_bodies_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
