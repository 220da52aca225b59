/* registration_links.c - registration URLs that prove an organisation
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/registration_links.h"

#include "base/cx.h"
#include "store/db.h"

#define COLUMNS                                                                \
	"id, organization_id, token_hash, label, once, activate, uses,"        \
	" expires_at, created_at"

static struct registration_link
from_row(const struct db_rows *rows, size_t row)
{
	return (struct registration_link){
	    .id = db_text(rows, row, 0),
	    .organization_id = db_text(rows, row, 1),
	    .token_hash = db_text(rows, row, 2),
	    .label = db_text(rows, row, 3),
	    .once = db_integer(rows, row, 4),
	    .activate = db_integer(rows, row, 5),
	    .uses = db_integer(rows, row, 6),
	    .expires_at = db_integer(rows, row, 7),
	    .created_at = db_integer(rows, row, 8),
	};
}

enum fault
registration_links_add(struct db_session *session, struct cx *cx,
    const struct registration_link *link)
{
	return DB_RUN(session, cx, NULL,
	    "INSERT INTO registration_links (" COLUMNS ")"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
	    DB_TEXT(link->id), DB_TEXT(link->organization_id),
	    DB_TEXT(link->token_hash), DB_TEXT(link->label),
	    DB_INTEGER(link->once), DB_INTEGER(link->activate),
	    DB_INTEGER(link->uses), DB_INTEGER(link->expires_at),
	    DB_INTEGER(link->created_at));
}

enum fault
registration_links_list(struct db_session *session, struct cx *cx,
    struct span reader, struct span organization_id,
    struct registration_link_list *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM registration_links"
	    " WHERE ($1 = '' OR organization_id IN (SELECT organization_id"
	    " FROM organization_people WHERE user_id = $1))"
	    " AND ($2 = '' OR organization_id = $2)"
	    " ORDER BY created_at DESC, id",
	    DB_TEXT(reader), DB_TEXT(organization_id));

	if (which)
		return which;
	struct registration_link *list =
	    arena_list(cx->arena, rows.count, sizeof *list);
	for (size_t i = 0; i < rows.count; i++)
		list[i] = from_row(&rows, i);
	*out = (struct registration_link_list){list, rows.count};
	return FAULT_NONE;
}

enum fault
registration_links_find_id(struct db_session *session, struct cx *cx,
    struct span id, struct registration_link *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM registration_links WHERE id = $1",
	    DB_TEXT(id));

	if (!which && rows.count == 0)
		return fault(cx, FAULT_NO_LINK, "no such link");
	if (!which)
		*out = from_row(&rows, 0);
	return which;
}

enum fault
registration_links_remove(
    struct db_session *session, struct cx *cx, struct span id)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "DELETE FROM registration_links WHERE id = $1 RETURNING id",
	    DB_TEXT(id));

	if (!which && rows.count == 0)
		return fault(cx, FAULT_NO_LINK, "no link to remove");
	return which;
}

#define USABLE                                                                 \
	" AND (expires_at = 0 OR expires_at > $2) AND (once = 0 OR uses = 0)"

enum fault
registration_links_find(struct db_session *session, struct cx *cx,
    struct span token_hash, struct registration_link *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM registration_links"
	    " WHERE token_hash = $1" USABLE,
	    DB_TEXT(token_hash), DB_INTEGER(cx->now));

	if (which)
		return which;
	if (rows.count == 0)
		return fault(cx, FAULT_LINK_REFUSED,
		    "no usable registration link has this token");
	*out = from_row(&rows, 0);
	return FAULT_NONE;
}

enum fault
registration_links_use(
    struct db_session *session, struct cx *cx, struct span id)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "UPDATE registration_links SET uses = uses + 1"
	    " WHERE id = $1" USABLE " RETURNING id",
	    DB_TEXT(id), DB_INTEGER(cx->now));

	if (!which && rows.count == 0)
		return fault(cx, FAULT_LINK_REFUSED,
		    "the registration link was used up meanwhile");
	return which;
}

enum fault
registration_links_unuse(
    struct db_session *session, struct cx *cx, struct span id)
{
	return DB_RUN(session, cx, NULL,
	    "UPDATE registration_links SET uses = uses - 1"
	    " WHERE id = $1 AND uses > 0",
	    DB_TEXT(id));
}
