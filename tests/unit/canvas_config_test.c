/* canvas_config_test.c - the JSON for Canvas's "Enter URL"
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lti/canvas_config.h"
#include "lti/names.h"
#include "lti/tool_settings.h"
#include "vectors.h"
#include "json/jwrite.h"

static enum fault
write(struct cx *cx, const struct json_t *settings, const char *privacy,
    struct json_t **out)
{
	const struct canvas_config_args args = {
	    .settings = tool_settings_whole(cx, settings),
	    .public_url = SPAN("https://lti.tool.example"),
	    .domain = SPAN("lti.tool.example"),
	    .key_set_url = SPAN("https://lti.tool.example/lti/keys"),
	    .privacy_level = span_of(privacy),
	};

	return canvas_config_write(cx, &args, out);
}

static void
writes_golden(void **state)
{
	struct cx cx;
	struct json_t *config;

	(void)state;
	cx_init(&cx, vector_random);
	assert_int_equal(
	    write(&cx, vector_json(&cx, "tool_settings.json"), NULL, &config),
	    FAULT_NONE);
	struct span text = jwrite_pretty(&cx, config);
	const char *path = vector_path(&cx, "golden/canvas-by-url.json").at;
	if (getenv("UPDATE_GOLDEN")) {
		FILE *file = fopen(path, "wb");
		assert_non_null(file);
		fprintf(file, "%.*s\n", SPAN_ARGS(text));
		fclose(file);
	}
	struct span golden =
	    jwrite_pretty(&cx, vector_json(&cx, "golden/canvas-by-url.json"));
	if (!span_equal(golden, text))
		fail_msg("no longer what is written:\n%.*s", SPAN_ARGS(text));
	cx_release(&cx);
}

static const struct {
	const char *name, *settings, *privacy;
	const char *parts[6]; /* '!' in front: not there */
} rows[] = {
    {"D50 description and privacy level are always there", "{\"name\":\"Lab\"}",
	0,
	{"\"title\":\"Lab\"", "\"description\":\"Lab\"",
	    "\"privacy_level\":\"public\"", "!icon_url",
	    "\"oidc_initiation_url\":\"https://lti.tool.example/lti/login\"",
	    "\"public_jwk_url\":\"https://lti.tool.example/lti/keys\""}},
    {"the URL's privacy level", "{\"name\":\"Lab\"}", "anonymous",
	{"\"privacy_level\":\"anonymous\"",
	    "\"custom_fields\":{"
	    "\"context_id_history\":\"$Context.id.history\"}"}},
    {"EX1 the settings' own goes before",
	"{\"name\":\"Lab\",\"customParameters\":{\"context_id_history\":\"\"}}",
	0, {"\"custom_fields\":{\"context_id_history\":\"\"}"}},
    {"the settings' privacy level",
	"{\"name\":\"Lab\",\"privacyLevel\":\"name_only\"}", 0,
	{"\"privacy_level\":\"name_only\""}},
    {"default placements", "{\"name\":\"Lab\"}", 0,
	{"\"placement\":\"assignment_selection\"",
	    "\"placement\":\"link_selection\"",
	    "\"message_type\":\"LtiDeepLinkingRequest\"", "\"text\":\"Lab\"",
	    "!LtiResourceLinkRequest"}},
    {"default placements without deep linking",
	"{\"name\":\"Lab\",\"deepLinking\":\"off\"}", 0,
	{"\"message_type\":\"LtiResourceLinkRequest\"", "!LtiDeep"}},
    {"no services",
	"{\"name\":\"Lab\",\"services\":{\"assignmentAndGrades\":false,"
	"\"namesAndRoles\":false}}",
	0, {"\"scopes\":[]"}},
    {"a placement with its long name",
	"{\"name\":\"Lab\",\"logoUrl\":\"https://l/\",\"messages\":["
	"{\"type\":\"LtiResourceLinkRequest\",\"placements\":[\"" CANVAS_NAME
	"course_navigation\"],\"label\":\"L\",\"iconUrl\":\"https://i/\","
	"\"targetLinkUri\":\"https://app/\"}]}",
	0,
	{"\"placement\":\"course_navigation\"", "\"text\":\"L\"",
	    "\"icon_url\":\"https://i/\"", "/lti/launch?to=",
	    "\"icon_url\":\"https://l/\"", "!link_selection"}},
    {"the specification's names are not Canvas's",
	"{\"name\":\"Lab\",\"messages\":[{\"type\":\"LtiDeepLinkingRequest\","
	"\"placements\":[\"ContentArea\",\"RichTextEditor\"]}]}",
	0,
	{"\"placement\":\"link_selection\"", "\"placement\":\"editor_button\"",
	    "!ContentArea", "!RichTextEditor"}},
    {"placements for Canvas",
	"{\"name\":\"Lab\",\"logoUrl\":\"https://l/\",\"messages\":["
	"{\"type\":\"LtiResourceLinkRequest\",\"placements\":[\"a\"]}],"
	"\"placementsByFamily\":{\"canvas\":{\"LtiResourceLinkRequest\":"
	"[\"user_navigation\"]}}}",
	0, {"\"placement\":\"user_navigation\"", "!\"placement\":\"a\""}},
};

static void
follows_rules(void **state)
{
	struct cx cx;
	struct json_t *config;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (write(&cx, vector_parse(&cx, rows[i].settings),
			rows[i].privacy, &config))
			fail_msg("%s: %s", rows[i].name, cx.note.telling);
		const char *text = jwrite_bytes(&cx, config).at;
		for (size_t k = 0; k < 6 && rows[i].parts[k]; k++) {
			const char *part = rows[i].parts[k];
			bool wanted = part[0] != '!';
			part += !wanted;
			if ((strstr(text, part) != NULL) != wanted)
				fail_msg("%s: %s in %s", rows[i].name,
				    rows[i].parts[k], text);
		}
	}
	cx_release(&cx);
}

static void
wants_a_name(void **state)
{
	struct cx cx;
	struct json_t *config = NULL;

	(void)state;
	cx_init(&cx, vector_random);
	assert_int_equal(
	    write(&cx, NULL, NULL, &config), FAULT_REGISTRATION_NOT_READY);
	assert_null(config);
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_golden),
	    cmocka_unit_test(follows_rules),
	    cmocka_unit_test(wants_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
