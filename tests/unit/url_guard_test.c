/* url_guard_test.c - may this URL be fetched?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/url_guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/cx.h"

#define HOLDS(row, condition) holds(row, condition, #condition)

static void
holds(const char *row, bool condition, const char *what)
{
	if (!condition)
		fail_msg("%s: %s", row, what);
}

static const struct network loopback = {
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 127}}, 104};
static const struct url_policy strict = {{NULL, 0}};
static const struct url_policy with_loopback = {{&loopback, 1}};

static void
no_random(void *bytes, size_t length)
{
	memset(bytes, 0, length);
}

static int
set_up(void **state)
{
	static struct cx cx;

	cx_init(&cx, no_random);
	*state = &cx;
	return 0;
}

static int
tear_down(void **state)
{
	cx_release(*state);
	return 0;
}

/* Read, and what became of it. */
static const struct {
	const char *text, *host, *authority, *path, *query, *fetched;
	unsigned port;
} taken[] = {
    {"https://lms.example/a/b?x=1&y=2", "lms.example", "lms.example", "/a/b",
	"x=1&y=2", "https://lms.example/a/b?x=1&y=2", 443},
    {"https://lms.example", "lms.example", "lms.example", "/", "",
	"https://lms.example/", 443},
    {"https://lms.example?x", "lms.example", "lms.example", "/", "x",
	"https://lms.example/?x", 443},
    {"HTTPS://LMS.Example/A", "lms.example", "lms.example", "/A", "",
	"https://lms.example/A", 443},
    {"https://lms.example:443/", "lms.example", "lms.example", "/", "",
	"https://lms.example/", 443},
    {"https://lms.example:8443/", "lms.example", "lms.example:8443", "/", "",
	"https://lms.example:8443/", 8443},
    {"https://lms.example:80/", "lms.example", "lms.example:80", "/", "",
	"https://lms.example:80/", 80},
    {"https://lms.example./x", "lms.example", "lms.example", "/x", "",
	"https://lms.example/x", 443},
    {"https://xn--cole-9oa.example/", "xn--cole-9oa.example",
	"xn--cole-9oa.example", "/", "", "https://xn--cole-9oa.example/", 443},
    {"https://my_lms.example/", "my_lms.example", "my_lms.example", "/", "",
	"https://my_lms.example/", 443},
    {"https://93.184.216.34/", "93.184.216.34", "93.184.216.34", "/", "",
	"https://93.184.216.34/", 443},
    {"https://[2606:2800::1]:8443/", "2606:2800::1", "[2606:2800::1]:8443", "/",
	"", "https://[2606:2800::1]:8443/", 8443},
    {"https://[2606:2800::A]/", "2606:2800::a", "[2606:2800::a]", "/", "",
	"https://[2606:2800::a]/", 443},
    /* path and query to the byte */
    {"https://lms.example/a/../b/./c//d", "lms.example", "lms.example",
	"/a/../b/./c//d", "", "https://lms.example/a/../b/./c//d", 443},
    {"https://lms.example/%2f%2F%41?a=%2f&b=c%20d+e", "lms.example",
	"lms.example", "/%2f%2F%41", "a=%2f&b=c%20d+e",
	"https://lms.example/%2f%2F%41?a=%2f&b=c%20d+e", 443},
    {"https://lms.example/p@q:r?u=https://x@y/?z", "lms.example", "lms.example",
	"/p@q:r", "u=https://x@y/?z",
	"https://lms.example/p@q:r?u=https://x@y/?z", 443},
    {"https://lms.example/%252e%252e/%5c%00%0d%0a", "lms.example",
	"lms.example", "/%252e%252e/%5c%00%0d%0a", "",
	"https://lms.example/%252e%252e/%5c%00%0d%0a", 443},
};

static void
takes_apart(void **state)
{
	struct cx *cx = *state;

	for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
		struct url url;
		const char *row = taken[i].text;
		HOLDS(row, url_read(cx, &strict, span_of(row), &url) == 0);
		HOLDS(row, url.https && url.port == taken[i].port);
		HOLDS(row, span_is(url.host, taken[i].host));
		HOLDS(row, span_is(url.authority, taken[i].authority));
		HOLDS(row, span_is(url.path, taken[i].path));
		HOLDS(row, span_is(url.query, taken[i].query));
		HOLDS(row, span_is(url.text, taken[i].fetched));
		/* What will be fetched is read the same again. */
		struct url again;
		HOLDS(row, url_read(cx, &strict, url.text, &again) == 0);
		HOLDS(row, span_equal(url.text, again.text));
	}
}

/* Refused by its text, even where loopback is allowed. */
static const char *const refused[] = {
    /* A1: other schemes */
    "file:///etc/passwd",
    "gopher://lms.example/_x",
    "ftp://lms.example/",
    "dict://lms.example:11211/",
    "ldap://lms.example/",
    "smb://lms.example/x",
    "javascript:alert(1)",
    "data:text/plain,x",
    "lms.example",
    "lms.example/path",
    "//lms.example/",
    "/path",
    "httpss://lms.example/",
    "view-source:https://lms.example/",
    /* A1: numbers in disguise */
    "https://2130706433/",
    "https://017700000001/",
    "https://0x7f000001/",
    "https://0X7F.1/",
    "https://0177.0.0.1/",
    "https://0x7f.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://127.0.0.01/",
    "https://127.0.0.1./",
    "https://2130706433./",
    "https://0/",
    "https://127.0.0.256/",
    "https://1.2.3.4.5/",
    "https://lms.example.1/",
    "https://lms.0x/",
    "https://lms.0x1f/",
    "https://4294967297/",
    /* A1: IPv6 oddities */
    "https://[]/",
    "https://[::1/",
    "https://::1/",
    "https://[fe80::1%25eth0]/",
    "https://[fe80::1%eth0]/",
    "https://[::1]x/",
    "https://[lms.example]/",
    "https://[v1.x]/",
    /* A1: ports */
    "https://lms.example:0/",
    "https://lms.example:22/",
    "https://lms.example:25/",
    "https://lms.example:53/",
    "https://lms.example:110/",
    "https://lms.example:6379/",
    "https://lms.example:11211/",
    "https://lms.example:65536/",
    "https://lms.example:99999999999/",
    "https://lms.example:-1/",
    "https://lms.example:+443/",
    "https://lms.example:0x1bb/",
    "https://lms.example:0443/",
    "https://lms.example:443x/",
    "https://lms.example:/",
    /* A11: whose host is it? */
    "https://lms.example@evil.example/",
    "https://lms.example:443@evil.example/",
    "https://@evil.example/",
    "https://:@evil.example/",
    "https://a:b@evil.example/",
    "https://lms.example\\@evil.example/",
    "https://evil.example\\.lms.example/",
    "https:\\\\lms.example/",
    "https://lms.example/a\\b",
    "https://lms.example/?a\\b",
    "https://lms.example%2f@evil.example/",
    "https://lms.example%40evil.example/",
    "https://lms.example%2540evil.example/",
    "https://lms.example%2f.evil.example/",
    "https://%6cms.example/",
    "https://127%2e0.0.1/",
    "https://lms.example%00.evil.example/",
    "https://lms.example#@evil.example/",
    "https://lms.example/#",
    "https://lms.example/#x",
    "https://lms.example/a?b#c",
    "https://lms.example;evil.example/",
    "https://lms.example,evil.example/",
    "https://lms.example&x=evil.example/",
    "https://lms*.example/",
    "https://lms!.example/",
    "https:/lms.example/",
    "https:///lms.example/",
    "https:////lms.example/",
    "https:lms.example/",
    "https://",
    "https:///",
    "https://?x",
    "https://./",
    "https://../",
    "https://lms..example/",
    "https://.lms.example/",
    "https://lms.example../",
    /* A10, A11: blanks, controls, beyond ASCII */
    "",
    " https://lms.example/",
    "https://lms.example/ ",
    "https://lms.example/a b",
    "https://lms.exa\tmple/",
    "https://lms.exa\nmple/",
    "https://lms.example/\r\nX: y",
    "https://lms.example/\x7f",
    "\x01https://lms.example/",
    "https://\xc3\xa9"
    "cole.example/",
    "https://lms\xe3\x80\x82"
    "example/",
    "https://lms.example\xef\xbc\x8f"
    "evil.example/",
    "https://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1/",
    "https://lms.example/\xc3\xa9",
};

static void
refuses(void **state)
{
	struct cx *cx = *state;

	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct url url = {.port = 7777};
		const char *row = refused[i];
		HOLDS(row, url_read(cx, &with_loopback, span_of(row), &url) ==
			       FAULT_ENDPOINT_REFUSED);
		HOLDS(row, cx->note.telling[0] && url.port == 7777);
	}
}

/* RFC 3986, 5.4, as far as LMSs go. */
static void
resolves_references(void **state)
{
	static const struct {
		const char *reference, *whole;
	} rows[] = {
	    {"https://other.example/x?y=1", "https://other.example/x?y=1"},
	    {"?page=2", "https://lms.example/a/items?page=2"},
	    {"items?page=2", "https://lms.example/a/items?page=2"},
	    {"/b", "https://lms.example/b"},
	    {"../b", "https://lms.example/b"},
	    {"//other.example/x", "https://other.example/x"},
	    {"https://", ""},
	};
	struct span base = SPAN("https://lms.example/a/items?page=1");

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		HOLDS(rows[i].reference,
		    span_is(
			url_resolve(*state, base, span_of(rows[i].reference)),
			rows[i].whole));
	assert_true(
	    span_is(url_resolve(*state, SPAN("nothing"), SPAN("?a")), ""));
}

static void
refuses_a_nul(void **state)
{
	struct url url;

	assert_int_equal(url_read(*state, &strict,
			     SPAN("https://lms.example\0.evil.example/"), &url),
	    FAULT_ENDPOINT_REFUSED);
	assert_int_equal(
	    url_read(*state, &strict, SPAN_NONE, &url), FAULT_ENDPOINT_REFUSED);
}

static void
lengths_are_bounded(void **state)
{
	static char text[URL_MAX + 1] = "https://lms.example/";
	struct url url;

	memset(text + strlen(text), 'a', sizeof text - strlen(text));
	assert_int_equal(
	    url_read(*state, &strict, span_from(text, URL_MAX), &url), 0);
	assert_int_equal(url.text.length, URL_MAX);
	assert_int_equal(
	    url_read(*state, &strict, span_from(text, URL_MAX + 1), &url),
	    FAULT_ENDPOINT_REFUSED);

	/* RFC 1035, 2.3.4: 63 a label, 253 a name. */
	memset(text + 8, 'b', 64);
	text[8 + 63] = '/';
	assert_int_equal(
	    url_read(*state, &strict, span_from(text, 8 + 64), &url), 0);
	text[8 + 63] = 'b';
	text[8 + 64] = '/';
	assert_int_equal(
	    url_read(*state, &strict, span_from(text, 8 + 65), &url),
	    FAULT_ENDPOINT_REFUSED);
	for (size_t i = 0; i < 254; i++)
		text[8 + i] = i % 2 ? '.' : 'c';
	assert_int_equal(
	    url_read(*state, &strict, span_from(text, 8 + 253), &url), 0);
	text[8 + 253] = 'c';
	text[8 + 254] = 'c';
	assert_int_equal(
	    url_read(*state, &strict, span_from(text, 8 + 255), &url),
	    FAULT_ENDPOINT_REFUSED);
}

static void
http_needs_an_allowed_network(void **state)
{
	struct span text = SPAN("http://moodle.test:8080/x");
	struct url url;

	assert_int_equal(
	    url_read(*state, &strict, text, &url), FAULT_ENDPOINT_REFUSED);
	assert_int_equal(url_read(*state, &with_loopback, text, &url), 0);
	assert_false(url.https);
	assert_int_equal(url.port, 8080);
	assert_int_equal(url_read(*state, &with_loopback,
			     SPAN("http://moodle.test:80/"), &url),
	    0);
	assert_true(span_is(url.authority, "moodle.test"));
}

/* The first and the last address of each block, and their neighbours. */
static const struct {
	const char *text;
	bool is_public;
} addresses[] = {
    {"0.0.0.0", false},
    {"0.255.255.255", false},
    {"1.0.0.0", true},
    {"9.255.255.255", true},
    {"10.0.0.0", false},
    {"10.255.255.255", false},
    {"11.0.0.0", true},
    {"100.63.255.255", true},
    {"100.64.0.0", false},
    {"100.127.255.255", false},
    {"100.128.0.0", true},
    {"126.255.255.255", true},
    {"127.0.0.1", false},
    {"127.255.255.255", false},
    {"128.0.0.0", true},
    {"169.253.255.255", true},
    {"169.254.169.254", false},
    {"169.255.0.0", true},
    {"172.15.255.255", true},
    {"172.16.0.0", false},
    {"172.31.255.255", false},
    {"172.32.0.0", true},
    {"191.255.255.255", true},
    {"192.0.0.8", false},
    {"192.0.1.0", true},
    {"192.0.2.1", false},
    {"192.0.3.0", true},
    {"192.88.99.1", false},
    {"192.88.98.255", true},
    {"192.88.100.0", true},
    {"192.167.255.255", true},
    {"192.168.0.0", false},
    {"192.168.255.255", false},
    {"192.169.0.0", true},
    {"198.17.255.255", true},
    {"198.18.0.0", false},
    {"198.19.255.255", false},
    {"198.20.0.0", true},
    {"198.51.100.7", false},
    {"198.51.101.0", true},
    {"203.0.113.7", false},
    {"203.0.114.0", true},
    {"223.255.255.255", true},
    {"224.0.0.1", false},
    {"239.255.255.255", false},
    {"240.0.0.0", false},
    {"255.255.255.255", false},
    {"::", false},
    {"::1", false},
    {"::2", false},
    {"::127.0.0.1", false},
    {"::93.184.216.34", false},
    {"::ffff:127.0.0.1", false},
    {"::ffff:169.254.169.254", false},
    {"::ffff:93.184.216.34", true},
    {"::ffff:0:127.0.0.1", false},
    {"64:ff9b::127.0.0.1", false},
    {"64:ff9b::93.184.216.34", false},
    {"64:ff9b:1::10.0.0.1", false},
    {"100::1", false},
    {"1fff:ffff:ffff::1", false},
    {"2000::1", true},
    {"2001::1", false},
    {"2001:0:4136:e378:8000:63bf:3fff:fdd2", false},
    {"2001:10::1", false},
    {"2001:20::1", false},
    {"2001:1ff:ffff::1", false},
    {"2001:200::1", true},
    {"2001:db7:ffff::1", true},
    {"2001:db8::1", false},
    {"2001:db9::1", true},
    {"2001:ffff::1", true},
    {"2002:7f00:1::1", false},
    {"2002:c0a8:101::1", false},
    {"2002:5db8:d822::1", false},
    {"2003::1", true},
    {"2606:2800:220:1:248:1893:25c8:1946", true},
    {"3ffe:ffff::1", true},
    {"3fff::1", false},
    {"3fff:fff::1", false},
    {"3fff:1000::1", true},
    {"3fff:ffff::1", true},
    {"4000::1", false},
    {"5f00::1", false},
    {"8000::1", false},
    {"fbff::1", false},
    {"fc00::1", false},
    {"fdff::1", false},
    {"fe80::1", false},
    {"febf::1", false},
    {"fec0::1", false},
    {"ff02::1", false},
    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false},
};

static void
judges_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
		struct address address;
		bool is_public = addresses[i].is_public;
		const char *row = addresses[i].text;
		HOLDS(row, address_read(span_of(row), &address));
		bool allowed = network_holds(&loopback, &address);
		HOLDS(row, address_is_public(&address) == is_public);
		HOLDS(row,
		    url_guard_allows(&strict, true, &address) == is_public);
		HOLDS(row, !url_guard_allows(&strict, false, &address));
		HOLDS(row, url_guard_allows(&with_loopback, true, &address) ==
			       (is_public || allowed));
		HOLDS(row, url_guard_allows(&with_loopback, false, &address) ==
			       allowed);
	}
}

/* A4: a name that is at several addresses. */
static void
one_refused_address_refuses_all(void **state)
{
	struct cx *cx = *state;
	struct address addresses_of_host[3];
	struct url url;

	assert_int_equal(
	    url_read(cx, &strict, SPAN("https://lms.example/"), &url), 0);
	assert_true(address_read(SPAN("93.184.216.34"), &addresses_of_host[0]));
	assert_true(address_read(SPAN("2606:2800::1"), &addresses_of_host[1]));
	assert_true(address_read(SPAN("10.0.0.1"), &addresses_of_host[2]));
	assert_int_equal(
	    url_guard_check(cx, &strict, &url, addresses_of_host, 2), 0);
	assert_int_equal(
	    url_guard_check(cx, &strict, &url, addresses_of_host, 3),
	    FAULT_LMS_UNREACHABLE);
	assert_string_equal(cx->note.telling, "");
	assert_non_null(strstr(cx->note.detail, "10.0.0.1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_apart),
	    cmocka_unit_test(refuses),
	    cmocka_unit_test(resolves_references),
	    cmocka_unit_test(refuses_a_nul),
	    cmocka_unit_test(lengths_are_bounded),
	    cmocka_unit_test(http_needs_an_allowed_network),
	    cmocka_unit_test(judges_addresses),
	    cmocka_unit_test(one_refused_address_refuses_all),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
