/* b64url.c - base64url without padding
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/b64url.h"

#include "base/arena.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

struct span
b64url_encode(struct arena *arena, struct span bytes)
{
	char *text = arena_take(arena, bytes.length / 3 * 4 + 5);
	size_t length = 0;
	uint32_t window = 0;
	unsigned bits = 0;

	for (size_t i = 0; i < bytes.length; i++) {
		window = window << 8 | (unsigned char)bytes.at[i];
		for (bits += 8; bits >= 6; bits -= 6)
			text[length++] = alphabet[window >> (bits - 6) & 63];
	}
	if (bits)
		text[length++] = alphabet[window << (6 - bits) & 63];
	return span_from(text, length);
}

static int
value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool
b64url_decode(struct arena *arena, struct span text, struct span *out)
{
	char *bytes = arena_take(arena, text.length / 4 * 3 + 3);
	size_t length = 0;
	uint32_t window = 0;
	unsigned bits = 0;

	if (text.length % 4 == 1)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		int value = value_of(text.at[i]);
		if (value < 0)
			return false;
		window = window << 6 | (uint32_t)value;
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		bytes[length++] = (char)(window >> bits & 255);
	}
	if (window & ((1U << bits) - 1))
		return false;
	*out = span_from(bytes, length);
	return true;
}
