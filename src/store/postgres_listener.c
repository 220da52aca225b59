/* postgres_listener.c - hearing at once what other instances changed
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "store/postgres_listener.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/span.h"
#include "store/db_driver.h"

#define CHANNEL "ltigate"

enum {
	RETRY_MS = 1000,    /* to reach the server again */
	BUNDLE_MS = 10,     /* what changes meanwhile is told at once */
	ANSWER_MS = 10000,  /* a server that is silent for so long is gone */
	LOOK_MS = 100,      /* whether it ends */
	UNKNOWN_MS = 60000, /* the engine has no LISTEN: asked again then */
};

struct postgres_listener {
	const char *url;
	atomic_uint_fast64_t *touched;
	int wake; /* an eventfd: to tell something, or to end */
	atomic_bool ends;
	pthread_t thread;
};

static void
touch(struct postgres_listener *listener)
{
	atomic_fetch_add(listener->touched, DB_TOUCHED);
}

/* A server that hangs must not keep the program from ending. */
static bool
wait_for_answer(struct postgres_listener *listener, PGconn *handle)
{
	int64_t end_at = clock_monotonic_ms() + ANSWER_MS;

	while (PQisBusy(handle)) {
		struct pollfd answer = {
		    .fd = PQsocket(handle), .events = POLLIN};
		if (atomic_load(&listener->ends) ||
		    clock_monotonic_ms() > end_at)
			return false;
		if (poll(&answer, 1, LOOK_MS) > 0 && !PQconsumeInput(handle))
			return false;
	}
	return true;
}

enum said { DONE, REFUSED, NOTHING };

static enum said
run(struct postgres_listener *listener, PGconn *handle, const char *sql)
{
	PGresult *result;
	enum said said = NOTHING;

	if (!PQsendQuery(handle, sql))
		return NOTHING;
	for (;;) {
		if (!wait_for_answer(listener, handle))
			return NOTHING;
		result = PQgetResult(handle);
		if (!result)
			return PQstatus(handle) == CONNECTION_OK ? said
								 : NOTHING;
		said =
		    PQresultStatus(result) == PGRES_COMMAND_OK ? DONE : REFUSED;
		PQclear(result);
	}
}

static void
take_notices(struct postgres_listener *listener, PGconn *handle)
{
	PGnotify *notice;
	bool others = false;

	while ((notice = PQnotifies(handle))) {
		others = others || notice->be_pid != PQbackendPID(handle);
		PQfreemem(notice);
	}
	if (others)
		touch(listener);
}

/* false: the time is over, or the listener ends. */
static bool
is_woken(struct postgres_listener *listener, int ms)
{
	struct pollfd wake = {.fd = listener->wake, .events = POLLIN};
	uint64_t count;

	if (poll(&wake, 1, ms) <= 0)
		return false;
	return read(listener->wake, &count, sizeof count) > 0;
}

/* Until the connection or the listener ends. */
static void
listen_on(struct postgres_listener *listener, PGconn *handle)
{
	while (!atomic_load(&listener->ends)) {
		struct pollfd both[] = {
		    {.fd = PQsocket(handle), .events = POLLIN},
		    {.fd = listener->wake, .events = POLLIN},
		};
		if (poll(both, 2, -1) < 0 && errno != EINTR)
			return;
		if (both[0].revents && !PQconsumeInput(handle))
			return;
		take_notices(listener, handle);
		if (!both[1].revents)
			continue;
		struct timespec bundle = {.tv_nsec = BUNDLE_MS * 1000000L};
		nanosleep(&bundle, NULL);
		(void)is_woken(listener, 0);
		if (!atomic_load(&listener->ends) &&
		    run(listener, handle, "NOTIFY " CHANNEL) != DONE)
			return;
		take_notices(listener, handle);
	}
}

static void
rest(struct postgres_listener *listener, int64_t ms)
{
	for (int64_t over = 0; over < ms && !atomic_load(&listener->ends);
	     over += RETRY_MS)
		(void)is_woken(listener, RETRY_MS);
}

static void *
run_thread(void *arg)
{
	struct postgres_listener *listener = arg;
	static const char *const keys[] = {"connect_timeout",
	    "tcp_user_timeout", "keepalives_idle", "application_name", "dbname",
	    NULL};
	const char *const values[] = {
	    "3", "10000", "10", "ltigate listener", listener->url, NULL};

	while (!atomic_load(&listener->ends)) {
		PGconn *handle = PQconnectdbParams(keys, values, 1);
		int64_t pause = RETRY_MS;
		if (PQstatus(handle) == CONNECTION_OK) {
			/* A NOTIFY alone is nothing worth waiting a disk for.
			 */
			(void)run(
			    listener, handle, "SET synchronous_commit = off");
			enum said said =
			    run(listener, handle, "LISTEN " CHANNEL);
			if (said == DONE) {
				touch(listener); /* what was missed */
				listen_on(listener, handle);
			} else if (said == REFUSED) {
				pause = UNKNOWN_MS;
			}
		}
		PQfinish(handle);
		rest(listener, pause);
	}
	return NULL;
}

struct postgres_listener *
postgres_listener_open(const char *url, atomic_uint_fast64_t *touched)
{
	struct postgres_listener *listener = memory_take(sizeof *listener);
	sigset_t all, old;

	listener->url = url;
	listener->touched = touched;
	listener->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	/* Signals are for the thread that waits for them. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int failed = listener->wake < 0 || pthread_create(&listener->thread,
					       NULL, run_thread, listener);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!failed)
		return listener;
	if (listener->wake >= 0)
		close(listener->wake);
	memory_give_back(listener);
	return NULL;
}

void
postgres_listener_tell(struct postgres_listener *listener)
{
	uint64_t one = 1;

	(void)!write(listener->wake, &one, sizeof one);
}

void
postgres_listener_close(struct postgres_listener *listener)
{
	if (!listener)
		return;
	atomic_store(&listener->ends, true);
	postgres_listener_tell(listener);
	pthread_join(listener->thread, NULL);
	close(listener->wake);
	memory_give_back(listener);
}
