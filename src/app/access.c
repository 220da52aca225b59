/* access.c - API keys, made and revoked
 *
 * A key is "ltigate_" and 256 bits of chance in base64url. The prefix lets
 * scanners of source code find one that was committed by mistake.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/access.h"

#include "app/gateway.h"
#include "app/journal.h"
#include "base/cx.h"
#include "crypto/random.h"
#include "store/db.h"

enum { HINT_LENGTH = 4 };

static enum fault
add(struct db_session *session, struct cx *cx, void *arg)
{
	const struct api_key *key = arg;
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "api key",
	    .message = "API key made",
	    .fields = {{"id", key->id}, {"name", key->name}},
	};
	enum fault which = api_keys_add(session, cx, key);

	return which ? which : journal_add(session, cx, &entry);
}

static struct api_key
describe(struct cx *cx, struct span name, struct span secret)
{
	return (struct api_key){
	    .id = random_id(cx),
	    .name = name,
	    .hash = digest_text(cx, secret),
	    .hint = span_from_offset(secret, secret.length - HINT_LENGTH),
	    .created_at = cx->now,
	};
}

enum fault
access_make_key(struct gateway *gateway, struct cx *cx, struct span name,
    struct api_key *out, struct span *secret)
{
	struct span chance = random_secret(cx);
	struct span made =
	    arena_printf(cx->arena, "ltigate_%.*s", SPAN_ARGS(chance));
	struct api_key key = describe(cx, name, made);
	enum fault which = db_write(gateway->db, cx, add, &key);

	if (which)
		return which;
	*out = key;
	*secret = made;
	return FAULT_NONE;
}

static enum fault
add_unless_known(struct db_session *session, struct cx *cx, void *arg)
{
	struct api_key *key = arg, known;
	enum fault which = api_keys_find(session, cx, key->hash, &known);

	return which == FAULT_NO_API_KEY ? add(session, cx, key) : which;
}

enum fault
access_keep_first_key(
    struct gateway *gateway, struct cx *cx, struct span secret)
{
	if (secret.length < ACCESS_KEY_MIN)
		return fault_tell(cx, FAULT_CONFIG_REFUSED,
		    "LTIGATE_BOOTSTRAP_API_KEY must have at least %d "
		    "characters",
		    ACCESS_KEY_MIN);
	struct api_key key = describe(cx, SPAN("bootstrap"), secret);
	enum fault which = db_write(gateway->db, cx, add_unless_known, &key);

	/* Another instance brought it at the same moment. */
	return which == FAULT_STORE_CONFLICT ? FAULT_NONE : which;
}

static enum fault
list(struct db_session *session, struct cx *cx, void *arg)
{
	return api_keys_list(session, cx, arg);
}

enum fault
access_list_keys(
    struct gateway *gateway, struct cx *cx, struct api_key_list *out)
{
	return db_read(gateway->db, cx, list, out);
}

static enum fault
remove_key(struct db_session *session, struct cx *cx, void *arg)
{
	struct span id = *(const struct span *)arg;
	struct span name = SPAN("");
	struct api_key_list keys;
	enum fault which = api_keys_list(session, cx, &keys);

	if (!which && keys.count == 1 && span_equal(keys.at[0].id, id))
		return fault(cx, FAULT_LAST_API_KEY, "the last key");
	for (size_t i = 0; !which && i < keys.count; i++)
		if (span_equal(keys.at[i].id, id))
			name = keys.at[i].name;
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "api key",
	    .message = "API key revoked",
	    .fields = {{"id", id}, {"name", name}},
	};
	if (!which)
		which = api_keys_remove(session, cx, id);
	return which ? which : journal_add(session, cx, &entry);
}

enum fault
access_remove_key(struct gateway *gateway, struct cx *cx, struct span id)
{
	return db_write(gateway->db, cx, remove_key, &id);
}
