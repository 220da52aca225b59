/* lms_calls.c - what LMSs and their administrators' browsers ask for
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/confirm_calls.h"
#include "api/routes.h"
#include "app/complete.h"
#include "app/gateway.h"
#include "app/journal.h"
#include "app/register.h"
#include "app/tool.h"
#include "app/tool_keys.h"
#include "base/cx.h"
#include "http/response.h"
#include "lti/canvas_config.h"
#include "lti/tool_settings.h"
#include "pages/register_pages.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* --- /lti/register ------------------------------------------------------- */

static enum fault
read_parameters(struct call *call, struct register_args *args)
{
	struct span camel = SPAN_NONE, snake = SPAN_NONE;
	const struct {
		const char *name;
		struct span *out;
	} rows[] = {
	    {"openid_configuration", &args->configuration_url},
	    {"registration_token", &args->token},
	    {"organization", &args->organization},
	    {"link", &args->link},
	    {"privacyLevel", &camel},
	    {"privacy_level", &snake},
	};
	struct form form = call->query;
	enum fault which = FAULT_NONE;

	/* By POST the parameters may be in the form; the registration link
	 * stays in the URL that was pasted. */
	if (request_has_type(
		call->request, "application/x-www-form-urlencoded"))
		which = form_read(call->cx, call->request->body, &form);
	for (size_t i = 0; !which && i < sizeof rows / sizeof *rows; i++) {
		which = form_find(call->cx, &form, rows[i].name, rows[i].out);
		if (!which && !rows[i].out->at)
			which = form_find(
			    call->cx, &call->query, rows[i].name, rows[i].out);
	}
	args->privacy_level = camel.length ? camel : snake;
	args->client = span_of(call->request->peer);
	return which;
}

static enum fault
tool_name(struct call *call, struct span *out)
{
	const struct json_t *settings;
	enum fault which = tool_find(call->gateway, call->cx, &settings);

	if (!which)
		*out = jread_text_or(jread_member(settings, "name"), SPAN(""));
	return which;
}

static void
answer_done(
    struct call *call, struct span tool, const struct complete_result *result)
{
	const struct registered_page facts = {
	    .tool = tool,
	    .issuer = result->platform_name,
	    .client_id = result->client_id,
	    .active = result->active,
	    .updated = result->updated,
	};
	struct json_t *answer;

	if (!request_wants_json(call->request)) {
		register_page_done(
		    call->cx, &facts, call->http_ancestors, call->response);
		return;
	}
	answer = jwrite_object(call->cx);
	jwrite_text(answer, "platformId", result->platform_id);
	jwrite_bool(answer, "active", result->active);
	jwrite_bool(answer, "updated", result->updated);
	call_answer(call, 200, answer);
}

static enum fault
begin(struct call *call)
{
	struct register_args args = {0};
	struct complete_result completed;
	struct register_outcome outcome = {.completed = &completed};
	enum fault which = read_parameters(call, &args);

	if (!which)
		which =
		    register_begin(call->gateway, call->cx, &args, &outcome);
	if (which)
		return which;
	if (outcome.confirm_id.length)
		return confirm_begin(call, outcome.confirm_id);
	if (!outcome.redirect.length) {
		answer_done(call, outcome.tool, &completed);
		return FAULT_NONE;
	}
	call->response->status = 302;
	response_header(call->response, "Location", outcome.redirect);
	return FAULT_NONE;
}

enum fault
register_begin_call(struct call *call)
{
	enum fault which = begin(call);

	/* The store is not asked to remember what anybody can cause as often
	 * as they like. */
	if (which && which != FAULT_TOO_MANY_REQUESTS &&
	    which != FAULT_NO_CONFIGURATION_URL)
		journal_fault(call->gateway, call->cx,
		    &(struct journal_subject){.kind = "registration"}, which);
	else if (which)
		journal_count(call->cx, "registration", which);
	return which;
}

enum fault
register_close_call(struct call *call)
{
	struct span token = SPAN_NONE;
	enum fault which = call_query(call, "token", &token);

	if (!which)
		which = register_close(call->gateway, call->cx, token);
	if (!which)
		register_page_closing(
		    call->cx, call->http_ancestors, call->response);
	return which;
}

/* --- key sets, Canvas, the start page ------------------------------------ */

enum fault
key_set_call(struct call *call)
{
	struct json_t *set;
	struct span name = call_parameter(call, 0);
	enum fault which = tool_keys_set(call->gateway, call->cx, name, &set);

	if (which)
		return which;
	call_answer(call, 200, set);
	response_header(call->response, "Cache-Control",
	    arena_printf(call->cx->arena, "public, max-age=%d", KEY_SET_AGE));
	/* A test page of an LMS may read it from its browser. */
	response_header(
	    call->response, "Access-Control-Allow-Origin", SPAN("*"));
	return FAULT_NONE;
}

enum fault
canvas_config_call(struct call *call)
{
	struct gateway *gateway = call->gateway;
	const struct json_t *settings;
	struct json_t *config;
	struct span privacy = SPAN_NONE;
	enum fault which = tool_find(gateway, call->cx, &settings);

	if (!which)
		which = call_query(call, "privacyLevel", &privacy);
	if (!which)
		which = tool_settings_check_privacy(call->cx, privacy);
	if (which)
		return which;
	const struct canvas_config_args args = {
	    .settings = settings,
	    .public_url = gateway->public_url,
	    .domain = gateway->domain,
	    .key_set_url = arena_printf(call->cx->arena, "%.*s/lti/keys",
		SPAN_ARGS(gateway->public_url)),
	    .privacy_level = privacy,
	};
	which = canvas_config_write(call->cx, &args, &config);
	if (!which)
		call_answer(call, 200, config);
	return which;
}

enum fault
start_page_call(struct call *call)
{
	struct span tool;
	enum fault which = tool_name(call, &tool);

	if (!which)
		register_page_start(call->cx,
		    tool.length ? tool : SPAN("This tool"),
		    call->gateway->public_url, call->response);
	return which;
}
