/*
 * scoring.h - a score on its way to an LMS
 *
 * Layer  app
 * Gives  sending one now, or putting it in the line; what became of one
 * Owns   nothing
 * Fails  as service_context.h, service_call.h and lti/score.h;
 *        SCORES_WAITING, SCORE_QUEUE_FULL, NO_SCORE
 * Spec   Assignment and Grade Services 2.0, 3.4; docs/grades.md
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_SCORING_H
#define APP_SCORING_H

#include "app/service_call.h"
#include "store/scores.h"

struct json_t;

/* Has arrived when it answers FAULT_NONE. */
enum fault scoring_send(struct gateway *gateway, struct cx *cx,
    const struct service_context *context, struct span item,
    const struct json_t *body) MUST_USE;

/* Is on disk when it answers FAULT_NONE; score_sender.h does the rest. */
enum fault scoring_queue(struct gateway *gateway, struct cx *cx,
    const struct service_context *context, struct span item,
    const struct json_t *body, struct score_row *out) MUST_USE;

enum fault scoring_find(struct gateway *gateway, struct cx *cx, struct span id,
    struct score_row *out) MUST_USE;

/* The body as the tool sent it, with its time when the tool gave none. */
enum fault scoring_open(struct gateway *gateway, struct cx *cx,
    const struct score_row *row, struct json_t **out) MUST_USE;

/* One try of a leased score, with what its launch was granted. */
enum fault scoring_try(struct gateway *gateway, struct cx *cx,
    const struct score_row *row, struct fetch_answer *out) MUST_USE;

#endif
