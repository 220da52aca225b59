/* invitations.c - links that let a person choose a password, once
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/invitations.h"

#include "base/clock.h"
#include "base/cx.h"
#include "store/db.h"

enum fault
invitations_remove(
    struct db_session *session, struct cx *cx, struct span user_id)
{
	return DB_RUN(session, cx, NULL,
	    "DELETE FROM invitations WHERE user_id IS NOT DISTINCT FROM $1",
	    DB_TEXT_OR_NULL(user_id));
}

enum fault
invitations_add(struct db_session *session, struct cx *cx,
    const struct invitation *invitation)
{
	enum fault which = invitations_remove(session, cx, invitation->user_id);

	return which ? which
		     : DB_RUN(session, cx, NULL,
			   "INSERT INTO invitations"
			   " (token_hash, user_id, created_at, expires_at)"
			   " VALUES ($1, $2, $3, $4)",
			   DB_TEXT(invitation->token_hash),
			   DB_TEXT_OR_NULL(invitation->user_id),
			   DB_INTEGER(invitation->created_at),
			   DB_INTEGER(invitation->expires_at));
}

enum fault
invitations_find(struct db_session *session, struct cx *cx,
    struct span token_hash, struct invitation *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT user_id, created_at, expires_at FROM invitations"
	    " WHERE token_hash = $1 AND expires_at > $2",
	    DB_TEXT(token_hash), DB_INTEGER(cx->now));

	if (which)
		return which;
	if (rows.count == 0)
		return fault(cx, FAULT_NO_INVITATION, "no open invitation");
	*out = (struct invitation){
	    .token_hash = token_hash,
	    .user_id = db_text(&rows, 0, 0),
	    .created_at = db_integer(&rows, 0, 1),
	    .expires_at = db_integer(&rows, 0, 2),
	};
	return FAULT_NONE;
}

enum fault
invitations_expire(
    struct db_session *session, struct cx *cx, int64_t max, size_t *deleted)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "DELETE FROM invitations WHERE token_hash IN (SELECT token_hash"
	    " FROM invitations WHERE expires_at <= $1 LIMIT $2) RETURNING 1",
	    DB_INTEGER(cx->now - CLOCK_SKEW), DB_INTEGER(max));

	if (!which)
		*deleted = rows.count;
	return which;
}
