/* proof.c - does public_url lead here?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/proof.h"

#include "app/gateway.h"
#include "base/b64url.h"
#include "base/cx.h"

static struct span
mac(struct cx *cx, const struct secret_keys *keys, const char *word,
    struct span nonce)
{
	unsigned char bytes[DIGEST_SIZE];

	digest_hmac(&keys->proof,
	    arena_printf(cx->arena, "%s %.*s", word, SPAN_ARGS(nonce)), bytes);
	return b64url_encode(cx->arena, span_from(bytes, sizeof bytes));
}

static struct span
own_mac(
    struct gateway *gateway, struct cx *cx, const char *word, struct span nonce)
{
	struct span text = mac(cx, secrets_hold(gateway->secrets), word, nonce);

	secrets_let_go(gateway->secrets);
	return text;
}

struct span
proof_url(struct gateway *gateway, struct cx *cx, struct span nonce)
{
	return arena_printf(cx->arena,
	    "%.*s" PROOF_PATH "?nonce=%.*s&proof=%.*s",
	    SPAN_ARGS(gateway->public_url), SPAN_ARGS(nonce),
	    SPAN_ARGS(own_mac(gateway, cx, "question", nonce)));
}

struct question {
	struct span nonce, asked, answer;
};

/* Who asks knows one secret: the answer is by that one. */
static enum fault
check(struct cx *cx, const struct secret_keys *keys, void *arg)
{
	struct question *question = arg;

	if (!digest_equal(
		mac(cx, keys, "question", question->nonce), question->asked))
		return fault(cx, FAULT_NO_ROUTE, "asked without the secret");
	question->answer = mac(cx, keys, "answer", question->nonce);
	return FAULT_NONE;
}

enum fault
proof_check(struct gateway *gateway, struct cx *cx, struct span nonce,
    struct span asked, struct span *answer)
{
	struct question question = {.nonce = nonce, .asked = asked};
	enum fault which =
	    secrets_try(gateway->secrets, cx, check, &question, FAULT_NO_ROUTE);

	if (!which)
		*answer = question.answer;
	return which;
}

struct span
proof_answer(struct gateway *gateway, struct cx *cx, struct span nonce)
{
	return own_mac(gateway, cx, "answer", nonce);
}
