/* operation_calls.c - what who runs the gateway looks at
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/openapi.h"
#include "api/routes.h"
#include "app/gateway.h"
#include "app/tool_keys.h"
#include "base/cx.h"
#include "store/db.h"
#include "store/events.h"
#include "store/keys.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum { EVENTS_MAX = 200 };

enum fault
healthz_call(struct call *call)
{
	struct json_t *answer = jwrite_object(call->cx);

	jwrite_text(answer, "status", SPAN("ok"));
	call_answer(call, 200, answer);
	return FAULT_NONE;
}

/* Ready: the store answers and there is a key to sign with. */
enum fault
readyz_call(struct call *call)
{
	struct tool_key_list keys;
	enum fault which = tool_keys_list(call->gateway, call->cx, &keys);

	if (which)
		return which;
	for (size_t i = 0; i < keys.count; i++)
		if (span_is(keys.at[i].state, "active"))
			return healthz_call(call);
	return fault_tell(
	    call->cx, FAULT_SERVER_BUSY, "The first key pair is being made");
}

struct list {
	struct event_filter filter;
	struct event_list rows;
};

static enum fault
list(struct db_session *session, struct cx *cx, void *arg)
{
	struct list *list = arg;
	return events_list(session, cx, &list->filter, &list->rows);
}

static void
write_event(struct call *call, struct json_t *item, const struct event *row)
{
	const struct json_t *details;

	jwrite_text(item, "id", row->id);
	call_write_time(item, "at", row->at);
	jwrite_text(item, "level", row->level);
	jwrite_text(item, "kind", row->kind);
	jwrite_text(item, "reference", row->reference);
	jwrite_text_if(item, "platformId", row->platform_id);
	jwrite_text(item, "message", row->message);
	if (!jread_parse(call->cx, row->details, &details))
		jwrite_value(item, "details", details);
}

enum fault
events_list_call(struct call *call)
{
	struct list wish = {.filter = {.limit = EVENTS_MAX}};
	const struct {
		const char *name;
		struct span *out;
	} rows[] = {
	    {"reference", &wish.filter.reference},
	    {"platformId", &wish.filter.platform_id},
	    {"kind", &wish.filter.kind},
	    {"level", &wish.filter.level},
	    {"before", &wish.filter.before},
	};
	enum fault which = FAULT_NONE;

	for (size_t i = 0; !which && i < sizeof rows / sizeof *rows; i++)
		which = call_query(call, rows[i].name, rows[i].out);
	if (!which)
		which = db_read(call->gateway->db, call->cx, list, &wish);
	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	struct json_t *items = jwrite_inner_array(answer, "events");
	for (size_t i = 0; i < wish.rows.count; i++)
		write_event(call, jwrite_push_object(items), &wish.rows.at[i]);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}

enum fault
openapi_call(struct call *call)
{
	call_answer(
	    call, 200, openapi_write(call->cx, call->gateway->public_url));
	return FAULT_NONE;
}
