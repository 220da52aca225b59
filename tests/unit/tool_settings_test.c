/* tool_settings_test.c - what the operator says of the tool
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lti/tool_settings.h"
#include "vectors.h"
#include "json/jwrite.h"

#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X200 X50 X50 X50 X50
#define U "https://a/" /* ten characters */

static const struct {
	const char *name, *settings;
	const char *telling; /* NULL: accepted */
} rows[] = {
    {"nothing", "{}", 0},
    {"no object", "[]", "The body must be an object, not an array"},
    {"unknown member", "{\"colour\":1}", 0},
    {"name of another type", "{\"name\":1}",
	"name must be a string, not a number"},
    {"name of 255", "{\"name\":\"" X200 X50 "xxxxx\"}", 0},
    {"name of 256", "{\"name\":\"" X200 X50 "xxxxxx\"}",
	"name is longer than 255"},
    {"logo no URL", "{\"logoUrl\":\"logo.png\"}",
	"logoUrl must be an absolute http or https URL"},
    {"logo empty", "{\"logoUrl\":\"\"}", 0},
    {"ILIAS: logo of 255",
	"{\"logoUrl\":\"" U X200 "xxxxxxxxxx"
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}",
	0},
    {"ILIAS: logo of 256",
	"{\"logoUrl\":\"" U X200 "xxxxxxxxxxx"
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}",
	"logoUrl is longer than 255"},
    {"A26 script as launch URL", "{\"launchUrl\":\"javascript:alert(1)\"}",
	"launchUrl must be an absolute"},
    {"allowed URL empty", "{\"allowedUrls\":[\"\"]}",
	"allowedUrls[0] must not be empty"},
    {"allowed URL no URL", "{\"allowedUrls\":[\"" U "\",\"x\"]}",
	"allowedUrls[1] must be an absolute"},
    {"a choice", "{\"deepLinking\":\"maybe\"}",
	"deepLinking must be one of \"api\", \"builtin\", \"off\""},
    {"a choice of another type", "{\"keys\":true}",
	"keys must be a string, not a boolean"},
    {"privacy level", "{\"privacyLevel\":\"secret\"}", "privacyLevel"},
    {"deployments", "{\"deployments\":\"some\"}", "deployments must be one of"},
    {"mode", "{\"registration\":{\"mode\":\"on\"}}",
	"registration.mode must be one of"},
    {"registration null", "{\"registration\":null}",
	"registration must be an object, not null"},
    {"pre-approval without a URL",
	"{\"registration\":{\"mode\":\"pre-approval\"}}",
	"registration.preApprovalUrl must be set"},
    {"pre-approval with an empty one",
	"{\"registration\":{\"mode\":\"pre-approval\","
	"\"preApprovalUrl\":\"\"}}",
	"registration.preApprovalUrl must be set"},
    {"pre-approval with one",
	"{\"registration\":{\"mode\":\"pre-approval\","
	"\"preApprovalUrl\":\"https://app.example/x?y=1\"}}",
	0},
    {"pre-approval with a fragment",
	"{\"registration\":{\"preApprovalUrl\":\"https://a.example/#x\"}}",
	"must not have a fragment"},
    {"activate", "{\"registration\":{\"autoActivate\":\"yes\"}}",
	"registration.autoActivate must be true or false, not a string"},
    {"hosts", "{\"registration\":{\"allowedHosts\":[1]}}",
	"registration.allowedHosts[0] must be a string"},
    {"services", "{\"services\":{\"namesAndRoles\":0}}",
	"services.namesAndRoles must be true or false"},
    {"a message without type", "{\"messages\":[{}]}",
	"messages[0].type is missing"},
    {"a message with an empty type", "{\"messages\":[{\"type\":\"\"}]}",
	"messages[0].type must not be empty"},
    {"a message that is none", "{\"messages\":[\"LtiX\"]}",
	"messages[0] must be an object, not a string"},
    {"placements", "{\"messages\":[{\"type\":\"a\",\"placements\":\"p\"}]}",
	"messages[0].placements must be an array"},
    {"placements by family", "{\"placementsByFamily\":{\"m\":{\"t\":[1]}}}",
	"placementsByFamily.m.t[0] must be a string"},
    {"placements by family, no lists", "{\"placementsByFamily\":{\"m\":[]}}",
	"placementsByFamily.m must be an object"},
    {"names by language", "{\"localizedNames\":{\"de\":1}}",
	"localizedNames.de must be a string"},
    {"contacts", "{\"contacts\":\"a@b\"}", "contacts must be an array"},
    {"R10 custom: =", "{\"customParameters\":{\"a\":\"b=c\"}}",
	"customParameters.a must not hold '='"},
    {"R10 custom: line end", "{\"customParameters\":{\"a\":\"b\\nc\"}}",
	"customParameters.a must not hold"},
    {"custom: another type", "{\"customParameters\":{\"a\":1}}",
	"customParameters.a must be a string"},
    {"custom: empty value", "{\"customParameters\":{\"a\":\"\"}}", 0},
    {"custom: empty name", "{\"customParameters\":{\"\":\"b\"}}",
	"a name must not be empty"},
    {"custom: = in the name", "{\"customParameters\":{\"a=b\":\"c\"}}",
	"a name must not be empty or hold '='"},
    {"custom: line end in the name", "{\"customParameters\":{\"a\\n\":\"c\"}}",
	"a name must not be empty or hold '='"},
    {"ILIAS: custom of 1020",
	"{\"customParameters\":{\"a\":\"" X200 X200 X200 X200 X200
	"xxxxxxxxxxxxxxxxx\"}}",
	0},
    {"ILIAS: custom of 1021",
	"{\"customParameters\":{\"a\":\"" X200 X200 X200 X200 X200
	"xxxxxxxxxxxxxxxxxx\"}}",
	"customParameters is longer than 1020"},
    {"R10 custom of a message",
	"{\"messages\":[{\"type\":\"a\"},"
	"{\"type\":\"a\",\"customParameters\":{\"a\":\"b=c\"}}]}",
	"messages[].customParameters.a must not hold '='"},
    {"ILIAS: redirects of 255 with ours",
	"{\"redirectUris\":[\"" U X200 "xxxxxxxxxx"
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"]}",
	0},
    {"ILIAS: redirects of 256",
	"{\"redirectUris\":[\"" U X200 "\",\"" U
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"]}",
	"redirectUris are longer than 255"},
    {"ILIAS: a redirect of 256", "{\"redirectUris\":[\"" U X200 X50 "\"]}",
	"redirectUris[0] is longer than 255"},
    {"a redirect that is no URL", "{\"redirectUris\":[\"/x\"]}",
	"redirectUris[0] must be an absolute"},
};

static void
checks(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		enum fault got = tool_settings_check(
		    &cx, vector_parse(&cx, rows[i].settings));
		if (got != (rows[i].telling ? FAULT_PARAMETER_REFUSED
					    : FAULT_NONE) ||
		    (got && !strstr(cx.note.telling, rows[i].telling)))
			fail_msg("%s: %s: %s", rows[i].name,
			    fault_text(got)->name, cx.note.telling);
	}
	cx_release(&cx);
}

static void
fills_in(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	const struct json_t *whole = tool_settings_whole(&cx, NULL);
	if (tool_settings_check(&cx, whole))
		fail_msg("the defaults break a rule: %s", cx.note.telling);
	/* Every member that is known has a default, and the other way round. */
	size_t known = 0, given = 0;
	const struct json_t *value;
	struct span name;
	void *place = NULL;
	for (const struct jshape *row = tool_settings_shape; row->name; row++) {
		known++;
		if (!jread_member(whole, row->name))
			fail_msg("%s has no default", row->name);
		for (const struct jshape *in = row->members;
		     row->type == JSHAPE_OBJECT && in && in->name; in++)
			if (!jread_member(
				jread_member(whole, row->name), in->name))
				fail_msg("%s.%s has no default", row->name,
				    in->name);
	}
	while (jread_next(whole, &place, &name, &value))
		given++;
	assert_int_equal(known, given);
	cx_release(&cx);
}

static void
lays_over(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	const struct json_t *given = vector_parse(&cx,
	    "{\"name\":\"N\",\"registration\":{\"mode\":\"off\",\"z\":1},"
	    "\"services\":{\"namesAndRoles\":false},\"own\":[1]}");
	const struct json_t *whole = tool_settings_whole(&cx, given);
	const struct json_t *registration = jread_member(whole, "registration");
	const struct json_t *services = jread_member(whole, "services");
	assert_true(
	    span_is(jread_text_or(jread_member(whole, "name"), SPAN("")), "N"));
	assert_int_equal(jread_count(jread_member(whole, "own")), 1);
	assert_true(
	    span_is(jread_text_or(jread_member(registration, "mode"), SPAN("")),
		"off"));
	assert_non_null(jread_member(registration, "z"));
	assert_non_null(jread_member(registration, "blockedHosts"));
	assert_false(
	    jread_bool_or(jread_member(services, "namesAndRoles"), true));
	assert_true(jread_bool_or(
	    jread_member(services, "assignmentAndGrades"), false));
	/* What was given stays as it was. */
	assert_null(
	    jread_member(jread_member(given, "registration"), "blockedHosts"));
	/* A16: a new platform waits unless the operator says otherwise. */
	const struct json_t *defaults = tool_settings_whole(&cx, NULL);
	assert_false(
	    jread_bool_or(jread_member(jread_member(defaults, "registration"),
			      "autoActivate"),
		true));
	cx_release(&cx);
}

static void
checks_privacy_of_urls(void **state)
{
	static const struct {
		const char *level;
		enum fault expected;
	} levels[] = {
	    {"", FAULT_NONE},
	    {"public", FAULT_NONE},
	    {"name_only", FAULT_NONE},
	    {"email_only", FAULT_NONE},
	    {"anonymous", FAULT_NONE},
	    {"Public", FAULT_PARAMETER_REFUSED},
	    {"public ", FAULT_PARAMETER_REFUSED},
	    {"<b>", FAULT_PARAMETER_REFUSED},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		if (tool_settings_check_privacy(
			&cx, span_of(levels[i].level)) != levels[i].expected)
			fail_msg("%s", levels[i].level);
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(checks),
	    cmocka_unit_test(fills_in),
	    cmocka_unit_test(lays_over),
	    cmocka_unit_test(checks_privacy_of_urls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
