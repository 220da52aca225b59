/* registered.c - what each LMS was told of the tool
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/registered.h"

#include "base/clock.h"
#include "base/cx.h"
#include "store/db.h"

/* --- bases --------------------------------------------------------------- */

enum fault
registered_add_basis(struct db_session *session, struct cx *cx,
    const struct registered_basis *basis)
{
	return DB_RUN(session, cx, NULL,
	    "INSERT INTO registration_bases (basis_id, basis_document,"
	    " expected, settings_mark) VALUES ($1, $2, $3, $4)"
	    " ON CONFLICT (basis_id) DO NOTHING",
	    DB_TEXT(basis->id), DB_TEXT(basis->document),
	    DB_TEXT(basis->expected), DB_TEXT(basis->mark));
}

enum fault
registered_list_stale(struct db_session *session, struct cx *cx,
    struct span mark, int64_t limit, struct registered_basis_list *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT basis_id, basis_document FROM registration_bases"
	    " WHERE settings_mark <> $1 LIMIT $2",
	    DB_TEXT(mark), DB_INTEGER(limit));

	if (which)
		return which;
	struct registered_basis *list =
	    arena_list(cx->arena, rows.count, sizeof *list);
	for (size_t i = 0; i < rows.count; i++)
		list[i] = (struct registered_basis){
		    .id = db_text(&rows, i, 0),
		    .document = db_text(&rows, i, 1),
		};
	*out = (struct registered_basis_list){list, rows.count};
	return FAULT_NONE;
}

enum fault
registered_expect(struct db_session *session, struct cx *cx,
    const struct registered_basis *basis)
{
	return DB_RUN(session, cx, NULL,
	    "UPDATE registration_bases SET expected = $2, settings_mark = $3"
	    " WHERE basis_id = $1",
	    DB_TEXT(basis->id), DB_TEXT(basis->expected), DB_TEXT(basis->mark));
}

enum fault
registered_tidy(struct db_session *session, struct cx *cx, struct span mark)
{
	return DB_RUN(session, cx, NULL,
	    "DELETE FROM registration_bases WHERE settings_mark <> $1"
	    " AND basis_id NOT IN (SELECT basis FROM registered_with)",
	    DB_TEXT(mark));
}

/* --- platforms ----------------------------------------------------------- */

enum fault
registered_keep(struct db_session *session, struct cx *cx,
    const struct registered *registered)
{
	return DB_RUN(session, cx, NULL,
	    "INSERT INTO registered_with (platform_id, basis, sent, managed,"
	    " update_state, update_problem, waiting, updated_at, busy_until)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)"
	    " ON CONFLICT (platform_id) DO UPDATE SET basis = excluded.basis,"
	    " sent = excluded.sent, managed = excluded.managed,"
	    " update_state = excluded.update_state,"
	    " update_problem = excluded.update_problem,"
	    " waiting = excluded.waiting, updated_at = excluded.updated_at,"
	    " busy_until = 0",
	    DB_TEXT(registered->platform_id), DB_TEXT(registered->basis),
	    DB_TEXT(registered->sent), DB_INTEGER(registered->managed),
	    DB_TEXT(registered->state), DB_TEXT(registered->problem),
	    DB_TEXT(registered->waiting), DB_INTEGER(registered->updated_at));
}

enum fault
registered_find(struct db_session *session, struct cx *cx,
    struct span platform_id, struct registered *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT basis, sent, managed, update_state, update_problem,"
	    " waiting, updated_at, basis_document, expected, settings_mark"
	    " FROM registered_with JOIN registration_bases"
	    " ON basis_id = basis WHERE platform_id = $1",
	    DB_TEXT(platform_id));

	if (which)
		return which;
	if (rows.count == 0)
		return fault(cx, FAULT_UPDATE_NOT_OFFERED,
		    "nothing is kept of how this platform was registered");
	*out = (struct registered){
	    .platform_id = platform_id,
	    .basis = db_text(&rows, 0, 0),
	    .sent = db_text(&rows, 0, 1),
	    .managed = db_integer(&rows, 0, 2),
	    .state = db_text(&rows, 0, 3),
	    .problem = db_text(&rows, 0, 4),
	    .waiting = db_text(&rows, 0, 5),
	    .updated_at = db_integer(&rows, 0, 6),
	    .found = {.id = db_text(&rows, 0, 0),
		.document = db_text(&rows, 0, 7),
		.expected = db_text(&rows, 0, 8),
		.mark = db_text(&rows, 0, 9)},
	};
	return FAULT_NONE;
}

/* As with leases: a clock that was wrong holds nobody up. */
enum fault
registered_claim(
    struct db_session *session, struct cx *cx, struct span platform_id)
{
	struct db_rows rows;
	int64_t until = cx->now + REGISTERED_BUSY;
	enum fault which = DB_RUN(session, cx, &rows,
	    "UPDATE registered_with SET busy_until = $2"
	    " WHERE platform_id = $1 AND (busy_until <= $3 OR busy_until > $4)"
	    " RETURNING 1",
	    DB_TEXT(platform_id), DB_INTEGER(until), DB_INTEGER(cx->now),
	    DB_INTEGER(until + CLOCK_SKEW));

	if (!which && rows.count == 0)
		return fault(cx, FAULT_UPDATE_UNDER_WAY,
		    "another update of this platform is under way");
	return which;
}
