/* key_sets_test.c - the keys of LMSs, fetched and kept
 *
 * Real sockets: an LMS's web server is a thread of this program, on
 * 127.0.0.1, which the policy allows. A fetch reads the clock, so that after
 * it cx->now is when the set was fetched; from there each test sets it on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/key_sets.h"

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

#include "base/clock.h"
#include "base/cx.h"
#include "crypto/jws.h"
#include "crypto/random.h"
#include "lms_keys.h"
#include "net/fetch.h"

static void
sleep_ms(long ms)
{
	const struct timespec wait = {ms / 1000, ms % 1000 * 1000000};
	nanosleep(&wait, NULL);
}

/* --- an LMS that publishes its keys -------------------------------------- */

enum { REPLY_MAX = 400 * 1024 };

struct lms {
	int listener;
	char url[64];
	pthread_t thread;
	atomic_bool stop;
	atomic_bool held; /* it has the request, and does not answer yet */
	atomic_long wait_ms;
	atomic_int requests;
	pthread_mutex_t lock;
	char reply[REPLY_MAX]; /* under lock */
};

static void
hear(int fd)
{
	char bytes[4096] = "";
	size_t length = 0;

	while (!strstr(bytes, "\r\n\r\n")) {
		ssize_t got =
		    recv(fd, bytes + length, sizeof bytes - 1 - length, 0);
		if (got <= 0)
			return;
		length += (size_t)got;
		bytes[length] = '\0';
	}
}

static void
say(struct lms *lms, int fd)
{
	pthread_mutex_lock(&lms->lock);
	size_t length = strlen(lms->reply), sent = 0;
	while (sent < length) {
		ssize_t now =
		    send(fd, lms->reply + sent, length - sent, MSG_NOSIGNAL);
		if (now <= 0)
			break;
		sent += (size_t)now;
	}
	pthread_mutex_unlock(&lms->lock);
}

/* One after the other: nobody here asks twice at once. */
static void *
serve(void *arg)
{
	struct lms *lms = arg;
	struct pollfd polled = {.fd = lms->listener, .events = POLLIN};

	while (!lms->stop) {
		if (poll(&polled, 1, 10) <= 0)
			continue;
		int fd = accept(lms->listener, NULL, NULL);
		hear(fd);
		lms->requests++;
		sleep_ms(lms->wait_ms);
		while (lms->held && !lms->stop)
			sleep_ms(5);
		say(lms, fd);
		shutdown(fd, SHUT_WR);
		close(fd);
	}
	return NULL;
}

static struct lms *
lms_open(void)
{
	struct sockaddr_in here = {
	    .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t length = sizeof here;
	struct lms *lms = calloc(1, sizeof *lms);

	lms->listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(
	    bind(lms->listener, (const void *)&here, sizeof here), 0);
	assert_int_equal(getsockname(lms->listener, (void *)&here, &length), 0);
	assert_int_equal(listen(lms->listener, 64), 0);
	snprintf(lms->url, sizeof lms->url, "http://127.0.0.1:%u/keys",
	    (unsigned)ntohs(here.sin_port));
	pthread_mutex_init(&lms->lock, NULL);
	pthread_create(&lms->thread, NULL, serve, lms);
	return lms;
}

static void
lms_close(struct lms *lms)
{
	lms->stop = true;
	pthread_join(lms->thread, NULL);
	close(lms->listener);
	pthread_mutex_destroy(&lms->lock);
	free(lms);
}

/* header: a whole line, or empty. */
static void
lms_say(struct lms *lms, int status, const char *header, struct span body)
{
	pthread_mutex_lock(&lms->lock);
	snprintf(lms->reply, sizeof lms->reply,
	    "HTTP/1.1 %d X\r\nConnection: close\r\n%sContent-Length: %zu\r\n"
	    "\r\n%.*s",
	    status, header, body.length, SPAN_ARGS(body));
	pthread_mutex_unlock(&lms->lock);
}

/* --- keys, made once ----------------------------------------------------- */

enum { KEYS = 3 };

/* Tokens of keys "a", "b" and "c", and sets that hold some of them. */
static struct {
	struct cx cx;
	EVP_PKEY *keys[KEYS];
	struct span jwk[KEYS], only[KEYS]; /* a set of this one */
	struct span all;
	struct jws tokens[KEYS], forged, older; /* older: RS256 */
	struct span pem;
} made;

static struct jws
token_of(EVP_PKEY *key, enum jws_algorithm algorithm, const char *kid)
{
	struct jws jws = {.kid = SPAN("")};
	struct span header =
	    arena_printf(made.cx.arena, "{\"alg\":\"%s\",\"kid\":\"%s\"}",
		jws_algorithm_names[algorithm], kid);
	struct span text =
	    lms_key_sign(&made.cx, key, algorithm, header, SPAN("{\"a\":1}"));

	assert_int_equal(jws_read(&made.cx, text, &jws), FAULT_NONE);
	return jws;
}

static int
make_keys(void **state)
{
	static const char *const names[KEYS] = {"a", "b", "c"};
	struct cx *cx = &made.cx;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	cx_init(cx, random_bytes);
	for (size_t i = 0; i < KEYS; i++) {
		made.keys[i] = lms_key_for(cx, JWS_ES256);
		struct json_t *jwk = lms_key_jwk(cx, made.keys[i]);
		jwrite_text(jwk, "kid", span_of(names[i]));
		made.jwk[i] = jwrite_bytes(cx, jwk);
		made.only[i] = arena_printf(
		    cx->arena, "{\"keys\":[%.*s]}", SPAN_ARGS(made.jwk[i]));
		made.tokens[i] = token_of(made.keys[i], JWS_ES256, names[i]);
	}
	made.all = arena_printf(cx->arena, "{\"keys\":[%.*s,%.*s,%.*s]}",
	    SPAN_ARGS(made.jwk[0]), SPAN_ARGS(made.jwk[1]),
	    SPAN_ARGS(made.jwk[2]));
	/* "a" by another key. */
	made.forged = token_of(made.keys[1], JWS_ES256, "a");
	EVP_PKEY *rsa = lms_key_for(cx, JWS_RS256);
	made.older = token_of(rsa, JWS_RS256, "whatever");
	made.pem = lms_key_pem(cx, rsa, false);
	return 0;
}

static int
forget_keys(void **state)
{
	(void)state;
	cx_release(&made.cx);
	return 0;
}

/* --- asking -------------------------------------------------------------- */

enum { FEW = 2000 }; /* sets that are kept */

struct desk {
	struct lms *lms;
	struct net *net;
	struct key_sets *sets;
	struct cx cx;
	bool fetched; /* by the last question */
};

static struct desk *
desk_open(void)
{
	struct desk *desk = calloc(1, sizeof *desk);
	struct net_options options = {.limits = {.total = {8, 8, 8}}};
	struct span bad;

	cx_init(&desk->cx, random_bytes);
	assert_true(network_list_read(desk->cx.arena, SPAN("127.0.0.0/8"),
	    &options.policy.outbound_allow, &bad));
	assert_int_equal(net_open(&desk->cx, &options, &desk->net), FAULT_NONE);
	desk->sets = key_sets_open(desk->net, FEW);
	desk->lms = lms_open();
	lms_say(desk->lms, 200, "", made.only[0]);
	return desk;
}

static void
desk_close(struct desk *desk)
{
	key_sets_close(desk->sets);
	net_close(desk->net);
	lms_close(desk->lms);
	cx_release(&desk->cx);
	free(desk);
}

static enum fault
ask(struct desk *desk, const char *method, struct span value,
    const struct jws *jws)
{
	const struct key_source source = {
	    .method = span_of(method),
	    .value = value,
	    .client = SPAN("192.0.2.1"),
	};

	return key_sets_check(
	    desk->sets, &desk->cx, &source, jws, &desk->fetched);
}

static void
expect_at(struct desk *desk, const char *row, size_t token, enum fault expected,
    int requests, int line)
{
	int before = desk->lms->requests;
	enum fault got =
	    ask(desk, "JWK_SET", span_of(desk->lms->url), &made.tokens[token]);

	if (got != expected)
		fail_msg("line %d: %s: %s: %s", line, row,
		    fault_text(got)->name, desk->cx.note.detail);
	if (desk->lms->requests - before != requests ||
	    desk->fetched != (requests > 0))
		fail_msg("line %d: %s: %d requests, fetched %d", line, row,
		    desk->lms->requests - before, desk->fetched);
}

/* EXPECT(desk, row, token, FAULT, requests) */
#define EXPECT(desk, row, token, expected, requests)                           \
	expect_at(                                                             \
	    (desk), (row), (token), FAULT_##expected, (requests), __LINE__)

enum { A, B, C };

static void
fetches_once(void **state)
{
	struct desk *desk = desk_open();

	(void)state;
	EXPECT(desk, "the first", A, NONE, 1);
	int64_t fetched_at = desk->cx.now;
	assert_in_range(clock_now() - fetched_at, 0, 60);
	EXPECT(desk, "the second", A, NONE, 0);
	/* OI8: the key of that name, and none else. */
	assert_int_equal(
	    ask(desk, "JWK_SET", span_of(desk->lms->url), &made.forged),
	    FAULT_SIGNATURE_WRONG);
	assert_false(desk->fetched);
	assert_int_equal(desk->lms->requests, 1);
	/* Another URL is another set. */
	struct span other =
	    arena_printf(desk->cx.arena, "%s?2", desk->lms->url);
	assert_int_equal(
	    ask(desk, "JWK_SET", other, &made.tokens[A]), FAULT_NONE);
	assert_int_equal(desk->lms->requests, 2);
	desk_close(desk);
	key_sets_close(NULL);
}

static void
keeps_as_long_as_it_may(void **state)
{
	static const struct {
		const char *name, *header;
		int64_t kept;
	} rows[] = {
	    {"nothing said", "", KEY_SET_KEPT},
	    {"an hour and a second", "Cache-Control: max-age=3601\r\n", 3601},
	    {"the least", "Cache-Control: max-age=300\r\n", 300},
	    {"a second more", "Cache-Control: max-age=301\r\n", 301},
	    {"too short", "Cache-Control: max-age=299\r\n", KEY_SET_KEPT_MIN},
	    {"zero", "Cache-Control: max-age=0\r\n", KEY_SET_KEPT_MIN},
	    {"the most", "Cache-Control: max-age=86400\r\n", KEY_SET_KEPT_MAX},
	    {"a second less", "Cache-Control: max-age=86399\r\n", 86399},
	    {"Canvas says 10 days", "Cache-Control: max-age=864000\r\n",
		KEY_SET_KEPT_MAX},
	    {"no-store", "Cache-Control: no-store\r\n", KEY_SET_KEPT_MIN},
	    {"no-cache", "Cache-Control: no-cache\r\n", KEY_SET_KEPT_MIN},
	    {"among others",
		"Cache-Control: public , Max-Age=1000,must-revalidate\r\n",
		1000},
	    {"that of others", "Cache-Control: s-maxage=1000\r\n",
		KEY_SET_KEPT},
	    {"no number", "Cache-Control: max-age=soon\r\n", KEY_SET_KEPT},
	    {"negative", "Cache-Control: max-age=-1\r\n", KEY_SET_KEPT},
	    {"empty", "Cache-Control: max-age=\r\n", KEY_SET_KEPT},
	    {"blanks alone", "Cache-Control:  \r\n", KEY_SET_KEPT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct desk *desk = desk_open();
		lms_say(desk->lms, 200, rows[i].header, made.only[A]);
		EXPECT(desk, rows[i].name, A, NONE, 1);
		int64_t fetched_at = desk->cx.now;
		desk->cx.now = fetched_at + rows[i].kept - 1;
		EXPECT(desk, rows[i].name, A, NONE, 0);
		desk->cx.now = fetched_at + rows[i].kept;
		EXPECT(desk, rows[i].name, A, NONE, 1);
		desk_close(desk);
	}
}

/* A clock that was put back makes everything due, or a set could be kept for
 * years. */
static void
does_not_trust_the_clock(void **state)
{
	struct desk *desk = desk_open();

	(void)state;
	EXPECT(desk, "the first", A, NONE, 1);
	desk->cx.now -= 365 * 86400;
	EXPECT(desk, "a year back", A, NONE, 1);
	desk_close(desk);
}

/* A33, R20. */
static void
asks_for_new_keys_once_a_minute(void **state)
{
	struct desk *desk = desk_open();

	(void)state;
	/* It has just been fetched: nothing newer is there. */
	EXPECT(desk, "new and fetched", B, KEY_UNKNOWN, 1);
	EXPECT(desk, "new and kept", B, KEY_UNKNOWN, 1);
	int64_t asked_at = desk->cx.now;
	EXPECT(desk, "again", B, KEY_UNKNOWN, 0);
	EXPECT(desk, "another", C, KEY_UNKNOWN, 0);
	EXPECT(desk, "known ones go on", A, NONE, 0);
	desk->cx.now = asked_at + KEY_SET_RETRY - 2;
	EXPECT(desk, "just before a minute", B, KEY_UNKNOWN, 0);
	/* The LMS changes its key. */
	lms_say(desk->lms, 200, "", made.only[B]);
	desk->cx.now = asked_at + KEY_SET_RETRY;
	EXPECT(desk, "a minute later", B, NONE, 1);
	EXPECT(desk, "it is kept", B, NONE, 0);
	EXPECT(desk, "the old one is gone", A, KEY_UNKNOWN, 0);
	desk_close(desk);
}

/* A token that names no key cannot mean a new one. */
static void
asks_for_no_key_without_a_name(void **state)
{
	struct desk *desk = desk_open();
	struct span url = span_of(desk->lms->url);
	struct jws nameless = made.tokens[A];

	(void)state;
	nameless.kid = SPAN("");
	EXPECT(desk, "the first", A, NONE, 1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    ask(desk, "JWK_SET", url, &nameless), FAULT_KEY_UNKNOWN);
		assert_false(desk->fetched);
	}
	assert_int_equal(desk->lms->requests, 1);
	desk_close(desk);
}

/* The algorithm belongs to the key: one of another type may be a new one. */
static void
asks_for_keys_of_another_type(void **state)
{
	struct desk *desk = desk_open();
	struct span url = span_of(desk->lms->url);

	(void)state;
	EXPECT(desk, "the first", A, NONE, 1);
	assert_int_equal(
	    ask(desk, "JWK_SET", url, &made.older), FAULT_KEY_UNKNOWN);
	assert_true(desk->fetched);
	assert_int_equal(desk->lms->requests, 2);
	desk_close(desk);
}

static void
keeps_good_keys_when_a_fetch_fails(void **state)
{
	static const struct {
		const char *name;
		int status;
		struct span body;
	} rows[] = {
	    {"error", 500, {"", 0}},
	    {"gone", 404, {"{\"keys\":[]}", 11}},
	    {"moved", 302, {"", 0}},
	    {"HTML", 200, {"<!doctype html>", 15}},
	    {"no keys", 200, {"{\"keys\":[]}", 11}},
	    {"empty", 200, {"", 0}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *row = rows[i].name;
		struct desk *desk = desk_open();
		EXPECT(desk, row, A, NONE, 1);
		lms_say(desk->lms, rows[i].status, "", rows[i].body);
		desk->cx.now += KEY_SET_KEPT;
		EXPECT(desk, row, A, NONE, 1);
		int64_t failed_at = desk->cx.now;
		/* Not again at once, neither for it nor for a new key. */
		desk->cx.now = failed_at + KEY_SET_RETRY - 1;
		EXPECT(desk, row, A, NONE, 0);
		desk_close(desk);

		desk = desk_open();
		EXPECT(desk, row, A, NONE, 1);
		lms_say(desk->lms, rows[i].status, "", rows[i].body);
		EXPECT(desk, row, B, KEY_UNKNOWN, 1);
		assert_non_null(
		    strstr(desk->cx.note.detail, "could not be fetched again"));
		EXPECT(desk, row, B, KEY_UNKNOWN, 0);
		EXPECT(desk, row, A, NONE, 0);
		desk_close(desk);
	}
}

static void
remembers_that_there_are_none(void **state)
{
	static char large[KEY_SET_BYTES_MAX + 1];
	static const struct {
		const char *name;
		int status;
		struct span body;
		enum fault expected;
	} rows[] = {
	    {"error", 503, {"", 0}, FAULT_KEY_SET_UNREACHABLE},
	    {"moved", 301, {"", 0}, FAULT_KEY_SET_UNREACHABLE},
	    {"nothing", 204, {"", 0}, FAULT_KEY_SET_UNREACHABLE},
	    {"HTML", 200, {"<!doctype html>", 15}, FAULT_KEY_SET_MALFORMED},
	    {"no keys", 200, {"{\"keys\":[]}", 11}, FAULT_KEY_SET_MALFORMED},
	    {"too large", 200, {large, sizeof large},
		FAULT_KEY_SET_UNREACHABLE},
	};

	(void)state;
	memset(large, ' ', sizeof large);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct desk *desk = desk_open();
		lms_say(desk->lms, rows[i].status, "", rows[i].body);
		expect_at(desk, rows[i].name, A, rows[i].expected, 1, __LINE__);
		int64_t failed_at = desk->cx.now;
		expect_at(desk, rows[i].name, A, rows[i].expected, 0, __LINE__);
		desk->cx.now = failed_at + KEY_SET_RETRY - 1;
		expect_at(desk, rows[i].name, B, rows[i].expected, 0, __LINE__);
		lms_say(desk->lms, 200, "", made.only[A]);
		desk->cx.now = failed_at + KEY_SET_RETRY;
		EXPECT(desk, rows[i].name, A, NONE, 1);
		EXPECT(desk, rows[i].name, A, NONE, 0);
		desk_close(desk);
	}
}

/* Our network is nobody's business; what the LMS answered may be told. */
static void
tells_little(void **state)
{
	static const char *const urls[] = {"ftp://127.0.0.1/keys", "keys", "",
	    "https://10.0.0.1/keys", "http://127.0.0.1:1/keys"};
	struct desk *desk = desk_open();

	(void)state;
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		enum fault got =
		    ask(desk, "JWK_SET", span_of(urls[i]), &made.tokens[A]);
		if (got != FAULT_KEY_SET_UNREACHABLE || !desk->fetched ||
		    strstr(desk->cx.note.telling, "10.0.0.1"))
			fail_msg("%s: %s: %s", urls[i], fault_text(got)->name,
			    desk->cx.note.telling);
	}
	lms_say(desk->lms, 418, "", SPAN("a secret page"));
	EXPECT(desk, "418", A, KEY_SET_UNREACHABLE, 1);
	assert_non_null(strstr(desk->cx.note.telling, "HTTP status 418"));
	assert_int_equal(desk->cx.note.external_status, 418);
	assert_null(desk->cx.note.body_received.at);
	desk_close(desk);
}

static void
takes_single_keys(void **state)
{
	static const struct {
		const char *name, *method;
		const struct span *value;
		const struct jws *jws;
		enum fault expected;
	} rows[] = {
	    {"JWK", "JWK_KEY", &made.jwk[A], &made.tokens[A], FAULT_NONE},
	    {"JWK, another kid", "JWK_KEY", &made.jwk[A], &made.tokens[B],
		FAULT_KEY_UNKNOWN},
	    {"JWK, forged", "JWK_KEY", &made.jwk[A], &made.forged,
		FAULT_SIGNATURE_WRONG},
	    {"JWK that is a set", "JWK_KEY", &made.all, &made.tokens[A],
		FAULT_KEY_SET_MALFORMED},
	    {"PEM", "RSA_KEY", &made.pem, &made.older, FAULT_NONE},
	    {"PEM, another type", "RSA_KEY", &made.pem, &made.tokens[A],
		FAULT_KEY_UNKNOWN},
	    {"PEM that is none", "RSA_KEY", &made.jwk[A], &made.older,
		FAULT_KEY_SET_MALFORMED},
	};
	struct desk *desk = desk_open();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (int k = 0; k < 3; k++) {
			enum fault got = ask(
			    desk, rows[i].method, *rows[i].value, rows[i].jws);
			if (got != rows[i].expected)
				fail_msg("%s: %s: %s", rows[i].name,
				    fault_text(got)->name,
				    desk->cx.note.detail);
			desk->cx.now += KEY_SET_KEPT_MAX;
		}
	assert_int_equal(desk->lms->requests, 0);
	desk_close(desk);
}

/* --- many at once -------------------------------------------------------- */

enum { LAUNCHES = 16 };

struct launch {
	struct key_sets *sets;
	const char *url;
	size_t token;
	int64_t now; /* 0: as it is */
	enum fault got;
	bool fetched;
	pthread_t thread;
};

static void *
launch_once(void *arg)
{
	struct launch *launch = arg;
	const struct key_source source = {
	    .method = SPAN("JWK_SET"), .value = span_of(launch->url)};
	struct cx cx;

	cx_init(&cx, random_bytes);
	if (launch->now)
		cx.now = launch->now;
	launch->got = key_sets_check(launch->sets, &cx, &source,
	    &made.tokens[launch->token], &launch->fetched);
	cx_release(&cx);
	return NULL;
}

static void
begin(struct desk *desk, struct launch *launch, size_t token, int64_t now)
{
	*launch = (struct launch){
	    .sets = desk->sets,
	    .url = desk->lms->url,
	    .token = token,
	    .now = now,
	};
	assert_int_equal(
	    pthread_create(&launch->thread, NULL, launch_once, launch), 0);
}

static void
wait_for_requests(struct desk *desk, int count)
{
	for (int i = 0; i < 1000 && desk->lms->requests < count; i++)
		sleep_ms(5);
	assert_int_equal(desk->lms->requests, count);
}

static const struct crowd {
	const char *name;
	long wait_ms; /* of the LMS */
	int status;
	enum fault expected;
} crowds[] = {
    {"at once", 200, 200, FAULT_NONE},
    {"into the next second", 1100, 200, FAULT_NONE},
    {"it fails", 200, 500, FAULT_KEY_SET_UNREACHABLE},
    {"it fails in the next second", 1100, 500, FAULT_KEY_SET_UNREACHABLE},
};

/* A33: a class that begins, and nothing is kept yet. */
static void
one_fetches_for_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof crowds / sizeof *crowds; i++) {
		struct desk *desk = desk_open();
		struct launch launches[LAUNCHES];
		int fetched = 0;
		lms_say(desk->lms, crowds[i].status, "", made.only[A]);
		desk->lms->wait_ms = crowds[i].wait_ms;
		for (size_t k = 0; k < LAUNCHES; k++)
			begin(desk, &launches[k], A, 0);
		for (size_t k = 0; k < LAUNCHES; k++) {
			pthread_join(launches[k].thread, NULL);
			fetched += launches[k].fetched;
			if (launches[k].got != crowds[i].expected)
				fail_msg("%s: %s", crowds[i].name,
				    fault_text(launches[k].got)->name);
		}
		if (desk->lms->requests != 1 || fetched != 1)
			fail_msg("%s: %d requests, %d fetched", crowds[i].name,
			    desk->lms->requests, fetched);
		desk_close(desk);
	}
}

/* The same for a key that is new. */
static void
one_asks_for_new_keys(void **state)
{
	struct desk *desk = desk_open();
	struct launch launches[LAUNCHES];

	(void)state;
	EXPECT(desk, "the first", A, NONE, 1);
	lms_say(desk->lms, 200, "", made.all);
	desk->lms->held = true;
	for (size_t k = 0; k < LAUNCHES; k++)
		begin(desk, &launches[k], B, 0);
	wait_for_requests(desk, 2);
	sleep_ms(100);
	desk->lms->held = false;
	for (size_t k = 0; k < LAUNCHES; k++) {
		pthread_join(launches[k].thread, NULL);
		assert_int_equal(launches[k].got, FAULT_NONE);
	}
	assert_int_equal(desk->lms->requests, 2);
	desk_close(desk);
}

/* One thread fetches what is due; the others go on with what is there. */
static void
others_do_not_wait_for_a_fetch(void **state)
{
	struct desk *desk = desk_open();
	struct launch slow;

	(void)state;
	EXPECT(desk, "the first", A, NONE, 1);
	desk->cx.now += KEY_SET_KEPT;
	desk->lms->held = true;
	begin(desk, &slow, A, desk->cx.now);
	wait_for_requests(desk, 2);
	int64_t start_ms = clock_monotonic_ms();
	EXPECT(desk, "meanwhile", A, NONE, 0);
	assert_true(clock_monotonic_ms() - start_ms < 5000);
	/* The old keys may go while somebody verifies with them. */
	lms_say(desk->lms, 200, "", made.only[B]);
	desk->lms->held = false;
	pthread_join(slow.thread, NULL);
	assert_int_equal(slow.got, FAULT_KEY_UNKNOWN);
	assert_true(slow.fetched);
	desk_close(desk);
}

static void *
launch_often(void *arg)
{
	struct launch *launch = arg;
	const struct key_source source = {
	    .method = SPAN("JWK_SET"), .value = span_of(launch->url)};
	struct cx cx;

	cx_init(&cx, random_bytes);
	for (int i = 0; i < 40 && !launch->got; i++) {
		/* Now and then it is due. */
		if (i % 10 == 9)
			cx.now += KEY_SET_KEPT;
		launch->got = key_sets_check(launch->sets, &cx, &source,
		    &made.tokens[launch->token], &launch->fetched);
		cx_reset(&cx);
	}
	cx_release(&cx);
	return NULL;
}

/* Sets are replaced while others verify with them. */
static void
threads_share_the_keys(void **state)
{
	struct desk *desk = desk_open();
	struct launch launches[LAUNCHES];

	(void)state;
	lms_say(desk->lms, 200, "", made.all);
	for (size_t k = 0; k < LAUNCHES; k++) {
		launches[k] = (struct launch){.sets = desk->sets,
		    .url = desk->lms->url,
		    .token = k % KEYS};
		assert_int_equal(pthread_create(&launches[k].thread, NULL,
				     launch_often, &launches[k]),
		    0);
	}
	for (size_t k = 0; k < LAUNCHES; k++) {
		pthread_join(launches[k].thread, NULL);
		assert_int_equal(launches[k].got, FAULT_NONE);
	}
	desk_close(desk);
}

/* --- how many ------------------------------------------------------------ */

/* As many single keys as are wanted, each another entry. */
static void
fill(struct desk *desk, size_t from, size_t count)
{
	for (size_t i = from; i < from + count; i++) {
		struct span jwk =
		    arena_printf(desk->cx.arena, "{\"x-number\":%zu,%.*s", i,
			SPAN_ARGS(span_from_offset(made.jwk[A], 1)));
		enum fault got = ask(desk, "JWK_KEY", jwk, &made.tokens[A]);
		if (got)
			fail_msg("%zu: %s", i, desk->cx.note.detail);
		cx_reset(&desk->cx);
	}
}

static void
keeps_only_so_many(void **state)
{
	struct desk *desk = desk_open();

	(void)state;
	EXPECT(desk, "the first", A, NONE, 1);
	fill(desk, 0, FEW - 1);
	EXPECT(desk, "all are kept", A, NONE, 0);
	fill(desk, FEW, 1);
	EXPECT(desk, "the oldest went", A, NONE, 1);
	fill(desk, 0, FEW - 1);
	EXPECT(desk, "the others went before it", A, NONE, 0);
	desk_close(desk);
}

/* What somebody looks at does not go. */
static void
keeps_what_is_being_fetched(void **state)
{
	struct desk *desk = desk_open();
	struct launch slow;

	(void)state;
	desk->lms->held = true;
	begin(desk, &slow, A, 0);
	wait_for_requests(desk, 1);
	fill(desk, 0, FEW + 10);
	desk->lms->held = false;
	pthread_join(slow.thread, NULL);
	assert_int_equal(slow.got, FAULT_NONE);
	EXPECT(desk, "it is kept", A, NONE, 0);
	desk_close(desk);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(fetches_once),
	    cmocka_unit_test(keeps_as_long_as_it_may),
	    cmocka_unit_test(does_not_trust_the_clock),
	    cmocka_unit_test(asks_for_new_keys_once_a_minute),
	    cmocka_unit_test(asks_for_no_key_without_a_name),
	    cmocka_unit_test(asks_for_keys_of_another_type),
	    cmocka_unit_test(keeps_good_keys_when_a_fetch_fails),
	    cmocka_unit_test(remembers_that_there_are_none),
	    cmocka_unit_test(tells_little),
	    cmocka_unit_test(takes_single_keys),
	    cmocka_unit_test(one_fetches_for_all),
	    cmocka_unit_test(one_asks_for_new_keys),
	    cmocka_unit_test(others_do_not_wait_for_a_fetch),
	    cmocka_unit_test(threads_share_the_keys),
	    cmocka_unit_test(keeps_only_so_many),
	    cmocka_unit_test(keeps_what_is_being_fetched),
	};
	return cmocka_run_group_tests(tests, make_keys, forget_keys);
}
