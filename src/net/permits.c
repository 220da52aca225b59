/* permits.c - how much may wait for others at once
 *
 *   permits -> lines[kind] -> waiting permits, the oldest first
 *   permits -> shares      -> (kind, "host" or "client", name): how many are
 *                             held, and how many permits point here
 *
 * Whoever gives a permit back walks the line from its front and hands on all
 * that now fit, so that nobody who could go is left waiting and a newcomer
 * that fits need not look at the line. (Who waits for a host may see a
 * newcomer take the last share of its client, which costs it a turn, not its
 * place.)
 *
 * Each waiter has a condition variable of its own: with one for all, a
 * thousand threads would wake for every permit.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/permits.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/counters.h"
#include "base/cx.h"

/* Jenkins's, uthash's own choice, falls through its cases silently and does
 * not compile here. The table is never larger than the threads are many. */
#define HASH_FUNCTION(key, length, hash) HASH_SAX(key, length, hash)
#define uthash_malloc(size) memory_take(size)
#define uthash_free(block, size) memory_give_back(block)
#include <uthash.h>

enum { KEY_HEAD = 2 }; /* the kind, and h or c */

struct share {
	UT_hash_handle hh;
	unsigned held, pointing;
	size_t key_length;
	char key[];
};

struct permit {
	struct permit *older, *newer; /* in line */
	struct share *host, *client;  /* client: NULL when nobody caused this */
	enum permit_kind kind;
	bool held;
	pthread_cond_t turn;
};

struct line {
	struct permit *oldest, *newest;
	unsigned held;
};

struct permits {
	pthread_mutex_t lock;
	pthread_condattr_t monotonic;
	struct permit_limits limits;
	struct line lines[PERMIT_KIND_COUNT];
	struct share *shares;
};

struct permits *
permits_open(const struct permit_limits *limits)
{
	struct permits *permits = memory_take(sizeof *permits);

	permits->limits = *limits;
	for (unsigned i = 0; i < PERMIT_KIND_COUNT; i++)
		counters_set(
		    COUNTERS_AT(PERMITS_MAX, i), (int64_t)limits->total[i]);
	pthread_mutex_init(&permits->lock, NULL);
	pthread_condattr_init(&permits->monotonic);
	pthread_condattr_setclock(&permits->monotonic, CLOCK_MONOTONIC);
	return permits;
}

void
permits_close(struct permits *permits)
{
	if (!permits)
		return;
	assert(!permits->shares);
	pthread_condattr_destroy(&permits->monotonic);
	pthread_mutex_destroy(&permits->lock);
	memory_give_back(permits);
}

static struct share *
share_point(
    struct permits *permits, enum permit_kind kind, char what, struct span name)
{
	struct share *found = NULL;
	size_t length = KEY_HEAD + name.length;
	struct share *made = memory_take(sizeof *made + length);

	made->key[0] = (char)kind;
	made->key[1] = what;
	if (name.length)
		memcpy(made->key + KEY_HEAD, name.at, name.length);
	made->key_length = length;
	HASH_FIND(hh, permits->shares, made->key, length, found);
	if (found) {
		memory_give_back(made);
		found->pointing++;
		return found;
	}
	HASH_ADD_KEYPTR(hh, permits->shares, made->key, length, made);
	made->pointing = 1;
	return made;
}

static void
share_unpoint(struct permits *permits, struct share *share)
{
	if (!share || --share->pointing)
		return;
	assert(share->held == 0);
	/* Who points to a share keeps it in the table, so there is one.
	 * NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	HASH_DEL(permits->shares, share);
	memory_give_back(share);
}

static bool
has_room(unsigned held, unsigned limit)
{
	return limit == 0 || held < limit;
}

static bool
fits(const struct permits *permits, const struct permit *permit)
{
	const struct permit_limits *limits = &permits->limits;

	return has_room(permits->lines[permit->kind].held,
		   limits->total[permit->kind]) &&
	       has_room(permit->host->held, limits->per_host) &&
	       (!permit->client ||
		   has_room(permit->client->held, limits->per_client));
}

static void
count(const struct permit *permit, unsigned state, int64_t more)
{
	counters_add(COUNTERS_AT(PERMITS, permit->kind, state), more);
}

static void
hold(struct permits *permits, struct permit *permit)
{
	permit->held = true;
	count(permit, PERMITS_HELD, 1);
	permits->lines[permit->kind].held++;
	permit->host->held++;
	if (permit->client)
		permit->client->held++;
}

static void
let_go(struct permits *permits, struct permit *permit)
{
	count(permit, PERMITS_HELD, -1);
	permits->lines[permit->kind].held--;
	permit->host->held--;
	if (permit->client)
		permit->client->held--;
}

static void
stand_in_line(struct line *line, struct permit *permit)
{
	count(permit, PERMITS_WAITING, 1);
	permit->older = line->newest;
	if (line->newest)
		line->newest->newer = permit;
	else
		line->oldest = permit;
	line->newest = permit;
}

static void
leave_line(struct line *line, struct permit *permit)
{
	count(permit, PERMITS_WAITING, -1);
	if (permit->older)
		permit->older->newer = permit->newer;
	else
		line->oldest = permit->newer;
	if (permit->newer)
		permit->newer->older = permit->older;
	else
		line->newest = permit->older;
}

/* Waits for its turn, with the lock. */
static void
wait_in_line(
    struct permits *permits, struct permit *permit, int64_t deadline_ms)
{
	struct line *line = &permits->lines[permit->kind];
	struct timespec until = {.tv_sec = (time_t)(deadline_ms / 1000),
	    .tv_nsec = (long)(deadline_ms % 1000) * 1000000};
	int status = 0;

	pthread_cond_init(&permit->turn, &permits->monotonic);
	stand_in_line(line, permit);
	while (!permit->held && status == 0)
		status = pthread_cond_timedwait(
		    &permit->turn, &permits->lock, &until);
	/* Whoever hands a permit on takes its waiter out of the line. */
	if (!permit->held)
		leave_line(line, permit);
	pthread_cond_destroy(&permit->turn);
}

static void
forget(struct permits *permits, struct permit *permit)
{
	share_unpoint(permits, permit->host);
	share_unpoint(permits, permit->client);
	memory_give_back(permit);
}

static void
hand_on(struct permits *permits, enum permit_kind kind)
{
	struct line *line = &permits->lines[kind];
	struct permit *newer = NULL;

	for (struct permit *next = line->oldest; next; next = newer) {
		if (!has_room(line->held, permits->limits.total[kind]))
			return;
		newer = next->newer;
		if (!fits(permits, next))
			continue;
		leave_line(line, next);
		hold(permits, next);
		pthread_cond_signal(&next->turn);
	}
}

enum fault
permit_take(struct permits *permits, struct cx *cx, enum permit_kind kind,
    struct span host, struct span client, int64_t deadline_ms,
    struct permit **out)
{
	struct permit *permit = memory_take(sizeof *permit);

	assert(kind < PERMIT_KIND_COUNT);
	permit->kind = kind;
	pthread_mutex_lock(&permits->lock);
	permit->host = share_point(permits, kind, 'h', host);
	if (client.length)
		permit->client = share_point(permits, kind, 'c', client);
	if (fits(permits, permit))
		hold(permits, permit);
	else
		wait_in_line(permits, permit, deadline_ms);
	bool held = permit->held;
	if (!held)
		forget(permits, permit);
	pthread_mutex_unlock(&permits->lock);
	if (!held)
		return fault(cx, FAULT_OUTBOUND_BUSY,
		    "no permit in time for %.*s", SPAN_ARGS(host));
	*out = permit;
	return FAULT_NONE;
}

void
permit_give(struct permits *permits, struct permit *permit)
{
	enum permit_kind kind = permit->kind;

	pthread_mutex_lock(&permits->lock);
	let_go(permits, permit);
	forget(permits, permit);
	hand_on(permits, kind);
	pthread_mutex_unlock(&permits->lock);
}
