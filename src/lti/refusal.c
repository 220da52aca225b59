/* refusal.c - what an LMS says when it refuses, in one line for a person
 *
 * RFC 7591: {"error","error_description"}; Canvas: {"errors":[...]} with 422
 * or {"errorMessage"}; Moodle: plain text; Sakai: nothing at all.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/refusal.h"

#include "base/cx.h"
#include "base/text.h"
#include "json/jread.h"

enum { BODY_MAX = 2000 };

static void
add_part(struct text *line, struct span part)
{
	if (part.length == 0)
		return;
	if (line->length)
		text_add_cstr(line, ": ");
	/* What does not fit is dropped; the line's room is a character more
	 * than REFUSAL_MAX, so that span_cut sees where the last one began. */
	for (size_t i = 0; i < part.length && !line->cut; i++)
		text_add_char(
		    line, (unsigned char)part.at[i] < ' ' ? ' ' : part.at[i]);
}

static void
add_item(struct text *line, const struct json_t *item)
{
	add_part(line, jread_text_or(item, SPAN("")));
	add_part(line, jread_text_or(jread_member(item, "field"), SPAN("")));
	add_part(line, jread_text_or(jread_member(item, "message"), SPAN("")));
}

static void
add_json(struct text *line, const struct json_t *object)
{
	static const char *const names[] = {
	    "error", "error_description", "errorMessage", "message", NULL};
	const struct json_t *errors = jread_member(object, "errors");

	for (const char *const *name = names; *name; name++)
		add_part(
		    line, jread_text_or(jread_member(object, *name), SPAN("")));
	for (size_t i = 0; i < jread_count(errors); i++)
		add_item(line, jread_at(errors, i));
	if (!jread_is_array(errors))
		add_item(line, errors);
}

/* By the body alone: Moodle sends its plain text as text/html. */
static bool
looks_like_html(struct span body)
{
	while (body.length && (unsigned char)*body.at <= ' ')
		body = span_from_offset(body, 1);
	return body.length && *body.at == '<';
}

struct span
refusal_read(struct cx *cx, struct span body)
{
	struct text line = text_begin(cx->arena, REFUSAL_MAX + 8);
	struct fault_note note = cx->note;
	const struct json_t *value;

	if (body.length && !jread_parse(cx, body, &value) &&
	    (jread_is_object(value) || jread_is_array(value)))
		add_json(&line, value);
	else if (!looks_like_html(body))
		add_part(&line, body);
	cx->note = note; /* that it is no JSON is no fault of this request */
	return span_cut(span_trim(text_span(&line)), REFUSAL_MAX);
}

struct span
refusal_body(struct span body)
{
	if (looks_like_html(body))
		return SPAN("");
	return span_cut(body, BODY_MAX);
}
