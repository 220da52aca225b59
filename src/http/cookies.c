/* cookies.c - cookies that come and the one that goes
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/cookies.h"

#include <string.h>

#include "base/arena.h"

static bool
is_of(const char *family, struct span name, struct span value)
{
	if (!span_starts(name, family))
		return false;
	struct span rest = span_from_offset(name, strlen(family));
	return span_equal(rest, span_first(value, rest.length));
}

static size_t
find_in(struct span header, const char *family, struct span *values, size_t max)
{
	struct span part, key;
	size_t count = 0;

	while (count < max && span_next(&header, ';', &part)) {
		struct span value = span_trim(part);
		if (span_next(&value, '=', &key) && value.at &&
		    is_of(family, key, value))
			values[count++] = value;
	}
	return count;
}

size_t
cookies_find(const struct request *request, const char *family,
    struct span *values, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < request->header_count; i++)
		if (span_equal_nocase(request->headers[i].name, SPAN("Cookie")))
			count += find_in(request->headers[i].value, family,
			    values + count, max - count);
	return count;
}

void
cookies_set_own(struct arena *arena, struct response *response,
    const char *name, struct span value, int life, bool secure)
{
	response_header(response, "Set-Cookie",
	    arena_printf(arena,
		"%s=%.*s; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s", name,
		SPAN_ARGS(value), life, secure ? "; Secure" : ""));
}

void
cookies_set(struct arena *arena, struct response *response, const char *name,
    struct span value, int life, bool secure)
{
	response_header(response, "Set-Cookie",
	    arena_printf(arena, "%s=%.*s; Path=/; Max-Age=%d; HttpOnly%s", name,
		SPAN_ARGS(value), life,
		secure ? "; Secure; SameSite=None; Partitioned"
		       : "; SameSite=Lax"));
}
