/* key_sets.c - the keys of LMSs, fetched and kept
 *
 * An entry is there from the first question on, with or without keys. Whoever
 * finds that it must be fetched marks it as being fetched and does so without
 * the lock; the keys themselves are counted references, so that a set may be
 * replaced while others still verify with the old one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "net/key_sets.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/cx.h"
#include "crypto/jws.h"
#include "crypto/public_keys.h"
#include "net/fetch.h"

/* As in permits.c. Whoever is asked about is a registered LMS, so that nobody
 * outside chooses the names. */
#define HASH_FUNCTION(key, length, hash) HASH_SAX(key, length, hash)
#define uthash_malloc(size) memory_take(size)
#define uthash_free(block, size) memory_give_back(block)
#include <uthash.h>

/* Keys that some launches may be using. */
struct shared_keys {
	struct public_keys *keys;
	unsigned users; /* the entry is one */
};

struct entry {
	char *name; /* method and value */
	size_t name_length;
	struct shared_keys *shared; /* NULL: none were ever had */
	/* On cx->now, which may be that of a request that began before. A
	 * clock that was put back by more makes everything due. */
	int64_t fetched_at; /* when the last fetch ended, good or bad */
	int64_t expires_at;
	int64_t unknown_at; /* when a key nobody knew last caused a fetch */
	enum fault failed;  /* why the last fetch brought nothing */
	bool fetching;
	unsigned waiting; /* threads that look at it */
	UT_hash_handle hh;
};

struct key_sets {
	struct net *net;
	size_t max;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct entry *entries; /* the least recently added first */
};

/* --- keys, counted ------------------------------------------------------- */

static struct shared_keys *
share(struct public_keys *keys)
{
	struct shared_keys *shared = memory_take(sizeof *shared);

	shared->keys = keys;
	shared->users = 1;
	return shared;
}

static void
leave(struct shared_keys *shared) /* under the lock */
{
	if (!shared || --shared->users)
		return;
	public_keys_close(shared->keys);
	memory_give_back(shared);
}

/* --- entries ------------------------------------------------------------- */

static void
drop(struct key_sets *sets, struct entry *entry)
{
	HASH_DEL(sets->entries, entry);
	leave(entry->shared);
	memory_give_back(entry->name);
	memory_give_back(entry);
}

/* Room for one more: the oldest that nobody looks at goes. */
static void
make_room(struct key_sets *sets)
{
	struct entry *entry = sets->entries;

	if (HASH_COUNT(sets->entries) < sets->max)
		return;
	while (entry && (entry->fetching || entry->waiting))
		entry = entry->hh.next;
	if (entry)
		drop(sets, entry);
}

static struct entry *
find(struct key_sets *sets, struct cx *cx, const struct key_source *source)
{
	struct span name = arena_printf(cx->arena, "%.*s %.*s",
	    SPAN_ARGS(source->method), SPAN_ARGS(source->value));
	struct entry *entry;

	HASH_FIND(hh, sets->entries, name.at, name.length, entry);
	if (entry)
		return entry;
	make_room(sets);
	entry = memory_take(sizeof *entry);
	entry->name = memory_take(name.length + 1);
	entry->name_length = name.length;
	memcpy(entry->name, name.at, name.length);
	HASH_ADD_KEYPTR(
	    hh, sets->entries, entry->name, entry->name_length, entry);
	return entry;
}

/* --- fetching ------------------------------------------------------------ */

static bool
is_directive(struct span part, const char *name)
{
	return span_equal_nocase(part, span_of(name));
}

static int64_t
kept_seconds(struct span cache_control)
{
	struct span part;
	int64_t seconds = KEY_SET_KEPT;

	while (span_next(&cache_control, ',', &part)) {
		part = span_trim(part);
		if (is_directive(part, "no-store") ||
		    is_directive(part, "no-cache"))
			return KEY_SET_KEPT_MIN;
		if (!is_directive(span_first(part, 8), "max-age="))
			continue;
		/* Only digits too many are more than a number can hold. */
		if (!span_number(
			span_from_offset(part, 8), INT64_MAX, &seconds))
			seconds = part.length > 8 + 18 ? KEY_SET_KEPT_MAX
						       : KEY_SET_KEPT;
	}
	if (seconds < KEY_SET_KEPT_MIN)
		return KEY_SET_KEPT_MIN;
	return seconds > KEY_SET_KEPT_MAX ? KEY_SET_KEPT_MAX : seconds;
}

static enum fault
fetch_keys(struct key_sets *sets, struct cx *cx,
    const struct key_source *source, struct public_keys **out, int64_t *seconds)
{
	const struct fetch_request request = {
	    .url = source->value,
	    .method = "GET",
	    .accept = "application/json",
	    .answer_max = KEY_SET_BYTES_MAX,
	    .deadline_ms = fetch_deadline(),
	    .kind = PERMIT_KEY_SET,
	    .client = source->client,
	};
	struct fetch_answer answer;
	enum fault which = fetch(sets->net, cx, &request, &answer);

	cx_wake(cx);
	if (which == FAULT_LMS_UNREACHABLE || which == FAULT_LMS_NO_ANSWER ||
	    which == FAULT_ENDPOINT_REFUSED)
		return fault_as(cx, FAULT_KEY_SET_UNREACHABLE);
	if (which)
		return which;
	fetch_note(cx, source->value, &answer);
	cx->note.body_received = SPAN_NONE;
	if (answer.status != 200)
		return fault_tell(cx, FAULT_KEY_SET_UNREACHABLE,
		    "The LMS answered the request for its key set with HTTP "
		    "status %d",
		    answer.status);
	*seconds = kept_seconds(answer.cache_control);
	return public_keys_read(cx, answer.body, out);
}

static enum fault
read_keys(struct key_sets *sets, struct cx *cx, const struct key_source *source,
    struct public_keys **out, int64_t *seconds)
{
	*seconds = KEY_SET_KEPT_MAX;
	if (span_is(source->method, "RSA_KEY"))
		return public_keys_read_pem(cx, source->value, out);
	if (span_is(source->method, "JWK_KEY"))
		return public_keys_read_jwk(cx, source->value, out);
	return fetch_keys(sets, cx, source, out, seconds);
}

/* Called with the lock, which is given back meanwhile. */
static enum fault
refresh(struct key_sets *sets, struct cx *cx, struct entry *entry,
    const struct key_source *source)
{
	struct public_keys *keys = NULL;
	int64_t seconds;

	entry->fetching = true;
	pthread_mutex_unlock(&sets->lock);
	enum fault which = read_keys(sets, cx, source, &keys, &seconds);
	pthread_mutex_lock(&sets->lock);
	entry->fetching = false;
	entry->fetched_at = cx->now;
	entry->failed = which;
	if (!which) {
		leave(entry->shared);
		entry->shared = share(keys);
		entry->expires_at = cx->now + seconds;
	}
	pthread_cond_broadcast(&sets->changed);
	return which;
}

/* --- asking -------------------------------------------------------------- */

/* Verifies with the keys that are there, without the lock. */
static enum fault
try_keys(struct key_sets *sets, struct cx *cx, struct entry *entry,
    const struct jws *jws)
{
	struct shared_keys *shared = entry->shared;
	const struct public_key *key;

	shared->users++;
	pthread_mutex_unlock(&sets->lock);
	enum fault which =
	    public_keys_find(cx, shared->keys, jws->kid, jws->algorithm, &key);
	if (!which)
		which = jws_check(cx, jws, key);
	pthread_mutex_lock(&sets->lock);
	leave(shared);
	return which;
}

static bool
wait_for_change(struct key_sets *sets, int64_t deadline_ms)
{
	struct timespec until = {.tv_sec = (time_t)(deadline_ms / 1000),
	    .tv_nsec = (long)(deadline_ms % 1000) * 1000000L};

	return pthread_cond_timedwait(&sets->changed, &sets->lock, &until) !=
	       ETIMEDOUT;
}

static bool
is_recent(const struct cx *cx, int64_t at)
{
	return at && cx->now > at - KEY_SET_RETRY &&
	       cx->now < at + KEY_SET_RETRY;
}

static bool
is_fresh(const struct cx *cx, const struct entry *entry)
{
	return cx->now > entry->fetched_at - KEY_SET_RETRY &&
	       cx->now < entry->expires_at;
}

/* Until there are keys, or it is known that there are none. */
static enum fault
have_some(struct key_sets *sets, struct cx *cx, struct entry *entry,
    const struct key_source *source, bool *fetched)
{
	int64_t deadline_ms = fetch_deadline();

	while (entry->fetching && !entry->shared)
		if (!wait_for_change(sets, deadline_ms))
			return fault(cx, FAULT_KEY_SET_UNREACHABLE,
			    "another launch still waits for the key set");
	if (entry->fetching || (entry->shared && is_fresh(cx, entry)))
		return FAULT_NONE;
	if (entry->failed && is_recent(cx, entry->fetched_at))
		return entry->shared
			   ? FAULT_NONE
			   : fault(cx, entry->failed,
				 "the last fetch failed less than a minute "
				 "ago");
	*fetched = span_is(source->method, "JWK_SET");
	enum fault which = refresh(sets, cx, entry, source);
	return entry->shared ? FAULT_NONE : which;
}

static enum fault
check(struct key_sets *sets, struct cx *cx, struct entry *entry,
    const struct key_source *source, const struct jws *jws, bool *fetched)
{
	enum fault which = have_some(sets, cx, entry, source, fetched);

	if (!which)
		which = try_keys(sets, cx, entry, jws);
	if (which != FAULT_KEY_UNKNOWN || !jws->kid.length ||
	    !span_is(source->method, "JWK_SET"))
		return which;
	/* A key that nobody knows may be a new one. Somebody is asking
	 * already: then its answer is ours too. */
	int64_t deadline_ms = fetch_deadline();
	bool waited = entry->fetching;
	while (entry->fetching && wait_for_change(sets, deadline_ms))
		;
	if (!waited && (*fetched || is_recent(cx, entry->unknown_at)))
		return which;
	if (!waited) {
		*fetched = true;
		enum fault failed = refresh(sets, cx, entry, source);
		entry->unknown_at = cx->now;
		if (failed)
			return fault(cx, FAULT_KEY_UNKNOWN,
			    "the key is new and the key set could not be "
			    "fetched again: %s",
			    arena_printf(cx->arena, "%s", cx->note.detail).at);
	}
	return try_keys(sets, cx, entry, jws);
}

enum fault
key_sets_check(struct key_sets *sets, struct cx *cx,
    const struct key_source *source, const struct jws *jws, bool *fetched)
{
	*fetched = false;
	pthread_mutex_lock(&sets->lock);
	struct entry *entry = find(sets, cx, source);
	entry->waiting++;
	enum fault which = check(sets, cx, entry, source, jws, fetched);
	entry->waiting--;
	pthread_mutex_unlock(&sets->lock);
	return which;
}

struct key_sets *
key_sets_open(struct net *net, size_t max)
{
	struct key_sets *sets = memory_take(sizeof *sets);
	pthread_condattr_t monotonic;

	sets->net = net;
	sets->max = max;
	pthread_mutex_init(&sets->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&sets->changed, &monotonic);
	return sets;
}

void
key_sets_close(struct key_sets *sets)
{
	if (!sets)
		return;
	while (sets->entries)
		drop(sets, sets->entries);
	pthread_cond_destroy(&sets->changed);
	pthread_mutex_destroy(&sets->lock);
	memory_give_back(sets);
}
