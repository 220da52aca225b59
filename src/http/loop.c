/* loop.c - one event loop: accepts, parses, hands on, writes
 *
 * The loop fills an exchange; the application works on it, here when that is
 * quick, else on a worker, to which all of it belongs meanwhile; the loop
 * sends what came out.
 * While a worker has it, evhttp does not read from the connection, so the
 * evhttp_request stays where it is: if writing the 100-continue fails, evhttp
 * drops the connection, and evhttp_send_reply frees the request.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/loop.h"

#include <assert.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cx.h"
#include "http/connection.h"
#include "http/exchange.h"
#include "http/gate.h"
#include "http/reply.h"
#include "http/response.h"
#include "http/server.h"
#include "http/workers.h"

enum {
	SILENCE_S_MAX = 15,     /* between two bytes, or two requests */
	REQUEST_MS_MAX = 15000, /* for a whole request */
	TICK_MS = 1000,
	STOPPING_TICK_MS = 20,
	STOPPING_MS_MAX = 20000,
	LISTEN_MAX = 16,
};

struct loop {
	const struct server_options *options;
	struct workers *workers;
	struct connections *connections;
	struct event_base *base;
	struct evhttp *http;
	struct event *woken, *tick;
	struct evhttp_bound_socket *listeners[LISTEN_MAX];
	size_t listener_count;
	struct exchanges *exchanges;
	size_t at_work;         /* exchanges that workers have */
	bool stopping, is_full; /* full: no descriptor to accept with */
	int64_t stopping_until; /* monotonic ms */

	int bell; /* eventfd: something below has changed */
	atomic_bool must_stop, draining, turned;
	pthread_mutex_t mutex;
	struct exchange *done; /* by workers; the mutex is held */
};

static void
refuse(struct exchange *exchange, enum fault why)
{
	const struct http_app *app = &exchange->loop->options->app;

	if (why == FAULT_SERVER_BUSY)
		exchange->cx.note.retry_after = 1;
	app->refuse(app->state, &exchange->cx, &exchange->request, why,
	    &exchange->response);
}

static void
on_sent(struct evhttp_request *http, void *state)
{
	struct loop *loop = state;

	connection_end(
	    loop->connections, evhttp_connection_get_bufferevent(
				   evhttp_request_get_connection(http)));
}

static void
send_answer(struct exchange *exchange)
{
	struct loop *loop = exchange->loop;
	struct evhttp_connection *to =
	    evhttp_request_get_connection(exchange->http);

	if (!to) {
		evhttp_request_free(exchange->http);
		exchange_give_back(loop->exchanges, exchange);
		return;
	}
	struct bufferevent *bufferevent = evhttp_connection_get_bufferevent(to);
	bool close = loop->stopping || atomic_load(&loop->draining) ||
		     connection_must_close(loop->connections, bufferevent);
	assert(exchange->response.status >= 200);
	evhttp_request_set_on_complete_cb(exchange->http, on_sent, loop);
	reply_send(
	    exchange->cx.arena, exchange->http, &exchange->response, close);
	connection_answer(loop->connections, bufferevent);
	exchange_give_back(loop->exchanges, exchange);
}

static void
handle(struct exchange *exchange)
{
	const struct http_app *app = &exchange->loop->options->app;

	app->handle(
	    app->state, &exchange->cx, &exchange->request, &exchange->response);
}

static void
ring(struct loop *loop)
{
	const uint64_t one = 1;
	ssize_t written = write(loop->bell, &one, sizeof one);

	(void)written; /* full: it rings already */
}

/* On a worker. */
static void
handle_job(struct job *job)
{
	struct exchange *exchange = (struct exchange *)job;
	struct loop *loop = exchange->loop;

	handle(exchange);
	pthread_mutex_lock(&loop->mutex);
	bool first = !loop->done;
	exchange->next = loop->done;
	loop->done = exchange;
	pthread_mutex_unlock(&loop->mutex);
	if (first)
		ring(loop);
}

static void
dispatch(struct exchange *exchange)
{
	struct loop *loop = exchange->loop;
	const struct http_app *app = &loop->options->app;

	if (app->is_quick(app->state, &exchange->cx, &exchange->request)) {
		handle(exchange);
		send_answer(exchange);
		return;
	}
	exchange->job = (struct job){.run = handle_job};
	if (workers_add(loop->workers, &exchange->job)) {
		loop->at_work++;
		return;
	}
	fault(&exchange->cx, FAULT_SERVER_BUSY, "no worker and no place");
	refuse(exchange, FAULT_SERVER_BUSY);
	send_answer(exchange);
}

static void
on_request(struct evhttp_request *http, void *state)
{
	struct loop *loop = state;
	struct exchange *exchange = exchange_take(loop->exchanges, loop);
	struct evhttp_connection *from = evhttp_request_get_connection(http);

	exchange->http = http;
	exchange_read_peer(exchange, from);
	if (!connection_begin(
		loop->connections, evhttp_connection_get_bufferevent(from))) {
		fault(&exchange->cx, FAULT_REQUEST_DOUBTFUL,
		    "the gate counted the requests otherwise");
		refuse(exchange, FAULT_REQUEST_DOUBTFUL);
		send_answer(exchange);
		return;
	}
	exchange_read(exchange, loop->options->trusted_proxies);
	dispatch(exchange);
}

static void
write_refusal(void *state, struct evhttp_connection *from, enum fault why,
    const char *reason, struct evbuffer *output)
{
	struct loop *loop = state;
	struct exchange *exchange = exchange_take(loop->exchanges, loop);

	exchange_read_peer(exchange, from);
	fault(&exchange->cx, why, "%s", reason);
	refuse(exchange, why);
	reply_write(output, &exchange->response, why);
	exchange_give_back(loop->exchanges, exchange);
}

static void
set_tick(struct loop *loop, long wait_ms)
{
	const struct timeval wait = {wait_ms / 1000, wait_ms % 1000 * 1000};

	event_add(loop->tick, &wait);
}

static void
begin_stop(struct loop *loop)
{
	loop->stopping = true;
	loop->stopping_until = clock_monotonic_ms() + STOPPING_MS_MAX;
	for (size_t i = 0; i < loop->listener_count; i++)
		evhttp_del_accept_socket(loop->http, loop->listeners[i]);
	loop->listener_count = 0;
	set_tick(loop, 0);
}

static void
on_bell(evutil_socket_t bell, short what, void *state)
{
	struct loop *loop = state;
	uint64_t count;
	ssize_t got = read(bell, &count, sizeof count);

	(void)got;
	(void)what;
	pthread_mutex_lock(&loop->mutex);
	struct exchange *done = loop->done;
	loop->done = NULL;
	pthread_mutex_unlock(&loop->mutex);
	while (done) {
		struct exchange *exchange = done;
		done = exchange->next;
		loop->at_work--;
		send_answer(exchange);
	}
	if (atomic_load(&loop->must_stop) && !loop->stopping)
		begin_stop(loop);
}

static void
on_tick(evutil_socket_t none, short what, void *state)
{
	struct loop *loop = state;

	(void)none;
	(void)what;
	atomic_store(&loop->turned, true);
	unsigned left = connections_sweep(loop->connections, loop->stopping);
	for (size_t i = 0; loop->is_full && i < loop->listener_count; i++)
		evconnlistener_enable(
		    evhttp_bound_socket_get_listener(loop->listeners[i]));
	loop->is_full = false;
	if (loop->stopping && ((left == 0 && loop->at_work == 0) ||
				  clock_monotonic_ms() > loop->stopping_until))
		event_base_loopbreak(loop->base);
	set_tick(loop, loop->stopping ? STOPPING_TICK_MS : TICK_MS);
}

/* Out of descriptors, the kernel would tell us of the same connection again
 * and again: the next tick tries once more. */
static void
on_accept_failure(struct evconnlistener *listener, void *state)
{
	struct loop *loop = state;

	evconnlistener_disable(listener);
	loop->is_full = true;
}

static void
set_up_evhttp(struct loop *loop)
{
	struct evhttp *http = loop->http;

	evhttp_set_allowed_methods(http, exchange_methods());
	evhttp_set_default_content_type(http, NULL);
	/* The gate is stricter; these only say that evhttp is bounded. */
	evhttp_set_max_headers_size(http, (ev_ssize_t)2 * GATE_HEAD_MAX);
	evhttp_set_max_body_size(http, (ev_ssize_t)loop->options->body_max);
	evhttp_set_timeout(http, SILENCE_S_MAX);
	evhttp_set_bevcb(http, connection_open, loop->connections);
	evhttp_set_gencb(http, on_request, loop);
}

struct loop *
loop_open(const struct server_options *options, struct workers *workers,
    struct tls *tls)
{
	struct loop *loop = memory_take(sizeof *loop);

	loop->options = options;
	loop->workers = workers;
	loop->connections = connections_open((struct connections_options){
	    .tls = tls,
	    .body_max = options->body_max,
	    .request_ms_max = options->request_ms_max ? options->request_ms_max
						      : REQUEST_MS_MAX,
	    .write_refusal = write_refusal,
	    .state = loop,
	});
	loop->exchanges = exchanges_open(options->app.random);
	pthread_mutex_init(&loop->mutex, NULL);
	atomic_init(&loop->must_stop, false);
	atomic_init(&loop->draining, false);
	atomic_init(&loop->turned, false);
	loop->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	/* Not with libevent's change list, which would save most of six
	 * epoll_ctl a request: it speaks of a descriptor after it was closed,
	 * when another loop may have been given its number (TSan saw it). */
	loop->base = event_base_new();
	if (loop->bell < 0 || !loop->base) {
		loop_close(loop);
		return NULL;
	}
	loop->http = evhttp_new(loop->base);
	loop->woken = event_new(
	    loop->base, loop->bell, EV_READ | EV_PERSIST, on_bell, loop);
	loop->tick = event_new(loop->base, -1, 0, on_tick, loop);
	set_up_evhttp(loop);
	event_add(loop->woken, NULL);
	set_tick(loop, TICK_MS);
	return loop;
}

bool
loop_listen(struct loop *loop, int socket)
{
	if (loop->listener_count == LISTEN_MAX) {
		close(socket);
		return false;
	}
	struct evhttp_bound_socket *bound =
	    evhttp_accept_socket_with_handle(loop->http, socket);
	if (!bound) {
		close(socket);
		return false;
	}
	evconnlistener_set_error_cb(
	    evhttp_bound_socket_get_listener(bound), on_accept_failure);
	loop->listeners[loop->listener_count++] = bound;
	return true;
}

void
loop_run(struct loop *loop)
{
	event_base_dispatch(loop->base);
}

void
loop_drain(struct loop *loop)
{
	atomic_store(&loop->draining, true);
}

void
loop_stop(struct loop *loop)
{
	atomic_store(&loop->must_stop, true);
	ring(loop);
}

bool
loop_turned(const struct loop *loop)
{
	return atomic_load(&loop->turned);
}

void
loop_forget_turn(struct loop *loop)
{
	atomic_store(&loop->turned, false);
}

void
loop_close(struct loop *loop)
{
	if (!loop)
		return;
	while (loop->done) {
		struct exchange *exchange = loop->done;
		loop->done = exchange->next;
		exchange_give_back(loop->exchanges, exchange);
	}
	exchanges_close(loop->exchanges);
	if (loop->http)
		evhttp_free(loop->http);
	if (loop->woken)
		event_free(loop->woken);
	if (loop->tick)
		event_free(loop->tick);
	if (loop->base)
		event_base_free(loop->base); /* frees bufferevents at last */
	connections_close(loop->connections);
	if (loop->bell >= 0)
		close(loop->bell);
	pthread_mutex_destroy(&loop->mutex);
	memory_give_back(loop);
}
