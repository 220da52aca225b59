/* public_keys_fuzz.c - key sets, keys as JWK and as PEM
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "crypto/keypair.h"
#include "crypto/public_keys.h"
#include "fuzz.h"

/* A signature of no meaning, of each length that is one: never right. */
static void
check_with(
    struct cx *cx, const struct public_key *key, enum jws_algorithm algorithm)
{
	static const size_t lengths[] = {64, 96, 132, 256, 512, 1024};
	char *signature = arena_take(cx->arena, 1024);

	memset(signature, 0x11, 1024);
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		struct jws jws = {.algorithm = algorithm,
		    .signed_part = SPAN("e30.e30"),
		    .signature = span_from(signature, lengths[i])};
		if (jws_check(cx, &jws, key) != FAULT_SIGNATURE_WRONG)
			abort();
	}
}

static void
check_set(struct cx *cx, struct public_keys *keys)
{
	size_t left_out;
	size_t count = public_keys_count(keys, &left_out);

	if (!count || count > PUBLIC_KEYS_MAX)
		abort();
	for (unsigned i = 0; i < JWS_ALGORITHM_COUNT; i++) {
		const struct public_key *key;
		if (!public_keys_find(cx, keys, SPAN(""), i, &key))
			check_with(cx, key, i);
		if (!public_keys_find(cx, keys, SPAN("kid"), i, &key))
			check_with(cx, key, i);
	}
	public_keys_close(keys);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cx cx;
	struct span input = span_from(bytes, length);
	struct public_keys *keys;

	cx_init(&cx, no_random);
	if (!public_keys_read(&cx, input, &keys))
		check_set(&cx, keys);
	else if (!cx.note.detail[0])
		abort();
	/* What may be entered by hand can be used, and nothing else. */
	enum fault jwk = public_keys_read_jwk(&cx, input, &keys);
	if (!jwk)
		check_set(&cx, keys);
	if (!jwk != !public_key_check_jwk(&cx, input))
		abort();
	enum fault pem = public_keys_read_pem(&cx, input, &keys);
	if (!pem)
		check_set(&cx, keys);
	if (!pem != !public_key_check_pem(&cx, input))
		abort();
	cx_release(&cx);
	return 0;
}
