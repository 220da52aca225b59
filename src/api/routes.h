/*
 * routes.h - the route table
 *
 * Layer  api
 * Gives  every route (from routes.def) and its handler
 * Owns   nothing
 * Fails  -
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef API_ROUTES_H
#define API_ROUTES_H

#include "api/call.h"
#include "app/rights.h"
#include "http/router.h"

enum route_kind {
	ROUTE_API,
	ROUTE_API_MAYBE, /* its body may be left out */
	ROUTE_LTIK,      /* of one launch: API key and ltik */
	ROUTE_SERVICE,   /* the same, or a service key in place of the ltik */
	ROUTE_OPEN,
	ROUTE_PAGE,
	ROUTE_LAUNCH, /* a page as well, of a launch */
	ROUTE_QUICK
};

typedef enum fault route_handler(struct call *call);

struct route {
	struct router_row row; /* first: router_find walks these */
	enum route_kind kind;
	enum right right; /* on API and API_MAYBE */
	route_handler *handler;
	const char *name;
	const struct jshape *body;   /* NULL: takes none */
	const struct jshape *answer; /* NULL: no JSON */
	int status;                  /* of success */
	const char *queries;         /* names, separated by blanks */
	const char *about;
};

extern const struct route routes[];
extern const size_t route_count;

/* Whether login_call will neither wait for the store nor write to it: what is
 * asked is well-formed, and of a platform that is in memory. */
bool login_is_quick(struct call *call);

#define ROUTE(method, path, handler, ...) route_handler handler;
#include "api/routes.def"
#undef ROUTE

#endif
