/* platform_doc_test.c - what LMSs say of themselves
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lti/names.h"
#include "lti/platform_doc.h"
#include "vectors.h"
#include "json/jwrite.h"

#define ENDPOINTS                                                              \
	"\"authorization_endpoint\":\"https://l.example/auth\","               \
	"\"token_endpoint\":\"https://l.example/token\","                      \
	"\"jwks_uri\":\"https://l.example/keys\","                             \
	"\"registration_endpoint\":\"https://l.example/register\""
#define WHOLE "\"issuer\":\"https://l.example\"," ENDPOINTS
#define LTI "\"" PLATFORM_CONFIGURATION "\""

/* --- real documents ------------------------------------------------------ */

static const struct {
	const char *file;
	enum fault expected;
	const char *telling; /* a part of it */
	const char *issuer, *family, *version, *audience, *account;
	size_t messages;
	bool deep_linking;
} lms[] = {
    {"moodle-3.10", FAULT_CONFIGURATION_INCOMPLETE,
	"no member \"authorization_endpoint\"", 0, 0, 0, 0, 0, 0, false},
    {"moodle-3.11", FAULT_NONE, 0, "https://school.example/moodle", "moodle",
	"3.11.18 (Build: 20231211)",
	"https://school.example/moodle/mod/lti/token.php", "", 2, true},
    {"moodle-4.5", FAULT_NONE, 0, "https://moodle.localhost:18443", "moodle",
	"4.5.6 (Build: 20250811)",
	"https://moodle.localhost:18443/mod/lti/token.php", "", 2, true},
    {"canvas-cloud", FAULT_NONE, 0, "https://canvas.instructure.com", "canvas",
	"vCloud", "https://sso.canvaslms.com/login/oauth2/token",
	"Sample School", 2, true},
    {"canvas-selfhosted", FAULT_NONE, 0, "https://canvas.instructure.com",
	"canvas", "OpenSource",
	"https://canvas.univ.example/login/oauth2/token",
	"University of Example", 2, true},
    {"brightspace", FAULT_NONE, 0, "https://school.brightspace.example",
	"desire2learn", "20.25.8", "https://api.brightspace.com/auth/token", "",
	2, true},
    {"blackboard", FAULT_NONE, 0, "https://blackboard.com", "BlackboardLearn",
	"", "https://developer.blackboard.com/api/v1/gateway/oauth2/jwttoken",
	"", 3, true},
    {"sakai", FAULT_NONE, 0, "https://sakai.example.edu", "sakailms.org",
	"23.3", "https://sakai.example.edu/imsblis/lti13/token/47", "", 2,
	true},
    {"ilias", FAULT_NONE, 0, "https://ilias.example.edu", "ilias", "9.5",
	"https://ilias.example.edu/ltitoken.php", "", 1, false},
};

static void
expect_text(
    const char *row, const char *what, struct span got, const char *expected)
{
	if (!span_is(got, expected))
		fail_msg("%s: %s is \"%.*s\"", row, what, SPAN_ARGS(got));
}

static void
reads_real_ones(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof lms / sizeof *lms; i++) {
		const char *name = lms[i].file;
		struct platform_doc doc;
		bool listed;
		enum fault got = platform_doc_read(&cx,
		    vector_bytes(&cx,
			arena_printf(cx.arena, "platforms/%s.json", name).at),
		    &doc);
		if (got != lms[i].expected ||
		    (got && !strstr(cx.note.telling, lms[i].telling)))
			fail_msg("%s: %s: %s", name, fault_text(got)->name,
			    cx.note.telling);
		if (got)
			continue;
		expect_text(name, "issuer", doc.issuer, lms[i].issuer);
		expect_text(name, "family", doc.family, lms[i].family);
		expect_text(name, "version", doc.version, lms[i].version);
		expect_text(name, "account", doc.account_name, lms[i].account);
		expect_text(name, "audience", platform_doc_audience(&doc),
		    lms[i].audience);
		if (jread_count(doc.messages) != lms[i].messages)
			fail_msg("%s: %zu messages", name,
			    jread_count(doc.messages));
		platform_doc_placements(
		    &doc, SPAN(MESSAGE_RESOURCE_LINK), &listed);
		assert_true(listed);
		platform_doc_placements(
		    &doc, SPAN(MESSAGE_DEEP_LINKING), &listed);
		if (listed != lms[i].deep_linking)
			fail_msg("%s: deep linking listed %d", name, listed);
	}
	cx_release(&cx);
}

/* R8: once an operator's proxy has added what Moodle 3.10 leaves out, its
 * other oddities are no obstacle. */
static void
reads_moodle_310_oddities(void **state)
{
	struct cx cx;
	struct platform_doc doc;
	bool listed;

	(void)state;
	cx_init(&cx, vector_random);
	struct json_t *raw =
	    jwrite_copy(&cx, vector_json(&cx, "platforms/moodle-3.10.json"));
	jwrite_text(raw, "authorization_endpoint", SPAN("https://m.example/a"));
	assert_int_equal(
	    platform_doc_read(&cx, jwrite_bytes(&cx, raw), &doc), FAULT_NONE);
	expect_text("R8", "family", doc.family, "moodle");
	assert_int_equal(jread_count(doc.messages), 2);
	assert_null(platform_doc_placements(
	    &doc, SPAN(MESSAGE_RESOURCE_LINK), &listed));
	assert_true(listed);
	assert_null(
	    platform_doc_placements(&doc, SPAN(MESSAGE_DEEP_LINKING), &listed));
	assert_true(listed);
	cx_release(&cx);
}

/* --- one flaw each ------------------------------------------------------- */

static const struct {
	const char *name, *body;
	enum fault expected;
	const char *telling;
} flawed[] = {
    {"least", "{" WHOLE "}", FAULT_NONE, 0},
    {"DR8 unknown members", "{" WHOLE ",\"x\":{\"y\":[1,2]}}", FAULT_NONE, 0},
    {"D11 HTML", "<!doctype html><p>Sign in", FAULT_CONFIGURATION_MALFORMED,
	"not JSON"},
    {"D12 cut short", "{" WHOLE, FAULT_CONFIGURATION_MALFORMED, "not JSON"},
    {"D12 empty", "", FAULT_CONFIGURATION_MALFORMED, "not JSON"},
    {"A8 trailing garbage", "{" WHOLE "}x", FAULT_CONFIGURATION_MALFORMED,
	"not JSON"},
    {"A8 BOM", "\xef\xbb\xbf{" WHOLE "}", FAULT_CONFIGURATION_MALFORMED,
	"not JSON"},
    {"A8 issuer twice", "{\"issuer\":\"https://e.example\"," WHOLE "}",
	FAULT_CONFIGURATION_MALFORMED, "not JSON"},
    {"A9 an array", "[]", FAULT_CONFIGURATION_MALFORMED, "is an array"},
    {"A9 a string", "\"{}\"", FAULT_CONFIGURATION_MALFORMED, "is a string"},
    {"A9 null", "null", FAULT_CONFIGURATION_MALFORMED, "is null"},
    {"D14 no issuer", "{" ENDPOINTS "}", FAULT_CONFIGURATION_INCOMPLETE,
	"no member \"issuer\""},
    {"D14 no authorization_endpoint, R7",
	"{\"issuer\":\"i\",\"token_endpoint\":\"t\",\"jwks_uri\":\"j\","
	"\"registration_endpoint\":\"r\"}",
	FAULT_CONFIGURATION_INCOMPLETE, "no member \"authorization_endpoint\""},
    {"D14 no token_endpoint",
	"{\"issuer\":\"i\",\"authorization_endpoint\":\"a\"}",
	FAULT_CONFIGURATION_INCOMPLETE, "no member \"token_endpoint\""},
    {"D14 no jwks_uri",
	"{\"issuer\":\"i\",\"authorization_endpoint\":\"a\","
	"\"token_endpoint\":\"t\"}",
	FAULT_CONFIGURATION_INCOMPLETE, "no member \"jwks_uri\""},
    {"D14 no registration_endpoint",
	"{\"issuer\":\"i\",\"authorization_endpoint\":\"a\","
	"\"token_endpoint\":\"t\",\"jwks_uri\":\"j\"}",
	FAULT_CONFIGURATION_INCOMPLETE, "no member \"registration_endpoint\""},
    {"D14 empty issuer", "{\"issuer\":\"\"," ENDPOINTS "}",
	FAULT_CONFIGURATION_INCOMPLETE, "\"issuer\""},
    {"A9 issuer null", "{\"issuer\":null," ENDPOINTS "}",
	FAULT_CONFIGURATION_INCOMPLETE, "must be a string, not null"},
    {"A9 issuer array", "{\"issuer\":[\"i\"]," ENDPOINTS "}",
	FAULT_CONFIGURATION_INCOMPLETE, "must be a string, not an array"},
    {"A9 issuer number", "{\"issuer\":1.5," ENDPOINTS "}",
	FAULT_CONFIGURATION_INCOMPLETE, "must be a string, not a number"},
    {"A10 line end in issuer",
	"{\"issuer\":\"https://a\\r\\nb\"," ENDPOINTS "}",
	FAULT_CONFIGURATION_INCOMPLETE, "control character"},
    {"A11 blank in issuer", "{\"issuer\":\"https://a b\"," ENDPOINTS "}",
	FAULT_CONFIGURATION_INCOMPLETE, "that no URL has"},
    {"A11 issuer beyond ASCII", "{\"issuer\":\"https://\u00e4\"," ENDPOINTS "}",
	FAULT_CONFIGURATION_INCOMPLETE, "that no URL has"},
    {"D14 no platform configuration, DR7", "{" WHOLE ",\"scopes\":[]}",
	FAULT_NONE, 0},
    {"D14 empty platform configuration", "{" WHOLE "," LTI ":{}}", FAULT_NONE,
	0},
    {"A9 platform configuration array", "{" WHOLE "," LTI ":[]}", FAULT_NONE,
	0},
    {"A9 messages as text",
	"{" WHOLE "," LTI ":{\"messages_supported\":\"LtiX\"}}", FAULT_NONE, 0},
    {"A9 lists of other types",
	"{" WHOLE ",\"scopes_supported\":{},\"claims_supported\":\"x\"}",
	FAULT_NONE, 0},
    {"D48 no signing algorithm",
	"{" WHOLE ",\"id_token_signing_alg_values_supported\":[\"HS256\"]}",
	FAULT_NOTHING_IN_COMMON, "id_token_signing_alg_values_supported"},
    {"D48 no algorithm at all",
	"{" WHOLE ",\"id_token_signing_alg_values_supported\":[]}",
	FAULT_NOTHING_IN_COMMON, "id_token_signing_alg_values_supported"},
    {"D48 algorithm list no list",
	"{" WHOLE ",\"id_token_signing_alg_values_supported\":\"none\"}",
	FAULT_NONE, 0},
    {"OI8 ES256 will do",
	"{" WHOLE ",\"id_token_signing_alg_values_supported\":[\"ES256\",1]}",
	FAULT_NONE, 0},
    {"D48 token endpoint without RS256",
	"{" WHOLE ",\"token_endpoint_auth_signing_alg_values_supported\":"
	"[\"ES256\"]}",
	FAULT_NOTHING_IN_COMMON,
	"token_endpoint_auth_signing_alg_values_supported"},
    {"D48 no private_key_jwt",
	"{" WHOLE ",\"token_endpoint_auth_methods_supported\":"
	"[\"client_secret_basic\"]}",
	FAULT_NOTHING_IN_COMMON, "private_key_jwt"},
    {"D48 no id_token", "{" WHOLE ",\"response_types_supported\":[\"code\"]}",
	FAULT_NOTHING_IN_COMMON, "id_token"},
};

static void
names_the_flaw(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof flawed / sizeof *flawed; i++) {
		struct platform_doc doc = {.version = SPAN("untouched")};
		enum fault got =
		    platform_doc_read(&cx, span_of(flawed[i].body), &doc);
		if (got != flawed[i].expected ||
		    (got && !strstr(cx.note.telling, flawed[i].telling)))
			fail_msg("%s: %s: %s", flawed[i].name,
			    fault_text(got)->name, cx.note.telling);
		if (got && !span_is(doc.version, "untouched"))
			fail_msg("%s: the result was touched", flawed[i].name);
	}
	cx_release(&cx);
}

static void
bounds_lengths(void **state)
{
	static char body[8000];
	static char issuer[2002];
	static const struct {
		size_t length;
		enum fault expected;
	} rows[] = {{500, FAULT_NONE}, {501, FAULT_CONFIGURATION_INCOMPLETE}};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < 2; i++) {
		struct platform_doc doc;
		memset(issuer, 'i', sizeof issuer);
		issuer[rows[i].length] = '\0';
		snprintf(body, sizeof body, "{\"issuer\":\"%s\"," ENDPOINTS "}",
		    issuer);
		assert_int_equal(platform_doc_read(&cx, span_of(body), &doc),
		    rows[i].expected);
	}
	/* Moodle 3.10 drops the last word of either. */
	struct platform_doc short_names;
	bool listed;
	assert_int_equal(platform_doc_read(&cx,
			     SPAN("{" WHOLE "," LTI ":{\"messages_supported\":"
				  "[\"LtiResourceLink\",\"LtiDeepLinking\"]}}"),
			     &short_names),
	    FAULT_NONE);
	platform_doc_placements(
	    &short_names, SPAN(MESSAGE_DEEP_LINKING), &listed);
	assert_true(listed);
	/* A label is cut, a message type that long is left out. */
	struct platform_doc doc;
	memset(issuer, 'm', 201);
	issuer[201] = '\0';
	snprintf(body, sizeof body,
	    "{" WHOLE "," LTI ":{\"product_family_code\":\"%s\","
	    "\"messages_supported\":[\"%s\",\"\",{},7,{\"type\":\"LtiX\"}]}}",
	    issuer, issuer);
	assert_int_equal(
	    platform_doc_read(&cx, span_of(body), &doc), FAULT_NONE);
	assert_int_equal(doc.family.length, 200);
	assert_int_equal(jread_count(doc.messages), 1);
	cx_release(&cx);
}

static void
finds_placements(void **state)
{
	struct cx cx;
	struct platform_doc doc;
	bool listed;

	(void)state;
	cx_init(&cx, vector_random);
	assert_int_equal(
	    platform_doc_read(&cx,
		SPAN("{" WHOLE "," LTI ":{\"messages_supported\":["
		     "{\"type\":\"LtiA\",\"placements\":[\"p\",\"q\"]},"
		     "{\"type\":\"LtiB\",\"placements\":\"p\"}]}}"),
		&doc),
	    FAULT_NONE);
	const struct json_t *places =
	    platform_doc_placements(&doc, SPAN("LtiA"), &listed);
	assert_true(listed && jread_count(places) == 2);
	assert_null(platform_doc_placements(&doc, SPAN("LtiB"), &listed));
	assert_true(listed);
	assert_null(platform_doc_placements(&doc, SPAN("LtiC"), &listed));
	assert_false(listed);
	cx_release(&cx);
}

/* --- R9: the audience of token requests ---------------------------------- */

static void
chooses_the_audience(void **state)
{
	static const struct {
		const char *name, *server;
		bool used;
	} rows[] = {
	    {"R9 absent", "", false},
	    {"R9 URL", "https://a.example/t", true},
	    {"R9 bare host, Canvas", "sso.canvaslms.com", false},
	    {"R9 http", "http://a.example/t", false},
	    {"R9 scheme alone", "https://", false},
	    {"A10 control character", "https://a.example/\n", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct platform_doc doc = {
		    .authorization_server = span_of(rows[i].server),
		    .token_endpoint = SPAN("https://l.example/token"),
		};
		expect_text(rows[i].name, "audience",
		    platform_doc_audience(&doc),
		    rows[i].used ? rows[i].server : "https://l.example/token");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_real_ones),
	    cmocka_unit_test(reads_moodle_310_oddities),
	    cmocka_unit_test(names_the_flaw),
	    cmocka_unit_test(bounds_lengths),
	    cmocka_unit_test(finds_placements),
	    cmocka_unit_test(chooses_the_audience),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
