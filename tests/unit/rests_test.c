/* rests_test.c - hosts that asked to be left alone for a while
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "net/rests.h"

#define HOST SPAN("https://l.example:443")

enum { SLACK_MS = 60000 }; /* of a machine that is busy */

static void
sleep_ms(long ms)
{
	struct timespec left = {ms / 1000, ms % 1000 * 1000000};

	while (nanosleep(&left, &left) != 0)
		continue;
}

static void
keeps(void **state)
{
	static const struct {
		const char *name;
		int64_t wait_ms;
		int64_t most; /* of what is left; 0: nothing is */
	} rows[] = {
	    {"nought", 0, 0},
	    {"less than nought", -5, 0},
	    {"the least", INT64_MIN, 0},
	    {"some", 500000, 500000},
	    {"shorter: the longest counts", 1000, 500000},
	    {"nought again", 0, 500000},
	    {"longer", 700000, 700000},
	    {"the ceiling", RESTS_MAX_MS, RESTS_MAX_MS},
	    {"more than the ceiling", RESTS_MAX_MS + 1, RESTS_MAX_MS},
	    {"for ever", INT64_MAX, RESTS_MAX_MS},
	};
	struct rests *rests = rests_open();

	(void)state;
	assert_int_equal(rests_left(rests, HOST), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		rests_keep(rests, HOST, rows[i].wait_ms);
		int64_t left = rests_left(rests, HOST);
		if (left > rows[i].most ||
		    (rows[i].most && left < rows[i].most - SLACK_MS))
			fail_msg("%s: %lld", rows[i].name, (long long)left);
	}
	rests_close(rests);
	rests_close(NULL);
}

static void
tells_hosts_apart(void **state)
{
	static const struct {
		const char *name, *origin;
		bool rests;
	} rows[] = {
	    {"itself", "https://l.example:443", true},
	    {"another port", "https://l.example:444", false},
	    {"without tls", "http://l.example:443", false},
	    {"the beginning", "https://l.example:44", false},
	    {"longer", "https://l.example:4430", false},
	    {"another host", "https://m.example:443", false},
	    {"nothing", "", false},
	};
	struct rests *rests = rests_open();

	(void)state;
	rests_keep(rests, HOST, RESTS_MAX_MS);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if ((rests_left(rests, span_of(rows[i].origin)) > 0) !=
		    rows[i].rests)
			fail_msg("%s", rows[i].name);
	rests_close(rests);
}

static void
ends(void **state)
{
	struct rests *rests = rests_open();
	int64_t begun = clock_monotonic_ms();

	(void)state;
	rests_keep(rests, HOST, 40);
	int64_t left;
	for (left = 40; left > 0; left = rests_left(rests, HOST)) {
		assert_true(left <= 40);
		sleep_ms(left);
	}
	assert_true(clock_monotonic_ms() - begun >= 40);
	/* And may begin again. */
	rests_keep(rests, HOST, RESTS_MAX_MS);
	assert_true(rests_left(rests, HOST) > 0);
	rests_close(rests);
}

static struct span
host_of(char *text, size_t size, unsigned number)
{
	snprintf(text, size, "https://h%u.example:443", number);
	return span_of(text);
}

/* Whoever names hosts without end does not fill the memory. */
static void
is_bounded(void **state)
{
	struct rests *rests = rests_open();
	char text[64];
	unsigned resting = 0;

	(void)state;
	for (unsigned i = 0; i < RESTS_MAX + 10; i++)
		rests_keep(rests, host_of(text, sizeof text, i), RESTS_MAX_MS);
	for (unsigned i = 0; i < RESTS_MAX + 10; i++) {
		bool is = rests_left(rests, host_of(text, sizeof text, i)) > 0;
		resting += is;
		/* Those noted first went. */
		if (is != (i >= 10))
			fail_msg("host %u", i);
	}
	assert_int_equal(resting, RESTS_MAX);
	/* One that is known takes no room. */
	rests_keep(rests, host_of(text, sizeof text, 500), RESTS_MAX_MS);
	assert_true(rests_left(rests, host_of(text, sizeof text, 10)) > 0);
	rests_close(rests);
}

static void
makes_room_of_what_is_over(void **state)
{
	struct rests *rests = rests_open();
	char text[64];

	(void)state;
	rests_keep(rests, HOST, RESTS_MAX_MS);
	for (unsigned i = 1; i < RESTS_MAX; i++)
		rests_keep(rests, host_of(text, sizeof text, i), 1);
	sleep_ms(5);
	rests_keep(rests, SPAN("https://new.example:443"), RESTS_MAX_MS);
	assert_true(rests_left(rests, HOST) > 0);
	assert_true(rests_left(rests, SPAN("https://new.example:443")) > 0);
	assert_int_equal(rests_left(rests, host_of(text, sizeof text, 1)), 0);
	rests_close(rests);
}

static void *
work(void *arg)
{
	struct rests *rests = arg;
	char text[64];

	for (unsigned i = 0; i < 3000; i++) {
		struct span host = host_of(text, sizeof text, i % 1500);
		rests_keep(rests, host, i % 2);
		rests_left(rests, host);
	}
	return NULL;
}

static void
is_shared(void **state)
{
	struct rests *rests = rests_open();
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, work, rests), 0);
	for (size_t i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	rests_keep(rests, HOST, RESTS_MAX_MS);
	assert_true(rests_left(rests, HOST) > 0);
	rests_close(rests);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keeps),
	    cmocka_unit_test(tells_hosts_apart),
	    cmocka_unit_test(ends),
	    cmocka_unit_test(is_bounded),
	    cmocka_unit_test(makes_room_of_what_is_over),
	    cmocka_unit_test(is_shared),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
