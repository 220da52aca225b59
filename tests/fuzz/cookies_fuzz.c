/* cookies_fuzz.c - Cookie headers: values that really stand in them
 *
 * Each line is a header's value.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "fuzz.h"
#include "http/cookies.h"
#include "lti/launch_state.h"

enum { HEADERS_MAX = 8, VALUES_MAX = 6 };

/* A whole cookie: a name and "=" before it, a separator or an end on both
 * sides. */
static void
check_value(const struct request *request, struct span value)
{
	const struct http_header *in = NULL;

	for (size_t i = 0; i < request->header_count; i++) {
		struct span whole = request->headers[i].value;
		if (value.at >= whole.at &&
		    value.at + value.length <= whole.at + whole.length)
			in = &request->headers[i];
	}
	/* An empty value may be a constant. */
	must(in || value.length == 0);
	must(!value.length || !memchr(value.at, ';', value.length));
	if (!in || value.length == 0)
		return;
	must(value.at - in->value.at >= 2);
	must(value.at[-1] == '=');
	const char *end = in->value.at + in->value.length;
	const char *next = value.at + value.length;
	must(next == end || strchr("; \t", *next));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct http_header headers[HEADERS_MAX];
	struct request request = {.headers = headers};
	struct span values[VALUES_MAX], fewer[VALUES_MAX];
	struct span rest = span_from(bytes, length);
	struct cx cx;

	cx_init(&cx, no_random);
	rest = arena_copy(cx.arena, rest);
	while (request.header_count < HEADERS_MAX &&
	       span_next(&rest, '\n', &headers[request.header_count].value)) {
		headers[request.header_count].name =
		    request.header_count % 2 ? SPAN("cookie") : SPAN("Cookie");
		request.header_count++;
	}
	size_t count = cookies_find(&request, "c", values, VALUES_MAX);
	must(count <= VALUES_MAX);
	for (size_t i = 0; i < count; i++) {
		check_value(&request, values[i]);
		(void)launch_state_is_browser_secret(values[i]);
		/* Who wants fewer gets the first. */
		must(cookies_find(&request, "c", fewer, i) == i);
		for (size_t k = 0; k < i; k++)
			must(fewer[k].at == values[k].at &&
			     fewer[k].length == values[k].length);
	}
	struct span value = span_from(bytes, length);
	struct response response = {.status = 200};
	cookies_set(cx.arena, &response, "c", value, 1, true);
	/* Ours never have a NUL, at which they would be cut. */
	if (!length || !memchr(bytes, 0, length))
		must(response.header_count == !span_has_control(value));
	cx_release(&cx);
	return 0;
}
