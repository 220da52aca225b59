/* jwrite.c - JSON that we write, well-formed by construction
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json/jwrite.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/cx.h"

static void
release(void *value)
{
	json_decref(value);
}

static struct json_t *
owned(struct cx *cx, json_t *value)
{
	if (!value)
		abort(); /* memory is exhausted */
	arena_own(cx->arena, release, value);
	return value;
}

struct json_t *
jwrite_object(struct cx *cx)
{
	return owned(cx, json_object());
}

struct json_t *
jwrite_array(struct cx *cx)
{
	return owned(cx, json_array());
}

struct json_t *
jwrite_copy(struct cx *cx, const struct json_t *value)
{
	return owned(cx, json_deep_copy(value));
}

/* Bytes that are not UTF-8 become question marks: better a text with a flaw
 * than a document without a member. */
static json_t *
string_of(struct span text)
{
	json_t *value = json_stringn(text.at ? text.at : "", text.length);
	if (value)
		return value;
	char *clean = memory_take(text.length);
	for (size_t i = 0; text.at && i < text.length; i++)
		clean[i] = text.at[i] & 0x80 ? '?' : text.at[i];
	value = json_stringn(clean, text.length);
	memory_give_back(clean);
	return value;
}

/* jansson counts references in the value itself: sharing one that is const
 * to its readers is no change that they can see. */
static json_t *
shared(const struct json_t *value)
{
	union {
		const json_t *in;
		json_t *out;
	} same = {.in = value};
	return json_incref(same.out);
}

void
jwrite_text(struct json_t *object, const char *name, struct span value)
{
	json_object_set_new(object, name, string_of(value));
}

void
jwrite_text_if(struct json_t *object, const char *name, struct span value)
{
	if (value.length)
		jwrite_text(object, name, value);
}

void
jwrite_bool(struct json_t *object, const char *name, bool value)
{
	json_object_set_new(object, name, json_boolean(value));
}

void
jwrite_integer(struct json_t *object, const char *name, int64_t value)
{
	json_object_set_new(object, name, json_integer(value));
}

void
jwrite_null(struct json_t *object, const char *name)
{
	json_object_set_new(object, name, json_null());
}

void
jwrite_value(
    struct json_t *object, const char *name, const struct json_t *value)
{
	if (value)
		json_object_set_new(object, name, shared(value));
}

struct json_t *
jwrite_inner_object(struct json_t *object, const char *name)
{
	json_t *inner = json_object();
	json_object_set_new(object, name, inner);
	return inner;
}

struct json_t *
jwrite_inner_array(struct json_t *object, const char *name)
{
	json_t *inner = json_array();
	json_object_set_new(object, name, inner);
	return inner;
}

struct json_t *
jwrite_member_object(struct json_t *object, const char *name)
{
	json_t *inner = json_object_get(object, name);
	return inner ? inner : jwrite_inner_object(object, name);
}

struct json_t *
jwrite_member_array(struct json_t *object, const char *name)
{
	json_t *inner = json_object_get(object, name);
	return inner ? inner : jwrite_inner_array(object, name);
}

void
jwrite_remove(struct json_t *object, const char *name)
{
	json_object_del(object, name);
}

void
jwrite_named(
    struct json_t *object, struct span name, const struct json_t *value)
{
	if (value)
		json_object_setn_new(
		    object, name.at, name.length, shared(value));
}

void
jwrite_push_text(struct json_t *array, struct span value)
{
	json_array_append_new(array, string_of(value));
}

void
jwrite_push(struct json_t *array, const struct json_t *value)
{
	if (value)
		json_array_append_new(array, shared(value));
}

struct json_t *
jwrite_push_object(struct json_t *array)
{
	json_t *inner = json_object();
	json_array_append_new(array, inner);
	return inner;
}

static struct span
dump(struct cx *cx, const struct json_t *value, size_t flags)
{
	size_t length = json_dumpb(value, NULL, 0, flags | JSON_ENCODE_ANY);
	char *text = arena_take(cx->arena, length + 1);
	json_dumpb(value, text, length, flags | JSON_ENCODE_ANY);
	return span_from(text, length);
}

struct span
jwrite_bytes(struct cx *cx, const struct json_t *value)
{
	return dump(cx, value, JSON_COMPACT);
}

struct span
jwrite_pretty(struct cx *cx, const struct json_t *value)
{
	return dump(cx, value, JSON_INDENT(2));
}
