/* customer_calls.c - organisations and their registration links
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/query.h"
#include "api/routes.h"
#include "app/gateway.h"
#include "app/journal.h"
#include "app/organization_end.h"
#include "app/ownership.h"
#include "base/cx.h"
#include "crypto/random.h"
#include "store/db.h"
#include "store/organizations.h"
#include "store/registration_links.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum { LINK_DAYS = 30, LINK_DAYS_MAX = 3650, DAY = 86400 };

/* --- organisations ------------------------------------------------------- */

static void
write_organization(struct json_t *item, const struct organization *row)
{
	jwrite_text(item, "id", row->id);
	jwrite_text(item, "name", row->name);
	call_write_time(item, "createdAt", row->created_at);
}

static enum fault
answer_organization(struct call *call, enum fault which, int status,
    const struct organization *row)
{
	if (which == FAULT_ORGANIZATION_EXISTS)
		call->cx->note.member = SPAN("name");
	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	write_organization(answer, row);
	call_answer(call, status, answer);
	return FAULT_NONE;
}

struct list {
	struct span reader;
	struct organization_list rows;
};

static enum fault
list(struct db_session *session, struct cx *cx, void *arg)
{
	struct list *wish = arg;
	return organizations_list(session, cx, wish->reader, &wish->rows);
}

enum fault
organizations_list_call(struct call *call)
{
	struct list wish = {.reader = rights_reader(&call->caller)};
	enum fault which = db_read(call->gateway->db, call->cx, list, &wish);

	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	struct json_t *items = jwrite_inner_array(answer, "organizations");
	for (size_t i = 0; i < wish.rows.count; i++)
		write_organization(jwrite_push_object(items), &wish.rows.at[i]);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}

static enum fault
note(struct db_session *session, struct cx *cx, const char *what,
    struct span id, struct span was, struct span is)
{
	struct json_t *before = jwrite_object(cx), *after = jwrite_object(cx);
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "organisation",
	    .message = what,
	    .organization_id = id,
	    .fields = {{"id", id}},
	    .before = before,
	    .after = after,
	};

	jwrite_text_if(before, "name", was);
	jwrite_text_if(after, "name", is);
	return journal_add(session, cx, &entry);
}

static enum fault
create(struct db_session *session, struct cx *cx, void *arg)
{
	const struct organization *row = arg;
	enum fault which = organizations_add(session, cx, row);

	return which ? which
		     : note(session, cx, "organisation added", row->id,
			   SPAN(""), row->name);
}

enum fault
organization_create_call(struct call *call)
{
	struct organization row = {
	    .id = random_id(call->cx),
	    .name = jread_text_or(jread_member(call->body, "name"), SPAN("")),
	    .created_at = call->cx->now,
	};

	return answer_organization(call,
	    db_write(call->gateway->db, call->cx, create, &row), 201, &row);
}

static enum fault
find(struct db_session *session, struct cx *cx, void *arg)
{
	struct organization *row = arg;
	return organizations_find(session, cx, row->id, row);
}

enum fault
organization_get_call(struct call *call)
{
	struct organization row = {.id = call_parameter(call, 0)};
	enum fault which = rights_check_in(
	    call->cx, &call->caller, RIGHT_SEE, row.id, FAULT_NO_ORGANIZATION);

	if (!which)
		which = db_read(call->gateway->db, call->cx, find, &row);
	return answer_organization(call, which, 200, &row);
}

static enum fault
rename_one(struct db_session *session, struct cx *cx, void *arg)
{
	struct organization *row = arg, was;
	enum fault which = organizations_find(session, cx, row->id, &was);

	if (!which)
		which = organizations_rename(session, cx, row->id, row->name);
	if (!which)
		which = organizations_find(session, cx, row->id, row);
	return which ? which
		     : note(session, cx, "organisation renamed", row->id,
			   was.name, row->name);
}

enum fault
organization_rename_call(struct call *call)
{
	struct organization row = {
	    .id = call_parameter(call, 0),
	    .name = jread_text_or(jread_member(call->body, "name"), SPAN("")),
	};

	return answer_organization(call,
	    db_write(call->gateway->db, call->cx, rename_one, &row), 200, &row);
}

static enum fault
remove_one(struct db_session *session, struct cx *cx, void *arg)
{
	struct span id = *(const struct span *)arg;
	struct organization was;
	enum fault which = organizations_find(session, cx, id, &was);

	if (!which)
		which = organizations_remove(session, cx, id);
	return which ? which
		     : note(session, cx, "organisation removed", id, was.name,
			   SPAN(""));
}

enum fault
organization_remove_call(struct call *call)
{
	static const char *const choices[] = {"false", "true", NULL};
	struct span id = call_parameter(call, 0);
	int everything = 0;
	enum fault which =
	    query_choice(call, "everything", choices, &everything);

	if (!which && everything)
		which = organization_end(call->gateway, call->cx, id);
	else if (!which)
		which = db_write(call->gateway->db, call->cx, remove_one, &id);

	if (!which)
		call_answer_nothing(call);
	return which;
}

/* --- registration links -------------------------------------------------- */

static void
write_link(struct json_t *item, const struct registration_link *row)
{
	jwrite_text(item, "id", row->id);
	jwrite_text(item, "organizationId", row->organization_id);
	jwrite_text(item, "label", row->label);
	jwrite_bool(item, "once", row->once);
	jwrite_bool(item, "activate", row->activate);
	jwrite_integer(item, "uses", row->uses);
	call_write_time(item, "createdAt", row->created_at);
	call_write_time(item, "expiresAt", row->expires_at);
}

struct link_list {
	struct span reader, organization_id;
	struct registration_link_list rows;
};

static enum fault
list_links(struct db_session *session, struct cx *cx, void *arg)
{
	struct link_list *wish = arg;
	return registration_links_list(
	    session, cx, wish->reader, wish->organization_id, &wish->rows);
}

enum fault
links_list_call(struct call *call)
{
	struct link_list wish = {.reader = rights_reader(&call->caller)};
	enum fault which = query_organization(call, &wish.organization_id);

	if (!which)
		which = db_read(call->gateway->db, call->cx, list_links, &wish);
	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	struct json_t *items = jwrite_inner_array(answer, "registrationLinks");
	for (size_t i = 0; i < wish.rows.count; i++)
		write_link(jwrite_push_object(items), &wish.rows.at[i]);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}

struct link_work {
	const struct caller *caller;
	struct registration_link row;
};

static enum fault
note_link(struct db_session *session, struct cx *cx,
    const struct registration_link *row, bool is_there)
{
	struct json_t *audited = jwrite_object(cx);
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "registration link",
	    .message = is_there ? "registration link made"
				: "registration link revoked",
	    .organization_id = row->organization_id,
	    .fields = {{"id", row->id}},
	    .before = is_there ? NULL : audited,
	    .after = is_there ? audited : NULL,
	};

	jwrite_text(audited, "label", row->label);
	jwrite_bool(audited, "once", row->once);
	jwrite_bool(audited, "activate", row->activate);
	call_write_time(audited, "expiresAt", row->expires_at);
	return journal_add(session, cx, &entry);
}

static enum fault
create_link(struct db_session *session, struct cx *cx, void *arg)
{
	const struct link_work *work = arg;
	const struct registration_link *row = &work->row;
	enum fault which = ownership_check_gift(
	    session, cx, work->caller, row->organization_id);

	if (!which)
		which = registration_links_add(session, cx, row);
	return which ? which : note_link(session, cx, row, true);
}

static enum fault
read_days(struct call *call, int64_t *expires_at)
{
	int64_t days = LINK_DAYS;

	(void)jread_integer(jread_member(call->body, "expiresInDays"), &days);
	if (days > LINK_DAYS_MAX)
		return fault_tell(call->cx, FAULT_PARAMETER_REFUSED,
		    "expiresInDays must be at most %d", LINK_DAYS_MAX);
	*expires_at = days ? call->cx->now + days * DAY : 0;
	return FAULT_NONE;
}

enum fault
link_create_call(struct call *call)
{
	struct cx *cx = call->cx;
	struct span token = random_id(cx);
	struct link_work work = {.caller = &call->caller};
	struct registration_link *row = &work.row;
	*row = (struct registration_link){
	    .id = random_id(cx),
	    .organization_id = jread_text_or(
		jread_member(call->body, "organizationId"), SPAN("")),
	    .token_hash = digest_text(cx, token),
	    .label = jread_text_or(jread_member(call->body, "label"), SPAN("")),
	    .once = jread_bool_or(jread_member(call->body, "once"), true),
	    .activate =
		jread_bool_or(jread_member(call->body, "activate"), false),
	    .created_at = cx->now,
	};
	enum fault which = read_days(call, &row->expires_at);

	if (!which)
		which = db_write(call->gateway->db, cx, create_link, &work);
	if (which)
		return which;
	struct json_t *answer = jwrite_object(cx);
	write_link(answer, row);
	jwrite_text(answer, "url",
	    arena_printf(cx->arena, "%.*s/lti/register?link=%.*s",
		SPAN_ARGS(call->gateway->public_url), SPAN_ARGS(token)));
	call_answer(call, 201, answer);
	return FAULT_NONE;
}

static enum fault
remove_link(struct db_session *session, struct cx *cx, void *arg)
{
	struct link_work *work = arg;
	struct span id = work->row.id;
	enum fault which =
	    registration_links_find_id(session, cx, id, &work->row);

	if (!which)
		which = rights_check_in(cx, work->caller, RIGHT_REGISTER,
		    work->row.organization_id, FAULT_NO_LINK);
	if (!which)
		which = registration_links_remove(session, cx, id);
	return which ? which : note_link(session, cx, &work->row, false);
}

enum fault
link_remove_call(struct call *call)
{
	struct link_work work = {
	    .caller = &call->caller, .row = {.id = call_parameter(call, 0)}};
	enum fault which =
	    db_write(call->gateway->db, call->cx, remove_link, &work);

	if (!which)
		call_answer_nothing(call);
	return which;
}
