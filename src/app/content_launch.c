/* content_launch.c - a launch of what was selected in the picker
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/content_launch.h"

#include "app/gateway.h"
#include "base/cx.h"
#include "lti/launch_target.h"
#include "store/db.h"
#include "json/jread.h"
#include "json/jwrite.h"

struct find {
	struct span id;
	struct content content;
};

static enum fault
find(struct db_session *session, struct cx *cx, void *arg)
{
	struct find *wish = arg;
	return content_find(session, cx, wish->id, &wish->content);
}

enum fault
content_launch_find(struct gateway *gateway, struct cx *cx, struct span target,
    struct content *out)
{
	struct find wish = {
	    .id = launch_target_content(gateway->public_url, target)};
	enum fault which = FAULT_NONE;

	wish.content.id = SPAN("");
	if (wish.id.length)
		which = db_read(gateway->db, cx, find, &wish);
	if (which == FAULT_NO_CONTENT)
		return fault(cx, FAULT_CONTENT_GONE, "no content has the id");
	if (!which)
		*out = wish.content;
	return which;
}

/* --- custom parameters --------------------------------------------------- */

static const struct json_t *
parameters_of(struct cx *cx, const struct content *content)
{
	const struct json_t *parameters = NULL;

	if (!content->custom_parameters.length ||
	    jread_parse(cx, content->custom_parameters, &parameters))
		return NULL; /* our own text: it can be read */
	return parameters;
}

static bool
is_variable(const struct json_t *value)
{
	return span_starts(jread_text_or(value, SPAN("")), "$");
}

const struct json_t *
content_launch_custom(struct cx *cx, const struct json_t *signed_custom,
    const struct content *content)
{
	struct json_t *custom = jread_is_object(signed_custom)
				    ? jwrite_copy(cx, signed_custom)
				    : jwrite_object(cx);
	const struct json_t *parameters = parameters_of(cx, content), *value;
	struct span name;
	void *place = NULL;

	while (jread_next(parameters, &place, &name, &value))
		if (!is_variable(value) ||
		    !jread_member(custom, arena_cstr(cx->arena, name)))
			jwrite_named(custom, name, value);
	return custom;
}

const struct json_t *
content_launch_variables(struct cx *cx, const struct content *content)
{
	const struct json_t *parameters = parameters_of(cx, content), *value;
	struct json_t *variables = jwrite_object(cx);
	struct span name;
	bool any = false;
	void *place = NULL;

	while (jread_next(parameters, &place, &name, &value)) {
		if (!is_variable(value))
			continue;
		jwrite_named(variables, name, value);
		any = true;
	}
	return any ? variables : NULL;
}

struct span
content_launch_url(
    struct gateway *gateway, struct cx *cx, const struct content *content)
{
	return arena_printf(cx->arena,
	    "%.*s/lti/launch?to=" LAUNCH_TARGET_CONTENT "%.*s",
	    SPAN_ARGS(gateway->public_url), SPAN_ARGS(content->id));
}
