/* platform_doc.c - what an LMS says of itself before a registration
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/platform_doc.h"

#include "base/cx.h"
#include "lti/names.h"
#include "lti/web_url.h"
#include "json/jread.h"
#include "json/jwrite.h"

enum { MEMBER_MAX = 2000, LABEL_MAX = 200 };

/* --- members ------------------------------------------------------------- */

static enum fault
read_required(
    struct cx *cx, const struct json_t *raw, const char *name, struct span *out)
{
	const struct json_t *value = jread_member(raw, name);

	if (!value)
		return fault_tell(cx, FAULT_CONFIGURATION_INCOMPLETE,
		    "The LMS's configuration has no member \"%s\"", name);
	if (!jread_text(value, out))
		return fault_tell(cx, FAULT_CONFIGURATION_INCOMPLETE,
		    "\"%s\" in the LMS's configuration must be a string, "
		    "not %s",
		    name, jread_type(value));
	if (out->length == 0 || out->length > MEMBER_MAX ||
	    span_has_control(*out))
		return fault_tell(cx, FAULT_CONFIGURATION_INCOMPLETE,
		    "\"%s\" in the LMS's configuration is empty, too long or "
		    "holds a control character",
		    name);
	return FAULT_NONE;
}

/* As in the API; it is a part of indexes, whose rows have limits. */
enum { ISSUER_MAX = 500 };

/* The endpoints are judged when they are used; nobody fetches the issuer, but
 * it is compared, stored and shown. */
static enum fault
check_issuer(struct cx *cx, struct span issuer)
{
	if (issuer.length > ISSUER_MAX)
		return fault_tell(cx, FAULT_CONFIGURATION_INCOMPLETE,
		    "\"issuer\" in the LMS's configuration is longer than %d "
		    "bytes",
		    ISSUER_MAX);
	for (size_t i = 0; i < issuer.length; i++)
		if ((unsigned char)issuer.at[i] <= ' ' ||
		    (unsigned char)issuer.at[i] >= 0x7f)
			return fault_tell(cx, FAULT_CONFIGURATION_INCOMPLETE,
			    "\"issuer\" in the LMS's configuration holds a "
			    "blank or a character that no URL has");
	return FAULT_NONE;
}

static enum fault
read_endpoints(
    struct cx *cx, const struct json_t *raw, struct platform_doc *doc)
{
	const struct {
		const char *name;
		struct span *out;
	} members[] = {
	    {"issuer", &doc->issuer},
	    {"authorization_endpoint", &doc->authorization_endpoint},
	    {"token_endpoint", &doc->token_endpoint},
	    {"jwks_uri", &doc->jwks_uri},
	    {"registration_endpoint", &doc->registration_endpoint},
	};

	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		enum fault fault =
		    read_required(cx, raw, members[i].name, members[i].out);
		if (fault)
			return fault;
	}
	return check_issuer(cx, doc->issuer);
}

/* A label of the LMS: shown to people, so bounded; wrong types count as
 * absent. */
static struct span
read_label(const struct json_t *value)
{
	struct span text = jread_text_or(value, SPAN(""));
	return span_first(text, LABEL_MAX);
}

static const struct json_t *
array_or_none(const struct json_t *value)
{
	return jread_is_array(value) ? value : NULL;
}

/* --- messages ------------------------------------------------------------ */

static struct span
message_type(const struct json_t *item)
{
	struct span type = jread_text_or(
	    item, jread_text_or(jread_member(item, "type"), SPAN("")));

	/* Moodle 3.10 drops the last word. */
	if (span_is(type, "LtiResourceLink"))
		return SPAN(MESSAGE_RESOURCE_LINK);
	if (span_is(type, "LtiDeepLinking"))
		return SPAN(MESSAGE_DEEP_LINKING);
	return type;
}

static const struct json_t *
read_messages(struct cx *cx, const struct json_t *listed)
{
	struct json_t *messages = jwrite_array(cx);

	for (size_t i = 0; i < jread_count(listed); i++) {
		const struct json_t *item = jread_at(listed, i);
		struct span type = message_type(item);
		if (type.length == 0 || type.length > LABEL_MAX)
			continue;
		struct json_t *message = jwrite_push_object(messages);
		jwrite_text(message, "type", type);
		jwrite_value(message, "placements",
		    array_or_none(jread_member(item, "placements")));
	}
	return messages;
}

/* --- what LTI 1.3 cannot do without -------------------------------------- */

static bool
lists_one(const struct json_t *list, const char *const *wanted)
{
	if (!jread_is_array(list))
		return true; /* not said: nothing to hold against the LMS */
	for (; *wanted; wanted++)
		if (jread_holds(list, span_of(*wanted)))
			return true;
	return false;
}

static enum fault
check_common(struct cx *cx, const struct json_t *raw)
{
	static const char *const id_token_algorithms[] = {
	    "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", NULL};
	static const char *const signing[] = {"RS256", NULL};
	static const char *const methods[] = {"private_key_jwt", NULL};
	static const char *const responses[] = {"id_token", NULL};
	const struct {
		const char *name;
		const char *const *wanted;
		const char *wish;
	} rules[] = {
	    {"id_token_signing_alg_values_supported", id_token_algorithms,
		"an RS or ES algorithm"},
	    {"token_endpoint_auth_signing_alg_values_supported", signing,
		"RS256"},
	    {"token_endpoint_auth_methods_supported", methods,
		"private_key_jwt"},
	    {"response_types_supported", responses, "id_token"},
	};

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (!lists_one(
			jread_member(raw, rules[i].name), rules[i].wanted))
			return fault_tell(cx, FAULT_NOTHING_IN_COMMON,
			    "The LMS's \"%s\" does not list %s, which LTI 1.3 "
			    "needs",
			    rules[i].name, rules[i].wish);
	return FAULT_NONE;
}

/* --- the document -------------------------------------------------------- */

static const struct json_t *
platform_configuration(const struct json_t *raw)
{
	const struct json_t *found = jread_member(raw, PLATFORM_CONFIGURATION);
	return found ? found : jread_member(raw, PLATFORM_CONFIGURATION " ");
}

enum fault
platform_doc_read(struct cx *cx, struct span body, struct platform_doc *out)
{
	struct platform_doc doc = {0};

	if (jread_parse(cx, body, &doc.raw))
		return fault_tell(cx, FAULT_CONFIGURATION_MALFORMED,
		    "What the LMS sent as its configuration is not JSON that "
		    "can be used");
	if (!jread_is_object(doc.raw))
		return fault_tell(cx, FAULT_CONFIGURATION_MALFORMED,
		    "What the LMS sent as its configuration is %s, not a JSON "
		    "object",
		    jread_type(doc.raw));
	enum fault fault = read_endpoints(cx, doc.raw, &doc);
	if (!fault)
		fault = check_common(cx, doc.raw);
	if (fault)
		return fault;
	const struct json_t *lti = platform_configuration(doc.raw);
	doc.authorization_server = jread_text_or(
	    jread_member(doc.raw, "authorization_server"), SPAN(""));
	doc.family = read_label(jread_member(lti, "product_family_code"));
	doc.version = read_label(jread_member(lti, "version"));
	doc.account_name =
	    read_label(jread_member(lti, CANVAS_NAME "account_name"));
	doc.scopes = array_or_none(jread_member(doc.raw, "scopes_supported"));
	doc.claims = array_or_none(jread_member(doc.raw, "claims_supported"));
	doc.variables = array_or_none(jread_member(lti, "variables"));
	doc.messages =
	    read_messages(cx, jread_member(lti, "messages_supported"));
	*out = doc;
	return FAULT_NONE;
}

struct span
platform_doc_audience(const struct platform_doc *doc)
{
	struct span server = doc->authorization_server;

	bool alike = span_starts(server, "https://") ||
		     span_starts(doc->token_endpoint, "http://");

	return alike && web_url_is(server) ? server : doc->token_endpoint;
}

const struct json_t *
platform_doc_placements(
    const struct platform_doc *doc, struct span type, bool *listed)
{
	*listed = false;
	for (size_t i = 0; i < jread_count(doc->messages); i++) {
		const struct json_t *message = jread_at(doc->messages, i);
		if (!span_equal(
			jread_text_or(jread_member(message, "type"), SPAN("")),
			type))
			continue;
		*listed = true;
		return jread_member(message, "placements");
	}
	return NULL;
}
