/* lms_health_test.c - which LMSs take scores at the moment
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>

#include "app/lms_health.h"

#define A SPAN("a")
#define B SPAN("b")

enum { NOW = 1000000 };

static int64_t
fails(struct lms_health *health, int64_t now, int64_t retry_after)
{
	return lms_health_learn(health, A, now, false, retry_after);
}

static void
counts_what_is_on_its_way(void **state)
{
	struct lms_health *health = lms_health_open();

	(void)state;
	for (unsigned i = 0; i < LMS_HEALTH_AT_ONCE; i++) {
		assert_int_equal(
		    lms_health_room(health, A, NOW), LMS_HEALTH_AT_ONCE - i);
		lms_health_hold(health, A);
	}
	assert_int_equal(lms_health_room(health, A, NOW), 0);
	/* More than there is room for is no room either. */
	lms_health_hold(health, A);
	assert_int_equal(lms_health_room(health, A, NOW), 0);
	assert_int_equal(lms_health_room(health, B, NOW), LMS_HEALTH_AT_ONCE);
	lms_health_let_go(health, A);
	lms_health_let_go(health, A);
	assert_int_equal(lms_health_room(health, A, NOW), 1);
	lms_health_close(health);
	lms_health_close(NULL);
}

static void
rests_longer_each_time(void **state)
{
	static const struct {
		const char *name;
		int64_t retry_after, rest;
	} rows[] = {
	    {"the first", 0, 5},
	    {"the second", 0, 10},
	    {"asked for less", 1, 20},
	    {"asked for more", 100, 100},
	    {"the fifth", 0, 80},
	    {"the sixth", 0, 160},
	    {"the seventh", 0, 320},
	    {"the eighth", 0, 640},
	    {"the ninth", 0, LMS_HEALTH_LONGEST},
	    {"asked for an hour", 3600, LMS_HEALTH_LONGEST},
	    {"asked for ever", INT64_MAX, LMS_HEALTH_LONGEST},
	    {"the twelfth", 0, LMS_HEALTH_LONGEST},
	};
	struct lms_health *health = lms_health_open();
	int64_t now = NOW;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int64_t rest = fails(health, now, rows[i].retry_after);
		if (rest != rows[i].rest)
			fail_msg("%s: %lld", rows[i].name, (long long)rest);
		if (lms_health_room(health, A, now) ||
		    lms_health_room(health, A, now + rest - 1))
			fail_msg("%s: does not rest", rows[i].name);
		/* Then one, until that arrives. */
		now += rest;
		if (lms_health_room(health, A, now) != 1)
			fail_msg("%s: rests too long", rows[i].name);
	}
	assert_int_equal(lms_health_room(health, B, now), LMS_HEALTH_AT_ONCE);
	lms_health_hold(health, A);
	assert_int_equal(lms_health_room(health, A, now), 0);
	assert_true(lms_health_learn(health, A, now, true, 0) >= 0);
	assert_int_equal(
	    lms_health_room(health, A, now), LMS_HEALTH_AT_ONCE - 1);
	lms_health_let_go(health, A);
	/* Well again: the next failure is a first. */
	assert_int_equal(fails(health, now, 0), LMS_HEALTH_FIRST);
	lms_health_close(health);
}

static void
fails_together_once(void **state)
{
	struct lms_health *health = lms_health_open();

	(void)state;
	for (int i = 0; i < LMS_HEALTH_AT_ONCE; i++)
		assert_int_equal(fails(health, NOW, 0), LMS_HEALTH_FIRST);
	/* One that comes in late, and knows better. */
	assert_int_equal(fails(health, NOW + 2, 60), 60);
	assert_int_equal(lms_health_room(health, A, NOW + 61), 0);
	/* A shorter wish does not end a longer rest. */
	assert_int_equal(fails(health, NOW + 12, 1), 50);
	assert_int_equal(lms_health_room(health, A, NOW + 62), 1);
	assert_int_equal(fails(health, NOW + 62, 0), 10);
	/* One that was on its way and arrives ends the rest. */
	lms_health_learn(health, A, NOW + 63, true, 0);
	assert_int_equal(
	    lms_health_room(health, A, NOW + 63), LMS_HEALTH_AT_ONCE);
	lms_health_close(health);
}

static void
bears_a_clock_put_back(void **state)
{
	struct lms_health *health = lms_health_open();

	(void)state;
	assert_int_equal(fails(health, NOW, 900), LMS_HEALTH_LONGEST);
	assert_int_equal(lms_health_room(health, A, NOW - 1), 1);
	assert_int_equal(lms_health_room(health, A, NOW), 0);
	assert_int_equal(fails(health, NOW - 5000, 0), 10);
	assert_int_equal(lms_health_room(health, A, NOW - 4990), 1);
	lms_health_close(health);
}

/* Ten thousand are remembered; what is forgotten beyond was well. */
static void
forgets_the_healthy(void **state)
{
	struct lms_health *health = lms_health_open();
	char text[32];

	(void)state;
	fails(health, NOW, 900);
	for (int i = 0; i < LMS_HEALTH_AT_ONCE; i++)
		lms_health_hold(health, B);
	for (int i = 0; i < 25000; i++) {
		snprintf(text, sizeof text, "%d", i);
		if (lms_health_room(health, span_of(text), NOW) !=
		    LMS_HEALTH_AT_ONCE)
			fail_msg("%d", i);
	}
	assert_int_equal(lms_health_room(health, A, NOW), 0);
	assert_int_equal(lms_health_room(health, B, NOW), 0);
	lms_health_close(health);
}

static void *
work(void *arg)
{
	struct lms_health *health = arg;

	for (int i = 0; i < 20000; i++) {
		lms_health_hold(health, A);
		lms_health_learn(health, A, NOW, i % 2, 0);
		lms_health_room(health, A, NOW);
		lms_health_let_go(health, A);
	}
	return NULL;
}

static void
is_shared(void **state)
{
	struct lms_health *health = lms_health_open();
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, work, health), 0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	lms_health_learn(health, A, NOW, true, 0);
	assert_int_equal(lms_health_room(health, A, NOW), LMS_HEALTH_AT_ONCE);
	lms_health_close(health);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(counts_what_is_on_its_way),
	    cmocka_unit_test(rests_longer_each_time),
	    cmocka_unit_test(fails_together_once),
	    cmocka_unit_test(bears_a_clock_put_back),
	    cmocka_unit_test(forgets_the_healthy),
	    cmocka_unit_test(is_shared),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
