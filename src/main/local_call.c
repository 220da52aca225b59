/* local_call.c - calling the API from the command line
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "main/local_call.h"

#include <stdio.h>

#include "api/dispatch.h"
#include "app/gateway.h"
#include "base/cx.h"
#include "http/response.h"
#include "main/config.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* Our own answers: the longest list has DB_ROWS_MAX rows. */
enum { VALUES_MAX = 2000000 };

int
local_complain(struct cx *cx, int which)
{
	const struct fault_text *text = fault_text((enum fault)which);

	fprintf(stderr, "ltigate: %s\n",
	    cx->note.telling[0] ? cx->note.telling : text->description);
	if (!cx->note.telling[0] && cx->note.detail[0])
		fprintf(stderr, "ltigate: (%s)\n", cx->note.detail);
	return 1;
}

struct gateway *
local_open(struct cx *cx, const struct config *config)
{
	struct gateway_options options;
	struct gateway *gateway = NULL;
	enum fault which = config_gateway(cx, config, &options);

	if (!which)
		which = gateway_open(cx, &options, &gateway);
	if (which)
		local_complain(cx, (int)which);
	return gateway;
}

int
local_ask(struct cx *cx, struct gateway *gateway, enum http_method method,
    struct span path, struct span query, const struct json_t *body,
    const struct json_t **answer)
{
	struct http_header headers[] = {
	    {SPAN("Content-Type"), SPAN("application/json")},
	    {SPAN("Accept"), SPAN("application/json")},
	};
	struct request request = {
	    .method = method,
	    .path = path,
	    .query = query,
	    .headers = headers,
	    .header_count = 2,
	    .body = body ? jwrite_bytes(cx, body) : SPAN(""),
	};
	struct response response = {0};

	dispatch_locally(gateway, cx, &request, &response);
	*answer = NULL;
	if (response.body.length &&
	    jread_parse_within(cx, response.body, VALUES_MAX, answer))
		return 500;
	return response.status;
}

int
local_call(struct cx *cx, struct gateway *gateway, enum http_method method,
    struct span path, struct span query, const struct json_t *body,
    const struct json_t **answer)
{
	if (local_ask(cx, gateway, method, path, query, body, answer) < 400)
		return 0;
	fprintf(stderr, "ltigate: %.*s\n",
	    SPAN_ARGS(jread_text_or(
		jread_member(jread_member(*answer, "details"), "description"),
		SPAN("it did not succeed"))));
	return 1;
}

static void print_value(struct cx *cx, const struct json_t *value, int depth);

static void
print_members(struct cx *cx, const struct json_t *object, int depth)
{
	const struct json_t *value;
	struct span name;
	void *place = NULL;

	while (jread_next(object, &place, &name, &value)) {
		bool nested = jread_is_object(value) || jread_is_array(value);
		printf("%*s%.*s:%s", depth * 2, "", SPAN_ARGS(name),
		    nested ? "\n" : " ");
		print_value(cx, value, depth + 1);
	}
}

static void
print_value(struct cx *cx, const struct json_t *value, int depth)
{
	struct span text;

	if (jread_is_object(value)) {
		print_members(cx, value, depth);
		return;
	}
	if (!jread_is_array(value)) {
		text = jread_text_or(value, jwrite_bytes(cx, value));
		printf("%.*s\n", SPAN_ARGS(text));
		return;
	}
	for (size_t i = 0; i < jread_count(value); i++) {
		const struct json_t *item = jread_at(value, i);
		if (jread_is_object(item))
			printf("%*s-\n", depth * 2, "");
		else
			printf("%*s- ", depth * 2, "");
		print_value(cx, item, depth + 1);
	}
}

void
local_print(struct cx *cx, const struct json_t *answer, bool json)
{
	if (!answer)
		return;
	if (json)
		printf("%.*s\n", SPAN_ARGS(jwrite_pretty(cx, answer)));
	else
		print_value(cx, answer, 0);
}
