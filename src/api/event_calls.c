/* event_calls.c - what happened, for who looks after the gateway
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/query.h"
#include "api/routes.h"
#include "app/gateway.h"
#include "base/cx.h"
#include "store/db.h"
#include "store/events.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum { EVENTS_USUAL = 200, EVENTS_MAX = 500, SEARCH_LENGTH_MAX = 200 };

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
	jwrite_text_if(item, "organizationId", row->organization_id);
	jwrite_text(item, "message", row->message);
	if (!jread_parse(call->cx, row->details, &details))
		jwrite_value(item, "details", details);
}

static enum fault
read_texts(struct call *call, struct event_filter *filter)
{
	const struct {
		const char *name;
		struct span *out;
	} rows[] = {
	    {"reference", &filter->reference},
	    {"platformId", &filter->platform_id},
	    {"kind", &filter->kind},
	    {"level", &filter->level},
	    {"search", &filter->search},
	    {"before", &filter->before},
	    {"after", &filter->after},
	};
	enum fault which = FAULT_NONE;

	for (size_t i = 0; !which && i < sizeof rows / sizeof *rows; i++)
		which = call_query(call, rows[i].name, rows[i].out);
	if (!which && filter->search.length > SEARCH_LENGTH_MAX)
		return fault_tell(call->cx, FAULT_PARAMETER_REFUSED,
		    "search must have at most %d bytes", SEARCH_LENGTH_MAX);
	return which;
}

static enum fault
read_filter(struct call *call, struct event_filter *filter)
{
	enum fault which = read_texts(call, filter);

	if (!which)
		which = query_organization(call, &filter->organization_id);
	if (!which)
		which = query_time(call, "since", &filter->since);
	if (!which)
		which = query_time(call, "until", &filter->until);
	if (!which)
		which =
		    query_number(call, "limit", 1, EVENTS_MAX, &filter->limit);
	filter->reader = rights_reader(&call->caller);
	return which;
}

enum fault
events_list_call(struct call *call)
{
	struct list wish = {.filter = {.limit = EVENTS_USUAL}};
	enum fault which = read_filter(call, &wish.filter);

	if (!which)
		which = db_read(call->gateway->db, call->cx, list, &wish);
	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	struct json_t *items = jwrite_inner_array(answer, "events");
	for (size_t i = 0; i < wish.rows.count; i++)
		write_event(call, jwrite_push_object(items), &wish.rows.at[i]);
	jwrite_text_if(answer, "searchedUntil", wish.rows.searched_until);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}
