/* gate_fuzz.c - raw requests: however they are cut, the gate judges alike
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "http/gate.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* What a gate may look at must not reach past the end: each piece is fed
 * from a block of its own size. */
static void
feed_copy(struct gate *gate, struct span piece)
{
	char *copy = malloc(piece.length ? piece.length : 1);

	memcpy(copy, piece.at, piece.length);
	gate_feed(gate, span_from(copy, piece.length), 1);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct span whole = span_from(bytes, length);
	struct gate once, cut;

	if (length == 0)
		return 0;
	gate_init(&once, 1000);
	gate_feed(&once, whole, 1);

	size_t piece = bytes[length - 1] % 17 + 1;
	gate_init(&cut, 1000);
	for (struct span rest = whole; rest.length;
	     rest = span_from_offset(rest, piece))
		feed_copy(&cut, span_first(rest, piece));
	if (once.refused != cut.refused || once.heads != cut.heads ||
	    once.begun_at != cut.begun_at)
		abort();

	uint64_t heads = once.heads;
	enum fault refused = once.refused;
	gate_feed(&once, whole, 1);
	if (refused && (once.heads != heads || once.refused != refused))
		abort();
	return 0;
}
