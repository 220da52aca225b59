/* listening.c - the sockets that connections come from
 *
 * With several loops each has its own socket on the same port (SO_REUSEPORT),
 * and the kernel spreads connections. That option would also let a second
 * daemon bind the port unnoticed, so the address is first bound without it;
 * port 0 becomes a number on that occasion.
 *
 * A socket that was handed over is one queue, from which all loops take. Who
 * handed it over keeps it open while we start anew, and with it whoever waits
 * to be accepted.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/listening.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cx.h"

enum { BACKLOG = 1024 };

struct place {
	struct sockaddr_storage address;
	socklen_t length;
};

static enum fault
read_place(struct cx *cx, const char *text, struct place *out)
{
	const struct addrinfo hints = {
	    .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
	    .ai_socktype = SOCK_STREAM,
	};
	struct span whole = span_of(text);
	size_t colon = whole.length;
	struct addrinfo *found = NULL;

	while (colon && whole.at[colon - 1] != ':')
		colon--;
	struct span host = span_first(whole, colon ? colon - 1 : 0);
	if (host.length > 2 && host.at[0] == '[' && span_ends(host, "]"))
		host = span_from(host.at + 1, host.length - 2);
	struct span port = span_from_offset(whole, colon);
	int64_t number = 0;
	if (!host.length || !span_number(port, 65535, &number) ||
	    getaddrinfo(arena_cstr(cx->arena, host),
		arena_cstr(cx->arena, port), &hints, &found))
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "listen %s: not an address and a port", text);
	memcpy(&out->address, found->ai_addr, found->ai_addrlen);
	out->length = found->ai_addrlen;
	freeaddrinfo(found);
	return FAULT_NONE;
}

static unsigned
get_port(const struct place *place)
{
	if (place->address.ss_family == AF_INET6)
		return ntohs(
		    ((const struct sockaddr_in6 *)&place->address)->sin6_port);
	return ntohs(((const struct sockaddr_in *)&place->address)->sin_port);
}

/* -1: errno tells. */
static int
bind_at(const struct place *place, bool shared)
{
	int on = 1, off = 0;
	int handle = socket(place->address.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (handle < 0)
		return -1;
	setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	/* What is accepted has it, too. libevent writes 16 KiB at once; the
	 * rest of a larger answer would wait for the client's delayed
	 * acknowledgement, 40 ms. */
	setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (shared)
		setsockopt(handle, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
	if (place->address.ss_family == AF_INET6)
		setsockopt(handle, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	if (bind(handle, (const struct sockaddr *)&place->address,
		place->length) == 0)
		return handle;
	int failure = errno;
	close(handle);
	errno = failure;
	return -1;
}

static void
close_all(const int *sockets, size_t count)
{
	for (size_t i = 0; i < count; i++)
		close(sockets[i]);
}

static enum fault
refuse(struct cx *cx, const char *address)
{
	return fault_tell(cx, FAULT_CONFIG_REFUSED, "listen %s: %s", address,
	    strerror(errno));
}

/* How many of them were opened; fewer than count: errno tells why. */
static size_t
open_all(struct place *place, int *sockets, size_t count)
{
	size_t opened = 0;
	int first = bind_at(place, false);

	if (first < 0)
		return 0;
	getsockname(first, (struct sockaddr *)&place->address, &place->length);
	if (count == 1)
		sockets[opened++] = first;
	else
		close(first);
	while (opened < count) {
		int handle = bind_at(place, true);
		if (handle < 0)
			break;
		sockets[opened++] = handle;
	}
	return opened;
}

enum fault
listening_open(struct cx *cx, const char *address, int *sockets, size_t count,
    unsigned *port)
{
	struct place place = {.length = 0};
	size_t listening = 0;

	enum fault failure = read_place(cx, address, &place);
	if (failure)
		return failure;
	size_t opened = open_all(&place, sockets, count);
	while (opened == count && listening < count &&
	       listen(sockets[listening], BACKLOG) == 0)
		listening++;
	if (listening < count) {
		failure = refuse(cx, address);
		close_all(sockets, opened);
		return failure;
	}
	*port = get_port(&place);
	return FAULT_NONE;
}

/* --- sockets that were handed over --------------------------------------- */

static bool
is_listening(int handed)
{
	int on = 0;
	socklen_t length = sizeof on;

	return getsockopt(handed, SOL_SOCKET, SO_ACCEPTCONN, &on, &length) ==
		   0 &&
	       on;
}

static enum fault
find_place(struct cx *cx, int handed, struct place *out)
{
	out->length = sizeof out->address;
	if (is_listening(handed) &&
	    getsockname(
		handed, (struct sockaddr *)&out->address, &out->length) == 0 &&
	    (out->address.ss_family == AF_INET ||
		out->address.ss_family == AF_INET6))
		return FAULT_NONE;
	return fault_tell(cx, FAULT_CONFIG_REFUSED,
	    "descriptor %d, which the service manager handed over, is no "
	    "listening TCP socket",
	    handed);
}

enum fault
listening_name(struct cx *cx, int handed, const char **address)
{
	struct place place;
	char host[128] = ""; /* IPv6, and an interface */
	enum fault which = find_place(cx, handed, &place);

	if (which)
		return which;
	bool six = place.address.ss_family == AF_INET6;
	const struct sockaddr *at = (const struct sockaddr *)&place.address;
	getnameinfo(
	    at, place.length, host, sizeof host, NULL, 0, NI_NUMERICHOST);
	*address = arena_cstr(
	    cx->arena, arena_printf(cx->arena, six ? "[%s]:%u" : "%s:%u", host,
			   get_port(&place)));
	return FAULT_NONE;
}

enum fault
listening_take(
    struct cx *cx, int handed, int *sockets, size_t count, unsigned *port)
{
	struct place place;
	int on = 1;
	enum fault which = find_place(cx, handed, &place);

	if (which)
		return which;
	fcntl(handed, F_SETFD, FD_CLOEXEC);
	fcntl(handed, F_SETFL, O_NONBLOCK);
	setsockopt(handed, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	sockets[0] = handed;
	for (size_t i = 1; i < count; i++) {
		sockets[i] = fcntl(handed, F_DUPFD_CLOEXEC, 0);
		if (sockets[i] < 0) {
			which = refuse(cx, "what was handed over");
			close_all(sockets, i);
			return which;
		}
	}
	*port = get_port(&place);
	return FAULT_NONE;
}
