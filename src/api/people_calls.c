/* people_calls.c - the people of the tool and of its organisations
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/portal_session.h"
#include "api/query.h"
#include "api/routes.h"
#include "app/people.h"
#include "base/cx.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum { PEOPLE_PAGE_MAX = 500 };

static enum fault
read_filter(struct call *call, struct user_filter *filter)
{
	static const char *const kinds[] = {"all", "staff", "members", NULL};
	int kind = USER_ANY;
	enum fault which =
	    call_query(call, "organizationId", &filter->organization_id);

	if (!which)
		which = call_query(call, "search", &filter->search);
	if (!which)
		which = query_choice(call, "kind", kinds, &kind);
	if (!which)
		which = query_number(
		    call, "limit", 1, PEOPLE_PAGE_MAX, &filter->limit);
	if (!which)
		which =
		    query_number(call, "offset", 0, INT32_MAX, &filter->offset);
	filter->kind = (enum user_kind)kind;
	return which;
}

enum fault
users_list_call(struct call *call)
{
	struct user_filter filter = {0};
	struct user_list rows;
	enum fault which = read_filter(call, &filter);

	if (!which)
		which = people_list(
		    call->gateway, call->cx, &call->caller, &filter, &rows);
	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	struct json_t *items = jwrite_inner_array(answer, "users");
	for (size_t i = 0; i < rows.count; i++)
		portal_session_write_user(
		    jwrite_push_object(items), &rows.at[i]);
	if (filter.limit)
		jwrite_integer(answer, "total", rows.total);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}

static enum fault
name_member(struct call *call, enum fault which)
{
	if (which == FAULT_USER_EXISTS)
		call->cx->note.member = SPAN("email");
	return which;
}

static enum fault
answer_user(struct call *call, enum fault which, const struct user *user)
{
	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	portal_session_write_user(answer, user);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}

enum fault
user_get_call(struct call *call)
{
	struct user user;
	enum fault which = people_find(call->gateway, call->cx, &call->caller,
	    call_parameter(call, 0), &user);

	return answer_user(call, which, &user);
}

static struct span
member(const struct call *call, const char *name)
{
	return jread_text_or(jread_member(call->body, name), SPAN_NONE);
}

static struct people_change
read_change(const struct call *call)
{
	return (struct people_change){
	    .email = member(call, "email"),
	    .name = member(call, "name"),
	    .role = member(call, "role"),
	    .organizations = jread_member(call->body, "organizations"),
	};
}

static void
write_link(struct json_t *object, const struct invite_link *link)
{
	jwrite_text(object, "url", link->url);
	call_write_time(object, "expiresAt", link->expires_at);
}

enum fault
user_create_call(struct call *call)
{
	const struct people_change change = read_change(call);
	struct user user;
	struct invite_link link = {0};
	enum fault which = people_add(
	    call->gateway, call->cx, &call->caller, &change, &user, &link);

	if (which)
		return name_member(call, which);
	struct json_t *answer = jwrite_object(call->cx);
	portal_session_write_user(answer, &user);
	if (link.url.length)
		write_link(jwrite_inner_object(answer, "invitation"), &link);
	call_answer(call, 201, answer);
	return FAULT_NONE;
}

enum fault
user_patch_call(struct call *call)
{
	const struct people_change change = read_change(call);
	struct user user;
	enum fault which = people_change(call->gateway, call->cx, &call->caller,
	    call_parameter(call, 0), &change, &user);

	return answer_user(call, which, &user);
}

enum fault
user_remove_call(struct call *call)
{
	enum fault which = people_remove(
	    call->gateway, call->cx, &call->caller, call_parameter(call, 0));

	if (!which)
		call_answer_nothing(call);
	return which;
}

enum fault
user_invite_call(struct call *call)
{
	struct invite_link link;
	enum fault which = people_invite(call->gateway, call->cx, &call->caller,
	    call_parameter(call, 0), &link);

	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	write_link(answer, &link);
	call_answer(call, 201, answer);
	return FAULT_NONE;
}

enum fault
user_end_sessions_call(struct call *call)
{
	size_t ended;
	enum fault which = people_end_sessions(call->gateway, call->cx,
	    &call->caller, call_parameter(call, 0), &ended);

	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	jwrite_integer(answer, "ended", (int64_t)ended);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}
