/*
 * keypair.h - the tool's RSA key pairs
 *
 * Layer  crypto
 * Gives  a new pair as texts; the check of a platform's public key
 * Owns   nothing: handles are released with the arena
 * Fails  CRYPTO_FAILED; PARAMETER_REFUSED for a public key, told why
 * Spec   RFC 7517 (JWK), RFC 7518, 6.3 (RSA members), RFC 7638 (thumbprint)
 *
 * Making a pair takes 70 to 900 ms: never inside a request.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CRYPTO_KEYPAIR_H
#define CRYPTO_KEYPAIR_H

#include "base/fault.h"
#include "base/span.h"

struct cx;

enum { KEYPAIR_BITS = 2048 };

struct keypair {
	struct span id;          /* kid: RFC 7638 thumbprint */
	struct span private_pem; /* PKCS #8; for seal_write at once */
	struct span public_pem;  /* SubjectPublicKeyInfo */
	struct span public_jwk;  /* JSON: kty n e kid alg use */
};

enum fault keypair_make(struct cx *cx, struct keypair *out) MUST_USE;

/* An RSA key (PEM) or a JWK (JSON) that may verify a platform's tokens:
 * what public_keys_read_pem and public_keys_read_jwk would take. */
enum fault public_key_check_pem(struct cx *cx, struct span pem) MUST_USE;
enum fault public_key_check_jwk(struct cx *cx, struct span jwk) MUST_USE;

#endif
