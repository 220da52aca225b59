/* link_header_test.c - the pages that an LMS's Link header names
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "lti/link_header.h"
#include "vectors.h"

#define N "<https://lms/n>"
#define CURLY(text) "\xe2\x80\x9c" text "\xe2\x80\x9d"

/* A page that is not named is NULL. */
static const struct {
	const char *name, *header;
	const char *next, *prev, *first, *last, *differences;
} rows[] = {
    {"nothing", "", 0, 0, 0, 0, 0},
    {"blanks", " \t, ,", 0, 0, 0, 0, 0},
    {"R21 quoted", N "; rel=\"next\"", "https://lms/n", 0, 0, 0, 0},
    {"R21 unquoted", N ";rel=next", "https://lms/n", 0, 0, 0, 0},
    {"R21 apostrophes", N "; rel='next'", "https://lms/n", 0, 0, 0, 0},
    {"R21 Moodle, curly quotes", N "; rel=" CURLY("next"), "https://lms/n", 0,
	0, 0, 0},
    {"R21 curly, the same twice",
	N "; rel=\xe2\x80\x9d"
	  "next\xe2\x80\x9d",
	"https://lms/n", 0, 0, 0, 0},
    {"R21 curly, begun twice",
	N "; rel=\xe2\x80\x9c"
	  "next\xe2\x80\x9c",
	"https://lms/n", 0, 0, 0, 0},
    {"R21 curly, the wrong way",
	N "; rel=\xe2\x80\x9d"
	  "next\xe2\x80\x9c",
	"https://lms/n", 0, 0, 0, 0},
    {"R21 single curly",
	N "; rel=\xe2\x80\x98"
	  "next\xe2\x80\x99",
	"https://lms/n", 0, 0, 0, 0},
    {"R21 single curly, the wrong way",
	N "; rel=\xe2\x80\x99"
	  "next\xe2\x80\x98",
	"https://lms/n", 0, 0, 0, 0},
    {"R21 Moodle, all of its links",
	"<https://lms/l?limit=2&from=0>; rel=" CURLY(
	    "first") ","
		     "<https://lms/l?limit=2&from=2>; rel=" CURLY(
			 "prev") ","
				 "<https://lms/l?limit=2&from=4>; rel=" CURLY(
				     "canonical") ","
						  "<https://lms/"
						  "l?limit=2&from=6>; "
						  "rel=" CURLY(
						      "next") ","
							      "<https://lms/"
							      "l?limit=2&from="
							      "8>; rel=" CURLY(
								  "last"),
	"https://lms/l?limit=2&from=6", "https://lms/l?limit=2&from=2",
	"https://lms/l?limit=2&from=0", "https://lms/l?limit=2&from=8", 0},
    {"R21 Canvas",
	"<https://lms/a?page=1>; rel=\"current\",<https://lms/a?page=2>; "
	"rel=\"next\",<https://lms/a?page=1>; rel=\"first\","
	"<https://lms/a?page=9>; rel=\"last\"",
	"https://lms/a?page=2", 0, "https://lms/a?page=1",
	"https://lms/a?page=9", 0},
    {"NR4 differences", "<https://lms/d>; rel=\"differences\"", 0, 0, 0, 0,
	"https://lms/d"},
    {"R21 a list of relations", N "; rel=\"next last\"", "https://lms/n", 0, 0,
	"https://lms/n", 0},
    {"R21 a list with many blanks", N "; rel=\"  next \t last \"",
	"https://lms/n", 0, 0, "https://lms/n", 0},
    {"R21 a list with tabs", N "; rel=\"\tnext \tlast\t\"", "https://lms/n", 0,
	0, "https://lms/n", 0},
    {"R21 a list without quotes", N "; rel=next last", "https://lms/n", 0, 0,
	"https://lms/n", 0},
    {"R21 capitals", N "; REL=\"NEXT\"", "https://lms/n", 0, 0, 0, 0},
    {"R21 relative", "</a?page=2>; rel=next, <?page=1>; rel=prev", "/a?page=2",
	"?page=1", 0, 0, 0},
    {"R21 commas and semicolons in the URL",
	"<https://lms/a,b;c?d=e;rel=prev,f>; rel=next",
	"https://lms/a,b;c?d=e;rel=prev,f", 0, 0, 0, 0},
    {"R21 blanks around everything",
	" \t<\t https://lms/n > \t; rel \t=\t \"next\" ; a , " N
	" ; rel = last",
	"https://lms/n", 0, 0, "https://lms/n", 0},
    {"R21 no blanks at all", N ";rel=\"next\"," N ";rel=\"last\"",
	"https://lms/n", 0, 0, "https://lms/n", 0},
    {"other parameters before", N "; title=\"a\"; rel=next", "https://lms/n", 0,
	0, 0, 0},
    {"other parameters behind", N "; rel=next; title=a", "https://lms/n", 0, 0,
	0, 0},
    {"a title with separators",
	N "; title=\"a, <https://evil>; rel=prev; b\"; rel=next",
	"https://lms/n", 0, 0, 0, 0},
    {"a title with an escaped quote",
	N "; title=\"a\\\"; rel=prev; b=\\\\\"; rel=next", "https://lms/n", 0,
	0, 0, 0},
    {"a backslash escapes between double quotes alone",
	N "; title='a; rel=prev; b\\'; rel=next", "https://lms/n", 0, 0, 0, 0},
    {"a curly title with separators",
	N "; title=" CURLY("a, b; rel=prev") "; rel=next", "https://lms/n", 0,
	0, 0, 0},
    {"a parameter without a value", N "; rel; rel=next", 0, 0, 0, 0, 0},
    {"another parameter without a value", N "; x; rel=next", "https://lms/n", 0,
	0, 0, 0},
    {"an empty parameter", N ";; ;rel=next", "https://lms/n", 0, 0, 0, 0},
    {"an empty value", N "; title=; rel=next", "https://lms/n", 0, 0, 0, 0},
    {"an empty relation", N "; rel=\"\"", 0, 0, 0, 0, 0},
    {"the first rel of a link wins", N "; rel=prev; rel=next", 0,
	"https://lms/n", 0, 0, 0},
    {"the first link of a relation wins",
	N "; rel=next, <b>; rel=\"next prev\"", "https://lms/n", "b", 0, 0, 0},
    {"another parameter's name", N "; rels=next; re=next; xrel=next", 0, 0, 0,
	0, 0},
    {"a longer relation", N "; rel=nextpage", 0, 0, 0, 0, 0},
    {"no relation", N ", <b>;rel=next", "b", 0, 0, 0, 0},
    {"an empty URL is a loop", "<>; rel=next, < >; rel=next," N ";rel=next",
	"https://lms/n", 0, 0, 0, 0},
    {"malformed: no brackets", "https://lms/a; rel=next, " N "; rel=next",
	"https://lms/n", 0, 0, 0, 0},
    {"malformed: brackets where a parameter belongs",
	"x; <https://evil>; rel=prev, " N "; rel=next", "https://lms/n", 0, 0,
	0, 0},
    {"malformed: the bracket does not end", "<https://lms/a; rel=next", 0, 0, 0,
	0, 0},
    {"malformed: the bracket ends late",
	"<https://lms/a; rel=prev, " N "; rel=next",
	"https://lms/a; rel=prev, <https://lms/n", 0, 0, 0, 0},
    {"malformed: no semicolon", N " rel=next, <b>; rel=next", "b", 0, 0, 0, 0},
    {"malformed: something before a semicolon", N " x; rel=next",
	"https://lms/n", 0, 0, 0, 0},
    {"malformed: something behind a quote", N "; rel=\"next\"x; y",
	"https://lms/n", 0, 0, 0, 0},
    {"malformed: the quote does not end", N "; title=\"a; rel=next",
	"https://lms/n", 0, 0, 0, 0},
    {"malformed: the relation's quote does not end", N "; rel=\"next", 0, 0, 0,
	0, 0},
    {"malformed: an escape at the end", N "; rel=next; title=\"a\\",
	"https://lms/n", 0, 0, 0, 0},
    {"malformed: quotes that do not fit", N "; rel='next\"; rel=last", 0, 0, 0,
	0, 0},
    {"malformed: half a curly quote", N "; rel=\xe2\x80next", 0, 0, 0, 0, 0},
    {"malformed: value without a name", N "; =next; rel=next", "https://lms/n",
	0, 0, 0, 0},
    {"nothing but a bracket", "<", 0, 0, 0, 0, 0},
    {"nothing but brackets", "<>", 0, 0, 0, 0, 0},
    {"an end after =", N "; rel=", 0, 0, 0, 0, 0},
};

static void
expect(const char *row, const char *relation, struct span got,
    const char *expected)
{
	if (!expected && got.at)
		fail_msg("%s: %s is \"%.*s\"", row, relation, SPAN_ARGS(got));
	if (expected && !span_is(got, expected))
		fail_msg("%s: %s is \"%.*s\", not \"%s\"", row, relation,
		    SPAN_ARGS(got), expected);
}

static void
reads(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct link_pages pages =
		    link_header_read(span_of(rows[i].header));
		expect(rows[i].name, "next", pages.next, rows[i].next);
		expect(rows[i].name, "prev", pages.prev, rows[i].prev);
		expect(rows[i].name, "first", pages.first, rows[i].first);
		expect(rows[i].name, "last", pages.last, rows[i].last);
		expect(rows[i].name, "differences", pages.differences,
		    rows[i].differences);
	}
	assert_null(link_header_read(SPAN_NONE).next.at);
}

static void
stands_nul(void **state)
{
	(void)state;
	struct link_pages pages =
	    link_header_read(SPAN("<a\0b>;\0=\0;rel=next\0,<c>;rel=next"));
	assert_true(span_equal(pages.next, SPAN("c")));
	pages = link_header_read(SPAN("\0,<a\0b>;rel=next"));
	assert_true(span_equal(pages.next, SPAN("a\0b")));
}

/* A45: were a search begun anew for each of these, half a minute would not
 * do. */
static void
takes_linear_time(void **state)
{
	static const char *const parts[] = {"<", "<>", "<a>;", "<a>;x=\"", ";",
	    "<a>;x=\"\\", "<a>;x='", "<a>;x=\xe2\x80\x9c", ",", "\\\"", "\"\\",
	    "<a>;x=\xe2\x80\x98;", "<a>;rel=next ", ";=\"a\\\"",
	    ";x=\" \\\" '"};
	enum { SIZE = 1 << 21 };
	static char header[SIZE];
	clock_t begun = clock();

	(void)state;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		size_t length = strlen(parts[i]), used = 0;
		for (; used + length <= SIZE; used += length)
			memcpy(header + used, parts[i], length);
		(void)link_header_read(span_from(header, used));
	}
	assert_true((clock() - begun) / CLOCKS_PER_SEC < 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads),
	    cmocka_unit_test(stands_nul),
	    cmocka_unit_test(takes_linear_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
