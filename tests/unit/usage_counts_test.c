/* usage_counts_test.c - how much, by the hour and by the day
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "store.h"
#include "store/usage_counts.h"

enum { HOUR = 3600 };

static enum fault
add(struct db_session *s, struct cx *cx, void *arg)
{
	const struct usage_counts some = {1, 0, 2, 3};
	const struct usage_place places[] = {
	    {"hour", HOUR, SPAN("a")},
	    {"hour", HOUR, SPAN("b")},
	    {"hour", (int64_t)2 * HOUR, SPAN("a")},
	    {"day", 0, SPAN("a")},
	    {"hour", HOUR, SPAN(USAGE_ALL)},
	};
	enum fault which = FAULT_NONE;

	(void)arg;
	/* Added, not set: each twice. */
	for (size_t i = 0; !which && i < 10; i++) {
		which = usage_counts_add(s, cx, &places[i % 5], &some);
		if (!which)
			which = usage_counts_add_fault(s, cx, &places[i % 5],
			    i % 3 ? SPAN("F") : SPAN("G"), 2);
	}
	return which;
}

static enum fault
add_people(struct db_session *s, struct cx *cx, void *arg)
{
	(void)arg;
	return db_script(s, cx,
	    SPAN(
		"INSERT INTO organizations VALUES ('a', 'A', 1), ('b', 'B', 1);"
		"INSERT INTO users VALUES ('both', 'x', '', '', '', NULL, 1, 1,"
		" 0), ('none', 'z', '', '', '', NULL, 1, 1, 0);"
		"INSERT INTO organization_people VALUES ('a', 'both', '', 1),"
		" ('b', 'both', '', 1)"));
}

struct visit {
	struct usage_place place;
	struct span person;
	bool is_new;
};

static enum fault
visit(struct db_session *s, struct cx *cx, void *arg)
{
	struct visit *visit = arg;
	return usage_counts_add_person(
	    s, cx, &visit->place, visit->person, &visit->is_new);
}

struct listing {
	struct usage_filter filter;
	struct usage_point_list points;
	struct usage_fault_list faults;
};

static enum fault
list(struct db_session *s, struct cx *cx, void *arg)
{
	struct listing *listing = arg;
	enum fault which =
	    usage_counts_list(s, cx, &listing->filter, &listing->points);

	return which ? which
		     : usage_counts_list_faults(
			   s, cx, &listing->filter, &listing->faults);
}

struct over {
	const char *step;
	int64_t before;
	size_t deleted;
};

static enum fault
expire(struct db_session *s, struct cx *cx, void *arg)
{
	struct over *over = arg;
	return usage_counts_expire(
	    s, cx, over->step, over->before, 2, &over->deleted);
}

static enum fault
forget(struct db_session *s, struct cx *cx, void *arg)
{
	struct over *over = arg;
	return usage_counts_forget_people(
	    s, cx, over->step, over->before, 1, &over->deleted);
}

static void
must(struct store *store, db_work *work, void *arg)
{
	if (db_write(store->db, &store->cx, work, arg))
		fail_msg("%s", store->cx.note.detail);
}

static void
test_sums(void **state)
{
	const struct {
		struct usage_filter filter;
		size_t points;
		int64_t launches, failures; /* of the first */
		size_t faults;
	} rows[] = {
	    {{"hour", 0, SPAN("a"), SPAN("")}, 2, 2, 6, 2},
	    {{"hour", HOUR + 1, SPAN("a"), SPAN("")}, 1, 2, 6, 1},
	    {{"day", 0, SPAN("a"), SPAN("")}, 1, 2, 6, 2},
	    {{"day", 0, SPAN("b"), SPAN("")}, 0, 0, 0, 0},
	    {{"hour", 0, SPAN(USAGE_ALL), SPAN("")}, 1, 2, 6, 2},
	    {{"hour", 0, SPAN(USAGE_ALL), SPAN("both")}, 2, 4, 12, 2},
	    {{"hour", 0, SPAN(USAGE_ALL), SPAN("none")}, 0, 0, 0, 0},
	};
	struct store store;

	(void)state;
	store_open(&store);
	must(&store, add, NULL);
	must(&store, add_people, NULL);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct listing got = {.filter = rows[i].filter};
		must(&store, list, &got);
		if (got.points.count != rows[i].points ||
		    got.faults.count != rows[i].faults)
			fail_msg("row %zu: %zu points, %zu faults", i,
			    got.points.count, got.faults.count);
		if (!got.points.count)
			continue;
		assert_int_equal(
		    got.points.at[0].counts.launches, rows[i].launches);
		assert_int_equal(
		    got.points.at[0].counts.failures, rows[i].failures);
		assert_int_equal(got.points.at[0].counts.registrations,
		    2 * rows[i].launches);
	}
	store_close(&store);
}

static void
test_people_and_time(void **state)
{
	struct visit one = {{"hour", HOUR, SPAN("a")}, SPAN("p"), false};
	struct over over = {"hour", (int64_t)2 * HOUR, 0};
	struct listing left = {.filter = {"hour", 0, SPAN("a"), SPAN("")}};
	struct store store;

	(void)state;
	store_open(&store);
	must(&store, visit, &one);
	assert_true(one.is_new);
	must(&store, visit, &one);
	assert_false(one.is_new);
	one.place.organization_id = SPAN("b");
	must(&store, visit, &one);
	assert_true(one.is_new);
	/* One row at a time. */
	for (size_t left_rows = 2; left_rows; left_rows--) {
		must(&store, forget, &over);
		assert_int_equal(over.deleted, 1);
	}
	must(&store, forget, &over);
	assert_int_equal(over.deleted, 0);

	must(&store, add, NULL);
	must(&store, expire, &over);
	assert_int_equal(over.deleted, 2);
	must(&store, expire, &over);
	must(&store, expire, &over);
	must(&store, expire, &over);
	assert_int_equal(over.deleted, 0);
	must(&store, list, &left);
	assert_int_equal(left.points.count, 1);
	assert_int_equal(left.points.at[0].at, 2 * HOUR);
	store_close(&store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sums),
	    cmocka_unit_test(test_people_and_time),
	};

	return cmocka_run_group_tests_name("usage counts", tests, NULL, NULL);
}
