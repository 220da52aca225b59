/* jws_fuzz.c - tokens: what is read has one text, what holds was signed
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/b64url.h"
#include "base/cx.h"
#include "crypto/digest.h"
#include "crypto/public_keys.h"
#include "fuzz.h"

/* The keys of RFC 7515, A.2 and A.3, whose tokens are in the corpus. */
static const char key_set[] =
    "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJc"
    "yQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-p"
    "CgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5re"
    "xMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG"
    "4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb5"
    "4h4FRWyuXpoQ\",\"e\":\"AQAB\"},{\"kty\":\"EC\",\"crv\":\"P-256\","
    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}";

#define CLAIMS                                                                 \
	".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"    \
	"cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

static void
check_reading(struct cx *cx, struct span input, const struct jws *jws)
{
	struct span again =
	    arena_printf(cx->arena, "%.*s.%.*s", SPAN_ARGS(jws->signed_part),
		SPAN_ARGS(b64url_encode(cx->arena, jws->signature)));
	struct span payload = b64url_encode(cx->arena, jws->payload);

	if (!span_equal(again, input) || jws->kid.length > JWS_KID_MAX ||
	    (unsigned)jws->algorithm >= JWS_ALGORITHM_COUNT ||
	    !span_equal(payload, span_from_offset(jws->signed_part,
				     jws->signed_part.length - payload.length)))
		abort();
}

/* Nobody has signed anything else with these keys. */
static void
check_signature(struct cx *cx, const struct jws *jws)
{
	static struct public_keys *keys;
	const struct public_key *key;

	if (!keys && public_keys_read(cx, span_of(key_set), &keys))
		abort();
	if (public_keys_find(cx, keys, SPAN(""), jws->algorithm, &key) ||
	    jws_check(cx, jws, key))
		return;
	if (!span_is(jws->signed_part, "eyJhbGciOiJSUzI1NiJ9" CLAIMS) &&
	    !span_is(jws->signed_part, "eyJhbGciOiJFUzI1NiJ9" CLAIMS))
		abort();
}

static void
check_own(struct cx *cx, struct span input)
{
	static const struct secret secret = {{1}};
	struct span payload;

	if (!jws_read_own(cx, &secret, input, &payload) &&
	    !span_equal(jws_write_own(cx, &secret, payload), input))
		abort();
	if (jws_read_own(
		cx, &secret, jws_write_own(cx, &secret, input), &payload) ||
	    !span_equal(payload, input))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cx cx;
	struct span input = span_from(bytes, length);
	struct jws jws;

	if (length > JWS_MAX / 2)
		return 0;
	cx_init(&cx, no_random);
	if (!jws_read(&cx, input, &jws)) {
		check_reading(&cx, input, &jws);
		check_signature(&cx, &jws);
	} else if (!cx.note.detail[0])
		abort();
	check_own(&cx, input);
	cx_release(&cx);
	return 0;
}
