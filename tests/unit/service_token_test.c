/* service_token_test.c - asking an LMS for an access token
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lti/service_token.h"
#include "vectors.h"
#include "json/jwrite.h"

enum { NOW = 1795228183 };

static void
begin(struct cx *cx)
{
	cx_init(cx, vector_random);
	cx->now = NOW;
}

static void
writes_claims(void **state)
{
	struct cx cx;
	struct span first, second;
	int64_t number;

	(void)state;
	begin(&cx);
	const struct json_t *claims = service_token_claims(
	    &cx, SPAN("client \xc3\xa4"), SPAN("https://lms/token"));
	assert_true(
	    span_is(jread_text_or(jread_member(claims, "iss"), SPAN("")),
		"client \xc3\xa4"));
	assert_true(
	    span_is(jread_text_or(jread_member(claims, "sub"), SPAN("")),
		"client \xc3\xa4"));
	assert_true(
	    span_is(jread_text_or(jread_member(claims, "aud"), SPAN("")),
		"https://lms/token"));
	assert_true(jread_integer(jread_member(claims, "iat"), &number));
	assert_int_equal(number, NOW);
	assert_true(jread_integer(jread_member(claims, "exp"), &number));
	assert_int_equal(number, NOW + 60);
	assert_true(jread_text(jread_member(claims, "jti"), &first));
	assert_int_equal(first.length, 22);
	claims = service_token_claims(&cx, SPAN("c"), SPAN("a"));
	assert_true(jread_text(jread_member(claims, "jti"), &second));
	assert_false(span_equal(first, second));
	cx_release(&cx);
}

static void
writes_form(void **state)
{
	struct cx cx;

	(void)state;
	begin(&cx);
	struct span form = service_token_form(&cx, SPAN("a.b-c_d&=+"),
	    SPAN("https://p/scope/score https://p/scope/x"));
	assert_true(span_is(form,
	    "grant_type=client_credentials&client_assertion_type="
	    "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
	    "&client_assertion=a.b-c_d%26%3D%2B"
	    "&scope=https%3A%2F%2Fp%2Fscope%2Fscore%20https%3A%2F%2Fp%2Fscope"
	    "%2Fx"));
	cx_release(&cx);
}

/* --- the answer ---------------------------------------------------------- */

#define T "\"access_token\":\"t\""

static const struct {
	const char *name, *body, *token;
	int64_t life;
	const char *scopes; /* NULL: not told */
} good[] = {
    {"R22 Moodle",
	"{\"access_token\":\"5c65a12b\",\"token_type\":\"Bearer\","
	"\"expires_in\":3600,\"scope\":\"https://p/a\"}",
	"5c65a12b", 3600, "https://p/a"},
    {"R22 Open edX, bearer in small letters",
	"{" T ",\"token_type\":\"bearer\"}", "t", 300, NULL},
    {"R22 in capitals", "{" T ",\"token_type\":\"BEARER\"}", "t", 300, NULL},
    {"R22 no token_type", "{" T "}", "t", 300, NULL},
    {"R22 token_type is null", "{" T ",\"token_type\":null}", "t", 300, NULL},
    {"R22 scope is missing", "{" T ",\"expires_in\":60}", "t", 60, NULL},
    {"R22 scope is null", "{" T ",\"scope\":null}", "t", 300, NULL},
    {"scope is empty", "{" T ",\"scope\":\"\"}", "t", 300, NULL},
    {"scope is blank", "{" T ",\"scope\":\"  \"}", "t", 300, NULL},
    {"scope is a list", "{" T ",\"scope\":[\"a\"]}", "t", 300, NULL},
    {"two scopes", "{" T ",\"scope\":\" a b \"}", "t", 300, "a b"},
    {"life as text", "{" T ",\"expires_in\":\"3600\"}", "t", 3600, NULL},
    {"life as a real number", "{" T ",\"expires_in\":3599.9}", "t", 3599, NULL},
    {"a short life", "{" T ",\"expires_in\":1}", "t", 1, NULL},
    {"no life", "{" T ",\"expires_in\":0}", "t", 1, NULL},
    {"less than a second", "{" T ",\"expires_in\":0.5}", "t", 1, NULL},
    {"less than none", "{" T ",\"expires_in\":-5}", "t", 1, NULL},
    {"far less than none", "{" T ",\"expires_in\":-1e300}", "t", 1, NULL},
    {"no life, as text", "{" T ",\"expires_in\":\"0\"}", "t", 1, NULL},
    {"the longest life", "{" T ",\"expires_in\":86400}", "t", 86400, NULL},
    {"a longer life", "{" T ",\"expires_in\":86401}", "t", 86400, NULL},
    {"far too long", "{" T ",\"expires_in\":9223372036854775807}", "t", 86400,
	NULL},
    {"further", "{" T ",\"expires_in\":1e300}", "t", 86400, NULL},
    {"too long, as text", "{" T ",\"expires_in\":\"86401\"}", "t", 86400, NULL},
    {"far too long, as text",
	"{" T ",\"expires_in\":\"99999999999999999999999\"}", "t", 86400, NULL},
    {"life is empty", "{" T ",\"expires_in\":\"\"}", "t", 300, NULL},
    {"life is no number", "{" T ",\"expires_in\":\"1h\"}", "t", 300, NULL},
    {"life with a sign", "{" T ",\"expires_in\":\"-1\"}", "t", 300, NULL},
    {"life is a boolean", "{" T ",\"expires_in\":true}", "t", 300, NULL},
    {"life is null", "{" T ",\"expires_in\":null}", "t", 300, NULL},
    {"all that a token may hold",
	"{\"access_token\":\"!~az.AZ_09-+/=\\\"\\\\\"}", "!~az.AZ_09-+/=\"\\",
	300, NULL},
};

static void
reads_tokens(void **state)
{
	struct cx cx;

	(void)state;
	begin(&cx);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct service_token token;
		if (service_token_read(&cx, span_of(good[i].body), &token))
			fail_msg("%s: %s", good[i].name, cx.note.telling);
		if (!span_is(token.text, good[i].token))
			fail_msg(
			    "%s: %.*s", good[i].name, SPAN_ARGS(token.text));
		if (token.expires_at != NOW + good[i].life)
			fail_msg("%s: lives %lld s", good[i].name,
			    (long long)token.expires_at - NOW);
		if (good[i].scopes ? !span_is(token.scopes, good[i].scopes)
				   : token.scopes.at != NULL)
			fail_msg("%s: scopes \"%.*s\"", good[i].name,
			    SPAN_ARGS(token.scopes));
	}
	cx_release(&cx);
}

static const struct {
	const char *name, *body, *words;
} bad[] = {
    {"nothing", "", "not with a JSON object"},
    {"a page", "<html>secret", "not with a JSON object"},
    {"half of it", "{\"access_token\":\"secret", "not with a JSON object"},
    {"a list", "[\"secret\"]", "not with a JSON object"},
    {"a form", "access_token=secret", "not with a JSON object"},
    {"no token", "{\"error\":\"secret\"}", "access_token is nothing"},
    {"token is a number", "{\"access_token\":7}", "access_token is a number"},
    {"token is null", "{\"access_token\":null}", "access_token is null"},
    {"token is empty", "{\"access_token\":\"\"}", "access_token is empty"},
    {"A10 line end", "{\"access_token\":\"secret\\r\\nX: y\"}",
	"cannot be sent in a header"},
    {"tab", "{\"access_token\":\"secret\\t\"}", "cannot be sent in a header"},
    {"blank", "{\"access_token\":\"secret t\"}", "cannot be sent in a header"},
    {"blank alone", "{\"access_token\":\" \"}", "cannot be sent in a header"},
    {"DEL", "{\"access_token\":\"secret\\u007f\"}",
	"cannot be sent in a header"},
    {"beyond ASCII", "{\"access_token\":\"secret\\u00e4\"}",
	"cannot be sent in a header"},
    {"another type", "{" T ",\"token_type\":\"MAC\"}", "not Bearer"},
    {"a longer type", "{" T ",\"token_type\":\"bearer2\"}", "not Bearer"},
    {"a type that is empty", "{" T ",\"token_type\":\"\"}", "not Bearer"},
    {"a type that is none", "{" T ",\"token_type\":1}", "not Bearer"},
};

static void
refuses(void **state)
{
	struct service_token before = {SPAN("before"), 7, SPAN("x")}, token;
	struct cx cx;

	(void)state;
	begin(&cx);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		token = before;
		if (service_token_read(&cx, span_of(bad[i].body), &token) !=
		    FAULT_SERVICE_TOKEN_REFUSED)
			fail_msg("%s: taken", bad[i].name);
		if (!strstr(cx.note.telling, bad[i].words) ||
		    strstr(cx.note.telling, "secret") ||
		    strstr(cx.note.detail, "secret"))
			fail_msg("%s: %s", bad[i].name, cx.note.telling);
		if (memcmp(&token, &before, sizeof token) != 0)
			fail_msg("%s: out was touched", bad[i].name);
	}
	cx_release(&cx);
}

static void
bounds_tokens(void **state)
{
	static char text[SERVICE_TOKEN_MAX + 2];
	struct service_token token;
	struct cx cx;

	(void)state;
	begin(&cx);
	memset(text, 't', sizeof text - 1);
	assert_int_equal(
	    service_token_read(&cx,
		arena_printf(cx.arena, "{\"access_token\":\"%s\"}", text + 1),
		&token),
	    FAULT_NONE);
	assert_int_equal(token.text.length, SERVICE_TOKEN_MAX);
	assert_int_equal(
	    service_token_read(&cx,
		arena_printf(cx.arena, "{\"access_token\":\"%s\"}", text),
		&token),
	    FAULT_SERVICE_TOKEN_REFUSED);
	assert_non_null(strstr(cx.note.telling, "longer than 8192 bytes"));
	cx_release(&cx);
}

static void
finds_scopes(void **state)
{
	static const struct {
		const char *name, *scopes, *scope;
		bool has;
	} rows[] = {
	    {"alone", "https://a/s", "https://a/s", true},
	    {"first", "a b c", "a", true},
	    {"in the middle", "a b c", "b", true},
	    {"last", "a b c", "c", true},
	    {"many blanks", "  a   b ", "b", true},
	    {"not there", "a b", "c", false},
	    {"a head of one", "https://a/score", "https://a/s", false},
	    {"a tail of one", "https://a/score", "score", false},
	    {"longer than one", "https://a/lineitem",
		"https://a/lineitem.readonly", false},
	    {"capitals", "a", "A", false},
	    {"nothing asked", "a  b", "", false},
	    {"nothing there", "", "a", false},
	    {"nothing at all", "", "", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (service_token_has(span_of(rows[i].scopes),
			span_of(rows[i].scope)) != rows[i].has)
			fail_msg("%s", rows[i].name);
	assert_false(service_token_has(SPAN_NONE, SPAN("a")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_claims),
	    cmocka_unit_test(writes_form),
	    cmocka_unit_test(reads_tokens),
	    cmocka_unit_test(refuses),
	    cmocka_unit_test(bounds_tokens),
	    cmocka_unit_test(finds_scopes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
