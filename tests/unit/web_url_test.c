/* web_url_test.c - URLs that a browser may be sent to
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "lti/web_url.h"
#include "vectors.h"

static void
expect_text(const char *row, struct span got, const char *expected)
{
	if (!span_is(got, expected))
		fail_msg(
		    "%s: \"%.*s\", not \"%s\"", row, SPAN_ARGS(got), expected);
}

/* SPAN is no constant to ISO C. */
#define S(literal)                                                             \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

static void
knows_urls(void **state)
{
	static const struct {
		const char *name;
		struct span text;
		bool is;
	} rows[] = {
	    {"https", S("https://a.example"), true},
	    {"http", S("http://a.example/b?c=d#e"), true},
	    {"one letter", S("http://a"), true},
	    {"port", S("https://a.example:8443/"), true},
	    {"IPv6", S("https://[::1]:81/"), true},
	    {"beyond ASCII", S("https://\xc3\xa4.example/\xff"), true},
	    {"query at once", S("https://a?b"), true},
	    {"fragment at once", S("https://a#b"), true},
	    {"nothing", {NULL, 0}, false},
	    {"empty", S(""), false},
	    {"part of a scheme", S("http:"), false},
	    {"scheme alone", S("https://"), false},
	    {"http scheme alone", S("http://"), false},
	    {"no host, path", S("https:///b"), false},
	    {"no host, query", S("https://?b"), false},
	    {"no host, fragment", S("http://#b"), false},
	    {"one slash", S("https:/a.example"), false},
	    {"no scheme", S("a.example/b"), false},
	    {"no scheme, two slashes", S("//a.example/b"), false},
	    {"relative", S("/b"), false},
	    {"A26 javascript", S("javascript:alert(1)"), false},
	    {"A26 javascript with slashes", S("javascript://a.example/%0a"),
		false},
	    {"A26 data", S("data:text/html,x"), false},
	    {"ftp", S("ftp://a.example/"), false},
	    {"capitals", S("HTTPS://a.example/"), false},
	    {"blank before", S(" https://a.example/"), false},
	    {"blank", S("https://a.example/ b"), false},
	    {"blank at the end", S("https://a.example/ "), false},
	    {"blank instead of a host", S("https:// "), false},
	    {"tab", S("https://a.example/\tb"), false},
	    {"A27 line end", S("https://a.example/\r\nb"), false},
	    {"NUL", S("https://a.example/\0b"), false},
	    {"control", S("https://a.example/\x1f"), false},
	    {"DEL", S("https://a.example/\x7f"), false},
	    {"A26 backslash", S("https://a.example\\@b.example/"), false},
	    {"A24 quote", S("https://a.example/\"b"), false},
	    {"A24 less", S("https://a.example/<b"), false},
	    {"A24 more", S("https://a.example/>b"), false},
	    {"apostrophe", S("https://a.example/'b"), true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (web_url_is(rows[i].text) != rows[i].is)
			fail_msg("%s", rows[i].name);
}

static void
takes_apart(void **state)
{
	static const struct {
		const char *name, *url, *origin, *query;
	} rows[] = {
	    {"host alone", "https://a.example", "https://a.example", ""},
	    {"path", "https://a.example/b/c", "https://a.example", ""},
	    {"http and a port", "http://a.example:81/b", "http://a.example:81",
		""},
	    {"query", "https://a.example/b?c=d&e", "https://a.example",
		"c=d&e"},
	    {"query at once", "https://a.example?c", "https://a.example", "c"},
	    {"empty query", "https://a.example/?", "https://a.example", ""},
	    {"fragment at once", "https://a.example#c", "https://a.example",
		""},
	    {"fragment", "https://a.example/?b#c?d", "https://a.example", "b"},
	    {"question mark in the fragment", "https://a.example/#c?d",
		"https://a.example", ""},
	    {"two question marks", "https://a.example/?b?c",
		"https://a.example", "b?c"},
	    {"A26 user information", "https://a.example@evil.example/",
		"https://a.example@evil.example", ""},
	    {"no scheme", "a.example", "a.example", ""},
	    {"a path alone", "/b?c", "", "c"},
	    {"empty", "", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct span url = span_of(rows[i].url);
		expect_text(rows[i].name, web_url_origin(url), rows[i].origin);
		expect_text(rows[i].name, web_url_query(url), rows[i].query);
	}
	assert_int_equal(web_url_origin(SPAN_NONE).length, 0);
	assert_int_equal(web_url_query(SPAN_NONE).length, 0);
}

static void
finds_parameters(void **state)
{
	static const struct {
		const char *name, *query, *parameter;
		const char *value; /* NULL: not there */
	} rows[] = {
	    {"alone", "to=k", "to", "k"},
	    {"first", "to=k&x=y", "to", "k"},
	    {"last", "x=y&to=k", "to", "k"},
	    {"the first of two", "to=k&to=l", "to", "k"},
	    {"empty", "to=", "to", ""},
	    {"without =", "to", "to", ""},
	    {"without =, more behind", "to&x=y", "to", ""},
	    {"= in the value", "to=k=l", "to", "k=l"},
	    {"encoded stays so", "to=%6b+l", "to", "%6b+l"},
	    {"not there", "x=y", "to", NULL},
	    {"only its head", "t=k", "to", NULL},
	    {"only in its head", "top=k", "to", NULL},
	    {"only as a value", "x=to", "to", NULL},
	    {"other case", "TO=k", "to", NULL},
	    {"empty parts", "&&to=k&", "to", "k"},
	    {"empty query", "", "to", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct span got = web_url_parameter(
		    span_of(rows[i].query), rows[i].parameter);
		if (!rows[i].value && got.at)
			fail_msg("%s: is there", rows[i].name);
		if (rows[i].value && !got.at)
			fail_msg("%s: is not there", rows[i].name);
		if (rows[i].value)
			expect_text(rows[i].name, got, rows[i].value);
	}
	assert_null(web_url_parameter(SPAN_NONE, "to").at);
}

static void
adds_parameters(void **state)
{
	static const struct {
		const char *name, *url, *more, *expected;
	} rows[] = {
	    {"no query", "https://a.example/b", "x=y",
		"https://a.example/b?x=y"},
	    {"no path", "https://a.example", "x=y", "https://a.example?x=y"},
	    {"a query", "https://a.example/?b", "x=y&z",
		"https://a.example/?b&x=y&z"},
	    {"an empty query", "https://a.example/?", "x=y",
		"https://a.example/?x=y"},
	    {"& at the end", "https://a.example/?b&", "x=y",
		"https://a.example/?b&x=y"},
	    {"question mark at the query's end", "https://a.example/?b=why?",
		"x=y", "https://a.example/?b=why?&x=y"},
	    {"question mark alone in the query", "https://a.example/??", "x=y",
		"https://a.example/??&x=y"},
	    {"question mark before the fragment", "https://a.example/?b?#c",
		"x=y", "https://a.example/?b?&x=y#c"},
	    {"& at the beginning", "https://a.example/?b", "&x=y",
		"https://a.example/?b&x=y"},
	    {"before the fragment", "https://a.example/#c", "x=y",
		"https://a.example/?x=y#c"},
	    {"between query and fragment", "https://a.example/?b#c", "x=y",
		"https://a.example/?b&x=y#c"},
	    {"question mark in the fragment", "https://a.example/#/c?d", "x=y",
		"https://a.example/?x=y#/c?d"},
	    {"question mark at the fragment's end", "https://a.example/?b#?",
		"x=y", "https://a.example/?b&x=y#?"},
	    {"empty fragment", "https://a.example/#", "x=y",
		"https://a.example/?x=y#"},
	    {"nothing to add", "https://a.example/?b#c", "",
		"https://a.example/?b#c"},
	    {"no URL", "", "x=y", "?x=y"},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		expect_text(rows[i].name,
		    web_url_add(
			&cx, span_of(rows[i].url), span_of(rows[i].more)),
		    rows[i].expected);
	cx_release(&cx);
}

/* A token has room for such a URL: nothing of it may be cut off. */
static void
cuts_nothing_off(void **state)
{
	enum { LONG = 180 * 1024 };
	static const char *const none[] = {NULL};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	char *part = arena_take(cx.arena, LONG);
	memset(part, 'p', LONG);
	struct span url =
	    arena_printf(cx.arena, "https://a.example/?%.*s", LONG, part);
	struct span got = web_url_add(&cx, url, span_from(part, LONG));
	assert_int_equal(got.length, url.length + 1 + LONG);
	assert_true(span_equal(web_url_drop(&cx, url, none), url));
	cx_release(&cx);
}

static void
leaves_parameters_out(void **state)
{
	static const char *const names[] = {"ltik", "to", NULL};
	static const struct {
		const char *name, *query, *expected;
	} rows[] = {
	    {"none of them", "a=b&c", "a=b&c"},
	    {"alone", "ltik=x", ""},
	    {"first", "ltik=x&a=b", "a=b"},
	    {"last", "a=b&ltik=x", "a=b"},
	    {"in the middle", "a=b&ltik=x&c", "a=b&c"},
	    {"both", "to=k&a=b&ltik=x", "a=b"},
	    {"each time", "ltik=x&ltik=y&ltik", ""},
	    {"without =", "a&ltik&b", "a&b"},
	    {"longer names stay", "ltik2=x&xltik=y&tot", "ltik2=x&xltik=y&tot"},
	    {"other case stays", "LTIK=x", "LTIK=x"},
	    {"as a value it stays", "a=ltik", "a=ltik"},
	    {"byte for byte", "a=%20+&b=%C3%A4=&c==", "a=%20+&b=%C3%A4=&c=="},
	    {"empty parts go", "&&a=b&&c&", "a=b&c"},
	    {"a name that is empty stays", "=x&a", "=x&a"},
	    {"empty", "", ""},
	};
	static const char *const none[] = {NULL};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct span query = span_of(rows[i].query);
		struct span url = arena_printf(
		    cx.arena, "https://a.example/b?%s#to=k?ltik", query.at);
		struct span dropped =
		    arena_printf(cx.arena, "https://a.example/b%s%s#to=k?ltik",
			*rows[i].expected ? "?" : "", rows[i].expected);
		expect_text(rows[i].name, web_url_without(&cx, query, names),
		    rows[i].expected);
		expect_text(
		    rows[i].name, web_url_drop(&cx, url, names), dropped.at);
	}
	expect_text("no names", web_url_without(&cx, SPAN("ltik=x&a"), none),
	    "ltik=x&a");
	expect_text("nothing", web_url_without(&cx, SPAN_NONE, names), "");
	expect_text("no query to drop from",
	    web_url_drop(&cx, SPAN("https://a.example/b#c"), names),
	    "https://a.example/b#c");
	expect_text("nothing but a host",
	    web_url_drop(&cx, SPAN("https://a.example"), names),
	    "https://a.example");
	expect_text("no URL", web_url_drop(&cx, SPAN(""), names), "");
	cx_release(&cx);
}

/* A name may be written otherwise and read as the same by the tool. */
static void
leaves_encoded_names_out(void **state)
{
	static const char *const names[] = {"ltik", NULL};
	static const char *const queries[] = {
	    "%6Ctik=x", "%6ctik=x", "lti%6b=x", "%6C%74%69%6B=x", "%6Ctik"};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
		expect_text(queries[i],
		    web_url_without(&cx, span_of(queries[i]), names), "");
	/* What is no escape is a name of its own. */
	expect_text("%6", web_url_without(&cx, SPAN("%6=x&%zz=y"), names),
	    "%6=x&%zz=y");
	cx_release(&cx);
}

static void
knows_what_is_below(void **state)
{
#define TOP "https://a.example/top"
	static const struct {
		const char *name, *url, *prefix;
		bool below;
	} rows[] = {
	    {"itself", TOP, TOP, true},
	    {"with a slash", TOP "/", TOP, true},
	    {"below", TOP "/b/c", TOP, true},
	    {"query", TOP "?b", TOP, true},
	    {"fragment", TOP "#b", TOP, true},
	    {"below a slash", TOP "/b", TOP "/", true},
	    {"a slash is lacking", TOP, TOP "/", false},
	    {"A26 a longer word", TOP "per", TOP, false},
	    {"A26 a longer word, encoded slash", TOP "%2fb", TOP, false},
	    {"a shorter word", "https://a.example/to", TOP, false},
	    {"another path", "https://a.example/b", TOP, false},
	    {"path in capitals", "https://a.example/TOP", TOP, false},
	    {"host in capitals", "https://A.EXAMPLE/top/b", TOP, true},
	    {"no path, all below", "https://a.example/b", "https://a.example",
		true},
	    {"no path on both sides", "https://a.example", "https://a.example",
		true},
	    {"no path, prefix with a slash", "https://a.example",
		"https://a.example/", true},
	    {"no path, query", "https://a.example?b", "https://a.example/",
		true},
	    {"prefix with a query", TOP "/b", TOP "?c=d", true},
	    {"prefix with a fragment", TOP "/b", TOP "#c", true},
	    {"A26 another host", "https://b.example/top", TOP, false},
	    {"A26 host as a head", "https://a.example.evil.example/top",
		"https://a.example", false},
	    {"A26 host as a tail", "https://evila.example/top", TOP, false},
	    {"A26 host below", "https://x.a.example/top", TOP, false},
	    {"A26 user information", "https://a.example@evil.example/top",
		"https://a.example", false},
	    {"A26 user information, with a port",
		"https://a.example:443@evil.example/", "https://a.example",
		false},
	    {"A26 backslash", "https://a.example\\.evil.example/",
		"https://a.example", false},
	    {"port in one", "https://a.example:8443/top", TOP, false},
	    {"another scheme", "http://a.example/top", TOP, false},
	    {"A26 javascript", "javascript:" TOP, TOP, false},
	    {"A26 climbs", TOP "/../b", TOP, false},
	    {"A26 climbs at the end", TOP "/..", TOP, false},
	    {"A26 climbs deeper", TOP "/b/../../c", TOP, false},
	    {"A26 climbs, encoded", TOP "/%2e%2e/b", TOP, false},
	    {"A26 climbs, encoded in capitals", TOP "/%2E%2E/b", TOP, false},
	    {"A26 climbs, half encoded", TOP "/.%2e/b", TOP, false},
	    {"A26 climbs, half encoded otherwise", TOP "/%2E./b", TOP, false},
	    {"a dot", TOP "/./b", TOP, false},
	    {"a dot, encoded", TOP "/%2e/b", TOP, false},
	    {"three dots are a name", TOP "/.../b", TOP, true},
	    {"dots in a name", TOP "/..b/c..", TOP, true},
	    {"dots in the query", TOP "?../..", TOP, true},
	    {"dots in the fragment", TOP "#/../", TOP, true},
	    {"two slashes", TOP "//b", TOP, true},
	    {"A26 two slashes instead of a path", "https://a.example//b",
		"https://a.example/", true},
	    {"prefix is none", TOP, "", false},
	    {"prefix is no URL", TOP, "/top", false},
	    {"URL is none", "", TOP, false},
	    {"both are none", "", "", false},
	    {"A27 line end", TOP "/\r\nb", TOP, false},
	    {"prefix that climbs", "https://a.example/b",
		"https://a.example/b/..", false},
	};
#undef TOP

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (web_url_is_below(span_of(rows[i].url),
			span_of(rows[i].prefix)) != rows[i].below)
			fail_msg("%s", rows[i].name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(knows_urls),
	    cmocka_unit_test(takes_apart),
	    cmocka_unit_test(finds_parameters),
	    cmocka_unit_test(adds_parameters),
	    cmocka_unit_test(cuts_nothing_off),
	    cmocka_unit_test(leaves_parameters_out),
	    cmocka_unit_test(leaves_encoded_names_out),
	    cmocka_unit_test(knows_what_is_below),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
