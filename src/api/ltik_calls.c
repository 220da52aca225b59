/* ltik_calls.c - what the tool's back end asks about one launch
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/routes.h"
#include "app/consumer_keys.h"
#include "app/content_launch.h"
#include "app/directory.h"
#include "app/linking.h"
#include "app/ltik.h"
#include "app/service_access.h"
#include "base/cx.h"
#include "lti/deep_link.h"
#include "lti/id_token.h"
#include "lti/names.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* --- /api/idtoken -------------------------------------------------------- */

static bool
is_on(const struct json_t *settings, const char *service)
{
	return jread_bool_or(
	    jread_member(jread_member(settings, "services"), service), false);
}

/* Only where there is something that it could be used for. */
static enum fault
add_service_key(struct call *call, struct id_token_facts *facts)
{
	const struct service_claims offered =
	    service_claims_read(call->cx, facts->claims);

	if (!(facts->names_and_roles && offered.roster) &&
	    !(facts->assignment_and_grades && offered.grades))
		return FAULT_NONE;
	return service_access_give(
	    call->gateway, call->cx, call->launch, &facts->service_key);
}

/* Of a link that was selected in the picker: as its content is now. What was
 * removed, or given to somebody else, since the launch says nothing more. */
static enum fault
add_custom(struct call *call, struct id_token_facts *facts)
{
	struct content content = {.id = SPAN("")};
	struct span target =
	    jread_text_or(jread_member(facts->claims, CLAIM_TARGET), SPAN(""));
	enum fault which =
	    content_launch_find(call->gateway, call->cx, target, &content);

	if (which == FAULT_CONTENT_GONE)
		return FAULT_NONE;
	if (!which && content.id.length &&
	    span_equal(content.organization_id, facts->organization_id))
		facts->custom = content_launch_custom(call->cx,
		    jread_member(facts->claims, CLAIM_CUSTOM), &content);
	return which;
}

enum fault
idtoken_call(struct call *call)
{
	const struct ltik_launch *launch = call->launch;
	const struct json_t *settings;
	struct span raw;
	enum fault which = call_query(call, "raw", &raw);

	if (!which)
		which = directory_settings(call->gateway, call->cx, &settings);
	if (which)
		return which;
	if (raw.at && !span_is(raw, "false")) {
		call_answer(call, 200, id_token_raw(call->cx, launch->claims));
		return FAULT_NONE;
	}
	struct span deep_linking =
	    jread_text_or(jread_member(settings, "deepLinking"), SPAN(""));
	struct id_token_facts facts = {
	    .claims = launch->claims,
	    .platform_id = launch->platform.id,
	    .issuer = launch->platform.issuer,
	    .client_id = launch->platform.client_id,
	    .name = launch->platform.name,
	    .organization_id = launch->row.organization_id,
	    .deep_linking = !span_is(deep_linking, "off"),
	    .names_and_roles = is_on(settings, "namesAndRoles"),
	    .assignment_and_grades = is_on(settings, "assignmentAndGrades"),
	    .migration_verified =
		consumer_keys_prove(call->gateway, call->cx, launch->claims,
		    launch->platform.client_id) == CONSUMER_PROVED,
	};
	which = add_service_key(call, &facts);
	if (!which)
		which = add_custom(call, &facts);
	if (!which)
		call_answer(call, 200, id_token_processed(call->cx, &facts));
	return which;
}

/* --- /api/deeplinking ---------------------------------------------------- */

/* Only when something was left out: LTIAAS's answers have no such member. */
static void
write_dropped(struct json_t *answer, const struct linking_answer *linking)
{
	if (jread_count(linking->dropped))
		jwrite_value(answer, "dropped", linking->dropped);
}

enum fault
deep_linking_call(struct call *call)
{
	struct linking_answer linking;
	enum fault which = linking_answer(
	    call->gateway, call->cx, call->launch, call->body, &linking);

	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	jwrite_text(answer, "message", linking.jwt);
	jwrite_text(answer, "target", linking.return_url);
	write_dropped(answer, &linking);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}

enum fault
deep_linking_form_call(struct call *call)
{
	struct linking_answer linking;
	enum fault which = linking_answer(
	    call->gateway, call->cx, call->launch, call->body, &linking);

	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	jwrite_text(answer, "form",
	    deep_link_form(call->cx, linking.return_url, linking.jwt));
	write_dropped(answer, &linking);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}
