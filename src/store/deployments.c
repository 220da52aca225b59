/* deployments.c - where in an LMS the tool was put to use
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/deployments.h"

#include "base/cx.h"
#include "store/db.h"

#define COLUMNS                                                                \
	"platform_id, deployment_id, organization_id, allowed, origin,"        \
	" first_seen_at"

enum fault
deployments_add(
    struct db_session *session, struct cx *cx, const struct deployment *d)
{
	return DB_RUN(session, cx, NULL,
	    "INSERT INTO deployments (" COLUMNS ")"
	    " VALUES ($1, $2, $3, $4, $5, $6)"
	    " ON CONFLICT (platform_id, deployment_id) DO NOTHING",
	    DB_TEXT(d->platform_id), DB_TEXT(d->deployment_id),
	    DB_TEXT_OR_NULL(d->organization_id), DB_INTEGER(d->allowed),
	    DB_TEXT(d->origin), DB_INTEGER(d->first_seen_at));
}

enum fault
deployments_list(struct db_session *session, struct cx *cx,
    struct span platform_id, struct deployment_list *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM deployments WHERE platform_id = $1"
	    " ORDER BY first_seen_at, deployment_id",
	    DB_TEXT(platform_id));

	if (which)
		return which;
	struct deployment *list =
	    arena_list(cx->arena, rows.count, sizeof *list);
	for (size_t i = 0; i < rows.count; i++)
		list[i] = (struct deployment){
		    .platform_id = db_text(&rows, i, 0),
		    .deployment_id = db_text(&rows, i, 1),
		    .organization_id = db_text(&rows, i, 2),
		    .allowed = db_integer(&rows, i, 3),
		    .origin = db_text(&rows, i, 4),
		    .first_seen_at = db_integer(&rows, i, 5),
		};
	*out = (struct deployment_list){list, rows.count};
	return FAULT_NONE;
}
