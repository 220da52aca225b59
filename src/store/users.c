/* users.c - the people who use the portal, and their organisations
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/users.h"

#include "base/cx.h"
#include "store/db.h"
#include "store/like.h"

#define COLUMNS                                                                \
	"id, email, name, role, password_hash, subject, created_at,"           \
	" changed_at, seen_at"

static struct user
from_row(const struct db_rows *rows, size_t row)
{
	return (struct user){
	    .id = db_text(rows, row, 0),
	    .email = db_text(rows, row, 1),
	    .name = db_text(rows, row, 2),
	    .role = db_text(rows, row, 3),
	    .password_hash = db_text(rows, row, 4),
	    .subject = db_text(rows, row, 5),
	    .created_at = db_integer(rows, row, 6),
	    .changed_at = db_integer(rows, row, 7),
	    .seen_at = db_integer(rows, row, 8),
	};
}

static enum fault
email_taken(struct cx *cx, enum fault which)
{
	if (which != FAULT_STORE_CONFLICT)
		return which;
	return fault(cx, FAULT_USER_EXISTS, "the e-mail address is taken");
}

enum fault
users_add(struct db_session *session, struct cx *cx, const struct user *user)
{
	return email_taken(cx,
	    DB_RUN(session, cx, NULL,
		"INSERT INTO users (" COLUMNS ")"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		DB_TEXT(user->id), DB_TEXT(user->email), DB_TEXT(user->name),
		DB_TEXT(user->role), DB_TEXT(user->password_hash),
		DB_TEXT_OR_NULL(user->subject), DB_INTEGER(user->created_at),
		DB_INTEGER(user->changed_at), DB_INTEGER(user->seen_at)));
}

/* --- finding ------------------------------------------------------------- */

static enum fault
add_roles(struct db_session *session, struct cx *cx, struct user *user)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT o.id, o.name, p.role FROM organization_people p"
	    " JOIN organizations o ON o.id = p.organization_id"
	    " WHERE p.user_id = $1 ORDER BY o.name, o.id",
	    DB_TEXT(user->id));

	if (which)
		return which;
	struct user_role *roles =
	    arena_list(cx->arena, rows.count, sizeof *roles);
	for (size_t i = 0; i < rows.count; i++)
		roles[i] = (struct user_role){db_text(&rows, i, 0),
		    db_text(&rows, i, 1), db_text(&rows, i, 2)};
	user->roles = roles;
	user->role_count = rows.count;
	return FAULT_NONE;
}

static enum fault
find_one(struct db_session *session, struct cx *cx, enum fault which,
    const struct db_rows *rows, struct user *out)
{
	if (which)
		return which;
	if (rows->count == 0)
		return fault(cx, FAULT_NO_USER, "no such person");
	struct user user = from_row(rows, 0);
	which = add_roles(session, cx, &user);
	if (!which)
		*out = user;
	return which;
}

enum fault
users_find(
    struct db_session *session, struct cx *cx, struct span id, struct user *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM users WHERE id = $1", DB_TEXT(id));

	return find_one(session, cx, which, &rows, out);
}

enum fault
users_find_email(struct db_session *session, struct cx *cx, struct span email,
    struct user *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM users WHERE email = $1", DB_TEXT(email));

	return find_one(session, cx, which, &rows, out);
}

enum fault
users_find_subject(struct db_session *session, struct cx *cx,
    struct span subject, struct user *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS " FROM users WHERE subject = $1",
	    DB_TEXT(subject));

	return find_one(session, cx, which, &rows, out);
}

#define MATCHING                                                               \
	" FROM users WHERE ($1 = '' OR id IN (SELECT p.user_id"                \
	" FROM organization_people p WHERE p.organization_id = $1"             \
	" AND ($3 = '' OR p.organization_id IN (SELECT mine.organization_id"   \
	" FROM organization_people mine"                                       \
	" WHERE mine.user_id = $3 AND mine.role = 'admin'))))"                 \
	" AND ($2 = '' OR lower(email) LIKE $2 ESCAPE '!'"                     \
	" OR lower(name) LIKE $2 ESCAPE '!')"                                  \
	" AND ($3 = '' OR id IN (SELECT p.user_id"                             \
	" FROM organization_people p JOIN organization_people mine"            \
	" ON mine.organization_id = p.organization_id"                         \
	" WHERE mine.user_id = $3 AND mine.role = 'admin'))"                   \
	" AND ($4 <> 1 OR role <> '')"                                         \
	" AND ($4 <> 2 OR id IN (SELECT user_id FROM organization_people))"

enum fault
users_count(struct db_session *session, struct cx *cx,
    const struct user_filter *f, int64_t *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT count(*)" MATCHING, DB_TEXT(f->organization_id),
	    DB_TEXT(like_pattern(cx, f->search)), DB_TEXT(f->reader),
	    DB_INTEGER(f->kind));

	if (!which)
		*out = db_integer(&rows, 0, 0);
	return which;
}

enum fault
users_list(struct db_session *session, struct cx *cx,
    const struct user_filter *f, struct user_list *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT " COLUMNS MATCHING " ORDER BY email LIMIT $5 OFFSET $6",
	    DB_TEXT(f->organization_id), DB_TEXT(like_pattern(cx, f->search)),
	    DB_TEXT(f->reader), DB_INTEGER(f->kind),
	    DB_INTEGER(f->limit ? f->limit : DB_ROWS_MAX),
	    DB_INTEGER(f->offset));

	if (which)
		return which;
	struct user *list = arena_list(cx->arena, rows.count, sizeof *list);
	for (size_t i = 0; !which && i < rows.count; i++) {
		list[i] = from_row(&rows, i);
		which = add_roles(session, cx, &list[i]);
	}
	if (!which)
		*out = (struct user_list){.at = list, .count = rows.count};
	return which;
}

/* --- changing ------------------------------------------------------------ */

enum fault
users_change(struct db_session *session, struct cx *cx, const struct user *user)
{
	struct db_rows rows;
	enum fault which = email_taken(cx,
	    DB_RUN(session, cx, &rows,
		"UPDATE users SET email = $2, name = $3, role = $4,"
		" password_hash = $5, subject = $6, changed_at = $7,"
		" seen_at = $8 WHERE id = $1 RETURNING id",
		DB_TEXT(user->id), DB_TEXT(user->email), DB_TEXT(user->name),
		DB_TEXT(user->role), DB_TEXT(user->password_hash),
		DB_TEXT_OR_NULL(user->subject), DB_INTEGER(user->changed_at),
		DB_INTEGER(user->seen_at)));

	if (!which && rows.count == 0)
		return fault(cx, FAULT_NO_USER, "nobody to change");
	return which;
}

enum fault
users_remove(struct db_session *session, struct cx *cx, struct span id)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "DELETE FROM users WHERE id = $1 RETURNING id", DB_TEXT(id));

	if (!which && rows.count == 0)
		return fault(cx, FAULT_NO_USER, "nobody to remove");
	return which;
}

enum fault
users_count_owners(struct db_session *session, struct cx *cx, int64_t *out)
{
	struct db_rows rows;
	enum fault which = db_run(session, cx,
	    "SELECT count(*) FROM users WHERE role = 'owner'", NULL, 0, &rows);

	if (!which)
		*out = db_integer(&rows, 0, 0);
	return which;
}

enum fault
users_set_role(struct db_session *session, struct cx *cx, struct span id,
    struct span organization_id, struct span role)
{
	if (role.length == 0)
		return DB_RUN(session, cx, NULL,
		    "DELETE FROM organization_people"
		    " WHERE user_id = $1 AND organization_id = $2",
		    DB_TEXT(id), DB_TEXT(organization_id));
	return DB_RUN(session, cx, NULL,
	    "INSERT INTO organization_people"
	    " (user_id, organization_id, role, created_at)"
	    " VALUES ($1, $2, $3, $4)"
	    " ON CONFLICT (user_id, organization_id)"
	    " DO UPDATE SET role = excluded.role",
	    DB_TEXT(id), DB_TEXT(organization_id), DB_TEXT(role),
	    DB_INTEGER(cx->now));
}
