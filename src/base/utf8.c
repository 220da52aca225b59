/* utf8.c - is it text?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/utf8.h"

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

size_t
utf8_first(struct span text)
{
	const unsigned char *at = (const unsigned char *)text.at;
	size_t size = text.length ? utf8_length(at[0]) : 0;

	if (size > text.length)
		return 0;
	for (size_t i = 1; i < size; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return size < 2 || second_fits(at[0], at[1]) ? size : 0;
}

bool
utf8_is_text(struct span text)
{
	while (text.length) {
		size_t size = utf8_first(text);
		if (!size)
			return false;
		text = span_from_offset(text, size);
	}
	return true;
}
