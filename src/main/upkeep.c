/* upkeep.c - commands for who looks after the gateway
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/gateway.h"
#include "app/rotation.h"
#include "base/clock.h"
#include "base/cx.h"
#include "http/probe.h"
#include "main/commands.h"
#include "main/config.h"
#include "main/local_call.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum { WAIT_MAX = 86400 }; /* seconds */

/* --- settings set -------------------------------------------------------- */

/* "registration.mode" is the member mode of the member registration. */
static void
set_member(struct cx *cx, struct json_t *settings, struct span name,
    const struct json_t *value)
{
	struct span first;

	span_next(&name, '.', &first);
	if (!name.at) {
		jwrite_named(settings, first, value);
		return;
	}
	const char *outer = arena_cstr(cx->arena, first);
	struct json_t *inner = jwrite_copy(cx, jread_member(settings, outer));
	if (!jread_is_object(inner))
		inner = jwrite_object(cx);
	set_member(cx, inner, name, value);
	jwrite_value(settings, outer, inner);
}

static const struct json_t *
value_of(struct cx *cx, const char *text)
{
	const struct json_t *value;
	struct json_t *box = jwrite_object(cx);

	if (!jread_parse(cx, span_of(text), &value))
		return value;
	jwrite_text(box, "text", span_of(text));
	return jread_member(box, "text");
}

int
command_settings_set(
    struct cx *cx, const struct config *config, int argc, char **argv)
{
	const struct json_t *answer;
	bool json = argc == 3 && strcmp(argv[2], "--json") == 0;

	if (argc != 2 && !json) {
		fprintf(stderr, "usage: ltigate settings set MEMBER VALUE\n");
		return 2;
	}
	struct gateway *gateway = local_open(cx, config);
	if (!gateway)
		return 1;
	int status = local_call(cx, gateway, HTTP_GET, SPAN("/admin/settings"),
	    SPAN(""), NULL, &answer);
	if (status == 0) {
		struct json_t *settings = jwrite_copy(cx, answer);
		set_member(
		    cx, settings, span_of(argv[0]), value_of(cx, argv[1]));
		status = local_call(cx, gateway, HTTP_PUT,
		    SPAN("/admin/settings"), SPAN(""), settings, &answer);
	}
	if (status == 0 && json)
		local_print(cx, answer, true);
	else if (status == 0)
		printf("%s is set\n", argv[0]);
	gateway_close(gateway);
	return status;
}

/* --- health -------------------------------------------------------------- */

/* Asks the gateway that runs with this configuration, without its store. */
int
command_health(
    struct cx *cx, const struct config *config, int argc, char **argv)
{
	bool json = argc > 0 && strcmp(argv[argc - 1], "--json") == 0;
	bool ready = argc > 0 && strcmp(argv[0], "--ready") == 0;
	struct server_options server;

	if (argc != ready + json) {
		fprintf(stderr, "usage: ltigate health [--ready]\n");
		return 2;
	}
	enum fault which = config_server(cx, config, &server);
	if (which)
		return local_complain(cx, (int)which);
	const char *path = ready ? "/readyz" : "/healthz";
	bool good = probe_ask(
	    cx, server.listen[0], server.tls.certificate != NULL, path);
	if (json)
		printf("{\"status\": \"%s\"}\n", good ? "ok" : "failed");
	else if (good)
		printf("ok\n");
	else
		fprintf(stderr, "ltigate: %s%s does not answer 200\n",
		    server.listen[0], path);
	return !good;
}

/* --- secret, migrate ---------------------------------------------- */

static void
tell_waiting(const char *line)
{
	fprintf(stderr, "ltigate: %s\n", line);
}

static bool
read_rotation(int argc, char **argv, struct rotation *out, bool *json)
{
	int64_t seconds;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			*json = true;
		else if (strcmp(argv[i], "--at-once") == 0)
			out->at_once = true;
		else if (strcmp(argv[i], "--wait") == 0 && i + 1 < argc &&
			 span_number(span_of(argv[i + 1]), WAIT_MAX, &seconds))
			out->wait_seconds = seconds, i++;
		else
			return false;
	}
	return true;
}

static void
tell_rotated(struct cx *cx, const struct rotation_report *report, bool json)
{
	struct json_t *answer = jwrite_object(cx);
	char until[CLOCK_TEXT_SIZE] = "";

	if (report->until)
		clock_write(report->until, until);
	jwrite_text(answer, "status", SPAN("rotated"));
	jwrite_integer(answer, "resealed", report->resealed);
	jwrite_integer(answer, "unopened", report->unopened);
	jwrite_text_if(answer, "oldOpensUntil", span_of(until));
	if (json) {
		local_print(cx, answer, true);
		return;
	}
	if (report->unopened)
		printf("%lld rows open with neither secret, and stay as they "
		       "are\n",
		    (long long)report->unopened);
	if (report->until)
		printf("the old secret opens what it signed until %s\n", until);
	printf("the secret is new; back the secret file up again\n");
}

int
command_secret_rotate(
    struct cx *cx, const struct config *config, int argc, char **argv)
{
	struct rotation rotation = {
	    .wait_seconds = ROTATION_WAIT, .tell = tell_waiting};
	struct rotation_report report;
	bool json = false;

	if (!read_rotation(argc, argv, &rotation, &json)) {
		fprintf(stderr, "usage: ltigate secret rotate [--at-once] "
				"[--wait SECONDS]\n");
		return 2;
	}
	struct gateway *gateway = local_open(cx, config);
	if (!gateway)
		return 1;
	cx->actor = SPAN("command line");
	enum fault which = rotation_run(gateway, cx, &rotation, &report);
	gateway_close(gateway);
	if (which)
		return local_complain(cx, (int)which);
	tell_rotated(cx, &report, json);
	return 0;
}

/* Opening the gateway migrates; this is for doing it apart from a start. */
int
command_migrate(
    struct cx *cx, const struct config *config, int argc, char **argv)
{
	bool json = argc == 1 && strcmp(argv[0], "--json") == 0;
	struct gateway *gateway = local_open(cx, config);

	if (!gateway)
		return 1;
	printf(json ? "{\"status\": \"up to date\"}\n"
		    : "the store is up to date\n");
	gateway_close(gateway);
	return 0;
}
