/* service_key_calls.c - service keys, listed and revoked
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/query.h"
#include "api/routes.h"
#include "app/service_access.h"
#include "base/cx.h"
#include "json/jread.h"
#include "json/jwrite.h"

static void
write_one(struct call *call, struct json_t *item, const struct service_key *key)
{
	const struct json_t *stored;

	jwrite_text(item, "id", key->id);
	jwrite_text(item, "platformId", key->platform_id);
	jwrite_text(item, "deploymentId", key->deployment_id);
	jwrite_text_if(item, "organizationId", key->organization_id);
	call_write_time(item, "createdAt", key->created_at);
	call_write_time(item, "usedAt", key->used_at);
	if (jread_parse(call->cx, key->claims, &stored))
		return;
	const struct service_claims claims =
	    service_claims_read(call->cx, stored);
	jwrite_text_if(item, "contextId", claims.context_id);
	jwrite_text_if(item, "contextTitle", claims.context_title);
	jwrite_text_if(item, "resourceLinkId", claims.resource_link_id);
	jwrite_text_if(item, "resourceLinkTitle", claims.resource_link_title);
	jwrite_bool(item, "assignmentAndGrades", claims.grades);
	jwrite_bool(item, "namesAndRoles", claims.roster);
}

static enum fault
list(struct call *call, struct service_key_filter *filter)
{
	struct service_key_list keys;
	enum fault which = call_query(call, "before", &filter->before);

	if (!which)
		which =
		    service_access_list(call->gateway, call->cx, filter, &keys);
	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	struct json_t *array = jwrite_inner_array(answer, "serviceKeys");
	for (size_t i = 0; i < keys.count; i++)
		write_one(call, jwrite_push_object(array), &keys.at[i]);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}

enum fault
service_keys_list_call(struct call *call)
{
	struct service_key_filter filter = {.before = SPAN("")};
	enum fault which = call_query(call, "platformId", &filter.platform_id);

	if (!which)
		which = query_organization(call, &filter.organization_id);
	return which ? which : list(call, &filter);
}

enum fault
platform_service_keys_call(struct call *call)
{
	struct service_key_filter filter = {
	    .platform_id = call_parameter(call, 0)};
	return list(call, &filter);
}

enum fault
service_key_revoke_call(struct call *call)
{
	enum fault which = service_access_revoke(
	    call->gateway, call->cx, call_parameter(call, 0));

	if (!which)
		call_answer_nothing(call);
	return which;
}

enum fault
platform_service_keys_revoke_call(struct call *call)
{
	size_t revoked;
	enum fault which = service_access_revoke_all(
	    call->gateway, call->cx, call_parameter(call, 0), &revoked);

	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	jwrite_integer(answer, "revoked", (int64_t)revoked);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}
