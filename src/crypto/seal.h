/*
 * seal.h - keeping secrets in the store
 *
 * Layer  crypto
 * Gives  encryption with the secret file's key, bound to a purpose
 * Owns   nothing
 * Fails  SECRET_WRONG: sealed with another secret, for another purpose, or
 *        changed since
 * Spec   NIST SP 800-38D (AES-256-GCM)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CRYPTO_SEAL_H
#define CRYPTO_SEAL_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct secret;

/* purpose names what it is and whose ("tool key 4f2..."): a sealed text
 * moved to another row does not open. */
enum fault seal_write(struct cx *cx, const struct secret *secret,
    const char *purpose, struct span bytes, struct span *out) MUST_USE;
enum fault seal_read(struct cx *cx, const struct secret *secret,
    const char *purpose, struct span sealed, struct span *out) MUST_USE;

#endif
