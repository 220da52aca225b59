/*
 * rests.h - hosts that asked to be left alone for a while
 *
 * Layer  net
 * Gives  rests_keep, rests_left
 * Owns   the hosts and until when, at most RESTS_MAX
 * Fails  never
 * Spec   RFC 6585, 4 (429)
 *
 * One call was told to wait; the others that go there are not sent to be told
 * the same. Any thread may call.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NET_RESTS_H
#define NET_RESTS_H

#include "base/span.h"

struct rests;

enum {
	RESTS_MAX = 1000,
	RESTS_MAX_MS = 900 * 1000, /* however long a host asks for */
};

struct rests *rests_open(void);
void rests_close(struct rests *rests); /* NULL is fine */

/* origin: "https://host:port". The longest rest counts. */
void rests_keep(struct rests *rests, struct span origin, int64_t wait_ms);
/* Milliseconds, 0 when it may be asked. */
int64_t rests_left(struct rests *rests, struct span origin);

#endif
