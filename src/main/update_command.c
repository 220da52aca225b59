/* update_command.c - ltigate platform update ID|--all-behind
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "app/gateway.h"
#include "base/cx.h"
#include "main/commands.h"
#include "main/config.h"
#include "main/local_call.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum { PAGE = 500 };

struct updating {
	struct cx *cx;
	struct gateway *gateway;
	const char *id;
	bool all, json;
	struct json_t *rows; /* what became of each */
	int failed;
};

static struct span
text_of(const struct json_t *object, const char *name)
{
	return jread_text_or(jread_member(object, name), SPAN(""));
}

static void
tell(const struct updating *u, const struct json_t *row)
{
	struct span why = text_of(row, "why");

	if (!u->json)
		printf("%-8.*s %.*s %.*s%s%.*s\n",
		    SPAN_ARGS(text_of(row, "result")),
		    SPAN_ARGS(text_of(row, "id")),
		    SPAN_ARGS(text_of(row, "name")), why.length ? ": " : "",
		    SPAN_ARGS(why));
}

static void
update_one(struct updating *u, const struct json_t *platform)
{
	struct json_t *row = jwrite_object(u->cx);
	const struct json_t *answer = NULL;
	struct span id = text_of(platform, "id");
	int status = local_ask(u->cx, u->gateway, HTTP_POST,
	    arena_printf(u->cx->arena,
		"/admin/platforms/%.*s/registration/update", SPAN_ARGS(id)),
	    SPAN(""), NULL, &answer);
	struct span state =
	    text_of(jread_member(answer, "registration"), "state");

	jwrite_text(row, "id", id);
	jwrite_text(row, "name", text_of(platform, "name"));
	jwrite_text(row, "result",
	    status >= 400             ? SPAN("failed")
	    : span_is(state, "asked") ? SPAN("asked")
				      : SPAN("updated"));
	if (status >= 400)
		jwrite_text_if(row, "why",
		    text_of(jread_member(answer, "details"), "description"));
	u->failed += status >= 400;
	tell(u, row);
	jwrite_push(u->rows, row);
}

/* Those that the tool can change by itself. The list is read before the first
 * is updated: it would shift under the pages. */
static int
update_behind(struct updating *u)
{
	struct json_t *found = jwrite_array(u->cx);
	const struct json_t *answer = NULL, *list;
	size_t offset = 0, others = 0;

	do {
		if (local_call(u->cx, u->gateway, HTTP_GET,
			SPAN("/admin/platforms"),
			arena_printf(u->cx->arena,
			    "behind=true&limit=%d&offset=%zu", PAGE, offset),
			NULL, &answer))
			return 1;
		list = jread_member(answer, "platforms");
		for (size_t i = 0; i < jread_count(list); i++)
			jwrite_push(found, jread_at(list, i));
		offset += PAGE;
	} while (jread_count(list) == PAGE);
	for (size_t i = 0; i < jread_count(found); i++) {
		const struct json_t *one = jread_at(found, i);
		if (span_is(
			text_of(jread_member(one, "registration"), "update"),
			"automatic"))
			update_one(u, one);
		else
			others++;
	}
	if (!u->json)
		printf("%zu updated or asked for, %d failed, %zu to be updated "
		       "in their LMS\n",
		    jread_count(u->rows) - (size_t)u->failed, u->failed,
		    others);
	return u->failed > 0;
}

static int
update_named(struct updating *u)
{
	const struct json_t *platform = NULL;

	if (local_call(u->cx, u->gateway, HTTP_GET,
		arena_printf(u->cx->arena, "/admin/platforms/%s", u->id),
		SPAN(""), NULL, &platform))
		return 1;
	update_one(u, platform);
	return u->failed > 0;
}

static bool
read_arguments(struct updating *u, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--all-behind") == 0)
			u->all = true;
		else if (strcmp(argv[i], "--json") == 0)
			u->json = true;
		else if (argv[i][0] == '-' || u->id)
			return false;
		else
			u->id = argv[i];
	}
	return u->all == !u->id;
}

int
command_platform_update(
    struct cx *cx, const struct config *config, int argc, char **argv)
{
	struct updating u = {.cx = cx, .rows = jwrite_array(cx)};

	if (!read_arguments(&u, argc, argv)) {
		fprintf(stderr,
		    "usage: ltigate platform update ID|--all-behind "
		    "[--json]\n");
		return 2;
	}
	u.gateway = local_open(cx, config);
	if (!u.gateway)
		return 1;
	int status = u.all ? update_behind(&u) : update_named(&u);
	if (u.json) {
		struct json_t *answer = jwrite_object(cx);
		jwrite_value(answer, "platforms", u.rows);
		local_print(cx, answer, true);
	}
	gateway_close(u.gateway);
	return status;
}
