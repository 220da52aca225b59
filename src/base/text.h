/*
 * text.h - text that grows up to a stated maximum
 *
 * Layer  base
 * Gives  struct text: appending; what does not fit sets `cut` and is dropped
 * Owns   its bytes, in the arena it was begun with
 * Fails  never loudly: look at `cut` once, at the end
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/span.h"

struct arena;

struct text {
	struct arena *arena;
	char *at; /* always ended by a NUL that length does not count */
	size_t length, capacity, max;
	bool cut; /* something did not fit */
};

struct text text_begin(struct arena *arena, size_t max);
void text_add(struct text *text, struct span more);
void text_add_cstr(struct text *text, const char *more);
void text_add_char(struct text *text, char c);
/* For HTML: right for text and for attributes between double quotes. A NUL is
 * left out. */
void text_add_escaped(struct text *text, struct span value);
/* For LIKE ... ESCAPE '\\' of SQL: what would match anything matches itself. */
void text_add_pattern(struct text *text, struct span value);
void text_printf(struct text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct span text_span(const struct text *text);

#endif
