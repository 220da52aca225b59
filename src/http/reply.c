/* reply.c - a response, as bytes
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/reply.h"

#include <event2/util.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/arena.h"
#include "http/response.h"

/* What a response says unless it says otherwise. */
static const struct {
	const char *name, *value;
} defaults[] = {
    {"Cache-Control", "no-store"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
};

enum { DEFAULT_COUNT = sizeof defaults / sizeof defaults[0] };

struct lines {
	struct http_header at[RESPONSE_HEADERS_MAX + DEFAULT_COUNT + 1];
	size_t count;
};

static bool
says(const struct response *response, const char *name)
{
	for (size_t i = 0; i < response->header_count; i++)
		if (span_equal_nocase(response->headers[i].name, span_of(name)))
			return true;
	return false;
}

static void
add(struct lines *lines, const char *name, struct span value)
{
	lines->at[lines->count++] = (struct http_header){span_of(name), value};
}

static struct lines
collect(const struct response *response)
{
	struct lines lines = {.count = 0};

	if (response->content_type)
		add(&lines, "Content-Type", span_of(response->content_type));
	for (size_t i = 0; i < response->header_count; i++)
		lines.at[lines.count++] = response->headers[i];
	for (size_t i = 0; i < DEFAULT_COUNT; i++)
		if (!says(response, defaults[i].name))
			add(&lines, defaults[i].name,
			    span_of(defaults[i].value));
	return lines;
}

static struct span
body_of(const struct response *response)
{
	return response->content_type ? response->body : SPAN("");
}

/* evhttp sends a body after HEAD if it is given one, and gives no length
 * if it is not. */
static void
add_length(struct evkeyvalq *headers, size_t length)
{
	char text[24];

	snprintf(text, sizeof text, "%zu", length);
	evhttp_add_header(headers, "Content-Length", text);
}

void
reply_send(struct arena *arena, struct evhttp_request *to,
    const struct response *response, bool close)
{
	struct evkeyvalq *headers = evhttp_request_get_output_headers(to);
	struct lines lines = collect(response);
	struct span body = body_of(response);

	for (size_t i = 0; i < lines.count; i++)
		evhttp_add_header(headers, arena_cstr(arena, lines.at[i].name),
		    arena_cstr(arena, lines.at[i].value));
	if (close)
		evhttp_add_header(headers, "Connection", "close");
	if (evhttp_request_get_command(to) == EVHTTP_REQ_HEAD)
		add_length(headers, body.length);
	else
		evbuffer_add(
		    evhttp_request_get_output_buffer(to), body.at, body.length);
	evhttp_send_reply(to, response->status, NULL, NULL);
}

void
reply_write(
    struct evbuffer *output, const struct response *response, enum fault why)
{
	struct lines lines = collect(response);
	struct span body = body_of(response);
	char date[50] = "";

	evutil_date_rfc1123(date, sizeof date, NULL);
	evbuffer_add_printf(output,
	    "HTTP/1.1 %d %s\r\nDate: %s\r\nConnection: close\r\n"
	    "Content-Length: %zu\r\n",
	    response->status, fault_text(why)->error, date, body.length);
	for (size_t i = 0; i < lines.count; i++)
		evbuffer_add_printf(output, "%.*s: %.*s\r\n",
		    SPAN_ARGS(lines.at[i].name), SPAN_ARGS(lines.at[i].value));
	evbuffer_add(output, "\r\n", 2);
	evbuffer_add(output, body.at, body.length);
}
