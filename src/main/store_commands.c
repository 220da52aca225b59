/* store_commands.c - ltigate backup, restore, store copy
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/gateway.h"
#include "app/secret_file.h"
#include "base/cx.h"
#include "main/commands.h"
#include "main/config.h"
#include "main/local_call.h"
#include "store/copy.h"
#include "store/db.h"
#include "store/migrate.h"
#include "json/jwrite.h"

static bool
take_json(int argc, char **argv, int place)
{
	return argc == place + 1 && strcmp(argv[place], "--json") == 0;
}

int
command_backup(
    struct cx *cx, const struct config *config, int argc, char **argv)
{
	if (argc < 1) {
		fprintf(stderr, "usage: ltigate backup FILE\n");
		return 2;
	}
	if (access(argv[0], F_OK) == 0) {
		fprintf(stderr, "ltigate: %s exists already\n", argv[0]);
		return 1;
	}
	struct gateway *gateway = local_open(cx, config);
	if (!gateway)
		return 1;
	enum fault which = copy_backup(cx, gateway->db, argv[0]);
	int status = which ? local_complain(cx, (int)which) : 0;
	if (!which && take_json(argc, argv, 1))
		printf("{\"file\": \"%s\"}\n", argv[0]);
	else if (!which)
		printf("copied to %s; keep the secret file with it\n", argv[0]);
	gateway_close(gateway);
	return status;
}

static void
tell(struct cx *cx, const struct copy_report *report, bool json)
{
	struct json_t *answer = jwrite_object(cx);

	for (size_t i = 0; i < report->schema->count; i++) {
		struct span name = report->schema->tables[i].name;
		if (json)
			jwrite_integer(answer, arena_cstr(cx->arena, name),
			    report->rows[i]);
		else if (report->rows[i])
			printf("%10lld  %.*s\n", (long long)report->rows[i],
			    SPAN_ARGS(name));
	}
	if (json)
		local_print(cx, answer, true);
	else
		printf("%10lld  rows copied, and read again; the secret file "
		       "belongs to the copy too\n",
		    (long long)report->whole);
}

int
command_store_copy(
    struct cx *cx, const struct config *config, int argc, char **argv)
{
	const struct db_options existing = {.existing = true};
	struct copy_report report;
	struct db *from = NULL;

	(void)config;
	if (argc < 2) {
		fprintf(stderr, "usage: ltigate store copy FROM TO\n");
		return 2;
	}
	enum fault which = db_open(cx, span_of(argv[0]), &existing, &from);
	if (!which)
		which = copy_into(cx, from, span_of(argv[1]), &report);
	if (!which)
		tell(cx, &report, take_json(argc, argv, 2));
	db_close(from);
	return which ? local_complain(cx, (int)which) : 0;
}

/* --- restore ------------------------------------------------------------- */

/* FILE.restoring stands beside the backup meanwhile: of an older version it is
 * brought up to date there, and the backup stays as it is. */
struct restoring {
	const char *path, *work;
	struct gateway_options options;
	struct copy_report report;
};

static enum fault
take_work_copy(struct cx *cx, const struct restoring *restoring)
{
	const struct db_options options = {.existing = true, .read_only = true};
	struct db *backup = NULL;
	enum fault which =
	    db_open(cx, arena_printf(cx->arena, "sqlite:%s", restoring->path),
		&options, &backup);

	if (!which)
		which = db_verify(backup, cx);
	if (!which)
		which = db_backup(backup, cx, restoring->work);
	db_close(backup);
	return which;
}

/* Without its secret a store is of no use: that is seen first. */
static enum fault
check_secret(struct cx *cx, const struct restoring *restoring, struct db *work)
{
	struct secret_file *file = NULL;
	enum fault which = secret_file_open(
	    cx, work, gateway_secret_path(cx, &restoring->options), &file);

	secret_file_close(file);
	return which;
}

static enum fault
fill_store(struct cx *cx, struct restoring *restoring)
{
	struct db *work = NULL;
	unsigned ran;
	enum fault which = db_open(cx,
	    arena_printf(cx->arena, "sqlite:%s", restoring->work), NULL, &work);

	if (!which)
		which = migrate_run(work, cx, &ran);
	if (!which)
		which = check_secret(cx, restoring, work);
	if (!which)
		which = copy_into(
		    cx, work, restoring->options.store, &restoring->report);
	db_close(work);
	return which;
}

int
command_restore(
    struct cx *cx, const struct config *config, int argc, char **argv)
{
	struct restoring restoring;

	if (argc < 1) {
		fprintf(stderr, "usage: ltigate restore FILE\n");
		return 2;
	}
	restoring.path = argv[0];
	restoring.work =
	    arena_printf(cx->arena, "%s.restoring", restoring.path).at;
	if (access(restoring.work, F_OK) == 0) {
		fprintf(stderr,
		    "ltigate: %s is there: another restore is under way, or "
		    "one was ended; remove it\n",
		    restoring.work);
		return 1;
	}
	enum fault which = config_gateway(cx, config, &restoring.options);
	if (!which)
		which = take_work_copy(cx, &restoring);
	if (!which)
		which = fill_store(cx, &restoring);
	unlink(restoring.work);
	if (!which)
		tell(cx, &restoring.report, take_json(argc, argv, 1));
	return which ? local_complain(cx, (int)which) : 0;
}
