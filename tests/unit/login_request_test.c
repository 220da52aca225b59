/* login_request_test.c - the LMS asks us to ask it who is there
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "http/form.h"
#include "lti/login_request.h"
#include "lti/web_url.h"
#include "vectors.h"

enum { TARGET_MAX = 8 * 1024 };

static const struct login_request least = {
    .issuer = {"https://l.example", 17},
    .login_hint = {"h", 1},
    .target = {"https://g.example/lti/launch", 28},
};

static const struct {
	const char *name, *parameter;
	size_t at, max; /* where it stands, how long it may be */
	bool required;
} parameters[] = {
    {"issuer", "iss", offsetof(struct login_request, issuer), TARGET_MAX, true},
    {"login hint", "login_hint", offsetof(struct login_request, login_hint),
	LOGIN_HINT_MAX, true},
    {"target", "target_link_uri", offsetof(struct login_request, target),
	TARGET_MAX, true},
    {"client id", "client_id", offsetof(struct login_request, client_id),
	LOGIN_ID_MAX, false},
    {"message hint", "lti_message_hint",
	offsetof(struct login_request, message_hint), LOGIN_HINT_MAX, false},
    {"deployment", "lti_deployment_id",
	offsetof(struct login_request, deployment_id), LOGIN_ID_MAX, false},
    {"storage target", "lti_storage_target",
	offsetof(struct login_request, storage_target), LOGIN_ID_MAX, false},
};

enum { PARAMETERS = sizeof parameters / sizeof *parameters };

static struct span *
member(struct login_request *request, size_t parameter)
{
	return (struct span *)((char *)request + parameters[parameter].at);
}

static void
expect(struct cx *cx, const char *row, const struct login_request *request,
    enum fault expected, const char *telling)
{
	cx->note.telling[0] = '\0';
	enum fault got = login_request_check(cx, request);

	if (got != expected || (got && !strstr(cx->note.telling, telling)))
		fail_msg(
		    "%s: %s: %s", row, fault_text(got)->name, cx->note.telling);
}

/* OI2, OI3. */
static void
wants_what_is_required(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	expect(&cx, "least", &least, FAULT_NONE, NULL);
	for (size_t i = 0; i < PARAMETERS; i++) {
		struct login_request request = least;
		enum fault lacking = parameters[i].required
					 ? FAULT_LOGIN_INCOMPLETE
					 : FAULT_NONE;
		*member(&request, i) = SPAN_NONE;
		expect(&cx, parameters[i].name, &request, lacking,
		    parameters[i].parameter);
		*member(&request, i) = SPAN("");
		expect(&cx, parameters[i].name, &request, lacking,
		    parameters[i].parameter);
	}
	/* The first that lacks is told. */
	const struct login_request nothing = {.client_id = SPAN("c")};
	expect(&cx, "nothing", &nothing, FAULT_LOGIN_INCOMPLETE, "no iss.");
	cx_release(&cx);
}

static void
bounds_lengths(void **state)
{
	static char bytes[TARGET_MAX + 2];
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	memset(bytes, 'a', sizeof bytes);
	memcpy(bytes, "https://", 8);
	for (size_t i = 0; i < PARAMETERS; i++) {
		struct login_request request = least;
		*member(&request, i) = span_from(bytes, parameters[i].max);
		expect(&cx, parameters[i].name, &request, FAULT_NONE, NULL);
		*member(&request, i) = span_from(bytes, parameters[i].max + 1);
		expect(&cx, parameters[i].name, &request,
		    FAULT_LOGIN_PARAMETER_REFUSED, parameters[i].parameter);
	}
	cx_release(&cx);
}

static void
refuses_what_others_misread(void **state)
{
	static const char *const bad[] = {
	    "a\nb", "a\rb", "\t", "a\x7f", "\x01"};
	static const char *const targets[] = {"javascript:alert(1)", "/lti",
	    "//g.example/", "https://", "https://g.example/ ",
	    "https://g.example/\n", "https://g.example/\"", "ftp://g.example/",
	    "x"};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < PARAMETERS; i++)
		for (size_t j = 0; j < sizeof bad / sizeof *bad; j++) {
			struct login_request request = least;
			/* Hints are opaque, and leave encoded. */
			bool hint = strstr(parameters[i].parameter, "hint");
			*member(&request, i) = span_of(bad[j]);
			expect(&cx, parameters[i].name, &request,
			    hint ? FAULT_NONE : FAULT_LOGIN_PARAMETER_REFUSED,
			    "");
		}
	for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
		struct login_request request = least;
		request.target = span_of(targets[i]);
		expect(&cx, targets[i], &request, FAULT_LOGIN_PARAMETER_REFUSED,
		    "target_link_uri is not a URL");
	}
	cx_release(&cx);
}

/* --- the answer ---------------------------------------------------------- */

static const struct login_answer answer = {
    .endpoint = {"https://l.example/auth", 22},
    .client_id = {"c 1", 3},
    .redirect_uri = {"https://g.example/lti/launch", 28},
    .state = {"1.2.s", 5},
    .nonce = {"n-_", 3},
};

/* OI4. */
static void
writes_the_whole_request(void **state)
{
	struct login_request request = least;
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	assert_string_equal(login_request_url(&cx, &request, &answer).at,
	    "https://l.example/auth?scope=openid&response_type=id_token"
	    "&response_mode=form_post&prompt=none&client_id=c%201"
	    "&redirect_uri=https%3A%2F%2Fg.example%2Flti%2Flaunch"
	    "&login_hint=h&state=1.2.s&nonce=n-_");
	request.message_hint = SPAN("m&x=\xc3\xa4");
	request.client_id = SPAN("another");
	request.deployment_id = SPAN("d");
	request.storage_target = SPAN("t");
	assert_string_equal(login_request_url(&cx, &request, &answer).at,
	    "https://l.example/auth?scope=openid&response_type=id_token"
	    "&response_mode=form_post&prompt=none&client_id=c%201"
	    "&redirect_uri=https%3A%2F%2Fg.example%2Flti%2Flaunch"
	    "&login_hint=h&lti_message_hint=m%26x%3D%C3%A4"
	    "&state=1.2.s&nonce=n-_");
	cx_release(&cx);
}

/* An empty hint is one that was given: it goes back. */
static void
gives_hints_back_byte_for_byte(void **state)
{
	static char all[LOGIN_HINT_MAX];
	static const struct {
		const char *name;
		size_t login, message;
	} rows[] = {{"each byte once", 255, 255}, {"empty", 255, 0},
	    {"the longest", LOGIN_HINT_MAX, LOGIN_HINT_MAX}};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof all; i++)
		all[i] = (char)(i % 127 + 1); /* no NUL: forms have none */
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct login_request request = least;
		struct span login, message;
		struct form form;
		request.login_hint = span_from(all, rows[i].login);
		request.message_hint = span_from(all, rows[i].message);
		struct span url = login_request_url(&cx, &request, &answer);
		assert_int_equal(
		    form_read(&cx, web_url_query(url), &form), FAULT_NONE);
		assert_int_equal(
		    form_find(&cx, &form, "login_hint", &login), FAULT_NONE);
		assert_int_equal(
		    form_find(&cx, &form, "lti_message_hint", &message),
		    FAULT_NONE);
		if (form.count != 10 ||
		    !span_equal(login, request.login_hint) || !message.at ||
		    !span_equal(message, request.message_hint))
			fail_msg("%s: %zu fields", rows[i].name, form.count);
	}
	cx_release(&cx);
}

static void
keeps_the_query_of_the_endpoint(void **state)
{
	static const struct {
		const char *name, *endpoint, *head;
	} rows[] = {
	    {"none", "https://l.example/a", "https://l.example/a?scope="},
	    {"Sakai, Blackboard", "https://l.example/a?tenant=1&b",
		"https://l.example/a?tenant=1&b&scope="},
	    {"empty", "https://l.example/a?", "https://l.example/a?scope="},
	    {"open", "https://l.example/a?b&", "https://l.example/a?b&scope="},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct login_answer with = answer;
		with.endpoint = span_of(rows[i].endpoint);
		struct span url = login_request_url(&cx, &least, &with);
		if (!span_starts(url, rows[i].head))
			fail_msg("%s: %.*s", rows[i].name, SPAN_ARGS(url));
	}
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wants_what_is_required),
	    cmocka_unit_test(bounds_lengths),
	    cmocka_unit_test(refuses_what_others_misread),
	    cmocka_unit_test(writes_the_whole_request),
	    cmocka_unit_test(gives_hints_back_byte_for_byte),
	    cmocka_unit_test(keeps_the_query_of_the_endpoint),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
