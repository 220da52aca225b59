/*
 * b64url.h - base64url without padding
 *
 * Layer  base
 * Gives  encoding into an arena, strict decoding
 * Owns   nothing
 * Fails  b64url_decode answers false: a foreign character, padding, a length
 *        that cannot be, or bits left over (so that each value has exactly
 *        one text)
 * Spec   RFC 4648, section 5; RFC 7515, appendix C
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_B64URL_H
#define BASE_B64URL_H

#include "base/span.h"

struct arena;

struct span b64url_encode(struct arena *arena, struct span bytes);
bool b64url_decode(struct arena *arena, struct span text, struct span *out);

#endif
