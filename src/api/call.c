/* call.c - one call of the API or of an LMS, as its handler sees it
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/call.h"

#include "base/clock.h"
#include "base/cx.h"
#include "http/response.h"
#include "json/jread.h"
#include "json/jwrite.h"

void
call_answer(struct call *call, int status, const struct json_t *value)
{
	call->response->status = status;
	call->response->content_type = "application/json; charset=utf-8";
	call->response->body = jwrite_bytes(call->cx, value);
}

void
call_answer_nothing(struct call *call)
{
	call->response->status = 204;
	call->response->content_type = NULL;
}

/* What an LMS answered is passed on as JSON where it is JSON. */
static void
add_received(struct call *call, struct json_t *details)
{
	struct fault_note note = call->cx->note;
	const struct json_t *value;

	if (!note.external_url.length)
		return;
	jwrite_bool(details, "externalError", true);
	jwrite_text(details, "externalUrl", note.external_url);
	if (note.external_status)
		jwrite_integer(details, "externalStatus", note.external_status);
	if (!note.body_received.length)
		return;
	if (jread_parse(call->cx, note.body_received, &value))
		jwrite_text(details, "bodyReceived", note.body_received);
	else
		jwrite_value(details, "bodyReceived", value);
}

void
call_retry_after(struct call *call, enum fault why)
{
	int status = fault_text(why)->status;
	int64_t seconds = call->cx->note.retry_after;

	if (status != 503 && status != 429)
		return;
	if (!seconds)
		seconds = status == 429 ? 60 : 5;
	response_header(call->response, "Retry-After",
	    arena_printf(call->cx->arena, "%lld", (long long)seconds));
}

void
call_answer_fault(struct call *call, enum fault why)
{
	const struct fault_text *text = fault_text(why);
	struct json_t *answer = jwrite_object(call->cx);
	struct json_t *details;
	struct span telling =
	    arena_printf(call->cx->arena, "%s", call->cx->note.telling);

	jwrite_integer(answer, "status", text->status);
	jwrite_text(answer, "error", span_of(text->error));
	details = jwrite_inner_object(answer, "details");
	jwrite_text(details, "message", span_of(text->message));
	jwrite_text(details, "description",
	    telling.length ? telling : span_of(text->description));
	if (call->cx->note.member.length)
		jwrite_text(details, "member", call->cx->note.member);
	add_received(call, details);
	/* LTIAAS's 401 has these two members and no other. */
	if (text->status != 401)
		jwrite_text(details, "reference", span_of(call->cx->reference));
	call_answer(call, text->status, answer);
	if (text->status == 401)
		response_header(
		    call->response, "WWW-Authenticate", SPAN("Bearer"));
	call_retry_after(call, why);
}

enum fault
call_query(struct call *call, const char *name, struct span *out)
{
	return form_find(call->cx, &call->query, name, out);
}

struct span
call_parameter(const struct call *call, size_t index)
{
	return call->request->parameters[index];
}

void
call_write_time(struct json_t *object, const char *name, int64_t seconds)
{
	char text[CLOCK_TEXT_SIZE] = "";

	if (seconds)
		clock_write(seconds, text);
	jwrite_text(object, name, span_of(text));
}
