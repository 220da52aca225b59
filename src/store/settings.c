/* settings.c - documents of which there is one each
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/settings.h"

#include "base/cx.h"
#include "store/db.h"
#include "store/versions.h"

enum fault
settings_find(struct db_session *session, struct cx *cx, const char *name,
    struct span *out)
{
	struct db_rows rows;
	enum fault fault = DB_RUN(session, cx, &rows,
	    "SELECT document FROM settings WHERE name = $1",
	    DB_TEXT(span_of(name)));

	if (!fault)
		*out = db_text(&rows, 0, 0);
	return fault;
}

enum fault
settings_changed_at(
    struct db_session *session, struct cx *cx, const char *name, int64_t *out)
{
	struct db_rows rows;
	enum fault fault = DB_RUN(session, cx, &rows,
	    "SELECT changed_at FROM settings WHERE name = $1",
	    DB_TEXT(span_of(name)));

	if (!fault)
		*out = rows.count ? db_integer(&rows, 0, 0) : 0;
	return fault;
}

enum fault
settings_replace(struct db_session *session, struct cx *cx, const char *name,
    struct span document)
{
	enum fault which = DB_RUN(session, cx, NULL,
	    "INSERT INTO settings (name, document, changed_at)"
	    " VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE"
	    " SET document = $2, changed_at = $3",
	    DB_TEXT(span_of(name)), DB_TEXT(document), DB_INTEGER(cx->now));

	return which ? which : versions_raise(session, cx, SPAN(""));
}
