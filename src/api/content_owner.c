/* content_owner.c - whose content a call makes or changes
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/content_owner.h"

#include "api/call.h"
#include "base/cx.h"
#include "store/content.h"
#include "store/organizations.h"

static enum fault
no_course(struct cx *cx)
{
	return fault_tell(cx, FAULT_PARAMETER_REFUSED,
	    "parentId is no course of this organisation");
}

static enum fault
find_course(struct call *call, struct db_session *session, struct span id,
    struct content *out)
{
	enum fault which = content_find(session, call->cx, id, out);

	if (which && which != FAULT_NO_CONTENT)
		return which;
	return !which && out->is_course ? FAULT_NONE : no_course(call->cx);
}

/* A person of one organisation need not name it. */
static struct span
only_one(const struct caller *caller)
{
	bool one =
	    !caller->program && !caller->staff && caller->role_count == 1;

	return one ? caller->roles[0].organization_id : SPAN("");
}

enum fault
content_owner_find(struct call *call, struct db_session *session,
    struct span *organization_id, struct span parent_id)
{
	struct cx *cx = call->cx;
	struct organization organization;
	struct content course = {.organization_id = SPAN("")};
	struct span owner = *organization_id;
	enum fault which = FAULT_NONE;

	if (parent_id.length)
		which = find_course(call, session, parent_id, &course);
	if (which)
		return which;
	if (!owner.length)
		owner = course.organization_id.length ? course.organization_id
						      : only_one(&call->caller);
	if (!owner.length)
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "organizationId is missing: it says whose content this is");
	which = rights_check_in(
	    cx, &call->caller, RIGHT_CONTENT, owner, FAULT_NO_ORGANIZATION);
	/* Another's course is told like one that is not there. */
	if (which == FAULT_NO_ORGANIZATION && !organization_id->length)
		return no_course(cx);
	if (!which)
		which = organizations_find(session, cx, owner, &organization);
	if (!which && parent_id.length &&
	    !span_equal(course.organization_id, owner))
		which = no_course(cx);
	if (!which)
		*organization_id = owner;
	return which;
}
