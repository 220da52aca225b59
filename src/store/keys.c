/* keys.c - the tool's key pairs, sealed
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/keys.h"

#include "base/cx.h"
#include "store/db.h"

#define COLUMNS                                                                \
	"id, state, key_set, private_sealed, public_jwk, public_pem,"          \
	" created_at, changed_at"

static struct tool_key
from_row(const struct db_rows *rows, size_t row)
{
	return (struct tool_key){
	    .id = db_text(rows, row, 0),
	    .state = db_text(rows, row, 1),
	    .key_set = db_text(rows, row, 2),
	    .private_sealed = db_text(rows, row, 3),
	    .public_jwk = db_text(rows, row, 4),
	    .public_pem = db_text(rows, row, 5),
	    .created_at = db_integer(rows, row, 6),
	    .changed_at = db_integer(rows, row, 7),
	};
}

enum fault
keys_add(struct db_session *session, struct cx *cx, const struct tool_key *key)
{
	return DB_RUN(session, cx, NULL,
	    "INSERT INTO tool_keys (" COLUMNS ")"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
	    DB_TEXT(key->id), DB_TEXT(key->state),
	    DB_TEXT_OR_NULL(key->key_set), DB_TEXT(key->private_sealed),
	    DB_TEXT(key->public_jwk), DB_TEXT(key->public_pem),
	    DB_INTEGER(key->created_at), DB_INTEGER(key->changed_at));
}

enum fault
keys_list(struct db_session *session, struct cx *cx, struct tool_key_list *out)
{
	struct db_rows rows;
	enum fault which = db_run(session, cx,
	    "SELECT " COLUMNS " FROM tool_keys WHERE state <> 'platform'"
	    " ORDER BY changed_at, id",
	    NULL, 0, &rows);

	if (which)
		return which;
	struct tool_key *list = arena_list(cx->arena, rows.count, sizeof *list);
	for (size_t i = 0; i < rows.count; i++)
		list[i] = from_row(&rows, i);
	*out = (struct tool_key_list){list, rows.count};
	return FAULT_NONE;
}

static enum fault
one(struct cx *cx, const struct db_rows *rows, struct tool_key *out)
{
	if (rows->count == 0)
		return fault(cx, FAULT_NO_KEY_SET, "no such key");
	*out = from_row(rows, 0);
	return FAULT_NONE;
}

enum fault
keys_find(struct db_session *session, struct cx *cx, struct span id,
    struct tool_key *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM tool_keys WHERE id = $1", DB_TEXT(id));

	return which ? which : one(cx, &rows, out);
}

enum fault
keys_find_set(struct db_session *session, struct cx *cx, struct span key_set,
    struct tool_key *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM tool_keys WHERE key_set = $1",
	    DB_TEXT(key_set));

	return which ? which : one(cx, &rows, out);
}

enum fault
keys_move(struct db_session *session, struct cx *cx, struct span id,
    const char *state, struct span key_set)
{
	return DB_RUN(session, cx, NULL,
	    "UPDATE tool_keys SET state = $2, key_set = $3, changed_at = $4"
	    " WHERE id = $1",
	    DB_TEXT(id), DB_TEXT(span_of(state)), DB_TEXT_OR_NULL(key_set),
	    DB_INTEGER(cx->now));
}

enum fault
keys_remove(struct db_session *session, struct cx *cx, struct span id)
{
	return DB_RUN(session, cx, NULL, "DELETE FROM tool_keys WHERE id = $1",
	    DB_TEXT(id));
}
