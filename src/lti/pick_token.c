/* pick_token.c - what a form of the picker carries
 *
 *   1.<expires at, decimal>.<hour>.<nonce of the launch>.<HMAC-SHA-256 of all
 *   that stands before, base64url>
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/pick_token.h"

#include "base/b64url.h"
#include "base/cx.h"
#include "crypto/digest.h"

enum { PARTS = 5 };

static struct span
mac_text(struct cx *cx, const struct secret *secret, struct span text)
{
	unsigned char mac[DIGEST_SIZE];

	digest_hmac(secret, text, mac);
	return b64url_encode(cx->arena, span_from(mac, sizeof mac));
}

struct span
pick_token_write(
    struct cx *cx, const struct secret *secret, const struct pick_token *token)
{
	struct span head = arena_printf(cx->arena, "1.%lld.%lld.%.*s",
	    (long long)(cx->now + PICK_TOKEN_LIFE), (long long)token->hour,
	    SPAN_ARGS(token->nonce));
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
	return count == PARTS && text.at == NULL && span_is(parts[0], "1");
}

enum fault
pick_token_read(struct cx *cx, const struct secret *secret, struct span text,
    struct pick_token *out)
{
	struct span parts[PARTS];
	int64_t expires_at = 0, hour = 0;

	if (text.length > PICK_TOKEN_MAX || !take_apart(text, parts))
		return fault(cx, FAULT_PICKER_EXPIRED, "no token of ours");
	struct span head = span_first(text, text.length - parts[4].length - 1);
	if (!digest_equal(mac_text(cx, secret, head), parts[4]))
		return fault(
		    cx, FAULT_PICKER_EXPIRED, "the token's MAC is wrong");
	/* Cannot fail once the MAC holds; checked all the same. */
	if (!span_number(parts[1], INT64_MAX, &expires_at) ||
	    !span_number(parts[2], INT64_MAX, &hour))
		return fault(
		    cx, FAULT_PICKER_EXPIRED, "the token is malformed");
	if (cx->now >= expires_at)
		return fault(cx, FAULT_PICKER_EXPIRED, "the token is too old");
	*out = (struct pick_token){hour, parts[3]};
	return FAULT_NONE;
}
