/*
 * workers.h - threads for requests that may wait
 *
 * Layer  http
 * Gives  a pool that grows when every worker is busy and shrinks when idle
 * Owns   its threads; a job belongs to whoever added it, from the moment
 *        run() is called
 * Fails  workers_add answers false: the queue is full
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HTTP_WORKERS_H
#define HTTP_WORKERS_H

#include <stdbool.h>

struct workers;

struct job {
	void (*run)(struct job *job);
	struct job *next;
};

struct workers_options {
	unsigned max;     /* threads */
	unsigned core;    /* threads kept when there is nothing to do */
	unsigned idle_ms; /* how long the others stay */
};

struct workers *workers_open(struct workers_options options);
bool workers_add(struct workers *workers, struct job *job)
    __attribute__((warn_unused_result));
unsigned workers_count(struct workers *workers);

/* Every job that was added runs to its end first, and every thread is gone
 * then, with what libraries keep for it. NULL is fine. */
void workers_close(struct workers *workers);

#endif
