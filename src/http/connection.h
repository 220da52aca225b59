/*
 * connection.h - the connections of one event loop, and the gate of each
 *
 * Layer  http
 * Gives  bufferevents that are watched, the connection of a request, refusal
 *        of what the gate refused, an end for the slow and the idle
 * Owns   struct connection: from its bufferevent until evhttp closes it
 * Fails  never
 *
 * One thread, that of the loop, uses all of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include <event2/bufferevent.h>
#include <event2/http.h>

#include "base/fault.h"
#include "base/span.h"

struct connection;
struct connections;
struct tls;

struct connections_options {
	struct tls *tls; /* NULL: plain */
	uint64_t body_max;
	int64_t request_ms_max; /* from the first byte to the last */
	/* Adds the whole answer to a refusal, with head, to the output. */
	void (*write_refusal)(void *state, struct evhttp_connection *from,
	    enum fault why, const char *reason, struct evbuffer *output);
	void *state;
};

struct connections *connections_open(struct connections_options options);
void connections_close(struct connections *connections); /* after evhttp */

/* For evhttp_set_bevcb. NULL: evhttp makes one, which nobody watches, and
 * whose requests connection_begin refuses. */
struct bufferevent *connection_open(struct event_base *base, void *connections);

/* A request of this connection has come out of evhttp. False: the gate has
 * not seen it, or not so; it must be refused. */
bool connection_begin(
    struct connections *connections, struct bufferevent *bufferevent);

/* The answer must close the connection: the gate refused what follows. */
bool connection_must_close(
    struct connections *connections, struct bufferevent *bufferevent);

/* The answer was given to evhttp. */
void connection_answer(
    struct connections *connections, struct bufferevent *bufferevent);

/* The answer is on its way. */
void connection_end(
    struct connections *connections, struct bufferevent *bufferevent);

/* Called every second or so. Ends who takes too long for a request and, if
 * asked, who is between requests. Tells how many are left. */
unsigned connections_sweep(struct connections *connections, bool end_idle);

#endif
