/*
 * request.h - a whole, bounded HTTP request, as the handlers see it
 *
 * Layer  http
 * Gives  struct request and questions about it
 * Owns   nothing: every span lives in the request's arena
 * Fails  never: what is absent is SPAN_NONE (at == NULL)
 * Spec   RFC 9110
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "base/span.h"

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_PATCH,
	HTTP_DELETE,
	HTTP_OPTIONS,
	HTTP_METHOD_COUNT
};

extern const char *const http_method_names[HTTP_METHOD_COUNT];

struct http_header {
	struct span name, value;
};

enum { REQUEST_PARAMETERS_MAX = 4, REQUEST_PEER_SIZE = 46 };

struct request {
	enum http_method method;
	struct span path;  /* as sent, still percent-encoded */
	struct span query; /* as sent, without the question mark */
	const struct http_header *headers;
	size_t header_count;
	struct span body;
	/* The client's address; behind a trusted proxy, what that said. */
	char peer[REQUEST_PEER_SIZE];
	int64_t begun_us; /* monotonic: when all of it was there; or 0 */
	/* Path parameters in the order of the pattern, percent-decoded; the
	 * router sets them. */
	struct span parameters[REQUEST_PARAMETERS_MAX];
};

struct span request_header(const struct request *request, const char *name);

/* The media type of the body is this one ("application/json"), parameters
 * and letter case aside. */
bool request_has_type(const struct request *request, const char *type);

/* The caller prefers JSON to HTML (Accept, by weight); no Accept is HTML. */
bool request_wants_json(const struct request *request);

/* Accept names this media type; how much it is wished for does not matter. */
bool request_names_type(const struct request *request, const char *type);

#endif
