/* versions.c - has something changed that is kept in memory?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/versions.h"

#include "base/cx.h"
#include "store/db.h"

#define SETTINGS SPAN("directory")
#define SHELF "shelf "

/* FNV-1a: every instance and every release puts a platform on the same one. */
size_t
versions_shelf(struct span platform_id)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < platform_id.length; i++)
		hash = (hash ^ (unsigned char)platform_id.at[i]) * 16777619u;
	return (hash ^ hash >> 16) % VERSIONS_SHELVES;
}

enum fault
versions_raise(
    struct db_session *session, struct cx *cx, struct span platform_id)
{
	struct span name = SETTINGS;

	if (platform_id.length)
		name = arena_printf(
		    cx->arena, SHELF "%zu", versions_shelf(platform_id));
	db_touch(session);
	return DB_LATER(session, cx, FAULT_NONE, NULL,
	    "INSERT INTO versions (name, number) VALUES ($1, 1)"
	    " ON CONFLICT (name) DO UPDATE SET number = versions.number + 1",
	    DB_TEXT(name));
}

enum fault
versions_find(struct db_session *session, struct cx *cx, struct versions *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT name, number FROM versions WHERE number > $1",
	    DB_INTEGER(0));

	if (which)
		return which;
	*out = (struct versions){0};
	for (size_t i = 0; i < rows.count; i++) {
		struct span name = db_text(&rows, i, 0);
		int64_t shelf = 0;
		if (span_equal(name, SETTINGS))
			out->settings = db_integer(&rows, i, 1);
		else if (span_starts(name, SHELF) &&
			 span_number(span_from_offset(name, sizeof SHELF - 1),
			     VERSIONS_SHELVES - 1, &shelf))
			out->shelves[shelf] = db_integer(&rows, i, 1);
	}
	return FAULT_NONE;
}
