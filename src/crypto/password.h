/*
 * password.h - passwords, kept so that nobody can read them back
 *
 * Layer  crypto
 * Gives  an argon2id hash in its standard text form, and its check
 * Owns   the two places in which one is computed at a time: more would wait
 *        for memory and processor that launches need
 * Fails  never; a text that is no hash takes as long as one, and does not
 *        match
 * Spec   RFC 9106; OWASP Password Storage (19 MiB, 2 passes, 1 lane)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CRYPTO_PASSWORD_H
#define CRYPTO_PASSWORD_H

#include "base/span.h"

struct cx;

/* "$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>" */
struct span password_hash(struct cx *cx, struct span password);
bool password_matches(struct cx *cx, struct span password, struct span hash);

#endif
