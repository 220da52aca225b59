/* server_test.c - the HTTP server, over real sockets
 *
 * Each test opens a server on a free port, with an application that tells
 * what it was asked, waits, or blocks until the test lets it go on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/cx.h"
#include "http/response.h"
#include "http/server.h"
#include "http/workers.h"

enum { ANSWER_MAX = 65536, BODY_MAX = 1000 };

static struct {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool open; /* nobody is held back */
	int held;
	atomic_int served, smuggled;
} gatehouse = {
    .mutex = PTHREAD_MUTEX_INITIALIZER,
    .changed = PTHREAD_COND_INITIALIZER,
};

struct running {
	struct server *server;
	struct cx cx;
	pthread_t thread;
	unsigned port;
	struct network trusted;
	bool ended;
};

static void
test_random(void *bytes, size_t length)
{
	if (getrandom(bytes, length, 0) < 0)
		abort();
}

/* ---- the application ---- */

static bool
app_is_quick(void *state, struct cx *cx, struct request *request)
{
	(void)cx;
	(void)state;
	return span_starts(request->path, "/quick");
}

static void
hold(void)
{
	pthread_mutex_lock(&gatehouse.mutex);
	gatehouse.held++;
	pthread_cond_broadcast(&gatehouse.changed);
	while (!gatehouse.open)
		pthread_cond_wait(&gatehouse.changed, &gatehouse.mutex);
	gatehouse.held--;
	pthread_mutex_unlock(&gatehouse.mutex);
}

static void
wait_until_held(int count)
{
	pthread_mutex_lock(&gatehouse.mutex);
	while (gatehouse.held < count)
		pthread_cond_wait(&gatehouse.changed, &gatehouse.mutex);
	pthread_mutex_unlock(&gatehouse.mutex);
}

static void
let_go(void)
{
	pthread_mutex_lock(&gatehouse.mutex);
	gatehouse.open = true;
	pthread_cond_broadcast(&gatehouse.changed);
	pthread_mutex_unlock(&gatehouse.mutex);
}

static void
app_handle(void *state, struct cx *cx, struct request *request,
    struct response *response)
{
	(void)state;
	gatehouse.served++;
	if (span_ends(request->path, "smuggled"))
		gatehouse.smuggled++;
	if (span_is(request->path, "/hold"))
		hold();
	response->status = 200;
	response->content_type = "text/plain";
	if (span_is(request->path, "/quick/cached"))
		response_header(response, "Cache-Control", SPAN("max-age=9"));
	if (span_is(request->path, "/quick/large")) {
		size_t length = 4 * 1024 * 1024;
		char *body = arena_take(cx->arena, length);
		memset(body, 'x', length);
		response->body = span_from(body, length);
		return;
	}
	response->body = arena_printf(cx->arena, "%s %.*s [%.*s] %s (%.*s)",
	    http_method_names[request->method], SPAN_ARGS(request->path),
	    SPAN_ARGS(request->query), request->peer, SPAN_ARGS(request->body));
}

static void
app_refuse(void *state, struct cx *cx, const struct request *request,
    enum fault why, struct response *response)
{
	(void)state;
	(void)request;
	response->status = fault_text(why)->status;
	response->content_type = "text/plain";
	response->body = arena_printf(
	    cx->arena, "%s: %s", fault_text(why)->name, cx->note.detail);
	if (cx->note.retry_after)
		response_header(response, "Retry-After",
		    arena_printf(
			cx->arena, "%lld", (long long)cx->note.retry_after));
}

/* ---- the server ---- */

static void *
run(void *state)
{
	server_run(((struct running *)state)->server);
	return NULL;
}

static const char *const any_port[] = {"127.0.0.1:0"};

static struct server_options
common_options(void)
{
	return (struct server_options){
	    .listen = any_port,
	    .listen_count = 1,
	    .loops = 1,
	    .workers_max = 8,
	    .body_max = BODY_MAX,
	    .app = {NULL, app_is_quick, app_handle, app_refuse, test_random},
	};
}

static void
start(struct running *running, struct server_options options)
{
	gatehouse.open = false;
	gatehouse.held = 0;
	gatehouse.served = gatehouse.smuggled = 0;
	running->ended = false;
	cx_init(&running->cx, test_random);
	assert_int_equal(
	    server_open(&running->cx, &options, &running->server), FAULT_NONE);
	running->port = server_port(running->server, 0);
	pthread_create(&running->thread, NULL, run, running);
}

static void
await_end(struct running *running)
{
	pthread_join(running->thread, NULL);
	running->ended = true;
}

static void
stop(struct running *running)
{
	if (!running->ended) {
		server_stop(running->server);
		await_end(running);
	}
	server_close(running->server);
	cx_release(&running->cx);
}

/* ---- a client ---- */

static int
try_dial(unsigned port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int on = 1;
	int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(handle >= 0);
	if (connect(handle, (const struct sockaddr *)&to, sizeof to)) {
		close(handle);
		return -1;
	}
	setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	return handle;
}

static int
dial(const struct running *running)
{
	int handle = try_dial(running->port);

	assert_true(handle >= 0);
	return handle;
}

static void
say(int handle, struct span bytes)
{
	assert_int_equal(
	    send(handle, bytes.at, bytes.length, MSG_NOSIGNAL), bytes.length);
}

/* Until the other side closes (*closed) or is silent for wait_ms. */
static struct span
hear(int handle, int wait_ms, bool *closed)
{
	static char answer[ANSWER_MAX + 1];
	size_t length = 0;

	*closed = false;
	while (length < ANSWER_MAX) {
		struct pollfd ready = {.fd = handle, .events = POLLIN};
		if (poll(&ready, 1, wait_ms) <= 0)
			break;
		ssize_t got =
		    recv(handle, answer + length, ANSWER_MAX - length, 0);
		if (got <= 0) {
			*closed = true;
			break;
		}
		length += (size_t)got;
	}
	answer[length] = '\0';
	return span_from(answer, length);
}

static bool
holds(struct span whole, const char *part)
{
	return memmem(whole.at, whole.length, part, strlen(part)) != NULL;
}

static size_t
occurrences(struct span whole, const char *part)
{
	size_t count = 0;
	const char *at = whole.at;

	while (count < 1000) {
		const char *next = memmem(at,
		    (size_t)(whole.at + whole.length - at), part, strlen(part));
		if (!next)
			break;
		count++;
		at = next + 1;
	}
	return count;
}

#define assert_holds(whole, part)                                              \
	do {                                                                   \
		if (!holds(whole, part))                                       \
			fail_msg(                                              \
			    "no \"%s\" in: %.*s", part, SPAN_ARGS(whole));     \
	} while (0)

/* One request, one answer, for which the server closes or not. */
static struct span
ask(const struct running *running, struct span request, bool *closed)
{
	int handle = dial(running);

	say(handle, request);
	struct span answer = hear(handle, 400, closed);
	close(handle);
	return answer;
}

/* The same, for requests that are served: the server closes once it has
 * answered all. */
static struct span
ask_last(const struct running *running, struct span request)
{
	bool closed;
	int handle = dial(running);

	say(handle, request);
	shutdown(handle, SHUT_WR);
	struct span answer = hear(handle, 5000, &closed);
	close(handle);
	assert_true(closed);
	return answer;
}

/* Waits for one answer whose end is known, on a connection that stays. */
static struct span
hear_until(int handle, const char *end)
{
	static char answer[ANSWER_MAX + 1];
	size_t length = 0;

	while (length < ANSWER_MAX) {
		struct pollfd ready = {.fd = handle, .events = POLLIN};
		if (poll(&ready, 1, 5000) <= 0)
			break;
		ssize_t got =
		    recv(handle, answer + length, ANSWER_MAX - length, 0);
		if (got <= 0)
			break;
		length += (size_t)got;
		if (holds(span_from(answer, length), end))
			break;
	}
	return span_from(answer, length);
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a.example\r\n\r\n"

/* ---- what is served ---- */

static const struct {
	const char *name, *request;
	const char *expected[6], *absent;
} served_rows[] = {
    {"get", GET("/quick/a%20b?x=%2F&y"),
	{"HTTP/1.1 200 OK\r\n", "GET /quick/a%20b [x=%2F&y] 127.0.0.1 ()",
	    "Cache-Control: no-store\r\n",
	    "X-Content-Type-Options: nosniff\r\n",
	    "Referrer-Policy: no-referrer\r\n", "Date: "},
	"Server:"},
    {"worker", GET("/work"), {"200 OK", "GET /work [] 127.0.0.1 ()"},
	"Connection: close"},
    {"own caching", GET("/quick/cached"), {"Cache-Control: max-age=9\r\n"},
	"no-store"},
    {"head", "HEAD /quick HTTP/1.1\r\nHost: a\r\n\r\n",
	{"200 OK", "Content-Length: 27\r\n"}, "HEAD /quick"},
    {"post", "POST /w HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
	{"POST /w [] 127.0.0.1 (hello)"}, NULL},
    {"patch", "PATCH /w HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
	{"PATCH /w [] 127.0.0.1 (x)"}, NULL},
    {"delete", "DELETE /w HTTP/1.1\r\nHost: a\r\n\r\n", {"DELETE /w []"}, NULL},
    {"options", "OPTIONS /w HTTP/1.1\r\nHost: a\r\n\r\n", {"OPTIONS /w []"},
	NULL},
    {"http/1.0", "GET /w HTTP/1.0\r\nHost: a\r\n\r\n", {"GET /w []"}, NULL},
    {"two slashes", GET("//evil.example/quick?x"),
	{"GET //evil.example/quick [x]"}, NULL},
    {"continue",
	"POST /w HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
	"Content-Length: 1\r\n\r\nx",
	{"POST /w [] 127.0.0.1 (x)"}, NULL},
    {"two at once", GET("/quick/1") GET("/work/2"),
	{"GET /quick/1 []", "GET /work/2 []"}, NULL},
    {"nobody's method", "BREW /w HTTP/1.1\r\nHost: a\r\n\r\n",
	{"405 Method", "METHOD_REFUSED", "Connection: close"}, NULL},
    {"too large", "POST /w HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n",
	{"413 Payload", "BODY_TOO_LARGE", "Connection: close"}, NULL},
    {"too large, waiting",
	"POST /w HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
	"Content-Length: 1001\r\n\r\n",
	{"413 Payload"}, "100 Continue"},
};

static void
serves(void **state)
{
	struct running running;

	(void)state;
	start(&running, common_options());
	for (size_t i = 0; i < sizeof served_rows / sizeof *served_rows; i++) {
		struct span answer =
		    ask_last(&running, span_of(served_rows[i].request));
		for (size_t k = 0; k < 6 && served_rows[i].expected[k]; k++)
			if (!holds(answer, served_rows[i].expected[k]))
				fail_msg("%s: no \"%s\" in: %.*s",
				    served_rows[i].name,
				    served_rows[i].expected[k],
				    SPAN_ARGS(answer));
		if (served_rows[i].absent &&
		    holds(answer, served_rows[i].absent))
			fail_msg("%s: \"%s\" in: %.*s", served_rows[i].name,
			    served_rows[i].absent, SPAN_ARGS(answer));
	}
	stop(&running);
}

static void
keeps_a_connection(void **state)
{
	struct running running;

	(void)state;
	start(&running, common_options());
	int handle = dial(&running);
	for (int i = 0; i < 20; i++) {
		bool quick = i % 2;
		say(handle, quick ? SPAN(GET("/quick")) : SPAN(GET("/work")));
		struct span answer = hear_until(handle, "()");
		assert_holds(answer, quick ? "GET /quick" : "GET /work");
	}
	close(handle);
	stop(&running);
}

/* The head comes byte by byte, the body in pieces, all of it is read. */
static void
reads_pieces(void **state)
{
	static const char head[] =
	    "POST /w HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n";
	struct running running;
	char body[BODY_MAX];

	(void)state;
	memset(body, 'b', sizeof body);
	start(&running, common_options());
	int handle = dial(&running);
	for (size_t i = 0; i < sizeof head - 1; i++)
		say(handle, span_from(&head[i], 1));
	for (size_t i = 0; i < BODY_MAX; i += 100)
		say(handle, span_from(body + i, 100));
	struct span answer = hear_until(handle, "b)");
	assert_holds(answer, "POST /w [] 127.0.0.1 (bbb");
	assert_int_equal(occurrences(answer, "b"), BODY_MAX);
	close(handle);
	stop(&running);
}

static void
sends_a_large_answer(void **state)
{
	struct running running;
	size_t length = 0;
	char piece[8192];

	(void)state;
	start(&running, common_options());
	int handle = dial(&running);
	say(handle, SPAN("GET /quick/large HTTP/1.1\r\nHost: a\r\n"
			 "Connection: close\r\n\r\n"));
	usleep(50000);
	for (;;) {
		ssize_t got = recv(handle, piece, sizeof piece, 0);
		if (got <= 0)
			break;
		length += (size_t)got;
	}
	assert_true(length > 4 * 1024 * 1024);
	close(handle);
	stop(&running);
}

/* ---- what is refused ---- */

#define AFTER GET("/quick/smuggled")
#define BYTES(literal)                                                         \
	{                                                                      \
		literal, sizeof(literal) - 1                                   \
	}

static const struct {
	const char *name;
	struct span request;
} doubtful_rows[] = {
    {"chunked and length",
	BYTES("POST /w HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
	      "Content-Length: 4\r\n\r\n0\r\n\r\n" AFTER)},
    {"chunked", BYTES("POST /w HTTP/1.1\r\nHost: a\r\ntransfer-encoding: "
		      "chunked\r\n\r\n0\r\n\r\n" AFTER)},
    {"identity", BYTES("POST /w HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
		       "identity\r\n\r\n" AFTER)},
    {"two lengths", BYTES("POST /w HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n"
			  "Content-Length: 50\r\n\r\n" AFTER)},
    {"the same length twice",
	BYTES("POST /w HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n"
	      "Content-Length: 0\r\n\r\n" AFTER)},
    {"plus",
	BYTES(
	    "POST /w HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n" AFTER)},
    {"minus",
	BYTES(
	    "POST /w HTTP/1.1\r\nHost: a\r\nContent-Length: -0\r\n\r\n" AFTER)},
    {"blank inside", BYTES("POST /w HTTP/1.1\r\nHost: a\r\n"
			   "Content-Length: 0 0\r\n\r\n" AFTER)},
    {"hexadecimal", BYTES("POST /w HTTP/1.1\r\nHost: a\r\n"
			  "Content-Length: 0x0\r\n\r\n" AFTER)},
    {"a list", BYTES("POST /w HTTP/1.1\r\nHost: a\r\n"
		     "Content-Length: 0, 0\r\n\r\n" AFTER)},
    {"empty length", BYTES("POST /w HTTP/1.1\r\nHost: a\r\n"
			   "Content-Length:\r\n\r\n" AFTER)},
    {"huge length",
	BYTES("POST /w HTTP/1.1\r\nHost: a\r\n"
	      "Content-Length: 18446744073709551616\r\n\r\n" AFTER)},
    {"far away", BYTES("POST /w HTTP/1.1\r\nHost: a\r\n"
		       "Content-Length: 0                    7\r\n\r\n" AFTER)},
    {"head with a body", BYTES("HEAD /w HTTP/1.1\r\nHost: a\r\n"
			       "Content-Length: 47\r\n\r\n" AFTER)},
    {"folded", BYTES("GET /w HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n" AFTER)},
    {"folded first", BYTES("GET /w HTTP/1.1\r\n Host: a\r\n\r\n" AFTER)},
    {"blank before the colon",
	BYTES(
	    "GET /w HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\n" AFTER)},
    {"no name", BYTES("GET /w HTTP/1.1\r\nHost: a\r\n: 5\r\n\r\n" AFTER)},
    {"no colon", BYTES("GET /w HTTP/1.1\r\nHost: a\r\nXY\r\n\r\n" AFTER)},
    {"odd name", BYTES("GET /w HTTP/1.1\r\nHost: a\r\nX(: 5\r\n\r\n" AFTER)},
    {"NUL in a value",
	BYTES("GET /w HTTP/1.1\r\nHost: a\r\nX: 1\0002\r\n\r\n" AFTER)},
    {"NUL in a name",
	BYTES("GET /w HTTP/1.1\r\nHost: a\r\nX\0Y: 1\r\n\r\n" AFTER)},
    {"NUL in the target", BYTES("GET /w\0x HTTP/1.1\r\nHost: a\r\n\r\n" AFTER)},
    {"control in a value",
	BYTES("GET /w HTTP/1.1\r\nHost: a\r\nX: 1\0012\r\n\r\n" AFTER)},
    {"bare LF after the request line",
	BYTES("GET /w HTTP/1.1\nHost: a\r\n\r\n" AFTER)},
    {"bare LF after a header", BYTES("GET /w HTTP/1.1\r\nHost: a\n\r\n" AFTER)},
    {"bare LF at the end", BYTES("GET /w HTTP/1.1\r\nHost: a\r\n\n" AFTER)},
    {"bare CR in a value",
	BYTES("GET /w HTTP/1.1\r\nHost: a\r\nX: 1\r2\r\n\r\n" AFTER)},
    {"all bare LF", BYTES("GET /w HTTP/1.1\nHost: a\n\n" AFTER)},
    {"two Hosts", BYTES("GET /w HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n" AFTER)},
    {"no Host", BYTES("GET /w HTTP/1.1\r\nX: a\r\n\r\n" AFTER)},
    {"no header", BYTES("GET /w HTTP/1.1\r\n\r\n" AFTER)},
    {"empty Host", BYTES("GET /w HTTP/1.1\r\nHost: \r\n\r\n" AFTER)},
    {"Host with a path", BYTES("GET /w HTTP/1.1\r\nHost: a/b\r\n\r\n" AFTER)},
    {"two names in Host", BYTES("GET /w HTTP/1.1\r\nHost: a, b\r\n\r\n" AFTER)},
    {"absolute target",
	BYTES("GET http://a/w HTTP/1.1\r\nHost: a\r\n\r\n" AFTER)},
    {"star", BYTES("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n" AFTER)},
    {"relative target", BYTES("GET w HTTP/1.1\r\nHost: a\r\n\r\n" AFTER)},
    {"blank in the target",
	BYTES("GET /w x HTTP/1.1\r\nHost: a\r\n\r\n" AFTER)},
    {"two blanks", BYTES("GET  /w HTTP/1.1\r\nHost: a\r\n\r\n" AFTER)},
    {"blank at the end", BYTES("GET /w HTTP/1.1 \r\nHost: a\r\n\r\n" AFTER)},
    {"hash", BYTES("GET /w#x HTTP/1.1\r\nHost: a\r\n\r\n" AFTER)},
    {"HTTP/0.9", BYTES("GET /w\r\n" AFTER)},
    {"HTTP/2", BYTES("GET /w HTTP/2.0\r\nHost: a\r\n\r\n" AFTER)},
    {"HTTP/1.2", BYTES("GET /w HTTP/1.2\r\nHost: a\r\n\r\n" AFTER)},
    {"http", BYTES("GET /w http/1.1\r\nHost: a\r\n\r\n" AFTER)},
    {"empty line first", BYTES("\r\nGET /w HTTP/1.1\r\nHost: a\r\n\r\n" AFTER)},
    {"other expectation",
	BYTES("POST /w HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n"
	      "Content-Length: 1\r\n\r\nx" AFTER)},
    {"TLS", BYTES("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")},
};

static void
refuses_the_doubtful(void **state)
{
	struct running running;
	bool closed;

	(void)state;
	start(&running, common_options());
	for (size_t i = 0; i < sizeof doubtful_rows / sizeof *doubtful_rows;
	     i++) {
		const char *name = doubtful_rows[i].name;
		int served = gatehouse.served;
		struct span answer =
		    ask(&running, doubtful_rows[i].request, &closed);
		if (!span_starts(answer, "HTTP/1.1 400 ") ||
		    !holds(answer, "REQUEST_DOUBTFUL") ||
		    !holds(answer, "Connection: close\r\n") ||
		    occurrences(answer, "HTTP/1.1 ") != 1)
			fail_msg("%s: %.*s", name, SPAN_ARGS(answer));
		if (!closed || gatehouse.served != served)
			fail_msg("%s: closed %d, served %d", name, closed,
			    gatehouse.served - served);
	}
	stop(&running);
}

/* The same, but each byte comes alone: evhttp has parsed half of it. */
static void
refuses_the_doubtful_in_pieces(void **state)
{
	struct running running;
	bool closed;

	(void)state;
	start(&running, common_options());
	for (size_t i = 0; i < sizeof doubtful_rows / sizeof *doubtful_rows;
	     i += 3) {
		struct span request = doubtful_rows[i].request;
		int handle = dial(&running);
		for (size_t k = 0; k < request.length; k++) {
			if (send(handle, request.at + k, 1, MSG_NOSIGNAL) != 1)
				break;
			if (k % 4 == 0)
				usleep(200);
		}
		struct span answer = hear(handle, 400, &closed);
		close(handle);
		if (!span_starts(answer, "HTTP/1.1 400 ") || !closed)
			fail_msg("%s: %.*s", doubtful_rows[i].name,
			    SPAN_ARGS(answer));
	}
	assert_int_equal(gatehouse.served, 0);
	stop(&running);
}

static void
refuses_the_oversized(void **state)
{
	static const struct {
		const char *name, *before, *filler;
		size_t count;
		const char *after;
	} rows[] = {
	    {"request line", "GET /", "a", 16 * 1024,
		" HTTP/1.1\r\nHost: a\r\n\r\n"},
	    {"header lines", "GET /w HTTP/1.1\r\nHost: a\r\n", "X: 1\r\n", 100,
		"\r\n"},
	    {"one header", "GET /w HTTP/1.1\r\nHost: a\r\nX: ", "a", 48 * 1024,
		"\r\n\r\n"},
	};
	struct running running;
	bool closed;

	(void)state;
	start(&running, common_options());
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *arena = running.cx.arena;
		size_t unit = strlen(rows[i].filler);
		char *filler = arena_take(arena, unit * rows[i].count + 1);
		for (size_t k = 0; k < rows[i].count; k++)
			memcpy(filler + k * unit, rows[i].filler, unit);
		struct span request = arena_printf(
		    arena, "%s%s%s", rows[i].before, filler, rows[i].after);
		struct span answer = ask(&running, request, &closed);
		if (!span_starts(answer, "HTTP/1.1 400 ") || !closed)
			fail_msg("%s: %.*s", rows[i].name, SPAN_ARGS(answer));
		filler[unit * (rows[i].count - 100 / unit)] = '\0';
		request = arena_printf(
		    arena, "%s%s%s", rows[i].before, filler, rows[i].after);
		answer = ask_last(&running, request);
		if (!span_starts(answer, "HTTP/1.1 200 "))
			fail_msg("%s, smaller: %.*s", rows[i].name,
			    SPAN_ARGS(answer));
	}
	stop(&running);
}

/* What was clear before a doubtful request is answered, and nothing more:
 * whether both came at once or one by one. */
static void
ends_after_a_doubtful_one(void **state)
{
	struct running running;
	bool closed;

	(void)state;
	start(&running, common_options());
	struct span answer = ask(&running,
	    SPAN(GET("/work/1") "GET /w HTTP/1.1\r\n\r\n" AFTER), &closed);
	assert_holds(answer, "GET /work/1 []");
	assert_holds(answer, "Connection: close");
	assert_int_equal(occurrences(answer, "HTTP/1.1 "), 1);
	assert_true(closed);

	int handle = dial(&running);
	say(handle, SPAN(GET("/work/1")));
	assert_holds(hear_until(handle, "()"), "GET /work/1 []");
	say(handle, SPAN("GET /w HTTP/1.1\r\n\r\n" AFTER));
	answer = hear(handle, 400, &closed);
	assert_holds(answer, "REQUEST_DOUBTFUL");
	assert_int_equal(occurrences(answer, "HTTP/1.1 "), 1);
	assert_true(closed);
	close(handle);
	assert_int_equal(gatehouse.smuggled, 0);
	stop(&running);
}

/* ---- many, slow, gone ---- */

static void
is_not_held_up_by_the_slow(void **state)
{
	enum { SLOW = 500, NORMAL = 100 };
	struct running running;
	int slow[SLOW];
	int64_t worst = 0;

	(void)state;
	start(&running, common_options());
	for (int i = 0; i < SLOW; i++) {
		slow[i] = dial(&running);
		say(slow[i], SPAN("GET /quick HTTP/1.1\r\nHost: a\r\nX: "));
	}
	for (int i = 0; i < NORMAL; i++) {
		for (int k = 0; k < SLOW; k += 10)
			say(slow[k], SPAN("x"));
		int handle = dial(&running);
		int64_t begun = clock_monotonic_ms();
		say(handle, SPAN(GET("/work")));
		assert_holds(hear_until(handle, "()"), "GET /work []");
		int64_t taken = clock_monotonic_ms() - begun;
		worst = taken > worst ? taken : worst;
		close(handle);
	}
	assert_true(worst < 500);
	for (int i = 0; i < SLOW; i++)
		close(slow[i]);
	stop(&running);
}

/* Bytes keep coming, but the request never ends: the connection does. */
static void
ends_the_slow(void **state)
{
	static const char *const beginnings[] = {
	    "G",
	    "GET /quick HTTP/1.1\r\nHost: a\r\nX: ",
	    "POST /w HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n",
	    GET("/quick") "POST /w HTTP/1.1\r\nHost: a\r\n"
			  "Content-Length: 1000\r\n\r\n",
	};
	enum { COUNT = sizeof beginnings / sizeof *beginnings };
	struct server_options options = common_options();
	struct running running;
	int handles[COUNT];
	bool closed = false;

	(void)state;
	options.request_ms_max = 300;
	start(&running, options);
	for (size_t i = 0; i < COUNT; i++) {
		handles[i] = dial(&running);
		say(handles[i], span_of(beginnings[i]));
	}
	int patient = dial(&running);
	int64_t begun = clock_monotonic_ms();
	while (clock_monotonic_ms() - begun < 2500) {
		for (size_t i = 0; i < COUNT; i++)
			send(handles[i], "x", 1, MSG_NOSIGNAL);
		usleep(50000);
	}
	for (size_t i = 0; i < COUNT; i++) {
		hear(handles[i], 10, &closed);
		if (!closed)
			fail_msg("beginning %zu goes on", i);
		close(handles[i]);
	}
	say(patient, SPAN(GET("/quick")));
	assert_holds(hear_until(patient, "()"), "GET /quick []");
	close(patient);
	stop(&running);
}

static void
survives_a_client_that_left(void **state)
{
	static const char *const requests[] = {
	    GET("/hold"),
	    "POST /hold HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
	    "POST /hold HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
	    "Content-Length: 1\r\n\r\nx",
	    GET("/hold") GET("/hold"),
	};
	enum { COUNT = sizeof requests / sizeof *requests };
	const struct linger reset = {1, 0};
	struct running running;
	bool closed;

	(void)state;
	start(&running, common_options());
	for (size_t i = 0; i < 2 * COUNT; i++) {
		int handle = dial(&running);
		say(handle, span_of(requests[i % COUNT]));
		wait_until_held((int)i + 1);
		if (i < COUNT)
			setsockopt(handle, SOL_SOCKET, SO_LINGER, &reset,
			    sizeof reset);
		close(handle);
	}
	let_go();
	for (int i = 0; i < 10; i++) {
		struct span answer = ask(&running,
		    SPAN("GET /work HTTP/1.1\r\nHost: a\r\n"
			 "Connection: close\r\n\r\n"),
		    &closed);
		assert_holds(answer, "GET /work []");
		assert_true(closed);
	}
	stop(&running);
}

static void
grows_to_200_workers(void **state)
{
	enum { COUNT = 200 };
	struct server_options options = common_options();
	struct running running;
	int handles[COUNT];

	(void)state;
	options.workers_max = COUNT + 1;
	options.loops = 2;
	start(&running, options);
	for (int i = 0; i < COUNT; i++) {
		handles[i] = dial(&running);
		say(handles[i], SPAN(GET("/hold")));
	}
	wait_until_held(COUNT);
	assert_holds(ask_last(&running, SPAN(GET("/work"))), "GET /work");
	assert_holds(ask_last(&running, SPAN(GET("/quick"))), "GET /quick");
	let_go();
	for (int i = 0; i < COUNT; i++) {
		assert_holds(hear_until(handles[i], "()"), "GET /hold []");
		close(handles[i]);
	}
	stop(&running);
}

static void
says_when_it_is_busy(void **state)
{
	enum { PLACES = 1 + 4 };
	struct server_options options = common_options();
	struct running running;
	int handles[PLACES];

	(void)state;
	options.workers_max = 1;
	start(&running, options);
	for (int i = 0; i < PLACES; i++) {
		handles[i] = dial(&running);
		say(handles[i], SPAN(GET("/hold")));
		wait_until_held(1);
	}
	usleep(50000);
	struct span answer = ask_last(&running, SPAN(GET("/work")));
	assert_holds(answer, "503 ");
	assert_holds(answer, "Retry-After: 1\r\n");
	assert_holds(answer, "SERVER_BUSY");
	assert_holds(ask_last(&running, SPAN(GET("/quick"))), "200 OK");
	let_go();
	for (int i = 0; i < PLACES; i++) {
		assert_holds(hear_until(handles[i], "()"), "GET /hold []");
		close(handles[i]);
	}
	stop(&running);
}

struct counted_job {
	struct job job;
	atomic_int *count;
};

static void
count_job(struct job *job)
{
	usleep(20000);
	++*((struct counted_job *)job)->count;
}

static void
shrinks_its_workers(void **state)
{
	enum { COUNT = 40 };
	struct counted_job jobs[COUNT];
	atomic_int count = 0;
	struct workers *workers =
	    workers_open((struct workers_options){COUNT, 3, 100});

	(void)state;
	for (int i = 0; i < COUNT; i++) {
		jobs[i] = (struct counted_job){{count_job, NULL}, &count};
		assert_true(workers_add(workers, &jobs[i].job));
	}
	assert_true(workers_count(workers) > 3);
	for (int i = 0; i < 200 && workers_count(workers) > 3; i++)
		usleep(10000);
	assert_int_equal(count, COUNT);
	assert_int_equal(workers_count(workers), 3);
	for (int i = 0; i < COUNT; i++)
		assert_true(workers_add(workers, &jobs[i].job));
	workers_close(workers);
	assert_int_equal(count, 2 * COUNT);
}

/* ---- what a library keeps for a thread ---- */

static pthread_key_t kept;

static void
let_go_of_kept(void *value)
{
	usleep(50000);
	++*(atomic_int *)value;
}

struct keeping_job {
	struct job job;
	pthread_barrier_t *all;
	atomic_int *gone;
};

static void
keep_job(struct job *job)
{
	struct keeping_job *own = (struct keeping_job *)job;

	pthread_setspecific(kept, own->gone);
	pthread_barrier_wait(own->all);
}

static void
waits_until_workers_are_gone(void **state)
{
	enum { COUNT = 5 };
	struct keeping_job jobs[COUNT];
	pthread_barrier_t all;
	atomic_int gone = 0;
	struct workers *workers =
	    workers_open((struct workers_options){COUNT, COUNT, 1000});

	(void)state;
	pthread_key_create(&kept, let_go_of_kept);
	pthread_barrier_init(&all, NULL, COUNT);
	for (int i = 0; i < COUNT; i++) {
		jobs[i] = (struct keeping_job){{keep_job, NULL}, &all, &gone};
		assert_true(workers_add(workers, &jobs[i].job));
	}
	workers_close(workers);
	assert_int_equal(gone, COUNT);
	pthread_barrier_destroy(&all);
	pthread_key_delete(kept);
}

/* ---- the end ---- */

/* Each loop closes its socket in its own time. */
static bool
stops_listening(const struct running *running)
{
	for (int i = 0; i < 100; i++) {
		int handle = try_dial(running->port);
		if (handle < 0)
			return true;
		close(handle);
		usleep(10000);
	}
	return false;
}

static void
ends_what_was_begun(void **state)
{
	struct server_options options = common_options();
	struct running running;
	bool closed;

	(void)state;
	options.loops = 2;
	start(&running, options);
	int idle = dial(&running);
	say(idle, SPAN(GET("/quick")));
	assert_holds(hear_until(idle, "()"), "GET /quick []");
	int silent = dial(&running);
	int held = dial(&running);
	say(held, SPAN(GET("/hold")));
	wait_until_held(1);
	int half = dial(&running);
	say(half, SPAN("GET /quick/half HTTP/1.1\r\nHo"));
	usleep(50000);
	server_stop(running.server);
	hear(idle, 1000, &closed);
	assert_true(closed);
	assert_true(stops_listening(&running));
	say(half, SPAN("st: a\r\n\r\n"));
	struct span answer = hear(half, 1000, &closed);
	assert_holds(answer, "GET /quick/half []");
	assert_holds(answer, "Connection: close");
	assert_true(closed);
	let_go();
	answer = hear(held, 1000, &closed);
	assert_holds(answer, "GET /hold []");
	assert_holds(answer, "Connection: close");
	assert_true(closed);
	await_end(&running);
	close(idle);
	close(silent);
	close(held);
	close(half);
	stop(&running);
}

static void
stops_before_it_runs(void **state)
{
	struct server_options options = common_options();
	struct server *server = NULL;
	struct cx cx;

	(void)state;
	cx_init(&cx, test_random);
	assert_int_equal(server_open(&cx, &options, &server), FAULT_NONE);
	server_stop(server);
	server_run(server);
	server_close(server);
	cx_release(&cx);
}

static void
refuses_addresses(void **state)
{
	struct running running;
	struct cx cx;

	(void)state;
	start(&running, common_options());
	cx_init(&cx, test_random);
	struct span taken =
	    arena_printf(cx.arena, "127.0.0.1:%u", running.port);
	const char *rows[] = {taken.at, "localhost:80", "127.0.0.1", ":80", "",
	    "127.0.0.1:65536", "127.0.0.1:+1", "192.0.2.1:0"};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (unsigned loops = 1; loops <= 2; loops++) {
			struct server_options options = common_options();
			struct server *server = NULL;
			options.listen = &rows[i];
			options.loops = loops;
			if (server_open(&cx, &options, &server) !=
			    FAULT_CONFIG_REFUSED)
				fail_msg("\"%s\" was taken", rows[i]);
			assert_null(server);
			assert_true(
			    span_starts(span_of(cx.note.telling), "listen "));
		}
	cx_release(&cx);
	stop(&running);
}

/* ---- who is asking ---- */

static void
finds_the_peer(void **state)
{
	static const char request[] = "GET /quick HTTP/1.1\r\nHost: a\r\n"
				      "X-Forwarded-For: 203.0.113.9\r\n\r\n";
	struct server_options options = common_options();
	struct running running;

	(void)state;
	start(&running, options);
	assert_holds(
	    ask_last(&running, span_of(request)), "GET /quick [] 127.0.0.1 ()");
	stop(&running);

	assert_true(network_read(SPAN("127.0.0.0/8"), &running.trusted));
	options.trusted_proxies = (struct network_list){&running.trusted, 1};
	start(&running, options);
	assert_holds(ask_last(&running, span_of(request)),
	    "GET /quick [] 203.0.113.9 ()");
	stop(&running);
}

/* ---- TLS ---- */

struct pem_files {
	char certificate[64], key[64];
};

static void
make_certificate(struct pem_files *files)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	X509_NAME *name = X509_get_subject_name(certificate);

	snprintf(files->certificate, sizeof files->certificate,
	    "/tmp/server_test_%d_cert.pem", (int)getpid());
	snprintf(files->key, sizeof files->key, "/tmp/server_test_%d_key.pem",
	    (int)getpid());
	X509_set_version(certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
	X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)"localhost", -1, -1, 0);
	X509_set_issuer_name(certificate, name);
	X509_set_pubkey(certificate, key);
	assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
	FILE *file = fopen(files->certificate, "w");
	assert_int_equal(PEM_write_X509(file, certificate), 1);
	fclose(file);
	file = fopen(files->key, "w");
	assert_int_equal(
	    PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(file);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

static void
remove_certificate(const struct pem_files *files)
{
	unlink(files->certificate);
	unlink(files->key);
}

/* Empty: the handshake failed. */
static struct span
ask_by_tls(const struct running *running, const char *request, int version_max)
{
	static char answer[ANSWER_MAX];
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	int handle = dial(running);
	size_t length = 0;

	SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
	SSL_CTX_set_security_level(context, 0);
	SSL_CTX_set_max_proto_version(context, version_max);
	SSL *ssl = SSL_new(context);
	SSL_set_fd(ssl, handle);
	if (SSL_connect(ssl) == 1) {
		SSL_write(ssl, request, (int)strlen(request));
		int got = 0;
		do {
			length += (size_t)got;
			got = SSL_read(
			    ssl, answer + length, (int)(ANSWER_MAX - length));
		} while (got > 0 && length + (size_t)got < ANSWER_MAX);
	}
	SSL_free(ssl);
	SSL_CTX_free(context);
	close(handle);
	return span_from(answer, length);
}

#define GET_AND_CLOSE(path)                                                    \
	"GET " path " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

static void
speaks_tls(void **state)
{
	struct server_options options = common_options();
	struct running running;
	struct pem_files files;
	bool closed;

	(void)state;
	make_certificate(&files);
	options.tls.certificate = files.certificate;
	options.tls.key = files.key;
	start(&running, options);
	struct span answer =
	    ask_by_tls(&running, GET_AND_CLOSE("/quick"), TLS1_3_VERSION);
	assert_holds(answer, "GET /quick [] 127.0.0.1 ()");
	answer = ask_by_tls(&running, GET_AND_CLOSE("/work"), TLS1_2_VERSION);
	assert_holds(answer, "GET /work []");
	answer = ask_by_tls(
	    &running, GET("/quick") GET_AND_CLOSE("/work"), TLS1_3_VERSION);
	assert_holds(answer, "GET /quick []");
	assert_holds(answer, "GET /work []");
	answer = ask_by_tls(
	    &running, "GET /w HTTP/1.1\r\n\r\n" AFTER, TLS1_3_VERSION);
	assert_holds(answer, "REQUEST_DOUBTFUL");
	assert_int_equal(
	    ask_by_tls(&running, GET_AND_CLOSE("/quick"), TLS1_1_VERSION)
		.length,
	    0);
	answer = ask(&running, SPAN(GET("/quick")), &closed);
	assert_true(closed);
	assert_false(holds(answer, "200 OK"));
	stop(&running);
	remove_certificate(&files);
}

/* A handshake that never ends is ended. */
static void
ends_a_slow_handshake(void **state)
{
	static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc";
	struct server_options options = common_options();
	struct running running;
	struct pem_files files;
	bool closed;

	(void)state;
	make_certificate(&files);
	options.tls.certificate = files.certificate;
	options.tls.key = files.key;
	options.request_ms_max = 300;
	start(&running, options);
	int failing = dial(&running);
	say(failing, SPAN("nonsense nonsense nonsense"));
	close(failing);
	int handle = dial(&running);
	for (size_t i = 0; i < sizeof hello - 1; i++) {
		send(handle, &hello[i], 1, MSG_NOSIGNAL);
		usleep(250000);
	}
	hear(handle, 10, &closed);
	assert_true(closed);
	close(handle);
	stop(&running);
	remove_certificate(&files);
}

static void
refuses_certificates(void **state)
{
	struct pem_files files, others;
	char other_key[80];
	struct cx cx;

	(void)state;
	cx_init(&cx, test_random);
	make_certificate(&others);
	snprintf(other_key, sizeof other_key, "%s.other", others.key);
	assert_int_equal(rename(others.key, other_key), 0);
	make_certificate(&files);
	const struct {
		const char *certificate, *key, *telling;
	} rows[] = {
	    {"/nowhere/cert.pem", files.key, "tls_cert /nowhere/cert.pem: "},
	    {files.certificate, "/nowhere/key.pem",
		"tls_key /nowhere/key.pem: "},
	    {files.key, files.key, "tls_cert /tmp/"},
	    {files.certificate, other_key, "tls_key /tmp/server_test_"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct server_options options = common_options();
		struct server *server = NULL;
		options.tls.certificate = rows[i].certificate;
		options.tls.key = rows[i].key;
		assert_int_equal(
		    server_open(&cx, &options, &server), FAULT_CONFIG_REFUSED);
		if (!span_starts(span_of(cx.note.telling), rows[i].telling))
			fail_msg("%s", cx.note.telling);
	}
	unlink(other_key);
	remove_certificate(&files);
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(serves),
	    cmocka_unit_test(keeps_a_connection),
	    cmocka_unit_test(reads_pieces),
	    cmocka_unit_test(sends_a_large_answer),
	    cmocka_unit_test(refuses_the_doubtful),
	    cmocka_unit_test(refuses_the_doubtful_in_pieces),
	    cmocka_unit_test(refuses_the_oversized),
	    cmocka_unit_test(ends_after_a_doubtful_one),
	    cmocka_unit_test(is_not_held_up_by_the_slow),
	    cmocka_unit_test(ends_the_slow),
	    cmocka_unit_test(survives_a_client_that_left),
	    cmocka_unit_test(grows_to_200_workers),
	    cmocka_unit_test(says_when_it_is_busy),
	    cmocka_unit_test(shrinks_its_workers),
	    cmocka_unit_test(waits_until_workers_are_gone),
	    cmocka_unit_test(ends_what_was_begun),
	    cmocka_unit_test(stops_before_it_runs),
	    cmocka_unit_test(refuses_addresses),
	    cmocka_unit_test(finds_the_peer),
	    cmocka_unit_test(speaks_tls),
	    cmocka_unit_test(ends_a_slow_handshake),
	    cmocka_unit_test(refuses_certificates),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
