/* organization_rows.c - all rows that belong to an organisation
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/organization_rows.h"

#include "base/cx.h"
#include "store/db.h"
#include "store/like.h"
#include "store/platforms.h"

enum fault
organization_rows_expire(struct db_session *session, struct cx *cx,
    struct span id, int64_t max, size_t *deleted)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "DELETE FROM events WHERE id IN (SELECT id FROM events"
	    " WHERE organization_id = $1 LIMIT $2) RETURNING 1",
	    DB_TEXT(id), DB_INTEGER(max));

	if (!which)
		*deleted = rows.count;
	return which;
}

/* A platform's own rows go with it; directories hear of each. */
static enum fault
remove_platforms(struct db_session *session, struct cx *cx, struct span id,
    size_t *platforms)
{
	struct db_rows rows;
	enum fault which;

	*platforms = 0;
	do {
		which = DB_RUN(session, cx, &rows,
		    "SELECT id FROM platforms WHERE organization_id = $1"
		    " ORDER BY id LIMIT $2",
		    DB_TEXT(id), DB_INTEGER(DB_ROWS_MAX));
		for (size_t i = 0; !which && i < rows.count; i++)
			which =
			    platforms_remove(session, cx, db_text(&rows, i, 0));
		*platforms += which ? 0 : rows.count;
	} while (!which && rows.count == DB_ROWS_MAX);
	return which;
}

enum fault
organization_rows_remove(struct db_session *session, struct cx *cx,
    struct span id, size_t *platforms)
{
	/* Links, content and roles go with the organisation itself. */
	static const char *const statements[] = {
	    "DELETE FROM deployments WHERE organization_id = $1",
	    "DELETE FROM service_keys WHERE organization_id = $1",
	    "DELETE FROM scores WHERE organization_id = $1",
	    "DELETE FROM registrations WHERE organization_id = $1",
	    "DELETE FROM usage_counts WHERE organization_id = $1",
	    "DELETE FROM usage_faults WHERE organization_id = $1",
	    "DELETE FROM usage_people WHERE organization_id = $1",
	    "DELETE FROM users WHERE role = '' AND id IN (SELECT user_id"
	    " FROM organization_people WHERE organization_id = $1)"
	    " AND id NOT IN (SELECT user_id FROM organization_people"
	    " WHERE organization_id <> $1)",
	    "DELETE FROM content WHERE organization_id = $1",
	    "DELETE FROM organizations WHERE id = $1",
	};
	/* Who got which role there is told in an event of nobody's. */
	enum fault which = DB_RUN(session, cx, NULL,
	    "DELETE FROM events WHERE kind = 'person'"
	    " AND lower(details) LIKE $1 ESCAPE '!'",
	    DB_TEXT(like_pattern(cx, id)));

	if (!which)
		which = remove_platforms(session, cx, id, platforms);

	for (size_t i = 0; !which && i < sizeof statements / sizeof *statements;
	     i++)
		which = DB_RUN(session, cx, NULL, statements[i], DB_TEXT(id));
	return which;
}
