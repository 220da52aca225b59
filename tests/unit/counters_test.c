/* counters_test.c - what is counted, and how it is told
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/counters.h"
#include "base/cx.h"
#include "base/fault.h"
#include "crypto/random.h"

enum { THREADS = 4, ROUNDS = 20000 };

static bool
tells(struct cx *cx, bool open_metrics, const char *line)
{
	struct span whole = counters_write(cx->arena, open_metrics);

	return strstr(arena_cstr(cx->arena, whole), line) != NULL;
}

/* A bound belongs to the bucket below it. */
static void
buckets(void **state)
{
	static const struct {
		int64_t us;
		const char *in, *not_in;
	} rows[] = {
	    {0, "0.0001", ""},
	    {100, "0.0001", ""},
	    {101, "0.00025", "0.0001"},
	    {1000000, "1.0", "0.5"},
	    {15000000, "15.0", "5.0"},
	    {15000001, "+Inf", "15.0"},
	    {INT64_MAX / 2, "+Inf", "15.0"},
	};
	struct cx cx;
	char line[200];

	(void)state;
	cx_init(&cx, random_bytes);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		/* A route of its own for each row. */
		unsigned route = (unsigned)i;
		const char *const names[] = {"launch", "registration", "keys",
		    "api", "admin", "portal", "operation"};
		counters_time(
		    COUNTERS_AT(REQUEST_TIME, route), rows[i].us, NULL);
		for (int is_in = 0; is_in < 2; is_in++) {
			const char *bound = is_in ? rows[i].in : rows[i].not_in;
			snprintf(line, sizeof line,
			    "ltigate_http_request_duration_seconds_bucket{"
			    "route=\"%s\",le=\"%s\"} %d\n",
			    names[i], bound, is_in);
			if (*bound && !tells(&cx, false, line))
				fail_msg("row %zu: no %s", i, line);
		}
	}
	cx_release(&cx);
}

static void
exemplars(void **state)
{
	struct cx cx;
	char line[200];

	(void)state;
	cx_init(&cx, random_bytes);
	counters_count(COUNTERS_AT(LAUNCHES, FAULT_PLATFORM_UNKNOWN), &cx);
	snprintf(line, sizeof line,
	    "ltigate_launches_total{outcome=\"PLATFORM_UNKNOWN\"} 1 # "
	    "{reference=\"%s\"} 1.000000 %lld.0\n",
	    cx.reference, (long long)cx.now);
	assert_true(tells(&cx, true, line));
	assert_false(tells(&cx, false, "reference"));
	/* The next of the same second leaves it, one of another takes it. */
	counters_count(COUNTERS_AT(LAUNCHES, FAULT_PLATFORM_UNKNOWN), &cx);
	cx.reference[0] = '7';
	cx.now += 1;
	counters_count(COUNTERS_AT(LAUNCHES, FAULT_PLATFORM_UNKNOWN), &cx);
	snprintf(line, sizeof line, "} 3 # {reference=\"%s\"}", cx.reference);
	assert_true(tells(&cx, true, line));
	cx_release(&cx);
}

static void
forms(void **state)
{
	static const struct {
		bool open_metrics;
		const char *line;
	} rows[] = {
	    {false, "# TYPE ltigate_http_requests_total counter\n"},
	    {true, "# TYPE ltigate_http_requests counter\n"},
	    {false, "ltigate_registrations_total{outcome=\"done\"} 0\n"},
	    {false, "ltigate_workers{state=\"idle\"} -2\n"},
	    {false, "process_cpu_seconds_total 1.000001\n"},
	    {false, "ltigate_queue_depth{queue=\"scores\"} 0\n"},
	    {true, "\n# EOF\n"},
	};
	struct cx cx;

	(void)state;
	cx_init(&cx, random_bytes);
	counters_add(COUNTERS_AT(WORKERS, POOLS_IDLE), -2);
	counters_set(COUNTERS_OF(CPU), 1000001);
	assert_int_equal(counters_get(COUNTERS_OF(CPU)), 1000001);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (!tells(&cx, rows[i].open_metrics, rows[i].line))
			fail_msg("no %s", rows[i].line);
	/* What is not known, or never happened, is not told. */
	assert_false(tells(&cx, false, "\nltigate_key_active_since"));
	assert_false(tells(&cx, false, "status=\"418\""));
	cx_release(&cx);
}

static void *
count_on(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++)
		counters_add(COUNTERS_AT(LOG_LINES, 1), 1);
	return NULL;
}

static void
threads(void **state)
{
	pthread_t list[THREADS];
	int64_t before = counters_get(COUNTERS_AT(LOG_LINES, 1));

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
		    pthread_create(&list[i], NULL, count_on, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(list[i], NULL);
	assert_int_equal(
	    counters_get(COUNTERS_AT(LOG_LINES, 1)) - before, THREADS * ROUNDS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(buckets),
	    cmocka_unit_test(exemplars),
	    cmocka_unit_test(forms),
	    cmocka_unit_test(threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
