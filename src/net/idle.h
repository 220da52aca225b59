/*
 * idle.h - things worth keeping until somebody needs them again
 *
 * Layer  net
 * Gives  handles by name: the youngest is lent first
 * Owns   the handles that are idle, until they are taken, too old or too
 *        many
 * Fails  never; idle_take answers NULL when there is none
 *
 * Knows nothing of what a handle is. Any thread may call.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NET_IDLE_H
#define NET_IDLE_H

#include "base/span.h"

struct idle;

enum {
	IDLE_MAX = 64,
	/* Web servers close idle connections after 5 s (Apache) to 75 s
	 * (nginx); a dead one costs a try, an old one an address judged long
	 * ago. */
	IDLE_KEPT_MS = 30000,
};

struct idle *idle_open(void (*release)(void *handle));
void idle_close(struct idle *idle); /* NULL is fine */

/* The handle is the caller's, who gives it back or releases it. */
void *idle_take(struct idle *idle, struct span name);
void idle_give(struct idle *idle, struct span name, void *handle);

#endif
