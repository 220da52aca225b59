/* openapi.c - the API described, from the table that serves it
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/openapi.h"

#include <string.h>

#include "api/routes.h"
#include "api/shapes.h"
#include "base/cx.h"
#include "base/text.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* --- schemas ------------------------------------------------------------- */

static void write_members(struct json_t *schema, const struct jshape *shape);

static void
write_type(struct json_t *schema, const char *type)
{
	jwrite_text(schema, "type", span_of(type));
}

static void
write_items(struct json_t *schema, const char *format)
{
	write_type(schema, "array");
	struct json_t *items = jwrite_inner_object(schema, "items");
	write_type(items, "string");
	if (format)
		jwrite_text(items, "format", span_of(format));
}

static void
write_schema(struct json_t *schema, const struct jshape *shape)
{
	struct json_t *inner;

	if (shape->about)
		jwrite_text(schema, "description", span_of(shape->about));
	switch (shape->type) {
	case JSHAPE_TEXT:
	case JSHAPE_URL:
		/* An empty text stands for "none", which format uri has not. */
		write_type(schema, "string");
		if (shape->max)
			jwrite_integer(schema, "maxLength", shape->max);
		return;
	case JSHAPE_CHOICE:
		write_type(schema, "string");
		inner = jwrite_inner_array(schema, "enum");
		for (const char *const *choice = shape->choices; *choice;
		     choice++)
			jwrite_push_text(inner, span_of(*choice));
		return;
	case JSHAPE_BOOL:
		write_type(schema, "boolean");
		if (!shape->or_null)
			return;
		inner = jwrite_inner_array(schema, "type");
		jwrite_push_text(inner, SPAN("boolean"));
		jwrite_push_text(inner, SPAN("null"));
		return;
	case JSHAPE_INTEGER:
		write_type(schema, "integer");
		jwrite_integer(schema, "minimum", 0);
		return;
	case JSHAPE_NUMBER:
		write_type(schema, "number");
		return;
	case JSHAPE_OBJECT:
		write_members(schema, shape->members);
		return;
	case JSHAPE_TEXTS:
		write_items(schema, NULL);
		return;
	case JSHAPE_URLS:
		write_items(schema, "uri");
		return;
	case JSHAPE_OBJECTS:
		write_type(schema, "array");
		write_members(
		    jwrite_inner_object(schema, "items"), shape->members);
		return;
	case JSHAPE_TEXT_MAP:
		write_type(schema, "object");
		write_type(jwrite_inner_object(schema, "additionalProperties"),
		    "string");
		return;
	case JSHAPE_TEXTS_MAP:
		write_type(schema, "object");
		write_items(
		    jwrite_inner_object(schema, "additionalProperties"), NULL);
		return;
	case JSHAPE_TEXTS_MAP_MAP:
		write_type(schema, "object");
		inner = jwrite_inner_object(schema, "additionalProperties");
		write_type(inner, "object");
		write_items(
		    jwrite_inner_object(inner, "additionalProperties"), NULL);
		return;
	}
}

static void
write_members(struct json_t *schema, const struct jshape *shape)
{
	struct json_t *required = NULL;

	write_type(schema, "object");
	if (!shape || !shape->name)
		return;
	struct json_t *properties = jwrite_inner_object(schema, "properties");
	for (const struct jshape *row = shape; row->name; row++)
		write_schema(jwrite_inner_object(properties, row->name), row);
	for (; shape->name; shape++) {
		if (!shape->required)
			continue;
		if (!required)
			required = jwrite_inner_array(schema, "required");
		jwrite_push_text(required, span_of(shape->name));
	}
}

static void
write_content(struct json_t *owner, const struct jshape *shape)
{
	struct json_t *content = jwrite_inner_object(owner, "content");
	struct json_t *json = jwrite_inner_object(content, "application/json");

	write_members(jwrite_inner_object(json, "schema"), shape);
}

/* --- one operation ------------------------------------------------------- */

static struct json_t *
add_parameter(struct json_t *list, struct span name, const char *where)
{
	struct json_t *row = jwrite_push_object(list);

	jwrite_text(row, "name", name);
	jwrite_text(row, "in", span_of(where));
	write_type(jwrite_inner_object(row, "schema"), "string");
	return row;
}

/* "/admin/platforms/:id" as "/admin/platforms/{id}", and its parameters. */
static const char *
write_path(struct cx *cx, const char *pattern, struct json_t *parameters)
{
	struct text path = text_begin(cx->arena, 500);
	struct span rest = span_of(pattern), part;
	bool first = true;

	while (span_next(&rest, '/', &part)) {
		if (!first)
			text_add_char(&path, '/');
		first = false;
		if (!span_starts(part, ":")) {
			text_add(&path, part);
			continue;
		}
		struct span name = span_from_offset(part, 1);
		text_printf(&path, "{%.*s}", SPAN_ARGS(name));
		if (parameters)
			jwrite_bool(add_parameter(parameters, name, "path"),
			    "required", true);
	}
	return path.at;
}

static void
write_parameters(
    struct cx *cx, struct json_t *operation, const struct route *route)
{
	struct json_t *list = jwrite_inner_array(operation, "parameters");
	struct span rest = span_of(route->queries), name;

	write_path(cx, route->row.pattern, list);
	while (span_next(&rest, ' ', &name))
		if (name.length)
			add_parameter(list, name, "query");
	if (jread_count(list) == 0)
		jwrite_remove(operation, "parameters");
}

static void
add_fault(struct json_t *responses, const char *status, const char *about)
{
	struct json_t *row = jwrite_inner_object(responses, status);

	jwrite_text(row, "description", span_of(about));
	struct json_t *content = jwrite_inner_object(row, "content");
	struct json_t *json = jwrite_inner_object(content, "application/json");
	jwrite_text(jwrite_inner_object(json, "schema"), "$ref",
	    SPAN("#/components/schemas/Fault"));
}

static bool
is_page(const struct route *route)
{
	return route->kind == ROUTE_PAGE;
}

static bool
needs_key(const struct route *route)
{
	return route->kind == ROUTE_API || route->kind == ROUTE_API_MAYBE ||
	       route->kind == ROUTE_LTIK || route->kind == ROUTE_SERVICE;
}

/* Successes besides the one that a route has. */
static const struct {
	route_handler *handler;
	const char *status, *about;
	const struct jshape *answer;
} more_answers[] = {
    {score_send_call, "202", "It waits, and is sent until it arrives",
	shape_queued_score},
};

static void
write_more_answers(struct json_t *responses, const struct route *route)
{
	for (size_t i = 0; i < sizeof more_answers / sizeof *more_answers;
	     i++) {
		if (more_answers[i].handler != route->handler)
			continue;
		struct json_t *row =
		    jwrite_inner_object(responses, more_answers[i].status);
		jwrite_text(row, "description", span_of(more_answers[i].about));
		write_content(row, more_answers[i].answer);
	}
}

/* Bodies that are no JSON, taken or given. */
static const struct {
	route_handler *handler;
	const char *member, *type;
} files[] = {
    {content_import_call, "requestBody", "text/csv"},
    {content_import_call, "requestBody", "application/zip"},
    {content_export_call, "200", "text/csv"},
};

static void
write_files(struct json_t *owner, const struct route *route, const char *member)
{
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		if (files[i].handler != route->handler ||
		    strcmp(files[i].member, member) != 0)
			continue;
		struct json_t *body = jwrite_member_object(owner, member);
		struct json_t *content = jwrite_member_object(body, "content");
		jwrite_inner_object(content, files[i].type);
	}
}

static void
write_responses(
    struct cx *cx, struct json_t *operation, const struct route *route)
{
	struct json_t *responses = jwrite_inner_object(operation, "responses");
	struct json_t *success = jwrite_inner_object(
	    responses, arena_printf(cx->arena, "%d", route->status).at);

	jwrite_text(success, "description",
	    is_page(route)         ? SPAN("A page, or JSON if preferred")
	    : route->status >= 300 ? SPAN("The browser goes on")
				   : SPAN("Done"));
	if (route->answer)
		write_content(success, route->answer);
	write_files(responses, route, "200");
	write_more_answers(responses, route);
	if (needs_key(route))
		add_fault(responses, "401",
		    route->kind == ROUTE_LTIK
			? "The API key or the ltik is missing or wrong"
			: "The API key is missing or wrong");
	if (route->body || route->queries[0])
		add_fault(responses, "400", "Something given is wrong");
	add_fault(responses, "default", "What went wrong");
}

static void
write_operation(
    struct cx *cx, struct json_t *operation, const struct route *route)
{
	bool alias = !route->about[0];

	/* An alias has the operation's name with its own prefix. */
	jwrite_text(operation, "operationId",
	    arena_printf(cx->arena, "%s_%s",
		http_method_names[route->row.method],
		write_path(cx, route->row.pattern, NULL)));
	jwrite_text(operation, "summary",
	    alias ? SPAN("The same as under /admin") : span_of(route->about));
	write_parameters(cx, operation, route);
	if (route->body) {
		struct json_t *body =
		    jwrite_inner_object(operation, "requestBody");
		jwrite_bool(body, "required", route->kind != ROUTE_API_MAYBE);
		write_content(body, route->body);
	}
	write_files(operation, route, "requestBody");
	write_responses(cx, operation, route);
	struct json_t *security = jwrite_inner_array(operation, "security");
	if (!needs_key(route))
		return;
	bool launch = route->kind == ROUTE_LTIK || route->kind == ROUTE_SERVICE;
	jwrite_inner_array(
	    jwrite_push_object(security), launch ? "ltik" : "apiKey");
	if (route->right) {
		jwrite_inner_array(jwrite_push_object(security), "session");
		jwrite_text(
		    operation, "x-right", span_of(right_words[route->right]));
	}
	if (route->kind == ROUTE_SERVICE)
		jwrite_inner_array(jwrite_push_object(security), "serviceKey");
}

/* --- the document -------------------------------------------------------- */

static void
add_session_scheme(struct json_t *schemes)
{
	struct json_t *scheme = jwrite_inner_object(schemes, "session");

	jwrite_text(scheme, "type", SPAN("apiKey"));
	jwrite_text(scheme, "in", SPAN("cookie"));
	jwrite_text(scheme, "name", SPAN("__Host-portal"));
	jwrite_text(scheme, "description",
	    SPAN("The portal's. What changes something needs the header "
		 "X-CSRF-Token too; x-right names what the person's role must "
		 "allow"));
}

/* One that OpenAPI has no name for: it stands in Authorization. */
static void
add_scheme(struct json_t *schemes, const char *name, const char *about)
{
	struct json_t *scheme = jwrite_inner_object(schemes, name);

	jwrite_text(scheme, "type", SPAN("apiKey"));
	jwrite_text(scheme, "in", SPAN("header"));
	jwrite_text(scheme, "name", SPAN("Authorization"));
	jwrite_text(scheme, "description", span_of(about));
}

static void
write_components(struct json_t *document)
{
	static const struct jshape details[] = {
	    {.name = "message",
		.type = JSHAPE_TEXT,
		.required = true,
		.about = "The fault's code"},
	    {.name = "description", .type = JSHAPE_TEXT, .required = true},
	    {.name = "reference",
		.type = JSHAPE_TEXT,
		.about = "Finds the event in the logs"},
	    {.name = "externalError",
		.type = JSHAPE_BOOL,
		.about = "The LMS is where it went wrong"},
	    {.name = "externalUrl", .type = JSHAPE_TEXT},
	    {.name = "externalStatus", .type = JSHAPE_INTEGER},
	    {0},
	};
	static const struct jshape fault[] = {
	    {.name = "status", .type = JSHAPE_INTEGER, .required = true},
	    {.name = "error", .type = JSHAPE_TEXT, .required = true},
	    {.name = "details",
		.type = JSHAPE_OBJECT,
		.required = true,
		.members = details},
	    {0},
	};
	struct json_t *components = jwrite_inner_object(document, "components");
	struct json_t *schemes =
	    jwrite_inner_object(components, "securitySchemes");
	struct json_t *key = jwrite_inner_object(schemes, "apiKey");

	jwrite_text(key, "type", SPAN("http"));
	jwrite_text(key, "scheme", SPAN("bearer"));
	add_scheme(schemes, "ltik",
	    "LTIK-AUTH-V2 <API key>:<ltik>, or the older LTIK-AUTH-V1 "
	    "Token=<ltik>, Additional=Bearer <API key>");
	add_session_scheme(schemes);
	add_scheme(
	    schemes, "serviceKey", "SERVICE-AUTH-V1 <API key>:<service key>");
	write_members(jwrite_inner_object(
			  jwrite_inner_object(components, "schemas"), "Fault"),
	    fault);
}

static const char *
method_word(enum http_method method)
{
	switch (method) {
	case HTTP_GET:
		return "get";
	case HTTP_HEAD:
		return "head";
	case HTTP_POST:
		return "post";
	case HTTP_PUT:
		return "put";
	case HTTP_PATCH:
		return "patch";
	case HTTP_DELETE:
		return "delete";
	case HTTP_OPTIONS:
	case HTTP_METHOD_COUNT:
		break;
	}
	return "options";
}

static void
write_info(struct json_t *document, struct span public_url)
{
	jwrite_text(document, "openapi", SPAN("3.1.0"));
	struct json_t *info = jwrite_inner_object(document, "info");
	jwrite_text(info, "title", SPAN("ltigate"));
	jwrite_text(info, "version", SPAN(LTIGATE_VERSION));
	jwrite_text(info, "summary",
	    SPAN("LTI 1.3 gateway: registration of a tool with LMSs"));
	struct json_t *license = jwrite_inner_object(info, "license");
	jwrite_text(license, "name", SPAN("Apache-2.0"));
	jwrite_text(license, "identifier", SPAN("Apache-2.0"));
	jwrite_text(jwrite_push_object(jwrite_inner_array(document, "servers")),
	    "url", public_url);
}

struct json_t *
openapi_write(struct cx *cx, struct span public_url)
{
	struct json_t *document = jwrite_object(cx);

	write_info(document, public_url);
	struct json_t *paths = jwrite_inner_object(document, "paths");
	for (size_t i = 0; i < route_count; i++) {
		const char *path = write_path(cx, routes[i].row.pattern, NULL);
		struct json_t *item = jwrite_member_object(paths, path);
		write_operation(cx,
		    jwrite_inner_object(
			item, method_word(routes[i].row.method)),
		    &routes[i]);
	}
	write_components(document);
	return document;
}
