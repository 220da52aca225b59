/* line_item.c - line items and results between the tool and an LMS
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/line_item.h"

#include "base/cx.h"
#include "json/jread.h"
#include "json/jwrite.h"

const struct jshape line_item_shape[] = {
    {.name = "id",
	.type = JSHAPE_TEXT,
	.about = "URL, told by the LMS; what a body says is not looked at"},
    {.name = "label",
	.type = JSHAPE_TEXT,
	.required = true,
	.about = "not blank"},
    {.name = "scoreMaximum",
	.type = JSHAPE_NUMBER,
	.required = true,
	.about = "above 0"},
    {.name = "resourceLinkId", .type = JSHAPE_TEXT},
    {.name = "resourceId", .type = JSHAPE_TEXT},
    {.name = "tag", .type = JSHAPE_TEXT},
    {.name = "startDateTime", .type = JSHAPE_TEXT},
    {.name = "endDateTime", .type = JSHAPE_TEXT},
    {.name = "gradesReleased", .type = JSHAPE_BOOL},
    {0},
};

static bool
is_blank(struct span text)
{
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.at[i] > ' ')
			return false;
	return true;
}

/* --- the tool's ---------------------------------------------------------- */

static enum fault
check_maximum(struct cx *cx, const struct json_t *value)
{
	double maximum;

	if (!jread_number(value, &maximum) || maximum <= 0)
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "scoreMaximum must be a number above 0");
	return FAULT_NONE;
}

/* Brightspace writes null where it has nothing, and a tool gives back what it
 * was given: null is nothing. */
static void
remove_nulls(struct json_t *item)
{
	for (const struct jshape *row = line_item_shape; row->name; row++)
		if (!row->required &&
		    span_is(span_of(jread_type(jread_member(item, row->name))),
			"null"))
			jwrite_remove(item, row->name);
}

enum fault
line_item_check(struct cx *cx, const struct json_t *body, struct span id,
    struct json_t **out)
{
	if (!jread_is_object(body))
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "The body must be a line item, an object, not %s",
		    jread_type(body));
	struct json_t *item = jwrite_copy(cx, body);
	jwrite_remove(item, "id");
	jwrite_text_if(item, "id", id);
	remove_nulls(item);
	enum fault fault = jshape_check(cx, item, line_item_shape);
	if (fault)
		return fault;
	if (is_blank(jread_text_or(jread_member(item, "label"), SPAN(""))))
		return fault_tell(
		    cx, FAULT_PARAMETER_REFUSED, "label must not be blank");
	fault = check_maximum(cx, jread_member(item, "scoreMaximum"));
	if (fault)
		return fault;
	*out = item;
	return FAULT_NONE;
}

/* --- the LMS's ----------------------------------------------------------- */

enum fault
line_item_read(struct cx *cx, struct span body, const struct json_t *sent,
    struct span id, const struct json_t **out)
{
	const struct json_t *read = NULL;
	struct json_t *item;

	if (!is_blank(body) &&
	    (jread_parse(cx, body, &read) || !jread_is_object(read)))
		return fault_tell(cx, FAULT_SERVICE_REPLY_MALFORMED,
		    "The LMS answered with success, but not with a line item");
	if (jread_text_or(jread_member(read, "id"), SPAN("")).length) {
		*out = read;
		return FAULT_NONE;
	}
	/* Who was asked about one knows which it is; only of a new one nobody
	 * does. */
	if (id.length == 0)
		return fault_tell(cx, FAULT_SERVICE_REPLY_MALFORMED,
		    "The LMS answered with a line item that has no id");
	item = read   ? jwrite_copy(cx, read)
	       : sent ? jwrite_copy(cx, sent)
		      : jwrite_object(cx);
	jwrite_remove(item, "id");
	jwrite_text(item, "id", id);
	*out = item;
	return FAULT_NONE;
}

/* The list itself, or the one that an object has it as; NULL: neither. */
static const struct json_t *
find_list(const struct json_t *answer)
{
	static const char *const names[] = {
	    "lineItems", "lineitems", "results", NULL};

	if (jread_is_array(answer))
		return answer;
	for (const char *const *name = names; *name; name++)
		if (jread_is_array(jread_member(answer, *name)))
			return jread_member(answer, *name);
	return NULL;
}

enum fault
line_items_read(struct cx *cx, struct span body, struct json_t *items)
{
	const struct json_t *answer;

	if (is_blank(body))
		return FAULT_NONE;
	if (jread_parse_within(cx, body, LINE_ITEMS_VALUES_MAX, &answer))
		return fault_tell(cx, FAULT_SERVICE_REPLY_MALFORMED,
		    "The LMS's list is not JSON, or has more than %d values",
		    LINE_ITEMS_VALUES_MAX);
	const struct json_t *list = find_list(answer);
	if (!list)
		return fault_tell(cx, FAULT_SERVICE_REPLY_MALFORMED,
		    "The LMS answered with success, but not with a list");
	for (size_t i = 0; i < jread_count(list); i++)
		if (jread_is_object(jread_at(list, i)))
			jwrite_push(items, jread_at(list, i));
	return FAULT_NONE;
}
