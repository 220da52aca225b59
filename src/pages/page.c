/* page.c - what a person sees in the LMS's frame
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "pages/page.h"

#include <string.h>

#include "base/cx.h"
#include "base/embedded.h"
#include "base/text.h"
#include "crypto/random.h"
#include "http/response.h"

enum {
	PAGE_MAX = 200000,
};

static struct span
find_template(const char *name)
{
	for (const struct embedded *file = page_templates; file->name; file++)
		if (strcmp(file->name, name) == 0)
			return span_from(file->bytes, file->length);
	return SPAN("");
}

static struct span
find_field(const struct page_field *fields, struct span name)
{
	for (; fields && fields->name; fields++)
		if (span_is(name, fields->name))
			return fields->value;
	return SPAN("");
}

struct render {
	struct text out;
	const struct page_field *fields;
	/* How deep in sections, and since which depth one is not shown. */
	int depth, hidden;
};

static void
meet_hole(struct render *render, struct span hole)
{
	char kind = hole.length ? hole.at[0] : ' ';
	struct span name = span_from_offset(hole, 1);

	if (kind == '#' || kind == '^') {
		bool filled = find_field(render->fields, name).length > 0;
		render->depth++;
		if (!render->hidden && filled != (kind == '#'))
			render->hidden = render->depth;
		return;
	}
	if (kind == '/') {
		if (render->hidden == render->depth)
			render->hidden = 0;
		render->depth--;
		return;
	}
	if (!render->hidden)
		text_add_escaped(
		    &render->out, find_field(render->fields, hole));
}

struct span
page_render(struct cx *cx, const char *name, const struct page_field *fields)
{
	struct span rest = find_template(name);
	struct render render = {
	    .out = text_begin(cx->arena, PAGE_MAX), .fields = fields};

	while (rest.length) {
		const char *open = memmem(rest.at, rest.length, "{{", 2);
		size_t before = open ? (size_t)(open - rest.at) : rest.length;
		if (!render.hidden)
			text_add(&render.out, span_first(rest, before));
		rest = span_from_offset(rest, before);
		const char *close = memmem(rest.at, rest.length, "}}", 2);
		if (!close)
			break;
		size_t length = (size_t)(close - rest.at);
		meet_hole(&render, span_from(rest.at + 2, length - 2));
		rest = span_from_offset(rest, length + 2);
	}
	return text_span(&render.out);
}

/* The page runs our scripts and our style alone; it may show the tool's logo
 * and be framed by an LMS anywhere. A form leads to us and from there by a
 * redirect to the LMS or the tool, which browsers judge by this rule too. */
static struct span
security_policy(struct cx *cx, struct span nonce, const struct page *page)
{
	const char *http = page->http_ancestors ? " http:" : "";
	return arena_printf(cx->arena,
	    "default-src 'none'; script-src 'nonce-%.*s'; "
	    "style-src 'nonce-%.*s'; img-src https:%s data:; "
	    "form-action %s%s; base-uri 'none'; "
	    "frame-ancestors https:%s",
	    SPAN_ARGS(nonce), SPAN_ARGS(nonce), http,
	    page->forms ? "'self' https:" : "'none'", page->forms ? http : "",
	    http);
}

void
page_write(struct cx *cx, const struct page *page, struct response *response)
{
	struct page_field fields[24];
	struct span nonce = random_id(cx);
	size_t count = 0;

	for (; page->fields && page->fields[count].name && count < 20; count++)
		fields[count] = page->fields[count];
	fields[count++] = (struct page_field){"nonce", nonce};
	fields[count++] =
	    (struct page_field){"reference", span_of(cx->reference)};
	fields[count] = (struct page_field){0};
	struct span head = page_render(cx, "head.html", fields);
	struct span body = page_render(cx, page->name, fields);
	struct span foot = page_render(cx, "foot.html", fields);
	response->status = page->status;
	response->content_type = "text/html; charset=utf-8";
	response->body = arena_printf(cx->arena, "%.*s%.*s%.*s",
	    SPAN_ARGS(head), SPAN_ARGS(body), SPAN_ARGS(foot));
	response_header(response, "Content-Security-Policy",
	    security_policy(cx, nonce, page));
}
