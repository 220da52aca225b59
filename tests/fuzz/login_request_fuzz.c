/* login_request_fuzz.c - logins: what the LMS gets is what it gave
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "fuzz.h"
#include "http/form.h"
#include "lti/login_request.h"
#include "lti/web_url.h"

static bool
read_request(struct cx *cx, struct span input, struct login_request *out)
{
	const struct {
		const char *name;
		struct span *value;
	} rows[] = {
	    {"iss", &out->issuer},
	    {"client_id", &out->client_id},
	    {"login_hint", &out->login_hint},
	    {"lti_message_hint", &out->message_hint},
	    {"target_link_uri", &out->target},
	    {"lti_deployment_id", &out->deployment_id},
	    {"lti_storage_target", &out->storage_target},
	};
	struct form form;

	if (form_read(cx, input, &form))
		return false;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (form_find(cx, &form, rows[i].name, rows[i].value))
			return false;
	return true;
}

static void
check_url(struct cx *cx, const struct login_request *request, const char *at)
{
	const struct login_answer answer = {
	    .endpoint = span_of(at),
	    .client_id = request->client_id.at ? request->client_id : SPAN("c"),
	    .redirect_uri = SPAN("https://g.example/lti/launch"),
	    .state = SPAN("1.2.3"),
	    .nonce = SPAN("n"),
	};
	const struct {
		const char *name;
		struct span value;
	} rows[] = {
	    {"scope", SPAN("openid")},
	    {"response_type", SPAN("id_token")},
	    {"response_mode", SPAN("form_post")},
	    {"prompt", SPAN("none")},
	    {"client_id", answer.client_id},
	    {"redirect_uri", answer.redirect_uri},
	    {"login_hint", request->login_hint},
	    {"lti_message_hint", request->message_hint},
	    {"state", answer.state},
	    {"nonce", answer.nonce},
	};
	struct span url = login_request_url(cx, request, &answer);
	struct form form;

	must(span_starts(url, at) && web_url_is(url));
	must(!memchr(url.at, '#', url.length));
	must(!form_read(cx, web_url_query(url), &form));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct span got;
		must(!form_find(cx, &form, rows[i].name, &got));
		must((got.at != NULL) == (rows[i].value.at != NULL));
		must(span_equal(got, rows[i].value));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct login_request request = {.issuer = SPAN_NONE};
	struct cx cx;

	cx_init(&cx, no_random);
	if (read_request(&cx, span_from(bytes, length), &request)) {
		enum fault which = login_request_check(&cx, &request);
		must(!which || cx.note.telling[0]);
		must(which || web_url_is(request.target));
		if (!which) {
			check_url(&cx, &request, "https://l.example/auth");
			check_url(&cx, &request, "https://l.example/?a=b");
		}
	}
	cx_release(&cx);
	return 0;
}
