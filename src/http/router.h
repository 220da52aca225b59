/*
 * router.h - which route a request takes
 *
 * Layer  http
 * Gives  matching of method and path against patterns
 * Owns   nothing
 * Fails  NO_ROUTE; METHOD_REFUSED, with *allowed telling what would do
 *
 * A pattern is a path in which a segment ":name" takes exactly one
 * non-empty segment, percent-decoded into request->parameters. A trailing
 * slash in the request is ignored. HEAD takes the route of GET. Of several
 * patterns that fit, the first is the path's: what is told by name stands
 * before what is told by an id.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include "base/fault.h"
#include "http/request.h"

struct cx;

struct router_row {
	enum http_method method;
	const char *pattern; /* "/admin/platforms/:id/report" */
};

/* rows[i] starts at (const char *)rows + i * stride, so that a larger struct
 * may begin with a router_row. *index: the row. */
enum fault router_find(struct cx *cx, const struct router_row *rows,
    size_t stride, size_t count, struct request *request, size_t *index,
    unsigned *allowed) MUST_USE;

#endif
