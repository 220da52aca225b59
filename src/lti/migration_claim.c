/* migration_claim.c - who and what this was in LTI 1.1
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/migration_claim.h"

#include "base/b64.h"
#include "base/cx.h"
#include "crypto/digest.h"
#include "lti/claim_places.h"
#include "lti/launch_rules.h"
#include "lti/names.h"
#include "json/jread.h"
#include "json/jwrite.h"

static const struct claim_place places[] = {
    {"user_id", "userId", PLACE_SCALAR},
    {"context_id", "contextId", PLACE_SCALAR},
    {"resource_link_id", "resourceLinkId", PLACE_SCALAR},
    {"tool_consumer_instance_guid", "platformGuid", PLACE_SCALAR},
    {NULL, NULL, PLACE_TEXT},
};

static struct span
text_of(const struct json_t *object, const char *name)
{
	return jread_text_or(jread_member(object, name), SPAN(""));
}

struct migration_claim
migration_claim_read(const struct json_t *claims)
{
	const struct json_t *claim = jread_member(claims, CLAIM_MIGRATION);
	struct migration_claim out = {
	    .key = text_of(claim, "oauth_consumer_key"),
	    .sign = text_of(claim, "oauth_consumer_key_sign"),
	};

	if (out.key.length > LAUNCH_ID_MAX)
		out.key = SPAN("");
	return out;
}

bool
migration_claim_holds(struct cx *cx, const struct json_t *claims,
    struct span client_id, struct span secret)
{
	const struct migration_claim claim = migration_claim_read(claims);
	unsigned char made[DIGEST_SIZE];
	int64_t expires = 0;

	if (!claim.key.length || !claim.sign.length ||
	    !jread_integer(jread_member(claims, "exp"), &expires))
		return false;
	struct span base = arena_printf(cx->arena,
	    "%.*s&%.*s&%.*s&%.*s&%lld&%.*s", SPAN_ARGS(claim.key),
	    SPAN_ARGS(text_of(claims, CLAIM_DEPLOYMENT)),
	    SPAN_ARGS(text_of(claims, "iss")), SPAN_ARGS(client_id),
	    (long long)expires, SPAN_ARGS(text_of(claims, "nonce")));
	digest_hmac_with(secret, base, made);
	return digest_equal(
	    b64_encode(cx->arena, span_from(made, sizeof made)), claim.sign);
}

void
migration_claim_write(struct cx *cx, const struct json_t *claims, bool verified,
    struct json_t *form)
{
	const struct json_t *claim = jread_member(claims, CLAIM_MIGRATION);

	if (!jread_is_object(claim))
		return;
	struct json_t *migration = jwrite_inner_object(form, "migration");
	jwrite_bool(migration, "verified", verified);
	if (verified)
		jwrite_text(migration, "consumerKey",
		    text_of(claim, "oauth_consumer_key"));
	claim_places_write(cx, claim, places, migration);
}
