/* organizations.c - customers of the tool
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/organizations.h"

#include "base/cx.h"
#include "store/db.h"

#define COLUMNS "id, name, created_at"

static struct organization
from_row(const struct db_rows *rows, size_t row)
{
	return (struct organization){
	    .id = db_text(rows, row, 0),
	    .name = db_text(rows, row, 1),
	    .created_at = db_integer(rows, row, 2),
	};
}

static enum fault
name_taken(struct cx *cx, enum fault which)
{
	if (which != FAULT_STORE_CONFLICT)
		return which;
	return fault(cx, FAULT_ORGANIZATION_EXISTS, "the name is taken");
}

enum fault
organizations_add(struct db_session *session, struct cx *cx,
    const struct organization *organization)
{
	return name_taken(cx,
	    DB_RUN(session, cx, NULL,
		"INSERT INTO organizations (" COLUMNS ") VALUES ($1, $2, $3)",
		DB_TEXT(organization->id), DB_TEXT(organization->name),
		DB_INTEGER(organization->created_at)));
}

enum fault
organizations_find(struct db_session *session, struct cx *cx, struct span id,
    struct organization *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM organizations WHERE id = $1", DB_TEXT(id));

	if (which)
		return which;
	if (rows.count == 0)
		return fault(cx, FAULT_NO_ORGANIZATION, "no organisation");
	*out = from_row(&rows, 0);
	return FAULT_NONE;
}

enum fault
organizations_list(struct db_session *session, struct cx *cx,
    struct span reader, struct organization_list *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM organizations"
	    " WHERE ($1 = '' OR id IN (SELECT organization_id"
	    " FROM organization_people WHERE user_id = $1))"
	    " ORDER BY name, id",
	    DB_TEXT(reader));

	if (which)
		return which;
	struct organization *list =
	    arena_list(cx->arena, rows.count, sizeof *list);
	for (size_t i = 0; i < rows.count; i++)
		list[i] = from_row(&rows, i);
	*out = (struct organization_list){list, rows.count};
	return FAULT_NONE;
}

enum fault
organizations_rename(
    struct db_session *session, struct cx *cx, struct span id, struct span name)
{
	struct db_rows rows;
	enum fault which = name_taken(cx,
	    DB_RUN(session, cx, &rows,
		"UPDATE organizations SET name = $2 WHERE id = $1 RETURNING id",
		DB_TEXT(id), DB_TEXT(name)));

	if (!which && rows.count == 0)
		return fault(cx, FAULT_NO_ORGANIZATION, "none to rename");
	return which;
}

enum fault
organizations_remove(struct db_session *session, struct cx *cx, struct span id)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT 1 FROM platforms WHERE organization_id = $1"
	    " UNION ALL SELECT 1 FROM deployments WHERE organization_id = $1"
	    " UNION ALL SELECT 1 FROM content WHERE organization_id = $1"
	    " LIMIT 1",
	    DB_TEXT(id));

	if (which)
		return which;
	if (rows.count)
		return fault(cx, FAULT_ORGANIZATION_IN_USE,
		    "it owns platforms or content");
	which = DB_RUN(session, cx, &rows,
	    "DELETE FROM organizations WHERE id = $1 RETURNING id",
	    DB_TEXT(id));
	if (!which && rows.count == 0)
		return fault(cx, FAULT_NO_ORGANIZATION, "none to remove");
	return which;
}
