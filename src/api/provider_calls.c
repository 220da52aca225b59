/* provider_calls.c - signing in by the configured provider
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/browser_call.h"
#include "api/portal_session.h"
#include "api/routes.h"
#include "app/confirm.h"
#include "app/gateway.h"
#include "app/journal.h"
#include "app/provider.h"
#include "app/throttle.h"
#include "base/cx.h"
#include "pages/confirm_pages.h"
#include "pages/register_pages.h"
#include "store/db.h"
#include "json/jwrite.h"

/* --- to the provider ----------------------------------------------------- */

static enum fault
begin(struct call *call, struct provider_trip *trip)
{
	enum fault which = throttle_pass(call->gateway->sign_ins_from, call->cx,
	    span_of(call->request->peer));

	if (!which)
		which = provider_begin(call->gateway, call->cx, trip);
	if (!which)
		portal_session_keep_trip(call, trip->browser);
	return which;
}

enum fault
provider_begin_call(struct call *call)
{
	struct provider_trip trip = {.registration = SPAN("")};
	enum fault which = portal_session_check_origin(call);

	if (!which)
		which = begin(call, &trip);
	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	jwrite_text(answer, "url", trip.url);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}

/* From the LMS's frame, into a window of its own. */
enum fault
confirm_provider_call(struct call *call)
{
	struct provider_trip trip = {.registration = SPAN("")};
	struct span ticket = SPAN_NONE;
	const struct browser_field fields[] = {{"ticket", &ticket}};
	enum fault which = browser_call_fields(call, fields, 1);

	if (!which)
		which = confirm_registration_of(
		    call->gateway, call->cx, ticket, &trip.registration);
	if (!which)
		which = begin(call, &trip);
	if (!which)
		browser_call_redirect(call, 303, trip.url);
	return which;
}

/* --- and back ------------------------------------------------------------ */

struct arrival {
	struct span agent;
	struct sign_in sign_in;
};

/* Read again: roles may have changed, or the person gone, since. */
static enum fault
open_session(struct db_session *session, struct cx *cx, void *arg)
{
	struct arrival *arrival = arg;
	struct user *user = &arrival->sign_in.user;
	enum fault which = users_find(session, cx, user->id, user);

	if (which == FAULT_NO_USER)
		return fault_as(cx, FAULT_PROVIDER_STRANGER);
	return which ? which
		     : sign_in_open(
			   session, cx, arrival->agent, &arrival->sign_in);
}

static enum fault
enter_portal(struct call *call, const struct user *user)
{
	struct arrival arrival = {
	    .agent = request_header(call->request, "User-Agent"),
	    .sign_in = {.user = *user},
	};
	enum fault which =
	    db_write(call->gateway->db, call->cx, open_session, &arrival);

	if (which)
		return which;
	portal_session_keep(call, &arrival.sign_in);
	browser_call_redirect(call, 303, browser_call_url(call, "/portal"));
	return FAULT_NONE;
}

static void
answer_view(struct call *call, const struct confirm_view *view)
{
	const struct confirm_page page = {
	    .view = view,
	    .base = call->gateway->public_url,
	    .status = 200,
	};

	confirm_page_write(call->cx, &page, call->response);
}

static enum fault
arrive(struct call *call)
{
	struct provider_return back = {
	    .browser = portal_session_trip(call),
	    .client = span_of(call->request->peer),
	};
	struct user user;
	struct span registration;
	struct confirm_view view;
	enum fault which = call_query(call, "code", &back.code);

	if (!which)
		which = call_query(call, "state", &back.state);
	if (!which)
		which = call_query(call, "error", &back.error);
	if (!which)
		which = provider_finish(
		    call->gateway, call->cx, &back, &user, &registration);
	if (which)
		return which;
	if (!registration.length)
		return enter_portal(call, &user);
	which =
	    confirm_beside(call->gateway, call->cx, registration, &user, &view);
	if (!which)
		answer_view(call, &view);
	return which;
}

enum fault
provider_return_call(struct call *call)
{
	enum fault which = arrive(call);
	const struct journal_subject subject = {
	    .kind = "sign-in",
	    /* Anybody may knock without a state of ours. */
	    .log_only = which == FAULT_PROVIDER_STATE,
	};

	/* Good for one return. */
	portal_session_keep_trip(call, SPAN(""));
	if (!which)
		return FAULT_NONE;
	journal_fault(call->gateway, call->cx, &subject, which);
	if (request_wants_json(call->request))
		return which;
	register_page_sign_in_failed(
	    call->cx, which, call->gateway->public_url, call->response);
	return FAULT_NONE;
}

enum fault
confirm_beside_call(struct call *call)
{
	struct confirm_view view;
	struct span ticket = SPAN_NONE;
	const struct browser_field fields[] = {{"ticket", &ticket}};
	enum fault which = browser_call_fields(call, fields, 1);

	if (!which)
		which = confirm_beside_agree(
		    call->gateway, call->cx, ticket, &view);
	if (!which)
		answer_view(call, &view);
	return which;
}
