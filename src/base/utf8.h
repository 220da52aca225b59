/*
 * utf8.h - is it text?
 *
 * Layer  base
 * Gives  the check that bytes are UTF-8 without NUL
 * Owns   nothing
 * Fails  never
 * Spec   RFC 3629
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/span.h"

bool utf8_is_text(struct span text);
/* Bytes of the character at the front; 0: none is there. */
size_t utf8_first(struct span text);

#endif
