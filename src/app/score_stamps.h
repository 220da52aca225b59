/*
 * score_stamps.h - when a score was made, so that LMSs see them in order
 *
 * Layer  app
 * Gives  times that rise for each person of a line item
 * Owns   the last times, in a table of fixed size
 * Fails  never; a person whose place in the table another took is "not the
 *        last"
 * Spec   Assignment and Grade Services 2.0, 3.4.4 (timestamp)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_SCORE_STAMPS_H
#define APP_SCORE_STAMPS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

struct score_stamps;

struct score_stamps *score_stamps_open(void);
void score_stamps_close(struct score_stamps *stamps); /* NULL is fine */

/* Microseconds since the epoch: now, or just after the pair's last. */
int64_t score_stamps_make(struct score_stamps *stamps, struct span pair);
/* Nothing newer of the pair was stamped here since. */
bool score_stamps_is_last(
    struct score_stamps *stamps, struct span pair, int64_t made_at_us);

#endif
