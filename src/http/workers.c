/* workers.c - threads for requests that may wait
 *
 * A job is given to the worker that became idle last, so that the others
 * grow cold and leave. Nobody idle: a new worker. No more workers: the queue.
 *
 * Who leaves joins the one that left before, and workers_close the last one:
 * what libraries keep for a thread is gone when the pool is.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http/workers.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/counters.h"

/* Handlers keep what is large in the arena: 256 KiB are room enough, and of
 * those only the pages that were touched cost anything. Sanitizers put
 * borders around every variable. */
#ifdef __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||     \
    __has_feature(memory_sanitizer)
#define WORKER_STACK_SIZE ((size_t)1024 * 1024)
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WORKER_STACK_SIZE ((size_t)1024 * 1024)
#endif
#ifndef WORKER_STACK_SIZE
#define WORKER_STACK_SIZE ((size_t)256 * 1024)
#endif

/* So many jobs may wait for each worker: at 15 s a job, whoever is further
 * back would have gone anyway. */
enum { QUEUE_PER_WORKER = 4 };

/* Lives on its thread's stack. */
struct worker {
	pthread_cond_t wake;
	struct worker *next_idle;
	struct job *job; /* handed over while idle */
};

struct workers {
	pthread_mutex_t mutex;
	pthread_cond_t gone; /* a worker ended */
	pthread_condattr_t monotonic;
	struct workers_options options;
	struct worker *idle;
	struct job *first, **last; /* the queue */
	unsigned queued, count;
	bool closing, any_left;
	pthread_t left_last;
};

static void
add_to_queue(struct workers *workers, struct job *job)
{
	job->next = NULL;
	*workers->last = job;
	workers->last = &job->next;
	workers->queued++;
	counters_add(COUNTERS_OF(WORKERS_QUEUED), 1);
}

static struct job *
take_from_queue(struct workers *workers)
{
	struct job *job = workers->first;

	if (!job)
		return NULL;
	workers->first = job->next;
	if (!workers->first)
		workers->last = &workers->first;
	workers->queued--;
	counters_add(COUNTERS_OF(WORKERS_QUEUED), -1);
	return job;
}

static void
leave_idle(struct workers *workers, const struct worker *worker)
{
	for (struct worker **at = &workers->idle; *at; at = &(*at)->next_idle)
		if (*at == worker) {
			*at = worker->next_idle;
			return;
		}
}

static void
count_idle(int64_t more)
{
	counters_add(COUNTERS_AT(WORKERS, POOLS_IDLE), more);
	counters_add(COUNTERS_AT(WORKERS, POOLS_BUSY), -more);
}

static struct timespec
deadline_in(unsigned wait_ms)
{
	int64_t at = clock_monotonic_ms() + wait_ms;
	return (struct timespec){at / 1000, at % 1000 * 1000000};
}

/* NULL: there was nothing to do for long enough. The mutex is held. */
static struct job *
wait_for_job(struct workers *workers, struct worker *worker)
{
	struct timespec deadline = deadline_in(workers->options.idle_ms);

	count_idle(1);
	worker->job = NULL;
	worker->next_idle = workers->idle;
	workers->idle = worker;
	while (!worker->job && !workers->closing) {
		int failure = pthread_cond_timedwait(
		    &worker->wake, &workers->mutex, &deadline);
		if (failure != ETIMEDOUT || worker->job)
			continue;
		if (workers->count > workers->options.core)
			break;
		deadline = deadline_in(workers->options.idle_ms);
	}
	if (!worker->job)
		leave_idle(workers, worker);
	count_idle(-1);
	return worker->job;
}

/* The mutex is held, and let go of. */
static void
leave(struct workers *workers)
{
	const bool follows = workers->any_left;
	const pthread_t before = workers->left_last;

	workers->any_left = true;
	workers->left_last = pthread_self();
	workers->count--;
	pthread_cond_signal(&workers->gone);
	pthread_mutex_unlock(&workers->mutex);
	if (follows)
		pthread_join(before, NULL);
}

static void *
work(void *state)
{
	struct workers *workers = state;
	struct worker self = {0};

	/* Else that of the loop that started it. */
	pthread_setname_np(pthread_self(), "ltigate-worker");
	pthread_cond_init(&self.wake, &workers->monotonic);
	pthread_mutex_lock(&workers->mutex);
	struct job *job = take_from_queue(workers);
	while (job || !workers->closing) {
		if (!job)
			job = wait_for_job(workers, &self);
		if (!job)
			break;
		pthread_mutex_unlock(&workers->mutex);
		job->run(job);
		pthread_mutex_lock(&workers->mutex);
		job = take_from_queue(workers);
	}
	counters_add(COUNTERS_AT(WORKERS, POOLS_BUSY), -1);
	pthread_cond_destroy(&self.wake);
	leave(workers);
	return NULL;
}

/* Signals are for the main thread: a worker is born with all blocked. */
static bool
add_worker(struct workers *workers)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all, before;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, WORKER_STACK_SIZE);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int failure = pthread_create(&thread, &attributes, work, workers);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	if (failure)
		return false;
	workers->count++;
	counters_add(COUNTERS_AT(WORKERS, POOLS_BUSY), 1);
	return true;
}

struct workers *
workers_open(struct workers_options options)
{
	struct workers *workers = memory_take(sizeof *workers);

	pthread_mutex_init(&workers->mutex, NULL);
	pthread_condattr_init(&workers->monotonic);
	pthread_condattr_setclock(&workers->monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&workers->gone, &workers->monotonic);
	workers->options = options;
	workers->last = &workers->first;
	return workers;
}

static bool
find_place(struct workers *workers, struct job *job)
{
	struct worker *worker = workers->idle;

	if (worker) {
		workers->idle = worker->next_idle;
		worker->job = job;
		pthread_cond_signal(&worker->wake);
		return true;
	}
	bool grown =
	    workers->count < workers->options.max && add_worker(workers);
	if (!grown && workers->count == 0)
		return false;
	if (workers->queued >= workers->options.max * QUEUE_PER_WORKER)
		return false;
	add_to_queue(workers, job);
	return true;
}

bool
workers_add(struct workers *workers, struct job *job)
{
	pthread_mutex_lock(&workers->mutex);
	bool added = find_place(workers, job);
	pthread_mutex_unlock(&workers->mutex);
	return added;
}

unsigned
workers_count(struct workers *workers)
{
	pthread_mutex_lock(&workers->mutex);
	unsigned count = workers->count;
	pthread_mutex_unlock(&workers->mutex);
	return count;
}

void
workers_close(struct workers *workers)
{
	if (!workers)
		return;
	pthread_mutex_lock(&workers->mutex);
	workers->closing = true;
	for (struct worker *idle = workers->idle; idle; idle = idle->next_idle)
		pthread_cond_signal(&idle->wake);
	while (workers->count)
		pthread_cond_wait(&workers->gone, &workers->mutex);
	pthread_mutex_unlock(&workers->mutex);
	if (workers->any_left)
		pthread_join(workers->left_last, NULL);
	pthread_cond_destroy(&workers->gone);
	pthread_condattr_destroy(&workers->monotonic);
	pthread_mutex_destroy(&workers->mutex);
	memory_give_back(workers);
}
