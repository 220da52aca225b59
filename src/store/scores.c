/* scores.c - scores that wait for an LMS
 *
 * The statements compare what they read when they write, so that two
 * instances on one store never hold the same lease.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/scores.h"

#include "base/cx.h"
#include "store/db.h"

#define COLUMNS                                                                \
	"id, platform_id, deployment_id, organization_id, pair, line_item,"    \
	" user_id, scopes, body_sealed, made_at_us, state, tried,"             \
	" next_try_at, leased_until, tries, created_at, finished_at"

enum { SECOND_US = 1000000, PLATFORMS_MAX = DB_ROWS_MAX };

static struct score_row
from_row(const struct db_rows *rows, size_t row)
{
	return (struct score_row){
	    .id = db_text(rows, row, 0),
	    .platform_id = db_text(rows, row, 1),
	    .deployment_id = db_text(rows, row, 2),
	    .organization_id = db_text(rows, row, 3),
	    .pair = db_text(rows, row, 4),
	    .line_item = db_text(rows, row, 5),
	    .user = db_text(rows, row, 6),
	    .scopes = db_text(rows, row, 7),
	    .body_sealed = db_text(rows, row, 8),
	    .made_at_us = db_integer(rows, row, 9),
	    .state = db_text(rows, row, 10),
	    .tried = db_integer(rows, row, 11),
	    .next_try_at = db_integer(rows, row, 12),
	    .leased_until = db_integer(rows, row, 13),
	    .tries = db_text(rows, row, 14),
	    .created_at = db_integer(rows, row, 15),
	    .finished_at = db_integer(rows, row, 16),
	};
}

static void
list_of(struct cx *cx, const struct db_rows *rows, struct score_list *out)
{
	struct score_row *list =
	    arena_list(cx->arena, rows->count, sizeof *list);

	for (size_t i = 0; i < rows->count; i++)
		list[i] = from_row(rows, i);
	*out = (struct score_list){list, rows->count};
}

/* --- adding and finding -------------------------------------------------- */

enum fault
scores_check_room(
    struct db_session *session, struct cx *cx, struct span platform_id)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT count(*) FROM (SELECT 1 FROM scores WHERE platform_id = $1"
	    " AND state = 'waiting' LIMIT $2) AS found",
	    DB_TEXT(platform_id), DB_INTEGER(SCORES_WAITING_MAX));

	if (!which && db_integer(&rows, 0, 0) >= SCORES_WAITING_MAX)
		return fault(cx, FAULT_SCORE_QUEUE_FULL,
		    "%d scores of the platform wait", SCORES_WAITING_MAX);
	return which;
}

static enum fault
insert(struct db_session *session, struct cx *cx, const struct score_row *row,
    int64_t turn)
{
	return DB_RUN(session, cx, NULL,
	    "INSERT INTO scores (" COLUMNS ", turn) VALUES ($1, $2, $3, $4,"
	    " $5, $6, $7, $8, $9, $10, $11, 0, $12, 0, $13, $14, 0, $15)",
	    DB_TEXT(row->id), DB_TEXT(row->platform_id),
	    DB_TEXT(row->deployment_id), DB_TEXT_OR_NULL(row->organization_id),
	    DB_TEXT(row->pair), DB_TEXT(row->line_item), DB_TEXT(row->user),
	    DB_TEXT(row->scopes), DB_TEXT(row->body_sealed),
	    DB_INTEGER(row->made_at_us), DB_TEXT(row->state),
	    DB_INTEGER(row->next_try_at), DB_TEXT(row->tries),
	    DB_INTEGER(row->created_at), DB_INTEGER(turn));
}

enum fault
scores_add(struct db_session *session, struct cx *cx, int64_t now_us,
    struct score_row *row)
{
	struct db_rows last;
	enum fault which = DB_RUN(session, cx, &last,
	    "SELECT COALESCE(max(turn), 0), COALESCE(max(made_at_us),"
	    " 0) FROM scores WHERE pair = $1",
	    DB_TEXT(row->pair));
	if (which)
		return which;
	int64_t soonest = db_integer(&last, 0, 1) + SECOND_US;
	row->next_try_at = cx->now;
	row->made_at_us = now_us && now_us < soonest ? soonest : now_us;
	/* Never told before it is true. */
	if (now_us && row->made_at_us > now_us)
		row->next_try_at = row->made_at_us / SECOND_US + 1;
	return insert(session, cx, row, db_integer(&last, 0, 0) + 1);
}

enum fault
scores_find(struct db_session *session, struct cx *cx, struct span id,
    struct score_row *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM scores WHERE id = $1", DB_TEXT(id));

	if (!which && rows.count == 0)
		return fault(cx, FAULT_NO_SCORE, "no score has this id");
	if (!which)
		*out = from_row(&rows, 0);
	return which;
}

enum fault
scores_wait(
    struct db_session *session, struct cx *cx, struct span pair, bool *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT 1 FROM scores WHERE pair = $1 AND state = 'waiting'"
	    " LIMIT 1",
	    DB_TEXT(pair));

	if (!which)
		*out = rows.count > 0;
	return which;
}

/* --- trying -------------------------------------------------------------- */

/* From platform to platform, by the index: the line may be long. */
enum fault
scores_due(
    struct db_session *session, struct cx *cx, struct score_platform_list *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "WITH RECURSIVE p (id) AS (SELECT min(platform_id) FROM scores"
	    " WHERE state = 'waiting' UNION ALL SELECT (SELECT"
	    " min(platform_id) FROM scores WHERE state = 'waiting'"
	    " AND platform_id > p.id) FROM p WHERE p.id IS NOT NULL)"
	    " SELECT id FROM p WHERE EXISTS (SELECT 1 FROM scores"
	    " WHERE platform_id = p.id AND state = 'waiting'"
	    " AND next_try_at <= $1 AND leased_until <= $1) LIMIT $2",
	    DB_INTEGER(cx->now), DB_INTEGER(PLATFORMS_MAX));

	if (which)
		return which;
	struct span *list = arena_list(cx->arena, rows.count, sizeof *list);
	for (size_t i = 0; i < rows.count; i++)
		list[i] = db_text(&rows, i, 0);
	*out = (struct score_platform_list){list, rows.count};
	return FAULT_NONE;
}

/* The time of one before it may have been set anew since it came. */
static enum fault
keep_apart(struct db_session *session, struct cx *cx, struct score_row *row)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT COALESCE(max(made_at_us), 0) FROM scores WHERE pair = $1"
	    " AND turn < (SELECT turn FROM scores WHERE id = $2)",
	    DB_TEXT(row->pair), DB_TEXT(row->id));
	int64_t soonest = which ? 0 : db_integer(&rows, 0, 0) + SECOND_US;

	if (row->made_at_us && row->made_at_us < soonest)
		row->made_at_us = soonest;
	return which;
}

/* *mine is false when another was faster, or its time has not come yet. */
static enum fault
lease(struct db_session *session, struct cx *cx, struct score_row *row,
    int64_t until, bool *mine)
{
	struct db_rows rows;
	enum fault which = keep_apart(session, cx, row);
	int64_t due = row->made_at_us / SECOND_US;
	bool early = due > cx->now;

	if (which)
		return which;
	which = DB_RUN(session, cx, &rows,
	    "UPDATE scores SET tried = tried + $3, leased_until = $4,"
	    " made_at_us = $5, next_try_at = $6"
	    " WHERE id = $1 AND tried = $2 AND state = 'waiting' RETURNING id",
	    DB_TEXT(row->id), DB_INTEGER(row->tried), DB_INTEGER(!early),
	    DB_INTEGER(early ? 0 : until), DB_INTEGER(row->made_at_us),
	    DB_INTEGER(early ? due + 1 : row->next_try_at));
	*mine = !which && rows.count == 1 && !early;
	row->tried++;
	row->leased_until = until;
	return which;
}

enum fault
scores_lease(struct db_session *session, struct cx *cx, struct span platform_id,
    int64_t max, int64_t until, struct score_list *out)
{
	struct db_rows rows;
	size_t count = 0;
	bool mine = false;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM scores AS s WHERE platform_id = $1"
	    " AND state = 'waiting' AND next_try_at <= $2"
	    " AND leased_until <= $2 AND NOT EXISTS (SELECT 1 FROM scores AS o"
	    " WHERE o.pair = s.pair AND o.turn < s.turn"
	    " AND o.state = 'waiting') ORDER BY next_try_at, id LIMIT $3",
	    DB_TEXT(platform_id), DB_INTEGER(cx->now), DB_INTEGER(max));

	if (which)
		return which;
	struct score_row *list =
	    arena_list(cx->arena, rows.count, sizeof *list);
	for (size_t i = 0; !which && i < rows.count; i++) {
		list[count] = from_row(&rows, i);
		which = lease(session, cx, &list[count], until, &mine);
		count += mine;
	}
	*out = (struct score_list){list, count};
	return which;
}

enum fault
scores_finish(struct db_session *session, struct cx *cx,
    const struct score_row *row, bool *done)
{
	bool waits = span_is(row->state, "waiting");
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "UPDATE scores SET state = $3, next_try_at = $4, made_at_us = $5,"
	    " tries = $6, finished_at = $7, body_sealed = $8, leased_until = 0"
	    " WHERE id = $1 AND tried = $2 AND state = 'waiting' RETURNING 1",
	    DB_TEXT(row->id), DB_INTEGER(row->tried), DB_TEXT(row->state),
	    DB_INTEGER(row->next_try_at), DB_INTEGER(row->made_at_us),
	    DB_TEXT(row->tries), DB_INTEGER(waits ? 0 : cx->now),
	    DB_TEXT(waits ? row->body_sealed : SPAN("")));

	if (!which)
		*done = rows.count == 1;
	return which;
}

enum fault
scores_give_back(
    struct db_session *session, struct cx *cx, const struct score_row *row)
{
	return DB_RUN(session, cx, NULL,
	    "UPDATE scores SET tried = tried - 1, leased_until = 0"
	    " WHERE id = $1 AND tried = $2 AND state = 'waiting'",
	    DB_TEXT(row->id), DB_INTEGER(row->tried));
}

/* --- the end ------------------------------------------------------------- */

enum fault
scores_expire(struct db_session *session, struct cx *cx, int64_t before,
    int64_t max, struct score_list *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "UPDATE scores SET state = 'expired', finished_at = $2,"
	    " body_sealed = '' WHERE id IN (SELECT id FROM scores"
	    " WHERE state = 'waiting' AND created_at < $1"
	    " AND leased_until <= $2 LIMIT $3) RETURNING " COLUMNS,
	    DB_INTEGER(before), DB_INTEGER(cx->now), DB_INTEGER(max));

	if (!which)
		list_of(cx, &rows, out);
	return which;
}

enum fault
scores_of_user(struct db_session *session, struct cx *cx,
    struct span platform_id, struct span user, struct score_list *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM scores WHERE platform_id = $1"
	    " AND user_id = $2 ORDER BY created_at, id LIMIT $3",
	    DB_TEXT(platform_id), DB_TEXT(user), DB_INTEGER(DB_ROWS_MAX));

	if (!which)
		list_of(cx, &rows, out);
	return which;
}

enum fault
scores_page(struct db_session *session, struct cx *cx,
    struct span organization_id, struct span after, int64_t max,
    struct score_list *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM scores WHERE organization_id = $1"
	    " AND id > $2 ORDER BY id LIMIT $3",
	    DB_TEXT(organization_id), DB_TEXT(after), DB_INTEGER(max));

	if (!which)
		list_of(cx, &rows, out);
	return which;
}

enum fault
scores_remove_of_user(struct db_session *session, struct cx *cx,
    struct span platform_id, struct span user)
{
	return DB_RUN(session, cx, NULL,
	    "DELETE FROM scores WHERE platform_id = $1 AND user_id = $2",
	    DB_TEXT(platform_id), DB_TEXT(user));
}

enum fault
scores_forget(struct db_session *session, struct cx *cx, int64_t before,
    int64_t max, size_t *deleted)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "DELETE FROM scores WHERE id IN (SELECT id FROM scores"
	    " WHERE state <> 'waiting' AND finished_at < $1 LIMIT $2)"
	    " RETURNING 1",
	    DB_INTEGER(before), DB_INTEGER(max));

	if (!which)
		*deleted = rows.count;
	return which;
}

/* --- looking ------------------------------------------------------------- */

enum fault
scores_count(struct db_session *session, struct cx *cx, int64_t max,
    int64_t *count, int64_t *oldest)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT count(*), coalesce(min(created_at), 0) FROM"
	    " (SELECT created_at FROM scores WHERE state = 'waiting'"
	    " LIMIT $1) AS waiting",
	    DB_INTEGER(max));

	if (which)
		return which;
	*count = db_integer(&rows, 0, 0);
	*oldest = db_integer(&rows, 0, 1);
	return FAULT_NONE;
}
