/*
 * reply.h - a response, as bytes
 *
 * Layer  http
 * Gives  sending through evhttp, writing without it
 * Owns   nothing: all is copied
 * Fails  never
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include <event2/buffer.h>
#include <event2/http.h>
#include <stdbool.h>

#include "base/fault.h"

struct arena;
struct response;

/* evhttp frees the request, now or when all is written. */
void reply_send(struct arena *arena, struct evhttp_request *to,
    const struct response *response, bool close);

/* For a connection that ends with it. */
void reply_write(
    struct evbuffer *output, const struct response *response, enum fault why);

#endif
