/* db_postgres.c - the store in a PostgreSQL database
 *
 * Each transaction has a connection of its own, from a pool; the server
 * commits those that meet together. All that write are SERIALIZABLE, but for
 * claims: they behave as if one came after the other, as with SQLite's one
 * writer, and what the server undoes for that (SQLSTATE 40001) is run again
 * here, nowhere else.
 *
 * What is undone once is likely to be undone again: the server tells apart what
 * transactions read by the page of an index, and two that write where both have
 * read never go well together (a registration; never a launch). Such a piece of
 * work gets a lane: those of this process go through it one after the other, as
 * long as some are still undone now and then.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/counters.h"
#include "base/cx.h"
#include "base/test_hooks.h"
#include "store/db_driver.h"
#include "store/postgres_listener.h"
#include "store/postgres_session.h"
#include "store/postgres_slices.h"
#include "store/postgres_url.h"

enum {
	CONNECTIONS = 16,
	REST_MS = 500,       /* between tries to reach a server that is gone */
	OLD_MS = 1000,       /* a connection that may lead elsewhere by now */
	AT_ONCE_MS = 300,    /* a connection was refused, not waited for */
	BACKOFF_MAX_MS = 64, /* between tries of one transaction */
	BREAKS_MAX = 3,      /* of connections, under one transaction */
	LANES = 64,          /* by the work's address */
	LANE_LIFE = 200,     /* transactions, since one was undone */
};

struct lane {
	pthread_mutex_t lock;
	pthread_cond_t came_free;
	bool taken;
	atomic_uint left; /* transactions that still go through it */
};

struct lent {
	struct postgres_session *session;
	unsigned generation; /* of the server, as far as it is known */
	int64_t opened_ms;
	struct lent *next;
};

struct server {
	struct db base;
	char *url;
	unsigned max;
	bool portable; /* nothing that another engine may lack */
	pthread_mutex_t lock;
	pthread_cond_t came_back;
	struct lent *idle; /* the last used first: its caches are warm */
	unsigned open, connecting;          /* the latter are not yet */
	unsigned generation;                /* raised when a connection broke */
	int64_t gone_until;                 /* ms; the server was not reached */
	atomic_bool ends_soon, given_up;    /* nothing is asked any more */
	struct postgres_listener *listener; /* or NULL */
	struct lane lanes[LANES];
};

static struct server *
server_of(struct db *db)
{
	return (struct server *)(void *)db;
}

/* --- the pool ------------------------------------------------------------ */

static void
count(unsigned state, int64_t more)
{
	counters_add(COUNTERS_AT(CONNECTIONS, state), more);
}

static void
drop(struct server *server, struct lent *lent)
{
	count(POOLS_BUSY, -1);
	postgres_session_close(lent->session);
	memory_give_back(lent);
	pthread_mutex_lock(&server->lock);
	server->open--;
	pthread_cond_broadcast(&server->came_back);
	pthread_mutex_unlock(&server->lock);
}

static void
give_back(struct server *server, struct lent *lent)
{
	count(POOLS_BUSY, -1);
	count(POOLS_IDLE, 1);
	pthread_mutex_lock(&server->lock);
	lent->next = server->idle;
	server->idle = lent;
	pthread_cond_signal(&server->came_back);
	pthread_mutex_unlock(&server->lock);
}

static struct timespec
at_ms(int64_t at)
{
	return (struct timespec){
	    .tv_sec = at / 1000, .tv_nsec = at % 1000 * 1000000};
}

enum choice { REUSE, OPEN, WAIT, REST, TIRED };

/* The lock is held. A server that had no connection left for us may be well
 * otherwise: while we have any, they are shared. */
static enum choice
choose(struct server *server, int64_t end_at, struct lent **out)
{
	int64_t now = clock_monotonic_ms();
	bool rests = now < server->gone_until;

	if (server->idle) {
		*out = server->idle;
		server->idle = (*out)->next;
		count(POOLS_IDLE, -1);
		count(POOLS_BUSY, 1);
		return REUSE;
	}
	if (server->open < server->max && !rests) {
		server->open++;
		server->connecting++;
		return OPEN;
	}
	if (rests && server->open == server->connecting)
		return REST;
	return now < end_at ? WAIT : TIRED;
}

/* Waits for an idle connection, or for room for one more. */
static enum choice
await_choice(struct server *server, int64_t end_at, struct lent **out)
{
	enum choice choice;

	pthread_mutex_lock(&server->lock);
	while ((choice = choose(server, end_at, out)) == WAIT) {
		bool sooner =
		    server->open < server->max && server->gone_until < end_at;
		struct timespec until =
		    at_ms(sooner ? server->gone_until : end_at);
		pthread_cond_timedwait(
		    &server->came_back, &server->lock, &until);
	}
	pthread_mutex_unlock(&server->lock);
	return choice;
}

/* Refused at once, it is tried again: one that was ended as it began does not
 * tell that the server is gone. */
static enum fault
open_session(
    struct server *server, struct cx *cx, struct postgres_session **out)
{
	int64_t begun = clock_monotonic_ms();
	struct fault_note before = cx->note;
	enum fault which = postgres_session_open(cx, server->url,
	    server->portable, &server->base.touched, &server->ends_soon, out);

	if (which != FAULT_STORE_BUSY ||
	    clock_monotonic_ms() - begun > AT_ONCE_MS)
		return which;
	cx->note = before;
	return postgres_session_open(cx, server->url, server->portable,
	    &server->base.touched, &server->ends_soon, out);
}

static enum fault
connect_one(struct server *server, struct cx *cx, struct lent **out)
{
	struct postgres_session *session;
	enum fault which = open_session(server, cx, &session);

	pthread_mutex_lock(&server->lock);
	unsigned generation = server->generation;
	server->connecting--;
	if (which) {
		server->open--;
		server->gone_until = clock_monotonic_ms() + REST_MS;
		pthread_cond_broadcast(&server->came_back);
	} else {
		server->gone_until = 0;
	}
	pthread_mutex_unlock(&server->lock);
	if (which)
		return which;
	count(POOLS_BUSY, 1);
	*out = memory_take(sizeof **out);
	**out = (struct lent){.session = session,
	    .generation = generation,
	    .opened_ms = clock_monotonic_ms()};
	return FAULT_NONE;
}

static bool
is_good(struct server *server, struct lent *lent)
{
	pthread_mutex_lock(&server->lock);
	bool current = lent->generation == server->generation;
	pthread_mutex_unlock(&server->lock);
	return current && postgres_session_alive(lent->session);
}

/* Is there another connection that may come back? */
static bool
has_any(struct server *server)
{
	pthread_mutex_lock(&server->lock);
	bool any = server->open > server->connecting;
	pthread_mutex_unlock(&server->lock);
	return any;
}

static enum fault
lend(struct server *server, struct cx *cx, struct lent **out)
{
	int64_t end_at = clock_monotonic_ms() + DB_WAIT_MS;
	struct fault_note before = cx->note;
	enum fault which;

	if (atomic_load(&server->given_up))
		return fault(cx, FAULT_STORE_BUSY,
		    "the store was not reached, and the program ends");
	for (;;) {
		switch (await_choice(server, end_at, out)) {
		case OPEN:
			which = connect_one(server, cx, out);
			if (which != FAULT_STORE_BUSY || !has_any(server))
				return which;
			cx->note = before;
			continue;
		case REST:
			return fault(cx, FAULT_STORE_BUSY,
			    "the store was not reached a moment ago");
		case WAIT:
		case TIRED:
			return fault(cx, FAULT_STORE_BUSY,
			    "no connection to the store came free, of %u at "
			    "most",
			    server->max);
		case REUSE:
			break;
		}
		if (is_good(server, *out))
			return FAULT_NONE;
		drop(server, *out);
	}
}

/* Others of the same age may have ended with it. */
static void
broke(struct server *server, struct lent *lent)
{
	pthread_mutex_lock(&server->lock);
	if (server->generation == lent->generation)
		server->generation++;
	pthread_mutex_unlock(&server->lock);
	drop(server, lent);
}

/* --- transactions -------------------------------------------------------- */

/* Where it leads, another server may have become the one that writes. One that
 * was just opened would lead there. */
static bool
is_old(const struct lent *lent)
{
	return clock_monotonic_ms() - lent->opened_ms > OLD_MS;
}

static enum fault
run_once(struct server *server, struct cx *cx, enum postgres_mode mode,
    db_work *work, void *arg, enum postgres_end *end)
{
	struct lent *lent;
	enum fault which = lend(server, cx, &lent);

	*end = POSTGRES_ENDED;
	if (which)
		return which;
	struct db_session *base = postgres_session_base(lent->session);
	postgres_session_begin(lent->session, mode);
	which = work(base, cx, arg);
	if (!which && mode != POSTGRES_READS && test_runs_twice()) {
		which = postgres_session_end(
		    lent->session, cx, FAULT_STORE_BUSY, end);
		postgres_session_begin(lent->session, mode);
		which = work(base, cx, arg);
	}
	which = postgres_session_end(lent->session, cx, which, end);
	bool touched = postgres_session_touched(lent->session);
	bool outdated = *end == POSTGRES_READ_ONLY && is_old(lent);
	if (*end == POSTGRES_READ_ONLY)
		*end = outdated ? POSTGRES_BROKEN : POSTGRES_ENDED;
	db_touch_end(base);
	if (!outdated && postgres_session_alive(lent->session))
		give_back(server, lent);
	else
		broke(server, lent);
	if (touched && server->listener)
		postgres_listener_tell(server->listener);
	return which;
}

static struct lane *
lane_of(struct server *server, db_work *work)
{
	return &server->lanes[((uintptr_t)work >> 4) % LANES];
}

/* Where its lane is in use it is entered, if that takes no longer than a
 * connection may. */
static struct lane *
enter_lane(struct server *server, db_work *work)
{
	struct lane *lane = lane_of(server, work);
	unsigned left = atomic_load(&lane->left);
	struct timespec end = at_ms(clock_monotonic_ms() + DB_WAIT_MS);
	int late = 0;

	if (left == 0)
		return NULL;
	atomic_compare_exchange_strong(&lane->left, &left, left - 1);
	pthread_mutex_lock(&lane->lock);
	while (lane->taken && late == 0)
		late =
		    pthread_cond_timedwait(&lane->came_free, &lane->lock, &end);
	bool entered = !lane->taken;
	lane->taken = true;
	pthread_mutex_unlock(&lane->lock);
	return entered ? lane : NULL;
}

static void
leave_lane(struct lane *lane)
{
	if (!lane)
		return;
	pthread_mutex_lock(&lane->lock);
	lane->taken = false;
	pthread_cond_signal(&lane->came_free);
	pthread_mutex_unlock(&lane->lock);
}

static void
back_off(struct cx *cx, unsigned tries)
{
	unsigned most = tries < 6 ? 1u << tries : BACKOFF_MAX_MS;
	uint32_t dice;

	cx->random(&dice, sizeof dice);
	struct timespec rest = {.tv_nsec = (long)(dice % (most * 1000000))};
	nanosleep(&rest, NULL);
}

static enum fault
run_until_done(struct server *server, struct cx *cx, enum postgres_mode mode,
    db_work *work, void *arg)
{
	int64_t end_at = clock_monotonic_ms() + DB_WAIT_MS;
	struct fault_note before = cx->note;
	unsigned conflicts = 0, breaks = 0;

	for (unsigned tries = 1;; tries++) {
		enum postgres_end end;
		struct lane *lane =
		    mode == POSTGRES_WRITES ? enter_lane(server, work) : NULL;
		enum fault which = run_once(server, cx, mode, work, arg, &end);
		leave_lane(lane);
		if (which == FAULT_STORE_BUSY &&
		    atomic_load(&server->ends_soon)) {
			atomic_store(&server->given_up, true);
			return which;
		}
		bool again =
		    end == POSTGRES_AGAIN ||
		    (end == POSTGRES_BROKEN && ++breaks < BREAKS_MAX) ||
		    (end == POSTGRES_TWICE && ++conflicts == 1);
		if (!which || !again || clock_monotonic_ms() > end_at)
			return which;
		cx->note = before;
		counters_add(COUNTERS_OF(STORE_RETRIES), 1);
		if (end == POSTGRES_AGAIN) {
			if (mode == POSTGRES_WRITES)
				atomic_store(
				    &lane_of(server, work)->left, LANE_LIFE);
			back_off(cx, lane ? tries : 0);
		}
	}
}

static enum fault
postgres_write(struct db *db, struct cx *cx, db_work *work, void *arg)
{
	return run_until_done(server_of(db), cx, POSTGRES_WRITES, work, arg);
}

static enum fault
postgres_claim(struct db *db, struct cx *cx, db_work *work, void *arg)
{
	return run_until_done(server_of(db), cx, POSTGRES_CLAIMS, work, arg);
}

static enum fault
postgres_read(struct db *db, struct cx *cx, db_work *work, void *arg)
{
	return run_until_done(server_of(db), cx, POSTGRES_READS, work, arg);
}

/* --- the whole ----------------------------------------------------------- */

static enum fault
postgres_open(struct cx *cx, struct span url, const struct db_options *options,
    struct db **out)
{
	struct server *server = memory_take(sizeof *server);
	pthread_condattr_t monotonic;
	struct lent *first;

	server->base.driver = &db_postgres;
	server->url = memory_take(url.length + 1);
	memcpy(server->url, url.at, url.length);
	server->portable = options->portable;
	server->max = options->connections ? options->connections : CONNECTIONS;
	counters_set(COUNTERS_OF(CONNECTIONS_MAX), server->max);
	counters_set(COUNTERS_AT(BUILD, 0, 1), 1);
	pthread_mutex_init(&server->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&server->came_back, &monotonic);
	for (size_t i = 0; i < LANES; i++) {
		pthread_mutex_init(&server->lanes[i].lock, NULL);
		pthread_cond_init(&server->lanes[i].came_free, &monotonic);
	}
	pthread_condattr_destroy(&monotonic);
	enum fault which = postgres_url_check(cx, server->url);
	if (!which)
		which = lend(server, cx, &first);
	if (which) {
		db_close(&server->base);
		/* libpq's words; they have no password. */
		return which == FAULT_STORE_BUSY
			   ? fault_tell(cx, FAULT_CONFIG_REFUSED, "%s",
				 arena_printf(cx->arena, "%s", cx->note.detail)
				     .at)
			   : which;
	}
	give_back(server, first);
	if (!server->portable)
		server->listener =
		    postgres_listener_open(server->url, &server->base.touched);
	*out = &server->base;
	return FAULT_NONE;
}

static void
postgres_end_soon(struct db *db)
{
	atomic_store(&server_of(db)->ends_soon, true);
}

static void
postgres_close(struct db *db)
{
	struct server *server = server_of(db);

	postgres_listener_close(server->listener);
	while (server->idle) {
		struct lent *lent = server->idle;
		server->idle = lent->next;
		count(POOLS_IDLE, -1);
		count(POOLS_BUSY, 1);
		drop(server, lent);
	}
	pthread_cond_destroy(&server->came_back);
	pthread_mutex_destroy(&server->lock);
	for (size_t i = 0; i < LANES; i++) {
		pthread_cond_destroy(&server->lanes[i].came_free);
		pthread_mutex_destroy(&server->lanes[i].lock);
	}
	memory_give_back(server->url);
	memory_give_back(server);
}

static enum fault
postgres_slice(struct db *db, struct cx *cx, const struct db_slices *slices)
{
	struct db_slices own = *slices;

	if (server_of(db)->portable)
		return FAULT_NONE;
	return postgres_write(db, cx, postgres_slices_keep, &own);
}

static enum fault
ask_clock(struct db_session *session, struct cx *cx, void *arg)
{
	struct db_rows rows;
	enum fault which = db_run(session, cx,
	    "SELECT CAST(extract(epoch FROM clock_timestamp()) AS bigint)",
	    NULL, 0, &rows);

	if (!which)
		*(int64_t *)arg = db_integer(&rows, 0, 0);
	return which;
}

const struct db_driver db_postgres = {
    .open = postgres_open,
    .close = postgres_close,
    .end_soon = postgres_end_soon,
    .write = postgres_write,
    .claim = postgres_claim,
    .read = postgres_read,
    .run = postgres_session_run,
    .later = postgres_session_later,
    .script = postgres_session_script,
    .clock = ask_clock,
    .slice = postgres_slice,
};
