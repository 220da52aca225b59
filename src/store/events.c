/* events.c - what happened, for support and the portal's logs
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/events.h"

#include "base/cx.h"
#include "crypto/random.h"
#include "store/db.h"

#define COLUMNS "id, at, level, kind, reference, platform_id, message, details"

enum fault
events_add(struct db_session *session, struct cx *cx, const struct event *event)
{
	return DB_RUN(session, cx, NULL,
	    "INSERT INTO events (" COLUMNS ")"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
	    DB_TEXT(random_sortable(cx)), DB_INTEGER(cx->now),
	    DB_TEXT(event->level), DB_TEXT(event->kind),
	    DB_TEXT(event->reference), DB_TEXT(event->platform_id),
	    DB_TEXT(event->message),
	    DB_TEXT(event->details.length ? event->details : SPAN("{}")));
}

enum fault
events_list(struct db_session *session, struct cx *cx,
    const struct event_filter *f, struct event_list *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM events"
	    " WHERE ($1 = '' OR reference = $1)"
	    " AND ($2 = '' OR platform_id = $2) AND ($3 = '' OR kind = $3)"
	    " AND ($4 = '' OR level = $4) AND ($5 = '' OR id < $5)"
	    " ORDER BY id DESC LIMIT $6",
	    DB_TEXT(f->reference), DB_TEXT(f->platform_id), DB_TEXT(f->kind),
	    DB_TEXT(f->level), DB_TEXT(f->before), DB_INTEGER(f->limit));

	if (which)
		return which;
	struct event *list = arena_list(cx->arena, rows.count, sizeof *list);
	for (size_t i = 0; i < rows.count; i++)
		list[i] = (struct event){
		    .id = db_text(&rows, i, 0),
		    .at = db_integer(&rows, i, 1),
		    .level = db_text(&rows, i, 2),
		    .kind = db_text(&rows, i, 3),
		    .reference = db_text(&rows, i, 4),
		    .platform_id = db_text(&rows, i, 5),
		    .message = db_text(&rows, i, 6),
		    .details = db_text(&rows, i, 7),
		};
	*out = (struct event_list){list, rows.count};
	return FAULT_NONE;
}

/* Ids begin with the time (random_sortable), so that what is old is found
 * without looking at what is not. */
enum fault
events_expire(struct db_session *session, struct cx *cx, int64_t before,
    int64_t max, size_t *deleted)
{
	struct db_rows rows;
	struct span first =
	    arena_printf(cx->arena, "%010llx", (unsigned long long)before);
	enum fault which = DB_RUN(session, cx, &rows,
	    "DELETE FROM events WHERE id IN (SELECT id FROM events"
	    " WHERE id < $1 ORDER BY id LIMIT $2) RETURNING 1",
	    DB_TEXT(first), DB_INTEGER(max));

	if (!which)
		*deleted = rows.count;
	return which;
}
