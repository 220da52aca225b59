/* notifications.c - what waits to be told to somebody outside
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/notifications.h"

#include "base/cx.h"
#include "store/db.h"

#define COLUMNS                                                                \
	"id, notice, channel, recipient, type, body, state, fault, tried,"     \
	" next_try_at, leased_until, created_at, finished_at"

static struct notification
from_row(const struct db_rows *rows, size_t row)
{
	return (struct notification){
	    .id = db_text(rows, row, 0),
	    .notice = db_text(rows, row, 1),
	    .channel = db_text(rows, row, 2),
	    .recipient = db_text(rows, row, 3),
	    .type = db_text(rows, row, 4),
	    .body = db_text(rows, row, 5),
	    .state = db_text(rows, row, 6),
	    .fault = db_text(rows, row, 7),
	    .tried = db_integer(rows, row, 8),
	    .next_try_at = db_integer(rows, row, 9),
	    .leased_until = db_integer(rows, row, 10),
	    .created_at = db_integer(rows, row, 11),
	    .finished_at = db_integer(rows, row, 12),
	};
}

/* Ids begin with the time (random_sortable). */
static enum fault
find_mailed(struct db_session *session, struct cx *cx, struct span recipient,
    bool *full)
{
	struct db_rows rows;
	struct span since = arena_printf(
	    cx->arena, "%010llx", (unsigned long long)(cx->now - 3600));
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT count(*) FROM notifications"
	    " WHERE id > $1 AND recipient = $2",
	    DB_TEXT(since), DB_TEXT(recipient));

	if (!which)
		*full = db_integer(&rows, 0, 0) >= NOTIFICATIONS_MAIL_MAX;
	return which;
}

enum fault
notifications_add(struct db_session *session, struct cx *cx,
    const struct notification *row, bool *full)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT count(*) FROM (SELECT 1 FROM notifications"
	    " WHERE channel = $1 AND state = 'waiting' LIMIT $2) AS found",
	    DB_TEXT(row->channel), DB_INTEGER(NOTIFICATIONS_WAITING_MAX));

	*full = !which && db_integer(&rows, 0, 0) >= NOTIFICATIONS_WAITING_MAX;
	if (!which && !*full && row->recipient.length)
		which = find_mailed(session, cx, row->recipient, full);
	if (which || *full)
		return which;
	return DB_RUN(session, cx, NULL,
	    "INSERT INTO notifications (" COLUMNS ") VALUES ($1, $2, $3, $4,"
	    " $5, $6, 'waiting', '', 0, $7, 0, $7, 0)",
	    DB_TEXT(row->id), DB_TEXT(row->notice), DB_TEXT(row->channel),
	    DB_TEXT(row->recipient), DB_TEXT(row->type), DB_TEXT(row->body),
	    DB_INTEGER(cx->now));
}

#define DUE                                                                    \
	" FROM notifications WHERE channel = $1 AND state = 'waiting'"         \
	" AND next_try_at <= $2 AND leased_until <= $2"                        \
	" ORDER BY next_try_at, id LIMIT 1"

enum fault
notifications_due(
    struct db_session *session, struct cx *cx, struct span channel, bool *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows, "SELECT id" DUE,
	    DB_TEXT(channel), DB_INTEGER(cx->now));

	if (!which)
		*out = rows.count > 0;
	return which;
}

enum fault
notifications_lease(struct db_session *session, struct cx *cx,
    struct span channel, int64_t until, struct notification *out, bool *found)
{
	struct db_rows rows, leased;
	enum fault which = DB_RUN(session, cx, &rows, "SELECT " COLUMNS DUE,
	    DB_TEXT(channel), DB_INTEGER(cx->now));

	*found = false;
	if (which || !rows.count)
		return which;
	struct notification row = from_row(&rows, 0);
	which = DB_RUN(session, cx, &leased,
	    "UPDATE notifications SET tried = tried + 1, leased_until = $3"
	    " WHERE id = $1 AND tried = $2 AND state = 'waiting' RETURNING id",
	    DB_TEXT(row.id), DB_INTEGER(row.tried), DB_INTEGER(until));
	if (which)
		return which;
	row.tried++;
	row.leased_until = until;
	*found = leased.count == 1;
	*out = row;
	return FAULT_NONE;
}

enum fault
notifications_finish(struct db_session *session, struct cx *cx,
    const struct notification *row, bool *done)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "UPDATE notifications SET state = $3, fault = $4, next_try_at = $5,"
	    " finished_at = $6, leased_until = 0 WHERE id = $1 AND tried = $2"
	    " AND state = 'waiting' RETURNING 1",
	    DB_TEXT(row->id), DB_INTEGER(row->tried), DB_TEXT(row->state),
	    DB_TEXT(row->fault), DB_INTEGER(row->next_try_at),
	    DB_INTEGER(span_is(row->state, "waiting") ? 0 : cx->now));

	if (!which)
		*done = rows.count == 1;
	return which;
}

enum fault
notifications_forget(struct db_session *session, struct cx *cx, int64_t before,
    int64_t max, size_t *deleted)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "DELETE FROM notifications WHERE id IN (SELECT id"
	    " FROM notifications WHERE state <> 'waiting' AND finished_at < $1"
	    " LIMIT $2) RETURNING 1",
	    DB_INTEGER(before), DB_INTEGER(max));

	if (!which)
		*deleted = rows.count;
	return which;
}

/* --- looking ------------------------------------------------------------- */

enum fault
notifications_count(struct db_session *session, struct cx *cx, int64_t max,
    int64_t *count, int64_t *oldest)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT count(*), coalesce(min(created_at), 0) FROM"
	    " (SELECT created_at FROM notifications WHERE state = 'waiting'"
	    " LIMIT $1) AS waiting",
	    DB_INTEGER(max));

	if (which)
		return which;
	*count = db_integer(&rows, 0, 0);
	*oldest = db_integer(&rows, 0, 1);
	return FAULT_NONE;
}
