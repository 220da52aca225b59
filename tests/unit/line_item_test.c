/* line_item_test.c - line items and results between the tool and an LMS
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lti/line_item.h"
#include "vectors.h"
#include "json/jwrite.h"

#define ID "https://lms/items/5?type_id=3"

static void
expect_json(struct cx *cx, const char *row, const struct json_t *got,
    const char *expected)
{
	struct span text = jwrite_bytes(cx, got);

	if (!span_is(text, expected))
		fail_msg("%s: %.*s, not %s", row, SPAN_ARGS(text), expected);
}

/* --- the tool's ---------------------------------------------------------- */

static void
takes(void **state)
{
	static const struct {
		const char *name, *body, *id, *sent;
	} rows[] = {
	    {"AG8 the least", "{\"label\":\"a\",\"scoreMaximum\":1}", "",
		"{\"label\":\"a\",\"scoreMaximum\":1}"},
	    {"AG8 whole object of a PUT",
		"{\"label\":\"a\",\"scoreMaximum\":1,\"tag\":\"t\"}", ID,
		"{\"label\":\"a\",\"scoreMaximum\":1,\"tag\":\"t\",\"id\":\"" ID
		"\"}"},
	    {"A44 an id of the tool's is not sent",
		"{\"id\":\"https://evil/\",\"label\":\"a\",\"scoreMaximum\":1}",
		"", "{\"label\":\"a\",\"scoreMaximum\":1}"},
	    {"A44 an id of the tool's is replaced",
		"{\"label\":\"a\",\"scoreMaximum\":1,\"id\":\"https://evil/\"}",
		ID, "{\"label\":\"a\",\"scoreMaximum\":1,\"id\":\"" ID "\"}"},
	    {"an id that is no text",
		"{\"id\":7,\"label\":\"a\",\"scoreMaximum\":1}", "",
		"{\"label\":\"a\",\"scoreMaximum\":1}"},
	    {"everything that is known",
		"{\"label\":\"a\",\"scoreMaximum\":37.5,"
		"\"resourceLinkId\":\"l\",\"resourceId\":\"r\",\"tag\":\"t\","
		"\"startDateTime\":\"2026-01-01T00:00:00Z\","
		"\"endDateTime\":\"2026-02-01T00:00:00Z\","
		"\"gradesReleased\":true}",
		"",
		"{\"label\":\"a\",\"scoreMaximum\":37.5,"
		"\"resourceLinkId\":\"l\",\"resourceId\":\"r\",\"tag\":\"t\","
		"\"startDateTime\":\"2026-01-01T00:00:00Z\","
		"\"endDateTime\":\"2026-02-01T00:00:00Z\","
		"\"gradesReleased\":true}"},
	    {"Canvas, an extension",
		"{\"https://canvas.instructure.com/lti/submission_type\":"
		"{\"type\":\"external_tool\"},\"x\":[1,null],"
		"\"label\":\" a \",\"scoreMaximum\":0.5}",
		"",
		"{\"https://canvas.instructure.com/lti/submission_type\":"
		"{\"type\":\"external_tool\"},\"x\":[1,null],"
		"\"label\":\" a \",\"scoreMaximum\":0.5}"},
	    {"Brightspace, null is nothing",
		"{\"label\":\"a\",\"scoreMaximum\":1,\"resourceLinkId\":null,"
		"\"resourceId\":null,\"tag\":null,\"startDateTime\":null,"
		"\"endDateTime\":null,\"gradesReleased\":null,\"x\":null}",
		"", "{\"label\":\"a\",\"scoreMaximum\":1,\"x\":null}"},
	    {"empty texts", "{\"label\":\"a\",\"scoreMaximum\":1,\"tag\":\"\"}",
		"", "{\"label\":\"a\",\"scoreMaximum\":1,\"tag\":\"\"}"},
	    {"beyond ASCII", "{\"label\":\"\xc2\xa0\",\"scoreMaximum\":1}", "",
		"{\"label\":\"\xc2\xa0\",\"scoreMaximum\":1}"},
	};
	struct cx cx;
	struct json_t *out;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct json_t *body = vector_parse(&cx, rows[i].body);
		struct span before = jwrite_bytes(&cx, body);
		if (line_item_check(&cx, body, span_of(rows[i].id), &out))
			fail_msg("%s: %s", rows[i].name, cx.note.telling);
		expect_json(&cx, rows[i].name, out, rows[i].sent);
		expect_json(&cx, rows[i].name, body, before.at);
	}
	cx_release(&cx);
}

static void
refuses(void **state)
{
#define MORE(more) "{\"label\":\"a\",\"scoreMaximum\":1," more "}"
	static const struct {
		const char *name, *body, *words;
	} rows[] = {
	    {"no object", "[1]", "a line item, an object, not an array"},
	    {"AG8 no label", "{\"scoreMaximum\":1}", "label is missing"},
	    {"AG8 label is null", "{\"label\":null,\"scoreMaximum\":1}",
		"label must be a string, not null"},
	    {"AG8 label is a number", "{\"label\":1,\"scoreMaximum\":1}",
		"label must be a string, not a number"},
	    {"AG8 label is empty", "{\"label\":\"\",\"scoreMaximum\":1}",
		"label must not be empty"},
	    {"AG8 label is blank", "{\"label\":\" \",\"scoreMaximum\":1}",
		"label must not be blank"},
	    {"AG8 label is blank in another way",
		"{\"label\":\"\\t\\r\\n \",\"scoreMaximum\":1}",
		"label must not be blank"},
	    {"AG8 no maximum", "{\"label\":\"a\"}", "scoreMaximum is missing"},
	    {"AG8 maximum 0", "{\"label\":\"a\",\"scoreMaximum\":0}",
		"scoreMaximum must be a number above 0"},
	    {"AG8 maximum 0.0", "{\"label\":\"a\",\"scoreMaximum\":0.0}",
		"scoreMaximum must be a number above 0"},
	    {"AG8 maximum -1", "{\"label\":\"a\",\"scoreMaximum\":-1}",
		"scoreMaximum must be a number above 0"},
	    {"AG8 maximum is text", "{\"label\":\"a\",\"scoreMaximum\":\"1\"}",
		"scoreMaximum must be a number"},
	    {"AG8 maximum is true", "{\"label\":\"a\",\"scoreMaximum\":true}",
		"scoreMaximum must be a number"},
	    {"AG8 maximum is null", "{\"label\":\"a\",\"scoreMaximum\":null}",
		"scoreMaximum must be a number"},
	    {"resourceLinkId", MORE("\"resourceLinkId\":1"),
		"resourceLinkId must be a string"},
	    {"resourceId", MORE("\"resourceId\":{}"),
		"resourceId must be a string"},
	    {"tag", MORE("\"tag\":false"), "tag must be a string"},
	    {"startDateTime", MORE("\"startDateTime\":1"),
		"startDateTime must be a string"},
	    {"endDateTime", MORE("\"endDateTime\":1"),
		"endDateTime must be a string"},
	    {"gradesReleased", MORE("\"gradesReleased\":\"true\""),
		"gradesReleased must be true or false"},
	};
#undef MORE
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	struct json_t *before = jwrite_object(&cx), *out = before;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (line_item_check(&cx, vector_parse(&cx, rows[i].body),
			SPAN(ID), &out) != FAULT_PARAMETER_REFUSED)
			fail_msg("%s: taken", rows[i].name);
		if (!strstr(cx.note.telling, rows[i].words))
			fail_msg("%s: %s", rows[i].name, cx.note.telling);
		if (out != before)
			fail_msg("%s: out was touched", rows[i].name);
	}
	assert_int_equal(line_item_check(&cx, NULL, SPAN(""), &out),
	    FAULT_PARAMETER_REFUSED);
	assert_non_null(strstr(cx.note.telling, "not nothing"));
	cx_release(&cx);
}

/* --- the LMS's ----------------------------------------------------------- */

static void
reads_items(void **state)
{
	static const struct {
		const char *name, *body;
		const char *sent; /* NULL: nothing was */
		const char *id;
		const char *item; /* NULL: malformed */
		const char *words;
	} rows[] = {
	    {"Moodle",
		"{\"scoreMaximum\":100,\"label\":\"Grade\",\"tag\":\"peer\","
		"\"id\":\"" ID "\"}",
		"{\"label\":\"x\"}", "https://lms/other",
		"{\"scoreMaximum\":100,\"label\":\"Grade\",\"tag\":\"peer\","
		"\"id\":\"" ID "\"}",
		0},
	    {"members that nobody knows", "{\"id\":\"i\",\"x\":[null]}", 0, "",
		"{\"id\":\"i\",\"x\":[null]}", 0},
	    {"AG9 an empty body", "", "{\"label\":\"x\"}", ID,
		"{\"label\":\"x\",\"id\":\"" ID "\"}", 0},
	    {"AG9 a blank body", " \r\n\t", "{\"id\":\"y\",\"label\":\"x\"}",
		ID, "{\"label\":\"x\",\"id\":\"" ID "\"}", 0},
	    {"AG9 an empty body, nothing sent", "", 0, ID,
		"{\"id\":\"" ID "\"}", 0},
	    {"AG9 an empty body, no id", "", "{\"id\":\"y\"}", "", 0,
		"has no id"},
	    {"no id", "{\"label\":\"a\"}", "{\"id\":\"y\"}", ID,
		"{\"label\":\"a\",\"id\":\"" ID "\"}", 0},
	    {"id is empty", "{\"id\":\"\"}", 0, ID, "{\"id\":\"" ID "\"}", 0},
	    {"id is a number", "{\"id\":5}", 0, ID, "{\"id\":\"" ID "\"}", 0},
	    {"no id, of a new one", "{\"label\":\"a\"}", "{\"id\":\"y\"}", "",
		0, "has no id"},
	    {"id is a number, of a new one", "{\"id\":5}", 0, "", 0,
		"has no id"},
	    {"a list", "[{\"id\":\"i\"}]", 0, ID, 0, "not with a line item"},
	    {"a page", "<html>secret", 0, ID, 0, "not with a line item"},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct json_t *sent =
		    rows[i].sent ? vector_parse(&cx, rows[i].sent) : NULL;
		const struct json_t *before = jwrite_object(&cx), *out = before;
		enum fault fault = line_item_read(&cx, span_of(rows[i].body),
		    sent, span_of(rows[i].id), &out);
		if (fault !=
		    (rows[i].item ? FAULT_NONE : FAULT_SERVICE_REPLY_MALFORMED))
			fail_msg(
			    "%s: %s", rows[i].name, fault_text(fault)->name);
		if (rows[i].item)
			expect_json(&cx, rows[i].name, out, rows[i].item);
		else if (out != before ||
			 !strstr(cx.note.telling, rows[i].words) ||
			 strstr(cx.note.telling, "secret"))
			fail_msg("%s: %s", rows[i].name, cx.note.telling);
		if (sent)
			expect_json(&cx, rows[i].name, sent, rows[i].sent);
	}
	cx_release(&cx);
}

static void
reads_lists(void **state)
{
	static const struct {
		const char *name, *body;
		const char *items; /* NULL: malformed */
	} rows[] = {
	    {"Moodle, no items", "[]", "[0]"},
	    {"Moodle, results",
		"[{\"id\":\"r\",\"userId\":\"4\",\"resultScore\":37.5}]",
		"[0,{\"id\":\"r\",\"userId\":\"4\",\"resultScore\":37.5}]"},
	    {"two", "[{\"id\":\"a\"},{\"id\":\"b\"}]",
		"[0,{\"id\":\"a\"},{\"id\":\"b\"}]"},
	    {"what is no object is left out",
		"[1,{\"id\":\"a\"},null,[{}],\"x\",{}]",
		"[0,{\"id\":\"a\"},{}]"},
	    {"lineItems", "{\"lineItems\":[{\"id\":\"a\"}]}",
		"[0,{\"id\":\"a\"}]"},
	    {"lineitems", "{\"lineitems\":[{\"id\":\"a\"}]}",
		"[0,{\"id\":\"a\"}]"},
	    {"results", "{\"results\":[{\"id\":\"a\"}],\"x\":1}",
		"[0,{\"id\":\"a\"}]"},
	    {"two lists", "{\"lineItems\":null,\"results\":[{}]}", "[0,{}]"},
	    {"AG9 empty", "", "[0]"},
	    {"AG9 blank", "\r\n", "[0]"},
	    {"another object", "{\"error\":\"secret\"}", 0},
	    {"lists of another type", "{\"lineItems\":{},\"results\":\"\"}", 0},
	    {"a text", "\"secret\"", 0},
	    {"a page", "<html>secret", 0},
	    {"half of it", "[{\"id\":\"secret\"}", 0},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct json_t *items =
		    jwrite_copy(&cx, vector_parse(&cx, "[0]"));
		enum fault fault =
		    line_items_read(&cx, span_of(rows[i].body), items);
		if (fault != (rows[i].items ? FAULT_NONE
					    : FAULT_SERVICE_REPLY_MALFORMED) ||
		    strstr(cx.note.telling, "secret"))
			fail_msg("%s: %s", rows[i].name, cx.note.telling);
		expect_json(&cx, rows[i].name, items,
		    rows[i].items ? rows[i].items : "[0]");
	}
	cx_release(&cx);
}

/* A45: a whole class at once, but not more. */
static void
bounds_lists(void **state)
{
	static char body[2 * LINE_ITEMS_VALUES_MAX + 8];
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	struct json_t *items = jwrite_array(&cx);
	char *end = body;
	*end++ = '[';
	for (size_t i = 0; i < LINE_ITEMS_VALUES_MAX - 1; i++) {
		*end++ = '0';
		*end++ = ',';
	}
	memcpy(end, "0]", 2);
	struct span text = span_from(body, (size_t)(end - body) + 2);
	assert_int_equal(line_items_read(&cx, text, items), FAULT_NONE);
	memcpy(end, "0,0]", 4);
	text.length += 2;
	assert_int_equal(
	    line_items_read(&cx, text, items), FAULT_SERVICE_REPLY_MALFORMED);
	assert_non_null(strstr(cx.note.telling, "more than 200000 values"));
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes),
	    cmocka_unit_test(refuses),
	    cmocka_unit_test(reads_items),
	    cmocka_unit_test(reads_lists),
	    cmocka_unit_test(bounds_lists),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
