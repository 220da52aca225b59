/*
 * random.h - unguessable bytes and ids
 *
 * Layer  crypto
 * Gives  random_bytes (the system's generator by OpenSSL), ids made of it
 * Owns   nothing
 * Fails  never: a generator that fails ends the process
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CRYPTO_RANDOM_H
#define CRYPTO_RANDOM_H

#include <stddef.h>

#include "base/span.h"

struct cx;

void random_bytes(void *bytes, size_t length);

/* 128 bits as 22 characters of base64url, drawn from cx->random; the first is
 * never '-'. */
struct span random_id(struct cx *cx);
/* 256 bits as 43 characters: for what opens something. */
struct span random_secret(struct cx *cx);
/* Four letters or digits that are not mistaken for each other: two windows
 * show them, so that a person sees that they belong together. No secret. */
struct span random_code(struct cx *cx);
/* Sorts by time: 10 hex digits of cx->now, 5 of the microseconds since, 7 of
 * chance. */
struct span random_sortable(struct cx *cx);

#endif
