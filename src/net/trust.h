/*
 * trust.h - whose certificates are believed
 *
 * Layer  net
 * Gives  one store of root certificates for every TLS connection
 * Owns   the store
 * Fails  CONFIG_REFUSED: the operator's file cannot be read
 *
 * The system's bundle is read once, when the first connection needs it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NET_TRUST_H
#define NET_TRUST_H

#include <stdbool.h>

#include "base/fault.h"

struct cx;
struct trust;

/* The system's roots and those in ca_file (PEM), which may be NULL. */
enum fault trust_open(
    struct cx *cx, const char *ca_file, struct trust **out) MUST_USE;
void trust_close(struct trust *trust); /* NULL is fine */

/* ssl_ctx is an SSL_CTX, which keeps a reference of its own. False: there is no
 * memory for them. */
bool trust_use(struct trust *trust, void *ssl_ctx);

#endif
