/* export_command.c - ltigate organization export ID
 *
 * JSON Lines: {"kind": "platform", "data": {...}}, in the shapes of the API. A
 * page of each list is in memory at a time. The last line says how many there
 * were: a file without it was cut off.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/call.h"
#include "api/platform_json.h"
#include "api/score_json.h"
#include "app/gateway.h"
#include "app/kept_launches.h"
#include "app/organization_export.h"
#include "base/cx.h"
#include "http/form.h"
#include "main/commands.h"
#include "main/local_call.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum { PAGE = 500 };

struct export
{
	struct gateway *gateway;
	struct organization_exported told;
	struct span id; /* as it stands in a URL */
};

/* --- lines --------------------------------------------------------------- */

static enum fault
refuse_output(struct cx *cx)
{
	return fault_tell(cx, FAULT_CONFIG_REFUSED,
	    "Standard output takes no more (%s): the export is not whole",
	    strerror(errno));
}

static enum fault
flush(struct cx *cx)
{
	return fflush(stdout) ? refuse_output(cx) : FAULT_NONE;
}

static enum fault
put(struct export *export, struct cx *cx, const char *kind,
    const struct json_t *data)
{
	struct json_t *line = jwrite_object(cx);

	jwrite_text(line, "kind", span_of(kind));
	jwrite_value(line, "data", data);
	struct span text = jwrite_bytes(cx, line);
	if (fwrite(text.at, 1, text.length, stdout) != text.length ||
	    putchar('\n') == EOF)
		return refuse_output(cx);
	export->told.lines++;
	return FAULT_NONE;
}

/* --- lists of the API ---------------------------------------------------- */

enum paging {
	WHOLE,     /* an object, or a list in one answer */
	BY_OFFSET, /* and it says the total */
	BY_ID,     /* the next page is before the last one's id */
};

typedef enum fault put_item(
    struct export *export, struct cx *cx, const struct json_t *item);

struct list {
	const char *kind, *path, *query;
	const char *member; /* NULL: the answer itself */
	enum paging paging;
	put_item *put; /* NULL: as it is */
};

static enum fault
ask(struct export *export, struct cx *cx, struct span path, struct span query,
    const struct json_t **answer)
{
	if (local_ask(
		cx, export->gateway, HTTP_GET, path, query, NULL, answer) < 400)
		return FAULT_NONE;
	return fault_tell(cx, FAULT_CONFIG_REFUSED, "%.*s",
	    SPAN_ARGS(jread_text_or(
		jread_member(jread_member(*answer, "details"), "description"),
		SPAN("it did not succeed"))));
}

static enum fault
put_platform(
    struct export *export, struct cx *cx, const struct json_t *platform)
{
	struct span id = jread_text_or(jread_member(platform, "id"), SPAN(""));
	const struct json_t *report;
	enum fault which = put(export, cx, "platform", platform);

	if (!which)
		which = ask(export, cx,
		    arena_printf(cx->arena, "/admin/platforms/%.*s/report",
			SPAN_ARGS(form_encode(cx->arena, id))),
		    SPAN(""), &report);
	return which ? which : put(export, cx, "report", report);
}

/* Where else somebody has a role is no matter of this organisation. */
static enum fault
put_user(struct export *export, struct cx *cx, const struct json_t *user)
{
	const struct json_t *roles = jread_member(user, "organizations");
	struct json_t *own = jwrite_array(cx), *item = jwrite_copy(cx, user);

	for (size_t i = 0; i < jread_count(roles); i++)
		if (span_equal(
			jread_text_or(
			    jread_member(jread_at(roles, i), "id"), SPAN("")),
			export->told.id))
			jwrite_push(own, jread_at(roles, i));
	jwrite_value(item, "organizations", own);
	return put(export, cx, "user", item);
}

/* Where a list goes on. */
struct place {
	int64_t count, total;
	char before[64];
	bool over;
};

static struct span
query_at(struct export *export, struct cx *cx, const struct list *list,
    const struct place *place)
{
	struct span own = arena_printf(cx->arena, "organizationId=%.*s%s",
	    SPAN_ARGS(export->id), list->query);

	switch (list->paging) {
	case WHOLE:
		return own;
	case BY_OFFSET:
		return arena_printf(cx->arena, "%.*s&limit=%d&offset=%lld",
		    SPAN_ARGS(own), PAGE, (long long)place->count);
	case BY_ID:
		return arena_printf(cx->arena, "%.*s%s%s", SPAN_ARGS(own),
		    place->before[0] ? "&before=" : "", place->before);
	}
	return own;
}

/* A page by offset shifts when something before it goes. */
static enum fault
move_offset(struct cx *cx, const struct json_t *answer, size_t count,
    struct place *place)
{
	int64_t total = 0;

	(void)jread_integer(jread_member(answer, "total"), &total);
	if (place->count && total != place->total)
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "What the organisation owns was changed meanwhile: the "
		    "export is not whole, run it again");
	place->total = total;
	place->count += (int64_t)count;
	place->over = place->count >= total || !count;
	return FAULT_NONE;
}

static enum fault
move_id(const struct json_t *answer, const struct json_t *items,
    struct place *place)
{
	size_t count = jread_count(items);
	struct span last =
	    jread_text_or(jread_member(answer, "searchedUntil"), SPAN(""));

	if (!last.length && count)
		last = jread_text_or(
		    jread_member(jread_at(items, count - 1), "id"), SPAN(""));
	place->over = !last.length || last.length >= sizeof place->before;
	if (!place->over)
		snprintf(place->before, sizeof place->before, "%.*s",
		    SPAN_ARGS(last));
	return FAULT_NONE;
}

static enum fault
put_page(struct export *export, struct cx *cx, const struct list *list,
    struct place *place)
{
	const struct json_t *answer, *items;
	enum fault which = ask(export, cx, span_of(list->path),
	    query_at(export, cx, list, place), &answer);

	if (which || !list->member) {
		place->over = true;
		return which ? which : put(export, cx, list->kind, answer);
	}
	items = jread_member(answer, list->member);
	for (size_t i = 0; !which && i < jread_count(items); i++)
		which = list->put
			    ? list->put(export, cx, jread_at(items, i))
			    : put(export, cx, list->kind, jread_at(items, i));
	if (which)
		return which;
	switch (list->paging) {
	case WHOLE:
		place->over = true;
		return FAULT_NONE;
	case BY_OFFSET:
		return move_offset(cx, answer, jread_count(items), place);
	case BY_ID:
		return move_id(answer, items, place);
	}
	return FAULT_NONE;
}

static enum fault
put_list(struct export *export, struct cx *cx, const struct list *list)
{
	struct place place = {.over = false};
	enum fault which = FAULT_NONE;
	struct cx own;

	cx_init(&own, cx->random);
	while (!which && !place.over) {
		cx_reset(&own);
		which = put_page(export, &own, list, &place);
	}
	if (which)
		cx->note = own.note;
	cx_release(&own);
	return which;
}

static enum fault
put_lists(struct export *export, struct cx *cx)
{
	static const struct list lists[] = {
	    {"platform", "/admin/platforms", "", "platforms", BY_OFFSET,
		put_platform},
	    {"registrationLink", "/admin/registration-links", "",
		"registrationLinks", WHOLE, NULL},
	    {"registration", "/api/registrations", "", "registrations", WHOLE,
		NULL},
	    {"content", "/admin/content", "", "content", BY_OFFSET, NULL},
	    {"user", "/admin/users", "", "users", BY_OFFSET, put_user},
	    {"serviceKey", "/admin/service-keys", "", "serviceKeys", BY_ID,
		NULL},
	    {"event", "/admin/events", "&limit=500", "events", BY_ID, NULL},
	    {"usage", "/admin/usage", "&range=all", NULL, WHOLE, NULL},
	};
	enum fault which = FAULT_NONE;

	for (size_t i = 0; !which && i < sizeof lists / sizeof *lists; i++)
		which = put_list(export, cx, &lists[i]);
	return which;
}

/* --- what is in no list of the API --------------------------------------- */

static enum fault
put_deployment(struct cx *cx, const struct deployment *row, void *arg)
{
	struct json_t *item = jwrite_object(cx);

	jwrite_text(item, "platformId", row->platform_id);
	platform_json_write_deployment(item, row);
	return put(arg, cx, "deployment", item);
}

static enum fault
put_launch(struct cx *cx, const struct launch_row *row,
    const struct json_t *claims, void *arg)
{
	struct json_t *item = jwrite_object(cx);

	jwrite_text(item, "platformId", row->platform_id);
	jwrite_text(item, "deploymentId", row->deployment_id);
	call_write_time(item, "createdAt", row->created_at);
	jwrite_value(item, "claims", claims);
	return put(arg, cx, "launch", item);
}

static enum fault
put_score(struct cx *cx, const struct score_row *row, const struct json_t *body,
    void *arg)
{
	struct json_t *item = jwrite_object(cx);

	score_json_write(cx, item, row);
	jwrite_value(item, "score", body);
	return put(arg, cx, "score", item);
}

static enum fault
put_people(struct export *export, struct cx *cx)
{
	const struct launch_filter filter = {
	    .organization_id = export->told.id};
	enum fault which = kept_launches_visit(
	    export->gateway, cx, &filter, put_launch, export);

	return which ? which
		     : organization_export_scores(export->gateway, cx,
			   export->told.id, put_score, export);
}

/* --- the command --------------------------------------------------------- */

static enum fault
put_organization(struct export *export, struct cx *cx)
{
	const struct json_t *organization;
	enum fault which = ask(export, cx,
	    arena_printf(
		cx->arena, "/admin/organizations/%.*s", SPAN_ARGS(export->id)),
	    SPAN(""), &organization);

	return which ? which : put(export, cx, "organisation", organization);
}

/* Who got some lines is told of also when the rest did not go out. */
static enum fault
note(struct export *export, struct cx *cx, enum fault which)
{
	struct cx own;

	cx_init(&own, cx->random);
	own.actor = SPAN("command line");
	export->told.whole = !which;
	enum fault noted =
	    organization_export_note(export->gateway, &own, &export->told);
	if (!which && noted)
		cx->note = own.note;
	cx_release(&own);
	return which ? which : noted;
}

static enum fault
put_end(struct export *export, struct cx *cx)
{
	struct json_t *end = jwrite_object(cx);

	jwrite_integer(end, "lines", export->told.lines);
	enum fault which = put(export, cx, "end", end);
	return which ? which : flush(cx);
}

static enum fault
run(struct export *export, struct cx *cx)
{
	enum fault which = put_organization(export, cx);

	if (which)
		return which;
	which = put_lists(export, cx);
	if (!which)
		which = organization_export_deployments(export->gateway, cx,
		    export->told.id, put_deployment, export);
	if (!which && export->told.people)
		which = put_people(export, cx);
	if (!which)
		which = flush(cx);
	which = note(export, cx, which);
	return which ? which : put_end(export, cx);
}

static bool
read_arguments(struct export *export, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--people") == 0)
			export->told.people = true;
		else if (strcmp(argv[i], "--json") == 0)
			continue;
		else if (argv[i][0] == '-' || export->told.id.length)
			return false;
		else
			export->told.id = span_of(argv[i]);
	}
	return export->told.id.length > 0;
}

int
command_organization_export(
    struct cx *cx, const struct config *config, int argc, char **argv)
{
	struct export export = {.told = {.id = SPAN("")}};

	if (!read_arguments(&export, argc, argv)) {
		fprintf(stderr,
		    "usage: ltigate organization export ID [--people]\n");
		return 2;
	}
	export.gateway = local_open(cx, config);
	if (!export.gateway)
		return 1;
	export.id = form_encode(cx->arena, export.told.id);
	enum fault which = run(&export, cx);
	gateway_close(export.gateway);
	return which ? local_complain(cx, (int)which) : 0;
}
