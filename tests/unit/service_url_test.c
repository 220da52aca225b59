/* service_url_test.c - the addresses of an LMS's services
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lti/service_url.h"
#include "vectors.h"

static void
expect_text(const char *row, struct span got, const char *expected)
{
	if (!span_is(got, expected))
		fail_msg(
		    "%s: \"%.*s\", not \"%s\"", row, SPAN_ARGS(got), expected);
}

static void
appends(void **state)
{
	static const struct {
		const char *name, *url, *expected;
	} rows[] = {
	    {"AG4 no query", "https://lms/items/5",
		"https://lms/items/5/scores"},
	    {"AG4 R22 Moodle, a query",
		"https://lms/services.php/2/lineitems/6/lineitem?type_id=3",
		"https://lms/services.php/2/lineitems/6/lineitem/scores"
		"?type_id=3"},
	    {"AG4 slashes and question marks in the query",
		"https://lms/i?a=/b?c/", "https://lms/i/scores?a=/b?c/"},
	    {"AG4 an empty query", "https://lms/i?", "https://lms/i/scores?"},
	    {"AG4 a slash at the end", "https://lms/i/?a=b",
		"https://lms/i/scores?a=b"},
	    {"AG4 a fragment", "https://lms/i#f", "https://lms/i/scores"},
	    {"AG4 query and fragment", "https://lms/i?a#f?g",
		"https://lms/i/scores?a"},
	    {"AG4 a fragment with a question mark", "https://lms/i#f?g",
		"https://lms/i/scores"},
	    {"no path", "https://lms", "https://lms/scores"},
	    {"nothing", "", "/scores"},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		expect_text(rows[i].name,
		    service_url_append(&cx, span_of(rows[i].url), "/scores"),
		    rows[i].expected);
	expect_text("none", service_url_append(&cx, SPAN_NONE, "/x"), "/x");
	expect_text("NUL is a character",
	    span_first(
		service_url_append(&cx, SPAN("https://l/a\0b?c"), "/x"), 11),
	    "https://l/a");
	expect_text("no slash to add",
	    service_url_append(&cx, SPAN("https://l/a/"), ";x"),
	    "https://l/a/;x");
	cx_release(&cx);
}

static void
merges(void **state)
{
	static const struct {
		const char *name, *url, *value, *expected;
	} rows[] = {
	    {"AG6 no query", "https://lms/i", "5", "https://lms/i?limit=5"},
	    {"AG6 NR5 a query", "https://lms/i?type_id=3", "5",
		"https://lms/i?type_id=3&limit=5"},
	    {"AG6 replaced", "https://lms/i?limit=1&a=b", "5",
		"https://lms/i?a=b&limit=5"},
	    {"AG6 replaced each time", "https://lms/i?limit=1&a=b&limit", "5",
		"https://lms/i?a=b&limit=5"},
	    {"AG6 replaced, written otherwise", "https://lms/i?l%69mit=1", "5",
		"https://lms/i?limit=5"},
	    {"AG6 a longer name stays", "https://lms/i?limits=1", "5",
		"https://lms/i?limits=1&limit=5"},
	    {"AG6 encoded", "https://lms/i", "a b&c=d?#/%+\xc3\xa4",
		"https://lms/i?limit=a%20b%26c%3Dd%3F%23%2F%25%2B%C3%A4"},
	    {"AG6 A10 line end", "https://lms/i", "a\r\nb",
		"https://lms/i?limit=a%0D%0Ab"},
	    {"AG6 a fragment", "https://lms/i?a#f?limit=7", "5",
		"https://lms/i?a&limit=5"},
	    {"AG6 empty changes nothing", "https://lms/i?limit=1&&a#f", "",
		"https://lms/i?limit=1&&a#f"},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		expect_text(rows[i].name,
		    service_url_with(&cx, span_of(rows[i].url), "limit",
			span_of(rows[i].value)),
		    rows[i].expected);
	expect_text("none",
	    service_url_with(&cx, SPAN("https://l/"), "limit", SPAN_NONE),
	    "https://l/");
	cx_release(&cx);
}

/* --- items --------------------------------------------------------------- */

#define LMS "https://lms.example"
#define TOP LMS "/2/lineitems"

static const struct {
	const char *name, *url, *container;
	bool is;
} items[] = {
    {"A44 Moodle", TOP "/7/lineitem?type_id=3", TOP "?type_id=3", true},
    {"A44 Canvas", LMS "/api/lti/courses/1/line_items/7",
	LMS "/api/lti/courses/1/line_items", true},
    {"A44 Blackboard", LMS "/learn/api/v1/lti/courses/_1_1/lineItems/_42_1",
	LMS "/learn/api/v1/lti/courses/_1_1/lineItems", true},
    {"a slash at the end", TOP "/7/", TOP, true},
    {"container with a slash", TOP "/7", TOP "/", true},
    {"container without a path", LMS "/7", LMS, true},
    {"host in capitals", "https://LMS.Example/2/lineitems/7", TOP, true},
    {"port", "https://lms.example:8443/a/7", "https://lms.example:8443/a",
	true},
    {"http", "http://lms.example/a/7", "http://lms.example/a", true},
    {"IPv6", "http://[::1]:81/a/7", "http://[::1]:81/a", true},
    {"characters that are harmless", TOP "/a-b_c~d!$&'()*+,:@=", TOP, true},
    {"encoded harmless characters", TOP "/a%20b%C3%A4%3a%3d", TOP, true},
    {"dots in names", TOP "/..a/b../c.d", TOP, true},
    {"path parameters", TOP "/7;v=1", TOP, true},
    {"the query is not looked at", TOP "/7?a=../%2e%2e/%2f%5c&b=%", TOP, true},

    {"the container itself", TOP, TOP, false},
    {"the container with a query", TOP "?type_id=3", TOP "?type_id=3", false},
    {"the container and a slash", TOP "/", TOP, false},
    {"the container that has a slash", TOP "/", TOP "/", false},
    {"the host alone", LMS, LMS, false},
    {"the host and a slash", LMS "/", LMS, false},
    {"A44 another host", "https://evil.example/2/lineitems/7", TOP, false},
    {"A44 host as a head", "https://lms.example.evil/2/lineitems/7", TOP,
	false},
    {"A44 host as a tail", "https://xlms.example/2/lineitems/7", TOP, false},
    {"A44 a dot behind the host", "https://lms.example./2/lineitems/7", TOP,
	false},
    {"A44 port", "https://lms.example:8443/2/lineitems/7", TOP, false},
    {"A44 its own port, but written", "https://lms.example:443/2/lineitems/7",
	TOP, false},
    {"A44 scheme", "http://lms.example/2/lineitems/7", TOP, false},
    {"A44 user", "https://u@lms.example/2/lineitems/7", TOP, false},
    {"A44 user as host", "https://lms.example@evil.example/2/lineitems/7", TOP,
	false},
    {"A44 user in both", "https://u@lms.example/a/7", "https://u@lms.example/a",
	false},
    {"A44 backslash as the host's end", "https://lms.example\\@evil/2/7", LMS,
	false},
    {"A44 encoded host", "https://lms%2eexample/2/lineitems/7", TOP, false},
    {"A44 a longer word", TOP "2/7", TOP, false},
    {"A44 another path", LMS "/3/lineitems/7", TOP, false},
    {"A44 path in capitals", LMS "/2/LINEITEMS/7", TOP, false},
    {"A44 no URL", "/2/lineitems/7", TOP, false},
    {"A44 empty", "", TOP, false},
    {"A44 container empty", TOP "/7", "", false},
    {"A44 fragment", TOP "/7#a", TOP, false},
    {"A44 empty fragment", TOP "/7#", TOP, false},
    {"A44 container's fragment", TOP "/7", TOP "#a", false},

    {"A44 dots", TOP "/../7", TOP, false},
    {"A44 dots at the end", TOP "/7/..", TOP, false},
    {"A44 dots behind", TOP "/7/../../8", TOP, false},
    {"A44 one dot", TOP "/./7", TOP, false},
    {"A44 one dot at the end", TOP "/7/.", TOP, false},
    {"A44 three dots", TOP "/.../7", TOP, false},
    {"A44 dots and a blank", TOP "/..%20/7", TOP, false},
    {"A44 a blank alone", TOP "/%20/7", TOP, false},
    {"A44 dots encoded", TOP "/%2e%2e/7", TOP, false},
    {"A44 dots encoded, capitals", TOP "/%2E%2E/7", TOP, false},
    {"A44 dots half encoded", TOP "/.%2e/7", TOP, false},
    {"A44 dots half encoded otherwise", TOP "/%2E./7", TOP, false},
    {"A44 one dot encoded", TOP "/%2e/7", TOP, false},
    {"A44 dots encoded twice", TOP "/%252e%252e/7", TOP, false},
    {"A44 a percent sign encoded", TOP "/7%25", TOP, false},
    {"A44 dots and a semicolon", TOP "/..;/7", TOP, false},
    {"A44 dots and a parameter", TOP "/..;a=b/7", TOP, false},
    {"A44 dots and an encoded semicolon", TOP "/..%3b/7", TOP, false},
    {"A44 dots encoded and a semicolon", TOP "/%2e%2e;/7", TOP, false},
    {"A44 nothing but a semicolon", TOP "/;/7", TOP, false},
    {"A44 nothing but a parameter", TOP "/;a=b/7", TOP, false},
    {"A44 slash encoded", TOP "/..%2f7", TOP, false},
    {"A44 slash encoded, capitals", TOP "/a%2F7", TOP, false},
    {"A44 slash encoded behind the container", TOP "%2f7", TOP, false},
    {"A44 slash encoded twice", TOP "/a%252f7", TOP, false},
    {"A44 slash in UTF-8 that is too long", TOP "/..%c0%af7", TOP, false},
    {"A44 dot in UTF-8 that is too long", TOP "/%c0%ae%c0%ae/7", TOP, false},
    {"A44 backslash", TOP "/..\\7", TOP, false},
    {"A44 backslash encoded", TOP "/..%5c7", TOP, false},
    {"A44 backslash encoded, capitals", TOP "/a%5C7", TOP, false},
    {"A44 two slashes", TOP "//7", TOP, false},
    {"A44 two slashes behind", TOP "/7//8", TOP, false},
    {"A44 two slashes at the end", TOP "/7//", TOP, false},
    {"A44 two slashes, container with one", TOP "//7", TOP "/", false},
    {"A44 two slashes, nothing behind", TOP "//", TOP, false},
    {"A44 question mark encoded", TOP "/7%3fa", TOP, false},
    {"A44 fragment encoded", TOP "/7%23a", TOP, false},
    {"A44 NUL encoded", TOP "/7%00", TOP, false},
    {"A27 line end encoded", TOP "/7%0d%0aX", TOP, false},
    {"A27 DEL encoded", TOP "/7%7f", TOP, false},
    {"A27 line end", TOP "/7\r\nX: y", TOP, false},
    {"blank", TOP "/7 8", TOP, false},
    {"DEL", TOP "/7\x7f", TOP, false},
    {"A44 malformed escape", TOP "/7%", TOP, false},
    {"A44 half an escape", TOP "/7%2", TOP, false},
    {"A44 an escape that is none", TOP "/7%zz", TOP, false},
    {"A44 %u", TOP "/7%u002f8", TOP, false},
    {"A44 an escape across a slash", TOP "/7%2/e", TOP, false},
    {"A44 not UTF-8, encoded", TOP "/7%ff", TOP, false},
    {"A44 beyond ASCII", TOP "/7\xc3\xa4", TOP, false},
    {"A44 beyond ASCII in the query", TOP "/7?\xc3\xa4", TOP, false},
    {"A44 beyond ASCII in the container", LMS "/\xc3\xa4/7", LMS "/\xc3\xa4",
	false},
    {"A44 a container that climbs", LMS "/a/../7", LMS "/a/..", false},
};

static void
knows_items(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof items / sizeof *items; i++)
		if (service_url_is_item(&cx, span_of(items[i].url),
			span_of(items[i].container)) != items[i].is)
			fail_msg("%s", items[i].name);
	assert_false(service_url_is_item(&cx, SPAN_NONE, SPAN(TOP)));
	assert_false(service_url_is_item(&cx, SPAN(TOP "/7"), SPAN_NONE));
	assert_false(service_url_is_item(&cx, SPAN(TOP "/7\0"), SPAN(TOP)));
	cx_release(&cx);
}

/* --- pages --------------------------------------------------------------- */

#define PAGE LMS "/2/members"
#define OWN PAGE "?type_id=3"

static const struct {
	const char *name, *url, *named;
	bool is;
} pages[] = {
    {"R21 the same", OWN, OWN, true},
    {"R21 Moodle", OWN "&limit=5&from=5", OWN, true},
    {"R21 in another order", PAGE "?limit=5&type_id=3", OWN, true},
    {"R21 Canvas", PAGE "?page=2&per_page=50", PAGE, true},
    {"R21 without a query", PAGE, PAGE, true},
    {"R21 the scheme's own port", LMS ":443/2/members?type_id=3", OWN, true},
    {"A44 another port that ends so", LMS ":8443/2/members?type_id=3", OWN,
	false},
    {"A44 the port of the other scheme", LMS ":80/2/members?type_id=3", OWN,
	false},
    {"R21 no path", LMS "?page=2", LMS "/", true},
    {"host in capitals", "https://LMS.EXAMPLE/2/members?type_id=3", OWN, true},
    {"written otherwise", PAGE "?t%79pe_id=%33", OWN, true},
    {"a blank both ways", PAGE "?a=b+c", PAGE "?a=b%20c", true},
    {"the same twice", OWN "&type_id=3", OWN, true},
    {"empty parts", PAGE "?&&type_id=3&", OWN, true},
    {"empty parts of its own", OWN, PAGE "?&type_id=3&&", true},
    {"no value", PAGE "?a=&b=c", PAGE "?a", true},
    {"two of one name", PAGE "?a=1&a=2&b", PAGE "?a=1&a=2", true},
    {"a value with =", PAGE "?a=b=c&d", PAGE "?a=b=c", true},
    {"a semicolon of its own", PAGE "?a=1;b=2&c", PAGE "?a=1;b=2", true},
    {"a semicolon in another", OWN "&cursor=a;b", OWN, true},
    {"names that are only alike", OWN "&type_id2=4&xtype_id=4&type=4", OWN,
	true},
    {"names that differ in a digit", PAGE "?a1=3&a2=4", PAGE "?a1=3", true},
    {"values that are only alike", OWN "&x=type_id", OWN, true},
    {"dots and slashes in another", OWN "&cursor=../..%2f%5c%3f%23//", OWN,
	true},

    {"A44 another host", "https://evil.example/2/members?type_id=3", OWN,
	false},
    {"A44 a dot behind the host", "https://lms.example./2/members?type_id=3",
	OWN, false},
    {"A44 port", "https://lms.example:444/2/members?type_id=3", OWN, false},
    {"A44 scheme", "http://lms.example/2/members?type_id=3", OWN, false},
    {"A44 user", "https://u@lms.example/2/members?type_id=3", OWN, false},
    {"A44 user in both", "https://u@lms.example/", "https://u@lms.example/",
	false},
    {"A44 another path", LMS "/3/members?type_id=3", OWN, false},
    {"A44 below", PAGE "/4?type_id=3", OWN, false},
    {"A44 path in capitals", LMS "/2/MEMBERS?type_id=3", OWN, false},
    {"A44 path written otherwise", LMS "/2/m%65mbers?type_id=3", OWN, false},
    {"A44 slash at the end", PAGE "/?type_id=3", OWN, false},
    {"A44 climbs to the same", LMS "/2/x/../members?type_id=3", OWN, false},
    {"A44 its query is not there", PAGE, OWN, false},
    {"A44 another value", PAGE "?type_id=4", OWN, false},
    {"A44 no value", PAGE "?type_id", OWN, false},
    {"A44 a longer value", PAGE "?type_id=33", OWN, false},
    {"A44 twice, another behind", OWN "&type_id=4", OWN, false},
    {"A44 twice, another before", PAGE "?type_id=4&type_id=3", OWN, false},
    {"A44 twice, encoded", OWN "&%74ype_id=4", OWN, false},
    {"A44 twice, empty", OWN "&type_id=", OWN, false},
    {"A44 twice, as a list of PHP", OWN "&type_id[]=4", OWN, false},
    {"A44 twice, as an encoded list", OWN "&type_id%5b%5d=4", OWN, false},
    {"A44 twice, with a key", OWN "&type_id[x]=3", OWN, false},
    {"A44 twice, PHP's dot", OWN "&type.id=4", OWN, false},
    {"A44 twice, PHP's blank", OWN "&type+id=4", OWN, false},
    {"A44 twice, blank before", OWN "&+type_id=4", OWN, false},
    {"A44 twice, blank behind", OWN "&type_id%20=4", OWN, false},
    {"A44 twice, another case", OWN "&TYPE_ID=4", OWN, false},
    {"A44 twice, between semicolons", OWN "&x=1;type_id=4", OWN, false},
    {"A44 twice, behind its own", PAGE "?type_id=3;type_id=4", OWN, false},
    {"A44 twice, semicolon at once", PAGE "?;type_id=4&type_id=3", OWN, false},
    {"A44 only between semicolons", PAGE "?x;type_id=3", OWN, false},
    {"A44 NUL behind the name", OWN "&type_id%00=4", OWN, false},
    {"A44 control in a name", OWN "&type_id%0a=4", OWN, false},
    {"A44 malformed escape", OWN "&a=%", OWN, false},
    {"A44 malformed escape in a name", OWN "&%zz", OWN, false},
    {"A44 malformed behind a semicolon", OWN "&a=%2;0", OWN, false},
    {"A44 not UTF-8", OWN "&a=%c0%af", OWN, false},
    {"A44 its own is malformed", PAGE "?a=%", PAGE "?a=%", false},
    {"one of two is missing", PAGE "?a=1", PAGE "?a=1&b=2", false},
    {"one value of two is missing", PAGE "?a=1", PAGE "?a=1&a=2", false},
    {"a third value", PAGE "?a=1&a=2&a=3", PAGE "?a=1&a=2", false},
    {"fragment", OWN "#a", OWN, false},
    {"fragment of its own", OWN, OWN "#a", false},
    {"A27 line end", OWN "&\r\n", OWN, false},
    {"beyond ASCII", OWN "&\xc3\xa4", OWN, false},
    {"relative", "?type_id=3&page=2", OWN, false},
    {"empty", "", OWN, false},
    {"nothing was named", OWN, "", false},
    {"both are empty", "", "", false},
};

static void
knows_pages(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		if (service_url_is_page(&cx, span_of(pages[i].url),
			span_of(pages[i].named)) != pages[i].is)
			fail_msg("%s", pages[i].name);
	assert_false(service_url_is_page(&cx, SPAN_NONE, SPAN_NONE));
	cx_release(&cx);
}

/* --- bounds -------------------------------------------------------------- */

static void
is_bounded(void **state)
{
	static char path[SERVICE_URL_MAX], query[SERVICE_URL_MAX];
	const size_t room = SERVICE_URL_MAX - strlen(TOP "/");
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	memset(path, 'a', sizeof path);
	for (size_t more = 0; more < 2; more++) {
		struct span url = arena_printf(
		    cx.arena, TOP "/%.*s", (int)(room + more), path);
		struct span page = arena_printf(
		    cx.arena, TOP "?%.*s", (int)(room + more), path);
		assert_int_equal(url.length, SERVICE_URL_MAX + more);
		assert_int_equal(
		    service_url_is_item(&cx, url, SPAN(TOP)), !more);
		assert_int_equal(
		    service_url_is_page(&cx, page, SPAN(TOP)), !more);
	}
	for (size_t k = 0; k < 2; k++) {
		for (size_t i = 0; i < 65; i++)
			memcpy(query + i * 2, k ? "a;" : "a&", 2);
		for (size_t more = 0; more < 2; more++) {
			struct span page = arena_printf(
			    cx.arena, TOP "?%.*s", (int)(64 + more) * 2, query);
			struct span both =
			    arena_printf(cx.arena, "%.*s&a", SPAN_ARGS(page));
			assert_int_equal(
			    service_url_is_page(&cx, page, SPAN(TOP)), !more);
			assert_int_equal(
			    service_url_is_page(&cx, page, page), !more);
			assert_false(service_url_is_page(&cx, both, page));
		}
	}
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(appends),
	    cmocka_unit_test(merges),
	    cmocka_unit_test(knows_items),
	    cmocka_unit_test(knows_pages),
	    cmocka_unit_test(is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
