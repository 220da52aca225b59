/* sessions.c - who is signed in to the portal
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/sessions.h"

#include "base/clock.h"
#include "base/cx.h"
#include "store/db.h"

#define COLUMNS                                                                \
	"id, token_hash, user_id, agent, created_at, used_at, expires_at"

static struct session
from_row(const struct db_rows *rows, size_t row)
{
	return (struct session){
	    .id = db_text(rows, row, 0),
	    .token_hash = db_text(rows, row, 1),
	    .user_id = db_text(rows, row, 2),
	    .agent = db_text(rows, row, 3),
	    .created_at = db_integer(rows, row, 4),
	    .used_at = db_integer(rows, row, 5),
	    .expires_at = db_integer(rows, row, 6),
	};
}

enum fault
sessions_add(
    struct db_session *session, struct cx *cx, const struct session *row)
{
	return DB_RUN(session, cx, NULL,
	    "INSERT INTO sessions (" COLUMNS ")"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7)",
	    DB_TEXT(row->id), DB_TEXT(row->token_hash), DB_TEXT(row->user_id),
	    DB_TEXT(row->agent), DB_INTEGER(row->created_at),
	    DB_INTEGER(row->used_at), DB_INTEGER(row->expires_at));
}

enum fault
sessions_find(struct db_session *session, struct cx *cx, struct span token_hash,
    struct session *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM sessions WHERE token_hash = $1"
	    " AND expires_at > $2 AND used_at > $3",
	    DB_TEXT(token_hash), DB_INTEGER(cx->now),
	    DB_INTEGER(cx->now - SESSION_IDLE));

	if (which)
		return which;
	if (rows.count == 0)
		return fault(cx, FAULT_NOT_SIGNED_IN, "no such session");
	*out = from_row(&rows, 0);
	return FAULT_NONE;
}

enum fault
sessions_use(struct db_session *session, struct cx *cx, struct span id)
{
	return DB_RUN(session, cx, NULL,
	    "UPDATE sessions SET used_at = $2 WHERE id = $1", DB_TEXT(id),
	    DB_INTEGER(cx->now));
}

enum fault
sessions_list(struct db_session *session, struct cx *cx, struct span user_id,
    struct session_list *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM sessions WHERE user_id = $1"
	    " AND expires_at > $2 AND used_at > $3 ORDER BY used_at DESC, id",
	    DB_TEXT(user_id), DB_INTEGER(cx->now),
	    DB_INTEGER(cx->now - SESSION_IDLE));

	if (which)
		return which;
	struct session *list = arena_list(cx->arena, rows.count, sizeof *list);
	for (size_t i = 0; i < rows.count; i++)
		list[i] = from_row(&rows, i);
	*out = (struct session_list){list, rows.count};
	return FAULT_NONE;
}

enum fault
sessions_end(struct db_session *session, struct cx *cx, struct span user_id,
    struct span id)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "DELETE FROM sessions WHERE id = $1 AND user_id = $2 RETURNING id",
	    DB_TEXT(id), DB_TEXT(user_id));

	if (!which && rows.count == 0)
		return fault(cx, FAULT_NO_SESSION, "no session to end");
	return which;
}

enum fault
sessions_end_all(struct db_session *session, struct cx *cx, struct span user_id,
    struct span but, size_t *ended)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "DELETE FROM sessions WHERE user_id = $1 AND id <> $2 RETURNING id",
	    DB_TEXT(user_id), DB_TEXT(but));

	if (!which)
		*ended = rows.count;
	return which;
}

enum fault
sessions_expire(
    struct db_session *session, struct cx *cx, int64_t max, size_t *deleted)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions"
	    " WHERE expires_at <= $1 LIMIT $2) RETURNING 1",
	    DB_INTEGER(cx->now - CLOCK_SKEW), DB_INTEGER(max));

	if (!which)
		*deleted = rows.count;
	return which;
}
