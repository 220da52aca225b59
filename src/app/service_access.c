/* service_access.c - service keys: calls outside a launch
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/service_access.h"

#include <stdio.h>

#include "app/gateway.h"
#include "app/journal.h"
#include "app/ltik.h"
#include "base/cx.h"
#include "crypto/random.h"
#include "store/db.h"
#include "store/platforms.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* A use is written down once in so many seconds: reading stays reading. */
enum { USE_NOTED = 3600 };

static const char *
seal_purpose(struct cx *cx, struct span id)
{
	return arena_printf(cx->arena, "service key %.*s", SPAN_ARGS(id)).at;
}

/* --- giving -------------------------------------------------------------- */

static enum fault
find_place(struct db_session *session, struct cx *cx, void *arg)
{
	struct service_key *key = arg;
	return service_keys_find_place(session, cx, key->place, key);
}

struct addition {
	struct service_key ours;
	/* What is there when it is done: ours, or another's who was faster. */
	struct service_key kept;
};

static enum fault
add(struct db_session *session, struct cx *cx, void *arg)
{
	struct addition *addition = arg;
	enum fault which = service_keys_add(session, cx, &addition->ours);

	return which ? which
		     : service_keys_find_place(
			   session, cx, addition->ours.place, &addition->kept);
}

static enum fault
make(struct gateway *gateway, struct cx *cx, const struct ltik_launch *launch,
    const struct service_claims *claims, struct service_key *key)
{
	struct span chance = random_secret(cx);
	struct span secret =
	    arena_printf(cx->arena, "ltigate_service_%.*s", SPAN_ARGS(chance));
	struct addition addition;

	key->id = random_sortable(cx);
	key->hash = digest_text(cx, secret);
	key->platform_id = launch->platform.id;
	key->deployment_id = launch->row.deployment_id;
	key->organization_id = launch->row.organization_id;
	key->context_id = claims->context_id;
	key->resource_link_id = claims->resource_link_id;
	key->claims = jwrite_bytes(cx, service_claims_keep(cx, launch->claims));
	key->created_at = cx->now;
	enum fault which = secrets_seal(gateway->secrets, cx,
	    seal_purpose(cx, key->id), secret, &key->key_sealed);
	addition.ours = *key;
	if (!which)
		which = db_write(gateway->db, cx, add, &addition);
	if (!which)
		*key = addition.kept;
	return which;
}

/* Titles may change, and be another's in another language: not a place. */
static struct span
place_of(struct cx *cx, const struct ltik_launch *launch,
    const struct service_claims *claims)
{
	const struct span parts[] = {launch->platform.id,
	    launch->row.deployment_id, launch->row.organization_id,
	    claims->context_id, claims->resource_link_id, claims->scopes,
	    claims->line_items, claims->line_item, claims->memberships};
	struct json_t *list = jwrite_array(cx);

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		jwrite_push_text(list, parts[i]);
	return digest_text(cx, jwrite_bytes(cx, list));
}

enum fault
service_access_give(struct gateway *gateway, struct cx *cx,
    const struct ltik_launch *launch, struct span *out)
{
	const struct service_claims claims =
	    service_claims_read(cx, launch->claims);
	struct service_key key = {.place = place_of(cx, launch, &claims)};
	enum fault which = db_read(gateway->db, cx, find_place, &key);

	if (which == FAULT_NO_SERVICE_KEY)
		which = make(gateway, cx, launch, &claims, &key);
	return which ? which
		     : secrets_unseal(gateway->secrets, cx,
			   seal_purpose(cx, key.id), key.key_sealed, out);
}

/* --- using --------------------------------------------------------------- */

static enum fault
find_hash(struct db_session *session, struct cx *cx, void *arg)
{
	struct service_key *key = arg;
	return service_keys_find_hash(session, cx, key->hash, key);
}

static enum fault
use(struct db_session *session, struct cx *cx, void *arg)
{
	return service_keys_use(session, cx, *(const struct span *)arg);
}

static enum fault
refuse(struct cx *cx, const char *why)
{
	fault_tell(cx, FAULT_NOT_AUTHORIZED, "Invalid service key.");
	snprintf(
	    cx->note.detail, sizeof cx->note.detail, "service key: %s", why);
	return FAULT_NOT_AUTHORIZED;
}

enum fault
service_access_find(struct gateway *gateway, struct cx *cx, struct span secret,
    struct service_context *out)
{
	struct service_key key = {.hash = digest_text(cx, secret)};
	const struct json_t *claims;
	enum fault which = db_read(gateway->db, cx, find_hash, &key);

	if (which)
		return which;
	which =
	    directory_find_active(gateway, cx, key.platform_id, &out->platform);
	if (which == FAULT_PLATFORM_UNKNOWN || which == FAULT_PLATFORM_INACTIVE)
		return refuse(cx, "its platform is gone or not active");
	if (!which)
		which = jread_parse(cx, key.claims, &claims);
	if (!which && cx->now - key.used_at >= USE_NOTED)
		which = db_write(gateway->db, cx, use, &key.id);
	if (which)
		return which;
	out->deployment_id = key.deployment_id;
	out->organization_id = key.organization_id;
	out->claims = service_claims_read(cx, claims);
	return FAULT_NONE;
}

/* --- listing and revoking ------------------------------------------------ */

struct listing {
	const struct service_key_filter *filter;
	struct service_key_list keys;
};

static enum fault
list(struct db_session *session, struct cx *cx, void *arg)
{
	struct listing *listing = arg;
	struct span platform_id = listing->filter->platform_id;
	struct platform platform;
	enum fault which = FAULT_NONE;

	if (platform_id.length)
		which = platforms_find(session, cx, platform_id, &platform);
	return which ? which
		     : service_keys_list(
			   session, cx, listing->filter, &listing->keys);
}

enum fault
service_access_list(struct gateway *gateway, struct cx *cx,
    const struct service_key_filter *filter, struct service_key_list *out)
{
	struct listing listing = {.filter = filter};
	enum fault which = db_read(gateway->db, cx, list, &listing);

	if (!which)
		*out = listing.keys;
	return which;
}

struct selection {
	struct span id, platform_id;
	size_t count;
};

static enum fault
note(struct db_session *session, struct cx *cx,
    const struct selection *selection)
{
	const struct journal_entry entry = {
	    .level = LOG_INFO,
	    .kind = "service key",
	    .message = selection->id.length ? "service key revoked"
					    : "all service keys revoked",
	    .platform_id = selection->platform_id,
	    .fields = {{selection->id.length ? "id" : "count",
		selection->id.length
		    ? selection->id
		    : arena_printf(cx->arena, "%zu", selection->count)}},
	};
	return journal_add(session, cx, &entry);
}

static enum fault
revoke(struct db_session *session, struct cx *cx, void *arg)
{
	struct selection *selection = arg;
	enum fault which = service_keys_remove(
	    session, cx, selection->id, &selection->platform_id);

	return which ? which : note(session, cx, selection);
}

enum fault
service_access_revoke(struct gateway *gateway, struct cx *cx, struct span id)
{
	struct selection selection = {.id = id};

	return db_write(gateway->db, cx, revoke, &selection);
}

static enum fault
revoke_all(struct db_session *session, struct cx *cx, void *arg)
{
	struct selection *selection = arg;
	struct platform platform;
	enum fault which =
	    platforms_find(session, cx, selection->platform_id, &platform);

	if (!which)
		which = service_keys_remove_all(
		    session, cx, selection->platform_id, &selection->count);
	return which ? which : note(session, cx, selection);
}

enum fault
service_access_revoke_all(struct gateway *gateway, struct cx *cx,
    struct span platform_id, size_t *revoked)
{
	struct selection selection = {.platform_id = platform_id};
	enum fault which = db_write(gateway->db, cx, revoke_all, &selection);

	if (!which)
		*revoked = selection.count;
	return which;
}
