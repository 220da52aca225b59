/* leases.c - what one of many instances holds for a while
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/leases.h"

#include "base/clock.h"
#include "base/cx.h"
#include "store/db.h"

/* One that ends later than any clock could have said was taken by a clock that
 * was wrong: nobody waits for it. */
enum fault
leases_take(struct db_session *session, struct cx *cx,
    const struct lease *lease, bool *mine)
{
	struct db_rows rows;
	int64_t until = cx->now + lease->seconds + CLOCK_SKEW;
	enum fault which = DB_RUN(session, cx, &rows,
	    "INSERT INTO leases (name, holder, held_until, host, secrets)"
	    " VALUES ($1, $2, $3, $6, $7)"
	    " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder,"
	    " held_until = excluded.held_until, host = excluded.host,"
	    " secrets = excluded.secrets"
	    " WHERE leases.holder = excluded.holder"
	    " OR leases.held_until <= $4 OR leases.held_until > $5"
	    " RETURNING name",
	    DB_TEXT(lease->name), DB_TEXT(lease->holder), DB_INTEGER(until),
	    DB_INTEGER(cx->now), DB_INTEGER(until + CLOCK_SKEW),
	    DB_TEXT(lease->host.length ? lease->host : SPAN("")),
	    DB_TEXT(lease->secrets.length ? lease->secrets : SPAN("")));

	if (!which)
		*mine = rows.count == 1;
	return which;
}

enum fault
leases_give_up(struct db_session *session, struct cx *cx, struct span name,
    struct span holder)
{
	return DB_RUN(session, cx, NULL,
	    "DELETE FROM leases WHERE holder = $2 AND ($1 = '' OR name = $1)",
	    DB_TEXT(name), DB_TEXT(holder));
}

enum fault
leases_list(struct db_session *session, struct cx *cx, struct span prefix,
    struct lease_list *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT name, holder, host, secrets FROM leases"
	    " WHERE name LIKE $1 AND held_until > $2 ORDER BY host, name",
	    DB_TEXT(arena_printf(cx->arena, "%.*s%%", SPAN_ARGS(prefix))),
	    DB_INTEGER(cx->now));

	if (which)
		return which;
	out->count = rows.count;
	out->at = arena_list(cx->arena, rows.count, sizeof *out->at);
	for (size_t i = 0; i < rows.count; i++)
		out->at[i] = (struct lease){
		    .name = db_text(&rows, i, 0),
		    .holder = db_text(&rows, i, 1),
		    .host = db_text(&rows, i, 2),
		    .secrets = db_text(&rows, i, 3),
		};
	return FAULT_NONE;
}

enum fault
leases_expire(
    struct db_session *session, struct cx *cx, int64_t max, size_t *deleted)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "DELETE FROM leases WHERE name IN (SELECT name FROM leases"
	    " WHERE held_until <= $1 LIMIT $2) RETURNING 1",
	    DB_INTEGER(cx->now), DB_INTEGER(max));

	if (!which)
		*deleted = rows.count;
	return which;
}
