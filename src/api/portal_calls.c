/* portal_calls.c - the files of the administrator's portal
 *
 * portal/build.js makes them: index.<hash>.html, app.<hash>.js,
 * app.<hash>.css, and each of them compressed, with .gz behind its name. Since
 * the hash is that of the bytes, the name is the entity tag.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "api/routes.h"
#include "base/cx.h"
#include "base/embedded.h"
#include "http/response.h"

/* What the portal runs is its own; it may show the logo of the tool, which is
 * anywhere. It is never framed: who clicks in it must see what. */
static const char policy[] = "default-src 'none'; script-src 'self'; "
			     "style-src 'self'; img-src https: data:; "
			     "connect-src 'self'; form-action 'self'; "
			     "base-uri 'none'; frame-ancestors 'none'";

static const struct embedded *
find(struct span name)
{
	for (const struct embedded *file = portal_assets; file->name; file++)
		if (span_is(name, file->name))
			return file;
	return NULL;
}

static const struct embedded *
find_page(void)
{
	for (const struct embedded *file = portal_assets; file->name; file++)
		if (span_starts(span_of(file->name), "index.") &&
		    span_ends(span_of(file->name), ".html"))
			return file;
	return NULL;
}

/* "gzip", with any weight but 0 (RFC 9110, 12.5.3). */
static bool
takes_gzip(const struct request *request)
{
	struct span rest = request_header(request, "Accept-Encoding"), one;

	while (span_next(&rest, ',', &one)) {
		struct span weight = one, coding;
		if (!span_next(&weight, ';', &coding) ||
		    !span_equal_nocase(span_trim(coding), SPAN("gzip")))
			continue;
		weight = span_trim(weight);
		while (span_ends(weight, "0") || span_ends(weight, "."))
			weight.length--;
		return !span_is(weight, "q=");
	}
	return false;
}

static bool
has_it(const struct request *request, struct span tag)
{
	struct span known = request_header(request, "If-None-Match");

	return known.length &&
	       memmem(known.at, known.length, tag.at, tag.length);
}

static void
answer_file(struct call *call, const struct embedded *file, const char *type)
{
	struct response *response = call->response;
	const struct embedded *small =
	    find(arena_printf(call->cx->arena, "%s.gz", file->name));

	response_header(response, "Vary", SPAN("Accept-Encoding"));
	if (small && takes_gzip(call->request)) {
		file = small;
		response_header(response, "Content-Encoding", SPAN("gzip"));
	}
	struct span tag = arena_printf(call->cx->arena, "\"%s\"", file->name);
	response_header(response, "ETag", tag);
	response_header(response, "X-Frame-Options", SPAN("DENY"));
	response_header(
	    response, "Cross-Origin-Resource-Policy", SPAN("same-origin"));
	response->status = 304;
	if (has_it(call->request, tag))
		return;
	response->status = 200;
	response->content_type = type;
	response->body = span_from(file->bytes, file->length);
}

enum fault
portal_page_call(struct call *call)
{
	const struct embedded *page = find_page();

	if (!page)
		return fault(call->cx, FAULT_NO_ROUTE, "built without portal");
	/* What the page loads is named relative to /portal. */
	if (span_ends(call->request->path, "/")) {
		call->response->status = 302;
		response_header(call->response, "Location", SPAN("../portal"));
		return FAULT_NONE;
	}
	response_header(
	    call->response, "Content-Security-Policy", span_of(policy));
	response_header(call->response, "Cache-Control", SPAN("no-cache"));
	response_header(
	    call->response, "Cross-Origin-Opener-Policy", SPAN("same-origin"));
	answer_file(call, page, "text/html; charset=utf-8");
	return FAULT_NONE;
}

enum fault
portal_asset_call(struct call *call)
{
	struct span name = call_parameter(call, 0);
	bool script = span_ends(name, ".js");
	const struct embedded *file =
	    script || span_ends(name, ".css") ? find(name) : NULL;

	if (!file)
		return fault(call->cx, FAULT_NO_ROUTE, "no file %.*s",
		    SPAN_ARGS(span_first(name, 60)));
	response_header(call->response, "Cache-Control",
	    SPAN("public, max-age=31536000, immutable"));
	answer_file(call, file,
	    script ? "text/javascript; charset=utf-8"
		   : "text/css; charset=utf-8");
	return FAULT_NONE;
}
