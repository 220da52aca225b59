/* signer.c - what we say to LMSs, signed
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/signer.h"

#include <pthread.h>

#include "app/gateway.h"
#include "app/tool_keys.h"
#include "base/cx.h"
#include "crypto/jws.h"
#include "store/db.h"
#include "store/keys.h"
#include "store/platforms.h"
#include "json/jwrite.h"

/* Which key is used is asked of the store each time; a key id always means
 * the same key, so that an opened one never goes stale. They are few: the
 * tool's own, or those of platforms that have their own. */
struct opened {
	struct arena *arena; /* of the id */
	struct span id;
	struct signing_key *key;
};

struct signer {
	pthread_mutex_t lock;
	struct opened *keys; /* SIGNER_KEYS_MAX places, filled from the first */
	size_t count;
};

struct signer *
signer_open(void)
{
	struct signer *signer = memory_take(sizeof *signer);

	signer->keys = memory_take(SIGNER_KEYS_MAX * sizeof *signer->keys);
	pthread_mutex_init(&signer->lock, NULL);
	return signer;
}

void
signer_close(struct signer *signer)
{
	if (!signer)
		return;
	for (size_t i = 0; i < signer->count; i++) {
		signing_key_close(signer->keys[i].key);
		arena_close(signer->keys[i].arena);
	}
	pthread_mutex_destroy(&signer->lock);
	memory_give_back(signer->keys);
	memory_give_back(signer);
}

static struct signing_key *
find_opened(struct signer *signer, struct span id)
{
	struct signing_key *found = NULL;

	pthread_mutex_lock(&signer->lock);
	for (size_t i = 0; i < signer->count && !found; i++)
		if (span_equal(signer->keys[i].id, id))
			found = signer->keys[i].key;
	pthread_mutex_unlock(&signer->lock);
	return found;
}

static void
close_key(void *key)
{
	signing_key_close(key);
}

/* Keeps it; or, when there is no room or another was faster, for this request
 * alone. */
static struct signing_key *
keep(struct signer *signer, struct cx *cx, struct span id,
    struct signing_key *key)
{
	struct signing_key *kept = find_opened(signer, id);

	pthread_mutex_lock(&signer->lock);
	bool room = !kept && signer->count < SIGNER_KEYS_MAX;
	if (room) {
		struct arena *arena = arena_open();
		signer->keys[signer->count++] =
		    (struct opened){arena, arena_copy(arena, id), key};
	}
	pthread_mutex_unlock(&signer->lock);
	if (!room)
		arena_own(cx->arena, close_key, key);
	return key;
}

struct question {
	struct span platform_id;
	struct tool_key key;
};

static enum fault
find_key(struct db_session *session, struct cx *cx, void *arg)
{
	struct question *question = arg;
	struct platform platform;
	enum fault which =
	    platforms_find(session, cx, question->platform_id, &platform);

	return which ? which
		     : tool_keys_signing(
			   session, cx, platform.tool_key, &question->key);
}

static enum fault
open_key(struct gateway *gateway, struct cx *cx, const struct tool_key *row,
    struct signing_key **out)
{
	struct signing_key *key;
	struct span pem;
	const char *purpose = tool_keys_seal_purpose(cx, row->id);
	enum fault which = secrets_unseal(
	    gateway->secrets, cx, purpose, row->private_sealed, &pem);

	if (!which)
		which = signing_key_open(cx, pem, &key);
	if (!which)
		*out = keep(gateway->signer, cx, row->id, key);
	return which;
}

enum fault
signer_sign(struct gateway *gateway, struct cx *cx, struct span platform_id,
    const struct json_t *payload, struct span *out)
{
	struct question question = {.platform_id = platform_id};
	enum fault which = db_read(gateway->db, cx, find_key, &question);

	if (which)
		return which;
	struct signing_key *key = find_opened(gateway->signer, question.key.id);
	if (!key)
		which = open_key(gateway, cx, &question.key, &key);
	return which ? which
		     : jws_sign(cx, key, question.key.id,
			   jwrite_bytes(cx, payload), out);
}
