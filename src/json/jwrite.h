/*
 * jwrite.h - JSON that we write, well-formed by construction
 *
 * Layer  json
 * Gives  objects and arrays to fill, and their text
 * Owns   nothing: values live as long as the arena of their cx
 * Fails  never: a text that is not UTF-8 has its bad bytes replaced
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef JSON_JWRITE_H
#define JSON_JWRITE_H

#include "base/span.h"

struct cx;
struct json_t;

struct json_t *jwrite_object(struct cx *cx);
struct json_t *jwrite_array(struct cx *cx);
struct json_t *jwrite_copy(struct cx *cx, const struct json_t *value);

/* Members; one of the same name is replaced. */
void jwrite_text(struct json_t *object, const char *name, struct span value);
void jwrite_bool(struct json_t *object, const char *name, bool value);
void jwrite_integer(struct json_t *object, const char *name, int64_t value);
void jwrite_null(struct json_t *object, const char *name);
void jwrite_value(struct json_t *object, const char *name,
    const struct json_t *value); /* shared, not copied; NULL: nothing */
struct json_t *jwrite_inner_object(struct json_t *object, const char *name);
struct json_t *jwrite_inner_array(struct json_t *object, const char *name);
/* The inner object, or array, of that name, made if it is not there. */
struct json_t *jwrite_member_object(struct json_t *object, const char *name);
struct json_t *jwrite_member_array(struct json_t *object, const char *name);
void jwrite_remove(struct json_t *object, const char *name);
/* Only when there is one. */
void jwrite_text_if(struct json_t *object, const char *name, struct span value);

/* A member whose name is not our own text. */
void jwrite_named(
    struct json_t *object, struct span name, const struct json_t *value);

void jwrite_push_text(struct json_t *array, struct span value);
void jwrite_push(struct json_t *array, const struct json_t *value);
struct json_t *jwrite_push_object(struct json_t *array);

struct span jwrite_bytes(struct cx *cx, const struct json_t *value);
struct span jwrite_pretty(struct cx *cx, const struct json_t *value);

#endif
