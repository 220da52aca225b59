/*
 * score_sender.h - sends the scores that wait
 *
 * Layer  app
 * Gives  threads that lease scores, send them and write down what came of it
 * Owns   the threads, from start to stop; what is known of each LMS's health
 * Fails  never: what does not succeed is tried again, for a day
 *
 * An LMS that fails rests, longer each time, and is then asked with one score
 * until that one arrives: a thousand that wait do not knock a thousand times.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_SCORE_SENDER_H
#define APP_SCORE_SENDER_H

struct gateway;
struct score_sender;

enum {
	SCORE_LIFE = 86400,     /* seconds; then it is expired */
	SCORE_SENDERS = 16,     /* sent at once */
	SCORE_PER_PLATFORM = 6, /* of them to one LMS */
	SCORE_LEASE = 30,       /* seconds; a try takes at most 15 */
	SCORE_WAIT_FIRST = 5,   /* seconds after the first failure */
	SCORE_WAIT_MAX = 900,   /* and at most */
	SCORE_TRIES_TOLD = 20,  /* that are remembered of one score */
	SCORE_GONE_TRIES = 5,   /* until a 404 is believed */
};

/* NULL: no thread could be made. */
struct score_sender *score_sender_start(struct gateway *gateway);
/* Waits for those being sent. NULL is fine. */
void score_sender_stop(struct score_sender *sender);

/* Something came into the line. NULL is fine: another process sends it. */
void score_sender_wake(struct score_sender *sender);

#endif
