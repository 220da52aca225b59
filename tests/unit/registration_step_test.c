/* registration_step_test.c - what differs, and whether an LMS still shows the
 * registration of before
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lti/registration_step.h"
#include "vectors.h"
#include "json/jwrite.h"

/* A document with these members, and these in its tool configuration. */
static const struct json_t *
document(struct cx *cx, const char *outer, const char *inner)
{
	return vector_parse(cx, arena_printf(cx->arena,
				    "{%s%s\"https://purl.imsglobal.org/spec/"
				    "lti-tool-configuration\":{%s}}",
				    outer, *outer ? "," : "", inner)
				    .at);
}

static const struct row {
	const char *outer[3], *inner[3]; /* before, now, held */
	const char *words;
	bool waits;
} rows[] = {
    /* The same in another order is the same. */
    {{"\"scope\":\"a b\"", "\"scope\":\"b a\"", ""},
	{"\"claims\":[\"sub\",\"iss\"]", "\"claims\":[\"iss\",\"sub\"]", ""},
	"[]", false},
    /* The old one, the new one, another one, with what LMSs add. */
    {{"\"scope\":\"a\"", "\"scope\":\"a b\"", "\"scope\":\"a openid\""},
	{"", "", ""}, "[\"scopes\"]", true},
    {{"\"scope\":\"a\"", "\"scope\":\"a b\"", "\"scope\":\"b a openid\""},
	{"", "", ""}, "[\"scopes\"]", false},
    {{"\"scope\":\"a b\"", "\"scope\":\"a\"", "\"scope\":\"a b openid\""},
	{"", "", ""}, "[\"scopes\"]", true},
    {{"\"scope\":\"a b\"", "\"scope\":\"a\"", "\"scope\":\"a openid\""},
	{"", "", ""}, "[\"scopes\"]", false},
    {{"\"client_name\":\"A\"", "\"client_name\":\"B\"",
	 "\"client_name\":\"C\""},
	{"", "", ""}, "[\"name\"]", false},
    /* One that is taken and one that is not granted: it was accepted. */
    {{"\"client_name\":\"A\",\"scope\":\"a\"",
	 "\"client_name\":\"B\",\"scope\":\"a b\"",
	 "\"client_name\":\"B\",\"scope\":\"a\""},
	{"", "", ""}, "[\"name\",\"scopes\"]", false},
    /* What is not shown tells nothing; a logo would be. */
    {{"", "\"contacts\":[\"a@b.example\"]", ""}, {"", "", ""}, "[\"contacts\"]",
	false},
    {{"", "\"logo_uri\":\"https://a.example/l\"", ""}, {"", "", ""},
	"[\"logo\"]", true},
    {{"\"logo_uri\":\"https://a.example/l\"", "",
	 "\"logo_uri\":\"https://a.example/l\""},
	{"", "", ""}, "[\"logo\"]", true},
    /* Messages, with placements spelled otherwise and members added. */
    {{"", "", ""},
	{"\"messages\":[{\"type\":\"A\"}]",
	    "\"messages\":[{\"type\":\"A\",\"placements\":[\"x\"]}]",
	    "\"messages\":[{\"type\":\"A\",\"icon_uri\":null,\"placements\":["
	    "\"https://canvas.instructure.com/lti/x\"]}]"},
	"[\"messages\"]", false},
    {{"", "", ""},
	{"\"messages\":[{\"type\":\"A\"}]",
	    "\"messages\":[{\"type\":\"A\",\"label\":\"L\"}]",
	    "\"messages\":[{\"type\":\"A\",\"icon_uri\":null}]"},
	"[\"messages\"]", true},
    {{"", "", ""},
	{"\"custom_parameters\":{\"a\":\"1\"}", "", "\"custom_parameters\":[]"},
	"[\"custom parameters\"]", false},
    {{"", "\"something_new\":1", ""}, {"", "", ""}, "[\"something_new\"]",
	false},
};

static void
test_rows(void **state)
{
	struct cx own, *cx = &own;

	(void)state;
	cx_init(cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct json_t *part[3];
		for (int j = 0; j < 3; j++)
			part[j] =
			    document(cx, rows[i].outer[j], rows[i].inner[j]);
		struct span words = jwrite_bytes(
		    cx, registration_step_words(cx, part[0], part[1]));
		if (!span_is(words, rows[i].words))
			fail_msg("row %zu: %.*s, not %s", i, SPAN_ARGS(words),
			    rows[i].words);
		if (registration_step_waits(cx, part[0], part[1], part[2]) !=
		    rows[i].waits)
			fail_msg("row %zu: waits", i);
	}
	cx_release(cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
