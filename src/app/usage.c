/* usage.c - counting launches, people, registrations and failures
 *
 *   tallies: (hour, organisation, what) -> how many, since the last flush
 *   fresh:   visits (hour, organisation, person) since then
 *   seen:    visits of this hour that the store knows: who launches again
 *            costs it nothing
 *
 * A flush goes in batches, so that no launch waits long for the store's lock.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/usage.h"

#include <pthread.h>
#include <string.h>

/* As in net/permits.c; what is in the keys is ours. */
#define HASH_FUNCTION(key, length, hash) HASH_SAX(key, length, hash)
#define uthash_malloc(size) memory_take(size)
#define uthash_free(block, size) memory_give_back(block)
#include <uthash.h>

#include "app/gateway.h"
#include "base/b64url.h"
#include "base/counters.h"
#include "base/cx.h"
#include "base/log.h"
#include "store/db.h"
#include "store/organizations.h"
#include "store/usage_counts.h"

enum {
	HOUR = 3600,
	DAY = 86400,
	GRACE = 7200,          /* for instances that flush late */
	ORGANIZATION_MAX = 32, /* random_id has 22 */
	PERSON_SIZE = 12,
	BATCH = 200,
	FORGET_BATCH = 500,
	LAUNCH = -1, /* what, besides faults */
	REGISTRATION = -2,
};

struct tally {
	struct tally_key {
		int64_t hour;
		int64_t what;
		char organization[ORGANIZATION_MAX];
	} key;
	int64_t count;
	UT_hash_handle hh;
};

struct visit {
	struct visit_key {
		int64_t hour;
		unsigned char person[PERSON_SIZE];
		char organization[ORGANIZATION_MAX];
	} key;
	UT_hash_handle hh;
};

struct usage {
	pthread_mutex_t lock;
	struct tally *tallies;
	struct visit *fresh, *seen;
	uint64_t dropped; /* there was no room */
};

struct usage *
usage_open(void)
{
	struct usage *usage = memory_take(sizeof *usage);

	pthread_mutex_init(&usage->lock, NULL);
	return usage;
}

static void
remove_tally(struct usage *usage, struct tally *tally)
{
	HASH_DEL(usage->tallies, tally);
	memory_give_back(tally);
}

static void
remove_visit(struct visit **visits, struct visit *visit)
{
	HASH_DEL(*visits, visit);
	memory_give_back(visit);
}

static void
remove_visits(struct visit **visits)
{
	struct visit *visit, *next;

	HASH_ITER(hh, *visits, visit, next)
	{
		remove_visit(visits, visit);
	}
}

void
usage_close(struct usage *usage)
{
	struct tally *tally, *next;

	if (!usage)
		return;
	HASH_ITER(hh, usage->tallies, tally, next)
	{
		remove_tally(usage, tally);
	}
	remove_visits(&usage->fresh);
	remove_visits(&usage->seen);
	pthread_mutex_destroy(&usage->lock);
	memory_give_back(usage);
}

/* --- counting ------------------------------------------------------------ */

static void
set_organization(char *place, struct span id)
{
	if (id.length < ORGANIZATION_MAX)
		memcpy(place, id.length ? id.at : "", id.length);
}

static void
add_tally(struct usage *usage, const struct tally_key *key, int64_t count)
{
	struct tally *tally;

	HASH_FIND(hh, usage->tallies, key, sizeof *key, tally);
	if (!tally && HASH_COUNT(usage->tallies) >= USAGE_TALLIES_MAX) {
		usage->dropped++;
		return;
	}
	if (!tally) {
		tally = memory_take(sizeof *tally);
		tally->key = *key;
		HASH_ADD(hh, usage->tallies, key, sizeof *key, tally);
	}
	tally->count += count;
}

static bool
has_visit(struct visit *visits, const struct visit_key *key)
{
	struct visit *visit;

	HASH_FIND(hh, visits, key, sizeof *key, visit);
	return visit != NULL;
}

static void
put_visit(struct visit **visits, const struct visit_key *key)
{
	struct visit *visit = memory_take(sizeof *visit);

	visit->key = *key;
	HASH_ADD(hh, *visits, key, sizeof *key, visit);
}

static void
add_visit(struct usage *usage, const struct visit_key *key)
{
	if (has_visit(usage->seen, key) || has_visit(usage->fresh, key))
		return;
	/* To forget whom the store knows only makes work. */
	if (HASH_COUNT(usage->fresh) + HASH_COUNT(usage->seen) >=
	    USAGE_VISITS_MAX)
		remove_visits(&usage->seen);
	if (HASH_COUNT(usage->fresh) >= USAGE_VISITS_MAX)
		usage->dropped++;
	else
		put_visit(&usage->fresh, key);
}

static void
count(struct usage *usage, struct cx *cx, struct span organization_id,
    int64_t what)
{
	struct tally_key key = {.hour = cx->now / HOUR, .what = what};

	set_organization(key.organization, organization_id);
	pthread_mutex_lock(&usage->lock);
	add_tally(usage, &key, 1);
	pthread_mutex_unlock(&usage->lock);
}

void
usage_count_launch(struct gateway *gateway, struct cx *cx,
    struct span organization_id, struct span platform_id, struct span subject)
{
	struct visit_key key = {.hour = cx->now / HOUR};
	unsigned char digest[DIGEST_SIZE];

	counters_count(COUNTERS_AT(LAUNCHES, FAULT_NONE), cx);
	count(gateway->usage, cx, organization_id, LAUNCH);
	if (!subject.length)
		return;
	secrets_count_person(gateway->secrets, cx,
	    arena_printf(cx->arena, "%.*s\n%.*s", SPAN_ARGS(platform_id),
		SPAN_ARGS(subject)),
	    digest);
	memcpy(key.person, digest, PERSON_SIZE);
	set_organization(key.organization, organization_id);
	pthread_mutex_lock(&gateway->usage->lock);
	add_visit(gateway->usage, &key);
	pthread_mutex_unlock(&gateway->usage->lock);
}

void
usage_count_registration(
    struct gateway *gateway, struct cx *cx, struct span organization_id)
{
	counters_count(COUNTERS_AT(REGISTRATIONS, FAULT_NONE), cx);
	count(gateway->usage, cx, organization_id, REGISTRATION);
}

void
usage_count_failure(struct gateway *gateway, struct cx *cx,
    struct span organization_id, enum fault why)
{
	count(gateway->usage, cx, organization_id, (int64_t)why);
}

/* --- one batch ----------------------------------------------------------- */

/* What people add to an hour or a day of an organisation. */
struct sum {
	struct usage_place place;
	int64_t people;
};

struct batch {
	struct tally tallies[BATCH];
	struct visit_key visits[BATCH];
	size_t tally_count, visit_count;
	struct sum sums[4 * BATCH];
	size_t sum_count;
};

static struct batch *
take_batch(struct usage *usage, struct cx *cx)
{
	struct batch *batch = arena_take(cx->arena, sizeof *batch);
	struct tally *tally, *next_tally;
	struct visit *visit, *next_visit;

	pthread_mutex_lock(&usage->lock);
	HASH_ITER(hh, usage->tallies, tally, next_tally)
	{
		if (batch->tally_count == BATCH)
			break;
		batch->tallies[batch->tally_count++] = *tally;
		remove_tally(usage, tally);
	}
	HASH_ITER(hh, usage->fresh, visit, next_visit)
	{
		if (batch->visit_count == BATCH)
			break;
		batch->visits[batch->visit_count++] = visit->key;
		put_visit(&usage->seen, &visit->key);
		remove_visit(&usage->fresh, visit);
	}
	pthread_mutex_unlock(&usage->lock);
	return batch;
}

/* The store did not take it. */
static void
give_back(struct usage *usage, const struct batch *batch)
{
	struct visit *visit;

	pthread_mutex_lock(&usage->lock);
	for (size_t i = 0; i < batch->tally_count; i++)
		add_tally(
		    usage, &batch->tallies[i].key, batch->tallies[i].count);
	for (size_t i = 0; i < batch->visit_count; i++) {
		HASH_FIND(hh, usage->seen, &batch->visits[i],
		    sizeof *batch->visits, visit);
		if (visit)
			remove_visit(&usage->seen, visit);
		add_visit(usage, &batch->visits[i]);
	}
	pthread_mutex_unlock(&usage->lock);
}

/* The hour and the day, of the organisation and of all: what is nobody's is
 * only in all. */
static size_t
places_of(int64_t hour, const char *organization, struct usage_place *places)
{
	const struct span all = SPAN(USAGE_ALL), own = span_of(organization);
	const int64_t at = hour * HOUR, day = at - at % DAY;
	size_t count = 0;

	for (size_t i = own.length ? 0 : 1; i < 2; i++) {
		places[count++] =
		    (struct usage_place){"hour", at, i ? all : own};
		places[count++] =
		    (struct usage_place){"day", day, i ? all : own};
	}
	return count;
}

static enum fault
write_tally(
    struct db_session *session, struct cx *cx, const struct tally *tally)
{
	const int64_t what = tally->key.what;
	const struct usage_counts more = {
	    .launches = what == LAUNCH ? tally->count : 0,
	    .registrations = what == REGISTRATION ? tally->count : 0,
	    .failures = what >= 0 ? tally->count : 0,
	};
	struct usage_place places[4];
	size_t count =
	    places_of(tally->key.hour, tally->key.organization, places);
	enum fault which = FAULT_NONE;

	for (size_t i = 0; !which && i < count; i++) {
		which = usage_counts_add(session, cx, &places[i], &more);
		if (!which && what >= 0)
			which = usage_counts_add_fault(session, cx, &places[i],
			    span_of(fault_text((enum fault)what)->message),
			    tally->count);
	}
	return which;
}

static void
add_to_sum(struct batch *batch, const struct usage_place *place)
{
	size_t i = 0;

	for (; i < batch->sum_count; i++)
		if (batch->sums[i].place.at == place->at &&
		    batch->sums[i].place.step == place->step &&
		    span_equal(batch->sums[i].place.organization_id,
			place->organization_id))
			break;
	if (i == batch->sum_count)
		batch->sums[batch->sum_count++] = (struct sum){*place, 0};
	batch->sums[i].people++;
}

static enum fault
write_visit(struct db_session *session, struct cx *cx, struct batch *batch,
    const struct visit_key *key)
{
	struct usage_place places[4];
	struct span person = b64url_encode(
	    cx->arena, span_from(key->person, sizeof key->person));
	size_t count = places_of(key->hour, key->organization, places);
	bool is_new = true;
	enum fault which = FAULT_NONE;

	for (size_t i = 0; !which && i < count; i++) {
		/* Whom the hour knows the day knows, too. */
		if (i % 2 && !is_new)
			continue;
		which = usage_counts_add_person(
		    session, cx, &places[i], person, &is_new);
		if (!which && is_new)
			add_to_sum(batch, &places[i]);
	}
	return which;
}

/* Of organisations that were looked for. */
struct looked {
	struct span id[2 * BATCH];
	bool gone[2 * BATCH];
	size_t count;
};

/* One that has left since is counted for all together alone. */
static enum fault
leave_out(struct db_session *session, struct cx *cx, struct looked *looked,
    char *organization)
{
	struct span id = span_of(organization);
	struct organization row;
	size_t i = 0;

	if (!id.length)
		return FAULT_NONE;
	while (i < looked->count && !span_equal(looked->id[i], id))
		i++;
	if (i == looked->count) {
		enum fault which = organizations_find(session, cx, id, &row);
		if (which && which != FAULT_NO_ORGANIZATION)
			return which;
		looked->id[i] = arena_copy(cx->arena, id);
		looked->gone[i] = which == FAULT_NO_ORGANIZATION;
		looked->count++;
	}
	if (looked->gone[i])
		organization[0] = '\0';
	return FAULT_NONE;
}

static enum fault
leave_out_gone(struct db_session *session, struct cx *cx, struct batch *batch)
{
	struct looked *looked = arena_take(cx->arena, sizeof *looked);
	struct fault_note before = cx->note;
	enum fault which = FAULT_NONE;

	for (size_t i = 0; !which && i < batch->tally_count; i++)
		which = leave_out(
		    session, cx, looked, batch->tallies[i].key.organization);
	for (size_t i = 0; !which && i < batch->visit_count; i++)
		which = leave_out(
		    session, cx, looked, batch->visits[i].organization);
	if (!which)
		cx->note = before;
	return which;
}

static enum fault
write_batch(struct db_session *session, struct cx *cx, void *arg)
{
	struct batch *batch = arg;
	enum fault which = leave_out_gone(session, cx, batch);

	batch->sum_count = 0;
	for (size_t i = 0; !which && i < batch->tally_count; i++)
		which = write_tally(session, cx, &batch->tallies[i]);
	for (size_t i = 0; !which && i < batch->visit_count; i++)
		which = write_visit(session, cx, batch, &batch->visits[i]);
	for (size_t i = 0; !which && i < batch->sum_count; i++) {
		const struct usage_counts more = {
		    .people = batch->sums[i].people};
		which =
		    usage_counts_add(session, cx, &batch->sums[i].place, &more);
	}
	return which;
}

/* --- flushing and forgetting --------------------------------------------- */

static void
end_hours(struct usage *usage, int64_t hour)
{
	struct visit *visit, *next;

	pthread_mutex_lock(&usage->lock);
	HASH_ITER(hh, usage->seen, visit, next)
	{
		if (visit->key.hour < hour)
			remove_visit(&usage->seen, visit);
	}
	uint64_t dropped = usage->dropped;
	usage->dropped = 0;
	pthread_mutex_unlock(&usage->lock);
	if (dropped)
		log_line(LOG_WARN,
		    "too much to count before it could be stored", NULL);
}

enum fault
usage_flush(struct gateway *gateway, struct cx *cx)
{
	struct usage *usage = gateway->usage;
	struct batch *batch = take_batch(usage, cx);

	while (batch->tally_count || batch->visit_count) {
		enum fault which =
		    db_write(gateway->db, cx, write_batch, batch);
		if (which) {
			give_back(usage, batch);
			return which;
		}
		batch = take_batch(usage, cx);
	}
	end_hours(usage, cx->now / HOUR);
	return FAULT_NONE;
}

struct forget {
	const char *step;
	int64_t before;
	size_t deleted;
};

static enum fault
expire(struct db_session *session, struct cx *cx, void *arg)
{
	struct forget *forget = arg;
	return usage_counts_expire(session, cx, forget->step, forget->before,
	    FORGET_BATCH, &forget->deleted);
}

static enum fault
forget_people(struct db_session *session, struct cx *cx, void *arg)
{
	struct forget *forget = arg;
	return usage_counts_forget_people(session, cx, forget->step,
	    forget->before, FORGET_BATCH, &forget->deleted);
}

enum fault
usage_tidy(struct gateway *gateway, struct cx *cx)
{
	const int64_t kept = gateway->keep_usage;
	const int64_t hours =
	    kept < USAGE_HOURS_KEPT ? kept : (int64_t)USAGE_HOURS_KEPT;
	struct {
		db_work *work;
		struct forget forget;
	} rows[] = {
	    {forget_people, {"hour", cx->now - HOUR - GRACE, 0}},
	    {forget_people, {"day", cx->now - DAY - GRACE, 0}},
	    {expire, {"hour", cx->now - hours, 0}},
	    {expire, {"day", cx->now - kept, 0}},
	};
	enum fault which = FAULT_NONE;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		do {
			rows[i].forget.deleted = 0;
			which = db_write(
			    gateway->db, cx, rows[i].work, &rows[i].forget);
		} while (!which && rows[i].forget.deleted == FORGET_BATCH);
	return which;
}
