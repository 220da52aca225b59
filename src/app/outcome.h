/*
 * outcome.h - what came of something that was sent is written down
 *
 * Layer  app
 * Gives  outcome_keep, outcome_tell, for the lines of scores and of
 *        notifications
 * Owns   nothing
 * Fails  never: a fault of the store is told in the log
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_OUTCOME_H
#define APP_OUTCOME_H

#include <stdatomic.h>

#include "store/db.h"

struct cx;

/* Which line, and what keeps it from being worked off: nothing or a fault. */
void outcome_tell(struct cx *cx, const char *line, enum fault which);

struct outcome {
	const char *line; /* "scores" */
	db_work *work;    /* writes it */
	void *arg;
	int64_t leased_until;
	const atomic_bool *stopping;
};
/* While the store is gone it is held: forgotten, it would be sent again. Until
 * the lease ends, or the program does. */
void outcome_keep(struct db *db, struct cx *cx, const struct outcome *outcome);

#endif
