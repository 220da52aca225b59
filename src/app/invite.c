/* invite.c - links with which people choose their password
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/invite.h"

#include "app/gateway.h"
#include "app/journal.h"
#include "base/cx.h"
#include "crypto/password.h"
#include "crypto/random.h"
#include "store/db.h"

enum { NAME_MAX_BYTES = 200 };

enum fault
invite_make(struct db_session *session, struct cx *cx,
    const struct gateway *gateway, struct span user_id, struct invite_link *out)
{
	struct span token = random_secret(cx);
	const struct invitation invitation = {
	    .token_hash = digest_text(cx, token),
	    .user_id = user_id,
	    .created_at = cx->now,
	    .expires_at = cx->now + INVITATION_LIFE,
	};
	enum fault which = invitations_add(session, cx, &invitation);

	if (which)
		return which;
	out->url = arena_printf(cx->arena, "%.*s/portal#/invitation/%.*s",
	    SPAN_ARGS(gateway->public_url), SPAN_ARGS(token));
	out->expires_at = invitation.expires_at;
	return FAULT_NONE;
}

/* --- the first owner ----------------------------------------------------- */

struct first {
	const struct gateway *gateway;
	struct invite_link link;
};

static enum fault
make_first(struct db_session *session, struct cx *cx, void *arg)
{
	struct first *first = arg;
	int64_t owners;
	enum fault which = users_count_owners(session, cx, &owners);

	first->link = (struct invite_link){.expires_at = 0};
	if (which || owners)
		return which;
	return invite_make(session, cx, first->gateway, SPAN(""), &first->link);
}

enum fault
invite_first_owner(
    struct gateway *gateway, struct cx *cx, struct invite_link *out)
{
	struct first first = {.gateway = gateway};
	enum fault which = db_write(gateway->db, cx, make_first, &first);

	if (!which)
		*out = first.link;
	return which;
}

/* --- looking at one ------------------------------------------------------ */

static enum fault
find_facts(struct db_session *session, struct cx *cx, struct span token,
    struct invite_facts *out)
{
	int64_t owners = 0;
	enum fault which = invitations_find(
	    session, cx, digest_text(cx, token), &out->invitation);

	if (which)
		return which;
	if (out->invitation.user_id.length)
		return users_find(
		    session, cx, out->invitation.user_id, &out->user);
	/* Whoever came first is the owner. */
	which = users_count_owners(session, cx, &owners);
	if (!which && owners)
		return fault(cx, FAULT_NO_INVITATION, "there is an owner");
	return which;
}

struct look {
	struct span token;
	struct invite_facts facts;
};

static enum fault
look(struct db_session *session, struct cx *cx, void *arg)
{
	struct look *wish = arg;
	return find_facts(session, cx, wish->token, &wish->facts);
}

enum fault
invite_find(struct gateway *gateway, struct cx *cx, struct span token,
    struct invite_facts *out)
{
	struct look wish = {.token = token};
	enum fault which = db_read(gateway->db, cx, look, &wish);

	if (!which)
		*out = wish.facts;
	return which;
}

/* --- using one ----------------------------------------------------------- */

struct acceptance {
	const struct invite_args *args;
	struct span email; /* of the first owner */
	struct span password_hash;
	struct sign_in sign_in;
};

static enum fault
keep_person(struct db_session *session, struct cx *cx,
    struct acceptance *acceptance, struct user *user)
{
	bool first = user->id.length == 0;

	if (first)
		*user = (struct user){
		    .id = random_id(cx),
		    .email = acceptance->email,
		    .role = SPAN("owner"),
		    .created_at = cx->now,
		};
	if (acceptance->args->name.length)
		user->name = span_cut(acceptance->args->name, NAME_MAX_BYTES);
	user->password_hash = acceptance->password_hash;
	user->changed_at = cx->now;
	return first ? users_add(session, cx, user)
		     : users_change(session, cx, user);
}

static enum fault
accept(struct db_session *session, struct cx *cx, void *arg)
{
	struct acceptance *acceptance = arg;
	struct user *user = &acceptance->sign_in.user;
	struct invite_facts facts = {0};
	size_t ended;
	enum fault which =
	    find_facts(session, cx, acceptance->args->token, &facts);

	if (which)
		return which;
	*user = facts.user;
	which = keep_person(session, cx, acceptance, user);
	if (!which)
		which =
		    invitations_remove(session, cx, facts.invitation.user_id);
	if (!which)
		which =
		    sessions_end_all(session, cx, user->id, SPAN(""), &ended);
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "person",
	    .message = "invitation accepted",
	    .fields = {{"user", user->id}},
	};
	if (!which)
		which = journal_add(session, cx, &entry);
	return which ? which
		     : sign_in_open(session, cx, acceptance->args->agent,
			   &acceptance->sign_in);
}

enum fault
invite_accept(struct gateway *gateway, struct cx *cx,
    const struct invite_args *args, struct sign_in *out)
{
	struct acceptance acceptance = {.args = args};
	struct invite_facts facts = {0};
	enum fault which = invite_find(gateway, cx, args->token, &facts);

	if (which)
		return which;
	acceptance.email = facts.user.email;
	if (!facts.user.id.length)
		which = sign_in_read_email(cx, args->email, &acceptance.email);
	if (!which)
		which = sign_in_check_new_password(
		    cx, acceptance.email, args->password);
	if (which)
		return which;
	/* Before the transaction: nobody waits for it. */
	acceptance.password_hash = password_hash(cx, args->password);
	which = db_write(gateway->db, cx, accept, &acceptance);
	if (!which)
		*out = acceptance.sign_in;
	return which;
}
