/* leases_test.c - what one of many instances holds for a while
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "store.h"
#include "store/leases.h"

enum { LIFE = 30, BEGIN = 1000000 };

struct taking {
	struct lease lease;
	bool mine;
};

static enum fault
take(struct db_session *s, struct cx *cx, void *arg)
{
	struct taking *taking = arg;
	return leases_take(s, cx, &taking->lease, &taking->mine);
}

static enum fault
give_up(struct db_session *s, struct cx *cx, void *arg)
{
	const struct lease *lease = arg;
	return leases_give_up(s, cx, lease->name, lease->holder);
}

static enum fault
count(struct db_session *s, struct cx *cx, void *arg)
{
	struct lease_list list;
	enum fault which = leases_list(s, cx, SPAN("instance "), &list);

	if (!which)
		*(int64_t *)arg = (int64_t)list.count;
	return which;
}

static enum fault
expire(struct db_session *s, struct cx *cx, void *arg)
{
	return leases_expire(s, cx, 10, arg);
}

static void
must(struct store *store, db_work *work, void *arg)
{
	if (db_write(store->db, &store->cx, work, arg))
		fail_msg("%s", store->cx.note.detail);
}

/* Whether it has it, by a clock that says so many seconds since BEGIN. */
static bool
takes(struct store *store, const char *name, const char *holder, int64_t at)
{
	struct taking taking = {.lease = {.name = span_of(name),
				    .holder = span_of(holder),
				    .seconds = LIFE}};

	store->cx.now = BEGIN + at;
	must(store, take, &taking);
	return taking.mine;
}

static void
gives_up(struct store *store, const char *name, const char *holder)
{
	struct lease lease = {.name = span_of(name), .holder = span_of(holder)};

	must(store, give_up, &lease);
}

static void
one_holds_it(void **state)
{
	struct store store;

	(void)state;
	store_open(&store);
	assert_true(takes(&store, "house", "a", 0));
	assert_false(takes(&store, "house", "b", 0));
	assert_true(takes(&store, "other", "b", 0));
	assert_true(takes(&store, "house", "a", 20));
	gives_up(&store, "house", "b"); /* what is not theirs */
	assert_false(takes(&store, "house", "b", 25));
	gives_up(&store, "house", "a");
	assert_true(takes(&store, "house", "b", 25));
	assert_false(takes(&store, "house", "a", 26));
	gives_up(&store, "", "b");
	assert_true(takes(&store, "house", "a", 27));
	assert_true(takes(&store, "other", "a", 27));
	store_close(&store);
}

/* a took it at 0 by its own clock, and has it until 30 by that. */
static void
clocks_differ(void **state)
{
	struct store store;

	(void)state;
	store_open(&store);
	assert_true(takes(&store, "house", "a", 0));
	/* A second before, by a clock that is ahead as far as one may be. */
	assert_false(takes(&store, "house", "b", LIFE - 1 + CLOCK_SKEW));
	assert_true(takes(&store, "house", "b", LIFE + CLOCK_SKEW));
	/* And by one that is behind. */
	assert_true(takes(&store, "far", "a", 0));
	assert_false(takes(&store, "far", "b", -CLOCK_SKEW));
	/* One that was wrong by a year does not hold it for a year. */
	assert_true(takes(&store, "far", "a", (int64_t)365 * 86400));
	assert_true(takes(&store, "far", "b", 0));
	store_close(&store);
}

static void
those_who_hold_are_counted(void **state)
{
	struct store store;
	int64_t some = 0;
	size_t deleted = 0;

	(void)state;
	store_open(&store);
	takes(&store, "instance a", "a", 0);
	takes(&store, "instance b", "b", 20);
	takes(&store, "house", "a", 20);
	must(&store, count, &some);
	assert_int_equal(some, 2);
	store.cx.now = BEGIN + LIFE + CLOCK_SKEW;
	must(&store, count, &some);
	assert_int_equal(some, 1);
	must(&store, expire, &deleted);
	assert_int_equal(deleted, 1);
	store.cx.now += 20;
	must(&store, expire, &deleted);
	assert_int_equal(deleted, 2);
	store_close(&store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_holds_it),
	    cmocka_unit_test(clocks_differ),
	    cmocka_unit_test(those_who_hold_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
