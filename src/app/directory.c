/* directory.c - platforms and settings, in memory
 *
 * Platforms stand on shelves (store/versions.h). When something changed, the
 * shelf that it is on is forgotten: among a hundred thousand platforms somebody
 * changes one every minute, and to read all of them again would be most of what
 * a launch costs. What a thread read while something changed is not kept, or it
 * would stay for ever.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/directory.h"

#include <pthread.h>
#include <string.h>

#include "app/gateway.h"
#include "app/tool.h"
#include "base/clock.h"
#include "base/cx.h"
#include "base/text.h"
#include "lti/names.h"
#include "store/db.h"
#include "store/platforms.h"
#include "store/versions.h"
#include "json/jread.h"

/* As in net/permits.c; the names are those of registered platforms. */
#define HASH_FUNCTION(key, length, hash) HASH_SAX(key, length, hash)
#define uthash_malloc(size) memory_take(size)
#define uthash_free(block, size) memory_give_back(block)
#include <uthash.h>
#include <utlist.h>

enum {
	LOOK_EVERY_MS = 1000,
	MARGIN_MS = 20,
	MESSAGES_MAX = 4000,
	LOOKED_AT_AGAIN = 64, /* at most, while everybody waits */
};

struct entry {
	struct directory_platform platform;
	struct span pair;          /* issuer, line end, client id */
	bool used;                 /* since it was last about to go */
	struct entry *prev, *next; /* on its shelf */
	UT_hash_handle by_id, by_pair;
	char texts[]; /* all of them */
};

struct directory {
	pthread_mutex_t lock;
	size_t max;
	struct entry *ids, *pairs; /* both in the order in which they may go */
	struct entry *shelves[VERSIONS_SHELVES];
	const struct json_t *settings; /* NULL: not read */
	uint64_t epoch;                /* grows whenever some are forgotten */
	uint64_t touched;              /* db_touched, as last seen */
	bool stale;                    /* versions were not read since */
	bool looking;                  /* a thread reads them */
	struct versions versions;      /* as last read */
	int64_t look_ms;               /* when to read them again */
};

/* --- forgetting ---------------------------------------------------------- */

static void
drop(struct directory *directory, struct entry *entry)
{
	HASH_DELETE(by_id, directory->ids, entry);
	HASH_DELETE(by_pair, directory->pairs, entry);
	DL_DELETE(
	    directory->shelves[versions_shelf(entry->platform.id)], entry);
	jread_drop(entry->platform.targets);
	memory_give_back(entry);
}

static void
forget_settings(struct directory *directory)
{
	jread_drop(directory->settings);
	directory->settings = NULL;
}

/* What changed since versions were read last. */
static void
forget(struct directory *directory, const struct versions *now)
{
	const struct versions *last = &directory->versions;

	if (memcmp(last, now, sizeof *now) == 0)
		return;
	if (last->settings != now->settings)
		forget_settings(directory);
	for (size_t i = 0; i < VERSIONS_SHELVES; i++)
		while (last->shelves[i] != now->shelves[i] &&
		       directory->shelves[i])
			drop(directory, directory->shelves[i]);
	directory->versions = *now;
	directory->epoch++;
}

static enum fault
read_versions(struct db_session *session, struct cx *cx, void *arg)
{
	return versions_find(session, cx, arg);
}

/* A change is on its way to the disk: who asks now asks the store, or one
 * answer could be older than the one before. */
static bool
is_changing(const struct directory *directory)
{
	return directory->touched & 1;
}

/* What is kept is what the store has, as far as this process can know. */
static bool
is_current(const struct directory *directory)
{
	return !directory->stale && !is_changing(directory);
}

/* Called with the lock, which is given back while the store is asked. Whoever
 * comes meanwhile goes on: with what is kept if that is current. */
static enum fault
look_for_changes(struct gateway *gateway, struct cx *cx)
{
	struct directory *directory = gateway->directory;
	uint64_t touched = db_touched(gateway->db);
	int64_t now_ms = clock_monotonic_ms();
	struct versions versions;

	if (touched != directory->touched) {
		directory->touched = touched;
		directory->stale = true;
	}
	bool due = now_ms >= directory->look_ms ||
		   (directory->stale && !is_changing(directory));
	if (!due || directory->looking)
		return FAULT_NONE;
	directory->looking = true;
	directory->look_ms = now_ms + LOOK_EVERY_MS;
	pthread_mutex_unlock(&directory->lock);
	enum fault which = db_read(gateway->db, cx, read_versions, &versions);
	pthread_mutex_lock(&directory->lock);
	directory->looking = false;
	if (which) {
		directory->look_ms = 0;
		return which;
	}
	forget(directory, &versions);
	/* Read after that change, and no other has come. */
	if (touched == directory->touched && !is_changing(directory))
		directory->stale = false;
	return FAULT_NONE;
}

/* Nothing changed since what was read at epoch was read. */
static bool
still_holds(struct gateway *gateway, uint64_t epoch)
{
	const struct directory *directory = gateway->directory;

	return epoch == directory->epoch && is_current(directory) &&
	       directory->touched == db_touched(gateway->db);
}

/* --- keeping ------------------------------------------------------------- */

static struct span
message_types(struct cx *cx, const struct platform *platform)
{
	struct text types = text_begin(cx->arena, MESSAGES_MAX);
	const struct json_t *report;

	if (jread_parse(cx, platform->report, &report))
		return SPAN("");
	const struct json_t *messages = jread_member(
	    jread_member(jread_member(report, "asked"), TOOL_CONFIGURATION),
	    "messages");
	for (size_t i = 0; i < jread_count(messages); i++) {
		text_add(&types,
		    jread_text_or(
			jread_member(jread_at(messages, i), "type"), SPAN("")));
		text_add_char(&types, ' ');
	}
	return text_span(&types);
}

/* Empty or malformed is none. */
static const struct json_t *
targets_of(struct cx *cx, const struct platform *platform)
{
	const struct json_t *targets;

	return jread_parse(cx, platform->targets, &targets) ? NULL : targets;
}

static struct directory_platform
summary(struct cx *cx, const struct platform *platform)
{
	return (struct directory_platform){
	    .id = platform->id,
	    .issuer = platform->issuer,
	    .client_id = platform->client_id,
	    .name = platform->name,
	    .active = platform->active,
	    .authorization_endpoint = platform->authorization_endpoint,
	    .token_endpoint = platform->token_endpoint,
	    .audience = platform->audience.length ? platform->audience
						  : platform->token_endpoint,
	    .key_method = platform->key_method,
	    .key_value = platform->key_value,
	    .organization_id = platform->organization_id,
	    .target = platform->target,
	    .messages = message_types(cx, platform),
	    .targets = targets_of(cx, platform),
	    .launched = platform->first_launch.length > 0,
	};
}

/* All texts of a platform, to be copied from one place to another. */
#define TEXTS(p)                                                               \
	{                                                                      \
		&(p)->id, &(p)->issuer, &(p)->client_id, &(p)->name,           \
		    &(p)->authorization_endpoint, &(p)->token_endpoint,        \
		    &(p)->audience, &(p)->key_method, &(p)->key_value,         \
		    &(p)->organization_id, &(p)->target, &(p)->messages        \
	}

static struct directory_platform
copy(struct arena *arena, const struct directory_platform *from)
{
	struct directory_platform to = *from;
	struct span *const texts[] = TEXTS(&to);

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = arena_copy(arena, *texts[i]);
	return to;
}

static struct span
pair_name(struct arena *arena, struct span issuer, struct span client_id)
{
	return arena_printf(
	    arena, "%.*s\n%.*s", SPAN_ARGS(issuer), SPAN_ARGS(client_id));
}

/* In one block, for there may be very many. */
static struct entry *
make_entry(const struct directory_platform *platform)
{
	const struct span *const from[] = TEXTS(platform);
	size_t size = platform->issuer.length + 1 + platform->client_id.length;

	for (size_t i = 0; i < sizeof from / sizeof *from; i++)
		size += from[i]->length;
	struct entry *entry = memory_take(sizeof *entry + size);
	entry->platform = *platform;
	struct span *const texts[] = TEXTS(&entry->platform);
	char *place = entry->texts;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (!texts[i]->length)
			continue;
		memcpy(place, texts[i]->at, texts[i]->length);
		texts[i]->at = place;
		place += texts[i]->length;
	}
	entry->pair = span_from(place, (size_t)(entry->texts + size - place));
	memcpy(place, platform->issuer.at, platform->issuer.length);
	place += platform->issuer.length;
	*place++ = '\n';
	memcpy(place, platform->client_id.at, platform->client_id.length);
	return entry;
}

/* The oldest goes; what was used since it was last looked at here is looked at
 * again when the others were. */
static void
make_room(struct directory *directory)
{
	if (HASH_CNT(by_id, directory->ids) < directory->max)
		return;
	for (int i = 0; i < LOOKED_AT_AGAIN && directory->ids->used; i++) {
		struct entry *entry = directory->ids;
		entry->used = false;
		HASH_DELETE(by_id, directory->ids, entry);
		HASH_ADD_KEYPTR(by_id, directory->ids, entry->platform.id.at,
		    entry->platform.id.length, entry);
	}
	drop(directory, directory->ids);
}

static void
keep(struct directory *directory, const struct directory_platform *platform)
{
	struct entry *entry;

	HASH_FIND(
	    by_id, directory->ids, platform->id.at, platform->id.length, entry);
	if (entry)
		return; /* another thread was faster */
	make_room(directory);
	entry = make_entry(platform);
	if (platform->targets)
		jread_keep(platform->targets);
	DL_APPEND(directory->shelves[versions_shelf(platform->id)], entry);
	HASH_ADD_KEYPTR(by_id, directory->ids, entry->platform.id.at,
	    entry->platform.id.length, entry);
	HASH_ADD_KEYPTR(by_pair, directory->pairs, entry->pair.at,
	    entry->pair.length, entry);
}

/* --- asking -------------------------------------------------------------- */

struct question {
	struct span id, issuer, client_id; /* id empty: by the others */
	struct platform row;
};

static enum fault
read_platform(struct db_session *session, struct cx *cx, void *arg)
{
	struct question *question = arg;

	if (question->id.length)
		return platforms_find(
		    session, cx, question->id, &question->row);
	if (question->client_id.length)
		return platforms_find_pair(session, cx, question->issuer,
		    question->client_id, &question->row);
	return platforms_find_issuer(
	    session, cx, question->issuer, &question->row);
}

static struct entry *
find_kept(
    struct directory *directory, struct cx *cx, const struct question *question)
{
	struct entry *entry = NULL;
	struct span pair;

	if (question->id.length) {
		HASH_FIND(by_id, directory->ids, question->id.at,
		    question->id.length, entry);
	} else if (question->client_id.length) {
		pair =
		    pair_name(cx->arena, question->issuer, question->client_id);
		HASH_FIND(
		    by_pair, directory->pairs, pair.at, pair.length, entry);
	}
	return entry;
}

static void
lend(struct cx *cx, struct entry *entry, struct directory_platform *out)
{
	entry->used = true;
	*out = copy(cx->arena, &entry->platform);
	if (out->targets)
		jread_borrow(cx, out->targets);
}

static enum fault
find(struct gateway *gateway, struct cx *cx, struct question *question,
    struct directory_platform *out)
{
	struct directory *directory = gateway->directory;

	pthread_mutex_lock(&directory->lock);
	enum fault which = look_for_changes(gateway, cx);
	uint64_t epoch = directory->epoch;
	struct entry *entry = which || !is_current(directory)
				  ? NULL
				  : find_kept(directory, cx, question);
	if (entry)
		lend(cx, entry, out);
	pthread_mutex_unlock(&directory->lock);
	if (which || entry)
		return which;
	which = db_read(gateway->db, cx, read_platform, question);
	if (which == FAULT_NO_PLATFORM)
		return fault(cx, FAULT_PLATFORM_UNKNOWN,
		    "no platform has this issuer and client id");
	if (which)
		return which;
	*out = summary(cx, &question->row);
	pthread_mutex_lock(&directory->lock);
	if (still_holds(gateway, epoch))
		keep(directory, out);
	pthread_mutex_unlock(&directory->lock);
	return FAULT_NONE;
}

enum fault
directory_find(struct gateway *gateway, struct cx *cx, struct span id,
    struct directory_platform *out)
{
	struct question question = {.id = id};

	return find(gateway, cx, &question, out);
}

enum fault
directory_find_pair(struct gateway *gateway, struct cx *cx, struct span issuer,
    struct span client_id, struct directory_platform *out)
{
	struct question question = {.issuer = issuer, .client_id = client_id};

	return find(gateway, cx, &question, out);
}

enum fault
directory_check_active(struct cx *cx, const struct directory_platform *platform)
{
	if (platform->active)
		return FAULT_NONE;
	return fault(cx, FAULT_PLATFORM_INACTIVE, "platform %.*s is not active",
	    SPAN_ARGS(platform->id));
}

enum fault
directory_find_active(struct gateway *gateway, struct cx *cx, struct span id,
    struct directory_platform *out)
{
	enum fault which = directory_find(gateway, cx, id, out);

	return which ? which : directory_check_active(cx, out);
}

void
directory_note_launch(struct gateway *gateway, struct span id)
{
	struct directory *directory = gateway->directory;
	struct entry *entry;

	pthread_mutex_lock(&directory->lock);
	HASH_FIND(by_id, directory->ids, id.at, id.length, entry);
	if (entry)
		entry->platform.launched = true;
	pthread_mutex_unlock(&directory->lock);
}

bool
directory_knows(struct gateway *gateway, struct cx *cx, struct span issuer,
    struct span client_id)
{
	struct directory *directory = gateway->directory;
	const struct question question = {
	    .issuer = issuer, .client_id = client_id};

	pthread_mutex_lock(&directory->lock);
	bool fresh = still_holds(gateway, directory->epoch) &&
		     clock_monotonic_ms() + MARGIN_MS < directory->look_ms;
	const struct entry *entry =
	    fresh ? find_kept(directory, cx, &question) : NULL;
	bool knows = entry && entry->platform.active && directory->settings;
	pthread_mutex_unlock(&directory->lock);
	return knows;
}

size_t
directory_count(struct directory *directory)
{
	pthread_mutex_lock(&directory->lock);
	size_t count = HASH_CNT(by_id, directory->ids);
	pthread_mutex_unlock(&directory->lock);
	return count;
}

enum fault
directory_settings(
    struct gateway *gateway, struct cx *cx, const struct json_t **out)
{
	struct directory *directory = gateway->directory;
	const struct json_t *settings = NULL;

	pthread_mutex_lock(&directory->lock);
	enum fault which = look_for_changes(gateway, cx);
	uint64_t epoch = directory->epoch;
	if (!which && directory->settings && is_current(directory)) {
		settings = directory->settings;
		jread_borrow(cx, settings);
	}
	pthread_mutex_unlock(&directory->lock);
	if (!which && !settings) {
		which = tool_find(gateway, cx, &settings);
		pthread_mutex_lock(&directory->lock);
		if (!which && !directory->settings &&
		    still_holds(gateway, epoch))
			directory->settings = jread_keep(settings);
		pthread_mutex_unlock(&directory->lock);
	}
	if (!which)
		*out = settings;
	return which;
}

struct directory *
directory_open(size_t max)
{
	struct directory *directory = memory_take(sizeof *directory);

	directory->max = max;
	pthread_mutex_init(&directory->lock, NULL);
	return directory;
}

void
directory_close(struct directory *directory)
{
	if (!directory)
		return;
	while (directory->ids)
		drop(directory, directory->ids);
	forget_settings(directory);
	pthread_mutex_destroy(&directory->lock);
	memory_give_back(directory);
}
