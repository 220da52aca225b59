/* fold.c - text as it is searched
 *
 * All letters of these blocks have two bytes in UTF-8, as have their small
 * forms: a folded text is as long as it was.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/fold.h"

#include "base/arena.h"

/* Letters from first to last have their small form so many further. With
 * pairs, every other letter is a capital, those of first's parity. */
static const struct {
	unsigned first, last, distance;
	bool pairs;
} blocks[] = {
    {0xc0, 0xd6, 32, false},   /* Latin-1 */
    {0xd8, 0xde, 32, false},   /* but for the multiplication sign */
    {0x100, 0x12f, 1, true},   /* Latin Extended-A */
    {0x132, 0x137, 1, true},   /* 0x130 is the dotted I of Turkish */
    {0x139, 0x148, 1, true},   /* odd ones are capitals here */
    {0x14a, 0x177, 1, true},   /* */
    {0x179, 0x17e, 1, true},   /* */
    {0x386, 0x386, 38, false}, /* Greek with accents */
    {0x388, 0x38a, 37, false},
    {0x38c, 0x38c, 64, false},
    {0x38e, 0x38f, 63, false},
    {0x391, 0x3a1, 32, false},
    {0x3a3, 0x3ab, 32, false},
    {0x400, 0x40f, 80, false}, /* Cyrillic */
    {0x410, 0x42f, 32, false},
    {0x460, 0x481, 1, true},
    {0x48a, 0x4bf, 1, true},
};

static unsigned
small(unsigned letter)
{
	for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
		if (letter < blocks[i].first || letter > blocks[i].last)
			continue;
		bool capital =
		    !blocks[i].pairs || (letter - blocks[i].first) % 2 == 0;
		return capital ? letter + blocks[i].distance : letter;
	}
	return letter == 0x178 ? 0xff : letter; /* Y with dots */
}

static bool
is_pair(const unsigned char *at, size_t left)
{
	return left >= 2 && (at[0] & 0xe0) == 0xc0 && (at[1] & 0xc0) == 0x80;
}

struct span
fold_case(struct arena *arena, struct span text)
{
	unsigned char *out = arena_take(arena, text.length + 1);
	const unsigned char *in = (const unsigned char *)text.at;

	for (size_t i = 0; i < text.length; i++) {
		if (is_pair(in + i, text.length - i)) {
			unsigned letter =
			    small((in[i] & 0x1fu) << 6 | (in[i + 1] & 0x3fu));
			out[i] = (unsigned char)(0xc0 | letter >> 6);
			out[i + 1] = (unsigned char)(0x80 | (letter & 0x3f));
			i++;
			continue;
		}
		bool capital = in[i] >= 'A' && in[i] <= 'Z';
		out[i] = capital ? (unsigned char)(in[i] + 32) : in[i];
	}
	return span_from(out, text.length);
}
