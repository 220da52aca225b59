/* claim_places.c - claims, each moved to its place in a form of ours
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/claim_places.h"

#include "base/cx.h"
#include "json/jread.h"
#include "json/jwrite.h"

const struct claim_place claim_places_context[] = {
    {"id", "id", PLACE_SCALAR},
    {"label", "label", PLACE_TEXT},
    {"title", "title", PLACE_TEXT},
    {"type", "type", PLACE_TEXTS},
    {NULL, NULL, PLACE_TEXT},
};

void
claim_places_texts(const struct json_t *from, struct json_t *list)
{
	struct span text;

	for (size_t i = 0; i < jread_count(from); i++)
		if (jread_text(jread_at(from, i), &text))
			jwrite_push_text(list, text);
}

static void
push_parts(struct span text, struct json_t *list)
{
	struct span part;

	while (span_next(&text, ',', &part))
		if (span_trim(part).length)
			jwrite_push_text(list, span_trim(part));
}

struct span
claim_places_scalar(struct cx *cx, const struct json_t *value)
{
	if (span_is(span_of(jread_type(value)), "a number"))
		return jwrite_bytes(cx, value);
	return jread_text_or(value, SPAN_NONE);
}

static void
write_list(const struct json_t *value, const struct claim_place *place,
    struct json_t *to)
{
	struct span text;

	if (jread_is_array(value))
		claim_places_texts(value, jwrite_inner_array(to, place->name));
	else if (place->kind == PLACE_COMMAS && jread_text(value, &text))
		push_parts(text, jwrite_inner_array(to, place->name));
}

static void
write_place(struct cx *cx, const struct json_t *value,
    const struct claim_place *place, struct json_t *to)
{
	struct span text = jread_text_or(value, SPAN_NONE);
	bool truth;

	switch (place->kind) {
	case PLACE_SCALAR:
		text = claim_places_scalar(cx, value);
		break;
	case PLACE_TRUTH:
		if (jread_bool(value, &truth))
			jwrite_bool(to, place->name, truth);
		return;
	case PLACE_TEXTS:
	case PLACE_COMMAS:
		write_list(value, place, to);
		return;
	case PLACE_FULL:
		jwrite_text_if(to, place->name, text);
		return;
	case PLACE_TEXT:
		break;
	}
	if (text.at)
		jwrite_text(to, place->name, text);
}

void
claim_places_write(struct cx *cx, const struct json_t *from,
    const struct claim_place *places, struct json_t *to)
{
	for (; places->claim; places++)
		write_place(cx, jread_member(from, places->claim), places, to);
}

bool
claim_places_has(const struct claim_place *places, struct span claim)
{
	for (; places->claim; places++)
		if (span_is(claim, places->claim))
			return true;
	return false;
}

void
claim_places_rest(struct cx *cx, const struct json_t *from,
    const struct claim_place *places, struct json_t *to)
{
	const struct json_t *value;
	struct span name;
	void *walk = NULL;

	while (jread_next(from, &walk, &name, &value))
		if (!claim_places_has(places, name) &&
		    !jread_member(to, arena_cstr(cx->arena, name)))
			jwrite_named(to, name, value);
}
