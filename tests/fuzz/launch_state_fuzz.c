/* launch_state_fuzz.c - states: what is read was written, byte by byte
 *
 * The input is a state; and a storage target, a browser's secret, and where
 * to break a state of ours.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "crypto/digest.h"
#include "fuzz.h"
#include "lti/launch_state.h"
#include "lti/login_request.h"

/* Of the states in the corpus. */
static const struct secret secret = {{1}};

static void
check_read(struct cx *cx, struct span text)
{
	struct launch_state state;
	enum fault which = launch_state_read(cx, &secret, text, &state);

	must(
	    which || span_equal(launch_state_write(cx, &secret, &state), text));
	must(!which || which == FAULT_STATE_REFUSED ||
	     which == FAULT_STATE_EXPIRED);
	must(!which || cx->note.detail[0]);
	must(launch_state_nonce(cx, &secret, text).length == 43);
}

static void
check_written(struct cx *cx, struct span input)
{
	struct launch_state given = {
	    .issued_at = cx->now - LAUNCH_STATE_LIFE,
	    .chance = SPAN("abcdefghijklmnopqrstuv"),
	    .platform_id = SPAN("p-1"),
	    .browser_hash = launch_state_hash(cx, input),
	    .storage_target = span_first(input, LOGIN_ID_MAX),
	};
	struct launch_state got;
	struct span text = launch_state_write(cx, &secret, &given);

	must(!launch_state_read(cx, &secret, text, &got));
	must(got.issued_at == given.issued_at);
	must(span_equal(got.chance, given.chance));
	must(span_equal(got.platform_id, given.platform_id));
	must(span_equal(got.browser_hash, given.browser_hash));
	must(span_equal(got.storage_target, given.storage_target));
	if (input.length < 2 || input.at[1] == 0)
		return;
	/* Any byte, any other value. */
	char *broken = arena_take(cx->arena, text.length);
	memcpy(broken, text.at, text.length);
	broken[(unsigned char)input.at[0] % text.length] ^= input.at[1];
	must(launch_state_read(cx, &secret, span_from(broken, text.length),
		 &got) == FAULT_STATE_REFUSED);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cx cx;
	struct span input = span_from(bytes, length);

	cx_init(&cx, no_random);
	cx.now = 1800000000;
	check_read(&cx, input);
	check_written(&cx, input);
	must(!launch_state_is_browser_secret(input) ||
	     length == BROWSER_SECRET_LENGTH);
	cx_release(&cx);
	return 0;
}
