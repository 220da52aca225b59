/* service_pages.c - lists of an LMS, page by page
 *
 * A page is never larger than the LMS makes it, and the LMS may go on for
 * ever: what bounds a call that asks for all are the number of pages, the
 * bytes, the time, and that no page is read twice.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/service_pages.h"

#include "base/clock.h"
#include "base/cx.h"
#include "base/text.h"
#include "lti/link_header.h"
#include "lti/service_url.h"
#include "lti/web_url.h"
#include "json/jwrite.h"

struct reading {
	struct gateway *gateway;
	struct cx *cx;
	const struct service_pages_args *args;
	struct service_request request;
	struct span *read; /* URLs */
	size_t bytes;
	struct service_pages pages;
};

/* Moodle writes the addresses of its line items' pages for HTML: "&amp;". */
static struct span
without_escapes(struct cx *cx, struct span link)
{
	struct span escaped = SPAN("&amp;");
	struct text plain = text_begin(cx->arena, link.length);

	for (size_t i = 0; i < link.length; i++) {
		struct span rest = span_from_offset(link, i);
		text_add_char(&plain, link.at[i]);
		if (span_starts(rest, escaped.at))
			i += escaped.length - 1;
	}
	return text_span(&plain);
}

/* Not of this list, or not to be made sense of: as if it were not there. */
static struct span
page_url(struct reading *reading, struct span link)
{
	struct cx *cx = reading->cx;

	if (!link.length)
		return SPAN("");
	struct span whole =
	    url_resolve(cx, reading->request.url, without_escapes(cx, link));
	return service_url_is_page(cx, whole, reading->args->named) ? whole
								    : SPAN("");
}

/* The filter of the page that was asked for holds for the next one, too. */
static struct span
filtered(struct reading *reading, struct span url)
{
	const char *filter = reading->args->filter;

	if (!url.length || !filter ||
	    web_url_parameter(web_url_query(url), filter).at)
		return url;
	struct span value =
	    web_url_parameter(web_url_query(reading->request.url), filter);
	return value.at ? web_url_add(reading->cx, url,
			      arena_printf(reading->cx->arena, "%s=%.*s",
				  filter, SPAN_ARGS(value)))
			: url;
}

static enum fault
read_page(struct reading *reading, bool *refused)
{
	struct fetch_answer answer;
	enum fault which = service_call(
	    reading->gateway, reading->cx, &reading->request, &answer);

	if (which)
		return which;
	which =
	    reading->args->read(reading->cx, answer.body, reading->args->arg);
	if (which) {
		fetch_note(reading->cx, reading->request.url, &answer);
		reading->cx->note.body_received = SPAN_NONE;
		return which;
	}
	const struct link_pages links = link_header_read(answer.link);
	reading->pages = (struct service_pages){
	    .next = filtered(reading, page_url(reading, links.next)),
	    .prev = page_url(reading, links.prev),
	    .first = page_url(reading, links.first),
	    .last = page_url(reading, links.last),
	    .differences = page_url(reading, links.differences),
	    .count = reading->pages.count + 1,
	};
	reading->bytes += answer.body.length;
	*refused = links.next.length && !reading->pages.next.length;
	return FAULT_NONE;
}

static bool
was_read(const struct reading *reading, struct span url)
{
	for (size_t i = 0; i < reading->pages.count; i++)
		if (span_equal(reading->read[i], url))
			return true;
	return false;
}

static bool
is_over(const struct reading *reading, int64_t begun_ms)
{
	return reading->pages.next.length == 0 ||
	       reading->pages.count == SERVICE_PAGES_MAX ||
	       reading->bytes >= SERVICE_PAGES_BYTES_MAX ||
	       clock_monotonic_ms() - begun_ms > SERVICE_PAGES_WAIT_MS;
}

static enum fault
read_all(struct reading *reading)
{
	int64_t begun_ms = clock_monotonic_ms();
	bool refused = false;

	do {
		reading->read[reading->pages.count] = reading->request.url;
		enum fault which = read_page(reading, &refused);
		if (which)
			return which;
		if (refused)
			return fault_tell(reading->cx,
			    FAULT_SERVICE_REPLY_MALFORMED,
			    "The LMS names a next page that is not of this "
			    "list, so it was not asked for");
		if (was_read(reading, reading->pages.next))
			return fault_tell(reading->cx,
			    FAULT_SERVICE_REPLY_MALFORMED,
			    "The LMS's pages go round in a circle");
		reading->request.url = reading->pages.next;
		reading->request.deadline_ms = fetch_deadline();
	} while (!is_over(reading, begun_ms));
	/* The others belong to the last page alone. */
	reading->pages = (struct service_pages){
	    .next = reading->pages.next, .count = reading->pages.count};
	return FAULT_NONE;
}

enum fault
service_pages_read(struct gateway *gateway, struct cx *cx,
    const struct service_pages_args *args, struct service_pages *out)
{
	struct reading reading = {
	    .gateway = gateway,
	    .cx = cx,
	    .args = args,
	    .request = args->request,
	};
	bool refused;

	if (args->all)
		reading.read = arena_list(
		    cx->arena, SERVICE_PAGES_MAX, sizeof *reading.read);
	enum fault which =
	    args->all ? read_all(&reading) : read_page(&reading, &refused);
	if (!which)
		*out = reading.pages;
	return which;
}

void
service_pages_write(struct json_t *answer, const struct service_pages *pages)
{
	jwrite_text_if(answer, "next", pages->next);
	jwrite_text_if(answer, "prev", pages->prev);
	jwrite_text_if(answer, "first", pages->first);
	jwrite_text_if(answer, "last", pages->last);
	jwrite_text_if(answer, "differences", pages->differences);
}
