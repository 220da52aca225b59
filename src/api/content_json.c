/* content_json.c - content as the API writes it and takes it
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/content_json.h"

#include "api/call.h"
#include "base/cx.h"
#include "json/jread.h"
#include "json/jwrite.h"

static void
write_document(
    struct cx *cx, struct json_t *item, const char *name, struct span text)
{
	const struct json_t *value;

	/* It is our own text: it can be read. */
	if (text.length && !jread_parse(cx, text, &value))
		jwrite_value(item, name, value);
}

void
content_json_write(
    struct cx *cx, struct json_t *item, const struct content *content)
{
	jwrite_text(item, "id", content->id);
	jwrite_text(item, "organizationId", content->organization_id);
	jwrite_text_if(item, "parentId", content->parent_id);
	jwrite_text(item, "kind",
	    content->is_course ? SPAN("course") : SPAN("assignment"));
	jwrite_text(item, "title", content->title);
	jwrite_text_if(item, "description", content->description);
	jwrite_text_if(item, "url", content->url);
	write_document(
	    cx, item, "customParameters", content->custom_parameters);
	write_document(cx, item, "lineItem", content->line_item);
	jwrite_integer(item, "position", content->position);
	if (content->is_course)
		jwrite_integer(item, "count", content->count);
	call_write_time(item, "createdAt", content->created_at);
	call_write_time(item, "changedAt", content->changed_at);
}
