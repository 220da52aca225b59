/* wire.c - sockets, one thread, whole HTTP messages
 *
 * As little as serves: on loopback a message fits into the socket's buffer,
 * and both sides give a Content-Length. What does not is an error.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"

enum { EVENTS_AT_ONCE = 256, BACKLOG = 4096 };

struct wire {
	int epoll;
};

void
wire_fail(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(2);
}

int64_t
wire_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
watch_add(struct wire *wire, struct watch *watch)
{
	struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = watch}};

	if (epoll_ctl(wire->epoll, EPOLL_CTL_ADD, watch->fd, &event))
		wire_fail("epoll_ctl");
}

/* --- messages ------------------------------------------------------------ */

static struct span
header_of(struct span head, const char *name)
{
	struct span line, value = SPAN_NONE;
	size_t length = span_of(name).length;

	while (span_next(&head, '\n', &line))
		if (line.length > length && line.at[length] == ':' &&
		    strncasecmp(line.at, name, length) == 0)
			value = span_from_offset(line, length + 1);
	while (span_ends(value, "\r"))
		value.length--;
	return span_trim(value);
}

/* The length of the whole message at the front of what came; 0: not whole. */
static size_t
message_read(const struct conn *conn, struct message *out)
{
	const char *end = memmem(conn->in, conn->length, "\r\n\r\n", 4);
	int64_t length = 0;

	if (!end)
		return 0;
	struct span head = span_from(conn->in, (size_t)(end - conn->in));
	struct span given = header_of(head, "Content-Length");
	if (given.length && !span_number(given, CONN_IN_MAX, &length))
		wire_fail("a Content-Length that is too large");
	size_t whole = head.length + 4 + (size_t)length;
	if (conn->length < whole)
		return 0;
	out->closes =
	    span_equal_nocase(header_of(head, "Connection"), SPAN("close"));
	span_next(&head, '\r', &out->line);
	out->body = span_from(end + 4, (size_t)length);
	return whole;
}

static void
conn_ready(struct watch *watch)
{
	struct conn *conn = (struct conn *)watch;
	struct message message;
	ssize_t got = recv(watch->fd, conn->in + conn->length,
	    CONN_IN_MAX - conn->length, MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		conn->ended(conn);
		return;
	}
	conn->length += (size_t)got;
	size_t whole = message_read(conn, &message);
	if (!whole) {
		if (conn->length == CONN_IN_MAX)
			wire_fail("a message that is too large");
		return;
	}
	/* One at a time: nobody here sends a second before the answer. */
	conn->length = 0;
	conn->take(conn, &message);
	if (message.closes)
		conn->ended(conn);
}

/* --- connections --------------------------------------------------------- */

static struct conn *
conn_make(struct wire *wire, int fd)
{
	struct conn *conn = memory_take(sizeof *conn);
	int on = 1;

	conn->watch = (struct watch){fd, conn_ready};
	conn->wire = wire;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	watch_add(wire, &conn->watch);
	return conn;
}

struct conn *
conn_open(struct wire *wire, const struct sockaddr_in *address)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		wire_fail("socket");
	if (connect(fd, (const struct sockaddr *)address, sizeof *address))
		wire_fail("connect to the target");
	return conn_make(wire, fd);
}

void
conn_close(struct conn *conn)
{
	close(conn->watch.fd);
	memory_give_back(conn);
}

void
conn_send(struct conn *conn, struct span head, struct span body)
{
	struct iovec parts[2];
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	const char *texts[2] = {head.at, body.at};

	memcpy(&parts[0].iov_base, &texts[0], sizeof texts[0]);
	memcpy(&parts[1].iov_base, &texts[1], sizeof texts[1]);
	parts[0].iov_len = head.length;
	parts[1].iov_len = body.length;
	ssize_t sent = sendmsg(conn->watch.fd, &message, MSG_NOSIGNAL);
	/* Who has gone is noticed when reading. */
	if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
		return;
	if (sent != (ssize_t)(head.length + body.length))
		wire_fail("a message that was not sent at once");
}

/* --- listeners ----------------------------------------------------------- */

static void
listener_ready(struct watch *watch)
{
	struct listener *listener = (struct listener *)watch;
	int fd;

	while ((fd = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0)
		listener->accepted(listener, conn_make(listener->wire, fd));
	if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
		wire_fail("accept");
}

void
listener_open(struct wire *wire, const struct sockaddr_in *address,
    struct listener *listener)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;

	if (fd < 0)
		wire_fail("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (const struct sockaddr *)address, sizeof *address) ||
	    listen(fd, BACKLOG))
		wire_fail("listen for the LMS");
	listener->watch = (struct watch){fd, listener_ready};
	listener->wire = wire;
	watch_add(wire, &listener->watch);
}

/* --- the loop ------------------------------------------------------------ */

struct wire *
wire_open(void)
{
	struct wire *wire = memory_take(sizeof *wire);

	wire->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (wire->epoll < 0)
		wire_fail("epoll_create1");
	return wire;
}

void
wire_close(struct wire *wire)
{
	close(wire->epoll);
	memory_give_back(wire);
}

void
wire_turn(struct wire *wire, int wait_ms)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	int count = epoll_wait(wire->epoll, events, EVENTS_AT_ONCE, wait_ms);

	if (count < 0 && errno != EINTR)
		wire_fail("epoll_wait");
	for (int i = 0; i < count; i++) {
		struct watch *watch = events[i].data.ptr;
		watch->ready(watch);
	}
}
