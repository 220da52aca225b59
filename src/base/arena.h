/*
 * arena.h - the memory of one request
 *
 * Layer  base
 * Gives  memory that is freed all at once, and handles released with it
 * Owns   every block taken from it and every handle given to arena_own
 * Fails  never: exhaustion ends the process (sizes are bounded where bytes
 *        come in)
 *
 * One thread at a time uses an arena.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/span.h"

struct arena;

struct arena *arena_open(void);
void arena_close(struct arena *arena); /* NULL is fine */
void arena_reset(struct arena *arena); /* as new; keeps the first block */

void *arena_take(struct arena *arena, size_t size); /* zeroed, aligned */
void *arena_list(struct arena *arena, size_t count, size_t size);

/* release(handle) is called once, when the arena is reset or closed, the
 * youngest first. */
void arena_own(struct arena *arena, void (*release)(void *), void *handle);

/* Copies are ended by a NUL that the length does not count. */
struct span arena_copy(struct arena *arena, struct span text);
const char *arena_cstr(struct arena *arena, struct span text);
struct span arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The one wrapper of malloc for what outlives a request: zeroed, never NULL. */
void *memory_take(size_t size);
void *memory_grow(void *block, size_t size);
void memory_give_back(void *block);
/* Gives to the system what large requests left behind; takes milliseconds, and
 * nothing when there were none. For a thread that nobody waits for. */
void memory_tidy(void);

#endif
