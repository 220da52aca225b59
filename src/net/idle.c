/* idle.c - things worth keeping until somebody needs them again
 *
 * One list, the youngest at its end, so that the oldest is at its front. 64
 * rows are searched faster than a table is kept.
 *
 * What is too old is released at the next call, whatever it asks for: an
 * idle connection needs no thread that watches it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/idle.h"

#include <pthread.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"

struct kept {
	void *handle;
	char *name;
	size_t length;
	int64_t since_ms;
};

struct idle {
	pthread_mutex_t lock;
	void (*release)(void *handle);
	struct kept kept[IDLE_MAX];
	size_t count;
};

struct idle *
idle_open(void (*release)(void *handle))
{
	struct idle *idle = memory_take(sizeof *idle);

	pthread_mutex_init(&idle->lock, NULL);
	idle->release = release;
	return idle;
}

static void *
unlist(struct idle *idle, size_t index)
{
	void *handle = idle->kept[index].handle;

	memory_give_back(idle->kept[index].name);
	idle->count--;
	memmove(&idle->kept[index], &idle->kept[index + 1],
	    (idle->count - index) * sizeof *idle->kept);
	return handle;
}

/* Fills dead with what must go. Released by the caller without the lock: to
 * close a connection takes system calls. */
static size_t
unlist_old(struct idle *idle, int64_t before_ms, void **dead)
{
	size_t count = 0;

	while (idle->count && idle->kept[0].since_ms < before_ms)
		dead[count++] = unlist(idle, 0);
	return count;
}

static void
release_all(struct idle *idle, void **dead, size_t count)
{
	for (size_t i = 0; i < count; i++)
		idle->release(dead[i]);
}

void
idle_close(struct idle *idle)
{
	if (!idle)
		return;
	while (idle->count)
		idle->release(unlist(idle, 0));
	pthread_mutex_destroy(&idle->lock);
	memory_give_back(idle);
}

void *
idle_take(struct idle *idle, struct span name)
{
	void *dead[IDLE_MAX], *found = NULL;

	pthread_mutex_lock(&idle->lock);
	size_t old =
	    unlist_old(idle, clock_monotonic_ms() - IDLE_KEPT_MS, dead);
	for (size_t i = idle->count; i-- > 0 && !found;) {
		const struct kept *kept = &idle->kept[i];
		if (span_equal(span_from(kept->name, kept->length), name))
			found = unlist(idle, i);
	}
	pthread_mutex_unlock(&idle->lock);
	release_all(idle, dead, old);
	return found;
}

void
idle_give(struct idle *idle, struct span name, void *handle)
{
	void *dead[IDLE_MAX];
	struct kept kept = {handle, memory_take(name.length), name.length,
	    clock_monotonic_ms()};

	memcpy(kept.name, name.at, name.length);
	pthread_mutex_lock(&idle->lock);
	size_t old = unlist_old(idle, kept.since_ms - IDLE_KEPT_MS, dead);
	if (idle->count == IDLE_MAX)
		dead[old++] = unlist(idle, 0);
	idle->kept[idle->count++] = kept;
	pthread_mutex_unlock(&idle->lock);
	release_all(idle, dead, old);
}
