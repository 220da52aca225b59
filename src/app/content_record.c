/* content_record.c - from content as it is written to what is kept
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/content_record.h"

#include "base/cx.h"
#include "json/jread.h"
#include "json/jwrite.h"

static struct span
text_of(const struct json_t *object, const char *name)
{
	return jread_text_or(jread_member(object, name), SPAN(""));
}

/* An empty object is as none. */
static struct span
custom_of(struct cx *cx, const struct json_t *body)
{
	const struct json_t *custom = jread_member(body, "customParameters");
	const struct json_t *value;
	struct span name;
	void *place = NULL;

	return jread_next(custom, &place, &name, &value)
		   ? jwrite_bytes(cx, custom)
		   : SPAN("");
}

/* In one order, so that the same is the same text. */
static struct span
line_item_of(struct cx *cx, const struct json_t *body)
{
	static const char *const names[] = {
	    "label", "scoreMaximum", "resourceId", "tag", NULL};
	const struct json_t *given = jread_member(body, "lineItem");
	struct json_t *item = jwrite_object(cx);

	for (const char *const *name = names; *name; name++)
		jwrite_value(item, *name, jread_member(given, *name));
	return given ? jwrite_bytes(cx, item) : SPAN("");
}

void
content_record_take(
    struct cx *cx, const struct json_t *body, struct content *content)
{
	content->title = text_of(body, "title");
	content->description = text_of(body, "description");
	content->url = text_of(body, "url");
	content->custom_parameters = custom_of(cx, body);
	content->line_item = line_item_of(cx, body);
	(void)jread_integer(jread_member(body, "position"), &content->position);
}
