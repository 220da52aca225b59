/*
 * score_json.h - a queued score as the API tells it
 *
 * Layer  api
 * Gives  score_json_write
 * Owns   nothing
 * Fails  never
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef API_SCORE_JSON_H
#define API_SCORE_JSON_H

#include "store/scores.h"

struct cx;
struct json_t;

void score_json_write(
    struct cx *cx, struct json_t *answer, const struct score_row *row);

#endif
