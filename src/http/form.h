/*
 * form.h - queries and application/x-www-form-urlencoded bodies
 *
 * Layer  http
 * Gives  reading into fields, by name; encoding of one value
 * Owns   nothing: fields live in the request's arena
 * Fails  FORM_MALFORMED: a bad percent escape, NUL or invalid UTF-8, more
 *        than FORM_FIELDS_MAX fields, a field asked for that stands twice
 * Spec   WHATWG URL Standard, application/x-www-form-urlencoded
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_FORM_H
#define HTTP_FORM_H

#include "base/fault.h"
#include "base/span.h"

struct arena;
struct cx;

enum { FORM_FIELDS_MAX = 100 };

struct form_field {
	struct span name, value;
};

struct form {
	const struct form_field *fields;
	size_t count;
};

enum fault form_read(
    struct cx *cx, struct span text, struct form *out) MUST_USE;

/* Absent: *out is SPAN_NONE. Present twice: FORM_MALFORMED, told by name. */
enum fault form_find(struct cx *cx, const struct form *form, const char *name,
    struct span *out) MUST_USE;

/* Percent-encodes all but unreserved characters (RFC 3986, 2.3). */
struct span form_encode(struct arena *arena, struct span value);

#endif
