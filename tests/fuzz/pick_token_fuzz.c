/* pick_token_fuzz.c - tokens of the picker's forms
 *
 * The input is a token; and where to break one of ours.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "crypto/digest.h"
#include "fuzz.h"
#include "lti/pick_token.h"

static const struct secret secret = {{1}};

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cx cx;
	struct pick_token got = {7, SPAN("x")};
	const struct pick_token given = {
	    499999, SPAN("abcdefghijklmnopqrstuv")};

	cx_init(&cx, no_random);
	/* Nobody guesses a MAC. */
	must(pick_token_read(&cx, &secret, span_from(bytes, length), &got) ==
	     FAULT_PICKER_EXPIRED);
	must(got.hour == 7);
	struct span ours = pick_token_write(&cx, &secret, &given);
	must(!pick_token_read(&cx, &secret, ours, &got));
	must(got.hour == given.hour && span_equal(got.nonce, given.nonce));
	if (length > 1 && bytes[1]) {
		char *broken = arena_take(cx.arena, ours.length);
		memcpy(broken, ours.at, ours.length);
		broken[bytes[0] % ours.length] ^= (char)bytes[1];
		must(pick_token_read(&cx, &secret,
			 span_from(broken, ours.length),
			 &got) == FAULT_PICKER_EXPIRED);
	}
	cx_release(&cx);
	return 0;
}
