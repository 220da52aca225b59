/* request_fuzz.c - what is read of a request's path and header values
 *
 * The first line is the path, the others are values of Accept, Content-Type
 * and X-Forwarded-For in turn.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "fuzz.h"
#include "http/peer.h"
#include "http/router.h"

static const struct router_row rows[] = {
    {HTTP_GET, "/"},
    {HTTP_GET, "/a/:b"},
    {HTTP_POST, "/a/:b/c"},
    {HTTP_GET, "/:a/:b/:c/:d"},
};

static void
route(struct cx *cx, struct request *request)
{
	size_t index = 99;
	unsigned allowed = 0;
	enum fault got = router_find(cx, rows, sizeof *rows,
	    sizeof rows / sizeof *rows, request, &index, &allowed);

	if ((got == FAULT_NONE) != (index < 99) ||
	    (got == FAULT_METHOD_REFUSED) != (allowed != 0))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	enum { HEADERS_MAX = 12 };
	static const char *const names[] = {
	    "Accept", "Content-Type", "X-Forwarded-For"};
	struct http_header headers[HEADERS_MAX];
	struct network any = {.prefix = 0};
	struct request request = {.headers = headers};
	struct span rest = span_from(bytes, length);
	struct cx cx;

	cx_init(&cx, no_random);
	rest = arena_copy(cx.arena, rest);
	span_next(&rest, '\n', &request.path);
	while (request.header_count < HEADERS_MAX &&
	       span_next(&rest, '\n', &headers[request.header_count].value)) {
		headers[request.header_count].name =
		    span_of(names[request.header_count % 3]);
		request.header_count++;
	}
	route(&cx, &request);
	request_wants_json(&request);
	request_has_type(&request, "application/json");
	peer_find(&request, any.base, (struct network_list){&any, 1});
	cx_release(&cx);
	return 0;
}
