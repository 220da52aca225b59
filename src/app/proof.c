/* proof.c - does public_url lead here?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/proof.h"

#include "app/gateway.h"
#include "base/b64url.h"
#include "base/cx.h"

static struct span
mac(struct gateway *gateway, struct cx *cx, const char *word, struct span nonce)
{
	unsigned char bytes[DIGEST_SIZE];
	struct secret own;

	digest_derive(&gateway->secret, "self check", &own);
	digest_hmac(&own,
	    arena_printf(cx->arena, "%s %.*s", word, SPAN_ARGS(nonce)), bytes);
	return b64url_encode(cx->arena, span_from(bytes, sizeof bytes));
}

struct span
proof_url(struct gateway *gateway, struct cx *cx, struct span nonce)
{
	return arena_printf(cx->arena,
	    "%.*s" PROOF_PATH "?nonce=%.*s&proof=%.*s",
	    SPAN_ARGS(gateway->public_url), SPAN_ARGS(nonce),
	    SPAN_ARGS(mac(gateway, cx, "question", nonce)));
}

enum fault
proof_check(struct gateway *gateway, struct cx *cx, struct span nonce,
    struct span asked)
{
	if (digest_equal(mac(gateway, cx, "question", nonce), asked))
		return FAULT_NONE;
	return fault(cx, FAULT_NO_ROUTE, "asked without the secret");
}

struct span
proof_answer(struct gateway *gateway, struct cx *cx, struct span nonce)
{
	return mac(gateway, cx, "answer", nonce);
}
