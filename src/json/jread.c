/* jread.c - reading JSON that others wrote
 *
 * jansson refuses what is not JSON, members that stand twice (when told to)
 * and NUL in strings, and seeds its hash tables; depth and the number of
 * values are bounded here before it allocates anything.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json/jread.h"

#include <jansson.h>
#include <string.h>

#include "base/arena.h"
#include "base/cx.h"

struct scan {
	size_t depth, deepest, values;
	bool in_string, escaped;
};

static void
scan_byte(struct scan *scan, char c)
{
	if (scan->in_string) {
		if (scan->escaped)
			scan->escaped = false;
		else if (c == '\\')
			scan->escaped = true;
		else if (c == '"')
			scan->in_string = false;
		return;
	}
	switch (c) {
	case '"':
		scan->in_string = true;
		break;
	case '[':
	case '{':
		scan->depth++;
		scan->values++;
		if (scan->depth > scan->deepest)
			scan->deepest = scan->depth;
		break;
	case ']':
	case '}':
		if (scan->depth)
			scan->depth--;
		break;
	case ',':
		scan->values++;
		break;
	default:
		break;
	}
}

static void
release(void *value)
{
	json_decref(value);
}

/* Without the " near '...'" behind it: that quotes the text, which may hold a
 * password, and this goes to the log. */
static int
length_of_what(const char *text)
{
	const char *quote = strstr(text, " near '");

	return quote ? (int)(quote - text) : JSON_ERROR_TEXT_LENGTH;
}

enum fault
jread_parse(struct cx *cx, struct span bytes, const struct json_t **out)
{
	return jread_parse_within(cx, bytes, JREAD_VALUES_MAX, out);
}

enum fault
jread_parse_within(struct cx *cx, struct span bytes, size_t values_max,
    const struct json_t **out)
{
	struct scan scan = {0};
	json_error_t error;

	for (size_t i = 0; i < bytes.length; i++)
		scan_byte(&scan, bytes.at[i]);
	if (scan.deepest > JREAD_DEPTH_MAX)
		return fault_tell(cx, FAULT_JSON_MALFORMED,
		    "The JSON is nested deeper than %d levels",
		    JREAD_DEPTH_MAX);
	if (scan.values > values_max)
		return fault_tell(cx, FAULT_JSON_MALFORMED,
		    "The JSON has more than %zu values", values_max);
	json_t *value = json_loadb(bytes.at ? bytes.at : "", bytes.length,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (!value)
		return fault_tell(cx, FAULT_JSON_MALFORMED,
		    "The JSON cannot be read at line %d, column %d: %.*s",
		    error.line, error.column, length_of_what(error.text),
		    error.text);
	arena_own(cx->arena, release, value);
	*out = value;
	return FAULT_NONE;
}

bool
jread_is_object(const struct json_t *value)
{
	return json_is_object(value);
}

bool
jread_is_array(const struct json_t *value)
{
	return json_is_array(value);
}

const char *
jread_type(const struct json_t *value)
{
	if (!value)
		return "nothing";
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_TRUE:
	case JSON_FALSE:
		return "a boolean";
	case JSON_NULL:
		return "null";
	}
	return "nothing";
}

const struct json_t *
jread_member(const struct json_t *object, const char *name)
{
	return json_object_get(object, name);
}

bool
jread_text(const struct json_t *value, struct span *out)
{
	if (!json_is_string(value))
		return false;
	*out = span_from(json_string_value(value), json_string_length(value));
	return true;
}

struct span
jread_text_or(const struct json_t *value, struct span otherwise)
{
	struct span text = otherwise;
	(void)jread_text(value, &text);
	return text;
}

bool
jread_bool(const struct json_t *value, bool *out)
{
	if (!json_is_boolean(value))
		return false;
	*out = json_is_true(value);
	return true;
}

bool
jread_bool_or(const struct json_t *value, bool otherwise)
{
	return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

bool
jread_number(const struct json_t *value, double *out)
{
	/* jansson reads no infinities, and refuses numbers beyond a double. */
	if (!json_is_number(value))
		return false;
	*out = json_number_value(value);
	return true;
}

bool
jread_integer(const struct json_t *value, int64_t *out)
{
	if (!json_is_integer(value))
		return false;
	*out = json_integer_value(value);
	return true;
}

size_t
jread_count(const struct json_t *array)
{
	return json_array_size(array);
}

const struct json_t *
jread_at(const struct json_t *array, size_t index)
{
	return json_array_get(array, index);
}

bool
jread_holds(const struct json_t *array, struct span text)
{
	for (size_t i = 0; i < json_array_size(array); i++) {
		struct span item;
		if (jread_text(json_array_get(array, i), &item) &&
		    span_equal(item, text))
			return true;
	}
	return false;
}

/* jansson's iterators take a pointer to non-const; nothing is changed. */
static json_t *
as_jansson(const struct json_t *value)
{
	union {
		const json_t *in;
		json_t *out;
	} same = {.in = value};
	return same.out;
}

bool
jread_next(const struct json_t *object, void **place, struct span *name,
    const struct json_t **value)
{
	json_t *walked = as_jansson(object);

	if (!json_is_object(object))
		return false;
	*place = *place ? json_object_iter_next(walked, *place)
			: json_object_iter(walked);
	if (!*place)
		return false;
	*name = span_from(
	    json_object_iter_key(*place), json_object_iter_key_len(*place));
	*value = json_object_iter_value(*place);
	return true;
}

/* Counting is atomic in jansson; the reading functions change nothing. */
static json_t *
writable(const struct json_t *value)
{
	union {
		const struct json_t *given;
		json_t *counted;
	} same = {value};

	return same.counted;
}

const struct json_t *
jread_keep(const struct json_t *value)
{
	return json_incref(writable(value));
}

void
jread_drop(const struct json_t *kept)
{
	json_decref(writable(kept));
}

void
jread_borrow(struct cx *cx, const struct json_t *kept)
{
	arena_own(cx->arena, release, json_incref(writable(kept)));
}
