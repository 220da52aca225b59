/* commands.c - what the command line can do
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "main/commands.h"

#include <stdio.h>
#include <string.h>

#include "app/gateway.h"
#include "base/cx.h"
#include "http/form.h"
#include "main/config.h"
#include "main/local_call.h"
#include "json/jwrite.h"

enum { OPTIONS_MAX = 12, SECRET_MAX = 1024 };

enum option_type {
	OPTION_TEXT,
	OPTION_SECRET, /* "-": the first line of the standard input */
	OPTION_FLAG,
	OPTION_NUMBER,
	OPTION_QUERY,
	OPTION_MEMBER /* ORGANIZATION=ROLE, an item of an array */
};

struct option {
	const char *name;   /* "--name"; NULL ends the list */
	const char *member; /* of the body, or name of the query parameter */
	enum option_type type;
	bool value; /* what a flag means */
};

struct command {
	const char *words;
	const char *about;
	/* Either a function, or a call of the API: ":" in the path takes one
	 * argument. */
	int (*run)(
	    struct cx *cx, const struct config *config, int argc, char **argv);
	enum http_method method;
	const char *path;
	const char *usage; /* of the arguments */
	struct option options[OPTIONS_MAX];
};

#define NO_RUN NULL
#define OWN(f) f, HTTP_GET, NULL

static const struct command commands[] = {
    {"serve", "run the gateway", OWN(command_serve), "", {{0}}},
    {"settings get", "the tool's settings", NO_RUN, HTTP_GET, "/admin/settings",
	"", {{0}}},
    {"settings set", "change one setting; VALUE is JSON, or else text",
	OWN(command_settings_set), "MEMBER VALUE", {{0}}},
    {"api-key create", "make a key for the tool's back end; it is told once",
	NO_RUN, HTTP_POST, "/admin/api-keys", "--name NAME",
	{{"--name", "name", OPTION_TEXT, true}}},
    {"api-key list", "keys, without themselves", NO_RUN, HTTP_GET,
	"/admin/api-keys", "", {{0}}},
    {"api-key remove", "revoke a key", NO_RUN, HTTP_DELETE,
	"/admin/api-keys/:", "ID", {{0}}},
    {"registration list", "registrations that wait for approval", NO_RUN,
	HTTP_GET, "/api/registrations", "[--organization ID]",
	{{"--organization", "organizationId", OPTION_QUERY, true}}},
    {"registration show", "what the LMS says of itself", NO_RUN, HTTP_GET,
	"/api/registrations/:", "HANDLE", {{0}}},
    {"registration approve", "register the tool with the LMS", NO_RUN,
	HTTP_POST, "/api/registrations/:/complete",
	"HANDLE [--name NAME] [--organization ID] [--active] "
	"[--privacy-level LEVEL]",
	{{"--name", "platformName", OPTION_TEXT, true},
	    {"--organization", "organizationId", OPTION_TEXT, true},
	    {"--active", "autoActivate", OPTION_FLAG, true},
	    {"--privacy-level", "privacyLevel", OPTION_TEXT, true}}},
    {"registration reject", "end it; nothing is sent to the LMS", NO_RUN,
	HTTP_POST, "/api/registrations/:/reject", "HANDLE", {{0}}},
    {"platform list", "registered LMSs", NO_RUN, HTTP_GET, "/admin/platforms",
	"[--url ISSUER] [--organization ID] [--search TEXT] "
	"[--active true|false] [--behind true] [--sort "
	"name|-name|url|-url|createdAt|-createdAt] "
	"[--limit N] [--offset N]",
	{{"--url", "url", OPTION_QUERY, true},
	    {"--search", "search", OPTION_QUERY, true},
	    {"--active", "active", OPTION_QUERY, true},
	    {"--behind", "behind", OPTION_QUERY, true},
	    {"--sort", "sort", OPTION_QUERY, true},
	    {"--limit", "limit", OPTION_QUERY, true},
	    {"--offset", "offset", OPTION_QUERY, true},
	    {"--organization", "organizationId", OPTION_QUERY, true}}},
    {"platform show", "one platform", NO_RUN, HTTP_GET,
	"/admin/platforms/:", "ID", {{0}}},
    {"platform report", "what was asked of the LMS and what it granted", NO_RUN,
	HTTP_GET, "/admin/platforms/:/report", "ID", {{0}}},
    {"platform activate", "let its launches through", NO_RUN, HTTP_POST,
	"/admin/platforms/:/activate", "ID", {{0}}},
    {"platform deactivate", "refuse its launches", NO_RUN, HTTP_POST,
	"/admin/platforms/:/deactivate", "ID", {{0}}},
    {"platform update",
	"bring its registration in step with the settings, or all that are "
	"behind and can be",
	OWN(command_platform_update), "ID|--all-behind", {{0}}},
    {"platform check", "ask the LMS whether it accepted an update", NO_RUN,
	HTTP_POST, "/admin/platforms/:/registration/check", "ID", {{0}}},
    {"platform remove", "forget it", NO_RUN, HTTP_DELETE,
	"/admin/platforms/:", "ID", {{0}}},
    {"platform import", "add those of a list from LTIAAS, ltijs or ltigate",
	OWN(command_platform_import), "FILE|- [--dry-run] [--organization ID]",
	{{0}}},
    {"person show", "what is kept of a person of an LMS", NO_RUN, HTTP_GET,
	"/admin/platforms/:/person", "PLATFORM --user ID",
	{{"--user", "userId", OPTION_QUERY, true}}},
    {"person forget", "delete what is kept of a person of an LMS", NO_RUN,
	HTTP_DELETE, "/admin/platforms/:/person", "PLATFORM --user ID",
	{{"--user", "userId", OPTION_QUERY, true}}},
    {"deployment list", "where in an LMS the tool was launched", NO_RUN,
	HTTP_GET, "/admin/platforms/:/deployments", "PLATFORM", {{0}}},
    {"deployment change", "let its launches through or not; whose they are",
	NO_RUN, HTTP_PATCH, "/admin/platforms/:/deployments/:",
	"PLATFORM DEPLOYMENT [--allow] [--refuse] [--organization ID]",
	{{"--allow", "allowed", OPTION_FLAG, true},
	    {"--refuse", "allowed", OPTION_FLAG, false},
	    {"--organization", "organizationId", OPTION_TEXT, true}}},
    {"organization add", "add a customer", NO_RUN, HTTP_POST,
	"/admin/organizations", "--name NAME",
	{{"--name", "name", OPTION_TEXT, true}}},
    {"organization list", "customers", NO_RUN, HTTP_GET, "/admin/organizations",
	"", {{0}}},
    {"organization export",
	"all that one owns, as JSON Lines; --people: with launches and scores",
	OWN(command_organization_export), "ID [--people]", {{0}}},
    {"organization remove",
	"remove one that owns nothing, or with everything it owns", NO_RUN,
	HTTP_DELETE, "/admin/organizations/:", "ID [--everything true]",
	{{"--everything", "everything", OPTION_QUERY, true}}},
    {"user add", "add a person; prints the link that sets the password, once",
	NO_RUN, HTTP_POST, "/admin/users",
	"--email EMAIL [--name NAME] [--role owner|admin|viewer] "
	"[--organization ID=admin|registrar|viewer]",
	{{"--email", "email", OPTION_TEXT, true},
	    {"--name", "name", OPTION_TEXT, true},
	    {"--role", "role", OPTION_TEXT, true},
	    {"--organization", "organizations", OPTION_MEMBER, true}}},
    {"user list", "people and their roles", NO_RUN, HTTP_GET, "/admin/users",
	"[--organization ID]",
	{{"--organization", "organizationId", OPTION_QUERY, true}}},
    {"user change", "change a person's name or roles", NO_RUN, HTTP_PATCH,
	"/admin/users/:",
	"ID [--name NAME] [--role owner|admin|viewer] "
	"[--organization ID=admin|registrar|viewer]",
	{{"--name", "name", OPTION_TEXT, true},
	    {"--role", "role", OPTION_TEXT, true},
	    {"--organization", "organizations", OPTION_MEMBER, true}}},
    {"user link", "a new link that sets the password, told once", NO_RUN,
	HTTP_POST, "/admin/users/:/invitation", "ID", {{0}}},
    {"user sign-out", "end a person's sessions", NO_RUN, HTTP_DELETE,
	"/admin/users/:/sessions", "ID", {{0}}},
    {"user remove", "remove a person", NO_RUN, HTTP_DELETE,
	"/admin/users/:", "ID", {{0}}},
    {"link add", "make a registration link; its URL is told once", NO_RUN,
	HTTP_POST, "/admin/registration-links",
	"--organization ID [--label TEXT] [--reusable] [--activate] "
	"[--days N]",
	{{"--organization", "organizationId", OPTION_TEXT, true},
	    {"--label", "label", OPTION_TEXT, true},
	    {"--reusable", "once", OPTION_FLAG, false},
	    {"--activate", "activate", OPTION_FLAG, true},
	    {"--days", "expiresInDays", OPTION_NUMBER, true}}},
    {"link list", "registration links", NO_RUN, HTTP_GET,
	"/admin/registration-links", "[--organization ID]",
	{{"--organization", "organizationId", OPTION_QUERY, true}}},
    {"link remove", "revoke a registration link", NO_RUN, HTTP_DELETE,
	"/admin/registration-links/:", "ID", {{0}}},
    {"consumer add",
	"keep an LTI 1.1 key, to prove which customer has moved to LTI 1.3",
	NO_RUN, HTTP_POST, "/admin/consumers",
	"--key KEY --secret -|SECRET [--label TEXT]",
	{{"--key", "key", OPTION_TEXT, true},
	    {"--secret", "secret", OPTION_SECRET, true},
	    {"--label", "label", OPTION_TEXT, true}}},
    {"consumer list", "LTI 1.1 keys, without their secrets", NO_RUN, HTTP_GET,
	"/admin/consumers", "", {{0}}},
    {"consumer remove", "forget one", NO_RUN, HTTP_DELETE,
	"/admin/consumers/:", "ID", {{0}}},
    {"key list", "the tool's keys", NO_RUN, HTTP_GET, "/admin/keys", "", {{0}}},
    {"key rotate", "publish the next key; it signs 48 hours later", NO_RUN,
	HTTP_POST, "/admin/keys/rotate", "[--at-once]",
	{{"--at-once", "atOnce", OPTION_FLAG, true}}},
    {"service-key list", "keys for service calls outside a launch", NO_RUN,
	HTTP_GET, "/admin/service-keys",
	"[--platform ID] [--organization ID] [--before ID]",
	{{"--platform", "platformId", OPTION_QUERY, true},
	    {"--organization", "organizationId", OPTION_QUERY, true},
	    {"--before", "before", OPTION_QUERY, true}}},
    {"service-key revoke", "revoke one", NO_RUN, HTTP_DELETE,
	"/admin/service-keys/:", "ID", {{0}}},
    {"service-key revoke-all", "revoke all of a platform", NO_RUN, HTTP_DELETE,
	"/admin/platforms/:/service-keys", "PLATFORM", {{0}}},
    {"score show", "a queued score and its tries", NO_RUN, HTTP_GET,
	"/api/scores/:", "ID", {{0}}},
    {"event list", "what happened", NO_RUN, HTTP_GET, "/admin/events",
	"[--reference REFERENCE] [--platform ID] [--organization ID] "
	"[--kind KIND] [--level LEVEL] [--search TEXT] [--since TIME] "
	"[--until TIME] [--before ID] [--limit N]",
	{{"--reference", "reference", OPTION_QUERY, true},
	    {"--platform", "platformId", OPTION_QUERY, true},
	    {"--organization", "organizationId", OPTION_QUERY, true},
	    {"--kind", "kind", OPTION_QUERY, true},
	    {"--level", "level", OPTION_QUERY, true},
	    {"--search", "search", OPTION_QUERY, true},
	    {"--since", "since", OPTION_QUERY, true},
	    {"--until", "until", OPTION_QUERY, true},
	    {"--before", "before", OPTION_QUERY, true},
	    {"--limit", "limit", OPTION_QUERY, true}}},
    {"usage", "launches, people, registrations and failures", NO_RUN, HTTP_GET,
	"/admin/usage", "[--range 1d|7d|30d|all] [--organization ID]",
	{{"--range", "range", OPTION_QUERY, true},
	    {"--organization", "organizationId", OPTION_QUERY, true}}},
    {"notify", "--test: tell all who would be told, and say what came of it",
	OWN(command_notify), "--test", {{0}}},
    {"secret rotate",
	"another secret, while the gateways run; --at-once: the old one "
	"leaked, and nothing that it signed holds any more",
	OWN(command_secret_rotate), "[--at-once] [--wait SECONDS]", {{0}}},
    {"check",
	"look at all that must be right, and say what to do about the rest",
	OWN(command_check), "", {{0}}},
    {"health", "does the gateway answer where it listens? for health checks",
	OWN(command_health), "[--ready]", {{0}}},
    {"backup", "copy the store into a new file, while it is in use",
	OWN(command_backup), "FILE", {{0}}},
    {"restore", "fill a new store with what backup wrote", OWN(command_restore),
	"FILE", {{0}}},
    {"store copy", "copy one store into a new one, of any kind",
	OWN(command_store_copy), "FROM TO", {{0}}},
    {"migrate", "bring the store's tables up to date", OWN(command_migrate), "",
	{{0}}},
};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

/* --- finding ------------------------------------------------------------- */

/* How many arguments the command's words take, or 0. */
static int
match(const struct command *command, int argc, char **argv)
{
	struct span rest = span_of(command->words), word;
	int count = 0;

	while (span_next(&rest, ' ', &word)) {
		if (count >= argc || !span_is(word, argv[count]))
			return 0;
		count++;
	}
	return count;
}

void
commands_print_help(void)
{
	for (int i = 0; i < COMMAND_COUNT; i++)
		printf("  %-22s %s\n", commands[i].words, commands[i].about);
}

static int
print_usage(FILE *to, const struct command *command, int status)
{
	fprintf(to, "usage: ltigate %s %s\n  %s\n", command->words,
	    command->usage, command->about);
	return status;
}

/* --- a call of the API --------------------------------------------------- */

struct building {
	struct cx *cx;
	const struct command *command;
	struct span path, query;
	struct json_t *body;
	bool json, has_body;
};

static const struct option *
find_option(const struct command *command, const char *name)
{
	for (int i = 0; i < OPTIONS_MAX && command->options[i].name; i++)
		if (strcmp(command->options[i].name, name) == 0)
			return &command->options[i];
	return NULL;
}

static bool
put_membership(
    struct building *b, const struct option *option, struct span role)
{
	struct span id;

	if (!span_next(&role, '=', &id) || !id.length || !role.length)
		return false;
	struct json_t *list = jwrite_member_array(b->body, option->member);
	struct json_t *item = jwrite_push_object(list);
	jwrite_text(item, "id", id);
	jwrite_text(item, "role", role);
	return true;
}

/* An argument is seen by whoever may list the processes. */
static bool
put_secret(struct building *b, const struct option *option, const char *value)
{
	char line[SECRET_MAX];
	struct span secret = span_of(value);

	if (strcmp(value, "-") == 0) {
		if (!fgets(line, sizeof line, stdin))
			return false;
		secret = span_trim(span_of(line));
	}
	jwrite_text(b->body, option->member, secret);
	return true;
}

/* Puts an option where it belongs; false: its value is missing or wrong. */
static bool
put_option(struct building *b, const struct option *option, const char *value)
{
	int64_t number;

	b->has_body = b->has_body || option->type != OPTION_QUERY;
	switch (option->type) {
	case OPTION_FLAG:
		jwrite_bool(b->body, option->member, option->value);
		return true;
	case OPTION_TEXT:
		if (value)
			jwrite_text(b->body, option->member, span_of(value));
		return value != NULL;
	case OPTION_SECRET:
		return value && put_secret(b, option, value);
	case OPTION_NUMBER:
		if (!value || !span_number(span_of(value), INT64_MAX, &number))
			return false;
		jwrite_integer(b->body, option->member, number);
		return true;
	case OPTION_MEMBER:
		return value && put_membership(b, option, span_of(value));
	case OPTION_QUERY:
		if (value)
			b->query = arena_printf(b->cx->arena, "%.*s%s%s=%.*s",
			    SPAN_ARGS(b->query), b->query.length ? "&" : "",
			    option->member,
			    SPAN_ARGS(
				form_encode(b->cx->arena, span_of(value))));
		return value != NULL;
	}
	return false;
}

/* The argument takes the place of the next ":" of the path. */
static bool
put_argument(struct building *b, const char *value)
{
	const char *hole =
	    b->path.length ? memchr(b->path.at, ':', b->path.length) : NULL;

	if (!hole)
		return false;
	size_t before = (size_t)(hole - b->path.at);
	struct span text = form_encode(b->cx->arena, span_of(value));
	b->path =
	    arena_printf(b->cx->arena, "%.*s%.*s%.*s", (int)before, b->path.at,
		SPAN_ARGS(text), (int)(b->path.length - before - 1), hole + 1);
	return true;
}

static bool
build(struct building *b, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		const struct option *option = find_option(b->command, argv[i]);
		if (strcmp(argv[i], "--json") == 0) {
			b->json = true;
			continue;
		}
		if (!option) {
			if (argv[i][0] == '-' || !put_argument(b, argv[i]))
				return false;
			continue;
		}
		bool takes = option->type != OPTION_FLAG;
		if (!put_option(b, option, takes ? argv[i + 1] : NULL))
			return false;
		i += takes;
	}
	return !memchr(b->path.at, ':', b->path.length);
}

static int
call(struct cx *cx, const struct config *config, const struct command *command,
    int argc, char **argv)
{
	struct building b = {.cx = cx,
	    .command = command,
	    .path = span_of(command->path),
	    .query = SPAN(""),
	    .body = jwrite_object(cx)};
	const struct json_t *answer = NULL;

	if (!build(&b, argc, argv))
		return print_usage(stderr, command, 2);
	struct gateway *gateway = local_open(cx, config);
	if (!gateway)
		return 1;
	b.has_body = b.has_body || command->method == HTTP_POST;
	int status = local_call(cx, gateway, command->method, b.path, b.query,
	    b.has_body ? b.body : NULL, &answer);
	if (status == 0 && answer)
		local_print(cx, answer, b.json);
	else if (status == 0)
		printf(b.json ? "{}\n" : "done\n");
	gateway_close(gateway);
	return status;
}

int
commands_run(struct cx *cx, const struct config *config, int argc, char **argv)
{
	for (int i = 0; i < COMMAND_COUNT; i++) {
		const struct command *command = &commands[i];
		int words = match(command, argc, argv);
		if (!words)
			continue;
		for (int k = words; k < argc; k++)
			if (strcmp(argv[k], "--help") == 0)
				return print_usage(stdout, command, 0);
		return command->run ? command->run(cx, config, argc - words,
					  argv + words)
				    : call(cx, config, command, argc - words,
					  argv + words);
	}
	fprintf(stderr,
	    "ltigate: there is no command \"%s%s%s\"; see "
	    "ltigate --help\n",
	    argc ? argv[0] : "", argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
	return 2;
}
