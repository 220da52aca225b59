/*
 * jws.h - compact signed tokens: reading, checking, signing
 *
 * Layer  crypto
 * Gives  the strict reading of a JWS in compact form, the check of its
 *        signature with a public key; signing by RS256 and by HS256
 * Owns   a signing_key, from open to close; the rest lives in the arena
 * Fails  JWT_MALFORMED, ALGORITHM_REFUSED, SIGNATURE_WRONG; CRYPTO_FAILED
 * Spec   RFC 7515, 3.1 and 7.1 (compact form); RFC 7518, 3.1 (algorithms);
 *        RFC 8725 (which of all that is let in)
 *
 * The algorithm is taken from this list alone, and must fit the key. Never
 * "none", never HMAC where a public key is meant. Of the header only alg and
 * kid count: jku, x5u, x5c and jwk are not looked at; crit, b64, enc and zip
 * refuse the token.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CRYPTO_JWS_H
#define CRYPTO_JWS_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct public_key;
struct secret;
struct signing_key;

enum jws_algorithm {
	JWS_RS256,
	JWS_RS384,
	JWS_RS512,
	JWS_ES256,
	JWS_ES384,
	JWS_ES512,
	JWS_ALGORITHM_COUNT
};

extern const char *const jws_algorithm_names[JWS_ALGORITHM_COUNT];

enum { JWS_MAX = 256 * 1024, JWS_KID_MAX = 512 };

struct jws {
	enum jws_algorithm algorithm;
	struct span kid;         /* empty: none was given */
	struct span payload;     /* decoded; not believed before jws_check */
	struct span signed_part; /* header.payload, as they came */
	struct span signature;   /* decoded */
};

/* Exactly three parts of canonical base64url without padding, the header a
 * JSON object. The parts that are not decoded point into compact. */
enum fault jws_read(
    struct cx *cx, struct span compact, struct jws *out) MUST_USE;
/* ALGORITHM_REFUSED when the key is not for the token's algorithm. */
enum fault jws_check(struct cx *cx, const struct jws *jws,
    const struct public_key *key) MUST_USE;

/* PKCS #8 PEM of one of our own pairs. Loading takes 0.7 ms: keep it. May be
 * used by several threads at once. */
enum fault signing_key_open(
    struct cx *cx, struct span pem, struct signing_key **out) MUST_USE;
void signing_key_close(struct signing_key *key); /* NULL is fine */
/* header {"alg":"RS256","kid":...,"typ":"JWT"}; payload is JSON. */
enum fault jws_sign(struct cx *cx, struct signing_key *key, struct span kid,
    struct span payload, struct span *out) MUST_USE;

/* Tokens that only we read: header {"alg":"HS256","typ":"JWT"}, byte by byte,
 * anything else is JWT_MALFORMED. One longer than JWS_MAX is not read. */
struct span jws_write_own(
    struct cx *cx, const struct secret *secret, struct span payload);
enum fault jws_read_own(struct cx *cx, const struct secret *secret,
    struct span compact, struct span *payload) MUST_USE;

#endif
