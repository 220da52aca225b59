/* sign_in.c - who is at the portal
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/sign_in.h"

#include <string.h>

#include "app/gateway.h"
#include "app/journal.h"
#include "app/throttle.h"
#include "base/cx.h"
#include "crypto/password.h"
#include "crypto/random.h"
#include "store/db.h"

/* A session is marked as used at most this often: looking is not writing. */
enum { USE_STEP = 300, AGENT_MAX = 200, EMAIL_MAX = 254 };

/* --- what people type ---------------------------------------------------- */

enum fault
sign_in_read_email(struct cx *cx, struct span text, struct span *out)
{
	struct span email = arena_copy(cx->arena, span_trim(text));
	char *at = arena_take(cx->arena, email.length + 1);
	struct span rest = email, name;

	for (size_t i = 0; i < email.length; i++)
		at[i] = (char)(email.at[i] >= 'A' && email.at[i] <= 'Z'
				   ? email.at[i] + 32
				   : email.at[i]);
	if (email.length > EMAIL_MAX || span_has_control(email) ||
	    memchr(email.at, ' ', email.length) ||
	    !span_next(&rest, '@', &name) || !name.length || !rest.length ||
	    memchr(rest.at, '@', rest.length)) {
		cx->note.member = SPAN("email");
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "email must be an e-mail address such as ann@school.org");
	}
	*out = span_from(at, email.length);
	return FAULT_NONE;
}

static bool
is_one_letter(struct span text)
{
	for (size_t i = 1; i < text.length; i++)
		if (text.at[i] != text.at[0])
			return false;
	return true;
}

enum fault
sign_in_check_new_password(
    struct cx *cx, struct span email, struct span password)
{
	cx->note.member = SPAN("password");
	if (password.length < PASSWORD_MIN)
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "password must have at least %d characters; a sentence is "
		    "a good one",
		    PASSWORD_MIN);
	if (password.length > PASSWORD_MAX)
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "password must have at most %d bytes", PASSWORD_MAX);
	if (span_equal_nocase(password, email) || is_one_letter(password))
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "password is too easy to guess");
	cx->note.member = SPAN("");
	return FAULT_NONE;
}

/* --- with a password ----------------------------------------------------- */

struct found {
	struct span email;
	struct user user;
};

static enum fault
find_by_email(struct db_session *session, struct cx *cx, void *arg)
{
	struct found *found = arg;

	found->user = (struct user){.created_at = 0};
	return users_find_email(session, cx, found->email, &found->user);
}

/* Tries are counted for the address of the browser and for the person, so
 * that neither many names from one place nor one name from many places go
 * fast. */
static enum fault
pass_throttles(struct gateway *gateway, struct cx *cx, struct span email,
    struct span address)
{
	enum fault which = throttle_pass(gateway->sign_ins_from, cx, address);

	return which ? which : throttle_pass(gateway->sign_ins_of, cx, email);
}

/* The same for somebody who is not there: an event is a commit, whose time
 * would tell them apart. One address can have only so much written down. */
static void
note_refusal(struct gateway *gateway, struct cx *cx, const struct user *user,
    struct span address)
{
	struct fault_note note = cx->note;
	bool too_many =
	    throttle_pass(gateway->complaints, cx, address) != FAULT_NONE;
	const struct log_field fields[] = {{"user", user->id}, {0}};
	const struct journal_subject subject = {
	    .kind = "sign-in",
	    .fields = fields,
	    .log_only = too_many,
	};

	cx->note = note;
	journal_fault(gateway, cx, &subject, FAULT_SIGN_IN_REFUSED);
}

enum fault
sign_in_check(struct gateway *gateway, struct cx *cx,
    const struct sign_in_args *args, struct user *out)
{
	struct found found = {0};
	enum fault which = sign_in_read_email(cx, args->email, &found.email);

	if (!which)
		which = pass_throttles(gateway, cx, found.email, args->address);
	if (which)
		return which;
	which = db_read(gateway->db, cx, find_by_email, &found);
	if (which && which != FAULT_NO_USER)
		return which;
	/* Somebody who is not there has no hash, and takes as long. */
	if (!password_matches(cx, span_first(args->password, PASSWORD_MAX + 1),
		found.user.password_hash)) {
		which = fault(cx, FAULT_SIGN_IN_REFUSED, "no such pair");
		note_refusal(gateway, cx, &found.user, args->address);
		return which;
	}
	*out = found.user;
	return FAULT_NONE;
}

/* --- sessions ------------------------------------------------------------ */

enum fault
sign_in_open(struct db_session *session, struct cx *cx, struct span agent,
    struct sign_in *out)
{
	struct span cookie = random_secret(cx);
	const struct session row = {
	    .id = random_id(cx),
	    .token_hash = digest_text(cx, cookie),
	    .user_id = out->user.id,
	    .agent = span_cut(agent, AGENT_MAX),
	    .created_at = cx->now,
	    .used_at = cx->now,
	    .expires_at = cx->now + SESSION_LIFE,
	};
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "sign-in",
	    .message = "signed in",
	    .fields = {{"user", out->user.id}},
	};
	out->user.seen_at = cx->now;
	enum fault which = users_change(session, cx, &out->user);

	if (!which)
		which = sessions_add(session, cx, &row);
	if (!which)
		which = journal_add(session, cx, &entry);
	if (which)
		return which;
	out->session = row;
	out->cookie = cookie;
	return FAULT_NONE;
}

struct opening {
	struct span agent;
	struct span password_hash; /* as it was checked */
	struct sign_in *sign_in;
};

/* Somebody may have been removed, or given another password, since. */
static enum fault
open_session(struct db_session *session, struct cx *cx, void *arg)
{
	struct opening *opening = arg;
	struct user *user = &opening->sign_in->user;
	enum fault which = users_find(session, cx, user->id, user);

	if (!which && !span_equal(user->password_hash, opening->password_hash))
		which = fault(cx, FAULT_SIGN_IN_REFUSED, "changed meanwhile");
	return which ? which
		     : sign_in_open(
			   session, cx, opening->agent, opening->sign_in);
}

enum fault
sign_in_begin(struct gateway *gateway, struct cx *cx,
    const struct sign_in_args *args, struct sign_in *out)
{
	struct sign_in sign_in = {0};
	enum fault which = sign_in_check(gateway, cx, args, &sign_in.user);
	struct opening opening = {
	    args->agent, sign_in.user.password_hash, &sign_in};

	cx_wake(cx);
	if (!which)
		which = db_write(gateway->db, cx, open_session, &opening);
	if (!which)
		*out = sign_in;
	return which;
}

static enum fault
find_session(struct db_session *session, struct cx *cx, void *arg)
{
	struct sign_in *found = arg;
	enum fault which = sessions_find(
	    session, cx, digest_text(cx, found->cookie), &found->session);

	if (!which)
		which = users_find(
		    session, cx, found->session.user_id, &found->user);
	return which == FAULT_NO_USER ? fault_as(cx, FAULT_NOT_SIGNED_IN)
				      : which;
}

static enum fault
use_session(struct db_session *session, struct cx *cx, void *arg)
{
	const struct sign_in *found = arg;
	return sessions_use(session, cx, found->session.id);
}

enum fault
sign_in_find(struct gateway *gateway, struct cx *cx, struct span cookie,
    struct sign_in *out)
{
	struct sign_in found = {.cookie = cookie};
	enum fault which = db_read(gateway->db, cx, find_session, &found);

	if (which)
		return which;
	/* Late by minutes does no harm; a store that is full must not keep
	 * people from looking. */
	if (cx->now - found.session.used_at > USE_STEP &&
	    db_write(gateway->db, cx, use_session, &found))
		LOG_FOR(cx, LOG_WARN, "a session could not be marked as used",
		    {"session", found.session.id});
	*out = found;
	return FAULT_NONE;
}

struct ending {
	struct span user_id, session_id;
};

static enum fault
end_session(struct db_session *session, struct cx *cx, void *arg)
{
	const struct ending *ending = arg;
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "sign-in",
	    .message = "signed out",
	    .fields = {{"user", ending->user_id}},
	};
	enum fault which =
	    sessions_end(session, cx, ending->user_id, ending->session_id);

	return which ? which : journal_add(session, cx, &entry);
}

enum fault
sign_in_end(struct gateway *gateway, struct cx *cx, struct span user_id,
    struct span session_id)
{
	struct ending ending = {user_id, session_id};
	return db_write(gateway->db, cx, end_session, &ending);
}

/* --- another password ---------------------------------------------------- */

struct change {
	struct span agent, old_hash, new_hash;
	struct sign_in sign_in;
};

static enum fault
change_password(struct db_session *session, struct cx *cx, void *arg)
{
	struct change *change = arg;
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "person",
	    .message = "password changed",
	    .fields = {{"user", change->sign_in.user.id}},
	};
	struct user *now = &change->sign_in.user;
	size_t ended;
	enum fault which = users_find(session, cx, now->id, now);

	if (!which && !span_equal(now->password_hash, change->old_hash))
		which = fault(cx, FAULT_SIGN_IN_REFUSED, "changed meanwhile");
	now->password_hash = change->new_hash;
	now->changed_at = cx->now;
	if (!which)
		which = users_change(session, cx, now);
	/* This one too: somebody else may hold a copy of its cookie. */
	if (!which)
		which =
		    sessions_end_all(session, cx, now->id, SPAN(""), &ended);
	if (!which)
		which = journal_add(session, cx, &entry);
	return which
		   ? which
		   : sign_in_open(session, cx, change->agent, &change->sign_in);
}

enum fault
sign_in_change_password(struct gateway *gateway, struct cx *cx,
    const struct sign_in_args *current, struct span next, struct sign_in *out)
{
	struct change change = {.agent = current->agent};
	struct user *user = &change.sign_in.user;
	enum fault which = sign_in_check_new_password(cx, current->email, next);

	if (!which)
		which = sign_in_check(gateway, cx, current, user);
	if (which)
		return which;
	change.old_hash = user->password_hash;
	change.new_hash = password_hash(cx, next);
	which = db_write(gateway->db, cx, change_password, &change);
	if (!which)
		*out = change.sign_in;
	return which;
}

/* --- forged requests ----------------------------------------------------- */

static struct span
token_of(struct cx *cx, const struct secret_keys *keys, struct span cookie)
{
	unsigned char mac[DIGEST_SIZE];

	digest_hmac(&keys->portal, cookie, mac);
	return digest_text(cx, span_from(mac, sizeof mac));
}

struct span
sign_in_token(struct gateway *gateway, struct cx *cx, struct span cookie)
{
	const struct secret_keys *keys = secrets_hold(gateway->secrets);
	struct span token = token_of(cx, keys, cookie);

	secrets_let_go(gateway->secrets);
	return token;
}

struct token {
	struct span cookie, text;
};

static enum fault
compare_token(struct cx *cx, const struct secret_keys *keys, void *arg)
{
	const struct token *token = arg;

	if (digest_equal(token_of(cx, keys, token->cookie), token->text))
		return FAULT_NONE;
	return fault(cx, FAULT_CSRF_REFUSED, "no token of this session");
}

enum fault
sign_in_check_token(struct gateway *gateway, struct cx *cx, struct span cookie,
    struct span token)
{
	struct token given = {cookie, token};

	return secrets_try(
	    gateway->secrets, cx, compare_token, &given, FAULT_CSRF_REFUSED);
}

/* --- what they may do ---------------------------------------------------- */

struct caller
sign_in_caller_of(struct cx *cx, const struct user *user)
{
	struct caller_role *roles =
	    arena_list(cx->arena, user->role_count, sizeof *roles);

	for (size_t i = 0; i < user->role_count; i++)
		roles[i] = (struct caller_role){user->roles[i].organization_id,
		    role_of_organization(user->roles[i].role)};
	return (struct caller){
	    .person_id = user->id,
	    .staff = role_of_staff(user->role),
	    .roles = roles,
	    .role_count = user->role_count,
	};
}

struct caller
sign_in_caller(struct cx *cx, const struct sign_in *sign_in)
{
	struct caller caller = sign_in_caller_of(cx, &sign_in->user);

	caller.session_id = sign_in->session.id;
	return caller;
}
