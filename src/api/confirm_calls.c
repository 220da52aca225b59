/* confirm_calls.c - mode "confirm": the forms in the LMS's frame
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/confirm_calls.h"

#include "api/browser_call.h"
#include "api/routes.h"
#include "app/confirm.h"
#include "app/gateway.h"
#include "app/journal.h"
#include "base/cx.h"
#include "pages/confirm_pages.h"
#include "json/jwrite.h"

static void
answer(struct call *call, const struct confirm_view *view)
{
	const struct confirm_page page = {
	    .view = view,
	    .base = call->gateway->public_url,
	    .provider = provider_name(call->gateway->provider),
	    .status = 200,
	    .http_ancestors = call->http_ancestors,
	};

	confirm_page_write(call->cx, &page, call->response);
}

/* The sign-in page once more, with what was wrong. */
static void
answer_again(struct call *call, const struct confirm_view *view, enum fault why)
{
	const struct fault_text *text = fault_text(why);
	struct span told = span_of(call->cx->note.telling);
	const struct confirm_page page = {
	    .view = view,
	    .base = call->gateway->public_url,
	    .provider = provider_name(call->gateway->provider),
	    .problem = arena_printf(call->cx->arena, "%.*s.",
		SPAN_ARGS(told.length ? told : span_of(text->description))),
	    .status = text->status,
	    .http_ancestors = call->http_ancestors,
	};

	confirm_page_write(call->cx, &page, call->response);
}

/* A fault of a step is an event, as those of other registrations; but not
 * what anybody can cause as often as they like. */
static enum fault
finish(struct call *call, enum fault which, const struct confirm_view *view)
{
	if (!which)
		answer(call, view);
	else if (which != FAULT_TICKET_REFUSED && which != FAULT_FORM_MALFORMED)
		journal_fault(call->gateway, call->cx,
		    &(struct journal_subject){.kind = "registration"}, which);
	return which;
}

enum fault
confirm_begin(struct call *call, struct span registration_id)
{
	struct confirm_view view;
	enum fault which =
	    confirm_open(call->gateway, call->cx, registration_id, &view);

	if (!which)
		answer(call, &view);
	return which;
}

enum fault
confirm_sign_in_call(struct call *call)
{
	struct confirm_view view = {0};
	struct span ticket = SPAN_NONE;
	struct sign_in_args args = {.address = span_of(call->request->peer)};
	const struct browser_field fields[] = {
	    {"ticket", &ticket},
	    {"email", &args.email},
	    {"password", &args.password},
	};
	enum fault which = browser_call_fields(call, fields, 3);

	if (!which)
		which = confirm_sign_in(
		    call->gateway, call->cx, ticket, &args, &view);
	if (which == FAULT_SIGN_IN_REFUSED ||
	    which == FAULT_PARAMETER_REFUSED ||
	    (which == FAULT_TOO_MANY_REQUESTS && view.ticket.length)) {
		answer_again(call, &view, which);
		return FAULT_NONE;
	}
	return finish(call, which, &view);
}

enum fault
confirm_continue_call(struct call *call)
{
	struct confirm_view view;
	struct span ticket = SPAN_NONE;
	bool gone_on = true;
	const struct browser_field fields[] = {{"ticket", &ticket}};
	enum fault which = browser_call_fields(call, fields, 1);

	if (!which)
		which = confirm_continue(
		    call->gateway, call->cx, ticket, &gone_on, &view);
	if (!which && !gone_on) {
		(void)fault_tell(call->cx, FAULT_NOT_SIGNED_IN,
		    "Nobody has confirmed in the other window yet");
		answer_again(call, &view, FAULT_NOT_SIGNED_IN);
		return FAULT_NONE;
	}
	return finish(call, which, &view);
}

enum fault
confirm_choose_call(struct call *call)
{
	struct confirm_view view;
	struct span ticket = SPAN_NONE, organization = SPAN_NONE;
	const struct browser_field fields[] = {
	    {"ticket", &ticket},
	    {"organization", &organization},
	};
	enum fault which = browser_call_fields(call, fields, 2);

	if (!which)
		which = confirm_choose(
		    call->gateway, call->cx, ticket, organization, &view);
	return finish(call, which, &view);
}

enum fault
confirm_answer_call(struct call *call)
{
	struct confirm_view view;
	struct span ticket = SPAN_NONE, word = SPAN_NONE;
	const struct browser_field fields[] = {
	    {"ticket", &ticket},
	    {"answer", &word},
	};
	enum fault which = browser_call_fields(call, fields, 2);

	if (!which && !span_is(word, "yes") && !span_is(word, "no"))
		which = fault_tell(call->cx, FAULT_PARAMETER_REFUSED,
		    "answer must be yes or no");
	if (!which)
		which = confirm_answer(call->gateway, call->cx, ticket,
		    span_is(word, "yes"), span_of(call->request->peer), &view);
	return finish(call, which, &view);
}

enum fault
confirm_ask_call(struct call *call)
{
	struct confirm_view view;
	struct span ticket = SPAN_NONE;
	const struct browser_field fields[] = {{"ticket", &ticket}};
	enum fault which = browser_call_fields(call, fields, 1);

	if (!which)
		which = confirm_ask(call->gateway, call->cx, ticket, &view);
	return finish(call, which, &view);
}

/* --- the frame that waits ------------------------------------------------ */

enum fault
confirm_wait_call(struct call *call)
{
	struct confirm_view view;
	struct span ticket = SPAN_NONE;
	enum fault which = call_query(call, "ticket", &ticket);

	if (!which)
		which = confirm_watch(call->gateway, call->cx, ticket, &view);
	if (which)
		return which;
	if (!request_wants_json(call->request)) {
		answer(call, &view);
		return FAULT_NONE;
	}
	struct json_t *news = jwrite_object(call->cx);
	jwrite_text(news, "state",
	    view.step == CONFIRM_WAITS || view.step == CONFIRM_SIGN_IN
		? SPAN("waiting")
		: SPAN("ended"));
	call_answer(call, 200, news);
	return FAULT_NONE;
}
