/* deployments.c - where in an LMS the tool was put to use
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/deployments.h"

#include "base/cx.h"
#include "store/db.h"

#define COLUMNS                                                                \
	"platform_id, deployment_id, organization_id, inherits, allowed,"      \
	" origin, first_seen_at"

static struct deployment
from_row(const struct db_rows *rows, size_t row)
{
	return (struct deployment){
	    .platform_id = db_text(rows, row, 0),
	    .deployment_id = db_text(rows, row, 1),
	    .organization_id = db_text(rows, row, 2),
	    .inherits = db_integer(rows, row, 3),
	    .allowed = db_integer(rows, row, 4),
	    .origin = db_text(rows, row, 5),
	    .first_seen_at = db_integer(rows, row, 6),
	};
}

static void
list_of(struct cx *cx, const struct db_rows *rows, struct deployment_list *out)
{
	struct deployment *list =
	    arena_list(cx->arena, rows->count, sizeof *list);

	for (size_t i = 0; i < rows->count; i++)
		list[i] = from_row(rows, i);
	*out = (struct deployment_list){list, rows->count};
}

enum fault
deployments_add(
    struct db_session *session, struct cx *cx, const struct deployment *d)
{
	return DB_LATER(session, cx, FAULT_NONE, NULL,
	    "INSERT INTO deployments (" COLUMNS ")"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7)"
	    " ON CONFLICT (platform_id, deployment_id) DO NOTHING",
	    DB_TEXT(d->platform_id), DB_TEXT(d->deployment_id),
	    DB_TEXT_OR_NULL(d->organization_id), DB_INTEGER(d->inherits),
	    DB_INTEGER(d->allowed), DB_TEXT(d->origin),
	    DB_INTEGER(d->first_seen_at));
}

enum fault
deployments_list_of(struct db_session *session, struct cx *cx,
    struct span platform_id, struct span reader, struct deployment_list *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM deployments WHERE platform_id = $1"
	    " AND ($2 = '' OR COALESCE(organization_id, (SELECT"
	    " p.organization_id FROM platforms p WHERE p.id = $1"
	    " AND deployments.inherits = 1)) IN (SELECT o.organization_id"
	    " FROM organization_people o WHERE o.user_id = $2))"
	    " ORDER BY first_seen_at, deployment_id",
	    DB_TEXT(platform_id), DB_TEXT(reader));

	if (!which)
		list_of(cx, &rows, out);
	return which;
}

enum fault
deployments_page(struct db_session *session, struct cx *cx,
    struct span organization_id, const struct deployment *after, int64_t max,
    struct deployment_list *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM deployments WHERE (organization_id = $1"
	    " OR platform_id IN (SELECT id FROM platforms"
	    " WHERE organization_id = $1))"
	    " AND (platform_id, deployment_id) > ($2, $3)"
	    " ORDER BY platform_id, deployment_id LIMIT $4",
	    DB_TEXT(organization_id), DB_TEXT(after->platform_id),
	    DB_TEXT(after->deployment_id), DB_INTEGER(max));

	if (!which)
		list_of(cx, &rows, out);
	return which;
}

enum fault
deployments_list(struct db_session *session, struct cx *cx,
    struct span platform_id, struct deployment_list *out)
{
	return deployments_list_of(session, cx, platform_id, SPAN(""), out);
}

enum fault
deployments_find(struct db_session *session, struct cx *cx,
    struct span platform_id, struct span deployment_id, struct deployment *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM deployments"
	    " WHERE platform_id = $1 AND deployment_id = $2",
	    DB_TEXT(platform_id), DB_TEXT(deployment_id));

	if (which)
		return which;
	if (rows.count == 0)
		return fault(cx, FAULT_NO_DEPLOYMENT, "no such deployment");
	*out = from_row(&rows, 0);
	return FAULT_NONE;
}

enum fault
deployments_change(
    struct db_session *session, struct cx *cx, const struct deployment *d)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "UPDATE deployments SET organization_id = $3, allowed = $4"
	    " WHERE platform_id = $1 AND deployment_id = $2"
	    " RETURNING deployment_id",
	    DB_TEXT(d->platform_id), DB_TEXT(d->deployment_id),
	    DB_TEXT_OR_NULL(d->organization_id), DB_INTEGER(d->allowed));

	if (!which && rows.count == 0)
		return fault(
		    cx, FAULT_NO_DEPLOYMENT, "no deployment to change");
	return which;
}

enum fault
deployments_count(struct db_session *session, struct cx *cx,
    struct span platform_id, size_t *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT count(*) FROM deployments WHERE platform_id = $1",
	    DB_TEXT(platform_id));

	if (!which)
		*out = (size_t)db_integer(&rows, 0, 0);
	return which;
}
