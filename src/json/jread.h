/*
 * jread.h - reading JSON that others wrote
 *
 * Layer  json
 * Gives  parsing within limits; typed questions that cannot go wrong
 * Owns   nothing: values live as long as the arena of the cx they were read
 *        with; spans point into the values
 * Fails  JSON_MALFORMED: not JSON (RFC 8259), not UTF-8, a member twice, NUL
 *        in a string, a number out of range, too deep, too many values,
 *        anything after the end
 *
 * Every question may be asked of NULL: the answer is then "no".
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef JSON_JREAD_H
#define JSON_JREAD_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct json_t;

enum {
	JREAD_DEPTH_MAX = 32,
	JREAD_VALUES_MAX = 20000, /* a document of an LMS has some hundred */
};

enum fault jread_parse(
    struct cx *cx, struct span bytes, const struct json_t **out) MUST_USE;
/* The same with a bound of its own in place of JREAD_VALUES_MAX. */
enum fault jread_parse_within(struct cx *cx, struct span bytes,
    size_t values_max, const struct json_t **out) MUST_USE;

/* For what outlives a request: a value that nobody changes any more may be
 * kept, lent to many threads and read by all of them. */
const struct json_t *jread_keep(const struct json_t *value);
void jread_drop(const struct json_t *kept); /* NULL is fine */
/* Keeps it until the arena of cx is emptied. */
void jread_borrow(struct cx *cx, const struct json_t *kept);

bool jread_is_object(const struct json_t *value);
bool jread_is_array(const struct json_t *value);
const char *jread_type(const struct json_t *value); /* "an object", ... */

const struct json_t *jread_member(
    const struct json_t *object, const char *name);
bool jread_text(const struct json_t *value, struct span *out);
struct span jread_text_or(const struct json_t *value, struct span otherwise);
bool jread_bool(const struct json_t *value, bool *out);
bool jread_bool_or(const struct json_t *value, bool otherwise);
bool jread_integer(const struct json_t *value, int64_t *out);
bool jread_number(const struct json_t *value, double *out); /* finite */

size_t jread_count(const struct json_t *array); /* 0 if it is none */
const struct json_t *jread_at(const struct json_t *array, size_t index);
bool jread_holds(const struct json_t *array, struct span text);

/* Members in their order; begin with *place NULL. */
bool jread_next(const struct json_t *object, void **place, struct span *name,
    const struct json_t **value);

#endif
