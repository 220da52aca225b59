/* fetch_test.c - the one door through which anything leaves
 *
 * Real sockets: HTTP, HTTPS and DNS servers are threads of this program, on
 * 127.0.0.1, which the policy allows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/fetch.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/clock.h"
#include "base/cx.h"
#include "net/resolve.h"

#define HOLDS(row, condition) holds(row, condition, #condition)

static void
holds(const char *row, bool condition, const char *what)
{
	if (!condition)
		fail_msg("%s: %s", row, what);
}

static void
no_random(void *bytes, size_t length)
{
	memset(bytes, 0, length);
}

static void
sleep_ms(long ms)
{
	const struct timespec wait = {ms / 1000, ms % 1000 * 1000000};
	nanosleep(&wait, NULL);
}

/* ---- a web server that misbehaves as told ---- */

enum { REQUEST_MAX = 16 * 1024, CONNECTIONS_MAX = 64 };

enum manner {
	REPLY,         /* reply, then close */
	REPLY_KEEP,    /* reply, and wait for the next request */
	REPLY_ONCE,    /* reply to a connection's first request only */
	SILENT,        /* read, and say nothing */
	DRIP,          /* a byte of an endless body now and then */
	DRIP_HEAD,     /* a byte of an endless header now and then */
	ENDLESS_CHUNK, /* as fast as it goes */
	HEADER_LINES,  /* `count` lines, the first and the last included */
	HEADER_BYTES,  /* a head of `count` bytes */
	BODY_BYTES,    /* a body of `count` bytes */
};

struct server {
	enum manner manner;
	const char *reply;
	size_t count;
	SSL_CTX *tls;
	int listener;
	unsigned port;
	atomic_bool stop;
	atomic_int connections, requests, resumed; /* TLS sessions */
	pthread_t thread, serving[CONNECTIONS_MAX];
	pthread_mutex_t lock;
	char request[REQUEST_MAX]; /* the last one; under lock */
};

struct peer {
	struct server *server;
	int fd;
	SSL *ssl;
};

static bool
say(struct peer *peer, const char *bytes, size_t length)
{
	if (peer->ssl)
		return SSL_write(peer->ssl, bytes, (int)length) > 0;
	return send(peer->fd, bytes, length, MSG_NOSIGNAL) == (ssize_t)length;
}

static bool
say_text(struct peer *peer, const char *text)
{
	return say(peer, text, strlen(text));
}

/* False when the other side is gone or the test is over. */
static bool
wait_for_bytes(struct peer *peer)
{
	struct pollfd polled = {.fd = peer->fd, .events = POLLIN};

	while (!peer->server->stop) {
		if (peer->ssl && SSL_pending(peer->ssl))
			return true;
		if (poll(&polled, 1, 10) > 0)
			return true;
	}
	return false;
}

static bool
hear(struct peer *peer)
{
	struct server *server = peer->server;
	char request[REQUEST_MAX] = "";
	size_t length = 0, body = 0;

	for (;;) {
		const char *end = strstr(request, "\r\n\r\n");
		const char *stated = strstr(request, "Content-Length: ");
		if (end && stated)
			body = strtoul(stated + 16, NULL, 10);
		if (end && length >= (size_t)(end + 4 - request) + body)
			break;
		if (!wait_for_bytes(peer))
			return false;
		size_t room = sizeof request - 1 - length;
		ssize_t got =
		    peer->ssl ? SSL_read(peer->ssl, request + length, (int)room)
			      : recv(peer->fd, request + length, room, 0);
		if (got <= 0)
			return false;
		length += (size_t)got;
		request[length] = '\0';
	}
	pthread_mutex_lock(&server->lock);
	memcpy(server->request, request, length + 1);
	pthread_mutex_unlock(&server->lock);
	server->requests++;
	return true;
}

static void
say_again(struct peer *peer, const char *piece, long wait_ms)
{
	while (!peer->server->stop && say_text(peer, piece))
		if (wait_ms)
			sleep_ms(wait_ms);
}

static void
say_many(struct peer *peer, size_t count, const char *piece)
{
	for (size_t i = 0; i < count; i++)
		if (!say_text(peer, piece))
			return;
}

static void
say_body(struct peer *peer, size_t count)
{
	char head[100];

	snprintf(head, sizeof head,
	    "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", count);
	say_text(peer, head);
	say_many(peer, count / 1024,
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
	say_many(peer, count % 1024, "x");
}

/* True to go on with the next request. */
static bool
answer(struct peer *peer)
{
	static const char chunked[] =
	    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
	static const char end[] = "Content-Length: 0\r\n\r\n";
	struct server *server = peer->server;

	switch (server->manner) {
	case REPLY:
		say_text(peer, server->reply);
		return false;
	case REPLY_KEEP:
		return say_text(peer, server->reply);
	case REPLY_ONCE:
		say_text(peer, server->reply);
		return !wait_for_bytes(peer);
	case SILENT:
		wait_for_bytes(peer);
		return false;
	case DRIP:
		say_text(peer, chunked);
		say_again(peer, "1\r\nx\r\n", 40);
		return false;
	case DRIP_HEAD:
		say_text(peer, "HTTP/1.1 200 OK\r\nX: ");
		say_again(peer, "x", 40);
		return false;
	case ENDLESS_CHUNK:
		say_text(peer, chunked);
		say_again(peer, "8\r\n01234567\r\n", 0);
		return false;
	case HEADER_LINES:
		say_text(peer, "HTTP/1.1 200 OK\r\n");
		say_many(peer, server->count - 3, "X: y\r\n");
		say_text(peer, end);
		return false;
	case HEADER_BYTES:
		/* One long line. */
		say_text(peer, "HTTP/1.1 200 OK\r\nX: ");
		say_many(peer,
		    server->count - strlen("HTTP/1.1 200 OK\r\nX: \r\n") -
			strlen(end),
		    "x");
		say_text(peer, "\r\n");
		say_text(peer, end);
		return false;
	case BODY_BYTES:
		say_body(peer, server->count);
		return false;
	}
	return false;
}

static void *
serve_connection(void *arg)
{
	struct peer *peer = arg;

	if (peer->server->tls) {
		peer->ssl = SSL_new(peer->server->tls);
		SSL_set_fd(peer->ssl, peer->fd);
	}
	bool ready = !peer->ssl || SSL_accept(peer->ssl) == 1;
	if (ready && peer->ssl && SSL_session_reused(peer->ssl))
		peer->server->resumed++;
	if (ready)
		while (hear(peer) && answer(peer))
			;
	if (peer->ssl) {
		SSL_shutdown(peer->ssl);
		SSL_free(peer->ssl);
	}
	/* Orderly, or what was said last might be lost. */
	shutdown(peer->fd, SHUT_WR);
	struct timeval wait = {0, 30000};
	char rest[4096];
	setsockopt(peer->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	while (recv(peer->fd, rest, sizeof rest, 0) > 0)
		;
	close(peer->fd);
	free(peer);
	return NULL;
}

static void *
serve(void *arg)
{
	struct server *server = arg;
	struct pollfd polled = {.fd = server->listener, .events = POLLIN};
	int count = 0;

	while (!server->stop && count < CONNECTIONS_MAX) {
		if (poll(&polled, 1, 10) <= 0)
			continue;
		struct peer *peer = calloc(1, sizeof *peer);
		*peer = (struct peer){
		    .server = server, .fd = accept(server->listener, 0, 0)};
		server->connections++;
		pthread_create(
		    &server->serving[count++], NULL, serve_connection, peer);
	}
	for (int i = 0; i < count; i++)
		pthread_join(server->serving[i], NULL);
	return NULL;
}

static int
listen_on(int type, unsigned *port)
{
	struct sockaddr_in here = {
	    .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof here;
	int fd = socket(AF_INET, type, 0);

	assert_int_equal(bind(fd, (const void *)&here, sizeof here), 0);
	assert_int_equal(getsockname(fd, (void *)&here, &length), 0);
	*port = ntohs(here.sin_port);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 64), 0);
	return fd;
}

static struct server *
server_open(enum manner manner, const char *reply, size_t count, SSL_CTX *tls)
{
	struct server *server = calloc(1, sizeof *server);

	*server = (struct server){
	    .manner = manner, .reply = reply, .count = count, .tls = tls};
	pthread_mutex_init(&server->lock, NULL);
	server->listener = listen_on(SOCK_STREAM, &server->port);
	pthread_create(&server->thread, NULL, serve, server);
	return server;
}

static void
server_close(struct server *server)
{
	server->stop = true;
	pthread_join(server->thread, NULL);
	close(server->listener);
	pthread_mutex_destroy(&server->lock);
	free(server);
}

/* ---- a name server ---- */

struct names {
	int fd;
	unsigned port;
	char csv[32];
	atomic_bool stop;
	atomic_int asked;
	pthread_t thread;
};

/* A records by the first label; what is not here does not exist. A name
 * that flips answers its addresses in turn. */
static const struct {
	const char *label;
	const char *addresses[3];
	int times; /* each address so often */
	bool flips;
} zone[] = {
    {"one", {"127.0.0.1"}, 1, false},
    {"mixed", {"127.0.0.1", "10.0.0.1"}, 1, false},
    {"private", {"10.0.0.1"}, 1, false},
    {"many", {"127.0.0.1"}, 20, false},
    {"flip", {"127.0.0.1", "10.0.0.1"}, 1, true},
    {"silent", {NULL}, 0, false},
};

static size_t
add_record(unsigned char *at, const char *address)
{
	static const unsigned char head[] = {
	    0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4};

	memcpy(at, head, sizeof head);
	inet_pton(AF_INET, address, at + sizeof head);
	return sizeof head + 4;
}

/* Answers in place; 0: says nothing. */
static size_t
answer_name(struct names *names, unsigned char *packet, size_t length)
{
	size_t end = 12, row = 0, rows = sizeof zone / sizeof *zone;

	while (packet[end])
		end += packet[end] + 1u;
	bool is_a = packet[end + 2] == 1;
	end += 5; /* what follows the question (EDNS) is not repeated */
	assert_true(length >= end);
	while (row < rows &&
	       (strlen(zone[row].label) != packet[12] ||
		   memcmp(zone[row].label, packet + 13, packet[12]) != 0))
		row++;
	packet[2] = 0x81;
	packet[3] = row == rows ? 0x83 : 0x80; /* NXDOMAIN */
	memset(packet + 6, 0, 6);
	if (row == rows || !is_a)
		return end;
	if (zone[row].times == 0)
		return 0;
	int asked = names->asked++;
	for (int i = 0; zone[row].addresses[i]; i++) {
		if (zone[row].flips && i != asked % 2)
			continue;
		for (int j = 0; j < zone[row].times; j++) {
			end += add_record(packet + end, zone[row].addresses[i]);
			packet[7]++;
		}
	}
	return end;
}

static void *
serve_names(void *arg)
{
	struct names *names = arg;
	struct pollfd polled = {.fd = names->fd, .events = POLLIN};

	while (!names->stop) {
		unsigned char packet[2048];
		struct sockaddr_in from;
		socklen_t size = sizeof from;
		if (poll(&polled, 1, 10) <= 0)
			continue;
		ssize_t length =
		    recvfrom(names->fd, packet, 512, 0, (void *)&from, &size);
		if (length < 17)
			continue;
		size_t answered = answer_name(names, packet, (size_t)length);
		if (answered)
			sendto(names->fd, packet, answered, 0, (void *)&from,
			    size);
	}
	return NULL;
}

static struct names *
names_open(void)
{
	struct names *names = calloc(1, sizeof *names);

	names->fd = listen_on(SOCK_DGRAM, &names->port);
	snprintf(names->csv, sizeof names->csv, "127.0.0.1:%u", names->port);
	pthread_create(&names->thread, NULL, serve_names, names);
	return names;
}

static void
names_close(struct names *names)
{
	names->stop = true;
	pthread_join(names->thread, NULL);
	close(names->fd);
	free(names);
}

/* ---- the door, opened in one line ---- */

struct door {
	struct cx cx;
	struct net *net;
	struct fetch_answer answer;
};

static const char loopback[] = "127.0.0.0/8";

static struct door *
door_open(const char *allow, const char *ca_file, const char *dns_servers)
{
	struct door *door = calloc(1, sizeof *door);
	struct net_options options = {.limits = {.total = {8, 8, 8}},
	    .ca_file = ca_file,
	    .dns_servers = dns_servers};
	struct span bad;

	cx_init(&door->cx, no_random);
	assert_true(network_list_read(door->cx.arena, span_of(allow),
	    &options.policy.outbound_allow, &bad));
	assert_int_equal(net_open(&door->cx, &options, &door->net), 0);
	return door;
}

static void
door_close(struct door *door)
{
	net_close(door->net);
	cx_release(&door->cx);
	free(door);
}

static enum fault
get(struct door *door, const char *scheme, const char *host, unsigned port,
    const char *rest, int64_t wait_ms)
{
	const struct fetch_request request = {
	    .url = arena_printf(
		door->cx.arena, "%s://%s:%u%s", scheme, host, port, rest),
	    .method = "GET",
	    .deadline_ms = clock_monotonic_ms() + wait_ms,
	    .kind = PERMIT_SERVICE};

	return fetch(door->net, &door->cx, &request, &door->answer);
}

static enum fault
post(struct door *door, unsigned port, struct span bearer, int64_t wait_ms)
{
	const struct fetch_request request = {
	    .url = arena_printf(door->cx.arena,
		"http://127.0.0.1:%u/register?key=query-secret", port),
	    .method = "POST",
	    .bearer = bearer,
	    .accept = "application/json",
	    .content_type = "application/json",
	    .body = SPAN("{\"a\":1}"),
	    .deadline_ms = clock_monotonic_ms() + wait_ms,
	    .kind = PERMIT_REGISTRATION,
	    .client = SPAN("192.0.2.1")};

	return fetch(door->net, &door->cx, &request, &door->answer);
}

/* ---- answers ---- */

static const struct {
	const char *name, *reply;
	enum fault fault;
	int status;
	const char *body, *type, *retry_after, *cache_control;
} replies[] = {
    {"a whole answer",
	"HTTP/1.1 200 OK\r\ncontent-TYPE: Application/JSON ; charset=utf-8\r\n"
	"Retry-After:  7 \r\nCache-Control: max-age=60\r\n"
	"Content-Length: 2\r\n\r\n{}",
	FAULT_NONE, 200, "{}", "application/json", "7", "max-age=60"},
    {"404 is an answer",
	"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone", FAULT_NONE,
	404, "gone", "", "", ""},
    {"500 is an answer", "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n",
	FAULT_NONE, 500, "", "", "", ""},
    {"no content", "HTTP/1.1 204 No Content\r\n\r\n", FAULT_NONE, 204, "", "",
	"", ""},
    {"a redirect is not followed",
	"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n",
	FAULT_NONE, 302, "", "", "", ""},
    {"until the connection ends", "HTTP/1.1 200 OK\r\n\r\nall of it",
	FAULT_NONE, 200, "all of it", "", "", ""},
    {"chunked, with trailers that are no headers",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
	"Content-Type: text/plain\r\n\r\n3\r\nabc\r\n0\r\n"
	"Content-Type: text/evil\r\nRetry-After: 9\r\n\r\n",
	FAULT_NONE, 200, "abc", "text/plain", "", ""},
    {"early hints are not the answer",
	"HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\n\r\n"
	"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
	FAULT_NONE, 200, "x", "", "", ""},
    {"compressed without being asked: bytes as they are",
	"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
	"Content-Length: 4\r\n\r\n\x1f\x8bxy",
	FAULT_NONE, 200, "\x1f\x8bxy", "", "", ""},
    {"more than the length that was stated",
	"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK",
	FAULT_NONE, 200, "{}", "", "", ""},
    {"less than the length that was stated",
	"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
	FAULT_LMS_NO_ANSWER, 0, "", "", "", ""},
    {"a chunk that ends early",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nabc",
	FAULT_LMS_NO_ANSWER, 0, "", "", "", ""},
    {"a chunk without a length",
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc",
	FAULT_LMS_NO_ANSWER, 0, "", "", "", ""},
    {"half a head", "HTTP/1.1 200 OK\r\nContent-Ty", FAULT_LMS_NO_ANSWER, 0, "",
	"", "", ""},
    {"a status line and no more", "HTTP/1.1 200 OK\r\n", FAULT_LMS_NO_ANSWER, 0,
	"", "", "", ""},
    {"nothing", "", FAULT_LMS_NO_ANSWER, 0, "", "", "", ""},
    {"not HTTP", "SSH-2.0-OpenSSH_9.2\r\n", FAULT_LMS_NO_ANSWER, 0, "", "", "",
	""},
};

static void
takes_answers(void **state)
{
	struct door *door = door_open(loopback, NULL, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
		const char *row = replies[i].name;
		struct server *server =
		    server_open(REPLY, replies[i].reply, 0, NULL);
		door->answer = (struct fetch_answer){.status = 7777};
		enum fault failure =
		    get(door, "http", "127.0.0.1", server->port, "/", 5000);
		HOLDS(row, failure == replies[i].fault);
		HOLDS(row, server->requests == 1);
		server_close(server);
		if (failure) {
			HOLDS(row, door->answer.status == 7777);
			continue;
		}
		HOLDS(row, door->answer.status == replies[i].status);
		HOLDS(row, span_is(door->answer.body, replies[i].body));
		HOLDS(row, span_is(door->answer.content_type, replies[i].type));
		HOLDS(row,
		    span_is(door->answer.retry_after, replies[i].retry_after));
		HOLDS(row, span_is(door->answer.cache_control,
			       replies[i].cache_control));
	}
	door_close(door);
}

static void
joins_links(void **state)
{
	struct door *door = door_open(loopback, NULL, NULL);
	struct server *server = server_open(REPLY,
	    "HTTP/1.1 200 OK\r\nLink: <a>; rel=next\r\nX: y\r\n"
	    "link:  <b>; rel=last \r\nContent-Length: 0\r\n\r\n",
	    0, NULL);

	(void)state;
	assert_int_equal(
	    get(door, "http", "127.0.0.1", server->port, "/", 5000), 0);
	assert_true(span_is(door->answer.link, "<a>; rel=next, <b>; rel=last"));
	server_close(server);
	door_close(door);
}

/* RFC 9110, 10.2.3: a number of seconds, or a date. */
static void
reads_retry_after(void **state)
{
	static const struct {
		const char *value;
		int64_t seconds;
	} rows[] = {
	    {"", 0},
	    {"0", 0},
	    {"7", 7},
	    {"86399", 86399},
	    {"99999999999", 86400},
	    {"9223372036854775807", 86400},
	    {"Fri, 01 Jan 9999 00:00:00 GMT", 86400},
	    {"-1", 0},
	    {"1.5", 0},
	    {"soon", 0},
	    {"Thu, 01 Jan 1970 00:33:20 GMT", 1000},
	    {"Thu, 01 Jan 1970 00:00:01 GMT", 0},
	};
	struct door *door = door_open(loopback, NULL, NULL);

	(void)state;
	door->cx.now = 1000;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct fetch_answer answer = {
		    .retry_after = span_of(rows[i].value)};
		HOLDS(rows[i].value,
		    fetch_retry_after(&door->cx, &answer) == rows[i].seconds);
	}
	door_close(door);
}

static const struct {
	const char *name;
	enum manner manner;
	size_t count;
	int64_t wait_ms;
	enum fault fault;
} bounds[] = {
    {"1 MiB", BODY_BYTES, 1024 * 1024, 10000, FAULT_NONE},
    {"1 MiB and a byte", BODY_BYTES, 1024 * 1024 + 1, 10000,
	FAULT_LMS_NO_ANSWER},
    {"endless chunks", ENDLESS_CHUNK, 0, 10000, FAULT_LMS_NO_ANSWER},
    {"100 lines of head", HEADER_LINES, 100, 10000, FAULT_NONE},
    {"101 lines of head", HEADER_LINES, 101, 10000, FAULT_LMS_NO_ANSWER},
    {"32 KiB of head", HEADER_BYTES, 32 * 1024, 10000, FAULT_NONE},
    {"32 KiB and a byte of head", HEADER_BYTES, 32 * 1024 + 1, 10000,
	FAULT_LMS_NO_ANSWER},
    {"a slow drip of body", DRIP, 0, 500, FAULT_LMS_NO_ANSWER},
    {"a slow drip of head", DRIP_HEAD, 0, 500, FAULT_LMS_NO_ANSWER},
    {"no answer ever", SILENT, 0, 500, FAULT_LMS_NO_ANSWER},
};

static void
answers_are_bounded(void **state)
{
	struct door *door = door_open(loopback, NULL, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
		const char *row = bounds[i].name;
		struct server *server =
		    server_open(bounds[i].manner, NULL, bounds[i].count, NULL);
		int64_t start_ms = clock_monotonic_ms();
		enum fault failure = get(door, "http", "127.0.0.1",
		    server->port, "/", bounds[i].wait_ms);
		int64_t took_ms = clock_monotonic_ms() - start_ms;
		HOLDS(row, failure == bounds[i].fault);
		HOLDS(row, server->requests == 1);
		if (bounds[i].wait_ms == 500)
			HOLDS(row, took_ms >= 490 && took_ms < 1500);
		if (bounds[i].manner == BODY_BYTES && !failure)
			HOLDS(row, door->answer.body.length == bounds[i].count);
		server_close(server);
	}
	door_close(door);
}

static void
a_caller_may_want_less(void **state)
{
	struct server *server = server_open(REPLY,
	    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345", 0, NULL);
	struct door *door = door_open(loopback, NULL, NULL);
	struct fetch_request request = {
	    .url = arena_printf(
		door->cx.arena, "http://127.0.0.1:%u/", server->port),
	    .method = "GET",
	    .answer_max = 5,
	    .deadline_ms = fetch_deadline()};

	(void)state;
	assert_int_equal(
	    fetch(door->net, &door->cx, &request, &door->answer), 0);
	request.answer_max = 4;
	assert_int_equal(fetch(door->net, &door->cx, &request, &door->answer),
	    FAULT_LMS_NO_ANSWER);
	assert_non_null(strstr(door->cx.note.detail, "more body"));
	assert_int_equal(door->cx.note.external_status, 200);
	door_close(door);
	server_close(server);
}

/* ---- what is sent ---- */

static const char empty_answer[] =
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

static void
a_get_is_plain(void **state)
{
	struct server *server = server_open(REPLY, empty_answer, 0, NULL);
	struct door *door = door_open(loopback, NULL, NULL);
	char expected[300];

	(void)state;
	assert_int_equal(get(door, "http", "127.0.0.1", server->port,
			     "/a/../b//%2F?x=%2f&y=a+b", 5000),
	    0);
	snprintf(expected, sizeof expected,
	    "GET /a/../b//%%2F?x=%%2f&y=a+b HTTP/1.1\r\n"
	    "Host: 127.0.0.1:%u\r\nUser-Agent: ltigate/" LTIGATE_VERSION
	    "\r\nAccept: */*\r\n\r\n",
	    server->port);
	assert_string_equal(server->request, expected);
	door_close(door);
	server_close(server);
}

static void
a_post_has_its_token_and_body(void **state)
{
	struct server *server = server_open(REPLY, empty_answer, 0, NULL);
	struct door *door = door_open(loopback, NULL, NULL);
	char expected[400];

	(void)state;
	assert_int_equal(
	    post(door, server->port, SPAN("to:ken/1+2=="), 5000), 0);
	snprintf(expected, sizeof expected,
	    "POST /register?key=query-secret HTTP/1.1\r\n"
	    "Host: 127.0.0.1:%u\r\nUser-Agent: ltigate/" LTIGATE_VERSION
	    "\r\nAccept: application/json\r\n"
	    "Content-Type: application/json\r\n"
	    "Authorization: Bearer to:ken/1+2==\r\n"
	    "Content-Length: 7\r\n\r\n{\"a\":1}",
	    server->port);
	assert_string_equal(server->request, expected);
	door_close(door);
	server_close(server);
}

static void
a_token_with_controls_is_not_sent(void **state)
{
	struct server *server = server_open(REPLY, empty_answer, 0, NULL);
	struct door *door = door_open(loopback, NULL, NULL);
	char *too_long = calloc(1, 9000);

	(void)state;
	memset(too_long, 'a', 9000);
	assert_int_equal(post(door, server->port, SPAN("x\r\nEvil: 1"), 5000),
	    FAULT_LMS_UNREACHABLE);
	assert_int_equal(post(door, server->port, SPAN("x\0y"), 5000),
	    FAULT_LMS_UNREACHABLE);
	assert_int_equal(
	    post(door, server->port, span_from(too_long, 9000), 5000),
	    FAULT_LMS_UNREACHABLE);
	assert_int_equal(server->connections, 0);
	free(too_long);
	door_close(door);
	server_close(server);
}

static void
the_environment_names_no_proxy(void **state)
{
	struct server *server = server_open(REPLY, empty_answer, 0, NULL);
	struct server *proxy = server_open(REPLY, empty_answer, 0, NULL);
	struct door *door = door_open(loopback, NULL, NULL);
	char url[64];

	(void)state;
	snprintf(url, sizeof url, "http://127.0.0.1:%u", proxy->port);
	setenv("http_proxy", url, 1);
	setenv("ALL_PROXY", url, 1);
	assert_int_equal(
	    get(door, "http", "127.0.0.1", server->port, "/", 5000), 0);
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
	assert_int_equal(proxy->connections, 0);
	assert_int_equal(server->connections, 1);
	door_close(door);
	server_close(proxy);
	server_close(server);
}

/* ---- connections that are kept ---- */

static void
gets_share_a_connection_and_a_post_does_not(void **state)
{
	struct server *server = server_open(REPLY_KEEP, empty_answer, 0, NULL);
	struct door *door = door_open(loopback, NULL, NULL);

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(
		    get(door, "http", "127.0.0.1", server->port, "/", 5000), 0);
	assert_int_equal(server->connections, 1);
	assert_int_equal(post(door, server->port, SPAN_NONE, 5000), 0);
	assert_int_equal(server->connections, 2);
	assert_int_equal(server->requests, 4);
	/* Nothing of the last request stays. */
	assert_int_equal(
	    get(door, "http", "127.0.0.1", server->port, "/", 5000), 0);
	assert_int_equal(server->connections, 2);
	assert_true(strncmp(server->request, "GET / HTTP/1.1\r\n", 16) == 0);
	assert_null(strstr(server->request, "Content-"));
	door_close(door);
	server_close(server);
}

static void
a_dead_kept_connection_costs_a_get_nothing(void **state)
{
	struct server *server = server_open(REPLY_ONCE, empty_answer, 0, NULL);
	struct door *door = door_open(loopback, NULL, NULL);

	(void)state;
	/* The second request ends the first connection unanswered. */
	for (int i = 0; i < 2; i++)
		assert_int_equal(
		    get(door, "http", "127.0.0.1", server->port, "/", 5000), 0);
	assert_int_equal(server->connections, 2);
	assert_int_equal(server->requests, 2);
	door_close(door);
	server_close(server);
}

static void
a_post_is_sent_once(void **state)
{
	struct server *server = server_open(REPLY, "", 0, NULL);
	struct door *door = door_open(loopback, NULL, NULL);

	(void)state;
	assert_int_equal(post(door, server->port, SPAN("token-secret"), 5000),
	    FAULT_LMS_NO_ANSWER);
	assert_int_equal(server->requests, 1);
	assert_int_equal(server->connections, 1);
	assert_null(strstr(door->cx.note.detail, "secret"));
	char expected[100];
	snprintf(expected, sizeof expected, "http://127.0.0.1:%u/register",
	    server->port);
	assert_true(span_is(door->cx.note.external_url, expected));
	door_close(door);
	server_close(server);
}

/* ---- where it may go ---- */

static void
one_text_for_all_that_is_out_of_reach(void **state)
{
	static const struct {
		const char *name, *scheme, *host;
		unsigned port;
		const char *detail;
	} rows[] = {
	    {"no such name", "https", "absent.test", 0, "absent.test"},
	    {"a name without an answer", "https", "silent.test", 0,
		"silent.test"},
	    {"a private address", "https", "10.0.0.1", 0, "not allowed"},
	    {"the metadata of a cloud", "https", "169.254.169.254", 0,
		"not allowed"},
	    {"a name at a private address", "https", "private.test", 0,
		"10.0.0.1"},
	    {"a name at several addresses", "http", "mixed.test", 0,
		"10.0.0.1"},
	    {"http to a public address", "http", "93.184.216.34", 0,
		"not allowed by http"},
	    {"a closed port", "http", "127.0.0.1", 1, "127.0.0.1"},
	    {"a closed port, by name", "http", "one.test", 1, "one.test"},
	    {"no TLS there", "https", "127.0.0.1", 2, "127.0.0.1"},
	    {"silence instead of TLS", "https", "127.0.0.1", 3, "127.0.0.1"},
	};
	struct names *names = names_open();
	struct door *door = door_open(loopback, NULL, names->csv);
	struct server *plain = server_open(REPLY, empty_answer, 0, NULL);
	unsigned ports[4] = {8080, 0, plain->port, 0};
	/* Bound, and nobody listens; listens, and nobody accepts. */
	int closed = listen_on(SOCK_DGRAM, &ports[1]);
	int silent = listen_on(SOCK_STREAM, &ports[3]);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *row = rows[i].name;
		int64_t start_ms = clock_monotonic_ms();
		HOLDS(row,
		    get(door, rows[i].scheme, rows[i].host, ports[rows[i].port],
			"/?secret", 400) == FAULT_LMS_UNREACHABLE);
		HOLDS(row, clock_monotonic_ms() - start_ms < 1500);
		HOLDS(row, door->cx.note.telling[0] == '\0');
		HOLDS(row, door->cx.note.external_status == 0);
		HOLDS(row, !strstr(door->cx.note.detail, "secret"));
		HOLDS(row, strstr(door->cx.note.detail, rows[i].detail));
		HOLDS(row, span_starts(door->cx.note.external_url, "http"));
		HOLDS(row, !memchr(door->cx.note.external_url.at, '?',
			       door->cx.note.external_url.length));
	}
	assert_int_equal(plain->requests, 0);
	close(silent);
	close(closed);
	server_close(plain);
	door_close(door);
	names_close(names);
}

static void
without_an_allowed_network_loopback_is_refused(void **state)
{
	struct server *server = server_open(REPLY, empty_answer, 0, NULL);
	struct door *door = door_open("", NULL, NULL);

	(void)state;
	assert_int_equal(
	    get(door, "http", "127.0.0.1", server->port, "/", 5000),
	    FAULT_ENDPOINT_REFUSED);
	assert_int_equal(
	    get(door, "https", "127.0.0.1", server->port, "/", 5000),
	    FAULT_LMS_UNREACHABLE);
	assert_int_equal(
	    get(door, "https", "localhost", server->port, "/", 5000),
	    FAULT_LMS_UNREACHABLE);
	assert_int_equal(
	    get(door, "https", "lms.localhost", server->port, "/", 5000),
	    FAULT_LMS_UNREACHABLE);
	assert_int_equal(get(door, "https", "[::1]", server->port, "/", 5000),
	    FAULT_LMS_UNREACHABLE);
	assert_int_equal(server->connections, 0);
	assert_int_equal(net_policy(door->net)->outbound_allow.count, 0);
	door_close(door);
	server_close(server);
}

static void
names_are_pinned(void **state)
{
	struct server *server = server_open(REPLY_KEEP, empty_answer, 0, NULL);
	struct names *names = names_open();
	struct door *door = door_open("127.0.0.0/8,::1", NULL, names->csv);
	char host[64];

	(void)state;
	assert_int_equal(
	    get(door, "http", "localhost", server->port, "/", 5000), 0);
	snprintf(host, sizeof host, "Host: localhost:%u\r\n", server->port);
	assert_non_null(strstr(server->request, host));
	assert_int_equal(
	    get(door, "http", "one.test", server->port, "/", 5000), 0);
	snprintf(host, sizeof host, "Host: one.test:%u\r\n", server->port);
	assert_non_null(strstr(server->request, host));
	assert_int_equal(
	    get(door, "http", "many.test", server->port, "/", 5000), 0);
	door_close(door);
	names_close(names);
	server_close(server);
}

/* A4: the name is asked for, and judged, each time. */
static void
a_name_that_moves_inside_is_refused(void **state)
{
	struct server *server = server_open(REPLY_KEEP, empty_answer, 0, NULL);
	struct names *names = names_open();
	struct door *door = door_open(loopback, NULL, names->csv);

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(
		    get(door, "http", "flip.test", server->port, "/", 5000),
		    i % 2 ? FAULT_LMS_UNREACHABLE : FAULT_NONE);
	assert_int_equal(server->requests, 2);
	door_close(door);
	names_close(names);
	server_close(server);
}

static void
names_are_resolved_in_time(void **state)
{
	struct names *names = names_open();
	struct address_list list = {.count = 99};
	struct cx cx;

	(void)state;
	cx_init(&cx, no_random);
	int64_t start_ms = clock_monotonic_ms();
	assert_int_equal(resolve(&cx, names->csv, SPAN("silent.test"),
			     start_ms + 200, &list),
	    FAULT_LMS_UNREACHABLE);
	assert_in_range(clock_monotonic_ms() - start_ms, 200, 1000);
	assert_int_equal(list.count, 99);
	assert_int_equal(
	    resolve(&cx, names->csv, SPAN("many.test"), start_ms + 5000, &list),
	    0);
	assert_int_equal(list.count, RESOLVE_MAX);
	assert_int_equal(
	    resolve(&cx, "no server", SPAN("one.test"), start_ms + 5000, &list),
	    FAULT_LMS_UNREACHABLE);
	assert_int_equal(resolve(&cx, NULL, SPAN("a.localhost"), 0, &list), 0);
	assert_int_equal(list.count, 2);
	assert_int_equal(resolve(&cx, NULL, SPAN("2001:db8::1"), 0, &list), 0);
	assert_int_equal(list.count, 1);
	cx_release(&cx);
	names_close(names);
}

/* ---- TLS ---- */

enum { FOLDER_MAX = 64 };

struct identity {
	SSL_CTX *tls;
	char pem[FOLDER_MAX];
};

static X509 *
make_certificate(EVP_PKEY *key, const char *names, long ends_in)
{
	X509 *certificate = X509_new();
	X509_NAME *subject = X509_get_subject_name(certificate);

	X509_set_version(certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -86400);
	X509_gmtime_adj(X509_getm_notAfter(certificate), ends_in);
	X509_set_pubkey(certificate, key);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
	    (const unsigned char *)"test", -1, -1, 0);
	X509_set_issuer_name(certificate, subject);
	X509_EXTENSION *extension =
	    X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
	X509_add_ext(certificate, extension, -1);
	X509_EXTENSION_free(extension);
	assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
	return certificate;
}

static struct identity
identity_open(const char *names, long ends_in, int newest)
{
	struct identity identity = {.tls = SSL_CTX_new(TLS_server_method())};
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = make_certificate(key, names, ends_in);

	snprintf(identity.pem, sizeof identity.pem, "/tmp/fetch_test.XXXXXX");
	int fd = mkstemp(identity.pem);
	assert_true(fd >= 0);
	FILE *file = fdopen(fd, "w");
	PEM_write_X509(file, certificate);
	fclose(file);
	SSL_CTX_use_certificate(identity.tls, certificate);
	SSL_CTX_use_PrivateKey(identity.tls, key);
	if (newest) {
		SSL_CTX_set_cipher_list(identity.tls, "DEFAULT@SECLEVEL=0");
		SSL_CTX_set_max_proto_version(identity.tls, newest);
	}
	X509_free(certificate);
	EVP_PKEY_free(key);
	return identity;
}

static void
identity_close(struct identity *identity)
{
	unlink(identity->pem);
	SSL_CTX_free(identity->tls);
}

static void
certificates_are_checked(void **state)
{
	static const char ours[] = "IP:127.0.0.1,DNS:localhost";
	static const struct {
		const char *name, *names;
		long ends_in;
		int newest;
		enum { BY_FILE, BY_SYSTEM, BY_NOBODY } trusted;
		enum fault fault;
	} rows[] = {
	    {"trusted", ours, 86400, 0, BY_FILE, FAULT_NONE},
	    {"the system's", ours, 86400, 0, BY_SYSTEM, FAULT_NONE},
	    {"TLS 1.2", ours, 86400, TLS1_2_VERSION, BY_FILE, FAULT_NONE},
	    {"self-signed", ours, 86400, 0, BY_NOBODY, FAULT_LMS_UNREACHABLE},
	    {"another name", "IP:127.0.0.2,DNS:lms.example", 86400, 0, BY_FILE,
		FAULT_LMS_UNREACHABLE},
	    {"expired", ours, -60, 0, BY_FILE, FAULT_LMS_UNREACHABLE},
	    {"TLS 1.1", ours, 86400, TLS1_1_VERSION, BY_FILE,
		FAULT_LMS_UNREACHABLE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *row = rows[i].name;
		struct identity identity = identity_open(
		    rows[i].names, rows[i].ends_in, rows[i].newest);
		struct server *server =
		    server_open(REPLY_KEEP, empty_answer, 0, identity.tls);
		bool by_file = rows[i].trusted == BY_FILE;
		struct door *door =
		    door_open(loopback, by_file ? identity.pem : NULL, NULL);
		if (rows[i].trusted == BY_SYSTEM)
			setenv("SSL_CERT_FILE", identity.pem, 1);
		for (int j = 0; j < 2; j++)
			HOLDS(row, get(door, "https", "127.0.0.1", server->port,
				       "/", 5000) == rows[i].fault);
		HOLDS(row, server->requests == (rows[i].fault ? 0 : 2));
		HOLDS(row, server->connections == (rows[i].fault ? 2 : 1));
		HOLDS(row, door->cx.note.telling[0] == '\0');
		unsetenv("SSL_CERT_FILE");
		door_close(door);
		server_close(server);
		identity_close(&identity);
	}
}

static void
a_post_resumes_the_session_of_a_get(void **state)
{
	struct identity identity = identity_open("IP:127.0.0.1", 86400, 0);
	struct server *server =
	    server_open(REPLY_KEEP, empty_answer, 0, identity.tls);
	struct door *door = door_open(loopback, identity.pem, NULL);
	struct fetch_request request = {
	    .url = arena_printf(
		door->cx.arena, "https://127.0.0.1:%u/", server->port),
	    .method = "GET",
	    .deadline_ms = fetch_deadline()};

	(void)state;
	assert_int_equal(
	    fetch(door->net, &door->cx, &request, &door->answer), 0);
	request.method = "POST";
	request.body = SPAN("{}");
	assert_int_equal(
	    fetch(door->net, &door->cx, &request, &door->answer), 0);
	assert_int_equal(server->connections, 2);
	assert_int_equal(server->resumed, 1);
	door_close(door);
	server_close(server);
	identity_close(&identity);
}

static void
a_missing_ca_file_is_told(void **state)
{
	const struct net_options options = {.ca_file = "/nonexistent.pem"};
	struct net *net = NULL;
	struct cx cx;

	(void)state;
	cx_init(&cx, no_random);
	assert_int_equal(net_open(&cx, &options, &net), FAULT_CONFIG_REFUSED);
	assert_null(net);
	assert_non_null(strstr(cx.note.detail, "/nonexistent.pem"));
	cx_release(&cx);
}

/* ---- permits and threads ---- */

struct caller {
	struct net *net;
	unsigned port;
	int failures;
	pthread_t thread;
};

static void *
call_often(void *arg)
{
	struct caller *caller = arg;
	struct door door = {.net = caller->net};

	cx_init(&door.cx, no_random);
	for (int i = 0; i < 20; i++) {
		if (get(&door, "http", "127.0.0.1", caller->port, "/", 10000) ||
		    door.answer.status != 200)
			caller->failures++;
		cx_reset(&door.cx);
	}
	cx_release(&door.cx);
	return NULL;
}

static void
threads_share_the_door(void **state)
{
	enum { CALLERS = 10 }; /* two more than there are permits */
	struct server *server = server_open(REPLY_KEEP, empty_answer, 0, NULL);
	struct door *door = door_open(loopback, NULL, NULL);
	struct caller callers[CALLERS];

	(void)state;
	for (int i = 0; i < CALLERS; i++) {
		callers[i] =
		    (struct caller){.net = door->net, .port = server->port};
		pthread_create(
		    &callers[i].thread, NULL, call_often, &callers[i]);
	}
	for (int i = 0; i < CALLERS; i++) {
		pthread_join(callers[i].thread, NULL);
		assert_int_equal(callers[i].failures, 0);
	}
	assert_int_equal(server->requests, CALLERS * 20);
	assert_in_range(server->connections, 1, 8);
	door_close(door);
	server_close(server);
}

static void *
call_in_vain(void *arg)
{
	struct caller *caller = arg;
	struct door door = {.net = caller->net};

	cx_init(&door.cx, no_random);
	caller->failures =
	    get(&door, "http", "127.0.0.1", caller->port, "/", 700);
	cx_release(&door.cx);
	return NULL;
}

static void
too_many_at_once_wait_in_vain(void **state)
{
	struct server *server = server_open(SILENT, NULL, 0, NULL);
	struct door *door = door_open(loopback, NULL, NULL);
	struct caller callers[8];

	(void)state;
	for (int i = 0; i < 8; i++) {
		callers[i] =
		    (struct caller){.net = door->net, .port = server->port};
		pthread_create(
		    &callers[i].thread, NULL, call_in_vain, &callers[i]);
	}
	for (int i = 0; i < 200 && server->requests < 8; i++)
		sleep_ms(10);
	assert_int_equal(get(door, "http", "127.0.0.1", server->port, "/", 50),
	    FAULT_OUTBOUND_BUSY);
	for (int i = 0; i < 8; i++) {
		pthread_join(callers[i].thread, NULL);
		assert_int_equal(callers[i].failures, FAULT_LMS_NO_ANSWER);
	}
	/* All permits came back. */
	assert_int_equal(get(door, "http", "127.0.0.1", server->port, "/", 100),
	    FAULT_LMS_NO_ANSWER);
	door_close(door);
	server_close(server);
}

static void
notes_are_bounded_and_without_query(void **state)
{
	char *body = calloc(1, FETCH_NOTE_MAX + 1);
	const struct fetch_answer refusal = {
	    .status = 400, .body = {body, FETCH_NOTE_MAX + 1}};
	struct cx cx;

	(void)state;
	cx_init(&cx, no_random);
	fetch_note(&cx, SPAN("https://lms.example/a?b=c?d"), &refusal);
	assert_true(span_is(cx.note.external_url, "https://lms.example/a"));
	assert_int_equal(cx.note.external_status, 400);
	assert_int_equal(cx.note.body_received.length, FETCH_NOTE_MAX);
	cx_release(&cx);
	free(body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_answers),
	    cmocka_unit_test(joins_links),
	    cmocka_unit_test(reads_retry_after),
	    cmocka_unit_test(answers_are_bounded),
	    cmocka_unit_test(a_caller_may_want_less),
	    cmocka_unit_test(a_get_is_plain),
	    cmocka_unit_test(a_post_has_its_token_and_body),
	    cmocka_unit_test(a_token_with_controls_is_not_sent),
	    cmocka_unit_test(the_environment_names_no_proxy),
	    cmocka_unit_test(gets_share_a_connection_and_a_post_does_not),
	    cmocka_unit_test(a_dead_kept_connection_costs_a_get_nothing),
	    cmocka_unit_test(a_post_is_sent_once),
	    cmocka_unit_test(one_text_for_all_that_is_out_of_reach),
	    cmocka_unit_test(without_an_allowed_network_loopback_is_refused),
	    cmocka_unit_test(names_are_pinned),
	    cmocka_unit_test(a_name_that_moves_inside_is_refused),
	    cmocka_unit_test(names_are_resolved_in_time),
	    cmocka_unit_test(certificates_are_checked),
	    cmocka_unit_test(a_post_resumes_the_session_of_a_get),
	    cmocka_unit_test(a_missing_ca_file_is_told),
	    cmocka_unit_test(threads_share_the_door),
	    cmocka_unit_test(too_many_at_once_wait_in_vain),
	    cmocka_unit_test(notes_are_bounded_and_without_query),
	};
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
