/* score_stamps_test.c - when a score was made, in the order it was
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "app/score_stamps.h"
#include "base/clock.h"

#define PAIR SPAN("7d793037a0760186574b0282f2f435e7")

static void
rises(void **state)
{
	struct score_stamps *stamps = score_stamps_open();
	int64_t before = clock_now_us(), last = 0;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		int64_t at = score_stamps_make(stamps, PAIR);
		if (at <= last)
			fail_msg("%d: %lld after %lld", i, (long long)at,
			    (long long)last);
		last = at;
	}
	/* And is the time, as near as 100,000 of them allow. */
	assert_true(last >= before);
	assert_true(last <= clock_now_us() + 100000);
	score_stamps_close(stamps);
	score_stamps_close(NULL);
}

static void
knows_the_last(void **state)
{
	struct score_stamps *stamps = score_stamps_open();

	(void)state;
	assert_false(score_stamps_is_last(stamps, PAIR, 0));
	assert_false(score_stamps_is_last(stamps, PAIR, clock_now_us()));
	int64_t first = score_stamps_make(stamps, PAIR);
	assert_true(score_stamps_is_last(stamps, PAIR, first));
	assert_false(score_stamps_is_last(stamps, PAIR, first + 1));
	assert_false(score_stamps_is_last(stamps, PAIR, first - 1));
	assert_false(score_stamps_is_last(stamps, SPAN("other"), first));
	assert_false(score_stamps_is_last(stamps, SPAN(""), first));
	/* Another's does not matter, a newer of its own does. */
	int64_t others = score_stamps_make(stamps, SPAN("other"));
	assert_true(score_stamps_is_last(stamps, PAIR, first));
	assert_true(score_stamps_is_last(stamps, SPAN("other"), others));
	int64_t second = score_stamps_make(stamps, PAIR);
	assert_false(score_stamps_is_last(stamps, PAIR, first));
	assert_true(score_stamps_is_last(stamps, PAIR, second));
	score_stamps_close(stamps);
}

/* A table of fixed size: who loses a place is "not the last", never "the
 * last" by mistake. */
static void
forgets_rather_than_errs(void **state)
{
	enum { PAIRS = 20000 };
	struct score_stamps *stamps = score_stamps_open();
	int64_t *made = calloc(PAIRS, sizeof *made);
	char text[32];
	int known = 0;

	(void)state;
	for (int i = 0; i < PAIRS; i++) {
		snprintf(text, sizeof text, "pair-%d", i);
		made[i] = score_stamps_make(stamps, span_of(text));
	}
	for (int i = 0; i < PAIRS; i++) {
		snprintf(text, sizeof text, "pair-%d", i);
		known += score_stamps_is_last(stamps, span_of(text), made[i]);
		assert_false(
		    score_stamps_is_last(stamps, span_of(text), made[i] + 1));
	}
	assert_in_range(known, 1000, 4096);
	free(made);
	score_stamps_close(stamps);
}

#ifdef LTIGATE_TEST_HOOKS
static void
set_clock(const char *path, long long seconds)
{
	FILE *file = fopen(path, "w");

	if (!file)
		fail_msg("no file");
	fprintf(file, "%lld\n", seconds);
	fclose(file);
}

static void
follows_the_clock(void **state)
{
	char path[] = "/tmp/ltigate-clock-XXXXXX";
	struct score_stamps *stamps = score_stamps_open();
	int file = mkstemp(path);

	(void)state;
	assert_true(file >= 0);
	close(file);
	setenv("LTIGATE_TEST_CLOCK", path, 1);
	set_clock(path, 100000);
	int64_t ahead = score_stamps_make(stamps, PAIR);
	/* Put right again by more than a second: the true time counts. */
	set_clock(path, 0);
	int64_t right = score_stamps_make(stamps, PAIR);
	assert_true(right < ahead);
	assert_true(llabs((long long)(right - clock_now_us())) < 60000000);
	set_clock(path, 100000);
	assert_true(score_stamps_make(stamps, PAIR) > ahead);
	unsetenv("LTIGATE_TEST_CLOCK");
	unlink(path);
	score_stamps_close(stamps);
}
#endif

enum { MAKERS = 4, EACH = 5000 };

struct maker {
	struct score_stamps *stamps;
	int64_t made[EACH];
	pthread_t thread;
};

static void *
make_many(void *arg)
{
	struct maker *maker = arg;

	for (int i = 0; i < EACH; i++)
		maker->made[i] = score_stamps_make(maker->stamps, PAIR);
	return NULL;
}

static int
compare(const void *a, const void *b)
{
	int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;
	return (one > other) - (one < other);
}

static void
gives_none_twice(void **state)
{
	static struct maker makers[MAKERS];
	static int64_t all[MAKERS * EACH];
	struct score_stamps *stamps = score_stamps_open();

	(void)state;
	for (int i = 0; i < MAKERS; i++) {
		makers[i].stamps = stamps;
		assert_int_equal(pthread_create(&makers[i].thread, NULL,
				     make_many, &makers[i]),
		    0);
	}
	for (int i = 0; i < MAKERS; i++) {
		pthread_join(makers[i].thread, NULL);
		for (int j = 0; j < EACH; j++)
			all[i * EACH + j] = makers[i].made[j];
	}
	qsort(all, MAKERS * EACH, sizeof *all, compare);
	for (int i = 1; i < MAKERS * EACH; i++)
		if (all[i] == all[i - 1])
			fail_msg("%lld twice", (long long)all[i]);
	score_stamps_close(stamps);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rises),
	    cmocka_unit_test(knows_the_last),
	    cmocka_unit_test(forgets_rather_than_errs),
#ifdef LTIGATE_TEST_HOOKS
	    cmocka_unit_test(follows_the_clock),
#endif
	    cmocka_unit_test(gives_none_twice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
