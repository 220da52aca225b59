/* deployment_calls.c - where in an LMS the tool was put to use
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/platform_json.h"
#include "api/routes.h"
#include "app/gateway.h"
#include "app/journal.h"
#include "base/cx.h"
#include "store/db.h"
#include "store/deployments.h"
#include "store/organizations.h"
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
	struct json_t *list = jwrite_inner_array(work->answer, "deployments");
	struct deployment_list rows;
	struct platform platform;
	enum fault which =
	    platforms_find(session, cx, work->platform_id, &platform);

	if (!which)
		which = deployments_list(session, cx, work->platform_id, &rows);
	for (size_t i = 0; !which && i < rows.count; i++)
		platform_json_write_deployment(
		    jwrite_push_object(list), &rows.at[i]);
	return which;
}

enum fault
deployments_list_call(struct call *call)
{
	struct work work = {
	    .platform_id = call_parameter(call, 0),
	    .answer = jwrite_object(call->cx),
	};
	enum fault which =
	    db_read(call->gateway->db, call->cx, read_list, &work);

	if (!which)
		call_answer(call, 200, work.answer);
	return which;
}

static enum fault
note(struct db_session *session, struct cx *cx, const struct deployment *d)
{
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "deployment",
	    .message = "deployment changed",
	    .platform_id = d->platform_id,
	    .fields = {{"deployment", d->deployment_id},
		{"organizationId", d->organization_id},
		{"allowed", d->allowed ? SPAN("true") : SPAN("false")}},
	};
	return journal_add(session, cx, &entry);
}

static enum fault
change(struct db_session *session, struct cx *cx, void *arg)
{
	struct work *work = arg;
	const struct json_t *body = work->call->body;
	struct deployment deployment;
	struct organization owner;
	enum fault which = deployments_find(
	    session, cx, work->platform_id, work->deployment_id, &deployment);

	if (which)
		return which;
	deployment.allowed =
	    jread_bool_or(jread_member(body, "allowed"), deployment.allowed);
	deployment.organization_id = jread_text_or(
	    jread_member(body, "organizationId"), deployment.organization_id);
	if (deployment.organization_id.length)
		which = organizations_find(
		    session, cx, deployment.organization_id, &owner);
	if (!which)
		which = deployments_change(session, cx, &deployment);
	if (!which)
		which = note(session, cx, &deployment);
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
	    .answer = jwrite_object(call->cx),
	};
	enum fault which = db_write(call->gateway->db, call->cx, change, &work);

	if (!which)
		call_answer(call, 200, work.answer);
	return which;
}
