/* percent.c - percent-encoding of URLs and forms
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/percent.h"

#include <string.h>

#include "base/arena.h"
#include "base/utf8.h"

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* How much at the beginning stands for itself. */
static size_t
plain_length(struct span text, enum percent_kind kind)
{
	const char *escape =
	    text.length ? memchr(text.at, '%', text.length) : NULL;
	size_t length = escape ? (size_t)(escape - text.at) : text.length;
	const char *plus = kind == PERCENT_FORM && length
			       ? memchr(text.at, '+', length)
			       : NULL;

	return plus ? (size_t)(plus - text.at) : length;
}

bool
percent_decode(struct arena *arena, struct span text, enum percent_kind kind,
    struct span *out)
{
	char *decoded = arena_take(arena, text.length + 1);
	size_t length = plain_length(text, kind);

	/* Tokens have kilobytes and nothing to decode. */
	if (length)
		memcpy(decoded, text.at, length);
	for (size_t i = length; i < text.length; i++) {
		char c = text.at[i];
		if (c == '+' && kind == PERCENT_FORM)
			c = ' ';
		if (c == '%') {
			if (text.length - i < 3)
				return false;
			int high = hex_digit(text.at[i + 1]);
			int low = hex_digit(text.at[i + 2]);
			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		decoded[length++] = c;
	}
	if (!utf8_is_text(span_from(decoded, length)))
		return false;
	*out = span_from(decoded, length);
	return true;
}

static bool
is_unreserved(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || (c && strchr("-._~", c) != NULL);
}

struct span
percent_encode(struct arena *arena, struct span text)
{
	static const char digits[] = "0123456789ABCDEF";
	char *encoded = arena_take(arena, text.length * 3 + 1);
	size_t length = 0;

	for (size_t i = 0; i < text.length; i++) {
		unsigned char c = (unsigned char)text.at[i];
		if (is_unreserved(c)) {
			encoded[length++] = (char)c;
			continue;
		}
		encoded[length++] = '%';
		encoded[length++] = digits[c >> 4];
		encoded[length++] = digits[c & 15];
	}
	return span_from(encoded, length);
}
