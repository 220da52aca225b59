/*
 * browsers.h - administrators who register a tool, many at once
 *
 * Layer  tests/bench
 * Gives  who is asked: one or several instances; a fleet of browsers, each with
 * one kept connection, each asking for the next registration when it has the
 * page of the last Owns   its connections, from fleet_open to fleet_close Fails
 * what is not the page of a success is counted; the first is shown
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BENCH_BROWSERS_H
#define BENCH_BROWSERS_H

#include <netinet/in.h>
#include <stdbool.h>

#include "stats.h"

struct lms;
struct wire;

enum { INSTANCES_MAX = 8 };

/* Connection n goes to address n modulo count. */
struct target {
	struct sockaddr_in addresses[INSTANCES_MAX];
	size_t count;
	const char *authority, *path;
};

struct fleet_plan {
	struct wire *wire;
	const struct lms *lms;
	const struct target *target;
	size_t browsers;
	size_t count;     /* registrations altogether */
	int64_t until_us; /* none is begun later; 0: whenever */
	bool stuck;       /* at LMSs that never answer */
};

struct fleet;

struct fleet *fleet_open(const struct fleet_plan *plan);
void fleet_close(struct fleet *fleet);

struct fleet_result {
	struct timings timings;
	size_t begun, over, failed;
};

struct fleet_result *fleet_result(struct fleet *fleet);
bool fleet_is_over(const struct fleet *fleet);

#endif
