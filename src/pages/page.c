/* page.c - what a person sees in the LMS's frame
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "pages/page.h"

#include <stdio.h>
#include <string.h>

#include "base/cx.h"
#include "base/embedded.h"
#include "base/text.h"
#include "crypto/random.h"
#include "http/response.h"

enum { PAGE_MAX = 500000, PAGE_NAME_MAX = 40 };

static struct span
find_template(const char *name)
{
	for (const struct embedded *file = page_templates; file->name; file++)
		if (strcmp(file->name, name) == 0)
			return span_from(file->bytes, file->length);
	return SPAN("");
}

/* Where a hole's name is looked up: a row first, then what is around it. */
struct scope {
	const struct page_field *fields;
	const struct scope *around;
	const struct page_rows *lists;
};

static struct span
find_field(const struct scope *scope, struct span name)
{

	for (; scope; scope = scope->around)
		for (const struct page_field *field = scope->fields;
		     field && field->name; field++)
			if (span_is(name, field->name))
				return field->value;
	return SPAN("");
}

static void render(
    struct text *out, struct span part, const struct scope *scope);

static void
render_rows(struct text *out, struct span name, struct span inner,
    const struct scope *scope)
{
	for (const struct page_rows *rows = scope->lists; rows && rows->name;
	     rows++)
		for (size_t i = 0; span_is(name, rows->name) && i < rows->count;
		     i++) {
			const struct scope row = {
			    rows->at[i], scope, scope->lists};
			render(out, inner, &row);
		}
}

/* Takes a section off the front of rest, which stands behind its opening. */
static struct span
take_section(struct span *rest, struct span name)
{
	char close[PAGE_NAME_MAX + 8];
	int length =
	    snprintf(close, sizeof close, "{{/%.*s}}", SPAN_ARGS(name));
	const char *at = memmem(rest->at, rest->length, close, (size_t)length);
	size_t inside = at ? (size_t)(at - rest->at) : rest->length;
	struct span inner = span_first(*rest, inside);

	*rest = span_from_offset(*rest, inside + (at ? (size_t)length : 0));
	return inner;
}

static void
render(struct text *out, struct span part, const struct scope *scope)
{
	struct span rest = part;

	while (rest.length) {
		const char *open = memmem(rest.at, rest.length, "{{", 2);
		size_t before = open ? (size_t)(open - rest.at) : rest.length;
		text_add(out, span_first(rest, before));
		rest = span_from_offset(rest, before);
		const char *close = memmem(rest.at, rest.length, "}}", 2);
		if (!close)
			return;
		size_t length = (size_t)(close - rest.at);
		struct span hole = span_from(rest.at + 2, length - 2);
		rest = span_from_offset(rest, length + 2);
		char kind = hole.length ? hole.at[0] : ' ';
		if (kind != '#' && kind != '^' && kind != '*') {
			text_add_escaped(out, find_field(scope, hole));
			continue;
		}
		struct span name =
		    span_first(span_from_offset(hole, 1), PAGE_NAME_MAX);
		struct span inner = take_section(&rest, name);
		if (kind == '*')
			render_rows(out, name, inner, scope);
		else if ((find_field(scope, name).length > 0) == (kind == '#'))
			render(out, inner, scope);
	}
}

struct span
page_render(struct cx *cx, const char *name, const struct page_field *fields,
    const struct page_rows *lists)
{
	struct text out = text_begin(cx->arena, PAGE_MAX);
	const struct scope scope = {fields, NULL, lists};

	render(&out, find_template(name), &scope);
	return text_span(&out);
}

/* The page runs our scripts and our style alone, which may ask us; it may show
 * the tool's logo and be framed by an LMS anywhere, unless it has a window of
 * its own. A form leads to us and from there by a redirect to the LMS or the
 * tool, which browsers judge by this rule too. */
static struct span
security_policy(struct cx *cx, struct span nonce, const struct page *page)
{
	const char *http = page->http_ancestors ? " http:" : "";
	return arena_printf(cx->arena,
	    "default-src 'none'; script-src 'nonce-%.*s'; "
	    "style-src 'nonce-%.*s'; img-src https:%s data:; %s"
	    "form-action %s%s; base-uri 'none'; "
	    "frame-ancestors %s%s",
	    SPAN_ARGS(nonce), SPAN_ARGS(nonce), http,
	    page->asks ? "connect-src 'self'; " : "",
	    page->forms == PAGE_FORM_LEADS_ON ? "'self' https:"
	    : page->forms == PAGE_FORM_TO_US  ? "'self'"
					      : "'none'",
	    page->forms == PAGE_FORM_LEADS_ON ? http : "",
	    page->own_window ? "'none'" : "https:",
	    page->own_window ? "" : http);
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
	struct span head = page_render(cx, "head.html", fields, page->lists);
	struct span body = page_render(cx, page->name, fields, page->lists);
	struct span foot = page_render(cx, "foot.html", fields, page->lists);
	response->status = page->status;
	response->content_type = "text/html; charset=utf-8";
	response->body = arena_printf(cx->arena, "%.*s%.*s%.*s",
	    SPAN_ARGS(head), SPAN_ARGS(body), SPAN_ARGS(foot));
	response_header(response, "Content-Security-Policy",
	    security_policy(cx, nonce, page));
}
