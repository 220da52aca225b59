/* tool_settings.c - what the operator says of the tool
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/tool_settings.h"

#include <ctype.h>
#include <string.h>

#include "base/cx.h"
#include "lti/names.h"
#include "lti/notice_claims.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* ILIAS keeps URLs in 255 characters, all redirect URIs together in 510, and
 * custom parameters in 1020. */
enum {
	URL_LIMIT = 255,
	REDIRECTS_LIMIT = 510,
	CUSTOM_LIMIT = 1020,
	LANGUAGE_LIMIT = 35
};

const char *const tool_privacy_levels[] = {
    "public", "name_only", "email_only", "anonymous", NULL};

static const char *const modes[] = {
    "off", "automatic", "confirm", "pre-approval", NULL};
static const char *const deep_linking[] = {"api", "builtin", "off", NULL};
static const char *const key_choices[] = {"tool", "platform", NULL};
static const char *const deployment_choices[] = {
    "learn", "any", "listed", NULL};

const struct jshape tool_message_shape[] = {
    {.name = "type",
	.type = JSHAPE_TEXT,
	.required = true,
	.max = 200,
	.about = "Message type, such as LtiResourceLinkRequest"},
    {.name = "placements",
	.type = JSHAPE_TEXTS,
	.about = "Where the LMS offers it; only those it supports are sent"},
    {.name = "label",
	.type = JSHAPE_TEXT,
	.max = 255,
	.about = "What the LMS shows for it"},
    {.name = "iconUrl", .type = JSHAPE_URL, .max = URL_LIMIT},
    {.name = "targetLinkUri",
	.type = JSHAPE_URL,
	.about = "Where the tool gets launches of this message; the LMS is "
		 "given an address of the gateway"},
    {.name = "customParameters", .type = JSHAPE_TEXT_MAP},
    {.name = "roles", .type = JSHAPE_TEXTS},
    {0},
};

static const struct jshape registration_shape[] = {
    {.name = "mode", .type = JSHAPE_CHOICE, .choices = modes},
    {.name = "preApprovalUrl",
	.type = JSHAPE_URL,
	.about = "Where mode pre-approval sends the administrator, with "
		 "?registrationId="},
    {.name = "autoActivate",
	.type = JSHAPE_BOOL,
	.about = "Whether a new platform may launch at once"},
    {.name = "allowedHosts",
	.type = JSHAPE_TEXTS,
	.about = "When not empty: only LMSs at these hosts (*.suffix)"},
    {.name = "blockedHosts", .type = JSHAPE_TEXTS},
    {0},
};

static const struct jshape services_shape[] = {
    {.name = "assignmentAndGrades", .type = JSHAPE_BOOL},
    {.name = "namesAndRoles", .type = JSHAPE_BOOL},
    {0},
};

const struct jshape tool_settings_shape[] = {
    {.name = "name",
	.type = JSHAPE_TEXT,
	.max = 255,
	.about = "The tool's name in the LMS"},
    {.name = "description", .type = JSHAPE_TEXT},
    {.name = "logoUrl", .type = JSHAPE_URL, .max = URL_LIMIT},
    {.name = "localizedNames",
	.type = JSHAPE_TEXT_MAP,
	.about = "Name by language tag (BCP 47)"},
    {.name = "launchUrl", .type = JSHAPE_URL, .about = "Where launches go"},
    {.name = "deepLinkingUrl",
	.type = JSHAPE_URL,
	.about = "Where deep-linking launches go; empty: launchUrl"},
    {.name = "submissionReviewUrl",
	.type = JSHAPE_URL,
	.about = "Where reviews of a submission go, which are then asked for; "
		 "empty: launchUrl"},
    {.name = "allowedUrls",
	.type = JSHAPE_URLS,
	.about = "Other URLs that a message or platform may send launches to"},
    {.name = "deepLinking", .type = JSHAPE_CHOICE, .choices = deep_linking},
    {.name = "registration",
	.type = JSHAPE_OBJECT,
	.members = registration_shape},
    {.name = "services", .type = JSHAPE_OBJECT, .members = services_shape},
    {.name = "messages",
	.type = JSHAPE_OBJECTS,
	.max = 50,
	.members = tool_message_shape,
	.about = "What to ask of the LMS; empty: resource links, and deep "
		 "linking unless that is off"},
    {.name = "placementsByFamily",
	.type = JSHAPE_TEXTS_MAP_MAP,
	.about = "Placements by product family and message type"},
    {.name = "customParameters", .type = JSHAPE_TEXT_MAP},
    {.name = "notices",
	.type = JSHAPE_TEXTS,
	.about = "Platform notices to subscribe to, for "
		 "webhook_url: " NOTICE_HELLO_WORLD ", " NOTICE_CONTEXT_COPY},
    {.name = "privacyLevel",
	.type = JSHAPE_CHOICE,
	.choices = tool_privacy_levels},
    {.name = "keys",
	.type = JSHAPE_CHOICE,
	.choices = key_choices,
	.about = "One key set for the tool, or one key pair per platform"},
    {.name = "redirectUris",
	.type = JSHAPE_URLS,
	.about = "Registered besides the gateway's own"},
    {.name = "contacts",
	.type = JSHAPE_TEXTS,
	.about = "E-mail addresses of who looks after the tool"},
    {.name = "clientUri", .type = JSHAPE_URL, .max = URL_LIMIT},
    {.name = "tosUri", .type = JSHAPE_URL, .max = URL_LIMIT},
    {.name = "policyUri", .type = JSHAPE_URL, .max = URL_LIMIT},
    {.name = "deployments",
	.type = JSHAPE_CHOICE,
	.choices = deployment_choices},
    {0},
};

/* The same document for every tool that says nothing. */
static const char defaults[] =
    "{\"name\":\"\",\"description\":\"\",\"logoUrl\":\"\","
    "\"localizedNames\":{},\"launchUrl\":\"\",\"deepLinkingUrl\":\"\","
    "\"submissionReviewUrl\":\"\","
    "\"allowedUrls\":[],\"deepLinking\":\"api\","
    "\"registration\":{\"mode\":\"automatic\",\"preApprovalUrl\":\"\","
    "\"autoActivate\":false,\"allowedHosts\":[],\"blockedHosts\":[]},"
    "\"services\":{\"assignmentAndGrades\":true,\"namesAndRoles\":true},"
    "\"messages\":[],\"placementsByFamily\":{},\"customParameters\":{},"
    "\"notices\":[],\"privacyLevel\":\"public\",\"keys\":\"tool\","
    "\"redirectUris\":[],"
    "\"contacts\":[],\"clientUri\":\"\",\"tosUri\":\"\",\"policyUri\":\"\","
    "\"deployments\":\"learn\"}";

/* --- rules --------------------------------------------------------------- */

enum fault
tool_settings_check_custom(
    struct cx *cx, const struct json_t *parameters, const char *where)
{
	const struct json_t *value;
	struct span name;
	void *place = NULL;
	size_t total = 0;

	while (jread_next(parameters, &place, &name, &value)) {
		struct span text = jread_text_or(value, SPAN(""));
		if (name.length == 0 || span_has_control(name) ||
		    memchr(name.at, '=', name.length))
			return fault_tell(cx, FAULT_PARAMETER_REFUSED,
			    "%s: a name must not be empty or hold '=' or a "
			    "control character",
			    where);
		if (span_has_control(text) ||
		    (text.length && memchr(text.at, '=', text.length)))
			return fault_tell(cx, FAULT_PARAMETER_REFUSED,
			    "%s.%.*s must not hold '=' or a line end: some "
			    "LMSs would cut the value there",
			    where, SPAN_ARGS(span_first(name, 60)));
		total += name.length + text.length + 2;
	}
	if (total > CUSTOM_LIMIT)
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "%s is longer than %d characters in all, which some LMSs "
		    "refuse",
		    where, CUSTOM_LIMIT);
	return FAULT_NONE;
}

enum fault
tool_settings_check_privacy(struct cx *cx, struct span level)
{
	for (const char *const *known = tool_privacy_levels; *known; known++)
		if (level.length == 0 || span_is(level, *known))
			return FAULT_NONE;
	return fault_tell(cx, FAULT_PARAMETER_REFUSED,
	    "privacyLevel must be public, name_only, email_only or anonymous");
}

/* "client_name#de-CH": a tag is letters, digits and hyphens (RFC 5646, 2.1). */
static enum fault
check_languages(struct cx *cx, const struct json_t *names)
{
	const struct json_t *value;
	struct span tag;
	void *place = NULL;

	while (jread_next(names, &place, &tag, &value)) {
		bool good = tag.length > 0 && tag.length <= LANGUAGE_LIMIT;
		for (size_t i = 0; good && i < tag.length; i++)
			good = isalnum((unsigned char)tag.at[i]) ||
			       tag.at[i] == '-';
		if (!good)
			return fault_tell(cx, FAULT_PARAMETER_REFUSED,
			    "localizedNames: \"%.*s\" is no language tag such "
			    "as de or pt-BR",
			    SPAN_ARGS(span_first(tag, 40)));
	}
	return FAULT_NONE;
}

static enum fault
check_redirects(struct cx *cx, const struct json_t *list)
{
	size_t total = 0;

	for (size_t i = 0; i < jread_count(list); i++) {
		struct span uri = jread_text_or(jread_at(list, i), SPAN(""));
		if (uri.length > URL_LIMIT)
			return fault_tell(cx, FAULT_PARAMETER_REFUSED,
			    "redirectUris[%zu] is longer than %d characters, "
			    "which some LMSs refuse",
			    i, URL_LIMIT);
		total += uri.length + 1;
	}
	if (total > REDIRECTS_LIMIT - URL_LIMIT)
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "redirectUris are longer than %d characters in all, which "
		    "some LMSs refuse",
		    REDIRECTS_LIMIT - URL_LIMIT);
	return FAULT_NONE;
}

static enum fault
check_notices(struct cx *cx, const struct json_t *list)
{
	for (size_t i = 0; i < jread_count(list); i++)
		if (!notice_claims_is_known(
			jread_text_or(jread_at(list, i), SPAN(""))))
			return fault_tell(cx, FAULT_PARAMETER_REFUSED,
			    "notices[%zu] must be " NOTICE_HELLO_WORLD
			    " or " NOTICE_CONTEXT_COPY,
			    i);
	return FAULT_NONE;
}

static enum fault
check_mode(struct cx *cx, const struct json_t *registration)
{
	struct span mode =
	    jread_text_or(jread_member(registration, "mode"), SPAN(""));
	struct span url = jread_text_or(
	    jread_member(registration, "preApprovalUrl"), SPAN(""));

	if (span_is(mode, "pre-approval") && url.length == 0)
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "registration.preApprovalUrl must be set for mode "
		    "pre-approval");
	if (url.length && memchr(url.at, '#', url.length))
		return fault_tell(cx, FAULT_PARAMETER_REFUSED,
		    "registration.preApprovalUrl must not have a fragment");
	return FAULT_NONE;
}

enum fault
tool_settings_check(struct cx *cx, const struct json_t *settings)
{
	const struct json_t *messages = jread_member(settings, "messages");
	enum fault fault = jshape_check(cx, settings, tool_settings_shape);

	if (!fault)
		fault = check_mode(cx, jread_member(settings, "registration"));
	if (!fault)
		fault = check_languages(
		    cx, jread_member(settings, "localizedNames"));
	if (!fault)
		fault =
		    check_redirects(cx, jread_member(settings, "redirectUris"));
	if (!fault)
		fault = check_notices(cx, jread_member(settings, "notices"));
	if (!fault)
		fault = tool_settings_check_custom(cx,
		    jread_member(settings, "customParameters"),
		    "customParameters");
	for (size_t i = 0; !fault && i < jread_count(messages); i++)
		fault = tool_settings_check_custom(cx,
		    jread_member(jread_at(messages, i), "customParameters"),
		    "messages[].customParameters");
	return fault;
}

/* --- the whole document -------------------------------------------------- */

static void
lay_over(struct json_t *whole, const struct json_t *given)
{
	const struct json_t *value;
	struct span name;
	void *place = NULL;

	while (jread_next(given, &place, &name, &value))
		jwrite_named(whole, name, value);
}

struct json_t *
tool_settings_whole(struct cx *cx, const struct json_t *given)
{
	const struct json_t *base;
	const char *const inner[] = {"registration", "services"};

	if (jread_parse(cx, span_of(defaults), &base))
		return jwrite_object(cx); /* a constant: never */
	struct json_t *whole = jwrite_copy(cx, base);
	lay_over(whole, given);
	for (size_t i = 0; i < sizeof inner / sizeof *inner; i++) {
		struct json_t *object =
		    jwrite_copy(cx, jread_member(base, inner[i]));
		lay_over(object, jread_member(given, inner[i]));
		jwrite_value(whole, inner[i], object);
	}
	return whole;
}
