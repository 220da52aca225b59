/*
 * exchange.h - one request and its answer
 *
 * Layer  http
 * Gives  struct exchange with a cx of its own, filled from evhttp
 * Owns   the spare ones (exchanges_open, exchanges_close)
 * Fails  never
 *
 * A loop makes and fills it; a worker may have it in between.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include "base/cx.h"
#include "http/response.h"
#include "http/workers.h"
#include "net/address.h"

struct evhttp_connection;
struct evhttp_request;
struct exchanges;
struct loop;

struct exchange {
	struct job job; /* first: a job is an exchange */
	struct cx cx;
	struct request request;
	struct response response;
	struct address nearest; /* whoever connected, a proxy perhaps */
	struct evhttp_request *http;
	struct loop *loop;
	struct exchange *next;
};

struct exchanges *exchanges_open(void (*random)(void *bytes, size_t length));
void exchanges_close(struct exchanges *exchanges);

/* The request has an empty path and nothing else. */
struct exchange *exchange_take(struct exchanges *exchanges, struct loop *loop);
void exchange_give_back(struct exchanges *exchanges, struct exchange *exchange);

/* The address alone, before anything of the request is believed. */
void exchange_read_peer(
    struct exchange *exchange, struct evhttp_connection *from);

/* All the rest, from exchange->http. */
void exchange_read(
    struct exchange *exchange, struct network_list trusted_proxies);

/* evhttp's names of the methods we know, as bits. */
unsigned short exchange_methods(void);

#endif
