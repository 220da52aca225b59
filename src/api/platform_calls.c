/* platform_calls.c - registered LMSs
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/platform_json.h"
#include "api/query.h"
#include "api/routes.h"
#include "app/gateway.h"
#include "app/in_step.h"
#include "app/journal.h"
#include "app/ownership.h"
#include "app/tool_keys.h"
#include "base/cx.h"
#include "crypto/random.h"
#include "store/db.h"
#include "store/deployments.h"
#include "store/events.h"
#include "store/keys.h"
#include "store/notice_subscriptions.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum { REPORT_EVENTS = 20, PAGE_MAX = 500 };

/* One transaction's worth of work on one platform. */
struct work {
	struct call *call;
	struct in_step now;
	struct span id;
	struct platform platform;
	struct json_t *answer;
	const char *done;            /* for the journal */
	const struct json_t *before; /* as audit.h has it */
};

/* The platform, if the caller may do this with it. */
static enum fault
find(struct db_session *session, struct cx *cx, struct work *work,
    enum right right)
{
	enum fault which =
	    platforms_find(session, cx, work->id, &work->platform);

	if (!which)
		which = ownership_check_platform(
		    session, cx, &work->call->caller, right, &work->platform);
	if (!which)
		work->before = platform_json_audit(cx, &work->platform);
	return which;
}

/* What the tool keeps with a platform, and whatever it shares with others, is
 * not for who has a deployment there alone. */
static enum fault
write_for(const struct caller *caller, struct db_session *session,
    struct cx *cx, const struct platform *platform, struct json_t **out)
{
	enum fault which = platform_json_write(session, cx, platform, out);

	if (!which && !ownership_is_whole(caller, platform))
		*out = platform_json_cut(cx, *out);
	return which;
}

/* words: tells what is behind, too. */
static enum fault
add_step(struct db_session *session, struct cx *cx, const struct in_step *now,
    const struct platform *platform, bool words, struct json_t *out)
{
	struct json_t *step;
	enum fault which =
	    in_step_describe(session, cx, now, platform, words, &step);

	if (which)
		return which;
	if (platform->step.known)
		call_write_time(step, "updatedAt", platform->step.updated_at);
	jwrite_value(out, "registration", step);
	return FAULT_NONE;
}

static enum fault
write(struct db_session *session, struct cx *cx, struct work *work)
{
	const struct caller *caller = &work->call->caller;
	enum fault which =
	    write_for(caller, session, cx, &work->platform, &work->answer);

	if (!which && ownership_is_whole(caller, &work->platform))
		which = add_step(session, cx, &work->now, &work->platform, true,
		    work->answer);
	return which;
}

/* One piece of work whose answer is the platform. */
static enum fault
run(struct call *call, db_work *step, struct work *work)
{
	enum fault which = in_step_begin(call->gateway, call->cx, &work->now);

	if (!which)
		which = db_write(call->gateway->db, call->cx, step, work);
	if (!which)
		call_answer(call, 200, work->answer);
	return which;
}

static enum fault
note(struct db_session *session, struct cx *cx, const struct work *work,
    bool is_there)
{
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "platform",
	    .message = work->done,
	    .platform_id = work->platform.id,
	    .organization_id = work->platform.organization_id,
	    .fields = {{"issuer", work->platform.issuer},
		{"clientId", work->platform.client_id}},
	    .before = work->before,
	    .after = is_there ? platform_json_audit(cx, &work->platform) : NULL,
	};
	return journal_add(session, cx, &entry);
}

/* --- reading ------------------------------------------------------------- */

struct list {
	const struct caller *caller;
	struct in_step now;
	struct platform_filter filter;
	struct json_t *answer;
};

static enum fault
read_list(struct db_session *session, struct cx *cx, void *arg)
{
	struct list *list = arg;
	struct json_t *answer = jwrite_object(cx);
	struct json_t *platforms = jwrite_inner_array(answer, "platforms");
	struct platform_list rows = {.count = 0};
	int64_t total = INT64_MAX;
	enum fault which = FAULT_NONE;

	/* LTIAAS's answer has no such member; its callers give no limit. */
	if (list->filter.limit) {
		which = platforms_count(session, cx, &list->filter, &total);
		jwrite_integer(answer, "total", total);
	}
	if (!which && list->filter.offset < total)
		which = platforms_list(session, cx, &list->filter, &rows);
	for (size_t i = 0; !which && i < rows.count; i++) {
		struct json_t *item;
		which =
		    write_for(list->caller, session, cx, &rows.at[i], &item);
		if (!which && ownership_is_whole(list->caller, &rows.at[i]))
			which = add_step(session, cx, &list->now, &rows.at[i],
			    list->filter.limit > 0, item);
		if (!which)
			jwrite_push(platforms, item);
	}
	list->answer = answer;
	return which;
}

static enum fault
read_filter(struct call *call, struct platform_filter *filter)
{
	static const char *const sorts[] = {
	    "createdAt", "-createdAt", "name", "-name", "url", "-url", NULL};
	static const char *const actives[] = {"true", "false", NULL};
	static const char *const behinds[] = {"true", NULL};
	const struct {
		const char *name;
		struct span *out;
	} rows[] = {
	    {"id", &filter->id},
	    {"url", &filter->issuer},
	    {"clientId", &filter->client_id},
	    {"search", &filter->search},
	};
	int sort = PLATFORM_SORT_AGE, active = -1, behind = -1;
	enum fault which = FAULT_NONE;

	for (size_t i = 0; !which && i < sizeof rows / sizeof *rows; i++)
		which = call_query(call, rows[i].name, rows[i].out);
	if (!which)
		which = query_organization(call, &filter->organization_id);
	if (!which)
		which = query_choice(call, "sort", sorts, &sort);
	if (!which)
		which = query_choice(call, "active", actives, &active);
	if (!which)
		which = query_choice(call, "behind", behinds, &behind);
	if (!which)
		which =
		    query_number(call, "limit", 1, PAGE_MAX, &filter->limit);
	if (!which)
		which =
		    query_number(call, "offset", 0, INT32_MAX, &filter->offset);
	filter->sort = (enum platform_sort)sort;
	filter->state = active == 0   ? PLATFORM_ACTIVE
			: active == 1 ? PLATFORM_INACTIVE
				      : PLATFORM_ANY;
	filter->behind = behind == 0;
	filter->reader = rights_reader(&call->caller);
	return which;
}

enum fault
platforms_list_call(struct call *call)
{
	struct list list = {.caller = &call->caller};
	enum fault which = read_filter(call, &list.filter);

	if (!which)
		which = in_step_begin(call->gateway, call->cx, &list.now);
	if (!which)
		which = db_read(call->gateway->db, call->cx, read_list, &list);
	if (!which)
		call_answer(call, 200, list.answer);
	return which;
}

static enum fault
read_one(struct db_session *session, struct cx *cx, void *arg)
{
	struct work *work = arg;
	enum fault which = find(session, cx, work, RIGHT_SEE);

	return which ? which : write(session, cx, work);
}

enum fault
platform_get_call(struct call *call)
{
	struct work work = {.call = call, .id = call_parameter(call, 0)};
	enum fault which = in_step_begin(call->gateway, call->cx, &work.now);

	if (!which)
		which = db_read(call->gateway->db, call->cx, read_one, &work);
	if (!which)
		call_answer(call, 200, work.answer);
	return which;
}

/* --- creating and changing ----------------------------------------------- */

static enum fault
create(struct db_session *session, struct cx *cx, void *arg)
{
	struct work *work = arg;
	enum fault which = ownership_check_gift(
	    session, cx, &work->call->caller, work->platform.organization_id);

	if (!which)
		which = platforms_add(session, cx, &work->platform);
	if (!which)
		which = note(session, cx, work, true);
	return which ? which : write(session, cx, work);
}

/* Who belongs to one organisation need not name it. */
static struct span
only_organization(const struct call *call)
{
	const struct caller *caller = &call->caller;

	return caller->role_count == 1 &&
		       !rights_everywhere(caller, RIGHT_REGISTER)
		   ? caller->roles[0].organization_id
		   : SPAN("");
}

enum fault
platform_create_call(struct call *call)
{
	struct work work = {
	    .call = call,
	    .done = "platform created",
	    .platform =
		{
		    .id = random_id(call->cx),
		    .active = true,
		    .origin = SPAN("manual"),
		    .targets = SPAN("{}"),
		    .metadata = SPAN("{}"),
		    .report = SPAN("{}"),
		    .created_at = call->cx->now,
		},
	};
	enum fault which =
	    platform_json_check_caller(call->cx, &call->caller, call->body);

	if (!which)
		which =
		    platform_json_read(call->cx, call->body, &work.platform);
	if (!which && !work.platform.organization_id.length)
		work.platform.organization_id = only_organization(call);
	return which ? which : run(call, create, &work);
}

/* Keeps what was changed in work->platform, and answers it. */
static enum fault
keep(struct db_session *session, struct cx *cx, struct work *work)
{
	const struct caller *caller = &work->call->caller;
	enum fault which = ownership_check_gift(
	    session, cx, caller, work->platform.organization_id);

	if (!which)
		which = platforms_change(session, cx, &work->platform);
	if (!which)
		which = note(session, cx, work, true);
	return which ? which : write(session, cx, work);
}

static enum fault
change(struct db_session *session, struct cx *cx, void *arg)
{
	struct work *work = arg;
	enum fault which = find(session, cx, work, RIGHT_REGISTER);

	if (!which)
		which =
		    platform_json_read(cx, work->call->body, &work->platform);
	return which ? which : keep(session, cx, work);
}

enum fault
platform_patch_call(struct call *call)
{
	struct work work = {.call = call,
	    .id = call_parameter(call, 0),
	    .done = "platform changed"};
	enum fault which =
	    platform_json_check_caller(call->cx, &call->caller, call->body);

	return which ? which : run(call, change, &work);
}

static enum fault
replace(struct db_session *session, struct cx *cx, void *arg)
{
	struct work *work = arg;
	enum fault which = find(session, cx, work, RIGHT_REGISTER);

	if (which)
		return which;
	/* What is no member of the body stays; what is, is replaced. */
	work->platform.audience = SPAN("");
	work->platform.extra = SPAN("{}");
	if (rights_everywhere(&work->call->caller, RIGHT_REGISTER)) {
		work->platform.metadata = SPAN("{}");
		work->platform.organization_id = SPAN("");
		work->platform.target = SPAN("");
	}
	which = platform_json_read(cx, work->call->body, &work->platform);
	return which ? which : keep(session, cx, work);
}

enum fault
platform_replace_call(struct call *call)
{
	struct work work = {.call = call,
	    .id = call_parameter(call, 0),
	    .done = "platform replaced"};
	enum fault which =
	    platform_json_check_caller(call->cx, &call->caller, call->body);

	return which ? which : run(call, replace, &work);
}

/* --- switching and removing ---------------------------------------------- */

static enum fault
switch_to(
    struct db_session *session, struct cx *cx, struct work *work, bool active)
{
	enum fault which = find(session, cx, work, RIGHT_REGISTER);

	if (which)
		return which;
	work->platform.active = active;
	work->platform.changed_at = cx->now;
	return keep(session, cx, work);
}

static enum fault
activate(struct db_session *session, struct cx *cx, void *arg)
{
	return switch_to(session, cx, arg, true);
}

static enum fault
deactivate(struct db_session *session, struct cx *cx, void *arg)
{
	return switch_to(session, cx, arg, false);
}

enum fault
platform_activate_call(struct call *call)
{
	struct work work = {.call = call,
	    .id = call_parameter(call, 0),
	    .done = "platform activated"};
	return run(call, activate, &work);
}

enum fault
platform_deactivate_call(struct call *call)
{
	struct work work = {.call = call,
	    .id = call_parameter(call, 0),
	    .done = "platform deactivated"};
	return run(call, deactivate, &work);
}

static enum fault
remove_one(struct db_session *session, struct cx *cx, void *arg)
{
	struct work *work = arg;
	enum fault which = find(session, cx, work, RIGHT_REGISTER);

	if (!which)
		which = platforms_remove(session, cx, work->id);
	/* Its own pair signs for nobody else. */
	if (!which && work->platform.tool_key.length)
		which = keys_remove(session, cx, work->platform.tool_key);
	return which ? which : note(session, cx, work, false);
}

enum fault
platform_remove_call(struct call *call)
{
	struct work work = {.call = call,
	    .id = call_parameter(call, 0),
	    .done = "platform removed"};
	enum fault which =
	    db_write(call->gateway->db, call->cx, remove_one, &work);

	if (!which)
		call_answer_nothing(call);
	return which;
}

/* --- the report ---------------------------------------------------------- */

static enum fault
add_deployments(struct db_session *session, struct cx *cx, struct work *work)
{
	struct json_t *list = jwrite_inner_array(work->answer, "deployments");
	struct deployment_list rows;
	enum fault which = deployments_list_of(
	    session, cx, work->id, rights_reader(&work->call->caller), &rows);

	for (size_t i = 0; !which && i < rows.count; i++)
		platform_json_write_deployment(
		    jwrite_push_object(list), &rows.at[i]);
	return which;
}

static enum fault
add_events(struct db_session *session, struct cx *cx, struct work *work)
{
	struct json_t *list = jwrite_inner_array(work->answer, "events");
	const struct event_filter filter = {.platform_id = work->id,
	    .reader = rights_reader(&work->call->caller),
	    .limit = REPORT_EVENTS};
	struct event_list rows;
	enum fault which = events_list(session, cx, &filter, &rows);

	for (size_t i = 0; !which && i < rows.count; i++) {
		struct json_t *item = jwrite_push_object(list);
		jwrite_text(item, "id", rows.at[i].id);
		call_write_time(item, "at", rows.at[i].at);
		jwrite_text(item, "level", rows.at[i].level);
		jwrite_text(item, "kind", rows.at[i].kind);
		jwrite_text(item, "message", rows.at[i].message);
		jwrite_text(item, "reference", rows.at[i].reference);
	}
	return which;
}

static enum fault
add_first_launch(struct cx *cx, struct work *work)
{
	const struct json_t *first;
	int64_t at = 0;

	if (!work->platform.first_launch.length)
		return FAULT_NONE;
	enum fault which = jread_parse(cx, work->platform.first_launch, &first);
	if (which)
		return which;
	struct json_t *copy = jwrite_copy(cx, first);
	if (jread_integer(jread_member(first, "at"), &at))
		call_write_time(copy, "at", at);
	jwrite_value(work->answer, "firstLaunch", copy);
	return FAULT_NONE;
}

/* What was asked and granted, and who launched first, is the owner's: who has
 * a deployment there sees that deployment and what happened in it. */
static enum fault
begin_report(struct cx *cx, struct work *work)
{
	const struct json_t *report;
	int64_t at = 0;

	if (!ownership_is_whole(&work->call->caller, &work->platform)) {
		work->answer = jwrite_object(cx);
		jwrite_text(work->answer, "platformId", work->id);
		return FAULT_NONE;
	}
	enum fault which = jread_parse(cx, work->platform.report, &report);
	if (which)
		return which;
	work->answer = jwrite_copy(cx, report);
	jwrite_text(work->answer, "platformId", work->id);
	if (jread_integer(jread_member(report, "registeredAt"), &at))
		call_write_time(work->answer, "registeredAt", at);
	if (jread_integer(jread_member(report, "updatedAt"), &at))
		call_write_time(work->answer, "updatedAt", at);
	return add_first_launch(cx, work);
}

static void
write_words(struct json_t *object, const char *name, struct span words)
{
	struct json_t *list = jwrite_inner_array(object, name);
	struct span word;

	while (span_next(&words, ' ', &word))
		if (word.length)
			jwrite_push_text(list, word);
}

/* Which deployments there are is not for who has one of them alone. */
static enum fault
add_notices(struct db_session *session, struct cx *cx, struct work *work)
{
	struct notice_subscription_list list;

	if (!ownership_is_whole(&work->call->caller, &work->platform))
		return FAULT_NONE;
	enum fault which =
	    notice_subscriptions_of(session, cx, work->platform.id, &list);
	if (which || !list.count)
		return which;
	struct json_t *notices = jwrite_inner_array(work->answer, "notices");
	for (size_t i = 0; i < list.count; i++) {
		struct json_t *row = jwrite_push_object(notices);
		jwrite_text(row, "deploymentId", list.at[i].deployment_id);
		write_words(row, "offered", list.at[i].offered);
		write_words(row, "subscribed", list.at[i].subscribed);
		if (!list.at[i].fault.length)
			continue;
		jwrite_text(row, "fault", list.at[i].fault);
		call_write_time(row, "nextTryAt", list.at[i].next_try_at);
	}
	return FAULT_NONE;
}

static enum fault
read_report(struct db_session *session, struct cx *cx, void *arg)
{
	struct work *work = arg;
	enum fault which = find(session, cx, work, RIGHT_SEE);

	if (!which)
		which = begin_report(cx, work);
	if (!which)
		which = add_deployments(session, cx, work);
	if (!which)
		which = add_notices(session, cx, work);
	return which ? which : add_events(session, cx, work);
}

enum fault
platform_report_call(struct call *call)
{
	struct work work = {.call = call, .id = call_parameter(call, 0)};
	enum fault which =
	    db_read(call->gateway->db, call->cx, read_report, &work);

	if (!which)
		call_answer(call, 200, work.answer);
	return which;
}
