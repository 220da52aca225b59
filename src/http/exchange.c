/* exchange.c - one request and its answer
 *
 * All of the request is copied out of evhttp. The path and the query come
 * from the target as it was sent, never from evhttp's own parts, which it
 * decodes and where "//host/path" becomes a host.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/exchange.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "base/clock.h"
#include "http/gate.h"
#include "http/peer.h"

/* Kept for the next requests: their first blocks need not be made again. */
enum { SPARE_MAX = 64 };

struct exchanges {
	void (*random)(void *bytes, size_t length);
	struct exchange *spare;
	size_t spare_count;
};

static const struct {
	enum evhttp_cmd_type theirs;
	enum http_method ours;
} methods[] = {
    {EVHTTP_REQ_GET, HTTP_GET},
    {EVHTTP_REQ_HEAD, HTTP_HEAD},
    {EVHTTP_REQ_POST, HTTP_POST},
    {EVHTTP_REQ_PUT, HTTP_PUT},
    {EVHTTP_REQ_PATCH, HTTP_PATCH},
    {EVHTTP_REQ_DELETE, HTTP_DELETE},
    {EVHTTP_REQ_OPTIONS, HTTP_OPTIONS},
};

enum { METHOD_COUNT = sizeof methods / sizeof methods[0] };

unsigned short
exchange_methods(void)
{
	unsigned allowed = 0;

	for (size_t i = 0; i < METHOD_COUNT; i++)
		allowed |= (unsigned)methods[i].theirs;
	return (unsigned short)allowed;
}

static void
close_exchange(struct exchange *exchange)
{
	cx_release(&exchange->cx);
	memory_give_back(exchange);
}

struct exchange *
exchange_take(struct exchanges *exchanges, struct loop *loop)
{
	struct exchange *exchange = exchanges->spare;

	if (exchange) {
		exchanges->spare = exchange->next;
		exchanges->spare_count--;
		cx_reset(&exchange->cx);
		exchange->request = (struct request){.method = HTTP_GET};
		exchange->response = (struct response){.status = 0};
	} else {
		exchange = memory_take(sizeof *exchange);
		cx_init(&exchange->cx, exchanges->random);
	}
	exchange->loop = loop;
	exchange->request.path = SPAN("");
	return exchange;
}

void
exchange_give_back(struct exchanges *exchanges, struct exchange *exchange)
{
	/* What it holds is let go of now, not when it is used again. */
	arena_reset(exchange->cx.arena);
	if (exchanges->spare_count == SPARE_MAX) {
		close_exchange(exchange);
		return;
	}
	exchange->next = exchanges->spare;
	exchanges->spare = exchange;
	exchanges->spare_count++;
}

struct exchanges *
exchanges_open(void (*random)(void *bytes, size_t length))
{
	struct exchanges *exchanges = memory_take(sizeof *exchanges);

	exchanges->random = random;
	return exchanges;
}

void
exchanges_close(struct exchanges *exchanges)
{
	while (exchanges->spare) {
		struct exchange *exchange = exchanges->spare;
		exchanges->spare = exchange->next;
		close_exchange(exchange);
	}
	memory_give_back(exchanges);
}

void
exchange_read_peer(struct exchange *exchange, struct evhttp_connection *from)
{
	exchange->nearest = (struct address){{0}};
	if (address_from(evhttp_connection_get_addr(from), &exchange->nearest))
		address_write(&exchange->nearest, exchange->request.peer);
}

static void
read_target(struct exchange *exchange)
{
	struct span rest = arena_copy(exchange->cx.arena,
	    span_of(evhttp_request_get_uri(exchange->http)));

	exchange->request.query = SPAN_NONE;
	if (span_next(&rest, '?', &exchange->request.path))
		exchange->request.query = rest;
}

static void
read_headers(struct exchange *exchange)
{
	struct arena *arena = exchange->cx.arena;
	const struct evkeyvalq *headers =
	    evhttp_request_get_input_headers(exchange->http);
	struct http_header *list =
	    arena_list(arena, GATE_LINES_MAX, sizeof *list);
	size_t count = 0;

	for (const struct evkeyval *header = headers->tqh_first;
	     header && count < GATE_LINES_MAX; header = header->next.tqe_next)
		list[count++] = (struct http_header){
		    arena_copy(arena, span_of(header->key)),
		    arena_copy(arena, span_trim(span_of(header->value)))};
	exchange->request.headers = list;
	exchange->request.header_count = count;
}

static void
read_body(struct exchange *exchange)
{
	struct evbuffer *body = evhttp_request_get_input_buffer(exchange->http);
	size_t length = evbuffer_get_length(body);
	char *copy = arena_take(exchange->cx.arena, length + 1);

	evbuffer_remove(body, copy, length);
	exchange->request.body = span_from(copy, length);
}

void
exchange_read(struct exchange *exchange, struct network_list trusted_proxies)
{
	struct request *request = &exchange->request;
	const enum evhttp_cmd_type command =
	    evhttp_request_get_command(exchange->http);

	for (size_t i = 0; i < METHOD_COUNT; i++)
		if (methods[i].theirs == command)
			request->method = methods[i].ours;
	request->begun_us = clock_monotonic_us();
	read_target(exchange);
	read_headers(exchange);
	read_body(exchange);
	const struct address peer =
	    peer_find(request, exchange->nearest, trusted_proxies);
	address_write(&peer, request->peer);
}
