/* registrations.c - Dynamic Registrations in progress
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/registrations.h"

#include "base/clock.h"
#include "base/cx.h"
#include "store/db.h"

#define COLUMNS                                                                \
	"id_hash, handle, state, replay, token_hash, reference, issuer,"       \
	" family, version, sealed, privacy_level, organization_id,"            \
	" claimed_organization, link_id, started_from, close_hash,"            \
	" platform_id, client_id, fault, created_at, changed_at, expires_at,"  \
	" step, person_id, code"

static struct registration
from_row(const struct db_rows *rows, size_t row)
{
	return (struct registration){
	    .id_hash = db_text(rows, row, 0),
	    .handle = db_text(rows, row, 1),
	    .state = db_text(rows, row, 2),
	    .replay = db_text(rows, row, 3),
	    .token_hash = db_text(rows, row, 4),
	    .reference = db_text(rows, row, 5),
	    .issuer = db_text(rows, row, 6),
	    .family = db_text(rows, row, 7),
	    .version = db_text(rows, row, 8),
	    .sealed = db_text(rows, row, 9),
	    .privacy_level = db_text(rows, row, 10),
	    .organization_id = db_text(rows, row, 11),
	    .claimed_organization = db_text(rows, row, 12),
	    .link_id = db_text(rows, row, 13),
	    .started_from = db_text(rows, row, 14),
	    .close_hash = db_text(rows, row, 15),
	    .platform_id = db_text(rows, row, 16),
	    .client_id = db_text(rows, row, 17),
	    .fault = db_text(rows, row, 18),
	    .created_at = db_integer(rows, row, 19),
	    .changed_at = db_integer(rows, row, 20),
	    .expires_at = db_integer(rows, row, 21),
	    .step = db_text(rows, row, 22),
	    .person_id = db_text(rows, row, 23),
	    .code = db_text(rows, row, 24),
	};
}

static enum fault
token_taken(struct cx *cx, enum fault which)
{
	if (which != FAULT_STORE_CONFLICT)
		return which;
	return fault(cx, FAULT_TOKEN_ALREADY_USED,
	    "another registration with this token was sent");
}

enum fault
registrations_add(
    struct db_session *session, struct cx *cx, const struct registration *r)
{
	return token_taken(cx,
	    DB_RUN(session, cx, NULL,
		"INSERT INTO registrations (" COLUMNS ") VALUES ($1, $2, $3,"
		" $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,"
		" $17, $18, $19, $20, $21, $22, $23, '', $24)",
		DB_TEXT(r->id_hash), DB_TEXT(r->handle), DB_TEXT(r->state),
		DB_TEXT_OR_NULL(r->replay), DB_TEXT(r->token_hash),
		DB_TEXT(r->reference), DB_TEXT(r->issuer), DB_TEXT(r->family),
		DB_TEXT(r->version), DB_TEXT(r->sealed),
		DB_TEXT(r->privacy_level), DB_TEXT_OR_NULL(r->organization_id),
		DB_TEXT(r->claimed_organization), DB_TEXT_OR_NULL(r->link_id),
		DB_TEXT(r->started_from), DB_NULL, DB_NULL,
		DB_TEXT(r->client_id), DB_TEXT(r->fault),
		DB_INTEGER(r->created_at), DB_INTEGER(r->changed_at),
		DB_INTEGER(r->expires_at), DB_TEXT(r->step), DB_TEXT(r->code)));
}

enum fault
registrations_check_token(
    struct db_session *session, struct cx *cx, struct span token_hash)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT 1 FROM registrations WHERE replay = $1 LIMIT 1",
	    DB_TEXT(token_hash));

	if (!which && rows.count)
		return fault(cx, FAULT_TOKEN_ALREADY_USED,
		    "a registration with this token was sent before");
	return which;
}

enum fault
registrations_find_waiting(struct db_session *session, struct cx *cx,
    struct span id_hash, struct span handle, struct registration *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM registrations"
	    " WHERE (id_hash = $1 OR handle = $2) AND state = 'waiting'"
	    " AND expires_at > $3",
	    DB_TEXT(id_hash), DB_TEXT(handle), DB_INTEGER(cx->now));

	if (which)
		return which;
	if (rows.count == 0)
		return fault(cx, FAULT_NO_REGISTRATION,
		    "no registration waits under this id");
	*out = from_row(&rows, 0);
	return FAULT_NONE;
}

enum fault
registrations_find_any(struct db_session *session, struct cx *cx,
    struct span handle, struct registration *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM registrations"
	    " WHERE handle = $1 AND created_at > $2 AND expires_at > $3",
	    DB_TEXT(handle), DB_INTEGER(cx->now - REGISTRATION_LIFE),
	    DB_INTEGER(cx->now));

	if (!which && rows.count == 0)
		return fault(cx, FAULT_NO_REGISTRATION, "none of this hour");
	if (!which)
		*out = from_row(&rows, 0);
	return which;
}

enum fault
registrations_list(struct db_session *session, struct cx *cx,
    struct span reader, struct span organization_id,
    struct registration_list *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM registrations"
	    " WHERE (state = 'waiting' OR state = 'sent') AND expires_at > $1"
	    " AND ($2 = '' OR organization_id IN (SELECT organization_id"
	    " FROM organization_people WHERE user_id = $2))"
	    " AND ($3 = '' OR organization_id = $3)"
	    " ORDER BY created_at DESC, handle LIMIT 1000",
	    DB_INTEGER(cx->now), DB_TEXT(reader), DB_TEXT(organization_id));

	if (which)
		return which;
	struct registration *list =
	    arena_list(cx->arena, rows.count, sizeof *list);
	for (size_t i = 0; i < rows.count; i++)
		list[i] = from_row(&rows, i);
	*out = (struct registration_list){list, rows.count};
	return FAULT_NONE;
}

/* A step that must find its row as it expects it. */
static enum fault
stepped(struct cx *cx, enum fault which, const struct db_rows *rows)
{
	if (!which && rows->count == 0)
		return fault(cx, FAULT_NO_REGISTRATION,
		    "the registration is no longer in that state");
	return which;
}

enum fault
registrations_ask(struct db_session *session, struct cx *cx,
    struct span id_hash, struct span organization_id)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "UPDATE registrations SET step = 'approval', changed_at = $2,"
	    " organization_id = COALESCE($3, organization_id)"
	    " WHERE id_hash = $1 AND state = 'waiting' AND step = 'confirm'"
	    " AND expires_at > $2 RETURNING id_hash",
	    DB_TEXT(id_hash), DB_INTEGER(cx->now),
	    DB_TEXT_OR_NULL(organization_id));

	return stepped(cx, which, &rows);
}

enum fault
registrations_sign(struct db_session *session, struct cx *cx,
    struct span id_hash, struct span person_id)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "UPDATE registrations SET person_id = $3"
	    " WHERE id_hash = $1 AND state = 'waiting' AND step = 'confirm'"
	    " AND person_id = '' AND expires_at > $2 RETURNING id_hash",
	    DB_TEXT(id_hash), DB_INTEGER(cx->now), DB_TEXT(person_id));

	return stepped(cx, which, &rows);
}

enum fault
registrations_send(
    struct db_session *session, struct cx *cx, struct span id_hash)
{
	struct db_rows rows;
	enum fault which = token_taken(cx,
	    DB_RUN(session, cx, &rows,
		"UPDATE registrations SET state = 'sent', changed_at = $2,"
		" expires_at = $3,"
		" replay = CASE token_hash WHEN '' THEN NULL ELSE token_hash"
		" END WHERE id_hash = $1 AND state = 'waiting'"
		" AND expires_at > $2 RETURNING id_hash",
		DB_TEXT(id_hash), DB_INTEGER(cx->now),
		DB_INTEGER(cx->now + REGISTRATION_TRACE)));

	return stepped(cx, which, &rows);
}

enum fault
registrations_give_back(struct db_session *session, struct cx *cx,
    struct span id_hash, struct span fault_name, bool waits)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "UPDATE registrations SET state = $3, replay = NULL, fault = $4,"
	    " changed_at = $2, expires_at = created_at + $5"
	    " WHERE id_hash = $1 AND state = 'sent' RETURNING id_hash",
	    DB_TEXT(id_hash), DB_INTEGER(cx->now),
	    DB_TEXT(waits ? SPAN("waiting") : SPAN("refused")),
	    DB_TEXT(fault_name), DB_INTEGER(REGISTRATION_LIFE));

	return stepped(cx, which, &rows);
}

enum fault
registrations_complete(struct db_session *session, struct cx *cx,
    struct span id_hash, struct span platform_id, struct span client_id,
    struct span close_hash)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "UPDATE registrations SET state = 'completed', sealed = '',"
	    " fault = '', platform_id = $3, client_id = $4, close_hash = $5,"
	    " changed_at = $2, expires_at = $6"
	    " WHERE id_hash = $1 AND state = 'sent' RETURNING id_hash",
	    DB_TEXT(id_hash), DB_INTEGER(cx->now), DB_TEXT(platform_id),
	    DB_TEXT(client_id), DB_TEXT_OR_NULL(close_hash),
	    DB_INTEGER(cx->now + REGISTRATION_TRACE));

	return stepped(cx, which, &rows);
}

enum fault
registrations_refuse(struct db_session *session, struct cx *cx,
    struct span id_hash, struct span fault_name, struct span client_id)
{
	struct db_rows rows;
	/* With a client id the LMS holds a tool: the token is used up. */
	enum fault which = DB_RUN(session, cx, &rows,
	    "UPDATE registrations SET state = 'refused', sealed = '',"
	    " fault = $3, client_id = $4, changed_at = $2,"
	    " replay = CASE $4 WHEN '' THEN NULL ELSE replay END"
	    " WHERE id_hash = $1 AND state = 'sent' RETURNING id_hash",
	    DB_TEXT(id_hash), DB_INTEGER(cx->now), DB_TEXT(fault_name),
	    DB_TEXT(client_id));

	return stepped(cx, which, &rows);
}

enum fault
registrations_leave(struct db_session *session, struct cx *cx,
    struct span id_hash, struct span fault_name)
{
	return DB_RUN(session, cx, NULL,
	    "UPDATE registrations SET fault = $3, sealed = '', changed_at = $2"
	    " WHERE id_hash = $1 AND state = 'sent'",
	    DB_TEXT(id_hash), DB_INTEGER(cx->now), DB_TEXT(fault_name));
}

enum fault
registrations_reject(struct db_session *session, struct cx *cx,
    struct span id_hash, struct span close_hash)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "UPDATE registrations SET state = 'rejected', sealed = '',"
	    " close_hash = $3, changed_at = $2"
	    " WHERE id_hash = $1 AND state = 'waiting' AND expires_at > $2"
	    " RETURNING id_hash",
	    DB_TEXT(id_hash), DB_INTEGER(cx->now), DB_TEXT(close_hash));

	return stepped(cx, which, &rows);
}

enum fault
registrations_close(
    struct db_session *session, struct cx *cx, struct span close_hash)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "UPDATE registrations SET close_hash = NULL"
	    " WHERE close_hash = $1 RETURNING id_hash",
	    DB_TEXT(close_hash));

	if (!which && rows.count == 0)
		return fault(cx, FAULT_CLOSE_USED, "no such closing page");
	return which;
}

enum fault
registrations_expire(
    struct db_session *session, struct cx *cx, int64_t max, size_t *deleted)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "DELETE FROM registrations WHERE id_hash IN (SELECT id_hash"
	    " FROM registrations WHERE expires_at <= $1 LIMIT $2)"
	    " RETURNING 1",
	    DB_INTEGER(cx->now - CLOCK_SKEW), DB_INTEGER(max));

	if (!which)
		*deleted = rows.count;
	return which;
}
