/*
 * calls.h - a number of calls of one address, and what they cost
 *
 * Layer  tests/bench
 * Gives  figures on standard output
 * Owns   nothing after it has returned
 * Fails  1 when a call was answered otherwise than expected
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BENCH_CALLS_H
#define BENCH_CALLS_H

#include "browsers.h"
#include "stats.h"

struct calls_plan {
	struct target target;
	const char *headers; /* lines, without the last's end */
	/* JSON; "@" is the number of a person. NULL: GET, without one */
	const char *body;
	const char *expected; /* the status of a success */
	size_t first;         /* the first call's person; then the next ones */
	size_t concurrency, count;
	struct pids pids; /* who is called, for what it costs */
	bool json;
};

int calls_run(const struct calls_plan *plan);

#endif
