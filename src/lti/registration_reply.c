/* registration_reply.c - the LMS's answer to a registration
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/registration_reply.h"

#include "base/cx.h"
#include "lti/names.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* --- reading ------------------------------------------------------------- */

/* A string, or a number that some LMSs send in its place. */
static struct span
text_or_number(struct cx *cx, const struct json_t *value)
{
	int64_t number;

	if (jread_integer(value, &number))
		return arena_printf(cx->arena, "%lld", (long long)number);
	return jread_text_or(value, SPAN(""));
}

static bool
is_identifier(struct span text, size_t max)
{
	if (text.length == 0 || text.length > max)
		return false;
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.at[i] <= ' ' ||
		    (unsigned char)text.at[i] >= 0x7f)
			return false;
	return true;
}

/* In the tool configuration (Moodle, ILIAS), beside it (Canvas, Sakai), or
 * nowhere (Brightspace, Blackboard). */
static struct span
read_deployment(struct cx *cx, const struct json_t *reply)
{
	struct span inner = text_or_number(
	    cx, jread_member(
		    jread_member(reply, TOOL_CONFIGURATION), "deployment_id"));
	struct span outer =
	    text_or_number(cx, jread_member(reply, "deployment_id"));
	struct span found = inner.length ? inner : outer;

	return is_identifier(found, DEPLOYMENT_ID_MAX) ? found : SPAN("");
}

enum fault
registration_reply_read(
    struct cx *cx, struct span body, struct registration_reply *out)
{
	struct registration_reply reply = {0};
	const struct json_t *raw;

	if (jread_parse(cx, body, &raw) || !jread_is_object(raw))
		return fault_tell(cx, FAULT_REPLY_MALFORMED,
		    "The LMS accepted the registration but its answer is not "
		    "a JSON object, so the client id is not known");
	reply.client_id = text_or_number(cx, jread_member(raw, "client_id"));
	if (!is_identifier(reply.client_id, CLIENT_ID_MAX))
		return fault_tell(cx, FAULT_REPLY_MALFORMED,
		    "The LMS accepted the registration but its answer has no "
		    "client_id that can be used (it has %s)",
		    jread_type(jread_member(raw, "client_id")));
	reply.deployment_id = read_deployment(cx, raw);
	reply.management_url = jread_text_or(
	    jread_member(raw, "registration_client_uri"), SPAN(""));
	reply.management_token = jread_text_or(
	    jread_member(raw, "registration_access_token"), SPAN(""));
	struct json_t *granted = jwrite_copy(cx, raw);
	jwrite_remove(granted, "client_secret");
	jwrite_remove(granted, "registration_access_token");
	jwrite_remove(granted, "registration_client_uri");
	reply.granted = granted;
	*out = reply;
	return FAULT_NONE;
}

/* --- comparing ----------------------------------------------------------- */

enum compare { COMPARE_TEXT, COMPARE_SET, COMPARE_WORDS, COMPARE_OBJECT };

struct rule {
	const char *member;
	bool inner; /* of the tool configuration */
	enum compare how;
};

static const struct rule rules[] = {
    {"redirect_uris", false, COMPARE_SET},
    {"initiate_login_uri", false, COMPARE_TEXT},
    {"jwks_uri", false, COMPARE_TEXT},
    {"client_name", false, COMPARE_TEXT},
    {"logo_uri", false, COMPARE_TEXT},
    {"token_endpoint_auth_method", false, COMPARE_TEXT},
    {"scope", false, COMPARE_WORDS},
    {"domain", true, COMPARE_TEXT},
    {"target_link_uri", true, COMPARE_TEXT},
    {"claims", true, COMPARE_SET},
    {"custom_parameters", true, COMPARE_OBJECT},
};

static bool
set_holds(const struct json_t *set, const struct json_t *items)
{
	for (size_t i = 0; i < jread_count(items); i++)
		if (!jread_holds(
			set, jread_text_or(jread_at(items, i), SPAN(""))))
			return false;
	return true;
}

static bool
words_hold(struct span words, struct span wanted)
{
	struct span word;

	while (span_next(&wanted, ' ', &word)) {
		struct span rest = words, other;
		bool found = word.length == 0;
		while (!found && span_next(&rest, ' ', &other))
			found = span_equal(word, other);
		if (!found)
			return false;
	}
	return true;
}

static bool
object_holds(const struct json_t *object, const struct json_t *wanted)
{
	const struct json_t *value;
	struct span name;
	void *place = NULL;

	while (jread_next(wanted, &place, &name, &value))
		if (!span_equal(jread_text_or(value, SPAN("")),
			jread_text_or(jread_member(object, name.at), SPAN(""))))
			return false;
	return true;
}

static bool
same(enum compare how, const struct json_t *a, const struct json_t *b)
{
	struct span left = jread_text_or(a, SPAN(""));
	struct span right = jread_text_or(b, SPAN(""));

	switch (how) {
	case COMPARE_TEXT:
		return span_equal(left, right);
	case COMPARE_SET:
		return set_holds(a, b) && set_holds(b, a);
	case COMPARE_WORDS:
		return words_hold(left, right) && words_hold(right, left);
	case COMPARE_OBJECT:
		/* [] for {} is how PHP writes an empty object. */
		return object_holds(a, b) && object_holds(b, a);
	}
	return true;
}

static void
add_difference(struct json_t *list, const char *member,
    const struct json_t *asked, const struct json_t *granted)
{
	struct json_t *row = jwrite_push_object(list);

	jwrite_text(row, "member", span_of(member));
	if (asked)
		jwrite_value(row, "asked", asked);
	else
		jwrite_null(row, "asked");
	if (granted)
		jwrite_value(row, "granted", granted);
	else
		jwrite_null(row, "granted");
}

/* The granted message of the same type, or NULL. */
static const struct json_t *
find_message(const struct json_t *messages, const struct json_t *like)
{
	struct span type = jread_text_or(jread_member(like, "type"), SPAN(""));

	for (size_t i = 0; i < jread_count(messages); i++) {
		const struct json_t *item = jread_at(messages, i);
		if (span_equal(type,
			jread_text_or(jread_member(item, "type"), SPAN(""))))
			return item;
	}
	return NULL;
}

static void
compare_messages(struct json_t *list, const struct json_t *asked,
    const struct json_t *granted)
{
	if (!jread_is_array(granted))
		return;
	for (size_t i = 0; i < jread_count(asked); i++) {
		const struct json_t *wish = jread_at(asked, i);
		const struct json_t *got = find_message(granted, wish);
		const struct json_t *places = jread_member(got, "placements");
		/* Moodle never repeats the message that every tool has. */
		bool implied =
		    span_is(jread_text_or(jread_member(wish, "type"), SPAN("")),
			MESSAGE_RESOURCE_LINK);
		if (!got && implied)
			continue;
		if (!got)
			add_difference(list, "messages", wish, NULL);
		else if (places &&
			 !same(COMPARE_SET, jread_member(wish, "placements"),
			     places))
			add_difference(list, "placements", wish, got);
	}
}

struct json_t *
registration_reply_differences(
    struct cx *cx, const struct json_t *asked, const struct json_t *granted)
{
	const struct json_t *asked_inner =
	    jread_member(asked, TOOL_CONFIGURATION);
	const struct json_t *granted_inner =
	    jread_member(granted, TOOL_CONFIGURATION);
	struct json_t *list = jwrite_array(cx);

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		const struct rule *rule = &rules[i];
		const struct json_t *a = jread_member(
		    rule->inner ? asked_inner : asked, rule->member);
		const struct json_t *b = jread_member(
		    rule->inner ? granted_inner : granted, rule->member);
		if (b && !same(rule->how, a, b))
			add_difference(list, rule->member, a, b);
	}
	compare_messages(list, jread_member(asked_inner, "messages"),
	    jread_member(granted_inner, "messages"));
	return list;
}

enum fault
registration_reply_check_redirects(
    struct cx *cx, const struct json_t *asked, const struct json_t *granted)
{
	const struct json_t *answered = jread_member(granted, "redirect_uris");
	struct span ours = jread_text_or(
	    jread_at(jread_member(asked, "redirect_uris"), 0), SPAN(""));

	if (!jread_is_array(answered) || jread_holds(answered, ours))
		return FAULT_NONE;
	return fault(cx, FAULT_REDIRECTS_CHANGED,
	    "the answer's redirect_uris lack our own");
}
