/* answer.c - an HTTP answer as it comes in, piece by piece and bounded
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/answer.h"

#include <ctype.h>

#include "base/cx.h"

enum {
	BODY_MAX = 1024 * 1024,
	HEADER_BYTES_MAX = 32 * 1024,
	HEADER_LINES_MAX = 100,
};

struct answer
answer_begin(struct cx *cx, size_t body_max)
{
	return (struct answer){.cx = cx,
	    .body = text_begin(cx->arena, body_max ? body_max : BODY_MAX)};
}

static struct span *
place_of(struct fetch_answer *answer, struct span name)
{
	if (span_equal_nocase(name, SPAN("Content-Type")))
		return &answer->content_type;
	if (span_equal_nocase(name, SPAN("Retry-After")))
		return &answer->retry_after;
	if (span_equal_nocase(name, SPAN("Cache-Control")))
		return &answer->cache_control;
	if (span_equal_nocase(name, SPAN("Link")))
		return &answer->link;
	if (span_equal_nocase(name, SPAN("Date")))
		return &answer->date;
	if (span_equal_nocase(name, SPAN("Set-Cookie")))
		return &answer->set_cookie;
	if (span_equal_nocase(name, SPAN("X-Frame-Options")))
		return &answer->frame_options;
	return NULL;
}

static void
keep_header(struct answer *answer, struct span line)
{
	struct span name;

	if (!span_next(&line, ':', &name) || !line.at)
		return;
	struct arena *arena = answer->cx->arena;
	struct span *place = place_of(&answer->taken, name);
	if (!place)
		return;
	/* Of links there may be several lines. */
	if (place == &answer->taken.link && place->length)
		*place = arena_printf(arena, "%.*s, %.*s", SPAN_ARGS(*place),
		    SPAN_ARGS(span_trim(line)));
	else
		*place = arena_copy(arena, span_trim(line));
}

bool
answer_add_header(struct answer *answer, struct span line)
{
	answer->header_bytes += line.length;
	answer->header_lines++;
	if (answer->header_bytes > HEADER_BYTES_MAX ||
	    answer->header_lines > HEADER_LINES_MAX) {
		answer->stopped = "more headers than are taken";
		return false;
	}
	while (span_ends(line, "\n") || span_ends(line, "\r"))
		line.length--;
	if (span_starts(line, "HTTP/")) { /* perhaps after a 1xx */
		answer->taken = (struct fetch_answer){0};
		answer->headers_over = false;
		return true;
	}
	if (line.length == 0)
		answer->headers_over = true;
	if (!answer->headers_over)
		keep_header(answer, line);
	return true;
}

bool
answer_add_body(struct answer *answer, struct span piece)
{
	text_add(&answer->body, piece);
	if (answer->body.cut)
		answer->stopped = "more body than is taken";
	return !answer->body.cut;
}

/* "Application/JSON; charset=utf-8" to "application/json" */
static struct span
media_type(struct cx *cx, struct span value)
{
	struct span type;

	if (!span_next(&value, ';', &type))
		return SPAN_NONE;
	type = span_trim(type);
	char *copy = arena_take(cx->arena, type.length + 1);
	for (size_t i = 0; i < type.length; i++)
		copy[i] = (char)tolower((unsigned char)type.at[i]);
	return span_from(copy, type.length);
}

struct fetch_answer
answer_end(struct answer *answer, int status)
{
	struct fetch_answer taken = answer->taken;

	taken.status = status;
	taken.body = text_span(&answer->body);
	taken.content_type = media_type(answer->cx, taken.content_type);
	return taken;
}
