/* b64url_fuzz.c - what decodes has one text, and it comes back
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/b64url.h"
#include "base/cx.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cx cx;
	struct span input = span_from(bytes, length), decoded, again;

	cx_init(&cx, no_random);
	if (b64url_decode(cx.arena, input, &decoded) &&
	    !span_equal(b64url_encode(cx.arena, decoded), input))
		abort();
	if (!b64url_decode(cx.arena, b64url_encode(cx.arena, input), &again) ||
	    !span_equal(again, input))
		abort();
	cx_release(&cx);
	return 0;
}
