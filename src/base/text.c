/* text.c - text that grows up to a stated maximum
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"

struct text
text_begin(struct arena *arena, size_t max)
{
	return (struct text){.arena = arena,
	    .at = arena_take(arena, 1),
	    .capacity = 1,
	    .max = max};
}

static bool
make_room(struct text *text, size_t more)
{
	if (more > text->max - text->length) {
		text->cut = true;
		return false;
	}
	size_t needed = text->length + more + 1;
	if (needed <= text->capacity)
		return true;
	size_t capacity = text->capacity * 2 < 256 ? 256 : text->capacity * 2;
	if (capacity < needed)
		capacity = needed;
	char *grown = arena_take(text->arena, capacity);
	memcpy(grown, text->at, text->length);
	text->at = grown;
	text->capacity = capacity;
	return true;
}

void
text_add(struct text *text, struct span more)
{
	if (more.length == 0 || !make_room(text, more.length))
		return;
	memcpy(text->at + text->length, more.at, more.length);
	text->length += more.length;
	text->at[text->length] = '\0';
}

void
text_add_cstr(struct text *text, const char *more)
{
	text_add(text, span_of(more));
}

void
text_add_char(struct text *text, char c)
{
	text_add(text, span_from(&c, 1));
}

void
text_add_escaped(struct text *text, struct span value)
{
	for (size_t i = 0; i < value.length; i++) {
		switch (value.at[i]) {
		case '&':
			text_add_cstr(text, "&amp;");
			break;
		case '<':
			text_add_cstr(text, "&lt;");
			break;
		case '>':
			text_add_cstr(text, "&gt;");
			break;
		case '"':
			text_add_cstr(text, "&quot;");
			break;
		case '\'':
			text_add_cstr(text, "&#39;");
			break;
		case '\0':
			break;
		default:
			text_add_char(text, value.at[i]);
		}
	}
}

void
text_add_pattern(struct text *text, struct span value)
{
	for (size_t i = 0; i < value.length; i++) {
		if (strchr("%_\\", value.at[i]) && value.at[i])
			text_add_char(text, '\\');
		text_add_char(text, value.at[i]);
	}
}

void
text_printf(struct text *text, const char *format, ...)
{
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	int length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (length > 0 && make_room(text, (size_t)length)) {
		vsnprintf(
		    text->at + text->length, (size_t)length + 1, format, again);
		text->length += (size_t)length;
	}
	va_end(again);
}

struct span
text_span(const struct text *text)
{
	return span_from(text->at, text->length);
}
