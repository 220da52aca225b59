/* launch_state.c - what travels through the LMS between login and launch
 *
 *   1.<issued at, decimal>.<chance>.<platform id>.<hash of the browser's
 *   secret>.<storage target, base64url, or nothing>.<HMAC-SHA-256 of all that
 *   stands before, base64url>
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/launch_state.h"

#include "base/b64url.h"
#include "base/cx.h"
#include "crypto/digest.h"

enum { PARTS = 7 };

static struct span
mac_text(struct cx *cx, const struct secret *secret, struct span text)
{
	unsigned char mac[DIGEST_SIZE];

	digest_hmac(secret, text, mac);
	return b64url_encode(cx->arena, span_from(mac, sizeof mac));
}

struct span
launch_state_write(struct cx *cx, const struct secret *secret,
    const struct launch_state *state)
{
	struct span target = b64url_encode(cx->arena, state->storage_target);
	struct span head = arena_printf(cx->arena, "1.%lld.%.*s.%.*s.%.*s.%.*s",
	    (long long)state->issued_at, SPAN_ARGS(state->chance),
	    SPAN_ARGS(state->platform_id), SPAN_ARGS(state->browser_hash),
	    SPAN_ARGS(target));
	struct span mac = mac_text(cx, secret, head);

	return arena_printf(
	    cx->arena, "%.*s.%.*s", SPAN_ARGS(head), SPAN_ARGS(mac));
}

static bool
take_apart(struct span text, struct span parts[PARTS])
{
	size_t count = 0;

	while (count < PARTS && span_next(&text, '.', &parts[count]))
		count++;
	return count == PARTS && text.at == NULL;
}

enum fault
launch_state_read(struct cx *cx, const struct secret *secret, struct span text,
    struct launch_state *out)
{
	struct span parts[PARTS];
	struct launch_state state;

	if (text.length > LAUNCH_STATE_MAX || !take_apart(text, parts) ||
	    !span_is(parts[0], "1"))
		return fault(cx, FAULT_STATE_REFUSED, "the state is not ours");
	struct span head = span_first(text, text.length - parts[6].length - 1);
	if (!digest_equal(mac_text(cx, secret, head), parts[6]))
		return fault(
		    cx, FAULT_STATE_REFUSED, "the state's MAC is wrong");
	state = (struct launch_state){
	    .chance = parts[2],
	    .platform_id = parts[3],
	    .browser_hash = parts[4],
	};
	/* Cannot fail once the MAC holds; checked all the same. */
	if (!span_number(parts[1], INT64_MAX, &state.issued_at) ||
	    !b64url_decode(cx->arena, parts[5], &state.storage_target))
		return fault(cx, FAULT_STATE_REFUSED, "the state is malformed");
	if (cx->now > state.issued_at + LAUNCH_STATE_LIFE)
		return fault(cx, FAULT_STATE_EXPIRED,
		    "the login began %lld s ago",
		    (long long)(cx->now - state.issued_at));
	*out = state;
	return FAULT_NONE;
}

struct span
launch_state_nonce(struct cx *cx, const struct secret *secret, struct span text)
{
	return mac_text(cx, secret, text);
}

bool
launch_state_is_browser_secret(struct span text)
{
	if (text.length != BROWSER_SECRET_LENGTH)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		char c = text.at[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return true;
}

struct span
launch_state_hash(struct cx *cx, struct span browser_secret)
{
	unsigned char hash[DIGEST_SIZE];

	digest_sha256(browser_secret, hash);
	return b64url_encode(cx->arena, span_from(hash, sizeof hash));
}
