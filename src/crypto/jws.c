/* jws.c - compact signed tokens: reading, checking
 *
 * base64url(header) "." base64url(payload) "." base64url(signature)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "crypto/jws.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/b64url.h"
#include "base/cx.h"
#include "crypto/jws_key.h"
#include "json/jread.h"

const char *const jws_algorithm_names[JWS_ALGORITHM_COUNT] = {
    [JWS_RS256] = "RS256",
    [JWS_RS384] = "RS384",
    [JWS_RS512] = "RS512",
    [JWS_ES256] = "ES256",
    [JWS_ES384] = "ES384",
    [JWS_ES512] = "ES512",
};

static const struct algorithm {
	const EVP_MD *(*hash)(void);
	size_t half; /* bytes of r and of s; 0: RSA */
} algorithms[JWS_ALGORITHM_COUNT] = {
    [JWS_RS256] = {EVP_sha256, 0},
    [JWS_RS384] = {EVP_sha384, 0},
    [JWS_RS512] = {EVP_sha512, 0},
    [JWS_ES256] = {EVP_sha256, 32},
    [JWS_ES384] = {EVP_sha384, 48},
    [JWS_ES512] = {EVP_sha512, 66},
};

/* A sequence of two integers of 66 bytes: 3 + 2 * (2 + 1 + 66). */
enum { DER_MAX = 144, ALG_SHOWN_MAX = 40 };

/* --- reading ------------------------------------------------------------- */

struct parts {
	struct span header, payload, signature;
};

static bool
split(struct span compact, struct parts *out)
{
	struct span rest = compact;

	return span_next(&rest, '.', &out->header) &&
	       span_next(&rest, '.', &out->payload) &&
	       span_next(&rest, '.', &out->signature) && !rest.at;
}

static enum fault
read_algorithm(
    struct cx *cx, const struct json_t *header, enum jws_algorithm *out)
{
	struct span name;

	if (!jread_text(jread_member(header, "alg"), &name))
		return fault(cx, FAULT_ALGORITHM_REFUSED,
		    "alg is %s, not a string",
		    jread_type(jread_member(header, "alg")));
	for (unsigned i = 0; i < JWS_ALGORITHM_COUNT; i++) {
		if (!span_is(name, jws_algorithm_names[i]))
			continue;
		*out = (enum jws_algorithm)i;
		return FAULT_NONE;
	}
	return fault(cx, FAULT_ALGORITHM_REFUSED, "alg is \"%.*s\"",
	    SPAN_ARGS(span_first(name, ALG_SHOWN_MAX)));
}

static enum fault
read_kid(struct cx *cx, const struct json_t *header, struct span *out)
{
	const struct json_t *kid = jread_member(header, "kid");

	*out = SPAN("");
	if (kid && !jread_text(kid, out))
		return fault(cx, FAULT_JWT_MALFORMED, "kid is %s, not a string",
		    jread_type(kid));
	if (out->length > JWS_KID_MAX)
		return fault(cx, FAULT_JWT_MALFORMED,
		    "kid has %zu bytes, more than %d", out->length,
		    JWS_KID_MAX);
	return FAULT_NONE;
}

/* crit (RFC 7515, 4.1.11) and b64 (RFC 7797, 3) change how the rest is to be
 * read; enc and zip belong to encrypted tokens (RFC 7516, 4.1). */
static enum fault
refuse_odd(struct cx *cx, const struct json_t *header)
{
	static const char *const odd[] = {"crit", "b64", "enc", "zip"};

	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
		if (jread_member(header, odd[i]))
			return fault(cx, FAULT_JWT_MALFORMED,
			    "the header has %s", odd[i]);
	return FAULT_NONE;
}

static enum fault
read_header(struct cx *cx, struct span text, struct jws *jws)
{
	const struct json_t *header = NULL;
	struct span bytes;

	if (!b64url_decode(cx->arena, text, &bytes))
		return fault(
		    cx, FAULT_JWT_MALFORMED, "the header is no base64url");
	if (jread_parse(cx, bytes, &header) || !jread_is_object(header))
		return fault(
		    cx, FAULT_JWT_MALFORMED, "the header is no JSON object");
	enum fault which = refuse_odd(cx, header);
	if (!which)
		which = read_algorithm(cx, header, &jws->algorithm);
	if (!which)
		which = read_kid(cx, header, &jws->kid);
	return which;
}

enum fault
jws_read(struct cx *cx, struct span compact, struct jws *out)
{
	struct parts parts;
	struct jws jws;

	if (compact.length > JWS_MAX)
		return fault(cx, FAULT_JWT_MALFORMED,
		    "the token has %zu bytes, more than %d", compact.length,
		    JWS_MAX);
	if (!split(compact, &parts))
		return fault(cx, FAULT_JWT_MALFORMED,
		    "the token has not exactly three parts");
	enum fault which = read_header(cx, parts.header, &jws);
	if (which)
		return which;
	if (!b64url_decode(cx->arena, parts.payload, &jws.payload))
		return fault(
		    cx, FAULT_JWT_MALFORMED, "the payload is no base64url");
	if (!b64url_decode(cx->arena, parts.signature, &jws.signature))
		return fault(
		    cx, FAULT_JWT_MALFORMED, "the signature is no base64url");
	jws.signed_part =
	    span_first(compact, parts.header.length + 1 + parts.payload.length);
	*out = jws;
	return FAULT_NONE;
}

/* --- checking ------------------------------------------------------------ */

/* r and s side by side (RFC 7518, 3.4) as the DER that OpenSSL takes; what
 * they may be worth is its question. */
static bool
write_der(
    struct span pair, size_t half, unsigned char der[DER_MAX], struct span *out)
{
	const unsigned char *at = (const unsigned char *)pair.at;
	ECDSA_SIG *both = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(at, (int)half, NULL);
	BIGNUM *s = BN_bin2bn(at + half, (int)half, NULL);
	unsigned char *end = der;
	int length = 0;

	if (both && r && s && ECDSA_SIG_set0(both, r, s) == 1) {
		r = s = NULL; /* they belong to the pair now */
		length = i2d_ECDSA_SIG(both, &end);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(both);
	*out = span_from(der, length > 0 ? (size_t)length : 0);
	return length > 0;
}

static bool
verify(
    EVP_PKEY *key, const EVP_MD *hash, struct span bytes, struct span signature)
{
	EVP_MD_CTX *work = EVP_MD_CTX_new();
	bool holds = work &&
		     EVP_DigestVerifyInit(work, NULL, hash, NULL, key) == 1 &&
		     EVP_DigestVerify(work, (const unsigned char *)signature.at,
			 signature.length, (const unsigned char *)bytes.at,
			 bytes.length) == 1;

	EVP_MD_CTX_free(work);
	if (!holds)
		ERR_clear_error(); /* others look into this thread's queue */
	return holds;
}

enum fault
jws_check(struct cx *cx, const struct jws *jws, const struct public_key *key)
{
	const struct algorithm *algorithm = &algorithms[jws->algorithm];
	const char *name = jws_algorithm_names[jws->algorithm];
	struct span signature = jws->signature;
	unsigned char der[DER_MAX];

	if (!jws_key_fits(key, jws->algorithm))
		return fault(
		    cx, FAULT_ALGORITHM_REFUSED, "the key is not for %s", name);
	size_t size = algorithm->half ? 2 * algorithm->half
				      : (size_t)EVP_PKEY_get_size(key->handle);
	if (signature.length != size)
		return fault(cx, FAULT_SIGNATURE_WRONG,
		    "the signature has %zu bytes, by %s with this key %zu",
		    signature.length, name, size);
	if (algorithm->half &&
	    !write_der(signature, algorithm->half, der, &signature))
		return fault(
		    cx, FAULT_CRYPTO_FAILED, "a signature was not written");
	if (!verify(
		key->handle, algorithm->hash(), jws->signed_part, signature))
		return fault(cx, FAULT_SIGNATURE_WRONG,
		    "the signature by %s does not hold", name);
	return FAULT_NONE;
}
