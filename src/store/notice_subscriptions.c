/* notice_subscriptions.c - where platform notices are subscribed, and which
 * came already
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/notice_subscriptions.h"

#include "base/cx.h"
#include "store/db.h"

#define COLUMNS                                                                \
	"id, platform_id, deployment_id, url, offered, subscribed, settled,"   \
	" fault, tried, next_try_at"

static enum fault
read_rows(struct cx *cx, enum fault which, const struct db_rows *rows,
    struct notice_subscription_list *out)
{
	if (which)
		return which;
	struct notice_subscription *list =
	    arena_list(cx->arena, rows->count, sizeof *list);
	for (size_t i = 0; i < rows->count; i++)
		list[i] = (struct notice_subscription){
		    .id = db_text(rows, i, 0),
		    .platform_id = db_text(rows, i, 1),
		    .deployment_id = db_text(rows, i, 2),
		    .url = db_text(rows, i, 3),
		    .offered = db_text(rows, i, 4),
		    .subscribed = db_text(rows, i, 5),
		    .settled = db_text(rows, i, 6),
		    .fault = db_text(rows, i, 7),
		    .tried = db_integer(rows, i, 8),
		    .next_try_at = db_integer(rows, i, 9),
		};
	*out = (struct notice_subscription_list){list, rows->count};
	return FAULT_NONE;
}

enum fault
notice_subscriptions_knows(struct db_session *session, struct cx *cx,
    const struct notice_subscription *row, bool *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT 1 FROM notice_subscriptions WHERE platform_id = $1"
	    " AND deployment_id = $2 AND url = $3 AND offered = $4",
	    DB_TEXT(row->platform_id), DB_TEXT(row->deployment_id),
	    DB_TEXT(row->url), DB_TEXT(row->offered));

	if (!which)
		*out = rows.count > 0;
	return which;
}

enum fault
notice_subscriptions_meet(struct db_session *session, struct cx *cx,
    const struct notice_subscription *row)
{
	return DB_RUN(session, cx, NULL,
	    "INSERT INTO notice_subscriptions (" COLUMNS ")"
	    " VALUES ($1, $2, $3, $4, $5, '', '', '', 0, $6)"
	    " ON CONFLICT (platform_id, deployment_id) DO UPDATE"
	    " SET url = excluded.url, offered = excluded.offered,"
	    " subscribed = '', settled = '', tried = 0,"
	    " next_try_at = excluded.next_try_at",
	    DB_TEXT(row->id), DB_TEXT(row->platform_id),
	    DB_TEXT(row->deployment_id), DB_TEXT(row->url),
	    DB_TEXT(row->offered), DB_INTEGER(cx->now));
}

enum fault
notice_subscriptions_of(struct db_session *session, struct cx *cx,
    struct span platform_id, struct notice_subscription_list *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM notice_subscriptions"
	    " WHERE platform_id = $1 ORDER BY deployment_id LIMIT $2",
	    DB_TEXT(platform_id), DB_INTEGER(DB_ROWS_MAX));

	return read_rows(cx, which, &rows, out);
}

enum fault
notice_subscriptions_due(struct db_session *session, struct cx *cx,
    struct span wish, int64_t max, struct notice_subscription_list *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM notice_subscriptions"
	    " WHERE settled <> $1 AND next_try_at <= $2 AND platform_id IN"
	    " (SELECT id FROM platforms WHERE active = 1)"
	    " ORDER BY next_try_at, id LIMIT $3",
	    DB_TEXT(wish), DB_INTEGER(cx->now), DB_INTEGER(max));

	return read_rows(cx, which, &rows, out);
}

enum fault
notice_subscriptions_keep(struct db_session *session, struct cx *cx,
    const struct notice_subscription *row)
{
	return DB_RUN(session, cx, NULL,
	    "UPDATE notice_subscriptions SET subscribed = $3, settled = $4,"
	    " fault = $5, tried = $6, next_try_at = $7"
	    " WHERE id = $1 AND url = $2",
	    DB_TEXT(row->id), DB_TEXT(row->url), DB_TEXT(row->subscribed),
	    DB_TEXT(row->settled), DB_TEXT(row->fault), DB_INTEGER(row->tried),
	    DB_INTEGER(row->next_try_at));
}

enum fault
notices_spend(struct db_session *session, struct cx *cx,
    struct span platform_id, struct span nonce, int64_t good_until, bool *fresh)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "INSERT INTO notices_taken (platform_id, nonce, good_until)"
	    " VALUES ($1, $2, $3)"
	    " ON CONFLICT (platform_id, nonce) DO NOTHING RETURNING 1",
	    DB_TEXT(platform_id), DB_TEXT(nonce), DB_INTEGER(good_until));

	if (!which)
		*fresh = rows.count == 1;
	return which;
}

enum fault
notices_expire(
    struct db_session *session, struct cx *cx, int64_t max, size_t *deleted)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "DELETE FROM notices_taken WHERE nonce IN (SELECT nonce"
	    " FROM notices_taken WHERE good_until < $1 LIMIT $2)"
	    " AND good_until < $1 RETURNING 1",
	    DB_INTEGER(cx->now), DB_INTEGER(max));

	if (!which)
		*deleted = rows.count;
	return which;
}
