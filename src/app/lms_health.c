/* lms_health.c - which LMSs take scores at the moment, and how many at once
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/lms_health.h"

#include <pthread.h>
#include <string.h>

#include "base/arena.h"

#define HASH_FUNCTION(key, length, hash) HASH_SAX(key, length, hash)
#define uthash_malloc(size) memory_take(size)
#define uthash_free(block, size) memory_give_back(block)
#include <uthash.h>

enum { KEPT_MAX = 10000 }; /* the healthy ones are forgotten beyond */

struct lms {
	UT_hash_handle hh;
	unsigned held;      /* on their way */
	unsigned failures;  /* rests in a row */
	int64_t rest_until; /* seconds since the epoch */
	char id[];
};

struct lms_health {
	pthread_mutex_t lock;
	struct lms *all;
};

struct lms_health *
lms_health_open(void)
{
	struct lms_health *health = memory_take(sizeof *health);

	pthread_mutex_init(&health->lock, NULL);
	return health;
}

static void
drop(struct lms_health *health, struct lms *lms)
{
	HASH_DEL(health->all, lms);
	memory_give_back(lms);
}

void
lms_health_close(struct lms_health *health)
{
	struct lms *lms, *next;

	if (!health)
		return;
	HASH_ITER(hh, health->all, lms, next)
	{
		drop(health, lms);
	}
	pthread_mutex_destroy(&health->lock);
	memory_give_back(health);
}

/* --- under the lock ------------------------------------------------------ */

static void
make_room(struct lms_health *health)
{
	struct lms *lms, *next;

	HASH_ITER(hh, health->all, lms, next)
	{
		if (!lms->held && !lms->failures)
			drop(health, lms);
	}
}

static struct lms *
find(struct lms_health *health, struct span id)
{
	struct lms *lms;

	HASH_FIND(hh, health->all, id.at, id.length, lms);
	if (lms)
		return lms;
	if (HASH_COUNT(health->all) >= KEPT_MAX)
		make_room(health);
	lms = memory_take(sizeof *lms + id.length);
	memcpy(lms->id, id.at, id.length);
	HASH_ADD(hh, health->all, id, id.length, lms);
	return lms;
}

static bool
rests(const struct lms *lms, int64_t now)
{
	return lms->rest_until > now &&
	       lms->rest_until - now <= LMS_HEALTH_LONGEST;
}

static int64_t
rest_of(unsigned failures, int64_t asked)
{
	int64_t rest = LMS_HEALTH_FIRST;

	for (unsigned i = 1; i < failures && rest < LMS_HEALTH_LONGEST; i++)
		rest *= 2;
	if (rest < asked)
		rest = asked;
	return rest < LMS_HEALTH_LONGEST ? rest : LMS_HEALTH_LONGEST;
}

static int64_t
fail(struct lms *lms, int64_t now, int64_t retry_after)
{
	if (!rests(lms, now)) {
		lms->failures++;
		lms->rest_until = now;
	}
	int64_t rest = rest_of(lms->failures, retry_after);
	if (lms->rest_until < now + rest)
		lms->rest_until = now + rest;
	return lms->rest_until - now;
}

/* --- asked --------------------------------------------------------------- */

unsigned
lms_health_room(struct lms_health *health, struct span platform_id, int64_t now)
{
	unsigned room = 0;

	pthread_mutex_lock(&health->lock);
	const struct lms *lms = find(health, platform_id);
	unsigned most = lms->failures ? 1 : LMS_HEALTH_AT_ONCE;
	if (!rests(lms, now) && lms->held < most)
		room = most - lms->held;
	pthread_mutex_unlock(&health->lock);
	return room;
}

static void
count(struct lms_health *health, struct span platform_id, unsigned more)
{
	pthread_mutex_lock(&health->lock);
	find(health, platform_id)->held += more;
	pthread_mutex_unlock(&health->lock);
}

void
lms_health_hold(struct lms_health *health, struct span platform_id)
{
	count(health, platform_id, 1);
}

void
lms_health_let_go(struct lms_health *health, struct span platform_id)
{
	count(health, platform_id, -1U);
}

int64_t
lms_health_learn(struct lms_health *health, struct span platform_id,
    int64_t now, bool fine, int64_t retry_after)
{
	int64_t wait = LMS_HEALTH_FIRST;

	pthread_mutex_lock(&health->lock);
	struct lms *lms = find(health, platform_id);
	if (fine) {
		lms->failures = 0;
		lms->rest_until = 0;
	} else {
		wait = fail(lms, now, retry_after);
	}
	pthread_mutex_unlock(&health->lock);
	return wait;
}
