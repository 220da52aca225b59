/* dispatch.c - from a request to its handler
 *
 * Route, authentication, query, body: each may refuse, and nothing of a
 * request is looked at before what stands before it passed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/dispatch.h"

#include <string.h>

#include "api/caller.h"
#include "api/metrics_calls.h"
#include "api/routes.h"
#include "base/clock.h"
#include "base/counters.h"
#include "base/cx.h"
#include "base/log.h"
#include "crypto/random.h"
#include "http/response.h"
#include "pages/launch_pages.h"
#include "pages/register_pages.h"
#include "json/jread.h"

enum { SLOW_US = 1000000 };

/* --- finding ------------------------------------------------------------- */

/* Older ILIAS joins its parameters to a path without a question mark by '&';
 * then the query is in the path. */
static void
mend_path(struct request *request)
{
	const char *at = memchr(request->path.at, '&', request->path.length);

	if (!at || request->query.length)
		return;
	size_t length = (size_t)(at - request->path.at);
	request->query = span_from_offset(request->path, length + 1);
	request->path = span_first(request->path, length);
}

static void
add_allow(struct cx *cx, unsigned allowed, struct response *response)
{
	struct span list = SPAN("");

	for (int i = 0; i < HTTP_METHOD_COUNT; i++)
		if (allowed & 1U << i)
			list =
			    arena_printf(cx->arena, "%.*s%s%s", SPAN_ARGS(list),
				list.length ? ", " : "", http_method_names[i]);
	response_header(response, "Allow", list);
}

/* --- the body ------------------------------------------------------------ */

static enum fault
read_body(struct call *call, const struct route *route)
{
	struct cx *cx = call->cx;

	if (!route->body)
		return FAULT_NONE;
	if (call->request->body.length == 0 && route->kind == ROUTE_API_MAYBE)
		return FAULT_NONE;
	if (!request_has_type(call->request, "application/json"))
		return fault_tell(cx, FAULT_MEDIA_TYPE_REFUSED,
		    "The body must be sent as Content-Type: application/json");
	enum fault which = jread_parse(cx, call->request->body, &call->body);
	/* What goes on to the LMS may hold what no table knows:
	 * its handler checks it. */
	if (which || route->kind == ROUTE_LTIK || route->kind == ROUTE_SERVICE)
		return which;
	return jshape_check(cx, call->body, route->body);
}

static enum fault
check_caller(struct call *call, const struct route *route)
{
	if (route->kind == ROUTE_LTIK)
		return caller_check_ltik(call);
	if (route->kind == ROUTE_SERVICE)
		return caller_check_service(call);
	if (route->kind != ROUTE_API && route->kind != ROUTE_API_MAYBE)
		return FAULT_NONE;
	enum fault which =
	    call->caller.program ? FAULT_NONE : caller_check(call);
	return which ? which
		     : rights_check(call->cx, &call->caller, route->right);
}

static enum fault
run(struct call *call, const struct route *route)
{
	enum fault which = check_caller(call, route);

	if (!which)
		which = form_read(call->cx, call->request->query, &call->query);
	if (!which)
		which = read_body(call, route);
	return which ? which : route->handler(call);
}

/* --- answering ----------------------------------------------------------- */

/* Who meets a fault: a program, or a person in the course of what. */
enum audience { AUDIENCE_PROGRAM, AUDIENCE_REGISTRATION, AUDIENCE_LAUNCH };

static void
answer_fault(struct call *call, enum audience audience, enum fault why)
{
	if (audience == AUDIENCE_PROGRAM || request_wants_json(call->request)) {
		call_answer_fault(call, why);
		return;
	}
	if (audience == AUDIENCE_LAUNCH)
		launch_page_failed(
		    call->cx, why, call->http_ancestors, call->response);
	else
		register_page_failed(
		    call->cx, why, call->http_ancestors, call->response);
	call_retry_after(call, why);
}

static void
log_fault(struct call *call, const struct route *route, enum fault why)
{
	const struct fault_text *text = fault_text(why);

	/* Pages write their own event; of the rest only our own troubles are
	 * news for the operator. */
	bool ours = (text->status == 500 || text->status == 507) &&
		    !(route && (route->kind == ROUTE_PAGE ||
				   route->kind == ROUTE_LAUNCH));

	LOG_FOR(call->cx, ours ? LOG_WARN : LOG_DEBUG, "request refused",
	    {"route", span_of(route ? route->row.pattern : "none")},
	    {"fault", span_of(text->name)},
	    {"detail", span_of(call->cx->note.detail)});
}

static enum audience
audience_of(const struct request *request, const struct route *route)
{
	if (route && route->kind == ROUTE_LAUNCH)
		return AUDIENCE_LAUNCH;
	if (route)
		return route->kind == ROUTE_PAGE ? AUDIENCE_REGISTRATION
						 : AUDIENCE_PROGRAM;
	/* A person may follow a wrong address; the API's callers are none. */
	if (span_starts(request->path, "/api/") ||
	    span_starts(request->path, "/admin/"))
		return AUDIENCE_PROGRAM;
	return span_starts(request->path, "/lti/l") ||
		       span_is(request->path, "/login")
		   ? AUDIENCE_LAUNCH
		   : AUDIENCE_REGISTRATION;
}

/* Gives the route that was taken, or NULL. */
static const struct route *
serve(struct call *call)
{
	struct cx *cx = call->cx;
	struct request *request = call->request;
	const struct route *route = NULL;
	unsigned allowed = 0;
	size_t index;

	mend_path(request);
	enum fault which = router_find(cx, &routes[0].row, sizeof routes[0],
	    route_count, request, &index, &allowed);
	if (!which) {
		route = &routes[index];
		which = run(call, route);
	}
	if (!which)
		return route;
	log_fault(call, route, which);
	answer_fault(call, audience_of(request, route), which);
	if (which == FAULT_METHOD_REFUSED)
		add_allow(cx, allowed, call->response);
	return route;
}

/* --- counting ------------------------------------------------------------ */

static unsigned
class_of(const struct route *route)
{
	static const struct {
		const char *head;
		unsigned class;
	} heads[] = {
	    {"/lti/register", ROUTES_REGISTRATION},
	    {"/register", ROUTES_REGISTRATION},
	    {"/lti/keys", ROUTES_KEYS},
	    {"/keys", ROUTES_KEYS},
	    {"/api/", ROUTES_API},
	    {"/admin/", ROUTES_ADMIN},
	    {"/portal", ROUTES_PORTAL},
	};
	if (!route)
		return ROUTES_NONE;
	if (route->kind == ROUTE_LAUNCH)
		return ROUTES_LAUNCH;
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		if (span_starts(span_of(route->row.pattern), heads[i].head))
			return heads[i].class;
	return ROUTES_OPERATION;
}

/* What was slow is news; of all others whoever wants to know asks for debug.
 * The path may hold a secret id: its pattern is told. */
static void
log_answer(const struct call *call, const struct route *route, int64_t us)
{
	const struct request *request = call->request;
	struct cx *cx = call->cx;

	LOG_FOR(cx, us >= SLOW_US ? LOG_INFO : LOG_DEBUG,
	    us >= SLOW_US ? "request answered slowly" : "request answered",
	    {"method", span_of(http_method_names[request->method])},
	    {"route", span_of(route ? route->row.pattern : "none")},
	    {"status", arena_printf(cx->arena, "%d", call->response->status)},
	    {"ms", arena_printf(cx->arena, "%lld", (long long)us / 1000)});
}

static void
count(const struct call *call, const struct route *route)
{
	const unsigned class = class_of(route);
	const int status = call->response->status;
	const unsigned at =
	    status >= 100 && status < 600 ? (unsigned)status - 100 : 0;

	counters_count(COUNTERS_AT(REQUESTS, class, at), call->cx);
	if (!call->request || !call->request->begun_us)
		return;
	int64_t us = clock_monotonic_us() - call->request->begun_us;
	counters_time(COUNTERS_AT(REQUEST_TIME, class), us, call->cx);
	if (us >= SLOW_US || log_tells(LOG_DEBUG))
		log_answer(call, route, us);
}

static void
handle(void *state, struct cx *cx, struct request *request,
    struct response *response)
{
	struct dispatch *dispatch = state;
	struct call call = {
	    .gateway = dispatch->gateway,
	    .cx = cx,
	    .request = request,
	    .http_ancestors = dispatch->http_ancestors,
	    .response = response,
	};

	count(&call, serve(&call));
}

void
dispatch_locally(struct gateway *gateway, struct cx *cx,
    struct request *request, struct response *response)
{
	struct call call = {
	    .gateway = gateway,
	    .cx = cx,
	    .request = request,
	    .caller = {.program = true},
	    .response = response,
	};

	cx->actor = SPAN("command line");

	(void)serve(&call);
}

static void
refuse(void *state, struct cx *cx, const struct request *request,
    enum fault why, struct response *response)
{
	struct dispatch *dispatch = state;
	struct call call = {
	    .gateway = dispatch->gateway,
	    .cx = cx,
	    .http_ancestors = dispatch->http_ancestors,
	    .response = response,
	};

	(void)request; /* it may not be whole */
	call_answer_fault(&call, why);
	count(&call, NULL);
}

/* Of the routes that mostly wait, a login of a platform that is in memory does
 * not. */
static bool
is_quick(void *state, struct cx *cx, struct request *request)
{
	struct dispatch *dispatch = state;
	struct call call = {
	    .gateway = dispatch->gateway, .cx = cx, .request = request};

	if (span_is(request->path, "/lti/login") ||
	    span_is(request->path, "/login"))
		return login_is_quick(&call);
	for (size_t i = 0; i < route_count; i++)
		if (routes[i].kind == ROUTE_QUICK &&
		    span_is(request->path, routes[i].row.pattern))
			return true;
	return false;
}

struct http_app
dispatch_app(struct dispatch *dispatch)
{
	return (struct http_app){
	    .state = dispatch,
	    .is_quick = is_quick,
	    .handle = handle,
	    .refuse = refuse,
	    .random = random_bytes,
	};
}

/* --- metrics at an address of their own ---------------------------------- */

static bool
is_always_quick(void *state, struct cx *cx, struct request *request)
{
	(void)state;
	(void)cx;
	(void)request;
	return true;
}

static void
tell_metrics(void *state, struct cx *cx, struct request *request,
    struct response *response)
{
	struct dispatch *dispatch = state;
	struct call call = {.gateway = dispatch->gateway,
	    .cx = cx,
	    .request = request,
	    .response = response};
	bool reads =
	    request->method == HTTP_GET || request->method == HTTP_HEAD;

	if (reads && span_is(request->path, "/metrics"))
		metrics_answer(&call);
	else
		call_answer_fault(&call, FAULT_NO_ROUTE);
}

struct http_app
dispatch_metrics_app(struct dispatch *dispatch)
{
	return (struct http_app){
	    .state = dispatch,
	    .is_quick = is_always_quick,
	    .handle = tell_metrics,
	    .refuse = refuse,
	    .random = random_bytes,
	};
}
