/* tool_keys.c - the keys with which the tool proves itself to LMSs
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/tool_keys.h"

#include <time.h>

#include "app/gateway.h"
#include "app/journal.h"
#include "base/cx.h"
#include "crypto/keypair.h"
#include "store/db.h"
#include "store/keys.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum { FIRST_PAIR_WAIT_MS = 5000, POLL_MS = 50 };

static const struct tool_key *
find_state(const struct tool_key_list *keys, const char *state)
{
	for (size_t i = 0; i < keys->count; i++)
		if (span_is(keys->at[i].state, state))
			return &keys->at[i];
	return NULL;
}

static size_t
count_state(const struct tool_key_list *keys, const char *state)
{
	size_t count = 0;

	for (size_t i = 0; i < keys->count; i++)
		count += span_is(keys->at[i].state, state);
	return count;
}

/* --- publishing ---------------------------------------------------------- */

static void
push_jwk(struct cx *cx, struct json_t *list, struct span jwk)
{
	const struct json_t *value;

	if (!jread_parse(cx, jwk, &value))
		jwrite_push(list, value);
}

struct set {
	struct span name;
	struct json_t *keys;
};

static enum fault
read_set(struct db_session *session, struct cx *cx, void *arg)
{
	struct set *set = arg;
	struct tool_key_list keys;
	struct tool_key key;
	enum fault which;

	set->keys = jwrite_array(cx);
	if (set->name.length) {
		which = keys_find_set(session, cx, set->name, &key);
		if (!which)
			push_jwk(cx, set->keys, key.public_jwk);
		return which;
	}
	which = keys_list(session, cx, &keys);
	for (size_t i = 0; !which && i < keys.count; i++)
		if (!span_is(keys.at[i].state, "spare"))
			push_jwk(cx, set->keys, keys.at[i].public_jwk);
	return which;
}

enum fault
tool_keys_set(struct gateway *gateway, struct cx *cx, struct span name,
    struct json_t **out)
{
	struct json_t *document = jwrite_object(cx);
	struct set set = {.name = name};

	for (int waited = 0;; waited += POLL_MS) {
		enum fault which = db_read(gateway->db, cx, read_set, &set);
		if (which)
			return which;
		if (jread_count(set.keys))
			break;
		if (waited >= FIRST_PAIR_WAIT_MS)
			return fault(cx, FAULT_SERVER_BUSY,
			    "the first key pair is not made yet");
		nanosleep(&(struct timespec){0, POLL_MS * 1000000L}, NULL);
	}
	jwrite_value(document, "keys", set.keys);
	*out = document;
	return FAULT_NONE;
}

enum fault
tool_keys_signing(struct db_session *session, struct cx *cx,
    struct span tool_key, struct tool_key *out)
{
	struct tool_key_list keys;

	if (tool_key.length)
		return keys_find(session, cx, tool_key, out);
	enum fault which = keys_list(session, cx, &keys);
	if (which)
		return which;
	const struct tool_key *active = find_state(&keys, "active");
	if (!active)
		return fault(cx, FAULT_SERVER_BUSY,
		    "the first key pair is not made yet");
	*out = *active;
	return FAULT_NONE;
}

const char *
tool_keys_seal_purpose(struct cx *cx, struct span key_id)
{
	return arena_printf(cx->arena, "tool key %.*s", SPAN_ARGS(key_id)).at;
}

enum fault
tool_keys_public_pem(struct db_session *session, struct cx *cx,
    struct span tool_key, struct span *out)
{
	struct tool_key key = {.public_pem = SPAN("")};
	enum fault which = tool_keys_signing(session, cx, tool_key, &key);

	if (which && which != FAULT_SERVER_BUSY)
		return which;
	*out = key.public_pem;
	return FAULT_NONE;
}

static enum fault
read_list(struct db_session *session, struct cx *cx, void *arg)
{
	return keys_list(session, cx, arg);
}

enum fault
tool_keys_list(
    struct gateway *gateway, struct cx *cx, struct tool_key_list *out)
{
	return db_read(gateway->db, cx, read_list, out);
}

/* --- a pair for one platform --------------------------------------------- */

enum fault
tool_keys_assign(struct db_session *session, struct cx *cx, struct span name,
    struct span *key_id)
{
	struct tool_key_list keys;
	enum fault which = keys_list(session, cx, &keys);

	if (which)
		return which;
	const struct tool_key *spare = find_state(&keys, "spare");
	if (!spare)
		return fault(cx, FAULT_SERVER_BUSY,
		    "no key pair is ready; the next is being made");
	*key_id = spare->id;
	return keys_move(session, cx, spare->id, "platform", name);
}

enum fault
tool_keys_unassign(
    struct db_session *session, struct cx *cx, struct span key_id)
{
	return key_id.length
		   ? keys_move(session, cx, key_id, "spare", SPAN_NONE)
		   : FAULT_NONE;
}

/* --- making -------------------------------------------------------------- */

static enum fault
keep_pair(struct db_session *session, struct cx *cx, void *arg)
{
	struct tool_key key = *(const struct tool_key *)arg;
	struct tool_key_list keys;
	enum fault which = keys_list(session, cx, &keys);

	if (which)
		return which;
	/* Somebody may have made the first one meanwhile, or enough of them. */
	if (!find_state(&keys, "active"))
		key.state = SPAN("active");
	else if (count_state(&keys, "spare") >= KEY_SPARES)
		return FAULT_NONE;
	return keys_add(session, cx, &key);
}

enum fault
tool_keys_make(
    struct gateway *gateway, struct cx *cx, size_t spares, bool *made)
{
	struct tool_key_list keys;
	struct keypair pair;
	struct span sealed;
	enum fault which = tool_keys_list(gateway, cx, &keys);

	*made = false;
	if (which || (find_state(&keys, "active") &&
			 count_state(&keys, "spare") >= spares))
		return which;
	which = keypair_make(cx, &pair);
	if (which)
		return which;
	const char *purpose = tool_keys_seal_purpose(cx, pair.id);
	which = secrets_seal(
	    gateway->secrets, cx, purpose, pair.private_pem, &sealed);
	if (which)
		return which;
	struct tool_key key = {
	    .id = pair.id,
	    .state = SPAN("spare"),
	    .private_sealed = sealed,
	    .public_jwk = pair.public_jwk,
	    .public_pem = pair.public_pem,
	    .created_at = cx->now,
	    .changed_at = cx->now,
	};
	which = db_write(gateway->db, cx, keep_pair, &key);
	*made = !which;
	return which;
}

/* --- rotation ------------------------------------------------------------ */

static enum fault
move(struct db_session *session, struct cx *cx, const struct tool_key *key,
    const char *state)
{
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "key",
	    .message = "tool key moved",
	    .fields = {{"key", key->id}, {"state", span_of(state)}},
	};
	enum fault which = keys_move(session, cx, key->id, state, SPAN_NONE);

	return which ? which : journal_add(session, cx, &entry);
}

/* next signs, active retires. */
static enum fault
promote(struct db_session *session, struct cx *cx,
    const struct tool_key_list *keys, const struct tool_key *next)
{
	const struct tool_key *active = find_state(keys, "active");
	enum fault which = move(session, cx, next, "active");

	if (!which && active)
		which = move(session, cx, active, "retiring");
	return which;
}

static enum fault
rotate(struct db_session *session, struct cx *cx, void *arg)
{
	bool at_once = *(bool *)arg;
	struct tool_key_list keys;
	enum fault which = keys_list(session, cx, &keys);

	if (which)
		return which;
	const struct tool_key *next = find_state(&keys, "next");
	if (next && !at_once)
		return FAULT_NONE; /* a rotation is under way already */
	if (!next)
		next = find_state(&keys, "spare");
	if (!next)
		return fault(cx, FAULT_SERVER_BUSY,
		    "no key pair is ready; the next is being made");
	return at_once ? promote(session, cx, &keys, next)
		       : move(session, cx, next, "next");
}

enum fault
tool_keys_rotate(struct gateway *gateway, struct cx *cx, bool at_once)
{
	return db_write(gateway->db, cx, rotate, &at_once);
}

static enum fault
advance(struct db_session *session, struct cx *cx, void *arg)
{
	struct tool_key_list keys;
	enum fault which = keys_list(session, cx, &keys);

	(void)arg;
	for (size_t i = 0; !which && i < keys.count; i++) {
		const struct tool_key *key = &keys.at[i];
		int64_t age = cx->now - key->changed_at;
		if (span_is(key->state, "next") && age >= KEY_LEAD)
			which = promote(session, cx, &keys, key);
		else if (span_is(key->state, "retiring") && age >= KEY_TAIL)
			which = keys_remove(session, cx, key->id);
		else if (span_is(key->state, "active") && age >= KEY_LIFE &&
			 !find_state(&keys, "next") &&
			 find_state(&keys, "spare"))
			which = move(
			    session, cx, find_state(&keys, "spare"), "next");
	}
	return which;
}

/* Only when there is something to move: no write each minute for nothing. */
enum fault
tool_keys_advance(struct gateway *gateway, struct cx *cx)
{
	struct tool_key_list keys;
	enum fault which = tool_keys_list(gateway, cx, &keys);
	bool due = false;

	for (size_t i = 0; !which && i < keys.count; i++) {
		int64_t age = cx->now - keys.at[i].changed_at;
		struct span state = keys.at[i].state;
		due = due || (span_is(state, "next") && age >= KEY_LEAD) ||
		      (span_is(state, "retiring") && age >= KEY_TAIL) ||
		      (span_is(state, "active") && age >= KEY_LIFE);
	}
	return which || !due ? which : db_write(gateway->db, cx, advance, NULL);
}
