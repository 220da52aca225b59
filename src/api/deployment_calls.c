/* deployment_calls.c - where in an LMS the tool was put to use
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/platform_json.h"
#include "api/routes.h"
#include "app/gateway.h"
#include "app/journal.h"
#include "app/ownership.h"
#include "base/cx.h"
#include "store/db.h"
#include "store/deployments.h"
#include "store/platforms.h"
#include "json/jread.h"
#include "json/jwrite.h"

struct work {
	struct call *call;
	struct span platform_id, deployment_id;
	struct json_t *answer;
};

static enum fault
read_list(struct db_session *session, struct cx *cx, void *arg)
{
	struct work *work = arg;
	struct json_t *answer = jwrite_object(cx);
	struct json_t *list = jwrite_inner_array(answer, "deployments");
	struct deployment_list rows;
	struct platform platform;
	const struct caller *caller = &work->call->caller;
	enum fault which =
	    platforms_find(session, cx, work->platform_id, &platform);

	if (!which)
		which = ownership_check_platform(
		    session, cx, caller, RIGHT_SEE, &platform);
	if (!which)
		which = deployments_list_of(session, cx, work->platform_id,
		    rights_reader(caller), &rows);
	for (size_t i = 0; !which && i < rows.count; i++)
		platform_json_write_deployment(
		    jwrite_push_object(list), &rows.at[i]);
	work->answer = answer;
	return which;
}

enum fault
deployments_list_call(struct call *call)
{
	struct work work = {
	    .call = call,
	    .platform_id = call_parameter(call, 0),
	};
	enum fault which =
	    db_read(call->gateway->db, call->cx, read_list, &work);

	if (!which)
		call_answer(call, 200, work.answer);
	return which;
}

static struct json_t *
audited(struct cx *cx, const struct deployment *deployment)
{
	struct json_t *object = jwrite_object(cx);

	jwrite_bool(object, "allowed", deployment->allowed);
	jwrite_text(object, "organizationId", deployment->organization_id);
	return object;
}

static enum fault
note(struct db_session *session, struct cx *cx, const char *what,
    const struct json_t *before, const struct deployment *d)
{
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "deployment",
	    .message = what,
	    .platform_id = d->platform_id,
	    .organization_id = d->organization_id,
	    .fields = {{"deployment", d->deployment_id},
		{"organizationId", d->organization_id},
		{"allowed", d->allowed ? SPAN("true") : SPAN("false")}},
	    .before = before,
	    .after = audited(cx, d),
	};
	return journal_add(session, cx, &entry);
}

/* The deployment, if the caller may decide about it. */
static enum fault
find(struct db_session *session, struct cx *cx, const struct work *work,
    struct deployment *out)
{
	struct platform platform;
	enum fault which =
	    platforms_find(session, cx, work->platform_id, &platform);

	/* What another has a deployment on is not there, as a whole. */
	if (!which)
		which = ownership_check_platform(
		    session, cx, &work->call->caller, RIGHT_SEE, &platform);
	if (!which)
		which = deployments_find(
		    session, cx, work->platform_id, work->deployment_id, out);
	return which ? which
		     : ownership_check_deployment(cx, &work->call->caller,
			   RIGHT_REGISTER, &platform, out);
}

static enum fault
change(struct db_session *session, struct cx *cx, void *arg)
{
	struct work *work = arg;
	const struct json_t *body = work->call->body;
	struct deployment deployment;
	struct span owner;
	enum fault which = find(session, cx, work, &deployment);

	if (which)
		return which;
	const struct json_t *before = audited(cx, &deployment);
	deployment.allowed =
	    jread_bool_or(jread_member(body, "allowed"), deployment.allowed);
	if (jread_text(jread_member(body, "organizationId"), &owner)) {
		deployment.organization_id = owner;
		which = ownership_check_gift(
		    session, cx, &work->call->caller, owner);
	}
	if (!which)
		which = deployments_change(session, cx, &deployment);
	if (!which)
		which = note(
		    session, cx, "deployment changed", before, &deployment);
	work->answer = jwrite_object(cx);
	if (!which)
		platform_json_write_deployment(work->answer, &deployment);
	return which;
}

enum fault
deployment_patch_call(struct call *call)
{
	struct work work = {
	    .call = call,
	    .platform_id = call_parameter(call, 0),
	    .deployment_id = call_parameter(call, 1),
	};
	enum fault which = db_write(call->gateway->db, call->cx, change, &work);

	if (!which)
		call_answer(call, 200, work.answer);
	return which;
}

/* --- one that is known before its first launch --------------------------- */

/* A school tells the deployment id that its LMS gave it, as Blackboard's do.
 * One that belongs to somebody stays theirs. */
static enum fault
claim(struct db_session *session, struct cx *cx, const struct work *work,
    struct deployment *row)
{
	struct deployment known;
	enum fault which = deployments_find(
	    session, cx, work->platform_id, row->deployment_id, &known);

	if (which == FAULT_NO_DEPLOYMENT)
		return deployments_add(session, cx, row);
	if (which)
		return which;
	if (known.organization_id.length &&
	    !span_equal(known.organization_id, row->organization_id)) {
		cx->note.member = SPAN("deploymentId");
		return fault(cx, FAULT_DEPLOYMENT_TAKEN, "another's");
	}
	known.organization_id = row->organization_id;
	*row = known;
	return deployments_change(session, cx, row);
}

static enum fault
add(struct db_session *session, struct cx *cx, void *arg)
{
	struct work *work = arg;
	const struct caller *caller = &work->call->caller;
	struct platform platform;
	struct deployment row = {
	    .platform_id = work->platform_id,
	    .deployment_id = work->deployment_id,
	    .organization_id = jread_text_or(
		jread_member(work->call->body, "organizationId"), SPAN("")),
	    .allowed = true,
	    .origin = SPAN("manual"),
	    .first_seen_at = cx->now,
	};
	enum fault which =
	    platforms_find(session, cx, work->platform_id, &platform);

	/* One that serves many is open to all of them; any other is as its
	 * owner. */
	if (!which && !platforms_is_shared(&platform))
		which = rights_check_in(cx, caller, RIGHT_REGISTER,
		    platform.organization_id, FAULT_NO_PLATFORM);
	if (!which)
		which = ownership_check_gift(
		    session, cx, caller, row.organization_id);
	if (!which)
		which = claim(session, cx, work, &row);
	if (!which)
		which = note(session, cx, "deployment added", NULL, &row);
	work->answer = jwrite_object(cx);
	if (!which)
		platform_json_write_deployment(work->answer, &row);
	return which;
}

enum fault
deployment_add_call(struct call *call)
{
	struct work work = {
	    .call = call,
	    .platform_id = call_parameter(call, 0),
	    .deployment_id = jread_text_or(
		jread_member(call->body, "deploymentId"), SPAN("")),
	};
	enum fault which = db_write(call->gateway->db, call->cx, add, &work);

	if (!which)
		call_answer(call, 201, work.answer);
	return which;
}
