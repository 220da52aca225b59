/* permits_test.c - how much may wait for others at once
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/permits.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/cx.h"

static void
no_random(void *bytes, size_t length)
{
	memset(bytes, 0, length);
}

static void
sleep_ms(long ms)
{
	const struct timespec wait = {ms / 1000, ms % 1000 * 1000000};
	nanosleep(&wait, NULL);
}

static int
set_up(void **state)
{
	static struct cx cx;

	cx_init(&cx, no_random);
	*state = &cx;
	return 0;
}

static int
tear_down(void **state)
{
	cx_release(*state);
	return 0;
}

static enum fault
take_now(struct permits *permits, struct cx *cx, enum permit_kind kind,
    const char *host, const char *client, struct permit **out)
{
	return permit_take(permits, cx, kind, span_of(host), span_of(client),
	    clock_monotonic_ms(), out);
}

static void
each_kind_has_its_own_pool(void **state)
{
	const struct permit_limits limits = {.total = {1, 2, 1}};
	struct permits *permits = permits_open(&limits);
	struct permit *held[4], *none = NULL;

	assert_int_equal(
	    take_now(permits, *state, PERMIT_REGISTRATION, "a", "", &held[0]),
	    0);
	assert_int_equal(
	    take_now(permits, *state, PERMIT_REGISTRATION, "b", "", &none),
	    FAULT_OUTBOUND_BUSY);
	assert_null(none);
	assert_int_equal(
	    take_now(permits, *state, PERMIT_KEY_SET, "a", "", &held[1]), 0);
	assert_int_equal(
	    take_now(permits, *state, PERMIT_KEY_SET, "a", "", &held[2]), 0);
	assert_int_equal(
	    take_now(permits, *state, PERMIT_KEY_SET, "a", "", &none),
	    FAULT_OUTBOUND_BUSY);
	permit_give(permits, held[0]);
	assert_int_equal(
	    take_now(permits, *state, PERMIT_REGISTRATION, "b", "", &held[0]),
	    0);
	assert_int_equal(
	    take_now(permits, *state, PERMIT_SERVICE, "a", "", &held[3]), 0);
	for (size_t i = 0; i < 4; i++)
		permit_give(permits, held[i]);
	permits_close(permits);
}

static void
a_host_and_a_client_have_their_share(void **state)
{
	const struct permit_limits limits = {
	    .total = {9, 9, 9}, .per_host = 2, .per_client = 1};
	struct permits *permits = permits_open(&limits);
	struct permit *held[5], *none;

	assert_int_equal(take_now(permits, *state, PERMIT_REGISTRATION, "h",
			     "192.0.2.1", &held[0]),
	    0);
	/* the client's share is used up, whatever the host */
	assert_int_equal(take_now(permits, *state, PERMIT_REGISTRATION, "g",
			     "192.0.2.1", &none),
	    FAULT_OUTBOUND_BUSY);
	/* nobody has no share */
	assert_int_equal(
	    take_now(permits, *state, PERMIT_REGISTRATION, "h", "", &held[1]),
	    0);
	/* the host's share is used up, whoever asks */
	assert_int_equal(take_now(permits, *state, PERMIT_REGISTRATION, "h",
			     "192.0.2.2", &none),
	    FAULT_OUTBOUND_BUSY);
	/* a host named as a client, and the other way round */
	assert_int_equal(take_now(permits, *state, PERMIT_REGISTRATION,
			     "192.0.2.1", "h", &held[2]),
	    0);
	/* within a kind only */
	assert_int_equal(take_now(permits, *state, PERMIT_SERVICE, "h",
			     "192.0.2.1", &held[3]),
	    0);
	permit_give(permits, held[0]);
	assert_int_equal(take_now(permits, *state, PERMIT_REGISTRATION, "h",
			     "192.0.2.1", &held[4]),
	    0);
	for (size_t i = 1; i < 5; i++)
		permit_give(permits, held[i]);
	permits_close(permits);
}

static void
no_limit_is_none(void **state)
{
	const struct permit_limits limits = {.per_host = 0};
	struct permits *permits = permits_open(&limits);
	struct permit *held[50];

	for (size_t i = 0; i < 50; i++)
		assert_int_equal(take_now(permits, *state, PERMIT_SERVICE, "h",
				     "c", &held[i]),
		    0);
	for (size_t i = 0; i < 50; i++)
		permit_give(permits, held[i]);
	permits_close(permits);
}

static void
a_wait_ends_at_its_deadline(void **state)
{
	const struct permit_limits limits = {.total = {1, 1, 1}};
	struct permits *permits = permits_open(&limits);
	struct cx *cx = *state;
	struct permit *held, *none;

	assert_int_equal(
	    take_now(permits, cx, PERMIT_SERVICE, "a", "", &held), 0);
	int64_t start_ms = clock_monotonic_ms();
	assert_int_equal(permit_take(permits, cx, PERMIT_SERVICE, SPAN("a"),
			     SPAN_NONE, start_ms + 100, &none),
	    FAULT_OUTBOUND_BUSY);
	int64_t took_ms = clock_monotonic_ms() - start_ms;
	assert_in_range(took_ms, 99, 2000);
	assert_non_null(strstr(cx->note.detail, "no permit"));
	permit_give(permits, held);
	/* Who gave up left the line. */
	assert_int_equal(
	    take_now(permits, cx, PERMIT_SERVICE, "a", "", &held), 0);
	permit_give(permits, held);
	permits_close(permits);
}

/* One thread that waits in line. */
struct waiter {
	struct permits *permits;
	const char *host;
	atomic_int *counter;
	int64_t wait_ms;
	int turn; /* in which order it was served; -1: not */
	pthread_t thread;
};

static void *
wait_for_permit(void *arg)
{
	struct waiter *waiter = arg;
	struct permit *permit;
	struct cx cx;

	cx_init(&cx, no_random);
	enum fault failure = permit_take(waiter->permits, &cx, PERMIT_SERVICE,
	    span_of(waiter->host), SPAN_NONE,
	    clock_monotonic_ms() + waiter->wait_ms, &permit);
	waiter->turn = -1;
	if (!failure) {
		waiter->turn = atomic_fetch_add(waiter->counter, 1);
		permit_give(waiter->permits, permit);
	}
	cx_release(&cx);
	return NULL;
}

static void
first_come_first_served(void **state)
{
	enum { WAITERS = 6 };
	const struct permit_limits limits = {.total = {1, 1, 1}};
	struct permits *permits = permits_open(&limits);
	struct waiter waiters[WAITERS];
	atomic_int counter = 0;
	struct permit *held;

	assert_int_equal(
	    take_now(permits, *state, PERMIT_SERVICE, "a", "", &held), 0);
	for (int i = 0; i < WAITERS; i++) {
		/* The fourth gives up before its turn. */
		waiters[i] = (struct waiter){.permits = permits,
		    .host = "a",
		    .counter = &counter,
		    .wait_ms = i == 3 ? 1 : 10000};
		pthread_create(
		    &waiters[i].thread, NULL, wait_for_permit, &waiters[i]);
		sleep_ms(30); /* so that they stand in this order */
	}
	permit_give(permits, held);
	for (int i = 0; i < WAITERS; i++)
		pthread_join(waiters[i].thread, NULL);
	const int expected[WAITERS] = {0, 1, 2, -1, 3, 4};
	for (int i = 0; i < WAITERS; i++)
		assert_int_equal(waiters[i].turn, expected[i]);
	permits_close(permits);
}

static void
a_busy_host_holds_up_nobody_else(void **state)
{
	const struct permit_limits limits = {.total = {3, 3, 3}, .per_host = 1};
	struct permits *permits = permits_open(&limits);
	atomic_int counter = 0;
	struct waiter waiter = {.permits = permits,
	    .host = "slow",
	    .counter = &counter,
	    .wait_ms = 10000};
	struct permit *slow, *other;

	assert_int_equal(
	    take_now(permits, *state, PERMIT_SERVICE, "slow", "", &slow), 0);
	pthread_create(&waiter.thread, NULL, wait_for_permit, &waiter);
	sleep_ms(30);
	assert_int_equal(
	    take_now(permits, *state, PERMIT_SERVICE, "other", "", &other), 0);
	/* What came free is of no use to who waits for the slow host. */
	permit_give(permits, other);
	sleep_ms(10);
	assert_int_equal(atomic_load(&counter), 0);
	permit_give(permits, slow);
	pthread_join(waiter.thread, NULL);
	assert_int_equal(waiter.turn, 0);
	permits_close(permits);
}

/* Many threads: never more at once than the limits say, and all are served. */
enum { CROWD = 16, ROUNDS = 200, TOTAL = 5, PER_HOST = 2, PER_CLIENT = 3 };

struct crowd {
	struct permits *permits;
	atomic_int inside, at_host[3], of_client[4], over, refused, next;
};

static void
enter(struct crowd *crowd, struct cx *cx, int host, int client)
{
	static const char *const hosts[] = {"a", "b", "c"};
	static const char *const clients[] = {"1", "2", "3", "4"};
	struct permit *permit;

	if (permit_take(crowd->permits, cx, PERMIT_SERVICE,
		span_of(hosts[host]), span_of(clients[client]),
		clock_monotonic_ms() + 30000, &permit)) {
		atomic_fetch_add(&crowd->refused, 1);
		return;
	}
	if (atomic_fetch_add(&crowd->inside, 1) >= TOTAL ||
	    atomic_fetch_add(&crowd->at_host[host], 1) >= PER_HOST ||
	    atomic_fetch_add(&crowd->of_client[client], 1) >= PER_CLIENT)
		atomic_fetch_add(&crowd->over, 1);
	sched_yield();
	atomic_fetch_sub(&crowd->of_client[client], 1);
	atomic_fetch_sub(&crowd->at_host[host], 1);
	atomic_fetch_sub(&crowd->inside, 1);
	permit_give(crowd->permits, permit);
}

static void *
join_crowd(void *arg)
{
	struct crowd *crowd = arg;
	int self = atomic_fetch_add(&crowd->next, 1);
	struct cx cx;

	cx_init(&cx, no_random);
	for (int i = 0; i < ROUNDS; i++)
		enter(crowd, &cx, (self + i) % 3, (self * 7 + i / 3) % 4);
	cx_release(&cx);
	return NULL;
}

static void
limits_hold_in_a_crowd(void **state)
{
	const struct permit_limits limits = {.total = {1, 1, TOTAL},
	    .per_host = PER_HOST,
	    .per_client = PER_CLIENT};
	struct crowd crowd = {.permits = permits_open(&limits)};
	pthread_t threads[CROWD];

	(void)state;
	for (int i = 0; i < CROWD; i++)
		pthread_create(&threads[i], NULL, join_crowd, &crowd);
	for (int i = 0; i < CROWD; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(crowd.over, 0);
	assert_int_equal(crowd.refused, 0);
	permits_close(crowd.permits);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_kind_has_its_own_pool),
	    cmocka_unit_test(a_host_and_a_client_have_their_share),
	    cmocka_unit_test(no_limit_is_none),
	    cmocka_unit_test(a_wait_ends_at_its_deadline),
	    cmocka_unit_test(first_come_first_served),
	    cmocka_unit_test(a_busy_host_holds_up_nobody_else),
	    cmocka_unit_test(limits_hold_in_a_crowd),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
