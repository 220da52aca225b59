/* request_test.c - questions about a request, its peer, and a response
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "http/peer.h"
#include "http/response.h"

static struct request
request_with(struct http_header *headers, const char *name, const char *first,
    const char *second)
{
	headers[0] = (struct http_header){SPAN("Other"), SPAN("x")};
	headers[1] = (struct http_header){span_of(name), span_of(first)};
	headers[2] = (struct http_header){span_of(name), span_of(second)};
	return (struct request){
	    .headers = headers,
	    .header_count = second  ? 3
			    : first ? 2
				    : 1,
	};
}

static void
finds_headers(void **state)
{
	struct http_header headers[3];
	struct request request =
	    request_with(headers, "X-Name", "first", "second");

	(void)state;
	assert_true(span_is(request_header(&request, "x-nAME"), "first"));
	assert_null(request_header(&request, "X-Nam").at);
	assert_null(request_header(&request, "X-Names").at);
}

static const struct {
	const char *value;
	bool expected;
} type_rows[] = {
    {"application/json", true},
    {"Application/JSON", true},
    {"application/json; charset=utf-8", true},
    {"application/json ;charset=utf-8", true},
    {"application/jsonp", false},
    {"application/jso", false},
    {"text/plain; application/json", false},
    {"text/plain, application/json", false},
    {"", false},
    {NULL, false},
};

static void
knows_types(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof type_rows / sizeof *type_rows; i++) {
		struct http_header headers[3];
		struct request request = request_with(
		    headers, "content-type", type_rows[i].value, NULL);
		if (request_has_type(&request, "application/json") !=
		    type_rows[i].expected)
			fail_msg("\"%s\"", type_rows[i].value);
	}
}

static const struct {
	const char *first, *second;
	bool expected;
} accept_rows[] = {
    {NULL, NULL, false},
    {"", NULL, false},
    {"*/*", NULL, false},
    {"application/json", NULL, true},
    {"APPLICATION/JSON", NULL, true},
    {"application/*", NULL, true},
    {"text/html", NULL, false},
    {"text/html, application/json", NULL, false},
    {"text/html;q=0.5, application/json", NULL, true},
    {"text/html;q=0.5, application/json;q=0.501", NULL, true},
    {"text/html;q=0.5, application/json;q=0.5", NULL, false},
    {"text/html;q=0.5", "application/json", true},
    {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", NULL,
	false},
    {"application/json, text/plain, */*", NULL, false},
    {"application/json, */*;q=0.5", NULL, true},
    {"*/*, text/html;q=0", NULL, true},
    {"*/*, application/json;q=0", NULL, false},
    {"application/json;q=0", NULL, false},
    {"application/json;q=0.0001", NULL, false},
    {"application/json;q=2", NULL, true},
    {"application/json;q=.5", NULL, false},
    {"application/json;q=0,5", NULL, false},
    {"application/json;q=abc", NULL, false},
    {"application/json; version=1; Q=1.000", NULL, true},
    {"application/json;q=0.3, text/*;q=0.2", NULL, true},
    {",,;;q,application/json", NULL, true},
};

static void
weighs_accept(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof accept_rows / sizeof *accept_rows; i++) {
		struct http_header headers[3];
		struct request request = request_with(headers, "Accept",
		    accept_rows[i].first, accept_rows[i].second);
		if (request_wants_json(&request) != accept_rows[i].expected)
			fail_msg("\"%s\"", accept_rows[i].first);
	}
}

static const struct {
	const char *name, *nearest, *first, *second, *expected;
} peer_rows[] = {
    {"no header", "10.0.0.1", NULL, NULL, "10.0.0.1"},
    {"one", "10.0.0.1", "203.0.113.9", NULL, "203.0.113.9"},
    {"not from a proxy", "192.0.2.1", "203.0.113.9", NULL, "192.0.2.1"},
    {"made up on the left", "10.0.0.1", "1.1.1.1, 203.0.113.9", NULL,
	"203.0.113.9"},
    {"two proxies", "10.0.0.1", "1.1.1.1, 203.0.113.9 ,10.2.3.4", NULL,
	"203.0.113.9"},
    {"two headers", "10.0.0.1", "1.1.1.1, 203.0.113.9", "10.2.3.4",
	"203.0.113.9"},
    {"the last header counts", "10.0.0.1", "1.1.1.1", "203.0.113.9",
	"203.0.113.9"},
    {"all trusted", "10.0.0.1", "10.0.0.3, 10.0.0.2", NULL, "10.0.0.3"},
    {"unreadable", "10.0.0.1", "unknown", NULL, "10.0.0.1"},
    {"unreadable on the left", "10.0.0.1", "unknown, 203.0.113.9", NULL,
	"203.0.113.9"},
    {"unreadable behind a proxy", "10.0.0.1", "1.1.1.1, x, 10.0.0.2", NULL,
	"10.0.0.2"},
    {"empty", "10.0.0.1", "", NULL, "10.0.0.1"},
    {"a comma", "10.0.0.1", ",", NULL, "10.0.0.1"},
    {"empty at the end", "10.0.0.1", "203.0.113.9,", NULL, "10.0.0.1"},
    {"IPv6", "fd00::1", "2001:db8::9", NULL, "2001:db8::9"},
    {"mapped", "::ffff:10.0.0.1", "::ffff:203.0.113.9", NULL, "203.0.113.9"},
    {"a port", "10.0.0.1", "203.0.113.9:80", NULL, "10.0.0.1"},
};

static void
finds_the_peer(void **state)
{
	struct arena *arena = arena_open();
	struct network_list trusted;
	struct span bad;

	(void)state;
	assert_true(network_list_read(
	    arena, SPAN("10.0.0.0/8,fd00::/8"), &trusted, &bad));
	for (size_t i = 0; i < sizeof peer_rows / sizeof *peer_rows; i++) {
		struct http_header headers[3];
		struct address nearest;
		char text[ADDRESS_TEXT_SIZE];
		struct request request = request_with(headers,
		    "x-forwarded-for", peer_rows[i].first, peer_rows[i].second);
		assert_true(
		    address_read(span_of(peer_rows[i].nearest), &nearest));
		struct address peer = peer_find(&request, nearest, trusted);
		address_write(&peer, text);
		if (strcmp(text, peer_rows[i].expected) != 0)
			fail_msg("%s: %s", peer_rows[i].name, text);
	}
	arena_close(arena);
}

static void
drops_split_headers(void **state)
{
	struct response response = {.status = 200};

	(void)state;
	response_header(&response, "A", SPAN("1"));
	response_header(&response, "B", SPAN("1\r\nC: 2"));
	response_header(&response, "C", SPAN("1\0002"));
	response_header(&response, "D", SPAN(""));
	assert_int_equal(response.header_count, 2);
	assert_true(span_is(response.headers[0].name, "A"));
	assert_true(span_is(response.headers[1].name, "D"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_headers),
	    cmocka_unit_test(knows_types),
	    cmocka_unit_test(weighs_accept),
	    cmocka_unit_test(finds_the_peer),
	    cmocka_unit_test(drops_split_headers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
