/* score_json.c - a queued score as the API tells it
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/score_json.h"

#include "api/call.h"
#include "base/cx.h"
#include "json/jread.h"
#include "json/jwrite.h"

void
score_json_write(
    struct cx *cx, struct json_t *answer, const struct score_row *row)
{
	const struct json_t *tries;

	jwrite_text(answer, "id", row->id);
	jwrite_text(answer, "state", row->state);
	jwrite_text(answer, "platformId", row->platform_id);
	jwrite_text(answer, "lineItemId", row->line_item);
	jwrite_text(answer, "userId", row->user);
	call_write_time(answer, "createdAt", row->created_at);
	call_write_time(answer, "nextTryAt",
	    span_is(row->state, "waiting") ? row->next_try_at : 0);
	call_write_time(answer, "finishedAt", row->finished_at);
	if (!jread_parse(cx, row->tries, &tries))
		jwrite_value(answer, "tries", tries);
}
