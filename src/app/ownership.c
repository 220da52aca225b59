/* ownership.c - whose a platform, a deployment or a registration is
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/ownership.h"

#include "base/cx.h"
#include "store/db.h"
#include "store/deployments.h"
#include "store/organizations.h"
#include "store/platforms.h"

static enum fault
has_deployment(struct db_session *session, struct cx *cx,
    const struct caller *caller, struct span platform_id, bool *out)
{
	struct deployment_list rows;
	enum fault which = deployments_list_of(
	    session, cx, platform_id, caller->person_id, &rows);

	if (!which)
		*out = rows.count > 0;
	return which;
}

enum fault
ownership_check_platform(struct db_session *session, struct cx *cx,
    const struct caller *caller, enum right right,
    const struct platform *platform)
{
	bool sees = false;
	enum fault which = rights_check_in(
	    cx, caller, right, platform->organization_id, FAULT_NO_PLATFORM);

	if (which != FAULT_NO_PLATFORM)
		return which;
	which = has_deployment(session, cx, caller, platform->id, &sees);
	if (which || (sees && right == RIGHT_SEE))
		return which;
	return sees ? fault_tell(cx, FAULT_NOT_ALLOWED,
			  "This platform serves other organisations too; you "
			  "decide about your own deployments of it")
		    : fault(cx, FAULT_NO_PLATFORM, "another organisation's");
}

enum fault
ownership_check_deployment(struct cx *cx, const struct caller *caller,
    enum right right, const struct platform *platform,
    const struct deployment *deployment)
{
	struct span owner = deployment->organization_id;

	if (!owner.length && deployment->inherits)
		owner = platform->organization_id;
	return rights_check_in(cx, caller, right, owner, FAULT_NO_DEPLOYMENT);
}

bool
ownership_is_whole(const struct caller *caller, const struct platform *platform)
{
	if (rights_everywhere(caller, RIGHT_SEE))
		return true;
	for (size_t i = 0; i < caller->role_count; i++)
		if (span_equal(caller->roles[i].organization_id,
			platform->organization_id))
			return true;
	return false;
}

enum fault
ownership_check_gift(struct db_session *session, struct cx *cx,
    const struct caller *caller, struct span organization_id)
{
	struct organization owner;
	enum fault which;

	if (!organization_id.length &&
	    !rights_everywhere(caller, RIGHT_REGISTER)) {
		cx->note.member = SPAN("organizationId");
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "organizationId must name your organisation");
	}
	which = rights_check_in(
	    cx, caller, RIGHT_REGISTER, organization_id, FAULT_NO_ORGANIZATION);
	return which || !organization_id.length
		   ? which
		   : organizations_find(session, cx, organization_id, &owner);
}
