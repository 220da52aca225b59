/*
 * notice_sender.h - sends the notifications that wait
 *
 * Layer  app
 * Gives  a thread for each channel: leases one, sends it, writes down what
 *        came of it
 * Owns   the threads, from start to stop
 * Fails  never: what does not succeed is tried again, for a day
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef APP_NOTICE_SENDER_H
#define APP_NOTICE_SENDER_H

#include "base/clock.h"

struct gateway;
struct notice_sender;

enum {
	NOTICE_LIFE = 86400, /* seconds; then it is given up */
	/* Seconds; a try takes at most 25. */
	NOTICE_LEASE = 60 + CLOCK_SKEW,
	NOTICE_FIRST = 5,     /* seconds until the second try; then twice it */
	NOTICE_LONGEST = 900, /* between two tries, unless asked for more */
	NOTICE_KEPT = 604800, /* seconds, once it is over */
};

/* No thread for a channel that nobody configured. */
struct notice_sender *notice_sender_start(struct gateway *gateway);
/* Waits for what is being sent. NULL is fine. */
void notice_sender_stop(struct notice_sender *sender);

/* Something came into the line. NULL is fine: another process sends it. */
void notice_sender_wake(struct notice_sender *sender);

#endif
