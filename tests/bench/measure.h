/*
 * measure.h - a number of registrations, and what they cost
 *
 * Layer  tests/bench
 * Gives  figures on standard output
 * Owns   nothing after it has returned
 * Fails  1 when a registration failed or one that hung was told too late
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "browsers.h"
#include "stats.h"

struct plan {
	struct target target;
	unsigned lms_port;
	size_t concurrency, count;
	size_t warm;      /* registrations before it counts */
	size_t stuck;     /* that hang while others are measured again */
	int seconds;      /* instead of count; 0: count */
	struct pids pids; /* the gateway, for what it costs */
	bool json;
};

int measure_run(const struct plan *plan);

#endif
