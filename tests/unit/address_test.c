/* address_test.c - IP addresses and networks, as values
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/address.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

#define HOLDS(row, condition) holds(row, condition, #condition)

static void
holds(const char *row, bool condition, const char *what)
{
	if (!condition)
		fail_msg("%s: %s", row, what);
}

static const struct {
	const char *text;
	const char *written; /* NULL: refused */
} texts[] = {
    {"127.0.0.1", "127.0.0.1"},
    {"0.0.0.0", "0.0.0.0"},
    {"255.255.255.255", "255.255.255.255"},
    {"::1", "::1"},
    {"::", "::"},
    {"2001:DB8::A", "2001:db8::a"},
    {"2001:db8:0:0:0:0:0:a", "2001:db8::a"},
    {"::ffff:10.0.0.1", "10.0.0.1"},
    {"::ffff:0a00:1", "10.0.0.1"},
    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    {"", NULL},
    {"2130706433", NULL},
    {"0177.0.0.1", NULL},
    {"0x7f.1", NULL},
    {"127.1", NULL},
    {"127.0.0.01", NULL},
    {"127.0.0.1.", NULL},
    {"127.0.0.256", NULL},
    {" 127.0.0.1", NULL},
    {"127.0.0.1 ", NULL},
    {"[::1]", NULL},
    {"fe80::1%eth0", NULL},
    {"1::2::3", NULL},
    {"localhost", NULL},
    {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555", NULL},
};

static void
reads_canonical_texts_only(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct address address;
		char written[ADDRESS_TEXT_SIZE];
		const char *row = texts[i].text;
		bool read = address_read(span_of(texts[i].text), &address);
		HOLDS(row, read == (texts[i].written != NULL));
		if (!read)
			continue;
		address_write(&address, written);
		HOLDS(row, strcmp(written, texts[i].written) == 0);
	}
}

static void
refuses_a_nul_and_no_text(void **state)
{
	struct address address;

	(void)state;
	assert_false(address_read(SPAN("10.0.0.1\0.example"), &address));
	assert_false(address_read(SPAN("10.0.0.1\0"), &address));
	assert_false(address_read(SPAN_NONE, &address));
}

static void
reads_socket_addresses(void **state)
{
	struct sockaddr_in four = {
	    .sin_family = AF_INET, .sin_addr = {htonl(0x0a000001)}};
	struct sockaddr_in6 six = {
	    .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr other = {.sa_family = AF_UNIX};
	struct address address;
	char text[ADDRESS_TEXT_SIZE];

	(void)state;
	assert_true(address_from((const void *)&four, &address));
	address_write(&address, text);
	assert_string_equal(text, "10.0.0.1");
	assert_true(address_is_v4(&address));
	assert_true(address_from((const void *)&six, &address));
	address_write(&address, text);
	assert_string_equal(text, "::1");
	assert_false(address_is_v4(&address));
	assert_false(address_from(&other, &address));
}

static const struct {
	const char *network, *address;
	int holds; /* -1: the network cannot be read */
} networks[] = {
    {"10.0.0.0/8", "10.255.255.255", 1},
    {"10.0.0.0/8", "11.0.0.0", 0},
    {"10.0.0.0/8", "9.255.255.255", 0},
    {"10.1.2.3/8", "10.9.9.9", 1},
    {"10.0.0.1", "10.0.0.1", 1},
    {"10.0.0.1", "10.0.0.2", 0},
    {"10.0.0.1/32", "10.0.0.1", 1},
    {"172.16.0.0/12", "172.31.255.255", 1},
    {"172.16.0.0/12", "172.32.0.0", 0},
    {"172.16.0.0/12", "172.15.255.255", 0},
    {"100.64.0.0/10", "100.127.255.255", 1},
    {"100.64.0.0/10", "100.128.0.0", 0},
    {"0.0.0.0/0", "203.0.113.9", 1},
    {"0.0.0.0/0", "::1", 0},
    {"0.0.0.0/0", "2001:db8::1", 0},
    {"::/0", "2001:db8::1", 1},
    {"::/0", "10.0.0.1", 0},
    {"10.0.0.0/8", "::ffff:10.0.0.1", 1},
    {"::ffff:10.0.0.0/104", "10.200.0.1", 1},
    {"::ffff:10.0.0.0/104", "11.0.0.1", 0},
    {"::1", "::1", 1},
    {"fd00::/8", "fdff::1", 1},
    {"fd00::/8", "fc00::1", 0},
    {"fe80::/10", "febf::1", 1},
    {"fe80::/10", "fec0::1", 0},
    {"2001:db8::/127", "2001:db8::1", 1},
    {"2001:db8::/127", "2001:db8::2", 0},
    {"", "::1", -1},
    {"/8", "::1", -1},
    {"10.0.0.0/", "::1", -1},
    {"10.0.0.0/33", "::1", -1},
    {"10.0.0.0/-1", "::1", -1},
    {"10.0.0.0/+8", "::1", -1},
    {"10.0.0.0/8/8", "::1", -1},
    {"10.0.0.0/8x", "::1", -1},
    {"10.0.0.0/255.0.0.0", "::1", -1},
    {"10/8", "::1", -1},
    {"::/129", "::1", -1},
    {"::/99999999999999999999", "::1", -1},
    {"::ffff:10.0.0.0/90", "::1", -1},
    {"localhost", "::1", -1},
};

static void
networks_hold_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
		struct network network;
		struct address address;
		const char *row = networks[i].network;
		bool read =
		    network_read(span_of(networks[i].network), &network);
		HOLDS(row, read == (networks[i].holds >= 0));
		assert_true(
		    address_read(span_of(networks[i].address), &address));
		if (read)
			HOLDS(row, network_holds(&network, &address) ==
				       networks[i].holds);
	}
}

static const struct {
	const char *text;
	int count; /* -1: refused */
	const char *bad;
} lists[] = {
    {"", 0, NULL},
    {"  \t", 0, NULL},
    {"10.0.0.0/8", 1, NULL},
    {"10.0.0.0/8,fd00::/8", 2, NULL},
    {" 10.0.0.0/8 ,\tfd00::/8 , ::1 ", 3, NULL},
    {"10.0.0.0/8,", -1, ""},
    {",10.0.0.0/8", -1, ""},
    {"10.0.0.0/8,lms.example,x", -1, "lms.example"},
    {"10.0.0.0/8;fd00::/8", -1, "10.0.0.0/8;fd00::/8"},
};

static void
lists_are_read(void **state)
{
	struct arena *arena = arena_open();

	(void)state;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		struct network_list list = {NULL, 99};
		struct span bad = SPAN_NONE;
		const char *row = lists[i].text;
		bool read = network_list_read(
		    arena, span_of(lists[i].text), &list, &bad);
		HOLDS(row, read == (lists[i].count >= 0));
		if (read) {
			HOLDS(row, list.count == (size_t)lists[i].count);
			continue;
		}
		HOLDS(row, list.count == 99);
		HOLDS(row, span_is(bad, lists[i].bad));
	}
	arena_close(arena);
}

static void
lists_hold_addresses(void **state)
{
	struct arena *arena = arena_open();
	struct network_list list;
	struct address in, out;
	struct span bad;

	(void)state;
	assert_true(network_list_read(
	    arena, SPAN("10.0.0.0/8, ::1, 192.168.0.0/16"), &list, &bad));
	assert_true(address_read(SPAN("192.168.3.4"), &in));
	assert_true(address_read(SPAN("192.169.3.4"), &out));
	assert_true(network_list_holds(list, &in));
	assert_false(network_list_holds(list, &out));
	assert_false(network_list_holds((struct network_list){0}, &in));
	arena_close(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_canonical_texts_only),
	    cmocka_unit_test(refuses_a_nul_and_no_text),
	    cmocka_unit_test(reads_socket_addresses),
	    cmocka_unit_test(networks_hold_addresses),
	    cmocka_unit_test(lists_are_read),
	    cmocka_unit_test(lists_hold_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
