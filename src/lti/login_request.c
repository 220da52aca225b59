/* login_request.c - the LMS asks us to ask it who is there
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/login_request.h"

#include "base/cx.h"
#include "base/percent.h"
#include "base/text.h"
#include "lti/web_url.h"

enum { URL_MAX_BYTES = 64 * 1024, TARGET_MAX = 8 * 1024 };

enum fault
login_request_check(struct cx *cx, const struct login_request *request)
{
	const struct {
		const char *name;
		struct span value;
		size_t max;
		bool required;
	} rows[] = {
	    {"iss", request->issuer, TARGET_MAX, true},
	    {"login_hint", request->login_hint, LOGIN_HINT_MAX, true},
	    {"target_link_uri", request->target, TARGET_MAX, true},
	    {"client_id", request->client_id, LOGIN_ID_MAX, false},
	    {"lti_message_hint", request->message_hint, LOGIN_HINT_MAX, false},
	    {"lti_deployment_id", request->deployment_id, LOGIN_ID_MAX, false},
	    {"lti_storage_target", request->storage_target, LOGIN_ID_MAX,
		false},
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (rows[i].required && rows[i].value.length == 0)
			return fault_tell(cx, FAULT_LOGIN_INCOMPLETE,
			    "The login request has no %s. This address is "
			    "meant to be opened by an LMS",
			    rows[i].name);
		if (rows[i].value.length > rows[i].max)
			return fault_tell(cx, FAULT_LOGIN_PARAMETER_REFUSED,
			    "%s is longer than %zu bytes", rows[i].name,
			    rows[i].max);
	}
	if (!web_url_is(request->target))
		return fault_tell(cx, FAULT_LOGIN_PARAMETER_REFUSED,
		    "target_link_uri is not a URL");
	if (span_has_control(request->issuer) ||
	    span_has_control(request->client_id) ||
	    span_has_control(request->deployment_id) ||
	    span_has_control(request->storage_target))
		return fault_tell(cx, FAULT_LOGIN_PARAMETER_REFUSED,
		    "A parameter of the login request holds a control "
		    "character");
	return FAULT_NONE;
}

static void
add(struct text *url, const char *name, struct span value)
{
	text_add_char(url, '&');
	text_add_cstr(url, name);
	text_add_char(url, '=');
	text_add(url, percent_encode(url->arena, value));
}

struct span
login_request_url(struct cx *cx, const struct login_request *request,
    const struct login_answer *answer)
{
	struct text url = text_begin(cx->arena, URL_MAX_BYTES);

	text_add_cstr(&url,
	    "scope=openid&response_type=id_token&response_mode=form_post"
	    "&prompt=none");
	add(&url, "client_id", answer->client_id);
	add(&url, "redirect_uri", answer->redirect_uri);
	add(&url, "login_hint", request->login_hint);
	if (request->message_hint.at)
		add(&url, "lti_message_hint", request->message_hint);
	add(&url, "state", answer->state);
	add(&url, "nonce", answer->nonce);
	return web_url_add(cx, answer->endpoint, text_span(&url));
}
