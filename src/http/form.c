/* form.c - queries and application/x-www-form-urlencoded bodies
 *
 * Stricter than the URL Standard, which decodes a bad escape to itself and
 * bad UTF-8 to replacement characters: two parties may then read one text
 * in two ways. No client of ours sends such a thing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/form.h"

#include "base/arena.h"
#include "base/cx.h"
#include "base/percent.h"

enum fault
form_read(struct cx *cx, struct span text, struct form *out)
{
	struct form_field *fields =
	    arena_list(cx->arena, FORM_FIELDS_MAX, sizeof *fields);
	size_t count = 0;
	struct span part;

	while (span_next(&text, '&', &part)) {
		if (part.length == 0)
			continue;
		if (count == FORM_FIELDS_MAX)
			return fault(cx, FAULT_FORM_MALFORMED,
			    "more than %d fields", FORM_FIELDS_MAX);
		struct span name = SPAN_NONE;
		struct span value = part;
		span_next(&value, '=', &name);
		if (!value.at)
			value = SPAN("");
		struct form_field *field = &fields[count++];
		if (!percent_decode(
			cx->arena, name, PERCENT_FORM, &field->name) ||
		    !percent_decode(
			cx->arena, value, PERCENT_FORM, &field->value))
			return fault(cx, FAULT_FORM_MALFORMED,
			    "field %zu: a bad escape, NUL or invalid UTF-8",
			    count);
	}
	*out = (struct form){fields, count};
	return FAULT_NONE;
}

enum fault
form_find(
    struct cx *cx, const struct form *form, const char *name, struct span *out)
{
	struct span found = SPAN_NONE;

	for (size_t i = 0; i < form->count; i++) {
		if (!span_is(form->fields[i].name, name))
			continue;
		if (found.at)
			return fault_tell(
			    cx, FAULT_FORM_MALFORMED, "%s stands twice", name);
		found = form->fields[i].value;
	}
	*out = found;
	return FAULT_NONE;
}

struct span
form_encode(struct arena *arena, struct span value)
{
	return percent_encode(arena, value);
}
