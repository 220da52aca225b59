/* person_calls.c - what is kept of one person of an LMS
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/routes.h"
#include "api/score_json.h"
#include "app/person.h"
#include "base/cx.h"
#include "json/jwrite.h"

static enum fault
read_person(struct call *call, struct person *out)
{
	enum fault which = call_query(call, "userId", &out->user);

	out->platform_id = call_parameter(call, 0);
	return which;
}

enum fault
person_get_call(struct call *call)
{
	struct json_t *answer = jwrite_object(call->cx), *launches;
	struct score_list scores;
	struct person person;
	enum fault which = read_person(call, &person);

	if (!which)
		which = person_find(
		    call->gateway, call->cx, &person, &launches, &scores);
	if (which)
		return which;
	jwrite_text(answer, "platformId", person.platform_id);
	jwrite_text(answer, "userId", person.user);
	jwrite_value(answer, "launches", launches);
	struct json_t *list = jwrite_inner_array(answer, "scores");
	for (size_t i = 0; i < scores.count; i++)
		score_json_write(
		    call->cx, jwrite_push_object(list), &scores.at[i]);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}

enum fault
person_forget_call(struct call *call)
{
	struct person_forgotten forgotten;
	struct person person;
	enum fault which = read_person(call, &person);

	if (!which)
		which =
		    person_forget(call->gateway, call->cx, &person, &forgotten);
	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	jwrite_integer(answer, "launches", forgotten.launches);
	jwrite_integer(answer, "scores", forgotten.scores);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}
