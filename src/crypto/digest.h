/*
 * digest.h - hashes and comparison in constant time
 *
 * Layer  crypto
 * Gives  SHA-256, HMAC-SHA-256, HKDF-SHA-256 by purpose, digest_equal
 * Owns   nothing
 * Fails  never (OpenSSL failing here ends the process)
 * Spec   FIPS 180-4; RFC 2104; RFC 5869
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CRYPTO_DIGEST_H
#define CRYPTO_DIGEST_H

#include "base/span.h"

struct cx;

enum { DIGEST_SIZE = 32 };

struct secret {
	unsigned char bytes[32];
};

void digest_sha256(struct span bytes, unsigned char out[DIGEST_SIZE]);
/* SHA-256 as 64 hex digits: how tokens are kept. */
struct span digest_text(struct cx *cx, struct span bytes);
void digest_hmac(const struct secret *secret, struct span bytes,
    unsigned char out[DIGEST_SIZE]);
/* With a key of another length: a standard of others says so. */
void digest_hmac_with(
    struct span key, struct span bytes, unsigned char out[DIGEST_SIZE]);
/* One key a purpose, so that none is used for two things. */
void digest_derive(
    const struct secret *secret, const char *purpose, struct secret *out);
bool digest_equal(struct span a, struct span b);

#endif
