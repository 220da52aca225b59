/* notice_calls.c - /lti/notices, where LMSs send platform notices
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/routes.h"
#include "app/gateway.h"
#include "app/journal.h"
#include "app/take_notice.h"
#include "app/throttle.h"
#include "base/cx.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* Anybody may post here: what is refused counts, and an address that is
 * refused too often is not read further. */
static enum fault
note_refusal(struct call *call, enum fault why, struct span platform_id)
{
	const struct journal_subject subject = {
	    .kind = "platform notice", .platform_id = platform_id};

	journal_fault(call->gateway, call->cx, &subject, why);
	return throttle_pass(
	    call->gateway->complaints, call->cx, span_of(call->request->peer));
}

/* Ours to blame: the LMS may send it again. */
static bool
is_passing(enum fault which)
{
	return fault_text(which)->status >= 500;
}

static enum fault
take(struct call *call, const struct json_t *notice, struct json_t *row)
{
	struct span platform_id;
	bool ignored;
	enum fault which = take_notice(call->gateway, call->cx,
	    jread_text_or(jread_member(notice, "jwt"), SPAN("")),
	    span_of(call->request->peer), &platform_id, &ignored);

	if (!which) {
		jwrite_text(
		    row, "status", ignored ? SPAN("ignored") : SPAN("taken"));
		return FAULT_NONE;
	}
	if (which == FAULT_NOTICES_OFF || is_passing(which))
		return which;
	jwrite_text(row, "status", SPAN("refused"));
	jwrite_text(row, "message", span_of(fault_text(which)->message));
	return note_refusal(call, which, platform_id);
}

enum fault
notices_call(struct call *call)
{
	const struct json_t *notices = jread_member(call->body, "notices");
	struct json_t *answer = jwrite_object(call->cx);
	struct json_t *list = jwrite_inner_array(answer, "notices");
	enum fault which = FAULT_NONE;

	for (size_t i = 0; !which && i < jread_count(notices); i++)
		which =
		    take(call, jread_at(notices, i), jwrite_push_object(list));
	if (!which)
		call_answer(call, 200, answer);
	return which;
}
