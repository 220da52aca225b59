/* score_stamps.c - when a score was made, so that LMSs see them in order
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/score_stamps.h"

#include <pthread.h>

#include "base/arena.h"
#include "base/clock.h"

enum { PLACES = 4096 };

struct place {
	uint64_t pair; /* its hash */
	int64_t made_at_us;
};

struct score_stamps {
	pthread_mutex_t lock;
	struct place places[PLACES];
};

struct score_stamps *
score_stamps_open(void)
{
	struct score_stamps *stamps = memory_take(sizeof *stamps);

	pthread_mutex_init(&stamps->lock, NULL);
	return stamps;
}

void
score_stamps_close(struct score_stamps *stamps)
{
	if (!stamps)
		return;
	pthread_mutex_destroy(&stamps->lock);
	memory_give_back(stamps);
}

/* FNV-1a: pairs are digests already, chance enough. */
static uint64_t
hash(struct span pair)
{
	uint64_t sum = 14695981039346656037u;

	for (size_t i = 0; i < pair.length; i++)
		sum = (sum ^ (unsigned char)pair.at[i]) * 1099511628211u;
	return sum;
}

int64_t
score_stamps_make(struct score_stamps *stamps, struct span pair)
{
	uint64_t name = hash(pair);
	struct place *place = &stamps->places[name % PLACES];
	int64_t now = clock_now_us();

	pthread_mutex_lock(&stamps->lock);
	if (place->pair == name && now <= place->made_at_us &&
	    now > place->made_at_us - 1000000)
		now = place->made_at_us + 1;
	*place = (struct place){name, now};
	pthread_mutex_unlock(&stamps->lock);
	return now;
}

bool
score_stamps_is_last(
    struct score_stamps *stamps, struct span pair, int64_t made_at_us)
{
	uint64_t name = hash(pair);
	const struct place *place = &stamps->places[name % PLACES];

	pthread_mutex_lock(&stamps->lock);
	bool is = place->pair == name && place->made_at_us == made_at_us;
	pthread_mutex_unlock(&stamps->lock);
	return is;
}
