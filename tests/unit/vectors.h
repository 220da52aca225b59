/*
 * vectors.h - reading tests/vectors from a unit test
 *
 * Layer  tests
 * Gives  a file as bytes, a file as JSON, randomness that is none
 * Owns   nothing: what is read lives in the arena of cx
 * Fails  the test
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef UNIT_VECTORS_H
#define UNIT_VECTORS_H

#include <stdio.h>
#include <string.h>

#include "base/cx.h"
#include "json/jread.h"

static inline void
vector_random(void *bytes, size_t length)
{
	static unsigned char next;
	unsigned char *at = bytes;

	for (size_t i = 0; i < length; i++)
		at[i] = next++;
}

static inline struct span
vector_path(struct cx *cx, const char *name)
{
	return arena_printf(cx->arena, "%s/%s", VECTORS, name);
}

static inline struct span
vector_bytes(struct cx *cx, const char *name)
{
	struct span path = vector_path(cx, name);
	FILE *file = fopen(path.at, "rb");

	if (!file)
		fail_msg("%s is not there", path.at);
	char *bytes = arena_take(cx->arena, 1 << 18);
	size_t length = fread(bytes, 1, 1 << 18, file);
	fclose(file);
	return span_from(bytes, length);
}

static inline const struct json_t *
vector_parse(struct cx *cx, const char *text)
{
	const struct json_t *value = NULL;

	if (jread_parse(cx, span_of(text), &value))
		fail_msg("the test's own JSON: %s: %s", cx->note.detail, text);
	return value;
}

static inline const struct json_t *
vector_json(struct cx *cx, const char *name)
{
	const struct json_t *value = NULL;

	if (jread_parse(cx, vector_bytes(cx, name), &value))
		fail_msg("%s: %s", name, cx->note.detail);
	return value;
}

#endif
