/* router.c - which route a request takes
 *
 * A few dozen routes are walked one by one: the table is not worth an index
 * (about a microsecond).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/router.h"

#include <string.h>

#include "base/cx.h"
#include "base/percent.h"

static const struct router_row *
row_at(const struct router_row *rows, size_t stride, size_t index)
{
	return (const void *)((const char *)rows + index * stride);
}

/* Compares segment by segment; parameters are taken as they stand. */
static bool
fits(struct span pattern, struct span path,
    struct span parameters[REQUEST_PARAMETERS_MAX])
{
	struct span wanted, sent;
	size_t count = 0;

	while (span_next(&pattern, '/', &wanted)) {
		if (!span_next(&path, '/', &sent))
			return false;
		if (span_starts(wanted, ":")) {
			if (!sent.length || count == REQUEST_PARAMETERS_MAX)
				return false;
			parameters[count++] = sent;
		} else if (!span_equal(wanted, sent)) {
			return false;
		}
	}
	return path.at == NULL;
}

static struct span
without_slash(struct span path)
{
	if (path.length > 1 && path.at[path.length - 1] == '/')
		path.length--;
	return path;
}

static bool
decode(struct cx *cx, struct span parameters[REQUEST_PARAMETERS_MAX])
{
	for (size_t i = 0; i < REQUEST_PARAMETERS_MAX; i++)
		if (parameters[i].at &&
		    !percent_decode(
			cx->arena, parameters[i], PERCENT_PATH, &parameters[i]))
			return false;
	return true;
}

/* HEAD is answered by whatever answers GET. */
static unsigned
methods_of(const struct router_row *row)
{
	unsigned methods = 1u << row->method;

	return row->method == HTTP_GET ? methods | 1u << HTTP_HEAD : methods;
}

enum fault
router_find(struct cx *cx, const struct router_row *rows, size_t stride,
    size_t count, struct request *request, size_t *index, unsigned *allowed)
{
	struct span path = without_slash(request->path);
	const char *pattern = NULL;
	unsigned methods = 0;

	for (size_t i = 0; i < count; i++) {
		const struct router_row *row = row_at(rows, stride, i);
		struct span found[REQUEST_PARAMETERS_MAX] = {{0}};
		if ((pattern && strcmp(pattern, row->pattern) != 0) ||
		    !fits(span_of(row->pattern), path, found))
			continue;
		pattern = row->pattern;
		methods |= methods_of(row);
		if (!(methods_of(row) & 1u << request->method))
			continue;
		if (!decode(cx, found))
			return fault(cx, FAULT_NO_ROUTE,
			    "a path parameter is malformed");
		memcpy(request->parameters, found, sizeof found);
		*index = i;
		return FAULT_NONE;
	}
	if (!methods)
		/* Not the path: a mistyped one may hold a secret id. */
		return fault(cx, FAULT_NO_ROUTE, "no route has this path");
	*allowed = methods;
	return fault(
	    cx, FAULT_METHOD_REFUSED, "%s", http_method_names[request->method]);
}
