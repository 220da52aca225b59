/* session_calls.c - signing in to the portal, and one's own account
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/portal_session.h"
#include "api/routes.h"
#include "app/gateway.h"
#include "app/invite.h"
#include "app/people.h"
#include "app/sign_in.h"
#include "app/throttle.h"
#include "app/tool.h"
#include "base/cx.h"
#include "store/db.h"
#include "json/jread.h"
#include "json/jwrite.h"

static struct span
member(const struct call *call, const char *name)
{
	return jread_text_or(jread_member(call->body, name), SPAN(""));
}

/* --- who is signed in ---------------------------------------------------- */

/* What a page needs before anybody signed in. */
static enum fault
write_tool(struct call *call, struct json_t *answer)
{
	const struct json_t *settings;
	enum fault which = tool_find(call->gateway, call->cx, &settings);

	if (which)
		return which;
	struct json_t *tool = jwrite_inner_object(answer, "tool");
	jwrite_text(tool, "name",
	    jread_text_or(jread_member(settings, "name"), SPAN("")));
	jwrite_text_if(tool, "logoUrl",
	    jread_text_or(jread_member(settings, "logoUrl"), SPAN("")));
	jwrite_bool(answer, "password", true);
	jwrite_text_if(answer, "oidc", provider_name(call->gateway->provider));
	return FAULT_NONE;
}

static enum fault
answer_session(struct call *call, const struct sign_in *sign_in)
{
	struct json_t *answer = jwrite_object(call->cx);

	jwrite_bool(answer, "signedIn", sign_in != NULL);
	if (sign_in) {
		jwrite_text(answer, "csrfToken",
		    sign_in_token(call->gateway, call->cx, sign_in->cookie));
		portal_session_write_user(
		    jwrite_inner_object(answer, "user"), &sign_in->user);
	}
	enum fault which = write_tool(call, answer);
	if (!which)
		call_answer(call, 200, answer);
	return which;
}

enum fault
session_get_call(struct call *call)
{
	struct span cookie = portal_session_cookie(call);
	struct sign_in sign_in;

	if (!cookie.at)
		return answer_session(call, NULL);
	enum fault which =
	    sign_in_find(call->gateway, call->cx, cookie, &sign_in);
	if (which == FAULT_NOT_SIGNED_IN) {
		portal_session_forget(call);
		return answer_session(call, NULL);
	}
	return which ? which : answer_session(call, &sign_in);
}

enum fault
session_begin_call(struct call *call)
{
	const struct sign_in_args args = {
	    .email = member(call, "email"),
	    .password = member(call, "password"),
	    .address = span_of(call->request->peer),
	    .agent = request_header(call->request, "User-Agent"),
	};
	struct sign_in sign_in;
	enum fault which = portal_session_check_origin(call);

	if (!which)
		which = sign_in_begin(call->gateway, call->cx, &args, &sign_in);
	if (which)
		return which;
	portal_session_keep(call, &sign_in);
	return answer_session(call, &sign_in);
}

/* --- links --------------------------------------------------------------- */

enum fault
invitation_look_call(struct call *call)
{
	struct invite_facts facts = {0};
	enum fault which = throttle_pass(call->gateway->sign_ins_from, call->cx,
	    span_of(call->request->peer));

	if (!which)
		which = invite_find(
		    call->gateway, call->cx, member(call, "token"), &facts);
	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	jwrite_text_if(answer, "email", facts.user.email);
	jwrite_text_if(answer, "name", facts.user.name);
	jwrite_bool(answer, "first", facts.user.id.length == 0);
	call_write_time(answer, "expiresAt", facts.invitation.expires_at);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}

enum fault
invitation_accept_call(struct call *call)
{
	const struct invite_args args = {
	    .token = member(call, "token"),
	    .password = member(call, "password"),
	    .name = member(call, "name"),
	    .email = member(call, "email"),
	    .agent = request_header(call->request, "User-Agent"),
	};
	struct sign_in sign_in;
	enum fault which = portal_session_check_origin(call);

	if (!which)
		which = throttle_pass(call->gateway->sign_ins_from, call->cx,
		    span_of(call->request->peer));
	if (!which)
		which = invite_accept(call->gateway, call->cx, &args, &sign_in);
	if (which)
		return which;
	portal_session_keep(call, &sign_in);
	return answer_session(call, &sign_in);
}

/* --- one's own account --------------------------------------------------- */

/* An API key has no account. */
static enum fault
check_person(struct call *call)
{
	return call->caller.person_id.length
		   ? FAULT_NONE
		   : fault_tell(call->cx, FAULT_NOT_ALLOWED,
			 "Only a person who is signed in has an account");
}

enum fault
session_end_call(struct call *call)
{
	enum fault which = check_person(call);

	if (!which)
		which = sign_in_end(call->gateway, call->cx,
		    call->caller.person_id, call->caller.session_id);
	if (which)
		return which;
	portal_session_forget(call);
	call_answer_nothing(call);
	return FAULT_NONE;
}

struct list {
	struct span user_id;
	struct session_list rows;
};

static enum fault
read_sessions(struct db_session *session, struct cx *cx, void *arg)
{
	struct list *list = arg;
	return sessions_list(session, cx, list->user_id, &list->rows);
}

enum fault
sessions_list_call(struct call *call)
{
	struct list list = {.user_id = call->caller.person_id};
	enum fault which = check_person(call);

	if (!which)
		which =
		    db_read(call->gateway->db, call->cx, read_sessions, &list);
	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	struct json_t *items = jwrite_inner_array(answer, "sessions");
	for (size_t i = 0; i < list.rows.count; i++) {
		const struct session *row = &list.rows.at[i];
		struct json_t *item = jwrite_push_object(items);
		jwrite_text(item, "id", row->id);
		jwrite_text(item, "agent", row->agent);
		jwrite_bool(item, "current",
		    span_equal(row->id, call->caller.session_id));
		call_write_time(item, "createdAt", row->created_at);
		call_write_time(item, "usedAt", row->used_at);
		call_write_time(item, "expiresAt", row->expires_at);
	}
	call_answer(call, 200, answer);
	return FAULT_NONE;
}

enum fault
session_remove_call(struct call *call)
{
	enum fault which = check_person(call);

	if (!which)
		which = sign_in_end(call->gateway, call->cx,
		    call->caller.person_id, call_parameter(call, 0));
	if (!which)
		call_answer_nothing(call);
	return which;
}

enum fault
password_change_call(struct call *call)
{
	struct user self;
	enum fault which = check_person(call);

	if (!which)
		which = people_find(call->gateway, call->cx,
		    &(struct caller){.program = true}, call->caller.person_id,
		    &self);
	if (which)
		return which;
	const struct sign_in_args current = {
	    .email = self.email,
	    .password = member(call, "current"),
	    .address = span_of(call->request->peer),
	    .agent = request_header(call->request, "User-Agent"),
	};
	struct sign_in sign_in;
	which = sign_in_change_password(call->gateway, call->cx, &current,
	    member(call, "password"), &sign_in);
	if (which)
		return which;
	portal_session_keep(call, &sign_in);
	call_answer_nothing(call);
	return FAULT_NONE;
}

enum fault
profile_change_call(struct call *call)
{
	struct user self;
	enum fault which = check_person(call);

	if (!which)
		which = people_rename_self(call->gateway, call->cx,
		    &call->caller, member(call, "name"), &self);
	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	portal_session_write_user(answer, &self);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}
