/* api_keys.c - keys with which a tool's back end calls the API
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/api_keys.h"

#include "base/cx.h"
#include "store/db.h"

#define COLUMNS "id, name, hash, hint, created_at"

static struct api_key
from_row(const struct db_rows *rows, size_t row)
{
	return (struct api_key){
	    .id = db_text(rows, row, 0),
	    .name = db_text(rows, row, 1),
	    .hash = db_text(rows, row, 2),
	    .hint = db_text(rows, row, 3),
	    .created_at = db_integer(rows, row, 4),
	};
}

enum fault
api_keys_add(
    struct db_session *session, struct cx *cx, const struct api_key *key)
{
	return DB_RUN(session, cx, NULL,
	    "INSERT INTO api_keys (" COLUMNS ") VALUES ($1, $2, $3, $4, $5)",
	    DB_TEXT(key->id), DB_TEXT(key->name), DB_TEXT(key->hash),
	    DB_TEXT(key->hint), DB_INTEGER(key->created_at));
}

enum fault
api_keys_find(struct db_session *session, struct cx *cx, struct span hash,
    struct api_key *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM api_keys WHERE hash = $1", DB_TEXT(hash));

	if (which)
		return which;
	if (rows.count == 0)
		return fault(cx, FAULT_NO_API_KEY, "no API key has this hash");
	*out = from_row(&rows, 0);
	return FAULT_NONE;
}

enum fault
api_keys_list(
    struct db_session *session, struct cx *cx, struct api_key_list *out)
{
	struct db_rows rows;
	enum fault which = db_run(session, cx,
	    "SELECT " COLUMNS " FROM api_keys ORDER BY created_at, id", NULL, 0,
	    &rows);

	if (which)
		return which;
	struct api_key *keys = arena_list(cx->arena, rows.count, sizeof *keys);
	for (size_t i = 0; i < rows.count; i++)
		keys[i] = from_row(&rows, i);
	*out = (struct api_key_list){keys, rows.count};
	return FAULT_NONE;
}

enum fault
api_keys_remove(struct db_session *session, struct cx *cx, struct span id)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "DELETE FROM api_keys WHERE id = $1 RETURNING id", DB_TEXT(id));

	if (!which && rows.count == 0)
		return fault(cx, FAULT_NO_API_KEY, "no API key to remove");
	return which;
}
