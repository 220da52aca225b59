/* operation_calls.c - what who runs the gateway looks at
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/openapi.h"
#include "api/routes.h"
#include "app/gateway.h"
#include "app/tool_keys.h"
#include "base/cx.h"
#include "store/keys.h"
#include "json/jwrite.h"

enum fault
healthz_call(struct call *call)
{
	struct json_t *answer = jwrite_object(call->cx);

	jwrite_text(answer, "status", SPAN("ok"));
	call_answer(call, 200, answer);
	return FAULT_NONE;
}

/* Ready: the store answers, there is a key to sign with, and more is to come
 * here. */
enum fault
readyz_call(struct call *call)
{
	struct tool_key_list keys;

	if (atomic_load(&call->gateway->stopping))
		return fault_tell(
		    call->cx, FAULT_SERVER_BUSY, "This instance is stopping");
	enum fault which = tool_keys_list(call->gateway, call->cx, &keys);
	if (which)
		return fault_tell(call->cx, FAULT_SERVER_BUSY,
		    "The store cannot be read (%s)",
		    fault_text(which)->message);
	for (size_t i = 0; i < keys.count; i++)
		if (span_is(keys.at[i].state, "active"))
			return healthz_call(call);
	return fault_tell(
	    call->cx, FAULT_SERVER_BUSY, "The first key pair is being made");
}

enum fault
openapi_call(struct call *call)
{
	call_answer(
	    call, 200, openapi_write(call->cx, call->gateway->public_url));
	return FAULT_NONE;
}
