/*
 * score_sender.h - sends the scores that wait
 *
 * Layer  app
 * Gives  threads that lease scores, send them and write down what came of it
 * Owns   the threads, from start to stop
 * Fails  never: what does not succeed is tried again, for a day
 *
 * lms_health.h says when an LMS that fails is asked again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_SCORE_SENDER_H
#define APP_SCORE_SENDER_H

#include "base/clock.h"

struct gateway;
struct score_sender;

enum {
	SCORE_LIFE = 86400, /* seconds; then it is expired */
	SCORE_SENDERS = 16, /* sent at once */
	/* Seconds; a try takes at most 15. */
	SCORE_LEASE = 30 + CLOCK_SKEW,
	SCORE_TRIES_TOLD = 20, /* that are remembered of one score */
	SCORE_GONE_TRIES = 5,  /* until a 404 is believed */
};

/* NULL: no thread could be made. */
struct score_sender *score_sender_start(struct gateway *gateway);
/* Waits for those being sent. NULL is fine. */
void score_sender_stop(struct score_sender *sender);

/* Something came into the line. NULL is fine: another process sends it. */
void score_sender_wake(struct score_sender *sender);

#endif
