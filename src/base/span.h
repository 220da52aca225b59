/*
 * span.h - borrowed text: a pointer and a length
 *
 * Layer  base
 * Gives  struct span and questions about it; nothing here allocates
 * Owns   nothing: a span is valid as long as what it points into
 * Fails  never; span_number answers false
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
	const char *at; /* not ended by NUL; NULL only in SPAN_NONE */
	size_t length;
};

#define SPAN_NONE ((struct span){0, 0})
#define SPAN(literal) ((struct span){"" literal, sizeof(literal) - 1})

/* For "%.*s". */
#define SPAN_ARGS(s) (int)(s).length, (s).at ? (s).at : ""

struct span span_of(const char *text); /* our own text, ended by NUL */
struct span span_from(const void *at, size_t length);
struct span span_from_offset(struct span whole, size_t offset);
struct span span_first(struct span whole, size_t length);
/* At most max bytes of UTF-8, and no half of a character. */
struct span span_cut(struct span text, size_t max);
struct span span_trim(struct span whole); /* blanks and tabs at both ends */

bool span_is(struct span a, const char *text);
bool span_equal(struct span a, struct span b);
bool span_equal_nocase(struct span a, struct span b); /* ASCII */
bool span_starts(struct span whole, const char *head);
bool span_ends(struct span whole, const char *tail);
bool span_has_control(struct span whole); /* below 0x20, or 0x7f */

/* Takes what stands before the separator off the front of rest; false when
 * rest is used up. An empty rest (at == NULL) ends the loop. */
bool span_next(struct span *rest, char separator, struct span *part);

/* Digits only, no sign, no blank, at most max. */
bool span_number(struct span text, int64_t max, int64_t *out);

#endif
