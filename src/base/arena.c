/* arena.c - the memory of one request
 *
 * Blocks are chained, the newest first; a block that is too small for a wish
 * is left as it is. Large wishes get a block of their own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/arena.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 16 KiB hold a registration's documents twice over, so that most requests
 * need one block; malloc serves the size without asking the kernel. */
#define BLOCK_SIZE ((size_t)16 * 1024)
/* An answer of this size has ten times as much around it. */
#define LARGE ((size_t)1024 * 1024)
#define ALIGNMENT _Alignof(max_align_t)

struct block {
	struct block *older;
	size_t size, used;
	_Alignas(max_align_t) unsigned char bytes[];
};

struct owned {
	struct owned *older;
	void (*release)(void *);
	void *handle;
};

/* A large request has ended since memory_tidy. */
static atomic_bool untidy;

struct arena {
	struct block *newest;
	struct owned *owned;
};

void *
memory_take(size_t size)
{
	void *block = calloc(1, size ? size : 1);
	if (!block) {
		fputs("ltigate: out of memory\n", stderr);
		abort();
	}
	return block;
}

void *
memory_grow(void *block, size_t size)
{
	void *grown = realloc(block, size ? size : 1);
	if (!grown) {
		fputs("ltigate: out of memory\n", stderr);
		abort();
	}
	return grown;
}

void
memory_give_back(void *block)
{
	free(block);
}

void
memory_tidy(void)
{
	if (atomic_exchange(&untidy, false))
		malloc_trim(0);
}

static struct block *
add_block(struct arena *arena, size_t size)
{
	struct block *block = memory_take(sizeof *block + size);
	block->size = size;
	block->older = arena->newest;
	arena->newest = block;
	return block;
}

struct arena *
arena_open(void)
{
	struct arena *arena = memory_take(sizeof *arena);
	add_block(arena, BLOCK_SIZE);
	return arena;
}

void
arena_reset(struct arena *arena)
{
	/* The list may grow while it is walked: a release may take memory. */
	while (arena->owned) {
		struct owned *owned = arena->owned;
		arena->owned = owned->older;
		owned->release(owned->handle);
	}
	size_t size = 0;
	while (arena->newest->older) {
		struct block *block = arena->newest;
		arena->newest = block->older;
		size += block->size;
		memory_give_back(block);
	}
	if (size > LARGE)
		atomic_store(&untidy, true);
	memset(arena->newest->bytes, 0, arena->newest->used);
	arena->newest->used = 0;
}

void
arena_close(struct arena *arena)
{
	if (!arena)
		return;
	arena_reset(arena);
	memory_give_back(arena->newest);
	memory_give_back(arena);
}

void *
arena_take(struct arena *arena, size_t size)
{
	struct block *block = arena->newest;

	if (size > SIZE_MAX / 2)
		abort();
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (block->size - block->used < size)
		block = add_block(arena, size > BLOCK_SIZE ? size : BLOCK_SIZE);
	void *taken = block->bytes + block->used;
	block->used += size;
	return taken;
}

void *
arena_list(struct arena *arena, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / 2 / size)
		abort();
	return arena_take(arena, count * size);
}

void
arena_own(struct arena *arena, void (*release)(void *), void *handle)
{
	struct owned *owned = arena_take(arena, sizeof *owned);
	*owned = (struct owned){arena->owned, release, handle};
	arena->owned = owned;
}

struct span
arena_copy(struct arena *arena, struct span text)
{
	char *copy = arena_take(arena, text.length + 1);
	if (text.length)
		memcpy(copy, text.at, text.length);
	return span_from(copy, text.length);
}

const char *
arena_cstr(struct arena *arena, struct span text)
{
	return arena_copy(arena, text).at;
}

/* Written where it will stand, when there is room; else measured first. */
struct span
arena_printf(struct arena *arena, const char *format, ...)
{
	struct block *block = arena->newest;
	size_t room = block->size - block->used;
	char *text = (char *)block->bytes + block->used;
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	int length = vsnprintf(text, room, format, args);
	va_end(args);
	if (length < 0)
		abort();
	if ((size_t)length < room) {
		arena_take(arena, (size_t)length + 1);
	} else {
		/* What was cut off there is not zeroed memory any more. */
		memset(text, 0, room);
		text = arena_take(arena, (size_t)length + 1);
		vsnprintf(text, (size_t)length + 1, format, again);
	}
	va_end(again);
	return span_from(text, (size_t)length);
}
