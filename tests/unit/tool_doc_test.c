/* tool_doc_test.c - the registration request, for each LMS
 *
 * UPDATE_GOLDEN=1 in the environment rewrites tests/vectors/golden; look at
 * the difference with the eyes of the LMS before you keep it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lti/names.h"
#include "lti/platform_doc.h"
#include "lti/tool_doc.h"
#include "lti/tool_settings.h"
#include "vectors.h"
#include "json/jwrite.h"

#define LAUNCH "https://lti.tool.example/lti/launch"

static const char *const lms[] = {"moodle-3.11", "moodle-4.5", "canvas-cloud",
    "canvas-selfhosted", "brightspace", "blackboard", "sakai", "ilias"};

enum { LMS_COUNT = sizeof lms / sizeof *lms };

static const struct json_t *
minimal(struct cx *cx)
{
	return vector_parse(cx, "{\"name\":\"Lab\","
				"\"launchUrl\":\"https://app.tool.example\"}");
}

static void
read_platform(struct cx *cx, const char *name, struct platform_doc *out)
{
	const char *file =
	    arena_printf(cx->arena, "platforms/%s.json", name).at;

	if (platform_doc_read(cx, vector_bytes(cx, file), out))
		fail_msg("%s: %s", name, cx->note.telling);
}

static enum fault
write(struct cx *cx, const struct platform_doc *platform,
    const struct json_t *settings, const struct json_t *overrides,
    const char *privacy, struct tool_doc *out)
{
	const struct tool_doc_args args = {
	    .platform = platform,
	    .settings = tool_settings_whole(cx, settings),
	    .overrides = overrides,
	    .privacy_level = span_of(privacy),
	    .public_url = SPAN("https://lti.tool.example"),
	    .domain = SPAN("lti.tool.example"),
	    .key_set_url = SPAN("https://lti.tool.example/lti/keys"),
	};

	return tool_doc_write(cx, &args, out);
}

/* --- what every LMS insists on ------------------------------------------- */

static struct span
text_of(const struct json_t *object, const char *name)
{
	return jread_text_or(jread_member(object, name), SPAN(""));
}

#define INSIST(condition)                                                      \
	do {                                                                   \
		if (!(condition))                                              \
			fail_msg("%s: %s", name, #condition);                  \
	} while (0)

static void
insist_on_url(const char *name, struct span url)
{
	INSIST(span_starts(url, "https://"));
	INSIST(url.length <= 255);
}

static void
insist_on_scope(
    const char *name, struct span scope, const struct json_t *supported)
{
	struct span rest = scope, word, other;
	bool only_openid = true;

	for (size_t i = 0; i < jread_count(supported); i++)
		only_openid =
		    only_openid &&
		    span_is(jread_text_or(jread_at(supported, i), SPAN("")),
			"openid");
	while (span_next(&rest, ' ', &word)) {
		struct span later = rest;
		INSIST(word.length > 0 || scope.length == 0);
		INSIST(!span_is(word, "openid"));
		INSIST(only_openid || jread_holds(supported, word));
		while (span_next(&later, ' ', &other))
			INSIST(!span_equal(word, other));
	}
}

static void
insist_on_messages(struct cx *cx, const char *name,
    const struct json_t *messages, const struct platform_doc *platform)
{
	size_t deep = 0;

	INSIST(jread_count(messages) > 0);
	for (size_t i = 0; i < jread_count(messages); i++) {
		const struct json_t *message = jread_at(messages, i);
		struct span type = text_of(message, "type");
		const struct json_t *places =
		    jread_member(message, "placements");
		bool listed;
		const struct json_t *supported =
		    platform_doc_placements(platform, type, &listed);
		bool is_deep = span_is(type, MESSAGE_DEEP_LINKING);
		deep += is_deep;
		INSIST(listed || is_deep);
		INSIST(!places || jread_count(places) > 0);
		for (size_t k = 0; k < jread_count(places); k++)
			INSIST(jread_holds(supported,
			    jread_text_or(jread_at(places, k), SPAN(""))));
		INSIST(
		    span_starts(text_of(message, "target_link_uri"), LAUNCH));
		insist_on_url(name, text_of(message, "target_link_uri"));
	}
	if (!span_is(platform->family, "canvas"))
		INSIST(deep == 1);
	INSIST(!strstr(jwrite_bytes(cx, messages).at, CANVAS_NAME) ||
	       span_is(platform->family, "canvas"));
}

static void
insist(struct cx *cx, const char *name, const struct json_t *document,
    const struct platform_doc *platform)
{
	const struct json_t *inner = jread_member(document, TOOL_CONFIGURATION);
	const struct json_t *uris = jread_member(document, "redirect_uris");
	const struct json_t *custom = jread_member(inner, "custom_parameters");
	size_t joined = 0, custom_length = 0;
	const struct json_t *value;
	struct span key;
	void *place = NULL;

	INSIST(span_is(text_of(document, "application_type"), "web"));
	INSIST(jread_holds(
	    jread_member(document, "grant_types"), SPAN("implicit")));
	INSIST(jread_holds(
	    jread_member(document, "grant_types"), SPAN("client_credentials")));
	INSIST(jread_holds(
	    jread_member(document, "response_types"), SPAN("id_token")));
	INSIST(span_is(text_of(document, "token_endpoint_auth_method"),
	    "private_key_jwt"));
	INSIST(text_of(document, "client_name").length > 0);
	insist_on_url(name, text_of(document, "initiate_login_uri"));
	insist_on_url(name, text_of(document, "jwks_uri"));
	INSIST(jread_holds(uris, SPAN(LAUNCH)));
	for (size_t i = 0; i < jread_count(uris); i++) {
		struct span uri = jread_text_or(jread_at(uris, i), SPAN(""));
		insist_on_url(name, uri);
		joined += uri.length + 1;
	}
	INSIST(joined <= 510 + 1);
	INSIST(jread_member(document, "scope") != NULL);
	insist_on_scope(name, text_of(document, "scope"), platform->scopes);
	INSIST(span_is(text_of(inner, "domain"), "lti.tool.example"));
	INSIST(span_is(text_of(inner, "target_link_uri"), LAUNCH));
	INSIST(jread_is_array(jread_member(inner, "claims")));
	INSIST(jread_holds(jread_member(inner, "claims"), SPAN("sub")));
	insist_on_messages(cx, name, jread_member(inner, "messages"), platform);
	while (jread_next(custom, &place, &key, &value)) {
		struct span text = jread_text_or(value, SPAN("\n"));
		INSIST(!span_has_control(text));
		INSIST(!memchr(text.at, '=', text.length));
		custom_length += key.length + text.length + 2;
	}
	INSIST(custom_length <= 1020);
	const char *whole = jwrite_bytes(cx, document).at;
	INSIST(!strstr(whole, "null")); /* D49 */
	INSIST(!strstr(whole, "client_secret"));
}

/* --- golden documents ---------------------------------------------------- */

static void
keep_golden(const char *path, struct span text)
{
	FILE *file = fopen(path, "wb");

	if (!file)
		fail_msg("%s cannot be written", path);
	fprintf(file, "%.*s\n", SPAN_ARGS(text));
	fclose(file);
}

static void
compare_golden(struct cx *cx, const char *name, const struct json_t *document)
{
	const char *file = arena_printf(cx->arena, "golden/%s.json", name).at;
	struct span text = jwrite_pretty(cx, document);

	if (getenv("UPDATE_GOLDEN"))
		keep_golden(vector_path(cx, file).at, text);
	struct span golden = jwrite_pretty(cx, vector_json(cx, file));
	if (!span_equal(golden, text))
		fail_msg("%s is no longer what is written:\n%.*s", file,
		    SPAN_ARGS(text));
}

static void
writes_golden(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < LMS_COUNT; i++) {
		struct platform_doc platform;
		struct tool_doc doc;
		const char *name = lms[i];
		read_platform(&cx, name, &platform);
		if (write(&cx, &platform,
			vector_json(&cx, "tool_settings.json"), NULL, NULL,
			&doc))
			fail_msg("%s: %s", name, cx.note.telling);
		insist(&cx, name, doc.document, &platform);
		compare_golden(&cx, name, doc.document);
		if (write(&cx, &platform, minimal(&cx), NULL, NULL, &doc))
			fail_msg("%s: %s", name, cx.note.telling);
		name = arena_printf(cx.arena, "%s-default", name).at;
		insist(&cx, name, doc.document, &platform);
		compare_golden(&cx, name, doc.document);
	}
	cx_release(&cx);
}

static void
settings_vector_is_good(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	if (tool_settings_check(&cx, vector_json(&cx, "tool_settings.json")))
		fail_msg("%s", cx.note.telling);
	cx_release(&cx);
}

/* --- one rule each ------------------------------------------------------- */

#define MESSAGES(list) "{\"name\":\"Lab\",\"messages\":[" list "]}"

/* A part of the document, as text without blanks; '!' in front: it must not
 * be there. "dropped:" and "targets:" look at those. */
static const struct {
	const char *name, *platform, *settings, *overrides, *privacy;
	const char *parts[6];
} rules[] = {
    {"D40 fixed members", "moodle-4.5", 0, 0, 0,
	{"\"application_type\":\"web\"",
	    "\"grant_types\":[\"implicit\",\"client_credentials\"]",
	    "\"response_types\":[\"id_token\"]",
	    "\"token_endpoint_auth_method\":\"private_key_jwt\"",
	    "\"redirect_uris\":[\"" LAUNCH "\"]"}},
    {"D41 public", "canvas-cloud", 0, 0, "public",
	{"\"claims\":[\"iss\",\"sub\",\"name\",\"given_name\","
	 "\"family_name\",\"email\",\"picture\",\"locale\"]",
	    "lti/privacy_level\":\"public\""}},
    {"D41 name_only", "canvas-cloud", 0, 0, "name_only",
	{"\"claims\":[\"iss\",\"sub\",\"name\",\"given_name\","
	 "\"family_name\",\"locale\"]",
	    "lti/privacy_level\":\"name_only\""}},
    {"D41 email_only", "canvas-cloud", 0, 0, "email_only",
	{"\"claims\":[\"iss\",\"sub\",\"email\",\"locale\"]"}},
    {"D41 anonymous", "canvas-cloud", 0, 0, "anonymous",
	{"\"claims\":[\"iss\",\"sub\"]", "lti/privacy_level\":\"anonymous\""}},
    {"D41 the URL before the settings", "moodle-4.5",
	"{\"name\":\"Lab\",\"privacyLevel\":\"public\"}", 0, "anonymous",
	{"\"claims\":[\"iss\",\"sub\"]"}},
    {"D41 completion before the URL", "moodle-4.5", 0,
	"{\"privacyLevel\":\"email_only\"}", "anonymous",
	{"\"claims\":[\"iss\",\"sub\",\"email\"]"}},
    {"DR13 only claims that are listed", "moodle-4.5", 0, 0, "public",
	{"\"claims\":[\"iss\",\"sub\",\"name\",\"given_name\","
	 "\"family_name\",\"email\"]"}},
    {"R10 Sakai lists no person: all are asked for", "sakai", 0, 0, "public",
	{"\"picture\""}},
    {"D42 no deep linking", "moodle-4.5",
	"{\"name\":\"Lab\",\"deepLinking\":\"off\"}", 0, 0,
	{"\"messages\":[{\"type\":\"LtiResourceLinkRequest\","
	 "\"target_link_uri\":\"" LAUNCH "\"}]",
	    "!LtiDeepLinkingRequest"}},
    {"R11 ILIAS hides deep linking", "ilias", 0, 0, 0,
	{"\"type\":\"LtiDeepLinkingRequest\"", "dropped:[]"}},
    {"R11 one deep-linking message: the first", "sakai",
	MESSAGES("{\"type\":\"LtiDeepLinkingRequest\",\"label\":\"one\"},"
		 "{\"type\":\"LtiDeepLinkingRequest\",\"label\":\"two\"}"),
	0, 0,
	{"\"label\":\"one\"", "!\"label\":\"two\"",
	    "dropped:[{\"member\":\"message\","
	    "\"value\":\"LtiDeepLinkingRequest\"}]"}},
    {"R11 Canvas takes two", "canvas-cloud",
	MESSAGES("{\"type\":\"LtiDeepLinkingRequest\",\"label\":\"one\"},"
		 "{\"type\":\"LtiDeepLinkingRequest\",\"label\":\"two\"}"),
	0, 0, {"\"label\":\"one\"", "\"label\":\"two\"", "dropped:[]"}},
    {"D43 no grades", "moodle-4.5",
	"{\"name\":\"Lab\",\"services\":{\"assignmentAndGrades\":false}}", 0, 0,
	{"\"scope\":\"" SCOPE_MEMBERSHIP "\""}},
    {"D43 no services", "moodle-4.5",
	"{\"name\":\"Lab\",\"services\":{\"assignmentAndGrades\":false,"
	"\"namesAndRoles\":false}}",
	0, 0, {"\"scope\":\"\""}},
    {"DR11 scopes of the completion, no doubles", "moodle-4.5", 0,
	"{\"scopes\":[\"" SCOPE_SCORE "\",\"" SCOPE_SCORE "\",\"\",7]}", 0,
	{"\"scope\":\"" SCOPE_SCORE "\""}},
    {"D48 a scope that is not listed", "moodle-4.5", 0,
	"{\"scopes\":[\"urn:x\",\"" SCOPE_SCORE "\"]}", 0,
	{"\"scope\":\"" SCOPE_SCORE "\"",
	    "dropped:[{\"member\":\"scope\",\"value\":\"urn:x\"}]"}},
    {"R10 Sakai gets scopes that it does not list", "sakai", 0,
	"{\"scopes\":[\"urn:x\"]}", 0, {"\"scope\":\"urn:x\"", "dropped:[]"}},
    {"D44 default placement", "brightspace", 0, 0, 0,
	{"\"placements\":[\"ContentArea\"]"}},
    {"D44 default placement not listed", "blackboard", 0, 0, 0,
	{"!placements", "dropped:[]"}},
    {"D46 Canvas's own", "canvas-cloud", 0, 0, 0,
	{"\"placements\":[\"" CANVAS_NAME
	 "assignment_selection\",\"" CANVAS_NAME "link_selection\"]",
	    "\"" CANVAS_NAME "tool_id\":\"lti.tool.example\"",
	    "\"" CANVAS_NAME "vendor\":\"Lab\""}},
    {"D46 the same, as the open source writes them", "canvas-selfhosted", 0, 0,
	0, {"\"placements\":[\"assignment_selection\",\"link_selection\"]"}},
    {"Canvas's own go to nobody else", "moodle-4.5",
	MESSAGES("{\"type\":\"LtiResourceLinkRequest\",\"" CANVAS_NAME
		 "visibility\":\"admins\",\"https://x.example/y\":{\"z\":1}}"),
	0, 0, {"!" CANVAS_NAME, "\"https://x.example/y\":{\"z\":1}"}},
    {"Canvas's own go to Canvas", "canvas-cloud",
	MESSAGES("{\"type\":\"LtiResourceLinkRequest\",\"" CANVAS_NAME
		 "visibility\":\"admins\",\"unknown\":1}"),
	0, 0, {"\"" CANVAS_NAME "visibility\":\"admins\"", "!\"unknown\""}},
    {"D45 placements by family", "moodle-4.5",
	"{\"name\":\"Lab\",\"placementsByFamily\":{\"moodle\":"
	"{\"LtiDeepLinkingRequest\":[]}}}",
	0, 0, {"!placements"}},
    {"D45 of another family", "brightspace",
	"{\"name\":\"Lab\",\"placementsByFamily\":{\"moodle\":"
	"{\"LtiDeepLinkingRequest\":[]}}}",
	0, 0, {"\"placements\":[\"ContentArea\"]"}},
    {"D45 the family before the message", "canvas-cloud",
	"{\"name\":\"Lab\",\"messages\":[{\"type\":\"LtiResourceLinkRequest\","
	"\"placements\":[\"account_navigation\"]}],\"placementsByFamily\":"
	"{\"canvas\":{\"LtiResourceLinkRequest\":[\"course_navigation\"]}}}",
	0, 0, {"course_navigation", "!account_navigation"}},
    {"D47 the completion before the family", "canvas-cloud",
	"{\"name\":\"Lab\",\"placementsByFamily\":"
	"{\"canvas\":{\"LtiResourceLinkRequest\":[\"course_navigation\"]}}}",
	"{\"messages\":[{\"type\":\"LtiResourceLinkRequest\","
	"\"placements\":[\"account_navigation\"]}]}",
	0, {"account_navigation", "!course_navigation", "!DeepLinking"}},
    {"D47 the completion without placements: the family's", "canvas-cloud",
	"{\"name\":\"Lab\",\"placementsByFamily\":"
	"{\"canvas\":{\"LtiResourceLinkRequest\":[\"course_navigation\"]}}}",
	"{\"messages\":[{\"type\":\"LtiResourceLinkRequest\"}]}", 0,
	{"course_navigation"}},
    {"D48 a placement that is not listed", "canvas-cloud",
	MESSAGES("{\"type\":\"LtiDeepLinkingRequest\",\"placements\":"
		 "[\"" CANVAS_NAME "editor_button\",\"editor_button\","
		 "\"nowhere\"]}"),
	0, 0,
	{"\"placements\":[\"" CANVAS_NAME "editor_button\"]",
	    "dropped:[{\"member\":\"placement\",\"value\":\"nowhere\","
	    "\"message\":\"LtiDeepLinkingRequest\"}]"}},
    {"D46 the specification's names at a Canvas that lists its own",
	"canvas-selfhosted",
	MESSAGES("{\"type\":\"LtiDeepLinkingRequest\",\"placements\":"
		 "[\"ContentArea\",\"RichTextEditor\",\"link_selection\"]}"),
	0, 0,
	{"\"placements\":[\"link_selection\",\"editor_button\"]",
	    "dropped:[]"}},
    {"D48 a message that is not listed", "moodle-4.5",
	MESSAGES("{\"type\":\"LtiEulaRequest\"},"
		 "{\"type\":\"LtiResourceLinkRequest\"}"),
	0, 0,
	{"!LtiEulaRequest", "dropped:[{\"member\":\"message\",\"value\":"
			    "\"LtiEulaRequest\"}]"}},
    {"D49 nothing empty", "ilias", 0, 0, 0,
	{"!null", "!logo_uri", "!description", "!contacts", "!custom",
	    "!secondary_domains"}},
    {"DR12 names by language", "moodle-4.5",
	"{\"name\":\"Lab\",\"localizedNames\":{\"de\":\"Labor\"}}", 0, 0,
	{"\"client_name\":\"Lab\"", "\"client_name#de\":\"Labor\""}},
    {"DR10 what people see", "moodle-4.5",
	"{\"name\":\"Lab\",\"logoUrl\":\"https://l/\",\"clientUri\":"
	"\"https://c/\",\"tosUri\":\"https://t/\",\"policyUri\":"
	"\"https://p/\",\"contacts\":[\"a@b\"],\"description\":\"D\"}",
	0, 0,
	{"\"logo_uri\":\"https://l/\"", "\"client_uri\":\"https://c/\"",
	    "\"tos_uri\":\"https://t/\"", "\"policy_uri\":\"https://p/\"",
	    "\"contacts\":[\"a@b\"]", "\"description\":\"D\""}},
    {"DR24 other domains, once each", "moodle-4.5",
	"{\"name\":\"Lab\",\"redirectUris\":[\"https://o.example/a\","
	"\"https://o.example/b\",\"https://lti.tool.example/c\","
	"\"http://p.example:81?x\"]}",
	0, 0,
	{"\"secondary_domains\":[\"o.example\",\"p.example:81\"]",
	    "\"redirect_uris\":[\"" LAUNCH "\",\"https://o.example/a\""}},
    {"custom parameters of both", "moodle-4.5",
	"{\"name\":\"Lab\",\"customParameters\":{\"a\":\"1\",\"b\":\"2\"}}",
	"{\"customParameters\":{\"b\":\"3\",\"c\":\"4\"}}", 0,
	{"\"custom_parameters\":{\"a\":\"1\",\"b\":\"3\",\"c\":\"4\","
	 "\"context_id_history\":\"$Context.id.history\"}"}},
    {"EX1 an LMS that lists no variables is asked for both", "blackboard", 0, 0,
	0,
	{"\"context_id_history\":\"$Context.id.history\","
	 "\"resource_link_id_history\":\"$ResourceLink.id.history\""}},
    {"EX1 one that lists others is asked for none", "ilias", 0, 0, 0,
	{"!history"}},
    {"EX1 the operator's own goes before", "blackboard",
	"{\"name\":\"Lab\",\"customParameters\":{"
	"\"context_id_history\":\"\",\"resource_link_id_history\":\"x\"}}",
	0, 0,
	{"\"custom_parameters\":{\"context_id_history\":\"\","
	 "\"resource_link_id_history\":\"x\"}"}},
    {"EX1 a submission review where the settings have a URL for it",
	"canvas-cloud",
	"{\"name\":\"Lab\",\"submissionReviewUrl\":\"https://a/review\"}", 0, 0,
	{"dropped:[{\"member\":\"message\","
	 "\"value\":\"LtiSubmissionReviewRequest\"}]"}},
    {"DR23 members of a message", "moodle-4.5",
	MESSAGES("{\"type\":\"LtiResourceLinkRequest\",\"label\":\"L\","
		 "\"iconUrl\":\"https://i/\",\"roles\":[\"r\"],"
		 "\"customParameters\":{\"k\":\"v\"},\"targetLinkUri\":"
		 "\"https://app.tool.example/x\"}"),
	0, 0,
	{"\"label\":\"L\"", "\"icon_uri\":\"https://i/\"", "\"roles\":[\"r\"]",
	    "\"custom_parameters\":{\"k\":\"v\"}",
	    "\"target_link_uri\":\"" LAUNCH "?to=",
	    "targets:\":\"https://app.tool.example/x\"}"}},
    {"DR23 empty ones are left out", "ilias",
	MESSAGES("{\"type\":\"LtiResourceLinkRequest\",\"label\":\"\","
		 "\"iconUrl\":\"\",\"roles\":[],\"customParameters\":{},"
		 "\"targetLinkUri\":\"\"}"),
	0, 0,
	{"!label", "!icon_uri", "!roles", "!custom_parameters",
	    "!?to=", "targets:{}"}},
};

static void
check_part(struct cx *cx, const char *row, const struct tool_doc *doc,
    const char *part)
{
	const struct json_t *in = doc->document;
	bool wanted = part[0] != '!';

	part += !wanted;
	if (strncmp(part, "dropped:", 8) == 0)
		in = doc->dropped;
	if (strncmp(part, "targets:", 8) == 0)
		in = doc->targets;
	const char *text = jwrite_bytes(cx, in).at;
	if ((strstr(text, in == doc->document ? part : part + 8) != NULL) !=
	    wanted)
		fail_msg(
		    "%s: %s%s in %s", row, wanted ? "" : "no ", part, text);
}

static void
follows_rules(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		struct platform_doc platform;
		struct tool_doc doc;
		read_platform(&cx, rules[i].platform, &platform);
		if (write(&cx, &platform,
			rules[i].settings ? vector_parse(&cx, rules[i].settings)
					  : minimal(&cx),
			rules[i].overrides
			    ? vector_parse(&cx, rules[i].overrides)
			    : NULL,
			rules[i].privacy, &doc))
			fail_msg("%s: %s", rules[i].name, cx.note.telling);
		for (size_t k = 0; k < 6 && rules[i].parts[k]; k++)
			check_part(&cx, rules[i].name, &doc, rules[i].parts[k]);
	}
	cx_release(&cx);
}

/* An LMS that says nothing of messages, scopes and claims gets what the tool
 * wishes for. */
static void
takes_silence_for_consent(void **state)
{
	struct cx cx;
	struct platform_doc platform = {.family = SPAN("")};
	struct tool_doc doc;

	(void)state;
	cx_init(&cx, vector_random);
	assert_int_equal(write(&cx, &platform,
			     vector_parse(&cx, MESSAGES("{\"type\":\"LtiX\","
							"\"placements\":["
							"\"p\"]}")),
			     NULL, NULL, &doc),
	    FAULT_NONE);
	check_part(&cx, "message", &doc, "\"type\":\"LtiX\"");
	check_part(&cx, "scope", &doc, SCOPE_SCORE);
	check_part(&cx, "claims", &doc, "\"email\"");
	check_part(&cx, "placement", &doc, "!placements");
	cx_release(&cx);
}

static void
refuses(void **state)
{
	struct cx cx;
	struct platform_doc platform;
	struct tool_doc doc = {.document = NULL};
	char url[256];

	(void)state;
	cx_init(&cx, vector_random);
	read_platform(&cx, "moodle-4.5", &platform);
	assert_int_equal(
	    write(&cx, &platform,
		vector_parse(&cx, MESSAGES("{\"type\":\"LtiEulaRequest\"}")),
		NULL, NULL, &doc),
	    FAULT_NOTHING_IN_COMMON);
	assert_null(doc.document);
	memset(url, 'u', sizeof url);
	const struct json_t *settings = tool_settings_whole(&cx, minimal(&cx));
	static const struct {
		const char *name;
		size_t public_length, keys_length;
		enum fault expected;
	} rows[] = {
	    {"ILIAS: both fit", 223, 255, FAULT_NONE},
	    {"ILIAS: launch URLs too long", 224, 255, FAULT_TOOL_DOC_REFUSED},
	    {"ILIAS: key set too long", 10, 256, FAULT_TOOL_DOC_REFUSED},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct tool_doc_args args = {
		    .platform = &platform,
		    .settings = settings,
		    .public_url = span_from(url, rows[i].public_length),
		    .domain = SPAN("u"),
		    .key_set_url = span_from(url, rows[i].keys_length),
		};
		enum fault got = tool_doc_write(&cx, &args, &doc);
		if (got != rows[i].expected)
			fail_msg("%s: %s", rows[i].name, fault_text(got)->name);
	}
	cx_release(&cx);
}

/* What does not fit must not vanish without a word. */
static void
loses_no_scope_in_silence(void **state)
{
	struct cx cx;
	struct platform_doc platform;
	struct tool_doc doc;
	size_t sent = 0;

	(void)state;
	cx_init(&cx, vector_random);
	read_platform(&cx, "sakai", &platform);
	struct json_t *overrides = jwrite_object(&cx);
	struct json_t *scopes = jwrite_inner_array(overrides, "scopes");
	for (int i = 0; i < 100; i++)
		jwrite_push_text(
		    scopes, arena_printf(cx.arena, "urn:example:%090d", i));
	enum fault got =
	    write(&cx, &platform, minimal(&cx), overrides, NULL, &doc);
	if (got == FAULT_NONE) {
		struct span rest = text_of(doc.document, "scope"), word;
		while (span_next(&rest, ' ', &word))
			sent += word.length > 0;
		assert_int_equal(sent + jread_count(doc.dropped), 100);
	} else
		assert_int_equal(got, FAULT_TOOL_DOC_REFUSED);
	cx_release(&cx);
}

static void
reads_authorities(void **state)
{
	static const struct {
		const char *url, *authority;
	} urls[] = {
	    {"https://a.example", "a.example"},
	    {"https://a.example/", "a.example"},
	    {"https://a.example:81/x", "a.example:81"},
	    {"http://a.example?x", "a.example"},
	    {"https://a.example#x", "a.example"},
	    {"ftp://a.example/", ""},
	    {"a.example", ""},
	    {"", ""},
	    {"https://", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
		if (!span_is(tool_doc_authority(span_of(urls[i].url)),
			urls[i].authority))
			fail_msg("%s", urls[i].url);
}

static void
compares_placements(void **state)
{
	(void)state;
	assert_true(tool_doc_same_placement(SPAN(CANVAS_NAME "a"), SPAN("a")));
	assert_true(tool_doc_same_placement(SPAN("a"), SPAN(CANVAS_NAME "a")));
	assert_true(tool_doc_same_placement(SPAN("a"), SPAN("a")));
	assert_true(tool_doc_same_placement(
	    SPAN("ContentArea"), SPAN(CANVAS_NAME "link_selection")));
	assert_true(tool_doc_same_placement(
	    SPAN("editor_button"), SPAN("RichTextEditor")));
	assert_false(tool_doc_same_placement(
	    SPAN("ContentArea"), SPAN("RichTextEditor")));
	assert_false(tool_doc_same_placement(SPAN("a"), SPAN("A")));
	assert_false(tool_doc_same_placement(
	    SPAN(CANVAS_NAME "a"), SPAN(CANVAS_NAME "b")));
}

static void
keys_of_targets_are_stable(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	/* First 12 bytes of SHA-256("abc"), FIPS 180-4's example. */
	assert_true(
	    span_is(tool_doc_target_key(&cx, SPAN("abc")), "ungWv48Bz-pBQUDe"));
	assert_false(span_equal(tool_doc_target_key(&cx, SPAN("https://a")),
	    tool_doc_target_key(&cx, SPAN("https://b"))));
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(settings_vector_is_good),
	    cmocka_unit_test(writes_golden),
	    cmocka_unit_test(follows_rules),
	    cmocka_unit_test(takes_silence_for_consent),
	    cmocka_unit_test(refuses),
	    cmocka_unit_test(loses_no_scope_in_silence),
	    cmocka_unit_test(reads_authorities),
	    cmocka_unit_test(compares_placements),
	    cmocka_unit_test(keys_of_targets_are_stable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
