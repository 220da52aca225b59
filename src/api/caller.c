/* caller.c - who is asking
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/caller.h"

#include "api/call.h"
#include "app/gateway.h"
#include "base/cx.h"
#include "store/api_keys.h"
#include "store/db.h"

static enum fault
find(struct db_session *session, struct cx *cx, void *arg)
{
	struct api_key key;
	/* Looked up by its hash: nothing is compared byte by byte that a
	 * caller could learn from. */
	return api_keys_find(session, cx, *(const struct span *)arg, &key);
}

enum fault
caller_check(struct call *call)
{
	struct span header = request_header(call->request, "Authorization");
	struct span scheme = span_first(header, 7);

	if (header.length <= 7 || !span_equal_nocase(scheme, SPAN("Bearer ")))
		return fault(
		    call->cx, FAULT_NOT_AUTHORIZED, "no Bearer authorization");
	struct span hash =
	    digest_text(call->cx, span_trim(span_from_offset(header, 7)));
	enum fault which = db_read(call->gateway->db, call->cx, find, &hash);
	if (which == FAULT_NO_API_KEY)
		return fault(
		    call->cx, FAULT_NOT_AUTHORIZED, "no API key has this hash");
	return which;
}
