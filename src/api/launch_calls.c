/* launch_calls.c - /lti/login and /lti/launch
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/routes.h"
#include "app/directory.h"
#include "app/gateway.h"
#include "app/initiate.h"
#include "app/journal.h"
#include "app/launching.h"
#include "app/throttle.h"
#include "base/cx.h"
#include "base/text.h"
#include "http/cookies.h"
#include "http/response.h"
#include "lti/launch_state.h"
#include "lti/names.h"
#include "lti/web_url.h"
#include "pages/launch_pages.h"
#include "json/jread.h"

enum {
	COOKIES_MAX = 4,
	/* The longest address that browsers and proxies surely take; what is
	 * longer gets the button at once. */
	TRY_URL_MAX = 6000,
};

/* --- both ---------------------------------------------------------------- */

/* Browsers keep Secure cookies of this machine without TLS, too. */
static bool
is_secure(const struct gateway *gateway)
{
	return span_starts(gateway->public_url, "https://") ||
	       span_starts(gateway->domain, "localhost") ||
	       span_starts(gateway->domain, "127.0.0.1");
}

static const char *
cookie_name(const struct gateway *gateway)
{
	return is_secure(gateway) ? "__Host-ltigate" : "ltigate";
}

static struct span
our_url(struct call *call, const char *path)
{
	return arena_printf(call->cx->arena, "%.*s%s",
	    SPAN_ARGS(call->gateway->public_url), path);
}

/* A form by POST, the query by GET. */
static enum fault
read_fields(struct call *call, struct form *form)
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

struct field {
	const char *name;
	struct span *out;
};

static enum fault
find_fields(struct call *call, const struct form *form,
    const struct field *fields, size_t count)
{
	enum fault which = FAULT_NONE;

	for (size_t i = 0; !which && i < count; i++)
		which =
		    form_find(call->cx, form, fields[i].name, fields[i].out);
	return which;
}

/* One address can have only so much written down; the rest is in the log. */
static void
note_refusal(struct call *call, enum fault which, struct span platform_id,
    const struct log_field *fields)
{
	struct fault_note note = call->cx->note;
	bool too_many = throttle_pass(call->gateway->complaints, call->cx,
			    span_of(call->request->peer)) != FAULT_NONE;
	const struct journal_subject subject = {
	    .kind = "launch",
	    .platform_id = platform_id,
	    .fields = fields,
	    .log_only = too_many,
	};

	call->cx->note = note;
	journal_fault(call->gateway, call->cx, &subject, which);
}

static void
redirect(struct call *call, int status, struct span url)
{
	call->response->status = status;
	response_header(call->response, "Location", url);
}

/* --- /lti/login ---------------------------------------------------------- */

struct login {
	struct login_request request;
	struct initiate_browser browser;
	struct initiate_outcome outcome;
};

static enum fault
read_login(struct call *call, struct login *login)
{
	struct login_request *r = &login->request;
	struct span deployment, tried = SPAN_NONE, window = SPAN_NONE;
	const struct field fields[] = {
	    {"iss", &r->issuer},
	    {"client_id", &r->client_id},
	    {"login_hint", &r->login_hint},
	    {"lti_message_hint", &r->message_hint},
	    {"target_link_uri", &r->target},
	    {"lti_deployment_id", &r->deployment_id},
	    {"deployment_id", &deployment}, /* Canvas's older name */
	    {"lti_storage_target", &r->storage_target},
	    {"ltigate_cookie_tried", &tried},
	    {"ltigate_new_window", &window},
	};
	struct form form;
	enum fault which = read_fields(call, &form);

	if (!which)
		which = find_fields(
		    call, &form, fields, sizeof fields / sizeof *fields);
	if (which)
		return which;
	if (!r->deployment_id.at)
		r->deployment_id = deployment;
	login->browser.cookie_tried = tried.at != NULL;
	login->browser.new_window = window.at != NULL;
	return FAULT_NONE;
}

/* Browsers say so of themselves (Fetch Metadata); older ones and programs do
 * not, and get the plain redirect. */
static bool
is_framed(const struct request *request)
{
	static const char *const frames[] = {
	    "iframe", "frame", "embed", "object", "fencedframe", NULL};
	struct span destination = request_header(request, "Sec-Fetch-Dest");

	for (const char *const *frame = frames; *frame; frame++)
		if (span_is(destination, *frame))
			return true;
	return false;
}

static void
read_browser(struct call *call, struct initiate_browser *browser)
{
	struct span cookies[COOKIES_MAX];
	size_t count = cookies_find(
	    call->request, cookie_name(call->gateway), cookies, COOKIES_MAX);

	browser->framed = is_framed(call->request);
	browser->cookie = SPAN("");
	for (size_t i = 0; i < count && !browser->cookie.length; i++)
		if (launch_state_is_browser_secret(cookies[i]))
			browser->cookie = cookies[i];
}

static void
add(struct text *url, const char *name, struct span value)
{
	if (!value.at)
		return;
	text_add_char(url, '&');
	text_add_cstr(url, name);
	text_add_char(url, '=');
	text_add(url, form_encode(url->arena, value));
}

/* The same request once more, to see whether our cookie comes with it. */
static struct text
try_url(struct call *call, const struct login_request *request)
{
	struct text url = text_begin(call->cx->arena, TRY_URL_MAX);

	text_add(&url, our_url(call, "/lti/login?ltigate_cookie_tried=1"));
	add(&url, "iss", request->issuer);
	add(&url, "client_id", request->client_id);
	add(&url, "login_hint", request->login_hint);
	add(&url, "lti_message_hint", request->message_hint);
	add(&url, "target_link_uri", request->target);
	add(&url, "lti_deployment_id", request->deployment_id);
	return url;
}

static enum fault
answer_page(struct call *call, const struct login *login)
{
	const struct initiate_outcome *outcome = &login->outcome;
	const struct json_t *settings;
	enum fault which =
	    directory_settings(call->gateway, call->cx, &settings);

	if (which)
		return which;
	struct span tool =
	    jread_text_or(jread_member(settings, "name"), SPAN(""));
	const struct login_page page = {
	    .request = &login->request,
	    .tool = tool.length ? tool : SPAN("the tool"),
	    .action = our_url(call, "/lti/login"),
	    .http_ancestors = call->http_ancestors,
	};
	const struct storage_frame frame = {
	    .target = login->request.storage_target,
	    .origin = outcome->storage_origin,
	    .key = outcome->storage_key,
	    .secret = outcome->browser_secret,
	};
	if (outcome->step == INITIATE_STORAGE)
		launch_page_store(
		    call->cx, &page, &frame, outcome->url, call->response);
	else
		launch_page_window(call->cx, &page, call->response);
	return FAULT_NONE;
}

static enum fault
answer_login(struct call *call, const struct login *login)
{
	const struct initiate_outcome *outcome = &login->outcome;
	struct text url;

	cookies_set(call->cx->arena, call->response, cookie_name(call->gateway),
	    outcome->browser_secret, LAUNCH_STATE_LIFE,
	    is_secure(call->gateway));
	switch (outcome->step) {
	case INITIATE_REDIRECT:
		redirect(call, 302, outcome->url);
		return FAULT_NONE;
	case INITIATE_TRY:
		url = try_url(call, &login->request);
		if (url.cut)
			return answer_page(call, login);
		redirect(call, 303, text_span(&url));
		return FAULT_NONE;
	case INITIATE_STORAGE:
	case INITIATE_WINDOW:
		break;
	}
	return answer_page(call, login);
}

bool
login_is_quick(struct call *call)
{
	struct login login = {.outcome = {.platform_id = SPAN("")}};
	const struct login_request *request = &login.request;

	return !form_read(call->cx, call->request->query, &call->query) &&
	       !read_login(call, &login) &&
	       !login_request_check(call->cx, request) &&
	       directory_knows(call->gateway, call->cx, request->issuer,
		   request->client_id);
}

enum fault
login_call(struct call *call)
{
	struct login login = {.outcome = {.platform_id = SPAN("")}};
	enum fault which = read_login(call, &login);

	if (!which) {
		read_browser(call, &login.browser);
		which = initiate_login(call->gateway, call->cx, &login.request,
		    &login.browser, &login.outcome);
	}
	if (!which)
		return answer_login(call, &login);
	const struct log_field fields[] = {
	    {"issuer", span_first(login.request.issuer, 300)},
	    {"clientId", span_first(login.request.client_id, 300)},
	    {0},
	};
	note_refusal(call, which, login.outcome.platform_id, fields);
	return which;
}

/* --- /lti/launch --------------------------------------------------------- */

static enum fault
read_launch(struct call *call, struct launching_args *args)
{
	const struct field fields[] = {
	    {"id_token", &args->id_token},
	    {"state", &args->state},
	    {"error", &args->error},
	    {"error_description", &args->error_description},
	    {"ltigate_browser", &args->browser},
	};
	struct form form;
	enum fault which = read_fields(call, &form);

	if (!which)
		which = find_fields(
		    call, &form, fields, sizeof fields / sizeof *fields);
	args->client = span_of(call->request->peer);
	return which;
}

static void
answer_storage(struct call *call, const struct launching_args *args,
    const struct launching_outcome *outcome)
{
	const struct posted_launch posted = {
	    .action = our_url(call, "/lti/launch"),
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
		redirect(call, 303, outcome->url);
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
	args->cookie_count = cookies_find(call->request,
	    cookie_name(call->gateway), args->cookies, LAUNCHING_COOKIES);
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
	note_refusal(call, which, outcome.platform_id, fields);
	return which;
}
