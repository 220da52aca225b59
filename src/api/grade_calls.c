/* grade_calls.c - line items, results, scores and the roster
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/routes.h"
#include "api/score_json.h"
#include "app/grading.h"
#include "app/rostering.h"
#include "app/scoring.h"
#include "base/cx.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum { LIMIT_MAX = 1000000 };

/* --- queries ------------------------------------------------------------- */

/* Absent and empty are the same. */
static enum fault
text_query(struct call *call, const char *name, struct span *out)
{
	struct span value;
	enum fault which = call_query(call, name, &value);

	if (!which)
		*out = value.at ? value : SPAN("");
	return which;
}

static enum fault
flag_query(struct call *call, const char *name, bool *out)
{
	struct span value;
	enum fault which = text_query(call, name, &value);

	if (!which)
		*out = value.length && !span_is(value, "false") &&
		       !span_is(value, "0");
	return which;
}

static enum fault
limit_query(struct call *call, struct span *out)
{
	enum fault which = text_query(call, "limit", out);
	int64_t limit;

	if (!which && out->length &&
	    (!span_number(*out, LIMIT_MAX, &limit) || limit == 0))
		return fault_tell(call->cx, FAULT_PARAMETER_REFUSED,
		    "\"limit\" must be a whole number of 1 or more");
	return which;
}

static enum fault
read_queries(struct call *call, struct grading_query *out)
{
	enum fault which = text_query(call, "url", &out->url);

	if (!which)
		which =
		    text_query(call, "resourceLinkId", &out->resource_link_id);
	if (!which)
		which = text_query(call, "resourceId", &out->resource_id);
	if (!which)
		which = text_query(call, "tag", &out->tag);
	if (!which)
		which = text_query(call, "userId", &out->user);
	if (!which)
		which = limit_query(call, &out->limit);
	return which ? which : flag_query(call, "all", &out->all);
}

/* --- line items ---------------------------------------------------------- */

enum fault
line_items_list_call(struct call *call)
{
	struct grading_query query;
	struct json_t *answer;
	enum fault which = read_queries(call, &query);

	if (!which)
		which = grading_list(
		    call->gateway, call->cx, call->service, &query, &answer);
	if (!which)
		call_answer(call, 200, answer);
	return which;
}

enum fault
line_item_create_call(struct call *call)
{
	const struct json_t *item;
	enum fault which = grading_add(
	    call->gateway, call->cx, call->service, call->body, &item);

	if (!which)
		call_answer(call, 201, item);
	return which;
}

enum fault
line_item_get_call(struct call *call)
{
	const struct json_t *item;
	enum fault which = grading_find(call->gateway, call->cx, call->service,
	    call_parameter(call, 0), &item);

	if (!which)
		call_answer(call, 200, item);
	return which;
}

/* LTIAAS answers 201 here. */
enum fault
line_item_replace_call(struct call *call)
{
	const struct json_t *item;
	enum fault which = grading_change(call->gateway, call->cx,
	    call->service, call_parameter(call, 0), call->body, &item);

	if (!which)
		call_answer(call, 201, item);
	return which;
}

enum fault
line_item_remove_call(struct call *call)
{
	enum fault which = grading_remove(
	    call->gateway, call->cx, call->service, call_parameter(call, 0));

	if (!which)
		call_answer_nothing(call);
	return which;
}

/* --- results and scores -------------------------------------------------- */

enum fault
results_list_call(struct call *call)
{
	struct grading_query query;
	struct json_t *answer;
	enum fault which = read_queries(call, &query);

	if (!which)
		which = grading_results(call->gateway, call->cx, call->service,
		    call_parameter(call, 0), &query, &answer);
	if (!which)
		call_answer(call, 200, answer);
	return which;
}

static enum fault
queue_score(struct call *call)
{
	struct score_row row;
	enum fault which = scoring_queue(call->gateway, call->cx, call->service,
	    call_parameter(call, 0), call->body, &row);

	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	score_json_write(call->cx, answer, &row);
	call_answer(call, 202, answer);
	return FAULT_NONE;
}

enum fault
score_send_call(struct call *call)
{
	bool queue;
	enum fault which = flag_query(call, "queue", &queue);

	if (which)
		return which;
	if (queue)
		return queue_score(call);
	which = scoring_send(call->gateway, call->cx, call->service,
	    call_parameter(call, 0), call->body);
	if (!which)
		call_answer_nothing(call);
	return which;
}

enum fault
score_get_call(struct call *call)
{
	struct score_row row;
	enum fault which = scoring_find(
	    call->gateway, call->cx, call_parameter(call, 0), &row);

	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	score_json_write(call->cx, answer, &row);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}

/* --- the roster ---------------------------------------------------------- */

enum fault
memberships_list_call(struct call *call)
{
	struct rostering_query query;
	struct json_t *answer;
	enum fault which = text_query(call, "url", &query.url);

	if (!which)
		which = text_query(call, "role", &query.role);
	if (!which)
		which =
		    text_query(call, "resourceLinkId", &query.resource_link_id);
	if (!which)
		which = limit_query(call, &query.limit);
	if (!which)
		which = flag_query(call, "all", &query.all);
	if (!which)
		which = rostering_list(
		    call->gateway, call->cx, call->service, &query, &answer);
	if (!which)
		call_answer(call, 200, answer);
	return which;
}
