/* consumers.c - LTI 1.1 keys that the tool had given to its customers
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/consumers.h"

#include "base/cx.h"
#include "store/db.h"

#define COLUMNS "id, consumer_key, label, secret_sealed, created_at"

static struct consumer
from_row(const struct db_rows *rows, size_t row)
{
	return (struct consumer){
	    .id = db_text(rows, row, 0),
	    .key = db_text(rows, row, 1),
	    .label = db_text(rows, row, 2),
	    .secret_sealed = db_text(rows, row, 3),
	    .created_at = db_integer(rows, row, 4),
	};
}

enum fault
consumers_add(
    struct db_session *session, struct cx *cx, const struct consumer *consumer)
{
	return DB_RUN(session, cx, NULL,
	    "INSERT INTO consumers (" COLUMNS ") VALUES ($1, $2, $3, $4, $5)",
	    DB_TEXT(consumer->id), DB_TEXT(consumer->key),
	    DB_TEXT(consumer->label), DB_TEXT(consumer->secret_sealed),
	    DB_INTEGER(consumer->created_at));
}

enum fault
consumers_list(
    struct db_session *session, struct cx *cx, struct consumer_list *out)
{
	struct db_rows rows;
	enum fault which = db_run(session, cx,
	    "SELECT " COLUMNS " FROM consumers ORDER BY created_at, id", NULL,
	    0, &rows);

	if (which)
		return which;
	struct consumer *list = arena_list(cx->arena, rows.count, sizeof *list);
	for (size_t i = 0; i < rows.count; i++)
		list[i] = from_row(&rows, i);
	*out = (struct consumer_list){list, rows.count};
	return FAULT_NONE;
}

static enum fault
take_row(struct cx *cx, const struct db_rows *rows, struct consumer *out)
{
	if (rows->count == 0)
		return fault(cx, FAULT_NO_CONSUMER, "no such consumer");
	*out = from_row(rows, 0);
	return FAULT_NONE;
}

enum fault
consumers_find(struct db_session *session, struct cx *cx, struct span key,
    struct consumer *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM consumers WHERE consumer_key = $1",
	    DB_TEXT(key));

	return which ? which : take_row(cx, &rows, out);
}

enum fault
consumers_remove(struct db_session *session, struct cx *cx, struct span id,
    struct consumer *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "DELETE FROM consumers WHERE id = $1 RETURNING " COLUMNS,
	    DB_TEXT(id));

	return which ? which : take_row(cx, &rows, out);
}
