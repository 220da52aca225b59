/*
 * stats.h - how long it took, what it cost
 *
 * Layer  tests/bench
 * Gives  times and their percentiles; what /proc tells of a process; figures
 *        on standard output
 * Owns   the times, from timings_open to timings_close
 * Fails  cost_read ends the program when there is no such process
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timings {
	int64_t *us;
	size_t count, room;
};

void timings_add(struct timings *timings, int64_t us);
void timings_sort(struct timings *timings);
/* Of sorted ones, in milliseconds; share from 0 to 1. */
double timings_at(const struct timings *timings, double share);
void timings_close(struct timings *timings);

struct cost {
	double cpu_ms; /* user and system, since it began */
	double resident_mb;
	long threads;
};

enum { PIDS_MAX = 8 };

struct pids {
	int list[PIDS_MAX];
	size_t count;
};

/* Of all of them together; none: zero. */
struct cost cost_read(const struct pids *pids);
double cost_own_cpu_ms(void);

struct figure {
	const char *name;
	double value;
	const char *unit;
};

/* A row each, or one JSON object. */
void figures_print(const struct figure *figures, size_t count, bool json);

/* The median of rounds of a write and its way to the disk. */
double disk_wait_ms(const char *folder);

#endif
