/* tool_doc.c - the registration request that is sent to an LMS
 *
 * One superset that every LMS accepts (docs/lms.md says who insists on what):
 * members that an LMS does not need do no harm, and "claims" and "messages"
 * are always there because Canvas demands them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/tool_doc.h"

#include "base/b64url.h"
#include "base/cx.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "lti/copy_history.h"
#include "lti/names.h"
#include "lti/platform_doc.h"
#include "lti/tool_messages.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum { URL_LIMIT = 255, SCOPES_MAX = 4000, TARGET_KEY_BYTES = 12 };

static struct span
text_of(const struct json_t *object, const char *name)
{
	return jread_text_or(jread_member(object, name), SPAN(""));
}

struct span
tool_doc_target_key(struct cx *cx, struct span url)
{
	unsigned char hash[DIGEST_SIZE];

	digest_sha256(url, hash);
	return b64url_encode(cx->arena, span_from(hash, TARGET_KEY_BYTES));
}

struct span
tool_doc_authority(struct span url)
{
	size_t start = span_starts(url, "https://")  ? 8
		       : span_starts(url, "http://") ? 7
						     : url.length;
	struct span rest = span_from_offset(url, start);
	size_t length = 0;

	while (length < rest.length && rest.at[length] != '/' &&
	       rest.at[length] != '?' && rest.at[length] != '#')
		length++;
	return span_first(rest, length);
}

/* --- scopes -------------------------------------------------------------- */

static const struct {
	const char *service, *scope;
} service_scopes[] = {
    {"assignmentAndGrades", SCOPE_LINE_ITEM},
    {"assignmentAndGrades", SCOPE_LINE_ITEM_READ},
    {"assignmentAndGrades", SCOPE_RESULT_READ},
    {"assignmentAndGrades", SCOPE_SCORE},
    {"namesAndRoles", SCOPE_MEMBERSHIP},
};

struct json_t *
tool_doc_service_scopes(struct cx *cx, const struct json_t *settings)
{
	const struct json_t *services = jread_member(settings, "services");
	struct json_t *scopes = jwrite_array(cx);

	for (size_t i = 0; i < sizeof service_scopes / sizeof *service_scopes;
	     i++)
		if (jread_bool_or(
			jread_member(services, service_scopes[i].service),
			false))
			jwrite_push_text(
			    scopes, span_of(service_scopes[i].scope));
	if (jread_count(jread_member(settings, "notices")))
		jwrite_push_text(scopes, SPAN(SCOPE_NOTICE_HANDLERS));
	return scopes;
}

/* What the gateway itself needs to keep the registration in step is asked
 * where the LMS lists it: no wish of the tool's, so none that is dropped. */
static const struct json_t *
wished_scopes(struct cx *cx, const struct tool_doc_args *args)
{
	static const char *const own[] = {
	    SCOPE_REGISTRATION, SCOPE_REGISTRATION_READ};
	const struct json_t *given = jread_member(args->overrides, "scopes");

	if (given)
		return given;
	struct json_t *scopes = tool_doc_service_scopes(cx, args->settings);
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (jread_holds(args->platform->scopes, span_of(own[i])))
			jwrite_push_text(scopes, span_of(own[i]));
	return scopes;
}

/* Sakai lists only "openid" and grants the services all the same; a list
 * without any service's scope says nothing about services. */
static bool
says_nothing(const struct json_t *supported)
{
	for (size_t i = 0; i < jread_count(supported); i++)
		if (!span_is(jread_text_or(jread_at(supported, i), SPAN("")),
			"openid"))
			return false;
	return true;
}

static enum fault
write_scope(
    struct cx *cx, const struct tool_doc_args *args, struct tool_doc *out)
{
	const struct json_t *wished = wished_scopes(cx, args);
	const struct json_t *supported = args->platform->scopes;
	bool all = says_nothing(supported);
	struct json_t *sent = jwrite_array(cx);
	struct text line = text_begin(cx->arena, SCOPES_MAX);

	for (size_t i = 0; i < jread_count(wished); i++) {
		struct span scope =
		    jread_text_or(jread_at(wished, i), SPAN(""));
		if (scope.length == 0 || jread_holds(sent, scope))
			continue;
		/* What few LMSs have is asked of those that say so. */
		bool rare = span_is(scope, SCOPE_NOTICE_HANDLERS);
		if ((!all || rare) && !jread_holds(supported, scope)) {
			struct json_t *row = jwrite_push_object(out->dropped);
			jwrite_text(row, "member", SPAN("scope"));
			jwrite_text(row, "value", scope);
			continue;
		}
		jwrite_push_text(sent, scope);
		if (line.length)
			text_add_char(&line, ' ');
		text_add(&line, scope);
	}
	if (line.cut)
		return fault_tell(cx, FAULT_TOOL_DOC_REFUSED,
		    "The scopes are longer than %d characters in all",
		    SCOPES_MAX);
	jwrite_text(out->document, "scope", text_span(&line));
	return FAULT_NONE;
}

/* --- claims and privacy -------------------------------------------------- */

static const struct {
	const char *level;
	const char *claims[8];
} privacy_claims[] = {
    {"public", {"name", "given_name", "family_name", "email", "picture",
		   "locale", NULL}},
    {"name_only", {"name", "given_name", "family_name", "locale", NULL}},
    {"email_only", {"email", "locale", NULL}},
    {"anonymous", {NULL}},
};

static struct span
privacy_level(const struct tool_doc_args *args)
{
	struct span level = text_of(args->overrides, "privacyLevel");

	if (level.length)
		return level;
	if (args->privacy_level.length)
		return args->privacy_level;
	return text_of(args->settings, "privacyLevel");
}

/* Sakai's list names no claim about a person, though it sends them. */
static bool
lists_no_person(const struct json_t *supported)
{
	static const char *const person[] = {
	    "name", "given_name", "family_name", "email", "picture", NULL};

	for (const char *const *claim = person; *claim; claim++)
		if (jread_holds(supported, span_of(*claim)))
			return false;
	return true;
}

static void
write_claims(const struct tool_doc_args *args, struct json_t *configuration)
{
	const struct json_t *supported = args->platform->claims;
	struct json_t *claims = jwrite_inner_array(configuration, "claims");
	bool all = lists_no_person(supported);
	struct span level = privacy_level(args);
	size_t row = 0;

	jwrite_push_text(claims, SPAN("iss"));
	jwrite_push_text(claims, SPAN("sub"));
	while (row + 1 < sizeof privacy_claims / sizeof *privacy_claims &&
	       !span_is(level, privacy_claims[row].level))
		row++;
	for (const char *const *claim = privacy_claims[row].claims; *claim;
	     claim++)
		if (all || jread_holds(supported, span_of(*claim)))
			jwrite_push_text(claims, span_of(*claim));
}

/* --- the tool configuration ---------------------------------------------- */

/* Hosts besides our own that the LMS will meet in what we registered. */
static void
write_secondary_domains(
    const struct tool_doc_args *args, struct json_t *configuration)
{
	const struct json_t *uris =
	    jread_member(args->settings, "redirectUris");
	struct json_t *domains = NULL;

	for (size_t i = 0; i < jread_count(uris); i++) {
		struct span host = tool_doc_authority(
		    jread_text_or(jread_at(uris, i), SPAN("")));
		if (host.length == 0 || span_equal(host, args->domain))
			continue;
		if (!domains)
			domains = jwrite_inner_array(
			    configuration, "secondary_domains");
		if (!jread_holds(domains, host))
			jwrite_push_text(domains, host);
	}
}

static void
write_custom(struct cx *cx, const struct tool_doc_args *args,
    struct json_t *configuration)
{
	const struct json_t *lists[] = {
	    jread_member(args->settings, "customParameters"),
	    jread_member(args->overrides, "customParameters")};
	struct json_t *custom = jwrite_object(cx);
	const struct json_t *value;
	struct span name;
	void *place = NULL;

	for (size_t i = 0; i < 2; i++) {
		place = NULL;
		while (jread_next(lists[i], &place, &name, &value))
			jwrite_named(custom, name, value);
	}
	copy_history_ask(custom, args->platform->variables);
	place = NULL;
	if (jread_next(custom, &place, &name, &value))
		jwrite_value(configuration, "custom_parameters", custom);
}

static void
write_canvas(const struct tool_doc_args *args, struct json_t *configuration)
{
	if (!span_is(args->platform->family, "canvas"))
		return;
	jwrite_text(
	    configuration, CANVAS_NAME "privacy_level", privacy_level(args));
	jwrite_text(configuration, CANVAS_NAME "tool_id", args->domain);
	jwrite_text(configuration, CANVAS_NAME "vendor",
	    text_of(args->settings, "name"));
}

static enum fault
write_configuration(
    struct cx *cx, const struct tool_doc_args *args, struct tool_doc *out)
{
	struct json_t *configuration =
	    jwrite_inner_object(out->document, TOOL_CONFIGURATION);

	jwrite_text(configuration, "domain", args->domain);
	write_secondary_domains(args, configuration);
	jwrite_text_if(configuration, "description",
	    text_of(args->settings, "description"));
	jwrite_text(configuration, "target_link_uri",
	    arena_printf(
		cx->arena, "%.*s/lti/launch", SPAN_ARGS(args->public_url)));
	write_custom(cx, args, configuration);
	write_claims(args, configuration);
	write_canvas(args, configuration);
	return tool_messages_write(cx, args, configuration, out);
}

/* --- the registration ---------------------------------------------------- */

static void
write_uris(
    struct cx *cx, const struct tool_doc_args *args, struct json_t *document)
{
	static const struct {
		const char *setting, *member;
	} optional[] = {
	    {"logoUrl", "logo_uri"},
	    {"clientUri", "client_uri"},
	    {"tosUri", "tos_uri"},
	    {"policyUri", "policy_uri"},
	};
	const struct json_t *more =
	    jread_member(args->settings, "redirectUris");
	const struct json_t *contacts =
	    jread_member(args->settings, "contacts");

	jwrite_text(document, "initiate_login_uri",
	    arena_printf(
		cx->arena, "%.*s/lti/login", SPAN_ARGS(args->public_url)));
	struct json_t *redirects =
	    jwrite_inner_array(document, "redirect_uris");
	jwrite_push_text(redirects, arena_printf(cx->arena, "%.*s/lti/launch",
					SPAN_ARGS(args->public_url)));
	for (size_t i = 0; i < jread_count(more); i++)
		jwrite_push(redirects, jread_at(more, i));
	jwrite_text(document, "jwks_uri", args->key_set_url);
	for (size_t i = 0; i < sizeof optional / sizeof *optional; i++)
		jwrite_text_if(document, optional[i].member,
		    text_of(args->settings, optional[i].setting));
	if (jread_count(contacts))
		jwrite_value(document, "contacts", contacts);
}

static void
write_names(
    struct cx *cx, const struct tool_doc_args *args, struct json_t *document)
{
	const struct json_t *names =
	    jread_member(args->settings, "localizedNames");
	const struct json_t *value;
	struct span language;
	void *place = NULL;

	jwrite_text(document, "client_name", text_of(args->settings, "name"));
	while (jread_next(names, &place, &language, &value))
		jwrite_named(document,
		    arena_printf(
			cx->arena, "client_name#%.*s", SPAN_ARGS(language)),
		    value);
}

static void
write_fixed(struct json_t *document)
{
	struct json_t *list;

	jwrite_text(document, "application_type", SPAN("web"));
	list = jwrite_inner_array(document, "grant_types");
	jwrite_push_text(list, SPAN("implicit"));
	jwrite_push_text(list, SPAN("client_credentials"));
	list = jwrite_inner_array(document, "response_types");
	jwrite_push_text(list, SPAN("id_token"));
	jwrite_text(
	    document, "token_endpoint_auth_method", SPAN("private_key_jwt"));
}

enum fault
tool_doc_write(
    struct cx *cx, const struct tool_doc_args *args, struct tool_doc *out)
{
	struct tool_doc doc = {
	    .document = jwrite_object(cx),
	    .dropped = jwrite_array(cx),
	    .targets = jwrite_object(cx),
	};

	if (args->key_set_url.length > URL_LIMIT ||
	    args->public_url.length + sizeof "/lti/launch?to=" + 16 > URL_LIMIT)
		return fault_tell(cx, FAULT_TOOL_DOC_REFUSED,
		    "public_url is too long: some LMSs take URLs of at most "
		    "%d characters",
		    URL_LIMIT);
	write_fixed(doc.document);
	write_names(cx, args, doc.document);
	write_uris(cx, args, doc.document);
	enum fault fault = write_scope(cx, args, &doc);
	if (!fault)
		fault = write_configuration(cx, args, &doc);
	if (!fault)
		*out = doc;
	return fault;
}
