/* id_token.c - a launch as the tool's back end reads it
 *
 * LTIAAS's own client refuses a whole reply for one member of the wrong type,
 * so what it knows is written with the type it wants: sizes as texts, media
 * types as a list, nothing that is null.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/id_token.h"

#include "base/cx.h"
#include "lti/claim_places.h"
#include "lti/copy_history.h"
#include "lti/migration_claim.h"
#include "lti/names.h"
#include "lti/service_claims.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* Brightspace sends "" for an address that it does not tell. */
static const struct claim_place user_places[] = {
    {"email", "email", PLACE_FULL},
    {"name", "name", PLACE_FULL},
    {"given_name", "givenName", PLACE_FULL},
    {"family_name", "familyName", PLACE_FULL},
    {"middle_name", "middleName", PLACE_FULL},
    {"picture", "picture", PLACE_FULL},
    {"locale", "locale", PLACE_FULL},
    {CLAIM_MENTOR, "roleScopeMentor", PLACE_TEXTS},
    {NULL, NULL, PLACE_TEXT},
};

/* Whose submission is reviewed, or whose data is told. */
static const struct claim_place for_user_places[] = {
    {"user_id", "id", PLACE_SCALAR},
    {"email", "email", PLACE_FULL},
    {"name", "name", PLACE_FULL},
    {"given_name", "givenName", PLACE_FULL},
    {"family_name", "familyName", PLACE_FULL},
    {"person_sourcedid", "sourcedId", PLACE_FULL},
    {"roles", "roles", PLACE_TEXTS},
    {NULL, NULL, PLACE_TEXT},
};

static const struct claim_place platform_places[] = {
    {"guid", "guid", PLACE_TEXT},
    {"product_family_code", "productFamilyCode", PLACE_TEXT},
    {"version", "version", PLACE_SCALAR},
    {"description", "description", PLACE_TEXT},
    {"contact_email", "contactEmail", PLACE_TEXT},
    {NULL, NULL, PLACE_TEXT},
};

static const struct claim_place resource_link_places[] = {
    {"id", "id", PLACE_SCALAR},
    {"title", "title", PLACE_TEXT},
    {"description", "description", PLACE_TEXT},
    {NULL, NULL, PLACE_TEXT},
};

static const struct {
	const char *claim, *name;
	const struct claim_place *places;
} things[] = {
    [COPY_HISTORY_CONTEXT] = {CLAIM_CONTEXT, "context", claim_places_context},
    [COPY_HISTORY_RESOURCE_LINK] = {CLAIM_RESOURCE_LINK, "resourceLink",
	resource_link_places},
};

static const struct claim_place presentation_places[] = {
    {"document_target", "documentTarget", PLACE_TEXT},
    {"locale", "locale", PLACE_TEXT},
    {"return_url", "returnUrl", PLACE_TEXT},
    {"width", "width", PLACE_SCALAR},
    {"height", "height", PLACE_SCALAR},
    {NULL, NULL, PLACE_TEXT},
};

static const struct claim_place deep_linking_places[] = {
    {"accept_types", "acceptTypes", PLACE_TEXTS},
    {"accept_presentation_document_targets",
	"acceptPresentationDocumentTargets", PLACE_TEXTS},
    {"accept_media_types", "acceptMediaTypes", PLACE_COMMAS},
    {"accept_multiple", "acceptMultiple", PLACE_TRUTH},
    {"accept_lineitem", "acceptLineItem", PLACE_TRUTH},
    {"auto_create", "autoCreate", PLACE_TRUTH},
    {"title", "title", PLACE_TEXT},
    {"text", "text", PLACE_TEXT},
    {NULL, NULL, PLACE_TEXT},
};

static struct span
claim_text(const struct json_t *claims, const char *name)
{
	return jread_text_or(jread_member(claims, name), SPAN(""));
}

/* --- who and where ------------------------------------------------------- */

static void
write_user(struct cx *cx, const struct json_t *claims, struct json_t *form)
{
	struct json_t *user = jwrite_inner_object(form, "user");
	struct span subject =
	    claim_places_scalar(cx, jread_member(claims, "sub"));

	/* An anonymous launch names nobody. */
	jwrite_text(user, "id", subject.at ? subject : SPAN(""));
	claim_places_texts(jread_member(claims, CLAIM_ROLES),
	    jwrite_inner_array(user, "roles"));
	claim_places_write(cx, claims, user_places, user);
}

static void
write_for_user(struct cx *cx, const struct json_t *claims, struct json_t *form)
{
	const struct json_t *claim = jread_member(claims, CLAIM_FOR_USER);

	if (claim_places_scalar(cx, jread_member(claim, "user_id")).length)
		claim_places_write(cx, claim, for_user_places,
		    jwrite_inner_object(form, "forUser"));
}

static void
write_platform(
    struct cx *cx, const struct id_token_facts *facts, struct json_t *form)
{
	struct json_t *platform = jwrite_inner_object(form, "platform");
	const struct json_t *lis = jread_member(facts->claims, CLAIM_LIS);

	jwrite_text(platform, "id", facts->platform_id);
	jwrite_text(platform, "url", facts->issuer);
	jwrite_text(platform, "clientId", facts->client_id);
	jwrite_text(platform, "deploymentId",
	    claim_text(facts->claims, CLAIM_DEPLOYMENT));
	jwrite_text(platform, "name", facts->name);
	jwrite_text_if(platform, "organizationId", facts->organization_id);
	claim_places_write(cx, jread_member(facts->claims, CLAIM_TOOL_PLATFORM),
	    platform_places, platform);
	if (jread_is_object(lis))
		jwrite_value(platform, "lis", lis);
}

/* A context or a resource link without an id is none. */
static void
write_thing(struct cx *cx, const struct json_t *claims, enum copy_history which,
    struct json_t *launch)
{
	const struct json_t *claim = jread_member(claims, things[which].claim);
	const struct claim_place *places = things[which].places;

	if (!claim_places_scalar(cx, jread_member(claim, "id")).at)
		return;
	struct json_t *thing = jwrite_inner_object(launch, things[which].name);
	claim_places_write(cx, claim, places, thing);
	copy_history_write(
	    cx, jread_member(claims, CLAIM_CUSTOM), which, thing);
	claim_places_rest(cx, claim, places, thing);
}

static void
write_launch(
    struct cx *cx, const struct id_token_facts *facts, struct json_t *form)
{
	const struct json_t *claims = facts->claims;
	struct json_t *launch = jwrite_inner_object(form, "launch");
	const struct json_t *presentation =
	    jread_member(claims, CLAIM_PRESENTATION);
	const struct json_t *custom =
	    facts->custom ? facts->custom : jread_member(claims, CLAIM_CUSTOM);

	jwrite_text(launch, "type", claim_text(claims, CLAIM_MESSAGE));
	jwrite_text(launch, "target", claim_text(claims, CLAIM_TARGET));
	write_thing(cx, claims, COPY_HISTORY_CONTEXT, launch);
	write_thing(cx, claims, COPY_HISTORY_RESOURCE_LINK, launch);
	if (jread_is_object(presentation)) {
		struct json_t *to = jwrite_inner_object(launch, "presentation");
		claim_places_write(cx, presentation, presentation_places, to);
		claim_places_rest(cx, presentation, presentation_places, to);
	}
	/* PHP writes an empty object as []. */
	jwrite_value(launch, "custom",
	    jread_is_object(custom) ? custom : jwrite_object(cx));
}

/* --- services ------------------------------------------------------------ */

static void
write_deep_linking(
    struct cx *cx, const struct id_token_facts *facts, struct json_t *services)
{
	struct json_t *service = jwrite_inner_object(services, "deepLinking");
	const struct json_t *settings =
	    jread_member(facts->claims, CLAIM_DL_SETTINGS);
	bool available = facts->deep_linking && jread_is_object(settings) &&
			 span_is(claim_text(facts->claims, CLAIM_MESSAGE),
			     MESSAGE_DEEP_LINKING);

	jwrite_bool(service, "available", available);
	if (available)
		claim_places_write(cx, settings, deep_linking_places, service);
}

static void
write_grades(const struct id_token_facts *facts,
    const struct service_claims *offered, struct json_t *services)
{
	struct json_t *service =
	    jwrite_inner_object(services, "assignmentAndGrades");
	const struct json_t *claim = jread_member(facts->claims, CLAIM_GRADES);
	bool available = facts->assignment_and_grades && offered->grades;

	jwrite_bool(service, "available", available);
	if (!available)
		return;
	claim_places_texts(jread_member(claim, "scope"),
	    jwrite_inner_array(service, "scopes"));
	jwrite_text_if(service, "lineItemId", offered->line_item);
}

static void
write_services(
    struct cx *cx, const struct id_token_facts *facts, struct json_t *form)
{
	struct json_t *services = jwrite_inner_object(form, "services");
	const struct service_claims offered =
	    service_claims_read(cx, facts->claims);

	/* Told because LTIAAS's client wants it; we do not speak it. */
	jwrite_bool(jwrite_inner_object(services, "outcomes"), "available",
	    jread_is_object(jread_member(facts->claims, CLAIM_OUTCOMES)));
	write_deep_linking(cx, facts, services);
	jwrite_bool(jwrite_inner_object(services, "namesAndRoles"), "available",
	    facts->names_and_roles && offered.roster);
	write_grades(facts, &offered, services);
	jwrite_text_if(services, "serviceKey", facts->service_key);
}

/* --- what has no place --------------------------------------------------- */

/* Besides those of user_places: of the token alone, or shown above. */
static const char *const not_extensions[] = {
    "iss",
    "aud",
    "azp",
    "exp",
    "iat",
    "nbf",
    "jti",
    "nonce",
    "at_hash",
    "sub",
    CLAIM_MESSAGE,
    CLAIM_VERSION,
    CLAIM_DEPLOYMENT,
    CLAIM_TARGET,
    CLAIM_ROLES,
    CLAIM_CONTEXT,
    CLAIM_RESOURCE_LINK,
    CLAIM_PRESENTATION,
    CLAIM_CUSTOM,
    CLAIM_LIS,
    CLAIM_TOOL_PLATFORM,
    CLAIM_DL_SETTINGS,
    CLAIM_GRADES,
    CLAIM_ROSTER,
    CLAIM_OUTCOMES,
    NULL,
};

static bool
is_extension(struct span claim)
{
	for (const char *const *name = not_extensions; *name; name++)
		if (span_is(claim, *name))
			return false;
	return !claim_places_has(user_places, claim);
}

/* Of tool_platform this is what "platform" has no member for, or where it
 * says what was registered: the LMS's own name and url, by which Blackboard's
 * schools are told apart. */
static void
write_extensions(
    struct cx *cx, const struct json_t *claims, struct json_t *form)
{
	struct json_t *extensions = jwrite_inner_object(form, "extensions");
	struct json_t *rest = jwrite_object(cx);
	const struct json_t *value;
	struct span name;
	void *walk = NULL;

	while (jread_next(claims, &walk, &name, &value))
		if (is_extension(name))
			jwrite_named(extensions, name, value);
	claim_places_rest(cx, jread_member(claims, CLAIM_TOOL_PLATFORM),
	    platform_places, rest);
	walk = NULL;
	if (jread_next(rest, &walk, &name, &value))
		jwrite_value(extensions, CLAIM_TOOL_PLATFORM, rest);
}

struct json_t *
id_token_processed(struct cx *cx, const struct id_token_facts *facts)
{
	struct json_t *form = jwrite_object(cx);

	jwrite_text(form, "ltiVersion", SPAN(LTI_VERSION));
	write_user(cx, facts->claims, form);
	write_for_user(cx, facts->claims, form);
	write_platform(cx, facts, form);
	migration_claim_write(
	    cx, facts->claims, facts->migration_verified, form);
	write_launch(cx, facts, form);
	write_services(cx, facts, form);
	write_extensions(cx, facts->claims, form);
	return form;
}

struct json_t *
id_token_raw(struct cx *cx, const struct json_t *claims)
{
	struct json_t *raw = jwrite_object(cx);
	const struct json_t *value;
	struct span name;
	void *walk = NULL;

	while (jread_next(claims, &walk, &name, &value))
		jwrite_named(raw, name, value);
	jwrite_text(raw, "ltiVersion", SPAN(LTI_VERSION));
	return raw;
}
