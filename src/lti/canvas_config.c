/* canvas_config.c - the JSON that Canvas's "Enter URL" method reads
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/canvas_config.h"

#include "base/cx.h"
#include "lti/copy_history.h"
#include "lti/names.h"
#include "lti/tool_doc.h"
#include "json/jread.h"
#include "json/jwrite.h"

static struct span
text_of(const struct json_t *object, const char *name)
{
	return jread_text_or(jread_member(object, name), SPAN(""));
}

static void
write_placement(struct cx *cx, const struct canvas_config_args *args,
    struct json_t *placements, const struct json_t *message,
    struct span placement)
{
	struct json_t *row = jwrite_push_object(placements);
	struct span own = text_of(message, "targetLinkUri");
	struct span label = text_of(message, "label");
	struct span icon = text_of(message, "iconUrl");
	struct span query = own.length
				? arena_printf(cx->arena, "?to=%.*s",
				      SPAN_ARGS(tool_doc_target_key(cx, own)))
				: SPAN("");

	jwrite_text(row, "placement", tool_doc_canvas_placement(placement));
	jwrite_text(row, "message_type", text_of(message, "type"));
	jwrite_text(row, "target_link_uri",
	    arena_printf(cx->arena, "%.*s/lti/launch%.*s",
		SPAN_ARGS(args->public_url), SPAN_ARGS(query)));
	jwrite_text(row, "text",
	    label.length ? label : text_of(args->settings, "name"));
	jwrite_text_if(row, "icon_url",
	    icon.length ? icon : text_of(args->settings, "logoUrl"));
}

/* Placements of the settings: for Canvas, else those of the message, else
 * the two through which a teacher adds deep-linked content. */
static void
write_placements(struct cx *cx, const struct canvas_config_args *args,
    struct json_t *placements)
{
	const struct json_t *messages =
	    jread_member(args->settings, "messages");
	const struct json_t *canvas = jread_member(
	    jread_member(args->settings, "placementsByFamily"), "canvas");

	for (size_t i = 0; i < jread_count(messages); i++) {
		const struct json_t *message = jread_at(messages, i);
		const struct json_t *list = jread_member(
		    canvas, arena_cstr(cx->arena, text_of(message, "type")));
		if (!list)
			list = jread_member(message, "placements");
		for (size_t k = 0; k < jread_count(list); k++)
			write_placement(cx, args, placements, message,
			    jread_text_or(jread_at(list, k), SPAN("")));
	}
	if (jread_count(placements))
		return;
	struct json_t *message = jwrite_object(cx);
	bool deep = !span_is(text_of(args->settings, "deepLinking"), "off");
	jwrite_text(message, "type",
	    deep ? SPAN(MESSAGE_DEEP_LINKING) : SPAN(MESSAGE_RESOURCE_LINK));
	write_placement(
	    cx, args, placements, message, SPAN("assignment_selection"));
	write_placement(cx, args, placements, message, SPAN("link_selection"));
}

/* Of those that we ask for, what Canvas knows. */
static const struct json_t *
canvas_variables(struct cx *cx)
{
	struct json_t *known = jwrite_array(cx);

	jwrite_push_text(known, SPAN("Context.id.history"));
	return known;
}

enum fault
canvas_config_write(
    struct cx *cx, const struct canvas_config_args *args, struct json_t **out)
{
	struct span name = text_of(args->settings, "name");
	struct span description = text_of(args->settings, "description");
	struct span privacy = args->privacy_level.length
				  ? args->privacy_level
				  : text_of(args->settings, "privacyLevel");

	if (name.length == 0)
		return fault_tell(cx, FAULT_REGISTRATION_NOT_READY,
		    "The tool has no name yet: set it under API Settings "
		    "(PUT /admin/settings)");
	struct json_t *config = jwrite_object(cx);
	jwrite_text(config, "title", name);
	/* Canvas demands a description. */
	jwrite_text(
	    config, "description", description.length ? description : name);
	jwrite_text(config, "oidc_initiation_url",
	    arena_printf(
		cx->arena, "%.*s/lti/login", SPAN_ARGS(args->public_url)));
	jwrite_text(config, "target_link_uri",
	    arena_printf(
		cx->arena, "%.*s/lti/launch", SPAN_ARGS(args->public_url)));
	jwrite_text(config, "public_jwk_url", args->key_set_url);
	jwrite_value(
	    config, "scopes", tool_doc_service_scopes(cx, args->settings));
	struct json_t *extension =
	    jwrite_push_object(jwrite_inner_array(config, "extensions"));
	jwrite_text(extension, "platform", SPAN("canvas.instructure.com"));
	jwrite_text(extension, "domain", args->domain);
	jwrite_text(extension, "tool_id", args->domain);
	jwrite_text(extension, "privacy_level", privacy);
	struct json_t *inner = jwrite_inner_object(extension, "settings");
	jwrite_text(inner, "text", name);
	jwrite_text_if(inner, "icon_url", text_of(args->settings, "logoUrl"));
	write_placements(cx, args, jwrite_inner_array(inner, "placements"));
	struct json_t *custom =
	    jwrite_copy(cx, jread_member(args->settings, "customParameters"));
	copy_history_ask(custom, canvas_variables(cx));
	jwrite_value(config, "custom_fields", custom);
	*out = config;
	return FAULT_NONE;
}
