/*
 * students.h - people who click a link in the LMS, many at once
 *
 * Layer  tests/bench
 * Gives  launches in three steps: logins, tokens signed off the clock, posts
 * Owns   its connections and attempts, from students_open to students_close
 * Fails  what is not as expected is counted; the first is shown
 * Spec   1EdTech Security Framework 1.0, 5.1.1
 *
 * A signature costs the LMS ten times what its check costs the tool: signed
 * between the two steps, so that the LMS is not what is measured.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BENCH_STUDENTS_H
#define BENCH_STUDENTS_H

#include "browsers.h"
#include "stats.h"

struct signing_key;
struct wire;

struct students_plan {
	struct wire *wire;
	const struct target *target;
	const char *authority;              /* Host of the requests */
	const char *login_path, *post_path; /* /lti/login, /lti/launch */
	/* "@" in the first two is the number of a platform. */
	const char *issuer, *client_id, *launch_url;
	size_t platforms, first; /* launched from one after the other */
	struct signing_key *key; /* its kid is "bench" */
	size_t students;         /* at once, each with one kept connection */
	size_t count;            /* launches */
	bool refused;            /* tokens whose signature is another's */
};

struct students *students_open(const struct students_plan *plan);
void students_close(struct students *students);

/* Begins the step; the caller turns the wire until it is over. */
void students_log_in(struct students *students);
void students_sign(struct students *students); /* at once */
void students_post(struct students *students);
bool students_are_over(const struct students *students);

struct students_result {
	struct timings timings; /* login and post of each, added up */
	size_t over, failed;
};

struct students_result *students_result(struct students *students);

#endif
