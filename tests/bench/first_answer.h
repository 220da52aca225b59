/*
 * first_answer.h - how long a program needs until it serves
 *
 * Layer  tests/bench
 * Gives  the time from fork to the first "200" of GET /healthz
 * Owns   the process it starts, and ends it
 * Fails  ends the program when no answer came in ten seconds
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BENCH_FIRST_ANSWER_H
#define BENCH_FIRST_ANSWER_H

struct sockaddr_in;

/* In milliseconds; what the program says goes to /dev/null. */
double first_answer_ms(const struct sockaddr_in *address, char **command);

#endif
