/* launch_rules.c - is this signed token a launch we may let in?
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lti/launch_rules.h"

#include "base/cx.h"
#include "base/text.h"
#include "lti/names.h"
#include "lti/web_url.h"
#include "json/jread.h"

/* What a rule sees. */
struct trial {
	struct cx *cx;
	const struct launch_facts *facts;
	const struct json_t *claims;
	struct launch *launch;
};

static const struct json_t *
claim(const struct trial *trial, const char *name)
{
	return jread_member(trial->claims, name);
}

/* Printable ASCII, 1 to 255: LTI Core 1.3 says so of every id. */
static bool
is_id(struct span text)
{
	if (text.length == 0 || text.length > LAUNCH_ID_MAX)
		return false;
	for (size_t i = 0; i < text.length; i++)
		if (text.at[i] < ' ' || text.at[i] > '~')
			return false;
	return true;
}

/* One that goes into a Location or a link. */
static bool
is_usable_url(struct span text)
{
	return text.length <= LAUNCH_URL_MAX && web_url_is(text);
}

static bool
is_message(const struct trial *trial, const char *type)
{
	return span_is(trial->launch->message, type);
}

/* --- the token ----------------------------------------------------------- */

static enum fault
check_issuer(struct trial *trial)
{
	struct span issuer = SPAN("");

	if (jread_text(claim(trial, "iss"), &issuer) &&
	    span_equal(issuer, trial->facts->issuer))
		return FAULT_NONE;
	return fault(trial->cx, FAULT_ISSUER_CLAIM_WRONG,
	    "iss is \"%.*s\", registered is \"%.*s\"",
	    SPAN_ARGS(span_first(issuer, 200)),
	    SPAN_ARGS(span_first(trial->facts->issuer, 200)));
}

/* One audience, ours; a list may only repeat it. Whoever else is named could
 * replay the token here, so nobody else may be. */
static enum fault
check_audience(struct trial *trial)
{
	const struct json_t *aud = claim(trial, "aud");
	struct span own = trial->facts->client_id, text;
	size_t count = jread_count(aud), ours = 0;

	if (jread_text(aud, &text) && span_equal(text, own))
		return FAULT_NONE;
	for (size_t i = 0; i < count; i++)
		ours += jread_text(jread_at(aud, i), &text) &&
			span_equal(text, own);
	if (count && ours == count)
		return FAULT_NONE;
	return fault(trial->cx, FAULT_AUDIENCE_CLAIM_WRONG,
	    ours ? "aud names others besides our client id"
		 : "aud does not name our client id");
}

static enum fault
check_party(struct trial *trial)
{
	const struct json_t *azp = claim(trial, "azp");
	struct span text;

	if (!azp || (jread_text(azp, &text) &&
			span_equal(text, trial->facts->client_id)))
		return FAULT_NONE;
	return fault(
	    trial->cx, FAULT_AZP_CLAIM_WRONG, "azp is not our client id");
}

static enum fault
check_times(struct trial *trial)
{
	const struct json_t *nbf = claim(trial, "nbf");
	int64_t now = trial->cx->now, skew = trial->facts->skew;
	int64_t issued, expires, from = 0;

	if (!jread_integer(claim(trial, "iat"), &issued) ||
	    !jread_integer(claim(trial, "exp"), &expires) ||
	    (nbf && !jread_integer(nbf, &from)) || issued <= 0 ||
	    expires <= issued || expires - issued > LAUNCH_TOKEN_LIFE_MAX)
		return fault(trial->cx, FAULT_TOKEN_TIMES_WRONG,
		    "iat, exp and nbf must be whole seconds, exp after iat, "
		    "at most a day apart");
	if (issued > now + skew || from > now + skew)
		return fault_tell(trial->cx, FAULT_TOKEN_FROM_FUTURE,
		    "The token is %lld seconds from the future: the clocks of "
		    "the LMS and of this gateway differ",
		    (long long)((issued > from ? issued : from) - now));
	if (expires + skew <= now || issued + LAUNCH_TOKEN_AGE_MAX + skew < now)
		return fault(trial->cx, FAULT_TOKEN_EXPIRED,
		    "issued %lld s ago, expired %lld s ago",
		    (long long)(now - issued), (long long)(now - expires));
	return FAULT_NONE;
}

static enum fault
check_nonce(struct trial *trial)
{
	struct span nonce;

	if (jread_text(claim(trial, "nonce"), &nonce) &&
	    span_equal(nonce, trial->facts->nonce))
		return FAULT_NONE;
	return fault(trial->cx, FAULT_NONCE_CLAIM_WRONG,
	    "nonce is missing or not the one that was sent");
}

/* --- every LTI message --------------------------------------------------- */

static enum fault
check_version(struct trial *trial)
{
	struct span version = SPAN("");

	if (jread_text(claim(trial, CLAIM_VERSION), &version) &&
	    span_is(version, LTI_VERSION))
		return FAULT_NONE;
	return fault(trial->cx, FAULT_VERSION_CLAIM_WRONG, "version \"%.*s\"",
	    SPAN_ARGS(span_first(version, 40)));
}

static bool
is_listed(struct span words, struct span word)
{
	struct span part;

	while (span_next(&words, ' ', &part))
		if (part.length && span_equal(part, word))
			return true;
	return false;
}

static bool
is_known_message(const struct trial *trial)
{
	static const char *const built_in[] = {MESSAGE_RESOURCE_LINK,
	    MESSAGE_DEEP_LINKING, MESSAGE_SUBMISSION_REVIEW,
	    MESSAGE_DATA_PRIVACY, NULL};

	for (const char *const *type = built_in; *type; type++)
		if (is_message(trial, *type))
			return true;
	return is_listed(trial->facts->messages, trial->launch->message);
}

static enum fault
check_message(struct trial *trial)
{
	struct span *message = &trial->launch->message;

	if (!jread_text(claim(trial, CLAIM_MESSAGE), message) ||
	    !is_id(*message))
		return fault(trial->cx, FAULT_MESSAGE_CLAIM_WRONG,
		    "message_type is missing");
	if (!is_known_message(trial))
		return fault(trial->cx, FAULT_MESSAGE_CLAIM_WRONG,
		    "message_type \"%.*s\" is not registered",
		    SPAN_ARGS(span_first(*message, 100)));
	if (is_message(trial, MESSAGE_DEEP_LINKING) &&
	    !trial->facts->deep_linking)
		return fault_tell(trial->cx, FAULT_MESSAGE_NOT_OFFERED,
		    "This tool does not offer content to choose from (deep "
		    "linking is off)");
	return FAULT_NONE;
}

static enum fault
check_deployment(struct trial *trial)
{
	struct span *id = &trial->launch->deployment_id;

	if (jread_text(claim(trial, CLAIM_DEPLOYMENT), id) && is_id(*id))
		return FAULT_NONE;
	return fault(trial->cx, FAULT_DEPLOYMENT_CLAIM_WRONG,
	    "deployment_id is missing, empty, too long or not ASCII");
}

/* Without sub the launch is anonymous (LTI Core 1.3, 5.3.6.1). */
static enum fault
check_subject(struct trial *trial)
{
	const struct json_t *sub = claim(trial, "sub");
	struct span *subject = &trial->launch->subject;

	*subject = SPAN("");
	if (!sub || (jread_text(sub, subject) && is_id(*subject)))
		return FAULT_NONE;
	return fault(trial->cx, FAULT_SUBJECT_CLAIM_WRONG,
	    "sub is empty, too long or not ASCII");
}

static enum fault
check_roles(struct trial *trial)
{
	const struct json_t *roles = claim(trial, CLAIM_ROLES);

	if (jread_is_array(roles) ||
	    (!roles && !is_message(trial, MESSAGE_RESOURCE_LINK)))
		return FAULT_NONE;
	return fault(trial->cx, FAULT_ROLES_CLAIM_WRONG,
	    roles ? "roles is %s, not an array" : "roles is missing",
	    jread_type(roles));
}

static enum fault
check_target(struct trial *trial)
{
	const struct json_t *target = claim(trial, CLAIM_TARGET);
	struct span *url = &trial->launch->target;

	*url = SPAN("");
	if (jread_text(target, url) && is_usable_url(*url))
		return FAULT_NONE;
	if (!target && !is_message(trial, MESSAGE_RESOURCE_LINK))
		return FAULT_NONE;
	return fault(trial->cx, FAULT_TARGET_CLAIM_WRONG,
	    "target_link_uri is missing or no http or https URL");
}

/* --- one kind of message ------------------------------------------------- */

static enum fault
check_resource_link(struct trial *trial)
{
	struct span id;

	if (!is_message(trial, MESSAGE_RESOURCE_LINK) ||
	    (jread_text(
		 jread_member(claim(trial, CLAIM_RESOURCE_LINK), "id"), &id) &&
		is_id(id)))
		return FAULT_NONE;
	return fault(trial->cx, FAULT_RESOURCE_LINK_CLAIM_WRONG,
	    "resource_link.id is missing, empty, too long or not ASCII");
}

static bool
is_text_list(const struct json_t *list)
{
	struct span text;

	for (size_t i = 0; i < jread_count(list); i++)
		if (!jread_text(jread_at(list, i), &text))
			return false;
	return jread_count(list) > 0;
}

static enum fault
check_deep_linking(struct trial *trial)
{
	const struct json_t *settings = claim(trial, CLAIM_DL_SETTINGS);
	const char *lacking = NULL;
	struct span url;

	if (!is_message(trial, MESSAGE_DEEP_LINKING))
		return FAULT_NONE;
	if (!jread_text(jread_member(settings, "deep_link_return_url"), &url) ||
	    !web_url_is(url))
		lacking = "deep_link_return_url";
	else if (!is_text_list(jread_member(settings, "accept_types")))
		lacking = "accept_types";
	else if (!is_text_list(jread_member(
		     settings, "accept_presentation_document_targets")))
		lacking = "accept_presentation_document_targets";
	if (!lacking)
		return FAULT_NONE;
	return fault_tell(trial->cx, FAULT_DEEP_LINKING_CLAIM_WRONG,
	    "The token's deep_linking_settings lack %s, or it is malformed",
	    lacking);
}

static enum fault
check_review(struct trial *trial)
{
	struct span text;
	const char *lacking = NULL;

	if (!is_message(trial, MESSAGE_SUBMISSION_REVIEW))
		return FAULT_NONE;
	if (!jread_text(
		jread_member(claim(trial, CLAIM_FOR_USER), "user_id"), &text) ||
	    !is_id(text))
		lacking = "for_user.user_id";
	else if (!jread_text(
		     jread_member(claim(trial, CLAIM_GRADES), "lineitem"),
		     &text) ||
		 !web_url_is(text))
		lacking = "the line item";
	else if (!jread_text(
		     jread_member(claim(trial, CLAIM_RESOURCE_LINK), "id"),
		     &text) ||
		 !is_id(text))
		lacking = "resource_link.id";
	if (!lacking)
		return FAULT_NONE;
	return fault_tell(trial->cx, FAULT_REVIEW_CLAIM_WRONG,
	    "The token lacks %s, which a submission review needs", lacking);
}

/* What is an id token is no notice, and the other way round. */
static enum fault
check_notice(struct trial *trial)
{
	const struct json_t *notice = claim(trial, CLAIM_NOTICE);
	struct span nonce = SPAN("");

	trial->launch->message =
	    jread_text_or(jread_member(notice, "type"), SPAN(""));
	if (!jread_text(claim(trial, "nonce"), &nonce))
		nonce = jread_text_or(claim(trial, "jti"), SPAN(""));
	trial->launch->subject = nonce;
	if (is_id(trial->launch->message) && is_id(nonce) &&
	    !claim(trial, CLAIM_MESSAGE))
		return FAULT_NONE;
	return fault(trial->cx, FAULT_NOTICE_CLAIM_WRONG,
	    "notice.type or nonce is missing, or the token is a launch");
}

/* --- the table ----------------------------------------------------------- */

static const struct {
	const char *name;
	enum fault (*check)(struct trial *trial);
} rules[] = {
    {"issuer", check_issuer},
    {"audience", check_audience},
    {"party", check_party},
    {"times", check_times},
    {"nonce", check_nonce},
    {"version", check_version},
    {"message", check_message},
    {"deployment", check_deployment},
    {"subject", check_subject},
    {"roles", check_roles},
    {"target", check_target},
    {"resource-link", check_resource_link},
    {"deep-linking", check_deep_linking},
    {"review", check_review},
};

enum { RULES = sizeof rules / sizeof *rules, NAMES_MAX = 300 };

/* A notice comes without a login: its nonce is the LMS's own, and spent by
 * whom it is taken by. */
enum fault
launch_rules_check_notice(struct cx *cx, const struct launch_facts *facts,
    const struct json_t *claims, struct launch *out)
{
	static enum fault (*const checks[])(struct trial * trial) = {
	    check_issuer, check_audience, check_party, check_times,
	    check_version, check_deployment, check_notice};
	struct launch launch = {0};
	struct trial trial = {cx, facts, claims, &launch};

	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
		enum fault which = checks[i](&trial);
		if (which)
			return which;
	}
	*out = launch;
	return FAULT_NONE;
}

enum fault
launch_rules_check(struct cx *cx, const struct launch_facts *facts,
    const struct json_t *claims, struct launch *out)
{
	struct launch launch = {0};
	struct trial trial = {cx, facts, claims, &launch};
	enum fault which = FAULT_NONE;

	while (launch.passed < RULES) {
		which = rules[launch.passed].check(&trial);
		if (which)
			break;
		launch.passed++;
	}
	*out = launch;
	return which;
}

struct span
launch_rules_names(struct cx *cx, unsigned passed)
{
	struct text names = text_begin(cx->arena, NAMES_MAX);

	for (unsigned i = 0; i < passed && i < RULES; i++) {
		if (i)
			text_add_char(&names, ' ');
		text_add_cstr(&names, rules[i].name);
	}
	return text_span(&names);
}

struct span
launch_rules_way_back(const struct json_t *claims)
{
	struct span url =
	    jread_text_or(jread_member(jread_member(claims, CLAIM_PRESENTATION),
			      "return_url"),
		SPAN(""));

	return is_usable_url(url) ? url : SPAN("");
}

bool
launch_rules_in_frame(const struct json_t *claims)
{
	struct span target =
	    jread_text_or(jread_member(jread_member(claims, CLAIM_PRESENTATION),
			      "document_target"),
		SPAN(""));

	return span_is(target, "iframe");
}
