/* tool_messages.c - the messages and placements of a registration request
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/tool_messages.h"

#include "base/cx.h"
#include "lti/names.h"
#include "lti/platform_doc.h"
#include "lti/tool_doc.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* Where deep linking is offered when nobody says where: the place that each
 * LMS has for it. ContentArea is the specification's; Canvas's two are those
 * through which a teacher adds an item or an assignment. */
static const struct {
	const char *family; /* NULL: any other */
	const char *placements[3];
} default_placements[] = {
    {"canvas", {CANVAS_NAME "assignment_selection",
		   CANVAS_NAME "link_selection", NULL}},
    {NULL, {"ContentArea", NULL}},
};

static void
drop(struct tool_doc *out, const char *member, struct span value,
    struct span type)
{
	struct json_t *row = jwrite_push_object(out->dropped);

	jwrite_text(row, "member", span_of(member));
	jwrite_text(row, "value", value);
	jwrite_text_if(row, "message", type);
}

/* --- what is wished for -------------------------------------------------- */

static const struct json_t *
wished_messages(struct cx *cx, const struct tool_doc_args *args)
{
	const struct json_t *given = jread_member(args->overrides, "messages");

	if (jread_count(given))
		return given;
	given = jread_member(args->settings, "messages");
	if (jread_count(given))
		return given;
	struct json_t *messages = jwrite_array(cx);
	jwrite_text(
	    jwrite_push_object(messages), "type", SPAN(MESSAGE_RESOURCE_LINK));
	if (!span_is(jread_text_or(
			 jread_member(args->settings, "deepLinking"), SPAN("")),
		"off"))
		jwrite_text(jwrite_push_object(messages), "type",
		    SPAN(MESSAGE_DEEP_LINKING));
	if (jread_text_or(
		jread_member(args->settings, "submissionReviewUrl"), SPAN(""))
		.length)
		jwrite_text(jwrite_push_object(messages), "type",
		    SPAN(MESSAGE_SUBMISSION_REVIEW));
	return messages;
}

/* Said at completion; else for this family of LMS; else in the message. */
static const struct json_t *
wished_placements(struct cx *cx, const struct tool_doc_args *args,
    const struct json_t *message, struct span type)
{
	const struct json_t *own = jread_member(message, "placements");
	const struct json_t *families =
	    jread_member(args->settings, "placementsByFamily");
	const char *family = arena_cstr(cx->arena, args->platform->family);
	const char *name = arena_cstr(cx->arena, type);

	if (own && jread_count(jread_member(args->overrides, "messages")))
		return own;
	const struct json_t *by_family =
	    jread_member(jread_member(families, family), name);
	return by_family ? by_family : own;
}

/* --- placements ---------------------------------------------------------- */

static struct span
without_prefix(struct span placement)
{
	if (span_starts(placement, CANVAS_NAME))
		return span_from_offset(placement, sizeof CANVAS_NAME - 1);
	return placement;
}

/* The specification has names of its own for two places of Canvas's. */
struct span
tool_doc_canvas_placement(struct span placement)
{
	if (span_is(placement, "ContentArea"))
		return SPAN("link_selection");
	if (span_is(placement, "RichTextEditor"))
		return SPAN("editor_button");
	return without_prefix(placement);
}

bool
tool_doc_same_placement(struct span a, struct span b)
{
	return span_equal(
	    tool_doc_canvas_placement(a), tool_doc_canvas_placement(b));
}

/* The placement in the LMS's own spelling, or nothing. The same name, with or
 * without Canvas's prefix, goes before another name for the same place. */
static struct span
supported_placement(const struct json_t *supported, struct span wished)
{
	struct span same = SPAN_NONE;

	for (size_t i = 0; i < jread_count(supported); i++) {
		struct span text =
		    jread_text_or(jread_at(supported, i), SPAN(""));
		if (text.length == 0)
			continue;
		if (span_equal(without_prefix(text), without_prefix(wished)))
			return text;
		if (!same.at && tool_doc_same_placement(text, wished))
			same = text;
	}
	return same;
}

static void
write_placements(struct json_t *message, struct span type,
    const struct json_t *wished, const struct json_t *supported,
    struct tool_doc *out)
{
	struct json_t *sent = NULL;

	for (size_t i = 0; i < jread_count(wished); i++) {
		struct span wish = jread_text_or(jread_at(wished, i), SPAN(""));
		struct span text = supported_placement(supported, wish);
		if (!text.at) {
			drop(out, "placement", wish, type);
			continue;
		}
		if (!sent)
			sent = jwrite_inner_array(message, "placements");
		if (!jread_holds(sent, text))
			jwrite_push_text(sent, text);
	}
}

static void
write_default_placements(const struct tool_doc_args *args,
    struct json_t *message, const struct json_t *supported)
{
	struct json_t *sent = NULL;
	size_t row = 0;

	while (default_placements[row].family &&
	       !span_is(args->platform->family, default_placements[row].family))
		row++;
	for (const char *const *wish = default_placements[row].placements;
	     *wish; wish++) {
		struct span text =
		    supported_placement(supported, span_of(*wish));
		if (!text.at)
			continue;
		if (!sent)
			sent = jwrite_inner_array(message, "placements");
		jwrite_push_text(sent, text);
	}
}

/* --- one message --------------------------------------------------------- */

static void
write_target(struct cx *cx, const struct tool_doc_args *args,
    const struct json_t *wished, struct json_t *message, struct tool_doc *out)
{
	struct span own =
	    jread_text_or(jread_member(wished, "targetLinkUri"), SPAN(""));
	struct span url = arena_printf(
	    cx->arena, "%.*s/lti/launch", SPAN_ARGS(args->public_url));

	if (own.length) {
		struct span key = tool_doc_target_key(cx, own);
		url = arena_printf(
		    cx->arena, "%.*s?to=%.*s", SPAN_ARGS(url), SPAN_ARGS(key));
		jwrite_text(out->targets, key.at, own);
	}
	jwrite_text(message, "target_link_uri", url);
}

/* Members named by a URL are extensions of an LMS; Canvas's go to Canvas
 * alone, which looks at them closely. */
static void
write_extensions(const struct tool_doc_args *args, const struct json_t *wished,
    struct json_t *message)
{
	const struct json_t *value;
	struct span name;
	void *place = NULL;
	bool canvas = span_is(args->platform->family, "canvas");

	while (jread_next(wished, &place, &name, &value))
		if (span_starts(name, "https://") &&
		    (canvas || !span_starts(name, CANVAS_NAME)))
			jwrite_named(message, name, value);
}

static void
write_message(struct cx *cx, const struct tool_doc_args *args,
    const struct json_t *wished, struct span type, struct json_t *message,
    struct tool_doc *out)
{
	const struct json_t *roles = jread_member(wished, "roles");
	const struct json_t *custom = jread_member(wished, "customParameters");
	const struct json_t *wish = wished_placements(cx, args, wished, type);
	bool listed;
	const struct json_t *supported =
	    platform_doc_placements(args->platform, type, &listed);
	void *place = NULL;
	struct span name;
	const struct json_t *value;

	jwrite_text(message, "type", type);
	write_target(cx, args, wished, message, out);
	jwrite_text_if(message, "label",
	    jread_text_or(jread_member(wished, "label"), SPAN("")));
	jwrite_text_if(message, "icon_uri",
	    jread_text_or(jread_member(wished, "iconUrl"), SPAN("")));
	if (wish)
		write_placements(message, type, wish, supported, out);
	else if (span_is(type, MESSAGE_DEEP_LINKING))
		write_default_placements(args, message, supported);
	if (jread_count(roles))
		jwrite_value(message, "roles", roles);
	if (jread_next(custom, &place, &name, &value))
		jwrite_value(message, "custom_parameters", custom);
	write_extensions(args, wished, message);
}

/* Deep linking is offered even where the LMS does not list it: ILIAS takes
 * it all the same. A list that is empty says nothing. */
static bool
is_supported(const struct tool_doc_args *args, struct span type)
{
	bool listed;

	platform_doc_placements(args->platform, type, &listed);
	return listed || jread_count(args->platform->messages) == 0 ||
	       span_is(type, MESSAGE_DEEP_LINKING);
}

enum fault
tool_messages_write(struct cx *cx, const struct tool_doc_args *args,
    struct json_t *configuration, struct tool_doc *out)
{
	const struct json_t *wished = wished_messages(cx, args);
	struct json_t *sent = jwrite_inner_array(configuration, "messages");
	bool deep_linking = false;

	for (size_t i = 0; i < jread_count(wished); i++) {
		const struct json_t *wish = jread_at(wished, i);
		struct span type =
		    jread_text_or(jread_member(wish, "type"), SPAN(""));
		bool is_deep = span_is(type, MESSAGE_DEEP_LINKING);
		/* Sakai takes the first deep-linking message, Moodle the last:
		 * only Canvas knows what to do with two. */
		bool second = is_deep && deep_linking &&
			      !span_is(args->platform->family, "canvas");
		if (second || !is_supported(args, type)) {
			drop(out, "message", type, SPAN_NONE);
			continue;
		}
		deep_linking = deep_linking || is_deep;
		write_message(
		    cx, args, wish, type, jwrite_push_object(sent), out);
	}
	if (jread_count(sent) == 0)
		return fault_tell(cx, FAULT_NOTHING_IN_COMMON,
		    "The LMS supports none of the messages that this tool "
		    "offers");
	return FAULT_NONE;
}
