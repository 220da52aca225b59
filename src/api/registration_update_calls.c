/* registration_update_calls.c - registrations kept in step with the settings
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/routes.h"
#include "app/registration_update.h"

static enum fault
update(struct call *call, bool look_only)
{
	const struct registration_update_args args = {
	    .caller = &call->caller,
	    .platform_id = call_parameter(call, 0),
	    .look_only = look_only,
	};
	enum fault which =
	    registration_update_run(call->gateway, call->cx, &args);

	return which ? which : platform_get_call(call);
}

enum fault
platform_update_call(struct call *call)
{
	return update(call, false);
}

enum fault
platform_look_call(struct call *call)
{
	return update(call, true);
}
