/*
 * fold.h - text as it is searched: upper case and lower case are the same
 *
 * Layer  base
 * Gives  fold_case, for Latin, Greek and Cyrillic letters
 * Owns   nothing: the result lives in the arena
 * Fails  never: bytes that are no UTF-8 stay as they are
 * Spec   Unicode, CaseFolding.txt (the simple foldings of the blocks named
 *        above)
 *
 * The databases fold ASCII alone (SQLite) or what the locale of the server
 * knows (PostgreSQL): neither finds the same everywhere.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_FOLD_H
#define BASE_FOLD_H

#include "base/span.h"

struct arena;

struct span fold_case(struct arena *arena, struct span text);

#endif
