/*
 * lms_keys.h - keys that an LMS might sign with, made while a test runs
 *
 * Layer  tests
 * Gives  pairs, their JWK and PEM, tokens signed by OpenSSL alone
 * Owns   nothing: keys and texts live in the arena of cx
 * Fails  the test
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef UNIT_LMS_KEYS_H
#define UNIT_LMS_KEYS_H

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include "base/b64url.h"
#include "base/cx.h"
#include "crypto/jws.h"
#include "json/jwrite.h"

static inline void
lms_key_release(void *key)
{
	EVP_PKEY_free(key);
}

static inline EVP_PKEY *
lms_key_owned(struct cx *cx, EVP_PKEY *key)
{
	assert_non_null(key);
	arena_own(cx->arena, lms_key_release, key);
	return key;
}

static inline EVP_PKEY *
lms_key_for(struct cx *cx, enum jws_algorithm algorithm)
{
	static const char *const curves[JWS_ALGORITHM_COUNT] = {
	    [JWS_ES256] = "P-256",
	    [JWS_ES384] = "P-384",
	    [JWS_ES512] = "P-521",
	};
	const char *curve = curves[algorithm];

	return lms_key_owned(cx, curve ? EVP_EC_gen(curve) : EVP_RSA_gen(2048));
}

/* A public RSA key of any numbers, sound or not. */
static inline EVP_PKEY *
lms_key_of(struct cx *cx, struct span n, struct span e)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *modulus =
	    BN_bin2bn((const unsigned char *)n.at, (int)n.length, NULL);
	BIGNUM *exponent =
	    BN_bin2bn((const unsigned char *)e.at, (int)e.length, NULL);
	EVP_PKEY_CTX *work = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *key = NULL;

	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY_fromdata_init(work);
	EVP_PKEY_fromdata(work, &key, EVP_PKEY_PUBLIC_KEY, params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	BN_free(modulus);
	BN_free(exponent);
	EVP_PKEY_CTX_free(work);
	return lms_key_owned(cx, key);
}

static inline struct span
lms_key_number(struct cx *cx, EVP_PKEY *key, const char *name, size_t size)
{
	BIGNUM *number = NULL;

	assert_int_equal(EVP_PKEY_get_bn_param(key, name, &number), 1);
	if (!size)
		size = (size_t)BN_num_bytes(number);
	unsigned char *bytes = arena_take(cx->arena, size);
	BN_bn2binpad(number, bytes, (int)size);
	BN_free(number);
	return span_from(bytes, size);
}

static inline void
lms_key_write_number(
    struct cx *cx, struct json_t *jwk, const char *name, struct span bytes)
{
	jwrite_text(jwk, name, b64url_encode(cx->arena, bytes));
}

/* kty and the numbers, nothing else. */
static inline struct json_t *
lms_key_jwk(struct cx *cx, EVP_PKEY *key)
{
	struct json_t *jwk = jwrite_object(cx);
	size_t bits = (size_t)EVP_PKEY_get_bits(key);

	if (EVP_PKEY_is_a(key, "RSA")) {
		jwrite_text(jwk, "kty", SPAN("RSA"));
		lms_key_write_number(cx, jwk, "n",
		    lms_key_number(cx, key, OSSL_PKEY_PARAM_RSA_N, 0));
		lms_key_write_number(cx, jwk, "e",
		    lms_key_number(cx, key, OSSL_PKEY_PARAM_RSA_E, 0));
		return jwk;
	}
	size_t size = (bits + 7) / 8;
	jwrite_text(jwk, "kty", SPAN("EC"));
	jwrite_text(jwk, "crv", arena_printf(cx->arena, "P-%d", (int)bits));
	lms_key_write_number(cx, jwk, "x",
	    lms_key_number(cx, key, OSSL_PKEY_PARAM_EC_PUB_X, size));
	lms_key_write_number(cx, jwk, "y",
	    lms_key_number(cx, key, OSSL_PKEY_PARAM_EC_PUB_Y, size));
	return jwk;
}

static inline struct span
lms_key_pem(struct cx *cx, EVP_PKEY *key, bool private)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *bytes;

	assert_int_equal(private ? PEM_write_bio_PKCS8PrivateKey(
				       bio, key, NULL, NULL, 0, NULL, NULL)
				 : PEM_write_bio_PUBKEY(bio, key),
	    1);
	long length = BIO_get_mem_data(bio, &bytes);
	struct span pem =
	    arena_copy(cx->arena, span_from(bytes, (size_t)length));
	BIO_free(bio);
	return pem;
}

/* DER as OpenSSL writes it into r and s side by side. */
static inline struct span
lms_key_pair_of(struct cx *cx, struct span der, size_t half)
{
	const unsigned char *at = (const unsigned char *)der.at;
	ECDSA_SIG *both = d2i_ECDSA_SIG(NULL, &at, (long)der.length);
	unsigned char *pair = arena_take(cx->arena, 2 * half);

	assert_non_null(both);
	BN_bn2binpad(ECDSA_SIG_get0_r(both), pair, (int)half);
	BN_bn2binpad(ECDSA_SIG_get0_s(both), pair + half, (int)half);
	ECDSA_SIG_free(both);
	return span_from(pair, 2 * half);
}

/* What OpenSSL itself makes: for an EC key this is DER. */
static inline struct span
lms_key_raw_signature(
    struct cx *cx, EVP_PKEY *key, const char *hash, struct span bytes, bool pss)
{
	EVP_MD_CTX *work = EVP_MD_CTX_new();
	EVP_PKEY_CTX *inner = NULL;
	size_t size = 2048;
	unsigned char *signature = arena_take(cx->arena, size);

	assert_int_equal(
	    EVP_DigestSignInit_ex(work, &inner, hash, NULL, NULL, key, NULL),
	    1);
	if (pss)
		assert_int_equal(
		    EVP_PKEY_CTX_set_rsa_padding(inner, RSA_PKCS1_PSS_PADDING),
		    1);
	assert_int_equal(EVP_DigestSign(work, signature, &size,
			     (const unsigned char *)bytes.at, bytes.length),
	    1);
	EVP_MD_CTX_free(work);
	return span_from(signature, size);
}

static inline struct span
lms_key_signature(struct cx *cx, EVP_PKEY *key, enum jws_algorithm algorithm,
    struct span bytes)
{
	static const char *const hashes[JWS_ALGORITHM_COUNT] = {
	    "SHA256", "SHA384", "SHA512", "SHA256", "SHA384", "SHA512"};
	struct span made =
	    lms_key_raw_signature(cx, key, hashes[algorithm], bytes, false);

	if (EVP_PKEY_is_a(key, "RSA"))
		return made;
	return lms_key_pair_of(
	    cx, made, ((size_t)EVP_PKEY_get_bits(key) + 7) / 8);
}

static inline struct span
lms_key_body(struct cx *cx, struct span header, struct span payload)
{
	return arena_printf(cx->arena, "%.*s.%.*s",
	    SPAN_ARGS(b64url_encode(cx->arena, header)),
	    SPAN_ARGS(b64url_encode(cx->arena, payload)));
}

static inline struct span
lms_key_joined(struct cx *cx, struct span body, struct span signature)
{
	return arena_printf(cx->arena, "%.*s.%.*s", SPAN_ARGS(body),
	    SPAN_ARGS(b64url_encode(cx->arena, signature)));
}

/* A token with whatever header. */
static inline struct span
lms_key_sign(struct cx *cx, EVP_PKEY *key, enum jws_algorithm algorithm,
    struct span header, struct span payload)
{
	struct span body = lms_key_body(cx, header, payload);

	return lms_key_joined(
	    cx, body, lms_key_signature(cx, key, algorithm, body));
}

#endif
