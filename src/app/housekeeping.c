/* housekeeping.c - what has to be done without anybody asking
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/housekeeping.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "app/gateway.h"
#include "app/instance.h"
#include "app/metrics.h"
#include "app/rotation.h"
#include "app/subscribe.h"
#include "app/tool_keys.h"
#include "app/usage.h"
#include "base/clock.h"
#include "base/counters.h"
#include "base/cx.h"
#include "base/log.h"
#include "base/test_hooks.h"
#include "crypto/random.h"
#include "lti/launch_state.h"
#include "store/db.h"
#include "store/events.h"
#include "store/invitations.h"
#include "store/launches.h"
#include "store/leases.h"
#include "store/notice_subscriptions.h"
#include "store/registrations.h"
#include "store/sessions.h"

enum {
	BATCH = 500,        /* rows deleted in one transaction */
	ROUND_SECONDS = 5,  /* between two looks, once the pairs are made */
	USAGE_SECONDS = 60, /* between two looks for old counts */
};

struct housekeeping {
	struct gateway *gateway;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stopping;
	bool leads;         /* does what one of many does */
	int64_t renewed_ms; /* on clock_monotonic_ms */
	int64_t usage_tidied_at;
};

static enum fault
expire_registrations(struct db_session *session, struct cx *cx, void *arg)
{
	return registrations_expire(session, cx, BATCH, arg);
}

struct forget {
	int64_t before;
	size_t deleted;
};

static enum fault
expire_events(struct db_session *session, struct cx *cx, void *arg)
{
	struct forget *forget = arg;
	return events_expire(
	    session, cx, forget->before, BATCH, &forget->deleted);
}

/* The hour of the login is the row's; a launch is younger than that by the
 * life of a state, and gone for its ltik before it is gone from here. */
static enum fault
expire_launches(struct db_session *session, struct cx *cx, void *arg)
{
	struct forget *forget = arg;
	return launches_expire(
	    session, cx, forget->before / 3600, BATCH, &forget->deleted);
}

static enum fault
expire_sessions(struct db_session *session, struct cx *cx, void *arg)
{
	enum fault which = sessions_expire(session, cx, BATCH, arg);

	if (!which)
		which = invitations_expire(session, cx, BATCH, arg);
	if (!which)
		which = notices_expire(session, cx, BATCH, arg);
	return which ? which : leases_expire(session, cx, BATCH, arg);
}

/* false: the store does not answer. What is left of the round would only wait
 * for it, each for itself. */
static bool
goes_on(struct cx *cx, enum fault which)
{
	if (which)
		LOG_FOR(cx, LOG_WARN, "housekeeping did not succeed",
		    {"fault", span_of(fault_text(which)->name)},
		    {"detail", span_of(cx->note.detail)});
	return which != FAULT_STORE_BUSY;
}

/* A write only when there is something to delete would need a look first;
 * an empty DELETE does not touch the file, so it costs no disk wait. */
static bool
expire(struct gateway *gateway, struct cx *cx)
{
	struct forget forget = {.before = cx->now - gateway->keep_events};
	struct forget launches = {.before = cx->now - gateway->keep_launches -
					    LAUNCH_STATE_LIFE - CLOCK_SKEW};
	struct db *db = gateway->db;
	size_t deleted = 0;
	bool on = goes_on(cx, db_write(db, cx, expire_registrations, &deleted));

	on = on && goes_on(cx, db_write(db, cx, expire_sessions, &deleted));
	on = on && goes_on(cx, db_write(db, cx, expire_events, &forget));
	on = on && goes_on(cx, launches_slice(db, cx, cx->now / 3600,
				   launches.before / 3600));
	/* Thousands a second may come: as many batches as there are. */
	do {
		launches.deleted = 0;
		on = on &&
		     goes_on(cx, db_write(db, cx, expire_launches, &launches));
	} while (on && launches.deleted == BATCH);
	return on;
}

static bool
tidy_usage(struct housekeeping *housekeeping, struct cx *cx)
{
	struct gateway *gateway = housekeeping->gateway;

	if (cx->now >= housekeeping->usage_tidied_at &&
	    cx->now < housekeeping->usage_tidied_at + USAGE_SECONDS)
		return true;
	housekeeping->usage_tidied_at = cx->now;
	return goes_on(cx, usage_tidy(gateway, cx));
}

/* Whose secret is not the store's any more must seal nothing more. */
static void
end_this(struct gateway *gateway)
{
	log_line(LOG_ERROR, "the store has another secret: this instance ends",
	    NULL);
	atomic_store(&gateway->stopping, true);
	kill(getpid(), SIGTERM);
}

static bool
renew(struct housekeeping *housekeeping, struct cx *cx)
{
	struct gateway *gateway = housekeeping->gateway;
	int64_t now_ms = clock_monotonic_ms();

	if (housekeeping->renewed_ms &&
	    now_ms < housekeeping->renewed_ms +
			 (int64_t)test_hurry(INSTANCE_RENEW) * 1000)
		return true;
	housekeeping->leads = false;
	enum fault which = instance_renew(gateway, cx, &housekeeping->leads);
	housekeeping->renewed_ms = which ? 0 : now_ms;
	counters_set(COUNTERS_OF(LEADER), housekeeping->leads);
	if (which == FAULT_SECRET_WRONG)
		end_this(gateway);
	return goes_on(cx, which);
}

/* For all instances. */
static bool
keep_shared(struct housekeeping *housekeeping, struct cx *cx)
{
	struct gateway *gateway = housekeeping->gateway;

	return goes_on(cx, rotation_tidy(gateway, cx)) &&
	       goes_on(cx, tool_keys_advance(gateway, cx)) &&
	       expire(gateway, cx) && tidy_usage(housekeeping, cx) &&
	       goes_on(cx, subscribe_settle(gateway, cx));
}

static bool
make_keys(struct housekeeping *housekeeping, struct cx *cx, bool *made)
{
	/* Nobody waits for the first pair until a lease lapses. */
	enum fault which = tool_keys_make(housekeeping->gateway, cx,
	    housekeeping->leads ? KEY_SPARES : 0, made);

	/* To make a pair takes a second; what is old is judged by the time it
	 * is now. */
	cx_wake(cx);
	return goes_on(cx, which);
}

static bool
wait_a_round(struct housekeeping *housekeeping, int seconds)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds;
	pthread_mutex_lock(&housekeeping->lock);
	if (!housekeeping->stopping)
		pthread_cond_timedwait(
		    &housekeeping->wake, &housekeeping->lock, &until);
	bool on = !housekeeping->stopping;
	pthread_mutex_unlock(&housekeeping->lock);
	return on;
}

static void *
keep_house(void *arg)
{
	struct housekeeping *housekeeping = arg;
	struct gateway *gateway = housekeeping->gateway;
	struct cx cx;
	bool made;

	cx_init(&cx, random_bytes);
	do {
		cx_reset(&cx);
		made = false;
		bool on = renew(housekeeping, &cx) &&
			  make_keys(housekeeping, &cx, &made);
		if (on && housekeeping->leads)
			on = keep_shared(housekeeping, &cx);
		if (on)
			on = goes_on(&cx, usage_flush(gateway, &cx));
		if (on)
			(void)goes_on(&cx, metrics_look(gateway, &cx));
		memory_tidy();
	} while (
	    wait_a_round(housekeeping, made ? 0 : test_hurry(ROUND_SECONDS)));
	if (housekeeping->leads)
		instance_rest(gateway, &cx);
	cx_release(&cx);
	return NULL;
}

struct housekeeping *
housekeeping_start(struct gateway *gateway)
{
	struct housekeeping *housekeeping = memory_take(sizeof *housekeeping);
	pthread_condattr_t monotonic;

	housekeeping->gateway = gateway;
	pthread_mutex_init(&housekeeping->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&housekeeping->wake, &monotonic);
	if (pthread_create(
		&housekeeping->thread, NULL, keep_house, housekeeping) != 0) {
		memory_give_back(housekeeping);
		return NULL;
	}
	return housekeeping;
}

void
housekeeping_stop(struct housekeeping *housekeeping)
{
	if (!housekeeping)
		return;
	pthread_mutex_lock(&housekeeping->lock);
	housekeeping->stopping = true;
	pthread_cond_signal(&housekeeping->wake);
	pthread_mutex_unlock(&housekeeping->lock);
	pthread_join(housekeeping->thread, NULL);
	memory_give_back(housekeeping);
}
