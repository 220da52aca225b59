/*
 * signer.h - what we say to LMSs, signed
 *
 * Layer  app
 * Gives  signer_sign: a JWT by the key that signs for a platform. The only
 *        way to a private key
 * Owns   the keys that were used lately, opened: to open one takes 0.7 ms
 * Fails  as db.h; SERVER_BUSY while the tool has no pair yet; CRYPTO_FAILED
 * Spec   RFC 7515 (JWS), RFC 7519 (JWT); 1EdTech Security Framework 1.0, 5.2
 *        (messages a tool originates)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_SIGNER_H
#define APP_SIGNER_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct gateway;
struct json_t;
struct signer;

enum { SIGNER_KEYS_MAX = 256 };

struct signer *signer_open(void);
void signer_close(struct signer *signer); /* NULL is fine */

enum fault signer_sign(struct gateway *gateway, struct cx *cx,
    struct span platform_id, const struct json_t *payload,
    struct span *out) MUST_USE;

#endif
