/* provider_doc_test.c - what an OpenID Connect provider says
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/cx.h"
#include "lti/provider_doc.h"
#include "vectors.h"
#include "json/jread.h"

#define ISSUER "https://id.example"
#define GOOD_DOC(more)                                                         \
	"{\"issuer\":\"" ISSUER "\",\"authorization_endpoint\":"               \
	"\"https://id.example/a\",\"token_endpoint\":"                         \
	"\"https://id.example/t\",\"jwks_uri\":\"https://id.example/k\"" more  \
	"}"

static const struct {
	const char *name, *body;
	bool good, in_form;
} docs[] = {
    {"good", GOOD_DOC(""), true, false},
    {"basic and post",
	GOOD_DOC(",\"token_endpoint_auth_methods_supported\":"
		 "[\"client_secret_post\",\"client_secret_basic\"]"),
	true, false},
    {"post alone",
	GOOD_DOC(",\"token_endpoint_auth_methods_supported\":"
		 "[\"client_secret_post\"]"),
	true, true},
    {"no JSON", "<html>", false, false},
    {"an array", "[]", false, false},
    {"another issuer",
	"{\"issuer\":\"https://id.example/\",\"authorization_endpoint\":"
	"\"https://id.example/a\",\"token_endpoint\":\"https://id.example/t\","
	"\"jwks_uri\":\"https://id.example/k\"}",
	false, false},
    {"no keys",
	"{\"issuer\":\"" ISSUER "\",\"authorization_endpoint\":"
	"\"https://id.example/a\",\"token_endpoint\":\"https://id.example/t\"}",
	false, false},
    {"an endpoint that is no web address",
	"{\"issuer\":\"" ISSUER "\",\"authorization_endpoint\":"
	"\"javascript:alert(1)\",\"token_endpoint\":\"https://id.example/t\","
	"\"jwks_uri\":\"https://id.example/k\"}",
	false, false},
};

static void
reads_configurations(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof docs / sizeof *docs; i++) {
		struct provider_doc doc = {0};
		enum fault which = provider_doc_read(
		    &cx, span_of(docs[i].body), SPAN(ISSUER), &doc);
		if ((which == FAULT_NONE) != docs[i].good ||
		    (which && which != FAULT_PROVIDER_FAILED) ||
		    doc.secret_in_form != docs[i].in_form)
			fail_msg("%s: %s", docs[i].name, cx.note.detail);
	}
	cx_release(&cx);
}

/* The clock stands at 1000, 60 s of skew. */
#define CLAIMS(iss, aud, times, nonce, more)                                   \
	"{\"iss\":\"" iss "\",\"aud\":" aud "," times ",\"nonce\":\"" nonce    \
	"\",\"sub\":\"s1\"" more "}"
#define TIMES "\"iat\":990,\"exp\":1300"

static const struct {
	const char *name, *claims;
	bool good;
	const char *email;
} tokens[] = {
    {"good", CLAIMS(ISSUER, "\"us\"", TIMES, "n", ""), true, ""},
    {"verified address",
	CLAIMS(ISSUER, "\"us\"", TIMES, "n",
	    ",\"email\":\"a@b\",\"email_verified\":true"),
	true, "a@b"},
    {"address that is not said to be verified",
	CLAIMS(ISSUER, "\"us\"", TIMES, "n", ",\"email\":\"a@b\""), true, ""},
    {"verified as a text",
	CLAIMS(ISSUER, "\"us\"", TIMES, "n",
	    ",\"email\":\"a@b\",\"email_verified\":\"true\""),
	true, ""},
    {"a list with us alone", CLAIMS(ISSUER, "[\"us\"]", TIMES, "n", ""), true,
	""},
    {"a list and azp",
	CLAIMS(ISSUER, "[\"us\",\"x\"]", TIMES, "n", ",\"azp\":\"us\""), true,
	""},
    {"a list without azp", CLAIMS(ISSUER, "[\"us\",\"x\"]", TIMES, "n", ""),
	false, ""},
    {"another's azp",
	CLAIMS(ISSUER, "[\"us\",\"x\"]", TIMES, "n", ",\"azp\":\"x\""), false,
	""},
    {"for another", CLAIMS(ISSUER, "\"x\"", TIMES, "n", ""), false, ""},
    {"for a number", CLAIMS(ISSUER, "7", TIMES, "n", ""), false, ""},
    {"another issuer", CLAIMS("https://x.example", "\"us\"", TIMES, "n", ""),
	false, ""},
    {"another nonce", CLAIMS(ISSUER, "\"us\"", TIMES, "m", ""), false, ""},
    {"no nonce", CLAIMS(ISSUER, "\"us\"", TIMES, "", ""), false, ""},
    {"over, within the skew",
	CLAIMS(ISSUER, "\"us\"", "\"iat\":900,\"exp\":941", "n", ""), true, ""},
    {"over", CLAIMS(ISSUER, "\"us\"", "\"iat\":900,\"exp\":940", "n", ""),
	false, ""},
    {"of the future",
	CLAIMS(ISSUER, "\"us\"", "\"iat\":1060,\"exp\":1300", "n", ""), false,
	""},
    {"times as texts",
	CLAIMS(ISSUER, "\"us\"", "\"iat\":\"990\",\"exp\":\"1300\"", "n", ""),
	false, ""},
    {"no subject",
	"{\"iss\":\"" ISSUER "\",\"aud\":\"us\"," TIMES ",\"nonce\":\"n\"}",
	false, ""},
};

static void
checks_claims(void **state)
{
	const struct provider_expectation expected = {
	    SPAN(ISSUER), SPAN("us"), SPAN("n"), 60};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	cx.now = 1000;
	for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
		struct provider_person person = {0};
		const struct json_t *claims;
		assert_int_equal(
		    jread_parse(&cx, span_of(tokens[i].claims), &claims), 0);
		enum fault which =
		    provider_doc_check_claims(&cx, claims, &expected, &person);
		if ((which == FAULT_NONE) != tokens[i].good ||
		    !span_is(person.email, tokens[i].email))
			fail_msg("%s: %s", tokens[i].name, cx.note.detail);
	}
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_configurations),
	    cmocka_unit_test(checks_claims),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
