/* launching.c - a launch arrives at /lti/launch
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "app/launching.h"

#include <string.h>

#include "app/admission.h"
#include "app/consumer_keys.h"
#include "app/content_launch.h"
#include "app/directory.h"
#include "app/gateway.h"
#include "app/initiate.h"
#include "app/ltik.h"
#include "app/picker.h"
#include "app/subscribe.h"
#include "base/cx.h"
#include "crypto/digest.h"
#include "crypto/jws.h"
#include "lti/launch_rules.h"
#include "lti/launch_state.h"
#include "lti/launch_target.h"
#include "lti/names.h"
#include "lti/web_url.h"
#include "net/key_sets.h"
#include "json/jread.h"

/* A launch on its way through the checks. */
struct passage {
	struct gateway *gateway;
	struct cx *cx;
	const struct launching_args *args;
	struct launching_outcome *out;
	struct launch_state state;
	struct directory_platform platform;
	const struct json_t *settings, *claims;
	struct span nonce;   /* of the state */
	struct span payload; /* the claims as they were signed */
	struct launch launch;
	struct content content; /* that the link names; or its id is empty */
	struct launch_target target;
	bool fetched; /* the LMS's keys, for this */
	bool shown;   /* instead of sent to the tool */
};

/* --- what was posted ----------------------------------------------------- */

/* The LMS says by the state which login it refused; one that is not ours tells
 * nothing, and is not blamed on a platform. */
static enum fault
refused_by_lms(struct passage *p)
{
	const struct launching_args *args = p->args;

	return fault_tell(p->cx, FAULT_LOGIN_REFUSED_BY_LMS,
	    "The LMS did not sign the person in: %.*s%s%.*s",
	    SPAN_ARGS(span_cut(args->error, 100)),
	    args->error_description.length ? ", " : "",
	    SPAN_ARGS(span_cut(args->error_description, 300)));
}

static enum fault
check_posted(struct passage *p)
{
	const char *lacking = p->args->id_token.length == 0 ? "id_token"
			      : p->args->state.length == 0  ? "state"
							    : NULL;

	if (!lacking)
		return FAULT_NONE;
	return fault_tell(p->cx, FAULT_LAUNCH_INCOMPLETE,
	    "The launch has no %s. This address is meant to be opened by an "
	    "LMS",
	    lacking);
}

/* State and nonce are of one secret. */
static enum fault
read_state(struct cx *cx, const struct secret_keys *keys, void *arg)
{
	struct passage *p = arg;
	enum fault which =
	    launch_state_read(cx, &keys->state, p->args->state, &p->state);

	if (!which)
		p->nonce = launch_state_nonce(cx, &keys->nonce, p->args->state);
	return which;
}

static enum fault
check_state(struct passage *p)
{
	return secrets_try(
	    p->gateway->secrets, p->cx, read_state, p, FAULT_STATE_REFUSED);
}

static enum fault
find_platform(struct passage *p)
{
	enum fault which = directory_find(
	    p->gateway, p->cx, p->state.platform_id, &p->platform);

	if (which)
		return which;
	p->out->platform_id = p->platform.id;
	p->out->platform_name = p->platform.name;
	/* Of an issuer that many customers share only the deployment tells
	 * whose the launch is, and that is known when it is let in. */
	if (p->platform.organization_id.length &&
	    !issuer_rules_is_shared(
		&p->gateway->exceptions, p->platform.issuer))
		p->out->organization_id = p->platform.organization_id;
	return directory_check_active(p->cx, &p->platform);
}

/* --- the browser --------------------------------------------------------- */

static bool
holds(struct passage *p, struct span secret)
{
	return launch_state_is_browser_secret(secret) &&
	       digest_equal(
		   launch_state_hash(p->cx, secret), p->state.browser_hash);
}

/* The secret in the form counts only where it was put into the LMS's frame,
 * and when our own page posts it: else somebody could post a launch of their
 * own, with their own secret, from a stranger's browser. */
static bool
is_bound(struct passage *p)
{
	for (size_t i = 0; i < p->args->cookie_count; i++)
		if (holds(p, p->args->cookies[i]))
			return true;
	return p->state.storage_target.length && p->args->from_own_page &&
	       holds(p, p->args->browser);
}

static enum fault
check_browser(struct passage *p)
{
	struct launching_outcome *out = p->out;

	if (is_bound(p))
		return FAULT_NONE;
	if (!p->state.storage_target.length || p->args->browser.at)
		return fault(p->cx, FAULT_BROWSER_NOT_BOUND,
		    p->args->cookie_count
			? "the cookie is of another browser or login"
			: "no cookie came");
	out->step = LAUNCHING_STORAGE;
	out->storage_target = p->state.storage_target;
	out->storage_key = initiate_storage_key(p->cx, p->state.chance);
	out->storage_origin =
	    web_url_origin(p->platform.authorization_endpoint);
	return FAULT_NONE;
}

/* --- the token ----------------------------------------------------------- */

static enum fault
check_token(struct passage *p)
{
	const struct key_source source = {
	    .method = p->platform.key_method,
	    .value = p->platform.key_value,
	    .client = p->args->client,
	};
	struct jws jws;
	enum fault which = jws_read(p->cx, p->args->id_token, &jws);

	if (!which)
		which = key_sets_check(
		    p->gateway->key_sets, p->cx, &source, &jws, &p->fetched);
	if (!which && jread_parse(p->cx, jws.payload, &p->claims))
		which = fault(p->cx, FAULT_JWT_MALFORMED,
		    "the token's payload is no JSON");
	if (!which && !jread_is_object(p->claims))
		which = fault(p->cx, FAULT_JWT_MALFORMED,
		    "the token's payload is no JSON object");
	p->payload = jws.payload;
	/* That keys were fetched well has no part in what fails later. */
	if (!which)
		memset(&p->cx->note, 0, sizeof p->cx->note);
	return which;
}

static enum fault
check_rules(struct passage *p)
{
	struct span deep_linking =
	    jread_text_or(jread_member(p->settings, "deepLinking"), SPAN(""));
	const struct launch_facts facts = {
	    .issuer = p->platform.issuer,
	    .client_id = p->platform.client_id,
	    .nonce = p->nonce,
	    .skew = p->gateway->clock_skew,
	    .login_at = p->state.issued_at,
	    .messages = p->platform.messages,
	    .deep_linking = !span_is(deep_linking, "off"),
	};
	enum fault which =
	    launch_rules_check(p->cx, &facts, p->claims, &p->launch);

	struct span names = launch_rules_names(p->cx, p->launch.passed);
	p->cx->note.way_back = launch_rules_way_back(p->claims);
	p->cx->note.back_in_frame = launch_rules_in_frame(p->claims);
	if (p->launch.passed)
		p->out->rules = arena_printf(p->cx->arena, "%.*s %.*s",
		    SPAN_ARGS(p->out->rules), SPAN_ARGS(names));
	p->out->message = p->launch.message;
	p->out->claims = p->claims;
	return which;
}

/* --- letting it in ------------------------------------------------------- */

/* What an operator's own picker is for goes to it, wherever it leads. */
static bool
is_for_picker(const struct passage *p)
{
	return span_is(jread_text_or(
			   jread_member(p->settings, "deepLinking"), SPAN("")),
		   "builtin") &&
	       span_is(p->launch.message, MESSAGE_DEEP_LINKING);
}

static enum fault
find_target(struct passage *p)
{
	p->content.id = SPAN("");
	if (is_for_picker(p))
		return FAULT_NONE;
	enum fault which = content_launch_find(
	    p->gateway, p->cx, p->launch.target, &p->content);
	if (which)
		return which;
	const struct launch_target_args args = {
	    .settings = p->settings,
	    .public_url = p->gateway->public_url,
	    .targets = p->platform.targets,
	    .own = p->platform.target,
	    .message = p->launch.message,
	    .target = p->launch.target,
	    .item = p->content.id.length ? p->content.url : SPAN(""),
	};
	which = launch_target_find(p->cx, &args, &p->target);

	p->shown = which == FAULT_NO_LAUNCH_URL;
	return p->shown ? FAULT_NONE : which;
}

/* Told in the event; the launch is none the worse for it. */
static struct span
migration_of(struct passage *p)
{
	switch (consumer_keys_prove(
	    p->gateway, p->cx, p->claims, p->platform.client_id)) {
	case CONSUMER_NOT_CLAIMED:
		break;
	case CONSUMER_UNKNOWN:
		return SPAN("not verified: the LTI 1.1 key is not known");
	case CONSUMER_WRONG:
		return SPAN("not verified: the signature is wrong");
	case CONSUMER_PROVED:
		return SPAN("verified");
	}
	return SPAN_NONE;
}

static enum fault
admit(struct passage *p)
{
	struct cx *cx = p->cx;
	/* The time of the login stands first: neighbours in time are
	 * neighbours in the index. */
	const struct launch_key key = {p->state.issued_at / 3600,
	    arena_printf(cx->arena, "%.*s%.*s",
		SPAN_ARGS(span_first(p->state.chance, INITIATE_TIME_LENGTH)),
		SPAN_ARGS(p->nonce))};
	const struct admission admission = {
	    .key = key,
	    .platform = &p->platform,
	    .settings = p->settings,
	    .launch = &p->launch,
	    .claims = p->claims,
	    .payload = p->payload,
	    .rules = p->out->rules,
	    .content_owner =
		p->content.id.length ? p->content.organization_id : SPAN(""),
	    .migration = migration_of(p),
	    .fell_back = p->target.fell_back,
	    .fetched = p->fetched,
	    .organization_id = &p->out->organization_id,
	};
	enum fault which = admission_keep(p->gateway, cx, &admission);

	if (which)
		return which;
	subscribe_meet(p->gateway, cx, &p->platform, p->settings,
	    p->launch.deployment_id, p->claims);
	p->out->step = p->shown ? LAUNCHING_SHOW : LAUNCHING_TOOL;
	if (p->shown)
		return FAULT_NONE;
	if (is_for_picker(p)) {
		p->out->url = picker_url(p->gateway, cx, key);
		return FAULT_NONE;
	}
	struct span ltik = ltik_write(p->gateway, cx, key);
	p->out->url = web_url_add(cx, p->target.url,
	    arena_printf(cx->arena, "ltik=%.*s", SPAN_ARGS(ltik)));
	return FAULT_NONE;
}

enum fault
launching_run(struct gateway *gateway, struct cx *cx,
    const struct launching_args *args, struct launching_outcome *out)
{
	struct passage p = {
	    .gateway = gateway, .cx = cx, .args = args, .out = out};

	*out = (struct launching_outcome){
	    .step = LAUNCHING_TOOL, .organization_id = SPAN("")};
	if (args->error.length) {
		if (!check_state(&p) && !find_platform(&p))
			out->rules = SPAN("state platform");
		return refused_by_lms(&p);
	}
	enum fault which = check_posted(&p);
	if (!which)
		which = check_state(&p);
	if (!which) {
		out->rules = SPAN("state");
		which = find_platform(&p);
	}
	if (!which) {
		out->rules = SPAN("state platform");
		which = check_browser(&p);
	}
	if (which || out->step == LAUNCHING_STORAGE)
		return which;
	out->rules = SPAN("state platform browser");
	which = directory_settings(gateway, cx, &p.settings);
	if (!which)
		which = check_token(&p);
	if (!which) {
		out->rules = SPAN("state platform browser signature");
		which = check_rules(&p);
	}
	if (!which)
		which = find_target(&p);
	return which ? which : admit(&p);
}
