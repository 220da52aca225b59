/* platform_record.c - from an LMS's answer to a platform that is kept
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/platform_record.h"

#include "app/gateway.h"
#include "app/in_step.h"
#include "app/management.h"
#include "app/register.h"
#include "app/tool_keys.h"
#include "base/cx.h"
#include "crypto/random.h"
#include "lti/registration_reply.h"
#include "lti/registration_step.h"
#include "lti/tool_doc.h"
#include "store/db.h"
#include "store/deployments.h"
#include "json/jread.h"
#include "json/jwrite.h"

static struct span
override_text(const struct platform_record_args *args, const char *name)
{
	return jread_text_or(jread_member(args->overrides, name), SPAN(""));
}

/* --- the name ------------------------------------------------------------ */

/* As people call what calls itself so. */
static const struct {
	const char *family, *name;
} family_names[] = {
    {"moodle", "Moodle"},
    {"canvas", "Canvas"},
    {"desire2learn", "Brightspace"},
    {"BlackboardLearn", "Blackboard"},
    {"sakailms.org", "Sakai"},
    {"ilias", "ILIAS"},
};

static struct span
family_name(struct span family)
{
	for (size_t i = 0; i < sizeof family_names / sizeof *family_names; i++)
		if (span_is(family, family_names[i].family))
			return span_of(family_names[i].name);
	return family;
}

/* Canvas tells the institution; of the others the host is the best name. */
static struct span
base_name(struct cx *cx, const struct platform_doc *doc, struct span host)
{
	if (doc->account_name.length)
		return doc->account_name;
	if (doc->family.length)
		return arena_printf(cx->arena, "%.*s at %.*s",
		    SPAN_ARGS(family_name(doc->family)), SPAN_ARGS(host));
	return host;
}

static struct span
wished_name(struct cx *cx, const struct platform_record_args *args)
{
	struct span wish = override_text(args, "platformName");

	return wish.length ? wish
			   : base_name(cx, &args->waiting->platform,
				 args->waiting->configuration_host);
}

/* A second tool of the same LMS is told apart by its client id, which is what
 * the LMS shows too. Of two that register at the same moment neither sees the
 * other: nothing but the eye needs a name to be the only one. */
static struct span
free_name(struct cx *cx, const struct platform_record_args *args)
{
	struct span wish = wished_name(cx, args);

	if (!args->look.name_taken)
		return wish;
	return arena_printf(cx->arena, "%.*s (%.*s)", SPAN_ARGS(wish),
	    SPAN_ARGS(args->reply->client_id));
}

enum fault
platform_record_look(struct db_session *session, struct cx *cx,
    const struct platform_record_args *args, struct platform_record_look *out)
{
	struct platform found;
	struct platform_record_look look = {.known = true};
	enum fault which = platforms_find_pair(session, cx,
	    args->waiting->platform.issuer, args->reply->client_id, &found);

	if (which == FAULT_NO_PLATFORM) {
		look.known = false;
		which = platforms_has_name(
		    session, cx, wished_name(cx, args), &look.name_taken);
	}
	if (!which)
		*out = look;
	return which;
}

/* --- the report ---------------------------------------------------------- */

static struct span
write_report(struct cx *cx, const struct platform_record_args *args,
    const struct platform_record *record)
{
	struct json_t *report = jwrite_object(cx);
	const struct json_t *asked =
	    record->held ? record->held : args->doc->document;

	jwrite_integer(report, "registeredAt", cx->now);
	jwrite_text(report, "reference", span_of(cx->reference));
	jwrite_value(report, "asked", asked);
	jwrite_value(report, "granted", args->reply->granted);
	jwrite_value(report, "differences",
	    record->held ? registration_reply_differences(
			       cx, asked, args->reply->granted)
			 : record->differences);
	jwrite_value(report, "dropped", args->doc->dropped);
	return jwrite_bytes(cx, report);
}

/* --- a new one and an update --------------------------------------------- */

/* What every registration brings, new or not. */
static enum fault
fill(struct cx *cx, const struct platform_record_args *args,
    struct platform_record *record)
{
	const struct platform_doc *doc = &args->waiting->platform;
	const struct json_t *metadata =
	    jread_member(args->overrides, "metadata");
	struct platform *platform = &record->platform;

	platform->family = doc->family;
	platform->version = doc->version;
	platform->audience = platform_doc_audience(doc);
	platform->report = write_report(cx, args, record);
	platform->changed_at = cx->now;
	if (args->key_id.length)
		platform->tool_key = args->key_id;
	if (metadata)
		platform->metadata = jwrite_bytes(cx, metadata);
	if (args->organization_id.length)
		platform->organization_id = args->organization_id;
	enum fault which = FAULT_NONE;
	if (record->held)
		which = in_step_join_targets(cx, platform->targets,
		    args->doc->targets, &platform->targets);
	else
		platform->targets = jwrite_bytes(cx, args->doc->targets);
	if (which)
		return which;
	const struct management management =
	    management_of(args->gateway, cx, args->waiting, args->reply);
	return management_seal(args->gateway, cx, platform->id, &management,
	    &platform->management_sealed);
}

static enum fault
keep_new(struct db_session *session, struct cx *cx,
    const struct platform_record_args *args, struct platform_record *record)
{
	const struct platform_doc *doc = &args->waiting->platform;
	struct platform *platform = &record->platform;

	*platform = (struct platform){
	    .id = random_id(cx),
	    .name = free_name(cx, args),
	    .issuer = doc->issuer,
	    .client_id = args->reply->client_id,
	    .active = jread_bool_or(
		jread_member(args->overrides, "autoActivate"), args->activate),
	    .origin = SPAN("dynamic"),
	    .authorization_endpoint = doc->authorization_endpoint,
	    .token_endpoint = doc->token_endpoint,
	    .key_method = SPAN("JWK_SET"),
	    .key_value = doc->jwks_uri,
	    .claimed_organization = args->waiting->row.claimed_organization,
	    .metadata = SPAN("{}"),
	    .extra = SPAN("{}"),
	    .created_at = cx->now,
	};
	enum fault which = fill(cx, args, record);

	return which ? which : platforms_add(session, cx, platform);
}

static bool
same_endpoints(const struct platform *platform, const struct platform_doc *doc)
{
	return span_equal(platform->authorization_endpoint,
		   doc->authorization_endpoint) &&
	       span_equal(platform->token_endpoint, doc->token_endpoint) &&
	       span_equal(platform->key_value, doc->jwks_uri);
}

/* Without proof of an organisation a registration brings none, so it cannot
 * take a platform from its owner; it only refreshes what the LMS granted. */
static bool
same_owner(const struct platform *platform, struct span organization_id)
{
	return organization_id.length == 0 ||
	       span_equal(platform->organization_id, organization_id);
}

/* Canvas answers an update with the registration of before, until it is
 * accepted. */
static enum fault
find_held(struct cx *cx, const struct platform_record_args *args,
    struct platform_record *record)
{
	const struct json_t *report, *asked;
	enum fault which = jread_parse(cx, record->platform.report, &report);

	if (which)
		return which;
	asked = jread_member(report, "asked");
	if (asked && registration_step_waits(
			 cx, asked, args->doc->document, args->reply->granted))
		record->held = asked;
	return FAULT_NONE;
}

static enum fault
keep_update(struct db_session *session, struct cx *cx,
    const struct platform_record_args *args, struct platform_record *record)
{
	struct platform *platform = &record->platform;
	struct span wish = override_text(args, "platformName");

	if (!same_endpoints(platform, &args->waiting->platform) ||
	    !same_owner(platform, args->organization_id))
		return fault(cx, FAULT_PLATFORM_TAKEN,
		    "platform %.*s has other endpoints or another owner",
		    SPAN_ARGS(platform->id));
	record->updated = true;
	if (wish.length)
		platform->name = wish;
	platform->active = jread_bool_or(
	    jread_member(args->overrides, "autoActivate"), platform->active);
	enum fault which = find_held(cx, args, record);
	if (!which)
		which = fill(cx, args, record);
	return which ? which : platforms_change(session, cx, platform);
}

static enum fault
keep_deployment(struct db_session *session, struct cx *cx,
    const struct platform_record_args *args, struct span platform_id)
{
	const struct deployment deployment = {
	    .platform_id = platform_id,
	    .deployment_id = args->reply->deployment_id,
	    .inherits = true,
	    .allowed = true,
	    .origin = SPAN("registration"),
	    .first_seen_at = cx->now,
	};

	return deployment.deployment_id.length
		   ? deployments_add(session, cx, &deployment)
		   : FAULT_NONE;
}

enum fault
platform_record_keep(struct db_session *session, struct cx *cx,
    const struct platform_record_args *args, struct platform_record *out)
{
	struct platform_record record = {
	    .differences = registration_reply_differences(
		cx, args->doc->document, args->reply->granted),
	};
	enum fault which = FAULT_NO_PLATFORM;

	if (args->look.known)
		which = platforms_find_pair(session, cx,
		    args->waiting->platform.issuer, args->reply->client_id,
		    &record.platform);
	if (which == FAULT_NO_PLATFORM)
		which = keep_new(session, cx, args, &record);
	else if (!which)
		which = keep_update(session, cx, args, &record);
	if (!which)
		which = in_step_keep(session, cx, args->gateway, args->asked,
		    &record.platform, record.held ? args->doc : NULL);
	if (!which)
		which = keep_deployment(session, cx, args, record.platform.id);
	if (!which)
		*out = record;
	return which;
}
