/* postgres_slices.c - tables in partitions
 *
 * The table that the migrations made becomes the partition of all rows that
 * stand in no other; so a store that is in use changes without its rows being
 * moved. A slice is made only while none of those rows would belong to it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/postgres_slices.h"

#include "base/cx.h"
#include "base/text.h"

enum { SCRIPT_MAX = 65536 };

static enum fault
is_whole(
    struct db_session *session, struct cx *cx, struct span table, bool *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT CAST(relkind AS text) FROM pg_class"
	    " WHERE oid = to_regclass($1)",
	    DB_TEXT(table));

	if (!which)
		*out = span_is(db_text(&rows, 0, 0), "r");
	return which;
}

static enum fault
begin(struct db_session *session, struct cx *cx, const struct db_slices *slices)
{
	struct span name = slices->table;

	return db_script(session, cx,
	    arena_printf(cx->arena,
		"ALTER TABLE %.*s RENAME TO %.*s_rest;"
		"CREATE TABLE %.*s (LIKE %.*s_rest INCLUDING ALL)"
		" PARTITION BY RANGE (%.*s);"
		"ALTER TABLE %.*s ATTACH PARTITION %.*s_rest DEFAULT",
		SPAN_ARGS(name), SPAN_ARGS(name), SPAN_ARGS(name),
		SPAN_ARGS(name), SPAN_ARGS(slices->column), SPAN_ARGS(name),
		SPAN_ARGS(name)));
}

/* The number that ends a slice's name, or -1. */
static int64_t
number_of(const struct db_slices *slices, struct span name)
{
	int64_t number;

	if (name.length <= slices->table.length + 1 ||
	    !span_number(span_from_offset(name, slices->table.length + 1),
		INT64_MAX / 2, &number))
		return -1;
	return number;
}

static bool
is_there(
    const struct db_slices *slices, const struct db_rows *names, int64_t number)
{
	for (size_t i = 0; i < names->count; i++)
		if (number_of(slices, db_text(names, i, 0)) == number)
			return true;
	return false;
}

/* How the rows of a table are to be kept: a slice does not inherit it. */
static enum fault
find_options(struct db_session *session, struct cx *cx,
    const struct db_slices *slices, struct span *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows,
	    "SELECT array_to_string(reloptions, ', ') FROM pg_class"
	    " WHERE oid = to_regclass($1 || '_rest')",
	    DB_TEXT(slices->table));

	if (!which && db_text(&rows, 0, 0).length)
		*out = arena_printf(
		    cx->arena, " WITH (%.*s)", SPAN_ARGS(db_text(&rows, 0, 0)));
	return which;
}

/* Whether rows stand in the rest that would belong to a slice from there. */
static enum fault
is_taken(struct db_session *session, struct cx *cx,
    const struct db_slices *slices, int64_t from, bool *out)
{
	struct db_rows rows;
	enum fault which = DB_RUN(session, cx, &rows, slices->rest,
	    DB_INTEGER(from), DB_INTEGER(from + slices->width));

	*out = !which && rows.count > 0;
	return which;
}

static enum fault
add_missing(struct db_session *session, struct cx *cx,
    const struct db_slices *slices, const struct db_rows *names,
    struct text *script)
{
	enum fault which = FAULT_NONE;

	for (int64_t from = slices->from - slices->from % slices->width;
	     !which && from < slices->until; from += slices->width) {
		bool taken;
		if (is_there(slices, names, from))
			continue;
		struct span options = SPAN("");
		which = is_taken(session, cx, slices, from, &taken);
		if (!which && !taken)
			which = find_options(session, cx, slices, &options);
		if (!which && !taken)
			text_printf(script,
			    "CREATE TABLE %.*s_%lld PARTITION OF %.*s"
			    " FOR VALUES FROM (%lld) TO (%lld)%.*s;",
			    SPAN_ARGS(slices->table), (long long)from,
			    SPAN_ARGS(slices->table), (long long)from,
			    (long long)(from + slices->width),
			    SPAN_ARGS(options));
	}
	return which;
}

static void
drop_over(const struct db_slices *slices, const struct db_rows *names,
    struct text *script)
{
	for (size_t i = 0; i < names->count; i++) {
		struct span name = db_text(names, i, 0);
		int64_t number = number_of(slices, name);
		if (number >= 0 && number + slices->width <= slices->over)
			text_printf(
			    script, "DROP TABLE %.*s;", SPAN_ARGS(name));
	}
}

enum fault
postgres_slices_keep(struct db_session *session, struct cx *cx, void *arg)
{
	const struct db_slices *slices = arg;
	struct text script = text_begin(cx->arena, SCRIPT_MAX);
	struct db_rows names;
	bool whole;
	enum fault which = is_whole(session, cx, slices->table, &whole);

	if (!which && whole)
		which = begin(session, cx, slices);
	if (!which)
		which = DB_RUN(session, cx, &names,
		    "SELECT CAST(c.relname AS text) FROM pg_inherits i"
		    " JOIN pg_class c ON c.oid = i.inhrelid"
		    " WHERE i.inhparent = to_regclass($1)",
		    DB_TEXT(slices->table));
	if (!which)
		which = add_missing(session, cx, slices, &names, &script);
	if (which)
		return which;
	drop_over(slices, &names, &script);
	return script.length ? db_script(session, cx, text_span(&script))
			     : FAULT_NONE;
}
