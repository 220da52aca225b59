/* copy.c - everything from one store into another
 *
 * A page of rows is read by the table's key, written, and forgotten: a store
 * of any size takes the memory of one page.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/copy.h"

#include "base/cx.h"
#include "base/text.h"
#include "store/migrate.h"

enum { PAGE = 500, SQL_MAX = 8192 };

/* Rows of a table that refers to itself are copied in two turns. */
enum turn { ALL, WITHOUT_PARENT, WITH_PARENT };

struct table_copy {
	const struct schema_table *table;
	enum turn turn;
	const char *first, *next, *insert; /* statements */
};

struct copy {
	struct db *from, *to;
	struct copy_report *report;
	struct db_session *source, *target;
	bool compares; /* the second time: nothing is written */
};

/* --- statements ---------------------------------------------------------- */

static void
add_names(struct text *sql, const struct schema_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		text_printf(
		    sql, "%s%.*s", i ? ", " : "", SPAN_ARGS(table->columns[i]));
}

static void
add_key(struct text *sql, const struct schema_table *table)
{
	for (size_t i = 0; i < table->key_count; i++)
		text_printf(sql, "%s%.*s", i ? ", " : "",
		    SPAN_ARGS(table->columns[table->key[i]]));
}

static void
add_places(struct text *sql, size_t count)
{
	for (size_t i = 0; i < count; i++)
		text_printf(sql, "%s$%zu", i ? ", " : "", i + 1);
}

static const char *
write_select(struct cx *cx, const struct table_copy *copy, bool first)
{
	static const char *const turns[] = {[ALL] = "",
	    [WITHOUT_PARENT] = " IS NULL",
	    [WITH_PARENT] = " IS NOT NULL"};
	const struct schema_table *table = copy->table;
	struct text sql = text_begin(cx->arena, SQL_MAX);

	text_add_cstr(&sql, "SELECT ");
	add_names(&sql, table);
	text_printf(&sql, " FROM %.*s", SPAN_ARGS(table->name));
	if (copy->turn != ALL)
		text_printf(&sql, " WHERE %.*s%s", SPAN_ARGS(table->parent),
		    turns[copy->turn]);
	if (!first) {
		text_add_cstr(&sql, copy->turn == ALL ? " WHERE (" : " AND (");
		add_key(&sql, table);
		text_add_cstr(&sql, ") > (");
		add_places(&sql, table->key_count);
		text_add_cstr(&sql, ")");
	}
	text_add_cstr(&sql, " ORDER BY ");
	add_key(&sql, table);
	text_printf(&sql, " LIMIT %d", PAGE);
	return text_span(&sql).at;
}

static const char *
write_insert(struct cx *cx, const struct schema_table *table)
{
	struct text sql = text_begin(cx->arena, SQL_MAX);

	text_printf(&sql, "INSERT INTO %.*s (", SPAN_ARGS(table->name));
	add_names(&sql, table);
	text_add_cstr(&sql, ") VALUES (");
	add_places(&sql, table->count);
	text_add_cstr(&sql, ")");
	return text_span(&sql).at;
}

static const char *
write_about(struct cx *cx, const char *what, const struct schema_table *table,
    const char *end)
{
	return arena_printf(
	    cx->arena, "%s%.*s%s", what, SPAN_ARGS(table->name), end)
	    .at;
}

/* --- pages --------------------------------------------------------------- */

/* after: the page before, or NULL. */
static enum fault
read_page(struct db_session *session, struct cx *cx,
    const struct table_copy *copy, const struct db_rows *after,
    struct db_rows *out)
{
	struct db_value key[SCHEMA_KEY_MAX];
	const struct schema_table *table = copy->table;

	if (!after)
		return db_run(session, cx, copy->first, NULL, 0, out);
	for (size_t i = 0; i < table->key_count; i++)
		key[i] = after->cells[(after->count - 1) * after->columns +
				      table->key[i]];
	return db_run(session, cx, copy->next, key, table->key_count, out);
}

static enum fault
write_page(struct db_session *session, struct cx *cx,
    const struct table_copy *copy, const struct db_rows *rows)
{
	enum fault which = FAULT_NONE;

	for (size_t i = 0; !which && i < rows->count; i++)
		which =
		    db_later(session, cx, FAULT_STORE_CONFLICT, copy->insert,
			rows->cells + i * rows->columns, rows->columns, NULL);
	return which;
}

static bool
is_same(struct db_value a, struct db_value b)
{
	return a.type == b.type && a.integer == b.integer &&
	       span_equal(a.text, b.text);
}

static enum fault
compare_page(struct cx *cx, const struct table_copy *copy,
    const struct db_rows *wanted, const struct db_rows *got)
{
	bool same = wanted->count == got->count;

	for (size_t i = 0; same && i < wanted->count * wanted->columns; i++)
		same = is_same(wanted->cells[i], got->cells[i]);
	if (same)
		return FAULT_NONE;
	return fault_tell(cx, FAULT_CONFIG_REFUSED,
	    "Rows of %.*s did not arrive as they were; nothing was copied",
	    SPAN_ARGS(copy->table->name));
}

static enum fault
copy_page(struct copy *copy, struct cx *cx, const struct table_copy *about,
    const struct db_rows *after, struct db_rows *page)
{
	struct db_rows arrived;
	enum fault which = read_page(copy->source, cx, about, after, page);

	if (which)
		return which;
	if (!copy->compares)
		return write_page(copy->target, cx, about, page);
	which = read_page(copy->target, cx, about, after, &arrived);
	return which ? which : compare_page(cx, about, page, &arrived);
}

/* Two contexts in turn: a page lives until the next one is there. */
static enum fault
copy_pages(struct copy *copy, struct cx *cx, const struct table_copy *about,
    int64_t *rows)
{
	struct cx turns[2];
	struct db_rows pages[2] = {{0}};
	enum fault which = FAULT_NONE;
	int now = 0;

	for (int i = 0; i < 2; i++)
		cx_init(&turns[i], cx->random);
	for (bool first = true;; first = false) {
		cx_reset(&turns[now]);
		which = copy_page(copy, &turns[now], about,
		    first ? NULL : &pages[!now], &pages[now]);
		if (which || pages[now].count == 0)
			break;
		*rows += (int64_t)pages[now].count;
		now = !now;
	}
	if (which)
		cx->note = turns[now].note;
	for (int i = 0; i < 2; i++)
		cx_release(&turns[i]);
	return which;
}

/* --- tables -------------------------------------------------------------- */

static enum fault
copy_turn(struct copy *copy, struct cx *cx, const struct schema_table *table,
    enum turn turn, int64_t *rows)
{
	struct table_copy about = {.table = table, .turn = turn};

	about.first = write_select(cx, &about, true);
	about.next = write_select(cx, &about, false);
	about.insert = write_insert(cx, table);
	return copy_pages(copy, cx, &about, rows);
}

/* Leases are held on the store that is copied; nobody runs on the other. */
static bool
is_of_store(const struct schema_table *table)
{
	return span_is(table->name, "leases");
}

static enum fault
copy_table(struct copy *copy, struct cx *cx, const struct schema_table *table,
    int64_t *rows)
{
	enum fault which = FAULT_NONE;

	*rows = 0;
	if (is_of_store(table))
		return FAULT_NONE;
	/* What a migration put there is in the source as well. */
	if (!copy->compares)
		which = db_run(copy->target, cx,
		    write_about(cx, "DELETE FROM ", table, ""), NULL, 0, NULL);
	if (which)
		return which;
	if (!table->parent.length)
		return copy_turn(copy, cx, table, ALL, rows);
	which = copy_turn(copy, cx, table, WITHOUT_PARENT, rows);
	return which ? which : copy_turn(copy, cx, table, WITH_PARENT, rows);
}

/* The row of "versions" is there from the beginning. */
static enum fault
check_empty(struct copy *copy, struct cx *cx)
{
	const struct schema *schema = copy->report->schema;
	enum fault which = FAULT_NONE;

	for (size_t i = 0; !which && i < schema->count; i++) {
		struct db_rows rows;
		if (span_is(schema->tables[i].name, "versions"))
			continue;
		which = db_run(copy->target, cx,
		    write_about(
			cx, "SELECT 1 FROM ", &schema->tables[i], " LIMIT 1"),
		    NULL, 0, &rows);
		if (!which && rows.count)
			which = fault_tell(cx, FAULT_CONFIG_REFUSED,
			    "The store to copy into is not empty (%.*s has "
			    "rows); take a new one",
			    SPAN_ARGS(schema->tables[i].name));
	}
	return which;
}

static enum fault
copy_all(struct db_session *session, struct cx *cx, void *arg)
{
	struct copy *copy = arg;
	struct copy_report *report = copy->report;
	int64_t again;

	copy->target = session;
	report->whole = 0;
	copy->compares = false;
	enum fault which = check_empty(copy, cx);
	for (size_t i = 0; !which && i < report->schema->count; i++) {
		which = copy_table(
		    copy, cx, &report->schema->tables[i], &report->rows[i]);
		report->whole += report->rows[i];
	}
	copy->compares = true;
	for (size_t i = 0; !which && i < report->schema->count; i++)
		which =
		    copy_table(copy, cx, &report->schema->tables[i], &again);
	return which;
}

static enum fault
read_all(struct db_session *session, struct cx *cx, void *arg)
{
	struct copy *copy = arg;

	copy->source = session;
	return db_write(copy->to, cx, copy_all, copy);
}

enum fault
copy_run(struct db *from, struct db *to, struct cx *cx, struct copy_report *out)
{
	struct copy copy = {.from = from, .to = to, .report = out};

	*out = (struct copy_report){.schema = schema_read(cx)};
	enum fault which = migrate_check(from, cx);
	if (!which)
		which = migrate_check(to, cx);
	return which ? which : db_read(from, cx, read_all, &copy);
}

enum fault
copy_into(
    struct cx *cx, struct db *from, struct span url, struct copy_report *out)
{
	struct db *to = NULL;
	unsigned ran;
	enum fault which = db_open(cx, url, NULL, &to);

	if (!which)
		which = migrate_run(to, cx, &ran);
	if (!which)
		which = copy_run(from, to, cx, out);
	db_close(to);
	return which;
}

enum fault
copy_backup(struct cx *cx, struct db *from, const char *path)
{
	const struct db_options options = {.existing = true, .read_only = true};
	struct span url = arena_printf(cx->arena, "sqlite:%s", path);
	struct copy_report report;
	struct db *copy = NULL;

	if (!db_backs_up(from))
		return copy_into(cx, from, url, &report);
	enum fault which = db_backup(from, cx, path);
	if (!which)
		which = db_open(cx, url, &options, &copy);
	if (!which)
		which = db_verify(copy, cx);
	db_close(copy);
	return which;
}
