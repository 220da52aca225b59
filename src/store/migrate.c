/* migrate.c - bringing the store's tables up to date
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/migrate.h"

#include "base/cx.h"
#include "base/embedded.h"
#include "base/test_hooks.h"
#include "store/db.h"

static enum fault
begin(struct db_session *session, struct cx *cx, void *arg)
{
	(void)arg;
	return db_script(session, cx,
	    SPAN("CREATE TABLE IF NOT EXISTS schema_versions ("
		 "name text PRIMARY KEY, ran_at bigint NOT NULL)"));
}

struct step {
	const struct embedded *file;
	bool ran;
};

#ifdef LTIGATE_TEST_HOOKS
/* "migrated 0002_launches.sql" and the like: a store of then. */
static const char *
text_of(struct cx *cx, const char *what, const struct embedded *file)
{
	return arena_printf(cx->arena, "%s%s", what, file->name).at;
}
#endif

static enum fault
run_step(struct db_session *session, struct cx *cx, void *arg)
{
	struct step *step = arg;
	struct db_value name = DB_TEXT(span_of(step->file->name));
	struct db_rows rows;
	enum fault fault = DB_RUN(session, cx, &rows,
	    "SELECT 1 FROM schema_versions WHERE name = $1", name);

	if (fault || rows.count)
		return fault;
	fault = db_script(
	    session, cx, span_from(step->file->bytes, step->file->length));
	if (fault)
		return fault;
	test_point(text_of(cx, "migrating ", step->file));
	step->ran = true;
	return DB_RUN(session, cx, NULL,
	    "INSERT INTO schema_versions (name, ran_at) VALUES ($1, $2)", name,
	    DB_INTEGER(cx->now));
}

static enum fault
count_ran(struct db_session *session, struct cx *cx, void *arg)
{
	size_t *ran = arg;
	struct db_rows rows;
	enum fault which = db_run(
	    session, cx, "SELECT name FROM schema_versions", NULL, 0, &rows);

	if (!which)
		*ran = rows.count;
	return which;
}

static size_t
count_known(void)
{
	size_t known = 0;

	while (migrations[known].name)
		known++;
	return known;
}

static enum fault
refuse_newer(struct db *db, struct cx *cx)
{
	size_t already = 0;
	enum fault which = db_read(db, cx, count_ran, &already);

	if (!which && already > count_known())
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "The store was written by a newer ltigate; start that one, "
		    "or restore a backup");
	return which;
}

enum fault
migrate_check(struct db *db, struct cx *cx)
{
	size_t already = 0;
	enum fault which = refuse_newer(db, cx);

	if (!which)
		which = db_read(db, cx, count_ran, &already);
	if (!which && already < count_known())
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "The store was written by an older ltigate; bring it up to "
		    "date first: ltigate migrate");
	return which;
}

enum fault
migrate_run(struct db *db, struct cx *cx, unsigned *ran)
{
	enum fault fault = db_write(db, cx, begin, NULL);

	*ran = 0;
	if (!fault)
		fault = refuse_newer(db, cx);
	for (const struct embedded *file = migrations; !fault && file->name;
	     file++) {
		struct step step = {.file = file};
		fault = db_write(db, cx, run_step, &step);
		*ran += step.ran;
		if (!fault && step.ran)
			test_point(text_of(cx, "migrated ", file));
	}
	return fault;
}
