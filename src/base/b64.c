/* b64.c - base64 with padding, as mail and webhooks have it
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/b64.h"

#include <string.h>

#include "base/arena.h"
#include "base/b64url.h"

/* The two alphabets differ in two letters. */
static char *
exchange(
    struct arena *arena, struct span text, const char *from, const char *to)
{
	char *copy = arena_take(arena, text.length + 3);

	for (size_t i = 0; i < text.length; i++) {
		const char *found = strchr(from, text.at[i]);
		copy[i] = found && text.at[i] ? to[found - from] : text.at[i];
	}
	return copy;
}

struct span
b64_encode(struct arena *arena, struct span bytes)
{
	struct span text = b64url_encode(arena, bytes);
	char *copy = exchange(arena, text, "-_", "+/");

	while (text.length % 4)
		copy[text.length++] = '=';
	return span_from(copy, text.length);
}

bool
b64_decode(struct arena *arena, struct span text, struct span *out)
{
	for (int i = 0; i < 2 && span_ends(text, "="); i++)
		text.length--;
	/* Those of the other alphabet become what no alphabet has. */
	return b64url_decode(arena,
	    span_from(exchange(arena, text, "+/-_", "-_!!"), text.length), out);
}
