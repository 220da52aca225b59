/* link_header.c - the pages that an LMS's Link header names
 *
 *   <url>; rel="next"; title="a, b", <url>;rel=prev
 *
 * The header is read once from left to right. A quote that nothing closes is
 * a character like any other; each kind fails to close at most once a header,
 * for it is found by the next of its kind, so that time stays linear.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/link_header.h"

#include <string.h>

/* --- pieces -------------------------------------------------------------- */

static void
skip(struct span *rest, size_t count)
{
	*rest = span_from_offset(*rest, count);
}

static void
skip_blanks(struct span *rest)
{
	while (rest->length && (*rest->at == ' ' || *rest->at == '\t'))
		skip(rest, 1);
}

/* What stands before the first of these characters; they stay. */
static struct span
take_until(struct span *rest, const char *stops)
{
	size_t length = 0;

	while (length < rest->length &&
	       (rest->at[length] == '\0' || !strchr(stops, rest->at[length])))
		length++;
	struct span taken = span_first(*rest, length);
	skip(rest, length);
	return span_trim(taken);
}

/* Either curly quote ends what either began: some write the same twice. */
static const struct quote {
	const char *begin, *end, *other_end; /* begin NULL ends the table */
} quotes[] = {
    {"\"", "\"", "\""},
    {"'", "'", "'"},
    {"\xe2\x80\x9c", "\xe2\x80\x9d", "\xe2\x80\x9c"}, /* U+201C, U+201D */
    {"\xe2\x80\x9d", "\xe2\x80\x9d", "\xe2\x80\x9c"},
    {"\xe2\x80\x98", "\xe2\x80\x99", "\xe2\x80\x98"}, /* U+2018, U+2019 */
    {"\xe2\x80\x99", "\xe2\x80\x99", "\xe2\x80\x98"},
    {NULL, NULL, NULL},
};

static const struct quote *
find_quote(struct span rest)
{
	const struct quote *quote = quotes;

	while (quote->begin && !span_starts(rest, quote->begin))
		quote++;
	return quote->begin ? quote : NULL;
}

/* Backslashes escape between straight double quotes alone (RFC 9110, 5.6.4);
 * no relation has one, so that they stay in what is taken. */
static bool
take_quoted(struct span *rest, struct span *value)
{
	const struct quote *quote = find_quote(*rest);
	size_t size = quote ? strlen(quote->begin) : 0;
	bool escapes = size && *quote->begin == '"';

	for (size_t i = size; quote && i < rest->length; i++) {
		struct span here = span_from_offset(*rest, i);
		if (escapes && *here.at == '\\') {
			i++;
			continue;
		}
		if (!span_starts(here, quote->end) &&
		    !span_starts(here, quote->other_end))
			continue;
		*value = span_from(rest->at + size, i - size);
		skip(rest, i + size);
		return true;
	}
	return false;
}

/* --- a link -------------------------------------------------------------- */

/* A parameter with its value, up to the next ';' or ','. */
static void
take_parameter(struct span *rest, struct span *name, struct span *value)
{
	*value = SPAN("");
	*name = take_until(rest, "=;,");
	if (!rest->length || *rest->at != '=')
		return;
	skip(rest, 1);
	skip_blanks(rest);
	if (take_quoted(rest, value))
		(void)take_until(rest, ";,");
	else
		*value = take_until(rest, ";,");
}

/* The first rel alone counts (RFC 8288, 3.3). */
static struct span
take_relations(struct span *rest)
{
	struct span found = SPAN_NONE, name, value;

	(void)take_until(rest, ";,");
	while (rest->length && *rest->at == ';') {
		skip(rest, 1);
		take_parameter(rest, &name, &value);
		if (!found.at && span_equal_nocase(name, SPAN("rel")))
			found = value;
	}
	return found;
}

static void
keep(struct link_pages *pages, struct span relation, struct span url)
{
	const struct {
		struct span name;
		struct span *page;
	} known[] = {
	    {SPAN("next"), &pages->next},
	    {SPAN("prev"), &pages->prev},
	    {SPAN("first"), &pages->first},
	    {SPAN("last"), &pages->last},
	    {SPAN("differences"), &pages->differences},
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!known[i].page->at &&
		    span_equal_nocase(relation, known[i].name))
			*known[i].page = url;
}

/* The URL ends at '>' and nowhere before: it may hold ',' and ';'. */
static void
take_link(struct span *rest, struct link_pages *pages)
{
	skip(rest, 1);
	struct span url = take_until(rest, ">");
	if (!rest->length)
		return;
	skip(rest, 1);
	struct span relations = take_relations(rest), relation;
	/* The empty reference is the page itself: a loop. */
	while (url.length && span_next(&relations, ' ', &relation))
		keep(pages, span_trim(relation), url);
}

struct link_pages
link_header_read(struct span value)
{
	struct link_pages pages = {0};

	while (value.length) {
		skip_blanks(&value);
		if (value.length && *value.at == '<')
			take_link(&value, &pages);
		(void)take_until(&value, ",");
		skip(&value, 1);
	}
	return pages;
}
