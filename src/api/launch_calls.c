/* launch_calls.c - /lti/launch
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/browser_call.h"
#include "api/routes.h"
#include "app/gateway.h"
#include "app/launching.h"
#include "base/cx.h"
#include "base/log.h"
#include "lti/names.h"
#include "lti/web_url.h"
#include "pages/launch_pages.h"
#include "json/jread.h"

static enum fault
read_launch(struct call *call, struct launching_args *args)
{
	const struct browser_field fields[] = {
	    {"id_token", &args->id_token},
	    {"state", &args->state},
	    {"error", &args->error},
	    {"error_description", &args->error_description},
	    {"ltigate_browser", &args->browser},
	};
	enum fault which =
	    browser_call_fields(call, fields, sizeof fields / sizeof *fields);

	args->client = span_of(call->request->peer);
	return which;
}

static void
answer_storage(struct call *call, const struct launching_args *args,
    const struct launching_outcome *outcome)
{
	const struct posted_launch posted = {
	    .action = browser_call_url(call, "/lti/launch"),
	    .id_token = args->id_token,
	    .state = args->state,
	    .http_ancestors = call->http_ancestors,
	};
	const struct storage_frame frame = {
	    .target = outcome->storage_target,
	    .origin = outcome->storage_origin,
	    .key = outcome->storage_key,
	};
	launch_page_fetch(call->cx, &posted, &frame, call->response);
}

static struct span
title_of(const struct json_t *claims, const char *claim)
{
	const struct json_t *value = jread_member(claims, claim);
	struct span id = jread_text_or(jread_member(value, "id"), SPAN(""));

	return jread_text_or(jread_member(value, "title"), id);
}

static void
answer_shown(struct call *call, const struct launching_outcome *outcome)
{
	const struct shown_launch shown = {
	    .platform = outcome->platform_name,
	    .message = outcome->message,
	    .person =
		jread_text_or(jread_member(outcome->claims, "name"), SPAN("")),
	    .context = title_of(outcome->claims, CLAIM_CONTEXT),
	    .link = title_of(outcome->claims, CLAIM_RESOURCE_LINK),
	    .http_ancestors = call->http_ancestors,
	};
	launch_page_shown(call->cx, &shown, call->response);
}

static void
answer_launch(struct call *call, const struct launching_args *args,
    const struct launching_outcome *outcome)
{
	switch (outcome->step) {
	case LAUNCHING_TOOL:
		/* 303: the browser must not post the token to the tool. */
		browser_call_redirect(call, 303, outcome->url);
		return;
	case LAUNCHING_STORAGE:
		answer_storage(call, args, outcome);
		return;
	case LAUNCHING_SHOW:
		answer_shown(call, outcome);
		return;
	}
}

/* Who posts this? Browsers say so by Sec-Fetch-Site; those that do not, by
 * Origin, which our page lets them send (launch_page_fetch). */
static bool
is_from_own_page(struct call *call)
{
	struct span site = request_header(call->request, "Sec-Fetch-Site");
	struct span origin = request_header(call->request, "Origin");

	if (site.at)
		return span_is(site, "same-origin");
	return span_equal(origin, web_url_origin(call->gateway->public_url));
}

static enum fault
launch(struct call *call, struct launching_args *args,
    struct launching_outcome *outcome)
{
	enum fault which = read_launch(call, args);

	if (which)
		return which;
	args->cookie_count =
	    browser_call_cookies(call, args->cookies, LAUNCHING_COOKIES);
	args->from_own_page = is_from_own_page(call);
	return launching_run(call->gateway, call->cx, args, outcome);
}

enum fault
launch_call(struct call *call)
{
	struct launching_args args = {.id_token = SPAN_NONE};
	struct launching_outcome outcome = {.platform_id = SPAN("")};
	enum fault which = launch(call, &args, &outcome);

	if (!which) {
		answer_launch(call, &args, &outcome);
		return FAULT_NONE;
	}
	const struct log_field fields[] = {
	    {"type", outcome.message},
	    {"rules", outcome.rules},
	    {0},
	};
	const struct browser_refusal refusal = {
	    outcome.platform_id, outcome.organization_id, fields};
	browser_call_note_refusal(call, which, &refusal);
	return which;
}
