/*
 * response.h - what a handler answers
 *
 * Layer  http
 * Gives  struct response and the ways to fill it
 * Owns   nothing: spans live in the request's arena, or are constants
 * Fails  never
 *
 * Every response gets Cache-Control: no-store, X-Content-Type-Options and
 * Referrer-Policy: no-referrer from the server unless it sets its own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include "http/request.h"

enum { RESPONSE_HEADERS_MAX = 12 };

struct response {
	int status;
	const char *content_type; /* NULL: no body */
	struct span body;
	struct http_header headers[RESPONSE_HEADERS_MAX];
	size_t header_count;
};

/* A value with a control character is dropped, not sent. */
void response_header(
    struct response *response, const char *name, struct span value);

#endif
