/* browser_call.c - a call that a person's browser makes for an LMS
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/browser_call.h"

#include "app/gateway.h"
#include "app/journal.h"
#include "app/throttle.h"
#include "base/cx.h"
#include "http/cookies.h"
#include "http/response.h"
#include "lti/launch_state.h"

enum { COOKIE_LETTERS = 3 };

/* Browsers keep Secure cookies of this machine without TLS, too. */
bool
browser_call_is_secure(const struct gateway *gateway)
{
	return span_starts(gateway->public_url, "https://") ||
	       span_starts(gateway->domain, "localhost") ||
	       span_starts(gateway->domain, "127.0.0.1");
}

/* Each secret has a cookie of its own, whose name ends in the secret's first
 * letters: two launches that begin at the same moment, before either cookie is
 * there, would push out each other's else. */
static const char *
cookie_family(const struct gateway *gateway)
{
	return browser_call_is_secure(gateway) ? "__Host-ltigate-" : "ltigate-";
}

size_t
browser_call_cookies(struct call *call, struct span *values, size_t max)
{
	return cookies_find(
	    call->request, cookie_family(call->gateway), values, max);
}

void
browser_call_set_cookie(struct call *call, struct span secret)
{
	struct arena *arena = call->cx->arena;
	const char *name =
	    arena_printf(arena, "%s%.*s", cookie_family(call->gateway),
		SPAN_ARGS(span_first(secret, COOKIE_LETTERS)))
		.at;

	cookies_set(arena, call->response, name, secret, LAUNCH_STATE_LIFE,
	    browser_call_is_secure(call->gateway));
}

struct span
browser_call_url(struct call *call, const char *path)
{
	return arena_printf(call->cx->arena, "%.*s%s",
	    SPAN_ARGS(call->gateway->public_url), path);
}

enum fault
browser_call_form(struct call *call, struct form *form)
{
	if (call->request->method != HTTP_POST) {
		*form = call->query;
		return FAULT_NONE;
	}
	if (!request_has_type(
		call->request, "application/x-www-form-urlencoded"))
		return fault_tell(call->cx, FAULT_MEDIA_TYPE_REFUSED,
		    "The body must be sent as Content-Type: "
		    "application/x-www-form-urlencoded");
	return form_read(call->cx, call->request->body, form);
}

enum fault
browser_call_fields(
    struct call *call, const struct browser_field *fields, size_t count)
{
	struct form form;
	enum fault which = browser_call_form(call, &form);

	for (size_t i = 0; !which && i < count; i++)
		which =
		    form_find(call->cx, &form, fields[i].name, fields[i].out);
	return which;
}

void
browser_call_redirect(struct call *call, int status, struct span url)
{
	call->response->status = status;
	response_header(call->response, "Location", url);
}

void
browser_call_note_refusal(
    struct call *call, enum fault which, const struct browser_refusal *refusal)
{
	struct fault_note note = call->cx->note;
	bool too_many = throttle_pass(call->gateway->complaints, call->cx,
			    span_of(call->request->peer)) != FAULT_NONE;
	const struct journal_subject subject = {
	    .kind = "launch",
	    .platform_id = refusal->platform_id,
	    .organization_id = refusal->organization_id,
	    .fields = refusal->fields,
	    .log_only = too_many,
	};

	call->cx->note = note;
	journal_fault(call->gateway, call->cx, &subject, which);
}
