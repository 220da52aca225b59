/*
 * dispatch.h - from a request to its handler
 *
 * Layer  api
 * Gives  the struct http_app that the server calls
 * Owns   nothing
 * Fails  never: a fault is an answer
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef API_DISPATCH_H
#define API_DISPATCH_H

#include "http/server.h"

struct cx;
struct gateway;
struct request;
struct response;

struct dispatch {
	struct gateway *gateway;
	bool http_ancestors;
};

struct http_app dispatch_app(struct dispatch *dispatch);
/* /metrics alone, and for whoever comes. */
struct http_app dispatch_metrics_app(struct dispatch *dispatch);

/* A call of the command line: the same routes, without an API key. */
void dispatch_locally(struct gateway *gateway, struct cx *cx,
    struct request *request, struct response *response);

#endif
