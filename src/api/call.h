/*
 * call.h - one call of the API or of an LMS, as its handler sees it
 *
 * Layer  api
 * Gives  struct call, ways to answer, the route table's types
 * Owns   nothing
 * Fails  a handler's fault becomes the answer: JSON or, on a page route, a
 *        page for a person (JSON when the caller prefers it)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef API_CALL_H
#define API_CALL_H

#include "app/rights.h"
#include "base/fault.h"
#include "http/form.h"
#include "http/request.h"
#include "json/jshape.h"

struct cx;
struct gateway;
struct json_t;
struct ltik_launch;
struct response;
struct service_context;

struct call {
	struct gateway *gateway;
	struct cx *cx;
	struct request *request;
	struct form query;
	/* The checked body; NULL on a route without one, or when an optional
	 * body was not sent. */
	const struct json_t *body;
	const struct ltik_launch *launch; /* on a route for an ltik */
	/* On a route for services: what the ltik or service key reaches. */
	const struct service_context *service;
	bool http_ancestors; /* pages may be framed by plain http */
	/* Who asks, on a route of the kind API. */
	struct caller caller;
	struct response *response;
};

/* status with this JSON. */
void call_answer(struct call *call, int status, const struct json_t *value);
void call_answer_nothing(struct call *call); /* 204 */
void call_answer_fault(struct call *call, enum fault why);
/* The header that says when it is worth another try, where it may be. */
void call_retry_after(struct call *call, enum fault why);

/* Times as the API writes them; 0 is "". */
void call_write_time(struct json_t *object, const char *name, int64_t seconds);

/* A query parameter, or SPAN_NONE; twice is a fault. */
enum fault call_query(
    struct call *call, const char *name, struct span *out) MUST_USE;
struct span call_parameter(const struct call *call, size_t index);

#endif
