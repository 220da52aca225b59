/* resolve.c - names to addresses, in time
 *
 * libcurl's own resolver blocks a thread of its own beyond any deadline that
 * we set, and connects to addresses nobody judged; hence c-ares, here.
 *
 * A channel per call: making one reads resolv.conf and a few hundred bytes
 * of it, which is nothing beside a query, and no thread shares a thing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/resolve.h"

/* What is advised instead is not in c-ares 1.18, of Debian 12. */
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <poll.h>
#include <pthread.h>

#include "base/clock.h"
#include "base/cx.h"
#include "base/text.h"

/* Three tries fit into RESOLVE_WAIT_MS, for a server that lost a packet. */
enum { TRY_MS = 1500, TRIES = 3, PIN_MAX = 4096 };

struct lookup {
	struct address_list found;
	int status;
	bool over;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
start_library(void)
{
	/* Does nothing but on Windows; asked for by the manual. */
	ares_library_init(ARES_LIB_INIT_ALL);
}

static void
take_answer(void *arg, int status, int timeouts, struct ares_addrinfo *info)
{
	struct lookup *lookup = arg;

	(void)timeouts;
	lookup->over = true;
	lookup->status = status;
	if (!info)
		return;
	/* What is beyond the list is neither judged nor used. */
	struct address_list *found = &lookup->found;
	for (const struct ares_addrinfo_node *node = info->nodes;
	     node && found->count < RESOLVE_MAX; node = node->ai_next)
		if (address_from(node->ai_addr, &found->at[found->count]))
			found->count++;
	ares_freeaddrinfo(info);
}

/* At most ARES_GETSOCK_MAXNUM sockets: a few servers, UDP and TCP. */
static int
list_sockets(ares_channel channel, struct pollfd *polled)
{
	ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
	unsigned wanted =
	    (unsigned)ares_getsock(channel, sockets, ARES_GETSOCK_MAXNUM);
	int count = 0;

	for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
		/* c-ares's own macros shift an int into its sign. */
		bool reads = wanted & 1u << i;
		bool writes = wanted & 1u << (i + ARES_GETSOCK_MAXNUM);
		if (!reads && !writes)
			continue;
		polled[count++] = (struct pollfd){.fd = sockets[i],
		    .events =
			(short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0))};
	}
	return count;
}

static void
wait_once(ares_channel channel, int64_t left_ms)
{
	struct pollfd polled[ARES_GETSOCK_MAXNUM];
	struct timeval most = {left_ms / 1000, left_ms % 1000 * 1000}, next;
	int count = list_sockets(channel, polled);

	const struct timeval *wait = ares_timeout(channel, &most, &next);
	/* One more, so that a rest below a millisecond is not spun away. */
	int wait_ms = (int)(wait->tv_sec * 1000 + wait->tv_usec / 1000) + 1;
	if (poll(polled, (nfds_t)count, wait_ms) <= 0) {
		/* Lets c-ares look at its clock. */
		ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
		return;
	}
	for (int i = 0; i < count; i++) {
		short got = polled[i].revents;
		short bad = POLLERR | POLLHUP | POLLNVAL;
		ares_process_fd(channel,
		    got & (POLLIN | bad) ? polled[i].fd : ARES_SOCKET_BAD,
		    got & (POLLOUT | bad) ? polled[i].fd : ARES_SOCKET_BAD);
	}
}

static int
open_channel(const char *dns_servers, ares_channel *out)
{
	/* No search domains: a URL's name is whole (RFC 3986, 3.2.2), and an
	 * LMS called "intranet" must not become intranet.our-company.example.
	 */
	struct ares_options options = {
	    .timeout = TRY_MS, .tries = TRIES, .domains = NULL, .ndomains = 0};
	int status = ares_init_options(out, &options,
	    ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_DOMAINS);

	if (status != ARES_SUCCESS || !dns_servers)
		return status;
	status = ares_set_servers_ports_csv(*out, dns_servers);
	if (status != ARES_SUCCESS)
		ares_destroy(*out);
	return status;
}

static enum fault
ask(struct cx *cx, const char *dns_servers, struct span host,
    int64_t deadline_ms, struct address_list *out)
{
	const struct ares_addrinfo_hints hints = {
	    .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct lookup lookup = {.status = ARES_ETIMEOUT};
	ares_channel channel;

	int status = open_channel(dns_servers, &channel);
	if (status != ARES_SUCCESS)
		return fault(cx, FAULT_LMS_UNREACHABLE,
		    "no resolver for %.*s: %s", SPAN_ARGS(host),
		    ares_strerror(status));
	ares_getaddrinfo(channel, arena_cstr(cx->arena, host), NULL, &hints,
	    take_answer, &lookup);
	while (!lookup.over) {
		int64_t left_ms = deadline_ms - clock_monotonic_ms();
		if (left_ms <= 0)
			break;
		wait_once(channel, left_ms);
	}
	/* Calls take_answer, if it was not called yet. */
	ares_destroy(channel);
	if (lookup.found.count == 0)
		return fault(cx, FAULT_LMS_UNREACHABLE,
		    "no address of %.*s: %s", SPAN_ARGS(host),
		    ares_strerror(lookup.status));
	*out = lookup.found;
	return FAULT_NONE;
}

/* Nobody is asked: a resolver may say of localhost what it likes. */
static bool
is_localhost(struct span host)
{
	return span_is(host, "localhost") || span_ends(host, ".localhost");
}

enum fault
resolve(struct cx *cx, const char *dns_servers, struct span host,
    int64_t deadline_ms, struct address_list *out)
{
	struct address_list list = {.count = 1};

	if (address_read(host, &list.at[0])) {
		*out = list;
		return FAULT_NONE;
	}
	if (is_localhost(host)) {
		list.count = 2;
		if (!address_read(SPAN("127.0.0.1"), &list.at[0]) ||
		    !address_read(SPAN("::1"), &list.at[1]))
			list.count = 0;
		*out = list;
		return FAULT_NONE;
	}
	pthread_once(&once, start_library);
	int64_t latest_ms = clock_monotonic_ms() + RESOLVE_WAIT_MS;
	if (deadline_ms > latest_ms)
		deadline_ms = latest_ms;
	return ask(cx, dns_servers, host, deadline_ms, out);
}

char *
resolve_pin(struct cx *cx, struct span host, unsigned port,
    const struct address_list *addresses)
{
	struct text line = text_begin(cx->arena, PIN_MAX);
	struct address literal;

	if (address_read(host, &literal))
		return NULL;
	text_printf(&line, "%.*s:%u:", SPAN_ARGS(host), port);
	for (size_t i = 0; i < addresses->count; i++) {
		char text[ADDRESS_TEXT_SIZE];
		address_write(&addresses->at[i], text);
		text_printf(&line,
		    address_is_v4(&addresses->at[i]) ? "%s%s" : "%s[%s]",
		    i ? "," : "", text);
	}
	return line.at;
}
