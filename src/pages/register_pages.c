/* register_pages.c - the pages of a registration
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "pages/register_pages.h"

#include "base/cx.h"
#include "pages/page.h"

/* What to do about it, for who has the LMS in front of them. A fault that
 * is not listed gets the last row. */
static const struct {
	enum fault fault;
	const char *title, *advice;
} explained[] = {
    {FAULT_REGISTRATION_OFF, "Registration is switched off",
	"Ask the provider of this tool whether it can be added to your LMS."},
    {FAULT_REGISTRATION_NOT_READY, "The tool is not ready yet",
	"Ask the provider of this tool to finish setting it up."},
    {FAULT_NO_CONFIGURATION_URL, "This address belongs into an LMS",
	"Copy the address of this page and paste it where your LMS asks for "
	"the tool's registration URL: in Moodle under Manage tools, in Canvas "
	"under Apps, in Brightspace under Register Tool, Dynamic."},
    {FAULT_TOKEN_ALREADY_USED, "This registration was already done",
	"Look at the list of tools in your LMS: the tool may be there. To "
	"register it again, begin again in the LMS."},
    {FAULT_LINK_REFUSED, "This registration link no longer works", ""},
    {FAULT_HOST_BLOCKED, "This LMS may not register the tool",
	"Ask the provider of this tool to allow your LMS."},
    {FAULT_CONFIGURATION_UNREACHABLE, "The LMS could not be reached",
	"The tool has to reach your LMS from the Internet, by https and with a "
	"certificate that others trust. If it can be reached so, begin again "
	"in "
	"the LMS; else ask the provider of the tool."},
    {FAULT_CONFIGURATION_MALFORMED, "The LMS's configuration cannot be used",
	"If the LMS asked you to sign in, do that first, then begin again "
	"there. Else send the reference below to the provider of the tool."},
    {FAULT_CONFIGURATION_INCOMPLETE, "The LMS's configuration cannot be used",
	"A newer version of the LMS may help. The provider of the tool can "
	"also add your LMS by hand; send the reference below."},
    {FAULT_ISSUER_REFUSED, "The LMS names itself otherwise than it is reached",
	"Send the reference below to the provider of the tool, who can allow "
	"the pair if both belong to you."},
    {FAULT_ENDPOINT_REFUSED, "The LMS's configuration cannot be used",
	"Send the reference below to the provider of the tool."},
    {FAULT_LMS_REFUSED, "The LMS refused the registration",
	"If the cause is in the LMS (an expired page, a tool that exists "
	"already, a missing permission), change it there and begin again; else "
	"send the reference below to the provider of the tool."},
    {FAULT_LMS_NO_ANSWER, "The LMS did not answer",
	"Look at the list of tools in your LMS. If the tool is there, delete "
	"it and begin again."},
    {FAULT_PLATFORM_TAKEN, "This LMS is registered already",
	"Send the reference below to the provider of the tool, who can see "
	"both registrations and decide."},
    {FAULT_TOO_MANY_REQUESTS, "Too many tries",
	"Wait a minute and begin again in the LMS."},
    {FAULT_SERVER_BUSY, "The gateway is busy",
	"Wait a moment and begin again in the LMS."},
    {FAULT_OUTBOUND_BUSY, "The gateway is busy",
	"Wait a moment and begin again in the LMS."},
    {FAULT_STORE_BUSY, "The gateway is busy",
	"Wait a moment and begin again in the LMS."},
    {FAULT_TICKET_REFUSED, "This page can no longer be used",
	"Begin again in the LMS."},
    {FAULT_NOT_ALLOWED, "Your role does not allow this",
	"Ask somebody who may add an LMS to your organisation."},
    {FAULT_NO_REGISTRATION, "This registration is over",
	"It was done already, was refused, or is older than an hour. Look at "
	"the list of tools in your LMS; if the tool is not there, begin "
	"again."},
    {FAULT_CLOSE_USED, "This page has done its work", ""},
    {FAULT_NO_ROUTE, "There is nothing here",
	"Check the address that was pasted into the LMS."},
    {FAULT_NONE, "The registration did not succeed",
	"Begin again in the LMS. If it happens again, send the reference "
	"below to the provider of the tool."},
};

static struct span
telling(struct cx *cx, enum fault why)
{
	if (cx->note.telling[0])
		return span_of(cx->note.telling);
	return arena_printf(cx->arena, "%s.", fault_text(why)->description);
}

void
register_page_failed(struct cx *cx, enum fault why, bool http_ancestors,
    struct response *response)
{
	size_t row = 0;

	while (explained[row].fault && explained[row].fault != why)
		row++;
	const struct page_field fields[] = {
	    {"title", span_of(explained[row].title)},
	    {"what", telling(cx, why)},
	    {"answer", cx->note.body_received},
	    {"advice", span_of(explained[row].advice)},
	    {0},
	};
	const struct page page = {.name = "failure.html",
	    .status = fault_text(why)->status,
	    .fields = fields,
	    .http_ancestors = http_ancestors};
	page_write(cx, &page, response);
}

void
register_page_done(struct cx *cx, const struct registered_page *facts,
    bool http_ancestors, struct response *response)
{
	const struct page_field fields[] = {
	    {"title", arena_printf(cx->arena, "%.*s is registered",
			  SPAN_ARGS(facts->tool))},
	    {"tool", facts->tool},
	    {"issuer", facts->issuer},
	    {"client", facts->client_id},
	    {"waits", facts->active ? SPAN("") : SPAN("1")},
	    {"updated", facts->updated ? SPAN("1") : SPAN("")},
	    {0},
	};
	const struct page page = {.name = "registered.html",
	    .status = 200,
	    .fields = fields,
	    .http_ancestors = http_ancestors};
	page_write(cx, &page, response);
}

void
register_page_closing(
    struct cx *cx, bool http_ancestors, struct response *response)
{
	static const struct page_field fields[] = {
	    {"title", {"Done", 4}},
	    {"what", {"You can close this window.", 26}},
	    {0},
	};
	const struct page page = {.name = "closing.html",
	    .status = 200,
	    .fields = fields,
	    .http_ancestors = http_ancestors};
	page_write(cx, &page, response);
}

void
register_page_sign_in_failed(
    struct cx *cx, enum fault why, struct span base, struct response *response)
{
	const struct page_field fields[] = {
	    {"title", SPAN("You are not signed in")},
	    {"what", telling(cx, why)},
	    {"answer", SPAN("")},
	    {"advice", arena_printf(cx->arena,
			   "Begin again at %.*s/portal, or in the LMS if you "
			   "came from there.",
			   SPAN_ARGS(base))},
	    {0},
	};
	const struct page page = {.name = "failure.html",
	    .status = fault_text(why)->status,
	    .fields = fields};
	page_write(cx, &page, response);
}

void
register_page_start(struct cx *cx, struct span tool, struct span base,
    struct response *response)
{
	const struct page_field fields[] = {
	    {"title", tool},
	    {"tool", tool},
	    {"base", base},
	    {0},
	};
	const struct page page = {.name = "start.html",
	    .status = 200,
	    .fields = fields,
	    .http_ancestors = false};
	page_write(cx, &page, response);
}
