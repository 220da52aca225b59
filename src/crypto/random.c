/* random.c - unguessable bytes and ids
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "crypto/random.h"

#include <openssl/rand.h>
#include <stdlib.h>

#include "base/b64url.h"
#include "base/clock.h"
#include "base/cx.h"

void
random_bytes(void *bytes, size_t length)
{
	if (RAND_bytes(bytes, (int)length) != 1)
		abort();
}

struct span
random_id(struct cx *cx)
{
	unsigned char bytes[16];
	/* On a command line an id must not look like an option: no first
	 * letter that base64url writes as '-' (value 62). */
	do
		cx->random(bytes, sizeof bytes);
	while (bytes[0] >> 2 == 62);
	return b64url_encode(cx->arena, span_from(bytes, sizeof bytes));
}

struct span
random_secret(struct cx *cx)
{
	unsigned char bytes[32];
	cx->random(bytes, sizeof bytes);
	return b64url_encode(cx->arena, span_from(bytes, sizeof bytes));
}

/* Microseconds since cx->now, below a second: what a request does later sorts
 * later. Neighbours in time are neighbours in an index, too. */
static unsigned
microseconds_since(const struct cx *cx)
{
	int64_t passed = clock_now_us() - cx->now * 1000000;

	if (passed < 0)
		return 0;
	return passed > 999999 ? 999999 : (unsigned)passed;
}

struct span
random_sortable(struct cx *cx)
{
	uint32_t chance;

	cx->random(&chance, sizeof chance);
	return arena_printf(cx->arena, "%010llx%05x%07x",
	    (unsigned long long)cx->now, microseconds_since(cx),
	    chance & 0xfffffff);
}

struct span
random_code(struct cx *cx)
{
	static const char letters[] = "BCDFGHJKMNPQRTVWXYZ346789";
	unsigned char chance[4];
	char *code = arena_take(cx->arena, sizeof chance);

	cx->random(chance, sizeof chance);
	for (size_t i = 0; i < sizeof chance; i++)
		code[i] = letters[chance[i] % (sizeof letters - 1)];
	return span_from(code, sizeof chance);
}
