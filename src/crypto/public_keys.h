/*
 * public_keys.h - the keys that an LMS signs with
 *
 * Layer  crypto
 * Gives  a key set read from JSON, a single key from a JWK or PEM; finding
 *        the one that a token means
 * Owns   a public_keys, from read to close; keys live as long as their set
 * Fails  KEY_SET_MALFORMED: no JSON object with an array "keys", or none of
 *        its keys can be used; KEY_UNKNOWN: public_keys_find, told apart in
 *        the detail
 * Spec   RFC 7517, 4 and 5 (JWK, JWK set); RFC 7518, 6; NIST SP 800-131A (RSA
 *        of 2048 bits and more)
 *
 * What is weak or odd is left out as if it were not there (A32): RSA below
 * 2048 or above 8192 bits, an exponent that is even, 1 or longer than 64
 * bits; a point off its curve; a private or symmetric key; a use,
 * key_ops or alg for something else. A missing alg or use does no harm, nor
 * does base64url with padding or plain base64, which old LMSs write. Several
 * threads may use a set at once.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CRYPTO_PUBLIC_KEYS_H
#define CRYPTO_PUBLIC_KEYS_H

#include "crypto/jws.h"

struct public_keys;

enum {
	PUBLIC_KEYS_MAX = 100, /* those that follow are left out */
	PUBLIC_KEY_BITS_MIN = 2048,
	PUBLIC_KEY_BITS_MAX = 8192,
};

enum fault public_keys_read(
    struct cx *cx, struct span json, struct public_keys **out) MUST_USE;
/* A set of one. A PEM is an RSA key. */
enum fault public_keys_read_jwk(
    struct cx *cx, struct span jwk, struct public_keys **out) MUST_USE;
enum fault public_keys_read_pem(
    struct cx *cx, struct span pem, struct public_keys **out) MUST_USE;
void public_keys_close(struct public_keys *keys); /* NULL is fine */

/* How many can be used, and how many were left out. */
size_t public_keys_count(const struct public_keys *keys, size_t *left_out);

/* The one key that has this kid and fits the algorithm (type, curve, and alg
 * where the key names one). Two that fit are none. A token without a kid means
 * a key without one: LTI's certification wants the others refused. In a set of
 * one that was read from PEM or from a JWK without kid, any kid will do. */
enum fault public_keys_find(struct cx *cx, const struct public_keys *keys,
    struct span kid, enum jws_algorithm algorithm,
    const struct public_key **out) MUST_USE;

#endif
