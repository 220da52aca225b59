/* service_context.c - what of an LMS's services a caller may reach
 *
 * An access token opens every course of the LMS in which the tool is. What
 * keeps one launch from another's grades are the checks here.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/service_context.h"

#include "app/gateway.h"
#include "app/ltik.h"
#include "app/recent_launches.h"
#include "base/cx.h"
#include "lti/names.h"
#include "lti/service_token.h"
#include "lti/service_url.h"
#include "json/jread.h"

static enum fault
find_launch(struct gateway *gateway, struct cx *cx, struct span ltik,
    struct launch_key key, struct service_context *out)
{
	struct ltik_launch launch;
	enum fault which = ltik_find(gateway, cx, ltik, &launch);

	if (which)
		return which;
	*out = (struct service_context){
	    .platform = launch.platform,
	    .deployment_id = launch.row.deployment_id,
	    .organization_id = launch.row.organization_id,
	    .claims = service_claims_read(cx, launch.claims),
	};
	recent_launches_keep(gateway->recent_launches, key, out);
	return FAULT_NONE;
}

enum fault
service_context_of_ltik(struct gateway *gateway, struct cx *cx,
    struct span ltik, struct service_context *out)
{
	struct launch_key key;
	enum fault which = ltik_read(gateway, cx, ltik, &key);

	if (which)
		return which;
	if (!recent_launches_find(gateway->recent_launches, cx, key, out))
		return find_launch(gateway, cx, ltik, key, out);
	return ltik_find_platform(
	    gateway, cx, out->platform.id, &out->platform);
}

static const struct {
	const char *setting, *name;
} services[] = {
    [SERVICE_GRADES] = {"assignmentAndGrades", "grades"},
    [SERVICE_ROSTER] = {"namesAndRoles", "names and roles"},
};

enum fault
service_context_is_on(
    struct gateway *gateway, struct cx *cx, enum service service, bool *out)
{
	const struct json_t *settings;
	enum fault which = directory_settings(gateway, cx, &settings);

	if (!which)
		*out = jread_bool_or(
		    jread_member(jread_member(settings, "services"),
			services[service].setting),
		    false);
	return which;
}

enum fault
service_context_check(struct gateway *gateway, struct cx *cx,
    const struct service_context *context, enum service service)
{
	bool offered = service == SERVICE_GRADES ? context->claims.grades
						 : context->claims.roster;
	bool on = false;
	enum fault which = service_context_is_on(gateway, cx, service, &on);

	if (which)
		return which;
	if (!on)
		return fault_tell(cx, FAULT_SERVICE_OFF,
		    "The service \"%s\" is switched off in the tool's "
		    "settings (services.%s)",
		    services[service].name, services[service].setting);
	if (!offered)
		return fault_tell(cx, FAULT_SERVICE_NOT_IN_CONTEXT,
		    "The LMS did not offer %s in this launch",
		    services[service].name);
	return FAULT_NONE;
}

enum fault
service_context_check_item(
    struct cx *cx, const struct service_context *context, struct span url)
{
	const struct service_claims *claims = &context->claims;

	if (claims->line_item.length && span_equal(url, claims->line_item))
		return FAULT_NONE;
	if (claims->line_items.length &&
	    service_url_is_item(cx, url, claims->line_items))
		return FAULT_NONE;
	return fault_tell(cx, FAULT_SERVICE_URL_REFUSED,
	    "The line item's id is not a URL of this launch's line items");
}

enum fault
service_context_check_page(struct cx *cx, struct span url, struct span named)
{
	if (named.length && service_url_is_page(cx, url, named))
		return FAULT_NONE;
	return fault_tell(cx, FAULT_SERVICE_URL_REFUSED,
	    "\"url\" is not a page of what this call lists; give back what "
	    "\"next\" or its like said, percent-encoded");
}

enum fault
service_context_scopes(struct cx *cx, const struct service_context *context,
    enum service service, const char *const *needed, struct span *out)
{
	const char *first = *needed;

	*out = service == SERVICE_ROSTER ? SPAN(SCOPE_MEMBERSHIP)
					 : context->claims.scopes;
	for (; *needed; needed++)
		if (service_token_has(*out, span_of(*needed)))
			return FAULT_NONE;
	return fault_tell(cx, FAULT_SCOPE_NOT_GRANTED,
	    "The LMS did not grant the tool the scope %s", first);
}
