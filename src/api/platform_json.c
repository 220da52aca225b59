/* platform_json.c - a platform as LTIAAS's API writes it
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "api/platform_json.h"

#include <string.h>

#include "api/call.h"
#include "app/rights.h"
#include "app/tool_keys.h"
#include "base/cx.h"
#include "crypto/keypair.h"
#include "store/deployments.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* Ours, so never taken over from a body into the unknown members. */
static const char *const known[] = {"id", "url", "clientId", "name",
    "authenticationEndpoint", "accesstokenEndpoint", "authConfig", "publicKey",
    "active", "authorizationServer", "organizationId", "claimedOrganization",
    "familyCode", "version", "origin", "targetLinkUri", "metadata", "createdAt",
    "changedAt", "registration", NULL};

static bool
is_known(struct span name)
{
	for (const char *const *own = known; *own; own++)
		if (span_is(name, *own))
			return true;
	return false;
}

static enum fault
read_key(struct cx *cx, const struct json_t *config, struct platform *out)
{
	struct span method =
	    jread_text_or(jread_member(config, "method"), SPAN(""));
	struct span key = jread_text_or(jread_member(config, "key"), SPAN(""));
	enum fault which = FAULT_NONE;

	if (!config)
		return FAULT_NONE;
	if (span_is(method, "RSA_KEY"))
		which = public_key_check_pem(cx, key);
	else if (span_is(method, "JWK_KEY"))
		which = public_key_check_jwk(cx, key);
	else if (!span_starts(key, "https://") && !span_starts(key, "http://"))
		which = fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "authConfig.key must be the URL of a key set for method "
		    "JWK_SET");
	if (which)
		return which;
	out->key_method = method;
	out->key_value = key;
	return FAULT_NONE;
}

static enum fault
read_extra(struct cx *cx, const struct json_t *body, struct platform *out)
{
	const struct json_t *before, *value;
	struct span name;
	void *place = NULL;
	enum fault which = jread_parse(
	    cx, out->extra.length ? out->extra : SPAN("{}"), &before);

	if (which)
		return which;
	struct json_t *extra = jwrite_copy(cx, before);
	while (jread_next(body, &place, &name, &value))
		if (!is_known(name))
			jwrite_named(extra, name, value);
	out->extra = jwrite_bytes(cx, extra);
	return FAULT_NONE;
}

enum fault
platform_json_read(
    struct cx *cx, const struct json_t *body, struct platform *platform)
{
	const struct {
		const char *name;
		struct span *out;
	} texts[] = {
	    {"url", &platform->issuer},
	    {"clientId", &platform->client_id},
	    {"name", &platform->name},
	    {"authenticationEndpoint", &platform->authorization_endpoint},
	    {"accesstokenEndpoint", &platform->token_endpoint},
	    {"authorizationServer", &platform->audience},
	    {"organizationId", &platform->organization_id},
	    {"targetLinkUri", &platform->target},
	};
	const struct json_t *metadata = jread_member(body, "metadata");

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i].out = jread_text_or(
		    jread_member(body, texts[i].name), *texts[i].out);
	if (platform->issuer.length == 0 || platform->client_id.length == 0 ||
	    platform->name.length == 0 ||
	    platform->authorization_endpoint.length == 0 ||
	    platform->token_endpoint.length == 0)
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "url, clientId, name, authenticationEndpoint and "
		    "accesstokenEndpoint must not be empty");
	platform->active =
	    jread_bool_or(jread_member(body, "active"), platform->active);
	if (metadata)
		platform->metadata = jwrite_bytes(cx, metadata);
	platform->changed_at = cx->now;
	enum fault which =
	    read_key(cx, jread_member(body, "authConfig"), platform);
	return which ? which : read_extra(cx, body, platform);
}

static enum fault
write_inner(
    struct cx *cx, struct json_t *object, const char *name, struct span text)
{
	const struct json_t *value;
	enum fault which =
	    jread_parse(cx, text.length ? text : SPAN("{}"), &value);

	if (!which)
		jwrite_value(object, name, value);
	return which;
}

enum fault
platform_json_write(struct db_session *session, struct cx *cx,
    const struct platform *platform, struct json_t **out)
{
	const struct json_t *extra;
	struct span public_key;
	enum fault which = jread_parse(
	    cx, platform->extra.length ? platform->extra : SPAN("{}"), &extra);

	if (!which)
		which = tool_keys_public_pem(
		    session, cx, platform->tool_key, &public_key);
	if (which)
		return which;
	struct json_t *object = jwrite_copy(cx, extra);
	jwrite_text(object, "id", platform->id);
	jwrite_text(object, "url", platform->issuer);
	jwrite_text(object, "clientId", platform->client_id);
	jwrite_text(object, "name", platform->name);
	jwrite_text(
	    object, "authenticationEndpoint", platform->authorization_endpoint);
	jwrite_text(object, "accesstokenEndpoint", platform->token_endpoint);
	struct json_t *config = jwrite_inner_object(object, "authConfig");
	jwrite_text(config, "method", platform->key_method);
	jwrite_text(config, "key", platform->key_value);
	jwrite_text(object, "publicKey", public_key);
	jwrite_bool(object, "active", platform->active);
	jwrite_text_if(object, "authorizationServer", platform->audience);
	jwrite_text_if(object, "organizationId", platform->organization_id);
	jwrite_text_if(
	    object, "claimedOrganization", platform->claimed_organization);
	jwrite_text(object, "familyCode", platform->family);
	jwrite_text(object, "version", platform->version);
	jwrite_text(object, "origin", platform->origin);
	jwrite_text_if(object, "targetLinkUri", platform->target);
	call_write_time(object, "createdAt", platform->created_at);
	call_write_time(object, "changedAt", platform->changed_at);
	*out = object;
	return write_inner(cx, object, "metadata", platform->metadata);
}

struct json_t *
platform_json_audit(struct cx *cx, const struct platform *platform)
{
	struct json_t *object = jwrite_object(cx);

	jwrite_text(object, "url", platform->issuer);
	jwrite_text(object, "clientId", platform->client_id);
	jwrite_text(object, "name", platform->name);
	jwrite_text(
	    object, "authenticationEndpoint", platform->authorization_endpoint);
	jwrite_text(object, "accesstokenEndpoint", platform->token_endpoint);
	jwrite_text(object, "authConfig.method", platform->key_method);
	jwrite_text(object, "authConfig.key", platform->key_value);
	jwrite_bool(object, "active", platform->active);
	jwrite_text_if(object, "authorizationServer", platform->audience);
	jwrite_text_if(object, "organizationId", platform->organization_id);
	jwrite_text_if(object, "targetLinkUri", platform->target);
	jwrite_text_if(object, "metadata", platform->metadata);
	return object;
}

struct json_t *
platform_json_cut(struct cx *cx, const struct json_t *platform)
{
	/* Whose it is, and what staff or the tool keep with it, is not told:
	 * so this names what is, and not what is not. */
	static const char *const shown[] = {"id", "url", "clientId", "name",
	    "authenticationEndpoint", "accesstokenEndpoint", "authConfig",
	    "publicKey", "active", "authorizationServer", "familyCode",
	    "version", "origin", "createdAt", "changedAt"};
	struct json_t *cut = jwrite_object(cx);

	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
		const struct json_t *value = jread_member(platform, shown[i]);
		if (value)
			jwrite_value(cut, shown[i], value);
	}
	return cut;
}

enum fault
platform_json_check_caller(
    struct cx *cx, const struct caller *caller, const struct json_t *body)
{
	static const char *const members[] = {
	    "targetLinkUri", "metadata", "messages", "customParameters"};

	if (rights_everywhere(caller, RIGHT_REGISTER))
		return FAULT_NONE;
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		if (!jread_member(body, members[i]))
			continue;
		cx->note.member = span_of(members[i]);
		return fault_tell(cx, FAULT_NOT_ALLOWED,
		    "Only staff of the tool decide about %s", members[i]);
	}
	return FAULT_NONE;
}

void
platform_json_write_deployment(
    struct json_t *item, const struct deployment *deployment)
{
	jwrite_text(item, "deploymentId", deployment->deployment_id);
	jwrite_text_if(item, "organizationId", deployment->organization_id);
	jwrite_bool(item, "allowed", deployment->allowed);
	jwrite_text(item, "origin", deployment->origin);
	call_write_time(item, "firstSeenAt", deployment->first_seen_at);
}
