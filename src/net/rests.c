/* rests.c - hosts that asked to be left alone for a while
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/rests.h"

#include <pthread.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"

#define HASH_FUNCTION(key, length, hash) HASH_SAX(key, length, hash)
#define uthash_malloc(size) memory_take(size)
#define uthash_free(block, size) memory_give_back(block)
#include <uthash.h>

struct rest {
	UT_hash_handle hh;
	int64_t until_ms; /* on clock_monotonic_ms */
	char origin[];
};

struct rests {
	pthread_mutex_t lock;
	struct rest *hosts;
};

struct rests *
rests_open(void)
{
	struct rests *rests = memory_take(sizeof *rests);

	pthread_mutex_init(&rests->lock, NULL);
	return rests;
}

static void
drop(struct rests *rests, struct rest *rest)
{
	HASH_DEL(rests->hosts, rest);
	memory_give_back(rest);
}

void
rests_close(struct rests *rests)
{
	struct rest *rest, *next;

	if (!rests)
		return;
	HASH_ITER(hh, rests->hosts, rest, next)
	{
		drop(rests, rest);
	}
	pthread_mutex_destroy(&rests->lock);
	memory_give_back(rests);
}

/* What is over goes; when nothing is, the one that was noted first does. */
static void
make_room(struct rests *rests, int64_t now)
{
	struct rest *rest, *next;

	HASH_ITER(hh, rests->hosts, rest, next)
	{
		if (rest->until_ms <= now)
			drop(rests, rest);
	}
	if (HASH_COUNT(rests->hosts) >= RESTS_MAX)
		drop(rests, rests->hosts);
}

static struct rest *
add(struct rests *rests, struct span origin)
{
	struct rest *rest = memory_take(sizeof *rest + origin.length);

	memcpy(rest->origin, origin.at, origin.length);
	HASH_ADD(hh, rests->hosts, origin, origin.length, rest);
	return rest;
}

void
rests_keep(struct rests *rests, struct span origin, int64_t wait_ms)
{
	int64_t now = clock_monotonic_ms();
	struct rest *rest;

	if (wait_ms <= 0)
		return;
	if (wait_ms > RESTS_MAX_MS)
		wait_ms = RESTS_MAX_MS;
	pthread_mutex_lock(&rests->lock);
	HASH_FIND(hh, rests->hosts, origin.at, origin.length, rest);
	if (!rest) {
		if (HASH_COUNT(rests->hosts) >= RESTS_MAX)
			make_room(rests, now);
		rest = add(rests, origin);
	}
	if (rest->until_ms < now + wait_ms)
		rest->until_ms = now + wait_ms;
	pthread_mutex_unlock(&rests->lock);
}

int64_t
rests_left(struct rests *rests, struct span origin)
{
	int64_t now = clock_monotonic_ms(), left = 0;
	struct rest *rest;

	pthread_mutex_lock(&rests->lock);
	HASH_FIND(hh, rests->hosts, origin.at, origin.length, rest);
	if (rest && rest->until_ms > now)
		left = rest->until_ms - now;
	else if (rest)
		drop(rests, rest);
	pthread_mutex_unlock(&rests->lock);
	return left;
}
