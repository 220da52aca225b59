/*
 * clock.h - the only place that asks what time it is
 *
 * Layer  base
 * Gives  wall time since the epoch, monotonic milliseconds, times as text
 * Owns   nothing
 * Fails  never; clock_read answers false
 *
 * Builds for tests add to the wall time the number of seconds that stands in
 * the file named by LTIGATE_TEST_CLOCK, so that cases can move an hour on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#include "base/span.h"

/* Instances on one store may differ by so many seconds: a lease lives that much
 * longer than its holder needs, and what is over is deleted that much later. */
enum { CLOCK_SKEW = 60 };

int64_t clock_now(void);
int64_t clock_now_us(void); /* the same in microseconds */
int64_t clock_monotonic_ms(void);
int64_t clock_monotonic_us(void);

enum { CLOCK_TEXT_SIZE = 25 };
/* 2026-11-21T03:46:05Z */
void clock_write(int64_t seconds, char text[CLOCK_TEXT_SIZE]);
/* That, a part of a second cut off, with Z or another offset (+01:00); or a
 * day alone. From 1970 to 9999. */
bool clock_read(struct span text, int64_t *seconds);

#endif
