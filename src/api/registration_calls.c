/* registration_calls.c - registrations that wait for the tool's approval
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/platform_json.h"
#include "api/query.h"
#include "api/routes.h"
#include "app/complete.h"
#include "app/gateway.h"
#include "app/journal.h"
#include "app/register.h"
#include "app/tool.h"
#include "base/cx.h"
#include "lti/names.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* To the letter what LTIAAS answers: it is put into a page by the tool. */
static const char close_html[] =
    "<script>(window.opener || window.parent).postMessage("
    "{subject:'org.imsglobal.lti.close'}, '*');</script>";

static void
write_row(struct json_t *list, const struct registration *row)
{
	struct json_t *item = jwrite_push_object(list);

	jwrite_text(item, "handle", row->handle);
	jwrite_text(item, "state", row->state);
	jwrite_text(item, "waitsFor",
	    span_is(row->step, "confirm")    ? SPAN("person")
	    : span_is(row->step, "approval") ? SPAN("approval")
					     : SPAN("tool"));
	jwrite_text(item, "url", row->issuer);
	jwrite_text(item, "familyCode", row->family);
	jwrite_text(item, "version", row->version);
	jwrite_text_if(item, "organizationId", row->organization_id);
	jwrite_text_if(item, "claimedOrganization", row->claimed_organization);
	jwrite_text_if(item, "registrationLinkId", row->link_id);
	jwrite_text(item, "startedFrom", row->started_from);
	call_write_time(item, "createdAt", row->created_at);
	call_write_time(item, "expiresAt", row->expires_at);
	jwrite_text_if(item, "fault", row->fault);
	jwrite_text(item, "reference", row->reference);
}

enum fault
registrations_list_call(struct call *call)
{
	struct registration_list rows;
	struct span organization_id = SPAN("");
	enum fault which = query_organization(call, &organization_id);

	if (!which)
		which = register_list(call->gateway, call->cx, &call->caller,
		    organization_id, &rows);
	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	struct json_t *list = jwrite_inner_array(answer, "registrations");
	for (size_t i = 0; i < rows.count; i++)
		write_row(list, &rows.at[i]);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}

/* --- one ----------------------------------------------------------------- */

/* The SDK knows the two core types and refuses an answer with another. */
static bool
is_core(const struct json_t *message)
{
	struct span type =
	    jread_text_or(jread_member(message, "type"), SPAN(""));
	return span_is(type, MESSAGE_RESOURCE_LINK) ||
	       span_is(type, MESSAGE_DEEP_LINKING);
}

static void
write_processed(struct json_t *answer, const struct platform_doc *platform)
{
	jwrite_text(answer, "url", platform->issuer);
	jwrite_text(answer, "familyCode", platform->family);
	jwrite_text(answer, "version", platform->version);
	struct json_t *scopes = jwrite_inner_array(answer, "supportedScopes");
	struct json_t *core = jwrite_inner_array(answer, "supportedMessages");
	struct json_t *other = jwrite_inner_array(answer, "otherMessages");
	for (size_t i = 0; i < jread_count(platform->scopes); i++) {
		struct span scope;
		if (jread_text(jread_at(platform->scopes, i), &scope))
			jwrite_push_text(scopes, scope);
	}
	for (size_t i = 0; i < jread_count(platform->messages); i++) {
		const struct json_t *message = jread_at(platform->messages, i);
		jwrite_push(is_core(message) ? core : other, message);
	}
}

/* One that waits, if the caller may do this with it. */
static enum fault
find(struct call *call, enum right right, struct register_waiting *out)
{
	enum fault which = register_find(
	    call->gateway, call->cx, call_parameter(call, 0), out);

	return which ? which
		     : rights_check_in(call->cx, &call->caller, right,
			   out->row.organization_id, FAULT_NO_REGISTRATION);
}

/* The LMS's token opens its door: for programs alone. */
static enum fault
check_raw(struct call *call, struct span raw, bool *out)
{
	/* "?raw" alone means it too. */
	*out = raw.at && !span_is(raw, "false") && !span_is(raw, "0");
	return *out ? rights_check(call->cx, &call->caller, RIGHT_PROGRAM)
		    : FAULT_NONE;
}

enum fault
registration_get_call(struct call *call)
{
	struct register_waiting waiting;
	struct span raw = SPAN_NONE;
	bool is_raw = false;
	enum fault which = find(call, RIGHT_SEE, &waiting);

	if (!which)
		which = call_query(call, "raw", &raw);
	if (!which)
		which = check_raw(call, raw, &is_raw);
	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	if (is_raw) {
		jwrite_value(
		    answer, "openIdConfiguration", waiting.platform.raw);
		jwrite_text(answer, "registrationToken", waiting.token);
	} else {
		write_processed(answer, &waiting.platform);
	}
	call_answer(call, 200, answer);
	return FAULT_NONE;
}

/* --- ending one ---------------------------------------------------------- */

/* It may be given to another organisation of the caller's. */
static enum fault
check_gift(struct call *call)
{
	struct span id =
	    jread_text_or(jread_member(call->body, "organizationId"), SPAN(""));

	return id.length ? rights_check_in(call->cx, &call->caller,
			       RIGHT_REGISTER, id, FAULT_NO_ORGANIZATION)
			 : FAULT_NONE;
}

static enum fault
complete(struct call *call, struct complete_result *result)
{
	struct register_waiting waiting;
	const struct json_t *settings;
	enum fault which =
	    call->body ? complete_check(call->cx, call->body) : FAULT_NONE;

	if (!which)
		which = platform_json_check_caller(
		    call->cx, &call->caller, call->body);
	if (!which)
		which = find(call, RIGHT_REGISTER, &waiting);
	if (!which)
		which = check_gift(call);
	if (!which)
		which = tool_find(call->gateway, call->cx, &settings);
	if (which)
		return which;
	const struct complete_args args = {
	    .waiting = &waiting,
	    .settings = settings,
	    .overrides = call->body,
	    .activate = jread_bool_or(
		jread_member(
		    jread_member(settings, "registration"), "autoActivate"),
		false),
	    .with_close_url = true,
	    .client = waiting.row.started_from,
	};
	which = complete_run(call->gateway, call->cx, &args, result);
	if (which)
		journal_fault(call->gateway, call->cx,
		    &(struct journal_subject){.kind = "registration"}, which);
	return which;
}

enum fault
registration_complete_call(struct call *call)
{
	struct complete_result result;
	enum fault which = complete(call, &result);

	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	jwrite_text(answer, "html", span_of(close_html));
	jwrite_text(answer, "platformId", result.platform_id);
	jwrite_text(answer, "closeUrl", result.close_url);
	jwrite_bool(answer, "active", result.active);
	jwrite_bool(answer, "updated", result.updated);
	jwrite_value(answer, "dropped", result.dropped);
	jwrite_value(answer, "differences", result.differences);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}

enum fault
registration_reject_call(struct call *call)
{
	struct span close_url;
	struct register_waiting waiting;
	enum fault which = find(call, RIGHT_REGISTER, &waiting);

	if (!which)
		which = register_reject(call->gateway, call->cx,
		    call_parameter(call, 0), &close_url);
	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	jwrite_text(answer, "html", span_of(close_html));
	jwrite_text(answer, "closeUrl", close_url);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}
