/* versions.c - has something changed that is kept in memory?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/versions.h"

#include "base/cx.h"
#include "store/db.h"

enum fault
versions_raise(struct db_session *session, struct cx *cx)
{
	db_touch(session);
	return DB_LATER(session, cx, FAULT_NONE, NULL,
	    "UPDATE versions SET number = number + 1 WHERE name = $1",
	    DB_TEXT(SPAN("directory")));
}

enum fault
versions_find(struct db_session *session, struct cx *cx, int64_t *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT number FROM versions WHERE name = $1",
	    DB_TEXT(SPAN("directory")));

	if (!which)
		*out = db_integer(&rows, 0, 0);
	return which;
}
