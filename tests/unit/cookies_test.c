/* cookies_test.c - cookies that come and the one that goes
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "http/cookies.h"
#include "vectors.h"

enum { HEADERS = 3, MAX = 4 };

static const struct {
	const char *name;
	const char *headers[HEADERS]; /* each "name: value" */
	const char *found;            /* values, a line end behind each */
} rows[] = {
    {"alone", {"Cookie: c=v"}, "v\n"},
    {"first", {"Cookie: c=v; d=w"}, "v\n"},
    {"last", {"Cookie: d=w; c=v"}, "v\n"},
    {"without blanks", {"Cookie: d=w;c=v;e=x"}, "v\n"},
    {"many blanks", {"Cookie:   d=w ;\t c=v \t; e=x"}, "v\n"},
    {"header in small letters", {"cookie: c=v"}, "v\n"},
    {"header in capitals", {"COOKIE: c=v"}, "v\n"},
    {"CHIPS: twice in one header", {"Cookie: c=v; c=w"}, "v\nw\n"},
    {"twice in two headers", {"Cookie: c=v", "Cookie: c=w"}, "v\nw\n"},
    {"HTTP/2 cut in pieces", {"Cookie: a=b", "X: c=x", "Cookie: c=v"}, "v\n"},
    {"as many as wanted",
	{"Cookie: c=1; c=2; c=3", "Cookie: c=4; c=5", "Cookie: c=6"},
	"1\n2\n3\n4\n"},
    {"A38 more than wanted, the last counts for nothing",
	{"Cookie: c=1; c=2; c=3; c=4; c=5"}, "1\n2\n3\n4\n"},
    {"empty value", {"Cookie: c="}, "\n"},
    {"= in the value", {"Cookie: c=v=w="}, "v=w=\n"},
    {"quotes are of the value", {"Cookie: c=\"v\""}, "\"v\"\n"},
    {"no value at all", {"Cookie: c"}, ""},
    {"no value, another behind", {"Cookie: c; c=v"}, "v\n"},
    {"name in capitals", {"Cookie: C=v"}, ""},
    {"a longer name", {"Cookie: cc=v"}, ""},
    {"one of the family", {"Cookie: c-1=v; cvw=vwx; cv=v"}, "vwx\nv\n"},
    {"a name that begins otherwise", {"Cookie: xc=v"}, ""},
    {"only as a value", {"Cookie: d=c=v"}, ""},
    {"no name", {"Cookie: =c=v"}, ""},
    {"blank before =", {"Cookie: c =v"}, ""},
    {"blank behind =", {"Cookie: c= v"}, " v\n"},
    {"comma is no separator", {"Cookie: d=w, c=v"}, ""},
    {"another header", {"Set-Cookie: c=v", "Cookies: c=w"}, ""},
    {"empty header", {"Cookie: "}, ""},
    {"nothing between", {"Cookie: ;;; ;c=v;;"}, "v\n"},
    {"no header", {NULL}, ""},
};

static void
finds(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct http_header headers[HEADERS];
		struct request request = {.headers = headers};
		struct span values[MAX + 1] = {{NULL, 0}}, found = SPAN("");
		for (size_t k = 0; k < HEADERS && rows[i].headers[k]; k++) {
			struct span value = span_of(rows[i].headers[k]);
			span_next(&value, ':', &headers[k].name);
			headers[k].value = span_from_offset(value, 1);
			request.header_count++;
		}
		values[MAX] = SPAN("untouched");
		size_t count = cookies_find(&request, "c", values, MAX);
		assert_true(count <= MAX);
		for (size_t k = 0; k < count; k++)
			found = arena_printf(cx.arena, "%.*s%.*s\n",
			    SPAN_ARGS(found), SPAN_ARGS(values[k]));
		if (!span_is(found, rows[i].found) ||
		    !span_is(values[MAX], "untouched"))
			fail_msg("%s: %.*s", rows[i].name, SPAN_ARGS(found));
		if (cookies_find(&request, "c", values, 0) != 0)
			fail_msg("%s: found more than none", rows[i].name);
	}
	cx_release(&cx);
}

static void
sets(void **state)
{
	static const struct {
		const char *name, *cookie;
		struct span value;
		int life;
		bool secure;
		const char *header; /* NULL: none */
	} set[] = {
	    {"OI5 in frames of others", "__Host-c", {"v", 1}, 600, true,
		"__Host-c=v; Path=/; Max-Age=600; HttpOnly; Secure; "
		"SameSite=None; Partitioned"},
	    {"plain http", "c", {"v", 1}, 600, false,
		"c=v; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"},
	    {"taken back", "c", {"", 0}, 0, false,
		"c=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"},
	    {"no more than the value", "c", {"vw", 1}, 1, false,
		"c=v; Path=/; Max-Age=1; HttpOnly; SameSite=Lax"},
	    {"A27 line end", "c", {"v\r\nX: y", 7}, 600, true, NULL},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, vector_random);
	for (size_t i = 0; i < sizeof set / sizeof *set; i++) {
		struct response response = {.status = 302};
		cookies_set(cx.arena, &response, set[i].cookie, set[i].value,
		    set[i].life, set[i].secure);
		if (response.header_count != (set[i].header ? 1 : 0))
			fail_msg("%s: %zu headers", set[i].name,
			    response.header_count);
		if (!set[i].header)
			continue;
		if (!span_is(response.headers[0].name, "Set-Cookie") ||
		    !span_is(response.headers[0].value, set[i].header))
			fail_msg("%s: %.*s", set[i].name,
			    SPAN_ARGS(response.headers[0].value));
	}
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds),
	    cmocka_unit_test(sets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
