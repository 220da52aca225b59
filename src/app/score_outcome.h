/*
 * score_outcome.h - what one try means for a score that waits
 *
 * Layer  app
 * Gives  score_outcome_judge
 * Owns   nothing
 * Fails  never
 * Spec   Assignment and Grade Services 2.0, 3.4; docs/grades.md
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_SCORE_OUTCOME_H
#define APP_SCORE_OUTCOME_H

#include "base/fault.h"
#include "base/span.h"

struct cx;
struct score_row;

/* The LMS had a word to say on this very score, or took it. Everything else
 * is the LMS's trouble, or ours. */
bool score_outcome_is_word(enum fault which);

/* Changes state, next_try_at, made_at_us and tries of a row that was tried
 * with this outcome; cx has its note. rest: seconds until the LMS is asked
 * again. */
void score_outcome_judge(
    struct cx *cx, enum fault which, int64_t rest, struct score_row *row);

#endif
