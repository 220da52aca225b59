/* first_launch_test.c - does the LMS do what it granted?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lti/first_launch.h"
#include "lti/launch_rules.h"
#include "lti/names.h"
#include "vectors.h"
#include "json/jwrite.h"

#define GRADES(scopes) "{\"" CLAIM_GRADES "\":{\"scope\":" scopes "}}"
#define CONFIGURED(members) "{\"" TOOL_CONFIGURATION "\":{" members "}}"
#define PERSON "\"claims\":[\"name\",\"given_name\",\"family_name\",\"email\"]"

static const struct launch launch = {
    .message = {MESSAGE_RESOURCE_LINK, sizeof MESSAGE_RESOURCE_LINK - 1},
    .deployment_id = {"d1", 2},
};

/* What differs: "member granted launched\n" each. */
static const struct {
	const char *name, *granted, *claims, *differences;
} rows[] = {
    {"nothing was granted", "{}", "{}", ""},
    {"nothing was granted, all comes", "{}", GRADES("[\"" SCOPE_SCORE "\"]"),
	""},

    {"a scope that comes", "{\"scope\":\"" SCOPE_SCORE "\"}",
	GRADES("[\"" SCOPE_SCORE "\"]"), ""},
    {"a scope that does not come", "{\"scope\":\"" SCOPE_SCORE "\"}",
	GRADES("[]"), "scope " SCOPE_SCORE " \n"},
    {"no claim of grades", "{\"scope\":\"" SCOPE_SCORE "\"}", "{}",
	"scope " SCOPE_SCORE " \n"},
    {"scopes as text", "{\"scope\":\"" SCOPE_SCORE "\"}",
	GRADES("\"" SCOPE_SCORE "\""), "scope " SCOPE_SCORE " \n"},
    {"each scope of grades",
	"{\"scope\":\"" SCOPE_SCORE " " SCOPE_RESULT_READ
	" " SCOPE_LINE_ITEM_READ " " SCOPE_LINE_ITEM "\"}",
	"{}",
	"scope " SCOPE_LINE_ITEM " \nscope " SCOPE_LINE_ITEM_READ
	" \nscope " SCOPE_RESULT_READ " \nscope " SCOPE_SCORE " \n"},
    {"only one of two", "{\"scope\":\"" SCOPE_LINE_ITEM "  " SCOPE_SCORE "\"}",
	GRADES("[\"x\",\"" SCOPE_LINE_ITEM "\"]"), "scope " SCOPE_SCORE " \n"},
    {"one that begins alike", "{\"scope\":\"" SCOPE_LINE_ITEM_READ "\"}",
	GRADES("[\"" SCOPE_LINE_ITEM "\"]"),
	"scope " SCOPE_LINE_ITEM_READ " \n"},
    {"a scope that we do not know", "{\"scope\":\"openid x\"}", "{}", ""},
    {"scope of another type", "{\"scope\":[\"" SCOPE_SCORE "\"]}", "{}", ""},

    {"the roster", "{\"scope\":\"" SCOPE_MEMBERSHIP "\"}",
	"{\"" CLAIM_ROSTER "\":{}}", ""},
    {"no roster", "{\"scope\":\"" SCOPE_MEMBERSHIP "\"}", "{}",
	"scope " SCOPE_MEMBERSHIP " \n"},
    {"the roster as text", "{\"scope\":\"" SCOPE_MEMBERSHIP "\"}",
	"{\"" CLAIM_ROSTER "\":\"x\"}", "scope " SCOPE_MEMBERSHIP " \n"},

    {"the person", CONFIGURED(PERSON),
	"{\"name\":\"N\",\"given_name\":\"G\",\"family_name\":\"F\","
	"\"email\":\"E\"}",
	""},
    {"nobody", CONFIGURED(PERSON), "{}",
	"claims name \nclaims given_name \nclaims family_name \n"
	"claims email \n"},
    {"Brightspace's empty address", CONFIGURED(PERSON),
	"{\"name\":\"N\",\"given_name\":\"G\",\"family_name\":\"F\","
	"\"email\":\"\"}",
	"claims email \n"},
    {"a name of another type", CONFIGURED("\"claims\":[\"name\"]"),
	"{\"name\":7}", "claims name \n"},
    {"other claims", CONFIGURED("\"claims\":[\"picture\",\"locale\"]"), "{}",
	""},
    {"claims as text", CONFIGURED("\"claims\":\"name\""), "{}", ""},
    {"claims outside the configuration", "{\"claims\":[\"name\"]}", "{}", ""},

    {"the deployment", CONFIGURED("\"deployment_id\":\"d1\""), "{}", ""},
    {"another deployment", CONFIGURED("\"deployment_id\":\"d2\""), "{}",
	"deployment_id d2 d1\n"},
    {"another one, older member", "{\"deployment_id\":\"d3\"}", "{}",
	"deployment_id d3 d1\n"},
    {"the inner member counts",
	"{\"deployment_id\":\"d3\",\"" TOOL_CONFIGURATION
	"\":{\"deployment_id\":\"d1\"}}",
	"{}", ""},
    {"the deployment in capitals", CONFIGURED("\"deployment_id\":\"D1\""), "{}",
	"deployment_id D1 d1\n"},
    {"no deployment", CONFIGURED("\"deployment_id\":\"\""), "{}", ""},
    {"a deployment of another type", CONFIGURED("\"deployment_id\":7"), "{}",
	""},

    {"all at once, in their order",
	"{\"scope\":\"" SCOPE_MEMBERSHIP " " SCOPE_SCORE "\","
	"\"" TOOL_CONFIGURATION "\":{\"claims\":[\"email\"],"
	"\"deployment_id\":\"d2\"}}",
	"{}",
	"scope " SCOPE_SCORE " \nscope " SCOPE_MEMBERSHIP
	" \nclaims email \ndeployment_id d2 d1\n"},
};

static struct span
text_of(const struct json_t *object, const char *name)
{
	struct span text = SPAN("?");

	jread_text(jread_member(object, name), &text);
	return text;
}

static void
tells_what_differs(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct json_t *document =
		    first_launch_write(&cx, vector_parse(&cx, rows[i].granted),
			&launch, vector_parse(&cx, rows[i].claims));
		const struct json_t *list =
		    jread_member(document, "differences");
		struct span told = SPAN("");
		if (!jread_is_array(list))
			fail_msg("%s: no list", rows[i].name);
		for (size_t k = 0; k < jread_count(list); k++) {
			const struct json_t *row = jread_at(list, k);
			told = arena_printf(cx.arena, "%.*s%.*s %.*s %.*s\n",
			    SPAN_ARGS(told), SPAN_ARGS(text_of(row, "member")),
			    SPAN_ARGS(text_of(row, "granted")),
			    SPAN_ARGS(text_of(row, "launched")));
			if (text_of(row, "message").length < 10)
				fail_msg("%s: no words", rows[i].name);
		}
		if (!span_is(told, rows[i].differences))
			fail_msg("%s: %.*s", rows[i].name, SPAN_ARGS(told));
		cx_reset(&cx);
	}
	cx_release(&cx);
}

static void
tells_what_it_was(void **state)
{
	struct cx cx;
	int64_t at = 0;

	(void)state;
	cx_init(&cx, vector_random);
	cx.now = 1800000000;
	/* A platform that was entered by hand was granted nothing. */
	const struct json_t *document =
	    first_launch_write(&cx, NULL, &launch, vector_parse(&cx, "{}"));
	assert_true(jread_integer(jread_member(document, "at"), &at));
	assert_int_equal(at, 1800000000);
	assert_true(span_is(text_of(document, "reference"), cx.reference));
	assert_true(
	    span_is(text_of(document, "message"), MESSAGE_RESOURCE_LINK));
	assert_true(span_is(text_of(document, "deploymentId"), "d1"));
	assert_int_equal(jread_count(jread_member(document, "differences")), 0);
	/* It is kept as text. */
	const struct json_t *again;
	assert_int_equal(
	    jread_parse(&cx, jwrite_bytes(&cx, document), &again), FAULT_NONE);
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tells_what_differs),
	    cmocka_unit_test(tells_what_it_was),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
