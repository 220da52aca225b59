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

bool
utf8_is_text(struct span text)
{
	const unsigned char *at = (const unsigned char *)text.at;
	size_t length = text.length;

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
