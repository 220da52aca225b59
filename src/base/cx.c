/* cx.c - what every function that works for a request is given
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"

#include <string.h>

#include "base/clock.h"

/* No vowels and no look-alikes: read aloud on the telephone, and never a
 * word. 26 characters: 10 of them are 47 bits, a label and not a secret. */
static const char reference_letters[] = "bcdfghjkmnpqrstvwxz2345679";

static void
make_reference(struct cx *cx)
{
	unsigned char bytes[CX_REFERENCE_LENGTH];

	cx->random(bytes, sizeof bytes);
	for (int i = 0; i < CX_REFERENCE_LENGTH; i++)
		cx->reference[i] = reference_letters[bytes[i] % 26];
}

void
cx_init(struct cx *cx, void (*random)(void *bytes, size_t length))
{
	*cx = (struct cx){.arena = arena_open(), .random = random};
	cx->now = clock_now();
	make_reference(cx);
}

void
cx_reset(struct cx *cx)
{
	arena_reset(cx->arena);
	memset(&cx->note, 0, sizeof cx->note);
	cx->now = clock_now();
	make_reference(cx);
}

void
cx_wake(struct cx *cx)
{
	cx->now = clock_now();
}

void
cx_release(struct cx *cx)
{
	arena_close(cx->arena);
	cx->arena = NULL;
}
