/* page_fuzz.c - foreign text cannot get out of where it stands in a page
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "base/embedded.h"
#include "fuzz.h"
#include "http/response.h"
#include "pages/page.h"
#include "pages/register_pages.h"

static const char *const names[] = {"title", "what", "answer", "advice", "tool",
    "issuer", "client", "waits", "updated", "base", "reference", "nonce"};

enum { FIELDS = sizeof names / sizeof *names };

static size_t
count(struct span text, char c)
{
	size_t found = 0;

	for (size_t i = 0; i < text.length; i++)
		found += text.at[i] == c;
	return found;
}

/* The page has as much markup as with fields that hold one letter. */
static void
check(struct cx *cx, const char *template, const struct page_field *fields,
    const struct page_field *plain)
{
	struct span page = page_render(cx, template, fields, NULL);
	struct span other = page_render(cx, template, plain, NULL);

	for (const char *c = "<>\"'"; *c; c++)
		if (count(page, *c) != count(other, *c))
			abort();
	if (memchr(page.at, '\0', page.length))
		abort();
}

static void
check_failed(struct cx *cx, struct span text)
{
	struct response page = {0}, other = {0};

	fault_tell(cx, FAULT_LMS_REFUSED, "%.*s", SPAN_ARGS(text));
	bool told = cx->note.telling[0];
	cx->note.body_received = text;
	register_page_failed(cx, FAULT_LMS_REFUSED, false, &page);
	fault_tell(cx, FAULT_LMS_REFUSED, "%s", told ? "x" : "");
	cx->note.body_received = text.length ? SPAN("x") : SPAN("");
	register_page_failed(cx, FAULT_LMS_REFUSED, false, &other);
	for (const char *c = "<>\""; *c; c++)
		if (count(page.body, *c) != count(other.body, *c))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cx cx;
	struct span rest = span_from(bytes, length), part;
	struct page_field fields[FIELDS + 1] = {0}, plain[FIELDS + 1] = {0};

	if (length > 8000)
		return 0; /* a page is cut at its maximum */
	cx_init(&cx, no_random);
	for (size_t i = 0; i < FIELDS; i++) {
		if (!span_next(&rest, '\n', &part))
			part = SPAN("");
		fields[i] = (struct page_field){names[i], part};
		plain[i] = (struct page_field){
		    names[i], part.length ? SPAN("x") : SPAN("")};
	}
	for (const struct embedded *file = page_templates; file->name; file++)
		check(&cx, file->name, fields, plain);
	check_failed(&cx, span_from(bytes, length));
	cx_release(&cx);
	return 0;
}
