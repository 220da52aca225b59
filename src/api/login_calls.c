/* login_calls.c - /lti/login
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/browser_call.h"
#include "api/routes.h"
#include "app/directory.h"
#include "app/initiate.h"
#include "base/cx.h"
#include "base/log.h"
#include "base/text.h"
#include "lti/launch_state.h"
#include "pages/launch_pages.h"
#include "json/jread.h"

enum {
	COOKIES_MAX = 16,
	/* The longest address that browsers and proxies surely take; what is
	 * longer gets the button at once. */
	TRY_URL_MAX = 6000,
};

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
	const struct browser_field fields[] = {
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
	enum fault which =
	    browser_call_fields(call, fields, sizeof fields / sizeof *fields);

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
	size_t count = browser_call_cookies(call, cookies, COOKIES_MAX);

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

	text_add(
	    &url, browser_call_url(call, "/lti/login?ltigate_cookie_tried=1"));
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
	    .action = browser_call_url(call, "/lti/login"),
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

	browser_call_set_cookie(call, outcome->browser_secret);
	switch (outcome->step) {
	case INITIATE_REDIRECT:
		browser_call_redirect(call, 302, outcome->url);
		return FAULT_NONE;
	case INITIATE_TRY:
		url = try_url(call, &login->request);
		if (url.cut)
			return answer_page(call, login);
		browser_call_redirect(call, 303, text_span(&url));
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
	/* Whose it is only the launch would tell. */
	const struct browser_refusal refusal = {
	    login.outcome.platform_id, SPAN_NONE, fields};
	browser_call_note_refusal(call, which, &refusal);
	return which;
}
