/* b64url.c - base64url without padding
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/b64url.h"

#include "base/arena.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Three bytes are four characters. */
struct span
b64url_encode(struct arena *arena, struct span bytes)
{
	char *text = arena_take(arena, bytes.length / 3 * 4 + 5);
	const unsigned char *at = (const unsigned char *)bytes.at;
	char *end = text;
	size_t i = 0;

	for (; i + 3 <= bytes.length; i += 3) {
		uint32_t window = (uint32_t)at[i] << 16 |
				  (uint32_t)at[i + 1] << 8 | at[i + 2];
		*end++ = alphabet[window >> 18];
		*end++ = alphabet[window >> 12 & 63];
		*end++ = alphabet[window >> 6 & 63];
		*end++ = alphabet[window & 63];
	}
	if (i < bytes.length) {
		bool two = i + 2 == bytes.length;
		uint32_t window = (uint32_t)at[i] << 16 |
				  (two ? (uint32_t)at[i + 1] << 8 : 0);
		*end++ = alphabet[window >> 18];
		*end++ = alphabet[window >> 12 & 63];
		if (two)
			*end++ = alphabet[window >> 6 & 63];
	}
	return span_from(text, (size_t)(end - text));
}

/* 64 and more: no character of the alphabet. */
static const unsigned char values[256] = {
#define NONE_16 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64
    NONE_16, NONE_16, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 62,
    64, 64, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 64, 64, 64, 64, 64, 64, 64,
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
    21, 22, 23, 24, 25, 64, 64, 64, 64, 63, 64, 26, 27, 28, 29, 30, 31, 32, 33,
    34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 64,
    64, 64, 64, 64, NONE_16, NONE_16, NONE_16, NONE_16, NONE_16, NONE_16,
    NONE_16, NONE_16
#undef NONE_16
};

/* What is left of a text whose length is no multiple of four: two or three
 * characters, whose last bits must be zero. */
static bool
decode_rest(const unsigned char *at, size_t count, char **end)
{
	unsigned char a = values[at[0]], b = values[at[1]];
	unsigned char c = count == 3 ? values[at[2]] : 0;

	if ((a | b | c) > 63)
		return false;
	*(*end)++ = (char)(a << 2 | b >> 4);
	if (count == 2)
		return (b & 15) == 0;
	*(*end)++ = (char)(b << 4 | c >> 2);
	return (c & 3) == 0;
}

bool
b64url_decode(struct arena *arena, struct span text, struct span *out)
{
	char *bytes = arena_take(arena, text.length / 4 * 3 + 3);
	const unsigned char *at = (const unsigned char *)text.at;
	char *end = bytes;
	size_t i = 0;

	if (text.length % 4 == 1)
		return false;
	for (; i + 4 <= text.length; i += 4) {
		unsigned char a = values[at[i]], b = values[at[i + 1]];
		unsigned char c = values[at[i + 2]], d = values[at[i + 3]];
		if ((a | b | c | d) > 63)
			return false;
		*end++ = (char)(a << 2 | b >> 4);
		*end++ = (char)(b << 4 | c >> 2);
		*end++ = (char)(c << 6 | d);
	}
	if (i < text.length && !decode_rest(at + i, text.length - i, &end))
		return false;
	*out = span_from(bytes, (size_t)(end - bytes));
	return true;
}
