/* consumer_keys.c - LTI 1.1 keys, and what a launch proves with them
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/consumer_keys.h"

#include <string.h>

#include "app/gateway.h"
#include "app/journal.h"
#include "base/cx.h"
#include "crypto/random.h"
#include "lti/migration_claim.h"
#include "store/db.h"
#include "json/jread.h"
#include "json/jwrite.h"

static const char *
seal_purpose(struct cx *cx, struct span id)
{
	return arena_printf(cx->arena, "consumer %.*s", SPAN_ARGS(id)).at;
}

static enum fault
note(struct db_session *session, struct cx *cx, const struct consumer *consumer,
    bool is_there)
{
	struct json_t *audited = jwrite_object(cx);
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "consumer",
	    .message = is_there ? "LTI 1.1 key added" : "LTI 1.1 key removed",
	    .fields = {{"id", consumer->id}},
	    .before = is_there ? NULL : audited,
	    .after = is_there ? audited : NULL,
	};

	jwrite_text(audited, "consumer", consumer->key);
	jwrite_text(audited, "label", consumer->label);
	return journal_add(session, cx, &entry);
}

/* --- keeping ------------------------------------------------------------- */

static enum fault
add(struct db_session *session, struct cx *cx, void *arg)
{
	const struct consumer *consumer = arg;
	enum fault which = consumers_add(session, cx, consumer);

	return which ? which : note(session, cx, consumer, true);
}

enum fault
consumer_keys_add(struct gateway *gateway, struct cx *cx,
    struct consumer *consumer, struct span secret)
{
	if (!consumer->key.length || !secret.length ||
	    span_has_control(consumer->key))
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "key and secret must be there, and the key without "
		    "control characters");
	consumer->id = random_id(cx);
	consumer->created_at = cx->now;
	enum fault which = secrets_seal(gateway->secrets, cx,
	    seal_purpose(cx, consumer->id), secret, &consumer->secret_sealed);
	if (!which)
		which = db_write(gateway->db, cx, add, consumer);
	if (which == FAULT_STORE_CONFLICT)
		return fault(cx, FAULT_CONSUMER_EXISTS, "the key is there");
	return which;
}

static enum fault
list(struct db_session *session, struct cx *cx, void *arg)
{
	return consumers_list(session, cx, arg);
}

enum fault
consumer_keys_list(
    struct gateway *gateway, struct cx *cx, struct consumer_list *out)
{
	return db_read(gateway->db, cx, list, out);
}

static enum fault
forget(struct db_session *session, struct cx *cx, void *arg)
{
	struct consumer consumer;
	enum fault which =
	    consumers_remove(session, cx, *(struct span *)arg, &consumer);

	return which ? which : note(session, cx, &consumer, false);
}

enum fault
consumer_keys_remove(struct gateway *gateway, struct cx *cx, struct span id)
{
	return db_write(gateway->db, cx, forget, &id);
}

/* --- proof --------------------------------------------------------------- */

struct finding {
	struct span key;
	struct consumer consumer;
};

static enum fault
find(struct db_session *session, struct cx *cx, void *arg)
{
	struct finding *finding = arg;

	return consumers_find(session, cx, finding->key, &finding->consumer);
}

enum consumer_proof
consumer_keys_prove(struct gateway *gateway, struct cx *cx,
    const struct json_t *claims, struct span client_id)
{
	const struct migration_claim claim = migration_claim_read(claims);
	struct finding finding = {.key = claim.key};
	struct span secret = SPAN("");

	if (!claim.key.length || !claim.sign.length)
		return CONSUMER_NOT_CLAIMED;
	enum fault which = db_read(gateway->db, cx, find, &finding);
	if (!which)
		which = secrets_unseal(gateway->secrets, cx,
		    seal_purpose(cx, finding.consumer.id),
		    finding.consumer.secret_sealed, &secret);
	if (which) {
		/* No launch fails for it. */
		memset(&cx->note, 0, sizeof cx->note);
		return CONSUMER_UNKNOWN;
	}
	return migration_claim_holds(cx, claims, client_id, secret)
		   ? CONSUMER_PROVED
		   : CONSUMER_WRONG;
}
