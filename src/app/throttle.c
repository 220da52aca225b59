/* throttle.c - how often one address may begin something
 *
 * Addresses are hashed, with a key of this process, into a fixed number of
 * buckets; two that share one share its tries. With 65,536 buckets, of 16
 * bytes, that is rare, and nobody can fill the memory with addresses.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/throttle.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/cx.h"
#include "crypto/digest.h"
#include "crypto/random.h"

enum { BUCKETS = 65536, MINUTE_MS = 60000 };

struct bucket {
	int64_t seen_ms;
	double tries; /* left */
};

struct throttle {
	unsigned a_minute;
	struct secret key;
	pthread_mutex_t lock;
	struct bucket buckets[BUCKETS];
};

struct throttle *
throttle_open(unsigned a_minute)
{
	struct throttle *throttle = memory_take(sizeof *throttle);

	throttle->a_minute = a_minute;
	random_bytes(throttle->key.bytes, sizeof throttle->key.bytes);
	pthread_mutex_init(&throttle->lock, NULL);
	return throttle;
}

void
throttle_close(struct throttle *throttle)
{
	memory_give_back(throttle);
}

static struct bucket *
bucket_of(struct throttle *throttle, struct span address)
{
	unsigned char mac[DIGEST_SIZE];

	digest_hmac(&throttle->key, address, mac);
	return &throttle->buckets[(mac[0] << 8 | mac[1]) % BUCKETS];
}

static bool
take_try(struct throttle *throttle, struct bucket *bucket)
{
	int64_t now = clock_monotonic_ms();
	double most = throttle->a_minute;

	if (bucket->seen_ms == 0)
		bucket->tries = most;
	else
		bucket->tries +=
		    most * (double)(now - bucket->seen_ms) / MINUTE_MS;
	if (bucket->tries > most)
		bucket->tries = most;
	bucket->seen_ms = now;
	if (bucket->tries < 1)
		return false;
	bucket->tries -= 1;
	return true;
}

enum fault
throttle_pass(struct throttle *throttle, struct cx *cx, struct span address)
{
	if (throttle->a_minute == 0)
		return FAULT_NONE;
	struct bucket *bucket = bucket_of(throttle, address);
	pthread_mutex_lock(&throttle->lock);
	bool passes = take_try(throttle, bucket);
	pthread_mutex_unlock(&throttle->lock);
	if (passes)
		return FAULT_NONE;
	return fault(cx, FAULT_TOO_MANY_REQUESTS, "too many from one address");
}
