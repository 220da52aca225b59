/* import_command.c - ltigate platform import FILE
 *
 * Takes the list as LTIAAS's GET /admin/platforms answers it, one that ltijs
 * made of its platforms (platformJSON() of each, or rows of its database),
 * and our own. Each platform goes through the call that adds one by hand.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/platform_json.h"
#include "api/shapes.h"
#include "app/gateway.h"
#include "base/cx.h"
#include "http/form.h"
#include "main/commands.h"
#include "main/config.h"
#include "main/local_call.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum {
	FILE_MAX = 64 << 20,
	/* A platform has about twenty values. */
	VALUES_MAX = 2000000,
};

enum result { RESULT_ADDED, RESULT_EXISTING, RESULT_REFUSED, RESULT_COUNT };

struct import {
	struct cx *cx;
	struct gateway *gateway;
	const char *file;
	struct span organization; /* empty: nobody's */
	bool dry, json;
	struct json_t *rows; /* what became of each */
	int count[RESULT_COUNT];
};

static const char *const result_names[RESULT_COUNT] = {
    "added", "existing", "refused"};

/* --- the file ------------------------------------------------------------ */

static bool
read_stream(struct cx *cx, FILE *stream, struct span *out)
{
	size_t room = 1 << 16, length = 0, taken;
	char *text = memory_take(room);

	while ((taken = fread(text + length, 1, room - length, stream)) > 0) {
		length += taken;
		if (length > FILE_MAX)
			break;
		if (length == room)
			text = memory_grow(text, room *= 2);
	}
	bool good = !ferror(stream) && length <= FILE_MAX;
	*out = arena_copy(cx->arena, span_from(text, length));
	memory_give_back(text);
	return good;
}

static bool
read_file(struct cx *cx, const char *path, struct span *out)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *stream = standard ? stdin : fopen(path, "re");
	bool good = stream && read_stream(cx, stream, out);

	if (!good)
		fprintf(stderr, "ltigate: %s cannot be read: %s\n", path,
		    errno ? strerror(errno) : "it is too large");
	if (stream && !standard)
		fclose(stream);
	return good;
}

/* A list; an object that has it as "platforms"; or one platform alone. */
static const struct json_t *
list_in(struct cx *cx, const struct json_t *value)
{
	const struct json_t *inner = jread_member(value, "platforms");

	if (jread_is_array(inner))
		return inner;
	if (!jread_is_object(value))
		return value;
	struct json_t *list = jwrite_array(cx);
	jwrite_push(list, value);
	return list;
}

static const struct json_t *
read_list(struct cx *cx, const char *path)
{
	const struct json_t *value;
	struct span text;

	errno = 0;
	if (!read_file(cx, path, &text))
		return NULL;
	if (jread_parse_within(cx, text, VALUES_MAX, &value)) {
		fprintf(stderr, "ltigate: %s is not JSON: %s\n", path,
		    cx->note.detail);
		return NULL;
	}
	const struct json_t *list = list_in(cx, value);
	if (jread_is_array(list) && jread_count(list))
		return list;
	fprintf(stderr, "ltigate: %s holds no platforms\n", path);
	return NULL;
}

/* --- one platform -------------------------------------------------------- */

/* As it is called by LTIAAS and platformJSON(), and in ltijs's database. */
static struct span
text_of(const struct json_t *item, const char *name, const char *other)
{
	return jread_text_or(jread_member(item, name),
	    jread_text_or(jread_member(item, other), SPAN("")));
}

/* The tool knows its people by the platform's id, and it has a new one. */
static void
put_former_id(struct cx *cx, struct json_t *body, const struct json_t *item)
{
	const struct json_t *given = jread_member(item, "metadata");
	struct json_t *metadata =
	    jread_is_object(given) ? jwrite_copy(cx, given) : jwrite_object(cx);

	jwrite_text_if(metadata, "formerId", text_of(item, "id", "kid"));
	jwrite_value(body, "metadata", metadata);
}

/* ltijs writes the token endpoint there when there is no other audience, and
 * the bare host that Canvas gives, which Canvas itself does not take. */
static void
put_audience(struct json_t *body, const struct json_t *item)
{
	struct span audience = text_of(item, "authorizationServer", "");
	struct span endpoint = text_of(body, "accesstokenEndpoint", "");

	if (!span_equal(audience, endpoint) && span_starts(audience, "https:"))
		jwrite_text(body, "authorizationServer", audience);
}

static struct json_t *
body_of(const struct import *import, const struct json_t *item)
{
	static const char *const names[][2] = {
	    {"url", "platformUrl"},
	    {"clientId", "platformClientId"},
	    {"name", "platformName"},
	    {"authenticationEndpoint", "authEndpoint"},
	    {"accesstokenEndpoint", "accessTokenEndpoint"},
	    {"targetLinkUri", ""},
	};
	struct json_t *body = jwrite_object(import->cx);

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		jwrite_text_if(
		    body, names[i][0], text_of(item, names[i][0], names[i][1]));
	jwrite_value(body, "authConfig", jread_member(item, "authConfig"));
	jwrite_value(body, "active", jread_member(item, "active"));
	jwrite_text_if(body, "organizationId", import->organization);
	put_audience(body, item);
	put_former_id(import->cx, body, item);
	return body;
}

static struct span
why_of(const struct json_t *answer)
{
	return jread_text_or(
	    jread_member(jread_member(answer, "details"), "description"),
	    SPAN("it did not succeed"));
}

/* Its id, or nothing; in a dry run also one that the file named before. */
static bool
find_existing(
    const struct import *import, const struct json_t *body, struct span *id)
{
	struct span issuer = text_of(body, "url", "");
	struct span client = text_of(body, "clientId", "");
	struct arena *arena = import->cx->arena;
	struct span query = arena_printf(arena, "url=%.*s&clientId=%.*s",
	    SPAN_ARGS(form_encode(arena, issuer)),
	    SPAN_ARGS(form_encode(arena, client)));
	const struct json_t *answer = NULL;

	for (size_t i = 0; import->dry && i < jread_count(import->rows); i++) {
		const struct json_t *row = jread_at(import->rows, i);
		if (span_equal(text_of(row, "url", ""), issuer) &&
		    span_equal(text_of(row, "clientId", ""), client) &&
		    !jread_member(row, "why"))
			return true;
	}
	if (local_ask(import->cx, import->gateway, HTTP_GET,
		SPAN("/admin/platforms"), query, NULL, &answer) >= 400)
		return false;
	const struct json_t *found =
	    jread_at(jread_member(answer, "platforms"), 0);
	*id = text_of(found, "id", "");
	return found != NULL;
}

/* What the call would look at, as far as it can be seen without it. */
static enum result
look(const struct import *import, const struct json_t *body, struct span *why)
{
	struct platform platform = {.id = SPAN("")};
	struct cx *cx = import->cx;

	memset(&cx->note, 0, sizeof cx->note);
	enum fault which = jshape_check(cx, body, shape_platform_create);
	if (!which)
		which = platform_json_read(cx, body, &platform);
	if (!which)
		return RESULT_ADDED;
	*why = arena_copy(cx->arena,
	    span_of(cx->note.telling[0] ? cx->note.telling
					: fault_text(which)->description));
	return RESULT_REFUSED;
}

static enum result
add(const struct import *import, const struct json_t *body, struct span *id,
    struct span *why)
{
	const struct json_t *answer = NULL;

	if (look(import, body, why) == RESULT_REFUSED)
		return RESULT_REFUSED;
	if (find_existing(import, body, id))
		return RESULT_EXISTING;
	if (import->dry)
		return RESULT_ADDED;
	if (local_ask(import->cx, import->gateway, HTTP_POST,
		SPAN("/admin/platforms"), SPAN(""), body, &answer) >= 400) {
		*why = why_of(answer);
		return RESULT_REFUSED;
	}
	*id = text_of(answer, "id", "");
	return RESULT_ADDED;
}

static void
tell(const struct import *import, enum result result, const struct json_t *row)
{
	static const char *const words[RESULT_COUNT] = {
	    "added", "there already", "refused"};
	struct span url = text_of(row, "url", ""),
		    why = text_of(row, "why", "");

	if (!import->json)
		printf("%-14s %.*s %.*s%s%.*s\n", words[result],
		    SPAN_ARGS(span_has_control(url) ? SPAN("?") : url),
		    SPAN_ARGS(text_of(row, "clientId", "")),
		    why.length ? ": " : "", SPAN_ARGS(why));
}

static void
import_one(struct import *import, const struct json_t *item)
{
	struct json_t *body = body_of(import, item);
	struct json_t *row = jwrite_object(import->cx);
	struct span id = SPAN(""), why = SPAN("");
	enum result result = add(import, body, &id, &why);

	import->count[result]++;
	jwrite_text(row, "result", span_of(result_names[result]));
	jwrite_text(row, "url", text_of(body, "url", ""));
	jwrite_text(row, "clientId", text_of(body, "clientId", ""));
	jwrite_text_if(row, "id", id);
	jwrite_text_if(row, "formerId", text_of(item, "id", "kid"));
	jwrite_text_if(row, "why", why);
	tell(import, result, row);
	jwrite_push(import->rows, row);
}

/* --- the command --------------------------------------------------------- */

static void
tell_sum(const struct import *import)
{
	struct json_t *answer = jwrite_object(import->cx);
	const int *count = import->count;

	if (!import->json) {
		printf("%d %sadded, %d there already, %d refused\n",
		    count[RESULT_ADDED], import->dry ? "would be " : "",
		    count[RESULT_EXISTING], count[RESULT_REFUSED]);
		return;
	}
	jwrite_bool(answer, "dryRun", import->dry);
	for (int i = 0; i < RESULT_COUNT; i++)
		jwrite_integer(answer, result_names[i], count[i]);
	jwrite_value(answer, "platforms", import->rows);
	local_print(import->cx, answer, true);
}

static bool
read_arguments(struct import *import, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--dry-run") == 0)
			import->dry = true;
		else if (strcmp(argv[i], "--json") == 0)
			import->json = true;
		else if (strcmp(argv[i], "--organization") == 0 && argv[i + 1])
			import->organization = span_of(argv[++i]);
		else if (strncmp(argv[i], "--", 2) == 0 || import->file)
			return false;
		else
			import->file = argv[i];
	}
	return import->file != NULL;
}

int
command_platform_import(
    struct cx *cx, const struct config *config, int argc, char **argv)
{
	struct import import = {.cx = cx, .rows = jwrite_array(cx)};

	if (!read_arguments(&import, argc, argv)) {
		fprintf(stderr,
		    "usage: ltigate platform import FILE|- [--dry-run] "
		    "[--organization ID]\n");
		return 2;
	}
	const struct json_t *list = read_list(cx, import.file);
	import.gateway = list ? local_open(cx, config) : NULL;
	if (!import.gateway)
		return 1;
	for (size_t i = 0; i < jread_count(list); i++)
		import_one(&import, jread_at(list, i));
	tell_sum(&import);
	gateway_close(import.gateway);
	return import.count[RESULT_REFUSED] ? 1 : 0;
}
