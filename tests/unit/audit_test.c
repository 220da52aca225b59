/* audit_test.c - what an administrative change changed
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#include "app/audit.h"
#include "base/cx.h"
#include "crypto/random.h"
#include "json/jread.h"
#include "json/jwrite.h"

static const struct json_t *
parsed(struct cx *cx, const char *text)
{
	const struct json_t *value = NULL;

	if (text)
		assert_int_equal(jread_parse(cx, span_of(text), &value), 0);
	return value;
}

static void
differences(void **state)
{
	static const struct {
		const char *before, *after, *told;
	} rows[] = {
	    {"{\"a\":1}", "{\"a\":1}", "{}"},
	    {"{\"a\":1,\"b\":2}", "{\"a\":3,\"b\":2}",
		"{\"changes\":{\"a\":{\"from\":1,\"to\":3}}}"},
	    {NULL, "{\"a\":true}", "{\"changes\":{\"a\":{\"to\":true}}}"},
	    {"{\"a\":null}", NULL, "{\"changes\":{\"a\":{\"from\":null}}}"},
	    {"{\"r\":{\"m\":\"x\",\"n\":1}}", "{\"r\":{\"m\":\"y\",\"n\":1}}",
		"{\"changes\":{\"r.m\":{\"from\":\"x\",\"to\":\"y\"}}}"},
	    {"{\"r\":[1]}", "{\"r\":[1,2]}",
		"{\"changes\":{\"r\":{\"from\":\"[1]\",\"to\":\"[1,2]\"}}}"},
	    {"{\"Secret\":\"a\"}", "{\"Secret\":\"b\"}",
		"{\"changes\":{\"Secret\":{\"from\":\"(not told)\","
		"\"to\":\"(not told)\"}}}"},
	    {"{\"metadata\":{\"a\":1}}", "{\"metadata\":{\"a\":2}}",
		"{\"changes\":{\"metadata\":{\"from\":\"(not told)\","
		"\"to\":\"(not told)\"}}}"},
	    {NULL, "{\"accesstokenEndpoint\":\"https://a.example/t\"}",
		"{\"changes\":{\"accesstokenEndpoint\":{\"to\":"
		"\"https://a.example/t\"}}}"},
	    {NULL, "{\"u\":\"see https://a.example/?k=v, and what?\"}",
		"{\"changes\":{\"u\":{\"to\":\"see https://a.example/? and "
		"what?\"}}}"},
	    {NULL, "{\"u\":[\"https://a.example/?k=v\",\"b\"]}",
		"{\"changes\":{\"u\":{\"to\":\"[\\\"https://a.example/?\\\","
		"\\\"b\\\"]\"}}}"},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, random_bytes);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct json_t *details = jwrite_object(&cx);
		audit_write(&cx, details, parsed(&cx, rows[i].before),
		    parsed(&cx, rows[i].after));
		struct span told = jwrite_bytes(&cx, details);
		if (!span_is(told, rows[i].told))
			fail_msg("row %zu: %.*s", i, SPAN_ARGS(told));
	}
	cx_release(&cx);
}

static void
bounds(void **state)
{
	struct cx cx;
	int64_t more = 0;

	(void)state;
	cx_init(&cx, random_bytes);
	struct json_t *details = jwrite_object(&cx);
	struct json_t *after = jwrite_object(&cx);
	char *text = arena_take(cx.arena, 1001);
	memset(text, 'x', 1000);
	for (int i = 0; i < AUDIT_CHANGES_MAX + 7; i++)
		jwrite_text(
		    after, arena_printf(cx.arena, "m%d", i).at, span_of(text));
	audit_write(&cx, details, NULL, after);
	assert_true(jread_integer(jread_member(details, "moreChanges"), &more));
	assert_int_equal(more, 7);
	struct span first = jread_text_or(
	    jread_member(
		jread_member(jread_member(details, "changes"), "m0"), "to"),
	    SPAN(""));
	assert_int_equal(first.length, AUDIT_VALUE_MAX + 3);
	assert_true(jwrite_bytes(&cx, details).length < 10000);
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(differences),
	    cmocka_unit_test(bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
