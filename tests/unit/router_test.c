/* router_test.c - which route a request takes
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/cx.h"
#include "http/router.h"

static void
no_random(void *bytes, size_t length)
{
	memset(bytes, 0, length);
}

/* Larger than a row, as the real table is. */
static const struct {
	struct router_row row;
	int number;
} routes[] = {
    {{HTTP_GET, "/"}, 0},
    {{HTTP_GET, "/keys"}, 1},
    {{HTTP_GET, "/platforms"}, 2},
    {{HTTP_POST, "/platforms"}, 3},
    {{HTTP_GET, "/platforms/new"}, 4},
    {{HTTP_GET, "/platforms/:id"}, 5},
    {{HTTP_PATCH, "/platforms/:id"}, 6},
    {{HTTP_DELETE, "/platforms/:id"}, 7},
    {{HTTP_GET, "/platforms/:id/report"}, 8},
    {{HTTP_PUT, "/a/:b/c/:d/:e/:f"}, 9},
    {{HTTP_HEAD, "/head"}, 10},
};

enum { COUNT = sizeof routes / sizeof *routes };
#define BIT(method) (1u << HTTP_##method)

static const struct {
	const char *name;
	enum http_method method;
	const char *path;
	enum fault expected;
	size_t index;
	unsigned allowed;
	const char *parameters[REQUEST_PARAMETERS_MAX];
} rows[] = {
    {"root", HTTP_GET, "/", FAULT_NONE, 0, 0, {0}},
    {"literal", HTTP_GET, "/keys", FAULT_NONE, 1, 0, {0}},
    {"trailing slash", HTTP_GET, "/keys/", FAULT_NONE, 1, 0, {0}},
    {"two trailing slashes", HTTP_GET, "/keys//", FAULT_NO_ROUTE, 0, 0, {0}},
    {"other case", HTTP_GET, "/Keys", FAULT_NO_ROUTE, 0, 0, {0}},
    {"encoded literal", HTTP_GET, "/%6beys", FAULT_NO_ROUTE, 0, 0, {0}},
    {"longer", HTTP_GET, "/keysx", FAULT_NO_ROUTE, 0, 0, {0}},
    {"shorter", HTTP_GET, "/key", FAULT_NO_ROUTE, 0, 0, {0}},
    {"deeper", HTTP_GET, "/keys/x", FAULT_NO_ROUTE, 0, 0, {0}},
    {"double slash", HTTP_GET, "//keys", FAULT_NO_ROUTE, 0, 0, {0}},
    {"head", HTTP_HEAD, "/keys", FAULT_NONE, 1, 0, {0}},
    {"by method", HTTP_POST, "/platforms", FAULT_NONE, 3, 0, {0}},
    {"the first that fits", HTTP_GET, "/platforms/new", FAULT_NONE, 4, 0, {0}},
    {"literal of another method", HTTP_PATCH, "/platforms/new",
	FAULT_METHOD_REFUSED, 0, BIT(GET) | BIT(HEAD), {0}},
    {"parameter", HTTP_GET, "/platforms/x1", FAULT_NONE, 5, 0, {"x1"}},
    {"parameter, slash", HTTP_GET, "/platforms/x1/", FAULT_NONE, 5, 0, {"x1"}},
    {"no parameter", HTTP_GET, "/platforms//report", FAULT_NO_ROUTE, 0, 0, {0}},
    {"behind it", HTTP_GET, "/platforms/x/report", FAULT_NONE, 8, 0, {"x"}},
    {"four", HTTP_PUT, "/a/1/c/2/3/4", FAULT_NONE, 9, 0, {"1", "2", "3", "4"}},
    {"decoded once", HTTP_GET, "/platforms/a%2Fb%2541+", FAULT_NONE, 5, 0,
	{"a/b%41+"}},
    {"dots stay", HTTP_GET, "/platforms/..", FAULT_NONE, 5, 0, {".."}},
    {"bad escape", HTTP_GET, "/platforms/%4", FAULT_NO_ROUTE, 0, 0, {0}},
    {"NUL", HTTP_GET, "/platforms/a%00", FAULT_NO_ROUTE, 0, 0, {0}},
    {"bad UTF-8", HTTP_GET, "/platforms/%ff", FAULT_NO_ROUTE, 0, 0, {0}},
    {"method", HTTP_PUT, "/platforms", FAULT_METHOD_REFUSED, 0,
	BIT(GET) | BIT(HEAD) | BIT(POST), {0}},
    {"method behind a parameter", HTTP_POST, "/platforms/x",
	FAULT_METHOD_REFUSED, 0,
	BIT(GET) | BIT(HEAD) | BIT(PATCH) | BIT(DELETE), {0}},
    {"options", HTTP_OPTIONS, "/keys", FAULT_METHOD_REFUSED, 0,
	BIT(GET) | BIT(HEAD), {0}},
    {"head alone", HTTP_GET, "/head", FAULT_METHOD_REFUSED, 0, BIT(HEAD), {0}},
    {"empty path", HTTP_GET, "", FAULT_NO_ROUTE, 0, 0, {0}},
};

static void
finds(void **state)
{
	struct cx cx;

	(void)state;
	cx_init(&cx, no_random);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct request request = {
		    .method = rows[i].method,
		    .path = span_of(rows[i].path),
		};
		size_t index = 0;
		unsigned allowed = 0;
		enum fault got = router_find(&cx, &routes[0].row,
		    sizeof routes[0], COUNT, &request, &index, &allowed);
		if (got != rows[i].expected || index != rows[i].index ||
		    allowed != rows[i].allowed)
			fail_msg("%s: %s, row %zu, allowed %x", rows[i].name,
			    fault_text(got)->name, index, allowed);
		for (size_t k = 0; k < REQUEST_PARAMETERS_MAX; k++)
			if (!span_equal(request.parameters[k],
				span_of(rows[i].parameters[k])))
				fail_msg("%s: parameter %zu is %.*s",
				    rows[i].name, k,
				    SPAN_ARGS(request.parameters[k]));
	}
	cx_release(&cx);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
