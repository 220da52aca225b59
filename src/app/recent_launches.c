/* recent_launches.c - what the launches of the last minute may reach
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/recent_launches.h"

#include <pthread.h>

#include "base/clock.h"
#include "base/cx.h"

/* As in net/permits.c; a nonce is ours, and chance. */
#define HASH_FUNCTION(key, length, hash) HASH_SAX(key, length, hash)
#define uthash_malloc(size) memory_take(size)
#define uthash_free(block, size) memory_give_back(block)
#include <uthash.h>

struct entry {
	UT_hash_handle hh;
	struct arena *arena; /* of the name and the context */
	struct span name;
	struct service_context context;
	int64_t until_ms; /* on clock_monotonic_ms */
};

struct recent_launches {
	pthread_mutex_t lock;
	struct entry *entries; /* the oldest first */
};

struct recent_launches *
recent_launches_open(void)
{
	struct recent_launches *launches = memory_take(sizeof *launches);

	pthread_mutex_init(&launches->lock, NULL);
	return launches;
}

static void
drop(struct recent_launches *launches, struct entry *entry)
{
	HASH_DEL(launches->entries, entry);
	arena_close(entry->arena);
	memory_give_back(entry);
}

void
recent_launches_close(struct recent_launches *launches)
{
	if (!launches)
		return;
	while (launches->entries)
		drop(launches, launches->entries);
	pthread_mutex_destroy(&launches->lock);
	memory_give_back(launches);
}

static struct span
name_of(struct arena *arena, struct launch_key key)
{
	return arena_printf(
	    arena, "%lld.%.*s", (long long)key.hour, SPAN_ARGS(key.nonce));
}

static struct service_context
copy(struct arena *arena, const struct service_context *from)
{
	struct service_context to = {
	    .platform = {.id = from->platform.id},
	    .deployment_id = from->deployment_id,
	    .organization_id = from->organization_id,
	    .claims = from->claims,
	};
	struct service_claims *claims = &to.claims;
	struct span *const texts[] = {&to.platform.id, &to.deployment_id,
	    &to.organization_id, &claims->line_items, &claims->line_item,
	    &claims->memberships, &claims->scopes, &claims->context_id,
	    &claims->context_title, &claims->resource_link_id,
	    &claims->resource_link_title};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = arena_copy(arena, *texts[i]);
	return to;
}

bool
recent_launches_find(struct recent_launches *launches, struct cx *cx,
    struct launch_key key, struct service_context *out)
{
	struct span name = name_of(cx->arena, key);
	struct entry *entry;

	pthread_mutex_lock(&launches->lock);
	HASH_FIND(hh, launches->entries, name.at, name.length, entry);
	bool found = entry && clock_monotonic_ms() < entry->until_ms;
	if (found)
		*out = copy(cx->arena, &entry->context);
	pthread_mutex_unlock(&launches->lock);
	return found;
}

/* The oldest stand first, and all live equally long. */
static void
make_room(struct recent_launches *launches, int64_t now_ms)
{
	while (launches->entries &&
	       (launches->entries->until_ms <= now_ms ||
		   HASH_COUNT(launches->entries) >= RECENT_LAUNCHES_MAX))
		drop(launches, launches->entries);
}

void
recent_launches_keep(struct recent_launches *launches, struct launch_key key,
    const struct service_context *context)
{
	struct entry *entry = memory_take(sizeof *entry), *old;
	int64_t now_ms = clock_monotonic_ms();

	entry->arena = arena_open();
	entry->name = name_of(entry->arena, key);
	entry->context = copy(entry->arena, context);
	entry->until_ms = now_ms + RECENT_LAUNCHES_LIFE_MS;
	pthread_mutex_lock(&launches->lock);
	make_room(launches, now_ms);
	HASH_FIND(
	    hh, launches->entries, entry->name.at, entry->name.length, old);
	if (old)
		drop(launches, old);
	HASH_ADD_KEYPTR(
	    hh, launches->entries, entry->name.at, entry->name.length, entry);
	pthread_mutex_unlock(&launches->lock);
}
