/* launches.c - each launch once, for a day
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/launches.h"

#include "base/cx.h"
#include "store/db.h"

/* Few slices make look-ups cheap, many give room back soon. */
enum { SLICE_HOURS = 6 };

#define COLUMNS                                                                \
	"hour, nonce, platform_id, deployment_id, organization_id,"            \
	" claims_sealed, created_at"

static struct launch_row
from_row(const struct db_rows *rows, size_t row)
{
	return (struct launch_row){
	    .key = {db_integer(rows, row, 0), db_text(rows, row, 1)},
	    .platform_id = db_text(rows, row, 2),
	    .deployment_id = db_text(rows, row, 3),
	    .organization_id = db_text(rows, row, 4),
	    .claims_sealed = db_text(rows, row, 5),
	    .created_at = db_integer(rows, row, 6),
	};
}

enum fault
launches_add(
    struct db_session *session, struct cx *cx, const struct launch_row *row)
{
	return DB_LATER(session, cx, FAULT_LAUNCH_REPLAYED, NULL,
	    "INSERT INTO launches (" COLUMNS ")"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7)",
	    DB_INTEGER(row->key.hour), DB_TEXT(row->key.nonce),
	    DB_TEXT(row->platform_id), DB_TEXT(row->deployment_id),
	    DB_TEXT_OR_NULL(row->organization_id), DB_TEXT(row->claims_sealed),
	    DB_INTEGER(row->created_at));
}

enum fault
launches_admit(struct db_session *session, struct cx *cx,
    const struct launch_row *row, struct db_rows *out)
{
	return DB_LATER(session, cx, FAULT_LAUNCH_REPLAYED, out,
	    "INSERT INTO launches (" COLUMNS ") SELECT $1, $2, $3, $4, CASE"
	    " WHEN d.organization_id IS NULL AND d.inherits = 1 THEN $5"
	    " ELSE d.organization_id END, $6, $7 FROM deployments d"
	    " WHERE d.platform_id = $3 AND d.deployment_id = $4"
	    " AND d.allowed = 1 RETURNING organization_id",
	    DB_INTEGER(row->key.hour), DB_TEXT(row->key.nonce),
	    DB_TEXT(row->platform_id), DB_TEXT(row->deployment_id),
	    DB_TEXT_OR_NULL(row->organization_id), DB_TEXT(row->claims_sealed),
	    DB_INTEGER(row->created_at));
}

enum fault
launches_find(struct db_session *session, struct cx *cx, struct launch_key key,
    int64_t since, struct launch_row *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM launches WHERE hour = $1 AND nonce = $2"
	    " AND created_at >= $3 AND claims_sealed <> ''",
	    DB_INTEGER(key.hour), DB_TEXT(key.nonce), DB_INTEGER(since));

	if (which)
		return which;
	if (rows.count == 0)
		return fault_tell(
		    cx, FAULT_NOT_AUTHORIZED, "Invalid or expired ltik.");
	*out = from_row(&rows, 0);
	return FAULT_NONE;
}

enum fault
launches_page(struct db_session *session, struct cx *cx,
    const struct launch_filter *filter, struct launch_key after, int64_t max,
    struct launch_list *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM launches"
	    " WHERE ($1 = '' OR platform_id = $1)"
	    " AND ($2 = '' OR organization_id = $2)"
	    " AND (hour, nonce) > ($3, $4) AND claims_sealed <> ''"
	    " ORDER BY hour, nonce LIMIT $5",
	    DB_TEXT(filter->platform_id), DB_TEXT(filter->organization_id),
	    DB_INTEGER(after.hour), DB_TEXT(after.nonce), DB_INTEGER(max));

	if (which)
		return which;
	struct launch_row *list =
	    arena_list(cx->arena, rows.count, sizeof *list);
	for (size_t i = 0; i < rows.count; i++)
		list[i] = from_row(&rows, i);
	*out = (struct launch_list){list, rows.count};
	return FAULT_NONE;
}

enum fault
launches_blank(struct db_session *session, struct cx *cx, struct launch_key key)
{
	return DB_RUN(session, cx, NULL,
	    "UPDATE launches SET claims_sealed = ''"
	    " WHERE hour = $1 AND nonce = $2",
	    DB_INTEGER(key.hour), DB_TEXT(key.nonce));
}

enum fault
launches_blank_hour(struct db_session *session, struct cx *cx, int64_t hour,
    struct span organization_id, size_t *count)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "UPDATE launches SET claims_sealed = '', organization_id = NULL,"
	    " platform_id = '', deployment_id = '' WHERE hour = $1"
	    " AND organization_id = $2 AND claims_sealed <> '' RETURNING 1",
	    DB_INTEGER(hour), DB_TEXT(organization_id));

	if (!which)
		*count = rows.count;
	return which;
}

enum fault
launches_slice(struct db *db, struct cx *cx, int64_t hour, int64_t over)
{
	const struct db_slices slices = {
	    DB_SLICES("launches", "hour"),
	    .width = SLICE_HOURS,
	    .from = hour,
	    .until = hour + 2 * SLICE_HOURS,
	    .over = over,
	};

	return db_slice(db, cx, &slices);
}

enum fault
launches_expire(struct db_session *session, struct cx *cx, int64_t hour,
    int64_t max, size_t *deleted)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "DELETE FROM launches WHERE (hour, nonce) IN"
	    " (SELECT hour, nonce FROM launches WHERE hour < $1"
	    " ORDER BY hour, nonce LIMIT $2) RETURNING 1",
	    DB_INTEGER(hour), DB_INTEGER(max));

	if (!which)
		*deleted = rows.count;
	return which;
}

enum fault
launches_forget(struct db_session *session, struct cx *cx)
{
	return DB_RUN(session, cx, NULL, "DELETE FROM launches WHERE hour > $1",
	    DB_INTEGER(-1));
}
