/* postgres_rows.c - rows that a PostgreSQL server gave
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/postgres_rows.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "base/cx.h"
#include "store/db.h"

enum {
	OID_INT8 = 20,
	OID_INT2 = 21,
	OID_INT4 = 23,
	OID_BOOL = 16,
	OID_NUMERIC = 1700,
};

static struct db_value
cell(struct cx *cx, const PGresult *result, int row, int column)
{
	if (PQgetisnull(result, row, column))
		return DB_NULL;
	const char *text = PQgetvalue(result, row, column);
	Oid type = PQftype(result, column);
	/* A sum of bigint is numeric. */
	if (type == OID_INT2 || type == OID_INT4 || type == OID_INT8 ||
	    (type == OID_NUMERIC && !strchr(text, '.')))
		return DB_INTEGER(strtoll(text, NULL, 10));
	if (type == OID_BOOL)
		return DB_INTEGER(*text == 't');
	return DB_TEXT(arena_copy(cx->arena,
	    span_from(text, (size_t)PQgetlength(result, row, column))));
}

void
postgres_rows_read(
    struct cx *cx, const struct pg_result *result, struct db_rows *out)
{
	size_t count = (size_t)PQntuples(result);
	size_t columns = (size_t)PQnfields(result);

	if (count > DB_ROWS_MAX)
		count = DB_ROWS_MAX;
	struct db_value *cells =
	    count ? arena_list(cx->arena, count * columns, sizeof *cells)
		  : NULL;
	for (size_t row = 0; row < count; row++)
		for (size_t i = 0; i < columns; i++)
			cells[row * columns + i] =
			    cell(cx, result, (int)row, (int)i);
	*out = (struct db_rows){cells, count, columns};
}
