/*
 * person.h - what is kept of one person of an LMS
 *
 * Layer  app
 * Gives  person_find: launches and scores; person_forget
 * Owns   nothing
 * Fails  as db.h; PLATFORM_UNKNOWN; PARAMETER_REFUSED: nobody is named
 *
 * Launches are sealed, and stand in no order of persons: all those of the
 * platform are opened, 500 at a time. What is counted (usage.h) names nobody,
 * and events hold no person.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_PERSON_H
#define APP_PERSON_H

#include "base/fault.h"
#include "base/span.h"
#include "store/scores.h"

struct cx;
struct gateway;
struct json_t;

struct person {
	struct span platform_id;
	struct span user; /* the LMS's id of the person: "sub" */
};

/* *launches: the claims of each, as the LMS signed them. */
enum fault person_find(struct gateway *gateway, struct cx *cx,
    const struct person *person, struct json_t **launches,
    struct score_list *scores) MUST_USE;

struct person_forgotten {
	int64_t launches, scores;
};
/* A launch's token stays spent, and opens nothing any more. Scores go, also
 * those that wait. */
enum fault person_forget(struct gateway *gateway, struct cx *cx,
    const struct person *person, struct person_forgotten *out) MUST_USE;

#endif
