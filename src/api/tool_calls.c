/* tool_calls.c - the settings, the keys, the API keys
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/routes.h"
#include "app/access.h"
#include "app/gateway.h"
#include "app/tool.h"
#include "app/tool_keys.h"
#include "base/cx.h"
#include "store/keys.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* --- settings ------------------------------------------------------------ */

enum fault
settings_get_call(struct call *call)
{
	const struct json_t *settings;
	enum fault which = tool_find(call->gateway, call->cx, &settings);

	if (!which)
		call_answer(call, 200, settings);
	return which;
}

enum fault
settings_replace_call(struct call *call)
{
	const struct json_t *settings;
	enum fault which =
	    tool_replace(call->gateway, call->cx, call->body, &settings);

	if (!which)
		call_answer(call, 200, settings);
	return which;
}

/* --- the tool's keys ----------------------------------------------------- */

enum fault
keys_list_call(struct call *call)
{
	struct tool_key_list keys;
	enum fault which = tool_keys_list(call->gateway, call->cx, &keys);

	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	struct json_t *list = jwrite_inner_array(answer, "keys");
	for (size_t i = 0; i < keys.count; i++) {
		struct json_t *item = jwrite_push_object(list);
		jwrite_text(item, "id", keys.at[i].id);
		jwrite_text(item, "state", keys.at[i].state);
		jwrite_text(item, "publicKey", keys.at[i].public_pem);
		call_write_time(item, "createdAt", keys.at[i].created_at);
		call_write_time(item, "changedAt", keys.at[i].changed_at);
	}
	call_answer(call, 200, answer);
	return FAULT_NONE;
}

enum fault
keys_rotate_call(struct call *call)
{
	bool at_once = jread_bool_or(jread_member(call->body, "atOnce"), false);
	enum fault which = tool_keys_rotate(call->gateway, call->cx, at_once);

	return which ? which : keys_list_call(call);
}

/* --- API keys ------------------------------------------------------------ */

static void
write_api_key(struct json_t *item, const struct api_key *key)
{
	jwrite_text(item, "id", key->id);
	jwrite_text(item, "name", key->name);
	jwrite_text(item, "hint", key->hint);
	call_write_time(item, "createdAt", key->created_at);
}

enum fault
api_keys_list_call(struct call *call)
{
	struct api_key_list keys;
	enum fault which = access_list_keys(call->gateway, call->cx, &keys);

	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	struct json_t *list = jwrite_inner_array(answer, "apiKeys");
	for (size_t i = 0; i < keys.count; i++)
		write_api_key(jwrite_push_object(list), &keys.at[i]);
	call_answer(call, 200, answer);
	return FAULT_NONE;
}

enum fault
api_key_create_call(struct call *call)
{
	struct api_key key;
	struct span secret;
	enum fault which = access_make_key(call->gateway, call->cx,
	    jread_text_or(jread_member(call->body, "name"), SPAN("")), &key,
	    &secret);

	if (which)
		return which;
	struct json_t *answer = jwrite_object(call->cx);
	write_api_key(answer, &key);
	jwrite_text(answer, "key", secret);
	call_answer(call, 201, answer);
	return FAULT_NONE;
}

enum fault
api_key_remove_call(struct call *call)
{
	enum fault which =
	    access_remove_key(call->gateway, call->cx, call_parameter(call, 0));

	if (!which)
		call_answer_nothing(call);
	return which;
}
