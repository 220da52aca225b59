/* content_calls.c - courses and assignments
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/content_json.h"
#include "api/content_owner.h"
#include "api/routes.h"
#include "app/content_record.h"
#include "app/directory.h"
#include "app/gateway.h"
#include "app/journal.h"
#include "base/cx.h"
#include "crypto/random.h"
#include "lti/content_body.h"
#include "store/db.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum { LIST_LIMIT = 100, LIST_MAX = 500, OFFSET_MAX = 1000000000 };

/* --- listing ------------------------------------------------------------- */

static enum fault
query_number(struct call *call, const char *name, int64_t max, int64_t *out)
{
	struct span text;
	enum fault which = call_query(call, name, &text);

	if (which || !text.at)
		return which;
	if (!span_number(text, max, out))
		return fault_tell(call->cx, FAULT_PARAMETER_REFUSED,
		    "%s must be a whole number, at most %lld", name,
		    (long long)max);
	return FAULT_NONE;
}

/* parentId is absent: all; empty: what stands in no course. */
static enum fault
read_filter(struct call *call, struct content_filter *filter)
{
	const struct {
		const char *name;
		struct span *out;
	} texts[] = {
	    {"organizationId", &filter->organization_id},
	    {"parentId", &filter->parent_id},
	    {"search", &filter->search},
	};
	enum fault which = FAULT_NONE;

	for (size_t i = 0; !which && i < sizeof texts / sizeof *texts; i++)
		which = call_query(call, texts[i].name, texts[i].out);
	if (!which)
		which = query_number(call, "limit", LIST_MAX, &filter->limit);
	if (!which)
		which =
		    query_number(call, "offset", OFFSET_MAX, &filter->offset);
	filter->place = !filter->parent_id.at      ? CONTENT_ANYWHERE
			: filter->parent_id.length ? CONTENT_IN
						   : CONTENT_AT_TOP;
	filter->search = span_trim(filter->search);
	return which;
}

struct list {
	struct content_filter filter;
	struct content_list rows;
};

static enum fault
list(struct db_session *session, struct cx *cx, void *arg)
{
	struct list *wish = arg;
	return content_list(session, cx, &wish->filter, &wish->rows);
}

enum fault
content_list_call(struct call *call)
{
	struct list wish = {.filter = {.limit = LIST_LIMIT,
				.reader = rights_reader(&call->caller)}};
	enum fault which = read_filter(call, &wish.filter);

	if (!which)
		which = db_read(call->gateway->db, call->cx, list, &wish);
	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	struct json_t *items = jwrite_inner_array(answer, "content");
	for (size_t i = 0; i < wish.rows.count; i++)
		content_json_write(
		    call->cx, jwrite_push_object(items), &wish.rows.at[i]);
	jwrite_integer(answer, "total", wish.rows.total);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}

/* --- one ----------------------------------------------------------------- */

struct work {
	struct call *call;
	const struct json_t *settings;
	struct content wish; /* what is to be added */
	struct content content;
	const char *done;            /* for the event */
	const struct json_t *before; /* as audit.h has it */
};

static enum fault
finish(struct call *call, int status, enum fault which,
    const struct content *content)
{
	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	content_json_write(call->cx, answer, content);
	call_answer(call, status, answer);
	return FAULT_NONE;
}

static struct json_t *
audited(struct cx *cx, const struct content *content)
{
	static const char *const not_told[] = {
	    "id", "count", "createdAt", "changedAt"};
	struct json_t *object = jwrite_object(cx);

	content_json_write(cx, object, content);
	for (size_t i = 0; i < sizeof not_told / sizeof *not_told; i++)
		jwrite_remove(object, not_told[i]);
	return object;
}

static enum fault
note(struct db_session *session, struct cx *cx, const struct work *work,
    bool is_there)
{
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "content",
	    .message = work->done,
	    .organization_id = work->content.organization_id,
	    .fields = {{"id", work->content.id},
		{"organization", work->content.organization_id},
		{"title", work->content.title}},
	    .before = work->before,
	    .after = is_there ? audited(cx, &work->content) : NULL,
	};
	return journal_add(session, cx, &entry);
}

/* What another organisation owns is as if it were not there. */
static enum fault
find(struct db_session *session, struct cx *cx, struct work *work,
    enum right right)
{
	struct call *call = work->call;
	enum fault which =
	    content_find(session, cx, call_parameter(call, 0), &work->content);

	if (!which)
		which = rights_check_in(cx, &call->caller, right,
		    work->content.organization_id, FAULT_NO_CONTENT);
	if (!which)
		work->before = audited(cx, &work->content);
	return which;
}

static enum fault
get(struct db_session *session, struct cx *cx, void *arg)
{
	return find(session, cx, arg, RIGHT_SEE);
}

enum fault
content_get_call(struct call *call)
{
	struct work work = {.call = call};
	return finish(call, 200,
	    db_read(call->gateway->db, call->cx, get, &work), &work.content);
}

static enum fault
remove_one(struct db_session *session, struct cx *cx, void *arg)
{
	struct work *work = arg;
	enum fault which = find(session, cx, work, RIGHT_CONTENT);

	if (!which)
		which = content_remove(session, cx, work->content.id);
	return which ? which : note(session, cx, work, false);
}

enum fault
content_remove_call(struct call *call)
{
	struct work work = {.call = call, .done = "content removed"};
	enum fault which =
	    db_write(call->gateway->db, call->cx, remove_one, &work);

	if (!which)
		call_answer_nothing(call);
	return which;
}

/* --- adding and replacing ------------------------------------------------ */

/* Without a position of its own: behind all that is there. */
static enum fault
place(struct db_session *session, struct cx *cx, struct content *content)
{
	return content->position >= 0
		   ? FAULT_NONE
		   : content_last_position(session, cx,
			 content->organization_id, content->parent_id,
			 &content->position);
}

static enum fault
check_room(struct db_session *session, struct cx *cx, struct span owner)
{
	int64_t room = 0;
	enum fault which = content_find_room(session, cx, owner, &room);

	if (!which && room <= 0)
		return fault(cx, FAULT_CONTENT_FULL, "%d rows", CONTENT_MAX);
	return which;
}

static enum fault
create(struct db_session *session, struct cx *cx, void *arg)
{
	struct work *work = arg;
	struct content *content = &work->content;

	*content = work->wish;
	enum fault which = content_owner_find(
	    work->call, session, &content->organization_id, content->parent_id);
	if (!which)
		which = check_room(session, cx, content->organization_id);
	if (!which)
		which = place(session, cx, content);
	if (!which)
		which = content_add(session, cx, content);
	if (!which)
		which = content_find(session, cx, content->id, content);
	return which ? which : note(session, cx, work, true);
}

static struct span
text_of(const struct call *call, const char *name)
{
	return jread_text_or(jread_member(call->body, name), SPAN(""));
}

enum fault
content_create_call(struct call *call)
{
	struct cx *cx = call->cx;
	const struct json_t *settings;
	struct work work = {.call = call,
	    .wish = {.id = random_id(cx),
		.organization_id = text_of(call, "organizationId"),
		.parent_id = text_of(call, "parentId"),
		.is_course = span_is(text_of(call, "kind"), "course"),
		.position = -1,
		.created_at = cx->now,
		.changed_at = cx->now},
	    .done = "content added"};
	enum fault which = directory_settings(call->gateway, cx, &settings);

	if (!which)
		which = content_body_check(cx, settings, call->body);
	if (which)
		return which;
	content_record_take(cx, call->body, &work.wish);
	return finish(call, 201, db_write(call->gateway->db, cx, create, &work),
	    &work.content);
}

/* What it is and whose it is stays: links in courses lead to it. */
static enum fault
check_same(struct call *call, const struct content *content)
{
	struct span owner = text_of(call, "organizationId");

	if (span_is(text_of(call, "kind"), "course") != content->is_course)
		return fault_tell(call->cx, FAULT_PARAMETER_REFUSED,
		    "kind cannot be changed");
	if (owner.length && !span_equal(owner, content->organization_id))
		return fault_tell(call->cx, FAULT_PARAMETER_REFUSED,
		    "organizationId cannot be changed");
	return FAULT_NONE;
}

static enum fault
replace(struct db_session *session, struct cx *cx, void *arg)
{
	struct work *work = arg;
	struct content *content = &work->content;
	struct call *call = work->call;
	enum fault which = find(session, cx, work, RIGHT_CONTENT);

	if (!which)
		which = content_body_check(cx, work->settings, call->body);
	if (!which)
		which = check_same(call, content);
	if (which)
		return which;
	struct span parent = text_of(call, "parentId");
	/* Into another course it goes behind what is there. */
	if (!span_equal(parent, content->parent_id))
		content->position = -1;
	content->parent_id = parent;
	content_record_take(cx, call->body, content);
	content->changed_at = cx->now;
	which = content_owner_find(
	    call, session, &content->organization_id, content->parent_id);
	if (!which)
		which = place(session, cx, content);
	if (!which)
		which = content_change(session, cx, content);
	if (!which)
		which = content_find(session, cx, content->id, content);
	return which ? which : note(session, cx, work, true);
}

enum fault
content_replace_call(struct call *call)
{
	struct work work = {.call = call, .done = "content changed"};
	enum fault which =
	    directory_settings(call->gateway, call->cx, &work.settings);

	return which
		   ? which
		   : finish(call, 200,
			 db_write(call->gateway->db, call->cx, replace, &work),
			 &work.content);
}
