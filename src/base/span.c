/* span.c - borrowed text
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/span.h"

#include <string.h>
#include <strings.h>

struct span
span_of(const char *text)
{
	return text ? (struct span){text, strlen(text)} : SPAN_NONE;
}

struct span
span_from(const void *at, size_t length)
{
	return (struct span){at, length};
}

struct span
span_from_offset(struct span whole, size_t offset)
{
	if (offset >= whole.length)
		return SPAN("");
	return (struct span){whole.at + offset, whole.length - offset};
}

struct span
span_first(struct span whole, size_t length)
{
	if (length < whole.length)
		whole.length = length;
	return whole;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct span
span_cut(struct span text, size_t max)
{
	if (text.length <= max)
		return text;
	while (max && ((unsigned char)text.at[max] & 0xc0) == 0x80)
		max--;
	return span_first(text, max);
}

struct span
span_trim(struct span whole)
{
	while (whole.length && is_blank(*whole.at)) {
		whole.at++;
		whole.length--;
	}
	while (whole.length && is_blank(whole.at[whole.length - 1]))
		whole.length--;
	return whole;
}

bool
span_is(struct span a, const char *text)
{
	return span_equal(a, span_of(text));
}

bool
span_equal(struct span a, struct span b)
{
	return a.length == b.length &&
	       (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

bool
span_equal_nocase(struct span a, struct span b)
{
	return a.length == b.length &&
	       (a.length == 0 || strncasecmp(a.at, b.at, a.length) == 0);
}

bool
span_starts(struct span whole, const char *head)
{
	size_t length = strlen(head);
	return whole.length >= length && memcmp(whole.at, head, length) == 0;
}

bool
span_ends(struct span whole, const char *tail)
{
	size_t length = strlen(tail);
	return whole.length >= length &&
	       memcmp(whole.at + whole.length - length, tail, length) == 0;
}

bool
span_has_control(struct span whole)
{
	for (size_t i = 0; i < whole.length; i++) {
		unsigned char c = (unsigned char)whole.at[i];
		if (c < 0x20 || c == 0x7f)
			return true;
	}
	return false;
}

bool
span_next(struct span *rest, char separator, struct span *part)
{
	if (!rest->at)
		return false;
	const char *end =
	    rest->length ? memchr(rest->at, separator, rest->length) : NULL;
	if (!end) {
		*part = *rest;
		*rest = SPAN_NONE;
		return true;
	}
	*part = (struct span){rest->at, (size_t)(end - rest->at)};
	rest->length -= part->length + 1;
	rest->at = end + 1;
	return true;
}

bool
span_number(struct span text, int64_t max, int64_t *out)
{
	int64_t value = 0;

	if (text.length == 0)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		int digit = text.at[i] - '0';
		if (digit < 0 || digit > 9 || digit > max ||
		    value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}
