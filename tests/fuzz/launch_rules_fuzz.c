/* launch_rules_fuzz.c - claims: what is let in goes where it may
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/cx.h"
#include "fuzz.h"
#include "lti/first_launch.h"
#include "lti/launch_rules.h"
#include "lti/launch_target.h"
#include "lti/names.h"
#include "lti/web_url.h"
#include "json/jread.h"
#include "json/jwrite.h"

/* What the claims in the corpus are of. */
static const struct launch_facts facts = {
    .issuer = {"https://l.example", 17},
    .client_id = {"c", 1},
    .nonce = {"n", 1},
    .skew = 60,
    .messages = {"LtiOther", 8},
    .deep_linking = true,
};

static const char settings_text[] =
    "{\"launchUrl\":\"https://t.example/launch\",\"deepLinkingUrl\":"
    "\"https://t.example/pick#/top\",\"allowedUrls\":[\"https://m.example\"],"
    "\"messages\":[{\"type\":\"LtiOther\",\"targetLinkUri\":"
    "\"https://t.example/other?a=b\"}]}";
static const char targets_text[] =
    "{\"k\":\"https://t.example/launch/k\",\"gone\":\"https://e.example\"}";
static const char granted_text[] =
    "{\"scope\":\"" SCOPE_SCORE " " SCOPE_MEMBERSHIP "\","
    "\"" TOOL_CONFIGURATION "\":{\"claims\":[\"email\",\"name\"],"
    "\"deployment_id\":\"d\"}}";

static const struct json_t *
parse(struct cx *cx, const char *text)
{
	const struct json_t *value = NULL;

	must(!jread_parse(cx, span_of(text), &value));
	return value;
}

static void
must_be_id(struct span text, bool required)
{
	must(text.at && text.length <= LAUNCH_ID_MAX);
	must(!required || text.length > 0);
	must(!span_has_control(text));
}

static void
check_target(struct cx *cx, const struct launch *launch, const char *own)
{
	const struct launch_target_args args = {
	    .settings = parse(cx, settings_text),
	    .public_url = SPAN("https://g.example"),
	    .targets = parse(cx, targets_text),
	    .own = span_of(own),
	    .message = launch->message,
	    .target = launch->target,
	};
	struct launch_target out;

	must(!launch_target_find(cx, &args, &out));
	must(launch_target_is_allowed(args.settings, out.url));
	must(!web_url_parameter(web_url_query(out.url), "ltik").at);
	struct span sent = web_url_add(cx, out.url, SPAN("ltik=x"));
	must(launch_target_is_allowed(args.settings, sent));
	must(span_is(web_url_parameter(web_url_query(sent), "ltik"), "x"));
}

static void
check_launch(
    struct cx *cx, const struct launch *launch, const struct json_t *claims)
{
	const struct json_t *again;
	struct span text;

	must_be_id(launch->message, true);
	must_be_id(launch->deployment_id, true);
	must_be_id(launch->subject, false);
	must(launch->target.length == 0 || web_url_is(launch->target));
	must(launch->target.length > 0 ||
	     !span_is(launch->message, MESSAGE_RESOURCE_LINK));
	const struct json_t *first =
	    first_launch_write(cx, parse(cx, granted_text), launch, claims);
	must(!jread_parse(cx, jwrite_bytes(cx, first), &again));
	must(jread_is_array(jread_member(again, "differences")));
	must(jread_text(jread_member(again, "deploymentId"), &text) &&
	     span_equal(text, launch->deployment_id));
	check_target(cx, launch, "");
	check_target(cx, launch, "https://t.example/launch/own#x");
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cx cx;
	const struct json_t *claims;
	struct launch launch;

	cx_init(&cx, no_random);
	cx.now = 1800000000;
	if (!jread_parse(&cx, span_from(bytes, length), &claims)) {
		struct span back = launch_rules_way_back(claims);
		must(back.length == 0 || web_url_is(back));
		cx.note.detail[0] = '\0';
		enum fault which =
		    launch_rules_check(&cx, &facts, claims, &launch);
		struct span all = launch_rules_names(&cx, 99);
		struct span held = launch_rules_names(&cx, launch.passed);
		must(span_equal(held, all) == !which);
		must(!which || cx.note.detail[0]);
		if (!which)
			check_launch(&cx, &launch, claims);
	}
	cx_release(&cx);
	return 0;
}
