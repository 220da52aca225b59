/*
 * jws_key.h - one public key of an LMS: judged, and loaded once
 *
 * Layer  crypto
 * Gives  struct public_key from a JWK or a PEM, or what is wrong with it; the
 *        algorithms that it fits. For jws, public_keys and keypair alone
 * Owns   what is in a struct public_key, from a read that succeeded to
 *        jws_key_release
 * Fails  by a flaw that is not JWS_KEY_SOUND; *out is then untouched
 * Spec   RFC 7517, 4 (JWK); RFC 7518, 6.2 and 6.3 (EC, RSA members)
 *
 * Nothing here makes a fault: in a set a flawed key is left out, in a request
 * of the API it is told.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CRYPTO_JWS_KEY_H
#define CRYPTO_JWS_KEY_H

#include "crypto/jws.h"

struct evp_pkey_st; /* OpenSSL's EVP_PKEY */
struct json_t;

struct public_key {
	struct evp_pkey_st *handle; /* never changed: threads share it */
	unsigned algorithms;        /* bit n: fits enum jws_algorithm n */
	char *kid;                  /* kid_length bytes; none when that is 0 */
	size_t kid_length;
};

enum jws_key_flaw {
	JWS_KEY_SOUND,
	JWS_KEY_UNREADABLE, /* no JSON object, no PEM, members missing */
	JWS_KEY_SECRET,     /* private or symmetric */
	JWS_KEY_PURPOSE,    /* use, key_ops or alg: not for our algorithms */
	JWS_KEY_TYPE,       /* neither RSA nor a curve of ours, or its size */
	JWS_KEY_EXPONENT,
	JWS_KEY_FLAW_COUNT
};

/* What to say of the key, after its name: "must be ...", "has ...". */
extern const char *const jws_key_flaw_texts[JWS_KEY_FLAW_COUNT];

/* cx is for memory alone; the key does not live in its arena. */
enum jws_key_flaw jws_key_read_jwk(
    struct cx *cx, const struct json_t *jwk, struct public_key *out) MUST_USE;
/* RSA only: SubjectPublicKeyInfo, or PKCS #1 as old LMSs show it. */
enum jws_key_flaw jws_key_read_pem(
    struct cx *cx, struct span pem, struct public_key *out) MUST_USE;
void jws_key_release(struct public_key *key);

bool jws_key_fits(const struct public_key *key, enum jws_algorithm algorithm);
struct span jws_key_kid(const struct public_key *key);

#endif
