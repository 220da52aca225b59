/* admission.c - the last step of a launch: it is let in, once
 *
 * Deployments, as the setting says:
 *   learn   a new one is kept and let in
 *   any     a new one is let in and not kept
 *   listed  a new one is kept, not allowed, and refused
 * One that an administrator does not allow is refused in all three.
 *
 * Whose a launch is: the deployment's own organisation; else the platform's,
 * unless the issuer is shared by many customers and the deployment is not the
 * first that was seen: then nobody's, until somebody says whose.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/admission.h"

#include "app/directory.h"
#include "app/gateway.h"
#include "app/journal.h"
#include "app/ltik.h"
#include "app/usage.h"
#include "base/cx.h"
#include "lti/first_launch.h"
#include "lti/launch_rules.h"
#include "store/db.h"
#include "store/deployments.h"
#include "store/platforms.h"
#include "json/jread.h"
#include "json/jwrite.h"

struct work {
	struct gateway *gateway;
	const struct admission *admission;
	struct launch_row row;
	bool learn, listed; /* neither: any */
	bool refused;       /* kept, so that it can be allowed */
	struct journal_entry entry;
	struct db_rows let_in; /* by admit: one, or none */
};

/* --- the deployment ------------------------------------------------------ */

static void
set_organization(struct work *work, const struct deployment *deployment)
{
	if (deployment->organization_id.length || !deployment->inherits)
		work->row.organization_id = deployment->organization_id;
	else
		work->row.organization_id =
		    work->admission->platform->organization_id;
}

static enum fault
meet_deployment(struct db_session *session, struct cx *cx, struct work *work)
{
	bool shared = issuer_rules_is_shared(
	    &work->gateway->exceptions, work->admission->platform->issuer);
	bool kept = work->learn || work->listed;
	size_t known;
	enum fault which =
	    deployments_count(session, cx, work->row.platform_id, &known);
	const struct deployment deployment = {
	    .platform_id = work->row.platform_id,
	    .deployment_id = work->row.deployment_id,
	    .inherits = !shared || (kept && known == 0),
	    .allowed = work->learn,
	    .origin = SPAN("launch"),
	    .first_seen_at = cx->now,
	};

	if (!which && kept && known < DEPLOYMENTS_MAX)
		which = deployments_add(session, cx, &deployment);
	work->refused = work->listed;
	set_organization(work, &deployment);
	return which;
}

static enum fault
check_deployment(struct db_session *session, struct cx *cx, struct work *work)
{
	struct deployment deployment;
	enum fault which = deployments_find(session, cx, work->row.platform_id,
	    work->row.deployment_id, &deployment);

	if (which == FAULT_NO_DEPLOYMENT)
		return meet_deployment(session, cx, work);
	if (which)
		return which;
	work->refused = !deployment.allowed;
	set_organization(work, &deployment);
	return FAULT_NONE;
}

/* --- what is launched ---------------------------------------------------- */

/* An id is no secret: a link to another organisation's content could be made
 * by hand. */
static enum fault
check_content(struct cx *cx, const struct work *work)
{
	struct span owner = work->admission->content_owner;

	if (!owner.length || span_equal(owner, work->row.organization_id))
		return FAULT_NONE;
	return fault(cx, FAULT_CONTENT_GONE,
	    "the content is of another organisation than the launch");
}

/* --- the first launch of a registration ---------------------------------- */

static enum fault
keep_first(struct db_session *session, struct cx *cx, const struct work *work)
{
	const struct admission *admission = work->admission;
	struct platform platform;
	const struct json_t *report = NULL;
	enum fault which =
	    platforms_find(session, cx, work->row.platform_id, &platform);

	/* Kept by another instance, or not yet known here. */
	if (!which && platform.first_launch.length)
		return FAULT_NONE;
	if (!which)
		which = jread_parse(cx, platform.report, &report);
	if (which)
		return which;
	struct json_t *first =
	    first_launch_write(cx, jread_member(report, "granted"),
		admission->launch, admission->claims);
	return platforms_keep_first_launch(
	    session, cx, work->row.platform_id, jwrite_bytes(cx, first));
}

/* --- all of it ----------------------------------------------------------- */

/* Never SPAN_NONE: that would be whoever's the platform is. */
static struct span
owner_of(const struct work *work)
{
	return work->row.organization_id.length ? work->row.organization_id
						: SPAN("");
}

static enum fault
keep(struct db_session *session, struct cx *cx, void *arg)
{
	struct work *work = arg;
	enum fault which = check_deployment(session, cx, work);

	if (which || work->refused)
		return which;
	which = check_content(cx, work);
	if (!which)
		which = launches_add(session, cx, &work->row);
	if (!which && !work->admission->platform->launched)
		which = keep_first(session, cx, work);
	/* Given, so that the store need not look for it. */
	work->entry.organization_id = owner_of(work);
	return which ? which : journal_add(session, cx, &work->entry);
}

/* Nearly all launches come from a deployment that is known and allowed, and
 * take one way to the store and back. */
static bool
is_usual(const struct work *work)
{
	const struct admission *admission = work->admission;

	return admission->platform->launched &&
	       !admission->content_owner.length &&
	       (work->learn || work->listed);
}

static enum fault
admit(struct db_session *session, struct cx *cx, void *arg)
{
	struct work *work = arg;
	enum fault which;

	work->let_in = (struct db_rows){NULL, 0, 0};
	work->row.organization_id = work->admission->platform->organization_id;
	work->entry.organization_id = owner_of(work);
	work->entry.deployment_id = work->row.deployment_id;
	which = launches_admit(session, cx, &work->row, &work->let_in);
	return which ? which : journal_add(session, cx, &work->entry);
}

/* One that is not known is looked at, and kept or refused, by keep. */
static enum fault
let_in(struct cx *cx, struct work *work)
{
	struct db *db = work->gateway->db;

	if (!is_usual(work))
		return db_write(db, cx, keep, work);
	enum fault which = db_write(db, cx, admit, work);
	work->entry.deployment_id = SPAN_NONE;
	if (which)
		return which;
	if (!work->let_in.count)
		return db_write(db, cx, keep, work);
	work->row.organization_id = db_text(&work->let_in, 0, 0);
	return FAULT_NONE;
}

static void
describe(struct work *work)
{
	const struct admission *admission = work->admission;
	struct journal_entry *entry = &work->entry;
	size_t count = 0;

	*entry = (struct journal_entry){
	    .level = LOG_INFO,
	    .kind = "launch",
	    .message = "launched",
	    .platform_id = work->row.platform_id,
	};
	entry->fields[count++] =
	    (struct log_field){"type", admission->launch->message};
	entry->fields[count++] =
	    (struct log_field){"deployment", work->row.deployment_id};
	entry->fields[count++] = (struct log_field){"rules", admission->rules};
	if (admission->migration.at)
		entry->fields[count++] =
		    (struct log_field){"migration", admission->migration};
	if (admission->fetched)
		entry->fields[count++] =
		    (struct log_field){"keySet", SPAN("fetched")};
	if (admission->fell_back)
		entry->fields[count++] = (struct log_field){"target",
		    SPAN("not allowed by the settings; the launch URL was "
			 "used")};
}

enum fault
admission_keep(
    struct gateway *gateway, struct cx *cx, const struct admission *admission)
{
	struct span policy = jread_text_or(
	    jread_member(admission->settings, "deployments"), SPAN(""));
	struct work work = {
	    .gateway = gateway,
	    .admission = admission,
	    .row = {.key = admission->key,
		.platform_id = admission->platform->id,
		.deployment_id = admission->launch->deployment_id,
		.created_at = cx->now},
	    .learn = span_is(policy, "learn"),
	    .listed = span_is(policy, "listed"),
	};
	enum fault which = secrets_seal(gateway->secrets, cx,
	    ltik_seal_purpose(cx, admission->key), admission->payload,
	    &work.row.claims_sealed);

	describe(&work);
	if (!which)
		which = let_in(cx, &work);
	if (which == FAULT_LAUNCH_REPLAYED)
		return fault(cx, which, "the nonce is spent already");
	if (which)
		return which;
	if (admission->organization_id)
		*admission->organization_id = owner_of(&work);
	if (work.refused)
		return fault(cx, FAULT_DEPLOYMENT_REFUSED,
		    "deployment \"%.*s\" is not allowed",
		    SPAN_ARGS(span_first(work.row.deployment_id, 255)));
	if (!admission->platform->launched)
		directory_note_launch(gateway, work.row.platform_id);
	usage_count_launch(gateway, cx, work.row.organization_id,
	    work.row.platform_id, admission->launch->subject);
	journal_log(cx, &work.entry);
	return FAULT_NONE;
}
