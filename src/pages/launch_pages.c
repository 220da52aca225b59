/* launch_pages.c - the pages of a launch
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "pages/launch_pages.h"

#include "base/cx.h"
#include "base/percent.h"
#include "http/response.h"
#include "lti/login_request.h"
#include "lti/web_url.h"
#include "pages/page.h"

/* --- binding ------------------------------------------------------------- */

enum { LOGIN_FIELDS = 8 };

/* What a form on our page sends again; absent ones stay absent. */
static size_t
login_fields(const struct login_page *page, struct page_field *fields)
{
	const struct login_request *request = page->request;
	const struct page_field all[] = {
	    {"tool", page->tool},
	    {"action", page->action},
	    {"issuer", request->issuer},
	    {"client", request->client_id},
	    {"hint", request->login_hint},
	    {"message_hint", request->message_hint},
	    {"link", request->target},
	    {"deployment", request->deployment_id},
	};

	for (size_t i = 0; i < LOGIN_FIELDS; i++)
		fields[i] = all[i];
	return LOGIN_FIELDS;
}

void
launch_page_store(struct cx *cx, const struct login_page *page,
    const struct storage_frame *frame, struct span url,
    struct response *response)
{
	struct page_field fields[LOGIN_FIELDS + 7];
	size_t count = login_fields(page, fields);
	const struct page own = {.name = "login_storage.html",
	    .status = 200,
	    .fields = fields,
	    .http_ancestors = page->http_ancestors,
	    .forms = PAGE_FORM_LEADS_ON};

	fields[count++] = (struct page_field){"title", page->tool};
	fields[count++] = (struct page_field){"target", frame->target};
	fields[count++] = (struct page_field){"origin", frame->origin};
	fields[count++] = (struct page_field){"key", frame->key};
	fields[count++] = (struct page_field){"secret", frame->secret};
	fields[count++] = (struct page_field){"url", url};
	fields[count] = (struct page_field){0};
	page_write(cx, &own, response);
}

void
launch_page_window(
    struct cx *cx, const struct login_page *page, struct response *response)
{
	struct page_field fields[LOGIN_FIELDS + 2];
	size_t count = login_fields(page, fields);
	const struct page own = {.name = "login_window.html",
	    .status = 200,
	    .fields = fields,
	    .http_ancestors = page->http_ancestors,
	    .forms = PAGE_FORM_LEADS_ON};

	fields[count++] = (struct page_field){"title", page->tool};
	fields[count] = (struct page_field){0};
	page_write(cx, &own, response);
}

void
launch_page_fetch(struct cx *cx, const struct posted_launch *posted,
    const struct storage_frame *frame, struct response *response)
{
	const struct page_field fields[] = {
	    {"title", SPAN("Opening")},
	    {"action", posted->action},
	    {"id_token", posted->id_token},
	    {"state", posted->state},
	    {"target", frame->target},
	    {"origin", frame->origin},
	    {"key", frame->key},
	    {0},
	};
	const struct page page = {.name = "launch_storage.html",
	    .status = 200,
	    .fields = fields,
	    .http_ancestors = posted->http_ancestors,
	    .forms = PAGE_FORM_LEADS_ON};
	/* No Origin comes from a page that hides where people come from. */
	response_header(response, "Referrer-Policy", SPAN("same-origin"));
	page_write(cx, &page, response);
}

void
launch_page_shown(
    struct cx *cx, const struct shown_launch *shown, struct response *response)
{
	const struct page_field fields[] = {
	    {"title", SPAN("The launch arrived")},
	    {"platform", shown->platform},
	    {"message", shown->message},
	    {"person", shown->person},
	    {"context", shown->context},
	    {"link", shown->link},
	    {0},
	};
	const struct page page = {.name = "launch_shown.html",
	    .status = 200,
	    .fields = fields,
	    .http_ancestors = shown->http_ancestors};
	page_write(cx, &page, response);
}

/* --- a launch that failed ------------------------------------------------ */

#define AGAIN "Go back to the LMS and open the tool again from there. "
#define PROVIDER                                                               \
	"If it happens again, send the reference below to the provider of "    \
	"the tool."

/* What to do about it, for who clicked a link in the LMS. A fault that is not
 * listed gets the last row. */
static const struct {
	enum fault fault;
	const char *title, *advice;
} explained[] = {
    {FAULT_PLATFORM_INACTIVE, "Registered, waiting for approval",
	"The provider of the tool has not switched it on yet. Ask them to, "
	"with the reference below; then open the tool again."},
    {FAULT_PLATFORM_UNKNOWN, "The tool does not know this LMS",
	"The administrator of your LMS has to register the tool (again), or "
	"the registration was removed. Send them the reference below."},
    {FAULT_CLIENT_ID_NEEDED, "The LMS does not say who it is",
	"The administrator of your LMS has to set the client id in the "
	"tool's configuration there."},
    {FAULT_LOGIN_INCOMPLETE, "This address is opened by an LMS",
	"There is nothing to open here by hand. " AGAIN},
    {FAULT_LAUNCH_INCOMPLETE, "This address is opened by an LMS",
	"There is nothing to open here by hand. " AGAIN},
    {FAULT_METHOD_REFUSED, "This address is opened by an LMS",
	"A page of a launch cannot be loaded again or bookmarked. " AGAIN},
    {FAULT_LOGIN_REFUSED_BY_LMS, "The LMS did not sign you in",
	"Your session in the LMS may have ended. Sign in there again, then "
	"open the tool again. " PROVIDER},
    {FAULT_STATE_REFUSED, "This launch did not begin here", AGAIN PROVIDER},
    {FAULT_STATE_EXPIRED, "That took too long",
	"A launch has to be finished within ten minutes. " AGAIN},
    {FAULT_TOKEN_EXPIRED, "This launch has expired",
	AGAIN "If it fails at once each time, the clock of the LMS may be "
	      "wrong: send the reference below to its administrator."},
    {FAULT_TOKEN_FROM_FUTURE, "Two clocks differ",
	"The clock of the LMS or of this tool is wrong. Send the reference "
	"below to the administrator of your LMS."},
    {FAULT_BROWSER_NOT_BOUND, "Your browser keeps no cookies for this tool",
	"Open the tool in a new window, if your LMS offers that, or allow "
	"cookies for this site in the browser's settings; then open the tool "
	"again. A link to the tool that somebody sent you does not work: open "
	"it in the LMS yourself."},
    {FAULT_LAUNCH_REPLAYED, "This launch was used before",
	"The page may have been loaded again, or gone back to. " AGAIN},
    {FAULT_KEY_SET_UNREACHABLE, "The LMS could not be asked",
	"To check who you are, the tool needs the LMS's keys, and could not "
	"get them. Try again in a minute. " PROVIDER},
    {FAULT_KEY_UNKNOWN, "The LMS signed with a key that is not known",
	"If the LMS has just changed its key, try again in a "
	"minute. " PROVIDER},
    {FAULT_DEPLOYMENT_REFUSED, "The tool is not allowed in this place",
	"The provider of the tool has to allow this deployment. Send them the "
	"reference below."},
    {FAULT_CONTENT_GONE, "This content is no longer there",
	"Ask your teacher, or who looks after the tool: the link in the "
	"course leads to something that was removed. A teacher can delete the "
	"link and select other content."},
    {FAULT_PICKER_EXPIRED, "This page is too old",
	"A selection has to be finished within an hour. " AGAIN},
    {FAULT_PICKER_ROLE_REFUSED, "Content is selected by teachers",
	"The LMS says that you are not a teacher, an administrator or a "
	"content developer in this course. If you are, ask the administrator "
	"of your LMS which roles it sends."},
    {FAULT_PICKER_WITHOUT_OWNER, "The tool does not know your organisation yet",
	"The provider of the tool has to say to which organisation this LMS "
	"belongs: in the portal, under Integrations. Send them the reference "
	"below; then open this page again."},
    {FAULT_PICKER_TYPES_REFUSED, "Nothing of the tool fits here",
	"Select content in another place of the LMS: where it takes links or "
	"external tools. " PROVIDER},
    {FAULT_MESSAGE_NOT_OFFERED, "The tool does not offer this", ""},
    {FAULT_TOO_MANY_REQUESTS, "Too many tries", "Wait a minute. " AGAIN},
    {FAULT_SERVER_BUSY, "The gateway is busy", "Wait a moment. " AGAIN},
    {FAULT_OUTBOUND_BUSY, "The gateway is busy", "Wait a moment. " AGAIN},
    {FAULT_STORE_BUSY, "The gateway is busy", "Wait a moment. " AGAIN},
    {FAULT_NONE, "The tool could not be opened", AGAIN PROVIDER},
};

static struct span
telling(struct cx *cx, enum fault why)
{
	const char *what = fault_text(why)->description;

	if (cx->note.telling[0])
		return arena_printf(cx->arena, "%s%s", cx->note.telling,
		    span_ends(span_of(cx->note.telling), ".") ? "" : ".");
	/* The description is for who writes programs. */
	if (why == FAULT_METHOD_REFUSED)
		what = "It takes what an LMS sends, and nothing was sent";
	return arena_printf(cx->arena, "%s.", what);
}

/* LTI Core 1.3, 5.4.4: what the LMS may show and log. */
static struct span
way_back(struct cx *cx, enum fault why, struct span what)
{
	if (!cx->note.way_back.length)
		return SPAN("");
	struct span log = arena_printf(cx->arena, "%s, reference %s",
	    fault_text(why)->message, cx->reference);
	/* Moodle shows the message and drops the log. */
	what = arena_printf(
	    cx->arena, "%.*s (reference %s)", SPAN_ARGS(what), cx->reference);
	return web_url_add(cx, cx->note.way_back,
	    arena_printf(cx->arena, "lti_errormsg=%.*s&lti_errorlog=%.*s",
		SPAN_ARGS(percent_encode(cx->arena, what)),
		SPAN_ARGS(percent_encode(cx->arena, log))));
}

void
launch_page_failed(struct cx *cx, enum fault why, bool http_ancestors,
    struct response *response)
{
	size_t row = 0;
	struct span what = telling(cx, why);

	while (explained[row].fault && explained[row].fault != why)
		row++;
	const struct page_field fields[] = {
	    {"title", span_of(explained[row].title)},
	    {"what", what},
	    {"advice", span_of(explained[row].advice)},
	    {"back", way_back(cx, why, what)},
	    {"framed", cx->note.back_in_frame ? SPAN("1") : SPAN("")},
	    {0},
	};
	const struct page page = {.name = "launch_failure.html",
	    .status = fault_text(why)->status,
	    .fields = fields,
	    .http_ancestors = http_ancestors};
	page_write(cx, &page, response);
}
