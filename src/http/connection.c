/* connection.c - the connections of one event loop, and the gate of each
 *
 * evhttp cuts header values at NUL and accepts what a proxy may read in
 * another way, so an observer on the input buffer shows each byte to the
 * gate before evhttp's own callback runs. (A filtering bufferevent was tried
 * and stalls now and then.) When the gate refuses and evhttp has answered
 * all that was clear before, the connection is taken from evhttp: its
 * callbacks are replaced, our refusal is written, and the rest is read and
 * thrown away for a moment, so that the refusal is not lost to a reset.
 *
 * evhttp says when a connection closes, but only for a connection that we
 * know, and it hands none out before the first whole request. Its callbacks'
 * argument is the connection, however, so the first byte makes it known. One
 * that never sent a byte leaves its struct behind; whichever bufferevent has
 * the same address next takes that over. During a TLS handshake no byte comes
 * either, and OpenSSL tells when that connection is gone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/connection.h"

#include <assert.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/clock.h"
#include "http/gate.h"
#include "http/tls.h"

/* The default function makes clang warn of falling through cases. */
#define HASH_FUNCTION HASH_FNV
#define uthash_malloc(size) memory_take(size)
#define uthash_free(block, size) memory_give_back(block)
#include <uthash.h>

enum {
	LINGER_MS = 2000, /* after a refusal */
	YOUNG_MS = 2000,  /* after it was accepted */
	LINGER_BYTES_MAX = 4 * 1024 * 1024,
};

struct connection {
	struct bufferevent *bufferevent; /* the key */
	struct evhttp_connection *known; /* NULL: no byte has come */
	struct connections *owner;
	struct gate gate;
	uint64_t begun, ended; /* requests */
	int64_t refused_at;    /* monotonic ms; 0: not refused */
	size_t thrown_away;
	int64_t opened_at;
	bool told;          /* the refusal is in the output */
	bool shaking_hands; /* TLS, until the first byte */
	UT_hash_handle hh;
};

struct connections {
	struct connections_options options;
	struct connection *table;
};

static struct connection *
find(struct connections *connections, struct bufferevent *bufferevent)
{
	struct connection *found = NULL;

	HASH_FIND_PTR(connections->table, &bufferevent, found);
	return found;
}

static void
forget(struct evhttp_connection *known, void *state)
{
	struct connection *connection = state;

	(void)known;
	HASH_DEL(connection->owner->table, connection);
	memory_give_back(connection);
}

static void
end(struct connection *connection)
{
	evhttp_connection_free(connection->known); /* calls forget */
}

static void
throw_away(struct bufferevent *bufferevent, void *state)
{
	struct connection *connection = state;
	struct connections_options *options = &connection->owner->options;
	struct evbuffer *input = bufferevent_get_input(bufferevent);
	size_t length = evbuffer_get_length(input);

	if (!connection->told) {
		connection->told = true;
		options->write_refusal(options->state, connection->known,
		    connection->gate.refused, connection->gate.reason,
		    bufferevent_get_output(bufferevent));
		bufferevent_enable(bufferevent, EV_WRITE);
	}
	evbuffer_drain(input, length);
	connection->thrown_away += length;
	if (connection->thrown_away > LINGER_BYTES_MAX)
		end(connection);
}

static void
refusal_written(struct bufferevent *bufferevent, void *state)
{
	struct connection *connection = state;

	if (!connection->told)
		return;
	if (connection->owner->options.tls)
		tls_say_goodbye(bufferevent);
	shutdown(bufferevent_getfd(bufferevent), SHUT_WR);
}

static void
refused_left(struct bufferevent *bufferevent, short what, void *state)
{
	(void)bufferevent;
	(void)what;
	end(state);
}

static void
take_from_evhttp(struct connection *connection)
{
	connection->refused_at = clock_monotonic_ms();
	bufferevent_setcb(connection->bufferevent, throw_away, refusal_written,
	    refused_left, connection);
}

static void
get_known(struct connection *connection)
{
	void *known = NULL;

	bufferevent_getcb(connection->bufferevent, NULL, NULL, NULL, &known);
	if (!known)
		return; /* freed, and soon gone */
	assert(evhttp_connection_get_bufferevent(known) ==
	       connection->bufferevent);
	connection->known = known;
	if (connection->shaking_hands)
		tls_watch(connection->owner->options.tls,
		    connection->bufferevent, NULL);
	connection->shaking_hands = false;
	evhttp_connection_set_closecb(known, forget, connection);
}

static void
show_to_gate(
    struct connection *connection, struct evbuffer *input, size_t added)
{
	enum { PIECES = 4 };
	struct evbuffer_iovec pieces[PIECES];
	struct evbuffer_ptr at;
	int64_t now = clock_monotonic_ms() + 1; /* never 0 */

	evbuffer_ptr_set(
	    input, &at, evbuffer_get_length(input) - added, EVBUFFER_PTR_SET);
	while (added) {
		int count = evbuffer_peek(
		    input, (ev_ssize_t)added, &at, pieces, PIECES);
		size_t seen = 0;
		for (int i = 0; i < count && i < PIECES && seen < added; i++) {
			struct span piece = span_first(
			    span_from(pieces[i].iov_base, pieces[i].iov_len),
			    added - seen);
			gate_feed(&connection->gate, piece, now);
			seen += piece.length;
		}
		if (seen == 0)
			return;
		added -= seen;
		evbuffer_ptr_set(input, &at, seen, EVBUFFER_PTR_ADD);
	}
}

static void
observe(
    struct evbuffer *input, const struct evbuffer_cb_info *change, void *state)
{
	struct connection *connection = state;

	if (change->n_added == 0 || connection->refused_at)
		return;
	if (!connection->known)
		get_known(connection);
	show_to_gate(connection, input, change->n_added);
	if (connection->gate.refused &&
	    connection->begun == connection->gate.heads &&
	    connection->ended == connection->begun)
		take_from_evhttp(connection);
}

struct bufferevent *
connection_open(struct event_base *base, void *state)
{
	struct connections *connections = state;
	struct bufferevent *bufferevent =
	    connections->options.tls
		? tls_accept(connections->options.tls, base)
		: bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (!bufferevent)
		return NULL;
	struct connection *connection = find(connections, bufferevent);
	if (connection)
		HASH_DEL(connections->table, connection);
	else
		connection = memory_take(sizeof *connection);
	*connection = (struct connection){
	    .bufferevent = bufferevent,
	    .owner = connections,
	    .opened_at = clock_monotonic_ms(),
	    .shaking_hands = connections->options.tls,
	};
	if (connection->shaking_hands)
		tls_watch(connections->options.tls, bufferevent,
		    &connection->shaking_hands);
	gate_init(&connection->gate, connections->options.body_max);
	HASH_ADD_PTR(connections->table, bufferevent, connection);
	evbuffer_add_cb(
	    bufferevent_get_input(bufferevent), observe, connection);
	return bufferevent;
}

bool
connection_begin(
    struct connections *connections, struct bufferevent *bufferevent)
{
	struct connection *connection = find(connections, bufferevent);

	return connection && ++connection->begun <= connection->gate.heads;
}

bool
connection_must_close(
    struct connections *connections, struct bufferevent *bufferevent)
{
	struct connection *connection = find(connections, bufferevent);

	return !connection || connection->gate.refused ||
	       connection->begun > connection->gate.heads;
}

void
connection_answer(
    struct connections *connections, struct bufferevent *bufferevent)
{
	/* With TLS, a failing write may have ended the connection already. */
	if (!find(connections, bufferevent))
		return;
	/* evhttp would read while it writes, to notice a close, and then end
	 * a slow download when the client has sent nothing for a while. It
	 * reads again for the next request. */
	bufferevent_disable(bufferevent, EV_READ);
}

void
connection_end(struct connections *connections, struct bufferevent *bufferevent)
{
	struct connection *connection = find(connections, bufferevent);

	if (connection)
		connection->ended++;
}

static bool
is_over(const struct connection *connection, int64_t now, bool end_idle)
{
	if (connection->refused_at)
		return now - connection->refused_at > LINGER_MS;
	if (connection->begun != connection->ended)
		return false;
	int64_t ms_max = connection->owner->options.request_ms_max;
	if (connection->gate.begun_at)
		return now - connection->gate.begun_at > ms_max;
	return end_idle ||
	       (connection->begun == 0 && now - connection->opened_at > ms_max);
}

unsigned
connections_sweep(struct connections *connections, bool end_idle)
{
	struct connection *connection, *next;
	int64_t now = clock_monotonic_ms();
	unsigned left = 0;

	HASH_ITER(hh, connections->table, connection, next)
	{
		if (!connection->known && !connection->shaking_hands) {
			/* Its request may be on the way; when we stop, that
			 * is waited for. */
			left += now - connection->opened_at < YOUNG_MS;
			continue;
		}
		if (!is_over(connection, now, end_idle)) {
			left++;
			continue;
		}
		if (!connection->known)
			get_known(connection);
		if (connection->known)
			end(connection);
	}
	return left;
}

struct connections *
connections_open(struct connections_options options)
{
	struct connections *connections = memory_take(sizeof *connections);

	connections->options = options;
	return connections;
}

void
connections_close(struct connections *connections)
{
	struct connection *connection, *next;

	if (!connections)
		return;
	HASH_ITER(hh, connections->table, connection, next)
	{
		HASH_DEL(connections->table, connection);
		memory_give_back(connection);
	}
	memory_give_back(connections);
}
