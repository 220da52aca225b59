/* consumer_calls.c - LTI 1.1 keys that the tool had given to its customers
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/routes.h"
#include "app/consumer_keys.h"
#include "base/cx.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* Never with the secret. */
static void
write_consumer(struct json_t *item, const struct consumer *consumer)
{
	jwrite_text(item, "id", consumer->id);
	jwrite_text(item, "key", consumer->key);
	jwrite_text(item, "label", consumer->label);
	call_write_time(item, "createdAt", consumer->created_at);
}

enum fault
consumers_list_call(struct call *call)
{
	struct consumer_list consumers;
	enum fault which =
	    consumer_keys_list(call->gateway, call->cx, &consumers);

	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	struct json_t *list = jwrite_inner_array(answer, "consumers");
	for (size_t i = 0; i < consumers.count; i++)
		write_consumer(jwrite_push_object(list), &consumers.at[i]);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}

static struct span
text_of(const struct call *call, const char *name)
{
	return jread_text_or(jread_member(call->body, name), SPAN(""));
}

enum fault
consumer_add_call(struct call *call)
{
	struct consumer consumer = {
	    .key = text_of(call, "key"), .label = text_of(call, "label")};
	enum fault which = consumer_keys_add(
	    call->gateway, call->cx, &consumer, text_of(call, "secret"));

	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	write_consumer(answer, &consumer);
	call_answer(call, 201, answer);
	return FAULT_NONE;
}

enum fault
consumer_remove_call(struct call *call)
{
	enum fault which = consumer_keys_remove(
	    call->gateway, call->cx, call_parameter(call, 0));

	if (!which)
		call_answer_nothing(call);
	return which;
}
