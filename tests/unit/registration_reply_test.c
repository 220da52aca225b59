/* registration_reply_test.c - what LMSs answer to a registration
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lti/names.h"
#include "lti/registration_reply.h"
#include "vectors.h"
#include "json/jwrite.h"

/* differences: the members that differ, in order, each followed by a blank. */
static const struct {
	const char *file, *asked;
	const char *client, *deployment, *url;
	const char *differences;
	enum fault redirects;
} lms[] = {
    {"moodle-4.5", "moodle-4.5-asked", "DpNLHhixSMiFTFs", "3", "", "",
	FAULT_NONE},
    {"moodle-php", "asked", "Xy12abCD34efGh5", "7", "",
	"scope claims custom_parameters ", FAULT_NONE},
    {"canvas", "asked", "10000000000123",
	"106:8865aa05b4b79b64a91a86042e43af5ea8ae79eb",
	"https://school.instructure.com/api/lti/registrations/12", "",
	FAULT_NONE},
    {"canvas-older", "asked", "10000000000124", "", "", "", FAULT_NONE},
    {"brightspace", "asked", "3f1c5bfe-8f6e-4b50-a0f5-1a6d3c1f2b44", "", "", "",
	FAULT_NONE},
    {"brightspace-deployment", "asked", "3f1c5bfe-8f6e-4b50-a0f5-1a6d3c1f2b44",
	"9e2b8a1c-6c0c-4d3b-8e43-5f1f2a3b4c5d", "", "", FAULT_NONE},
    {"blackboard", "asked", "5c9b8d4e-2f17-47a6-b6a0-8b9c0d1e2f3a", "", "", "",
	FAULT_NONE},
    {"sakai", "asked", "b1c9d2e3-4f50-4a61-9b72-8c83d94ea5f6", "1", "", "",
	FAULT_NONE},
    {"ilias", "asked", "hT3kQ9zLmN0pRsV", "12", "", "scope ", FAULT_NONE},
    {"number-ids", "asked", "42", "7", "", "", FAULT_NONE},
    {"both-deployments", "asked", "c", "inner", "", "", FAULT_NONE},
    {"changed-redirects", "asked", "c", "", "", "redirect_uris ",
	FAULT_REDIRECTS_CHANGED},
    {"secrets", "asked", "c", "", "https://lms.example/reg/1", "", FAULT_NONE},
    {"least", "asked", "only", "", "", "", FAULT_NONE},
};

static const struct json_t *
reply_file(struct cx *cx, const char *name)
{
	return vector_json(
	    cx, arena_printf(cx->arena, "replies/%s.json", name).at);
}

static struct span
members_of(struct cx *cx, const struct json_t *differences)
{
	struct span list = SPAN("");

	for (size_t i = 0; i < jread_count(differences); i++)
		list = arena_printf(cx->arena, "%.*s%.*s ", SPAN_ARGS(list),
		    SPAN_ARGS(jread_text_or(
			jread_member(jread_at(differences, i), "member"),
			SPAN("?"))));
	return list;
}

static void
reads_real_ones(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof lms / sizeof *lms; i++) {
		const char *name = lms[i].file;
		struct registration_reply reply;
		struct span body = vector_bytes(
		    &cx, arena_printf(cx.arena, "replies/%s.json", name).at);
		const struct json_t *asked = reply_file(&cx, lms[i].asked);
		if (registration_reply_read(&cx, body, &reply))
			fail_msg("%s: %s", name, cx.note.telling);
		if (!span_is(reply.client_id, lms[i].client) ||
		    !span_is(reply.deployment_id, lms[i].deployment) ||
		    !span_is(reply.management_url, lms[i].url))
			fail_msg("%s: \"%.*s\" \"%.*s\" \"%.*s\"", name,
			    SPAN_ARGS(reply.client_id),
			    SPAN_ARGS(reply.deployment_id),
			    SPAN_ARGS(reply.management_url));
		struct span list = members_of(&cx,
		    registration_reply_differences(&cx, asked, reply.granted));
		if (!span_is(list, lms[i].differences))
			fail_msg(
			    "%s: differs in \"%.*s\"", name, SPAN_ARGS(list));
		enum fault redirects = registration_reply_check_redirects(
		    &cx, asked, reply.granted);
		if (redirects != lms[i].redirects)
			fail_msg("%s: redirects: %s", name,
			    fault_text(redirects)->name);
	}
	cx_release(&cx);
}

static void
keeps_no_secret(void **state)
{
	struct cx cx;
	struct registration_reply reply;

	(void)state;
	cx_init(&cx, vector_random);
	assert_int_equal(registration_reply_read(&cx,
			     vector_bytes(&cx, "replies/secrets.json"), &reply),
	    FAULT_NONE);
	assert_true(span_is(reply.management_token, "rat-1"));
	const char *kept = jwrite_bytes(&cx, reply.granted).at;
	if (strstr(kept, "never keep me") || strstr(kept, "rat-1") ||
	    strstr(kept, "/reg/1"))
		fail_msg("DR16: %s", kept);
	assert_non_null(strstr(kept, "\"client_id\""));
	cx_release(&cx);
}

/* --- one flaw each ------------------------------------------------------- */

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X255                                                                   \
	X64 X64 X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
		    "xxxxxxx"

static const struct {
	const char *name, *body;
	const char *telling; /* NULL: it is read */
	const char *client, *deployment;
} flawed[] = {
    {"A9 HTML", "<html>", "not a JSON object", 0, 0},
    {"A9 empty", "", "not a JSON object", 0, 0},
    {"A9 array", "[{\"client_id\":\"a\"}]", "not a JSON object", 0, 0},
    {"A8 client_id twice", "{\"client_id\":\"a\",\"client_id\":\"b\"}",
	"not a JSON object", 0, 0},
    {"D61 no client_id", "{}", "(it has nothing)", 0, 0},
    {"D61 empty client_id", "{\"client_id\":\"\"}", "(it has a string)", 0, 0},
    {"A9 client_id null", "{\"client_id\":null}", "(it has null)", 0, 0},
    {"A9 client_id object", "{\"client_id\":{}}", "(it has an object)", 0, 0},
    {"A9 client_id array", "{\"client_id\":[\"a\"]}", "(it has an array)", 0,
	0},
    {"A9 client_id boolean", "{\"client_id\":true}", "(it has a boolean)", 0,
	0},
    {"A9 client_id fraction", "{\"client_id\":1.5}", "(it has a number)", 0, 0},
    {"A10 client_id with line end", "{\"client_id\":\"a\\nb\"}",
	"(it has a string)", 0, 0},
    {"A10 client_id with DEL", "{\"client_id\":\"a\\u007f\"}",
	"(it has a string)", 0, 0},
    {"A10 client_id with blank", "{\"client_id\":\"a b\"}", "(it has a string)",
	0, 0},
    {"R12 client_id beyond ASCII", "{\"client_id\":\"\xc3\xa9\"}",
	"(it has a string)", 0, 0},
    {"R12 client_id of 256", "{\"client_id\":\"x" X255 "\"}",
	"(it has a string)", 0, 0},
    {"R12 client_id of 255", "{\"client_id\":\"" X255 "\"}", 0, X255, ""},
    {"R12 client_id a number", "{\"client_id\":10000000000123}", 0,
	"10000000000123", ""},
    {"R12 client_id a negative number", "{\"client_id\":-1}", 0, "-1", ""},
    {"R13 deployment null", "{\"client_id\":\"a\",\"deployment_id\":null}", 0,
	"a", ""},
    {"R13 deployment beside", "{\"client_id\":\"a\",\"deployment_id\":\"1:b\"}",
	0, "a", "1:b"},
    {"R13 deployment inside empty",
	"{\"client_id\":\"a\",\"deployment_id\":\"o\",\"" TOOL_CONFIGURATION
	"\":{\"deployment_id\":\"\"}}",
	0, "a", "o"},
    {"R13 deployment unusable",
	"{\"client_id\":\"a\",\"deployment_id\":\"b c\"}", 0, "a", ""},
    {"R13 deployment too long",
	"{\"client_id\":\"a\",\"deployment_id\":\"x" X255 "\"}", 0, "a", ""},
    {"A9 tool configuration an array",
	"{\"client_id\":\"a\",\"" TOOL_CONFIGURATION "\":[]}", 0, "a", ""},
    {"A9 management members of other types",
	"{\"client_id\":\"a\",\"registration_client_uri\":1,"
	"\"registration_access_token\":[]}",
	0, "a", ""},
};

static void
names_the_flaw(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof flawed / sizeof *flawed; i++) {
		struct registration_reply reply = {
		    .client_id = SPAN("untouched")};
		enum fault got = registration_reply_read(
		    &cx, span_of(flawed[i].body), &reply);
		if (got != (flawed[i].telling ? FAULT_REPLY_MALFORMED
					      : FAULT_NONE) ||
		    (got && !strstr(cx.note.telling, flawed[i].telling)))
			fail_msg("%s: %s: %s", flawed[i].name,
			    fault_text(got)->name, cx.note.telling);
		const char *client = got ? "untouched" : flawed[i].client;
		if (!span_is(reply.client_id, client))
			fail_msg("%s: client \"%.*s\"", flawed[i].name,
			    SPAN_ARGS(reply.client_id));
		if (!got && !span_is(reply.deployment_id, flawed[i].deployment))
			fail_msg("%s: deployment \"%.*s\"", flawed[i].name,
			    SPAN_ARGS(reply.deployment_id));
	}
	cx_release(&cx);
}

/* --- what was granted ---------------------------------------------------- */

#define INNER(members) "{\"" TOOL_CONFIGURATION "\":{" members "}}"

static const struct {
	const char *name, *asked, *granted, *differences;
} granted[] = {
    {"nothing is said", "{\"scope\":\"a\"}", "{}", ""},
    {"DR14 scopes in another order", "{\"scope\":\"a b\"}",
	"{\"scope\":\"b  a\"}", ""},
    {"DR14 a scope less", "{\"scope\":\"a b\"}", "{\"scope\":\"a\"}", "scope "},
    {"DR14 a scope more", "{\"scope\":\"a\"}", "{\"scope\":\"a b\"}", "scope "},
    {"DR14 scope empty", "{\"scope\":\"a\"}", "{\"scope\":\"\"}", "scope "},
    {"scope of another type", "{\"scope\":\"a\"}", "{\"scope\":[\"a\"]}",
	"scope "},
    {"a scope's head", "{\"scope\":\"ab\"}", "{\"scope\":\"a\"}", "scope "},
    {"redirects in another order", "{\"redirect_uris\":[\"a\",\"b\"]}",
	"{\"redirect_uris\":[\"b\",\"a\"]}", ""},
    {"DR14 a redirect more", "{\"redirect_uris\":[\"a\"]}",
	"{\"redirect_uris\":[\"b\",\"a\"]}", "redirect_uris "},
    {"name", "{\"client_name\":\"a\"}", "{\"client_name\":\"b\"}",
	"client_name "},
    {"logo not asked, empty", "{}", "{\"logo_uri\":\"\"}", ""},
    {"logo not asked, given", "{}", "{\"logo_uri\":\"x\"}", "logo_uri "},
    {"method", "{\"token_endpoint_auth_method\":\"private_key_jwt\"}",
	"{\"token_endpoint_auth_method\":\"client_secret_basic\"}",
	"token_endpoint_auth_method "},
    {"login", "{\"initiate_login_uri\":\"a\"}", "{\"initiate_login_uri\":\"\"}",
	"initiate_login_uri "},
    {"keys", "{\"jwks_uri\":\"a\"}", "{\"jwks_uri\":\"b\"}", "jwks_uri "},
    {"domain", INNER("\"domain\":\"a\""), INNER("\"domain\":\"b\""), "domain "},
    {"target", INNER("\"target_link_uri\":\"a\""),
	INNER("\"target_link_uri\":\"b\""), "target_link_uri "},
    {"claims in another order", INNER("\"claims\":[\"a\",\"b\"]"),
	INNER("\"claims\":[\"b\",\"a\"]"), ""},
    {"DR14 a claim less", INNER("\"claims\":[\"a\",\"b\"]"),
	INNER("\"claims\":[\"b\"]"), "claims "},
    {"PHP's [] for {}", "{}", INNER("\"custom_parameters\":[]"), ""},
    {"custom the same", INNER("\"custom_parameters\":{\"a\":\"1\"}"),
	INNER("\"custom_parameters\":{\"a\":\"1\"}"), ""},
    {"custom cut, Moodle", INNER("\"custom_parameters\":{\"a\":\"1=2\"}"),
	INNER("\"custom_parameters\":{\"a\":\"1\"}"), "custom_parameters "},
    {"custom added", INNER("\"custom_parameters\":{\"a\":\"1\"}"),
	INNER("\"custom_parameters\":{\"a\":\"1\",\"b\":\"2\"}"),
	"custom_parameters "},
    {"custom lost", INNER("\"custom_parameters\":{\"a\":\"1\"}"),
	INNER("\"custom_parameters\":[]"), "custom_parameters "},
    {"DR14 a message less", INNER("\"messages\":[{\"type\":\"A\"}]"),
	INNER("\"messages\":[]"), "messages "},
    {"messages of another type", INNER("\"messages\":[{\"type\":\"A\"}]"),
	INNER("\"messages\":{}"), ""},
    {"a message more", INNER("\"messages\":[]"),
	INNER("\"messages\":[{\"type\":\"A\"}]"), ""},
    {"placements not said",
	INNER("\"messages\":[{\"type\":\"A\",\"placements\":[\"p\"]}]"),
	INNER("\"messages\":[{\"type\":\"A\"}]"), ""},
    {"placements the same",
	INNER("\"messages\":[{\"type\":\"A\",\"placements\":[\"p\"]}]"),
	INNER("\"messages\":[{\"type\":\"B\"},"
	      "{\"type\":\"A\",\"placements\":[\"p\"]}]"),
	""},
    {"DR14 a placement less",
	INNER("\"messages\":[{\"type\":\"A\",\"placements\":[\"p\",\"q\"]}]"),
	INNER("\"messages\":[{\"type\":\"A\",\"placements\":[\"p\"]}]"),
	"placements "},
};

static void
compares(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof granted / sizeof *granted; i++) {
		struct json_t *rows = registration_reply_differences(&cx,
		    vector_parse(&cx, granted[i].asked),
		    vector_parse(&cx, granted[i].granted));
		struct span list = members_of(&cx, rows);
		if (!span_is(list, granted[i].differences))
			fail_msg("%s: differs in \"%.*s\"", granted[i].name,
			    SPAN_ARGS(list));
	}
	/* Both sides of a difference are told, null for what is not there. */
	struct json_t *rows = registration_reply_differences(&cx,
	    vector_parse(&cx, INNER("\"messages\":[{\"type\":\"A\"}]")),
	    vector_parse(&cx, "{\"logo_uri\":\"x\",\"" TOOL_CONFIGURATION
			      "\":{\"messages\":[]}}"));
	assert_string_equal(jwrite_bytes(&cx, rows).at,
	    "[{\"member\":\"logo_uri\",\"asked\":null,\"granted\":\"x\"},"
	    "{\"member\":\"messages\",\"asked\":{\"type\":\"A\"},"
	    "\"granted\":null}]");
	cx_release(&cx);
}

static void
guards_redirects(void **state)
{
	static const struct {
		const char *name, *granted;
		enum fault expected;
	} rows[] = {
	    {"not said", "{}", FAULT_NONE},
	    {"same", "{\"redirect_uris\":[\"a\",\"b\"]}", FAULT_NONE},
	    {"ours and another", "{\"redirect_uris\":[\"x\",\"a\"]}",
		FAULT_NONE},
	    {"another type", "{\"redirect_uris\":\"x\"}", FAULT_NONE},
	    {"DR14 ours is gone", "{\"redirect_uris\":[\"b\"]}",
		FAULT_REDIRECTS_CHANGED},
	    {"DR14 none is left", "{\"redirect_uris\":[]}",
		FAULT_REDIRECTS_CHANGED},
	    {"DR14 a slash more", "{\"redirect_uris\":[\"a/\"]}",
		FAULT_REDIRECTS_CHANGED},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	const struct json_t *asked =
	    vector_parse(&cx, "{\"redirect_uris\":[\"a\",\"b\"]}");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		enum fault got = registration_reply_check_redirects(
		    &cx, asked, vector_parse(&cx, rows[i].granted));
		if (got != rows[i].expected)
			fail_msg("%s: %s", rows[i].name, fault_text(got)->name);
	}
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_real_ones),
	    cmocka_unit_test(keeps_no_secret),
	    cmocka_unit_test(names_the_flaw),
	    cmocka_unit_test(compares),
	    cmocka_unit_test(guards_redirects),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
