/* jshape.c - what a JSON object must look like, as a table
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json/jshape.h"

#include "base/arena.h"
#include "base/cx.h"
#include "json/jread.h"

static enum fault check_members(struct cx *cx, const struct json_t *object,
    const struct jshape *shape, struct span where);

static enum fault
refuse(struct cx *cx, struct span where, const char *wish,
    const struct json_t *value)
{
	return fault_tell(cx, FAULT_PARAMETER_REFUSED,
	    "%.*s must be %s, not %s", SPAN_ARGS(where), wish,
	    jread_type(value));
}

static bool
is_url(struct span text)
{
	struct span rest;

	if (span_starts(text, "https://"))
		rest = span_from_offset(text, 8);
	else if (span_starts(text, "http://"))
		rest = span_from_offset(text, 7);
	else
		return false;
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.at[i] <= ' ' || text.at[i] == 0x7f ||
		    text.at[i] == '\\' || text.at[i] == '"' ||
		    text.at[i] == '<' || text.at[i] == '>')
			return false;
	return rest.length && rest.at[0] != '/' && rest.at[0] != '?' &&
	       rest.at[0] != '#' && rest.at[0] != ':';
}

static enum fault
check_text(struct cx *cx, const struct json_t *value,
    const struct jshape *shape, struct span where)
{
	unsigned max = shape->max ? shape->max : JSHAPE_TEXT_MAX;
	struct span text;

	if (!jread_text(value, &text))
		return refuse(cx, where, "a string", value);
	if (text.length > max)
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "%.*s is longer than %u bytes", SPAN_ARGS(where), max);
	if (shape->required && text.length == 0)
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "%.*s must not be empty", SPAN_ARGS(where));
	if (shape->type == JSHAPE_URL && text.length && !is_url(text))
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "%.*s must be an absolute http or https URL",
		    SPAN_ARGS(where));
	return FAULT_NONE;
}

static enum fault
check_choice(struct cx *cx, const struct json_t *value,
    const struct jshape *shape, struct span where)
{
	struct span text;
	struct span list = SPAN("");

	if (!jread_text(value, &text))
		return refuse(cx, where, "a string", value);
	for (const char *const *choice = shape->choices; *choice; choice++) {
		if (span_is(text, *choice))
			return FAULT_NONE;
		list = arena_printf(cx->arena, "%.*s%s\"%s\"", SPAN_ARGS(list),
		    list.length ? ", " : "", *choice);
	}
	return fault_tell(cx, FAULT_PARAMETER_REFUSED,
	    "%.*s must be one of %.*s", SPAN_ARGS(where), SPAN_ARGS(list));
}

static enum fault check_value(struct cx *cx, const struct json_t *value,
    const struct jshape *shape, struct span where);

static enum fault
check_items(struct cx *cx, const struct json_t *value,
    const struct jshape *item, unsigned max, struct span where)
{
	if (!jread_is_array(value))
		return refuse(cx, where, "an array", value);
	if (jread_count(value) > (max ? max : JSHAPE_ITEMS_MAX))
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "%.*s has too many items", SPAN_ARGS(where));
	for (size_t i = 0; i < jread_count(value); i++) {
		enum fault fault = check_value(cx, jread_at(value, i), item,
		    arena_printf(cx->arena, "%.*s[%zu]", SPAN_ARGS(where), i));
		if (fault)
			return fault;
	}
	return FAULT_NONE;
}

static enum fault
check_map(struct cx *cx, const struct json_t *value, const struct jshape *item,
    struct span where)
{
	const struct json_t *member;
	struct span name;
	void *place = NULL;
	unsigned count = 0;

	if (!jread_is_object(value))
		return refuse(cx, where, "an object", value);
	while (jread_next(value, &place, &name, &member)) {
		if (++count > JSHAPE_ITEMS_MAX)
			return fault_tell(cx, FAULT_PARAMETER_REFUSED,
			    "%.*s has too many members", SPAN_ARGS(where));
		enum fault fault = check_value(cx, member, item,
		    arena_printf(cx->arena, "%.*s.%.*s", SPAN_ARGS(where),
			SPAN_ARGS(span_first(name, 60))));
		if (fault)
			return fault;
	}
	return FAULT_NONE;
}

static enum fault
check_value(struct cx *cx, const struct json_t *value,
    const struct jshape *shape, struct span where)
{
	const struct jshape text = {.type = JSHAPE_TEXT, .max = shape->max};
	const struct jshape url = {
	    .type = JSHAPE_URL, .max = shape->max, .required = true};
	const struct jshape texts = {.type = JSHAPE_TEXTS};
	const struct jshape texts_map = {.type = JSHAPE_TEXTS_MAP};
	const struct jshape object = {
	    .type = JSHAPE_OBJECT, .members = shape->members};
	int64_t number;
	double real;
	bool truth;

	switch (shape->type) {
	case JSHAPE_TEXT:
	case JSHAPE_URL:
		return check_text(cx, value, shape, where);
	case JSHAPE_CHOICE:
		return check_choice(cx, value, shape, where);
	case JSHAPE_BOOL:
		return jread_bool(value, &truth)
			   ? FAULT_NONE
			   : refuse(cx, where, "true or false", value);
	case JSHAPE_INTEGER:
		return jread_integer(value, &number) && number >= 0
			   ? FAULT_NONE
			   : refuse(cx, where, "a whole number, not negative",
				 value);
	case JSHAPE_NUMBER:
		return jread_number(value, &real)
			   ? FAULT_NONE
			   : refuse(cx, where, "a number", value);
	case JSHAPE_OBJECT:
		if (!jread_is_object(value))
			return refuse(cx, where, "an object", value);
		return shape->members
			   ? check_members(cx, value, shape->members, where)
			   : FAULT_NONE;
	case JSHAPE_TEXTS:
		return check_items(cx, value, &text, 0, where);
	case JSHAPE_URLS:
		return check_items(cx, value, &url, 0, where);
	case JSHAPE_OBJECTS:
		return check_items(cx, value, &object, shape->max, where);
	case JSHAPE_TEXT_MAP:
		return check_map(cx, value, &text, where);
	case JSHAPE_TEXTS_MAP:
		return check_map(cx, value, &texts, where);
	case JSHAPE_TEXTS_MAP_MAP:
		return check_map(cx, value, &texts_map, where);
	}
	return FAULT_NONE;
}

static enum fault
check_members(struct cx *cx, const struct json_t *object,
    const struct jshape *shape, struct span where)
{
	for (; shape->name; shape++) {
		const struct json_t *value = jread_member(object, shape->name);
		struct span inner = arena_printf(cx->arena, "%.*s%s%s",
		    SPAN_ARGS(where), where.length ? "." : "", shape->name);
		if (!value && !shape->required)
			continue;
		enum fault which =
		    value ? check_value(cx, value, shape, inner)
			  : fault_tell(cx, FAULT_PARAMETER_REFUSED,
				"%.*s is missing", SPAN_ARGS(inner));
		/* The innermost one that is at fault. */
		if (which && !cx->note.member.length)
			cx->note.member = inner;
		if (which)
			return which;
	}
	return FAULT_NONE;
}

enum fault
jshape_check(
    struct cx *cx, const struct json_t *object, const struct jshape *shape)
{
	if (!jread_is_object(object))
		return refuse(cx, SPAN("The body"), "an object", object);
	return check_members(cx, object, shape, SPAN(""));
}
