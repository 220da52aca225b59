/* content_body.c - content as it is written
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/content_body.h"

#include "base/cx.h"
#include "lti/launch_target.h"
#include "lti/tool_settings.h"
#include "json/jread.h"

enum { NAME_LIMIT = 255, ID_LIMIT = 100 };

static const char *const kinds[] = {"course", "assignment", NULL};

const struct jshape content_line_item_shape[] = {
    {.name = "label",
	.type = JSHAPE_TEXT,
	.max = NAME_LIMIT,
	.about = "In the LMS's gradebook; the title, if absent"},
    {.name = "scoreMaximum", .type = JSHAPE_NUMBER, .required = true},
    {.name = "resourceId", .type = JSHAPE_TEXT, .max = NAME_LIMIT},
    {.name = "tag", .type = JSHAPE_TEXT, .max = NAME_LIMIT},
    {0},
};

const struct jshape content_body_shape[] = {
    {.name = "kind", .type = JSHAPE_CHOICE, .required = true, .choices = kinds},
    {.name = "title", .type = JSHAPE_TEXT, .required = true, .max = NAME_LIMIT},
    {.name = "description", .type = JSHAPE_TEXT},
    {.name = "url",
	.type = JSHAPE_URL,
	.about = "Where the tool gets its launches; empty: launchUrl"},
    {.name = "customParameters", .type = JSHAPE_TEXT_MAP},
    {.name = "lineItem",
	.type = JSHAPE_OBJECT,
	.members = content_line_item_shape,
	.about = "It is graded"},
    {.name = "organizationId",
	.type = JSHAPE_TEXT,
	.max = ID_LIMIT,
	.about = "Whose it is; stays as it was made"},
    {.name = "parentId",
	.type = JSHAPE_TEXT,
	.max = ID_LIMIT,
	.about = "The course of an assignment"},
    {.name = "position",
	.type = JSHAPE_INTEGER,
	.about = "In its course; absent: as it was, or last"},
    {0},
};

static struct span
text_of(const struct json_t *object, const char *name)
{
	return jread_text_or(jread_member(object, name), SPAN(""));
}

static enum fault
check_texts(struct cx *cx, const struct json_t *body)
{
	static const char *const lines[] = {"title", "url", NULL};

	for (const char *const *name = lines; *name; name++)
		if (span_has_control(text_of(body, *name)))
			return fault_tell(cx, FAULT_PARAMETER_REFUSED,
			    "%s must not hold a line end or a control "
			    "character",
			    *name);
	return FAULT_NONE;
}

static enum fault
check_url(
    struct cx *cx, const struct json_t *settings, const struct json_t *body)
{
	struct span url = text_of(body, "url");

	if (!url.length || launch_target_is_allowed(settings, url))
		return FAULT_NONE;
	return fault_tell(cx, FAULT_PARAMETER_REFUSED,
	    "url leads where launches may not go: it must be below launchUrl "
	    "or one of allowedUrls in the settings");
}

static enum fault
check_score(struct cx *cx, const struct json_t *body)
{
	const struct json_t *item = jread_member(body, "lineItem");
	double maximum = 0;

	if (!item ||
	    (jread_number(jread_member(item, "scoreMaximum"), &maximum) &&
		maximum > 0))
		return FAULT_NONE;
	return fault_tell(cx, FAULT_PARAMETER_REFUSED,
	    "lineItem.scoreMaximum must be a number above 0");
}

static enum fault
check_parent(struct cx *cx, const struct json_t *body)
{
	if (!span_is(text_of(body, "kind"), "course") ||
	    !text_of(body, "parentId").length)
		return FAULT_NONE;
	return fault_tell(cx, FAULT_PARAMETER_REFUSED,
	    "parentId: a course stands in no other course");
}

enum fault
content_body_check(
    struct cx *cx, const struct json_t *settings, const struct json_t *body)
{
	enum fault fault = jshape_check(cx, body, content_body_shape);

	if (!fault)
		fault = check_texts(cx, body);
	if (!fault)
		fault = check_url(cx, settings, body);
	if (!fault)
		fault = tool_settings_check_custom(cx,
		    jread_member(body, "customParameters"), "customParameters");
	if (!fault)
		fault = check_score(cx, body);
	return fault ? fault : check_parent(cx, body);
}
