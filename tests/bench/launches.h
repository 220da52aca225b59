/*
 * launches.h - a number of launches, and what they cost
 *
 * Layer  tests/bench
 * Gives  figures on standard output
 * Owns   nothing after it has returned
 * Fails  1 when a launch did not end as expected
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BENCH_LAUNCHES_H
#define BENCH_LAUNCHES_H

#include "browsers.h"
#include "stats.h"

struct launches_plan {
	struct target target; /* path: of the login */
	const char *post_path, *issuer, *client_id, *launch_url;
	const char *key_file;    /* PEM of the LMS's key, kid "bench" */
	size_t platforms, first; /* of students.h */
	size_t concurrency, count;
	struct pids pids; /* the tool, for what it costs */
	bool refused, json;
};

int launches_run(const struct launches_plan *plan);

#endif
