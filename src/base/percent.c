/* percent.c - percent-encoding of URLs and forms
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/percent.h"

#include <string.h>

#include "base/arena.h"

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

/* How many bytes the character begun by this one has; 0: none begins so. */
static size_t
utf8_length(unsigned char first)
{
	if (first < 0x80)
		return first ? 1 : 0;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if ((first & 0xf0) == 0xe0)
		return 3;
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* The second byte keeps out overlong forms, surrogates, and what is beyond
 * U+10FFFF. */
static bool
second_fits(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0;
	case 0xed:
		return second <= 0x9f;
	case 0xf0:
		return second >= 0x90;
	case 0xf4:
		return second <= 0x8f;
	default:
		return true;
	}
}

/* UTF-8 without NUL. */
static bool
is_text(const unsigned char *at, size_t length)
{
	for (size_t i = 0; i < length;) {
		if (at[i] && at[i] < 0x80) {
			i++;
			continue;
		}
		size_t size = utf8_length(at[i]);
		if (size == 0 || size > length - i)
			return false;
		for (size_t k = 1; k < size; k++)
			if ((at[i + k] & 0xc0) != 0x80)
				return false;
		if (size > 1 && !second_fits(at[i], at[i + 1]))
			return false;
		i += size;
	}
	return true;
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
	if (!is_text((const unsigned char *)decoded, length))
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
