/*
 * like.h - a text that people search for, as a pattern of LIKE
 *
 * Layer  store
 * Gives  "%text%" in lower case, its wildcards escaped by '!'
 * Owns   nothing
 * Fails  never: empty stays empty
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef STORE_LIKE_H
#define STORE_LIKE_H

#include "base/span.h"

struct cx;

struct span like_pattern(struct cx *cx, struct span text);

#endif
