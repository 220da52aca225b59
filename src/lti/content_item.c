/* content_item.c - one thing that a tool gives an LMS to keep
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/content_item.h"

#include "base/cx.h"
#include "lti/web_url.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* Descriptions and fragments of HTML are longer than names; the body that
 * holds them is bounded where it comes in. */
enum { LONG_TEXT = 65536, HTML_MAX = 1 << 20, URL_LIMIT = 8192 };

#define RESOURCE_LINK "ltiResourceLink"

/* --- the shape ----------------------------------------------------------- */

static const struct jshape icon_shape[] = {
    {.name = "url", .type = JSHAPE_URL, .required = true, .max = URL_LIMIT},
    {.name = "width", .type = JSHAPE_INTEGER},
    {.name = "height", .type = JSHAPE_INTEGER},
    {0},
};

static const struct jshape embed_shape[] = {
    {.name = "html", .type = JSHAPE_TEXT, .max = HTML_MAX},
    {0},
};

static const struct jshape window_shape[] = {
    {.name = "targetName", .type = JSHAPE_TEXT},
    {.name = "width", .type = JSHAPE_INTEGER},
    {.name = "height", .type = JSHAPE_INTEGER},
    {.name = "windowFeatures", .type = JSHAPE_TEXT},
    {0},
};

static const struct jshape iframe_shape[] = {
    {.name = "src", .type = JSHAPE_URL, .max = URL_LIMIT},
    {.name = "width", .type = JSHAPE_INTEGER},
    {.name = "height", .type = JSHAPE_INTEGER},
    {0},
};

/* scoreMaximum need not be whole: check_score has it. */
static const struct jshape line_item_shape[] = {
    {.name = "label", .type = JSHAPE_TEXT},
    {.name = "resourceId", .type = JSHAPE_TEXT},
    {.name = "tag", .type = JSHAPE_TEXT},
    {.name = "gradesReleased", .type = JSHAPE_BOOL},
    {0},
};

static const struct jshape period_shape[] = {
    {.name = "startDateTime", .type = JSHAPE_TEXT},
    {.name = "endDateTime", .type = JSHAPE_TEXT},
    {0},
};

static const struct jshape type_shape[] = {
    {.name = "type", .type = JSHAPE_TEXT, .required = true},
    {0},
};

const struct jshape content_item_shape[] = {
    {.name = "type",
	.type = JSHAPE_TEXT,
	.required = true,
	.about = "link, ltiResourceLink, file, html, image, or what the LMS "
		 "takes besides"},
    {.name = "url",
	.type = JSHAPE_URL,
	.max = URL_LIMIT,
	.about = "needed but for html; an ltiResourceLink's leads to "
		 "/lti/launch, and its query reaches the tool"},
    {.name = "html", .type = JSHAPE_TEXT, .max = HTML_MAX},
    {.name = "title", .type = JSHAPE_TEXT},
    {.name = "text", .type = JSHAPE_TEXT, .max = LONG_TEXT},
    {.name = "icon", .type = JSHAPE_OBJECT, .members = icon_shape},
    {.name = "thumbnail", .type = JSHAPE_OBJECT, .members = icon_shape},
    {.name = "embed", .type = JSHAPE_OBJECT, .members = embed_shape},
    {.name = "window", .type = JSHAPE_OBJECT, .members = window_shape},
    {.name = "iframe", .type = JSHAPE_OBJECT, .members = iframe_shape},
    {.name = "width", .type = JSHAPE_INTEGER},
    {.name = "height", .type = JSHAPE_INTEGER},
    {.name = "custom", .type = JSHAPE_TEXT_MAP, .max = LONG_TEXT},
    {.name = "lineItem",
	.type = JSHAPE_OBJECT,
	.members = line_item_shape,
	.about = "with scoreMaximum, a number above 0"},
    {.name = "available", .type = JSHAPE_OBJECT, .members = period_shape},
    {.name = "submission", .type = JSHAPE_OBJECT, .members = period_shape},
    {.name = "expiresAt", .type = JSHAPE_TEXT},
    {0},
};

/* --- the check ----------------------------------------------------------- */

static const struct known {
	const char *type; /* NULL ends the table */
	const char *needs;
} known[] = {
    {RESOURCE_LINK, NULL}, /* without a URL it leads where the tool does */
    {"link", "url"},
    {"file", "url"},
    {"image", "url"},
    {"html", "html"},
    {NULL, NULL},
};

static const struct known *
find_known(const struct json_t *item)
{
	const struct known *row = known;

	while (row->type && !span_is(content_item_type(item), row->type))
		row++;
	return row->type ? row : NULL;
}

struct span
content_item_type(const struct json_t *item)
{
	return jread_text_or(jread_member(item, "type"), SPAN(""));
}

/* The shape's words about a member, with the item's place before them. */
static enum fault
check_shape(struct cx *cx, const struct json_t *item, size_t index,
    const struct jshape *shape)
{
	if (!jshape_check(cx, item, shape))
		return FAULT_NONE;
	const char *words = arena_cstr(cx->arena, span_of(cx->note.telling));
	return fault_tell(cx, FAULT_CONTENT_ITEM_REFUSED,
	    "contentItems[%zu].%s", index, words);
}

/* jread has no numbers but whole ones. As text, what is below zero begins with
 * its sign, and nought alone ("0", "0.0") has nothing but these. */
static bool
is_above_zero(struct cx *cx, const struct json_t *value)
{
	if (!span_is(span_of(jread_type(value)), "a number"))
		return false;
	struct span text = jwrite_bytes(cx, value);
	if (span_starts(text, "-"))
		return false;
	for (size_t i = 0; i < text.length; i++)
		if (text.at[i] != '0' && text.at[i] != '.')
			return true;
	return false;
}

static enum fault
check_score(struct cx *cx, const struct json_t *item, size_t index)
{
	const struct json_t *line_item = jread_member(item, "lineItem");

	if (!line_item ||
	    is_above_zero(cx, jread_member(line_item, "scoreMaximum")))
		return FAULT_NONE;
	return fault_tell(cx, FAULT_CONTENT_ITEM_REFUSED,
	    "contentItems[%zu].lineItem.scoreMaximum must be a number above 0",
	    index);
}

static enum fault
check_target(struct cx *cx, const struct json_t *item, size_t index,
    struct span launch_url)
{
	struct span url = jread_text_or(jread_member(item, "url"), SPAN_NONE);

	if (!url.at || !span_is(content_item_type(item), RESOURCE_LINK))
		return FAULT_NONE;
	if (url.length == 0)
		return fault_tell(cx, FAULT_CONTENT_ITEM_REFUSED,
		    "contentItems[%zu].url must not be empty", index);
	if (launch_url.length && !web_url_is_below(url, launch_url))
		return fault_tell(cx, FAULT_CONTENT_ITEM_REFUSED,
		    "contentItems[%zu].url must begin with %.*s", index,
		    SPAN_ARGS(launch_url));
	return FAULT_NONE;
}

enum fault
content_item_check(struct cx *cx, const struct json_t *item, size_t index,
    struct span launch_url)
{
	if (!jread_is_object(item))
		return fault_tell(cx, FAULT_CONTENT_ITEM_REFUSED,
		    "contentItems[%zu] must be an object, not %s", index,
		    jread_type(item));
	enum fault fault = check_shape(cx, item, index, type_shape);
	const struct known *row = find_known(item);
	if (fault || !row)
		return fault;
	fault = check_shape(cx, item, index, content_item_shape);
	if (fault)
		return fault;
	if (row->needs &&
	    jread_text_or(jread_member(item, row->needs), SPAN("")).length == 0)
		return fault_tell(cx, FAULT_CONTENT_ITEM_REFUSED,
		    "contentItems[%zu].%s is missing", index, row->needs);
	fault = check_target(cx, item, index, launch_url);
	return fault ? fault : check_score(cx, item, index);
}

/* --- what this LMS does not take ----------------------------------------- */

void
content_item_drop(struct json_t *dropped, const struct json_t *item,
    size_t index, const char *member, const char *reason)
{
	struct json_t *row = jwrite_push_object(dropped);

	jwrite_integer(row, "index", (int64_t)index);
	jwrite_text(row, "type", content_item_type(item));
	if (member)
		jwrite_text(row, "member", span_of(member));
	jwrite_text(row, "reason", span_of(reason));
}

bool
content_item_setting_is(const struct json_t *value, bool truth)
{
	bool said;

	if (jread_bool(value, &said))
		return said == truth;
	return span_is(
	    jread_text_or(value, SPAN("")), truth ? "true" : "false");
}

/* Absent, accept_lineitem says nothing and a line item is worth a try; a list
 * of targets that is empty or none says nothing either. */
static const char *
reason_against(const struct json_t *settings, struct span member)
{
	const struct json_t *targets =
	    jread_member(settings, "accept_presentation_document_targets");

	if (span_is(member, "lineItem"))
		return content_item_setting_is(
			   jread_member(settings, "accept_lineitem"), false)
			   ? "The LMS takes no line item here"
			   : NULL;
	if (!span_is(member, "iframe") && !span_is(member, "window") &&
	    !span_is(member, "embed"))
		return NULL;
	return jread_count(targets) && !jread_holds(targets, member)
		   ? "The LMS does not open content in this way here"
		   : NULL;
}

/* A ltik opens one person's launch; in a link it would stay for all to see. */
static struct span
without_ltik(struct cx *cx, struct span url)
{
	static const char *const names[] = {"ltik", NULL}, *const none[] = {
							       NULL};
	struct span query = web_url_query(url);
	bool has_one = !span_equal(web_url_without(cx, query, names),
	    web_url_without(cx, query, none));

	return has_one ? web_url_drop(cx, url, names) : url;
}

struct json_t *
content_item_trim(struct cx *cx, const struct json_t *item, size_t index,
    const struct json_t *settings, struct json_t *dropped)
{
	struct json_t *copy = jwrite_object(cx);
	bool is_known = find_known(item);
	const struct json_t *value;
	struct span name, url;
	void *walk = NULL;

	while (jread_next(item, &walk, &name, &value)) {
		const char *reason =
		    is_known ? reason_against(settings, name) : NULL;
		if (reason)
			content_item_drop(dropped, item, index,
			    arena_cstr(cx->arena, name), reason);
		else
			jwrite_named(copy, name, value);
	}
	if (span_is(content_item_type(item), RESOURCE_LINK) &&
	    jread_text(jread_member(item, "url"), &url))
		jwrite_text(copy, "url", without_ltik(cx, url));
	return copy;
}
