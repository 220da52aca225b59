/*
 * b64.h - base64 with padding, as mail and webhooks have it
 *
 * Layer  base
 * Gives  encoding into an arena, strict decoding
 * Owns   nothing
 * Fails  b64_decode answers false, as b64url_decode
 * Spec   RFC 4648, section 4
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_B64_H
#define BASE_B64_H

#include "base/span.h"

struct arena;

struct span b64_encode(struct arena *arena, struct span bytes);
/* The padding may be missing. */
bool b64_decode(struct arena *arena, struct span text, struct span *out);

#endif
