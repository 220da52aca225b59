/* service_keys.c - keys for service calls outside a launch
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/service_keys.h"

#include "base/cx.h"
#include "store/db.h"

#define COLUMNS                                                                \
	"id, place, key_hash, key_sealed, platform_id, deployment_id,"         \
	" organization_id, context_id, resource_link_id, claims, created_at,"  \
	" used_at"

enum { BATCH = 5000 };

static struct service_key
from_row(const struct db_rows *rows, size_t row)
{
	return (struct service_key){
	    .id = db_text(rows, row, 0),
	    .place = db_text(rows, row, 1),
	    .hash = db_text(rows, row, 2),
	    .key_sealed = db_text(rows, row, 3),
	    .platform_id = db_text(rows, row, 4),
	    .deployment_id = db_text(rows, row, 5),
	    .organization_id = db_text(rows, row, 6),
	    .context_id = db_text(rows, row, 7),
	    .resource_link_id = db_text(rows, row, 8),
	    .claims = db_text(rows, row, 9),
	    .created_at = db_integer(rows, row, 10),
	    .used_at = db_integer(rows, row, 11),
	};
}

enum fault
service_keys_add(
    struct db_session *session, struct cx *cx, const struct service_key *key)
{
	return DB_RUN(session, cx, NULL,
	    "INSERT INTO service_keys (" COLUMNS ") VALUES ($1, $2, $3, $4,"
	    " $5, $6, $7, $8, $9, $10, $11, $12)"
	    " ON CONFLICT (place) DO NOTHING",
	    DB_TEXT(key->id), DB_TEXT(key->place), DB_TEXT(key->hash),
	    DB_TEXT(key->key_sealed), DB_TEXT(key->platform_id),
	    DB_TEXT(key->deployment_id), DB_TEXT_OR_NULL(key->organization_id),
	    DB_TEXT(key->context_id), DB_TEXT(key->resource_link_id),
	    DB_TEXT(key->claims), DB_INTEGER(key->created_at),
	    DB_INTEGER(key->used_at));
}

enum fault
service_keys_find_place(struct db_session *session, struct cx *cx,
    struct span place, struct service_key *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM service_keys WHERE place = $1",
	    DB_TEXT(place));

	if (!which && rows.count == 0)
		return fault(cx, FAULT_NO_SERVICE_KEY, "none for this place");
	if (!which)
		*out = from_row(&rows, 0);
	return which;
}

enum fault
service_keys_find_hash(struct db_session *session, struct cx *cx,
    struct span hash, struct service_key *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM service_keys WHERE key_hash = $1",
	    DB_TEXT(hash));

	if (!which && rows.count == 0)
		return fault_tell(
		    cx, FAULT_NOT_AUTHORIZED, "Invalid service key.");
	if (!which)
		*out = from_row(&rows, 0);
	return which;
}

enum fault
service_keys_use(struct db_session *session, struct cx *cx, struct span id)
{
	return DB_RUN(session, cx, NULL,
	    "UPDATE service_keys SET used_at = $2 WHERE id = $1", DB_TEXT(id),
	    DB_INTEGER(cx->now));
}

enum fault
service_keys_list(struct db_session *session, struct cx *cx,
    const struct service_key_filter *filter, struct service_key_list *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM service_keys WHERE ($1 = '' OR"
	    " platform_id = $1) AND ($2 = '' OR organization_id = $2)"
	    " AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4",
	    DB_TEXT(filter->platform_id), DB_TEXT(filter->organization_id),
	    DB_TEXT(filter->before), DB_INTEGER(SERVICE_KEYS_LISTED_MAX));

	if (which)
		return which;
	struct service_key *list =
	    arena_list(cx->arena, rows.count, sizeof *list);
	for (size_t i = 0; i < rows.count; i++)
		list[i] = from_row(&rows, i);
	*out = (struct service_key_list){list, rows.count};
	return FAULT_NONE;
}

enum fault
service_keys_remove(struct db_session *session, struct cx *cx, struct span id,
    struct span *platform_id)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "DELETE FROM service_keys WHERE id = $1 RETURNING platform_id",
	    DB_TEXT(id));

	if (!which && rows.count == 0)
		return fault(
		    cx, FAULT_NO_SERVICE_KEY, "no service key to revoke");
	if (!which)
		*platform_id = db_text(&rows, 0, 0);
	return which;
}

enum fault
service_keys_remove_all(struct db_session *session, struct cx *cx,
    struct span platform_id, size_t *removed)
{
	struct db_rows rows;
	enum fault which;

	*removed = 0;
	do {
		which = DB_RUN(session, cx, &rows,
		    "DELETE FROM service_keys WHERE id IN (SELECT id FROM"
		    " service_keys WHERE platform_id = $1 LIMIT $2)"
		    " RETURNING 1",
		    DB_TEXT(platform_id), DB_INTEGER(BATCH));
		*removed += which ? 0 : rows.count;
	} while (!which && rows.count == BATCH);
	return which;
}
