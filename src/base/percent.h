/*
 * percent.h - percent-encoding of URLs and forms
 *
 * Layer  base
 * Gives  strict decoding, encoding
 * Owns   nothing: the results live in the arena
 * Fails  percent_decode answers false: an escape that is none, NUL, or what
 *        comes out is not UTF-8
 * Spec   RFC 3986, 2; RFC 3629
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_PERCENT_H
#define BASE_PERCENT_H

#include "base/span.h"

struct arena;

enum percent_kind { PERCENT_PATH, PERCENT_FORM /* + is a blank */ };

/* *out is never SPAN_NONE. */
bool percent_decode(struct arena *arena, struct span text,
    enum percent_kind kind, struct span *out);

/* All but unreserved characters (RFC 3986, 2.3). */
struct span percent_encode(struct arena *arena, struct span text);

#endif
