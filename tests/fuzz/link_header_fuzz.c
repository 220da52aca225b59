/* link_header_fuzz.c - Link headers of an LMS
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "base/text.h"
#include "fuzz.h"
#include "lti/link_header.h"

/* A page stands in the header, between angle brackets, without blanks around
 * it, and its relation stands behind it. */
static void
check_page(struct span header, struct span page, const char *relation)
{
	size_t before = 0, length = strlen(relation);
	bool is_named = false;

	if (!page.at)
		return;
	must(page.length > 0);
	must(page.at > header.at &&
	     page.at + page.length < header.at + header.length);
	must(span_equal(span_trim(page), page));
	must(!memchr(page.at, '>', page.length));
	while (strchr(" \t", page.at[-1 - (long)before]))
		before++;
	must(page.at[-1 - (long)before] == '<');
	size_t end = (size_t)(page.at - header.at) + page.length;
	must(span_starts(span_trim(span_from_offset(header, end)), ">"));
	for (; end + length <= header.length; end++)
		is_named |= span_equal_nocase(
		    span_from(header.at + end, length), span_of(relation));
	must(is_named);
}

static void
must_be_same(struct span a, struct span b)
{
	must((a.at == NULL) == (b.at == NULL) && span_equal(a, b));
}

/* A link before the header is the first of its relation, and changes nothing
 * of the others. */
static void
check_more(struct cx *cx, struct span header, const struct link_pages *pages)
{
	struct text more = text_begin(cx->arena, header.length + 64);

	text_add(&more, SPAN("<https://lms/first>; rel=first, "));
	text_add(&more, header);
	struct link_pages after = link_header_read(text_span(&more));
	must(span_is(after.first, "https://lms/first"));
	must_be_same(after.next, pages->next);
	must_be_same(after.prev, pages->prev);
	must_be_same(after.last, pages->last);
	must_be_same(after.differences, pages->differences);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cx cx;
	struct span header = span_from(bytes, length);
	struct link_pages pages = link_header_read(header);

	cx_init(&cx, no_random);
	check_page(header, pages.next, "next");
	check_page(header, pages.prev, "prev");
	check_page(header, pages.first, "first");
	check_page(header, pages.last, "last");
	check_page(header, pages.differences, "differences");
	check_more(&cx, header, &pages);
	cx_release(&cx);
	return 0;
}
