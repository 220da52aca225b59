/* copy_test.c - everything from one store into another
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "store.h"
#include "store/copy.h"

enum { ROWS = 1203, FIRST = 100000 }; /* more than two pages */

/* --- filling ------------------------------------------------------------- */

struct filling {
	const struct schema_table *table;
	int64_t from, to;
};

/* Texts that would show a wrong word of escaping or of encoding. */
static struct span
value_of(struct cx *cx, struct span column, int64_t number)
{
	static const char *const spoken[] = {"name", "title", "message"};

	for (size_t i = 0; i < sizeof spoken / sizeof *spoken; i++)
		if (span_is(column, spoken[i]))
			return arena_printf(cx->arena,
			    "%lld O'Brien \"\\ \xc3\xa9\n\xf0\x9f\x8e\x93",
			    (long long)number);
	return arena_printf(cx->arena, "%lld", (long long)number);
}

/* A number as text becomes a number in SQLite's columns of numbers. What
 * refers to another row has the same number, but for a parent: every second
 * row is the child of the one after it. */
static enum fault
fill(struct db_session *session, struct cx *cx, void *arg)
{
	const struct filling *filling = arg;
	const struct schema_table *table = filling->table;
	struct text sql = text_begin(cx->arena, 4096);
	enum fault which = FAULT_NONE;

	text_printf(&sql, "INSERT INTO %.*s VALUES (", SPAN_ARGS(table->name));
	for (size_t i = 0; i < table->count; i++)
		text_printf(&sql, "%s$%zu", i ? ", " : "", i + 1);
	text_add_cstr(&sql, ")");
	for (int64_t n = filling->to; !which && n >= filling->from; n--) {
		struct db_value values[SCHEMA_COLUMNS_MAX];
		for (size_t i = 0; i < table->count; i++) {
			struct span column = table->columns[i];
			bool parent = table->parent.length &&
				      span_equal(column, table->parent);
			values[i] = DB_TEXT(value_of(cx, column, n + parent));
			if (parent && (n % 2 || n == filling->to))
				values[i] = DB_NULL;
		}
		which = db_run(session, cx, text_span(&sql).at, values,
		    table->count, NULL);
	}
	return which;
}

static void
fill_all(struct store *store, const struct schema *schema)
{
	for (size_t i = 0; i < schema->count; i++) {
		struct filling filling = {
		    &schema->tables[i], FIRST, FIRST + ROWS - 1};
		if (span_is(schema->tables[i].name, "versions"))
			filling.from = filling.to; /* beside its own */
		if (db_write(store->db, &store->cx, fill, &filling))
			fail_msg("%s", store->cx.note.detail);
	}
}

/* --- cases --------------------------------------------------------------- */

struct look {
	const char *sql;
	struct db_rows rows;
};

static enum fault
look(struct db_session *session, struct cx *cx, void *arg)
{
	struct look *wanted = arg;
	return db_run(session, cx, wanted->sql, NULL, 0, &wanted->rows);
}

static void
knows_every_table(void **state)
{
	struct look names = {.sql = "SELECT name FROM sqlite_master WHERE"
				    " type = 'table'"};
	struct store store;

	(void)state;
	store_open_file(&store);
	const struct schema *schema = schema_read(&store.cx);
	assert_int_equal(
	    db_read(store.db, &store.cx, look, &names), FAULT_NONE);
	/* schema_versions is migrate.c's. */
	assert_int_equal(names.rows.count, schema->count + 1);
	for (size_t i = 0; i < schema->count; i++) {
		const struct schema_table *table = &schema->tables[i];
		struct look all = {
		    .sql = arena_printf(store.cx.arena, "SELECT * FROM %.*s",
			SPAN_ARGS(table->name))
			       .at};
		assert_int_equal(
		    db_read(store.db, &store.cx, look, &all), FAULT_NONE);
		if (all.rows.columns != table->count || !table->key_count)
			fail_msg("%.*s: %zu columns, %zu of the key",
			    SPAN_ARGS(table->name), table->count,
			    table->key_count);
	}
	store_close(&store);
}

/* Leases stay with the store that they are held on. */
static int64_t
wanted_rows(const struct schema_table *table)
{
	if (span_is(table->name, "leases"))
		return 0;
	return span_is(table->name, "versions") ? 2 : ROWS;
}

static void
copies_every_row(void **state)
{
	struct copy_report out, back;
	struct store first, second, third;

	(void)state;
	store_open_file(&first);
	store_open(&second);
	store_open_file(&third);
	const struct schema *schema = schema_read(&first.cx);
	fill_all(&first, schema);
	assert_int_equal(
	    copy_run(first.db, second.db, &first.cx, &out), FAULT_NONE);
	for (size_t i = 0; i < schema->count; i++)
		assert_int_equal(out.rows[i], wanted_rows(&schema->tables[i]));
	assert_int_equal(
	    copy_run(second.db, third.db, &first.cx, &back), FAULT_NONE);
	assert_int_equal(back.whole, out.whole);
	struct look text = {.sql = "SELECT a.title, a.parent_id FROM content a"
				   " WHERE id = '100002'"};
	assert_int_equal(db_read(third.db, &third.cx, look, &text), FAULT_NONE);
	assert_true(span_is(db_text(&text.rows, 0, 0),
	    "100002 O'Brien \"\\ \xc3\xa9\n\xf0\x9f\x8e\x93"));
	assert_true(span_is(db_text(&text.rows, 0, 1), "100003"));
	/* Once more into what is not empty. */
	assert_int_equal(copy_run(first.db, second.db, &first.cx, &out),
	    FAULT_CONFIG_REFUSED);
	store_close(&first);
	store_close(&second);
	store_close(&third);
}

static enum fault
forget_one(struct db_session *session, struct cx *cx, void *arg)
{
	(void)arg;
	return db_run(session, cx,
	    "DELETE FROM schema_versions WHERE name = '0008_secrets_known.sql'",
	    NULL, 0, NULL);
}

static void
copies_the_same_version_alone(void **state)
{
	struct copy_report out;
	struct store first, second;

	(void)state;
	store_open_file(&first);
	store_open(&second);
	assert_int_equal(
	    db_write(first.db, &first.cx, forget_one, NULL), FAULT_NONE);
	assert_int_equal(copy_run(first.db, second.db, &first.cx, &out),
	    FAULT_CONFIG_REFUSED);
	assert_non_null(strstr(first.cx.note.telling, "ltigate migrate"));
	store_close(&first);
	store_close(&second);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(knows_every_table),
	    cmocka_unit_test(copies_every_row),
	    cmocka_unit_test(copies_the_same_version_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
