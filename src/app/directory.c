/* directory.c - platforms and settings, in memory
 *
 * Everything is forgotten when something changed: changes are rare, and a
 * platform is read again in microseconds. What a thread read while something
 * changed is not kept, or it would stay for ever.
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

enum { LOOK_EVERY_MS = 1000, MARGIN_MS = 20, MESSAGES_MAX = 4000 };

struct entry {
	struct arena *arena; /* of all its texts */
	struct directory_platform platform;
	struct span pair; /* issuer, line end, client id */
	UT_hash_handle by_id, by_pair;
};

struct directory {
	pthread_mutex_t lock;
	struct entry *ids, *pairs;
	const struct json_t *settings; /* NULL: not read */
	uint64_t epoch;                /* grows whenever all is forgotten */
	uint64_t touched;              /* db_touched, as last seen */
	int64_t version;               /* versions_find, as last seen */
	int64_t look_ms;               /* when to ask for it again */
};

/* --- forgetting ---------------------------------------------------------- */

static void
drop(struct directory *directory, struct entry *entry)
{
	HASH_DELETE(by_id, directory->ids, entry);
	HASH_DELETE(by_pair, directory->pairs, entry);
	jread_drop(entry->platform.targets);
	arena_close(entry->arena);
	memory_give_back(entry);
}

static void
forget(struct directory *directory)
{
	while (directory->ids)
		drop(directory, directory->ids);
	jread_drop(directory->settings);
	directory->settings = NULL;
	directory->epoch++;
}

static enum fault
read_version(struct db_session *session, struct cx *cx, void *arg)
{
	return versions_find(session, cx, arg);
}

/* Called with the lock, which is given back while the store is asked. */
static enum fault
look_for_changes(struct gateway *gateway, struct cx *cx)
{
	struct directory *directory = gateway->directory;
	uint64_t touched = db_touched(gateway->db);
	int64_t now = clock_monotonic_ms(), version = 0;

	if (touched != directory->touched) {
		directory->touched = touched;
		forget(directory);
	}
	if (now < directory->look_ms)
		return FAULT_NONE;
	directory->look_ms = now + LOOK_EVERY_MS;
	pthread_mutex_unlock(&directory->lock);
	enum fault which = db_read(gateway->db, cx, read_version, &version);
	pthread_mutex_lock(&directory->lock);
	if (which) {
		directory->look_ms = 0;
		return which;
	}
	if (version != directory->version) {
		directory->version = version;
		forget(directory);
	}
	return FAULT_NONE;
}

/* A change is on its way to the disk: who asks now asks the store, or one
 * answer could be older than the one before. */
static bool
is_changing(const struct directory *directory)
{
	return directory->touched & 1;
}

/* Nothing changed since what was read at epoch was read. */
static bool
still_holds(struct gateway *gateway, uint64_t epoch)
{
	const struct directory *directory = gateway->directory;

	return epoch == directory->epoch && !is_changing(directory) &&
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

static struct directory_platform
copy(struct arena *arena, const struct directory_platform *from)
{
	struct directory_platform to = *from;
	struct span *const texts[] = {&to.id, &to.issuer, &to.client_id,
	    &to.name, &to.authorization_endpoint, &to.token_endpoint,
	    &to.audience, &to.key_method, &to.key_value, &to.organization_id,
	    &to.target, &to.messages};

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

static void
keep(struct directory *directory, const struct directory_platform *platform)
{
	struct entry *entry;

	HASH_FIND(
	    by_id, directory->ids, platform->id.at, platform->id.length, entry);
	if (entry)
		return; /* another thread was faster */
	if (HASH_CNT(by_id, directory->ids) >= DIRECTORY_MAX)
		drop(directory, directory->ids);
	entry = memory_take(sizeof *entry);
	entry->arena = arena_open();
	entry->platform = copy(entry->arena, platform);
	if (platform->targets)
		jread_keep(platform->targets);
	entry->pair =
	    pair_name(entry->arena, platform->issuer, platform->client_id);
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
lend(struct cx *cx, const struct entry *entry, struct directory_platform *out)
{
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
	struct entry *entry = which || is_changing(directory)
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

enum fault
directory_settings(
    struct gateway *gateway, struct cx *cx, const struct json_t **out)
{
	struct directory *directory = gateway->directory;
	const struct json_t *settings = NULL;

	pthread_mutex_lock(&directory->lock);
	enum fault which = look_for_changes(gateway, cx);
	uint64_t epoch = directory->epoch;
	if (!which && directory->settings && !is_changing(directory)) {
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
directory_open(void)
{
	struct directory *directory = memory_take(sizeof *directory);

	pthread_mutex_init(&directory->lock, NULL);
	return directory;
}

void
directory_close(struct directory *directory)
{
	if (!directory)
		return;
	forget(directory);
	pthread_mutex_destroy(&directory->lock);
	memory_give_back(directory);
}
