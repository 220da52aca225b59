/* cx.c - what every function that works for a request is given
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"

#include <string.h>

#include "base/clock.h"

/* No vowels and no look-alikes: read aloud on the telephone, and never a
 * word. A label and not a secret: the first half tells the time, in steps of
 * a twentieth of a second that come again after a week, so that neighbours in
 * time are neighbours in the index; the second half is 23 bits of chance. */
static const char reference_letters[] = "234579bcdfghjkmnpqrstvwxz6";

static void
make_reference(struct cx *cx)
{
	unsigned char bytes[CX_REFERENCE_LENGTH];
	int64_t step = clock_now_us() / 50000;

	cx->random(bytes, sizeof bytes);
	for (int i = CX_REFERENCE_LENGTH / 2; i-- > 0; step /= 26)
		cx->reference[i] = reference_letters[step % 26];
	for (int i = CX_REFERENCE_LENGTH / 2; i < CX_REFERENCE_LENGTH; i++)
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
	cx->actor = SPAN("");
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
