/* people.c - who belongs to the tool and to its organisations
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/people.h"

#include "app/gateway.h"
#include "app/journal.h"
#include "base/cx.h"
#include "crypto/random.h"
#include "store/db.h"
#include "store/organizations.h"
#include "store/sessions.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum { NAME_MAX_BYTES = 200 };

/* One transaction's worth of work on one person. */
struct work {
	struct gateway *gateway;
	const struct caller *caller;
	struct span id;
	const struct people_change *change;
	struct user user;
	const struct json_t *before; /* as audit.h has it */
	bool made;                   /* just now */
	struct invite_link link;
	size_t ended;
};

/* --- what the caller may ------------------------------------------------- */

static bool
rules(const struct caller *caller, enum right right, struct span organization)
{
	for (size_t i = 0; i < caller->role_count; i++)
		if (span_equal(caller->roles[i].organization_id, organization))
			return rights_has(caller->roles[i].role, right);
	return false;
}

static bool
is_above(struct span staff_role)
{
	return span_is(staff_role, "owner") || span_is(staff_role, "admin");
}

/* Somebody the caller sees nothing of is not there. */
static enum fault
check_seen(struct cx *cx, const struct caller *caller, const struct user *user)
{
	if (rights_everywhere(caller, RIGHT_SEE_PEOPLE))
		return FAULT_NONE;
	for (size_t i = 0; i < user->role_count; i++)
		if (rules(caller, RIGHT_SEE_PEOPLE,
			user->roles[i].organization_id))
			return FAULT_NONE;
	return fault(cx, FAULT_NO_USER, "in no organisation of the caller's");
}

static enum fault
check_staff(struct cx *cx, const struct caller *caller, struct span staff_role)
{
	if (!is_above(staff_role) || caller->program ||
	    caller->staff == ROLE_OWNER)
		return FAULT_NONE;
	return fault_tell(cx, FAULT_NOT_ALLOWED,
	    "Only an owner decides about owners and admins of the tool");
}

/* About the person as a whole. */
static enum fault
check_whole(struct cx *cx, const struct caller *caller, const struct user *user)
{
	enum fault which = check_seen(cx, caller, user);

	if (!which)
		which = check_staff(cx, caller, user->role);
	if (which || rights_everywhere(caller, RIGHT_PEOPLE))
		return which;
	bool mine = user->role.length == 0;
	for (size_t i = 0; mine && i < user->role_count; i++)
		mine =
		    rules(caller, RIGHT_PEOPLE, user->roles[i].organization_id);
	return mine ? FAULT_NONE
		    : fault_tell(cx, FAULT_NOT_ALLOWED,
			  "This person belongs to more than your "
			  "organisation; you can change their role in yours");
}

/* Roles in organisations that are not the caller's are not shown. */
static void
hide_foreign(struct cx *cx, const struct caller *caller, struct user *user)
{
	struct user_role *shown;
	size_t count = 0;

	if (rights_everywhere(caller, RIGHT_SEE_PEOPLE))
		return;
	shown = arena_list(cx->arena, user->role_count, sizeof *shown);
	for (size_t i = 0; i < user->role_count; i++)
		if (rules(caller, RIGHT_SEE_PEOPLE,
			user->roles[i].organization_id))
			shown[count++] = user->roles[i];
	user->roles = shown;
	user->role_count = count;
	user->role = SPAN("");
}

/* --- reading ------------------------------------------------------------- */

struct list {
	struct user_filter filter;
	struct user_list *out;
};

static enum fault
read_list(struct db_session *session, struct cx *cx, void *arg)
{
	struct list *list = arg;
	int64_t total = 0;
	enum fault which = FAULT_NONE;

	if (list->filter.limit)
		which = users_count(session, cx, &list->filter, &total);
	if (!which)
		which = users_list(session, cx, &list->filter, list->out);
	if (!which)
		list->out->total = total;
	return which;
}

enum fault
people_list(struct gateway *gateway, struct cx *cx, const struct caller *caller,
    const struct user_filter *filter, struct user_list *out)
{
	struct list list = {*filter, out};

	if (!rights_everywhere(caller, RIGHT_SEE_PEOPLE))
		list.filter.reader = caller->person_id;
	enum fault which = db_read(gateway->db, cx, read_list, &list);
	for (size_t i = 0; !which && i < out->count; i++)
		hide_foreign(cx, caller, &out->at[i]);
	return which;
}

static enum fault
read_one(struct db_session *session, struct cx *cx, void *arg)
{
	struct work *work = arg;
	enum fault which = users_find(session, cx, work->id, &work->user);

	return which ? which : check_seen(cx, work->caller, &work->user);
}

enum fault
people_find(struct gateway *gateway, struct cx *cx, const struct caller *caller,
    struct span id, struct user *out)
{
	struct work work = {.caller = caller, .id = id};
	enum fault which = db_read(gateway->db, cx, read_one, &work);

	if (which)
		return which;
	hide_foreign(cx, caller, &work.user);
	*out = work.user;
	return FAULT_NONE;
}

/* --- changing ------------------------------------------------------------ */

/* Names and addresses are a person's: an event tells neither. */
static struct json_t *
audited(struct cx *cx, const struct user *user)
{
	struct json_t *object = jwrite_object(cx);
	struct json_t *roles = jwrite_inner_object(object, "organizations");

	jwrite_text(object, "role", user->role);
	for (size_t i = 0; i < user->role_count; i++)
		jwrite_text(roles,
		    arena_cstr(cx->arena, user->roles[i].organization_id),
		    user->roles[i].role);
	return object;
}

static enum fault
note(struct db_session *session, struct cx *cx, const char *what,
    const struct work *work, bool is_there)
{
	const struct user *user = &work->user;
	bool renamed = work->change && work->change->name.at;
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "person",
	    .message = what,
	    .fields = {{"user", user->id}, {"role", user->role},
		{renamed && work->before ? "name" : NULL, SPAN("changed")}},
	    .before = work->before,
	    .after = is_there ? audited(cx, user) : NULL,
	};
	return journal_add(session, cx, &entry);
}

static struct span
role_wished(const struct json_t *organizations, struct span id)
{
	for (size_t i = 0; i < jread_count(organizations); i++) {
		const struct json_t *item = jread_at(organizations, i);
		if (span_equal(
			jread_text_or(jread_member(item, "id"), SPAN("")), id))
			return jread_text_or(
			    jread_member(item, "role"), SPAN(""));
	}
	return SPAN("");
}

static bool
may_rule(const struct caller *caller, struct span organization)
{
	return rights_everywhere(caller, RIGHT_PEOPLE) ||
	       rules(caller, RIGHT_PEOPLE, organization);
}

static enum fault
add_wished(struct db_session *session, struct cx *cx, struct work *work)
{
	const struct json_t *wished = work->change->organizations;
	enum fault which = FAULT_NONE;

	for (size_t i = 0; !which && i < jread_count(wished); i++) {
		const struct json_t *item = jread_at(wished, i);
		struct span id =
		    jread_text_or(jread_member(item, "id"), SPAN(""));
		struct organization organization;
		cx->note.member = SPAN("organizations");
		if (!may_rule(work->caller, id))
			return fault(cx, FAULT_NO_ORGANIZATION, "not ruled");
		which = organizations_find(session, cx, id, &organization);
		if (!which)
			which = users_set_role(session, cx, work->user.id, id,
			    jread_text_or(
				jread_member(item, "role"), SPAN("")));
	}
	if (!which)
		cx->note.member = SPAN("");
	return which;
}

/* The list is whole: who is not in it any more leaves, of the organisations
 * that the caller decides about. */
static enum fault
set_roles(struct db_session *session, struct cx *cx, struct work *work)
{
	const struct user *user = &work->user;
	enum fault which = FAULT_NONE;

	if (!work->change->organizations)
		return FAULT_NONE;
	for (size_t i = 0; !which && i < user->role_count; i++) {
		struct span id = user->roles[i].organization_id;
		if (may_rule(work->caller, id) &&
		    !role_wished(work->change->organizations, id).length)
			which =
			    users_set_role(session, cx, user->id, id, SPAN(""));
	}
	return which ? which : add_wished(session, cx, work);
}

static enum fault
check_owner_stays(struct db_session *session, struct cx *cx)
{
	int64_t owners;
	enum fault which = users_count_owners(session, cx, &owners);

	if (!which && owners == 0)
		return fault(cx, FAULT_LAST_OWNER, "nobody would own it");
	return which;
}

static enum fault
check_role_wish(struct cx *cx, const struct work *work)
{
	struct span role = work->change->role;

	if (!role.at || span_equal(role, work->user.role))
		return FAULT_NONE;
	if (role.length && role_of_staff(role) == ROLE_NONE) {
		cx->note.member = SPAN("role");
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "role must be owner, admin, viewer or empty");
	}
	if (!rights_everywhere(work->caller, RIGHT_PEOPLE))
		return fault_tell(cx, FAULT_NOT_ALLOWED,
		    "Only staff of the tool decide about roles in the tool");
	enum fault which = check_staff(cx, work->caller, role);
	return which ? which : check_staff(cx, work->caller, work->user.role);
}

/* The members but the organisations. */
static enum fault
change_whole(struct db_session *session, struct cx *cx, struct work *work)
{
	const struct people_change *change = work->change;
	bool owned = span_is(work->user.role, "owner");
	enum fault which = FAULT_NONE;

	if (!change->name.at && !change->role.at)
		return FAULT_NONE;
	which = check_whole(cx, work->caller, &work->user);
	if (!which)
		which = check_role_wish(cx, work);
	if (which)
		return which;
	if (change->name.at)
		work->user.name = span_cut(change->name, NAME_MAX_BYTES);
	if (change->role.at)
		work->user.role = change->role;
	work->user.changed_at = cx->now;
	which = users_change(session, cx, &work->user);
	return which || !owned ? which : check_owner_stays(session, cx);
}

static enum fault
change_one(struct db_session *session, struct cx *cx, void *arg)
{
	struct work *work = arg;
	enum fault which = read_one(session, cx, work);

	if (which)
		return which;
	work->before = audited(cx, &work->user);
	which = change_whole(session, cx, work);
	if (!which)
		which = set_roles(session, cx, work);
	if (!which)
		which = users_find(session, cx, work->id, &work->user);
	return which ? which : note(session, cx, "person changed", work, true);
}

enum fault
people_change(struct gateway *gateway, struct cx *cx,
    const struct caller *caller, struct span id,
    const struct people_change *change, struct user *out)
{
	struct work work = {.caller = caller, .id = id, .change = change};
	enum fault which = db_write(gateway->db, cx, change_one, &work);

	if (which)
		return which;
	hide_foreign(cx, caller, &work.user);
	*out = work.user;
	return FAULT_NONE;
}

enum fault
people_rename_self(struct gateway *gateway, struct cx *cx,
    const struct caller *caller, struct span name, struct user *out)
{
	/* Nobody else's rights are needed for one's own name. */
	const struct caller self = {.program = true};
	const struct people_change change = {.name = name};

	return people_change(
	    gateway, cx, &self, caller->person_id, &change, out);
}

/* --- adding -------------------------------------------------------------- */

/* Whoever is there already joins, and keeps their password. */
static enum fault
find_or_make(struct db_session *session, struct cx *cx, struct work *work)
{
	const struct people_change *change = work->change;
	enum fault which =
	    users_find_email(session, cx, change->email, &work->user);

	work->made = false;
	work->link = (struct invite_link){.expires_at = 0};
	if (!which && rights_everywhere(work->caller, RIGHT_PEOPLE))
		return fault(cx, FAULT_USER_EXISTS, "the address is taken");
	if (!which)
		work->before = audited(cx, &work->user);
	if (which != FAULT_NO_USER)
		return which;
	work->before = NULL;
	work->user = (struct user){
	    .id = random_id(cx),
	    .email = change->email,
	    .name = span_cut(change->name, NAME_MAX_BYTES),
	    .role = change->role,
	    .created_at = cx->now,
	    .changed_at = cx->now,
	};
	work->made = true;
	which = check_staff(cx, work->caller, change->role);
	return which ? which : users_add(session, cx, &work->user);
}

static enum fault
add_one(struct db_session *session, struct cx *cx, void *arg)
{
	struct work *work = arg;
	enum fault which = find_or_make(session, cx, work);

	if (!which)
		which = add_wished(session, cx, work);
	/* Who was there before may belong to others too: a link would open
	 * what is theirs. */
	if (!which && work->made)
		which = invite_make(
		    session, cx, work->gateway, work->user.id, &work->link);
	if (!which)
		which = users_find(session, cx, work->user.id, &work->user);
	return which ? which : note(session, cx, "person invited", work, true);
}

static enum fault
check_addition(struct cx *cx, const struct work *work)
{
	const struct people_change *change = work->change;

	if (change->role.length && role_of_staff(change->role) == ROLE_NONE) {
		cx->note.member = SPAN("role");
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "role must be owner, admin, viewer or empty");
	}
	if (change->role.length &&
	    !rights_everywhere(work->caller, RIGHT_PEOPLE))
		return fault_tell(cx, FAULT_NOT_ALLOWED,
		    "Only staff of the tool decide about roles in the tool");
	if (change->role.length == 0 && !jread_count(change->organizations)) {
		cx->note.member = SPAN("organizations");
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "organizations or role must say where this person "
		    "belongs");
	}
	return FAULT_NONE;
}

enum fault
people_add(struct gateway *gateway, struct cx *cx, const struct caller *caller,
    const struct people_change *change, struct user *out,
    struct invite_link *link)
{
	struct people_change mended = *change;
	struct work work = {
	    .gateway = gateway, .caller = caller, .change = &mended};
	enum fault which = sign_in_read_email(cx, change->email, &mended.email);

	if (!mended.role.at)
		mended.role = SPAN("");
	if (!mended.name.at)
		mended.name = SPAN("");
	if (!which)
		which = check_addition(cx, &work);
	if (!which)
		which = db_write(gateway->db, cx, add_one, &work);
	if (which)
		return which;
	hide_foreign(cx, caller, &work.user);
	*out = work.user;
	*link = work.link;
	return FAULT_NONE;
}

/* --- removing, inviting, signing out ------------------------------------- */

static enum fault
remove_one(struct db_session *session, struct cx *cx, void *arg)
{
	struct work *work = arg;
	enum fault which = users_find(session, cx, work->id, &work->user);

	if (!which)
		which = check_whole(cx, work->caller, &work->user);
	work->before = audited(cx, &work->user);
	if (!which)
		which = users_remove(session, cx, work->id);
	if (!which && span_is(work->user.role, "owner"))
		which = check_owner_stays(session, cx);
	return which ? which : note(session, cx, "person removed", work, false);
}

enum fault
people_remove(struct gateway *gateway, struct cx *cx,
    const struct caller *caller, struct span id)
{
	struct work work = {.caller = caller, .id = id};
	return db_write(gateway->db, cx, remove_one, &work);
}

static enum fault
invite_one(struct db_session *session, struct cx *cx, void *arg)
{
	struct work *work = arg;
	enum fault which = users_find(session, cx, work->id, &work->user);

	if (!which)
		which = check_whole(cx, work->caller, &work->user);
	if (!which)
		which = invite_make(
		    session, cx, work->gateway, work->id, &work->link);
	return which ? which
		     : note(session, cx, "link made for a person", work, false);
}

enum fault
people_invite(struct gateway *gateway, struct cx *cx,
    const struct caller *caller, struct span id, struct invite_link *out)
{
	struct work work = {.gateway = gateway, .caller = caller, .id = id};
	enum fault which = db_write(gateway->db, cx, invite_one, &work);

	if (!which)
		*out = work.link;
	return which;
}

static enum fault
end_sessions(struct db_session *session, struct cx *cx, void *arg)
{
	struct work *work = arg;
	enum fault which = users_find(session, cx, work->id, &work->user);

	if (!which)
		which = check_whole(cx, work->caller, &work->user);
	if (!which)
		which = sessions_end_all(
		    session, cx, work->id, SPAN(""), &work->ended);
	return which ? which : note(session, cx, "sessions ended", work, false);
}

enum fault
people_end_sessions(struct gateway *gateway, struct cx *cx,
    const struct caller *caller, struct span id, size_t *ended)
{
	struct work work = {.caller = caller, .id = id};
	enum fault which = db_write(gateway->db, cx, end_sessions, &work);

	if (!which)
		*ended = work.ended;
	return which;
}
